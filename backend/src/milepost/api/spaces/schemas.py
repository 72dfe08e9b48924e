"""Spaces, composite goals and milestones on the wire."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from milepost.api.activities.schemas import Label
from milepost.api.http.faults import field_error
from milepost.api.http.fields import WHOLE, Answer, Day, ItemAnswer, NamedLearner, Sent, name, text
from milepost.api.http.windows import WindowOut

MAX_SPACES_OF_A_GOAL = 50
DEFAULT_HISTORY_DAYS = 90
# Reaching a milestone records an activity whose id adds a prefix and a number to the milestone's id, and must fit into
# 200 characters.
Title = Annotated[str, name(200)]
MilestoneId = Annotated[str, text(180)]
PlannedTasks = Annotated[int, Field(ge=1, le=100_000, description="The planned number of tasks."), WHOLE]
PlannedMinutes = Annotated[int, Field(ge=1, le=1_000_000, description="The planned number of minutes."), WHOLE]


class SpaceChangeIn(Sent):
    """The title and the plan of a space. Without a number, nothing is planned."""

    title: Title
    planned_tasks: PlannedTasks | None = None
    planned_minutes: PlannedMinutes | None = None


class SpaceIn(SpaceChangeIn):
    """A space. Without an id, it gets a new one."""

    space_id: Label | None = None


class SpaceOut(ItemAnswer):
    """A space. `total`: its progress, 0–100. `title` is empty if only activities name the space."""

    space_id: str
    title: str
    planned_tasks: int | None
    planned_minutes: int | None
    milestones: int
    milestones_reached: int
    total: float


class SpacesOut(Answer):
    """Created spaces, then spaces that only activities name, both sorted by id; at most 200."""

    spaces: list[SpaceOut]


class SpaceDeletedOut(Answer):
    """A deleted space."""

    space_id: str
    deleted: bool


class CompositeGoalChangeIn(Sent):
    """The title of a composite goal and the spaces it consists of."""

    title: Title
    space_ids: Annotated[list[Label], Field(max_length=MAX_SPACES_OF_A_GOAL, default_factory=list)]


class CompositeGoalIn(CompositeGoalChangeIn):
    """A composite goal. Without an id, it gets a new one."""

    goal_id: Label | None = None


class CompositeGoalOut(ItemAnswer):
    """A composite goal. `total`: its progress, 0–100. `title` is empty if only activities name the goal."""

    goal_id: str
    title: str
    space_ids: list[str]
    milestones: int
    milestones_reached: int
    total: float


class CompositeGoalsOut(Answer):
    """Created goals, then goals that only activities name, both sorted by id; at most 200."""

    composite_goals: list[CompositeGoalOut]


class CompositeGoalDeletedOut(Answer):
    """A deleted composite goal."""

    goal_id: str
    deleted: bool


class MilestoneChangeIn(Sent):
    """The title of a milestone, and the space, the composite goal, or both that it belongs to."""

    title: Title
    space_id: Label | None = None
    goal_id: Label | None = None

    @model_validator(mode="after")
    def _belongs(self) -> Self:
        if self.space_id is None and self.goal_id is None:
            raise field_error("missing", "must have a space_id, a goal_id, or both")
        return self


class MilestoneIn(MilestoneChangeIn):
    """A milestone. Without an id, it gets a new one."""

    milestone_id: MilestoneId | None = None


class MilestoneOut(ItemAnswer):
    """A milestone. `reached_on`: the learner's local day on which it was reached; null until then."""

    milestone_id: str
    title: str
    space_id: str | None
    goal_id: str | None
    reached_on: Day | None


class MilestonesOut(Answer):
    """Milestones in the order in which they were created."""

    milestones: list[MilestoneOut]


class MilestonesQuery(NamedLearner):
    """Show only the milestones of a space or of a composite goal (default: all)."""

    space_id: Label | None = None
    goal_id: Label | None = None


class MilestoneDeletedOut(Answer):
    """A deleted milestone."""

    milestone_id: str
    deleted: bool


class MeasuredOut(Answer):
    """The count of one part: `now` out of `of`. `of` is null if the part has no target."""

    now: int
    of: int | None


class CompositeProgressOut(Answer):
    """Progress in total and per part, 0–100 with one decimal, and the weights used, which sum to 1.

    Parts that are not planned are absent; the others share their weight. `measured`: whole tasks, minutes, milestones,
    interactions, complete spaces and extra activities.
    """

    title: str
    total: float
    parts: dict[str, float]
    weights_used: dict[str, float]
    measured: dict[str, MeasuredOut]


class SpaceProgressOut(CompositeProgressOut):
    """The progress of a space."""

    space_id: str


class CompositeGoalProgressOut(CompositeProgressOut):
    """The progress of a composite goal."""

    goal_id: str


class ProgressDayOut(Answer):
    """The progress at the end of one day, as seen then."""

    day: Day
    total: float
    parts: dict[str, float]
    weights_used: dict[str, float]


class ProgressHistoryOut(WindowOut):
    """The days on which the progress changed, in ascending order. Every other day equals the one before."""

    days: list[ProgressDayOut]


class SpaceHistoryOut(ProgressHistoryOut):
    """The history of a space."""

    space_id: str


class CompositeGoalHistoryOut(ProgressHistoryOut):
    """The history of a composite goal."""

    goal_id: str
