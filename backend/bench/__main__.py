"""`scripts/bench`: measures on this machine, now, and prints ratios with their floors and goals.

Starts its own servers, ends them, and takes at most some minutes. Nothing else should be running.
"""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.harness.servers import BACKEND, Installation, installation
from bench.measures.analytics import Latency, latencies
from bench.measures.exports import exports
from bench.measures.insight_reads import insight_reads
from bench.measures.reads import cold, long_past
from bench.measures.snapshots import a_day, a_longer_past
from bench.measures.throughput import Figure, Plan, intake, overview, posts

# Of the table in a file or a pipe.
_WIDTH = 150
# Least one-minute load average that is worth a warning.
_QUIET = 0.7
MEASURES: tuple[tuple[tuple[str, ...], Callable[[Installation, Plan], list[Figure]]], ...] = (
    (("P1", "P1b"), intake),
    (("P2", "P3"), posts),
    (("P5",), overview),
    (("P7", "P9"), cold),
    (("P8",), long_past),
    (("P8r",), insight_reads),
    (("P10",), a_day),
    (("P11",), a_longer_past),
    (("P13", "P14"), exports),
)
"""What is measured together, in this order."""
LATENCIES = ("Q1", "Q2", "Q3")
NAMES = (*(name for names, _ in MEASURES for name in names), *LATENCIES)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=NAMES, help="measure this alone; may be repeated")
    parser.add_argument("--seconds", type=float, default=2.0, help="of one side of one round (default 2)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds counted, after one that is not (default 5)")
    parser.add_argument("--data", type=Path, default=BACKEND.parent / "data", help="where the servers keep files")
    options = parser.parse_args()
    if not 0.2 <= options.seconds <= 10 or not 1 <= options.rounds <= 9:
        parser.error("--seconds must be within 0.2 and 10, --rounds within 1 and 9")
    wanted = frozenset(options.only or NAMES)
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    plan = Plan(options.seconds, options.rounds, lambda line: console.print(line, style="dim", highlight=False))
    busy = os.getloadavg()[0]
    if busy > _QUIET:
        console.print(f"This machine is busy (load {busy:.1f}): the figures will say little.", highlight=False)
    figures: list[Figure] = []
    with installation(options.data) as installed:
        for names, measure in MEASURES:
            if wanted & {*names}:
                figures += [figure for figure in measure(installed, plan) if figure.name in wanted]
        late = [one for one in latencies(installed, plan) if one.name in wanted] if wanted & {*LATENCIES} else []
    if figures:
        console.print(table(figures))
    if late:
        console.print(latency_table(late))


def table(figures: list[Figure]) -> Table:
    """The result for people."""
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
            f"{figure.floor:g}",
            f"{figure.goal:g}",
            figure.verdict,
            figure.note,
        )
    return result


def latency_table(late: list[Latency]) -> Table:
    """How late answers are, for people."""
    result = Table(title="95 of 100 answers over 4 connections are not later than (medians of the rounds)")
    for heading in ("", "what", "bare Quart GET", "ours", "limit", ""):
        result.add_column(heading, justify="left" if heading in {"", "what"} else "right")
    for one in late:
        result.add_row(
            one.name, one.what, f"{one.bare_ms:.2f} ms", f"{one.our_ms:.2f} ms", f"{one.limit_ms:,.0f} ms", one.verdict
        )
    return result


if __name__ == "__main__":
    main()
