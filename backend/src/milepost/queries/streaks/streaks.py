"""The inputs of a learner's streak: the facts that decide its days, and the met days, now or as of an instant.

Also computes the streak from all met days, for readers that cannot trust the learner's row yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from milepost.db.connection import Reading
from milepost.queries.learners.facts import LOOK_AHEAD, LearnerFacts, learner_facts
from milepost.rules.policy import Policy
from milepost.rules.streaks.excuse_kinds import ExcusedKind
from milepost.rules.streaks.streaks import EMPTY, StreakState, walk

# A day was met by an instant if the first activity that counts had happened by then.
_MET_DAYS = """
SELECT array_agg(local_day ORDER BY local_day) FROM activity_days
WHERE learner_id = $1 AND streak_activities > 0 AND ($2::timestamptz IS NULL OR first_counted_at <= $2)
"""
_REPAIRED_AT = "SELECT max(created_at) FROM streak_excuses WHERE learner_id = $1 AND kind = 'repair'"
MET_DAYS = """
SELECT learner_id, array_agg(local_day ORDER BY local_day) FROM activity_days
WHERE learner_id = ANY($1::uuid[]) AND streak_activities > 0 GROUP BY learner_id
"""
"""Selects each learner's met days in order, from the sums of days."""


@dataclass(frozen=True, slots=True)
class StreakHistory:
    """A learner's met days, ascending, the facts that decide its days, and when the newest repair was made."""

    facts: LearnerFacts
    days: tuple[date, ...]
    repaired_at: datetime | None

    def excused(self, first: date, last: date, policy: Policy) -> dict[date, ExcusedKind]:
        """Every excused day from `first` or the first met day, whichever is earlier, to `LOOK_AHEAD` past `last` or the
        last met day, whichever is later.
        """
        begins, ends = min([first, *self.days[:1]]), max([last, *self.days[-1:]])
        return self.facts.excused(begins, ends + LOOK_AHEAD, policy)


async def streak_history(
    connection: Reading, learner_id: UUID, policy: Policy, as_of: datetime | None = None
) -> StreakHistory:
    """The facts known now and the met days; with `as_of`, only days met by that instant. Three statements."""
    facts = (await learner_facts(connection, [learner_id], policy, with_goals=False))[learner_id]
    facts.as_of = as_of
    days = await connection.fetchval(_MET_DAYS, learner_id, as_of)
    return StreakHistory(facts, tuple(days or ()), await connection.fetchval(_REPAIRED_AT, learner_id))


async def walk_streaks(
    connection: Reading, facts: Mapping[UUID, LearnerFacts], policy: Policy, met_days: str = MET_DAYS
) -> dict[UUID, StreakState]:
    """The streak of each learner in `facts`, computed from all met days that the statement `met_days` selects."""
    rows: Sequence[tuple[UUID, list[date]]] = await connection.fetch(met_days, list(facts))
    streaks = dict.fromkeys(facts, EMPTY)
    for learner_id, days in rows:
        excused = facts[learner_id].excused(days[0], days[-1], policy)
        streaks[learner_id] = walk(days, excused, policy.streak)
    return streaks


async def settled_streak(
    connection: Reading,
    learner_id: UUID,
    stored: StreakState,
    outage_seen: int,
    facts: LearnerFacts,
    policy: Policy,
) -> StreakState:
    """The streak stored in the learner's row; while an outage has not reached the row, the met days are walked."""
    if outage_seen >= facts.outage_revision or stored.last_met_day is None:
        return stored
    return (await walk_streaks(connection, {learner_id: facts}, policy))[learner_id]
