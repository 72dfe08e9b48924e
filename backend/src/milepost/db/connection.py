"""What code may do with a connection: `Reading` only reads, `Writing` also writes.

Connections are asyncpg's, from the pools of `db/pools.py`. Those handed out as `Reading` are read-only in PostgreSQL
too, so a write that the types cannot see (a `fetch` of an INSERT … RETURNING) fails there.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeAlias
from uuid import UUID

Record: TypeAlias = Any
"""One row (asyncpg's, which has no types): by position, by name, or unpacked."""


class Reading(Protocol):
    """A connection for statements that change nothing."""

    async def fetch(self, query: str, *arguments: object) -> Sequence[Record]:
        """All rows."""
        ...

    async def fetchrow(self, query: str, *arguments: object) -> Record:
        """The first row; None if there is none."""
        ...

    async def fetchval(self, query: str, *arguments: object) -> Any:  # of the column's type
        """The first column of the first row; None if there is none."""
        ...

    def erasure_digest(self, learner_id: UUID) -> bytes:
        """The digest by which the database remembers that a learner was erased. Its key is a setting of the process."""
        ...


class Writing(Reading, Protocol):
    """A connection that may also write. Services get one inside a transaction, which their caller commits."""

    async def execute(self, query: str, *arguments: object) -> str:
        """The command tag, such as `DELETE 3`."""
        ...

    async def executemany(self, query: str, arguments: Sequence[Sequence[object]]) -> None:
        """The same statement for each list of arguments."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[object]:
        """A transaction, or a savepoint inside one: kept at the end of the block, rolled back if it raises."""
        ...
