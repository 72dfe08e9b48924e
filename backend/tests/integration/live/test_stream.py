"""The live stream over HTTP: what it sends, to whom, from where it resumes, and when it ends."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import pytest

from integration.live.clients import Event, StreamClient, cut_all
from milepost.rules.live import PARTS, RECORDED_PARTS
from support.builders import SECRET, bearer, exercise, mint, new_learner
from support.callers import uuid_of
from support.catalogues import condition, entry, put_in_force
from support.servers import MilepostProcess, Processes

CUTS = 200
POINTS = [entry(f"points-{n}", condition("points", 10 * n)) for n in range(1, 151)]
"""An activity of 10 points unlocks one of these, up to 150 times."""


@pytest.fixture(scope="module")
def started(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """Processes of this module; a token ends when it says."""
    environment = {
        "MILEPOST_DATABASE_URL": database_url,
        "MILEPOST_REDIS_URL": redis_url,
        "MILEPOST_JWT_SECRET": SECRET,
        "MILEPOST_TOKEN_LEEWAY_SECONDS": "0",
        "MILEPOST_DATABASE_READ_CONNECTIONS": "1",
    }
    folder: Path = tmp_path_factory.mktemp("live")
    processes = Processes(environment, folder)
    yield processes
    processes.end()


@pytest.fixture(scope="module")
def api(started: Processes) -> MilepostProcess:
    """The API process of this module, with one connection for all reads."""
    return started.api()


@pytest.fixture(scope="module")
async def _catalogue(database_url: str) -> None:
    await put_in_force(database_url, *POINTS)


@pytest.fixture(autouse=True)
async def _cut_what_is_left() -> AsyncIterator[None]:
    yield
    await cut_all()


class Person:
    """A learner with a stream; the exercise service records its exercises."""

    def __init__(self, api: MilepostProcess) -> None:
        self.subject = new_learner()
        self.token = mint(self.subject)
        self.url = api.url

    @property
    def learner_id(self) -> UUID:
        """Its id."""
        return UUID(uuid_of(self.subject))

    async def stream(self, last_event_id: str | None = None) -> StreamClient:
        """A stream whose first bytes have arrived."""
        return await StreamClient.opened(self.url, self.token, last_event_id)

    async def practise(self, points: int = 10, times: int = 1) -> None:
        """Complete exercises that give points, in one commit."""
        activities = [
            {**exercise(datetime.now(UTC), value=None, points=points), "learner_id": self.subject} for _ in range(times)
        ]
        await self._post("/api/activities", {"activities": activities}, mint("exercises", ["service"]))

    async def create_task(self) -> None:
        """Plan something."""
        await self._post("/api/tasks", {"title": "read"}, self.token)

    async def ask(self, method: str, path: str, headers: Mapping[str, bytes] | None = None) -> httpx.Response:
        """A request without a body."""
        all_headers = httpx.Headers({**bearer(self.token)})
        encoded = [(name.encode(), value) for name, value in (headers or {}).items()]
        async with httpx.AsyncClient(base_url=self.url) as client:
            return await client.request(method, path, headers=[*all_headers.raw, *encoded])

    async def _post(self, path: str, body: object, token: str) -> None:
        async with httpx.AsyncClient(base_url=self.url) as client:
            answer = await client.post(path, json=body, headers=bearer(token))
        assert answer.status_code == 200, answer.text


@asynccontextmanager
async def database(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to look at the tables and change them behind the service's back."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def stored_ids(url: str, person: Person) -> list[str]:
    """The ids of a learner's notices in the table, in order."""
    async with database(url) as connection:
        rows = await connection.fetch(
            "SELECT revision, n FROM notices WHERE learner_id = $1 AND kind <> 'level_changed' ORDER BY revision, n",
            person.learner_id,
        )
    return [f"{revision}.{n}" for revision, n in rows]


def place(event: Event) -> tuple[int, int]:
    """The id of an event as numbers."""
    assert event.id is not None
    revision, n = event.id.split(".")
    return int(revision), int(n)


async def test_a_stream_begins_with_its_place_and_is_kept_by_nobody_on_the_way(api: MilepostProcess) -> None:
    ada = Person(api)
    stream = await ada.stream()
    headers = stream.parser.headers
    assert stream.parser.status == 200
    assert headers["content-type"] == "text/event-stream"
    assert headers["cache-control"] == "no-store, no-transform, private"
    assert headers["x-accel-buffering"] == "no"
    assert "content-length" not in headers
    assert (stream.parser.retry, stream.parser.last_event_id, stream.taken()) == ([2000], "0.0", [])


@pytest.mark.usefixtures("_catalogue")
async def test_a_commit_sends_its_notices_and_then_one_hint(api: MilepostProcess, database_url: str) -> None:
    ada = Person(api)
    stream = await ada.stream()
    await ada.practise(points=10, times=2)
    first, second, hint = await stream.until("activity")
    assert [first.id, second.id] == await stored_ids(database_url, ada) == ["1.0", "1.1"]
    assert [first.name, second.name] == ["notice", "notice"]
    assert (first.data["id"], first.data["kind"]) == ("1.0", "achievement_unlocked")
    assert (hint.id, hint.data) == ("1.2", {"revision": 1, "parts": [*RECORDED_PARTS]})


async def test_a_hint_names_every_part_that_may_have_changed(api: MilepostProcess) -> None:
    ada = Person(api)
    stream = await ada.stream()
    await ada.create_task()
    hint = await stream.next()
    assert (hint.name, hint.data["parts"]) == ("activity", [*PARTS])


@pytest.mark.usefixtures("_catalogue")
async def test_S10_a_stream_never_shows_anothers_events(api: MilepostProcess) -> None:
    ada, ben = Person(api), Person(api)
    hers, his = await ada.stream(), await ben.stream()
    await ben.practise(points=20)
    await ada.practise(points=10)
    await ben.practise(points=10)
    assert [event.id for event in await hers.until("activity")] == ["1.0", "1.1"]
    ids = [event.id for event in await his.until("activity")]
    while ids[-1] != "2.1":
        ids += [event.id for event in await his.until("activity")]
    assert [one for one in ids if one not in ("1.2",)] == ["1.0", "1.1", "2.0", "2.1"]
    foreign = await ada.stream("2.1")
    assert (await foreign.next()).name == "reset", "an id of his is beyond hers"
    await ada.practise(points=10)
    for stream in (hers, foreign):
        assert [event.id for event in await stream.until("activity")] == ["2.0", "2.1"]


async def test_S10_a_stream_ends_with_its_token(api: MilepostProcess) -> None:
    ada = Person(api)
    ada.token = mint(ada.subject, expires_at=datetime.now(UTC) + timedelta(seconds=3))
    stream = await ada.stream()
    assert await stream.next() == Event("reconnect", None, {"reason": "token_expired"})
    assert await stream.ended()
    refused = await StreamClient.connect(ada.url, ada.token)
    assert (await refused.problem())["code"] == "token_expired"


@pytest.mark.usefixtures("_catalogue")
async def test_quiet_learners_get_hints_and_no_notices(api: MilepostProcess, database_url: str) -> None:
    ada = Person(api)
    begins = (await ada.stream()).parser.last_event_id
    await ada.practise()
    async with database(database_url) as connection:
        await connection.execute("INSERT INTO profiles (learner_id, quiet) VALUES ($1, true)", ada.learner_id)
    stream = await ada.stream(begins)
    hint = await stream.next()
    assert (hint.name, hint.data["revision"]) == ("activity", 1)
    await ada.practise()
    hint = await stream.next()
    assert (hint.name, hint.data["revision"]) == ("activity", 2)


@pytest.mark.usefixtures("_catalogue")
async def test_a_stream_resumes_between_the_notices_of_one_commit(api: MilepostProcess) -> None:
    ada = Person(api)
    await ada.practise(points=10, times=2)
    assert [event.id for event in await (await ada.stream("0.0")).until("activity")] == ["1.0", "1.1", "1.2"]
    assert [event.id for event in await (await ada.stream("1.0")).until("activity")] == ["1.1", "1.2"]
    resumed = await ada.stream("1.2")
    await ada.practise()
    assert [event.id for event in await resumed.until("activity")] == ["2.0", "2.1"], "the hint does not come twice"


@pytest.mark.parametrize("made_up", ["x", "1", "1.0.0", "-1.0", "1.-1", "01.0", "1e3.0", "١.0", "9" * 30 + ".0"])
async def test_what_is_no_id_is_refused(api: MilepostProcess, made_up: str) -> None:
    ada = Person(api)
    answer = await ada.ask("GET", "/api/notifications/stream", {"Last-Event-ID": made_up.encode()})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_last_event_id")


async def test_an_id_beyond_the_learner_resets(api: MilepostProcess) -> None:
    ada = Person(api)
    await ada.practise(points=0)
    stream = await ada.stream("7.0")
    assert await stream.next() == Event("reset", "1.0", {"revision": 1, "reason": "unknown_id"})
    await ada.practise(points=0)
    assert (await stream.next()).id == "2.0"


@pytest.mark.usefixtures("_catalogue")
async def test_an_id_from_before_what_is_kept_resets(api: MilepostProcess, database_url: str) -> None:
    ada = Person(api)
    for _ in range(3):
        await ada.practise()
    async with database(database_url) as connection:
        statement = "UPDATE notices SET created_at = $3 WHERE learner_id = $1 AND revision = $2"
        for revision, days in ((1, 91), (2, 91), (3, 89)):
            await connection.execute(statement, ada.learner_id, revision, datetime.now(UTC) - timedelta(days=days))
    reset = await (await ada.stream("1.0")).next()
    assert reset == Event("reset", "3.1", {"revision": 3, "reason": "too_old"})
    assert [event.id for event in await (await ada.stream("2.0")).until("activity")] == ["3.0", "3.1"]


async def test_a_sixth_stream_is_refused_until_one_has_ended(api: MilepostProcess) -> None:
    ada, ben = Person(api), Person(api)
    streams = [await ada.stream() for _ in range(5)]
    refused = await StreamClient.connect(ada.url, ada.token)
    assert (await refused.problem())["code"] == "too_many_streams"
    assert (refused.parser.status, refused.parser.headers["retry-after"]) == (429, "10")
    await ben.stream()
    streams[0].cut()
    async with asyncio.timeout(30):
        while await _status(ada) != 200:  # the server has yet to notice
            pass


async def _status(person: Person) -> int:
    stream = await StreamClient.connect(person.url, person.token)
    while not stream.parser.head:
        assert await stream.receive()
    return stream.parser.status


async def test_head_opens_no_stream(api: MilepostProcess) -> None:
    ada = Person(api)
    for _ in range(7):
        answer = await ada.ask("HEAD", "/api/notifications/stream")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream")


async def test_open_streams_hold_no_connection_of_the_pool(api: MilepostProcess) -> None:
    people = [Person(api) for _ in range(20)]
    streams = [await person.stream() for person in people for _ in range(3)]
    answer = await people[0].ask("GET", "/api/progress")
    assert answer.status_code == 200, "the only connection for reads is free"
    await people[0].practise(points=0)
    assert [(await stream.next()).data["revision"] for stream in streams[:3]] == [1, 1, 1]


async def test_the_stream_of_a_learner_who_is_gone_ends(api: MilepostProcess) -> None:
    ada = Person(api)
    await ada.practise(points=0)
    stream = await ada.stream()
    async with httpx.AsyncClient(headers=bearer(ada.token)) as client:
        body = {"confirm": ada.subject}
        (await client.request("DELETE", f"{ada.url}/api/me", json=body)).raise_for_status()
    assert await stream.next() == Event("reconnect", None, {"reason": "learner_gone"})
    assert await stream.ended()


async def test_the_stream_of_a_learner_who_is_being_erased_ends(api: MilepostProcess, database_url: str) -> None:
    """Of a very large learner the row is kept until the job has deleted everything."""
    ada = Person(api)
    await ada.practise(points=0)
    stream = await ada.stream()
    async with database(database_url) as connection:
        statement = "UPDATE learners SET erasing_at = $2, revision = revision + 1 WHERE learner_id = $1"
        await connection.execute(statement, ada.learner_id, datetime.now(UTC))
    assert await stream.next() == Event("reconnect", None, {"reason": "learner_gone"})


async def test_an_idle_stream_has_heartbeats_and_ends_with_reconnect(started: Processes) -> None:
    api = started.api(MILEPOST_STREAM_LIFETIME_SECONDS="1.5", MILEPOST_STREAM_HEARTBEAT_SECONDS="0.2")
    ada = Person(api)
    stream = await ada.stream()
    assert await stream.next() == Event("reconnect", None, {"reason": "lifetime"})
    assert stream.parser.comments >= 2
    assert await stream.ended()
    resumed = await ada.stream(stream.parser.last_event_id)
    await ada.practise(points=0)
    assert (await resumed.next()).data["revision"] == 1


async def test_R13_no_time_limit_ends_an_open_stream(started: Processes, long: bool) -> None:
    """Short: every limit a tenth of what it is, except that of an idle connection, which is five seconds."""
    tenth = {"REQUEST_TIMEOUT": "0.4", "STREAM_LIFETIME": "60", "STREAM_HEARTBEAT": "1", "STREAM_STALL": "1.5"}
    limits = {} if long else {f"MILEPOST_{name}_SECONDS": value for name, value in tenth.items()}
    ada = Person(started.api(**limits))
    stream, ends_at = await ada.stream(), asyncio.get_running_loop().time() + (595.0 if long else 6.1)
    while (left := ends_at - asyncio.get_running_loop().time()) > 0:
        with suppress(TimeoutError):
            assert await asyncio.wait_for(stream.receive(), left), "it is still open"
    assert stream.taken() == []
    assert stream.parser.comments >= 5
    await ada.practise(points=0)
    assert (await stream.next()).data["revision"] == 1


@pytest.mark.usefixtures("_catalogue")
async def test_R13_nothing_is_missing_doubled_or_out_of_order_after_200_cuts(
    started: Processes, api: MilepostProcess, database_url: str
) -> None:
    chance = random.Random(13)
    ada = Person(api)
    urls = [api.url, started.api().url]
    last_event_id = (await ada.stream()).parser.last_event_id
    practising = asyncio.create_task(_practise_often(ada, len(POINTS)))
    events: list[Event] = []
    for cut in range(CUTS):
        stream = await StreamClient.opened(urls[cut % 2], ada.token, last_event_id)
        events += await _received_before_a_cut(stream, chance)
        last_event_id = stream.parser.last_event_id
    await practising
    ids = await stored_ids(database_url, ada)
    final = await StreamClient.opened(urls[0], ada.token, last_event_id)
    while not events or place(events[-1]) < (len(POINTS), 1):
        events.append(await final.next())
    assert len(ids) == len(POINTS)
    assert [event.id for event in events if event.name == "notice"] == ids
    assert [event.data["id"] for event in events if event.name == "notice"] == ids
    places = [place(event) for event in events]
    assert places == sorted(set(places)), "in the order of commits, none twice"
    assert {event.name for event in events} == {"notice", "activity"}


async def _practise_often(person: Person, times: int) -> None:
    for _ in range(times):
        await person.practise()
        await asyncio.sleep(0.04)


async def _received_before_a_cut(stream: StreamClient, chance: random.Random) -> list[Event]:
    """The whole events among a random number of bytes, after which the connection is cut: often inside an event."""
    left = chance.randint(0, 900)
    try:
        async with asyncio.timeout(0.05):
            while left > 0 and await stream.receive(1):
                left -= 1
    except TimeoutError:
        pass
    stream.cut()
    return stream.taken()
