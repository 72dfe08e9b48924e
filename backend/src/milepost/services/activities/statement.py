"""The statement that writes a batch into the log and its sums, and the rows it returns.

`db/log/contributions.py` defines what a row of the log adds to the sums.

Locks are taken in one order everywhere: the log's rows by key, learners by id, then days, cells and topics. Every
upsert of a sum waits for `locked`, the learners' RETURNING, because sibling CTEs may run in any order. It counts
`locked` and does not join it: the planner guesses ten rows for an array of unknown length, and a nested loop over 500
is slow.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from milepost.db.connection import Record
from milepost.db.log.contributions import (
    CELL_KEY,
    CONTRIBUTION,
    MASTERY_COLUMNS,
    REPORTED_ADDED,
    REPORTED_COLUMNS,
    SUM_COLUMNS,
    added,
    summed,
)
from milepost.db.log.projections import LOCKED, SUMMED
from milepost.db.tables.sums import MASTERY_SUMS, REPORTED
from milepost.rules.achievements.metrics import METRIC_COLUMNS, place_of
from milepost.rules.activities import STREAK
from milepost.rules.streaks.streaks import StreakState
from milepost.services.activities.submission import Key, Submission
from milepost.services.projections.running_totals import hold_through

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
    "typical_milli": "int",
    "day_seconds": "int",
}
_RECEIVED_PLACE = len(_LOG_COLUMNS) + 1
_COMMIT_PLACE = len(_LOG_COLUMNS) + 2
_LOG_LIST = ", ".join(_LOG_COLUMNS)
_LOG_ARRAYS = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(_LOG_COLUMNS.values(), 1))

_INSERT = f"""
    INSERT INTO activities AS a ({_LOG_LIST}, received_at, commit_id)
    SELECT {_LOG_LIST}, ${_RECEIVED_PLACE}::timestamptz, ${_COMMIT_PLACE}::uuid
    FROM unnest({_LOG_ARRAYS}) AS submitted({_LOG_LIST})
    ON CONFLICT DO NOTHING"""

INSERT_ONLY = f"{_INSERT} RETURNING a.learner_id, a.sender, a.id"
"""Only into the log: for batches whose once-keys must be settled before anything is summed."""

_CELL_KEY = ", ".join(CELL_KEY)
_LEARNER_NUMBERS = (
    *("revision", "days_revision", "outages", "catalogue", "eases", "run", "freezes", "progress"),
    *("last_day", "unlocked", "catalogue_seen", "outage_seen", "on_boards"),
)
_LONGEST, _TOPICS = place_of("longest"), place_of("topics")
_LEARNERS_END = 3 + 2 + len(_LEARNER_NUMBERS) + len(METRIC_COLUMNS)

_DECLARED_UPSERTS = [f", {one.name}_sums AS ({one.intake_upsert}\n)" for one in SUMMED if one.intake_upsert]


def upserts(first_level_place: int, revisions: int = 1) -> str:
    """The upserts of all sums from `new`, as CTEs; `locked` has the learners with their sums afterwards.

    `revisions`: 0 for a second statement of a commit, which has one revision.
    """
    return f"""
, locked AS (
    INSERT INTO learners AS l
        (learner_id, revision, catalogue_seen, outage_seen, last_day, totals_through, {SUM_COLUMNS}, {REPORTED_COLUMNS})
    SELECT learner_id, 1, (SELECT catalogue_revision FROM system_state),
        (SELECT coalesce(max(activation), 0) FROM outages), max(local_day), min(local_day) - 1, {summed(*REPORTED)}
    FROM new GROUP BY learner_id ORDER BY learner_id
    ON CONFLICT (learner_id) DO UPDATE SET revision = l.revision + {revisions}, {added("l")}, {REPORTED_ADDED},
        {hold_through("excluded.totals_through")},
        last_day = CASE WHEN l.activities = 0 OR l.last_day IS NOT NULL THEN greatest(l.last_day, excluded.last_day) END
    RETURNING l.learner_id, l.last_met_day, l.revision, l.days_revision, l.run, l.freezes, l.progress,
        l.last_day, l.unlocked, l.catalogue_seen, l.outage_seen, l.on_boards,
        {", ".join(f"l.{name}" for name in METRIC_COLUMNS)},
        (SELECT coalesce(max(activation), 0) FROM outages) AS outages,
        (SELECT catalogue_revision FROM system_state) AS catalogue, (SELECT revision FROM ease_state) AS eases
), days AS (
    INSERT INTO activity_days AS d
        (learner_id, local_day, {SUM_COLUMNS}, {REPORTED_COLUMNS}, streak_activities, first_counted_at,
            closes_at, dirty_at)
    SELECT learner_id, local_day, {summed(*REPORTED, "streak_activities")},
        min(occurred_at) FILTER (WHERE streak_activities > 0), max(day_ends_at), max(received_at)
    FROM new WHERE {LOCKED} GROUP BY learner_id, local_day ORDER BY learner_id, local_day
    ON CONFLICT (learner_id, local_day) DO UPDATE SET {added("d", *REPORTED, "streak_activities")},
        dirty = true,
        dirty_at = CASE WHEN d.dirty THEN d.dirty_at ELSE excluded.dirty_at END,
        first_counted_at = least(d.first_counted_at, excluded.first_counted_at),
        closes_at = greatest(d.closes_at, excluded.closes_at)
    RETURNING d.learner_id, d.local_day, d.activities, d.streak_activities, d.seconds
), cells AS (
    INSERT INTO activity_cells AS c ({_CELL_KEY}, {SUM_COLUMNS}, {MASTERY_COLUMNS})
    SELECT {_CELL_KEY}, {summed(*MASTERY_SUMS)} FROM new WHERE {LOCKED} GROUP BY {_CELL_KEY} ORDER BY {_CELL_KEY}
    ON CONFLICT ({_CELL_KEY}) DO UPDATE SET {added("c", *MASTERY_SUMS)}
), topics AS (
    INSERT INTO skill_levels AS s (learner_id, topic, {SUM_COLUMNS}, review_n, review_milli, last_day, level)
    SELECT learner_id, topic, {summed("review_n", "review_milli")}, max(local_day), ${first_level_place}::text
    FROM new WHERE topic <> '' AND {LOCKED} GROUP BY learner_id, topic ORDER BY learner_id, topic
    ON CONFLICT (learner_id, topic) DO UPDATE SET {added("s", "review_n", "review_milli")},
        last_day = greatest(s.last_day, excluded.last_day)
    RETURNING s.learner_id, s.topic, s.activities, s.graded, s.grade_milli, s.level
){"".join(_DECLARED_UPSERTS)}"""


def listed(*columns: str, of: str) -> str:
    """Each column of a CTE as one array, all in the CTE's order: far cheaper to read than a row for each."""
    return ", ".join(f"(SELECT array_agg({column}) FROM {of})" for column in columns)


def _result(size_place: int) -> str:
    """The one row of a batch: what the rules need to decide. It lists the new keys only where some are not new, and of
    the days those that may hold more time than may count, and those with more activities than one sender may send.
    """
    some_repeated = f"new WHERE (SELECT count(*) FROM new) < ${size_place}::int"
    return f"""
SELECT {listed("learner_id", "local_day", of=f"days WHERE seconds > ${size_place + 1}::int")},
    {listed("learner_id", "local_day", of=f"days WHERE activities > ${size_place + 2}::int")},
    {listed("learner_id", "sender", "id", of=some_repeated)},
    {listed("learner_id", "last_met_day", *_LEARNER_NUMBERS, *METRIC_COLUMNS, of="locked")},
    {listed("learner_id", "local_day", "activities", "streak_activities", of="days")},
    {listed("learner_id", "topic", "level", "activities", "graded", "grade_milli", of="topics")}
"""


RECORD = f"""
WITH new AS ({_INSERT}
    RETURNING a.sender, a.id, a.received_at, {CONTRIBUTION}
){upserts(_COMMIT_PLACE + 1)}{_result(_COMMIT_PLACE + 2)}"""
"""Log and sums in one statement, for batches without once-keys."""

SUM_UP = f"""
WITH new AS (
    SELECT a.* FROM unnest($1::uuid[], $2::text[], $3::text[]) AS k(learner_id, sender, id)
    CROSS JOIN LATERAL (
        SELECT a.sender, a.id, a.received_at, {CONTRIBUTION} FROM activities a
        WHERE a.learner_id = k.learner_id AND a.sender = k.sender AND a.id = k.id OFFSET 0
    ) a
){upserts(4)}{_result(5)}"""
"""Sums of rows that this transaction has just put into the log."""

CLAIM_ONCE_KEYS = """
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
    """A topic after the batch: `graded` exercises and their grades in thousandths. `level` is still the one before."""

    topic: str
    level: str
    is_new: bool
    graded: int
    grade_milli: int


@dataclass(slots=True)
class LearnerRow:
    """A learner after the batch, before the rules have decided."""

    learner_id: UUID
    revision: int
    days_revision: int
    outage_revision: int
    catalogue_revision: int
    ease_revision: int
    topics: int
    streak: StreakState
    last_day: date | None
    unlocked: bytes
    catalogue_seen: int
    outage_seen: int
    on_boards: bool
    sums: tuple[int, ...]
    """In the order of `METRIC_COLUMNS`."""
    new_days: int = 0
    opened_days: list[date] = field(default_factory=list)
    touched_topics: list[TopicRow] = field(default_factory=list)

    @property
    def outage_is_pending(self) -> bool:
        """Whether an outage has yet to reach the row, so that its streak ignores it."""
        return self.outage_seen < self.outage_revision


@dataclass(frozen=True, slots=True)
class Recorded:
    """The submissions that are new in the log, sorted by key, and their learners.

    `not_counted` are those of them whose once-key had been used: they add no points or grades. `long_days` may hold
    more time than may count, `crowded_days` more activities of the learner's own client than a day may have;
    `counted_seconds` has the new submissions of which only a part counts.
    """

    new: Sequence[Submission] = ()
    learners: Mapping[UUID, LearnerRow] = field(default_factory=dict)
    not_counted: Collection[Submission] = ()
    long_days: Sequence[tuple[UUID, date]] = ()
    crowded_days: Sequence[tuple[UUID, date]] = ()
    counted_seconds: Mapping[Key, int] = field(default_factory=dict)


def log_arrays(submissions: Sequence[Submission]) -> list[Sequence[object] | None]:
    """One array for each column of the log, in the order of the columns. `submissions` must be sorted by key.

    An empty column is passed as null: `unnest` fills it up with nulls, and the driver need not look at every element.
    """
    nothing = (None,) * len(submissions)
    columns = zip(*map(_log_row, submissions), strict=True)
    return [None if column == nothing else column for column in columns]


def _log_row(submission: Submission) -> tuple[object, ...]:
    activity = submission.activity
    return (
        submission.learner_id,
        submission.sender,
        submission.id,
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
        submission.points,
        activity.session_id,
        activity.once_key,
        activity.zone,
        submission.metadata_json,
        submission.occurred_at,
        submission.local_day,
        submission.utc_offset_minutes,
        submission.day_ends_at,
        submission.counts,
        submission.sent_fields,
        submission.content_hash,
        submission.typical_milli,
        submission.day_seconds,
    )


def recorded_from(row: Record, submissions: Sequence[Submission]) -> Recorded:
    """Read the one row that a batch returned.

    A day or topic is new where its count after the batch equals what the batch added.
    """
    columns = [column or () for column in row]
    long_days, crowded_days = (list(zip(*columns[place : place + 2], strict=True)) for place in (0, 2))
    del columns[:4]
    new_keys = set(zip(*columns[:3], strict=True))
    learners = {row[0]: _learner(*row) for row in zip(*columns[3:_LEARNERS_END], strict=True)}
    if not learners:
        return Recorded()
    # No keys are listed where all are new.
    new = [submission for submission in submissions if submission.key in new_keys] if new_keys else submissions
    added_days, added_topics = _added_by(new)
    for learner_id, day, activities, streak_activities in zip(*columns[_LEARNERS_END : _LEARNERS_END + 4], strict=True):
        added, added_to_streak = added_days[learner_id, day]
        learner = learners[learner_id]
        learner.new_days += activities == added
        if added_to_streak and streak_activities == added_to_streak:
            learner.opened_days.append(day)
    for learner_id, topic, level, activities, graded, grade_milli in zip(*columns[_LEARNERS_END + 4 :], strict=True):
        is_new = activities == added_topics[learner_id, topic]
        learners[learner_id].touched_topics.append(TopicRow(topic, level, is_new, graded, grade_milli))
    return Recorded(new, learners, long_days=long_days, crowded_days=crowded_days)


def _learner(
    learner_id: UUID,
    last_met_day: date | None,
    revision: int,
    days_revision: int,
    outages: int,
    catalogue: int,
    eases: int,
    run: int,
    freezes: int,
    progress: int,
    last_day: date | None,
    unlocked: bytes,
    catalogue_seen: int,
    outage_seen: int,
    on_boards: bool,
    *sums: int,
) -> LearnerRow:
    streak = StreakState(run, sums[_LONGEST], last_met_day, freezes, progress)
    return LearnerRow(
        learner_id,
        revision,
        days_revision,
        outages,
        catalogue,
        eases,
        sums[_TOPICS],
        streak,
        last_day,
        unlocked,
        catalogue_seen,
        outage_seen,
        on_boards,
        sums,
    )


def _added_by(
    new: Sequence[Submission],
) -> tuple[dict[tuple[UUID, date], tuple[int, int]], dict[tuple[UUID, str], int]]:
    """How many activities, and activities for the streak, each day was given; how many activities each topic."""
    days: dict[tuple[UUID, date], tuple[int, int]] = {}
    topics: dict[tuple[UUID, str], int] = {}
    for submission in new:
        day = (submission.learner_id, submission.local_day)
        activities, streak_activities = days.get(day, (0, 0))
        days[day] = (activities + 1, streak_activities + (submission.counts & STREAK))
        if submission.activity.topic:
            topic = (submission.learner_id, submission.activity.topic)
            topics[topic] = topics.get(topic, 0) + 1
    return days, topics
