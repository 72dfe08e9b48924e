"""The catalogue of problem codes. Each code is declared once, with its status."""

from collections.abc import Mapping

MEDIA_TYPE = "application/problem+json"
MAX_FAULTS = 50

CATALOGUE: dict[str, tuple[int, str]] = {
    "bad_request": (400, "The request is not HTTP/1.1, or could be read in two ways."),
    "head_timeout": (408, "The headers took too long to arrive."),
    "address_too_long": (414, "The address is longer than this service accepts."),
    "pipeline_too_long": (429, "Too many requests of this connection are not answered yet. This one was not read."),
    "head_too_large": (431, "The headers are too many or too large."),
    "token_missing": (401, "No bearer token in the Authorization header."),
    "token_malformed": (401, "The token is not a JWT, or its header is not accepted."),
    "token_algorithm": (401, "The token's signing algorithm is not accepted."),
    "token_key_unknown": (401, "The token names an unknown key."),
    "token_signature": (401, "The token's signature is invalid."),
    "token_claims": (401, "A required claim is missing or invalid."),
    "token_issuer": (401, "Another issuer issued the token."),
    "token_audience": (401, "The token is for another service."),
    "token_expired": (401, "The token has expired."),
    "token_not_yet_valid": (401, "The token is not valid yet."),
    "token_roles": (401, "`roles` must be a list of learner, service or admin."),
    "role_not_allowed": (403, "None of the token's roles allows this."),
    "not_found": (404, "There is nothing at this address."),
    "learner_not_found": (404, "The learner does not exist, or the caller may not see it."),
    "method_not_allowed": (405, "The address does not support this method."),
    "learner_erased": (410, "The learner was erased. Nothing is recorded or shown."),
    "learner_merged": (
        410,
        "The learner has been merged into another; services and administrators read in `merged_into` into which.",
    ),
    "body_timeout": (408, "The body took too long to arrive."),
    "body_too_large": (413, "The body is larger than this route accepts."),
    "media_type": (415, "The body must be uncompressed JSON in UTF-8."),
    "body_required": (422, "A JSON body is required."),
    "malformed_json": (422, "The body is not valid JSON."),
    "too_deep": (422, "The JSON is nested too deeply."),
    "too_many_values": (422, "The body has more JSON values than this route accepts."),
    "invalid_body": (422, "The body has invalid values; `errors` lists each one."),
    "invalid_query": (422, "The query string has invalid values; `errors` lists each one."),
    "invalid_path": (422, "The address has an invalid value; `errors` names it."),
    "learner_required": (422, "A service or an administrator must name the learner."),
    "learner_conflict": (422, "The query string, the body or an activity in it name different learners."),
    "rate_limited": (429, "A quota is used up; `policy` says which. Try again after `Retry-After` seconds."),
    "internal_error": (500, "Something went wrong. The log has the details under this request_id."),
    "starting": (503, "The service is starting."),
    "shutting_down": (503, "The service is shutting down."),
    "not_ready": (503, "The service is not ready: something it needs is missing."),
    "token_keys_unavailable": (503, "The issuer's keys cannot be fetched."),
    "intake_busy": (503, "Too many activities are waiting to be written; try again after `Retry-After` seconds."),
    "overloaded": (503, "Too much work is queued; try again after `Retry-After` seconds."),
    "database_unavailable": (503, "The database is unreachable or too busy; try again after `Retry-After` seconds."),
}
"""Every code with its status and general meaning. Each feature declares its own codes with `declare`, beside its
routes."""


class EdgeRefusal(Exception):
    """The edge itself refuses the request; `headers` and `members` are sent with the response."""

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        self.status, general = CATALOGUE[code]
        self.code = code
        self.detail = detail or general
        self.headers = headers or {}
        self.members = members or {}
        super().__init__(self.detail)


def declare(**codes: tuple[int, str]) -> None:
    """Add a feature's codes: `code=(status, "Its general meaning.")`.

    Raises:
        ValueError: a code is already declared with another meaning.
    """
    for code, meaning in codes.items():
        if CATALOGUE.setdefault(code, meaning) != meaning:
            raise ValueError(f"the problem code {code} is declared twice with different meanings")
