"""Generated boards: whatever learners record and choose, every board is what `rank()` over the log gives for
those who are shown, for every reader.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from lives.boards import choose, empty_boards
from lives.life import BEGIN, World
from milepost.services.rebuild.check import differences
from milepost.settings import Settings
from support.builders import exercise, new_learner
from support.callers import Caller, service
from support.clock import AdjustableClock

LEARNERS = 6
METRICS = {"points": "sum(a.points)", "exercises": "count(*)", "minutes": "sum(a.duration_seconds) / 60"}
SHOWN = {"shown": (True, False), "hidden": (False, False), "quiet": (True, True)}

_RANKS = """
SELECT a.learner_id, {amount}, rank() OVER (ORDER BY {amount} DESC)
FROM activities a JOIN profiles p ON p.learner_id = a.learner_id AND p.boards AND NOT p.quiet
WHERE a.voided_at IS NULL AND a.local_day BETWEEN $1 AND $2 AND ($3::uuid[] IS NULL OR a.learner_id = ANY($3))
GROUP BY a.learner_id HAVING {amount} > 0
"""
_OWN = """
SELECT coalesce({amount}, 0) FROM activities a
WHERE a.voided_at IS NULL AND a.local_day BETWEEN $1 AND $2 AND a.learner_id = $3
"""

who = strategies.integers(0, LEARNERS - 1)
recordings = strategies.tuples(
    strategies.just("record"),
    who,
    strategies.tuples(strategies.sampled_from([0, 5, 5, 10]), strategies.sampled_from([30, 60, 120])),
    # 20 March is a Friday: 4 days before it begins its week, 19 its month.
    strategies.sampled_from([0, 0, 3, 4, 5, 19, 20, 60]),
)
choices = strategies.tuples(strategies.just("choose"), who, strategies.sampled_from([*SHOWN]), strategies.just(0))
voids = strategies.tuples(strategies.just("void"), who, strategies.just(None), strategies.just(0))
steps = strategies.lists(strategies.one_of(recordings, recordings, choices, voids), max_size=30)


@pytest.fixture(scope="module")
def world(settings: Settings) -> Iterator[World]:
    """The service, shared by all examples."""
    with World(settings).open() as opened:
        yield opened


class Boards:
    """Some learners, three of them in a group, and what they do."""

    def __init__(self, world: World) -> None:
        self.resources = world.resources
        client = world.application.test_client()
        self.learners = [Caller(client, new_learner()) for _ in range(LEARNERS)]
        self.service, self.root = service(client), Caller(client, "root", ["admin"])
        self.recorded: dict[int, list[str]] = {place: [] for place in range(LEARNERS)}
        self.group: list[UUID] = [UUID(learner.learner_id) for learner in self.learners[:3]]

    async def begin(self) -> str:
        """Every learner has done something once, and everybody is hidden. Returns the id of the group."""
        await empty_boards(self.resources)
        for place in range(LEARNERS):
            await self.record(place, 0, 60, 200)
        group: str = (await self.root.post("/admin/groups", {"name": "three"})).ok()["group_id"]
        members = [learner.subject for learner in self.learners[:3]]
        (await self.root.post(f"/admin/groups/{group}/members", {"learner_ids": members})).ok()
        return group

    async def take(self, step: tuple[str, int, Any, int]) -> None:
        """One step."""
        kind, place, what, days_ago = step
        if kind == "record":
            points, seconds = what
            await self.record(place, points, seconds, days_ago)
        elif kind == "choose":
            boards, quiet = SHOWN[what]
            await choose(self.resources, self.learners[place], boards=boards, quiet=quiet)
        elif self.recorded[place]:
            about = {"learner_id": self.learners[place].subject}
            address = f"/activities/{self.recorded[place].pop()}"
            (await self.service.ask("DELETE", address, query=about)).ok()

    async def record(self, place: int, points: int, seconds: int, days_ago: int) -> None:
        """Record an exercise of some days ago."""
        activity = exercise(BEGIN - timedelta(days=days_ago), points=points, duration_seconds=seconds)
        await self.service.record_all(activity, learner_id=self.learners[place].subject)
        self.recorded[place].append(str(activity["id"]))

    async def agree(self, metric: str, period: str, days: tuple[date, date], group: str | None) -> None:
        """Every reader sees, of every part, what SQL ranks."""
        amount, members = METRICS[metric], self.group if group else None
        async with self.resources.database.snapshot() as connection:
            rows = await connection.fetch(_RANKS.format(amount=amount), *days, members)
            own = [
                await connection.fetchval(_OWN.format(amount=amount), *days, UUID(learner.learner_id))
                for learner in self.learners
            ]
        ranks = sorted((rank, value) for _, value, rank in rows)
        for place, learner in enumerate(self.learners):
            query = {"metric": metric, "period": period, **({"group": group} if group else {})}
            answer = await learner.get("/leaderboards", **query)
            if group and place > 2:
                answer.problem(404, "group_not_found")
                continue
            top = answer.ok()
            if "quiet" in top:
                assert top == {"quiet": True, "entries": []}
                continue
            assert [(entry["rank"], entry["value"]) for entry in top["entries"]] == ranks
            assert top["me"]["value"] == own[place]
            assert top["me"]["rank"] == 1 + sum(value > own[place] for _, value in ranks)
            for limit in (1, 3, 100):
                around = (await learner.get("/leaderboards", **query, around="me", limit=limit)).ok()
                assert around["me"] == top["me"]
                shown = [(entry["rank"], entry["value"]) for entry in around["entries"]]
                assert len(shown) == min(limit, len(ranks))
                assert any(ranks[first : first + len(shown)] == shown for first in range(len(ranks) + 1))
                mine = [entry["is_me"] for entry in around["entries"]].count(True)
                assert mine == (top["me"]["shown"] and own[place] > 0)


def test_every_board_is_what_rank_gives_for_those_who_are_shown(world: World, long: bool) -> None:
    week, month = (date(2026, 3, 16), date(2026, 3, 22)), (date(2026, 3, 1), date(2026, 3, 31))
    assert isinstance(world.clock, AdjustableClock)

    async def run(taken: list[tuple[str, int, Any, int]]) -> None:
        boards = Boards(world)
        group = await boards.begin()
        for step in taken:
            await boards.take(step)
        for metric in METRICS:
            for period, days in (("week", week), ("month", month), ("all", (date(2000, 1, 1), date(2100, 1, 1)))):
                await boards.agree(metric, period, days, None)
                await boards.agree(metric, period, days, group)
        async with world.resources.database.snapshot() as connection:
            learners = [UUID(learner.learner_id) for learner in boards.learners]
            assert await differences(connection, learners, world.resources.policy) == []

    @settings(
        max_examples=60 if long else 12, deadline=None, derandomize=not long, suppress_health_check=list(HealthCheck)
    )
    @given(steps)
    def law(taken: list[tuple[str, int, Any, int]]) -> None:
        world.run(run(taken))

    law()
