"""GET /progress/export: exercises as CSV, everything as JSON, never data of other learners."""

import asyncio
import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta

import asyncpg
import pytest
from openapi_schema_validator import OAS31Validator
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.api.edge.application import Application
from milepost.app import openapi_document
from milepost.errors import Unavailable
from milepost.queries.exports.contents import CarriageReturns, Copy, ExercisesAsCsv, Rewriting
from milepost.queries.exports.stream import Export, Exports
from milepost.rules.learners import learner_uuid
from milepost.settings import Settings, load_settings
from support.builders import activity, exercise, new_learner
from support.callers import Answer, Caller, Json, service
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)
HEADER = (
    "local_day,occurred_at,verb,object_type,object_id,topic,path,difficulty,value,duration_seconds,hints_used,points,"
    "session_id,not_counted,sender,id,space_id,space_title,goal_id,goal_title"
)
ISSUER = "milepost"


async def as_csv(caller: Caller, **query: object) -> Answer:
    """The CSV export."""
    answer = await caller.get("/progress/export", format="csv", **query)
    assert answer.status == 200, answer.raw
    return answer


async def rows(caller: Caller, **query: object) -> list[dict[str, str]]:
    """The CSV export, parsed."""
    text = (await as_csv(caller, **query)).raw.decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


# ---- CSV


PLANNED = "start_date=2026-03-01&end_date=2026-03-09"


@pytest.mark.parametrize(
    ("seeds", "own"),
    [
        ("/progress/export?format=csv", "/progress/export.csv?bom=0"),
        (f"/analytics/export?format=csv&{PLANNED}", "/analytics/export.csv?from=2026-03-01&to=2026-03-09"),
    ],
)
async def test_csv_has_an_address_of_its_own(client: Client, clock: AdjustableClock, seeds: str, own: str) -> None:
    ada = Caller(client, new_learner())
    await service(client).record_all(exercise(START, id="\u00e9"), learner_id=ada.subject)
    plain = await ada.ask("GET", seeds)
    assert plain.status == 200
    assert not plain.raw.startswith(b"\xef\xbb\xbf")
    answer = await ada.ask("GET", own)
    assert answer.raw == plain.raw
    assert answer.headers["Content-Disposition"] == plain.headers["Content-Disposition"]
    for address in (f"{seeds}&bom=1", f"{own.replace('?bom=0', '?')}&bom=1"):
        marked = await ada.ask("GET", address)
        assert marked.raw == b"\xef\xbb\xbf" + plain.raw
        assert marked.raw.decode("utf-8-sig") == plain.raw.decode()
    (await ada.ask("GET", f"{seeds}&bom=yes")).problem(422, "invalid_query")


async def test_csv_matches_byte_for_byte(client: Client, clock: AdjustableClock) -> None:
    ada, teacher = Caller(client, new_learner(), zone="Europe/Berlin"), service(client)
    await ada.record_all(activity(START, id="mine"))
    await teacher.record_all(
        exercise(START, id="later", value=71.5, hints_used=2, difficulty="hard", path="python", object_id="o"),
        exercise(START - timedelta(hours=12, microseconds=-5), id="first", topic=None, value=None, session_id="s"),
        exercise(START, id="once", value=33.333, duration_seconds=None, once_key="k", points=0),
        exercise(START, id="twice", value=99, once_key="k"),
        learner_id=ada.subject,
    )
    answer = await as_csv(ada)
    assert answer.headers["Content-Type"].startswith("text/csv; charset=utf-8")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="exercises.csv"'
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.raw.decode() == "".join(
        f"{line}\r\n"
        for line in (
            HEADER,
            "2026-03-10,2026-03-10T00:00:00.000005Z,completed,exercise,,,,,,600,,10,s,,exercises,first,,,,",
            "2026-03-10,2026-03-10T12:00:00Z,completed,exercise,o,loops,python,hard,71.5,600,2,10,,,exercises,later,,,,",
            "2026-03-10,2026-03-10T12:00:00Z,completed,exercise,,loops,,,33.333,,,0,,,exercises,once,,,,",
            "2026-03-10,2026-03-10T12:00:00Z,completed,exercise,,loops,,,99,600,,0,,once_key,exercises,twice,,,,",
        )
    )


async def test_an_empty_export_is_the_header(client: Client, clock: AdjustableClock) -> None:
    assert (await as_csv(Caller(client, new_learner()))).raw == HEADER.encode() + b"\r\n"


async def test_an_export_has_only_the_learners_own_exercises_that_are_not_voided(
    client: Client, clock: AdjustableClock, settings: Settings
) -> None:
    ada, bob, teacher = Caller(client, new_learner()), Caller(client, new_learner()), service(client)
    await teacher.record_all(
        exercise(START, id="exercise"),
        exercise(START, id="quiz", object_type="quiz"),
        exercise(START, id="lesson", object_type="lesson", verb="viewed", value=None),
        exercise(START, id="voided"),
        learner_id=ada.subject,
    )
    await teacher.record_all(exercise(START, id="of bob"), learner_id=bob.subject)
    connection = await asyncpg.connect(settings.database_url)
    try:
        statement = "UPDATE activities SET voided_at = received_at WHERE learner_id = $1 AND id = 'voided'"
        await connection.execute(statement, learner_uuid(ISSUER, ada.subject))
    finally:
        await connection.close()
    counted = (await ada.progress())["exercises_completed"] - 1
    assert {row["id"] for row in await rows(ada)} == {"exercise", "quiz"}
    assert counted == 2
    assert {row["id"] for row in await rows(teacher, learner_id=bob.subject)} == {"of bob"}


@pytest.mark.parametrize("begin", [*"=+-@＝＋－＠", "\t", "\r", "\n"])
async def test_S08_no_text_is_a_formula(client: Client, clock: AdjustableClock, begin: str) -> None:
    learner = new_learner()
    teacher = service(client, f"{begin}sender" if begin.isprintable() else "sender")
    text = f"{begin}HYPERLINK(1)"
    names = ("id", "verb", "object_id", "topic", "path", "difficulty", "session_id")
    sent = dict.fromkeys(names, text)
    await teacher.record_all(
        exercise(START, **{**sent, "object_type": "exercise", "verb": "completed"}), learner_id=learner
    )
    (row,) = await rows(teacher, learner_id=learner)
    # Labels are trimmed when they arrive.
    kept = text.strip() if not begin.isprintable() else f"'{text}"
    labels = {"topic", "path", "difficulty"}
    assert {row[name] for name in labels} == {kept}
    for name in {*names} - {"verb"} - labels:
        assert row[name] == f"'{text}", name
    assert row["sender"] == ("'" if begin.isprintable() else "") + teacher.subject
    assert row["value"] == "80"
    everything = (await teacher.get("/progress/export", learner_id=learner)).ok()
    assert everything["tables"]["activities"][0]["object_id"] == text, "JSON keeps the text unchanged"


@pytest.mark.parametrize(
    "text",
    [
        'say "loops", twice',
        "two\nlines",
        "two\r\nlines",
        '"\n"\r\n,\n"',
        'ends with a quote"',
        " spaces ",
        "\\N",
        "\\.",
        "a=b",
        "ünïcödé 練習 🎓 \u202e",
        "e\u0301",
        "\x01\x02\x7f",
        ",",
        "'quoted",
        "x" * 200,
    ],
)
async def test_every_text_comes_back_as_it_was(client: Client, clock: AdjustableClock, text: str) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    fields = {"id": text, "object_id": text, "session_id": text}
    await teacher.record_all(
        exercise(START, **fields), exercise(START + timedelta(seconds=1), id="next"), learner_id=ada.subject
    )
    found = await rows(ada)
    assert [row["id"] for row in found] == [text, "next"]
    assert (found[0]["object_id"], found[0]["session_id"]) == (text, text)
    stored = (await ada.get("/progress/export", format="json")).ok()["tables"]["activities"]
    assert {row["object_id"] for row in stored} == {text, None}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000])
def test_chunk_boundaries_make_no_difference(size: int) -> None:
    copied = b'a,b\n"x\ny",1\n"""\n",\n"",""\nlast,"\r\n"\n'
    rewriting = CarriageReturns()
    chunks = [rewriting.chunk(copied[place : place + size]) for place in range(0, len(copied), size)]
    assert b"".join(chunks) == b'a,b\r\n"x\ny",1\r\n"""\n",\r\n"",""\r\nlast,"\r\n"\r\n'


async def test_the_oldest_come_first(client: Client, clock: AdjustableClock) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await teacher.record_all(
        *(exercise(START - back * DAY, id=f"{back:02}") for back in (3, 30, 0, 12)),
        exercise(START, id="b"),
        exercise(START, id="a"),
        learner_id=ada.subject,
    )
    assert [row["id"] for row in await rows(ada)] == ["30", "12", "03", "00", "a", "b"]


# ---- JSON


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
    assert columns - {"value_milli"} | {"value"} == set(exported["tables"]["activities"][0])


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


async def test_csv_has_titles_beside_ids(client: Client, clock: AdjustableClock) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    (await ada.post("/spaces", {"space_id": "algebra", "title": "=Algebra"})).ok()
    (await ada.post("/composite-goals", {"goal_id": "exam", "title": "Pass the exam"})).ok()
    await teacher.record_all(
        exercise(START, id="a", space_id="algebra", goal_id="exam"),
        exercise(START, id="b", space_id="unknown"),
        learner_id=ada.subject,
    )
    shown = {
        row["id"]: [row[name] for name in ("space_id", "space_title", "goal_id", "goal_title")]
        for row in await rows(ada)
    }
    assert shown == {"a": ["algebra", "'=Algebra", "exam", "Pass the exam"], "b": ["unknown", "", "", ""]}


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


# ---- Refused requests, and limits


@pytest.mark.parametrize("query", [{"format": "xml"}, {"format": ""}, {"format": "CSV"}, {"fields": "id"}])
async def test_invalid_export_requests_are_refused(client: Client, clock: AdjustableClock, query: Json) -> None:
    answer = await Caller(client, new_learner()).ask("GET", "/progress/export", query=query)
    answer.problem(422, "invalid_query")
    assert "Content-Disposition" not in answer.headers


async def test_a_head_request_starts_no_export(client: Client, clock: AdjustableClock, app: Quart) -> None:
    answer = await Caller(client, new_learner()).ask("HEAD", "/progress/export", query={"format": "csv"})
    assert (answer.status, answer.raw) == (200, b"")
    assert answer.headers["Content-Type"].startswith("text/csv")


async def test_exports_over_the_limit_are_told_to_retry(client: Client, clock: AdjustableClock, app: Quart) -> None:
    assert isinstance(app, Application)
    resources = app.state.resources
    assert resources is not None
    ada = Caller(client, new_learner())
    slow = [await resources.exports.begin(Endless()) for _ in range(resources.settings.database_export_connections)]
    answer = await ada.get("/progress/export", format="csv")
    answer.problem(503, "exports_busy")
    assert int(answer.headers["Retry-After"]) >= 1
    assert (await ada.progress())["revision"] == 0, "other requests are served"
    for export in slow:
        await export.aclose()
        await export.aclose()
    (await ada.get("/progress/export")).ok()


async def _to_the_end(export: Export) -> None:
    """Read the export to its end."""
    async for _ in export:
        continue


class Endless:
    """An export without an end."""

    end = b""

    def copies(self) -> Iterator[tuple[bytes, Copy, Rewriting]]:
        """One."""
        query = "SELECT repeat('x', 1000) FROM generate_series(1, 10000) a, generate_series(1, 10000) b"
        yield b"", Copy(query, {"format": "csv"}), CarriageReturns()


async def test_a_reader_that_reads_nothing_is_cut_off(settings: Settings) -> None:
    exports = Exports(load_settings(**{**settings.model_dump(), "export_stall_seconds": 0.1}))
    export = await exports.begin(Endless())
    await asyncio.wait({export.copying})
    await anext(export)
    with pytest.raises(TimeoutError):
        await _to_the_end(export)
    await export.aclose()


async def test_an_export_has_a_maximum_duration(settings: Settings) -> None:
    exports = Exports(load_settings(**{**settings.model_dump(), "export_limit_seconds": 0.2}))
    export = await exports.begin(Endless())
    with pytest.raises(TimeoutError):
        await _to_the_end(export)


async def test_an_export_begins_only_when_the_database_answers(settings: Settings) -> None:
    nowhere = load_settings(**{**settings.model_dump(), "database_url": "postgresql://nobody@127.0.0.1:1/none"})
    exports = Exports(nowhere)
    for _ in range(nowhere.database_export_connections + 1):
        with pytest.raises(Unavailable) as refused:
            await exports.begin(ExercisesAsCsv(learner_uuid(ISSUER, "ada")))
        assert refused.value.code == "database_unavailable"


async def test_running_exports_are_aborted_at_shutdown(settings: Settings) -> None:
    exports = Exports(settings)
    export = await exports.begin(Endless())
    await exports.close()
    with pytest.raises(ConnectionAbortedError):
        await _to_the_end(export)
