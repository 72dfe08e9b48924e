"""What a learner is told of its runs: milestones, a run at risk in the evening, and a run that ended."""

from datetime import UTC, date, datetime, timedelta

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.jobs.sweeps import settle_outages, tell_of_streaks
from milepost.resources import Resources
from milepost.services.streaks.evenings import tell_of_streaks_batch
from support.builders import exercise, new_learner
from support.callers import Caller, Json, service
from support.clock import START, AdjustableClock
from support.goals import fetch
from support.query_plans import sent_statements, sequential_scans, statements_of_pool

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TODAY = date(2026, 3, 10)


class Killed(Exception):
    """A worker that ends before its batch is committed."""


@pytest.fixture(autouse=True)
async def _at_the_start(clock: AdjustableClock, resources: Resources) -> None:
    """Every test begins at START, without rounds of earlier tests."""
    await fetch(resources, "DELETE FROM backfills")


async def learner_in(client: Client, zone: str = "UTC") -> Caller:
    """A new learner in this zone."""
    ada = Caller(client, new_learner())
    (await ada.ask("PATCH", "/me", json={"zone": zone})).ok()
    return ada


async def practise(client: Client, ada: Caller, *instants: datetime) -> None:
    """One request for each of these instants."""
    for at in instants:
        await service(client).record_all(exercise(at, topic=None, value=None), learner_id=ada.subject)


async def practise_days(client: Client, ada: Caller, clock: AdjustableClock, days: int) -> None:
    """Practise at this hour on so many days, the clock moving along; it stands on the last of them afterwards."""
    for number in range(days):
        if number:
            clock.advance(days=1)
        await practise(client, ada, clock.now())


async def told(ada: Caller, *kinds: str) -> list[Json]:
    """The notices of these kinds, oldest first; of all kinds without any."""
    notices: list[Json] = (await ada.get("/notifications", limit=200)).ok()["notifications"]
    return [notice for notice in notices[::-1] if not kinds or notice["kind"] in kinds]


async def milestones(ada: Caller) -> list[tuple[int, str]]:
    """The milestones told apart, with the day of each."""
    return [(notice["streak"]["run"], notice["streak"]["day"]) for notice in await told(ada, "streak_milestone")]


async def test_a_milestone_is_told_on_its_day(client: Client, clock: AdjustableClock) -> None:
    ada = await learner_in(client)
    await practise_days(client, ada, clock, 8)
    assert await milestones(ada) == [(3, "2026-03-12"), (7, "2026-03-16")]
    _, seventh = await told(ada, "streak_milestone")
    assert {name: seventh[name] for name in ("code", "values", "text", "created_at")} == {
        "code": "streak_milestone_7",
        "values": {"run": 7, "next": 14},
        "text": "Day 7 of your run. You have come back on 7 days; the next milestone is day 14.",
        "created_at": "2026-03-16T12:00:00Z",
    }


async def test_more_practice_and_repeats_tell_nothing_again(client: Client, clock: AdjustableClock) -> None:
    ada = await learner_in(client)
    await practise_days(client, ada, clock, 3)
    again = exercise(clock.now(), id="again", topic=None)
    for _ in range(3):
        await service(client).record(again, learner_id=ada.subject)
    assert await milestones(ada) == [(3, "2026-03-12")]


async def test_a_milestone_taken_back_and_reached_again_is_told_once(client: Client, clock: AdjustableClock) -> None:
    ada, teacher = await learner_in(client), service(client)
    await practise(client, ada, START - 2 * DAY, START - DAY)
    await teacher.record_all(exercise(START, id="third", topic=None), learner_id=ada.subject)
    (await teacher.ask("DELETE", "/activities/third", query={"learner_id": ada.subject})).ok()
    await practise(client, ada, START)
    assert await milestones(ada) == [(3, "2026-03-10")]


async def test_each_run_has_milestones_of_its_own(client: Client, clock: AdjustableClock) -> None:
    ada = await learner_in(client)
    await practise_days(client, ada, clock, 3)
    clock.advance(days=3)
    await practise_days(client, ada, clock, 3)
    assert await milestones(ada) == [(3, "2026-03-12"), (3, "2026-03-17")]


async def test_an_imported_run_is_one_digest_however_it_is_batched(client: Client) -> None:
    together, apart = await learner_in(client), await learner_in(client)
    days = [START - number * DAY for number in range(31)][::-1]
    await service(client).record_all(
        *(exercise(at, topic=None, value=None) for at in days), learner_id=together.subject
    )
    await practise(client, apart, *days)
    for ada in (together, apart):
        digest, own = sorted(await told(ada), key=lambda notice: str(notice["kind"]))
        assert own["streak"] == {"run": 30, "day": "2026-03-09"}
        assert digest["text"] == "From earlier practice: 3 streak milestones."
        assert [(entry["run"], entry["day"]) for entry in digest["digest"]["streak_milestones"]] == [
            (3, "2026-02-10"),
            (7, "2026-02-14"),
            (14, "2026-02-21"),
        ]


async def test_an_imported_run_that_is_over_is_told_nobody(client: Client) -> None:
    ada = await learner_in(client)
    await practise(client, ada, *(START - number * DAY for number in range(60, 20, -1)))
    assert await told(ada) == []


async def test_a_repair_that_joins_runs_tells_the_milestone_it_reaches(client: Client, clock: AdjustableClock) -> None:
    ada = await learner_in(client)
    await practise_days(client, ada, clock, 6)
    clock.advance(days=2)
    await practise(client, ada, clock.now())
    assert await milestones(ada) == [(3, "2026-03-12")]
    (await ada.post("/me/streak-repair")).ok()
    assert await milestones(ada) == [(3, "2026-03-12"), (7, "2026-03-17")]


async def test_an_outage_that_joins_runs_tells_the_milestone_it_reaches(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada, root = await learner_in(client), Caller(client, "root", ["admin"])
    await practise_days(client, ada, clock, 6)
    clock.advance(days=2)
    await practise(client, ada, clock.now())
    span = {"starts_at": "2026-03-16T08:00:00Z", "ends_at": "2026-03-16T09:00:00Z", "reason": "down"}
    outage = (await root.post("/admin/outages", span)).ok()["id"]
    (await root.post(f"/admin/outages/{outage}/activate")).ok()
    for _ in range(2):
        await settle_outages(resources)
    assert await milestones(ada) == [(3, "2026-03-12"), (7, "2026-03-17")]
    await fetch(resources, "DELETE FROM outages")


@pytest.mark.parametrize(
    ("zone", "too_early", "evening"),
    [
        ("UTC", "2026-03-11T17:59:00Z", "2026-03-11T18:00:00Z"),
        ("Europe/Berlin", "2026-03-11T16:59:00Z", "2026-03-11T17:00:00Z"),
        ("Asia/Kolkata", "2026-03-11T12:29:00Z", "2026-03-11T12:30:00Z"),
        ("Pacific/Kiritimati", "2026-03-12T03:59:00Z", "2026-03-12T04:00:00Z"),
        ("America/Los_Angeles", "2026-03-12T00:59:00Z", "2026-03-12T01:00:00Z"),
    ],
)
async def test_a_run_at_risk_is_told_in_the_learners_evening(
    client: Client, clock: AdjustableClock, resources: Resources, zone: str, too_early: str, evening: str
) -> None:
    ada = await learner_in(client, zone)
    await practise(client, ada, START - DAY, START)
    clock.set(datetime.fromisoformat(too_early))
    await tell_of_streaks(resources)
    assert await told(ada, "streak_at_risk") == []
    clock.set(datetime.fromisoformat(evening) + (HOUR if zone == "Asia/Kolkata" else 0 * HOUR))
    for _ in range(3):
        await tell_of_streaks(resources)
        clock.advance(hours=1)
    (notice,) = await told(ada, "streak_at_risk")
    assert (notice["code"], notice["values"], notice["streak"]["run"]) == ("streak_at_risk", {"run": 2}, 2)
    assert notice["text"] == "Your run of 2 days is still open today. One activity carries it on."


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
async def test_evenings_of_days_on_which_the_clocks_change(
    client: Client, clock: AdjustableClock, resources: Resources, day: date
) -> None:
    """In Berlin, 18:00 is 16:00 UTC in summer time and 17:00 in winter."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    clock.set(noon)
    ada = await learner_in(client, "Europe/Berlin")
    await practise(client, ada, noon - 2 * DAY, noon - DAY)
    evening = 16 if day.month == 3 else 17
    clock.set(noon.replace(hour=evening) - timedelta(minutes=1))
    await tell_of_streaks(resources)
    assert await told(ada, "streak_at_risk") == []
    clock.set(noon.replace(hour=evening))
    await tell_of_streaks(resources)
    (notice,) = await told(ada, "streak_at_risk")
    midnight = noon.replace(hour=22 if day.month == 3 else 23)
    assert notice["streak"]["expires_at"] == midnight.isoformat().replace("+00:00", "Z")


async def test_no_risk_is_told_where_there_is_none(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    met, frozen, paused, quiet, short = [await learner_in(client) for _ in range(5)]
    for ada in (met, paused, quiet):
        await practise(client, ada, START - DAY, START)
    await practise(client, frozen, *(START - number * DAY for number in range(6, -1, -1)))
    await practise(client, short, START)
    clock.set(datetime(2026, 3, 11, 9, tzinfo=UTC))
    await practise(client, met, clock.now())
    (await paused.post("/me/pauses", {"first_day": "2026-03-11", "last_day": "2026-03-11"})).ok()
    await fetch(resources, "INSERT INTO profiles (learner_id, quiet) VALUES ($1, true)", quiet.learner_id)
    clock.set(datetime(2026, 3, 11, 20, tzinfo=UTC))
    await tell_of_streaks(resources)
    await fetch(resources, "UPDATE profiles SET quiet = false")
    for ada in (met, frozen, paused, quiet, short):
        assert await told(ada, "streak_at_risk") == [], ada.subject


async def test_a_move_brings_no_second_warning_of_a_day(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = await learner_in(client, "Asia/Tokyo")
    await practise(client, ada, START - 2 * DAY, START - DAY)
    clock.set(datetime(2026, 3, 10, 10, tzinfo=UTC))
    await tell_of_streaks(resources)
    (await ada.ask("PATCH", "/me", json={"zone": "Europe/Berlin"})).ok()
    clock.set(datetime(2026, 3, 10, 19, tzinfo=UTC))
    await tell_of_streaks(resources)
    assert [notice["streak"]["day"] for notice in await told(ada, "streak_at_risk")] == ["2026-03-10"]


async def test_a_run_that_ended_is_told_once_with_what_a_repair_takes(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = await learner_in(client, "Europe/Berlin")
    await practise(client, ada, *(START - number * DAY for number in range(4, -1, -1)))
    clock.set(datetime(2026, 3, 11, 22, 59, tzinfo=UTC))
    await tell_of_streaks(resources)
    assert await told(ada, "run_ended") == []
    clock.set(datetime(2026, 3, 11, 23, 0, tzinfo=UTC))
    for _ in range(30):
        await tell_of_streaks(resources)
        clock.advance(hours=1)
    await practise(client, ada, clock.now())
    (notice,) = await told(ada, "run_ended")
    assert notice["ended_run"] == {
        "run": 5,
        "last_met_day": "2026-03-10",
        "ended_on": "2026-03-11",
        "has_new_run": False,
        "repair": {"days": ["2026-03-11"], "until": "2026-03-14T23:00:00Z", "until_day": "2026-03-14"},
    }
    assert notice["values"] == {"run": 5, "days": 1, "until_day": "2026-03-14"}
    assert notice["text"] == (
        "Your run ended at 5 days, and they stay yours. A repair would excuse 1 missed day and carry it on; it is "
        "possible until Saturday 14 March."
    )


async def test_without_a_worker_the_next_write_tells_of_the_end(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = await learner_in(client)
    await practise(client, ada, START - DAY, START)
    clock.set(START + 3 * DAY)
    await practise(client, ada, clock.now())
    (notice,) = await told(ada, "run_ended")
    assert notice["ended_run"]["has_new_run"] is True
    assert notice["ended_run"]["repair"]["days"] == ["2026-03-11", "2026-03-12"]
    await tell_of_streaks(resources)
    assert len(await told(ada, "run_ended")) == 1


async def test_an_end_that_cannot_be_repaired_any_more_is_no_news(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = await learner_in(client)
    await practise(client, ada, START - DAY, START)
    clock.set(datetime(2026, 3, 15, 0, tzinfo=UTC))
    await tell_of_streaks(resources)
    await practise(client, ada, clock.now())
    assert await told(ada, "run_ended") == []


async def test_a_clock_set_back_tells_nothing_twice(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = await learner_in(client)
    await practise(client, ada, START - DAY, START)
    for at in (datetime(2026, 3, 11, 19, tzinfo=UTC), datetime(2026, 3, 12, 0, tzinfo=UTC)) * 3:
        clock.set(at)
        await tell_of_streaks(resources)
    assert [notice["kind"] for notice in await told(ada)] == ["streak_at_risk", "run_ended"]


async def test_an_end_told_and_undone_by_late_practice_is_not_told_again(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = await learner_in(client)
    await practise(client, ada, START - DAY, START)
    clock.set(START + 2 * DAY)
    await tell_of_streaks(resources)
    await practise(client, ada, START + DAY)
    clock.set(START + 3 * DAY)
    await tell_of_streaks(resources)
    assert len(await told(ada, "run_ended")) == 1


async def test_an_imported_past_reads_nothing_for_each_of_its_days(client: Client, resources: Resources) -> None:
    ada = await learner_in(client)
    sent = await statements_of_pool(resources.database.pools.intake)
    await practise(client, ada, *(START - number * DAY for number in range(60, 20, -1)))
    assert [query for query, _ in await sent_statements(sent) if "told_once" in query] == []
    await practise(client, ada, START - DAY, START - HOUR, START)
    assert [query for query, _ in await sent_statements(sent) if "told_once" in query] == []


async def test_the_round_finds_everything_by_an_index(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = await learner_in(client, "Europe/Berlin")
    await practise(client, ada, START - DAY, START)
    clock.set(datetime(2026, 3, 11, 20, tzinfo=UTC))
    sent = await statements_of_pool(resources.database.pools.write)
    await tell_of_streaks(resources)
    queries = await sent_statements(sent)
    assert any("told_once" in query for query, _ in queries)
    assert len(await told(ada, "streak_at_risk")) == 1
    async with resources.database.pools.read.acquire() as connection:
        for statement in queries:
            if statement[0].lstrip().startswith(("SELECT", "WITH")):
                assert await sequential_scans(connection, statement) == [], statement[0]


async def test_small_batches_reach_every_learner_and_a_killed_one_tells_nothing_twice(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    learners = [await learner_in(client, zone) for zone in ("UTC", "Europe/Berlin", "UTC", "Europe/Paris", "UTC")]
    for ada in learners:
        await practise(client, ada, START - DAY, START)
    clock.set(datetime(2026, 3, 11, 20, tzinfo=UTC))
    rounds, more = 0, True
    while more:
        try:
            async with resources.database.write() as connection:
                more = await tell_of_streaks_batch(connection, resources.policy, clock.now(), 1)
                rounds += 1
                if rounds % 2:
                    raise Killed
        except Killed:
            more = True
    assert rounds >= 2 * len(learners)
    for ada in learners:
        assert [notice["kind"] for notice in await told(ada)] == ["streak_at_risk"]


async def test_what_happened_in_quiet_mode_is_not_told_afterwards(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = await learner_in(client)
    await fetch(resources, "INSERT INTO profiles (learner_id, quiet) VALUES ($1, true)", ada.learner_id)
    await practise(client, ada, *(START - number * DAY for number in range(2, -1, -1)))
    clock.set(datetime(2026, 3, 12, 0, tzinfo=UTC))
    await tell_of_streaks(resources)
    await fetch(resources, "UPDATE profiles SET quiet = false WHERE learner_id = $1", ada.learner_id)
    clock.advance(hours=1)
    await tell_of_streaks(resources)
    assert await told(ada) == []
    await practise(client, ada, clock.now())
    assert await told(ada) == []
