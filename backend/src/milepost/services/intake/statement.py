"""The two statements of the write path, and the rows they return. What they add is defined in `db/contributions.py`.

Locks are taken in one order everywhere: the log's rows by key, learners by id, then days, cells and topics. Every
upsert of a sum waits for `locked`, the learners' RETURNING, because sibling CTEs may run in any order. It counts it and
does not join it: the planner guesses ten rows for an array of unknown length, and a nested loop over 500 is slow.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

import asyncpg

from milepost.db.contributions import CELL_KEY, CONTRIBUTION, SUM_COLUMNS, added, summed
from milepost.rules.activities import STREAK
from milepost.rules.streaks import StreakState
from milepost.services.intake.submission import LevelChange, Submission

_LOG_COLUMNS = {
    "learner_id": "uuid",
    "sender": "text",
    "id": "text",
    "verb": "text",
    "object_type": "text",
    "object_id": "text",
    "topic": "text",
    "path": "text",
    "difficulty": "text",
    "space_id": "text",
    "goal_id": "text",
    "value_milli": "int",
    "duration_seconds": "int",
    "hints_used": "int",
    "points": "int",
    "session_id": "text",
    "once_key": "text",
    "zone": "text",
    "metadata": "jsonb",
    "occurred_at": "timestamptz",
    "local_day": "date",
    "utc_offset_minutes": "smallint",
    "day_ends_at": "timestamptz",
    "counts": "smallint",
    "sent_fields": "int",
    "content_hash": "bigint",
    "received_at": "timestamptz",
}
_COMMIT_PLACE = len(_LOG_COLUMNS) + 1
_LOG_LIST = ", ".join(_LOG_COLUMNS)
_LOG_ARRAYS = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(_LOG_COLUMNS.values(), 1))

_INSERT = f"""
    INSERT INTO activities AS a ({_LOG_LIST}, commit_id)
    SELECT {_LOG_LIST}, ${_COMMIT_PLACE}::uuid FROM unnest({_LOG_ARRAYS}) AS sent({_LOG_LIST})
    ON CONFLICT DO NOTHING"""

INSERT_ONLY = f"{_INSERT} RETURNING a.learner_id, a.sender, a.id"
"""Into the log and no further: for batches whose once-keys must be settled before anything is summed."""

_CELL_KEY = ", ".join(CELL_KEY)
_LEARNER_NUMBERS = (
    "l.revision, l.days_revision, l.topics, l.run, l.longest, l.freezes, l.progress, "
    "(SELECT coalesce(max(activation), 0) FROM outages)"
)
_LOCKED = "(SELECT count(*) FROM locked) > 0"


def _upserts(first_level_place: int) -> str:
    """The upserts of all sums from `new`."""
    return f"""
, locked AS (
    INSERT INTO learners AS l (learner_id, revision, {SUM_COLUMNS})
    SELECT learner_id, 1, {summed()} FROM new GROUP BY learner_id ORDER BY learner_id
    ON CONFLICT (learner_id) DO UPDATE SET revision = l.revision + 1, {added("l")}
    RETURNING l.learner_id, l.last_met_day, ARRAY[{_LEARNER_NUMBERS}]::bigint[] AS numbers
), days AS (
    INSERT INTO activity_days AS d
        (learner_id, local_day, {SUM_COLUMNS}, streak_activities, first_counted_at, closes_at)
    SELECT learner_id, local_day, {summed("streak_activities")},
        min(occurred_at) FILTER (WHERE streak_activities > 0), max(day_ends_at)
    FROM new WHERE {_LOCKED} GROUP BY learner_id, local_day ORDER BY learner_id, local_day
    ON CONFLICT (learner_id, local_day) DO UPDATE SET {added("d", "streak_activities")}, dirty = true,
        first_counted_at = least(d.first_counted_at, excluded.first_counted_at),
        closes_at = greatest(d.closes_at, excluded.closes_at)
    RETURNING d.learner_id, d.local_day, d.activities, d.streak_activities
), cells AS (
    INSERT INTO activity_cells AS c ({_CELL_KEY}, {SUM_COLUMNS})
    SELECT {_CELL_KEY}, {summed()} FROM new WHERE {_LOCKED} GROUP BY {_CELL_KEY} ORDER BY {_CELL_KEY}
    ON CONFLICT ({_CELL_KEY}) DO UPDATE SET {added("c")}
), topics AS (
    INSERT INTO skill_levels AS s (learner_id, topic, {SUM_COLUMNS}, review_n, review_milli, last_day, level)
    SELECT learner_id, topic, {summed("review_n", "review_milli")}, max(local_day), ${first_level_place}::text
    FROM new WHERE topic <> '' AND {_LOCKED} GROUP BY learner_id, topic ORDER BY learner_id, topic
    ON CONFLICT (learner_id, topic) DO UPDATE SET {added("s", "review_n", "review_milli")},
        last_day = greatest(s.last_day, excluded.last_day)
    RETURNING s.learner_id, s.topic, s.activities, s.graded, s.grade_milli, s.level
)"""


def _result(sent_place: int) -> str:
    """The one result of a batch, of four kinds of row: what the rules need to decide."""
    return f"""
SELECT 'new' AS row, learner_id, sender AS name, id AS other, NULL::date AS day, NULL::bigint[] AS numbers
FROM new WHERE (SELECT count(*) FROM new) < ${sent_place}::int
UNION ALL
SELECT 'learner', learner_id, NULL, NULL, last_met_day, numbers FROM locked
UNION ALL
SELECT 'day', learner_id, NULL, NULL, local_day, ARRAY[activities, streak_activities] FROM days
UNION ALL
SELECT 'topic', learner_id, topic, level, NULL, ARRAY[activities, graded, grade_milli] FROM topics
"""


RECORD = f"""
WITH new AS ({_INSERT}
    RETURNING a.sender, a.id, {CONTRIBUTION}
){_upserts(_COMMIT_PLACE + 1)}{_result(_COMMIT_PLACE + 2)}"""
"""Log and sums in one statement, for batches without once-keys."""

SUM_UP = f"""
WITH new AS (
    SELECT a.* FROM unnest($1::uuid[], $2::text[], $3::text[]) AS k(learner_id, sender, id)
    CROSS JOIN LATERAL (
        SELECT a.sender, a.id, {CONTRIBUTION} FROM activities a
        WHERE a.learner_id = k.learner_id AND a.sender = k.sender AND a.id = k.id OFFSET 0
    ) a
){_upserts(4)}{_result(5)}"""
"""Sums of rows that this transaction has just put into the log."""

FOLLOW_UP = """
WITH moved AS (
    UPDATE learners l SET active_days = l.active_days + u.new_days, topics = l.topics + u.new_topics, run = u.run,
        longest = u.longest, last_met_day = u.last_met_day, freezes = u.freezes, progress = u.progress
    FROM unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::int[], $6::date[], $7::int[], $8::int[])
        AS u(learner_id, new_days, new_topics, run, longest, last_met_day, freezes, progress)
    WHERE l.learner_id = u.learner_id
), levelled AS (
    UPDATE skill_levels s SET previous_level = s.level, level = u.level, level_updated_at = $13
    FROM unnest($9::uuid[], $10::text[], $11::text[]) AS u(learner_id, topic, level)
    WHERE s.learner_id = u.learner_id AND s.topic = u.topic
)
INSERT INTO notices (learner_id, revision, n, kind, body, commit_id, created_at)
SELECT learner_id, revision, n, 'level_changed', body, $12, $13
FROM unnest($14::uuid[], $15::bigint[], $16::int[], $17::jsonb[]) AS u(learner_id, revision, n, body)
"""
"""What the rules decided: streaks, levels and their notices. Only learners and topics that moved."""

SETTLE_ONCE_KEYS = """
INSERT INTO once_keys (learner_id, object_type, once_key, sender, id)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
ON CONFLICT DO NOTHING RETURNING learner_id, sender, id
"""

MARK_NOT_COUNTED = """
UPDATE activities a SET not_counted = 'once_key'
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS k(learner_id, sender, id)
WHERE (a.learner_id, a.sender, a.id) = (k.learner_id, k.sender, k.id)
"""


@dataclass(slots=True)
class TopicRow:
    """A topic after the batch: `graded` exercises and their grades in thousandths; `level` as it was."""

    topic: str
    level: str
    is_new: bool
    graded: int
    grade_milli: int


@dataclass(slots=True)
class LearnerRow:
    """A learner after the batch, but for what the rules still have to decide."""

    learner_id: UUID
    revision: int
    days_revision: int
    outage_revision: int
    topics: int
    streak: StreakState
    new_days: int = 0
    opened_days: list[date] = field(default_factory=list)
    touched_topics: list[TopicRow] = field(default_factory=list)


@dataclass(slots=True)
class Recorded:
    """What came back: the keys that are new (None: all of them) and every learner they belong to."""

    new: set[tuple[UUID, str, str]] | None
    learners: dict[UUID, LearnerRow]


def log_arrays(submissions: Sequence[Submission]) -> list[Sequence[object]]:
    """The batch as one array a column, in the order of the log's columns. `submissions` must be sorted by key."""
    return list(zip(*map(_log_row, submissions), strict=True))


def _log_row(sent: Submission) -> tuple[object, ...]:
    activity = sent.activity
    return (
        sent.learner_id,
        sent.sender,
        sent.id,
        activity.verb,
        activity.object_type,
        activity.object_id,
        activity.topic or "",
        activity.path or "",
        activity.difficulty or "",
        activity.space_id,
        activity.goal_id,
        activity.value_milli,
        activity.duration_seconds,
        activity.hints_used,
        sent.points,
        activity.session_id,
        activity.once_key,
        activity.zone,
        sent.metadata_json,
        sent.occurred_at,
        sent.local_day,
        sent.utc_offset_minutes,
        sent.day_ends_at,
        sent.counts,
        sent.sent_fields,
        sent.content_hash,
        sent.received_at,
    )


def recorded_from(rows: Sequence[asyncpg.Record], batch: Sequence[Submission]) -> Recorded:
    """Sort the one result of `batch` by what its rows are about.

    A row whose count after the batch is what the batch added was not there before.
    """
    learners: dict[UUID, LearnerRow] = {}
    new = {(row[1], row[2], row[3]) for row in rows if row[0] == "new"}
    recorded = [sent for sent in batch if sent.key in new] if new else batch
    added_days, added_topics = _added_by(recorded)
    for kind, learner_id, name, other, day, numbers in rows:
        if kind == "learner":
            revision, days_revision, topics, run, longest, freezes, progress, outages = numbers
            streak = StreakState(run=run, longest=longest, last_met_day=day, freezes=freezes, progress=progress)
            learners[learner_id] = LearnerRow(learner_id, revision, days_revision, outages, topics, streak)
        elif kind == "day":
            activities, streak_activities = added_days[learner_id, day]
            learners[learner_id].new_days += numbers[0] == activities
            if streak_activities and numbers[1] == streak_activities:
                learners[learner_id].opened_days.append(day)
        elif kind == "topic":
            is_new = numbers[0] == added_topics[learner_id, name]
            learners[learner_id].touched_topics.append(TopicRow(name, other, is_new, numbers[1], numbers[2]))
    all_new = not new and bool(learners)
    return Recorded(None if all_new else new, learners)


def _added_by(
    recorded: Sequence[Submission],
) -> tuple[dict[tuple[UUID, date], tuple[int, int]], dict[tuple[UUID, str], int]]:
    """How many activities, and activities for the streak, each day was given; how many activities each topic."""
    days: dict[tuple[UUID, date], tuple[int, int]] = {}
    topics: dict[tuple[UUID, str], int] = {}
    for sent in recorded:
        day = (sent.learner_id, sent.local_day)
        activities, streak_activities = days.get(day, (0, 0))
        days[day] = (activities + 1, streak_activities + (sent.counts & STREAK))
        if sent.activity.topic:
            topic = (sent.learner_id, sent.activity.topic)
            topics[topic] = topics.get(topic, 0) + 1
    return days, topics


@dataclass(slots=True)
class Decided:
    """What the rules made of one learner's row."""

    learner: LearnerRow
    after: StreakState
    level_changes: list[LevelChange]

    @property
    def new_topics(self) -> int:
        """Topics opened by this batch."""
        return sum(topic.is_new for topic in self.learner.touched_topics)

    @property
    def moved(self) -> bool:
        """Whether anything in the learner's row but the sums has to change."""
        return bool(self.learner.new_days or self.new_topics or self.after != self.learner.streak)


def follow_up_arguments(decided: Sequence[Decided], commit_id: UUID, now: datetime, bodies: list[str]) -> list[object]:
    """Arguments of `FOLLOW_UP`; `bodies` are the notices' JSON in the order of learners and their level changes."""
    moved = [d for d in decided if d.moved]
    levels = [(d.learner, change) for d in decided for change in d.level_changes]
    places = [place for d in decided for place in range(len(d.level_changes))]
    return [
        [d.learner.learner_id for d in moved],
        [d.learner.new_days for d in moved],
        [d.new_topics for d in moved],
        [d.after.run for d in moved],
        [d.after.longest for d in moved],
        [d.after.last_met_day for d in moved],
        [d.after.freezes for d in moved],
        [d.after.progress for d in moved],
        [learner.learner_id for learner, _ in levels],
        [change.topic for _, change in levels],
        [change.to_level for _, change in levels],
        commit_id,
        now,
        [learner.learner_id for learner, _ in levels],
        [learner.revision for learner, _ in levels],
        places,
        bodies,
    ]
