"""Changes of the catalogue: definitions from a file or an administrator come into force, all of them or none.

Codes and bits are permanent: definitions that a file no longer has are retired, not deleted. A change that may unlock
something for past activities raises `catalogue_decides`, and the backfill evaluates all learners.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import orjson

from milepost.db.connection import Writing
from milepost.errors import Fault, Invalid, pointer
from milepost.queries.achievements.catalogue import CatalogueInForce, catalogue_in_force
from milepost.rules.achievements.catalogue import Entry
from milepost.rules.achievements.definitions import Counter, Definition, as_mapping
from milepost.rules.achievements.parser import DefinitionFault, read_definitions
from milepost.rules.policy import Policy

Origin = Literal["file", "admin"]

_LOCK = "SELECT catalogue_revision FROM system_state FOR UPDATE"
_STORED = "SELECT code, bit, origin FROM achievements"
_KEEP = """
INSERT INTO achievements (code, bit, definition, origin, changed_at)
SELECT code, bit, definition, $4, $5 FROM unnest($1::text[], $2::int[], $3::jsonb[]) AS d(code, bit, definition)
ON CONFLICT (code) DO UPDATE SET definition = excluded.definition, origin = excluded.origin, changed_at = $5
"""
_DROP_COUNTERS = "DELETE FROM counters WHERE counter <> ALL($1::text[])"
_KEEP_COUNTERS = """
INSERT INTO counters (counter, amount, object_type, verb, topic)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) ON CONFLICT DO NOTHING
"""
_CHANGED = """
UPDATE system_state SET global_revision = global_revision + 1, catalogue_revision = catalogue_revision + 1,
    catalogue_decides = CASE WHEN $1 THEN catalogue_revision + 1 ELSE catalogue_decides END
"""


@dataclass(frozen=True, slots=True)
class CatalogueChange:
    """The result of a change: codes that are new, changed, and retired.

    `decides`: the worker evaluates all learners again.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    unchanged: int = 0
    decides: bool = False


async def sync_catalogue(
    connection: Writing, definitions: Sequence[Definition], policy: Policy, now: datetime
) -> CatalogueChange:
    """Put the definitions of a file in force. Definitions of earlier files that are not in it are retired."""
    await connection.fetchval(_LOCK)
    in_force = await catalogue_in_force(connection, policy)
    origins = {code: origin for code, _, origin in await connection.fetch(_STORED)}
    codes = {definition.code for definition in definitions}
    missing = [
        replace(entry.definition, state="retired")
        for code, entry in in_force.catalogue.entries.items()
        if code not in codes and origins[code] == "file" and entry.definition.state != "retired"
    ]
    return await _store(connection, in_force, [*definitions, *missing], "file", policy, now)


async def put_definitions(
    connection: Writing, entries: Sequence[Mapping[str, object]], policy: Policy, now: datetime
) -> CatalogueChange:
    """Put definitions of an administrator in force, given in their written form; others stay as they are.

    Raises:
        Invalid: `invalid_definition` with every fault; of several entries each points into `/achievements`. Nothing
            was changed.
    """
    await connection.fetchval(_LOCK)
    in_force = await catalogue_in_force(connection, policy)
    codes = {entry.get("code") for entry in entries}
    # Limits apply to the whole catalogue.
    others = [as_mapping(entry.definition) for code, entry in in_force.catalogue.entries.items() if code not in codes]
    parsed = read_definitions([*others, *entries], [level.name for level in policy.skills.levels])
    if parsed.faults:
        raise Invalid(
            "invalid_definition", "The definition is invalid.", _faults(parsed.faults, len(others), len(entries))
        )
    return await _store(connection, in_force, parsed.definitions[len(others) :], "admin", policy, now)


def _faults(faults: Sequence[DefinitionFault], others: int, entries: int) -> tuple[Fault, ...]:
    """Each with a pointer into the body; a fault of the whole catalogue has none."""
    located = []
    for fault in faults:
        place = () if entries == 1 or fault.entry is None else ("achievements", fault.entry - others)
        located.append(Fault(pointer((*place, *fault.path)), fault.message, fault.code, fault.values))
    return tuple(located)


async def _store(
    connection: Writing,
    in_force: CatalogueInForce,
    definitions: Sequence[Definition],
    origin: Origin,
    policy: Policy,
    now: datetime,
) -> CatalogueChange:
    entries = in_force.catalogue.entries
    bits = {code: bit for code, bit, _ in await connection.fetch(_STORED)}
    new = [definition for definition in definitions if definition.code not in bits]
    bits |= {definition.code: bit for bit, definition in enumerate(new, max(bits.values(), default=-1) + 1)}
    differing = [
        definition
        for definition in definitions
        if definition.code not in entries or entries[definition.code].definition != definition
    ]
    if not differing:
        return CatalogueChange(unchanged=len(definitions))
    rows = [
        (definition.code, bits[definition.code], orjson.dumps(as_mapping(definition)).decode())
        for definition in differing
    ]
    await connection.execute(_KEEP, *map(list, zip(*rows, strict=True)), origin, now)
    after = await catalogue_in_force(connection, policy)
    counters = after.catalogue.counters
    moved = {counter.key for counter in counters} != {counter.key for counter in in_force.catalogue.counters}
    await _keep_counters(connection, counters)
    retired = [definition.code for definition in differing if definition.state == "retired"]
    decides = moved or any(_may_give(definition, entries) for definition in differing)
    await connection.execute(_CHANGED, decides)
    added = [definition.code for definition in new if definition.state != "retired"]
    changed = [definition.code for definition in differing if definition.code not in {*added, *retired}]
    unchanged = len(definitions) - len(differing)
    return CatalogueChange(tuple(added), tuple(changed), tuple(retired), unchanged, decides)


def _may_give(definition: Definition, before: Mapping[str, Entry]) -> bool:
    """Is it active now, and was it not before, or by another rule? Then some learners may meet it already."""
    if definition.state != "active":
        return False
    entry = before.get(definition.code)
    return entry is None or entry.definition.state != "active" or entry.definition.rule != definition.rule


async def _keep_counters(connection: Writing, counters: Sequence[Counter]) -> None:
    """Keep the counters of active definitions; the backfill deletes the values of all others."""
    await connection.execute(_DROP_COUNTERS, [counter.key for counter in counters])
    rows = [counter.row for counter in counters]
    if rows:
        await connection.execute(_KEEP_COUNTERS, *map(list, zip(*rows, strict=True)))
