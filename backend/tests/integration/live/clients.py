"""Clients of the live stream on sockets of their own, which a test may cut at any byte."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

PATIENCE_SECONDS = 30.0
_connected: "list[StreamClient]" = []


async def cut_all() -> None:
    """Cut every connection that a test has left open."""
    while _connected:
        _connected.pop().cut()
    await asyncio.sleep(0)


@dataclass(frozen=True)
class Event:
    """One event: its name, its id as sent, its data."""

    name: str
    id: str | None
    data: dict[str, Any]


@dataclass
class EventParser:
    """Turns the bytes of one response into events. `last_event_id`: where its client would resume."""

    last_event_id: str | None = None
    comments: int = 0
    _rest: bytes = b""
    _body: bytes = b""
    head: str = ""
    is_complete: bool = False
    """Whether the response has its last chunk."""
    retry: list[int] = field(default_factory=list)

    def feed(self, received: bytes) -> list[Event]:
        """The events that these bytes complete."""
        self._rest += received
        if not self.head:
            head, ends, rest = self._rest.partition(b"\r\n\r\n")
            if not ends:
                return []
            self.head, self._rest = head.decode(), rest
        if self.status == 200:
            self._take_chunks()
        *blocks, self._body = self._body.split(b"\n\n")
        return [event for block in blocks if (event := self._event(block.decode())) is not None]

    @property
    def status(self) -> int:
        """The status of the response."""
        return int(self.head.split(" ")[1])

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the response, names in lower case."""
        lines = [line.partition(": ") for line in self.head.split("\r\n")[1:]]
        return {name.lower(): value for name, _, value in lines}

    def _take_chunks(self) -> None:
        while True:
            size, ends, rest = self._rest.partition(b"\r\n")
            length = int(size, 16) if ends else 0
            if not ends or len(rest) < length + 2:
                return
            self._body += rest[:length]
            self._rest = rest[length + 2 :]
            self.is_complete = self.is_complete or length == 0

    def _event(self, block: str) -> Event | None:
        fields: dict[str, str] = {}
        for line in block.split("\n"):
            name, _, value = line.partition(": ")
            if name == "":
                self.comments += 1
            fields[name] = value
        if line_of_retry := fields.get("retry"):
            self.retry.append(int(line_of_retry))
        self.last_event_id = fields.get("id", self.last_event_id)
        return Event(fields["event"], fields.get("id"), json.loads(fields["data"])) if "data" in fields else None


class StreamClient:
    """One connection to `/api/notifications/stream`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.parser = EventParser()
        self._events: list[Event] = []

    @classmethod
    async def connect(cls, url: str, token: str, last_event_id: str | None = None) -> "StreamClient":
        """Send the request."""
        address = urlsplit(url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        lines = ["GET /api/notifications/stream HTTP/1.1", "Host: x", f"Authorization: Bearer {token}"]
        if last_event_id is not None:
            lines.append(f"Last-Event-ID: {last_event_id}")
        writer.write("\r\n".join([*lines, "", ""]).encode())
        await writer.drain()
        client = cls(reader, writer)
        _connected.append(client)
        return client

    @classmethod
    async def opened(cls, url: str, token: str, last_event_id: str | None = None) -> "StreamClient":
        """A stream whose first bytes have arrived: what is committed from now on reaches it."""
        client = await cls.connect(url, token, last_event_id)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not client.parser.retry:
                assert await client.receive(), client.parser.head
        return client

    async def receive(self, max_bytes: int = 65_536) -> bool:
        """Read what has arrived, at most that much; False at the end of the connection."""
        received = await self._reader.read(max_bytes)
        self._events += self.parser.feed(received)
        return bool(received)

    def taken(self) -> list[Event]:
        """The events received and not yet taken."""
        events, self._events = self._events, []
        return events

    async def next(self) -> Event:
        """The next event."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self._events:
                assert await self.receive(), "the connection has ended"
        return self._events.pop(0)

    async def until(self, name: str) -> list[Event]:
        """The events up to the next one of this name, with it."""
        events = [await self.next()]
        while events[-1].name != name:
            events.append(await self.next())
        return events

    async def problem(self) -> dict[str, Any]:
        """The body of a refusal."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            content = await self._reader.readuntil(b"\r\n\r\n")
            self.parser.head = content.decode().removesuffix("\r\n\r\n")
            body = await self._reader.readexactly(int(self.parser.headers["content-length"]))
        problem: dict[str, Any] = json.loads(body)
        return problem

    async def ended(self) -> bool:
        """Wait for the end of the response or the connection; whether the response is complete."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self.parser.is_complete and await self.receive():
                continue
        return self.parser.is_complete

    def cut(self) -> None:
        """Drop the connection without a farewell."""
        self._writer.transport.abort()
