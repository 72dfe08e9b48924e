"""Stored periodic goals, and the sums of days, cells and planner days in their periods.

One statement measures any number of goals and periods of any number of learners; windows that goals share are summed
once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import orjson

from milepost.db.connection import Reading, Record
from milepost.db.log.contributions import ACTIVE_DAY, is_active_cell
from milepost.queries.goals.rows import GOAL_AS_JSON, goal_from_json
from milepost.queries.turns import in_turns
from milepost.rules.days.calendar import ZoneHistory, ZonePeriod, impossible_days
from milepost.rules.days.periods import Days
from milepost.rules.goals import MAX_GOALS, Goal, GoalSums, StoredPeriod

# The sources to sum over a window, as bits.
_DAYS, _TASKS, _TOPICS, _PLANNER = 1, 2, 4, 8
_AT_A_TIME = 250
"""Rows and periods until other requests get their turn: 200 goals with a sparkline have 2,400 periods."""
_TASK = "task"
"""Activities with this object type are completed tasks: their minutes come from the tasks' slots."""

# The zones do not depend on the goal, so PostgreSQL reads them once.
_GOAL = f"""
SELECT {GOAL_AS_JSON} AS goal, created_at, updated_at, archived_at,
    (SELECT json_agg(json_build_array(nullif(valid_from, '-infinity'), zone) ORDER BY valid_from)::text
     FROM learner_zones WHERE learner_id = $1) AS zones
FROM goals g WHERE learner_id = $1
"""
_GOALS = f"{_GOAL} AND (archived_at IS NOT NULL) = $2 ORDER BY created_at DESC, goal_id LIMIT {MAX_GOALS}"
_ONE_GOAL = f"{_GOAL} AND goal_id = $2"
_VERSIONS_AFTER = f"""
SELECT {GOAL_AS_JSON} FROM goals g WHERE learner_id = $1 AND EXISTS (
    SELECT FROM goal_versions v WHERE v.learner_id = $1 AND v.goal_id = g.goal_id AND v.from_day > $2
)
"""

# Each part returns its source, the number of its window or period, a label, and its sums.
_NO_MARKS = (
    "NULL::numeric AS percent, NULL::timestamptz AS met_at, NULL::timestamptz AS closed_at, "
    "NULL::timestamptz AS taken_at, NULL::timestamptz AS revised_at"
)
_PERIODS = f"""
WITH w AS (
    SELECT * FROM unnest($1::int[], $2::uuid[], $3::date[], $4::date[], $5::int[])
        AS w(place, learner_id, first_day, last_day, reads)
)
SELECT 'days' AS source, w.place, '' AS label, s.seconds AS a, s.exercises AS b, s.points AS c, s.days AS d, {_NO_MARKS}
FROM w CROSS JOIN LATERAL (
    SELECT sum(d.seconds)::bigint AS seconds, sum(d.exercises)::bigint AS exercises, sum(d.points)::bigint AS points,
        count(*) FILTER (WHERE {ACTIVE_DAY}) AS days
    FROM activity_days d WHERE d.learner_id = w.learner_id AND d.local_day BETWEEN w.first_day AND w.last_day
) s WHERE w.reads & {_DAYS} <> 0
UNION ALL
SELECT 'tasks', w.place, '', s.seconds, 0, 0, 0, {_NO_MARKS}
FROM w CROSS JOIN LATERAL (
    SELECT sum(c.seconds)::bigint AS seconds FROM activity_cells c
    WHERE c.learner_id = w.learner_id AND c.local_day BETWEEN w.first_day AND w.last_day AND c.object_type = '{_TASK}'
) s WHERE w.reads & {_TASKS} <> 0
UNION ALL
SELECT 'topics', w.place, s.topic, s.seconds, s.exercises, s.points, s.days, {_NO_MARKS}
FROM w CROSS JOIN LATERAL (
    SELECT c.topic, coalesce(sum(c.seconds) FILTER (WHERE c.object_type <> '{_TASK}'), 0)::bigint AS seconds,
        sum(c.exercises)::bigint AS exercises, sum(c.points)::bigint AS points,
        count(DISTINCT c.local_day) FILTER (WHERE {is_active_cell("c")}) AS days
    FROM activity_cells c
    WHERE c.learner_id = w.learner_id AND c.local_day BETWEEN w.first_day AND w.last_day AND c.topic = ANY($6::text[])
    GROUP BY c.topic
) s WHERE w.reads & {_TOPICS} <> 0
UNION ALL
SELECT 'planner', w.place, s.category, s.scheduled, s.completed, s.tasks, 0, {_NO_MARKS}
FROM w CROSS JOIN LATERAL (
    SELECT p.category, sum(p.scheduled_minutes)::bigint AS scheduled,
        sum(p.completed_scheduled_minutes)::bigint AS completed, sum(p.completed_n)::bigint AS tasks
    FROM planner_days p
    WHERE p.learner_id = w.learner_id AND p.day BETWEEN w.first_day AND w.last_day AND p.category = ANY($7::text[])
    GROUP BY p.category
) s WHERE w.reads & {_PLANNER} <> 0
UNION ALL
SELECT 'kept', g.place, '', p.target, p.achieved, p.is_applicable::int, 0, p.percent, p.met_at, p.closed_at, p.taken_at,
    p.revised_at
FROM unnest($8::int[], $9::uuid[], $10::uuid[], $11::date[]) AS g(place, learner_id, goal_id, period_start)
JOIN goal_periods p USING (learner_id, goal_id, period_start)
"""


@dataclass(frozen=True, slots=True)
class StoredGoal:
    """A goal and when it was created, changed and archived. `impossible_days`: dates that the learner never had."""

    goal: Goal
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None = None
    impossible_days: frozenset[date] = frozenset()

    @property
    def is_archived(self) -> bool:
        """Whether the goal has stopped counting."""
        return self.archived_at is not None


class GoalPeriod(NamedTuple):
    """A period of a learner's goal."""

    learner_id: UUID
    goal: Goal
    days: Days


class PeriodState(NamedTuple):
    """What is measured in a period so far, and its stored result (None: none yet), with its instants."""

    measured: GoalSums
    kept: StoredPeriod | None = None
    met_at: datetime | None = None
    taken_at: datetime | None = None
    revised_at: datetime | None = None


async def goals(connection: Reading, learner_id: UUID, *, archived: bool = False) -> list[StoredGoal]:
    """A learner's goals in force, or at most `MAX_GOALS` of the archived ones; newest first."""
    return [_stored_goal(row) for row in await connection.fetch(_GOALS, learner_id, archived)]


async def stored_goal(connection: Reading, learner_id: UUID, goal_id: UUID) -> StoredGoal | None:
    """One goal of a learner, archived or not."""
    row = await connection.fetchrow(_ONE_GOAL, learner_id, goal_id)
    return None if row is None else _stored_goal(row)


async def goals_with_versions_after(connection: Reading, learner_id: UUID, day: date) -> list[Goal]:
    """A learner's goals, archived ones too, with a version that begins after `day`."""
    return [goal_from_json(row[0]) for row in await connection.fetch(_VERSIONS_AFTER, learner_id, day)]


async def period_states(connection: Reading, periods: Sequence[GoalPeriod]) -> list[PeriodState]:
    """The state of each of `periods`, in order. One statement."""
    if not periods:
        return []
    windows: dict[tuple[UUID, date, date], int] = {}
    for period in periods:
        window = (period.learner_id, period.days.first, period.days.last)
        windows[window] = windows.get(window, 0) | _sources(period.goal)
    places = {window: place for place, window in enumerate(windows)}
    topics = sorted({period.goal.topic for period in periods if period.goal.topic})
    categories = sorted({_category(period.goal) for period in periods})
    learners, firsts, lasts = map(list, zip(*windows, strict=True))
    rows = await connection.fetch(
        _PERIODS,
        *(list(places.values()), learners, firsts, lasts, list(windows.values()), topics, categories),
        list(range(len(periods))),
        [period.learner_id for period in periods],
        [period.goal.goal_id for period in periods],
        [period.days.first for period in periods],
    )
    sums: dict[tuple[str, int, str], tuple[int, ...]] = {}
    stored: dict[int, PeriodState] = {}
    async for part in in_turns(rows, _AT_A_TIME):
        for row in part:
            source, place, label, *numbers = row[:7]
            if source == "kept":
                stored[place] = _stored_period(row)
            else:
                sums[source, place, label] = tuple(number or 0 for number in numbers)
    states: list[PeriodState] = []
    async for some_periods in in_turns(periods, _AT_A_TIME):
        for period in some_periods:
            measured = _measured(period.goal, sums, places[period.learner_id, period.days.first, period.days.last])
            states.append(stored.get(len(states), PeriodState(measured))._replace(measured=measured))
    return states


def _sources(goal: Goal) -> int:
    """The sources that a goal counts, as bits."""
    if goal.target_type in ("percentage", "task_count") or goal.category_id is not None:
        return _PLANNER
    if goal.topic:
        return _TOPICS
    return _DAYS | _TASKS | _PLANNER if goal.target_type == "minutes" else _DAYS


def _category(goal: Goal) -> str:
    """The category of the planner sums that a goal counts; '' is the total."""
    return goal.category_id or ""


def _measured(goal: Goal, sums: dict[tuple[str, int, str], tuple[int, ...]], place: int) -> GoalSums:
    sources, nothing = _sources(goal), (0, 0, 0, 0)
    scheduled = completed = tasks = seconds = exercises = points = days = 0
    if sources & _PLANNER:
        scheduled, completed, tasks, _ = sums.get(("planner", place, _category(goal)), nothing)
    if sources & _TOPICS:
        seconds, exercises, points, days = sums.get(("topics", place, goal.topic), nothing)
    if sources & _DAYS:
        seconds, exercises, points, days = sums.get(("days", place, ""), nothing)
    if sources & _TASKS:
        seconds -= sums.get(("tasks", place, ""), nothing)[0]
    return GoalSums(scheduled, completed, tasks, seconds, exercises, points, days)


def _stored_period(row: Record) -> PeriodState:
    target, achieved, is_applicable = row["a"], row["b"], row["c"] == 1
    kept = StoredPeriod(
        target, achieved, float(row["percent"]), is_applicable, row["met_at"] is not None, row["closed_at"] is not None
    )
    return PeriodState(GoalSums(), kept, row["met_at"], row["taken_at"], row["revised_at"])


def _stored_goal(row: Record) -> StoredGoal:
    return StoredGoal(
        goal_from_json(row["goal"]),
        row["created_at"],
        row["updated_at"],
        row["archived_at"],
        frozenset() if row["zones"] is None else _impossible_days(row["zones"]),
    )


@lru_cache(maxsize=1_024)
def _impossible_days(zones: str) -> frozenset[date]:
    """The dates that did not exist in these zones. Cached, because every goal of a learner has the same."""
    periods = tuple(
        ZonePeriod(None if valid_from is None else datetime.fromisoformat(valid_from), name)
        for valid_from, name in orjson.loads(zones)
    )
    return impossible_days(ZoneHistory(periods), date.min, date.max)
