"""The days on which learners earned their achievements, from the current sums of their days."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from milepost.db.connection import Reading
from milepost.db.log.contributions import counter_amount, counter_matches
from milepost.queries.learners.facts import LearnerFacts
from milepost.rules.achievements.definitions import Definition
from milepost.rules.achievements.earned_on import Timeline, columns_read, counts_achievements, is_dated_by_days
from milepost.rules.achievements.metrics import DAY_SUM_COLUMNS
from milepost.rules.policy import Policy
from milepost.rules.streaks.streaks import EMPTY, advance

_DAYS = f"""
SELECT learner_id, array_agg(local_day), array_agg(met), {", ".join(f"array_agg({name})" for name in DAY_SUM_COLUMNS)}
FROM (
    SELECT learner_id, local_day, streak_activities > 0 AS met, {", ".join(DAY_SUM_COLUMNS)}
    FROM activity_days WHERE learner_id = ANY($1::uuid[]) ORDER BY learner_id, local_day
) d GROUP BY learner_id
"""
_TOPICS = """
SELECT learner_id, first_day, count(*) FROM (
    SELECT learner_id, min(local_day) AS first_day FROM activity_cells
    WHERE learner_id = ANY($1::uuid[]) AND topic <> '' GROUP BY learner_id, topic
) t GROUP BY learner_id, first_day
"""
_MILESTONES = """
SELECT learner_id, reached_on, count(*) FROM milestone_reaches
WHERE learner_id = ANY($1::uuid[]) GROUP BY learner_id, reached_on
"""
_COUNTED = f"""
SELECT n.learner_id, k.counter, n.local_day, {counter_amount("n", "k", days="1")}
FROM activity_cells n JOIN counters k ON {counter_matches("n", "k")}
WHERE n.learner_id = ANY($1::uuid[]) AND k.counter = ANY($2::text[])
GROUP BY n.learner_id, k.counter, k.amount, n.local_day
"""

Columns = dict[str, Sequence[int]]


async def earned_days(
    connection: Reading,
    definitions: Mapping[UUID, Collection[Definition]],
    other_dates: Mapping[UUID, Mapping[str, date]],
    countable: Collection[str],
    facts: Mapping[UUID, LearnerFacts],
    policy: Policy,
) -> dict[UUID, dict[str, date]]:
    """The day on which each learner earned each of `definitions`, by code, without those that day sums do not date.

    `other_dates` are the dates of each learner's other achievements, by code: those of `countable` codes date the
    achievements that count achievements.
    """
    lines = await _timelines(connection, definitions, facts, policy)
    earned: dict[UUID, dict[str, date]] = {}
    for learner_id, own_definitions in definitions.items():
        if learner_id not in lines:
            continue
        days, columns = lines[learner_id]
        dates = _dated(
            [definition for definition in own_definitions if not counts_achievements(definition)],
            Timeline(days, columns),
        )
        counted = [day for code, day in (dict(other_dates[learner_id]) | dates).items() if code in countable]
        counting = [definition for definition in own_definitions if counts_achievements(definition)]
        earned[learner_id] = dates | _dated(counting, Timeline(days, columns, counted))
    return earned


def _dated(definitions: Collection[Definition], line: Timeline) -> dict[str, date]:
    dates = {definition.code: line.earned_on(definition) for definition in definitions}
    return {code: day for code, day in dates.items() if day is not None}


async def _timelines(
    connection: Reading,
    definitions: Mapping[UUID, Collection[Definition]],
    facts: Mapping[UUID, LearnerFacts],
    policy: Policy,
) -> dict[UUID, tuple[list[date], Columns]]:
    """The active days of each learner, and those columns of them that dating reads."""
    learners = [learner_id for learner_id, own in definitions.items() if any(map(is_dated_by_days, own))]
    if not learners:
        return {}
    read = columns_read(definition for own_definitions in definitions.values() for definition in own_definitions)
    lines: dict[UUID, tuple[list[date], Columns]] = {}
    for learner_id, days, met, *sums in await connection.fetch(_DAYS, learners):
        columns: Columns = dict(zip(DAY_SUM_COLUMNS, sums, strict=True))
        if "longest" in read:
            columns["longest"] = _longest(days, met, facts[learner_id], policy)
        lines[learner_id] = (days, columns)
    added: dict[tuple[UUID, str], dict[date, int]] = {}
    for column, statement in (("new_topics", _TOPICS), ("new_milestones", _MILESTONES)):
        if column in read:
            for learner_id, day, new in await connection.fetch(statement, learners):
                added.setdefault((learner_id, column), {})[day] = new
    counters = [column for column in read if " " in column]
    if counters:
        for learner_id, counter, day, amount in await connection.fetch(_COUNTED, learners, counters):
            added.setdefault((learner_id, counter), {})[day] = amount
    for (learner_id, column), by_day in added.items():
        days, columns = lines[learner_id]
        columns[column] = [by_day.get(day, 0) for day in days]
    return lines


def _longest(days: Sequence[date], met: Sequence[bool], facts: LearnerFacts, policy: Policy) -> list[int]:
    """The longest run up to each day."""
    excused = facts.excused(days[0], days[-1], policy)
    streak, longest = EMPTY, []
    for day, is_met in zip(days, met, strict=True):
        if is_met:
            streak = advance(streak, day, excused, policy.streak)
        longest.append(streak.longest)
    return longest
