"""The demo learners: replays their history through the HTTP API, each call with the clock of its moment.

The application runs in this process, before the service starts, with a clock that this module moves. So achievements
are unlocked, goals met and zones changed when they would have been. `embedded/demo` decides what happened. How far the
replay has come is kept in the database; a later start goes on from there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
import orjson

from milepost import log
from milepost.app import create_app
from milepost.db.connection import Writing
from milepost.db.database import Database, open_database
from milepost.embedded.demo import practice, stories
from milepost.embedded.demo.calls import Answer, Call, Scene, rows
from milepost.embedded.demo.people import HISTORY_DAYS, PEOPLE, Life
from milepost.embedded.tokens import mint
from milepost.rules.policy import Policy
from milepost.services import cursors
from milepost.services.achievements.rarity import count_holders
from milepost.services.goals.sweeps import close_periods_batch
from milepost.services.leaderboards.peers import count_peers
from milepost.services.mastery.nightly import publish_eases_batch
from milepost.services.spaces.snapshots import snapshot_progress_batch
from milepost.services.streaks.outage_backfill import apply_outages_batch
from milepost.settings import Settings, load_policy

_PROGRESS = "demo-learners"
# Learners with `recent` fill days of this age at a later start.
_OVERLAP = timedelta(days=14)
# The length of a step, by how long ago it is: achievements are unlocked at the end of a step.
_STEPS = (
    (timedelta(days=5), timedelta(hours=4)),
    (timedelta(days=90), timedelta(days=1)),
    (timedelta.max, timedelta(days=2)),
)
_STEPS_A_CHECKPOINT = 7
# Others mean that something exists already, was changed by a user, is gone, or belongs to a feature that is off.
_UNEXPECTED_REFUSALS = {401, 403}

Proceed = Callable[[], None]
"""Called between two steps; raises to stop."""
Say = Callable[[str], None]


@dataclass(slots=True)
class DemoLoad:
    """What one load did: activities added and repeated, and the calls that were refused."""

    accepted: int = 0
    duplicates: int = 0
    refusals: list[str] = field(default_factory=list)


class _ReplayClock:
    """The clock of the application while history is replayed. It never runs backwards."""

    def __init__(self, instant: datetime) -> None:
        self._instant = instant

    def now(self) -> datetime:
        """The moment that is replayed."""
        return self._instant

    def move(self, instant: datetime) -> None:
        """Go to `instant`, if it is later."""
        self._instant = max(self._instant, instant)


def load_demo(settings: Settings, now: datetime, proceed: Proceed, say: Say) -> None:
    """Load the demo learners until `now`: a year of history at the first load, later what is missing since.

    A call that is refused because of what a user did meanwhile is left out.

    Raises:
        httpx.HTTPError: the API fails, or rejects a token.
        Unavailable: the database cannot be reached.
    """
    # A line for each of some thousand requests would hide what the terminal is for.
    log.configure(settings.model_copy(update={"log_level": "warning"}))
    refusals = asyncio.run(replay(settings, now, proceed)).refusals
    if refusals:
        say(f"{len(refusals)} calls for the demo learners were refused. The first: {refusals[0]}")


async def replay(settings: Settings, now: datetime, proceed: Proceed = lambda: None) -> DemoLoad:
    """As `load_demo`, in a running event loop."""
    async with open_database(settings) as database:
        loaded_at, replayed_until = await _progress(database, now)
        clock = _ReplayClock(replayed_until)
        app = create_app(settings, clock)
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # Quart names the messages, httpx does not
        await app.startup()
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://demo/api") as client:
                caller = _Caller(client, settings, clock)
                await _Replay(database, caller, clock, loaded_at, replayed_until, now).run(proceed)
        finally:
            await app.shutdown()
    return caller.load


async def _progress(database: Database, now: datetime) -> tuple[datetime, datetime]:
    """When the demo learners were loaded first (now, if they were not), and until when history is replayed."""
    async with database.write() as connection:
        await cursors.begin(connection, _PROGRESS, now)
        loaded_at = await cursors.started_at(connection, _PROGRESS)
        progress = await cursors.lock_progress(connection, _PROGRESS)
    return loaded_at, _beginning(loaded_at) + timedelta(minutes=progress.done)


def _beginning(loaded_at: datetime) -> datetime:
    """A moment before every learner's first day."""
    return loaded_at - timedelta(days=HISTORY_DAYS + 2)


class _Caller:
    """Sends calls, and keeps count of the answers."""

    def __init__(self, client: httpx.AsyncClient, settings: Settings, clock: _ReplayClock) -> None:
        self.load = DemoLoad()
        self._client = client
        self._settings = settings
        self._clock = clock
        self._tokens: dict[tuple[str, str], str] = {}

    async def play(self, scene: Scene) -> None:
        """Send the calls of a scene, each with the answer to the one before at hand."""
        script = scene.play()
        try:
            call = next(script)
            while True:
                call = script.send(await self._answer(call))
        except StopIteration:
            return

    async def post(self, activities: Sequence[practice.Activity]) -> None:
        """Report activities as the service."""
        call = Call(stories.SERVICE, "POST", "/activities", {"activities": activities}, role="service")
        for result in rows(await self._answer(call), "results"):
            self.load.accepted += result["status"] == "accepted"
            self.load.duplicates += result["status"] == "duplicate"
            if result["status"] not in ("accepted", "duplicate"):
                self.load.refusals.append(f"{result['id']}: {result['status']}")

    async def _answer(self, call: Call) -> Answer:
        headers = {"Authorization": f"Bearer {self._token(call.subject, call.role)}"}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        content = None if call.body is None else orjson.dumps(call.body)
        response = await self._client.request(call.method, call.path, content=content, headers=headers)
        if response.is_client_error and response.status_code not in _UNEXPECTED_REFUSALS:
            self.load.refusals.append(f"{call.subject} {call.method} {call.path}: {response.text}")
            return {}
        response.raise_for_status()
        answer = response.json() if response.content else {}
        return answer if isinstance(answer, dict) else {}

    def _token(self, subject: str, role: str) -> str:
        token = self._tokens.get((subject, role))
        if token is None:
            hours = 24.0 * 3 * HISTORY_DAYS
            token = mint(self._settings, subject, [role], issued_at=self._clock.now(), hours=hours)
            self._tokens[subject, role] = token
        return token


class _Replay:
    """One pass over the history between two moments."""

    def __init__(
        self,
        database: Database,
        caller: _Caller,
        clock: _ReplayClock,
        loaded_at: datetime,
        replayed_until: datetime,
        now: datetime,
    ) -> None:
        self._database = database
        self._caller = caller
        self._clock = clock
        self._policy = load_policy()
        self._beginning = _beginning(loaded_at)
        self._from, self._until = replayed_until, now
        lives = [Life(person, loaded_at, now) for person in PEOPLE]
        first_day = (replayed_until - _OVERLAP).date()
        self._activities = sorted(
            (activity for life in lives for activity in practice.activities(life, first_day)),
            key=lambda activity: (activity[0], str(activity[1]["id"])),
        )
        every_scene = (scene for life in lives for scene in stories.scenes(life))
        self._scenes = sorted((s for s in every_scene if self._from < s.at <= now), key=lambda scene: scene.at)

    async def run(self, proceed: Proceed) -> None:
        """Replay step by step, and keep how far it has come."""
        for number, end in enumerate(self._ends(), start=1):
            proceed()
            await self._step(end)
            if number % _STEPS_A_CHECKPOINT == 0 or end == self._until:
                await self._checkpoint(end)

    def _ends(self) -> Iterator[datetime]:
        """The end of every step; the last one is now."""
        end = self._from
        while end < self._until:
            step = next(step for limit, step in _STEPS if self._until - end <= limit)
            end = min(end + step, self._until)
            yield end

    async def _step(self, end: datetime) -> None:
        """Play the scenes until `end`, then report the activities until `end` at the moment of the last."""
        while self._scenes and self._scenes[0].at <= end:
            scene = self._scenes.pop(0)
            self._clock.move(scene.at)
            await self._caller.play(scene)
        count = 0
        while count < len(self._activities) and self._activities[count][0] <= end:
            count += 1
        if count:
            self._clock.move(min(self._activities[count - 1][0] + timedelta(seconds=19), end))
            for start in range(0, count, 500):
                await self._caller.post([activity for _, activity in self._activities[start : min(start + 500, count)]])
            del self._activities[:count]
        self._clock.move(end)
        if self._until - end < _STEPS[1][0]:
            await self._sweep(_snapshot_progress, end)

    async def _checkpoint(self, end: datetime) -> None:
        """Do what the worker would have done meanwhile, and keep how far the replay has come."""
        await self._sweep(apply_outages_batch, end)
        await self._sweep(_close_goal_periods, end)
        await self._sweep(publish_eases_batch, end)
        async with self._database.write() as connection:
            if end == self._until:
                await count_holders(connection, end)
                await count_peers(connection, end)
            done = (await cursors.lock_progress(connection, _PROGRESS)).done
            minutes = int((end - self._beginning).total_seconds()) // 60 - done
            await cursors.advance_cursor(connection, _PROGRESS, cursors.START_CURSOR, minutes)

    async def _sweep(self, batch: "_Batch", end: datetime) -> None:
        """Run batches at `end` until one says that nothing is left."""
        is_left = True
        while is_left:
            async with self._database.write() as connection:
                is_left = await batch(connection, self._policy, end)


_Batch = Callable[[Writing, Policy, datetime], Awaitable[bool]]
"""Sweeps one batch and says whether more is left."""


async def _close_goal_periods(connection: Writing, policy: Policy, now: datetime) -> bool:
    return (await close_periods_batch(connection, policy, now)).more


async def _snapshot_progress(connection: Writing, policy: Policy, now: datetime) -> bool:
    return (await snapshot_progress_batch(connection, policy, now)).more
