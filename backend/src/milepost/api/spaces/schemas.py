"""Spaces, composite goals and milestones on the wire."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from milepost.api.activities.schemas import Label
from milepost.api.http.fields import Answer, Day, NamedLearner, Sent, query_number, text

MAX_SPACES_OF_A_GOAL = 50
MAX_HISTORY_DAYS = 400
# The activity that says a milestone is reached has the milestone's id in its own, and more.
MilestoneId = Annotated[str, text(180)]
PlannedTasks = Annotated[int, Field(ge=1, le=100_000, description="How many tasks the space plans.")]
PlannedMinutes = Annotated[int, Field(ge=1, le=1_000_000, description="How many minutes the space plans.")]


class SpaceChangeIn(Sent):
    """What a space is called and plans; without a number, nothing is planned."""

    title: Label
    planned_tasks: PlannedTasks | None = None
    planned_minutes: PlannedMinutes | None = None


class SpaceIn(SpaceChangeIn):
    """A space; without an id it gets one."""

    space_id: Label | None = None


class SpaceOut(Answer):
    """A space and how far it is, 0–100. `title` is empty where only activities name the space."""

    space_id: str
    title: str
    planned_tasks: int | None
    planned_minutes: int | None
    milestones: int
    milestones_reached: int
    total: float


class SpacesOut(Answer):
    """Spaces somebody made, then those that only activities name, each by id; at most 200."""

    spaces: list[SpaceOut]


class SpaceDeletedOut(Answer):
    """It is not there any more."""

    space_id: str
    deleted: bool


class CompositeGoalChangeIn(Sent):
    """What a composite goal is called and which spaces it is made of."""

    title: Label
    space_ids: Annotated[list[Label], Field(max_length=MAX_SPACES_OF_A_GOAL, default_factory=list)]


class CompositeGoalIn(CompositeGoalChangeIn):
    """A composite goal; without an id it gets one."""

    goal_id: Label | None = None


class CompositeGoalOut(Answer):
    """A composite goal and how far it is, 0–100. `title` is empty where only activities name the goal."""

    goal_id: str
    title: str
    space_ids: list[str]
    milestones: int
    milestones_reached: int
    total: float


class CompositeGoalsOut(Answer):
    """Goals somebody made, then those that only activities name, each by id; at most 200."""

    composite_goals: list[CompositeGoalOut]


class CompositeGoalDeletedOut(Answer):
    """It is not there any more."""

    goal_id: str
    deleted: bool


class MilestoneChangeIn(Sent):
    """What a milestone is called, and the space, the composite goal, or both that it belongs to."""

    title: Label
    space_id: Label | None = None
    goal_id: Label | None = None

    @model_validator(mode="after")
    def _belongs(self) -> Self:
        if self.space_id is None and self.goal_id is None:
            raise PydanticCustomError("belongs", "a milestone belongs to a space_id, a goal_id, or both")
        return self


class MilestoneIn(MilestoneChangeIn):
    """A milestone; without an id it gets one."""

    milestone_id: MilestoneId | None = None


class MilestoneOut(Answer):
    """A milestone. `reached_on` is the learner's day; null until then."""

    milestone_id: str
    title: str
    space_id: str | None
    goal_id: str | None
    reached_on: Day | None


class MilestonesOut(Answer):
    """Milestones in the order in which they were made."""

    milestones: list[MilestoneOut]


class MilestonesQuery(NamedLearner):
    """All, or those of a space, or of a composite goal."""

    space_id: Label | None = None
    goal_id: Label | None = None


class MilestoneDeletedOut(Answer):
    """It is not there any more."""

    milestone_id: str
    deleted: bool


class MeasuredOut(Answer):
    """What a part counted: `now` of `of`, null where there is nothing to be of."""

    now: int
    of: int | None


class CompositeProgressOut(Answer):
    """0–100 in total and per part, one decimal, with the weights used, which sum to 1.

    Parts that are not planned are absent and the others share their weight. `measured`: whole tasks, minutes,
    milestones, interactions, spaces that are complete, extra activities.
    """

    title: str
    total: float
    parts: dict[str, float]
    weights_used: dict[str, float]
    measured: dict[str, MeasuredOut]


class SpaceProgressOut(CompositeProgressOut):
    """How far a space is."""

    space_id: str


class CompositeGoalProgressOut(CompositeProgressOut):
    """How far a composite goal is."""

    goal_id: str


class ProgressHistoryQuery(NamedLearner):
    """The last `days`, today included."""

    days: Annotated[int, query_number(1, MAX_HISTORY_DAYS)] = 90


class ProgressDayOut(Answer):
    """The end of one day, as it was seen then."""

    day: Day
    total: float
    parts: dict[str, float]
    weights_used: dict[str, float]


class ProgressHistoryOut(Answer):
    """The days on which something had changed, ascending; any other is like the one before."""

    from_: Day = Field(alias="from")
    to: Day
    days: list[ProgressDayOut]


class SpaceHistoryOut(ProgressHistoryOut):
    """How far a space was."""

    space_id: str


class CompositeGoalHistoryOut(ProgressHistoryOut):
    """How far a composite goal was."""

    goal_id: str
