"""Running totals: intake says up to which day they hold, a job takes those that are due.

Answers never wait for them: days that no total covers are read from cells. A change of covered days lowers
`learners.totals_through` in the same commit, and the totals after that day are taken again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from milepost.db.connection import Reading, Writing
from milepost.db.log.projections import CELLS
from milepost.queries.insight.running_totals import (
    CELL_COLUMNS,
    STORED_COLUMNS,
    cell_of,
    totals_from_json,
    totals_to_json,
)
from milepost.rules.insight.running_totals import MIN_CELLS, Cell, Totals, days_to_take
from milepost.rules.mastery.totals import GradeTotals
from milepost.services.batches import take_fitting
from milepost.services.projections.declaration import Comparison, Difference, Refill, differing_fields

LEARNERS_PER_BATCH = 100
ACTIVITIES_PER_BATCH = 20_000
CELLS_AT_ONCE = 50_000
"""Of one learner; a learner with more is continued in the next batch."""


def hold_through(day: str) -> str:
    """SET list of an update of `learners l`: totals hold only through `day`, the one before the first that changes.

    Without totals so far there is nothing to take again.
    """
    return f"""
    totals_due_at = CASE WHEN {day} < l.totals_through AND l.totals_due_at > {MIN_CELLS} THEN 0
        ELSE l.totals_due_at END,
    totals_through = least(l.totals_through, {day})
    """


_DELETE = "DELETE FROM running_totals WHERE learner_id = ANY($1::uuid[])"
_DUE_AGAIN = f"""
UPDATE learners SET totals_through = NULL, totals_due_at = {MIN_CELLS} WHERE learner_id = ANY($1::uuid[])
"""
_DUE = f"""
SELECT l.learner_id, l.activities, r.through, {", ".join(f"r.{name}::text" for name in STORED_COLUMNS)}
FROM learners l LEFT JOIN LATERAL (
    SELECT * FROM running_totals r
    WHERE r.learner_id = l.learner_id AND r.through <= l.totals_through AND r.grades_by_topic IS NOT NULL
    ORDER BY r.through DESC LIMIT 1
) r ON true
WHERE l.totals_due ORDER BY l.learner_id LIMIT {LEARNERS_PER_BATCH} FOR UPDATE OF l SKIP LOCKED
"""
_CELL = ", ".join(CELL_COLUMNS)
_CELLS_AFTER = f"""
SELECT {_CELL} FROM activity_cells
WHERE learner_id = $1 AND local_day > coalesce($2::date, '-infinity') ORDER BY local_day LIMIT $3
"""
_DELETE_AFTER = """
DELETE FROM running_totals r USING unnest($1::uuid[], $2::date[]) AS k(learner_id, through)
WHERE r.learner_id = k.learner_id AND r.through > coalesce(k.through, '-infinity')
"""
_SUMS = ", ".join(f"${place}::json[]" for place, _ in enumerate(STORED_COLUMNS, 3))
_KEEP = f"""
INSERT INTO running_totals (learner_id, through, {", ".join(STORED_COLUMNS)})
SELECT * FROM unnest($1::uuid[], $2::date[], {_SUMS})
"""
_HOLD = """
UPDATE learners l SET totals_through = u.through, totals_due_at = u.due_at
FROM unnest($1::uuid[], $2::date[], $3::bigint[]) AS u(learner_id, through, due_at) WHERE l.learner_id = u.learner_id
"""
_KEPT = f"""
SELECT r.learner_id, r.through, {", ".join(f"r.{name}::text" for name in STORED_COLUMNS)}
FROM running_totals r JOIN learners l ON l.learner_id = r.learner_id AND r.through <= l.totals_through
WHERE r.learner_id = ANY($1::uuid[]) ORDER BY r.learner_id, r.through
"""
_BY_LOG = f"SELECT learner_id, {_CELL} FROM ({CELLS.from_log}) m ORDER BY learner_id, local_day"

Fields = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Due:
    """A learner, and the last totals that hold."""

    learner_id: UUID
    activities: int
    through: date | None
    totals: Totals


@dataclass(slots=True)
class _Batch:
    """The rows to write for a batch of learners: totals, and up to which day they hold."""

    kept: list[tuple[UUID | date | str, ...]] = field(default_factory=list)
    hold: list[tuple[UUID, date | None, int]] = field(default_factory=list)


async def refill_totals(refill: Refill) -> None:
    """Delete the totals of the learners, whose cells may have changed; the job takes them again."""
    await refill.connection.execute(_DELETE, refill.learners)
    await refill.connection.execute(_DUE_AGAIN, refill.learners)


async def take_totals_batch(connection: Writing, cells_at_once: int = CELLS_AT_ONCE) -> int:
    """Take the due totals of a batch of learners, in the caller's transaction. Returns how many learners.

    Learners that another transaction has locked are left for the next time. If any is due, at least one is done.
    """
    learners = [
        _Due(learner_id, activities, through, totals_from_json(*totals))
        for learner_id, activities, through, *totals in await connection.fetch(_DUE)
    ]
    due = take_fitting(learners, lambda learner: learner.activities, ACTIVITIES_PER_BATCH)
    if not due:
        return 0
    batch = _Batch()
    for learner in due:
        rows = await connection.fetch(_CELLS_AFTER, learner.learner_id, learner.through, cells_at_once)
        _take(batch, learner, [cell_of(*row) for row in rows], is_all=len(rows) < cells_at_once)
    await connection.execute(
        _DELETE_AFTER, [learner.learner_id for learner in due], [learner.through for learner in due]
    )
    if batch.kept:
        await connection.execute(_KEEP, *map(list, zip(*batch.kept, strict=True)))
    await connection.execute(_HOLD, *map(list, zip(*batch.hold, strict=True)))
    return len(due)


async def differing_totals(comparison: Comparison) -> list[Difference]:
    """Totals that hold and that the log does not give."""
    differences = []
    for learner_id, through, stored, by_log in await _kept_and_by_log(comparison.connection, comparison.learners):
        key = {"through": through.isoformat()}
        differences += differing_fields("running_totals", learner_id, key, stored, by_log)
    return differences


async def _kept_and_by_log(
    connection: Reading, learners: Sequence[UUID]
) -> Iterator[tuple[UUID, date, Fields, Fields]]:
    """Each total of these learners that holds, and what the log gives for it, in the caller's snapshot.

    Totals of an earlier version have no grades to compare.
    """
    kept: dict[UUID, list[tuple[date, Fields]]] = {}
    for learner_id, through, *totals in await connection.fetch(_KEPT, learners):
        stored = _fields(totals_from_json(*totals))
        kept.setdefault(learner_id, []).append(
            (through, {name: stored[name] for name, column in zip(STORED_COLUMNS, totals, strict=True) if column})
        )
    cells: dict[UUID, list[Cell]] = {learner_id: [] for learner_id in kept}
    for learner_id, *row in await connection.fetch(_BY_LOG, list(kept)):
        cells[learner_id].append(cell_of(*row))
    return _side_by_side(kept, cells)


def _side_by_side(
    kept: dict[UUID, list[tuple[date, Fields]]], cells: dict[UUID, list[Cell]]
) -> Iterator[tuple[UUID, date, Fields, Fields]]:
    for learner_id, held in kept.items():
        by_log, behind = Totals(), iter(cells[learner_id])
        following = next(behind, None)
        for through, stored in held:
            while following is not None and following.day <= through:
                by_log.add(following)
                following = next(behind, None)
            yield learner_id, through, stored, _fields(by_log)


def _fields(totals: Totals) -> Fields:
    grades = {topic: _comparable(of_topic) for topic, of_topic in totals.grades.items()}
    return dict(zip(STORED_COLUMNS, (*totals.by_label, grades), strict=True))


def _comparable(grades: GradeTotals) -> tuple[object, ...]:
    """Faded sums with six digits: their last ones depend on the order of the cells of a day."""
    faded = (f"{amount:.6g}" for amount in (*grades.topic_faded, *grades.learner_faded))
    return (grades.last_day, grades.grades, grades.grade_milli, grades.typical_milli, grades.weighted, *faded)


def _take(batch: _Batch, learner: _Due, cells: Sequence[Cell], *, is_all: bool) -> None:
    through = learner.through
    for through in days_to_take(learner.totals, cells):
        batch.kept.append((learner.learner_id, through, *totals_to_json(learner.totals)))
    # More cells are left and this pass made progress: due again at once, from there.
    goes_on = not is_all and through != learner.through
    due_at = 0 if goes_on else learner.activities + learner.totals.cells_between
    batch.hold.append((learner.learner_id, through, due_at))
