"""The write path: log, sums, and what the rules decide on them, for many learners in the caller's one transaction.

`record` never opens or ends a transaction. ARCHITECTURE.md, "One write, step by step", describes it.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.departures import departed_among
from milepost.errors import LearnersGone
from milepost.rules.activities import STREAK
from milepost.rules.policy import Policy
from milepost.rules.streaks.streaks import outcome_for
from milepost.services.achievements.unlocks import Unlocked, unlock_notices
from milepost.services.activities import statement
from milepost.services.activities.achievements import unlock
from milepost.services.activities.batch import Batch, IntakeMemory, open_batch
from milepost.services.activities.duplicates import classify_repeats
from milepost.services.activities.effects import (
    Decision,
    Effects,
    decide,
    last_of_each_learner,
    level_causes,
    level_notices,
)
from milepost.services.activities.goals import meet_goals
from milepost.services.activities.limits import check_crowded_days, count_time, over_day_limit, over_topic_limit
from milepost.services.activities.spaces import milestone_notices, raise_spaces
from milepost.services.activities.statement import Recorded
from milepost.services.activities.streaks import mark_met_today, refresh_unchanged
from milepost.services.activities.submission import Committed, FactsMoved, Gains, Key, LevelChange, Outcome, Submission
from milepost.services.notices import write_notices
from milepost.services.projections.goal_periods import goal_notices
from milepost.services.projections.leaderboards import refresh_scores
from milepost.services.streaks.notices import RunMove, is_worth_telling, run_notices

_STREAK_OUTCOMES = """
UPDATE activities a SET streak_outcome = k.streak_outcome, is_new_record = k.is_new_record
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bool[])
    AS k(learner_id, sender, id, streak_outcome, is_new_record)
WHERE (a.learner_id, a.sender, a.id) = (k.learner_id, k.sender, k.id)
"""


async def record(
    connection: Writing,
    submissions: Sequence[Submission],
    memory: IntakeMemory,
    policy: Policy,
    now: datetime,
) -> Committed:
    """Record a batch of activities and everything that follows from them.

    The answer has one outcome for each submission, in order. A repeat within the batch is compared with the first
    submission of its key. Zones named by learners' own tokens are settled before (`settle_zones`).

    Raises:
        FactsMoved: a learner's facts have changed meanwhile. Roll back and start over.
        LearnersGone: learners have left, which the memory did not know. Likewise.
    """
    batch = await open_batch(connection, submissions, memory, policy, now)
    refused = await _refused(connection, batch)
    recorded = await _into_log_and_sums(connection, batch, refused)
    await _check_presence(connection, recorded)
    _check_facts(batch, recorded)
    if recorded.crowded_days:
        check_crowded_days(batch, recorded)
    if recorded.long_days:
        recorded = await count_time(connection, batch, recorded)
    effects, unlocked = await _follow_up(connection, batch, recorded)

    outcomes, asked = _accepted(batch, recorded, effects)
    if asked:
        rows = [(*outcome.key, outcome.streak_outcome, outcome.is_new_record) for outcome in asked]
        await connection.execute(_STREAK_OUTCOMES, *_columns(rows))
    changes = {decision.learner_id: decision.change() for decision in effects.decisions}
    gains = _gains(batch, effects, unlocked)
    facts = dict(batch.facts)
    repeats = [
        (place, submission)
        for place, submission in enumerate(submissions)
        if place not in outcomes and place not in refused
    ]
    if repeats:
        repeated = await classify_repeats(connection, batch, repeats, changes)
        outcomes |= repeated.outcomes
        gains = repeated.gains | gains
        if repeated.unchanged:
            refreshed, unchanged = await refresh_unchanged(connection, repeated.unchanged, policy)
            facts |= refreshed
            changes |= unchanged
    outcomes |= refused
    await mark_met_today(connection, changes, facts, now)
    return Committed([outcomes[place] for place in range(len(submissions))], changes, gains, facts)


async def _refused(connection: Writing, batch: Batch) -> dict[int, Outcome]:
    """Outcomes of submissions that are not recorded, by place: of learners who have left, or above a limit."""
    refused: dict[int, Outcome] = {}
    if any(learner.departed for learner in batch.facts.values()):
        for place, submission in enumerate(batch.submissions):
            departed = batch.facts[submission.learner_id].departed
            if departed is not None:
                refused[place] = _rejected(submission, departed.code)
                refused[place].merged_into = departed.merged_into
    for place in await over_topic_limit(connection, batch) - refused.keys():
        refused[place] = _rejected(batch.submissions[place], "too_many_topics")
    for place in await over_day_limit(connection, batch) - refused.keys():
        refused[place] = _rejected(batch.submissions[place], "too_many_activities")
    return refused


def _rejected(submission: Submission, reason: str) -> Outcome:
    return Outcome(submission.id, "rejected", submission.learner_id, reason=reason)


async def _check_presence(connection: Writing, recorded: Recorded) -> None:
    """Under the locks now, check that learners who have just got a row are new, and not gone.

    Raises:
        LearnersGone: some of them have left.
    """
    new_learners = [learner_id for learner_id, learner in recorded.learners.items() if learner.revision == 1]
    if new_learners and (departed := await departed_among(connection, new_learners)):
        raise LearnersGone(departed)


async def _into_log_and_sums(connection: Writing, batch: Batch, refused: Container[int]) -> Recorded:
    """Steps 1 and 2: the log, the once-keys, the sums. Without once-keys, log and sums are one statement."""
    submissions = _first_of_each_key(batch, refused)
    if not submissions:
        return Recorded()
    first_level, policy = batch.policy.skills.levels[0].name, batch.policy.activities
    limits = (policy.seconds_always_counted, policy.learner_activities_a_day)
    arrays = statement.log_arrays(submissions)
    if not any(submission.activity.once_key for submission in submissions):
        arguments = (*arrays, batch.now, batch.commit_id, first_level, len(submissions), *limits)
        return statement.recorded_from(await connection.fetchrow(statement.RECORD, *arguments), submissions)
    inserted = await connection.fetch(statement.INSERT_ONLY, *arrays, batch.now, batch.commit_id)
    if not inserted:
        return Recorded()
    new_keys = {tuple(row) for row in inserted}
    new = [submission for submission in submissions if submission.key in new_keys]
    not_counted = await _claim_once_keys(connection, new)
    keys = [submission.key for submission in new]
    row = await connection.fetchrow(statement.SUM_UP, *_columns(keys), first_level, 0, *limits)
    return replace(statement.recorded_from(row, new), not_counted=not_counted)


def _first_of_each_key(batch: Batch, refused: Container[int]) -> list[Submission]:
    """The submissions to record, sorted by key."""
    first: dict[Key, Submission] = {}
    for place, submission in enumerate(batch.submissions):
        if place not in refused:
            first.setdefault(submission.key, submission)
    return sorted(first.values(), key=lambda submission: _order(submission.key))


async def _claim_once_keys(connection: Writing, new: Sequence[Submission]) -> set[Submission]:
    """Give each once-key to the first activity that names it. Returns those that came too late; they do not count."""
    claims: dict[tuple[UUID, str, str], Submission] = {}
    named = [submission for submission in new if submission.activity.once_key]
    for submission in sorted(named, key=lambda submission: (submission.occurred_at, submission.id)):
        activity = submission.activity
        claims.setdefault((submission.learner_id, activity.object_type, activity.once_key or ""), submission)
    rows = [
        (*claim, submission.sender, submission.id)
        for claim, submission in sorted(claims.items(), key=lambda item: _order(item[0]))
    ]
    if not rows:
        return set()
    claimed = {tuple(row) for row in await connection.fetch(statement.CLAIM_ONCE_KEYS, *_columns(rows))}
    too_late = {submission for submission in named if submission.key not in claimed}
    if too_late:
        keys = sorted((submission.key for submission in too_late), key=_order)
        await connection.execute(statement.MARK_NOT_COUNTED, *_columns(keys))
    return too_late


def _order(key: Key) -> tuple[int, str, str]:
    return (key[0].int, key[1], key[2])


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return list(map(list, zip(*rows, strict=True)))


def _check_facts(batch: Batch, recorded: Recorded) -> None:
    """Under the locks now, check that what decided the batch is still true; if so, remember it.

    The facts decided its days, and eases what is typical of its grades. The catalogue must be the newest that any of
    these learners has been checked with.

    Raises:
        FactsMoved: it is not.
    """
    limit, memory = batch.policy.activities.topics_per_learner, batch.memory
    for learner_id, learner in recorded.learners.items():
        facts = batch.facts[learner_id]
        topics = learner.topics + sum(topic.is_new for topic in learner.touched_topics)
        if max(learner.catalogue_revision, learner.catalogue_seen) > batch.in_force.revision:
            memory.catalogue.forget()
            raise FactsMoved(learner_id)
        if batch.ease_revision is not None and learner.ease_revision > batch.ease_revision:
            memory.eases.forget()
            raise FactsMoved(learner_id)
        is_current = (learner.days_revision, learner.outage_revision) == (facts.days_revision, facts.outage_revision)
        if not is_current or topics > limit:
            memory.facts.forget(batch.facts)
            raise FactsMoved(learner_id)
        facts.topics = topics
    memory.facts.keep({learner_id: batch.facts[learner_id] for learner_id in recorded.learners})


async def _follow_up(
    connection: Writing, batch: Batch, recorded: Recorded
) -> tuple[Effects, Mapping[UUID, Sequence[Unlocked]]]:
    """Steps 3 and 4: let the rules decide on what came back, write what moved, then all notices of the commit.

    Returns the effects, and what each learner has unlocked.
    """
    if not recorded.learners:
        return Effects(), {}
    decisions = await decide(connection, batch, recorded)
    met = await meet_goals(connection, batch, recorded)
    milestones = await raise_spaces(connection, recorded.new)
    effects = Effects(recorded.new, decisions, Counter(update.period.learner_id for update in met), milestones)
    unlocked = {} if batch.in_force.is_empty else await unlock(connection, batch, effects)
    shown = [learner_id for learner_id, learner in recorded.learners.items() if learner.on_boards]
    if shown:
        await refresh_scores(connection, shown)
    # Each learner's notices are numbered in this order.
    notices = [
        *level_notices(batch, effects),
        *goal_notices(met, batch.today),
        *milestone_notices(milestones, batch.today),
        *await run_notices(connection, _moves(decisions, batch), batch.facts, batch.policy, batch.now),
        *unlock_notices(unlocked, {learner_id: batch.today(learner_id) for learner_id in unlocked}),
    ]
    if notices:
        await write_notices(connection, notices, batch.commit_id, batch.now)
    return effects, unlocked


def _moves(decisions: Sequence[Decision], batch: Batch) -> dict[UUID, RunMove]:
    """The runs that moved so that there may be something to tell: usually none."""
    moves: dict[UUID, RunMove] = {}
    for decision in decisions:
        if opened_days := len(decision.learner.opened_days):
            move = RunMove(decision.before, decision.after, opened_days)
            if is_worth_telling(move, batch.facts[decision.learner_id], batch.policy, batch.now):
                moves[decision.learner_id] = move
    return moves


def _accepted(batch: Batch, recorded: Recorded, effects: Effects) -> tuple[dict[int, Outcome], list[Outcome]]:
    """Outcomes of what is new, by place, and those whose effect on the streak must be stored for replays.

    Of several activities on a day that this batch opened, the first opened it.
    """
    new = set(recorded.new)
    opened = {
        (decision.learner_id, day): decision for decision in effects.decisions for day in decision.learner.opened_days
    }
    outcomes: dict[int, Outcome] = {}
    asked: list[Outcome] = []
    for place, submission in enumerate(batch.submissions):
        if submission not in new:
            continue
        is_counted, day = submission not in recorded.not_counted, (submission.learner_id, submission.local_day)
        outcomes[place] = outcome = Outcome(
            submission.id,
            "accepted",
            submission.learner_id,
            not_counted=None if is_counted else "once_key",
            points=submission.points if is_counted else 0,
            local_day=submission.local_day,
            sender=submission.sender,
            counted_seconds=recorded.counted_seconds.get(submission.key),
        )
        if submission.counts & STREAK and day in opened:
            decision = opened.pop(day)
            outcome.streak_outcome = outcome_for(decision.before, decision.after, submission.local_day, opened=True)
            outcome.is_new_record = decision.after.longest > decision.before.longest
            if submission.asks_streak:
                asked.append(outcome)
    return outcomes, asked


def _gains(batch: Batch, effects: Effects, unlocked: Mapping[UUID, Sequence[Unlocked]]) -> dict[Key, Gains]:
    """The activity that answers with each gain: each level change and unlock is in one answer only."""
    levels: dict[Key, list[LevelChange]] = defaultdict(list)
    causes = level_causes(batch, effects.new, effects.decisions)
    for decision in effects.decisions:
        for change in decision.level_changes:
            levels[causes[decision.learner_id, change.topic].key].append(change)
    unlocks: dict[Key, Sequence[Unlocked]] = {}
    if any(unlocked.values()):
        last = last_of_each_learner(batch, effects.new)
        unlocks = {last[learner_id].key: gained for learner_id, gained in unlocked.items()}
    return {key: Gains(levels.get(key, ()), unlocks.get(key, ())) for key in {*levels, *unlocks}}
