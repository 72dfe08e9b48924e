"""Whether the database can store anything: a full disk and a read-only server answer reads but refuse writes.

Failed writes say when it cannot. From then on a probe writes and rolls back until it succeeds, so that readiness
returns by itself, also when no request comes.
"""

import asyncio
from typing import Literal
from uuid import uuid4

import asyncpg
import structlog

from milepost.db.failures import FaultKind, fault_kind

log = structlog.get_logger(__name__)

StorageFault = Literal["disk_full", "read_only"]

_PROBE_INTERVAL_SECONDS = 2.0
_PROBE_ROWS = 64
"""Of 1,500 bytes: they need several new pages, which a few bytes that became free do not give."""
# Into the log, because every activity needs space there. Each probe has a learner of its own and is rolled back.
_PROBE = f"""
INSERT INTO activities (
    learner_id, sender, id, verb, object_type, object_id, occurred_at, received_at, local_day, day_ends_at,
    utc_offset_minutes, points, counts, sent_fields, content_hash, commit_id
)
SELECT $1, 'milepost', n::text, 'probed', 'probe', repeat('x', 1500), 'epoch', 'epoch', 'epoch', 'epoch',
    0, 0, 0, 0, 0, $1
FROM generate_series(1, {_PROBE_ROWS}) n
"""


class Storage:
    """What this process knows about the storage of the database. `fault` is None while writes are not refused."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", acquire_timeout_seconds: float) -> None:
        self.fault: StorageFault | None = None
        self._pool = pool
        self._acquire_timeout_seconds = acquire_timeout_seconds
        self._probing: asyncio.Task[None] | None = None

    def note(self, kind: FaultKind) -> None:
        """Note why a statement failed."""
        if kind not in ("disk_full", "read_only"):
            return
        self.fault = kind
        if self._probing is None:
            log.error("database_stores_nothing", reason=kind)
            self._probing = asyncio.create_task(self._probe_until_stored(), name="storage-probe")

    async def close(self) -> None:
        """Stop the probe."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.wait({self._probing})

    async def _probe_until_stored(self) -> None:
        try:
            while self.fault is not None:
                await asyncio.sleep(_PROBE_INTERVAL_SECONDS)
                await self._probe()
        finally:
            self._probing = None
        log.info("database_stores_again")

    async def _probe(self) -> None:
        try:
            async with self._pool.acquire(timeout=self._acquire_timeout_seconds) as connection:
                transaction = connection.transaction()
                await transaction.start()
                try:
                    await connection.execute(_PROBE, uuid4())
                finally:
                    await transaction.rollback()
        except (OSError, TimeoutError):
            return  # unreachable: nothing is known yet
        except Exception as fault:  # noqa: BLE001 - a probe that cannot be made must not keep the process out of service
            kind = fault_kind(fault)
            if kind is None:
                log.warning("storage_probe_failed", error=str(fault))
                self.fault = None
            elif kind in ("disk_full", "read_only"):
                self.fault = kind
        else:
            self.fault = None
