"""Boards over HTTP: who is on them, with which value and rank, and what stays hidden."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from lives.boards import board, choose, empty_boards, places
from milepost.app import create_app
from milepost.resources import Resources
from milepost.settings import Settings
from support.builders import exercise, new_learner
from support.callers import Caller, Json, service
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
async def _nobody_is_shown(resources: Resources, clock: AdjustableClock) -> None:
    """Every test begins at START, Tuesday 10 March at noon, with empty boards."""
    await empty_boards(resources)


async def practised(client: Client, points: int, *, at: datetime = START, zone: str | None = None) -> Caller:
    """A learner with one exercise of so many points and 10 minutes."""
    learner = Caller(client, new_learner(), zone=zone)
    await service(client).record_all(exercise(at, points=points, zone=zone), learner_id=learner.subject)
    return learner


async def shown(client: Client, resources: Resources, *points: int) -> list[Caller]:
    """A learner on boards for each of these points, named A, B, C …"""
    learners = [await practised(client, number) for number in points]
    for place, learner in enumerate(learners):
        await choose(resources, learner, name="ABCDEFGH"[place])
    return learners


def ranks_and_names(entries: Sequence[tuple[int, int, str | None]]) -> list[tuple[int, str | None]]:
    """Rank and name of entries, those of one rank by name."""
    return sorted(((rank, name) for rank, _, name in entries), key=str)


async def test_equal_values_share_a_rank_and_the_next_is_left_out(client: Client, resources: Resources) -> None:
    _, ben, *_ = await shown(client, resources, 90, 70, 70, 40)
    assert ranks_and_names(await places(ben)) == [(1, "A"), (2, "B"), (2, "C"), (4, "D")]
    read = await board(ben)
    assert (read["metric"], read["period"]) == ("points", "week")
    assert (read["from"], read["to"], read["today"]) == ("2026-03-09", "2026-03-15", "2026-03-10")
    assert read["me"] == {"value": 70, "rank": 2, "shown": True}
    assert [entry["name"] for entry in read["entries"] if entry["is_me"]] == ["B"]
    assert read["group"] is None
    assert read["groups"] == []


async def test_nobody_is_on_a_board_without_choosing_it(client: Client, resources: Resources) -> None:
    ada = await practised(client, 50)
    assert await board(ada) == {
        "metric": "points",
        "period": "week",
        "from": "2026-03-09",
        "to": "2026-03-15",
        "today": "2026-03-10",
        "group": None,
        "me": {"value": 50, "rank": 1, "shown": False},
        "entries": [],
        "groups": [],
    }
    await choose(resources, ada)
    assert await places(ada) == [(1, 50, None)]


async def test_an_unknown_learner_reads_an_empty_board_and_the_rank_it_would_have(
    client: Client, resources: Resources
) -> None:
    await shown(client, resources, 30, 20)
    eve = Caller(client, new_learner())
    for query in ({}, {"around": "me"}, {"period": "all"}, {"metric": "streak"}):
        read = await board(eve, **query)
        assert read["me"] == {"value": 0, "rank": 3, "shown": False}
        assert len(read["entries"]) == 2


async def test_a_board_is_the_same_with_and_without_a_hidden_learner(client: Client, resources: Resources) -> None:
    readers = await shown(client, resources, 90, 70, 70, 40)
    queries: list[Json] = [
        {"metric": metric, "period": period, **around}
        for metric in ("points", "exercises", "minutes")
        for period in ("week", "month", "all")
        for around in ({}, {"around": "me"}, {"around": "me", "limit": 1})
    ]

    async def everything() -> list[bytes]:
        return [(await reader.get("/leaderboards", **query)).raw for reader in readers for query in queries]

    before = await everything()
    hidden = await practised(client, 80)
    quiet = await practised(client, 70)
    await choose(resources, quiet, quiet=True)
    assert await everything() == before
    assert (await board(hidden))["me"] == {"value": 80, "rank": 2, "shown": False}
    await choose(resources, hidden)
    assert ranks_and_names(await places(readers[0])) == [(1, "A"), (2, None), (3, "B"), (3, "C"), (5, "D")]
    await choose(resources, hidden, boards=False)
    assert await everything() == before


async def test_R11_leaving_empties_the_boards_of_every_process_at_once(
    client: Client, resources: Resources, settings: Settings, module_clock: AdjustableClock
) -> None:
    ada, ben = await shown(client, resources, 90, 70)
    async with create_app(settings, module_clock).test_app() as other:
        ben_there = Caller(other.test_client(), ben.subject)
        assert await places(ben_there) == [(1, 90, "A"), (2, 70, "B")]
        await choose(resources, ada, boards=False)
        assert await places(ben_there) == [(1, 70, "B")]
        assert await places(ben_there, around="me") == [(1, 70, "B")]
        # The other process remembers that Ada was shown; what she does there must not bring her back.
        there = service(other.test_client())
        await there.record_all(exercise(START, points=500), learner_id=ada.subject)
        assert await places(ben) == [(1, 70, "B")]
        await choose(resources, ada, name="A")
        await there.record_all(exercise(START, points=5), learner_id=ada.subject)
        assert await places(ben) == [(1, 595, "A"), (2, 70, "B")]


async def test_a_quiet_learner_is_on_no_board_and_sees_none(client: Client, resources: Resources) -> None:
    ada, ben = await shown(client, resources, 90, 70)
    await choose(resources, ada, quiet=True, name="A")
    assert await places(ben) == [(1, 70, "B")]
    for query in ({"metric": "exercises", "period": "all"}, {"around": "me"}):
        assert await board(ada, **query) == {"quiet": True, "entries": []}
    root, about = Caller(client, "root", ["admin"]), {"learner_id": ada.subject}
    assert (await board(root, **about))["me"] == {"value": 90, "rank": 1, "shown": False}
    assert await board(service(client), **about) == {"quiet": True, "entries": []}
    await choose(resources, ada, name="A")
    assert await places(ben) == [(1, 90, "A"), (2, 70, "B")]


async def test_no_answer_names_the_id_of_another_learner(client: Client, resources: Resources) -> None:
    ada, ben = await shown(client, resources, 90, 70)
    raw = (await ben.get("/leaderboards")).raw.decode()
    assert ada.learner_id not in raw
    assert ada.subject not in raw


async def test_each_metric_counts_what_it_says(client: Client, resources: Resources) -> None:
    ada, services = Caller(client, new_learner()), service(client)
    ben = await practised(client, 1)
    await services.record_all(
        exercise(START, points=30, duration_seconds=90),
        exercise(START, points=12, duration_seconds=89),
        # A second attempt at what counts once: minutes, but neither points nor an exercise.
        exercise(START, points=30, duration_seconds=60, once_key="quiz"),
        exercise(START + timedelta(minutes=1), points=30, duration_seconds=61, once_key="quiz"),
        learner_id=ada.subject,
    )
    await choose(resources, ada, name="Ada")
    await choose(resources, ben, name="Ben")
    for period in ("week", "month", "all"):
        assert await places(ada, metric="points", period=period) == [(1, 72, "Ada"), (2, 1, "Ben")]
        assert await places(ada, metric="exercises", period=period) == [(1, 3, "Ada"), (2, 1, "Ben")]
        # 300 seconds are 5 minutes, and Ben's 600 are 10.
        assert await places(ada, metric="minutes", period=period) == [(1, 10, "Ben"), (2, 5, "Ada")]
    assert await places(ada, metric="streak") == [(1, 1, "Ben"), (1, 1, "Ada")] or await places(
        ada, metric="streak"
    ) == [(1, 1, "Ada"), (1, 1, "Ben")]


async def test_points_of_badges_are_on_no_board(client: Client, resources: Resources, database_url: str) -> None:
    await put_in_force(database_url, entry("ten", condition("points", 10), points=900))
    ada = await practised(client, 10)
    await choose(resources, ada)
    assert (await ada.progress())["achievement_points"] == 900
    for period in ("week", "month", "all"):
        assert await places(ada, period=period) == [(1, 10, None)]


async def test_learners_without_a_value_are_on_no_board(client: Client, resources: Resources) -> None:
    ada, ben = await practised(client, 0), await practised(client, 7)
    await choose(resources, ada, name="Ada")
    await choose(resources, ben, name="Ben")
    assert await places(ada) == [(1, 7, "Ben")]
    assert (await board(ada))["me"] == {"value": 0, "rank": 2, "shown": True}
    assert await places(ada, around="me") == [(1, 7, "Ben")]


async def test_what_is_voided_or_late_counts_as_it_stands(client: Client, resources: Resources) -> None:
    ada, services = await practised(client, 10), service(client)
    await choose(resources, ada)
    late = exercise(START - DAY, points=25)
    await services.record_all(late, learner_id=ada.subject)
    assert await places(ada) == [(1, 35, None)]
    await services.record_all(exercise(START - 9 * DAY, points=4), learner_id=ada.subject)
    assert await places(ada) == [(1, 35, None)]
    assert await places(ada, period="month") == [(1, 39, None)]
    (await services.ask("DELETE", f"/activities/{late['id']}", query={"learner_id": ada.subject})).ok()
    assert await places(ada) == [(1, 10, None)]
    assert await places(ada, period="month") == [(1, 14, None)]
    assert await places(ada, period="all") == [(1, 14, None)]


async def test_a_new_week_begins_empty_and_without_a_job(
    client: Client, resources: Resources, clock: AdjustableClock
) -> None:
    ada = await practised(client, 10)
    await choose(resources, ada)
    clock.set(datetime(2026, 3, 16, 0, 0, tzinfo=UTC))
    assert await places(ada) == []
    assert (await board(ada))["from"] == "2026-03-16"
    assert await places(ada, period="month") == [(1, 10, None)]
    await service(client).record_all(exercise(clock.now(), points=3), learner_id=ada.subject)
    assert await places(ada) == [(1, 3, None)]
    clock.set(datetime(2026, 4, 1, 0, 0, tzinfo=UTC))
    assert await places(ada, period="month") == []
    assert await places(ada, period="all") == [(1, 13, None)]


async def test_a_week_counts_everybodys_own_days_of_the_readers_week(
    client: Client, resources: Resources, clock: AdjustableClock
) -> None:
    # Sunday 15 March, 23:00 in UTC: Kiritimati has Monday 16 already, for 13 hours.
    clock.set(datetime(2026, 3, 15, 23, 0, tzinfo=UTC))
    ahead = Caller(client, new_learner(), zone="Pacific/Kiritimati")
    await service(client).record_all(
        exercise(clock.now() - DAY, points=20, zone="Pacific/Kiritimati"),
        exercise(clock.now(), points=5, zone="Pacific/Kiritimati"),
        learner_id=ahead.subject,
    )
    ben = await practised(client, 8, at=clock.now())
    await choose(resources, ahead, name="Ahead")
    await choose(resources, ben, name="Ben")
    assert await places(ben) == [(1, 20, "Ahead"), (2, 8, "Ben")]
    assert await places(ahead) == [(1, 5, "Ahead")]
    assert (await board(ahead))["from"] == "2026-03-16"


async def test_the_streak_of_boards_is_the_longest_and_follows_restored_days(
    client: Client, resources: Resources
) -> None:
    ada, ben = Caller(client, new_learner()), Caller(client, new_learner())
    services = service(client)
    await services.record_all(*(exercise(START - days * DAY) for days in (8, 7, 6, 3, 2)), learner_id=ada.subject)
    await services.record_all(*(exercise(START - days * DAY) for days in (3, 2, 1, 0)), learner_id=ben.subject)
    await choose(resources, ada, name="Ada")
    await choose(resources, ben, name="Ben")
    assert await places(ada, metric="streak") == [(1, 4, "Ben"), (2, 3, "Ada")]
    root = Caller(client, "root", ["admin"])
    body = {"first_day": "2026-03-05", "last_day": "2026-03-06", "reason": "by hand"}
    (await root.post(f"/admin/learners/{ada.subject}/restore-streak", body)).ok()
    assert await places(ada, metric="streak") == [(1, 5, "Ada"), (2, 4, "Ben")]
    # 5 March and 6 March are excused; a further day makes six.
    await services.record_all(exercise(START - DAY), learner_id=ada.subject)
    assert await places(ada, metric="streak", around="me", limit=1) == [(1, 6, "Ada")]


async def test_around_me_shows_the_neighbours_with_their_ranks(client: Client, resources: Resources) -> None:
    learners = await shown(client, resources, 80, 70, 60, 60, 50, 40, 30, 20)
    assert await places(learners[5], around="me", limit=3) == [(5, 50, "E"), (6, 40, "F"), (7, 30, "G")]
    assert [rank for rank, *_ in await places(learners[0], around="me", limit=3)] == [1, 2, 3]
    assert await places(learners[7], around="me", limit=3) == [(6, 40, "F"), (7, 30, "G"), (8, 20, "H")]
    assert (await board(learners[4], around="me"))["me"] == {"value": 50, "rank": 5, "shown": True}
    outside = await practised(client, 45)
    assert await places(outside, around="me", limit=2) == [(5, 50, "E"), (6, 40, "F")]
    assert (await board(outside, around="me", limit=2))["me"]["rank"] == 6


async def test_services_and_administrators_read_the_board_of_a_learner(client: Client, resources: Resources) -> None:
    _, ben = await shown(client, resources, 9, 7)
    for role in ("service", "admin"):
        reader = Caller(client, "somebody", [role])
        read = await board(reader, learner_id=ben.subject)
        assert read["me"] == {"value": 7, "rank": 2, "shown": True}
        (await reader.get("/leaderboards")).problem(422, "learner_required")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"metric": "badges"}, "/metric"),
        ({"period": "year"}, "/period"),
        ({"metric": "streak", "period": "week"}, "/period"),
        ({"around": "ben"}, "/around"),
        ({"limit": 0}, "/limit"),
        ({"limit": 101}, "/limit"),
        ({"group": "class 7"}, "/group"),
        ({"week": "1"}, "/week"),
    ],
)
async def test_impossible_queries_are_named(client: Client, query: Json, pointer: str) -> None:
    answer = await Caller(client, new_learner()).get("/leaderboards", **query)
    answer.problem(422, "invalid_query")
    assert answer.pointers() == [pointer]


async def test_boards_need_no_redis(app: Quart, settings: Settings, module_clock: AdjustableClock) -> None:
    nowhere = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1"})
    async with create_app(nowhere, module_clock).test_app() as without:
        ada = Caller(without.test_client(), new_learner())
        assert (await board(ada))["entries"] == []
        assert (await ada.get("/peers")).ok()["reason"] == "not_on_boards"
