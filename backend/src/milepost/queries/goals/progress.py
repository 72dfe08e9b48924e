"""The progress of goals on a learner's date: in given periods, in each goal's current one, or since its creation."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from milepost.db.connection import Reading
from milepost.queries.goals.goals import GoalPeriod, StoredGoal, goals, period_states
from milepost.queries.turns import in_turns
from milepost.rules.days.periods import Days
from milepost.rules.goals import (
    Goal,
    GoalOrder,
    GoalProgress,
    TimePeriod,
    achieved,
    next_to_reach,
    period_terms,
    preceding,
    progress,
)

SPARKLINE_PERIODS = 12
"""The number of periods in the sparkline of a goal, the current one included."""


_PERIODS_AT_A_TIME = 500


class PeriodProgress(NamedTuple):
    """The progress in a period of a goal, when it was met, and when it was revised after it was closed."""

    progress: GoalProgress
    met_at: datetime | None
    revised_at: datetime | None


class GoalWithProgress(NamedTuple):
    """A goal with its last periods, oldest first; the last of them is the current one."""

    stored: StoredGoal
    periods: Sequence[PeriodProgress]

    @property
    def current(self) -> PeriodProgress:
        """The current period."""
        return self.periods[-1]


@dataclass(frozen=True, slots=True)
class GoalsSummary:
    """The number of goals in force, how many are achieved in their current period, and the next one to reach."""

    active: int
    met_this_period: int
    next: GoalProgress | None


async def goal_periods(
    connection: Reading,
    learner_id: UUID,
    periods: Sequence[tuple[Goal, Days]],
    today: date,
    impossible_days: Collection[date] = (),
) -> list[PeriodProgress]:
    """The progress on `today` in these periods of a learner's goals, in order. One statement."""
    states = await period_states(connection, [GoalPeriod(learner_id, goal, days) for goal, days in periods])
    shown = []
    async for part in in_turns([*zip(periods, states, strict=True)], _PERIODS_AT_A_TIME):
        for (goal, days), state in part:
            terms = period_terms(goal, days, today, impossible_days)
            done = achieved(goal.target_type, state.measured)
            shown.append(PeriodProgress(progress(goal, days, done, state.kept, terms), state.met_at, state.revised_at))
    return shown


async def goals_progress(
    connection: Reading, learner_id: UUID, today: date, day: date, time_period: TimePeriod | None = None
) -> list[PeriodProgress]:
    """The goals in force, all or those of one `time_period`, newest first, each in the period that contains `day`."""
    in_force = [row for row in await goals(connection, learner_id) if time_period in (None, row.goal.time_period)]
    periods = [(row.goal, row.goal.period_of(day)) for row in in_force]
    return await goal_periods(connection, learner_id, periods, today, _impossible_days(in_force))


async def goals_with_progress(
    connection: Reading, learner_id: UUID, today: date, in_list: Sequence[StoredGoal]
) -> list[GoalWithProgress]:
    """These goals of a learner with their last `SPARKLINE_PERIODS` periods, in order. One statement for all of them."""
    rows = [(row.goal, _last_periods(row.goal, today, SPARKLINE_PERIODS)[::-1]) for row in in_list]
    periods = [(goal, days) for goal, goal_days in rows for days in goal_days]
    shown = await goal_periods(connection, learner_id, periods, today, _impossible_days(in_list))
    size = SPARKLINE_PERIODS
    return [GoalWithProgress(row, shown[place * size : (place + 1) * size]) for place, row in enumerate(in_list)]


def in_order(shown: Sequence[GoalWithProgress], order: GoalOrder) -> list[GoalWithProgress]:
    """Goals that arrive newest first, in this order; equal ones stay the newest first."""
    if order == "percent":
        return sorted(shown, key=lambda goal: -goal.current.progress.percent)
    if order == "name":
        return sorted(shown, key=lambda goal: goal.stored.goal.name.casefold())
    return list(shown) if order == "newest" else list(reversed(shown))


async def goal_cards(connection: Reading, learner_id: UUID, today: date, category: str) -> list[GoalProgress]:
    """The goals in force in their current periods, newest first; only those of `category` unless it is ''."""
    current = await goals_progress(connection, learner_id, today, today)
    return [period.progress for period in current if category in ("", period.progress.goal.category_id)]


async def goals_summary(
    connection: Reading, learner_id: UUID, in_force: Sequence[Goal], today: date, impossible_days: Collection[date]
) -> GoalsSummary:
    """The summary of the goals `in_force`; no statement if there are none."""
    periods = [(goal, goal.period_of(today)) for goal in in_force]
    shown = await goal_periods(connection, learner_id, periods, today, impossible_days)
    current = [period.progress for period in shown]
    met = sum(progress.status == "achieved" for progress in current)
    return GoalsSummary(len(current), met, next_to_reach(current))


async def goal_history(
    connection: Reading,
    learner_id: UUID,
    stored: StoredGoal,
    today: date,
    limit: int,
    newest: date,
    first: date | None = None,
) -> list[PeriodProgress]:
    """The last `limit` periods of a goal, newest first: from the one that contains `newest` back to the goal's first,
    or to the one that contains `first`.
    """
    goal = stored.goal
    oldest = goal.created_on if first is None else max(goal.created_on, first)
    periods = [(goal, days) for days in _last_periods(goal, newest, limit) if days.last >= oldest]
    return await goal_periods(connection, learner_id, periods, today, stored.impossible_days)


def newest_period_day(goal: Goal, today: date, before: date | None) -> date:
    """A day in the newest period of a goal's history: today's or that of its archiving, or one that began before
    `before`.
    """
    newest = min(today, goal.versions[-1].from_day) if goal.is_archived else today
    if before is None or goal.period_of(newest).first < before:
        return newest
    days = goal.period_of(before)
    return days.first if days.first < before else preceding(goal.time_period, days).first


def _last_periods(goal: Goal, newest: date, count: int) -> list[Days]:
    """The last `count` periods, from the one that contains `newest` back."""
    days = goal.period_of(newest)
    periods = [days]
    while len(periods) < count:
        days = preceding(goal.time_period, days)
        periods.append(days)
    return periods


def _impossible_days(in_list: Sequence[StoredGoal]) -> Collection[date]:
    """The dates that the learner of these goals never had."""
    return in_list[0].impossible_days if in_list else ()
