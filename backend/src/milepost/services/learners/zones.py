"""Learners' time zones: the first known zone, later changes, and the only way to reassign days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_learners
from milepost.errors import Conflict, Fault, FaultCode, Invalid, NotFound
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.queries.learners.profile import zone_change_allowed_at
from milepost.queries.mastery.eases import ExerciseDay, eases_of_days
from milepost.rules.days.activity_days import decide_day
from milepost.rules.days.calendar import ZoneHistory, ZonePeriod, local_day
from milepost.rules.days.wording import quantity
from milepost.rules.days.zone_changes import MAX_ZONE_PERIODS, Misplacement, first_misplaced
from milepost.rules.policy import Policy
from milepost.services.achievements.reconcile import reconcile
from milepost.services.history.snapshots import mark_all_snapshots_stale, mark_snapshots_stale
from milepost.services.projections.goal_periods import settle_goals, settle_goals_of, settle_planned_goals
from milepost.services.projections.goal_versions import recheck_goals
from milepost.services.projections.planner_days import replan
from milepost.services.projections.refill import rebuild_learners
from milepost.services.projections.streaks import restreak

ZoneSource = Literal["activity", "claim", "profile", "admin"]

_FIRST_ZONE = """
INSERT INTO learner_zones (learner_id, valid_from, zone, source, created_at) VALUES ($1, '-infinity', $2, $3, $4)
"""
# Learners without any activity yet. They have no days to reassign.
_NEW_AMONG = "SELECT learner_id FROM learners WHERE learner_id = ANY($1::uuid[]) AND revision = 0 AND activities = 0"
_FIRST_ZONES = """
WITH named AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) AS u(learner_id, zone, source)
), stored AS (
    INSERT INTO learner_zones (learner_id, valid_from, zone, source, created_at)
    SELECT learner_id, '-infinity', zone, source, $4 FROM named
)
UPDATE learners l SET zone = n.zone, zone_source = n.source, revision = l.revision + 1,
    days_revision = l.days_revision + 1
FROM named n WHERE l.learner_id = n.learner_id
"""
# An imported period may begin at the same instant.
_NEXT_ZONE = """
INSERT INTO learner_zones (learner_id, valid_from, zone, source, created_at) VALUES ($1, $2, $3, $4, $2)
ON CONFLICT (learner_id, valid_from) DO UPDATE SET zone = $3, source = $4
"""
_LEARNER_EXISTS = "SELECT 1 FROM learners WHERE learner_id = $1"
_DELETE_ZONES = "DELETE FROM learner_zones WHERE learner_id = $1"
_INSERT_ZONES = """
INSERT INTO learner_zones (learner_id, valid_from, zone, source, created_at)
SELECT $1, coalesce(valid_from, '-infinity'), zone, 'admin', $4
FROM unnest($2::timestamptz[], $3::text[]) AS u(valid_from, zone)
"""
_ADOPT_ZONES = """
INSERT INTO learner_zones (learner_id, valid_from, zone, source, created_at)
SELECT $2, valid_from, zone, source, created_at FROM learner_zones WHERE learner_id = $1
"""
_SET_CURRENT_ZONE = """
UPDATE learners SET zone = $2, zone_source = $3, revision = revision + 1, days_revision = days_revision + 1
WHERE learner_id = $1
"""
_REVISION = "SELECT revision FROM learners WHERE learner_id = $1"
_LOG = """
SELECT sender, id, zone, occurred_at, received_at, local_day, utc_offset_minutes, day_ends_at, day_seconds
FROM activities WHERE learner_id = $1
"""
# Returns the grades that may have come to a day with other eases.
_UPDATE_DAYS = """
UPDATE activities a SET local_day = u.local_day, utc_offset_minutes = u.utc_offset_minutes, day_ends_at = u.day_ends_at,
    day_seconds = u.day_seconds
FROM unnest($2::text[], $3::text[], $4::date[], $5::smallint[], $6::timestamptz[], $7::int[])
    AS u(sender, id, local_day, utc_offset_minutes, day_ends_at, day_seconds)
WHERE a.learner_id = $1 AND (a.sender, a.id) = (u.sender, u.id)
RETURNING CASE WHEN a.typical_milli IS NOT NULL THEN a.topic END, coalesce(a.object_id, ''), a.local_day, a.sender,
    a.id, a.typical_milli
"""
_UPDATE_TYPICAL = """
UPDATE activities a SET typical_milli = u.typical_milli
FROM unnest($2::text[], $3::text[], $4::int[]) AS u(sender, id, typical_milli)
WHERE a.learner_id = $1 AND (a.sender, a.id) = (u.sender, u.id)
"""

_MISPLACED: dict[Misplacement, tuple[str, FaultCode]] = {
    "without_beginning": ("may be null only in the first period", "missing"),
    "not_ascending": ("must be after the `valid_from` of the previous period", "reversed"),
    "ahead_of_now": ("must not be in the future", "in_the_future"),
}


class FirstZone(NamedTuple):
    """A zone that may become the first known one of a learner, and who named it."""

    name: str
    source: ZoneSource


class DecidedDays(NamedTuple):
    """How many activities a learner has, how many of them moved, and the days they left or came to."""

    activities: int
    moved: int
    days: set[date]


@dataclass(frozen=True, slots=True)
class ImportedZones:
    """The result of an import: how many activities changed their day, its offset or its end; the replaced periods."""

    moved: int
    replaced: Sequence[ZonePeriod]
    revision: int


async def establish_zones(
    connection: Writing,
    claims: Mapping[UUID, str],
    facts: dict[UUID, LearnerFacts],
    policy: Policy,
    now: datetime,
) -> dict[UUID, LearnerFacts]:
    """Set the first known zone of every learner whose own token claims one while theirs is assumed.

    Happens once per learner; it then locks these learners, in the common order. Returns the facts afterwards.
    """
    named = {
        learner_id: FirstZone(zone, "claim")
        for learner_id, zone in claims.items()
        if learner_id in facts and facts[learner_id].zone_is_assumed
    }
    if not named:
        return facts
    await establish_first_zones(connection, named, policy, now)
    return await learner_facts(connection, list(facts), policy)


async def establish_first_zones(
    connection: Writing, named: Mapping[UUID, FirstZone], policy: Policy, now: datetime
) -> None:
    """Set the first known zone of each of these learners whose zone is still assumed. Locks them, in order."""
    await lock_learners(connection, list(named))
    locked = await learner_facts(connection, list(named), policy)
    assumed = {learner_id: zone for learner_id, zone in named.items() if locked[learner_id].zone_is_assumed}
    new = [row[0] for row in await connection.fetch(_NEW_AMONG, list(assumed))]
    if new:
        # A batch of a service may bring very many of them.
        names, sources = zip(*(assumed[learner_id] for learner_id in new), strict=True)
        await connection.execute(_FIRST_ZONES, new, names, sources, now)
    for learner_id in assumed.keys() - set(new):
        zone = assumed[learner_id]
        await establish_zone(connection, learner_id, zone.name, zone.source, policy, now)


async def establish_zone(
    connection: Writing, learner_id: UUID, zone: str, source: ZoneSource, policy: Policy, now: datetime
) -> None:
    """Set a learner's first known zone. It is valid for all time, and all days of the assumed zone are reassigned.

    The caller holds the learner's lock and has checked that the zone is still assumed.
    """
    await connection.execute(_FIRST_ZONE, learner_id, zone, source, now)
    await connection.execute(_SET_CURRENT_ZONE, learner_id, zone, source)
    await reassign_days(connection, learner_id, ZoneHistory.always(zone), policy, now)


async def change_zone(connection: Writing, learner_id: UUID, zone: str, policy: Policy, now: datetime) -> None:
    """Change the zone a learner lives in. The first known zone also applies to the past, a later one from `now` on.

    Setting the current zone changes nothing.

    Raises:
        Conflict: `zone_changed_recently`; the sentence says when the zone may change again. `too_many_zone_changes`.
    """
    await lock_learners(connection, [learner_id])
    facts = (await learner_facts(connection, [learner_id], policy))[learner_id]
    if facts.zone_is_assumed:
        await establish_zone(connection, learner_id, zone, "profile", policy, now)
        return
    if facts.zones.current == zone:
        return
    allowed_at = await zone_change_allowed_at(connection, learner_id, policy)
    if allowed_at is not None and now < allowed_at:
        again = allowed_at.isoformat(timespec="seconds").replace("+00:00", "Z")
        hours = policy.days.zone_change_interval_hours
        sentence = f"The zone may change once in {quantity(hours, 'hour')}; the next change is possible from {again}."
        raise Conflict("zone_changed_recently", sentence, {"allowed_at": allowed_at})
    if len(facts.zones.periods) >= MAX_ZONE_PERIODS:
        detail = f"The zone has changed {MAX_ZONE_PERIODS} times; an administrator can import a shorter history."
        raise Conflict("too_many_zone_changes", detail, {"max": MAX_ZONE_PERIODS})
    await connection.execute(_NEXT_ZONE, learner_id, now, zone, "profile")
    await connection.execute(_SET_CURRENT_ZONE, learner_id, zone, "profile")
    today = local_day(now, zone)
    await recheck_goals(connection, learner_id, today, now)
    # Travel shortens days, and short ones are excused. Such a day may precede a day already met in the other zone.
    first_day = min(local_day(now, facts.zones.current), today)
    await mark_snapshots_stale(connection, learner_id, first_day, now)
    facts_now = await _recompute_streak(connection, learner_id, policy, now)
    replanned = await replan(connection, learner_id, facts_now.zones, since=now, first_day=first_day)
    await settle_goals(connection, {learner_id: {today}}, {learner_id: facts_now}, policy, now)
    await settle_planned_goals(connection, learner_id, replanned, facts_now, policy, now)


async def import_zones(
    connection: Writing, learner_id: UUID, periods: Sequence[ZonePeriod], policy: Policy, now: datetime
) -> ImportedZones:
    """Replace a learner's zone history with the one an administrator imports, and reassign every day.

    Raises:
        NotFound: `learner_not_found`.
        Invalid: `impossible_zones`, the periods do not ascend up to `now`.
    """
    misplaced = first_misplaced([period.valid_from for period in periods], now)
    if misplaced is not None:
        index, reason = misplaced
        fault = Fault(f"/{index}/valid_from", *_MISPLACED[reason])
        raise Invalid("impossible_zones", "The periods are not a valid zone history.", (fault,))
    if await connection.fetchval(_LEARNER_EXISTS, learner_id) is None:
        # Before the lock: locking would create a row for an unknown learner.
        raise NotFound("learner_not_found", "There is no such learner.")
    await lock_learners(connection, [learner_id])
    before = (await learner_facts(connection, [learner_id], policy))[learner_id]
    await connection.execute(_DELETE_ZONES, learner_id)
    starts, names = [period.valid_from for period in periods], [period.name for period in periods]
    await connection.execute(_INSERT_ZONES, learner_id, starts, names, now)
    await connection.execute(_SET_CURRENT_ZONE, learner_id, names[-1], "admin")
    moved = await reassign_days(connection, learner_id, ZoneHistory(tuple(periods)), policy, now)
    replaced = () if before.zone_is_assumed else before.zones.periods
    return ImportedZones(moved, replaced, await connection.fetchval(_REVISION, learner_id))


async def reassign_days(
    connection: Writing, learner_id: UUID, zones: ZoneHistory, policy: Policy, now: datetime
) -> int:
    """Reassign the day of every activity of a learner and rebuild the sums by day. Returns how many activities moved.

    An activity that was sent with its own zone keeps its day, unless that is now after the learner's own date. Plans
    store no days and always move. The caller holds the learner's lock.
    """
    decided = await decide_days_again(connection, learner_id, zones)
    today = local_day(now, zones.current)
    await recheck_goals(connection, learner_id, today, now)
    if decided.moved:
        await rebuild_learners(connection, [learner_id], policy, now, days_moved=True)
    elif decided.activities:
        # The zones still decide which days an outage touched, and which days were shortened or skipped.
        await mark_all_snapshots_stale(connection, [learner_id], now)
        await _recompute_streak(connection, learner_id, policy, now)
    touched = decided.days | {today} | await replan(connection, learner_id, zones)
    await settle_goals_of(connection, learner_id, touched, policy, now)
    return decided.moved


async def decide_days_again(connection: Writing, learner_id: UUID, zones: ZoneHistory) -> DecidedDays:
    """Decide the day of every activity of a learner by these zones, and store it. Rebuilds nothing.

    The caller holds the learner's lock.
    """
    log = await connection.fetch(_LOG, learner_id)
    moved = []
    touched: set[date] = set()
    for sender, activity_id, own_zone, occurred_at, received_at, *stored in log:
        decided = decide_day(occurred_at, received_at, own_zone, zones)
        if decided != tuple(stored):
            moved.append((sender, activity_id, *decided))
            touched |= {decided.day, stored[0]}
    if moved:
        rows = await connection.fetch(_UPDATE_DAYS, learner_id, *map(list, zip(*moved, strict=True)))
        await _decide_typical_again(connection, learner_id, [tuple(row) for row in rows if row[0] is not None])
    return DecidedDays(len(log), len(moved), touched)


async def _decide_typical_again(
    connection: Writing, learner_id: UUID, graded: Sequence[tuple[str, str, date, str, str, int]]
) -> None:
    """Decide what is typical of grades by the eases of the days on which they are now."""
    eases = await eases_of_days(connection, [ExerciseDay(*row[:3]) for row in graded])
    changed = [
        (sender, activity_id, ease.typical_milli)
        for (*_, sender, activity_id, stored), ease in zip(graded, eases, strict=True)
        if ease.typical_milli != stored
    ]
    if changed:
        await connection.execute(_UPDATE_TYPICAL, learner_id, *map(list, zip(*changed, strict=True)))


async def adopt_zones(connection: Writing, source: UUID, target: UUID, zone: str, zone_source: str) -> None:
    """Give a learner whose zone is assumed the zone history of another. The caller holds both locks."""
    await connection.execute(_ADOPT_ZONES, source, target)
    await connection.execute(_SET_CURRENT_ZONE, target, zone, zone_source)


async def _recompute_streak(connection: Writing, learner_id: UUID, policy: Policy, now: datetime) -> LearnerFacts:
    """Recompute the streak from the current excused days and unlock what it earns. Returns the learner's facts."""
    facts = await learner_facts(connection, [learner_id], policy)
    await restreak(connection, facts, policy)
    await reconcile(connection, [learner_id], policy, now, tells=False)
    return facts[learner_id]
