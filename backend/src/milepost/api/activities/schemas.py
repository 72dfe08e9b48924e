"""Activities on the wire, in our own shape and in the two shapes that the platform already sends."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, FailFast, Field, ValidationInfo, field_validator

from milepost.api.achievements.schemas import UnlockedOut
from milepost.api.edge.problems import ProblemFault
from milepost.api.edge.quiet import LOUD
from milepost.api.http.faults import field_error
from milepost.api.http.fields import (
    WHOLE,
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
    UuidText,
    ZoneName,
    label,
    query_number,
    text,
)
from milepost.api.http.windows import FilterOut, WindowQuery
from milepost.api.streaks.schemas import StreakOut
from milepost.rules.activities import Activity

_MILLI = 1_000
_INT32 = 2**31 - 1


def _three_decimals(value: float) -> float:
    if abs(value * _MILLI - round(value * _MILLI)) > 1e-6:
        raise field_error("too_many_decimals", "must have at most {max} decimals", max=3)
    return value


Word = Annotated[str, label(40)]
Short = Annotated[str, label(100)]
Label = Annotated[str, text(200)]
Value = Annotated[
    float,
    Field(
        ge=0, le=100, allow_inf_nan=False, description="0–100 with at most 3 decimals: a grade, a rating or a share."
    ),
    AfterValidator(_three_decimals),
]


EventValue = Annotated[
    float,
    Field(
        ge=0,
        le=1_440,
        allow_inf_nan=False,
        description="0–100 with at most 3 decimals. For `time`: minutes, at most one day.",
    ),
    AfterValidator(_three_decimals),
]
Seconds = Annotated[int, Field(ge=0, le=86_400, description="Seconds, at most one day."), WHOLE]


class ActivityIn(Sent):
    """One thing a learner did. The sender chooses `id`, which must stay unique for ever; sending it again is safe."""

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
    hints_used: Annotated[int, Field(ge=0, le=_INT32), WHOLE] | None = None
    points: Annotated[int, Field(ge=0, le=100_000), WHOLE] | None = None
    session_id: Label | None = None
    once_key: Label | None = None
    zone: ZoneName | None = None
    metadata: Metadata | None = None

    def activity(self) -> Activity:
        """The activity as a domain object."""
        return Activity(
            verb=self.verb,
            object_type=self.object_type,
            occurred_at=self.occurred_at,
            object_id=self.object_id,
            topic=self.topic,
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
    """Several activities. `learner_id`, if present, is the learner of all; none may name another."""

    # Stop at the first fault: items are then parsed one by one, and millions of faults would fill the memory.
    activities: Annotated[list[ActivityIn], Field(min_length=1), FailFast()]
    learner_id: LearnerRef | None = None


class ProgressEventIn(Sent):
    """A progress event as the platform's spaces send it (camelCase). With a timestamp, repeats are recognised."""

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
            raise field_error("too_large", "must be at most {max}; only minutes may be more", max=100)
        return value


class RecordedEventIn(Sent):
    """An event as the platform's features send it (camelCase). Without a timestamp it happened now."""

    action: Word
    object_type: Annotated[Word, Field(validation_alias=AliasChoices("objectType"))]
    object_id: Annotated[Label | None, Field(validation_alias=AliasChoices("objectId"))] = None
    metadata: Metadata | None = None
    timestamp: Instant | None = None
    session_id: Annotated[Label | None, Field(validation_alias=AliasChoices("sessionId"))] = None
    learner_id: Annotated[LearnerRef | None, Field(validation_alias=AliasChoices("learnerId", "userId"))] = None
    id: Label | None = None


class FeedQuery(WindowQuery):
    """Filters and paging, by `cursor` (or by `offset` for short lists). Without `from` or `to`, all days."""

    limit: Limit = 50
    cursor: Cursor | None = None
    offset: Annotated[int, query_number(0, 10_000)] = 0
    topic: Topic | None = None
    object_type: Word | None = None


class ResultOut(Answer):
    """The result for one activity. `fields` lists the fields that differ from the activity stored under this id.

    `voided`: the activity is a duplicate of one that has been taken back, so it does not count. `note`: the kind is not
    declared, which may be a typo. `counted_in_part`: the day already holds as much time as may count, so that only
    `counted_seconds` of it count. `learner_id`: the learner as a service named it in a batch. `merged_into`: whom
    to name from now on.
    """

    id: str | None
    status: Literal["accepted", "duplicate", "conflict", "rejected"]
    reason: str | None = None
    fields: list[str] | None = None
    not_counted: Literal["once_key"] | None = None
    counted_in_part: Literal[True] | None = None
    counted_seconds: int | None = None
    voided: Literal[True] | None = None
    note: Literal["unknown_kind"] | None = None
    learner_id: str | None = None
    merged_into: UuidText | None = None
    errors: list[ProblemFault] | None = None


class LevelChangeOut(Answer):
    """A topic whose level changed."""

    topic: str
    from_: Annotated[str, Field(serialization_alias="from", validation_alias="from")]
    to: str


class LearnerOut(Answer):
    """A learner after the request. `points`: the points earned by the request.

    `sent_as`: the names by which a batch of a service named the learner.
    """

    learner_id: UuidText
    sent_as: list[str] | None = None
    revision: int
    streak: Annotated[StreakOut, LOUD]
    level_changes: Annotated[list[LevelChangeOut], LOUD]
    unlocked: Annotated[list[UnlockedOut], LOUD]
    points: int


class RecordedOut(Answer):
    """A result for each activity, in the order sent, and every learner with an accepted activity."""

    results: list[ResultOut]
    learners: list[LearnerOut]


class VoidQuery(NamedLearner):
    """The learner and the sender of the activity. Administrators name both, services the learner, learners neither."""

    sender: Label | None = None


class VoidedOut(Answer):
    """A voided activity, and the learner afterwards. `points`: the change of the learner's total."""

    id: str
    sender: str
    status: Literal["voided"]
    learner: LearnerOut


class VoidQueuedOut(Answer):
    """A voided activity whose learner has yet to be recounted."""

    id: str
    sender: str
    status: Literal["queued"]


class ActivityOut(Answer):
    """A recorded activity. Fields that were not sent are left out."""

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
    counted_seconds: int | None = None
    metadata: dict[str, object] | None = None


class FeedOut(FilterOut):
    """A page of the feed. `next` is the cursor of the next page, null on the last page."""

    activities: list[ActivityOut]
    next: str | None


Outcome = Literal["started", "continued", "continued_with_freeze", "already_counted", "broken_and_restarted", "late"]


class ExerciseIn(ActivityIn):
    """An activity. By default, an exercise completed now."""

    verb: Word = "completed"
    object_type: Word = "exercise"
    occurred_at: Instant | None = None  # type: ignore[assignment]  # required in ActivityIn, "now" by default here


class StreakUpdateIn(Sent):
    """An exercise to record; without one, a check-in for today."""

    exercise: ExerciseIn | None = None
    learner_id: LearnerRef | None = None


class StreakUpdateOut(Answer):
    """The effect of the exercise or check-in on the streak. A repeat has the `outcome` of the first time.

    `voided`: it repeats an exercise that has been taken back.
    """

    current_streak: int
    longest_streak: int
    outcome: Outcome
    is_new_record: bool
    last_exercise_date: Day | None
    freezes: int
    level_changes: list[LevelChangeOut]
    unlocked: list[UnlockedOut]
    voided: Literal[True] | None = None
    note: Literal["unknown_kind"] | None = None


class QuietStreakUpdateOut(Answer):
    """What a learner in quiet mode gets: the exercise or check-in is recorded, and its effect is not shown."""

    quiet: Literal[True]
    level_changes: list[LevelChangeOut]
    unlocked: list[UnlockedOut]
    voided: Literal[True] | None = None
    note: Literal["unknown_kind"] | None = None
