"""The daily count by which learners are compared. It keeps where bands begin, and no ids."""

from datetime import datetime

import orjson

from milepost.db.connection import Writing
from milepost.queries.leaderboards.peers import count_figures, counted_through
from milepost.rules.leaderboards import BAND_PERCENT, MIN_PEERS, peer_days

_KEEP = """
INSERT INTO peer_figures AS p (first_day, last_day, learners, bands, counted_at) VALUES ($1, $2, $3, $4::jsonb, $5)
ON CONFLICT (single_row) DO UPDATE SET first_day = excluded.first_day, last_day = excluded.last_day,
    learners = excluded.learners, bands = excluded.bands, counted_at = excluded.counted_at
"""


async def count_peers(connection: Writing, now: datetime) -> bool:
    """Count the figures of the day, once: False if they are counted already.

    Figures of fewer than 6 learners are not kept: each would tell about single ones.
    """
    days = peer_days(now.date())
    if await counted_through(connection) == days.last:
        return False
    figures = await count_figures(connection, days, 100 // BAND_PERCENT)
    bands = figures.bands if figures.learners > MIN_PEERS else {}
    # JSON has no numbers as names.
    named = {metric: {str(band): least for band, least in by_band.items()} for metric, by_band in bands.items()}
    content = orjson.dumps(named).decode()
    await connection.execute(_KEEP, days.first, days.last, figures.learners, content, now)
    return True
