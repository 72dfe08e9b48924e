"""`scripts/bench`: measures on this machine and prints ratios with their floors and goals.

Starts its own servers, stops them, and takes a few minutes. Nothing else should be running.
"""

import argparse
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from redis import Redis
from rich.console import Console
from rich.table import Table

from bench import report
from bench.harness.servers import BACKEND, Installation, installation
from bench.measures import rebuilds, snapshots
from bench.measures.analytics import Latency, latencies
from bench.measures.boards import boards
from bench.measures.exports import exports
from bench.measures.figures import Figure, Plan
from bench.measures.fullest import fullest_learner
from bench.measures.insight_reads import insight_reads
from bench.measures.reads import cold, long_past
from bench.measures.streams import live_streams
from bench.measures.throughput import intake, overview, posts

# Columns of the table when the output is a file or a pipe.
_WIDTH = 150
# A one-minute load average above this is worth a warning.
_MAX_IDLE_LOAD = 0.7
_MAX_PROCESSES = 16
MEASURES: tuple[tuple[tuple[str, ...], Callable[[Installation, Plan], list[Figure]]], ...] = (
    (("P1", "P1b"), intake),
    (("P2", "P3"), posts),
    (("P5",), overview),
    (("P7", "P9"), cold),
    (("P8",), long_past),
    (("P8r",), insight_reads),
    (("P10",), snapshots.one_day),
    (("P11",), snapshots.long_past),
    (("P12a",), rebuilds.backfill),
    (("P12b",), rebuilds.rebuild),
    (("P12c",), live_streams),
    (("P12d",), boards),
    (("P13", "P14"), exports),
    (("P15",), fullest_learner),
)
"""Figures that are measured together, in the order of measuring."""
LATENCIES = ("Q1", "Q2", "Q3")
NAMES = (*(name for names, _ in MEASURES for name in names), *LATENCIES)


def main() -> None:
    options = _options()
    selected = frozenset(options.only or NAMES)
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    plan = Plan(options.seconds, options.rounds, lambda line: console.print(line, style="dim", highlight=False))
    load_average = os.getloadavg()[0]
    if load_average > _MAX_IDLE_LOAD:
        console.print(f"This machine is busy (load {load_average:.1f}): the figures mean little.", highlight=False)
    figures: list[Figure] = []
    with installation(options.data, options.processes) as installed:
        for names, measure in MEASURES:
            if selected & {*names}:
                figures += [figure for figure in measure(installed, plan) if figure.name in selected]
        measured = latencies(installed, plan) if selected & {*LATENCIES} else []
        postgres = installed.postgres.execute("SHOW server_version").split()[0]
        about_redis = Redis.from_url(installed.settings.redis_url).info("server")
        assert isinstance(about_redis, dict), "the client is not an asynchronous one"
    if figures:
        console.print(figure_table(figures))
    if measured:
        console.print(latency_table([latency for latency in measured if latency.name in selected]))
    if options.write:
        redis, today = str(about_redis["redis_version"]), datetime.now(UTC).date()
        where = report.conditions(today, postgres, redis, plan.rounds, plan.seconds)
        report.write(report.DOCUMENT, report.markdown(figures, measured, where))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=NAMES, help="measure only this figure; repeatable")
    parser.add_argument("--seconds", type=float, default=2.0, help="duration of one side of one round (default 2)")
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds, after one warm-up round (default 5)")
    parser.add_argument("--processes", type=int, default=1, help="processes of the service (default 1)")
    parser.add_argument("--write", action="store_true", help="show the figures in docs/performance.md")
    parser.add_argument(
        "--data", type=Path, default=BACKEND.parent / "data", help="parent folder for the servers' files"
    )
    options = parser.parse_args()
    if not 0.2 <= options.seconds <= 10 or not 1 <= options.rounds <= 9:
        parser.error("--seconds must be between 0.2 and 10, --rounds between 1 and 9")
    if not 1 <= options.processes <= _MAX_PROCESSES:
        parser.error(f"--processes must be between 1 and {_MAX_PROCESSES}")
    if options.write and (options.only or options.processes > 1):
        parser.error("--write shows all figures of one process, so neither --only nor --processes goes with it")
    return options


def figure_table(figures: list[Figure]) -> Table:
    """The ratios, for people."""
    result = Table(title="Ratios of this run (medians of the rounds)")
    for heading in ("", "what", "against", "its rate", "our rate", "ratio", "floor", "goal", "", "note"):
        result.add_column(heading, justify="right" if heading in {"its rate", "our rate", "ratio"} else "left")
    for figure in figures:
        result.add_row(
            figure.name,
            figure.what,
            figure.comparator,
            f"{figure.comparator_rate:,.0f}/s" if figure.comparator_rate else "",
            f"{figure.our_rate:,.0f}/s" if figure.our_rate else "",
            f"{figure.ratio:.2f}",
            "" if figure.floor is None else f"{figure.floor:g}",
            "" if figure.goal is None else f"{figure.goal:g}",
            figure.verdict,
            figure.note,
        )
    return result


def latency_table(measured: list[Latency]) -> Table:
    """The latencies, for people."""
    result = Table(title="95th percentiles of the latency over 4 connections (medians of the rounds)")
    for heading in ("", "what", "bare Quart GET", "ours", "limit", ""):
        result.add_column(heading, justify="left" if heading in {"", "what"} else "right")
    for latency in measured:
        result.add_row(
            latency.name,
            latency.what,
            f"{latency.bare_ms:.2f} ms",
            f"{latency.our_ms:.2f} ms",
            f"{latency.limit_ms:,.0f} ms",
            latency.verdict,
        )
    return result


if __name__ == "__main__":
    main()
