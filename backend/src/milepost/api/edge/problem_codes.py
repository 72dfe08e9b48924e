"""The catalogue of problem codes: each is declared once, with its status."""

from collections.abc import Mapping

MEDIA_TYPE = "application/problem+json"
MAX_FAULTS = 50

CATALOGUE: dict[str, tuple[int, str]] = {
    "token_missing": (401, "No bearer token in the Authorization header."),
    "token_malformed": (401, "The token is not a JWT, or its header is not acceptable."),
    "token_algorithm": (401, "The token is signed in a way that is not accepted here."),
    "token_key_unknown": (401, "The token names a key that is not known."),
    "token_signature": (401, "The token's signature does not fit."),
    "token_claims": (401, "A required claim is missing or impossible."),
    "token_issuer": (401, "The token comes from another issuer."),
    "token_audience": (401, "The token is meant for another service."),
    "token_expired": (401, "The token has expired."),
    "token_not_yet_valid": (401, "The token is not valid yet."),
    "token_roles": (401, "`roles` must be a list out of learner, service and admin."),
    "role_not_allowed": (403, "None of the token's roles may do this."),
    "not_found": (404, "No such address."),
    "learner_not_found": (404, "No such learner, or not the caller's to see."),
    "method_not_allowed": (405, "The address exists, the method does not."),
    "body_timeout": (408, "The body took too long to arrive."),
    "body_too_large": (413, "The body is larger than this service reads."),
    "media_type": (415, "The body must be JSON, in UTF-8 and not compressed."),
    "body_required": (422, "A JSON body is needed."),
    "malformed_json": (422, "The body is not valid JSON."),
    "too_deep": (422, "The JSON nests too deeply."),
    "invalid_body": (422, "Values in the body are impossible; `errors` names each place."),
    "invalid_query": (422, "Values in the query string are impossible; `errors` names each name."),
    "learner_required": (422, "A service or an administrator must name the learner."),
    "internal_error": (500, "Something went wrong here. It has been logged under the request_id."),
    "starting": (503, "The service is starting."),
    "shutting_down": (503, "The service is stopping."),
    "not_ready": (503, "Something the service needs is missing."),
    "token_keys_unavailable": (503, "The keys of the token's issuer cannot be reached."),
    "intake_busy": (503, "Too many activities are waiting to be written; come back after `Retry-After` seconds."),
    "overloaded": (503, "Too much work is waiting; come back after `Retry-After` seconds."),
    "database_unavailable": (503, "The database is out of reach or too busy; come back after `Retry-After` seconds."),
}
"""Every code with its status and what it means in general. A subject adds its own with `declare`, beside its routes."""


class EdgeRefusal(Exception):
    """The edge itself refuses; `headers` go with the answer."""

    def __init__(self, code: str, detail: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        self.status, general = CATALOGUE[code]
        self.code = code
        self.detail = detail or general
        self.headers = headers or {}
        super().__init__(self.detail)


def declare(**codes: tuple[int, str]) -> None:
    """Add a feature's codes: `code=(status, "What it means in general.")`.

    Raises:
        ValueError: a code is there already with another meaning.
    """
    for code, meaning in codes.items():
        if CATALOGUE.setdefault(code, meaning) != meaning:
            raise ValueError(f"the problem code {code} is declared twice with different meanings")
