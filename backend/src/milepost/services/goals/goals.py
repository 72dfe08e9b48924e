"""Creates, changes and archives periodic goals. `projections/goal_periods.py` decides the results of their periods.

Intake caches a learner's goals, so every change raises `learners.days_revision` in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_learners, raise_days_revision
from milepost.errors import Conflict, Fault, Invalid, NotFound
from milepost.queries.goals.goals import StoredGoal, stored_goal
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.rules.days.calendar import day_end
from milepost.rules.days.periods import Days
from milepost.rules.goals import (
    MAX_GOALS,
    MAX_GOALS_KEPT,
    MAX_VERSIONS,
    Goal,
    GoalFault,
    GoalVersion,
    TargetType,
    TimePeriod,
    following,
    goal_fault,
    with_version,
)
from milepost.rules.planner.planner_days import UNCATEGORISED
from milepost.rules.policy import Policy
from milepost.services.learners.zones import establish_zones
from milepost.services.projections.goal_periods import settle_goals
from milepost.services.projections.goal_versions import store_versions

_INSERT = """
INSERT INTO goals (learner_id, goal_id, name, target_type, time_period, target_value, category_id, uncategorised, topic,
    created_on, created_at, updated_at, open_from, closes_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13)
"""
_UPDATE = """
UPDATE goals SET name = $3, target_type = $4, time_period = $5, target_value = $6, category_id = $7,
    uncategorised = $8, topic = $9, created_on = $10, updated_at = $11, archived_at = NULL
WHERE learner_id = $1 AND goal_id = $2
"""
_SET_OPEN_PERIOD = "UPDATE goals SET open_from = $3, closes_at = $4 WHERE learner_id = $1 AND goal_id = $2"
# A period that was over before the goal was archived may still have to be closed.
_REVIVE = f"{_SET_OPEN_PERIOD} AND closes_at IS NULL"
_ARCHIVE = """
UPDATE goals SET archived_at = $3, updated_at = $3, closes_at = CASE WHEN open_from < $4 THEN closes_at END
WHERE learner_id = $1 AND goal_id = $2
"""
_COUNT = "SELECT count(*) FROM goals WHERE learner_id = $1"
_CATEGORY_EXISTS = "SELECT 1 FROM categories WHERE learner_id = $1 AND category_id = $2"
_HAS_RESULTS = """
SELECT open_from < $3 OR EXISTS (
    SELECT FROM goal_periods p
    WHERE p.learner_id = g.learner_id AND p.goal_id = g.goal_id AND (met_at IS NOT NULL OR closed_at IS NOT NULL)
) FROM goals g WHERE learner_id = $1 AND goal_id = $2
"""
_COMPLETED_AHEAD = """
SELECT day FROM planner_days WHERE learner_id = $1 AND day > $2 AND category = '' AND completed_scheduled_minutes > 0
"""
_DELETE_PERIODS = "DELETE FROM goal_periods WHERE learner_id = $1 AND goal_id = $2"

_GOAL_FAULTS: dict[GoalFault, Fault] = {
    "category_and_topic": Fault(
        "/topic", "A goal may have a category or a topic, not both.", "conflicting", {"other": "category_id"}
    ),
    "category": Fault(
        "/category_id",
        "Only minutes, percentage and task_count goals may have a category.",
        "conflicting",
        {"other": "target_type"},
    ),
    "topic": Fault(
        "/topic",
        "Only minutes, exercises, points and active_days goals may have a topic.",
        "conflicting",
        {"other": "target_type"},
    ),
    "percentage": Fault("/target_value", "A percentage must be at most 100.", "too_large", {"max": 100}),
    "active_days": Fault(
        "/target_value",
        "Active days must be at most the days of the period: 1, 7 or 31.",
        "too_large",
        {"max_by_period": {"daily": 1, "weekly": 7, "monthly": 31}},
    ),
}


@dataclass(frozen=True, slots=True)
class GoalDraft:
    """A goal as the learner requests it. `target_value` ≥ 1; `topic` is '' for none."""

    name: str
    target_type: TargetType
    time_period: TimePeriod
    target_value: int
    category_id: str | None
    topic: str

    @property
    def counts(self) -> tuple[object, ...]:
        """What the goal counts, and over which period. Fixed once the goal has results."""
        return (self.target_type, self.time_period, self.category_id, self.topic)


async def create_goal(
    connection: Writing,
    learner_id: UUID,
    goal_id: UUID,
    draft: GoalDraft,
    policy: Policy,
    now: datetime,
    claimed_zone: str | None = None,
) -> StoredGoal:
    """Create a goal that starts with today's period. It is met at once if its target is already reached.

    `goal_id` is new. `claimed_zone` is the zone in the learner's own token; it
    becomes the learner's zone if none is known yet.

    Raises:
        Invalid: `invalid_goal`, with the field.
        Conflict: `too_many_goals`.
    """
    _check_draft(draft)
    await lock_learners(connection, [learner_id])
    facts = await learner_facts(connection, [learner_id], policy)
    claims = {} if claimed_zone is None else {learner_id: claimed_zone}
    learner = (await establish_zones(connection, claims, facts, policy, now))[learner_id]
    _check_goal_count(learner)
    if await connection.fetchval(_COUNT, learner_id) >= MAX_GOALS_KEPT:
        detail = f"A learner may have at most {MAX_GOALS_KEPT} goals, archived ones included; bring one of them back."
        raise Conflict("too_many_goals", detail, {"max": MAX_GOALS_KEPT})
    await _check_category(connection, learner_id, draft)
    today = learner.today(now)
    created = _goal(goal_id, draft, (GoalVersion(today, draft.target_value),))
    days = created.period_of(today)
    await connection.execute(_INSERT, learner_id, *_columns(created), now, days.first, _closes_at(days, learner))
    await store_versions(connection, learner_id, created)
    await raise_days_revision(connection, learner_id)
    await _settle_from(connection, learner_id, created, today, learner, policy, now)
    return StoredGoal(created, now, now, impossible_days=learner.impossible_days)


async def change_goal(
    connection: Writing, learner_id: UUID, goal_id: UUID, draft: GoalDraft, policy: Policy, now: datetime
) -> StoredGoal:
    """Change a goal from today on: periods that are over keep their targets. An archived goal is in force again.

    What the goal counts may change only while none of its periods is over or met.

    Raises:
        NotFound: `goal_not_found`.
        Invalid: `invalid_goal`, with the field.
        Conflict: `goal_has_results`, `too_many_goals`, `too_many_goal_changes`.
    """
    _check_draft(draft)
    await _require_goal(connection, learner_id, goal_id)
    await lock_learners(connection, [learner_id])
    existing = await _require_goal(connection, learner_id, goal_id)
    if _draft_of(existing.goal) == draft and not existing.is_archived:
        return existing
    facts = (await learner_facts(connection, [learner_id], policy))[learner_id]
    if existing.is_archived:
        _check_goal_count(facts)
    await _check_category(connection, learner_id, draft)
    today = facts.today(now)
    version = GoalVersion(today, draft.target_value)
    counts_the_same = _draft_of(existing.goal).counts == draft.counts
    if not counts_the_same:
        await _delete_periods(connection, learner_id, existing.goal, today)
    versions = with_version(existing.goal.versions, version) if counts_the_same else (version,)
    if len(versions) > max(MAX_VERSIONS, len(existing.goal.versions)):
        detail = f"A goal may change on at most {MAX_VERSIONS} days; create another one."
        raise Conflict("too_many_goal_changes", detail, {"max": MAX_VERSIONS})
    changed = _goal(goal_id, draft, versions)
    await connection.execute(_UPDATE, learner_id, *_columns(changed), now)
    await store_versions(connection, learner_id, changed)
    days = changed.period_of(today)
    set_open_period = _REVIVE if counts_the_same else _SET_OPEN_PERIOD
    await connection.execute(set_open_period, learner_id, goal_id, days.first, _closes_at(days, facts))
    await raise_days_revision(connection, learner_id)
    # While a goal is archived, late input does not revise its periods. Now it does.
    since = changed.created_on if existing.is_archived else today
    await _settle_from(connection, learner_id, changed, since, facts, policy, now)
    return StoredGoal(changed, existing.created_at, now, impossible_days=facts.impossible_days)


async def archive_goal(
    connection: Writing, learner_id: UUID, goal_id: UUID, policy: Policy, now: datetime
) -> StoredGoal:
    """Archive a goal from today on: it stops counting and keeps its history. Archiving it again changes nothing.

    Periods that are over stay what they are, and are still closed.

    Raises:
        NotFound: `goal_not_found`.
    """
    await _require_goal(connection, learner_id, goal_id)
    await lock_learners(connection, [learner_id])
    existing = await _require_goal(connection, learner_id, goal_id)
    if existing.is_archived:
        return existing
    today = (await learner_facts(connection, [learner_id], policy, with_goals=False))[learner_id].today(now)
    version = GoalVersion(today, existing.goal.target_value, is_archived=True)
    archived = replace(existing.goal, versions=with_version(existing.goal.versions, version))
    await connection.execute(_ARCHIVE, learner_id, goal_id, now, archived.period_of(today).first)
    await store_versions(connection, learner_id, archived)
    await raise_days_revision(connection, learner_id)
    return replace(existing, goal=archived, updated_at=now, archived_at=now)


async def _require_goal(connection: Writing, learner_id: UUID, goal_id: UUID) -> StoredGoal:
    """The goal. Callers also check before they lock: locking would create a row for an unknown learner."""
    existing = await stored_goal(connection, learner_id, goal_id)
    if existing is None:
        raise NotFound("goal_not_found", "The learner has no such goal.")
    return existing


def _check_draft(draft: GoalDraft) -> None:
    reason = goal_fault(
        draft.target_type,
        draft.time_period,
        draft.target_value,
        has_category=draft.category_id is not None,
        has_topic=bool(draft.topic),
    )
    if reason is not None:
        fault = _GOAL_FAULTS[reason]
        raise Invalid("invalid_goal", fault.message, (fault,))


def _check_goal_count(facts: LearnerFacts) -> None:
    if len(facts.goals) >= MAX_GOALS:
        raise Conflict(
            "too_many_goals", f"A learner may have at most {MAX_GOALS} goals; archive some first.", {"max": MAX_GOALS}
        )


async def _check_category(connection: Writing, learner_id: UUID, draft: GoalDraft) -> None:
    category_id = _stored_category(draft.category_id)
    if category_id is not None and await connection.fetchval(_CATEGORY_EXISTS, learner_id, category_id) is None:
        sentence = "The learner has no such category."
        raise Invalid("invalid_goal", sentence, (Fault("/category_id", sentence, "unknown"),))


async def _delete_periods(connection: Writing, learner_id: UUID, before: Goal, today: date) -> None:
    """Delete what is stored of the open period, which is not met yet.

    Raises:
        Conflict: `goal_has_results`.
    """
    first = before.period_of(today).first
    if await connection.fetchval(_HAS_RESULTS, learner_id, before.goal_id, first):
        detail = "A period of the goal is over or met, so what it counts cannot change. Create another goal."
        raise Conflict("goal_has_results", detail)
    await connection.execute(_DELETE_PERIODS, learner_id, before.goal_id)


async def _settle_from(
    connection: Writing, learner_id: UUID, goal: Goal, since: date, facts: LearnerFacts, policy: Policy, now: datetime
) -> None:
    """Settle the goal's periods from that of `since` to today's, and later ones with completed tasks: a task may be
    completed before the day it is scheduled on.
    """
    today = facts.today(now)
    ahead = await connection.fetch(_COMPLETED_AHEAD, learner_id, today)
    days = {today, *(day for (day,) in ahead)}
    while since < today:
        days.add(since)
        since = following(goal.time_period, goal.period_of(since)).first
    await settle_goals(connection, {learner_id: days}, {learner_id: replace(facts, goals=[goal])}, policy, now)


def _goal(goal_id: UUID, draft: GoalDraft, versions: Sequence[GoalVersion]) -> Goal:
    return Goal(goal_id, draft.name, draft.target_type, draft.time_period, draft.category_id, draft.topic, versions)


def _draft_of(goal: Goal) -> GoalDraft:
    return GoalDraft(goal.name, goal.target_type, goal.time_period, goal.target_value, goal.category_id, goal.topic)


def _columns(goal: Goal) -> tuple[object, ...]:
    return (
        *(goal.goal_id, goal.name, goal.target_type, goal.time_period, goal.target_value),
        *(_stored_category(goal.category_id), goal.category_id == UNCATEGORISED, goal.topic, goal.created_on),
    )


def _stored_category(category_id: str | None) -> UUID | None:
    """The category that a goal names; None if it names none."""
    return None if category_id in (None, UNCATEGORISED) else UUID(category_id)


def _closes_at(days: Days, facts: LearnerFacts) -> datetime:
    """When a period ends, in the zone that the learner lives in."""
    return day_end(days.last, facts.zone)
