"""Eases: published once a night, for days that have not begun, and used by the activities of those days."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import asyncpg
import pytest
from quart.typing import TestClientProtocol as Client

from integration.mastery.old_records import as_an_old_version, typical_by_id
from milepost.jobs.sweeps import publish_eases
from milepost.resources import Resources
from milepost.services.mastery import nightly
from milepost.services.rebuild.check import differences
from support.builders import exercise, new_learner
from support.callers import Caller, service
from support.clock import START, AdjustableClock
from support.query_plans import sent_statements, statements_of_pool

NIGHT = datetime.fromisoformat("2026-03-11T05:00:00Z")
TWELFTH = date(2026, 3, 12)


async def answer(client: Client, at: datetime, name: str, value: float, **fields: object) -> None:
    """Record a grade of a new learner, unless `learner_id` names one."""
    learner = fields.pop("learner_id", None) or new_learner()
    posted = exercise(at, **({"id": name, "object_id": "e1", "value": value} | fields))
    await service(client).record_all(posted, learner_id=learner)


async def shifts(connection: asyncpg.Connection) -> dict[tuple[str, str, date], float]:
    rows = await connection.fetch("SELECT topic, object_id, valid_from, shift FROM eases")
    return {tuple(row[:3]): row["shift"] for row in rows}


async def test_before_any_publication_a_typical_learner_gets_70(client: Client, connection: asyncpg.Connection) -> None:
    await answer(client, START, "a", 100)
    await answer(client, START, "b", 50, topic=None)
    await answer(client, START, "c", 0, object_id=None)
    assert await typical_by_id(connection) == {"a": 70_000, "b": 70_000, "c": 70_000}
    cells = await connection.fetch(
        "SELECT grade_weight, weighted_grade_milli, weighted_typical_milli FROM activity_cells"
    )
    assert sorted(tuple(cell) for cell in cells) == [(1, 0, 70_000), (1, 100_000, 70_000), (6, 300_000, 420_000)]


async def test_what_is_no_grade_has_nothing_typical(client: Client, connection: asyncpg.Connection) -> None:
    await service(client).record_all(
        exercise(START, id="a", value=None), exercise(START, id="b", verb="viewed", value=None), learner_id="x"
    )
    assert await typical_by_id(connection) == {"a": None, "b": None}


async def test_a_night_publishes_what_it_has_seen_for_the_next_day(
    client: Client, resources: Resources, connection: asyncpg.Connection, clock: AdjustableClock
) -> None:
    """Two new learners, one right and one wrong: 1 of 2 where .7 was expected.

    L0 = ln(8/4) = .693147. Topic: ln(29/13) − ln(7/3) = −.044952. Exercise: ln(3.1/1.9) − ln(7/3) = −.357750.
    """
    await answer(client, START, "right", 100)
    await answer(client, START, "wrong", 0)
    clock.set(NIGHT)
    await publish_eases(resources)
    (published,) = await connection.fetch("SELECT valid_from, ease, grades, grade_milli FROM ease_publications")
    assert tuple(published) == (TWELFTH, pytest.approx(0.693147, abs=1e-6), 2, 100_000)
    assert await shifts(connection) == {
        ("loops", "", TWELFTH): pytest.approx(-0.044952, abs=1e-6),
        ("loops", "e1", TWELFTH): pytest.approx(-0.357750, abs=1e-6),
    }
    # The 11th has begun: its activities keep to what held. On the 12th e1 has σ(.290445), others σ(.648195).
    await answer(client, NIGHT, "same day", 100)
    clock.set(NIGHT + timedelta(days=1))
    await answer(client, clock.now(), "next day", 100)
    await answer(client, clock.now(), "another exercise", 100, object_id="e2")
    await answer(client, clock.now(), "another topic", 100, topic="strings")
    await answer(client, START, "late", 100)
    typical = await typical_by_id(connection)
    assert {name: typical[name] for name in ("same day", "next day", "another exercise", "another topic", "late")} == {
        "same day": 70_000,
        "next day": 57_211,
        "another exercise": 65_660,
        "another topic": 66_667,
        "late": 70_000,
    }
    assert not await differences_of_everybody(resources)


async def differences_of_everybody(resources: Resources) -> list[str]:
    async with resources.database.snapshot() as reading:
        learners = [row[0] for row in await reading.fetch("SELECT learner_id FROM learners")]
        return [str(one) for one in await differences(reading, learners, resources.policy)]


async def test_run_again_it_publishes_nothing(
    client: Client, resources: Resources, connection: asyncpg.Connection, clock: AdjustableClock
) -> None:
    await answer(client, START, "a", 100)
    clock.set(NIGHT)
    await publish_eases(resources)
    before = await connection.fetch("SELECT * FROM eases")
    for minutes in (1, 90, 200):
        clock.set(NIGHT + timedelta(minutes=minutes))
        await publish_eases(resources)
    assert await connection.fetch("SELECT * FROM eases") == before
    assert await connection.fetchval("SELECT count(*) FROM ease_publications") == 1


async def test_a_grade_is_seen_once_and_only_what_moved_is_published(
    client: Client, resources: Resources, connection: asyncpg.Connection, clock: AdjustableClock
) -> None:
    await answer(client, START, "a", 100)
    await answer(client, START, "b", 100, topic="strings")
    clock.set(NIGHT)
    await publish_eases(resources)
    await answer(client, NIGHT, "c", 0)
    clock.set(NIGHT + timedelta(days=1))
    await publish_eases(resources)
    sums = "SELECT topic, object_id, grades, grade_milli FROM ease_sums ORDER BY 1, 2"
    assert [tuple(row) for row in await connection.fetch(sums)] == [
        ("loops", "", 2, 100_000),
        ("loops", "e1", 2, 100_000),
        ("strings", "", 1, 100_000),
        ("strings", "e1", 1, 100_000),
    ]
    thirteenth = TWELFTH + timedelta(days=1)
    assert {key for key in await shifts(connection) if key[2] == thirteenth} == {
        ("loops", "", thirteenth),
        ("loops", "e1", thirteenth),
    }
    assert await connection.fetchval("SELECT count(*) FROM ease_publications") == 2


async def test_voided_grades_and_those_that_do_not_count_are_not_seen(
    client: Client, resources: Resources, connection: asyncpg.Connection, clock: AdjustableClock
) -> None:
    learner = new_learner()
    await answer(client, START, "first", 100, learner_id=learner, once_key="k")
    await answer(client, START, "second", 0, learner_id=learner, once_key="k")
    await answer(client, START, "gone", 0, learner_id=learner)
    assert (await service(client).ask("DELETE", f"/activities/gone?learner_id={learner}")).status == 200
    clock.set(NIGHT)
    await publish_eases(resources)
    assert await connection.fetchval("SELECT sum(grades) FROM ease_sums WHERE object_id = ''") == 1


async def test_interrupted_after_any_learner_it_goes_on(
    client: Client,
    resources: Resources,
    connection: asyncpg.Connection,
    clock: AdjustableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(7):
        await answer(client, START, f"a{number}", 100)
    clock.set(NIGHT)
    monkeypatch.setattr(nightly, "_LEARNERS", nightly._LEARNERS.replace("LIMIT 100", "LIMIT 2"))
    for _ in range(3):
        async with resources.database.write() as writing:
            assert await nightly.publish_eases_batch(writing, resources.policy, clock.now())
    assert await connection.fetchval("SELECT count(*) FROM ease_publications") == 0
    await answer(client, NIGHT, "meanwhile", 100)
    await publish_eases(resources)
    assert await connection.fetchval("SELECT grades FROM ease_publications") == 7


async def test_another_process_hears_of_a_publication_from_its_next_batch(
    client: Client, resources: Resources, connection: asyncpg.Connection, clock: AdjustableClock
) -> None:
    """Memory is proved under the locks: it was read before the publication, and the day has come meanwhile.

    0 of 1: ln(7/4) + ln(28/13) − ln(7/3) + ln(2.1/1.9) − ln(7/3) = −.267642.
    """
    await answer(client, START, "a", 0)
    held = await resources.intake.memory.eases.recall(connection, START)
    clock.set(NIGHT)
    await publish_eases(resources)
    clock.set(NIGHT + timedelta(days=1))
    assert await resources.intake.memory.eases.recall(connection, clock.now()) is held
    await answer(client, clock.now(), "b", 0)
    assert (await typical_by_id(connection))["b"] == 43_349
    assert await resources.intake.memory.eases.recall(connection, clock.now()) is not held


async def test_only_days_with_publications_are_looked_up_and_each_exercise_once(
    client: Client, resources: Resources, connection: asyncpg.Connection, clock: AdjustableClock
) -> None:
    """Of three late grades in two exercises, one is from before any publication. Of later ones nothing is looked up."""
    await answer(client, START, "seen", 0)
    clock.set(NIGHT)
    await publish_eases(resources)
    clock.set(NIGHT + timedelta(days=4))
    sent = await statements_of_pool(resources.database.pools.intake)

    async def looked_up(*names: str, at: datetime) -> list[Sequence[object]]:
        await sent_statements(sent)
        sent.clear()
        grades = [exercise(at, id=name, object_id="e1", value=0) for name in names]
        await service(client).record_all(*grades, learner_id=new_learner())
        return [values for query, values in await sent_statements(sent) if "WITH ORDINALITY AS k(topic" in query]

    assert await looked_up("before", at=START) == []
    ((topics, objects, days),) = await looked_up("late", "late too", at=NIGHT + timedelta(days=1))
    assert (topics, objects, days) == (["loops"], ["e1"], [TWELFTH])
    assert await looked_up("later", at=NIGHT + timedelta(days=1)) == []
    typical = await typical_by_id(connection)
    assert {typical[name] for name in ("late", "late too", "later")} == {43_349}
    assert typical["before"] == 70_000


async def test_a_zone_that_becomes_known_later_decides_again(
    client: Client, resources: Resources, connection: asyncpg.Connection, clock: AdjustableClock
) -> None:
    """At 11:00 UTC on the 11th it is the 12th in Kiritimati, where what was published for the 12th holds."""
    await answer(client, START, "seen", 0)
    clock.set(NIGHT)
    await publish_eases(resources)
    clock.set(NIGHT + timedelta(hours=6))
    learner = new_learner()
    await answer(client, clock.now(), "assumed", 100, learner_id=learner)
    assert (await typical_by_id(connection))["assumed"] == 70_000
    await Caller(client, learner, zone="Pacific/Kiritimati").record_all(
        {"id": "hello", "verb": "viewed", "object_type": "lesson", "occurred_at": clock.now().isoformat()}
    )
    day, typical = await connection.fetchrow("SELECT local_day, typical_milli FROM activities WHERE id = 'assumed'")
    assert (day, typical < 70_000) == (TWELFTH, True)
    assert not await differences_of_everybody(resources)


async def test_while_an_old_version_still_writes_its_grades_are_brought_up(
    client: Client, resources: Resources, connection: asyncpg.Connection, clock: AdjustableClock
) -> None:
    await answer(client, START, "a", 100)
    await as_an_old_version(connection, "id = 'a'")
    await publish_eases(resources)
    assert await typical_by_id(connection) == {"a": 70_000}
    assert not await differences_of_everybody(resources)
