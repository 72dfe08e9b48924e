"""The skill policy that unit tests of the rules use."""

from milepost.rules.policy import LevelThreshold, SkillsPolicy

POLICY = SkillsPolicy(
    demotion="immediate",
    topic_minutes_target=600,
    practice_weight=0.4,
    mastery_weight=0.4,
    review_weight=0.2,
    levels=(
        LevelThreshold("beginner", 0, 0),
        LevelThreshold("intermediate", 10, 60),
        LevelThreshold("advanced", 30, 70),
        LevelThreshold("expert", 50, 80),
    ),
)
