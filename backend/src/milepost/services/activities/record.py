"""The write path: log, sums, and what the rules decide on them, for many learners in the caller's one transaction.

`record` never opens or ends a transaction. The steps are told in ARCHITECTURE.md, "One write followed through".
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import orjson

from milepost.db.connection import Writing
from milepost.queries.achievements.catalogue import CatalogueInForce
from milepost.queries.learners.facts import LearnerFacts
from milepost.queries.streaks.streaks import walk_streaks
from milepost.rules.activities import STREAK
from milepost.rules.days.calendar import day_end, local_day_and_offset
from milepost.rules.policy import Policy
from milepost.rules.skills import level_for
from milepost.rules.streaks.excuse_kinds import ExcusedKind
from milepost.rules.streaks.streaks import StreakState, advance, has_gap
from milepost.services.activities import statement
from milepost.services.activities.achievements import unlock
from milepost.services.activities.duplicates import Answered, classify_repeats
from milepost.services.activities.goals import meet_goals
from milepost.services.activities.memory import IntakeMemory
from milepost.services.activities.outages import refresh_stale_streaks, walk_pending
from milepost.services.activities.spaces import raise_spaces
from milepost.services.activities.statement import Decided, LearnerRow, Recorded
from milepost.services.activities.submission import (
    Committed,
    FactsMoved,
    Gained,
    LearnerChange,
    LevelChange,
    Outcome,
    Submission,
)
from milepost.services.activities.topics import beyond_topic_limit
from milepost.services.learners.zones import establish_zones

Key = tuple[UUID, str, str]
Facts = dict[UUID, LearnerFacts]
_DAY = timedelta(days=1)
_MET = """
SELECT d.learner_id FROM activity_days d
JOIN unnest($1::uuid[], $2::date[]) AS k(learner_id, local_day) USING (learner_id, local_day)
WHERE d.streak_activities > 0
"""


async def first_zones(
    connection: Writing,
    submissions: Sequence[Submission],
    memory: IntakeMemory,
    policy: Policy,
    now: datetime,
) -> None:
    """Write the first known zones of these learners in a transaction of its own, for callers that have none open.

    This locks learners first; `record` fills the log and then locks learners. Both in one transaction would wait in a
    circle with another transaction that brings one of the same ids.
    """
    claims = _claims(submissions)
    if not claims:
        return
    facts = await memory.facts.recall(connection, list(claims), policy)
    assumed = {learner_id: known for learner_id, known in facts.items() if known.zone_is_assumed}
    if assumed:
        async with connection.transaction():
            await establish_zones(connection, claims, assumed, policy, now)
        memory.facts.forget(assumed)


def _claims(submissions: Sequence[Submission]) -> dict[UUID, str]:
    """The zone each learner's own token names; the first of a batch stands."""
    return {sent.learner_id: sent.claimed_zone for sent in reversed(submissions) if sent.claimed_zone}


async def record(
    connection: Writing,
    submissions: Sequence[Submission],
    memory: IntakeMemory,
    policy: Policy,
    now: datetime,
) -> Committed:
    """Record a batch of activities and everything that follows from them.

    The answer has one outcome for each submission, in order. A repeat within the batch is compared with the first of
    its key.

    Raises:
        FactsMoved: a learner's facts changed meanwhile. Roll back and begin again.
    """
    learners = sorted({sent.learner_id for sent in submissions}, key=lambda learner: learner.int)
    facts = await memory.facts.recall(connection, learners, policy)
    facts = await establish_zones(connection, _claims(submissions), facts, policy, now)
    _decide_days(submissions, facts)
    refused = await beyond_topic_limit(connection, submissions, facts, policy.activities.topics_per_learner)

    kept = {place: sent for place, sent in enumerate(submissions) if place not in refused}
    first_of_key: dict[Key, Submission] = {}
    for sent in kept.values():
        first_of_key.setdefault(sent.key, sent)
    commit_id = uuid4()
    recorded, losers, decided = Recorded(set(), {}), set[Key](), list[Decided]()
    in_force = await memory.catalogue.recall(connection)
    if first_of_key:
        batch = sorted(first_of_key.values(), key=lambda sent: (sent.learner_id.int, sent.sender, sent.id))
        recorded, losers = await _into_log_and_sums(connection, batch, commit_id, policy, now)
        _check_facts(recorded, facts, in_force, memory, policy)
        fresh = batch if recorded.new is None else [sent for sent in batch if sent.key in recorded.new]
        decided = await _follow_up(connection, recorded, fresh, facts, commit_id, policy, now)
        if decided and not in_force.is_empty:
            await unlock(connection, in_force, decided, fresh, facts, policy, commit_id, now)
    new = first_of_key.keys() if recorded.new is None else recorded.new
    accepted = {place: sent for place, sent in kept.items() if sent.key in new and first_of_key[sent.key] is sent}
    answered = _accepted(accepted, commit_id, losers, decided)
    repeats = [(place, sent) for place, sent in kept.items() if place not in accepted]
    if repeats:
        found = await classify_repeats(connection, repeats, answered.changes, in_force.catalogue)
        await refresh_stale_streaks(connection, found.changes, facts, policy)
        answered.add(found)
    for place in refused:
        answered.outcomes[place] = _refused(submissions[place])
    await _tell_met_today(connection, answered.changes, facts, now)
    in_order = [answered.outcomes[place] for place in range(len(submissions))]
    return Committed(in_order, answered.changes, answered.gained, facts)


def _refused(sent: Submission) -> Outcome:
    return Outcome(sent.id, "rejected", sent.learner_id, reason="too_many_topics")


def _decide_days(submissions: Sequence[Submission], facts: Facts) -> None:
    """An activity's own zone decides its day alone; otherwise the learner's zone in force at its instant."""
    for sent in submissions:
        zone = sent.activity.zone or facts[sent.learner_id].zones.name_at(sent.occurred_at)
        sent.local_day, sent.utc_offset_minutes = local_day_and_offset(sent.occurred_at, zone)
        sent.day_ends_at = day_end(sent.local_day, zone)


def _accepted(
    accepted: dict[int, Submission], commit_id: UUID, losers: set[Key], decided: Sequence[Decided]
) -> Answered:
    """Outcomes of what is new, by place. Of several activities on a day opened by this batch, one has opened it."""
    opened = {(d.learner.learner_id, day) for d in decided for day in d.learner.opened_days}
    outcomes = {}
    for place, sent in accepted.items():
        lost_its_key, day = sent.key in losers, (sent.learner_id, sent.local_day)
        opened_day = bool(sent.counts & STREAK) and day in opened
        if opened_day:
            opened.remove(day)
        outcomes[place] = Outcome(
            sent.id,
            "accepted",
            sent.learner_id,
            not_counted="once_key" if lost_its_key else None,
            points=0 if lost_its_key else sent.points,
            local_day=sent.local_day,
            commit_id=commit_id,
            opened_day=opened_day,
        )
    changes = {d.learner.learner_id: d.change() for d in decided}
    commits = {(d.learner.learner_id, commit_id): Gained(d.level_changes, d.unlocked) for d in decided}
    return Answered(outcomes, changes, commits)


async def _into_log_and_sums(
    connection: Writing, batch: Sequence[Submission], commit_id: UUID, policy: Policy, now: datetime
) -> tuple[Recorded, set[Key]]:
    """Step 1 and 2: the log, the once-keys, the sums; and the keys of activities that are not counted.

    Where no once-key stands in the batch, log and sums are one statement.
    """
    first_level = policy.skills.levels[0].name
    arrays = statement.log_arrays(batch)
    if not any(sent.activity.once_key for sent in batch):
        row = await connection.fetchrow(statement.RECORD, *arrays, now, commit_id, first_level, len(batch))
        return statement.recorded_from(row, batch), set()
    new = [tuple(row) for row in await connection.fetch(statement.INSERT_ONLY, *arrays, now, commit_id)]
    if not new:
        return Recorded(set(), {}), set()
    keys = set(new)
    losers = await _settle_once_keys(connection, batch, keys)
    new.sort(key=lambda key: (key[0].int, key[1], key[2]))
    row = await connection.fetchrow(statement.SUM_UP, *map(list, zip(*new, strict=True)), first_level, 0)
    recorded = statement.recorded_from(row, [sent for sent in batch if sent.key in keys])
    return Recorded(keys, recorded.learners), losers


async def _settle_once_keys(connection: Writing, batch: Sequence[Submission], new: set[Key]) -> set[Key]:
    """Give each once-key to the first activity that names it; the keys of those that came too late."""
    claims: dict[tuple[UUID, str, str], Submission] = {}
    named = [sent for sent in batch if sent.activity.once_key and sent.key in new]
    for sent in sorted(named, key=lambda sent: (sent.occurred_at, sent.id)):
        claims.setdefault((sent.learner_id, sent.activity.object_type, sent.activity.once_key or ""), sent)
    rows = [(*claim, sent.sender, sent.id) for claim, sent in sorted(claims.items(), key=lambda item: _order(item[0]))]
    if not rows:
        return set()
    given = await connection.fetch(statement.SETTLE_ONCE_KEYS, *map(list, zip(*rows, strict=True)))
    losers = {sent.key for sent in named} - {tuple(row) for row in given}
    if losers:
        ordered = sorted(losers, key=_order)
        await connection.execute(statement.MARK_NOT_COUNTED, *map(list, zip(*ordered, strict=True)))
    return losers


def _order(key: Key) -> tuple[int, str, str]:
    return (key[0].int, key[1], key[2])


def _check_facts(
    recorded: Recorded, facts: Facts, in_force: CatalogueInForce, memory: IntakeMemory, policy: Policy
) -> None:
    """Under the locks now: were the days decided from facts that still hold? Then they are worth remembering.

    And is the catalogue the newest that any of these learners has been looked at with?

    Raises:
        FactsMoved: no.
    """
    limit = policy.activities.topics_per_learner
    for learner_id, learner in recorded.learners.items():
        known = facts[learner_id]
        topics = learner.topics + sum(topic.is_new for topic in learner.touched_topics)
        held = (learner.days_revision, learner.outage_revision) == (known.days_revision, known.outage_revision)
        if max(learner.catalogue_revision, learner.catalogue_seen) > in_force.revision:
            memory.catalogue.forget()
            raise FactsMoved(learner_id)
        if not held or topics > limit:
            memory.facts.forget(facts)
            raise FactsMoved(learner_id)
        known.topics = topics
    memory.facts.keep({learner_id: facts[learner_id] for learner_id in recorded.learners})


async def _follow_up(
    connection: Writing,
    recorded: Recorded,
    fresh: Sequence[Submission],
    facts: Facts,
    commit_id: UUID,
    policy: Policy,
    now: datetime,
) -> list[Decided]:
    """Steps 3 and 4: let the rules decide on what came back, and write what moved; `fresh` is what is new."""
    streaks = await _streaks_after(connection, recorded, facts, policy)
    decided = [
        Decided(learner, streaks[learner_id], _level_changes(learner, policy))
        for learner_id, learner in recorded.learners.items()
    ]
    if any(d.moved or d.level_changes for d in decided):
        bodies = [
            orjson.dumps({"topic": c.topic, "from": c.from_level, "to": c.to_level}).decode()
            for d in decided
            for c in d.level_changes
        ]
        await connection.execute(statement.FOLLOW_UP, *statement.follow_up_arguments(decided, commit_id, now, bodies))
    await meet_goals(connection, decided, fresh, facts, commit_id, now)
    await raise_spaces(connection, decided, fresh, commit_id, now)
    return decided


async def _tell_met_today(connection: Writing, changes: dict[UUID, LearnerChange], facts: Facts, now: datetime) -> None:
    """Whether each learner's today is met. Only who has flown west since the last met day has to be looked up."""
    travellers: dict[UUID, date] = {}
    for learner_id, change in changes.items():
        today, last = facts[learner_id].today(now), change.after.last_met_day
        change.met_today = last == today
        if last is not None and last > today:
            travellers[learner_id] = today
    if travellers:
        met = await connection.fetch(_MET, list(travellers), list(travellers.values()))
        for (learner_id,) in met:
            changes[learner_id].met_today = True


async def _streaks_after(
    connection: Writing, recorded: Recorded, facts: Facts, policy: Policy
) -> dict[UUID, StreakState]:
    """Each learner's streak after this batch. Only the first counted activity of a day can move it."""
    streaks: dict[UUID, StreakState] = {}
    late: Facts = {}
    pending: list[LearnerRow] = []
    for learner_id, learner in recorded.learners.items():
        last = learner.streak.last_met_day
        if last is not None and learner.outage_is_pending:
            pending.append(learner)
        elif last is not None and any(day < last for day in learner.opened_days):
            late[learner_id] = facts[learner_id]
        else:
            streaks[learner_id] = _advanced(learner, facts[learner_id], policy)
    if late:
        streaks.update(await walk_streaks(connection, late, policy))
    if pending:
        streaks.update(await walk_pending(connection, pending, facts, policy))
    return streaks


def _advanced(learner: LearnerRow, facts: LearnerFacts, policy: Policy) -> StreakState:
    streak = learner.streak
    for day in sorted(learner.opened_days):
        excused: dict[date, ExcusedKind] = {}
        if streak.last_met_day is not None and has_gap(streak, day):
            excused = facts.excused(streak.last_met_day + _DAY, day - _DAY, policy)
        streak = advance(streak, day, excused, policy.streak)
    return streak


def _level_changes(learner: LearnerRow, policy: Policy) -> list[LevelChange]:
    changes = []
    for topic in learner.touched_topics:
        level = level_for(topic.graded, topic.grade_milli, policy.skills, topic.level)
        if level != topic.level:
            changes.append(LevelChange(topic.topic, topic.level, level))
    return changes
