"""A learner's version: the few values that decide whether an earlier answer is still valid, or that the learner left.

Concurrent requests share one statement: while one is running, the learners of the next one gather, without a timer. A
request only joins a statement that has not been sent yet, so it sees everything committed before the request.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from milepost.db.database import Database
from milepost.errors import Departed, LearnersGone
from milepost.rules.days.calendar import local_day
from milepost.rules.policy import Policy

_VERSIONS = """
SELECT k.learner_id, coalesce(l.revision, 0), coalesce(l.zone, ''), coalesce(l.zone_source, 'assumed'),
    l.learner_id IS NOT NULL, l.rebuild_due_at IS NOT NULL, coalesce(p.quiet, false), s.global_revision,
    s.catalogue_revision, s.departures,
    l.erasing_at IS NOT NULL OR l.learner_id IS NULL AND EXISTS (SELECT FROM erased e WHERE e.digest = k.digest),
    CASE WHEN l.learner_id IS NULL THEN
        (SELECT f.learner_id FROM former_ids f WHERE f.former_id = k.learner_id)
    END
FROM unnest($1::uuid[], $2::bytea[]) AS k(learner_id, digest)
LEFT JOIN learners l USING (learner_id) LEFT JOIN profiles p USING (learner_id) CROSS JOIN system_state s
"""


@dataclass(frozen=True, slots=True)
class LearnerVersion:
    """A learner's revision and zone, and the revisions of shared data. An unknown learner has revision 0.

    `rebuild_due`: a void activity is still counted. `is_quiet`: its answers are quiet.
    """

    learner_id: UUID
    revision: int
    zone: str
    zone_source: str
    is_known: bool
    rebuild_due: bool
    is_quiet: bool
    global_revision: int
    catalogue_revision: int
    departures: int

    def today(self, now: datetime) -> date:
        """The learner's date at `now`."""
        return local_day(now, self.zone)


class LearnerVersionReader:
    """Reads the versions of many learners at a time. One per process.

    `departures` is the number of the newest departure that this process has heard of; when it grows, `notice` is
    called. A cache may keep what was read at a version only while the number is still that of the version.
    """

    def __init__(self, database: Database, policy: Policy, notice: Callable[[int | None], None]) -> None:
        """`notice` is called with the number before, None the first time."""
        self._database = database
        self._notice = notice
        self.departures: int | None = None
        self._assumed_zone = policy.days.assumed_zone
        self._waiting: dict[UUID, list[asyncio.Future[LearnerVersion]]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def read(self, learner_id: UUID) -> LearnerVersion:
        """The learner's current version: it includes everything committed before this call.

        Raises:
            LearnersGone: the learner has left.
            Unavailable: the database is unreachable.
        """
        answer: asyncio.Future[LearnerVersion] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(learner_id, []).append(answer)
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_all())
        return await answer

    async def _read_all(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, {}
                try:
                    versions = await self._fetch(list(waiting))
                except Exception as fault:  # noqa: BLE001 - raised to the waiting callers
                    _fail(waiting, fault)
                    continue
                for learner_id, version in versions.items():
                    for answer in waiting[learner_id]:
                        if not answer.done():
                            _settle(answer, version)
        finally:
            self._reading = None

    async def _fetch(self, learners: Sequence[UUID]) -> dict[UUID, LearnerVersion | Departed]:
        async with self._database.read() as connection:
            digests = [connection.erasure_digest(learner_id) for learner_id in learners]
            rows = await connection.fetch(_VERSIONS, learners, digests)
        versions: dict[UUID, LearnerVersion | Departed] = {}
        for learner_id, revision, zone, *rest, is_erased, merged_into in rows:
            if is_erased or merged_into is not None:
                versions[learner_id] = Departed(learner_id, None if is_erased else merged_into)
            else:
                versions[learner_id] = LearnerVersion(learner_id, revision, zone or self._assumed_zone, *rest)
        self._hear_of_departures(rows[0]["departures"])
        return versions

    def _hear_of_departures(self, departures: int) -> None:
        if self.departures is None or departures > self.departures:
            before, self.departures = self.departures, departures
            self._notice(before)


def _settle(answer: "asyncio.Future[LearnerVersion]", version: LearnerVersion | Departed) -> None:
    if isinstance(version, Departed):
        answer.set_exception(LearnersGone([version]))
    else:
        answer.set_result(version)


def _fail(waiting: dict[UUID, list[asyncio.Future[LearnerVersion]]], fault: Exception) -> None:
    for answers in waiting.values():
        for answer in answers:
            if not answer.done():
                answer.set_exception(fault)
