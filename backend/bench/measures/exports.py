"""P13 and P14: an export of a million rows, against COPY of the same rows, and the memory it needs."""

import asyncio
import http.client
from pathlib import Path
from time import perf_counter
from uuid import UUID

import asyncpg

from bench.comparators import copy_out
from bench.fixtures import database_rows
from bench.harness.servers import Installation
from bench.measures.figures import Figure, Plan, figure

ROWS = 1_000_000
FEW_ROWS = 10_000
_ACTIVITIES_A_DAY = 500
_CHUNK = 1 << 16
_MEGABYTE = 1 << 20


def exports(installed: Installation, plan: Plan) -> list[Figure]:
    """P13 and P14, of a learner with a million rows and a learner with few. The first round is not counted."""
    asyncio.run(_fill(installed.settings.database_url))
    _export(installed, "few-rows", FEW_ROWS)
    peak = _PeakMemory(installed.api_pid)
    _export(installed, "few-rows", FEW_ROWS)
    few_rows_megabytes = peak.megabytes()
    rounds = []
    for _ in range(plan.rounds + 1):
        theirs = asyncio.run(_copied(installed.settings.database_url))
        ours = _export(installed, "many-rows", ROWS)
        rounds.append((theirs, ours))
        plan.say(f"P13: COPY {theirs:.2f} s, export {ours:.2f} s")
    growth_megabytes = peak.megabytes() - few_rows_megabytes
    their_rates, our_rates = ([ROWS / seconds for seconds in side] for side in zip(*rounds[1:], strict=True))
    what = f"CSV export of {ROWS:,} rows"
    memory = f"peak memory of {what}, in MB above that of {FEW_ROWS:,} rows"
    return [
        figure("P13", what, "COPY TO STDOUT", their_rates, our_rates, 0.5, 0.85),
        Figure("P14", memory, f"{FEW_ROWS:,} rows", 0, 0, [growth_megabytes], 64, 16, lower_is_better=True),
    ]


class _PeakMemory:
    """The peak memory of a process since this object was created."""

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}")
        (self._folder / "clear_refs").write_text("5")  # forgets the peak so far

    def megabytes(self) -> float:
        for line in (self._folder / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1_024 / _MEGABYTE
        raise RuntimeError("this system does not report the peak memory of a process")


async def _fill(url: str) -> None:
    connection = await asyncpg.connect(url)
    for label, rows in (("few-rows", FEW_ROWS), ("many-rows", ROWS)):
        await database_rows.learners_with_days(connection, label, 1, 1)
        await database_rows.log_of(connection, label, 1, rows, _ACTIVITIES_A_DAY)
    await connection.execute("VACUUM ANALYZE activities")
    await connection.close()


async def _copied(url: str) -> float:
    connection = await asyncpg.connect(url)
    try:
        return await copy_out.seconds(connection, _learner("many-rows"))
    finally:
        await connection.close()


def _learner(label: str) -> UUID:
    return UUID(database_rows.learner_ids(label, 1)[0])


def _export(installed: Installation, label: str, rows: int) -> float:
    """The seconds until the last byte of the export was read.

    Raises:
        RuntimeError: the answer is not a 200 with a header and `rows` lines.
    """
    connection = http.client.HTTPConnection("127.0.0.1", installed.port, timeout=120)
    bearer = {"Authorization": f"Bearer {installed.token('bench', 'service')}"}
    started = perf_counter()
    connection.request("GET", f"/api/progress/export?format=csv&learner_id={_learner(label)}", headers=bearer)
    answer = connection.getresponse()
    lines = 0
    while chunk := answer.read(_CHUNK):
        lines += chunk.count(b"\n")
    took = perf_counter() - started
    connection.close()
    if (answer.status, lines) != (200, rows + 1):
        raise RuntimeError(f"{answer.status} with {lines} lines instead of {rows + 1}")
    return took
