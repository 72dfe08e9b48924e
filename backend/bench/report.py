"""The result of a run as Markdown, and the document that shows the newest one."""

import os
import platform
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

from bench.measures.analytics import Latency
from bench.measures.figures import Figure

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- measured by scripts/bench --write: begin -->", "<!-- measured: end -->"
_PACKAGES = ("quart", "uvicorn", "uvloop", "httptools", "asyncpg", "pydantic", "orjson")


def write(document: Path, measured: str) -> None:
    """Replace what the document shows as measured.

    Raises:
        ValueError: the document does not say where.
    """
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{document} must have the lines {BEGIN} and {END}")
    document.write_text(f"{before}{BEGIN}\n\n{measured}\n{END}{after}", encoding="utf-8")


def markdown(figures: Sequence[Figure], latencies: Sequence[Latency], conditions: str) -> str:
    """Both tables below one line that says on what and how they were measured."""
    return "\n".join([conditions, "", *_figure_lines(figures), "", *_latency_lines(latencies), ""])


def conditions(today: date, postgres: str, redis: str, rounds: int, seconds: float) -> str:
    """The machine, the versions and the rounds of a run. Figures can be compared only with these beside them."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"{today:%-d %B %Y}, {os.cpu_count()} cores ({_processor()}), {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, PostgreSQL {postgres}, Redis {redis}, {packages}. "
        f"Medians of {rounds} rounds of {seconds:g} s; in brackets the lowest and the highest ratio of a round."
    )


def _figure_lines(figures: Sequence[Figure]) -> list[str]:
    lines = [
        "| | what | against | its rate | our rate | ratio | floor | goal | |",
        "|---|---|---|--:|--:|--:|--:|--:|---|",
    ]
    for figure in figures:
        bounds = ("–" if bound is None else f"{bound:g}" for bound in (figure.floor, figure.goal))
        cells = (
            figure.name,
            f"{figure.what} ({figure.note})" if figure.note else figure.what,
            figure.comparator,
            _rate(figure.comparator_rate),
            _rate(figure.our_rate),
            f"**{figure.ratio:.2f}** ({figure.spread})",
            *bounds,
            figure.verdict,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _latency_lines(latencies: Sequence[Latency]) -> list[str]:
    lines = ["| | 95th percentile over 4 connections | bare Quart GET | ours | limit | |", "|---|---|--:|--:|--:|---|"]
    for latency in latencies:
        times = (latency.bare_ms, latency.our_ms, latency.limit_ms)
        cells = (latency.name, latency.what, *(f"{milliseconds:,.2f} ms" for milliseconds in times), latency.verdict)
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _rate(rate: float) -> str:
    return f"{rate:,.0f}/s" if rate else ""


def _processor() -> str:
    """The name of the processor; the architecture where the system does not say it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
