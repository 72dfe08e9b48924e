"""The sweep's common case: one day of a learner is over, and its snapshot directly follows the last one.

PostgreSQL adds the day's sums to those of the last snapshot; only the columns that decide the streak are fetched.
`snapshots.py` handles all other learners, from their first dirty day on.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from milepost.db.connection import Record, Writing
from milepost.db.tables import DAY_SUMS, SUMS
from milepost.queries.learners.facts import LOOK_AHEAD, LearnerFacts, learner_facts
from milepost.rules.history import streak_after
from milepost.rules.policy import Policy
from milepost.rules.streaks.streaks import EMPTY, StreakState

_STREAK = ("run", "longest", "last_met_day", "freezes", "progress", "alive_through")

# Conditions: no snapshot from that day on, no other day that is over since the last snapshot, no excuses, and at most
# one zone.
_NEXT = f"""
SELECT coalesce(z.zone, '') AS zone, k.learner_id, s.day AS last_day, k.day AS day, d.met,
    {", ".join(f"s.{name}" for name in _STREAK)}
FROM unnest($1::uuid[], $2::date[]) AS k(learner_id, day)
LEFT JOIN LATERAL (
    SELECT day, {", ".join(_STREAK)} FROM daily_snapshots t WHERE t.learner_id = k.learner_id ORDER BY day DESC LIMIT 1
) s ON true
CROSS JOIN LATERAL (
    SELECT bool_or(streak_activities > 0) FILTER (WHERE local_day = k.day) AS met,
        count(*) FILTER (WHERE local_day < k.day OR local_day > k.day AND closes_at <= $3) AS others
    FROM activity_days a WHERE a.learner_id = k.learner_id AND a.local_day > coalesce(s.day, '-infinity')
) d
CROSS JOIN LATERAL (
    SELECT count(*) AS zones, min(zone) AS zone FROM learner_zones l WHERE l.learner_id = k.learner_id
) z
CROSS JOIN LATERAL (SELECT count(*) AS excuses FROM streak_excuses f WHERE f.learner_id = k.learner_id) e
WHERE (s.day IS NULL OR s.day < k.day) AND d.met IS NOT NULL AND d.others = 0 AND z.zones < 2 AND e.excuses = 0
"""

_TYPES = ("uuid", "date", "date", "int", "int", "date", "int", "int", "date")
_INSERT = f"""
INSERT INTO daily_snapshots (learner_id, day, {", ".join((*DAY_SUMS, *SUMS, *_STREAK))})
SELECT k.learner_id, k.day, {", ".join(f"d.{name}" for name in SUMS)},
    {", ".join(f"d.{name} + coalesce(s.{name}, 0)" for name in SUMS)}, {", ".join(f"k.{name}" for name in _STREAK)}
FROM unnest({", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_TYPES, 1))})
    AS k(learner_id, day, last_day, {", ".join(_STREAK)})
JOIN activity_days d ON d.learner_id = k.learner_id AND d.local_day = k.day
LEFT JOIN daily_snapshots s ON s.learner_id = k.learner_id AND s.day = k.last_day
"""


async def snapshot_next_days(
    connection: Writing, learners: Sequence[UUID], days: Sequence[date], policy: Policy, now: datetime
) -> set[UUID]:
    """Take one snapshot of each of `learners` who has only the day at the same place in `days` due.

    The dirty marks from that day on are already cleared. Returns the learners that now have their snapshot.
    """
    rows = await connection.fetch(_NEXT, learners, days, now)
    if not rows:
        return set()
    by_zone: dict[str, list[Record]] = {}
    for row in rows:
        by_zone.setdefault(row[0], []).append(row)
    # Learners without excuses of their own have the same excused days if they share a zone.
    facts = await learner_facts(connection, [zone_rows[0][1] for zone_rows in by_zone.values()], policy)
    snapshots: list[tuple[object, ...]] = []
    for zone_rows in by_zone.values():
        snapshots += _snapshot_rows(zone_rows, facts[zone_rows[0][1]], policy)
    await connection.execute(_INSERT, *zip(*snapshots, strict=True))
    return {row[1] for row in rows}


def _snapshot_rows(rows: Sequence[Record], facts: LearnerFacts, policy: Policy) -> Iterable[tuple[object, ...]]:
    """Each learner with its day, the day of its last snapshot, and the streak. Equal steps are computed once."""
    first = min(row["last_met_day"] or row["day"] for row in rows)
    excused = facts.excused(first, max(row["day"] for row in rows) + LOOK_AHEAD, policy)
    steps: dict[tuple[object, ...], tuple[object, ...]] = {}
    for row in rows:
        key = row[3:]
        step = steps.get(key)
        if step is None:
            day, met, run, longest, last_met_day, freezes, progress, alive_through = key
            streak = EMPTY if run is None else StreakState(run, longest, last_met_day, freezes, progress)
            streak, alive_through = streak_after(streak, alive_through, day, met, excused, policy.streak)
            step = steps[key] = (*streak, alive_through)
        yield (row[1], row[3], row[2], *step)
