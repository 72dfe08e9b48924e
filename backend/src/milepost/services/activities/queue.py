"""Group commit without a timer: while one commit is in flight the next batch gathers by itself.

Each caller is answered after its own commit. There are two lanes: one writer for small requests; large ones get a
transaction each, a few at a time. The queue is bounded: when it is full, callers are told to come back.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import asyncpg
import structlog

from milepost.db.database import Database
from milepost.errors import LearnersGone, Unavailable
from milepost.queries.achievements.catalogue import CatalogueMemory
from milepost.queries.learners.facts import FactsMemory
from milepost.queries.mastery.eases import EaseMemory
from milepost.rules.policy import Policy
from milepost.services.activities.batch import IntakeMemory, settle_zones
from milepost.services.activities.record import record
from milepost.services.activities.submission import Committed, FactsMoved, LearnerChange, Outcome, Submission
from milepost.settings import Settings

_LOG = structlog.get_logger("milepost.intake")

_WORTH_REPEATING = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, FactsMoved)
_MAX_ATTEMPTS = 5
# Raised by the database when a value cannot be stored. The culprit is found by halving the batch and refused alone.
_CULPRIT = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.ProgramLimitExceededError)


@dataclass(slots=True)
class _Waiting:
    submissions: Sequence[Submission]
    answer: "asyncio.Future[Committed]"


class IntakeQueue:
    """The owner of the transactions in which plain activities are recorded."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        policy: Policy,
        now: Callable[[], datetime],
        catalogue: CatalogueMemory,
        on_commit: Callable[[Mapping[UUID, LearnerChange]], None],
    ) -> None:
        """`on_commit` is called after each commit with the learners it changed; it must not raise."""
        self._database = database
        self._settings = settings
        self._policy = policy
        self._now = now
        self._on_commit = on_commit
        self.memory = IntakeMemory(FactsMemory(settings.intake_remembered_learners), catalogue, EaseMemory())
        """Shared with services that record within their own unit of work."""
        self._waiting: deque[_Waiting] = deque()
        self._size = 0
        self._arrived = asyncio.Event()
        self._closing = False
        self._bulk = asyncio.Semaphore(settings.intake_bulk_transactions)
        self._writer = asyncio.create_task(self._write(), name="intake-writer")

    async def submit(self, submissions: Sequence[Submission]) -> Committed:
        """Record these activities; returns when they are committed, with an outcome for each in order.

        Raises:
            Unavailable: the queue is full or closing, or the database is unreachable. All of the activities may have
                been stored, or none: repeating the same ids is safe.
        """
        size = len(submissions)
        if self._closing or self._size + size > self._settings.intake_queue_limit:
            raise Unavailable("intake_busy", "Too many activities are waiting to be written. Try again in a second.")
        self._size += size
        try:
            if size >= self._settings.intake_bulk_threshold:
                async with self._bulk:
                    return await self._commit(submissions)
            waiting = _Waiting(submissions, asyncio.get_running_loop().create_future())
            self._waiting.append(waiting)
            self._arrived.set()
            return await waiting.answer
        finally:
            self._size -= size

    async def close(self) -> None:
        """Accept nothing more and finish what is queued."""
        self._closing = True
        self._arrived.set()
        await self._writer
        places = range(self._settings.intake_bulk_transactions)
        for _ in places:
            await self._bulk.acquire()
        for _ in places:
            self._bulk.release()

    async def _write(self) -> None:
        while True:
            while self._waiting and self._waiting[0].answer.cancelled():
                self._waiting.popleft()  # the caller has left or was told to come back
            if not self._waiting:
                if self._closing:
                    return
                self._arrived.clear()
                await self._arrived.wait()
                continue
            await self._commit_together(self._gather())

    def _gather(self) -> list[_Waiting]:
        """As many requests as fit into one commit, in order of arrival; always at least one."""
        gathered = [self._waiting.popleft()]
        size = len(gathered[0].submissions)
        while self._waiting and size + len(self._waiting[0].submissions) <= self._settings.intake_commit_limit:
            gathered.append(self._waiting.popleft())
            size += len(gathered[-1].submissions)
        return gathered

    async def _commit_together(self, gathered: Sequence[_Waiting]) -> None:
        together = [submission for waiting in gathered for submission in waiting.submissions]
        try:
            committed = await self._commit(together)
        except Exception as fault:  # noqa: BLE001 - the callers get the fault; the writer must go on
            for waiting in gathered:
                if not waiting.answer.done():
                    waiting.answer.set_exception(fault)
            return
        place = 0
        for waiting in gathered:
            own = committed.outcomes[place : place + len(waiting.submissions)]
            place += len(waiting.submissions)
            if not waiting.answer.done():
                waiting.answer.set_result(replace(committed, outcomes=own))

    async def _commit(self, submissions: Sequence[Submission]) -> Committed:
        """Commit a batch. When the database refuses its data, halve it until the culprit is alone, and reject that."""
        try:
            return await self._transaction(submissions)
        except _CULPRIT as fault:
            if len(submissions) == 1:
                _LOG.warning("activity_refused_by_database", error=str(fault), sender=submissions[0].sender)
                only = submissions[0]
                return Committed([Outcome(only.id, "rejected", only.learner_id, reason="not_storable")], {}, {}, {})
        half = len(submissions) // 2
        first, second = await self._commit(submissions[:half]), await self._commit(submissions[half:])
        return Committed(
            first.outcomes + second.outcomes,
            first.changes | second.changes,
            first.gains | second.gains,
            first.facts | second.facts,
        )

    async def _transaction(self, submissions: Sequence[Submission]) -> Committed:
        async with self._database.intake() as connection:
            for attempt in range(1, _MAX_ATTEMPTS + 1):
                try:
                    await settle_zones(connection, submissions, self.memory, self._policy, self._now())
                    async with connection.transaction():
                        committed = await record(connection, submissions, self.memory, self._policy, self._now())
                except LearnersGone as fault:
                    self.memory.facts.note_departed(fault.departed)
                except _WORTH_REPEATING as fault:
                    _LOG.info("intake_repeated", attempt=attempt, reason=type(fault).__name__)
                else:
                    self._on_commit(committed.changes)
                    return committed
        raise Unavailable("intake_busy", "Other requests are changing the same learners. Try again in a second.")
