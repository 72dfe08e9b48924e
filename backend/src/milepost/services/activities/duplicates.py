"""An id that was there before: with the same content a duplicate, which answers with what it changed then; with other
content a conflict."""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from milepost.db.connection import Record, Writing
from milepost.rules.achievements.catalogue import Catalogue
from milepost.rules.streaks.streaks import StreakState
from milepost.services.achievements.unlocks import Unlocked
from milepost.services.activities.submission import (
    COMPARED_FIELDS,
    Gained,
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
_STREAKS = """
SELECT learner_id, revision, run, longest, last_met_day, freezes, progress
FROM learners WHERE learner_id = ANY($1::uuid[])
"""
_LEVELS_THEN = """
SELECT learner_id, commit_id, body FROM notices
WHERE learner_id = ANY($1::uuid[]) AND commit_id = ANY($2::uuid[]) AND kind = 'level_changed' ORDER BY learner_id,
revision, n
"""
_UNLOCKED_THEN = """
SELECT learner_id, commit_id, code, earned_on FROM unlocks
WHERE learner_id = ANY($1::uuid[]) AND commit_id = ANY($2::uuid[]) AND revoked_at IS NULL ORDER BY learner_id, code
"""


@dataclass(slots=True)
class Answered:
    """Outcomes by place in the batch, their learners, and what the commits named in them gave each."""

    outcomes: dict[int, Outcome]
    changes: dict[UUID, LearnerChange]
    gained: dict[tuple[UUID, UUID], Gained]

    def add(self, other: "Answered") -> None:
        """What is known of the others too."""
        self.outcomes |= other.outcomes
        self.changes |= other.changes
        self.gained |= other.gained


async def classify_repeats(
    connection: Writing,
    repeats: Sequence[tuple[int, Submission]],
    touched: Container[UUID],
    catalogue: Catalogue,
) -> Answered:
    """Compare each repeat, given with its place, with what is stored. `touched` learners have something new too, and
    are left out of `changes`.
    """
    keys = sorted({sent.key for _, sent in repeats}, key=lambda key: (key[0].int, key[1], key[2]))
    rows = await connection.fetch(_STORED, *map(list, zip(*keys, strict=True)))
    stored = {(row["learner_id"], row["sender"], row["id"]): row for row in rows}
    outcomes = {place: _compared(sent, stored[sent.key]) for place, sent in repeats}
    learners = sorted({key[0] for key in keys}, key=lambda learner: learner.int)
    commits = {outcome.commit_id for outcome in outcomes.values() if outcome.commit_id is not None}
    gained = await _gained_then(connection, learners, list(commits), catalogue)
    return Answered(outcomes, await _unchanged(connection, [one for one in learners if one not in touched]), gained)


async def _gained_then(
    connection: Writing, learners: Sequence[UUID], commits: Sequence[UUID], catalogue: Catalogue
) -> dict[tuple[UUID, UUID], Gained]:
    """What these commits gave these learners, as far as they still have it."""
    levels: dict[tuple[UUID, UUID], list[LevelChange]] = defaultdict(list)
    unlocked: dict[tuple[UUID, UUID], list[Unlocked]] = defaultdict(list)
    for learner_id, commit_id, body in await connection.fetch(_LEVELS_THEN, learners, commits):
        change = orjson.loads(body)
        levels[learner_id, commit_id].append(LevelChange(change["topic"], change["from"], change["to"]))
    for learner_id, commit_id, code, earned_on in await connection.fetch(_UNLOCKED_THEN, learners, commits):
        if code in catalogue.entries:
            unlocked[learner_id, commit_id].append(Unlocked(catalogue.entries[code].definition, earned_on))
    return {key: Gained(levels[key], unlocked[key]) for key in {*levels, *unlocked}}


def _compared(sent: Submission, stored: Record) -> Outcome:
    if sent.content_hash != stored["content_hash"]:
        differing = _differing_fields(sent, stored)
        return Outcome(sent.id, "conflict", sent.learner_id, reason="other_content", fields=differing)
    not_counted = stored["not_counted"]
    points = 0 if not_counted or stored["voided_at"] else stored["points"]
    return Outcome(
        sent.id,
        "duplicate",
        sent.learner_id,
        not_counted=not_counted,
        points=points,
        local_day=stored["local_day"],
        commit_id=stored["commit_id"],
    )


def _differing_fields(sent: Submission, stored: Record) -> tuple[str, ...]:
    """Names of the fields in which the two differ as they were sent: what the service filled in is nobody's content."""
    then = _content_as_stored(stored)
    pairs = zip(COMPARED_FIELDS, content_of(sent.activity), then, strict=True)
    # As JSON, because in Python 1 and True are equal.
    return tuple(name for name, new, old in pairs if _packed(new) != _packed(old))


def _packed(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _content_as_stored(stored: Record) -> tuple[object, ...]:
    metadata = stored["metadata"]
    columns: Mapping[str, object] = {
        **dict(stored),
        "value": stored["value_milli"],
        "metadata": None if metadata is None else by_value(orjson.loads(metadata)),
    }
    was_sent = stored["sent_fields"]
    return tuple(columns[name] if was_sent >> place & 1 else None for place, name in enumerate(COMPARED_FIELDS))


async def _unchanged(connection: Writing, learners: Sequence[UUID]) -> dict[UUID, LearnerChange]:
    """The streaks of learners of whom nothing is new, as they stand."""
    if not learners:
        return {}
    unchanged = {}
    for learner_id, revision, run, longest, last_met_day, freezes, progress in await connection.fetch(
        _STREAKS, learners
    ):
        streak = StreakState(run, longest, last_met_day, freezes, progress)
        unchanged[learner_id] = LearnerChange(learner_id, revision, streak, streak)
    return unchanged
