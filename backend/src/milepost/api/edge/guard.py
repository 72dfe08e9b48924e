"""Access control: a route that is not public needs a token with one of the roles it declares.

The token is in the Authorization header or, if the setting `sign_in_cookie` names one, in that cookie (`own_pages`).
Decides the role a request is served under and the learner it is about. `tokens` verifies the token.
"""

from collections.abc import Iterable
from http import HTTPStatus
from uuid import UUID

from milepost.api.edge.caller import Caller
from milepost.api.edge.own_pages import token_of_cookie
from milepost.api.edge.problem_codes import EdgeRefusal
from milepost.api.edge.rate_limits import count_failed_token
from milepost.api.edge.request_context import RequestContext, current
from milepost.api.edge.tokens.verifier import ROLES, UNSIGNED, Identity, TokenVerifier, refuse
from milepost.errors import Fault, Invalid, NotFound, Unavailable
from milepost.rules.learners import LEARNER_SENDER, is_made_id, learner_uuid, operator_uuid
from milepost.services.activities.outcome import Sender


def current_caller() -> Caller:
    """The caller of a route that is not public.

    Raises:
        LookupError: the route is public, so calling this is a programming error.
    """
    caller = current().caller
    if caller is None:
        raise LookupError("a public route has no caller")
    return caller


def learner_named(caller: Caller, *names: str | None, place: str | None = None) -> UUID:
    """The learner a request is about: the caller itself, or the learner a service or an administrator names.

    `names` are the learners named in the places that may name one, None where a place is empty. `place` points to the
    one in the body, for the answer if it names another learner than the rest.

    Raises:
        NotFound: `learner_not_found`, a learner names another learner, or a service a name that no token can have.
        Invalid: `learner_required`, a service or an administrator names no learner; `learner_conflict`, it names two.
    """
    settings = current().state.settings
    learner_ids = {learner_uuid(settings.jwt_issuer, name) for name in names if name is not None}
    if not learner_ids:
        if caller.role != "learner":
            raise Invalid("learner_required", f"The role {caller.role} must name the learner.")
        return _about(caller.learner_id)
    if caller.role == "learner" and learner_ids != {caller.learner_id}:
        raise NotFound("learner_not_found", "There is no such learner.")
    if caller.role == "service" and settings.uuid5_names == "administrators":
        _refuse_made_ids(names)
    if len(learner_ids) > 1:
        faults = (
            ()
            if place is None
            else (Fault(place, "names another learner than the rest of the request", "conflicting"),)
        )
        raise Invalid("learner_conflict", "The request names more than one learner.", faults)
    return _about(learner_ids.pop())


def _refuse_made_ids(names: Iterable[str | None]) -> None:
    """A service passes on names that people may have chosen, so a name must not be another learner's id.

    Raises:
        NotFound: `learner_not_found`.
    """
    if any(name is not None and is_made_id(name) for name in names):
        sentence = "A UUID of version 5 is an id made by this service and names nobody here; use the learner's subject."
        raise NotFound("learner_not_found", sentence)


def _about(learner_id: UUID) -> UUID:
    current().learner_id = learner_id
    return learner_id


async def admit(allowed: frozenset[str]) -> None:
    """Identify the caller and the role it acts in, or refuse the request.

    Raises:
        EdgeRefusal: 401 with the reason as its code, 403 `role_not_allowed` or `cross_site_request`, 429
            `rate_limited`, 503 `token_keys_unavailable`.
        Unavailable: the process has not finished starting.
    """
    context = current()
    verifier = token_verifier(context)
    token = _bearer(context)
    identity = verifier.recall(token) or await _verified(context, verifier, token)
    context.caller = identity.callers.get(allowed) or _caller(identity, allowed)
    if context.caller.role == "learner":
        context.learner_id = context.caller.learner_id


async def holder_of(token: bytes | None) -> Identity | None:
    """Whose token this is; None if it is missing or not valid (any more). Failures count like those of `admit`.

    Raises:
        EdgeRefusal: 429 `rate_limited`, 503 `token_keys_unavailable`.
        Unavailable: the process has not finished starting.
    """
    if token is None:
        return None
    context = current()
    verifier = token_verifier(context)
    try:
        return verifier.recall(token) or await _verified(context, verifier, token)
    except EdgeRefusal as refusal:
        if refusal.status == HTTPStatus.UNAUTHORIZED:
            return None
        raise


def token_verifier(context: RequestContext) -> TokenVerifier:
    """What checks tokens.

    Raises:
        Unavailable: the process has not finished starting.
    """
    verifier = context.state.verifier
    if verifier is None:
        raise Unavailable("starting", "The service is starting.")
    return verifier


async def _verified(context: RequestContext, verifier: TokenVerifier, token: bytes) -> Identity:
    """The holder of a token. Only failures count, and none can lock out a valid token from the same address."""
    try:
        return await verifier.verify(token)
    except EdgeRefusal as refusal:
        if refusal.code in UNSIGNED:
            await count_failed_token(context)
        raise


def _bearer(context: RequestContext) -> bytes:
    value = context.headers.get(b"authorization")
    if value is None:
        cookie = context.state.settings.sign_in_cookie
        token_in_cookie = token_of_cookie(cookie) if cookie else None
        if token_in_cookie is None:
            refuse("token_missing")
        return token_in_cookie
    scheme, _, token = value.partition(b" ")
    if scheme.lower() != b"bearer" or not token:
        refuse("token_missing", "The Authorization header has no bearer token.")
    return token.strip()


def _caller(identity: Identity, allowed: frozenset[str]) -> Caller:
    role = next((role for role in ROLES if role in identity.roles and role in allowed), None)
    if role is None:
        raise EdgeRefusal("role_not_allowed", f"This requires one of the roles {', '.join(sorted(allowed))}.")
    issuer = current().state.settings.jwt_issuer
    caller = Caller(
        subject=identity.subject,
        learner_id=identity.learner_id if role == "learner" else operator_uuid(issuer, identity.subject),
        roles=identity.roles,
        role=role,
        sender=LEARNER_SENDER if role == "learner" else identity.subject,
        zone_claim=identity.zone_claim if role == "learner" else None,
        name=identity.name,
        expires_at=identity.expires_at,
    )
    identity.callers[allowed] = caller
    return caller


def sender_of(caller: Caller) -> Sender:
    """The sender under which the caller's activities are stored, and its rights."""
    return Sender(caller.sender, "learner" if caller.role == "learner" else "service", caller.zone_claim)
