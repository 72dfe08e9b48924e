"""The sweep's common case: one day of a learner is over, and its snapshot comes directly after the last one.

Its sums are that one's and the day's, added where they stand; only what decides the streak travels. Whoever has more
to do is left to `snapshots.py`, which does it from the first marked day on.
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

# Nothing was taken from that day on, no other day that is over lies behind the last snapshot, the learner has been told
# no excuse and has lived in one zone at most.
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
_KEEP = f"""
INSERT INTO daily_snapshots (learner_id, day, {", ".join((*DAY_SUMS, *SUMS, *_STREAK))})
SELECT k.learner_id, k.day, {", ".join(f"d.{name}" for name in SUMS)},
    {", ".join(f"d.{name} + coalesce(s.{name}, 0)" for name in SUMS)}, {", ".join(f"k.{name}" for name in _STREAK)}
FROM unnest({", ".join(f"${place}::{kind}[]" for place, kind in enumerate(_TYPES, 1))})
    AS k(learner_id, day, last_day, {", ".join(_STREAK)})
JOIN activity_days d ON d.learner_id = k.learner_id AND d.local_day = k.day
LEFT JOIN daily_snapshots s ON s.learner_id = k.learner_id AND s.day = k.last_day
"""


async def take_next_days(
    connection: Writing, learners: Sequence[UUID], days: Sequence[date], policy: Policy, now: datetime
) -> set[UUID]:
    """Of these learners, whose marks are cleared from the day beside each on, take those of whom just that day is due.

    Returns who was taken: one snapshot each.
    """
    rows = await connection.fetch(_NEXT, learners, days, now)
    if not rows:
        return set()
    by_zone: dict[str, list[Record]] = {}
    for row in rows:
        by_zone.setdefault(row[0], []).append(row)
    # What excuses a day of learners without excuses is the same for all who live in one zone.
    facts = await learner_facts(connection, [of_zone[0][1] for of_zone in by_zone.values()], policy)
    kept: list[tuple[object, ...]] = []
    for of_zone in by_zone.values():
        kept += _decided(of_zone, facts[of_zone[0][1]], policy)
    await connection.execute(_KEEP, *zip(*kept, strict=True))
    return {row[1] for row in rows}


def _decided(rows: Sequence[Record], facts: LearnerFacts, policy: Policy) -> Iterable[tuple[object, ...]]:
    """Each learner with its day, the day of the snapshot before, and the streak; the same step is decided once."""
    first = min(row["last_met_day"] or row["day"] for row in rows)
    excused = facts.excused(first, max(row["day"] for row in rows) + LOOK_AHEAD, policy)
    steps: dict[tuple[object, ...], tuple[object, ...]] = {}
    for row in rows:
        version = row[3:]
        step = steps.get(version)
        if step is None:
            day, met, run, longest, last_met_day, freezes, progress, alive_through = version
            streak = EMPTY if run is None else StreakState(run, longest, last_met_day, freezes, progress)
            streak, alive_through = streak_after(streak, alive_through, day, met, excused, policy.streak)
            step = steps[version] = (*streak, alive_through)
        yield (row[1], row[3], row[2], *step)
