"""The product's numbers as the rules see them: frozen values, read once from `config/policy.toml`.

This module knows what a setting means and which values are possible; it does not know files.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from typing import ClassVar, Literal

Claim = Literal["service", "learner"]


@dataclass(frozen=True, slots=True)
class DaysPolicy:
    """How learners' days are told apart."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    assumed_zone: str
    zone_change_interval_hours: int


@dataclass(frozen=True, slots=True)
class StreakPolicy:
    """Freezes: one is earned every `freeze_every_days` met days while fewer than `freeze_cap` are held."""

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
class LevelThreshold:
    """A skill level is held with at least `exercises` graded ones and an average of `average_grade` (0–100)."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    name: str
    exercises: int
    average_grade: int


@dataclass(frozen=True, slots=True)
class SkillsPolicy:
    """Levels in ascending order; `demotion` says whether a level may fall again."""

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
            raise ValueError("skills.levels names a level twice")


@dataclass(frozen=True, slots=True)
class Kind:
    """What one (object_type, verb) counts for, its default points (0–100,000), who may claim it. `*` stands for any."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    object_type: str
    verb: str
    streak: bool = True
    exercise: bool = False
    graded: bool = False
    review: bool = False
    points: int = 0
    claim: Claim = "service"

    def __post_init__(self) -> None:
        if not 0 <= self.points <= 100_000:
            raise ValueError(f"points of {self.object_type}/{self.verb} must be within 0 and 100,000")


@dataclass(frozen=True, slots=True)
class ActivitiesPolicy:
    """Limits of what may be claimed, and the table of kinds."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    learner_backdate_days: int
    earliest_day: date
    future_tolerance_minutes: int
    topics_per_learner: int
    learner_void_hours: int
    kinds: tuple[Kind, ...]

    def __post_init__(self) -> None:
        keys = [(kind.object_type, kind.verb) for kind in self.kinds]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"activities.kinds has two rows for {twice[0][0]}/{twice[0][1]}")


@dataclass(frozen=True)
class Policy:
    """Every product number. A change of `streak` or `skills` changes the policy's fingerprint."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    days: DaysPolicy
    streak: StreakPolicy
    skills: SkillsPolicy
    activities: ActivitiesPolicy

    @cached_property
    def fingerprint(self) -> str:
        """Of the numbers that decide streaks and levels: where the stored one differs, learners are recomputed."""
        return sha256(repr((self.streak, self.skills)).encode()).hexdigest()[:16]
