"""Access control: every route, called without a token, with the wrong role, and naming another learner."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from integration.edge.naming_bodies import BODIES_THAT_NAME
from milepost.api.documentation.openapi import promises
from milepost.api.http.fields import NamedLearner
from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, service
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock

Key = tuple[str, str]
TAKE_BACK: Key = ("DELETE", "/api/activities/<any_text:activity_id>")
TAKE_PAUSE_BACK: Key = ("DELETE", "/api/me/pauses/<uuid:pause_id>")
ERASE_ME: Key = ("DELETE", "/api/me")
MERGE: Key = ("POST", "/api/admin/learners/<any_text:learner_id>/merge")
ERASE: Key = ("DELETE", "/api/admin/learners/<any_text:learner_id>")
REPAIR: Key = ("POST", "/api/me/streak-repair")
GOAL: Json = {"name": "read", "target_type": "minutes", "time_period": "weekly", "target_value": 60}
SHARE: Json = {"kind": "progress", "fields": ["points"]}
OUTAGE: Json = {"starts_at": "2026-01-01T00:00:00Z", "ends_at": "2026-01-01T01:00:00Z", "reason": "a test"}
PROGRESS_READS = (
    *("streak", "skill-levels", "statistics", "history", "export", "export.csv"),
    *("achievements", "badges", "analytics", "insights", "predictions", "recommendations"),
)
VALID: dict[Key, Any] = {
    ("GET", "/api/progress"): None,
    **{("GET", f"/api/progress/{name}"): None for name in PROGRESS_READS},
    ("GET", "/api/activities/summary"): None,
    ("GET", "/api/activities/points-distribution"): None,
    ("GET", "/api/activities/balance"): None,
    ("GET", "/api/activities"): None,
    ("GET", "/api/leaderboards"): None,
    ("GET", "/api/peers"): None,
    ("GET", "/api/me"): None,
    ("GET", "/api/notifications/stream"): None,
    ("GET", "/api/me/data"): None,
    ERASE_ME: {"confirm": "?"},
    ("PATCH", "/api/me"): {"zone": "Europe/Berlin"},
    ("GET", "/api/me/pauses"): None,
    ("POST", "/api/me/pauses"): {"first_day": "2026-03-12", "last_day": "2026-03-14"},
    TAKE_PAUSE_BACK: None,
    REPAIR: None,
    ("GET", "/api/shares"): None,
    ("POST", "/api/shares"): SHARE,
    ("DELETE", "/api/shares/<uuid:share_id>"): None,
    ("POST", "/api/activities"): activity(START, id=None),
    ("POST", "/api/events"): {"action": "viewed", "objectType": "lesson"},
    ("POST", "/api/progress/events"): {"type": "time", "value": 5},
    ("POST", "/api/progress/update-streak"): {},
    ("POST", "/api/progress/calculate-skill-level"): {"topic": "loops"},
    TAKE_BACK: None,
    ("GET", "/api/goals"): None,
    ("POST", "/api/goals"): GOAL,
    ("GET", "/api/goals/progress"): None,
    ("GET", "/api/goals/<uuid:goal_id>"): None,
    ("PUT", "/api/goals/<uuid:goal_id>"): GOAL,
    ("PATCH", "/api/goals/<uuid:goal_id>"): {"name": "?"},
    ("DELETE", "/api/goals/<uuid:goal_id>"): None,
    ("GET", "/api/goals/<uuid:goal_id>/progress"): None,
    ("GET", "/api/goals/<uuid:goal_id>/history"): None,
    ("GET", "/api/categories"): None,
    ("POST", "/api/categories"): {"name": "?"},
    ("PUT", "/api/categories/<uuid:category_id>"): {"name": "?"},
    ("GET", "/api/categories/<uuid:category_id>"): None,
    ("PATCH", "/api/categories/<uuid:category_id>"): {"name": "?"},
    ("DELETE", "/api/categories/<uuid:category_id>"): None,
    ("GET", "/api/tasks"): None,
    ("POST", "/api/tasks"): {"title": "read"},
    ("GET", "/api/tasks/<uuid:task_id>"): None,
    ("PUT", "/api/tasks/<uuid:task_id>"): {"title": "read on"},
    ("PATCH", "/api/tasks/<uuid:task_id>"): {"title": "read further"},
    ("DELETE", "/api/tasks/<uuid:task_id>"): None,
    ("POST", "/api/tasks/<uuid:task_id>/complete"): {},
    ("DELETE", "/api/tasks/<uuid:task_id>/complete"): None,
    ("GET", "/api/calendar-days"): None,
    ("GET", "/api/calendar-days/<day:day>"): None,
    ("PUT", "/api/calendar-days/<day:day>"): {"focus_slots": []},
    ("GET", "/api/analytics/quick-stats"): None,
    ("GET", "/api/analytics/dashboard"): None,
    ("GET", "/api/analytics/export"): None,
    ("GET", "/api/analytics/export.csv"): None,
    ("GET", "/api/spaces"): None,
    ("POST", "/api/spaces"): {"title": "?"},
    ("GET", "/api/spaces/<any_text:space_id>"): None,
    ("PUT", "/api/spaces/<any_text:space_id>"): {"title": "?"},
    ("PATCH", "/api/spaces/<any_text:space_id>"): {"title": "?"},
    ("DELETE", "/api/spaces/<any_text:space_id>"): None,
    ("GET", "/api/spaces/<any_text:space_id>/progress"): None,
    ("GET", "/api/spaces/<any_text:space_id>/history"): None,
    ("GET", "/api/composite-goals"): None,
    ("POST", "/api/composite-goals"): {"title": "?"},
    ("GET", "/api/composite-goals/<any_text:goal_id>"): None,
    ("PUT", "/api/composite-goals/<any_text:goal_id>"): {"title": "?"},
    ("PATCH", "/api/composite-goals/<any_text:goal_id>"): {"title": "?"},
    ("DELETE", "/api/composite-goals/<any_text:goal_id>"): None,
    ("GET", "/api/composite-goals/<any_text:goal_id>/progress"): None,
    ("GET", "/api/composite-goals/<any_text:goal_id>/history"): None,
    ("GET", "/api/milestones"): None,
    ("POST", "/api/milestones"): {"title": "?", "space_id": "<any_text:space_id>"},
    ("GET", "/api/milestones/<any_text:milestone_id>"): None,
    ("PUT", "/api/milestones/<any_text:milestone_id>"): {"title": "?", "space_id": "<any_text:space_id>"},
    ("PATCH", "/api/milestones/<any_text:milestone_id>"): {"title": "?"},
    ("DELETE", "/api/milestones/<any_text:milestone_id>"): None,
    ("POST", "/api/milestones/<any_text:milestone_id>/reach"): None,
    ("GET", "/api/notifications"): None,
    ("POST", "/api/notifications/seen"): {"up_to": "1.0"},
}
"""A valid body for every route that learners may call about themselves. New routes must be added here."""

OWN = {key for key in VALID if key[1].startswith(("/api/me", "/api/shares")) or key[1].endswith("/stream")}
OWN |= {("POST", "/api/notifications/seen")}
"""Routes that are about the caller and cannot name a learner."""

OF_THE_SERVICE: dict[Key, Any] = {("GET", "/api/features"): None}
"""Routes for any token that are about no learner."""

KNOWN_LEARNER = "somebody we know"
KNOWN_ACHIEVEMENT = entry("known", condition("points", 5))
OPERATING: dict[Key, Any] = {
    ("GET", "/api/admin/jobs"): None,
    ("POST", "/api/admin/jobs/<job>/run"): None,
    ("GET", "/api/admin/learners"): None,
    ("GET", "/api/admin/learners/<any_text:learner_id>/progress"): None,
    ("GET", "/api/admin/learners/<any_text:learner_id>/timeline"): None,
    ("POST", "/api/admin/learners/<any_text:learner_id>/rebuild"): None,
    ("GET", "/api/admin/kinds"): None,
    ("GET", "/api/admin/erasures"): None,
    ("GET", "/api/admin/audit"): None,
    ("GET", "/api/admin/groups"): None,
    ("POST", "/api/admin/groups"): {"name": "?"},
    ("GET", "/api/admin/groups/<uuid:group_id>"): None,
    ("PUT", "/api/admin/groups/<uuid:group_id>"): {"name": "?"},
    ("DELETE", "/api/admin/groups/<uuid:group_id>"): None,
    ("GET", "/api/admin/groups/<uuid:group_id>/members"): None,
    ("POST", "/api/admin/groups/<uuid:group_id>/members"): {"learner_ids": [KNOWN_LEARNER]},
    ("DELETE", "/api/admin/groups/<uuid:group_id>/members/<any_text:learner_id>"): None,
    ("GET", "/api/admin/achievements"): None,
    ("GET", "/api/admin/achievements/export"): None,
    ("POST", "/api/admin/achievements"): entry("?", condition("points", 5)),
    ("POST", "/api/admin/achievements/import"): {"achievements": [KNOWN_ACHIEVEMENT]},
    ("PUT", "/api/admin/achievements/<any_text:code>"): KNOWN_ACHIEVEMENT,
    ("POST", "/api/admin/achievements/<any_text:code>/dry-run"): {},
    ("POST", "/api/admin/achievements/<any_text:code>/activate"): None,
    ("POST", "/api/admin/achievements/<any_text:code>/grant"): {"learner_id": KNOWN_LEARNER, "reason": "for testing"},
    ("POST", "/api/admin/achievements/<any_text:code>/retire"): None,
    ("GET", "/api/admin/outages"): None,
    ("POST", "/api/admin/outages"): OUTAGE,
    ("POST", "/api/admin/outages/<uuid:outage_id>/activate"): None,
    ("POST", "/api/admin/outages/<uuid:outage_id>/withdraw"): None,
    ERASE: None,
    MERGE: {"into": KNOWN_LEARNER},
    ("PUT", "/api/admin/learners/<any_text:learner_id>/zones"): [{"zone": "Europe/Berlin"}],
    ("POST", "/api/admin/learners/<any_text:learner_id>/restore-streak"): {
        "first_day": "2026-03-09",
        "last_day": "2026-03-09",
        "reason": "a mistake of ours",
    },
}
"""Valid bodies for the routes of administrators, about no learner or one in the address."""

PLACES = {
    "<any_text:code>": "known",
    "<any_text:learner_id>": KNOWN_LEARNER,
    "<job>": "sweep_planner",
    "<day:day>": "2026-03-10",
    "<uuid:pause_id>": "00000000-0000-4000-8000-000000000000",
}
"""Values for the parameters of addresses."""

ASKED: dict[Key, dict[str, str]] = {
    ("GET", "/api/analytics/export"): {"start_date": "2026-03-01", "end_date": "2026-03-02"},
    ("GET", "/api/analytics/export.csv"): {"from": "2026-03-01", "to": "2026-03-02"},
}
"""Required query parameters."""

MADE: dict[str, tuple[str, Json, str]] = {
    "<uuid:category_id>": ("/categories", {"name": "?"}, "category_id"),
    "<uuid:task_id>": ("/tasks", {"title": "read"}, "task_id"),
    "<uuid:goal_id>": ("/goals", GOAL, "goal_id"),
    "<uuid:share_id>": ("/shares", SHARE, "share_id"),
    "<uuid:outage_id>": ("/admin/outages", OUTAGE, "id"),
    "<uuid:group_id>": ("/admin/groups", {"name": "?"}, "group_id"),
    "<any_text:space_id>": ("/spaces", {"title": "?"}, "space_id"),
    "<any_text:goal_id>": ("/composite-goals", {"title": "?"}, "goal_id"),
    "<any_text:milestone_id>": (
        "/milestones",
        {"title": "?", "space_id": "<any_text:space_id>"},
        "milestone_id",
    ),
}
"""What must exist before an address or a body can name it: the address that creates it, the body, and the member of the
response with its id."""

NOBODYS = "00000000-0000-4000-8000-000000000000"
NUMBERS = itertools.count(1)


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


@pytest.fixture(scope="module", autouse=True)
async def _something_is_known(app: Quart, database_url: str) -> None:
    """Create a learner and an achievement to name in addresses."""
    await put_in_force(database_url, KNOWN_ACHIEVEMENT)
    learner = Caller(app.test_client(), KNOWN_LEARNER)
    (await learner.ask("PATCH", "/me", json={"zone": "Europe/Berlin"})).ok()


@pytest.fixture
def routes(app: Quart) -> dict[Key, Any]:
    """The contracts of all routes below /api."""
    return {
        (method, rule.rule): promise
        for rule, promise in promises(app)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api")
    }


def naming(body: object, learner: str) -> object:
    """The body, naming this learner wherever it names one."""
    if isinstance(body, dict):
        return {key: naming(value, learner) for key, value in body.items()}
    if isinstance(body, list):
        return [naming(value, learner) for value in body]
    return learner if body == "?" else body


async def visit(caller: Caller, key: Key, **query: object) -> Any:
    """Send a valid request to a route. For routes that void something, the caller records it first if it may."""
    method, path = key
    if key == TAKE_BACK:
        activity_id = path.rpartition("/")[2]
        await caller.post("/activities", activity(START, id=activity_id), **query)
    if key == TAKE_PAUSE_BACK:
        taken = await caller.post("/me/pauses", {"first_day": "2026-04-01", "last_day": "2026-04-01"})
        if taken.status == 200:
            path = path.replace("<uuid:pause_id>", taken.body["pause"]["id"])
    if key == REPAIR:
        await caller.record(activity(START - timedelta(days=3)), activity(START - timedelta(days=1)))
    if key == ERASE_ME:
        caller = caller.other(new_learner(), sorted(caller.roles))
    if key in (ERASE, MERGE):
        learner = caller.other(new_learner(), ["learner"])
        await learner.record(activity(START))
        path = path.replace("<any_text:learner_id>", learner.subject)
    body = {"confirm": caller.subject} if key == ERASE_ME else await filled(caller, (VALID | OPERATING)[key], query)
    for place in MADE:
        if place in path:
            path = path.replace(place, await made(caller, place, query))
    if path.endswith("/members/<any_text:learner_id>"):
        await caller.post(path.removeprefix("/api").rpartition("/")[0], {"learner_ids": [KNOWN_LEARNER]})
    return await caller.ask(method, address(path).removeprefix("/api"), json=body, query=ASKED.get(key, {}) | query)


async def made(caller: Caller, place: str, query: dict[str, object]) -> str:
    """Create what this address names and return its id. A service or the learner creates it if the caller may not."""
    path, body, member = MADE[place]
    learner = caller.other(str(query.get("learner_id", "nobody")), ["learner"])
    for maker in (caller, caller.other("maker", ["service"]), learner):
        answer = await maker.post(path, await filled(caller, body, query), **query)
        if answer.status == 200:
            return str(answer.body[member])
        if answer.status != 403:
            break
    return NOBODYS


async def filled(caller: Caller, body: object, query: dict[str, object]) -> object:
    """The body with new names, and with the ids of what was just created."""
    body = naming(body, f"name-{next(NUMBERS)}")
    if not isinstance(body, dict):
        return body
    return {key: await made(caller, value, query) if value in [*MADE] else value for key, value in body.items()}


def address(path: str) -> str:
    """A path for a rule, with the names of existing or possible things."""
    for place, name in PLACES.items():
        path = path.replace(place, name)
    for place in MADE:
        path = path.replace(place, NOBODYS)
    return path


def test_S02_every_route_is_walked_here(routes: dict[Key, Any]) -> None:
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


async def test_S02_the_wrong_role_is_turned_away(client: Client, routes: dict[Key, Any]) -> None:
    turned_away = set()
    for role in ("learner", "service", "admin"):
        caller = Caller(client, new_learner(), [role])
        for key, promise in routes.items():
            if role not in promise.roles:
                (await visit(caller, key)).problem(403, "role_not_allowed")
                turned_away.add((role, *key))
    writes = {key for key in VALID if key[0] != "GET"} - {TAKE_BACK}
    assert turned_away == {("admin", *key) for key in writes} | {
        *((role, *key) for role in ("service", "admin") for key in OWN),
        *((role, *key) for role in ("learner", "service") for key in OPERATING),
        *(("service", *key) for key in writes if key[1].startswith("/api/goals")),
        ("service", "GET", "/api/notifications"),
    }


async def test_S01_naming_somebody_else_finds_nobody_on_every_route(client: Client, routes: dict[Key, Any]) -> None:
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    await service(client).record_all(exercise(START), learner_id=bob.subject)
    before = await bob.progress()
    named = {key for key, promise in routes.items() if promise.query and issubclass(promise.query, NamedLearner)}
    assert named == set(VALID) - OWN
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


async def test_services_and_administrators_must_name_the_learner(client: Client, routes: dict[Key, Any]) -> None:
    for role in ("service", "admin"):
        for key, promise in routes.items():
            if role in promise.roles and key not in OPERATING and key not in OF_THE_SERVICE:
                (await visit(Caller(client, "asker", [role]), key)).problem(422, "learner_required")
                named = {"learner_id": new_learner()}
                if key == TAKE_BACK and role == "admin":
                    await visit(Caller(client, "asker", ["service"]), key, **named)
                    named["sender"] = "asker"
                answer = await visit(Caller(client, "asker", [role]), key, **named)
                assert answer.status == 200, key


async def test_the_strongest_role_a_route_allows_counts(client: Client) -> None:
    both = Caller(client, new_learner(), ["learner", "service"])
    (await both.get("/progress")).problem(422, "learner_required")
    (await both.get("/me")).ok()
    (await both.record(exercise(START), learner_id=new_learner())).ok()
