"""An older database is brought up day by day, as if every night had published eases."""

import math
import random
from datetime import date, timedelta

import asyncpg
import pytest
from bench.answer_rules import Answer
from bench.mastery import Mastery
from quart.typing import TestClientProtocol as Client

from integration.mastery.old_records import as_an_old_version, typical_by_id
from milepost.jobs.sweeps import publish_eases, take_running_totals
from milepost.resources import Resources
from milepost.rules.insight.running_totals import MIN_CELLS
from milepost.services.mastery import past_grades
from milepost.services.mastery.nightly import publish_eases_batch
from milepost.services.rebuild.check import differences
from support.builders import exercise, new_learner
from support.callers import Caller, service, uuid_of
from support.clock import START, AdjustableClock

DAYS_AGO = (30, 29, 28, 14, 13, 2, 0)


async def record_history(client: Client) -> list[Answer]:
    """Grades of five learners on seven days, in the order of days."""
    chance, answers = random.Random(5), []
    for days_ago in DAYS_AGO:
        at = START - timedelta(days=days_ago)
        for number in range(5):
            for turn in range(3):
                topic, object_id = chance.choice(["loops", "strings", ""]), chance.choice(["e1", "e2", ""])
                value = chance.choice([0, 100, 100, 62.5])
                learner, name = f"learner-{number}", f"a-{days_ago}-{number}-{turn}"
                fields = {"topic": topic or None, "object_id": object_id or None, "value": value, "id": name}
                await service(client).record_all(exercise(at, **fields), learner_id=learner)
                answers.append(Answer(learner, topic, object_id, round(1_000 * value), at.date()))
    return answers


async def begin_upgrade(connection: asyncpg.Connection) -> None:
    """The database as the migration finds it."""
    await as_an_old_version(connection)
    await connection.execute("UPDATE ease_state SET is_deciding = FALSE, revision = revision + 1")


def replayed(answers: list[Answer]) -> tuple[Mastery, list[int]]:
    """The same answers in memory: eases published at the end of each day; and what was typical of each."""
    mastery, typical, day = Mastery(has_days=True), [], answers[0].day
    for answer in answers:
        if answer.day != day:
            mastery.close_day()
            day = answer.day
        mastery.learn(answer)
        typical.append(mastery.typical_milli(answer))
    mastery.close_day()
    return mastery, typical


async def test_eases_of_the_past_are_as_if_every_night_had_published_them(
    client: Client, resources: Resources, connection: asyncpg.Connection, clock: AdjustableClock
) -> None:
    answers = await record_history(client)
    await begin_upgrade(connection)
    await publish_eases(resources)
    mastery, typical = replayed(answers)
    rows = await connection.fetch(
        "SELECT typical_milli FROM activities ORDER BY local_day, split_part(id, '-', 3), split_part(id, '-', 4)"
    )
    assert [row[0] for row in rows] == typical
    assert len({row[0] for row in rows}) > 10
    published = await connection.fetch("SELECT valid_from FROM ease_publications ORDER BY 1")
    assert [START.date() - row[0] for row in published] == [timedelta(days=days_ago - 1) for days_ago in DAYS_AGO]
    newest = await connection.fetch(
        "SELECT DISTINCT ON (topic, object_id) topic, object_id, shift FROM eases ORDER BY 1, 2, valid_from DESC"
    )
    assert {row["topic"]: row["shift"] for row in newest if not row["object_id"]} == pytest.approx(mastery.topic_shifts)
    assert {tuple(row[:2]): row["shift"] for row in newest if row["object_id"]} == pytest.approx(
        {key: shift for key, shift in mastery.exercise_shifts.items() if key[1]}
    )
    await assert_sums_hold(resources)


async def assert_sums_hold(resources: Resources) -> None:
    async with resources.database.snapshot() as reading:
        learners = [row[0] for row in await reading.fetch("SELECT learner_id FROM learners")]
        assert [str(one) for one in await differences(reading, learners, resources.policy)] == []


async def test_in_small_batches_and_with_grades_that_come_meanwhile_it_is_the_same(
    client: Client,
    resources: Resources,
    connection: asyncpg.Connection,
    clock: AdjustableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = await record_history(client)
    await begin_upgrade(connection)
    monkeypatch.setattr(past_grades, "_DUE", past_grades._DUE.replace("LIMIT 2000", "LIMIT 4"))
    batches, more = 0, True
    while more:
        if batches == 9:
            # Of the last day, while the backfill is at the first: nothing typical is decided at intake.
            await service(client).record_all(exercise(START, id="meanwhile", object_id="e1"), learner_id="late")
            assert (await typical_by_id(connection))["meanwhile"] is None
        async with resources.database.write() as writing:
            more = await publish_eases_batch(writing, resources.policy, clock.now())
        batches += 1
    _, typical = replayed([*answers, Answer("late", "loops", "e1", 80_000, START.date())])
    assert sorted(value for value in (await typical_by_id(connection)).values() if value) == sorted(typical)
    await assert_sums_hold(resources)


async def test_running_totals_taken_before_are_retaken(
    client: Client, resources: Resources, connection: asyncpg.Connection
) -> None:
    learner = new_learner()
    days = [exercise(START - timedelta(days=ago), object_id="e1") for ago in range(2 * MIN_CELLS)]
    await service(client).record_all(*days, learner_id=learner)
    await begin_upgrade(connection)
    await take_running_totals(resources)
    assert await connection.fetchval("SELECT count(*) FROM running_totals") == 1
    await publish_eases(resources)
    await assert_sums_hold(resources)
    assert await connection.fetchval("SELECT totals_due FROM learners")
    before = (await Caller(client, learner).get("/progress/skill-levels")).ok()
    assert before["skills"][0]["mastery"]["grades"] == len(days)
    await take_running_totals(resources)
    await connection.execute("UPDATE learners SET revision = revision + 1")
    assert (await Caller(client, learner).get("/progress/skill-levels")).ok() == before
    await assert_sums_hold(resources)


async def test_a_late_grade_of_a_passed_day_takes_the_eases_of_its_day(
    client: Client, resources: Resources, connection: asyncpg.Connection, clock: AdjustableClock
) -> None:
    await record_history(client)
    await begin_upgrade(connection)
    await publish_eases(resources)
    at = START - timedelta(days=20)
    await service(client).record_all(exercise(at, id="late", object_id="e1"), learner_id="late")
    stored = await connection.fetchval("SELECT typical_milli FROM activities WHERE id = 'late'")
    # What held on 18 February was published for the 11th, the day after the third day of practice.
    (base,) = await connection.fetchrow("SELECT ease FROM ease_publications WHERE valid_from = $1", date(2026, 2, 11))
    topic, own = [
        await connection.fetchval(
            "SELECT shift FROM eases WHERE topic = 'loops' AND object_id = $1 AND valid_from <= $2 "
            "ORDER BY valid_from DESC LIMIT 1",
            *(object_id, date(2026, 2, 18)),
        )
        for object_id in ("", "e1")
    ]
    assert stored == round(100_000 / (1 + math.exp(-(base + topic + own))))
    assert stored != 70_000


async def test_a_learner_who_is_leaving_is_passed_over(
    client: Client, resources: Resources, connection: asyncpg.Connection, clock: AdjustableClock
) -> None:
    await record_history(client)
    await begin_upgrade(connection)
    await connection.execute("UPDATE learners SET erasing_at = now() WHERE learner_id = $1", uuid_of("learner-3"))
    await publish_eases(resources)
    assert None not in (await typical_by_id(connection)).values()
    assert await connection.fetchval("SELECT is_deciding FROM ease_state")


async def test_answers_are_renewed_when_it_has_passed(
    client: Client, resources: Resources, connection: asyncpg.Connection, clock: AdjustableClock
) -> None:
    await record_history(client)
    await begin_upgrade(connection)
    before = await connection.fetchval("SELECT global_revision FROM system_state")
    await publish_eases(resources)
    assert await connection.fetchval("SELECT global_revision FROM system_state") == before + 1
    assert await connection.fetchval("SELECT min(revision) FROM learners") > 3 * len(DAYS_AGO)


async def test_the_night_after_it_sees_no_grade_twice(
    client: Client, resources: Resources, connection: asyncpg.Connection, clock: AdjustableClock
) -> None:
    """Also at the very instant at which it has passed."""
    await record_history(client)
    await begin_upgrade(connection)
    clock.advance(hours=17)
    for _ in range(60):
        async with resources.database.write() as writing:
            if not await publish_eases_batch(writing, resources.policy, clock.now()):
                break
    else:
        raise AssertionError("there is always more")
    assert await connection.fetchval("SELECT max(valid_from) FROM ease_publications") == date(2026, 3, 12)
    assert await connection.fetchval("SELECT sum(grades) FROM ease_sums WHERE object_id = ''") == 15 * len(DAYS_AGO)
