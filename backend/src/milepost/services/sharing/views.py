"""Counts how often shares are opened: by share and day, and nothing about who opened them.

A process counts in memory, and a task adds the counts to the table a few seconds later, so a page never waits for it.
A crash loses little.
"""

import asyncio
from collections import Counter
from datetime import date
from uuid import UUID

import asyncpg
import structlog

from milepost.db.database import Database
from milepost.errors import Unavailable
from milepost.rules.sharing import VIEW_DAYS_KEPT

log = structlog.get_logger(__name__)

_FLUSH_SECONDS = 5.0
_MAX_IN_MEMORY = 10_000

# A share that has been deleted meanwhile is not brought back: there is no row to add to.
_ADD = f"""
UPDATE shares SET views = views + $4, views_by_day = (
    SELECT jsonb_object_agg(day, counted) FROM jsonb_each(
        views_by_day || jsonb_build_object($3::date::text, coalesce((views_by_day->>$3::date::text)::bigint, 0) + $4)
    ) AS days(day, counted) WHERE day > ($3::date - {VIEW_DAYS_KEPT})::text
) WHERE learner_id = $1 AND share_id = $2
"""


class ShareViews:
    """The views that this process has counted since it last added them to the table. One per process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._views: Counter[tuple[UUID, UUID, date]] = Counter()
        self._flushing: asyncio.Task[None] | None = None

    def note(self, learner_id: UUID, share_id: UUID, day: date) -> None:
        """Count one view on the learner's date. Returns at once."""
        key = (learner_id, share_id, day)
        if key in self._views or len(self._views) < _MAX_IN_MEMORY:
            self._views[key] += 1
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush_later(), name="share-views")

    async def flush(self) -> None:
        """Add the counts to the table; all of them or none.

        Raises:
            Unavailable: the database is unreachable. The counts are kept.
        """
        views, self._views = self._views, Counter()
        if not views:
            return
        # In the order of the keys, so that two processes never wait for each other.
        rows = [(*key, count) for key, count in sorted(views.items(), key=_order)]
        try:
            async with self._database.write() as connection:
                await connection.executemany(_ADD, rows)
        except BaseException:
            self._views.update(views)
            raise

    async def close(self) -> None:
        """Add what is left, if the database can be reached."""
        if self._flushing is not None:
            self._flushing.cancel()
            await asyncio.wait({self._flushing})
        await self._flush_or_log()

    async def _flush_later(self) -> None:
        try:
            while self._views:
                await asyncio.sleep(_FLUSH_SECONDS)
                await self._flush_or_log()
        finally:
            self._flushing = None

    async def _flush_or_log(self) -> None:
        try:
            await self.flush()
        except (Unavailable, asyncpg.PostgresError) as fault:
            log.warning("share_views_waiting", reason=f"{type(fault).__name__}: {fault}", counts=len(self._views))


def _order(item: tuple[tuple[UUID, UUID, date], int]) -> tuple[int, int, date]:
    (learner_id, share_id, day), _ = item
    return learner_id.int, share_id.int, day
