"""A learner's snapshots and the days that have none yet: a history of them is exact before any sweep has run."""

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
"""As `snapshot_in` reads them."""

_NUMBERS = ", ".join((*DAY_SUMS, *SUMS, *_STREAK))
_NO_SNAPSHOT = ", ".join(
    (*(f"d.{name}" for name in SUMS), *("0" for _ in SUMS), "0", "0", "NULL::date", "0", "0", "NULL::date")
)
# Snapshots hold for the days before the first dirty one, and none does while an outage has yet to reach the learner;
# from there on the sums of the days themselves are read. One statement, so that both are of one moment.
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


# Read, not kept with the snapshots: a late activity or a new achievement dates unlocks on days long over.
_EARNED = """
SELECT earned_on, count(*) FROM unlocks WHERE learner_id = $1 AND revoked_at IS NULL AND earned_on <= $2
GROUP BY earned_on ORDER BY earned_on
"""


@dataclass(frozen=True, slots=True)
class RecordedDays:
    """Snapshots that hold, ascending, and the active days after them, ascending."""

    taken: Sequence[Snapshot]
    after: Sequence[ActiveDay]


def snapshot_in(columns: Sequence[Any]) -> Snapshot:
    """A snapshot from `SNAPSHOT_COLUMNS`."""
    day, *numbers = columns
    *sums, run, longest, last_met_day, freezes, progress, alive_through = numbers
    count = len(SUMS)
    streak = StreakState(run, longest, last_met_day, freezes, progress)
    return Snapshot(day, Sums(*sums[:count]), Sums(*sums[count:]), streak, alive_through)


async def recorded_days(connection: Reading, learner_id: UUID, first: date, last: date) -> RecordedDays:
    """What a history from `first` to `last` needs, the last day before them included. One statement."""
    taken, after = [], []
    for is_snapshot, met, *columns in await connection.fetch(_HISTORY, learner_id, first, last):
        if is_snapshot:
            taken.append(snapshot_in(columns))
        else:
            after.append(ActiveDay(columns[0], Sums(*columns[1 : 1 + len(SUMS)]), met))
    return RecordedDays(taken, after)


async def achievements_earned(connection: Reading, learner_id: UUID, last: date) -> dict[date, int]:
    """How many achievements were earned on each day up to `last`, ascending."""
    return dict(await connection.fetch(_EARNED, learner_id, last))
