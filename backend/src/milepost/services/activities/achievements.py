"""What a batch unlocks, and which dates of what is held it moves back.

Looks only at what the batch touched: the sums that came back, the topics and counters it raised. What has to be read
besides is read for those learners alone to whom it matters, in one statement for all.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from operator import ge
from uuid import UUID

from milepost.db.connection import Writing
from milepost.queries.achievements.achievements import measured
from milepost.queries.achievements.catalogue import CatalogueInForce
from milepost.queries.learners.facts import AchievementCheck, LearnerFacts
from milepost.rules.achievements.catalogue import mask_from_bytes, mask_to_bytes
from milepost.rules.achievements.definitions import Definition, matches
from milepost.rules.achievements.earned_on import counts_achievements, is_dated_by_days
from milepost.rules.achievements.metrics import SUMMED_METRICS, Metrics
from milepost.rules.policy import Policy
from milepost.services.achievements.counters import count
from milepost.services.achievements.earned_days import earned_days
from milepost.services.achievements.unlocks import Giving, Unlocked, give, redate
from milepost.services.activities.statement import Decided
from milepost.services.activities.submission import Submission

_HELD = "SELECT learner_id, code, earned_on FROM unlocks WHERE learner_id = ANY($1::uuid[]) AND revoked_at IS NULL"
_EARNED_LATER = """
SELECT u.learner_id, array_agg(u.code), array_agg(u.earned_on)
FROM unnest($1::uuid[], $2::date[]) AS k(learner_id, first_day) JOIN unlocks u
    ON u.learner_id = k.learner_id AND u.earned_on > k.first_day
WHERE u.revoked_at IS NULL GROUP BY u.learner_id
"""
Due = Mapping[UUID, Sequence[Definition]]
Dates = dict[str, date]


async def unlock(
    connection: Writing,
    in_force: CatalogueInForce,
    decided: Sequence[Decided],
    batch: Sequence[Submission],
    facts: Mapping[UUID, LearnerFacts],
    policy: Policy,
    commit_id: UUID,
    now: datetime,
) -> None:
    """Give every learner in `decided` what `batch`, all of it new, unlocks, and note it there.

    The caller holds the locks and has written sums, levels and streaks.
    """
    counters = await _counted(connection, in_force, batch)
    due = await _due(connection, in_force, decided, counters, facts, policy)
    touched: dict[UUID, set[date]] = {}
    for sent in batch:
        touched.setdefault(sent.learner_id, set()).add(sent.local_day)
    late = {
        d.learner.learner_id: min(touched[d.learner.learner_id])
        for d in decided
        if _is_late(d, in_force, touched[d.learner.learner_id], due.get(d.learner.learner_id, ()))
    }
    dates = await _dates(connection, in_force, due, late, facts, policy, now) if late else {}
    givings = []
    for d in decided:
        learner_id, fresh = d.learner.learner_id, due.get(d.learner.learner_id)
        if fresh:
            mask = mask_from_bytes(d.learner.unlocked) | in_force.catalogue.mask_of(one.code for one in fresh)
            today, known, day = facts[learner_id].today(now), dates.get(learner_id, {}), max(touched[learner_id])
            earned = [Unlocked(one, known.get(one.code, day if is_dated_by_days(one) else today)) for one in fresh]
            givings.append(Giving(learner_id, d.learner.revision, today, mask, earned, d.notices))
    if givings:
        await give(connection, givings, commit_id, "activity", now)
        given = {giving.learner_id: giving.unlocked for giving in givings}
        for d in decided:
            d.unlocked = given.get(d.learner.learner_id, [])
        for giving in givings:
            achievement_check = facts[giving.learner_id].achievement_check
            if achievement_check is not None:
                facts[giving.learner_id].achievement_check = achievement_check._replace(
                    unlocked=mask_to_bytes(giving.mask)
                )


async def _counted(
    connection: Writing, in_force: CatalogueInForce, batch: Sequence[Submission]
) -> dict[UUID, dict[str, int]]:
    """The counters that this batch raises. Most activities of a batch are of few kinds: each kind is looked at once."""
    counted: dict[tuple[str, str, str | None], bool] = {}
    keys = []
    for sent in batch:
        kind = (sent.activity.object_type, sent.activity.verb, sent.activity.topic)
        is_counted = counted.get(kind)
        if is_counted is None:
            is_counted = counted[kind] = any(matches(where, *kind) for where in in_force.catalogue.filters)
        if is_counted:
            keys.append(sent.key)
    return await count(connection, keys) if keys else {}


async def _due(
    connection: Writing,
    in_force: CatalogueInForce,
    decided: Sequence[Decided],
    counters: Mapping[UUID, Mapping[str, int]],
    facts: Mapping[UUID, LearnerFacts],
    policy: Policy,
) -> dict[UUID, list[Definition]]:
    """What each learner is due, from what the batch touched; of whom that does not tell, everything is read."""
    catalogue = in_force.catalogue
    ranks = {level.name: rank for rank, level in enumerate(policy.skills.levels)}
    due: dict[UUID, list[Definition]] = {}
    lacking: dict[UUID, tuple[int, dict[str, int]]] = {}
    for d in decided:
        learner_id = d.learner.learner_id
        known, counted, sums = facts[learner_id], counters.get(learner_id, {}), _sums(d)
        changed = _changed(d, sums, counted, ranks, known.achievement_check, in_force.revision)
        if not changed:
            continue
        metrics = _metrics(d, sums, counted, ranks)
        if catalogue.needs_unread(metrics, changed):
            lacking[learner_id] = (metrics.unlocked, changed)
        elif fresh := catalogue.newly_unlocked(metrics, changed):
            due[learner_id] = fresh
        known.achievement_check = AchievementCheck(
            in_force.revision, d.learner.unlocked, catalogue.next_thresholds(sums)
        )
    if lacking:
        for learner_id, everything in (await measured(connection, list(lacking), policy)).items():
            unlocked, changed = lacking[learner_id]
            if fresh := catalogue.newly_unlocked(everything.metrics._replace(unlocked=unlocked), changed):
                due[learner_id] = fresh
    return due


def _sums(d: Decided) -> tuple[int, ...]:
    """The learner's sums after the batch, in the order in which `Metrics` begins."""
    learner, after = d.learner, d.after
    exercises, activities, points, seconds, perfect, no_hint, active_days, goals_met, milestones = learner.measures
    return (
        *(exercises, activities, points, seconds, active_days + learner.new_days, after.longest, after.run),
        *(perfect, no_hint, learner.topics + d.new_topics, goals_met + d.goals_met, milestones + len(d.reached)),
    )


def _changed(
    d: Decided,
    sums: Sequence[int],
    counters: Mapping[str, int],
    ranks: Mapping[str, int],
    achievement_check: AchievementCheck | None,
    revision: int,
) -> dict[str, int]:
    """The values that have come to a threshold since the learner was looked at, each with the least it may have passed;
    any may have passed any, if that is not known.

    What was held then must be held now: somebody else may have given something, or a mask may be lost.
    """
    if (
        achievement_check is None
        or achievement_check.catalogue_revision != revision
        or achievement_check.unlocked != d.learner.unlocked
    ):
        changed = {metric: 0 for metric in SUMMED_METRICS if metric is not None}
    elif any(map(ge, sums, achievement_check.next_thresholds)):
        horizon = zip(SUMMED_METRICS, sums, achievement_check.next_thresholds, strict=True)
        changed = {metric: ahead for metric, value, ahead in horizon if metric is not None and value >= ahead}
    else:
        changed = {}
    changed |= dict.fromkeys(counters, 0)
    if any(ranks[moved.to_level] > ranks.get(moved.from_level, 0) for moved in d.level_changes):
        changed["skill_level"] = 0
    return changed


def _metrics(d: Decided, sums: Sequence[int], counters: Mapping[str, int], ranks: Mapping[str, int]) -> Metrics:
    levels = {topic.topic: ranks.get(topic.level, 0) for topic in d.learner.touched_topics}
    for change in d.level_changes:
        levels[change.topic] = ranks[change.to_level]
    return Metrics._make((*sums, mask_from_bytes(d.learner.unlocked), levels, counters, False))


def _is_late(d: Decided, in_force: CatalogueInForce, touched: Collection[date], due: Sequence[Definition]) -> bool:
    """May what is due be dated otherwise than the batch's last day, or what is held be dated anew?

    Not when everything happened on the learner's last day, all before it had been looked at, and no date follows from
    the dates of others.
    """
    learner = d.learner
    if learner.catalogue_seen < in_force.decides or any(map(counts_achievements, due)):
        return True
    return touched != {learner.last_day}


async def _dates(
    connection: Writing,
    in_force: CatalogueInForce,
    due: Due,
    late: Mapping[UUID, date],
    facts: Mapping[UUID, LearnerFacts],
    policy: Policy,
    now: datetime,
) -> dict[UUID, Dates]:
    """The dates of what is due to learners in `late`, by code; what they hold and have earned earlier is dated anew.

    `late` says on which day the first of what is new happened: nothing earned by then can move.
    """
    catalogue = in_force.catalogue
    later: dict[UUID, Dates] = {}
    for learner_id, codes, days in await connection.fetch(_EARNED_LATER, list(late), list(late.values())):
        later[learner_id] = dict(zip(codes, days, strict=True))
    wanted: dict[UUID, list[Definition]] = {}
    for learner_id in late:
        codes = [code for code in later.get(learner_id, ()) if code in catalogue.entries]
        if codes or learner_id in due:
            held = [catalogue.entries[code].definition for code in codes]
            wanted[learner_id] = [*held, *due.get(learner_id, ())]
    if not wanted:
        return {}
    kept = await _kept(connection, wanted)
    for learner_id in wanted:
        today = facts[learner_id].today(now)
        kept[learner_id] |= dict.fromkeys((one.code for one in due.get(learner_id, ())), today)
    countable = [code for code, entry in catalogue.entries.items() if entry.mask & catalogue.countable]
    earned = await earned_days(connection, wanted, kept, countable, facts, policy)
    moved = [
        (learner_id, code, day)
        for learner_id, dates in earned.items()
        for code, day in dates.items()
        if day < later.get(learner_id, {}).get(code, day)
    ]
    await redate(connection, moved)
    return earned


async def _kept(connection: Writing, wanted: Mapping[UUID, Sequence[Definition]]) -> dict[UUID, Dates]:
    """When each learner earned everything held, of those for whom some date follows from the dates of others."""
    kept: dict[UUID, Dates] = {learner_id: {} for learner_id in wanted}
    asking = [learner_id for learner_id, definitions in wanted.items() if any(map(counts_achievements, definitions))]
    if asking:
        for learner_id, code, earned_on in await connection.fetch(_HELD, asking):
            kept[learner_id][code] = earned_on
    return kept
