"""How goals stand on a learner's date: in one period, in the current one of each, and through all since it was made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from milepost.db.connection import Reading
from milepost.queries.goals.goals import GoalPeriod, goals, period_states
from milepost.rules.days.periods import Days
from milepost.rules.goals import Goal, Progress, TimePeriod, achieved, next_to_reach, preceding, progress


class Shown(NamedTuple):
    """A period of a goal on a certain date, with when it was met and when revised after it was closed."""

    progress: Progress
    met_at: datetime | None
    revised_at: datetime | None


@dataclass(frozen=True, slots=True)
class GoalsSummary:
    """Goals in force, those of them whose current period is achieved, and the one that lacks least."""

    active: int
    met_this_period: int
    next: Progress | None


async def goal_periods(
    connection: Reading, learner_id: UUID, periods: Sequence[tuple[Goal, Days]], today: date
) -> list[Shown]:
    """How these periods of a learner's goals stand on `today`, in order. One statement."""
    wanted = [GoalPeriod(learner_id, goal, days) for goal, days in periods]
    return [
        Shown(
            progress(one.goal, one.days, achieved(one.goal.target_type, found.measured), found.kept, today),
            found.met_at,
            found.revised_at,
        )
        for one, found in zip(wanted, await period_states(connection, wanted), strict=True)
    ]


async def goals_progress(
    connection: Reading, learner_id: UUID, today: date, day: date, time_period: TimePeriod | None = None
) -> list[Shown]:
    """Every goal in force, or those of this period, newest first, each in the period that holds `day`."""
    found = [stored.goal for stored in await goals(connection, learner_id)]
    periods = [(one, one.period_of(day)) for one in found if time_period in (None, one.time_period)]
    return await goal_periods(connection, learner_id, periods, today)


async def goal_cards(connection: Reading, learner_id: UUID, today: date, category: str) -> list[Progress]:
    """Every goal in force in its current period, newest first; of a category ('': any) those that count its tasks."""
    shown = await goals_progress(connection, learner_id, today, today)
    return [one.progress for one in shown if category in ("", str(one.progress.goal.category_id))]


async def goals_summary(connection: Reading, learner_id: UUID, in_force: Sequence[Goal], today: date) -> GoalsSummary:
    """Goals at a glance; reads nothing where there is none."""
    shown = await goal_periods(connection, learner_id, [(one, one.period_of(today)) for one in in_force], today)
    progress = [one.progress for one in shown]
    met = sum(one.status == "achieved" for one in progress)
    return GoalsSummary(len(progress), met, next_to_reach(progress))


async def goal_history(
    connection: Reading, learner_id: UUID, goal: Goal, today: date, limit: int, newest: date
) -> list[Shown]:
    """The last `limit` periods of a goal, from the one that holds `newest` back to its first, as they stand `today`."""
    days = goal.period_of(newest)
    periods: list[tuple[Goal, Days]] = []
    while len(periods) < limit and days.last >= goal.created_on:
        periods.append((goal, days))
        days = preceding(goal.time_period, days)
    return await goal_periods(connection, learner_id, periods, today)


def newest_shown(goal: Goal, today: date, archived_on: date | None, before: date | None) -> date:
    """A day of the newest period of a history: today's, or the one of its archiving, that began before `before`."""
    newest = today if archived_on is None else min(today, archived_on)
    if before is None or goal.period_of(newest).first < before:
        return newest
    days = goal.period_of(before)
    return days.first if days.first < before else preceding(goal.time_period, days).first
