"""Access control: every route, called without a token, with the wrong role, and naming another learner."""

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from integration.edge.requests_of_routes import (
    ASKED,
    BODIES_THAT_NAME,
    KNOWN_ACHIEVEMENT,
    KNOWN_LEARNER,
    MADE,
    OF_THE_SERVICE,
    OPERATING,
    OUTAGE,
    OWN,
    TAKE_BACK,
    VALID,
    Key,
    address,
    naming,
)
from integration.edge.visits import visit
from milepost.api.http.contract import Contract
from milepost.api.http.fields import NamedLearner
from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, service
from support.catalogues import put_in_force
from support.clock import START, AdjustableClock
from support.figures import Figure


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


@pytest.fixture(scope="module", autouse=True)
async def _something_is_known(app: Quart, database_url: str) -> None:
    """Create a learner and an achievement to name in addresses."""
    await put_in_force(database_url, KNOWN_ACHIEVEMENT)
    learner = Caller(app.test_client(), KNOWN_LEARNER)
    (await learner.ask("PATCH", "/me", json={"zone": "Europe/Berlin"})).ok()


def test_S02_every_route_is_walked_here(routes: dict[Key, Contract]) -> None:
    assert set(VALID) | set(OPERATING) | set(OF_THE_SERVICE) == set(routes)


async def test_a_learner_may_call_every_route_about_itself(client: Client) -> None:
    ada = Caller(client, new_learner())
    for key in VALID:
        assert (await visit(ada, key)).status == 200, key


async def test_routes_below_admin_are_for_administrators_alone(client: Client) -> None:
    for key in OPERATING:
        assert (await visit(Caller(client, "root", ["admin"]), key)).status == 200, key
        (await visit(Caller(client, new_learner(), ["learner", "service"]), key)).problem(403, "role_not_allowed")


async def test_every_write_of_an_administrator_is_audited(client: Client) -> None:
    root = Caller(client, "root", ["admin"])
    writes = {(method, path) for method, path in OPERATING if method != "GET" and not path.endswith("/dry-run")}
    (await root.post("/admin/outages", OUTAGE)).ok()

    async def newest() -> int:
        """The number of the newest entry; the second page begins there."""
        return int((await root.get("/admin/audit", limit=1)).ok()["next"])

    for key in sorted(writes):
        await visit(root, key)
        before = await newest()
        assert (await visit(root, key)).status == 200, key
        made = sum(place in key[1] and MADE[place][0].startswith("/admin") for place in MADE)
        assert await newest() >= before + made + 1, key


async def test_nobody_enters_without_a_token(client: Client) -> None:
    for (method, path), body in (VALID | OPERATING | OF_THE_SERVICE).items():
        for place in (address(path), address(path).replace("/api/", "/api/v1/")):
            answer = await getattr(client, method.lower())(place, json=body)
            assert (answer.status_code, (await answer.get_json())["code"]) == (401, "token_missing"), (method, place)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_S02_the_wrong_role_is_turned_away(client: Client, routes: dict[Key, Contract], figure: Figure) -> None:
    turned_away = set()
    for role in ("learner", "service", "admin"):
        caller = Caller(client, new_learner(), [role])
        for key, promise in routes.items():
            if role not in promise.roles:
                (await visit(caller, key)).problem(403, "role_not_allowed")
                turned_away.add((role, *key))
    figure(f"{len(turned_away)} refusals on {len(routes)} operations")
    writes = {key for key in VALID if key[0] != "GET"} - {TAKE_BACK}
    assert turned_away == {("admin", *key) for key in writes} | {
        *((role, *key) for role in ("service", "admin") for key in OWN),
        *((role, *key) for role in ("learner", "service") for key in OPERATING),
        *(("service", *key) for key in writes if key[1].startswith("/api/goals")),
        ("service", "GET", "/api/notifications"),
        *((role, "POST", "/api/sign-in/codes") for role in ("learner", "admin")),
    }


async def test_S01_naming_somebody_else_finds_nobody_on_every_route(
    client: Client, routes: dict[Key, Contract], figure: Figure
) -> None:
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    await service(client).record_all(exercise(START), learner_id=bob.subject)
    before = await bob.progress()
    named = {key for key, promise in routes.items() if promise.query and issubclass(promise.query, NamedLearner)}
    assert named == set(VALID) - OWN
    figure(f"{len(named)} operations that name a learner")
    for key in named:
        for name in (bob.subject, bob.learner_id, bob.learner_id.upper(), new_learner()):
            (await visit(ada, key, learner_id=name)).problem(404, "learner_not_found")
        for name in (ada.subject, ada.learner_id, ada.learner_id.upper()):
            assert (await visit(ada, key, learner_id=name)).status == 200, key
    assert await bob.progress() == before


@pytest.mark.parametrize(("path", "body"), BODIES_THAT_NAME)
async def test_S01_nor_in_a_body(client: Client, path: str, body: Json) -> None:
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    for name in (bob.subject, bob.learner_id):
        (await ada.post(path, naming(body, name))).problem(404, "learner_not_found")
    for caller in (ada, bob):
        assert (await caller.progress())["revision"] == 0
        assert await caller.feed() == []
    (await ada.post(path, naming(body, ada.subject))).ok()


async def test_services_and_administrators_must_name_the_learner(client: Client, routes: dict[Key, Contract]) -> None:
    for role in ("service", "admin"):
        for key, promise in routes.items():
            if role in promise.roles and key not in OPERATING and key not in OF_THE_SERVICE:
                (await visit(Caller(client, "asker", [role]), key)).problem(422, "learner_required")
                named = {"learner_id": new_learner()}
                if role == "admin":
                    await Caller(client, named["learner_id"]).record_all(activity(START))
                if key == TAKE_BACK and role == "admin":
                    await visit(Caller(client, "asker", ["service"]), key, **named)
                    named["sender"] = "asker"
                answer = await visit(Caller(client, "asker", [role]), key, **named)
                assert answer.status == 200, key


async def test_administrators_read_nothing_of_unknown_learners(client: Client, routes: dict[Key, Contract]) -> None:
    root, walked = Caller(client, "root", ["admin"]), set()
    for key, promise in routes.items():
        if "admin" in promise.roles and promise.query and issubclass(promise.query, NamedLearner):
            method, path = key
            query = ASKED.get(key, {}) | {"learner_id": new_learner()}
            answer = await root.ask(method, address(path).removeprefix("/api"), query=query)
            answer.problem(404, "learner_not_found")
            walked.add(key)
    assert walked == {key for key in VALID if key[0] == "GET"} - OWN | {TAKE_BACK}


async def test_the_strongest_role_a_route_allows_counts(client: Client) -> None:
    both = Caller(client, new_learner(), ["learner", "service"])
    (await both.get("/progress")).problem(422, "learner_required")
    (await both.get("/me")).ok()
    (await both.record(exercise(START), learner_id=new_learner())).ok()
