"""The progress of goals on a learner's date: in given periods, in each goal's current one, or since its creation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from milepost.db.connection import Reading
from milepost.queries.goals.goals import GoalPeriod, goals, period_states
from milepost.rules.days.periods import Days
from milepost.rules.goals import Goal, GoalProgress, TimePeriod, achieved, next_to_reach, preceding, progress


class PeriodProgress(NamedTuple):
    """The progress in a period of a goal, when it was met, and when it was revised after it was closed."""

    progress: GoalProgress
    met_at: datetime | None
    revised_at: datetime | None


@dataclass(frozen=True, slots=True)
class GoalsSummary:
    """The number of goals in force, how many are achieved in their current period, and the next one to reach."""

    active: int
    met_this_period: int
    next: GoalProgress | None


async def goal_periods(
    connection: Reading, learner_id: UUID, periods: Sequence[tuple[Goal, Days]], today: date
) -> list[PeriodProgress]:
    """The progress on `today` in these periods of a learner's goals, in order. One statement."""
    states = await period_states(connection, [GoalPeriod(learner_id, goal, days) for goal, days in periods])
    return [
        PeriodProgress(
            progress(goal, days, achieved(goal.target_type, state.measured), state.kept, today),
            state.met_at,
            state.revised_at,
        )
        for (goal, days), state in zip(periods, states, strict=True)
    ]


async def goals_progress(
    connection: Reading, learner_id: UUID, today: date, day: date, time_period: TimePeriod | None = None
) -> list[PeriodProgress]:
    """The goals in force, all or those of one `time_period`, newest first, each in the period that contains `day`."""
    in_force = [stored.goal for stored in await goals(connection, learner_id)]
    periods = [(goal, goal.period_of(day)) for goal in in_force if time_period in (None, goal.time_period)]
    return await goal_periods(connection, learner_id, periods, today)


async def goal_cards(connection: Reading, learner_id: UUID, today: date, category: str) -> list[GoalProgress]:
    """The goals in force in their current periods, newest first; only those of `category` unless it is ''."""
    current = await goals_progress(connection, learner_id, today, today)
    return [period.progress for period in current if category in ("", str(period.progress.goal.category_id))]


async def goals_summary(connection: Reading, learner_id: UUID, in_force: Sequence[Goal], today: date) -> GoalsSummary:
    """The summary of the goals `in_force`; no statement if there are none."""
    periods = [(goal, goal.period_of(today)) for goal in in_force]
    current = [period.progress for period in await goal_periods(connection, learner_id, periods, today)]
    met = sum(progress.status == "achieved" for progress in current)
    return GoalsSummary(len(current), met, next_to_reach(current))


async def goal_history(
    connection: Reading, learner_id: UUID, goal: Goal, today: date, limit: int, newest: date
) -> list[PeriodProgress]:
    """The last `limit` periods of a goal, from the one that contains `newest` back to its first, newest first."""
    days = goal.period_of(newest)
    periods: list[tuple[Goal, Days]] = []
    while len(periods) < limit and days.last >= goal.created_on:
        periods.append((goal, days))
        days = preceding(goal.time_period, days)
    return await goal_periods(connection, learner_id, periods, today)


def newest_period_day(goal: Goal, today: date, archived_on: date | None, before: date | None) -> date:
    """A day in the newest period of a goal's history: today's or that of its archiving, or one that began before
    `before`.
    """
    newest = today if archived_on is None else min(today, archived_on)
    if before is None or goal.period_of(newest).first < before:
        return newest
    days = goal.period_of(before)
    return days.first if days.first < before else preceding(goal.time_period, days).first
