"""A learner's values of all metrics, and the achievements unlocked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from milepost.db.connection import Reading
from milepost.queries.learners.facts import learner_facts
from milepost.queries.streaks.streaks import walk_streaks
from milepost.rules.achievements.conditions import MetricValues
from milepost.rules.achievements.metrics import METRIC_COLUMNS
from milepost.rules.policy import Policy
from milepost.rules.rounding import share_percent

VALUE_COLUMNS = (*METRIC_COLUMNS, "run")
"""The columns of a learner's row that `values_of` takes."""
_MEASURED = f"""
SELECT l.learner_id, {", ".join(f"l.{name}" for name in VALUE_COLUMNS)}, (
    SELECT json_object_agg(topic, level)::text FROM skill_levels s WHERE s.learner_id = l.learner_id AND s.level <> $2
), (
    SELECT json_object_agg(counter, value)::text FROM metric_counters m WHERE m.learner_id = l.learner_id
), l.unlocked, (
    SELECT json_agg(json_build_array(code, unlocked_at, earned_on) ORDER BY unlocked_at, code)::text
    FROM unlocks u WHERE u.learner_id = l.learner_id AND u.revoked_at IS NULL
), l.outage_seen < (SELECT max(activation) FROM outages)
FROM learners l WHERE l.learner_id = ANY($1::uuid[])
"""


_HOLDERS = "SELECT code, holders, learners, as_of FROM achievement_stats"

MIN_LEARNERS = 20
"""With fewer, a share would reveal something about single learners."""


@dataclass(frozen=True, slots=True)
class Rarity:
    """How many of all learners with an activity have each achievement: 0–100, one decimal, as of an instant."""

    percents: Mapping[str, float | None]
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class Unlock:
    """An unlocked achievement: when the service unlocked it, and the local day it was earned on."""

    code: str
    unlocked_at: datetime
    earned_on: date


@dataclass(frozen=True, slots=True)
class LearnerMeasures:
    """One learner: complete values (without `values.unlocked`), and the unlocks by code.

    `mask`: the bits as stored in the learner's row.
    """

    values: MetricValues
    unlocks: Mapping[str, Unlock] = field(default_factory=dict)
    mask: bytes = b""


NO_MEASURES = LearnerMeasures(MetricValues())
"""A learner who has done nothing yet."""


async def learner_measures(
    connection: Reading, learners: Sequence[UUID], policy: Policy
) -> dict[UUID, LearnerMeasures]:
    """Everything that rules of achievements read, for those of `learners` that have a row. One statement.

    While an outage has not reached some of them, a few more, to walk their streaks.
    """
    measures: dict[UUID, LearnerMeasures] = {}
    unsettled: list[UUID] = []
    for learner_id, *columns, levels, counters, mask, unlocks, is_unsettled in await connection.fetch(
        _MEASURED, learners, policy.skills.levels[0].name
    ):
        values = values_of(columns, orjson.loads(levels or b"{}"), orjson.loads(counters or b"{}"), policy)
        measures[learner_id] = LearnerMeasures(values, _unlocks(orjson.loads(unlocks or b"[]")), mask)
        if is_unsettled:
            unsettled.append(learner_id)
    if unsettled:
        facts = await learner_facts(connection, unsettled, policy, with_goals=False)
        for learner_id, streak in (await walk_streaks(connection, facts, policy)).items():
            values = measures[learner_id].values.with_streak(streak.run, streak.longest)
            measures[learner_id] = replace(measures[learner_id], values=values)
    return measures


def measures_from_json(measures: Sequence[Any], policy: Policy) -> LearnerMeasures:
    """`VALUE_COLUMNS`, levels by topic, counters by key, the mask as hex, and the unlocks, each as JSON or null."""
    columns, levels, counters, mask, unlocks = measures
    return LearnerMeasures(
        values_of(columns, levels or {}, counters or {}, policy), _unlocks(unlocks or ()), bytes.fromhex(mask)
    )


def _unlocks(rows: Iterable[tuple[str, str, str]]) -> dict[str, Unlock]:
    return {
        code: Unlock(code, datetime.fromisoformat(unlocked_at), date.fromisoformat(earned_on))
        for code, unlocked_at, earned_on in rows
    }


def values_of(
    columns: Sequence[int], levels: Mapping[str, str], counters: Mapping[str, int], policy: Policy
) -> MetricValues:
    """Complete values from `VALUE_COLUMNS`, topics with their level where it is not the first, and counters by key."""
    ranks = {level.name: rank for rank, level in enumerate(policy.skills.levels)}
    by_rank = {topic: ranks.get(level, 0) for topic, level in levels.items()}
    *sums, run = columns
    return MetricValues(tuple(sums), run, 0, by_rank, counters)


async def rarity(connection: Reading) -> Rarity:
    """The rarity of each achievement by the last count; None if there are fewer than `MIN_LEARNERS`."""
    rows = await connection.fetch(_HOLDERS)
    return Rarity(
        {
            code: None if learners < MIN_LEARNERS else share_percent(holders, learners)
            for code, holders, learners, _ in rows
        },
        max((as_of for *_, as_of in rows), default=None),
    )
