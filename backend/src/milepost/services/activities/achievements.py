"""What a batch unlocks, and the dates of earlier unlocks that it moves back.

Checks only what the batch touched: the sums that came back, the topics and counters it raised. Anything else is read
only for the learners who need it, in one statement for all of them.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from operator import ge
from uuid import UUID

from milepost.db.connection import Writing
from milepost.queries.achievements.achievements import learner_measures
from milepost.queries.achievements.catalogue import CatalogueInForce
from milepost.queries.learners.facts import AchievementCheck
from milepost.rules.achievements.catalogue import mask_from_bytes, mask_to_bytes
from milepost.rules.achievements.conditions import MetricValues
from milepost.rules.achievements.definitions import Definition, matches
from milepost.rules.achievements.earned_on import counts_achievements, is_dated_by_days
from milepost.rules.achievements.metrics import LEVELS_METRIC, SUMMED_METRICS, place_of
from milepost.services.achievements.counters import count
from milepost.services.achievements.earned_days import earned_days
from milepost.services.achievements.unlocks import DueUnlocks, Unlocked, redate, store_unlocks
from milepost.services.activities.batch import Batch
from milepost.services.activities.effects import Decision, Effects, last_of_each_learner
from milepost.services.activities.statement import LearnerRow
from milepost.services.activities.submission import Submission

_HELD = "SELECT learner_id, code, earned_on FROM unlocks WHERE learner_id = ANY($1::uuid[]) AND revoked_at IS NULL"
_EARNED_LATER = """
SELECT u.learner_id, array_agg(u.code), array_agg(u.earned_on)
FROM unnest($1::uuid[], $2::date[]) AS k(learner_id, first_day) JOIN unlocks u
    ON u.learner_id = k.learner_id AND u.earned_on > k.first_day
WHERE u.revoked_at IS NULL GROUP BY u.learner_id
"""
_ACTIVE_DAYS, _LONGEST, _TOPICS = map(place_of, ("active_days", "longest", "topics"))
_GOALS_MET, _MILESTONES_REACHED = map(place_of, ("goals_met", "milestones_reached"))

Due = Mapping[UUID, Sequence[Definition]]
Dates = dict[str, date]


async def unlock(connection: Writing, batch: Batch, effects: Effects) -> dict[UUID, list[Unlocked]]:
    """Store what the new activities of the batch unlock. Returns it by learner.

    The caller holds the locks, has written sums, levels and streaks, and writes the notices.
    """
    counters = await _counted(connection, batch.in_force, effects.new)
    due = await _due(connection, batch, effects, counters)
    touched: dict[UUID, set[date]] = {}
    for submission in effects.new:
        touched.setdefault(submission.learner_id, set()).add(submission.local_day)
    late: dict[UUID, date] = {}
    for decision in effects.decisions:
        learner, days = decision.learner, touched[decision.learner_id]
        if _is_late(learner, batch.in_force, days, due.get(learner.learner_id, ())):
            late[learner.learner_id] = min(days)
    dates = await _dates(connection, batch, due, late) if late else {}
    if not due:
        return {}
    causes = last_of_each_learner(batch, effects.new)
    due_unlocks = [
        _due_unlocks(
            batch,
            decision.learner,
            definitions,
            dates.get(decision.learner_id, {}),
            last_day=max(touched[decision.learner_id]),
            cause=causes[decision.learner_id],
        )
        for decision in effects.decisions
        if (definitions := due.get(decision.learner_id))
    ]
    unlocked = await store_unlocks(connection, due_unlocks, batch.commit_id, "activity", batch.now)
    for learner_due in due_unlocks:
        facts = batch.facts[learner_due.learner_id]
        if facts.achievement_check is not None:
            facts.achievement_check = facts.achievement_check._replace(unlocked=mask_to_bytes(learner_due.mask))
    return unlocked


def _due_unlocks(
    batch: Batch,
    learner: LearnerRow,
    definitions: Sequence[Definition],
    dates: Dates,
    last_day: date,
    cause: Submission,
) -> DueUnlocks:
    """The definitions due to one learner, with their dates: where none was worked out, `last_day` of the batch."""
    mask = mask_from_bytes(learner.unlocked) | batch.in_force.catalogue.mask_of(
        definition.code for definition in definitions
    )
    today = batch.today(learner.learner_id)
    unlocked = [
        Unlocked(definition, dates.get(definition.code, last_day if is_dated_by_days(definition) else today))
        for definition in definitions
    ]
    return DueUnlocks(learner.learner_id, mask, unlocked, (cause.sender, cause.id))


async def _counted(
    connection: Writing, in_force: CatalogueInForce, new: Sequence[Submission]
) -> dict[UUID, dict[str, int]]:
    """The counters that this batch raises. A batch has few kinds of activities, so each kind is matched only once."""
    matched: dict[tuple[str, str, str | None], bool] = {}
    keys = []
    for submission in new:
        kind = (submission.activity.object_type, submission.activity.verb, submission.activity.topic)
        is_counted = matched.get(kind)
        if is_counted is None:
            is_counted = matched[kind] = any(matches(where, *kind) for where in in_force.catalogue.filters)
        if is_counted:
            keys.append(submission.key)
    return await count(connection, keys) if keys else {}


async def _due(
    connection: Writing, batch: Batch, effects: Effects, counters: Mapping[UUID, Mapping[str, int]]
) -> dict[UUID, list[Definition]]:
    """What each learner is due, judged by what the batch touched. Where that is not enough, everything is read."""
    catalogue, revision = batch.in_force.catalogue, batch.in_force.revision
    ranks = {level.name: rank for rank, level in enumerate(batch.policy.skills.levels)}
    due: dict[UUID, list[Definition]] = {}
    incomplete: dict[UUID, tuple[int, dict[str, int]]] = {}
    for decision in effects.decisions:
        learner_id = decision.learner_id
        facts, counted, sums = batch.facts[learner_id], counters.get(learner_id, {}), _sums(decision, effects)
        changed = _changed(decision, sums, counted, ranks, facts.achievement_check, revision)
        if not changed:
            continue
        values = _values(decision, sums, counted, ranks)
        if catalogue.needs_unread(values, changed):
            incomplete[learner_id] = (values.unlocked, changed)
        elif definitions := catalogue.newly_unlocked(values, changed):
            due[learner_id] = definitions
        facts.achievement_check = AchievementCheck(revision, decision.learner.unlocked, catalogue.next_thresholds(sums))
    if incomplete:
        for learner_id, everything in (await learner_measures(connection, list(incomplete), batch.policy)).items():
            unlocked, changed = incomplete[learner_id]
            if definitions := catalogue.newly_unlocked(everything.values._replace(unlocked=unlocked), changed):
                due[learner_id] = definitions
    return due


def _sums(decision: Decision, effects: Effects) -> tuple[int, ...]:
    """The learner's sums after the batch, in the order of `METRIC_COLUMNS`: the row's, with what the rules decided."""
    learner = decision.learner
    sums = list(learner.sums)
    sums[_ACTIVE_DAYS] += learner.new_days
    sums[_LONGEST] = decision.after.longest
    sums[_TOPICS] += decision.new_topics
    sums[_GOALS_MET] += effects.goals_met.get(learner.learner_id, 0)
    sums[_MILESTONES_REACHED] += len(effects.milestones.get(learner.learner_id, ()))
    return tuple(sums)


def _changed(
    decision: Decision,
    sums: Sequence[int],
    counters: Mapping[str, int],
    ranks: Mapping[str, int],
    last_check: AchievementCheck | None,
    revision: int,
) -> dict[str, int]:
    """The metrics that may have passed a threshold since the learner was last checked.

    Each comes with the lowest threshold it may have passed: 0 where that is unknown. Then, and where another commit has
    changed what the learner holds (or the mask was lost), every metric may have.
    """
    if (
        last_check is None
        or last_check.catalogue_revision != revision
        or last_check.unlocked != decision.learner.unlocked
    ):
        changed = {metric.name: 0 for metric in SUMMED_METRICS}
    elif any(map(ge, sums, last_check.next_thresholds)):
        thresholds = zip(SUMMED_METRICS, sums, last_check.next_thresholds, strict=True)
        changed = {metric.name: threshold for metric, value, threshold in thresholds if value >= threshold}
    else:
        changed = {}
    changed |= dict.fromkeys(counters, 0)
    if any(ranks[change.to_level] > ranks.get(change.from_level, 0) for change in decision.level_changes):
        changed[LEVELS_METRIC] = 0
    return changed


def _values(
    decision: Decision, sums: tuple[int, ...], counters: Mapping[str, int], ranks: Mapping[str, int]
) -> MetricValues:
    levels = {topic.topic: ranks.get(topic.level, 0) for topic in decision.learner.touched_topics}
    for change in decision.level_changes:
        levels[change.topic] = ranks[change.to_level]
    mask = mask_from_bytes(decision.learner.unlocked)
    return MetricValues(sums, decision.after.run, mask, levels, counters, False)


def _is_late(
    learner: LearnerRow, in_force: CatalogueInForce, touched: Collection[date], due: Sequence[Definition]
) -> bool:
    """Whether something due may be dated before the batch's last day, or something held may be re-dated.

    Not when everything happened on the learner's last day, by a catalogue the learner has been checked with, and no
    date follows from the dates of other achievements.
    """
    if learner.catalogue_seen < in_force.decides or any(map(counts_achievements, due)):
        return True
    return touched != {learner.last_day}


async def _dates(connection: Writing, batch: Batch, due: Due, late: Mapping[UUID, date]) -> dict[UUID, Dates]:
    """The dates of what is due to learners in `late`, by code. What they hold and have earned earlier is re-dated.

    `late` has the first day on which something new happened: nothing earned by then can move.
    """
    catalogue = batch.in_force.catalogue
    later: dict[UUID, Dates] = {}
    for learner_id, codes, days in await connection.fetch(_EARNED_LATER, list(late), list(late.values())):
        later[learner_id] = dict(zip(codes, days, strict=True))
    to_date: dict[UUID, list[Definition]] = {}
    for learner_id in late:
        codes = [code for code in later.get(learner_id, ()) if code in catalogue.entries]
        if codes or learner_id in due:
            held = [catalogue.entries[code].definition for code in codes]
            to_date[learner_id] = [*held, *due.get(learner_id, ())]
    if not to_date:
        return {}
    dates_held = await _dates_held(connection, to_date)
    for learner_id in to_date:
        today = batch.today(learner_id)
        dates_held[learner_id] |= dict.fromkeys((definition.code for definition in due.get(learner_id, ())), today)
    countable = [code for code, entry in catalogue.entries.items() if entry.mask & catalogue.countable]
    earned = await earned_days(connection, to_date, dates_held, countable, batch.facts, batch.policy)
    moved = [
        (learner_id, code, day)
        for learner_id, dates in earned.items()
        for code, day in dates.items()
        if day < later.get(learner_id, {}).get(code, day)
    ]
    await redate(connection, moved)
    return earned


async def _dates_held(connection: Writing, to_date: Mapping[UUID, Sequence[Definition]]) -> dict[UUID, Dates]:
    """When each learner earned everything held: read only where some date follows from the dates of others."""
    dates: dict[UUID, Dates] = {learner_id: {} for learner_id in to_date}
    learners = [learner_id for learner_id, definitions in to_date.items() if any(map(counts_achievements, definitions))]
    if learners:
        for learner_id, code, earned_on in await connection.fetch(_HELD, learners):
            dates[learner_id][code] = earned_on
    return dates
