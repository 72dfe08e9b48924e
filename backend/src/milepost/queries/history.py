"""A learner's snapshots and the days without one yet. Together they give an exact history before any sweep has run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from milepost.db.connection import Reading
from milepost.db.tables import DAY_SUMS, SUMS
from milepost.rules.history import ActiveDay, Snapshot, Sums
from milepost.rules.streaks.streaks import StreakState

_STREAK = ("run", "longest", "last_met_day", "freezes", "progress", "alive_through")
SNAPSHOT_COLUMNS = ("day", *DAY_SUMS, *SUMS, *_STREAK)
"""In the order that `snapshot_from_columns` reads."""

_NUMBERS = ", ".join((*DAY_SUMS, *SUMS, *_STREAK))
_NO_SNAPSHOT = ", ".join(
    (*(f"d.{name}" for name in SUMS), *("0" for _ in SUMS), "0", "0", "NULL::date", "0", "0", "NULL::date")
)
# Snapshots are valid before the first dirty day, and none is while an outage has yet to reach the learner's row. From
# there on the sums of the days are read. One statement, so both see the same state.
_HISTORY = f"""
WITH stale AS (
    SELECT CASE WHEN EXISTS (
        SELECT FROM learners WHERE learner_id = $1 AND outage_seen < (SELECT max(activation) FROM outages)
    ) THEN '-infinity'::date ELSE coalesce(min(local_day), 'infinity'::date) END AS first_day
    FROM activity_days WHERE learner_id = $1 AND dirty
), base AS (
    SELECT coalesce(max(day), '-infinity'::date) AS day FROM daily_snapshots
    WHERE learner_id = $1 AND day < least($2::date, (SELECT first_day FROM stale))
), taken AS (
    SELECT * FROM daily_snapshots WHERE learner_id = $1 AND day <= $3
    AND day >= (SELECT day FROM base) AND day < (SELECT first_day FROM stale)
)
SELECT true, false, day, {_NUMBERS} FROM taken
UNION ALL
SELECT false, d.streak_activities > 0, d.local_day, {_NO_SNAPSHOT}
FROM activity_days d WHERE d.learner_id = $1 AND d.local_day <= $3 AND d.local_day >= (SELECT first_day FROM stale)
ORDER BY 3
"""


# Not stored in snapshots: a late activity or a new achievement can date unlocks on days long over.
_EARNED = """
SELECT earned_on, count(*) FROM unlocks WHERE learner_id = $1 AND revoked_at IS NULL AND earned_on <= $2
GROUP BY earned_on ORDER BY earned_on
"""


@dataclass(frozen=True, slots=True)
class RecordedDays:
    """Valid snapshots, ascending, and the active days after them, ascending."""

    taken: Sequence[Snapshot]
    after: Sequence[ActiveDay]


def snapshot_from_columns(columns: Sequence[Any]) -> Snapshot:
    """A snapshot from the values of `SNAPSHOT_COLUMNS`."""
    day, *numbers = columns
    *sums, run, longest, last_met_day, freezes, progress, alive_through = numbers
    count = len(SUMS)
    streak = StreakState(run, longest, last_met_day, freezes, progress)
    return Snapshot(day, Sums(*sums[:count]), Sums(*sums[count:]), streak, alive_through)


async def recorded_days(connection: Reading, learner_id: UUID, first: date, last: date) -> RecordedDays:
    """The days that a history from `first` to `last` needs, including the last one before `first`. One statement."""
    taken, after = [], []
    for is_snapshot, met, *columns in await connection.fetch(_HISTORY, learner_id, first, last):
        if is_snapshot:
            taken.append(snapshot_from_columns(columns))
        else:
            after.append(ActiveDay(columns[0], Sums(*columns[1 : 1 + len(SUMS)]), met))
    return RecordedDays(taken, after)


async def achievements_earned(connection: Reading, learner_id: UUID, last: date) -> dict[date, int]:
    """The number of achievements earned on each day up to `last`, ascending. One statement."""
    return dict(await connection.fetch(_EARNED, learner_id, last))
