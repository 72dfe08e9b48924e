"""The scores of the learners who are on boards. Others have none, so no board can show or count a hidden learner.

Rows are written in the commit that changes them: of the activities, of the streak, or of the profile. A board is
therefore right at once, in every process, and there is nothing to invalidate (decision 41).
"""

from collections.abc import Sequence
from uuid import UUID

from milepost.db.connection import Record, Writing
from milepost.db.log.projections import DAYS, TOTALS
from milepost.queries.learners.profile import IS_SHOWN
from milepost.rules.leaderboards import ALL_DAYS, scored_windows
from milepost.services.projections.declaration import Comparison, Difference, Refill, differing_fields

SCORES = ("points", "exercises", "minutes", "streak")

_KEY = ("learner_id", "period", "first_day")
_COLUMNS = ", ".join((*_KEY, *SCORES))
# The choice, as the learner's row repeats it: intake reads that row under its lock, and sends nothing more for learners
# who are hidden.
_ON_BOARDS = f"""
SELECT l.learner_id, l.on_boards,
    EXISTS (SELECT FROM profiles p WHERE p.learner_id = l.learner_id AND {IS_SHOWN}) AS shown
FROM learners l WHERE l.learner_id = ANY($1::uuid[])
"""
_SET_ON_BOARDS = f"""
UPDATE learners l SET on_boards = k.shown FROM ({_ON_BOARDS}) k
WHERE l.learner_id = k.learner_id AND l.on_boards <> k.shown
"""
_LAST_DAYS = """
SELECT l.learner_id, coalesce(
    l.last_day, (SELECT max(d.local_day) FROM activity_days d WHERE d.learner_id = l.learner_id)
) AS last_day
FROM learners l WHERE l.learner_id = ANY($1::uuid[]) AND l.on_boards ORDER BY l.learner_id
"""
_LAST_DAYS_BY_LOG = f"""
SELECT t.learner_id, t.last_day FROM ({TOTALS.from_log}) t JOIN ({_ON_BOARDS}) k USING (learner_id)
WHERE k.shown ORDER BY t.learner_id
"""


def _made(days: str, totals: str) -> str:
    """The scores that follow from day sums and totals. $1: the learners shown; $2 to $5: their weeks and months."""
    return f"""
SELECT w.learner_id, w.period, w.first_day, sum(d.points)::bigint AS points, sum(d.exercises)::bigint AS exercises,
    sum(d.seconds)::bigint / 60 AS minutes, 0 AS streak
FROM unnest($2::uuid[], $3::text[], $4::date[], $5::date[]) AS w(learner_id, period, first_day, last_day)
JOIN {days} d ON d.learner_id = w.learner_id AND d.local_day BETWEEN w.first_day AND w.last_day
GROUP BY w.learner_id, w.period, w.first_day
UNION ALL
SELECT l.learner_id, 'all', DATE '{ALL_DAYS.first}', t.points, t.exercises, t.seconds / 60, l.longest
FROM learners l JOIN {totals} t USING (learner_id) WHERE l.learner_id = ANY($1::uuid[])
"""


_REPLACE = f"""
WITH made AS ({_made("activity_days", "learners")}), gone AS (
    DELETE FROM board_scores s WHERE s.learner_id = ANY($6::uuid[]) AND NOT EXISTS (
        SELECT FROM made m WHERE (m.learner_id, m.period, m.first_day) = (s.learner_id, s.period, s.first_day)
    )
)
INSERT INTO board_scores AS s ({_COLUMNS}) SELECT {_COLUMNS} FROM made ORDER BY learner_id, period, first_day
ON CONFLICT ({", ".join(_KEY)}) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in SCORES)}
WHERE ({", ".join(f"s.{name}" for name in SCORES)}) IS DISTINCT FROM ({", ".join(f"excluded.{n}" for n in SCORES)})
"""
_DIFFERING = f"""
WITH made AS ({_made(f"({DAYS.from_log})", f"({TOTALS.from_log})")}),
kept AS (SELECT {_COLUMNS} FROM board_scores WHERE learner_id = ANY($6::uuid[]))
SELECT coalesce(k.learner_id, m.learner_id), coalesce(k.period, m.period), coalesce(k.first_day, m.first_day)::text,
    {", ".join(f"k.{name}" for name in SCORES)}, {", ".join(f"m.{name}" for name in SCORES)}
FROM kept k FULL JOIN made m USING ({", ".join(_KEY)}) ORDER BY 1, 2, 3
"""


async def refresh_scores(connection: Writing, learners: Sequence[UUID]) -> None:
    """Make the boards hold what these learners have now, or nothing of those that are hidden.

    The caller holds the learners' locks.
    """
    last_days = await connection.fetch(_LAST_DAYS, learners)
    await connection.execute(_REPLACE, *_arguments(last_days, learners))


async def show_or_hide(connection: Writing, learners: Sequence[UUID]) -> None:
    """Put learners on the boards, or take them off, as their profiles say now. For every change of a profile.

    The caller holds the learners' locks.
    """
    await connection.execute(_SET_ON_BOARDS, learners)
    await refresh_scores(connection, learners)


async def refill_scores(refill: Refill) -> None:
    """Show or hide the learners, and score those who are shown."""
    await show_or_hide(refill.connection, refill.learners)


async def differing_scores(comparison: Comparison) -> list[Difference]:
    """Stored scores that the log and the learner's longest streak do not give."""
    differences = [
        Difference("learners", learner_id, {}, "on_boards", on_boards, shown)
        for learner_id, on_boards, shown in await comparison.connection.fetch(_ON_BOARDS, comparison.learners)
        if on_boards != shown
    ]
    last_days = await comparison.connection.fetch(_LAST_DAYS_BY_LOG, comparison.learners)
    arguments = _arguments(last_days, comparison.learners)
    for learner_id, period, first_day, *scores in await comparison.connection.fetch(_DIFFERING, *arguments):
        stored, by_log = (_scores(row) for row in (scores[: len(SCORES)], scores[len(SCORES) :]))
        key = {"period": period, "first_day": first_day}
        differences += differing_fields("board_scores", learner_id, key, stored, by_log)
    return differences


def _arguments(last_days: Sequence[Record], learners: Sequence[UUID]) -> tuple[list[object], ...]:
    """The parameters of `_made` for the learners shown, by their last active days; then all the learners."""
    windows = [
        (learner_id, period, days.first, days.last)
        for learner_id, last_day in last_days
        if last_day is not None
        for period, days in scored_windows(last_day)
    ]
    columns: list[list[object]] = [list(column) for column in zip(*windows, strict=True)] or [[], [], [], []]
    return ([learner_id for learner_id, _ in last_days], *columns, list(learners))


def _scores(row: Sequence[int | None]) -> dict[str, object] | None:
    return None if row[0] is None else dict(zip(SCORES, row, strict=True))
