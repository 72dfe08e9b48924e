"""Every projection, each declared once: what `milepost rebuild`, its `--check` and its `--only` walk over.

A projection that one SELECT over the log gives needs only its declaration in `db/log/projections.py`. One that needs a
rule or a job declares its functions here. Exports ask the schema for the tables of a learner, so they need nothing.
"""

from collections.abc import Iterator
from itertools import groupby

from milepost.db.log.projections import CELLS, DAYS, SKILLS, SPACES, SUMMED, TOTALS
from milepost.services.projections.declaration import Projection, from_sums
from milepost.services.projections.goal_targets import differing_goal_targets, refill_goal_targets
from milepost.services.projections.leaderboards import differing_scores, refill_scores
from milepost.services.projections.levels import differing_levels, refill_levels, refill_skills
from milepost.services.projections.planner_days import differing_planner_days, refill_planner_days
from milepost.services.projections.running_totals import differing_totals, refill_totals
from milepost.services.projections.snapshots import differing_snapshots, refill_snapshots
from milepost.services.projections.spaces import refill_spaces
from milepost.services.projections.streaks import differing_streaks, refill_streaks
from milepost.services.projections.unlocks import differing_unlocks, refill_unlocks

_PLANNER = Projection(
    name="planner",
    table="planner_days",
    refill=refill_planner_days,
    differences=differing_planner_days,
    follows="plans",
)
_GOAL_TARGETS = Projection(
    name="goal_targets",
    table="goals",
    refill=refill_goal_targets,
    differences=differing_goal_targets,
    follows="versions",
)
_SNAPSHOTS = Projection(
    name="snapshots",
    table="daily_snapshots",
    refill=refill_snapshots,
    differences=differing_snapshots,
    refilled_with=(DAYS.name,),
)
_RUNNING_TOTALS = Projection(
    name="running_totals",
    table="running_totals",
    refill=refill_totals,
    differences=differing_totals,
    refilled_with=(CELLS.name,),
)
_LEVELS = Projection(
    name="levels",
    table="skill_levels",
    refill=refill_levels,
    differences=differing_levels,
    refilled_with=(SKILLS.name,),
)
_STREAKS = Projection(name="streaks", table="learners", refill=refill_streaks, differences=differing_streaks)
_BOARDS = Projection(
    name="boards",
    table="board_scores",
    refill=refill_scores,
    differences=differing_scores,
    refilled_with=(DAYS.name, TOTALS.name),
)
_UNLOCKS = Projection(name="unlocks", table="unlocks", refill=refill_unlocks, differences=differing_unlocks)


def _summed() -> Iterator[Projection]:
    """The projections of `SUMMED` by name, each followed by the one that follows from it."""
    special_refills = {SKILLS.name: refill_skills, SPACES.name: refill_spaces}
    following = {DAYS.name: _SNAPSHOTS, CELLS.name: _RUNNING_TOTALS, SKILLS.name: _LEVELS, TOTALS.name: _STREAKS}
    for name, sums in groupby(SUMMED, lambda projection: projection.name):
        yield from_sums(*sums, refill=special_refills.get(name))
        if name in following:
            yield following[name]


PROJECTIONS = (_PLANNER, _GOAL_TARGETS, *_summed(), _BOARDS, _UNLOCKS)
"""In the order in which they are refilled: unlocks follow from everything."""

NAMES = tuple(projection.name for projection in PROJECTIONS)


def chosen(only: str | None) -> list[Projection]:
    """All projections, or the one of that name."""
    return [projection for projection in PROJECTIONS if only in (None, projection.name)]


def to_refill(only: str | None) -> list[Projection]:
    """As `chosen`, with what is refilled with it."""
    return [projection for projection in PROJECTIONS if only in (None, projection.name, *projection.refilled_with)]
