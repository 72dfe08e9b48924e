"""The JSON export: every table of a learner, in the words of the API."""

import base64
import json
from datetime import timedelta

import asyncpg
from openapi_schema_validator import OAS31Validator
from quart.typing import TestClientProtocol as Client

from milepost.app import openapi_document
from milepost.rules.learners import learner_uuid
from milepost.settings import Settings, load_settings
from support.builders import activity, exercise, new_learner
from support.callers import Caller, service
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)
ISSUER = "milepost"


async def tables_of_learners(settings: Settings) -> set[str]:
    """Every table with a learner_id, according to the database."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        rows = await connection.fetch(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'learner_id' "
            "AND table_schema = 'public'"
        )
        return {name for (name,) in rows}
    finally:
        await connection.close()


async def fill(settings: Settings, learner: str) -> dict[str, int]:
    """Insert a row into each learner table that has none of this learner; return the row count of each table."""
    connection = await asyncpg.connect(settings.database_url)
    learner_id = learner_uuid(ISSUER, learner)
    counts = {}
    try:
        for table in sorted(await tables_of_learners(settings)):
            count = await connection.fetchval(f"SELECT count(*) FROM {table} WHERE learner_id = $1", learner_id)
            if count == 0:
                await connection.execute(await _one_row(connection, table), learner_id)
            counts[table] = count or 1
    finally:
        await connection.close()
    return counts


async def _one_row(connection: asyncpg.Connection, table: str) -> str:
    """The INSERT of one row of a learner, with any value in required columns."""
    anything = {
        "uuid": "gen_random_uuid()",
        "date": "'2026-03-10'",
        "timestamp with time zone": "'2026-03-10T12:00:00Z'",
        "json": "'{}'",
        "jsonb": "'{}'",
        "bytea": "'\\x00'",
        "boolean": "true",
        "text": "'anything'",
    }
    columns = await connection.fetch(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = $1 AND is_nullable = 'NO' "
        "AND column_default IS NULL AND column_name <> 'learner_id'",
        table,
    )
    names = ["learner_id", *(name for name, _ in columns)]
    # Take a value from the check constraint of the column.
    particular = {"target_type": "'minutes'", "time_period": "'weekly'"}
    values = ["$1", *(particular.get(name) or anything.get(kind, "1") for name, kind in columns)]
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(values)})"


async def test_R28_json_holds_every_table_of_the_learner_and_nobody_else(
    client: Client, clock: AdjustableClock, settings: Settings
) -> None:
    ada, bob, teacher = Caller(client, new_learner(), zone="Asia/Tokyo"), Caller(client, new_learner()), service(client)
    for one in (ada, bob):
        await one.record_all(activity(START, metadata={'a\n"b': [1e22, None, "ü"], "\u0001": "\u0002"}))
        await teacher.record_all(exercise(START - DAY, once_key="k"), learner_id=one.subject)
    counts = await fill(settings, ada.subject)
    await fill(settings, bob.subject)
    answer = await ada.get("/progress/export", format="json")
    exported = answer.ok()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="milepost.json"'
    assert answer.headers["Content-Type"] == "application/json"
    assert exported["learner_id"] == ada.learner_id
    assert {name: len(found) for name, found in exported["tables"].items()} == counts
    assert set(counts) == await tables_of_learners(settings)
    assert {row["learner_id"] for found in exported["tables"].values() for row in found} == {ada.learner_id}
    stored = [row["metadata"] for row in exported["tables"]["activities"] if row["metadata"]]
    assert stored == [{'a\n"b': [10**22, None, "ü"], "\u0001": "\u0002"}]
    assert exported["tables"]["learner_zones"][0]["zone"] == "Asia/Tokyo"
    columns = await _columns(settings, "activities")
    assert columns - {"value_milli", "typical_milli"} | {"value", "typical"} == set(exported["tables"]["activities"][0])


async def test_json_speaks_the_words_of_the_api(client: Client, clock: AdjustableClock) -> None:
    ada, teacher = Caller(client, new_learner(), zone="Asia/Tokyo"), service(client)
    await ada.get("/me")
    done = {"space_id": "algebra", "object_type": "task", "object_id": "one"}
    await teacher.record_all(exercise(START, id="a", value=91.625, **done), learner_id=ada.subject)
    await ada.record_all(activity(START, id="b", zone=None))
    goal = {"name": "Many", "target_type": "exercises", "time_period": "daily", "target_value": 1}
    (await ada.post("/goals", goal)).ok()
    exported = (await ada.get("/progress/export")).ok()
    by_id = {row["id"]: row for row in exported["tables"]["activities"]}
    for item in await ada.feed():
        row = by_id[item["id"]]
        same = {name: row[name] for name in item if row.get(name) is not None}
        assert same == {name: value for name, value in item.items() if name in same}, item["id"]
        assert {"value", "points", "local_day", "occurred_at"} <= {*same, "value"}
    assert by_id["a"]["value"] == 91.625
    assert exported["tables"]["space_tasks"][0]["best_value"] == 91.625
    assert exported["tables"]["learner_zones"][0]["valid_from"] is None
    (period,) = exported["tables"]["goal_periods"]
    assert (period["target_value"], period["achieved_value"], period["percent_complete"]) == (1, 1, 100.0)
    document = json.loads(openapi_document(load_settings()))
    schema = {"$ref": "#/components/schemas/ExportOut", "components": document["components"]}
    assert [fault.message for fault in OAS31Validator(schema).iter_errors(exported)] == []


async def test_bytes_are_base64_without_line_breaks(client: Client, clock: AdjustableClock, settings: Settings) -> None:
    ada, mask = Caller(client, new_learner()), bytes(range(200))
    await ada.record_all(activity(START))
    connection = await asyncpg.connect(settings.database_url)
    try:
        await connection.execute("UPDATE learners SET unlocked = $2 WHERE learner_id = $1", ada.learner_id, mask)
    finally:
        await connection.close()
    (row,) = (await ada.get("/progress/export")).ok()["tables"]["learners"]
    assert row["unlocked"] == base64.b64encode(mask).decode()


async def _columns(settings: Settings, table: str) -> set[str]:
    connection = await asyncpg.connect(settings.database_url)
    try:
        statement = "SELECT column_name FROM information_schema.columns WHERE table_name = $1"
        return {name for (name,) in await connection.fetch(statement, table)}
    finally:
        await connection.close()


async def test_an_empty_json_export_names_every_table(
    client: Client, clock: AdjustableClock, settings: Settings
) -> None:
    exported = (await Caller(client, new_learner()).get("/progress/export")).ok()
    assert exported["tables"] == {name: [] for name in await tables_of_learners(settings)}


async def test_services_and_administrators_get_the_same_export(client: Client, clock: AdjustableClock) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await teacher.record_all(exercise(START), learner_id=ada.subject)
    for kind in ("csv", "json"):
        own = (await ada.get("/progress/export", format=kind)).raw
        for caller in (teacher, Caller(client, "root", ["admin"])):
            assert (await caller.get("/progress/export", format=kind, learner_id=ada.subject)).raw == own
