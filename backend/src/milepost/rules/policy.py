"""The product's numbers: frozen values, read once from `config/policy.toml`.

This module defines what each number means and which values are valid; it does not know files.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from typing import ClassVar, Literal

Claim = Literal["service", "learner"]
Calculation = Literal["share_full", "minutes_of_plan", "reached_share", "mean_value"]


@dataclass(frozen=True, slots=True)
class DaysPolicy:
    """How learners' zones, and so their days, are decided."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    assumed_zone: str
    zone_change_interval_hours: int


@dataclass(frozen=True, slots=True)
class StreakPolicy:
    """Freezes (one is earned every `freeze_every_days` met days, up to `freeze_cap`), repairs and travel days."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    freeze_every_days: int
    freeze_cap: int
    repair_max_days: int
    repair_window_hours: int
    repair_interval_days: int
    travel_max_days: int
    travel_window_days: int
    travel_short_day_hours: int


@dataclass(frozen=True, slots=True)
class PausesPolicy:
    """A pause lasts at most `longest_days` and begins at most `ahead_days` from today; of any `window_days` dates, at
    most `days_in_window` are paused."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    longest_days: int
    window_days: int
    days_in_window: int
    ahead_days: int


@dataclass(frozen=True, slots=True)
class OutagesPolicy:
    """An outage lasts at most `longest_hours`; a longer one is taken for a mistake."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    longest_hours: int


@dataclass(frozen=True, slots=True)
class LevelThreshold:
    """A skill level needs at least `exercises` graded exercises and an average of at least `average_grade` (0–100)."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    name: str
    exercises: int
    average_grade: int


@dataclass(frozen=True, slots=True)
class SkillsPolicy:
    """Levels in ascending order; `demotion` decides whether a level may fall again."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    demotion: Literal["immediate", "never"]
    topic_minutes_target: int
    practice_weight: float
    mastery_weight: float
    review_weight: float
    levels: tuple[LevelThreshold, ...]

    def __post_init__(self) -> None:
        steps = [(level.exercises, level.average_grade) for level in self.levels]
        if len(steps) < 1 or steps[0] != (0, 0):
            raise ValueError("skills.levels must begin with a level that needs 0 exercises and grade 0")
        if any(a[0] >= b[0] or a[1] > b[1] for a, b in pairwise(steps)):
            raise ValueError("skills.levels must ascend in exercises and never fall in average_grade")
        if len({level.name for level in self.levels}) != len(self.levels):
            raise ValueError("skills.levels has two levels with the same name")


@dataclass(frozen=True, slots=True)
class Kind:
    """What an (object_type, verb) counts for, its default points (0–100,000), and who may claim it. `*` matches any.

    `learner_points` are the points if the learner's own token sends it.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    object_type: str
    verb: str
    streak: bool = True
    exercise: bool = False
    graded: bool = False
    review: bool = False
    points: int = 0
    learner_points: int = 0
    claim: Claim = "service"

    def __post_init__(self) -> None:
        for name, points in (("points", self.points), ("learner_points", self.learner_points)):
            if not 0 <= points <= 100_000:
                raise ValueError(f"{name} of {self.object_type}/{self.verb} must be from 0 to 100,000")


_LONGEST_DAY_HOURS = 26
_SHORTEST_DAY_SECONDS = 12 * 3_600
"""Shorter than any date of a zone: clocks have been set by three hours at most within a day."""


@dataclass(frozen=True, slots=True)
class ActivitiesPolicy:
    """Limits of activities, and the table of kinds."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    learner_backdate_days: int
    earliest_day: date
    future_tolerance_minutes: int
    topics_per_learner: int
    learner_void_hours: int
    rebuild_at_once_activities: int
    learner_hours_a_day: int
    learner_activities_a_day: int
    kinds: tuple[Kind, ...]
    unknown_kinds: Literal["accept", "reject"] = "accept"

    def __post_init__(self) -> None:
        if not 1 <= self.learner_hours_a_day <= _LONGEST_DAY_HOURS:
            raise ValueError(f"activities.learner_hours_a_day must be from 1 to {_LONGEST_DAY_HOURS}")
        keys = [(kind.object_type, kind.verb) for kind in self.kinds]
        duplicates = sorted({key for key in keys if keys.count(key) > 1})
        if duplicates:
            raise ValueError(f"activities.kinds has two rows for {duplicates[0][0]}/{duplicates[0][1]}")

    @property
    def learner_seconds_a_day(self) -> int:
        """Of what a learner reports, so much of a day counts at most."""
        return 3_600 * self.learner_hours_a_day

    @property
    def seconds_always_counted(self) -> int:
        """A day with less reported time than this cannot be over a limit, whatever its length and its senders."""
        return min(self.learner_seconds_a_day, _SHORTEST_DAY_SECONDS)


@dataclass(frozen=True, slots=True)
class KindPattern:
    """The activities that a rule reads. `*` matches any."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    object_type: str
    verb: str

    def holds_for(self, object_type: str, verb: str) -> bool:
        """Does the rule read activities of this kind?"""
        return self.object_type in ("*", object_type) and self.verb in ("*", verb)


MILESTONE_REACHED = KindPattern("milestone", "reached")
"""Activities that reach the milestone named as their object."""


@dataclass(frozen=True, slots=True)
class SpaceRule:
    """One part of a space's progress: its name, the activities it reads, its calculation, and its weight.

    `share_full`: the share of tasks done with 100 · `minutes_of_plan`: minutes as a share of the planned ones ·
    `reached_share`: the share of milestones reached · `mean_value`: the mean of the values.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    type: str
    condition: KindPattern
    calculate: Calculation
    weight: float

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= 1:
            raise ValueError(f"the weight of {self.type} must be from 0 to 1")
        if self.calculate == "share_full" and self.condition.verb == "*":
            raise ValueError(f"{self.type}: share_full needs one verb, or a task with two verbs would count twice")
        if self.calculate == "reached_share" and self.condition != MILESTONE_REACHED:
            raise ValueError(f"{self.type}: reached_share must have object_type milestone and verb reached")


@dataclass(frozen=True, slots=True)
class SpacesPolicy:
    """The parts of a space's progress, in the order of display."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    rules: tuple[SpaceRule, ...]

    def __post_init__(self) -> None:
        types = [rule.type for rule in self.rules]
        if len(set(types)) != len(types):
            raise ValueError("spaces.rules has two rules of the same type")
        _check_weights("spaces.rules", [rule.weight for rule in self.rules])


@dataclass(frozen=True, slots=True)
class CompositeGoalsPolicy:
    """The weights of the parts of a composite goal, and how much each extra activity adds to the extras (percent)."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    spaces_weight: float
    milestones_weight: float
    extras_weight: float
    percent_an_extra: int

    def __post_init__(self) -> None:
        _check_weights("composite_goals", [self.spaces_weight, self.milestones_weight, self.extras_weight])
        if not 0 <= self.percent_an_extra <= 100:
            raise ValueError("composite_goals.percent_an_extra must be from 0 to 100")


@dataclass(frozen=True, slots=True)
class PlannerPolicy:
    """Limits of a learner's plans. `slots_per_day`, `completed_tasks_per_day`: on one date in UTC."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    tasks_per_learner: int
    categories_per_learner: int
    slots_per_learner: int
    slots_per_day: int
    due_tasks_per_day: int
    completed_tasks_per_day: int
    focus_days_per_learner: int


@dataclass(frozen=True, slots=True)
class NoticesPolicy:
    """From which hour of the learner's day a run at risk is told, and how long a run must be to be told of its risk or
    its end."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    evening_hour: int
    min_run_days: int

    def __post_init__(self) -> None:
        if not 0 <= self.evening_hour <= 23:
            raise ValueError("notices.evening_hour must be from 0 to 23")
        if self.min_run_days < 1:
            raise ValueError("notices.min_run_days must be at least 1")


def _check_weights(place: str, weights: list[float]) -> None:
    if any(not 0 <= weight <= 1 for weight in weights):
        raise ValueError(f"the weights of {place} must be from 0 to 1")
    whole = sum((Fraction(str(weight)) for weight in weights), Fraction())
    if whole != 1:
        raise ValueError(f"the weights of {place} must sum to 1, not {float(whole):g}")


@dataclass(frozen=True)
class Policy:
    """Every product number. A change of `streak` or `skills` changes the policy's fingerprint."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    days: DaysPolicy
    streak: StreakPolicy
    pauses: PausesPolicy
    outages: OutagesPolicy
    skills: SkillsPolicy
    activities: ActivitiesPolicy
    spaces: SpacesPolicy
    composite_goals: CompositeGoalsPolicy
    planner: PlannerPolicy
    notices: NoticesPolicy

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the numbers that decide streaks and levels: if the stored one differs, learners are recomputed."""
        return sha256(repr((self.streak, self.skills)).encode()).hexdigest()[:16]

    @cached_property
    def edition(self) -> str:
        """A hash of every number: an answer computed under one edition may be wrong under another."""
        return sha256(repr(self).encode()).hexdigest()[:16]
