"""Where learners live: the first known zone, later changes, and the one way days are assigned anew."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import asyncpg

from milepost.errors import Conflict
from milepost.queries.learner_facts import LearnerFacts, learner_facts
from milepost.rules.calendar import ZoneHistory, day_end, local_day, local_day_and_offset
from milepost.rules.policy import Policy
from milepost.services.projections import lock_learners, rebuild_learners
from milepost.services.snapshots import excused_days_changed

ZoneSource = Literal["claim", "profile", "admin"]

_FIRST_ZONE = """
INSERT INTO learner_zones (learner_id, valid_from, zone, source, created_at) VALUES ($1, '-infinity', $2, $3, $4)
"""
_NEXT_ZONE = "INSERT INTO learner_zones (learner_id, valid_from, zone, source, created_at) VALUES ($1, $2, $3, $4, $2)"
_LAST_CHANGE = "SELECT max(valid_from) FROM learner_zones WHERE learner_id = $1 AND valid_from > '-infinity'"
_CURRENT_ZONE = """
UPDATE learners SET zone = $2, zone_source = $3, revision = revision + 1, days_revision = days_revision + 1
WHERE learner_id = $1
"""
_LOG = """
SELECT sender, id, zone, occurred_at, local_day, utc_offset_minutes, day_ends_at FROM activities WHERE learner_id = $1
"""
_ASSIGN = """
UPDATE activities a SET local_day = u.local_day, utc_offset_minutes = u.utc_offset_minutes, day_ends_at = u.day_ends_at
FROM unnest($2::text[], $3::text[], $4::date[], $5::smallint[], $6::timestamptz[])
    AS u(sender, id, local_day, utc_offset_minutes, day_ends_at)
WHERE a.learner_id = $1 AND (a.sender, a.id) = (u.sender, u.id)
"""


async def establish_zones(
    connection: asyncpg.Connection,
    claims: Mapping[UUID, str],
    facts: dict[UUID, LearnerFacts],
    policy: Policy,
    now: datetime,
) -> dict[UUID, LearnerFacts]:
    """Write the first known zone of every learner whose own token claims one while it is assumed; the facts afterwards.

    Rare: once in a learner's life. Then the locks of all learners in `facts` are taken here, in the common order.
    """
    claims = {
        learner_id: zone
        for learner_id, zone in claims.items()
        if learner_id in facts and facts[learner_id].zone_is_assumed
    }
    if not claims:
        return facts
    await lock_learners(connection, list(facts))
    locked = await learner_facts(connection, list(claims), policy)
    for learner_id, zone in claims.items():
        if locked[learner_id].zone_is_assumed:
            await establish_zone(connection, learner_id, zone, "claim", policy, now)
    return await learner_facts(connection, list(facts), policy)


async def establish_zone(
    connection: asyncpg.Connection, learner_id: UUID, zone: str, source: ZoneSource, policy: Policy, now: datetime
) -> None:
    """The first zone anybody named for a learner: valid from ever, and days assigned by assumption are assigned anew.

    The caller holds the learner's lock and has seen that the zone is still assumed.
    """
    await connection.execute(_FIRST_ZONE, learner_id, zone, source, now)
    await connection.execute(_CURRENT_ZONE, learner_id, zone, source)
    await reassign_days(connection, learner_id, ZoneHistory.always(zone), policy, now)


async def change_zone(
    connection: asyncpg.Connection, learner_id: UUID, zone: str, policy: Policy, now: datetime
) -> None:
    """A learner says where it lives now. The first time the whole past moves along; later only what comes.

    The zone already in force changes nothing.

    Raises:
        Conflict: `zone_changed_recently`; the sentence says when it is allowed again.
    """
    await lock_learners(connection, [learner_id])
    facts = (await learner_facts(connection, [learner_id], policy))[learner_id]
    if facts.zone_is_assumed:
        await establish_zone(connection, learner_id, zone, "profile", policy, now)
        return
    if facts.zones.current == zone:
        return
    changed_at: datetime | None = await connection.fetchval(_LAST_CHANGE, learner_id)
    if changed_at is not None:
        allowed_at = changed_at + timedelta(hours=policy.days.zone_change_interval_hours)
        if now < allowed_at:
            again = allowed_at.isoformat(timespec="seconds").replace("+00:00", "Z")
            hours = policy.days.zone_change_interval_hours
            raise Conflict("zone_changed_recently", f"The zone may change once in {hours} hours; again from {again}.")
    await connection.execute(_NEXT_ZONE, learner_id, now, zone, "profile")
    await connection.execute(_CURRENT_ZONE, learner_id, zone, "profile")
    # Travel makes days too short to be missed.
    first_day = min(local_day(now, facts.zones.current), local_day(now, zone))
    await excused_days_changed(connection, learner_id, first_day)


async def reassign_days(
    connection: asyncpg.Connection, learner_id: UUID, zones: ZoneHistory, policy: Policy, now: datetime
) -> None:
    """Decide the day of every activity of a learner anew and rebuild what was summed by day.

    An activity that brought its own zone keeps its day. The caller holds the learner's lock.
    """
    moved = []
    for sender, activity_id, own_zone, occurred_at, *stored in await connection.fetch(_LOG, learner_id):
        zone = own_zone or zones.name_at(occurred_at)
        day, offset = local_day_and_offset(occurred_at, zone)
        decided = [day, offset, day_end(day, zone)]
        if decided != stored:
            moved.append((sender, activity_id, *decided))
    if moved:
        await connection.execute(_ASSIGN, learner_id, *map(list, zip(*moved, strict=True)))
        await rebuild_learners(connection, [learner_id], policy, now)
