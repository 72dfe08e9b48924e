"""What goes into intake and what comes out: an activity on its way to the log, and its outcome."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal
from uuid import UUID

import orjson

from milepost.queries.learners.facts import LearnerFacts
from milepost.rules.activities import Activity
from milepost.rules.streaks.streaks import Outcome as StreakOutcome
from milepost.rules.streaks.streaks import StreakState
from milepost.rules.texts import by_value
from milepost.services.achievements.unlocks import Unlocked

_UNDECIDED = datetime.min.replace(tzinfo=UTC)
Key = tuple[UUID, str, str]
"""(learner, sender, id): unique for ever."""
Status = Literal["accepted", "duplicate", "conflict", "rejected"]

COMPARED_FIELDS = (
    "verb",
    "object_type",
    "occurred_at",
    "object_id",
    "topic",
    "path",
    "difficulty",
    "space_id",
    "goal_id",
    "value",
    "duration_seconds",
    "hints_used",
    "points",
    "session_id",
    "once_key",
    "zone",
    "metadata",
)
"""The fields by which repeats are compared, in a fixed order. The place of a field is its bit in `sent_fields`."""


_BITS = tuple(1 << place for place in range(len(COMPARED_FIELDS)))


@dataclass(slots=True, eq=False)
class Submission:
    """One activity of one learner, ready to be recorded: what was sent, and what policy says about its kind.

    `occurred_at` is UTC. `open_batch` decides the day, from the learner's zones. `asks_streak`: its effect on the
    streak is stored for replays.
    """

    learner_id: UUID
    sender: str
    id: str
    activity: Activity
    occurred_at: datetime
    counts: int
    points: int
    claimed_zone: str | None = None
    asks_streak: bool = False
    metadata_json: str | None = None
    sent_fields: int = 0
    content_hash: int = 0
    typical_milli: int | None = None
    """What a typical learner gets in the exercise of a grade, in thousandths; `open_batch` decides it too."""
    local_day: date = date.min
    utc_offset_minutes: int = 0
    day_ends_at: datetime = _UNDECIDED
    day_seconds: int | None = None

    def __post_init__(self) -> None:
        content = content_of(self.activity)
        sent_fields = 0
        for bit, value in zip(_BITS, content, strict=True):
            if value is not None:
                sent_fields |= bit
        self.sent_fields = sent_fields
        if self.activity.metadata is not None:
            self.metadata_json = orjson.dumps(self.activity.metadata).decode()
        packed = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        self.content_hash = int.from_bytes(hashlib.blake2b(packed, digest_size=8).digest(), "big", signed=True)

    @property
    def key(self) -> Key:
        """The identity of the activity in the log."""
        return (self.learner_id, self.sender, self.id)


def content_of(activity: Activity) -> tuple[object, ...]:
    """The sent fields in the order of `COMPARED_FIELDS`, by value: instants in UTC, metadata by `by_value`."""
    at, metadata = activity.occurred_at, activity.metadata
    return (
        activity.verb,
        activity.object_type,
        None if at is None else at.astimezone(UTC),
        activity.object_id,
        activity.topic,
        activity.path,
        activity.difficulty,
        activity.space_id,
        activity.goal_id,
        activity.value_milli,
        activity.duration_seconds,
        activity.hints_used,
        activity.points,
        activity.session_id,
        activity.once_key,
        activity.zone,
        None if metadata is None else by_value(metadata),
    )


@dataclass(frozen=True, slots=True)
class LevelChange:
    """A topic whose level changed in this commit."""

    topic: str
    from_level: str
    to_level: str


@dataclass(frozen=True, slots=True)
class MilestoneReached:
    """A milestone reached for the first time, the earliest day on which it was reached, and its title if known."""

    milestone_id: str
    reached_on: date
    title: str | None


@dataclass(frozen=True, slots=True)
class Gains:
    """What one activity gave its learner: level changes and achievements."""

    level_changes: Sequence[LevelChange] = ()
    unlocked: Sequence[Unlocked] = ()


@dataclass(slots=True)
class LearnerChange:
    """What one commit did to one learner's streak, and whether the learner's today is met afterwards."""

    learner_id: UUID
    revision: int
    before: StreakState
    after: StreakState
    met_today: bool = False


@dataclass(slots=True)
class Outcome:
    """The result of one submission. `points` are those it counted for; `fields` names the differences in a conflict.

    `voided`: the repeated activity has been taken back. `streak_outcome` and `is_new_record` are its effect on the
    streak when it was recorded, if it opened a day; of a repeat, if its sender asked then. `counted_seconds`: what
    counts of its duration, if not all of it. `note`: a hint for the sender. `merged_into`: where the learner can be
    found now.
    """

    id: str
    status: Status
    learner_id: UUID
    reason: str | None = None
    fields: tuple[str, ...] = ()
    not_counted: str | None = None
    points: int = 0
    local_day: date | None = None
    sender: str = ""
    voided: bool = False
    streak_outcome: StreakOutcome = "already_counted"
    is_new_record: bool = False
    counted_seconds: int | None = None
    note: str | None = None
    merged_into: UUID | None = None

    @property
    def key(self) -> Key:
        """The identity of the activity in the log."""
        return (self.learner_id, self.sender, self.id)


@dataclass(slots=True)
class Committed:
    """The answer to one batch: an outcome for each submission in order, and the learners it touched.

    `gains`: what each activity gave its learner, now or when it was recorded, if it gave anything.
    """

    outcomes: list[Outcome]
    changes: dict[UUID, LearnerChange]
    gains: dict[Key, Gains]
    facts: dict[UUID, LearnerFacts]


class FactsMoved(Exception):
    """Zones, excuses or topics of a learner, the catalogue or eases changed between reading and locking: start over."""
