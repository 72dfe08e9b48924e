"""Sign-in without a password, in `milepost run` alone: every person at this machine may be every demo learner."""

from typing import NoReturn

from quart import Blueprint

from milepost.api.edge.own_pages import is_local_page
from milepost.api.edge.problem_codes import EdgeRefusal
from milepost.api.edge.request_context import current, resources
from milepost.api.http.contract import contract
from milepost.api.http.parsing import read_body
from milepost.api.http.responses import Reply, answer, instant
from milepost.api.sign_in.schemas import DemoSignInIn
from milepost.rules.sign_in import DemoSignIn

blueprint = Blueprint("demo_sign_in", __name__)


@blueprint.get("/sign-in/demo")
@contract(summary="The demo learners", public=True, answers=None, hidden=True)
async def choices() -> Reply:
    """Who can be chosen."""
    demo = _demo()
    learners = [
        {"learner_id": learner.learner_id, "name": learner.name, "description": learner.description}
        for learner in demo.learners
    ]
    return answer({"learners": learners, "admin": {"learner_id": demo.administrator}})


@blueprint.post("/sign-in/demo")
@contract(summary="Sign in as a demo learner", public=True, answers=None, hidden=True)
async def choose() -> Reply:
    """A token for one of them."""
    demo, body = _demo(), await read_body(DemoSignInIn)
    known = {demo.administrator} if body.role == "admin" else {learner.learner_id for learner in demo.learners}
    if body.learner_id not in known:
        _nothing_here()
    token, expires_at = demo.mint(body.learner_id, body.role, resources().clock.now())
    return answer({"token": token, "expires_at": instant(expires_at)})


def _demo() -> DemoSignIn:
    """The demo, for a page that this machine itself has opened.

    Raises:
        EdgeRefusal: `not_found`, there is no demo, or another site asks.
    """
    demo = current().state.demo
    if demo is None or not is_local_page():
        _nothing_here()
    return demo


def _nothing_here() -> NoReturn:
    raise EdgeRefusal("not_found")
