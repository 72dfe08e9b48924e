"""Making, changing and archiving periodic goals. What comes of their periods is decided in `goal_periods`.

Intake remembers a learner's goals: whoever changes one raises `learners.days_revision` in the same transaction.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_learners
from milepost.errors import Conflict, Fault, Invalid, NotFound
from milepost.queries.goals.goals import StoredGoal, goal
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.rules.days.calendar import day_end
from milepost.rules.days.periods import Days
from milepost.rules.goals import MAX_GOALS, Goal, GoalFault, TargetType, TimePeriod, goal_fault
from milepost.rules.policy import Policy
from milepost.services.learners.zones import establish_zones
from milepost.services.projections.goal_periods import settle_goals

_INSERT = """
INSERT INTO goals (learner_id, goal_id, name, target_type, time_period, target_value, category_id, topic, created_on,
    created_at, updated_at, open_from, closes_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12)
"""
_UPDATE = """
UPDATE goals SET name = $3, target_type = $4, time_period = $5, target_value = $6, category_id = $7, topic = $8,
    created_on = $9, updated_at = $10, archived_at = NULL
WHERE learner_id = $1 AND goal_id = $2
"""
_OPEN = "UPDATE goals SET open_from = $3, closes_at = $4 WHERE learner_id = $1 AND goal_id = $2"
_ARCHIVE = "UPDATE goals SET archived_at = $3, updated_at = $3 WHERE learner_id = $1 AND goal_id = $2"
_GROW = """
UPDATE learners SET revision = revision + 1, days_revision = days_revision + 1 WHERE learner_id = $1
"""
_HAS_CATEGORY = "SELECT 1 FROM categories WHERE learner_id = $1 AND category_id = $2"
_HAS_RESULTS = """
SELECT open_from < $3 OR EXISTS (
    SELECT FROM goal_periods p
    WHERE p.learner_id = g.learner_id AND p.goal_id = g.goal_id AND (met_at IS NOT NULL OR closed_at IS NOT NULL)
) FROM goals g WHERE learner_id = $1 AND goal_id = $2
"""
_DONE_AHEAD = """
SELECT day FROM planner_days WHERE learner_id = $1 AND day > $2 AND category = '' AND completed_scheduled_minutes > 0
"""
_FORGET = "DELETE FROM goal_periods WHERE learner_id = $1 AND goal_id = $2"

_GOAL_FAULTS: dict[GoalFault, tuple[str, str]] = {
    "category_and_topic": ("topic", "A goal may have a category or a topic, not both."),
    "category": ("category_id", "Only minutes, percentage and task_count goals may have a category."),
    "topic": ("topic", "Only minutes, exercises, points and active_days goals may have a topic."),
    "percentage": ("target_value", "A percentage must be at most 100."),
}


@dataclass(frozen=True, slots=True)
class GoalDraft:
    """What a learner asks for. `target_value` ≥ 1; `topic` '' for none."""

    name: str
    target_type: TargetType
    time_period: TimePeriod
    target_value: int
    category_id: UUID | None
    topic: str

    @property
    def counts(self) -> tuple[object, ...]:
        """What is counted, and how long: that does not change once there are results."""
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
    """A goal from the period of today on, met at once where that is reached already.

    The same `goal_id` with the same content again changes nothing. `claimed_zone` is the zone the learner's own token
    names: it becomes the learner's where none is known yet.

    Raises:
        Invalid: `invalid_goal`, with the field.
        Conflict: `too_many_goals`; `goal_conflict`, the id is there with other content.
    """
    _check(draft)
    await lock_learners(connection, [learner_id])
    there = await goal(connection, learner_id, goal_id)
    if there is not None:
        if _draft_of(there.goal) != draft:
            raise Conflict(
                "goal_conflict", "The Idempotency-Key was already used for a different goal; nothing was changed."
            )
        return there
    facts = await learner_facts(connection, [learner_id], policy)
    claims = {} if claimed_zone is None else {learner_id: claimed_zone}
    known = (await establish_zones(connection, claims, facts, policy, now))[learner_id]
    _check_number(known)
    await _check_category(connection, learner_id, draft)
    made = _goal(goal_id, draft, known.today(now))
    days = made.period_of(made.created_on)
    await connection.execute(_INSERT, learner_id, *_columns(made), now, days.first, _end(days, known, now))
    await connection.execute(_GROW, learner_id)
    await _settle_from_today(connection, learner_id, made, known, policy, now)
    return StoredGoal(made, now, now)


async def change_goal(
    connection: Writing, learner_id: UUID, goal_id: UUID, draft: GoalDraft, policy: Policy, now: datetime
) -> StoredGoal:
    """Another name or target, for the period of today and later ones; an archived goal is in force again.

    What is counted may change only while no period is over or met.

    Raises:
        NotFound: `goal_not_found`.
        Invalid: `invalid_goal`, with the field.
        Conflict: `goal_has_results`, `too_many_goals`.
    """
    _check(draft)
    await _known(connection, learner_id, goal_id)
    await lock_learners(connection, [learner_id])
    there = await _known(connection, learner_id, goal_id)
    if _draft_of(there.goal) == draft and not there.is_archived:
        return there
    facts = (await learner_facts(connection, [learner_id], policy))[learner_id]
    if there.is_archived:
        _check_number(facts)
    await _check_category(connection, learner_id, draft)
    today, created_on = facts.today(now), there.goal.created_on
    counts_the_same = _draft_of(there.goal).counts == draft.counts
    if not counts_the_same:
        await _forget_periods(connection, learner_id, there.goal, today)
        created_on = today
    changed = _goal(goal_id, draft, created_on)
    await connection.execute(_UPDATE, learner_id, *_columns(changed), now)
    if there.is_archived or not counts_the_same:
        # What is over by now is no period of it; otherwise there may be one that is still to be closed.
        days = changed.period_of(today)
        await connection.execute(_OPEN, learner_id, goal_id, days.first, _end(days, facts, now))
    await connection.execute(_GROW, learner_id)
    await _settle_from_today(connection, learner_id, changed, facts, policy, now)
    return StoredGoal(changed, there.created_at, now)


async def archive_goal(connection: Writing, learner_id: UUID, goal_id: UUID, now: datetime) -> StoredGoal:
    """From now on it counts nothing; its history stays. Archiving again changes nothing.

    Raises:
        NotFound: `goal_not_found`.
    """
    await _known(connection, learner_id, goal_id)
    await lock_learners(connection, [learner_id])
    there = await _known(connection, learner_id, goal_id)
    if there.is_archived:
        return there
    await connection.execute(_ARCHIVE, learner_id, goal_id, now)
    await connection.execute(_GROW, learner_id)
    return replace(there, updated_at=now, archived_at=now)


async def _known(connection: Writing, learner_id: UUID, goal_id: UUID) -> StoredGoal:
    """Also before the lock is taken: locking would make a row for a learner nobody knows."""
    there = await goal(connection, learner_id, goal_id)
    if there is None:
        raise NotFound("goal_not_found", "The learner has no such goal.")
    return there


def _check(draft: GoalDraft) -> None:
    reason = goal_fault(
        draft.target_type,
        draft.target_value,
        has_category=draft.category_id is not None,
        has_topic=bool(draft.topic),
    )
    if reason is not None:
        field, sentence = _GOAL_FAULTS[reason]
        raise Invalid("invalid_goal", sentence, (Fault(f"/{field}", sentence),))


def _check_number(facts: LearnerFacts) -> None:
    if len(facts.goals) >= MAX_GOALS:
        raise Conflict("too_many_goals", f"A learner may have at most {MAX_GOALS} goals; archive some first.")


async def _check_category(connection: Writing, learner_id: UUID, draft: GoalDraft) -> None:
    if draft.category_id is None:
        return
    if await connection.fetchval(_HAS_CATEGORY, learner_id, draft.category_id) is None:
        sentence = "The learner has no such category."
        raise Invalid("invalid_goal", sentence, (Fault("/category_id", sentence),))


async def _forget_periods(connection: Writing, learner_id: UUID, before: Goal, today: date) -> None:
    """What was seen of an open period that nothing came of yet.

    Raises:
        Conflict: `goal_has_results`.
    """
    first = before.period_of(today).first
    if await connection.fetchval(_HAS_RESULTS, learner_id, before.goal_id, first):
        detail = "A period of the goal is over or met, so what it counts cannot change. Create another goal."
        raise Conflict("goal_has_results", detail)
    await connection.execute(_FORGET, learner_id, before.goal_id)


async def _settle_from_today(
    connection: Writing, learner_id: UUID, one: Goal, facts: LearnerFacts, policy: Policy, now: datetime
) -> None:
    """A target may be reached already, also of a period ahead: a task may be done before it was scheduled."""
    today = facts.today(now)
    ahead = await connection.fetch(_DONE_AHEAD, learner_id, today)
    alone = {learner_id: replace(facts, goals=[one])}
    await settle_goals(connection, {learner_id: {today, *(day for (day,) in ahead)}}, alone, policy, now)


def _goal(goal_id: UUID, draft: GoalDraft, created_on: date) -> Goal:
    return Goal(
        goal_id,
        draft.name,
        draft.target_type,
        draft.time_period,
        draft.target_value,
        draft.category_id,
        draft.topic,
        created_on,
    )


def _draft_of(one: Goal) -> GoalDraft:
    return GoalDraft(one.name, one.target_type, one.time_period, one.target_value, one.category_id, one.topic)


def _columns(one: Goal) -> tuple[object, ...]:
    return (
        *(one.goal_id, one.name, one.target_type, one.time_period, one.target_value),
        *(one.category_id, one.topic, one.created_on),
    )


def _end(days: Days, facts: LearnerFacts, now: datetime) -> datetime:
    """When a period is over, in the zone of now."""
    return day_end(days.last, facts.zones.name_at(now))
