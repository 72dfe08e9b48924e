"""Activities on the wire: what may be sent, in our own shape and in the two the platform's features already speak."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, FailFast, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from milepost.api.achievements.schemas import UnlockedOut
from milepost.api.http.fields import (
    Answer,
    Cursor,
    Day,
    Instant,
    LearnerRef,
    Limit,
    Metadata,
    NamedLearner,
    Sent,
    Topic,
    ZoneName,
    query_number,
    text,
)
from milepost.api.streaks.schemas import StreakOut
from milepost.rules.activities import Activity

_MILLI = 1_000
_INT32 = 2**31 - 1


def _three_decimals(value: float) -> float:
    if abs(value * _MILLI - round(value * _MILLI)) > 1e-6:
        raise PydanticCustomError("decimals", "at most 3 decimals are possible")
    return value


Word = Annotated[str, text(40)]
Short = Annotated[str, text(100)]
Label = Annotated[str, text(200)]
Value = Annotated[
    float,
    Field(ge=0, le=100, allow_inf_nan=False, description="0–100, at most 3 decimals: a grade, a rating, a share."),
    AfterValidator(_three_decimals),
]


EventValue = Annotated[
    float,
    Field(
        ge=0, le=1_440, allow_inf_nan=False, description="0–100, at most 3 decimals; of `time`: minutes, at most a day."
    ),
    AfterValidator(_three_decimals),
]
Seconds = Annotated[int, Field(ge=0, le=86_400, description="Seconds, at most a day.")]


class ActivityIn(Sent):
    """One thing a learner did. `id` is the sender's own and unique for ever: sending it again is safe."""

    id: Label | None = None
    verb: Word
    object_type: Word
    occurred_at: Instant
    learner_id: LearnerRef | None = None
    object_id: Label | None = None
    topic: Topic | None = None
    path: Short | None = None
    difficulty: Word | None = None
    space_id: Label | None = None
    goal_id: Label | None = None
    value: Value | None = None
    duration_seconds: Seconds | None = None
    hints_used: Annotated[int, Field(ge=0, le=_INT32)] | None = None
    points: Annotated[int, Field(ge=0, le=100_000)] | None = None
    session_id: Label | None = None
    once_key: Label | None = None
    zone: ZoneName | None = None
    metadata: Metadata | None = None

    def activity(self) -> Activity:
        """As the rules see it."""
        return Activity(
            verb=self.verb,
            object_type=self.object_type,
            occurred_at=self.occurred_at,
            object_id=self.object_id,
            topic=self.topic or None,
            path=self.path,
            difficulty=self.difficulty,
            space_id=self.space_id,
            goal_id=self.goal_id,
            value_milli=None if self.value is None else round(self.value * _MILLI),
            duration_seconds=self.duration_seconds,
            hints_used=self.hints_used,
            points=self.points,
            session_id=self.session_id,
            once_key=self.once_key,
            zone=self.zone,
            metadata=self.metadata,
        )


class BatchIn(Sent):
    """Many activities; `learner_id` holds for those that name nobody themselves."""

    # The first fault is enough here: items are read one by one then, and millions of faults would fill the memory.
    activities: Annotated[list[ActivityIn], Field(min_length=1), FailFast()]
    learner_id: LearnerRef | None = None


class ProgressEventIn(Sent):
    """A progress event as the platform's spaces send it (camelCase). Its timestamp makes repeats recognisable."""

    type: Literal["task", "time", "milestone", "interaction"]
    space_id: Annotated[Label | None, Field(validation_alias=AliasChoices("spaceId"))] = None
    goal_id: Annotated[Label | None, Field(validation_alias=AliasChoices("goalId"))] = None
    value: EventValue
    metadata: Metadata | None = None
    timestamp: Instant | None = None
    learner_id: Annotated[LearnerRef | None, Field(validation_alias=AliasChoices("learnerId", "userId"))] = None
    id: Label | None = None

    @field_validator("value")
    @classmethod
    def _only_minutes_exceed_a_hundred(cls, value: float, event: ValidationInfo) -> float:
        if value > 100 and event.data.get("type") != "time":
            raise PydanticCustomError("share", "at most 100 is possible; only minutes may be more")
        return value


class RecordedEventIn(Sent):
    """An event as the platform's features record it (camelCase); without a timestamp it happened now."""

    action: Word
    object_type: Annotated[Word, Field(validation_alias=AliasChoices("objectType"))]
    object_id: Annotated[Label | None, Field(validation_alias=AliasChoices("objectId"))] = None
    metadata: Metadata | None = None
    timestamp: Instant | None = None
    session_id: Annotated[Label | None, Field(validation_alias=AliasChoices("sessionId"))] = None
    learner_id: Annotated[LearnerRef | None, Field(validation_alias=AliasChoices("learnerId", "userId"))] = None
    id: Label | None = None


class FeedQuery(NamedLearner):
    """Which part of the feed: newest first, a page at a time, by `cursor` (or `offset` for short lists)."""

    limit: Limit = 50
    cursor: Cursor | None = None
    offset: Annotated[int, query_number(0, 10_000)] = 0
    topic: Topic | None = None
    object_type: Word | None = None
    from_: Annotated[Day | None, Field(validation_alias="from")] = None
    to: Day | None = None


class FaultOut(Answer):
    """One impossible value of one activity."""

    pointer: str
    message: str


class ResultOut(Answer):
    """What became of one activity, in the order sent. `fields` names what differs from the one stored under this id."""

    id: str | None
    status: Literal["accepted", "duplicate", "conflict", "rejected"]
    reason: str | None = None
    fields: list[str] | None = None
    not_counted: Literal["once_key"] | None = None
    errors: list[FaultOut] | None = None


class LevelChangeOut(Answer):
    """A topic whose level moved."""

    topic: str
    from_: Annotated[str, Field(serialization_alias="from", validation_alias="from")]
    to: str


class LearnerOut(Answer):
    """A learner after the request; `points` are those the request earned."""

    learner_id: str
    revision: int
    streak: StreakOut
    level_changes: list[LevelChangeOut]
    unlocked: list[UnlockedOut]
    points: int


class RecordedOut(Answer):
    """An outcome for each activity in order, and each learner that something was taken for."""

    results: list[ResultOut]
    learners: list[LearnerOut]


class VoidQuery(NamedLearner):
    """Whose activity, and which sender's: administrators say both, a service the learner, a learner neither."""

    sender: Label | None = None


class VoidedOut(Answer):
    """An activity taken back, and its learner afterwards; `points` is what the total moved by."""

    id: str
    sender: str
    status: Literal["voided"]
    learner: LearnerOut


class VoidQueuedOut(Answer):
    """An activity taken back, whose learner waits to be counted anew."""

    id: str
    sender: str
    status: Literal["queued"]


class ActivityOut(Answer):
    """An activity as it was recorded; fields nobody sent are left out."""

    id: str
    sender: str
    verb: str
    object_type: str
    occurred_at: datetime
    local_day: Day
    points: int
    object_id: str | None = None
    topic: str | None = None
    path: str | None = None
    difficulty: str | None = None
    space_id: str | None = None
    goal_id: str | None = None
    value: float | None = None
    duration_seconds: int | None = None
    hints_used: int | None = None
    session_id: str | None = None
    once_key: str | None = None
    zone: str | None = None
    not_counted: str | None = None
    metadata: dict[str, object] | None = None


class FeedOut(Answer):
    """A page of the feed; `next` is the cursor of the following one, null at the end."""

    activities: list[ActivityOut]
    next: str | None


Outcome = Literal["started", "continued", "continued_with_freeze", "already_counted", "broken_and_restarted", "late"]


class ExerciseIn(ActivityIn):
    """An activity; what is not said is a completed exercise, now."""

    verb: Word = "completed"
    object_type: Word = "exercise"
    occurred_at: Instant | None = None  # type: ignore[assignment]  # needed elsewhere, "now" here


class StreakUpdateIn(Sent):
    """With an exercise: it is recorded. Without one: a check-in for today."""

    exercise: ExerciseIn | None = None
    learner_id: LearnerRef | None = None


class StreakUpdateOut(Answer):
    """What the exercise or check-in did to the streak."""

    current_streak: int
    longest_streak: int
    outcome: Outcome
    is_new_record: bool
    last_exercise_date: Day | None
    freezes: int
    level_changes: list[LevelChangeOut]
    unlocked: list[UnlockedOut]
