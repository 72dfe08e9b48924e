"""Publishes the eases that follow from the grades seen so far, for the days from a date on."""

from collections.abc import Sequence
from datetime import date, datetime

from milepost.db.connection import Writing
from milepost.rules.mastery.eases import EaseSums, exercise_shift, installation_ease, topic_shift

_TOTAL = (
    "SELECT coalesce(sum(grades), 0)::bigint, coalesce(sum(grade_milli), 0)::bigint FROM ease_sums WHERE object_id = ''"
)
_DUE = (
    "SELECT topic, object_id, grades, grade_milli, expected_micro FROM ease_sums WHERE is_due ORDER BY topic, object_id"
)
_PUBLISH = """
INSERT INTO eases (topic, object_id, valid_from, shift, grades, grade_milli, expected_micro)
SELECT topic, object_id, $1, shift, grades, grade_milli, expected_micro
FROM unnest($2::text[], $3::text[], $4::float8[], $5::bigint[], $6::bigint[], $7::bigint[])
    AS k(topic, object_id, shift, grades, grade_milli, expected_micro)
"""
_NOT_DUE = "UPDATE ease_sums SET is_due = FALSE WHERE is_due"
_PUBLICATION = """
INSERT INTO ease_publications (valid_from, ease, grades, grade_milli, published_at) VALUES ($1, $2, $3, $4, $5)
"""
_RAISE_REVISION = "UPDATE ease_state SET revision = revision + 1"
_AT_ONCE = 10_000


async def publish(connection: Writing, valid_from: date, now: datetime) -> int:
    """Publish for the days from `valid_from` on, which is later than that of any publication so far.

    Writes topics and exercises with new grades; the others keep their shifts. Returns how many. The caller holds the
    lock of `ease_state`.
    """
    grades, grade_milli = await connection.fetchrow(_TOTAL)
    ease = installation_ease(grades, grade_milli)
    await connection.execute(_PUBLICATION, valid_from, ease, grades, grade_milli, now)
    due = [_row(*row) for row in await connection.fetch(_DUE)]
    for start in range(0, len(due), _AT_ONCE):
        columns = map(list, zip(*due[start : start + _AT_ONCE], strict=True))
        await connection.execute(_PUBLISH, valid_from, *columns)
    await connection.execute(_NOT_DUE)
    await connection.execute(_RAISE_REVISION)
    return len(due)


def _row(topic: str, object_id: str, *amounts: int) -> Sequence[object]:
    sums = EaseSums(*amounts)
    return topic, object_id, exercise_shift(sums) if object_id else topic_shift(sums), *sums
