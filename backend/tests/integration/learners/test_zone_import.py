"""PUT /admin/learners/{id}/zones: an imported zone history reassigns every day."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.api.edge.application import Application
from milepost.resources import Resources
from milepost.services.rebuild.check import check
from support.builders import activity, exercise, new_learner
from support.callers import Answer, Caller, Json, service
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)
EVENING = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


@pytest.fixture
def root(client: Client) -> Caller:
    """An administrator."""
    return Caller(client, "root", ["admin"])


@pytest.fixture
def resources(app: Quart) -> Resources:
    """The application's resources."""
    assert isinstance(app, Application)
    assert app.state.resources is not None
    return app.state.resources


async def put(caller: Caller, learner: str, zones: object) -> Answer:
    """PUT a zone history."""
    return await caller.ask("PUT", f"/admin/learners/{learner}/zones", json=zones)


async def days_of(caller: Caller) -> dict[str, str]:
    """The day of each activity, by id."""
    return {activity["id"]: activity["local_day"] for activity in await caller.feed()}


async def differences(resources: Resources, learner: Caller) -> list[str]:
    """Differences between stored rows and the log."""
    run = check(resources.database, resources.policy, UUID(learner.learner_id))
    return [str(difference) async for progress in run for difference in progress.differences]


async def evenings(client: Client) -> Caller:
    """Three evenings half an hour before midnight UTC, and one activity with its own zone."""
    ada = Caller(client, new_learner())
    await service(client).record_all(
        exercise(EVENING, id="first"),
        exercise(EVENING + DAY, id="second"),
        exercise(EVENING + 2 * DAY, id="third"),
        exercise(EVENING + 3 * DAY, id="own", zone="America/Lima"),
        learner_id=ada.subject,
    )
    return ada


async def test_a_history_reassigns_every_day(client: Client, root: Caller, resources: Resources) -> None:
    ada = await evenings(client)
    before = await ada.progress()
    assert (before["streak"]["longest_streak"], before["zone_source"]) == (4, "activity")
    moved = (EVENING + DAY + timedelta(minutes=45)).isoformat()
    zones = [{"valid_from": None, "zone": "Asia/Tokyo"}, {"valid_from": moved, "zone": "America/New_York"}]
    answered = (await put(root, ada.subject, zones)).ok()
    expected = [
        {"valid_from": None, "zone": "Asia/Tokyo"},
        {"valid_from": "2026-03-03T00:15:00Z", "zone": "America/New_York"},
    ]
    assert answered == {
        "learner_id": ada.learner_id,
        "timezone": "America/New_York",
        "zone_source": "admin",
        "revision": before["revision"] + 2,
        "activities_moved": 2,
        "zones": expected,
    }
    assert await days_of(ada) == {
        "first": "2026-03-02",
        "second": "2026-03-03",
        "third": "2026-03-03",
        "own": "2026-03-04",
    }
    after = await ada.progress()
    assert (after["timezone"], after["zone_source"], after["revision"]) == (
        "America/New_York",
        "admin",
        answered["revision"],
    )
    assert (after["streak"]["longest_streak"], after["exercises_completed"], after["points"]) == (3, 4, 40)
    assert await differences(resources, ada) == []
    answer = (await ada.get("/progress/history", start_date="2026-03-01", end_date="2026-03-05")).ok()
    assert [day["exercises_today"] for day in answer["days"]] == [0, 1, 2, 1, 0]


async def test_another_import_replaces_the_one_before(client: Client, root: Caller, resources: Resources) -> None:
    ada = await evenings(client)
    zones = [{"zone": "Asia/Tokyo"}, {"valid_from": "2026-03-03T00:15:00+00:00", "zone": "America/New_York"}]
    expected = [
        {"valid_from": None, "zone": "Asia/Tokyo"},
        {"valid_from": "2026-03-03T00:15:00Z", "zone": "America/New_York"},
    ]
    (await put(root, ada.subject, zones)).ok()
    days = await days_of(ada)
    again = (await put(root, ada.learner_id, zones)).ok()
    assert (again["activities_moved"], again["zones"]) == (0, expected)
    assert await days_of(ada) == days
    back = (await put(root, ada.subject, [{"zone": "UTC"}])).ok()
    assert back["activities_moved"] == 3
    assert (await ada.progress())["streak"]["longest_streak"] == 4
    assert await differences(resources, ada) == []
    entries = (await root.get("/admin/audit", about=ada.subject)).ok()["entries"]
    assert [entry["body"]["replaced"] for entry in entries] == [
        expected,
        expected,
        [{"valid_from": None, "zone": "America/Lima"}],
    ]
    assert entries[0] == {
        "at": "2026-03-10T12:00:00Z",
        "actor": "root",
        "action": "zones.import",
        "learner_id": ada.learner_id,
        "body": {"zones": [{"valid_from": None, "zone": "UTC"}], "replaced": expected},
    }


async def test_later_activities_use_the_imported_zones(client: Client, root: Caller) -> None:
    ada = await evenings(client)
    (await put(root, ada.subject, [{"zone": "Pacific/Kiritimati"}])).ok()
    await service(client).record_all(exercise(EVENING - DAY, id="late"), learner_id=ada.subject)
    assert (await days_of(ada))["late"] == "2026-03-01"
    assert (await ada.progress())["local_day"] == "2026-03-11"


async def test_an_import_does_not_delay_the_learners_changes(
    client: Client, root: Caller, clock: AdjustableClock
) -> None:
    """The 24 hours between changes count neither for the administrator nor after an import."""
    ada = Caller(client, new_learner())
    for zone in ("Asia/Tokyo", "Europe/Berlin"):
        (await ada.ask("PATCH", "/me", json={"zone": zone})).ok()
    (await ada.ask("PATCH", "/me", json={"zone": "Asia/Tokyo"})).problem(409, "zone_changed_recently")
    zones = [{"zone": "Africa/Cairo"}, {"valid_from": START.isoformat(), "zone": "Europe/Paris"}]
    (await put(root, ada.subject, zones)).ok()
    changed = (await ada.ask("PATCH", "/me", json={"zone": "Asia/Tokyo"})).ok()
    assert (changed["timezone"], changed["zone_change_allowed_at"]) == ("Asia/Tokyo", "2026-03-11T12:00:00Z")
    (await put(root, ada.subject, zones)).ok()
    clock.advance(hours=-2)
    refused = (await ada.ask("PATCH", "/me", json={"zone": "Asia/Tokyo"})).problem(409, "zone_changed_recently")
    assert "2026-03-10T12:00:00Z" in refused["detail"]


async def test_a_date_left_out_is_excused_even_where_no_activity_moves(
    client: Client, root: Caller, resources: Resources
) -> None:
    """Samoa skipped 30 December 2011: a learner with that zone has no gap on it."""
    ada = Caller(client, new_learner())
    own = [("2011-12-29T20:00:00Z", "America/Los_Angeles"), ("2011-12-31T20:00:00Z", "America/Los_Angeles")]
    await service(client).record_all(
        *({**exercise(START, zone=zone), "occurred_at": at} for at, zone in own), learner_id=ada.subject
    )
    assert (await ada.progress())["streak"]["longest_streak"] == 1
    assert (await put(root, ada.subject, [{"zone": "Pacific/Apia"}])).ok()["activities_moved"] == 0
    assert (await ada.progress())["streak"]["longest_streak"] == 2
    answer = (await ada.get("/progress/history", start_date="2011-12-29", end_date="2012-01-01")).ok()
    assert [day["longest_streak"] for day in answer["days"]] == [1, 1, 2, 2]
    assert await differences(resources, ada) == []


async def test_writers_and_imports_at_once(client: Client, root: Caller, resources: Resources) -> None:
    """In any order, every day finally follows the history imported last."""
    ada, teacher = await evenings(client), service(client)
    zones = ("Asia/Tokyo", "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati")

    async def write() -> None:
        for number in range(20):
            await teacher.record_all(exercise(EVENING - number * DAY, id=f"w{number}"), learner_id=ada.subject)

    async def move() -> None:
        for zone in zones:
            (await put(root, ada.subject, [{"zone": zone}])).ok()

    await asyncio.gather(write(), move())
    days = await days_of(ada)
    expected = {f"w{number}": (EVENING - number * DAY + timedelta(hours=14)).date().isoformat() for number in range(20)}
    assert {name: days[name] for name in expected} == expected
    assert (await ada.progress())["exercises_completed"] == 24
    assert await differences(resources, ada) == []


AT = "2026-03-01T00:00:00Z"
IMPOSSIBLE: list[tuple[object, str, str]] = [
    ([], "invalid_body", ""),
    ({}, "invalid_body", ""),
    ({"zones": []}, "invalid_body", ""),
    ([{}], "invalid_body", "/0/zone"),
    ([{"valid_from": None}], "invalid_body", "/0/zone"),
    ([{"zone": "UTC", "source": "claim"}], "invalid_body", "/0/source"),
    ([{"zone": "UTC"}, {"zone": "UTC"}], "impossible_zones", "/1/valid_from"),
    ([{"zone": "UTC"}, {"valid_from": None, "zone": "UTC"}], "impossible_zones", "/1/valid_from"),
    (
        [{"valid_from": AT, "zone": "UTC"}, {"valid_from": "2026-03-01T01:00:00+01:00", "zone": "Asia/Tokyo"}],
        "impossible_zones",
        "/1/valid_from",
    ),
    (
        [{"valid_from": AT, "zone": "UTC"}, {"valid_from": "2026-02-28T23:59:59Z", "zone": "Asia/Tokyo"}],
        "impossible_zones",
        "/1/valid_from",
    ),
    ([{"zone": "UTC"}, {"valid_from": "2026-03-10T12:00:01Z", "zone": "UTC"}], "impossible_zones", "/1/valid_from"),
    ([{"valid_from": "0001-01-01T00:00:00+14:00", "zone": "UTC"}], "invalid_body", "/0/valid_from"),
    ([{"valid_from": "9999-12-31T23:59:59-14:00", "zone": "UTC"}], "invalid_body", "/0/valid_from"),
    ([{"valid_from": "2026-03-01T00:00:00", "zone": "UTC"}], "invalid_body", "/0/valid_from"),
    ([{"valid_from": 1_700_000_000, "zone": "UTC"}], "invalid_body", "/0/valid_from"),
    ([{"valid_from": "-infinity", "zone": "UTC"}], "invalid_body", "/0/valid_from"),
    ([{"zone": "UTC"}] * 201, "invalid_body", ""),
    *(
        ([{"zone": "UTC"}, {"valid_from": AT, "zone": name}], "invalid_body", "/1/zone")
        for name in ("../../etc/passwd", "Europe", "UTC\x00", "x" * 300, "europe/berlin", "Factory", "localtime", "")
    ),
]


@pytest.mark.parametrize(("zones", "code", "pointer"), IMPOSSIBLE)
async def test_invalid_histories_are_refused(
    client: Client, root: Caller, zones: object, code: str, pointer: str
) -> None:
    ada = Caller(client, new_learner())
    (await ada.ask("PATCH", "/me", json={"zone": "Asia/Tokyo"})).ok()
    answered = await put(root, ada.subject, zones)
    answered.problem(422, code)
    assert answered.pointers() == [pointer]
    progress = await ada.progress()
    assert (progress["timezone"], progress["zone_source"], progress["revision"]) == ("Asia/Tokyo", "profile", 1)


async def test_only_administrators_import_and_only_for_known_learners(client: Client, root: Caller) -> None:
    nobody = new_learner()
    (await put(root, nobody, [{"zone": "UTC"}])).problem(404, "learner_not_found")
    assert (await Caller(client, nobody).progress())["zone_source"] == "assumed"
    ada = await evenings(client)
    for caller in (ada, service(client)):
        (await put(caller, ada.subject, [{"zone": "UTC"}])).problem(403, "role_not_allowed")
    answer = await client.put(f"/api/admin/learners/{ada.subject}/zones", json=[{"zone": "UTC"}])
    assert answer.status_code == 401
    assert (await ada.progress())["zone_source"] == "activity"


async def test_the_audit_goes_back_page_by_page(client: Client, root: Caller) -> None:
    ada, bob = await evenings(client), await evenings(client)
    for zone in ("UTC", "Asia/Tokyo", "Europe/Berlin"):
        (await put(root, ada.subject, [{"zone": zone}])).ok()
    (await put(Caller(client, "second root", ["admin"]), bob.subject, [{"zone": "UTC"}])).ok()
    removed = await root.ask("DELETE", "/activities/first", query={"learner_id": bob.subject, "sender": "exercises"})
    removed.ok()

    seen: list[Json] = []
    cursor: dict[str, object] = {}
    for _ in range(3):
        page = (await root.get("/admin/audit", limit=2, **cursor)).ok()
        seen += page["entries"]
        cursor = {"cursor": page["next"]}
    assert [(entry["actor"], entry["action"], entry["learner_id"]) for entry in seen[:5]] == [
        ("root", "activity.void", bob.learner_id),
        ("second root", "zones.import", bob.learner_id),
        ("root", "zones.import", ada.learner_id),
        ("root", "zones.import", ada.learner_id),
        ("root", "zones.import", ada.learner_id),
    ]
    assert seen[0]["body"] == {"sender": "exercises", "id": "first"}
    about = (await root.get("/admin/audit", about=bob.subject)).ok()
    assert (len(about["entries"]), about["next"]) == (2, None)
    for wrong in ("x", "-1", "9" * 19, "1.0"):
        assert (await root.get("/admin/audit", cursor=wrong)).status == 422
    # A learner's own void is not an administrator's write.
    await ada.record_all(activity(START, id="mine"))
    (await ada.ask("DELETE", "/activities/mine")).ok()
    assert len((await root.get("/admin/audit", about=ada.subject)).ok()["entries"]) == 3
