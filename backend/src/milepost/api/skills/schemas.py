"""Skill levels on the wire."""

from typing import Annotated

from pydantic import Field

from milepost.api.edge.quiet import LOUD
from milepost.api.http.fields import Answer, Instant, LearnerRef, Sent, Topic
from milepost.api.mastery.schemas import MasteryOut


class NextLevelOut(Answer):
    """What the next level still needs: graded exercises, and points in the average grade (rounded up)."""

    level: str
    exercises_missing: int
    grade_missing: float


class SkillProgressOut(Answer):
    """Progress in a topic, 0–100. Parts without data are absent; the other parts share their weight."""

    total: float
    parts: dict[str, float]
    weights_used: dict[str, float]


class SkillOut(Answer):
    """A topic with its level, the numbers behind it, and what the next level needs (null at the top level).

    Only exercises with a grade count towards levels: `graded` of `exercises`.
    """

    topic: str
    level: str
    previous_level: Annotated[str | None, LOUD]
    level_updated_at: Annotated[Instant | None, LOUD]
    exercises: int
    graded: int
    average_grade: float | None
    minutes: int
    seconds: int
    next: NextLevelOut | None
    progress: SkillProgressOut
    mastery: MasteryOut | None = Field(
        description="What can be expected in typical exercises today; null with fewer than three grades in the last 400"
        " days, and while an upgraded installation still works out earlier grades."
    )


class SkillsOut(Answer):
    """All topics, sorted by name."""

    skills: list[SkillOut]


class SkillLevelIn(Sent):
    """The topic to recalculate."""

    topic: Topic
    learner_id: LearnerRef | None = None


class SkillLevelOut(Answer):
    """The newly calculated level of a topic. `changed`: whether it differs from the level stored before."""

    topic: str
    level: str
    previous_level: Annotated[str, LOUD]
    changed: Annotated[bool, LOUD]
    exercises: int
    graded: int
    average_grade: float | None
    next: NextLevelOut | None
