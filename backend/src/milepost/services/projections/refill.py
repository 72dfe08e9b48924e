"""Projections from the log alone: the same sums intake keeps as activities arrive, made anew for whole learners.

Who calls holds the learners' locks. What belongs into each is defined in `oracles/stored_state.py`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import grow_revisions
from milepost.db.log.projections import CELLS, DAYS, GOALS, NAMES, SKILLS, TOTALS
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.queries.streaks.streaks import walk_streaks
from milepost.rules.policy import Policy
from milepost.rules.skills import level_for
from milepost.rules.streaks.streaks import StreakState
from milepost.services.achievements.counters import recount
from milepost.services.achievements.reconcile import reconcile
from milepost.services.history.snapshots import mark_all_snapshots_stale
from milepost.services.projections.running_totals import forget_totals
from milepost.services.projections.spaces import refill_spaces

_EMPTY_DAYS = "DELETE FROM activity_days WHERE learner_id = ANY($1::uuid[])"
# After their days, in the order of the sweep's locks. Days made anew are dirty: it takes their snapshots again.
_EMPTY_SNAPSHOTS = "DELETE FROM daily_snapshots WHERE learner_id = ANY($1::uuid[])"
_DAYS = f"INSERT INTO activity_days ({DAYS.listed}) {DAYS.from_log}"

_EMPTY_CELLS = "DELETE FROM activity_cells WHERE learner_id = ANY($1::uuid[])"
_CELLS = f"INSERT INTO activity_cells ({CELLS.listed}) {CELLS.from_log}"

_SKILLS = f"""
WITH made AS ({SKILLS.from_log}), gone AS (
    DELETE FROM skill_levels s WHERE learner_id = ANY($1::uuid[])
    AND NOT EXISTS (SELECT FROM made m WHERE m.learner_id = s.learner_id AND m.topic = s.topic)
)
INSERT INTO skill_levels ({SKILLS.listed}, level) SELECT made.*, $2 FROM made
ON CONFLICT (learner_id, topic) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in SKILLS.columns)}
"""

_HELD_LEVELS = """
SELECT learner_id, topic, graded, grade_milli, level FROM skill_levels WHERE learner_id = ANY($1::uuid[])
"""

_LEVELS = """
UPDATE skill_levels s SET previous_level = s.level, level = u.level, level_updated_at = $4
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS u(learner_id, topic, level)
WHERE s.learner_id = u.learner_id AND s.topic = u.topic
"""

_TOTALS = f"""
UPDATE learners l SET {", ".join(f"{name} = t.{name}" for name in TOTALS.columns)}
FROM ({TOTALS.from_log}) t WHERE l.learner_id = t.learner_id
"""

_GOALS = f"UPDATE learners l SET goals_met = g.goals_met FROM ({GOALS.from_log}) g WHERE l.learner_id = g.learner_id"


_STREAKS = """
UPDATE learners l SET run = u.run, longest = u.longest, last_met_day = u.last_met_day, freezes = u.freezes,
    progress = u.progress
FROM unnest($1::uuid[], $2::int[], $3::int[], $4::date[], $5::int[], $6::int[])
    AS u(learner_id, run, longest, last_met_day, freezes, progress)
WHERE l.learner_id = u.learner_id
"""


async def rebuild_learners(
    connection: Writing,
    learners: Sequence[UUID],
    policy: Policy,
    now: datetime,
    only: str | None = None,
    *,
    revoke: bool = False,
    days_moved: bool = False,
) -> None:
    """Empty and refill every projection of `learners`, or the one of that name, whose locks the caller holds.

    Levels that do not change keep their history; `revision` grows by one, so that nothing cached survives. What is
    earned by it is given; with `revoke` what may be taken back is. `days_moved`: see `settle`.
    """
    wanted = NAMES if only is None else (only,)
    await _refill_days(connection, learners, wanted)
    if "cells" in wanted:
        await connection.execute(_EMPTY_CELLS, learners)
        await connection.execute(_CELLS, learners)
    if "cells" in wanted or "running_totals" in wanted:
        await forget_totals(connection, learners)
    if "skills" in wanted:
        await connection.execute(_SKILLS, learners, policy.skills.levels[0].name)
    # A topic that was missing has the first level until its own is decided.
    if "skills" in wanted or "levels" in wanted:
        await relevel(connection, learners, policy, now)
    if "totals" in wanted:
        await connection.execute(_TOTALS, learners)
    if "streaks" in wanted:
        await restreak(connection, await learner_facts(connection, learners, policy), policy)
    if "counters" in wanted:
        await recount(connection, learners)
    if "goals" in wanted:
        await connection.execute(_GOALS, learners)
    await refill_spaces(connection, learners, wanted)
    await grow_revisions(connection, learners)
    if "unlocks" in wanted:
        await reconcile(connection, learners, policy, now, revoke=revoke, days_moved=days_moved)


async def _refill_days(connection: Writing, learners: Sequence[UUID], wanted: Sequence[str]) -> None:
    """Days, with their snapshots; or those alone."""
    if "days" in wanted:
        await connection.execute(_EMPTY_DAYS, learners)
        await connection.execute(_EMPTY_SNAPSHOTS, learners)
        await connection.execute(_DAYS, learners)
    elif "snapshots" in wanted:
        await mark_all_snapshots_stale(connection, learners)
        await connection.execute(_EMPTY_SNAPSHOTS, learners)


async def restreak(connection: Writing, facts: Mapping[UUID, LearnerFacts], policy: Policy) -> dict[UUID, StreakState]:
    """Walk the days of these learners again and keep the streaks found."""
    streaks = await walk_streaks(connection, facts, policy)
    await connection.execute(
        _STREAKS,
        list(streaks),
        [streak.run for streak in streaks.values()],
        [streak.longest for streak in streaks.values()],
        [streak.last_met_day for streak in streaks.values()],
        [streak.freezes for streak in streaks.values()],
        [streak.progress for streak in streaks.values()],
    )
    return streaks


async def relevel(connection: Writing, learners: Sequence[UUID], policy: Policy, now: datetime) -> None:
    """Decide the level of every topic of these learners again, and keep those that differ."""
    moved = []
    for learner_id, topic, graded, grade_milli, held in await connection.fetch(_HELD_LEVELS, learners):
        level = level_for(graded, grade_milli, policy.skills, held)
        if level != held:
            moved.append((learner_id, topic, level))
    if moved:
        learner_ids, topics, levels = map(list, zip(*moved, strict=True))
        await connection.execute(_LEVELS, learner_ids, topics, levels, now)
