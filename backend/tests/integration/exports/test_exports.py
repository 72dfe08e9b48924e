"""GET /progress/export: exercises as CSV, everything as JSON, never data of other learners."""

import asyncio
import csv
import io
from datetime import timedelta

import asyncpg
import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from integration.exports.endless import Endless
from milepost.api.edge.application import Application
from milepost.errors import Unavailable
from milepost.queries.exports.contents import CarriageReturns, ExercisesAsCsv
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


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"from": "2026-02-26"}, ["12", "03", "00"]),
        ({"to": "2026-03-07"}, ["30", "12", "03"]),
        ({"from": "2026-02-26", "to": "2026-03-07"}, ["12", "03"]),
        ({"from": "2026-02-27", "to": "2026-03-06"}, []),
        ({"from": "2024-01-01", "to": "2026-03-31"}, ["30", "12", "03", "00"]),
    ],
)
async def test_csv_of_a_window_has_the_exercises_of_its_days(
    client: Client, clock: AdjustableClock, query: Json, shown: list[str]
) -> None:
    """The exercises of 8 February, 26 February, 7 March and 10 March; a file may have more than 400 days."""
    ada, teacher = Caller(client, new_learner()), service(client)
    sent = [exercise(START - back * DAY, id=f"{back:02}") for back in (3, 30, 0, 12)]
    await teacher.record_all(*sent, learner_id=ada.subject)
    for path, csv_query in (("/progress/export", {"format": "csv"}), ("/progress/export.csv", {})):
        answer = await ada.ask("GET", path, query={**csv_query, **query})
        assert answer.status == 200
        assert [row["id"] for row in csv.DictReader(io.StringIO(answer.raw.decode()))] == shown


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ({"from": "2026-03-01"}, [("/from", "conflicting"), ("/format", "conflicting")]),
        ({"to": "2026-03-01", "format": "json"}, [("/to", "conflicting"), ("/format", "conflicting")]),
        (
            {"from": "2026-03-02", "to": "2026-03-01", "format": "csv"},
            [("/from", "reversed"), ("/to", "reversed")],
        ),
    ],
)
async def test_an_impossible_window_of_an_export_is_refused(
    client: Client, clock: AdjustableClock, query: Json, faults: list[tuple[str, str]]
) -> None:
    answer = await Caller(client, new_learner()).ask("GET", "/progress/export", query=query)
    refused = answer.problem(422, "invalid_query")
    assert [(fault["pointer"], fault["code"]) for fault in refused["errors"]] == faults


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
    connections = resources.settings.database_export_connections
    slow = [await resources.exports.begin(Endless(), f"caller {n}") for n in range(connections)]
    answer = await ada.get("/progress/export", format="csv")
    answer.problem(503, "exports_busy")
    assert int(answer.headers["Retry-After"]) >= 1
    assert (await ada.progress())["revision"] == 0, "other requests are served"
    for export in slow:
        await export.aclose()
        await export.aclose()
    (await ada.get("/progress/export")).ok()


async def test_one_caller_has_only_a_part_of_the_exports(settings: Settings) -> None:
    exports = Exports(settings)
    mine = [await exports.begin(Endless(), "ada") for _ in range(settings.exports_per_caller)]
    with pytest.raises(Unavailable) as refused:
        await exports.begin(Endless(), "ada")
    assert (refused.value.code, refused.value.retry_after_seconds) == ("too_many_exports", 5)
    others = [await exports.begin(Endless(), name) for name in ("bob", "cleo")]
    await mine.pop().aclose()
    mine.append(await exports.begin(Endless(), "ada"))
    for export in (*mine, *others):
        await export.aclose()


async def _to_the_end(export: Export) -> None:
    """Read the export to its end."""
    async for _ in export:
        continue


async def test_a_reader_that_reads_nothing_is_cut_off(settings: Settings) -> None:
    exports = Exports(load_settings(**{**settings.model_dump(), "export_stall_seconds": 0.1}))
    export = await exports.begin(Endless(), "ada")
    await asyncio.wait({export.copying})
    await anext(export)
    with pytest.raises(TimeoutError):
        await _to_the_end(export)
    await export.aclose()


async def test_an_export_has_a_maximum_duration(settings: Settings) -> None:
    exports = Exports(load_settings(**{**settings.model_dump(), "export_limit_seconds": 0.2}))
    export = await exports.begin(Endless(), "ada")
    with pytest.raises(TimeoutError):
        await _to_the_end(export)


async def test_an_export_begins_only_when_the_database_answers(settings: Settings) -> None:
    nowhere = load_settings(**{**settings.model_dump(), "database_url": "postgresql://nobody@127.0.0.1:1/none"})
    exports = Exports(nowhere)
    for _ in range(nowhere.database_export_connections + 1):
        with pytest.raises(Unavailable) as refused:
            await exports.begin(ExercisesAsCsv(learner_uuid(ISSUER, "ada")), "ada")
        assert refused.value.code == "database_unavailable"


async def test_running_exports_are_aborted_at_shutdown(settings: Settings) -> None:
    exports = Exports(settings)
    export = await exports.begin(Endless(), "ada")
    await exports.close()
    with pytest.raises(ConnectionAbortedError):
        await _to_the_end(export)
