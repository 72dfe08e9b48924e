"""Policies of tests: the skill policy of the rules' tests, and configurations with a changed policy."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree

import pytest

from milepost.rules.policy import LevelThreshold, SkillsPolicy
from milepost.settings import config_dir, load_policy

SKILLS_POLICY = SkillsPolicy(
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


@contextmanager
def changed_policy(folder: Path, pattern: str, replacement: str) -> Iterator[None]:
    """Inside the block, the one place of `policy.toml` that fits the pattern is replaced. `folder` holds the copy."""
    copied: Path = copytree(config_dir(), folder / "config")
    file = copied / "policy.toml"
    text, count = re.subn(pattern, replacement, file.read_text("utf-8"))
    assert count == 1
    file.write_text(text, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MILEPOST_CONFIG_DIR", str(copied))
        load_policy.cache_clear()
        yield
    load_policy.cache_clear()
