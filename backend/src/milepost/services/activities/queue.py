"""Group commit without a timer: while one commit is in flight the next batch gathers by itself.

Each caller is answered after its own commit. There are two lanes: one writer for small requests; large ones get a
transaction each, a few at a time. Neither waits for a learner whom another transaction changes: activities of such a
learner stand in a line of their own. The queue is bounded: when it is full, callers are told to come back.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import asyncpg
import structlog

from milepost.db.connection import Writing
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

T = TypeVar("T")

_LOG = structlog.get_logger("milepost.intake")

_WORTH_REPEATING = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, FactsMoved)
_MAX_ATTEMPTS = 5
# Of one learner in its line: nobody else waits for that.
_MAX_ATTEMPTS_IN_LINE = 20
# Raised by the database when a value cannot be stored. The culprit is found by halving the batch and refused alone.
_CULPRIT = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.ProgramLimitExceededError)

_LOCKED_BY_OTHERS = """
WITH free AS (SELECT learner_id FROM learners WHERE learner_id = ANY($1::uuid[]) FOR UPDATE SKIP LOCKED)
SELECT learner_id FROM learners WHERE learner_id = ANY($1::uuid[]) EXCEPT SELECT learner_id FROM free
"""


class _LearnersBusy(Exception):
    """Other transactions change these learners, and one of them has been waited for in vain."""

    def __init__(self, learners: frozenset[UUID]) -> None:
        super().__init__(learners)
        self.learners = learners


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
        self._lines: dict[UUID, deque[_Waiting]] = {}
        """What waits for learners whom other transactions change."""
        self._in_line = asyncio.Semaphore(settings.intake_waiting_transactions)
        self._tasks: set[asyncio.Task[object]] = set()
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
            if self._lines and (busy := self._lines.keys() & {submission.learner_id for submission in submissions}):
                return await self._commit_around(submissions, busy)
            if size >= self._settings.intake_bulk_threshold:
                return await self._commit_large(submissions)
            waiting = _Waiting(submissions, asyncio.get_running_loop().create_future())
            self._waiting.append(waiting)
            self._arrived.set()
            return await waiting.answer
        finally:
            self._size -= size

    @property
    def has_lines(self) -> bool:
        """Is anybody waiting for a learner whom another transaction changes?"""
        return bool(self._lines)

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
        while self._tasks:
            await asyncio.wait(self._tasks)

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
            await self._commit_together(self._gather(self._waiting))

    def _gather(self, line: deque[_Waiting]) -> list[_Waiting]:
        """As many requests as fit into one commit, in order of arrival; always at least one."""
        gathered = [line.popleft()]
        size = len(gathered[0].submissions)
        while line and size + len(line[0].submissions) <= self._settings.intake_commit_limit:
            gathered.append(line.popleft())
            size += len(gathered[-1].submissions)
        return gathered

    async def _commit_together(self, gathered: Sequence[_Waiting], *, waits: bool = False) -> None:
        """Commit small requests in one transaction, and answer each. Those about busy learners are committed apart."""
        together = [submission for waiting in gathered for submission in waiting.submissions]
        try:
            committed = await self._commit(together, waits=waits)
        except _LearnersBusy as busy:
            free: list[_Waiting] = []
            for waiting in gathered:
                if _concerns(waiting, busy.learners):
                    self._in_background(self._answer_apart(waiting, busy.learners))
                else:
                    free.append(waiting)
            if free:
                await self._commit_together(free)
            return
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

    def _in_background(self, work: Coroutine[None, None, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work, name="intake-apart")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _answer_apart(self, waiting: _Waiting, busy: Set[UUID]) -> None:
        try:
            committed = await self._commit_around(waiting.submissions, busy)
        except Exception as fault:  # noqa: BLE001 - as in `_commit_together`
            if not waiting.answer.done():
                waiting.answer.set_exception(fault)
        else:
            if not waiting.answer.done():
                waiting.answer.set_result(committed)

    async def _commit_large(self, submissions: Sequence[Submission]) -> Committed:
        """Commit in a transaction of its own; wait for busy learners apart from the others."""
        try:
            async with self._bulk:
                return await self._commit(submissions)
        except _LearnersBusy as fault:
            busy = fault.learners
        return await self._commit_around(submissions, busy)

    async def _commit_around(self, submissions: Sequence[Submission], busy: Set[UUID]) -> Committed:
        """Commit activities of busy learners in their lines, and the others at once."""
        places: dict[UUID | None, list[int]] = {}
        for place, submission in enumerate(submissions):
            learner_id = submission.learner_id if submission.learner_id in busy else None
            places.setdefault(learner_id, []).append(place)
        parts = [
            self._stand_in_line(learner_id, [submissions[place] for place in of_learner])
            for learner_id, of_learner in places.items()
            if learner_id is not None
        ]
        orders = [of_learner for learner_id, of_learner in places.items() if learner_id is not None]
        if free := places.get(None):
            orders.append(free)
            parts.append(self._in_background(self._commit_large([submissions[place] for place in free])))
        return _united(orders, await asyncio.gather(*parts), len(submissions))

    def _stand_in_line(self, learner_id: UUID, submissions: Sequence[Submission]) -> "asyncio.Future[Committed]":
        """The answer to activities of a learner who is busy."""
        waiting = _Waiting(submissions, asyncio.get_running_loop().create_future())
        if learner_id not in self._lines:
            self._lines[learner_id] = deque()
            self._in_background(self._serve_line(learner_id))
        self._lines[learner_id].append(waiting)
        return waiting.answer

    async def _serve_line(self, learner_id: UUID) -> None:
        """Commit what stands in the line of a learner, until it is empty."""
        line = self._lines[learner_id]
        _LOG.info("intake_learner_busy")
        try:
            while line:
                async with self._in_line:
                    await self._commit_together(self._gather(line), waits=True)
        finally:
            del self._lines[learner_id]

    async def _commit(self, submissions: Sequence[Submission], *, waits: bool = False) -> Committed:
        """Commit a batch. When the database refuses its data, halve it until the culprit is alone, and reject that.

        Raises:
            _LearnersBusy: only where it does not wait.
        """
        try:
            return await self._transaction(submissions, waits=waits)
        except _CULPRIT as fault:
            if len(submissions) == 1:
                _LOG.warning("activity_refused_by_database", error=str(fault), sender=submissions[0].sender)
                only = submissions[0]
                return Committed([Outcome(only.id, "rejected", only.learner_id, reason="not_storable")], {}, {}, {})
        half = len(submissions) // 2
        parts = [await self._commit(part, waits=waits) for part in (submissions[:half], submissions[half:])]
        return _united([range(half), range(half, len(submissions))], parts, len(submissions))

    async def _transaction(self, submissions: Sequence[Submission], *, waits: bool) -> Committed:
        async with self._database.intake(waits=waits) as connection:
            moved: frozenset[UUID] = frozenset()
            for attempt in range(1, (_MAX_ATTEMPTS_IN_LINE if waits else _MAX_ATTEMPTS) + 1):
                try:
                    await settle_zones(connection, submissions, self.memory, self._policy, self._now())
                    async with connection.transaction():
                        committed = await record(connection, submissions, self.memory, self._policy, self._now())
                except asyncpg.LockNotAvailableError:
                    if waits:
                        raise
                    busy = await _locked_by_others(connection, submissions)
                    if busy:
                        raise _LearnersBusy(busy) from None
                except LearnersGone as fault:
                    self.memory.facts.note_departed(fault.departed)
                except _WORTH_REPEATING as fault:
                    _LOG.info("intake_repeated", attempt=attempt, reason=type(fault).__name__)
                    moved = frozenset(fault.args) if isinstance(fault, FactsMoved) else moved
                else:
                    self._on_commit(committed.changes)
                    return committed
        if moved and not waits:
            raise _LearnersBusy(moved)
        raise Unavailable("intake_busy", "Other requests are changing the same learners. Try again in a second.")


def _concerns(waiting: _Waiting, learners: Set[UUID]) -> bool:
    return any(submission.learner_id in learners for submission in waiting.submissions)


async def _locked_by_others(connection: Writing, submissions: Sequence[Submission]) -> frozenset[UUID]:
    """Those of the learners whom other transactions change now: none if the lock has been given back meanwhile."""
    learners = list({submission.learner_id for submission in submissions})
    async with connection.transaction():
        return frozenset(row[0] for row in await connection.fetch(_LOCKED_BY_OTHERS, learners))


def _united(orders: Sequence[Sequence[int]], parts: Sequence[Committed], size: int) -> Committed:
    """The answer to a request of `size` activities that was committed in parts; each has the places of its outcomes."""
    outcomes: dict[int, Outcome] = {}
    united = Committed([], {}, {}, {})
    for places, part in zip(orders, parts, strict=True):
        outcomes |= zip(places, part.outcomes, strict=True)
        united.changes |= part.changes
        united.gains |= part.gains
        united.facts |= part.facts
    united.outcomes = [outcomes[place] for place in range(size)]
    return united
