"""An id that was there before: with the same content a duplicate, which answers with what it changed then; with other
content a conflict."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg
import orjson

from milepost.rules.streaks import StreakState
from milepost.services.intake.submission import (
    COMPARED_FIELDS,
    LearnerChange,
    LevelChange,
    Outcome,
    Submission,
    by_value,
    content_of,
)

# A statement of its own: rows that another transaction committed while ours waited are in this snapshot.
_STORED = """
SELECT a.* FROM unnest($1::uuid[], $2::text[], $3::text[]) AS k(learner_id, sender, id)
CROSS JOIN LATERAL (
    SELECT * FROM activities WHERE learner_id = k.learner_id AND sender = k.sender AND id = k.id OFFSET 0
) a
"""
_STANDING = """
SELECT learner_id, revision, run, longest, last_met_day, freezes, progress
FROM learners WHERE learner_id = ANY($1::uuid[])
"""
_LEVELS_THEN = """
SELECT learner_id, body FROM notices
WHERE learner_id = ANY($1::uuid[]) AND commit_id = ANY($2::uuid[]) AND kind = 'level_changed' ORDER BY learner_id,
revision, n
"""


async def classify_repeats(
    connection: asyncpg.Connection, repeats: Sequence[tuple[int, Submission]], changes: dict[UUID, LearnerChange]
) -> list[tuple[int, Outcome]]:
    """An outcome for each repeat, with its place. Learners that only repeated are added to `changes`."""
    keys = sorted({sent.key for _, sent in repeats}, key=lambda key: (key[0].int, key[1], key[2]))
    rows = await connection.fetch(_STORED, *map(list, zip(*keys, strict=True)))
    stored = {(row["learner_id"], row["sender"], row["id"]): row for row in rows}
    outcomes = [(place, _compared(sent, stored[sent.key])) for place, sent in repeats]
    untouched = {key[0] for key in keys} - changes.keys()
    if untouched:
        commits = {row["commit_id"] for row in rows if row["learner_id"] in untouched}
        await _add_standing(connection, sorted(untouched, key=lambda learner: learner.int), list(commits), changes)
    return outcomes


def _compared(sent: Submission, stored: asyncpg.Record) -> Outcome:
    if sent.content_hash != stored["content_hash"]:
        differing = _differing_fields(sent, stored)
        return Outcome(sent.id, "conflict", sent.learner_id, reason="other_content", fields=differing)
    not_counted = stored["not_counted"]
    points = 0 if not_counted or stored["voided_at"] else stored["points"]
    return Outcome(
        sent.id, "duplicate", sent.learner_id, not_counted=not_counted, points=points, local_day=stored["local_day"]
    )


def _differing_fields(sent: Submission, stored: asyncpg.Record) -> tuple[str, ...]:
    """Names of the fields in which the two differ as they were sent: what the service filled in is nobody's content."""
    then = _content_as_stored(stored)
    pairs = zip(COMPARED_FIELDS, content_of(sent.activity), then, strict=True)
    return tuple(name for name, new, old in pairs if new != old)


def _content_as_stored(stored: asyncpg.Record) -> tuple[object, ...]:
    metadata = stored["metadata"]
    columns: Mapping[str, object] = {
        **dict(stored),
        "value": stored["value_milli"],
        "metadata": None if metadata is None else by_value(orjson.loads(metadata)),
    }
    was_sent = stored["sent_fields"]
    return tuple(columns[name] if was_sent >> place & 1 else None for place, name in enumerate(COMPARED_FIELDS))


async def _add_standing(
    connection: asyncpg.Connection, learners: list[UUID], commits: list[UUID], changes: dict[UUID, LearnerChange]
) -> None:
    """Learners of whom nothing is new: their streak as it stands, and the levels their repeats moved then."""
    for row in await connection.fetch(_STANDING, learners):
        learner_id, revision, run, longest, last_met_day, freezes, progress = row
        streak = StreakState(run, longest, last_met_day, freezes, progress)
        changes[learner_id] = LearnerChange(learner_id, revision, streak, streak)
    for learner_id, body in await connection.fetch(_LEVELS_THEN, learners, commits):
        change = orjson.loads(body)
        changes[learner_id].level_changes.append(LevelChange(change["topic"], change["from"], change["to"]))
