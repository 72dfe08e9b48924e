"""Repeated ids: with the same content a duplicate, which answers with what its commit changed; otherwise a conflict.

What a commit changed is read from what it left: `level_changes` and `unlocks`.
"""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from milepost.db.connection import Record, Writing
from milepost.db.log.contributions import COUNTED_POINTS
from milepost.rules.achievements.catalogue import Catalogue
from milepost.rules.streaks.streaks import StreakState
from milepost.rules.texts import by_value, normal_text
from milepost.services.achievements.unlocks import Unlocked
from milepost.services.activities.batch import Batch
from milepost.services.activities.submission import (
    COMPARED_FIELDS,
    Gains,
    Key,
    LearnerChange,
    LevelChange,
    Outcome,
    Submission,
    content_of,
)

# A separate statement, so its snapshot includes rows that other transactions committed while ours waited.
_STORED = f"""
SELECT a.*, {COUNTED_POINTS} AS counted_points
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS k(learner_id, sender, id)
CROSS JOIN LATERAL (
    SELECT * FROM activities WHERE learner_id = k.learner_id AND sender = k.sender AND id = k.id OFFSET 0
) a
"""
_STREAKS = """
SELECT learner_id, revision, run, longest, last_met_day, freezes, progress
FROM learners WHERE learner_id = ANY($1::uuid[])
"""
# The previous version keeps level changes as notices. While it still runs, both have some; after an upgrade, both have
# those of before.
_LEVEL_CHANGES = """
SELECT learner_id, commit_id, cause_sender, cause_id, topic, from_level, to_level FROM level_changes
WHERE learner_id = ANY($1::uuid[]) AND commit_id = ANY($2::uuid[])
UNION SELECT learner_id, commit_id, cause_sender, cause_id, body->>'topic', body->>'from', body->>'to' FROM notices
WHERE learner_id = ANY($1::uuid[]) AND commit_id = ANY($2::uuid[]) AND kind = 'level_changed'
ORDER BY learner_id, commit_id, topic
"""
_UNLOCKS = """
SELECT learner_id, commit_id, cause_sender, cause_id, code, earned_on FROM unlocks
WHERE learner_id = ANY($1::uuid[]) AND commit_id = ANY($2::uuid[]) AND revoked_at IS NULL ORDER BY learner_id, code
"""

_LABELS = ("verb", "object_type", "topic", "path", "difficulty")


@dataclass(frozen=True, slots=True)
class Repeats:
    """Outcomes by place in the batch, the learners for whom it had nothing new, and what the repeats once gave."""

    outcomes: Mapping[int, Outcome]
    unchanged: Mapping[UUID, LearnerChange]
    gains: dict[Key, Gains]


async def classify_repeats(
    connection: Writing,
    batch: Batch,
    repeats: Sequence[tuple[int, Submission]],
    changed: Container[UUID],
) -> Repeats:
    """Compare each repeat, given with its place, with what is stored.

    `changed` learners have something new in the batch too, and are left out of `unchanged`. So are the gains of this
    commit, which the caller knows.
    """
    keys = sorted({submission.key for _, submission in repeats}, key=lambda key: (key[0].int, key[1], key[2]))
    rows = await connection.fetch(_STORED, *map(list, zip(*keys, strict=True)))
    stored = {(row["learner_id"], row["sender"], row["id"]): row for row in rows}
    outcomes = {place: _compared(submission, stored[submission.key]) for place, submission in repeats}
    learners = sorted({key[0] for key in keys}, key=lambda learner: learner.int)
    commits: dict[tuple[UUID, UUID], list[Key]] = defaultdict(list)
    for outcome in outcomes.values():
        commit_id = stored[outcome.key]["commit_id"] if outcome.status == "duplicate" else batch.commit_id
        if commit_id != batch.commit_id:
            commits[outcome.learner_id, commit_id].append(outcome.key)
    gains = await _gains_of(connection, commits, batch.in_force.catalogue) if commits else {}
    unchanged = [learner_id for learner_id in learners if learner_id not in changed]
    return Repeats(outcomes, await _unchanged(connection, unchanged), gains)


async def _gains_of(
    connection: Writing, commits: Mapping[tuple[UUID, UUID], Sequence[Key]], catalogue: Catalogue
) -> dict[Key, Gains]:
    """What these activities, by learner and commit, gave their learners, without what has been revoked since.

    Rows of before the cause was stored belong to the first of them.
    """
    levels: dict[Key, list[LevelChange]] = defaultdict(list)
    unlocked: dict[Key, list[Unlocked]] = defaultdict(list)
    learners, commit_ids = map(list, zip(*commits, strict=True))
    for learner_id, commit_id, sender, activity_id, *change in await connection.fetch(
        _LEVEL_CHANGES, learners, commit_ids
    ):
        if keys := commits.get((learner_id, commit_id)):
            key = keys[0] if sender is None else (learner_id, sender, activity_id)
            levels[key].append(LevelChange(*change))
    for learner_id, commit_id, sender, activity_id, code, earned_on in await connection.fetch(
        _UNLOCKS, learners, commit_ids
    ):
        if (keys := commits.get((learner_id, commit_id))) and code in catalogue.entries:
            key = keys[0] if sender is None else (learner_id, sender, activity_id)
            unlocked[key].append(Unlocked(catalogue.entries[code].definition, earned_on))
    return {key: Gains(levels.get(key, ()), unlocked.get(key, ())) for key in {*levels, *unlocked}}


def _compared(submission: Submission, stored: Record) -> Outcome:
    if submission.content_hash != stored["content_hash"]:
        differing = _differing_fields(submission, stored)
        # Rows of earlier versions have hashes over other spellings of the same content.
        if differing or submission.sent_fields != stored["sent_fields"]:
            return Outcome(submission.id, "conflict", submission.learner_id, reason="other_content", fields=differing)
    return Outcome(
        submission.id,
        "duplicate",
        submission.learner_id,
        not_counted=stored["not_counted"],
        counted_seconds=stored["counted_seconds"],
        points=stored["counted_points"],
        local_day=stored["local_day"],
        sender=submission.sender,
        voided=stored["voided_at"] is not None,
        streak_outcome=stored["streak_outcome"] or "already_counted",
        is_new_record=bool(stored["is_new_record"]),
    )


def _differing_fields(submission: Submission, stored: Record) -> tuple[str, ...]:
    """Names of the fields that were sent differently. Values filled in by the service do not count."""
    stored_content = _content_as_stored(stored)
    pairs = zip(COMPARED_FIELDS, content_of(submission.activity), stored_content, strict=True)
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
        **{name: normal_text(stored[name]) for name in _LABELS},
    }
    sent_fields = stored["sent_fields"]
    return tuple(columns[name] if sent_fields >> place & 1 else None for place, name in enumerate(COMPARED_FIELDS))


async def _unchanged(connection: Writing, learners: Sequence[UUID]) -> dict[UUID, LearnerChange]:
    """The current streaks of learners for whom the batch has nothing new."""
    if not learners:
        return {}
    unchanged = {}
    for learner_id, revision, *columns in await connection.fetch(_STREAKS, learners):
        streak = StreakState(*columns)
        unchanged[learner_id] = LearnerChange(learner_id, revision, streak, streak)
    return unchanged
