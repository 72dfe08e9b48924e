"""What learners are told of their runs: milestones reached, a run at risk, a run that ended.

A run is known by its days: it consists of the learner's last met days, as many as it is long. What was told of one of
these days was told of this run, also when a late activity, a repair or an outage has made it longer since.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from milepost.db.connection import Reading, Writing
from milepost.queries.learners.facts import LOOK_AHEAD, LearnerFacts
from milepost.queries.streaks.streaks import MET_DAYS, walk_streaks
from milepost.rules.notices.digest import is_late
from milepost.rules.notices.runs import (
    begins_new_run,
    ended_on,
    is_over_without_excuse,
    may_have_milestones,
    offered_repair,
)
from milepost.rules.notices.streak_milestones import milestones_between
from milepost.rules.policy import Policy
from milepost.rules.streaks.streaks import StreakState
from milepost.services.notices import Notice, write_notices

_TOLD = """
SELECT learner_id, kind, day, run FROM told_once
WHERE learner_id = ANY($1::uuid[]) AND kind IN ('streak_milestone', 'run_ended')
"""
_STREAKS = """
SELECT learner_id, run, longest, last_met_day, freezes, progress,
    outage_seen < (SELECT max(activation) FROM outages)
FROM learners WHERE learner_id = ANY($1::uuid[])
"""
_REPAIRED_AT = """
SELECT learner_id, max(created_at) FROM streak_excuses
WHERE learner_id = ANY($1::uuid[]) AND kind = 'repair' GROUP BY learner_id
"""

Streaks = Mapping[UUID, StreakState]
Facts = Mapping[UUID, LearnerFacts]
Told = set[tuple[str, date, int]]


class RunMove(NamedTuple):
    """A learner's streak before and after a change, and how many days became met by it."""

    before: StreakState
    after: StreakState
    opened_days: int = 0


def is_worth_telling(move: RunMove, facts: LearnerFacts, policy: Policy, now: datetime) -> bool:
    """Whether there may be something to tell of this change. Decided without reading: most have nothing.

    Of an imported past there is nothing either, so that each of its days costs no read.
    """
    today = facts.today(now)
    if may_have_milestones(*move, today):
        return not (facts.has_ordinary_days and is_over_without_excuse(move.after, today))
    if move.before.run < policy.notices.min_run_days or not begins_new_run(*move):
        return False
    return _ended_on(move.before, facts, policy, now) is not None


async def run_notices(
    connection: Reading, moves: Mapping[UUID, RunMove], facts: Facts, policy: Policy, now: datetime
) -> list[Notice]:
    """The notices of these moves, for moves worth telling: milestones, and a run that ended and a new one replaced.

    The caller holds the learners' locks and has written their days and streaks.
    """
    if not moves:
        return []
    runs = await _runs(connection, list(moves))
    notices: list[Notice] = []
    for learner_id, move in moves.items():
        days, told, repaired_at = runs[learner_id]
        learner = facts[learner_id]
        if begins_new_run(*move):
            notices += _ended(learner_id, move.before, days, told, repaired_at, learner, policy, now)
        notices += _milestones(learner_id, move.after, days, told, learner, policy, now)
    return notices


async def tell_of_excuses(
    connection: Writing, before: Streaks, after: Streaks, facts: Facts, policy: Policy, now: datetime
) -> None:
    """Tell learners which milestones their runs have passed because days are excused.

    The caller holds the learners' locks, has raised their revisions and written the streaks of `after`.
    """
    moves = {learner_id: RunMove(before[learner_id], streak) for learner_id, streak in after.items()}
    moves = {
        learner_id: move for learner_id, move in moves.items() if is_worth_telling(move, facts[learner_id], policy, now)
    }
    await write_notices(connection, await run_notices(connection, moves, facts, policy, now), uuid4(), now)


async def ended_run_notices(
    connection: Reading, streaks: Streaks, facts: Facts, policy: Policy, now: datetime
) -> list[Notice]:
    """The notices of those of these streaks whose run has ended and was not told yet."""
    ended = {
        learner_id: streak
        for learner_id, streak in streaks.items()
        if _ended_on(streak, facts[learner_id], policy, now) is not None
    }
    if not ended:
        return []
    runs = await _runs(connection, list(ended))
    return [
        notice
        for learner_id, streak in ended.items()
        for notice in _ended(learner_id, streak, *runs[learner_id], facts[learner_id], policy, now)
    ]


async def stored_streaks(connection: Reading, learners: Sequence[UUID]) -> dict[UUID, StreakState]:
    """The streaks in the rows of these learners."""
    return {row[0]: StreakState(*row[1:-1]) for row in await connection.fetch(_STREAKS, learners)}


async def current_streaks(connection: Reading, facts: Facts, policy: Policy) -> dict[UUID, StreakState]:
    """The streaks of these learners: walked where an outage has yet to reach the row."""
    streaks: dict[UUID, StreakState] = {}
    unsettled = []
    for learner_id, *columns, is_unsettled in await connection.fetch(_STREAKS, list(facts)):
        streaks[learner_id] = StreakState(*columns)
        if is_unsettled:
            unsettled.append(learner_id)
    if unsettled:
        streaks |= await walk_streaks(connection, {learner_id: facts[learner_id] for learner_id in unsettled}, policy)
    return streaks


async def _runs(connection: Reading, learners: Sequence[UUID]) -> dict[UUID, tuple[list[date], Told, datetime | None]]:
    """Each learner's met days, ascending, what was told of its runs, and when the newest repair was made."""
    days: dict[UUID, list[date]] = dict(await connection.fetch(MET_DAYS, learners))
    told: dict[UUID, Told] = {learner_id: set() for learner_id in learners}
    for learner_id, *key in await connection.fetch(_TOLD, learners):
        told[learner_id].add((key[0], key[1], key[2]))
    repaired_at: dict[UUID, datetime] = dict(await connection.fetch(_REPAIRED_AT, learners))
    return {
        learner_id: (days.get(learner_id, []), told[learner_id], repaired_at.get(learner_id)) for learner_id in learners
    }


def _milestones(
    learner_id: UUID,
    streak: StreakState,
    days: Sequence[date],
    told: Told,
    facts: LearnerFacts,
    policy: Policy,
    now: datetime,
) -> list[Notice]:
    """The milestones of a run that were not told of it. A run that is over has none to tell."""
    run = streak.run
    if not facts.streak_view(streak, now, False, policy).current:
        return []
    own_days = days[len(days) - run :]
    known = {milestone for kind, day, milestone in told if kind == "streak_milestone" and day >= own_days[0]}
    today = facts.today(now)
    return [
        Notice(
            learner_id,
            "streak_milestone",
            {"run": milestone, "day": own_days[milestone - 1].isoformat()},
            is_late(own_days[milestone - 1], today),
            (own_days[milestone - 1], milestone),
        )
        for milestone in milestones_between(0, run)
        if milestone not in known
    ]


def _ended(
    learner_id: UUID,
    streak: StreakState,
    days: Sequence[date],
    told: Told,
    repaired_at: datetime | None,
    facts: LearnerFacts,
    policy: Policy,
    now: datetime,
) -> list[Notice]:
    """The notice that this run has ended, unless it is too short, too old, or told."""
    last, on = streak.last_met_day, _ended_on(streak, facts, policy, now)
    if last is None or on is None or streak.run < policy.notices.min_run_days:
        return []
    end = bisect_right(days, last)
    first = days[max(end - streak.run, 0)]
    if any(kind == "run_ended" and first <= day <= last for kind, day, _ in told):
        return []
    today, zone = facts.today(now), facts.zone
    excused = facts.excused(days[0], max(today, days[-1]) + LOOK_AHEAD, policy)
    repair = offered_repair(days, excused, now, zone, repaired_at, policy.streak)
    body = {
        "run": streak.run,
        "last_met_day": last.isoformat(),
        "ended_on": on.isoformat(),
        "has_new_run": days[-1] > last,
        "repair": repair,
    }
    return [Notice(learner_id, "run_ended", body, once=(last, 0))]


def _ended_on(streak: StreakState, facts: LearnerFacts, policy: Policy, now: datetime) -> date | None:
    if streak.last_met_day is None:
        return None
    today, last = facts.today(now), streak.last_met_day
    excused = facts.excused(min(today, last), max(today, last) + LOOK_AHEAD, policy)
    return ended_on(streak, excused, now, facts.zone, policy.streak)
