"""The streak of a learner as it stands today, and the achievement that is nearest, with what its rule waits for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from milepost.queries.achievements import NOTHING_MEASURED, measured
from milepost.queries.learner_facts import learner_facts
from milepost.queries.overview import StreakAsKept, streak_now
from milepost.rules.achievement_definitions import Condition, Definition
from milepost.rules.achievement_progress import Progress, nearest, waits_for
from milepost.rules.achievements import Catalogue
from milepost.rules.policy import Policy
from milepost.rules.streaks import StreakView


@dataclass(frozen=True, slots=True)
class Nearest:
    """The locked achievement with the greatest share done, and the condition that its progress shows."""

    definition: Definition
    progress: Progress
    condition: Condition


@dataclass(frozen=True, slots=True)
class Outlook:
    """The streak, and the nearest achievement; None where none is left."""

    streak: StreakView
    nearest: Nearest | None


async def outlook(
    connection: asyncpg.Connection,
    learner_id: UUID,
    kept: StreakAsKept,
    catalogue: Catalogue,
    now: datetime,
    policy: Policy,
) -> Outlook:
    """What is next at `now`. Two statements; one more while an outage has yet to reach the learner's row."""
    facts = (await learner_facts(connection, [learner_id], policy))[learner_id]
    streak = await streak_now(connection, kept, facts, learner_id, now, policy)
    known = (await measured(connection, [learner_id], policy)).get(learner_id, NOTHING_MEASURED)
    metrics = known.metrics._replace(unlocked=catalogue.mask_of(known.held), run=streak.current)
    found = nearest(catalogue, metrics)
    if found is None:
        return Outlook(streak, None)
    return Outlook(streak, Nearest(*found, waits_for(catalogue, found[0].code, metrics)))
