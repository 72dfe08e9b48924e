"""Ways into the dashboard: one-time codes, which the platform hands out, and the platform's cookie."""

from datetime import UTC, datetime, timedelta

from quart import Blueprint

from milepost.api.edge.guard import holder_of, token_verifier
from milepost.api.edge.own_pages import token_of_cookie
from milepost.api.edge.problem_codes import EdgeRefusal, declare
from milepost.api.edge.rate_limits import count_failed_token
from milepost.api.edge.request_context import current, resources
from milepost.api.http.contract import contract
from milepost.api.http.parsing import read_body
from milepost.api.http.responses import Reply, answer, instant
from milepost.api.sign_in.schemas import SignInCodeIn, SignInCodeOut, UsedCodeIn
from milepost.errors import Fault, Invalid
from milepost.services.sign_in.codes import CODE_SECONDS, SignInToken, make_code, take_code

blueprint = Blueprint("sign_in", __name__)
exchange = Blueprint("sign_in_exchange", __name__)
"""Outside /api: the call of a page."""

declare(
    impossible_sign_in=(422, "Nobody can sign in with this token; `errors` says why."),
    sign_in_code_refused=(403, "The code is wrong, has been used or is too old. Ask the platform for a new one."),
)


@blueprint.post("/sign-in/codes")
@contract(
    operation="createSignInCode",
    summary="A one-time code for a learner's browser",
    roles=("service",),
    request=SignInCodeIn,
    answers=SignInCodeOut,
    problems=("impossible_sign_in", "token_keys_unavailable"),
    tag="sign_in",
)
async def add_code() -> Reply:
    """Makes a code for the address of the dashboard: `/sign-in#code=…`. The page exchanges it once, within a minute.

    There is no Idempotency-Key: its stored answer would hold the code. Ask for another code instead.
    """
    app, body = resources(), await read_body(SignInCodeIn)
    token = await _checked(body.token, app.clock.now())
    async with app.database.write() as connection:
        made = await make_code(connection, token, app.clock.now())
    return answer({"code": made.code, "expires_at": instant(made.expires_at)})


@exchange.post("/sign-in/code")
@contract(summary="The token of a one-time code", public=True, answers=None, hidden=True)
async def use_code() -> Reply:
    """Exchanges a code. Failures count like failed tokens of the address."""
    app, body = resources(), await read_body(UsedCodeIn)
    async with app.database.write() as connection:
        token = await take_code(connection, body.code, app.clock.now())
    if token is None:
        await count_failed_token(current())
        raise EdgeRefusal("sign_in_code_refused")
    return answer({"token": token.token, "expires_at": instant(token.expires_at)})


@exchange.get("/sign-in/session")
@contract(summary="Whom the platform's cookie signs in", public=True, answers=None, hidden=True)
async def cookie_session() -> Reply:
    """The subject and the roles of the cookie, which no script can read; `session` is null without a valid one."""
    context = current()
    name = context.state.settings.sign_in_cookie
    if not name:
        raise EdgeRefusal("not_found")
    identity = await holder_of(token_of_cookie(name))
    session = None if identity is None else {"subject": identity.subject, "roles": sorted(identity.roles)}
    return answer({"session": session})


async def _checked(token: str, now: datetime) -> SignInToken:
    """The token, if it will sign a person in for longer than its code lives.

    Raises:
        Invalid: `impossible_sign_in`, it is no valid token, a service's, or ends too soon.
        EdgeRefusal: 503 `token_keys_unavailable`.
        Unavailable: the process has not finished starting.
    """
    try:
        identity = await token_verifier(current()).verify(token.encode())
    except EdgeRefusal as refusal:
        if refusal.code == "token_keys_unavailable":
            raise
        raise _impossible(f"is not accepted: {refusal.detail}") from None
    if "service" in identity.roles:
        raise _impossible("belongs to a service; it must never reach a browser")
    expires_at = datetime.fromtimestamp(identity.expires_at, UTC)
    if expires_at <= now + timedelta(seconds=CODE_SECONDS):
        raise _impossible("ends before the code does")
    return SignInToken(token, expires_at)


def _impossible(reason: str) -> Invalid:
    fault = Fault("/token", reason, "invalid")
    return Invalid("impossible_sign_in", f"The token {reason}.".replace("..", "."), (fault,))
