"""Parts of libraries that the service uses although they are not documented: each still is as the service expects.

A test that fails here says in one sentence which library has changed, which part of it, and which of our modules relies
on it. The last tests show that such a change is seen.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import wraps
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest

from contract.private_parts import CANCEL, CLOSED, LIBRARIES, File, Library, Part, Wording

_PARTS = [(library, part) for library in LIBRARIES for part in library.parts]
_ASYNCPG = next(library for library in LIBRARIES if library.name == "asyncpg")


@pytest.mark.parametrize(("library", "part"), _PARTS, ids=[f"{library.name} {part.place}" for library, part in _PARTS])
def test_the_library_still_has_the_part(library: Library, part: Part | File | Wording) -> None:
    fault = part.fault()
    if fault is not None:
        pytest.fail(library.sentence(part, fault), pytrace=False)


@pytest.mark.parametrize("part", [part for _, part in _PARTS], ids=[f"{part.ours} {part.place}" for _, part in _PARTS])
def test_our_module_uses_the_part(part: Part | File | Wording) -> None:
    found = find_spec(part.ours)
    assert found is not None, f"{part.ours} relies on private parts and is not there: has it moved?"
    assert found.origin is not None
    text = Path(found.origin).read_text("utf-8")
    assert any(name in text for name in _names(part)), f"{part.ours} does not use {part.place}: has that moved?"


def _names(part: Part | File | Wording) -> list[str]:
    """What a module that relies on the part must name: the part itself, or the class of the library that uses it."""
    if isinstance(part, Wording):
        return [part.begins]
    if isinstance(part, File):
        return [part.place.rpartition("/")[2], *part.names]
    classes = [user.rpartition(":")[2].partition(".")[0] for user in part.used_by]
    return [part.place.replace(":", ".").rpartition(".")[2], *classes]


class _Cut(asyncpg.Connection):  # type: ignore[misc] # asyncpg has no types
    """Does what the service does when a statement is given up, and counts."""

    cuts = 0

    def _cancel_current_command(
        self, waiter: "asyncio.Future[None]", cancel_waiter: "asyncio.Future[None] | None" = None
    ) -> None:
        type(self).cuts += 1
        self.terminate()
        if not waiter.done():
            waiter.set_result(None)


async def _silent_postgres(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Lets everybody in and then never answers."""
    await reader.readexactly(int.from_bytes(await reader.readexactly(4)) - 4)
    accepted, version, ready = b"R\0\0\0\x08\0\0\0\0", b"server_version\x0018.0\0", b"Z\0\0\0\x05I"
    writer.write(accepted + b"S" + (len(version) + 4).to_bytes(4) + version + ready)
    await reader.read()
    writer.close()


@pytest.fixture
async def abandoned() -> AsyncIterator[_Cut]:
    """A connection whose caller has just given up a statement."""
    _Cut.cuts = 0
    async with await asyncio.start_server(_silent_postgres, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        connection = await asyncpg.connect(
            host="127.0.0.1", port=port, user="ada", database="milepost", ssl=False, connection_class=_Cut
        )
        try:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await connection.execute("SELECT 1")
            yield connection
        finally:
            connection.terminate()


async def test_asyncpg_asks_the_connection_to_give_up_a_statement(abandoned: _Cut) -> None:
    if _Cut.cuts != 1 or not abandoned.is_closed():
        fault = "is no longer called, once, when a statement is given up"
        pytest.fail(_ASYNCPG.sentence(CANCEL, fault), pytrace=False)


async def test_asyncpg_says_that_a_connection_is_closed(abandoned: _Cut) -> None:
    abandoned.terminate()
    with pytest.raises(asyncpg.InterfaceError) as refused:
        await abandoned.execute("SELECT 1")
    if "clos" not in str(refused.value):
        fault = f"says {str(refused.value)!r} of a closed connection, and no longer that it is closed"
        pytest.fail(_ASYNCPG.sentence(CLOSED, fault), pytrace=False)


def _decorated(function: Callable[["_Shape"], Awaitable[None]]) -> Callable[["_Shape"], Awaitable[None]]:
    @wraps(function)
    async def around(shape: "_Shape") -> None:
        await function(shape)

    return around


class _Shape:
    """A library's class, for the list's own checks."""

    def __init__(self) -> None:
        self.held = 1

    def answer(self, request: object, limit: int = 0) -> None:
        """Takes two parameters."""

    @_decorated
    async def serve(self) -> None:
        """Uses `answer`, inside a function of its own."""

        def inner() -> None:
            self.answer(None)

        inner()

    def stop(self) -> None:
        """Uses nothing."""


class _Extended(_Shape):
    """Gets everything from the class it extends."""

    def __init__(self) -> None:
        super().__init__()
        self.more = 2

    async def serve(self) -> None:
        """Uses nothing and does not go on to what it overrides."""


_SHAPE, _EXTENDED = f"{__name__}:_Shape", f"{__name__}:_Extended"


@pytest.mark.parametrize(
    "part",
    [
        Part("", f"{_SHAPE}.answer", "request, limit", used_by=(f"{_SHAPE}.serve",)),
        Part("", f"{_SHAPE}.held", set_by=f"{_SHAPE}.__init__"),
        Part("", f"{_EXTENDED}.held", set_by=f"{_EXTENDED}.__init__"),
        Part("", f"{_EXTENDED}.stop", ""),
        File("", "asyncpg/connection.py"),
        File("", "asyncpg/connection.py", ("class Connection", "def close")),
        Wording("", "a text", lambda: "as it was, and more", "as it was"),
    ],
)
def test_what_has_not_changed_is_no_fault(part: Part | File | Wording) -> None:
    assert part.fault() is None


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        (Part("", f"{_SHAPE}.gone"), "cannot be found as it was"),
        (Part("", "asyncpg.gone:Connection"), "cannot be found as it was"),
        (Part("", f"{_SHAPE}.__doc__", ""), "cannot be found as it was (it cannot be called)"),
        (Part("", f"{_SHAPE}.answer", "request"), "takes (request, limit) and no longer (request)"),
        (Part("", f"{_SHAPE}.answer", "limit, request"), "takes (request, limit) and no longer (limit, request)"),
        (Part("", f"{_SHAPE}.answer", used_by=(f"{_SHAPE}.stop",)), f"is no longer used by {_SHAPE}.stop"),
        (Part("", f"{_SHAPE}.answer", used_by=(f"{_EXTENDED}.serve",)), f"is no longer used by {_EXTENDED}.serve"),
        (Part("", f"{_SHAPE}.answer", used_by=(f"{_SHAPE}.gone",)), "cannot be found as it was"),
        (Part("", f"{_SHAPE}.more", set_by=f"{_SHAPE}.__init__"), f"is no longer set by {_SHAPE}.__init__"),
        (Part("", f"{_SHAPE}.held", set_by=f"{_SHAPE}.gone"), "cannot be found as it was"),
        (File("", "asyncpg/gone.py"), "is no longer among the package's files"),
        (File("", "asyncpg/connection.py", ("class Connection", "no_such_name")), "no longer has no_such_name"),
        (File("", "no_such_package/file"), "cannot be found: the package is not installed"),
        (Wording("", "a text", lambda: "in other words", "as it was"), "is 'in other words' and no longer begins with"),
    ],
)
def test_a_change_is_seen(part: Part | File | Wording, fault: str) -> None:
    assert (part.fault() or "nothing").startswith(fault)


def test_the_sentence_says_what_changed_where_and_what_to_do() -> None:
    library = Library("asyncpg", "0.33", (CANCEL,))
    sentence = library.sentence(CANCEL, "takes (waiter) and no longer (waiter, cancel_waiter)")
    assert sentence.startswith("asyncpg 0.")
    for words in ("_cancel_current_command takes (waiter) and", f"{CANCEL.ours} relies on it", "the bound <0.33"):
        assert words in sentence
