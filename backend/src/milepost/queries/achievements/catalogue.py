"""The catalogue of achievements in force, and a cache of it for processes that read it often.

A catalogue is immutable: a change makes a new one with a higher revision. A write that used a cached catalogue checks
its revision in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import orjson

from milepost.db.connection import Reading
from milepost.rules.achievements.catalogue import Catalogue
from milepost.rules.achievements.parser import read_definitions
from milepost.rules.policy import Policy

_IN_FORCE = """
SELECT catalogue_revision, catalogue_decides,
    (SELECT json_agg(json_build_array(bit, definition) ORDER BY bit)::text FROM achievements)
FROM system_state
"""


_STORED = """
SELECT a.definition::text, a.origin, a.changed_at, s.holders
FROM achievements a LEFT JOIN achievement_stats s USING (code) ORDER BY a.bit
"""
_STATE = """
SELECT s.catalogue_revision, s.catalogue_decides = 0 OR b.finished_at IS NOT NULL
FROM system_state s LEFT JOIN backfills b ON b.name = 'achievements:' || s.catalogue_decides
"""


@dataclass(frozen=True, slots=True)
class StoredDefinition:
    """A definition in its written form, its origin, and how many learners had it at the last count."""

    definition: dict[str, object]
    origin: str
    changed_at: datetime
    holders: int | None


@dataclass(frozen=True, slots=True)
class StoredCatalogue:
    """Everything in the catalogue. `is_applied`: every learner has been evaluated by its last change."""

    revision: int
    is_applied: bool
    definitions: list[StoredDefinition]


@dataclass(frozen=True, slots=True)
class CatalogueInForce:
    """A catalogue, its revision, and `decides`: the newest revision that may unlock something for past activities."""

    revision: int
    decides: int
    catalogue: Catalogue

    @property
    def is_empty(self) -> bool:
        """Is there nothing to earn?"""
        return not self.catalogue.active


async def catalogue_in_force(connection: Reading, policy: Policy) -> CatalogueInForce:
    """The catalogue in force. One statement.

    A definition that the policy no longer allows (a level that is gone) unlocks nothing; the next sync names it.
    """
    revision, decides, stored = await connection.fetchrow(_IN_FORCE)
    return CatalogueInForce(revision, decides, _read(stored, tuple(level.name for level in policy.skills.levels)))


async def stored_definitions(connection: Reading) -> StoredCatalogue:
    """The catalogue as administrators see it, in the order of its bits. Two statements, in the caller's snapshot."""
    revision, is_applied = await connection.fetchrow(_STATE)
    rows = await connection.fetch(_STORED)
    return StoredCatalogue(
        revision, is_applied, [StoredDefinition(orjson.loads(definition), *rest) for definition, *rest in rows]
    )


# Keyed by content, so that it is right for any database.
@lru_cache(maxsize=8)
def _read(stored: str | None, levels: Sequence[str]) -> Catalogue:
    rows = orjson.loads(stored or b"[]")
    bits = {definition["code"]: bit for bit, definition in rows}
    read = read_definitions([definition for _, definition in rows], levels)
    return Catalogue((definition, bits[definition.code]) for definition in read.definitions)


class CatalogueMemory:
    """The catalogue that a process read last. One for each process."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._cached: CatalogueInForce | None = None

    async def recall(self, connection: Reading, at_least: int = 0) -> CatalogueInForce:
        """The cached catalogue, or, if its revision is below `at_least`, the one in force."""
        cached = self._cached
        if cached is None or cached.revision < at_least:
            cached = self._cached = await catalogue_in_force(connection, self._policy)
        return cached

    def forget(self) -> None:
        """Drop the cached catalogue: there is a newer one."""
        self._cached = None
