"""Notices on the wire."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from milepost.api.http.faults import field_error
from milepost.api.http.fields import (
    Answer,
    Cursor,
    Day,
    Instant,
    Limit,
    NamedLearner,
    Sent,
    UuidText,
    formed,
)
from milepost.rules.goals import TargetType
from milepost.rules.notices.notice_id import PATTERN
from milepost.rules.notices.wording import NoticeKind

MAX_IDS = 200

NoticeId = Annotated[str, formed(PATTERN, "must be the id of a notice, like 812.0")]


class NoticesQuery(NamedLearner):
    """Paging. `unread`: only notices that have not been seen."""

    limit: Limit = 50
    cursor: Cursor | None = None
    unread: Literal["true", "false"] = "false"


class AchievementNoticeOut(Answer):
    """The achievement that was unlocked: everything a celebration shows."""

    code: str
    title: str
    description: str
    category: str
    tier: Literal["bronze", "silver", "gold"]
    points: int
    icon: str
    earned_on: Day
    rarity_percent: float | None = None


class LevelNoticeOut(Answer):
    """The topic in which a level was reached."""

    topic: str
    from_: str = Field(alias="from")
    to: str


class StreakNoticeOut(Answer):
    """The run and the learner's day it is about. `expires_at`: of a run at risk, when it ends without practice."""

    run: int
    day: Day
    expires_at: Instant | None = None


class GoalNoticePeriodOut(Answer):
    """The first and last day of the period in which a goal was met."""

    start: Day
    end: Day


class GoalNoticeOut(Answer):
    """The goal that was met, with the target and the amount achieved by then."""

    goal_id: UuidText
    name: str
    target_type: TargetType
    target_value: int
    achieved_value: int
    period: GoalNoticePeriodOut


class MilestoneNoticeOut(Answer):
    """The milestone that was reached. An unknown one has no title."""

    milestone_id: str
    title: str | None
    reached_on: Day


class OfferedRepairOut(Answer):
    """What a repair would take: the days to excuse, until when it is possible, and the learner's date then."""

    days: list[Day]
    until: Instant
    until_day: Day


class EndedRunOut(Answer):
    """A run that ended on `ended_on`, the last day that could have saved it. `repair` is null if none is possible."""

    run: int
    last_met_day: Day
    ended_on: Day
    has_new_run: bool
    repair: OfferedRepairOut | None


class DigestOut(Answer):
    """What late facts brought. Each list holds at most the 50 newest entries; `counts` are complete."""

    counts: dict[str, int]
    achievements: list[AchievementNoticeOut]
    levels: list[LevelNoticeOut]
    streak_milestones: list[StreakNoticeOut]
    goals: list[GoalNoticeOut]
    milestones: list[MilestoneNoticeOut]


class NoticeOut(Answer):
    """A notice: a sentence, its code and values, and one member with what its kind is about.

    `achievement_unlocked`: achievement · `level_up`: level · `streak_milestone`, `streak_at_risk`: streak · `goal_met`:
    goal · `milestone_reached`: milestone · `run_ended`: ended_run · `digest`: digest.
    """

    id: NoticeId
    kind: NoticeKind
    code: str = Field(description="Which sentence `text` is, for programs.")
    values: dict[str, int | str] = Field(description="The numbers and names in the sentence, by name.")
    text: str
    created_at: Instant
    seen_at: Instant | None
    achievement: AchievementNoticeOut | None = None
    level: LevelNoticeOut | None = None
    streak: StreakNoticeOut | None = None
    goal: GoalNoticeOut | None = None
    milestone: MilestoneNoticeOut | None = None
    ended_run: EndedRunOut | None = None
    digest: DigestOut | None = None


class NoticesOut(Answer):
    """A page of notices, newest first. `next` is the cursor of the next page, null on the last page.

    In quiet mode the list is empty.
    """

    quiet: bool
    unread: int
    notifications: list[NoticeOut]
    next: str | None


class SeenIn(Sent):
    """The notices that were seen: all `up_to` an id, or single `ids`."""

    up_to: NoticeId | None = None
    ids: Annotated[list[NoticeId], Field(min_length=1, max_length=MAX_IDS)] | None = None

    @model_validator(mode="after")
    def _names_notices(self) -> Self:
        if self.up_to is None and self.ids is None:
            raise field_error("missing", "must have up_to or ids")
        if self.up_to is not None and self.ids is not None:
            raise field_error("conflicting", "cannot have both up_to and ids")
        return self


class SeenOut(Answer):
    """How many notices this request marked as seen, and how many are still unread."""

    marked: int
    unread: int
