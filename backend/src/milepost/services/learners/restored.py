"""Erases again whom a restored backup has brought back: the list of erased learners, and who of them is there.

The list has only digests, so it can be kept beside the backups. It begins with the digest of a fixed id, by which a
list made with another key is recognised.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from milepost.db.connection import Reading, Writing
from milepost.db.database import Database
from milepost.db.departures import remember_digests
from milepost.errors import Invalid, LearnersGone
from milepost.services.cursors import START_CURSOR
from milepost.services.learners.erasure import erase_batch, erase_rows, in_a_transaction

HEADER = "milepost erased learners 1"

_NOBODY = UUID(int=0)
_LEARNERS_PER_BATCH = 10_000
_DIGEST_BYTES = 32

_LIST = "SELECT digest, erased_at FROM erased ORDER BY erased_at, digest"
_MISSING = """
SELECT digest FROM unnest($1::bytea[]) AS k(digest)
WHERE NOT EXISTS (SELECT FROM erased e WHERE e.digest = k.digest)
"""
_NEXT_LEARNERS = "SELECT learner_id FROM learners WHERE learner_id > $1 ORDER BY learner_id LIMIT $2"


class ErasedAgain(NamedTuple):
    """The result of a list: how many digests the database did not have, and how many learners were erased again."""

    digests: int
    learners: int


async def erased_list(connection: Reading) -> Iterator[str]:
    """The lines of the list, in the order of erasure."""
    rows = await connection.fetch(_LIST)
    header = f"{HEADER} {connection.erasure_digest(_NOBODY).hex()}"
    lines = [f"{digest.hex()} {erased_at.isoformat()}" for digest, erased_at in rows]
    return iter([header, *lines])


def read_list(lines: Sequence[str], check: bytes) -> dict[bytes, datetime]:
    """The digests of a list, and when each learner was erased.

    `check`: the HMAC of a constant, which differs under another key.

    Raises:
        Invalid: `invalid_erased_list`; the sentence names the first line that is wrong.
    """
    if not lines or not lines[0].startswith(f"{HEADER} "):
        raise _invalid(f"The first line must begin with {HEADER!r}.")
    if lines[0].rpartition(" ")[2] != check.hex():
        raise _invalid("The list was made with another erasure_key (MILEPOST_ERASURE_KEY).")
    erased: dict[bytes, datetime] = {}
    for number, line in enumerate(lines[1:], 2):
        digest, _, erased_at = line.partition(" ")
        try:
            erased[bytes.fromhex(digest)] = datetime.fromisoformat(erased_at)
        except ValueError:
            raise _invalid(f"Line {number} is not a digest and an instant.") from None
        if len(digest) != 2 * _DIGEST_BYTES or erased[bytes.fromhex(digest)].tzinfo is None:
            raise _invalid(f"Line {number} is not a digest and an instant.")
    return erased


async def erase_again(database: Database, lines: Sequence[str], issuer: str, now: datetime) -> ErasedAgain:
    """Erase every learner of the list who is in the database, and remember the whole list.

    May be run any number of times, also while the service runs; a list that is known already is a single statement.

    Raises:
        Invalid: see `read_list`.
        Unavailable: the database is unreachable. What was erased stays erased.
    """
    async with database.read() as connection:
        erased = read_list(lines, connection.erasure_digest(_NOBODY))
        missing = {row[0] for row in await connection.fetch(_MISSING, list(erased))}
    if not missing:
        return ErasedAgain(0, 0)
    returned = await _present(database, missing)
    for learner_id in returned:
        await _erase(database, learner_id, issuer, now)

    async def remember(connection: Writing) -> None:
        await remember_digests(connection, {digest: erased[digest] for digest in missing})

    await in_a_transaction(database, remember)
    return ErasedAgain(len(missing), len(returned))


async def _present(database: Database, digests: Collection[bytes]) -> list[UUID]:
    """The learners in the database whose digests are among these."""
    present: list[UUID] = []
    after = START_CURSOR
    while True:
        async with database.read() as connection:
            learners = [row[0] for row in await connection.fetch(_NEXT_LEARNERS, after, _LEARNERS_PER_BATCH)]
            present += [learner_id for learner_id in learners if connection.erasure_digest(learner_id) in digests]
        if not learners:
            return present
        after = learners[-1]


async def _erase(database: Database, learner_id: UUID, issuer: str, now: datetime) -> None:
    """Erase a learner to the last row. Nothing happens if another process has just done it."""

    async def erase(connection: Writing) -> bool:
        return await erase_rows(connection, learner_id, issuer, now)

    try:
        is_complete = await in_a_transaction(database, erase)
    except LearnersGone:
        return
    while not is_complete:
        async with database.write() as connection:
            is_complete = not await erase_batch(connection)


def _invalid(sentence: str) -> Invalid:
    return Invalid("invalid_erased_list", sentence)
