"""The benchmark's own tools: a load generator that miscounts would make every figure worthless."""

import asyncio
from array import array
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bench import report
from bench.fixtures.workload import FEW_LEARNERS, MANY_LEARNERS, batches, learner_ids, yesterday
from bench.growth import Growth, table
from bench.growth_chart import chart
from bench.harness import load
from bench.measures.analytics import Latency
from bench.measures.figures import Figure, figure, figure_of_times

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"


@asynccontextmanager
async def server(*answers: bytes, pieces: int = 1) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A port that gives these answers in turn, each in `pieces`, and the requests it received; b"" hangs up."""
    received: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                length = 0
                while (header := await reader.readline()) != b"\r\n":
                    if header.startswith(b"Content-Length:"):
                        length = int(header.partition(b":")[2])
                received.append(line + await reader.readexactly(length))
                answer = answers[(len(received) - 1) % len(answers)]
                if not answer:
                    return
                size = -(-len(answer) // pieces)
                for start in range(0, len(answer), size):
                    writer.write(answer[start : start + size])
                    await writer.drain()
                    await asyncio.sleep(0)
        finally:
            writer.close()

    running = await asyncio.start_server(serve, load.HOST, 0)
    async with running:
        yield running.sockets[0].getsockname()[1], received


@pytest.mark.parametrize("pieces", [1, 7])
async def test_every_request_is_sent_once_and_every_answer_counted(pieces: int) -> None:
    requests = [load.request("POST", f"/{number}", "t", b"body %d" % number) for number in range(100)]
    async with server(OK, OK, OK, BUSY, pieces=pieces) as (port, received):
        outcome = await load.drive(port, requests, 5, 30.0)
    assert outcome.statuses == {200: 75, 503: 25}
    assert sorted(received) == sorted(b"POST /%d HTTP/1.1\r\nbody %d" % (number, number) for number in range(100))
    assert len(outcome.latencies_ms) == 100
    assert not outcome.faults
    with pytest.raises(RuntimeError, match="503"):
        outcome.check()


async def test_time_ends_a_load_that_has_requests_left() -> None:
    async with server(OK) as (port, _):
        outcome = await load.drive(port, iter(lambda: load.request("GET", "/"), b""), 2, 0.1)
    assert outcome.check().last_body == b"hello"


async def test_a_lost_connection_is_a_fault_and_counts_as_no_answer() -> None:
    async with server(OK, b"") as (port, _):
        outcome = await load.drive(port, [load.request("GET", "/")] * 10, 1, 30.0)
    assert outcome.faults == ("connection lost: closed by the server",)
    with pytest.raises(RuntimeError, match="connection lost"):
        outcome.check()


@pytest.mark.parametrize(("percent", "expected"), [(0, 1.0), (50, 3.0), (95, 5.0), (100, 5.0)])
def test_percentiles(percent: float, expected: float) -> None:
    outcome = load.Load(1.0, Counter({200: 5}), array("d", [5, 1, 4, 2, 3]), b"")
    assert outcome.percentile_ms(percent) == expected


@pytest.mark.parametrize(
    ("comparator", "ratio", "verdict"),
    [(4_999.0, 0.9, "VOID"), (5_000.0, 0.39, "BELOW"), (5_000.0, 0.4, "floor"), (5_000.0, 0.65, "goal")],
)
def test_verdicts(comparator: float, ratio: float, verdict: str) -> None:
    assert Figure("P2", "", "", comparator, 1.0, [0.1, ratio, 0.9], 0.4, 0.65, 5_000.0).verdict == verdict


def test_batches_have_the_documented_shapes() -> None:
    for shape, learners, each in ((FEW_LEARNERS, 50, 10), (MANY_LEARNERS, 500, 1)):
        generated = batches(shape, "test", learner_ids("test", 2 * learners), [yesterday()])
        assert [len(batch) for batch in generated] == [500, 500]
        assert [len({activity["learner_id"] for activity in batch}) for batch in generated] == [learners, learners]
        assert all(sum(row["learner_id"] == batch[0]["learner_id"] for row in batch) == each for batch in generated)
        ids = [(activity["learner_id"], activity["id"]) for batch in generated for activity in batch]
        assert len(set(ids)) == 1_000


@pytest.mark.parametrize(("our_ms", "verdict"), [(49.9, "held"), (50.0, "ABOVE"), (120.0, "ABOVE")])
def test_a_latency_holds_below_its_limit(our_ms: float, verdict: str) -> None:
    assert Latency("Q1", "what", 1.0, our_ms, 50.0).verdict == verdict


def test_a_figure_shows_its_median_and_how_far_rounds_lie_apart() -> None:
    measured = figure("P2", "posts", "bare", [100.0, 200.0, 400.0], [50.0, 120.0, 100.0], 0.4, 0.65)
    assert (measured.comparator_rate, measured.our_rate) == (200.0, 100.0)
    assert (measured.ratio, measured.spread) == (0.5, "0.25–0.60")


def test_times_are_compared_the_other_way_round() -> None:
    measured = figure_of_times("P10", "snapshots", "GROUP BY", [(1.0, 6.0), (2.0, 8.0), (4.0, 20.0)], 100, 12, 6)
    assert (measured.comparator_rate, measured.our_rate) == (50.0, 12.5)
    assert (measured.ratio, measured.spread, measured.verdict) == (5.0, "4.00–6.00", "goal")


def test_a_run_replaces_what_the_document_shows(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", encoding="utf-8")
    measured = [
        Figure("P2", "posts", "bare", 200.0, 100.0, [0.5, 0.4], 0.4, 0.65, note="P95 9.0 ms"),
        Figure("P12b", "a rebuild", "COPY", 0.0, 0.0, [3.0], None, None, lower_is_better=True),
    ]
    report.write(document, report.markdown(measured, [Latency("Q1", "cached", 1.0, 3.0, 50.0)], "On a machine."))
    text = document.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{report.BEGIN}\n\nOn a machine.\n")
    assert text.endswith(f"{report.END}\nafter\n")
    assert "old" not in text
    assert "| P2 | posts (P95 9.0 ms) | bare | 200/s | 100/s | **0.45** (0.40–0.50) | 0.4 | 0.65 | floor |" in text
    assert "| P12b | a rebuild | COPY |  |  | **3.00** (3.00–3.00) | – | – |  |" in text
    assert "| Q1 | cached | 1.00 ms | 3.00 ms | 50.00 ms | held |" in text


def test_a_document_without_a_place_for_figures_is_not_touched(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text("nothing here\n", encoding="utf-8")
    with pytest.raises(ValueError, match="must have the lines"):
        report.write(document, "figures")
    assert document.read_text(encoding="utf-8") == "nothing here\n"


def test_growth_is_shown_beside_the_smallest_size() -> None:
    small, large = Growth(1_000, {"posts": 100.0}, {"log": 400.0}), Growth(10_000, {"posts": 50.0}, {"log": 500.0})
    assert table([small, large]).splitlines() == [
        "| per second | 1,000 learners | 10,000 learners |",
        "|---|--:|--:|",
        "| posts | 100 (1.00) | 50 (0.50) |",
        "",
        "| bytes an activity | 1,000 learners | 10,000 learners |",
        "|---|--:|--:|",
        "| log | 400 | 500 |",
        "| all | 400 | 500 |",
    ]


def test_a_chart_falls_where_rates_fall() -> None:
    drawn = chart([1_000, 10_000], [{"posts & reads": 100.0}, {"posts & reads": 50.0}])
    root = ElementTree.fromstring(drawn)
    line = root.find("{http://www.w3.org/2000/svg}polyline")
    assert line is not None
    (first_x, first_y), (last_x, last_y) = (point.split(",") for point in line.attrib["points"].split())
    assert float(first_x) < float(last_x)
    assert float(first_y) < float(last_y)
    assert "posts &amp; reads" in drawn
