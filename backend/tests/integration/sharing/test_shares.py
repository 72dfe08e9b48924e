"""Shares of a learner: /shares, which are refused, and what ends them."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import exercise, new_learner
from support.callers import Caller, Json, service
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock


@pytest.fixture(autouse=True)
async def _two_badges(clock: AdjustableClock, database_url: str) -> None:
    """Every test begins at START with the same catalogue."""
    await put_in_force(
        database_url,
        entry("first", condition("exercises_completed", 1), title="First <step>", tier="gold", points=25),
        entry("hidden", condition("exercises_completed", 1), secret=True),
        entry("far", condition("exercises_completed", 100)),
        entry("far-hidden", condition("exercises_completed", 100), secret=True),
        entry("draft", condition("exercises_completed", 1), state="draft"),
    )


async def a_learner(client: Client, zone: str | None = None) -> Caller:
    """A learner with one exercise, and so with the badges `first` and `hidden`."""
    caller = Caller(client, new_learner(), zone=zone)
    await service(client).record_all(exercise(START), learner_id=caller.subject)
    return caller


async def share(caller: Caller, **body: object) -> Json:
    """POST a share, of progress unless the body says otherwise."""
    return (await caller.post("/shares", {"kind": "progress", "fields": ["points"], **body})).ok()


async def status_of(client: Client, made: Json, suffix: str = "") -> int:
    """The status of the public page."""
    return (await client.get(made["url"] + suffix)).status_code


async def test_a_share_is_listed_with_its_link_until_it_is_revoked(client: Client) -> None:
    caller = Caller(client, new_learner())
    assert (await caller.get("/shares")).ok() == {"shares": []}
    made = await share(caller, fields=["points", "display_name"], ends_on="2026-04-01")
    assert made == {
        "share_id": made["share_id"],
        "kind": "progress",
        "code": None,
        "fields": ["display_name", "points"],
        "ends_on": "2026-04-01",
        "url": made["url"],
        "state": "open",
        "views": 0,
        "views_by_day": [],
        "created_at": "2026-03-10T12:00:00Z",
    }
    assert (await caller.get("/shares")).ok() == {"shares": [made]}
    assert await status_of(client, made) == 200
    gone = (await caller.ask("DELETE", f"/shares/{made['share_id']}")).ok()
    assert gone == {"share_id": made["share_id"], "deleted": True}
    assert (await caller.get("/shares")).ok() == {"shares": []}
    assert await status_of(client, made) == 404
    assert await status_of(client, made, "/image.png") == 404


async def test_newer_shares_come_first(client: Client, clock: AdjustableClock) -> None:
    caller = await a_learner(client)
    older = await share(caller)
    clock.advance(minutes=1)
    newer = await share(caller, kind="badge", code="first", fields=[])
    assert [made["share_id"] for made in (await caller.get("/shares")).ok()["shares"]] == [
        newer["share_id"],
        older["share_id"],
    ]


async def test_links_cannot_be_guessed(client: Client) -> None:
    caller = Caller(client, new_learner())
    tokens = {(await share(caller))["url"].removeprefix("/s/") for _ in range(20)}
    assert len(tokens) == 20
    assert {len(base64.urlsafe_b64decode(token)) * 8 for token in tokens} == {192}
    # No two agree at a place: nothing but chance is in them.
    assert all(len({token[place] for token in tokens}) > 3 for place in range(32))


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"kind": "badge"}, [("/code", "missing")]),
        ({"kind": "badge", "code": "first", "fields": ["points"]}, [("/fields", "not_allowed")]),
        ({"kind": "progress"}, [("/fields", "empty")]),
        ({"kind": "progress", "code": "first", "fields": ["points"]}, [("/code", "not_allowed")]),
        ({"kind": "progress", "fields": ["points", "points"]}, [("/fields", "repeated")]),
        ({"kind": "progress", "fields": ["points"], "ends_on": "2026-03-09"}, [("/ends_on", "in_the_past")]),
        (
            {"kind": "progress", "fields": [], "ends_on": "1999-01-01"},
            [("/fields", "empty"), ("/ends_on", "in_the_past")],
        ),
    ],
)
async def test_impossible_shares_say_why(client: Client, body: Json, faults: list[tuple[str, str]]) -> None:
    caller = Caller(client, new_learner())
    problem = (await caller.post("/shares", body)).problem(422, "impossible_share")
    assert [(fault["pointer"], fault["code"]) for fault in problem["errors"]] == faults
    assert (await caller.get("/shares")).ok() == {"shares": []}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "year", "fields": ["points"]}, "/kind"),
        ({"kind": "progress", "fields": ["grades"]}, "/fields/0"),
        ({"kind": "progress", "fields": "points"}, "/fields"),
        ({"kind": "progress", "fields": ["points"], "ends_on": "soon"}, "/ends_on"),
        ({"kind": "progress", "fields": ["points"], "title": "Me"}, "/title"),
        ({"kind": "badge", "code": "a\x00b"}, "/code"),
        ({"kind": "badge", "code": "c" * 101}, "/code"),
        ({"kind": "progress", "fields": ["points"] * 9}, "/fields"),
    ],
)
async def test_bodies_that_are_no_share(client: Client, body: Json, pointer: str) -> None:
    answer = await Caller(client, new_learner()).post("/shares", body)
    answer.problem(422, "invalid_body")
    assert answer.pointers() == [pointer]


@pytest.mark.parametrize(
    ("code", "status", "problem"),
    [
        ("far", 409, "badge_is_locked"),
        ("hidden", 409, "badge_is_secret"),
        # A locked secret must look like nothing at all.
        ("far-hidden", 404, "badge_not_found"),
        ("draft", 404, "badge_not_found"),
        ("no-such", 404, "badge_not_found"),
    ],
)
async def test_only_an_earned_badge_that_is_no_secret_can_be_shared(
    client: Client, code: str, status: int, problem: str
) -> None:
    caller = await a_learner(client)
    (await caller.post("/shares", {"kind": "badge", "code": code})).problem(status, problem)
    assert (await share(caller, kind="badge", code="first", fields=[]))["code"] == "first"


async def test_fifty_shares_and_no_more(client: Client) -> None:
    caller = Caller(client, new_learner())
    made = [await share(caller) for _ in range(50)]
    assert (await caller.get("/features")).ok()["limits"]["shares"] == 50
    answers = [await caller.post("/shares", {"kind": "progress", "fields": ["points"]}) for _ in range(3)]
    assert {answer.problem(409, "too_many_shares")["max"] for answer in answers} == {50}
    await caller.ask("DELETE", f"/shares/{made[0]['share_id']}")
    again = await asyncio.gather(
        *(caller.post("/shares", {"kind": "progress", "fields": ["points"]}) for _ in range(5))
    )
    assert sorted(answer.status for answer in again) == [200] + [409] * 4
    assert len((await caller.get("/shares")).ok()["shares"]) == 50
    # 58 requests so far; a learner may make 60 in an hour.
    for _ in range(2):
        (await caller.post("/shares", {"kind": "progress", "fields": ["points"]})).problem(409, "too_many_shares")
    refused = await caller.post("/shares", {"kind": "progress", "fields": ["points"]})
    assert refused.problem(429, "rate_limited")["policy"] == "shares"


async def test_nobody_sees_or_revokes_the_share_of_another(client: Client) -> None:
    owner, other = Caller(client, new_learner()), Caller(client, new_learner())
    made = await share(owner)
    assert (await other.get("/shares")).ok() == {"shares": []}
    (await other.ask("DELETE", f"/shares/{made['share_id']}")).problem(404, "share_not_found")
    (await owner.ask("DELETE", f"/shares/{uuid4()}")).problem(404, "share_not_found")
    assert await status_of(client, made) == 200


async def test_one_key_makes_one_share(client: Client) -> None:
    caller = Caller(client, new_learner())
    body, headers = {"kind": "progress", "fields": ["points"]}, {"Idempotency-Key": "share-1"}
    first = await caller.ask("POST", "/shares", json=body, headers=headers)
    assert (await caller.ask("POST", "/shares", json=body, headers=headers)).ok() == first.ok()
    assert len((await caller.get("/shares")).ok()["shares"]) == 1


async def test_a_link_works_through_its_last_day_where_the_learner_lives(
    client: Client, clock: AdjustableClock
) -> None:
    # At START it is the night of the 11th in Auckland; the 11th ends there on the 11th at 11:00 UTC.
    caller = await a_learner(client, "Pacific/Auckland")
    await caller.ask("PATCH", "/me", json={"zone": "Pacific/Auckland"})
    (await caller.post("/shares", {"kind": "progress", "fields": ["points"], "ends_on": "2026-03-10"})).problem(
        422, "impossible_share"
    )
    made = await share(caller, ends_on="2026-03-11")
    clock.set(datetime(2026, 3, 11, 10, 59, 59, tzinfo=UTC))
    assert await status_of(client, made) == 200
    clock.set(datetime(2026, 3, 11, 11, 0, tzinfo=UTC))
    assert await status_of(client, made) == 404
    assert [listed["state"] for listed in (await caller.get("/shares")).ok()["shares"]] == ["ended"]


async def test_quiet_mode_hides_every_link_and_refuses_new_ones(client: Client) -> None:
    caller = await a_learner(client)
    badge, progress = await share(caller, kind="badge", code="first", fields=[]), await share(caller)
    (await caller.ask("PATCH", "/me", json={"quiet": True})).ok()
    assert [await status_of(client, made, suffix) for made in (badge, progress) for suffix in ("", "/image.png")] == [
        404
    ] * 4
    assert [listed["state"] for listed in (await caller.get("/shares")).ok()["shares"]] == ["quiet", "quiet"]
    (await caller.post("/shares", {"kind": "progress", "fields": ["points"]})).problem(409, "learner_is_quiet")
    (await caller.ask("DELETE", f"/shares/{badge['share_id']}")).ok()
    # What was not revoked is there again afterwards.
    (await caller.ask("PATCH", "/me", json={"quiet": False})).ok()
    assert [await status_of(client, made) for made in (badge, progress)] == [404, 200]


async def test_a_badge_that_was_taken_back_or_became_a_secret_is_not_shown(client: Client, database_url: str) -> None:
    caller = await a_learner(client)
    made = await share(caller, kind="badge", code="first", fields=[])
    assert await status_of(client, made) == 200
    rule = condition("exercises_completed", 1)
    await put_in_force(database_url, entry("first", rule, secret=True), now=START + timedelta(minutes=1))
    assert await status_of(client, made) == 404
    assert [listed["state"] for listed in (await caller.get("/shares")).ok()["shares"]] == ["badge_not_shown"]
    await put_in_force(database_url, entry("first", rule), now=START + timedelta(minutes=2))
    assert await status_of(client, made) == 200
    await execute(database_url, "UPDATE unlocks SET revoked_at = $2 WHERE learner_id = $1", caller.learner_id, START)
    assert await status_of(client, made) == 404


async def test_a_deleted_row_is_a_link_that_leads_nowhere(client: Client, database_url: str) -> None:
    caller = await a_learner(client)
    made = await share(caller)
    await execute(database_url, "DELETE FROM shares WHERE learner_id = $1", caller.learner_id)
    assert await status_of(client, made) == 404


async def test_the_export_has_the_shares(client: Client) -> None:
    caller = await a_learner(client)
    made = await share(caller, fields=["minutes", "points"], ends_on="2026-05-01")
    (exported,) = (await caller.get("/progress/export", format="json")).ok()["tables"]["shares"]
    assert exported["share_id"] == made["share_id"]
    assert exported["token"] == made["url"].removeprefix("/s/")
    assert (exported["fields"], exported["ends_on"], exported["views"]) == (["minutes", "points"], "2026-05-01", 0)


async def execute(database_url: str, statement: str, *arguments: object) -> None:
    """One statement, past the application."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(statement, *arguments)
    finally:
        await connection.close()
