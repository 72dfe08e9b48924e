"""Merging two accounts of one person: everything is united, and the old id is refused."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from quart.typing import TestClientProtocol as Client

from milepost.db.tables.exported_columns import learner_tables
from milepost.errors import Conflict
from milepost.resources import Resources
from milepost.services.learners.merge import merge_learners, moved_tables
from milepost.services.rebuild.check import differences
from milepost.settings import Settings
from oracles.markers import places_of
from support.builders import activity, exercise, new_learner
from support.callers import Answer, Caller, Json, service
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)


@pytest.fixture
async def connection(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the test's own."""
    opened = await asyncpg.connect(settings.database_url)
    yield opened
    await opened.close()


@pytest.fixture
def two(client: Client, clock: AdjustableClock) -> tuple[Caller, Caller]:
    """The old account and the one that remains."""
    return Caller(client, f"old-{new_learner()}"), Caller(client, f"new-{new_learner()}")


@pytest.fixture
def teacher(client: Client) -> Caller:
    """A service."""
    return service(client)


async def merge(old: Caller, new: Caller, **headers: str) -> Answer:
    """An administrator merges the old account into the new one."""
    root = old.other("root", ["admin"])
    path = f"/admin/learners/{old.subject}/merge"
    return await root.ask("POST", path, json={"into": new.subject}, headers=headers)


async def assert_rebuilds(resources: Resources, learner: Caller) -> None:
    """What is stored is what the united log gives."""
    async with resources.database.snapshot() as reading:
        assert await differences(reading, [UUID(learner.learner_id)], resources.policy) == []


def rows(exported: Json, table: str, *names: str) -> list[Any]:
    """These columns of a table of an export, sorted."""
    return sorted(tuple(row[name] for name in names) for row in exported["tables"][table])


async def test_days_and_figures_are_united(two: tuple[Caller, Caller], teacher: Caller, resources: Resources) -> None:
    old, new = two
    ago = [START - n * DAY for n in range(6)]
    await teacher.record_all(*(exercise(ago[n], id=f"o{n}", value=60) for n in (1, 3, 5)), learner_id=old.subject)
    await teacher.record_all(*(exercise(ago[n], id=f"n{n}", value=100) for n in (0, 2, 4)), learner_id=new.subject)
    assert (await new.progress())["streak"]["current_streak"] == 1
    merged = (await merge(old, new)).ok()
    assert {**merged, "revision": 0} == {"learner_id": new.learner_id, "former_id": old.learner_id, "revision": 0}
    progress = await new.progress()
    assert (progress["streak"]["current_streak"], progress["exercises_completed"]) == (6, 6)
    assert progress["grades"]["average"] == 80.0
    assert progress["revision"] == merged["revision"]
    assert [item["id"] for item in await new.feed()] == ["n0", "o1", "n2", "o3", "n4", "o5"]
    await assert_rebuilds(resources, new)
    repeated = await teacher.record(exercise(ago[1], id="o1", value=60), learner_id=new.subject)
    assert repeated.ok()["results"][0]["status"] == "duplicate"


async def test_the_old_id_is_refused_and_tells_services_where_to_go(
    two: tuple[Caller, Caller], teacher: Caller, client: Client
) -> None:
    old, new = two
    await teacher.record_all(exercise(START, id="one"), learner_id=old.subject)
    await teacher.record_all(exercise(START), learner_id=new.subject)
    (await merge(old, new)).ok()
    into = {"merged_into": new.learner_id}
    for caller in (teacher, Caller(client, "root", ["admin"])):
        refusal = (await caller.get("/progress", learner_id=old.subject)).problem(410, "learner_merged")
        assert refusal.items() >= into.items()
    sent = await teacher.record(exercise(START, id="one"), learner_id=old.subject)
    assert sent.problem(410, "learner_merged")["results"][0].items() >= into.items()
    updated = await teacher.post("/progress/update-streak", {"learner_id": old.subject})
    assert updated.problem(410, "learner_merged").items() >= into.items()
    for answer in (
        await old.get("/progress"),
        await old.record(activity(START)),
        await old.post("/progress/update-streak"),
        await old.post("/tasks", {"title": "read"}),
    ):
        assert new.learner_id not in str(answer.problem(410, "learner_merged"))
    (await Caller(client, new_learner()).get("/progress", learner_id=old.subject)).problem(404, "learner_not_found")


async def test_twice_equals_once(two: tuple[Caller, Caller], teacher: Caller, resources: Resources) -> None:
    old, new = two
    await teacher.record_all(exercise(START), learner_id=old.subject)
    await teacher.record_all(exercise(START - DAY), learner_id=new.subject)
    answers = await asyncio.gather(*(merge(old, new) for _ in range(4)))
    assert {str(answer.ok()) for answer in answers} == {str(answers[0].body)}
    once = (await new.get("/me/data")).ok()
    assert (await merge(old, new, **{"Idempotency-Key": "again"})).ok() == answers[0].body
    assert (await new.get("/me/data")).ok() == once
    entries = (await new.other("root", ["admin"]).get("/admin/audit", about=new.subject)).ok()["entries"]
    assert [(item["action"], item["body"]) for item in entries] == [("learner.merge", {"former_id": old.learner_id})]
    assert rows(once, "former_ids", "former_id") == [(old.learner_id,)]
    await assert_rebuilds(resources, new)


async def test_one_id_in_both_accounts(two: tuple[Caller, Caller], teacher: Caller, resources: Resources) -> None:
    old, new = two
    same, voided = exercise(START, id="same"), exercise(START - DAY, id="voided")
    for learner in two:
        await teacher.record_all(same, voided, learner_id=learner.subject)
    await teacher.record_all(exercise(START, id="other", value=50), learner_id=old.subject)
    await teacher.record_all(exercise(START, id="other", value=90), learner_id=new.subject)
    (await teacher.ask("DELETE", "/activities/voided", query={"learner_id": new.subject})).ok()
    (await merge(old, new)).ok()
    kept = {item["id"]: item["value"] for item in await new.feed()}
    assert kept == {"same": 80, "voided": 80, "other": 90, f"other~{old.learner_id}": 50}
    assert (await new.progress())["exercises_completed"] == 4
    await assert_rebuilds(resources, new)


async def test_of_one_once_key_the_earlier_activity_counts(
    two: tuple[Caller, Caller], teacher: Caller, resources: Resources
) -> None:
    old, new = two
    await teacher.record_all(
        exercise(START - DAY, id="first", once_key="a", value=70),
        exercise(START, id="second", once_key="b", value=70),
        learner_id=old.subject,
    )
    await teacher.record_all(
        exercise(START, id="third", once_key="a", value=90),
        exercise(START - DAY, id="fourth", once_key="b", value=90),
        learner_id=new.subject,
    )
    (await merge(old, new)).ok()
    exported = (await new.get("/me/data")).ok()
    assert rows(exported, "once_keys", "once_key", "id") == [("a", "first"), ("b", "fourth")]
    counting = {row["id"] for row in exported["tables"]["activities"] if row["not_counted"] is None}
    assert counting == {"first", "fourth"}
    assert (await new.progress())["exercises_completed"] == 2
    await assert_rebuilds(resources, new)


async def test_achievements_are_kept_once_with_the_earlier_date(
    two: tuple[Caller, Caller], teacher: Caller, resources: Resources, settings: Settings
) -> None:
    await put_in_force(
        settings.database_url,
        entry("two-done", condition("exercises_completed", 2)),
        entry("four-done", condition("exercises_completed", 4)),
    )
    old, new = two
    await teacher.record_all(exercise(START - 9 * DAY), exercise(START - 8 * DAY), learner_id=old.subject)
    await teacher.record_all(exercise(START - 3 * DAY), exercise(START - 2 * DAY), learner_id=new.subject)
    (await merge(old, new)).ok()
    shown = (await new.get("/progress/achievements")).ok()["achievements"]
    assert {item["code"]: item.get("earned_on") for item in shown if item["code"].endswith("-done")} == {
        "two-done": "2026-03-02",
        "four-done": "2026-03-08",
    }
    await assert_rebuilds(resources, new)


async def test_days_are_those_of_the_target(two: tuple[Caller, Caller], teacher: Caller, resources: Resources) -> None:
    old, new = two
    late = START.replace(hour=20)
    for learner, zone in ((old, "Asia/Tokyo"), (new, "America/New_York")):
        (await learner.ask("PATCH", "/me", json={"zone": zone})).ok()
        await teacher.record_all(exercise(late - 2 * DAY, id=zone), learner_id=learner.subject)
    assert [item["local_day"] for item in await old.feed()] == ["2026-03-09"]
    (await merge(old, new)).ok()
    assert {item["local_day"] for item in await new.feed()} == {"2026-03-08"}
    assert (await new.get("/me")).ok()["timezone"] == "America/New_York"
    await assert_rebuilds(resources, new)


async def test_a_target_without_a_zone_takes_the_one_that_is_known(
    two: tuple[Caller, Caller], teacher: Caller, resources: Resources
) -> None:
    old, new = two
    (await old.ask("PATCH", "/me", json={"zone": "Asia/Tokyo"})).ok()
    await teacher.record_all(exercise(START.replace(hour=20) - DAY), learner_id=new.subject)
    assert [item["local_day"] for item in await new.feed()] == ["2026-03-09"]
    (await merge(old, new)).ok()
    assert [item["local_day"] for item in await new.feed()] == ["2026-03-10"]
    about = (await new.get("/me")).ok()
    assert (about["timezone"], about["zone_source"]) == ("Asia/Tokyo", "profile")
    await assert_rebuilds(resources, new)


async def test_plans_goals_spaces_and_pauses_move(
    two: tuple[Caller, Caller], teacher: Caller, resources: Resources
) -> None:
    old, new = two
    goal = {"target_type": "exercises", "time_period": "weekly", "target_value": 3}
    for learner, title in ((old, "old"), (new, "new")):
        work = (await learner.post("/categories", {"name": "work"})).ok()["category_id"]
        own = (await learner.post("/categories", {"name": title})).ok()["category_id"]
        for category in (work, own):
            slot = {"starts_at": "2026-03-10T08:00:00Z", "ends_at": "2026-03-10T09:00:00Z"}
            task = {"title": title, "category_id": category, "scheduled_slots": [slot]}
            (await learner.post("/tasks", task)).ok()
        (await learner.post("/goals", {"name": title, **goal})).ok()
        await teacher.record_all(exercise(START, space_id="shared"), exercise(START), learner_id=learner.subject)
        (await learner.ask("PUT", "/spaces/shared", json={"title": title})).ok()
        (await learner.ask("PUT", f"/spaces/{title}", json={"title": title})).ok()
    (await old.post("/me/pauses", {"first_day": "2026-03-20", "last_day": "2026-03-21"})).ok()
    (await merge(old, new)).ok()
    categories = (await new.get("/categories")).ok()["categories"]
    assert [item["name"] for item in categories] == ["work", "new", "old"]
    tasks = (await new.get("/tasks", category_id=categories[0]["category_id"])).ok()["tasks"]
    assert sorted(task["title"] for task in tasks) == ["new", "old"]
    progress = (await new.get("/goals", with_="progress")).ok()
    assert {item["name"]: item["progress"]["achieved_value"] for item in progress["goals"]} == {"new": 4, "old": 4}
    exported = (await new.get("/me/data")).ok()
    assert rows(exported, "goal_periods", "achieved_value", "target_value") == [(4, 3), (4, 3)]
    spaces = (await new.get("/spaces")).ok()["spaces"]
    assert {item["space_id"]: item["title"] for item in spaces} == {"new": "new", "old": "old", "shared": "new"}
    assert [pause["first_day"] for pause in (await new.get("/me/pauses")).ok()["pauses"]] == ["2026-03-20"]
    stats = (await new.get("/analytics/quick-stats", view_context="tasks", date_range="today")).ok()
    assert stats["total_scheduled_minutes"] == 240
    await assert_rebuilds(resources, new)


async def test_erasing_who_remains_erases_the_former_id_too(
    two: tuple[Caller, Caller], teacher: Caller, resources: Resources, connection: asyncpg.Connection, client: Client
) -> None:
    old, new = two
    newest = Caller(client, new_learner())
    for learner in (old, new, newest):
        await teacher.record_all(exercise(START), learner_id=learner.subject)
    (await merge(old, new)).ok()
    (await merge(new, newest)).ok()
    refusal = (await teacher.get("/progress", learner_id=old.subject)).problem(410, "learner_merged")
    assert refusal["merged_into"] == newest.learner_id
    (await newest.ask("DELETE", "/me", json={"confirm": newest.subject})).ok()
    for learner in (old, new, newest):
        (await teacher.get("/progress", learner_id=learner.subject)).problem(410, "learner_erased")
        (await teacher.record(exercise(START), learner_id=learner.subject)).problem(410, "learner_erased")
        assert await places_of(connection, resources.redis, learner.learner_id) == set()


async def test_merges_that_are_refused(two: tuple[Caller, Caller], teacher: Caller, client: Client) -> None:
    old, new = two
    itself = await merge(old, old)
    itself.problem(422, "merge_with_itself")
    assert itself.pointers() == ["/into"]
    (await merge(old, new)).problem(404, "learner_not_found")
    await teacher.record_all(exercise(START), learner_id=old.subject)
    (await merge(old, new)).problem(404, "learner_not_found")
    await teacher.record_all(exercise(START), learner_id=new.subject)
    erased = Caller(client, new_learner())
    (await erased.ask("DELETE", "/me", json={"confirm": erased.subject})).ok()
    (await merge(erased, new)).problem(410, "learner_erased")
    (await merge(new, erased)).problem(410, "learner_erased")
    (await merge(old, new)).ok()
    (await merge(new, old)).problem(410, "learner_merged")
    assert len(await new.feed()) == 2


async def test_two_merges_in_a_circle_at_once(
    two: tuple[Caller, Caller], teacher: Caller, connection: asyncpg.Connection
) -> None:
    one, other = two
    for learner in two:
        await teacher.record_all(exercise(START), learner_id=learner.subject)
    answers = await asyncio.gather(merge(one, other), merge(other, one))
    assert sorted(answer.status for answer in answers) == [200, 410]
    ids = [UUID(learner.learner_id) for learner in two]
    assert await connection.fetchval("SELECT count(*) FROM learners WHERE learner_id = ANY($1)", ids) == 1
    assert await connection.fetchval("SELECT count(*) FROM activities WHERE learner_id = ANY($1)", ids) == 2


def test_every_table_of_learners_moves_is_rebuilt_or_has_its_own_rule() -> None:
    assert set(learner_tables()) - set(moved_tables()) == {
        *("former_ids", "idempotency_keys", "learner_zones", "learners", "notices"),
        *("activity_cells", "activity_days", "board_scores", "daily_snapshots", "metric_counters", "milestone_reaches"),
        *("planner_days", "review_days", "running_totals", "skill_levels", "space_metrics", "space_tasks"),
    }


async def test_merged_while_both_accounts_are_written_to(
    two: tuple[Caller, Caller], client: Client, teacher: Caller, resources: Resources
) -> None:
    old, new = two
    for learner in two:
        await teacher.record_all(*(exercise(START - n * DAY) for n in range(40)), learner_id=learner.subject)
    merged = asyncio.Event()

    async def write(learner: Caller, sender: Caller, number: int) -> int:
        """Write until some time after the merge; returns how many activities were taken."""
        taken = after = 0
        while after < 5:
            after += merged.is_set()
            sent = exercise(START - (taken % 9) * DAY, id=f"{learner.subject}-{number}-{taken}", once_key="shared")
            answer = await sender.record(sent, exercise(START), learner_id=learner.subject)
            if answer.status == 410:
                assert answer.body["code"] == "learner_merged"
                assert learner is old
                return taken
            assert answer.status == 200, answer.body
            taken += 2
        return taken

    async def merge_soon() -> None:
        await asyncio.sleep(0.3)
        (await merge(old, new)).ok()
        merged.set()

    writers = [(learner, service(client, f"sender-{n}"), n) for learner in two for n in range(4)]
    *taken, _ = await asyncio.gather(*(write(*writer) for writer in writers), merge_soon())
    assert len((await new.get("/me/data")).ok()["tables"]["activities"]) == 80 + sum(count or 0 for count in taken)
    assert rows((await new.get("/me/data")).ok(), "once_keys", "once_key") == [("shared",)]
    await assert_rebuilds(resources, new)
    (await old.get("/progress")).problem(410, "learner_merged")


async def test_learners_who_are_too_large_are_not_merged(
    two: tuple[Caller, Caller], teacher: Caller, resources: Resources, clock: AdjustableClock
) -> None:
    old, new = two
    for learner in two:
        await teacher.record_all(exercise(START), exercise(START), learner_id=learner.subject)
    ids = UUID(old.learner_id), UUID(new.learner_id)
    for most, is_refused in ((3, True), (4, False)):
        activities = replace(resources.policy.activities, rebuild_at_once_activities=most)
        policy = replace(resources.policy, activities=activities)
        merging = merge_learners(resources.database, *ids, "root", policy, clock.now())
        if is_refused:
            with pytest.raises(Conflict, match="at most 3 activities"):
                await merging
            assert len(await old.feed()) == 2
        else:
            assert (await merging).learner_id == ids[1]
    assert len(await new.feed()) == 4
