"""GET /notifications and POST /notifications/seen: pages, unread ones, and what each kind of notice carries."""

from collections.abc import Sequence
from datetime import timedelta

import asyncpg
import orjson
import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from milepost.services.achievements.rarity import count_holders
from support.builders import exercise, new_learner
from support.callers import Answer, Caller, Json, service
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock
from support.goals import learner
from support.query_plans import sent_statements, sequential_scans, statements_of_pool

TEN = entry("ten", condition("exercises_completed", 10), icon="check", tier="silver", points=20, category="practice")
NOTHING = {"quiet": False, "unread": 0, "notifications": [], "next": None}
WHEN = {"created_at": "2026-03-10T12:00:00Z", "seen_at": None}
UNLOCKED = {
    "kind": "achievement_unlocked",
    "code": "achievement_unlocked",
    "values": {"title": "Title of ten", "points": 20},
    "text": "You unlocked “Title of ten”. It brings 20 points.",
    "achievement": {
        "code": "ten",
        "title": "Title of ten",
        "description": "What ten takes.",
        "category": "practice",
        "tier": "silver",
        "points": 20,
        "icon": "check",
        "earned_on": "2026-03-10",
        "rarity_percent": None,
    },
}
REACHED = {
    "kind": "milestone_reached",
    "code": "milestone_reached_untitled",
    "values": {},
    "text": "You reached a milestone.",
    "milestone": {"milestone_id": "m", "reached_on": "2026-03-10", "title": None},
}
MET = {
    "kind": "goal_met",
    "code": "goal_met",
    "values": {"name": "exercises"},
    "text": "You met your goal “exercises”.",
}
GOAL = {
    "name": "exercises",
    "target_type": "exercises",
    "target_value": 10,
    "achieved_value": 10,
    "period": {"start": "2026-03-09", "end": "2026-03-15"},
}
LEVEL_UP = {
    "kind": "level_up",
    "code": "level_up",
    "values": {"topic": "loops", "from": "beginner", "to": "intermediate"},
    "text": "Your level in “loops” is now intermediate.",
    "level": {"topic": "loops", "from": "beginner", "to": "intermediate"},
}


@pytest.fixture(scope="module", autouse=True)
async def _catalogue(database_url: str, app: Quart) -> None:
    await put_in_force(database_url, TEN)


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


async def tell(
    connection: asyncpg.Connection, caller: Caller, count: int, *, kind: str = "level_up", first: int = 1
) -> None:
    """Store so many notices, one a revision, about topics with the number of the revision."""
    await connection.executemany(
        "INSERT INTO notices (learner_id, revision, n, kind, body, commit_id, created_at) "
        "VALUES ($1, $2, 0, $3, $4, gen_random_uuid(), $5)",
        [
            (
                caller.learner_id,
                revision,
                kind,
                orjson.dumps({"topic": f"topic {revision}", "from": "beginner", "to": "expert"}).decode(),
                START + timedelta(seconds=revision),
            )
            for revision in range(first, first + count)
        ],
    )


async def shown(caller: Caller, **query: object) -> list[Json]:
    """The notices of one page."""
    notices: list[Json] = (await caller.get("/notifications", **query)).ok()["notifications"]
    return notices


def ids(notices: Sequence[Json]) -> list[str]:
    return [notice["id"] for notice in notices]


async def see(caller: Caller, **body: object) -> tuple[int, int]:
    """Mark notices as seen: how many were, and how many are unread."""
    seen = (await caller.post("/notifications/seen", body)).ok()
    return seen["marked"], seen["unread"]


async def test_a_learner_without_notices(client: Client) -> None:
    ada = Caller(client, new_learner())
    assert (await ada.get("/notifications")).ok() == NOTHING
    assert await see(ada, up_to="5.0") == (0, 0)


async def test_everything_of_a_commit_is_told_newest_first(client: Client) -> None:
    ada = learner(client)
    goal_id = await ada.create_goal("exercises", 10)
    milestone = {"verb": "reached", "object_type": "milestone", "object_id": "m", "occurred_at": START.isoformat()}
    batch = [*(exercise(START, id=f"e-{n}", points=10) for n in range(10)), {**milestone, "id": "m"}]
    body = await service(client).record_all(*batch, learner_id=ada.subject)
    revision = body["learners"][0]["revision"]
    page = (await ada.get("/notifications")).ok()
    assert (page["unread"], page["next"]) == (4, None)
    assert page["notifications"] == [
        {"id": f"{revision}.3", **WHEN, **UNLOCKED},
        {"id": f"{revision}.2", **WHEN, **REACHED},
        {"id": f"{revision}.1", **WHEN, **MET, "goal": {"goal_id": goal_id, **GOAL}},
        {"id": f"{revision}.0", **WHEN, **LEVEL_UP},
    ]


async def test_an_unlock_says_how_rare_it_is_once_there_are_enough_learners(
    client: Client, resources: Resources
) -> None:
    teacher, ada = service(client), Caller(client, new_learner())
    await teacher.record_all(*(exercise(START) for _ in range(10)), learner_id=ada.subject)
    for _ in range(39):
        await teacher.record_all(exercise(START), learner_id=new_learner())
    async with resources.database.write() as connection:
        await count_holders(connection, START)
        holders, learners = await connection.fetchrow("SELECT holders, learners FROM achievement_stats")
    (unlocked,) = [notice for notice in await shown(ada) if notice["kind"] == "achievement_unlocked"]
    assert learners >= 40
    assert unlocked["achievement"]["rarity_percent"] == pytest.approx(100 * holders / learners, abs=0.1)


async def test_pages_follow_each_other_while_new_notices_come(client: Client, connection: asyncpg.Connection) -> None:
    ada = Caller(client, new_learner())
    await tell(connection, ada, 5)
    first = (await ada.get("/notifications", limit=2)).ok()
    assert (ids(first["notifications"]), first["next"], first["unread"]) == (["5.0", "4.0"], "4.0", 5)
    await tell(connection, ada, 1, first=6)
    second = (await ada.get("/notifications", limit=2, cursor=first["next"])).ok()
    assert (ids(second["notifications"]), second["next"]) == (["3.0", "2.0"], "2.0")
    last = (await ada.get("/notifications", limit=2, cursor=second["next"])).ok()
    assert (ids(last["notifications"]), last["next"]) == (["1.0"], None)


async def test_ids_are_ordered_by_number(client: Client, connection: asyncpg.Connection) -> None:
    ada = Caller(client, new_learner())
    await tell(connection, ada, 3, first=9)
    assert ids(await shown(ada)) == ["11.0", "10.0", "9.0"]
    assert await see(ada, up_to="10.0") == (2, 1)
    assert ids(await shown(ada, unread="true")) == ["11.0"]


async def test_what_was_seen_stays_seen(client: Client, connection: asyncpg.Connection, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    await tell(connection, ada, 4)
    assert await see(ada, ids=["2.0", "4.0", "2.0"]) == (2, 2)
    clock.advance(hours=1)
    assert await see(ada, ids=["2.0", "4.0"]) == (0, 2)
    assert await see(ada, up_to="3.0") == (2, 0)
    assert await see(ada, up_to="3.0") == (0, 0)
    assert [(notice["id"], notice["seen_at"]) for notice in await shown(ada)] == [
        ("4.0", "2026-03-10T12:00:00Z"),
        ("3.0", "2026-03-10T13:00:00Z"),
        ("2.0", "2026-03-10T12:00:00Z"),
        ("1.0", "2026-03-10T13:00:00Z"),
    ]
    assert (await ada.get("/notifications", unread="true")).ok() == NOTHING


async def test_ids_that_do_not_exist_are_ignored(client: Client, connection: asyncpg.Connection) -> None:
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    await tell(connection, ada, 2)
    await tell(connection, bob, 3)
    assert await see(ada, ids=["3.0", "1.7", "999999999999999999.999999999"]) == (0, 2)
    assert await see(ada, up_to="999999999999999999.999999999") == (2, 0)
    assert (await bob.get("/notifications")).ok()["unread"] == 3


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"up_to": "1.0", "ids": ["1.0"]}, ""),
        ({"ids": []}, "/ids"),
        ({"ids": ["1.0"] * 201}, "/ids"),
        *(
            ({"up_to": text}, "/up_to")
            for text in ("1", "1.0\n", "01.0", "1.-1", "+1.0", "1.0.0", "", "1e3.0", "٣.0", "1" * 19 + ".0")
        ),
        ({"ids": ["1.0", 7]}, "/ids/1"),
        ({"up_to": "1.0", "learner_id": "bob"}, "/learner_id"),
    ],
)
async def test_what_names_no_notice_is_refused(client: Client, body: Json, pointer: str) -> None:
    answer: Answer = await Caller(client, new_learner()).post("/notifications/seen", body)
    answer.problem(422, "invalid_body")
    assert answer.pointers() == [pointer]


@pytest.mark.parametrize("cursor", ["7", "x", "1.0.0", "9" * 19 + ".0", "WzFd"])
async def test_an_invented_cursor_is_refused(client: Client, cursor: str) -> None:
    (await Caller(client, new_learner()).get("/notifications", cursor=cursor)).problem(422, "invalid_cursor")


async def test_in_quiet_mode_the_list_is_empty(client: Client, connection: asyncpg.Connection) -> None:
    ada = Caller(client, new_learner())
    await tell(connection, ada, 2)
    await connection.execute("INSERT INTO learners (learner_id) VALUES ($1)", ada.learner_id)
    await connection.execute("INSERT INTO profiles (learner_id, quiet) VALUES ($1, true)", ada.learner_id)
    assert (await ada.get("/notifications")).ok() == {**NOTHING, "quiet": True}
    assert ids(await shown(Caller(client, "root", ["admin"]), learner_id=ada.subject)) == ["2.0", "1.0"]
    await connection.execute("UPDATE profiles SET quiet = false WHERE learner_id = $1", ada.learner_id)
    assert ids(await shown(ada)) == ["2.0", "1.0"]


async def test_an_administrator_reads_the_notices_of_one_learner(
    client: Client, connection: asyncpg.Connection
) -> None:
    ada, root = Caller(client, new_learner()), Caller(client, "root", ["admin"])
    await tell(connection, ada, 1)
    await connection.execute("INSERT INTO learners (learner_id) VALUES ($1)", ada.learner_id)
    assert await shown(root, learner_id=ada.subject) == await shown(ada)
    (await root.post("/notifications/seen", {"up_to": "1.0"})).problem(403, "role_not_allowed")


async def test_notices_of_the_previous_release_are_shown(client: Client, connection: asyncpg.Connection) -> None:
    ada = Caller(client, new_learner())
    unlocked = {"code": "ten", "title": "Ten", "points": 0, "tier": "silver", "earned_on": "2026-03-01"}
    gone = {**unlocked, "code": "gone"}
    rows = [
        ("level_changed", {"topic": "loops", "from": "expert", "to": "beginner"}),
        ("achievement_unlocked", unlocked),
        ("achievement_unlocked", gone),
        ("achievements_backfilled", {"achievements": [unlocked]}),
    ]
    await connection.executemany(
        "INSERT INTO notices (learner_id, revision, n, kind, body, commit_id, created_at) "
        "VALUES ($1, 3, $2, $3, $4, gen_random_uuid(), now())",
        [(ada.learner_id, n, kind, orjson.dumps(body).decode()) for n, (kind, body) in enumerate(rows)],
    )
    page = (await ada.get("/notifications")).ok()
    digest, left, kept = page["notifications"]
    assert page["unread"] == 3
    assert (digest["kind"], digest["text"]) == ("digest", "From earlier practice: 1 achievement.")
    words = {"description": "What ten takes.", "category": "practice", "icon": "check"}
    assert digest["digest"]["achievements"] == [{**unlocked, **words}]
    assert (kept["text"], kept["achievement"]["icon"], kept["achievement"]["description"]) == (
        "You unlocked “Ten”.",
        "check",
        "What ten takes.",
    )
    assert (left["achievement"]["icon"], left["achievement"]["description"]) == ("award", "")
    assert await see(ada, up_to="3.3") == (3, 0)


async def test_every_read_and_write_is_by_an_index(
    client: Client, connection: asyncpg.Connection, resources: Resources
) -> None:
    ada = Caller(client, new_learner())
    await tell(connection, ada, 3)
    sent = await statements_of_pool(resources.database.pools.read)
    written = await statements_of_pool(resources.database.pools.write)
    for query in ({}, {"cursor": "3.0"}, {"unread": "true"}):
        await shown(ada, **query)
    for body in ({"ids": ["1.0"]}, {"up_to": "3.0"}):
        await see(ada, **body)
    statements = [*await sent_statements(sent), *await sent_statements(written)]
    assert len(statements) == 3 * 4 + 2 * 4
    for statement in statements:
        assert await sequential_scans(connection, statement) == [], statement[0]
