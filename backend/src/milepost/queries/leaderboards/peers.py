"""What a learner may know of its peers: the figures the daily job counted, and the learner's own amounts."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

import orjson

from milepost.db.connection import Reading
from milepost.rules.days.periods import Days
from milepost.rules.leaderboards import ALL_DAYS, MIN_PEERS

PEER_METRICS = ("points", "exercises", "minutes")

_FIGURES = "SELECT first_day, last_day, learners, bands::text FROM peer_figures"
# Bounded: no more than needed are looked at.
_OTHERS = f"""
SELECT count(*) FROM (
    SELECT FROM board_scores
    WHERE period = 'all' AND first_day = DATE '{ALL_DAYS.first}' AND learner_id <> $1 LIMIT {MIN_PEERS}
) o
"""
_OWN = """
SELECT count(*) FILTER (WHERE streak_activities > 0), coalesce(sum(points), 0)::bigint,
    coalesce(sum(exercises), 0)::bigint, coalesce(sum(seconds), 0)::bigint / 60
FROM activity_days WHERE learner_id = $1 AND local_day BETWEEN $2 AND $3
"""
# The share of the others with less, as percent_rank gives it, but in whole numbers: no band is off by one.
_COUNT = f"""
WITH amounts AS (
    SELECT d.learner_id, sum(d.points)::bigint AS points, sum(d.exercises)::bigint AS exercises,
        sum(d.seconds)::bigint / 60 AS minutes
    FROM board_scores s JOIN activity_days d ON d.learner_id = s.learner_id AND d.local_day BETWEEN $1 AND $2
    WHERE s.period = 'all' AND s.first_day = DATE '{ALL_DAYS.first}'
    GROUP BY d.learner_id HAVING sum(d.streak_activities) > 0
), values_of AS (
    SELECT v.metric, v.value FROM amounts
    CROSS JOIN LATERAL (VALUES ('points', points), ('exercises', exercises), ('minutes', minutes)) v(metric, value)
), ranked AS (
    SELECT metric, value, rank() OVER (PARTITION BY metric ORDER BY value) - 1 AS less,
        count(*) OVER (PARTITION BY metric) AS n
    FROM values_of
)
SELECT metric, least(less * $3 / greatest(n - 1, 1), $3 - 1)::int AS band, min(value), max(n)
FROM ranked GROUP BY metric, band ORDER BY metric, band
"""


@dataclass(frozen=True, slots=True)
class PeerFigures:
    """How many learners were compared by these days; by metric and band, the least value in the band."""

    days: Days
    learners: int
    bands: dict[str, dict[int, int]]


class OwnPractice(NamedTuple):
    """A learner's active days in the days compared, and the amount of each metric."""

    active_days: int
    amounts: dict[str, int]


async def counted_through(connection: Reading) -> date | None:
    """The last day that the stored figures cover; None without figures. One statement."""
    figures = await peer_figures(connection)
    return None if figures is None else figures.days.last


async def peer_figures(connection: Reading) -> PeerFigures | None:
    """The figures as last counted. One statement."""
    row = await connection.fetchrow(_FIGURES)
    if row is None:
        return None
    bands = {
        metric: {int(band): least for band, least in by_band.items()}
        for metric, by_band in orjson.loads(row["bands"]).items()
    }
    return PeerFigures(Days(row["first_day"], row["last_day"]), row["learners"], bands)


async def has_peers(connection: Reading, learner_id: UUID) -> bool:
    """Whether enough others are on boards at this moment. One statement."""
    others: int = await connection.fetchval(_OTHERS, learner_id)
    return others >= MIN_PEERS


async def own_practice(connection: Reading, learner_id: UUID, days: Days) -> OwnPractice:
    """What the learner did in these days. One statement."""
    active_days, *amounts = await connection.fetchrow(_OWN, learner_id, days.first, days.last)
    return OwnPractice(active_days, dict(zip(PEER_METRICS, amounts, strict=True)))


async def count_figures(connection: Reading, days: Days, bands: int) -> PeerFigures:
    """Compare everybody who is on boards and practised in these days. `bands`: how many there are. One statement."""
    counted: dict[str, dict[int, int]] = {}
    learners = 0
    for metric, band, least, number in await connection.fetch(_COUNT, days.first, days.last, bands):
        counted.setdefault(metric, {})[band] = least
        learners = number
    return PeerFigures(days, learners, counted)
