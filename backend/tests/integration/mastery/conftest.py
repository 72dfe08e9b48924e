"""What tests of mastery share: an installation that has seen no grade yet."""

import asyncpg
import pytest

from milepost.resources import Resources
from support.clock import AdjustableClock

_FRESH = """
TRUNCATE eases, ease_publications, ease_sums, activities, activity_days, activity_cells, skill_levels, learners,
    learner_zones;
DELETE FROM backfills WHERE name LIKE 'eases:%';
UPDATE ease_state SET is_deciding = TRUE, revision = revision + 1, passed_day = NULL, seen_until = NULL
"""


@pytest.fixture(autouse=True)
async def _no_grades(connection: asyncpg.Connection, resources: Resources, clock: AdjustableClock) -> None:
    """Every test begins at START, Tuesday 10 March at noon, without activities and eases."""
    await connection.execute(_FRESH)
    resources.intake.memory.facts.forget(list(resources.intake.memory.facts._facts))
    resources.intake.memory.eases.forget()
    clock.advance(seconds=0)
