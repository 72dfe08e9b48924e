"""Under which role a request is served, and which learner it is about."""

from collections.abc import Sequence

import pytest

from milepost.api.edge.caller import Caller
from milepost.api.edge.guard import admit, current_caller, learner_named
from milepost.api.edge.problem_codes import EdgeRefusal
from milepost.api.edge.request_context import AppState, RequestContext, begin
from milepost.api.edge.tokens.verifier import TokenVerifier
from milepost.errors import Invalid, NotFound
from milepost.rules.learners import learner_uuid
from milepost.settings import load_settings
from support.builders import ISSUER, SECRET, mint
from support.clock import AdjustableClock

ADA = learner_uuid(ISSUER, "ada")
BOB = learner_uuid(ISSUER, "bob")


async def admitted(
    subject: str, roles: Sequence[str], allowed: Sequence[str], zone: str | None = None, **changes: str
) -> Caller:
    """The caller of a route that allows these roles."""
    settings = load_settings(jwt_secret=SECRET, **changes)
    state = AppState(settings, verifier=TokenVerifier(settings, AdjustableClock()))
    token = mint(subject, roles, zone=zone)
    begin(RequestContext(state, "1", headers={b"authorization": f"Bearer {token}".encode()}))
    await admit(frozenset(allowed))
    return current_caller()


@pytest.mark.parametrize(
    ("roles", "allowed", "role"),
    [
        (["learner"], ["learner"], "learner"),
        (["learner", "service"], ["learner", "service"], "service"),
        (["learner", "service"], ["learner"], "learner"),
        (["learner", "service", "admin"], ["learner", "service", "admin"], "admin"),
        (["admin", "learner"], ["learner", "service"], "learner"),
    ],
)
async def test_the_strongest_role_the_route_allows(roles: list[str], allowed: list[str], role: str) -> None:
    assert (await admitted("ada", roles, allowed)).role == role


@pytest.mark.parametrize(
    ("roles", "allowed"), [(["learner"], ["admin"]), (["admin"], ["learner"]), (["service"], ["learner"])]
)
async def test_S02_no_role_the_route_allows(roles: list[str], allowed: list[str]) -> None:
    with pytest.raises(EdgeRefusal) as refusal:
        await admitted("ada", roles, allowed)
    assert (refusal.value.status, refusal.value.code) == (403, "role_not_allowed")


async def test_one_token_is_one_role_a_route() -> None:
    everything = ["learner", "service", "admin"]
    assert (await admitted("ada", everything, ["learner"])).sender == "learner"
    await admit(frozenset(["service"]))
    assert (current_caller().role, current_caller().sender) == ("service", "ada")
    await admit(frozenset(["learner"]))
    assert (current_caller().role, current_caller().sender) == ("learner", "learner")


async def test_only_a_learner_claims_a_zone() -> None:
    assert (await admitted("ada", ["learner"], ["learner"], "Asia/Kathmandu")).zone_claim == "Asia/Kathmandu"
    assert (await admitted("shop", ["service"], ["service"], "Asia/Kathmandu")).zone_claim is None


async def test_a_learner_is_about_itself() -> None:
    ada = await admitted("ada", ["learner"], ["learner"])
    assert learner_named(ada, None) == ADA
    assert learner_named(ada, "ada") == ADA
    assert learner_named(ada, str(ADA).upper()) == ADA
    for other in ("bob", str(BOB), "Ada", ""):
        with pytest.raises(NotFound) as refused:
            learner_named(ada, other)
        assert refused.value.code == "learner_not_found"


@pytest.mark.parametrize(("role", "uuid5_names"), [("service", "services"), ("admin", "administrators")])
async def test_others_name_the_learner(role: str, uuid5_names: str) -> None:
    somebody = await admitted("shop", [role], [role], uuid5_names=uuid5_names)
    assert learner_named(somebody, "bob") == BOB
    assert learner_named(somebody, str(BOB)) == BOB
    assert learner_named(somebody, "bob", None, str(BOB).upper()) == BOB
    with pytest.raises(Invalid) as conflict:
        learner_named(somebody, "bob", "ada")
    assert conflict.value.code == "learner_conflict"
    with pytest.raises(Invalid) as refused:
        learner_named(somebody, None)
    assert refused.value.code == "learner_required"


async def test_a_service_cannot_name_by_an_id_that_anyone_can_compute() -> None:
    shop = await admitted("shop", ["service"], ["service"])
    for names in ((str(BOB),), (str(BOB).upper(),), ("bob", str(BOB)), (None, str(BOB))):
        with pytest.raises(NotFound) as refused:
            learner_named(shop, *names)
        assert refused.value.code == "learner_not_found"
    assert learner_named(shop, "bob") == BOB


async def test_a_service_is_no_learner_of_the_same_name() -> None:
    ids = [(await admitted("ada", [role], [role])).learner_id for role in ("learner", "service", "admin")]
    assert ids[0] == ADA
    assert ADA not in ids[1:]
