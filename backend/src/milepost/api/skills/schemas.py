"""Skill levels on the wire."""

from milepost.api.http.fields import Answer, Instant, LearnerRef, Sent, Topic


class NextLevelOut(Answer):
    """What the next level still needs: graded exercises, and points of the average grade (rounded up)."""

    level: str
    exercises_missing: int
    grade_missing: float


class SkillProgressOut(Answer):
    """0–100; parts without data are absent and the others share their weight."""

    total: float
    parts: dict[str, float]
    weights_used: dict[str, float]


class SkillOut(Answer):
    """A topic with its level, what it rests on, and what the next one needs (null at the top).

    Levels count exercises with a grade: `graded` of `exercises`.
    """

    topic: str
    level: str
    previous_level: str | None
    level_updated_at: Instant | None
    exercises: int
    graded: int
    average_grade: float | None
    minutes: int
    next: NextLevelOut | None
    progress: SkillProgressOut


class SkillsOut(Answer):
    """All topics by name."""

    skills: list[SkillOut]


class SkillLevelIn(Sent):
    """Which topic."""

    topic: Topic
    learner_id: LearnerRef | None = None


class SkillLevelOut(Answer):
    """The level of a topic, decided now. `changed`: it differs from the one kept before."""

    topic: str
    level: str
    previous_level: str
    changed: bool
    exercises: int
    graded: int
    average_grade: float | None
    next: NextLevelOut | None
