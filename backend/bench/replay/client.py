"""`scripts/replay FILE`: posts a file of real records to a running service and says what became of them.

Only a client: what it knows it knows from answers. Safe to repeat and to interrupt, because the same file always gives
the same ids. The mapping is told in docs/replay.md.
"""

import argparse
import asyncio
import gzip
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol

import httpx
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bench.replay.mappings import Activity, UnknownRecords, UnusableRow, activities
from milepost.embedded.data_folder import read_secret
from milepost.embedded.process import StartFault
from milepost.embedded.tokens import mint
from milepost.settings import SettingsFault, load_settings

SENDER = "replay"
BATCH_LIMIT = 1_000
IN_FLIGHT = 3
ASKED_AT_ONCE = 16
ATTEMPTS = 20
_TOKEN_HOURS = 12.0
_REPOSITORY = Path(__file__).resolve().parents[3]


class ReplayFault(Exception):
    """The replay cannot go on; the message says why and what to do."""


class Advance(Protocol):
    """Says that so many more are done."""

    def __call__(self, count: int) -> None: ...


@dataclass(slots=True)
class Tally:
    """What the service answered, by status; reasons of what it did not take or not count."""

    statuses: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, results: Sequence[dict[str, object]]) -> None:
        """Count the list `results` of one answer."""
        for result in results:
            self.statuses[str(result["status"])] += 1
            for key in ("reason", "not_counted"):
                if result.get(key):
                    self.reasons[f"{result['status']}: {result[key]}"] += 1


def read(file: Path, zone: str | None = None, limit: int | None = None) -> list[Activity]:
    """The activities of a file, plain or gzipped, in the order of time; `limit` takes the earliest.

    Raises:
        ReplayFault: it cannot be read, or has no mapping.
    """
    try:
        with gzip.open(file, "rt", encoding="utf-8") if _is_gzipped(file) else file.open(encoding="utf-8") as lines:
            found = sorted(activities(lines), key=lambda activity: (activity["occurred_at"], activity["id"]))
    except (OSError, EOFError, UnicodeDecodeError, UnknownRecords, UnusableRow) as fault:
        raise ReplayFault(f"{file}: {fault}") from None
    for activity in found if zone else ():
        activity["zone"] = zone or ""
    return found[:limit]


def _is_gzipped(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(2) == b"\x1f\x8b"


async def post_all(client: httpx.AsyncClient, found: Sequence[Activity], advance: Advance) -> Tally:
    """Post everything in batches, a few at a time, in order of time.

    Raises:
        ReplayFault: the service refused a whole batch, or stayed unavailable.
    """
    tally = Tally()
    batches = iter([found[start : start + BATCH_LIMIT] for start in range(0, len(found), BATCH_LIMIT)])

    async def work() -> None:
        for batch in batches:
            tally.add(await _post(client, batch))
            advance(len(batch))

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    tally.seconds = time.perf_counter() - started
    return tally


async def _post(client: httpx.AsyncClient, batch: Sequence[Activity]) -> list[dict[str, object]]:
    content = orjson.dumps({"activities": batch})
    for _ in range(ATTEMPTS):
        answer = await client.post("/api/activities", content=content, headers={"Content-Type": "application/json"})
        if answer.status_code not in {429, 503}:
            break
        await asyncio.sleep(_retry_after_seconds(answer))
    is_json = answer.headers.get("content-type", "").startswith(("application/json", "application/problem+json"))
    results = answer.json().get("results") if is_json else None
    if answer.status_code not in {200, 409, 422} or not isinstance(results, list):
        raise ReplayFault(f"the service answered {answer.status_code}: {answer.text[:500]}")
    return results


def _retry_after_seconds(answer: httpx.Response) -> float:
    given = answer.headers.get("retry-after", "")
    return float(given) if given.isdigit() else 1.0


@dataclass(frozen=True, slots=True)
class Standing:
    """A learner's streaks as the service answers them."""

    learner: str
    activities: int
    current_streak: int
    longest_streak: int
    last_met_day: str


async def longest_streaks(client: httpx.AsyncClient, found: Sequence[Activity], top: int) -> list[Standing]:
    """The `top` learners of the file by longest streak, asked of the service; who cannot be among them is not asked."""
    by_learner: defaultdict[str, list[str]] = defaultdict(list)
    for activity in found:
        by_learner[activity["learner_id"]].append(activity["occurred_at"])
    bound = {learner: _most_streak_days(sorted(instants)) for learner, instants in by_learner.items()}
    candidates = sorted(bound, key=lambda learner: (-bound[learner], -len(by_learner[learner]), learner))
    best: list[Standing] = []
    for start in range(0, len(candidates), ASKED_AT_ONCE):
        asked = candidates[start : start + ASKED_AT_ONCE]
        if len(best) >= top and bound[asked[0]] <= best[-1].longest_streak:
            break
        answers = await asyncio.gather(*(_standing(client, learner, len(by_learner[learner])) for learner in asked))
        best = sorted([*best, *answers], key=lambda one: (-one.longest_streak, -one.activities, one.learner))[:top]
    return best


def _most_streak_days(instants: Sequence[str]) -> int:
    """No zone gives these instants, oldest first, a longer streak than this.

    Met days of one run lie less than 96 hours apart, with two frozen days between them; and a UTC day is never more
    than two local ones.
    """
    most = count = 0
    days: set[date] = set()
    last: datetime | None = None
    for instant in map(datetime.fromisoformat, instants):
        if last is None or instant - last >= timedelta(hours=96):
            count, days = 0, set()
        count, last = count + 1, instant
        days.add(instant.date())
        most = max(most, min(count, 2 * len(days)))
    return most


async def _standing(client: httpx.AsyncClient, learner: str, count: int) -> Standing:
    answer = await client.get("/api/progress/streak", params={"learner_id": learner})
    if answer.status_code != 200:
        raise ReplayFault(f"the service answered {answer.status_code}: {answer.text[:500]}")
    body = answer.json()
    streak = body.get("streak", body)
    last = streak.get("last_exercise_date") or "–"
    return Standing(learner, count, int(streak["current_streak"]), int(streak["longest_streak"]), str(last))


@contextmanager
def progress(console: Console, total: int) -> Iterator[Advance]:
    """A bar on a terminal; elsewhere a line for every tenth."""
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as bar:
            task = bar.add_task("posting", total=total)
            yield lambda count: bar.advance(task, count)
        return
    done = 0

    def line(count: int) -> None:
        nonlocal done
        before, done = done, done + count
        if done * 10 // total > before * 10 // total:
            console.print(f"posted {done:,} of {total:,} activities", highlight=False)

    yield line


def token_from(data: Path) -> str:
    """A service token as `milepost token --role service` mints it, from `MILEPOST_JWT_SECRET` or the data folder.

    Raises:
        ReplayFault: there is no secret, or tokens are not made here.
    """
    try:
        secret = load_settings().jwt_secret or read_secret(data)
        settings = load_settings(jwt_secret=secret)
        return mint(settings, SENDER, ["service"], issued_at=datetime.now(UTC), hours=_TOKEN_HOURS)
    except (SettingsFault, StartFault) as fault:
        raise ReplayFault(f"no token can be made: {fault}\nOr give one with --token.") from None


def show(console: Console, tally: Tally, standings: Sequence[Standing]) -> None:
    """The result for people."""
    total = sum(tally.statuses.values())
    rate = total / tally.seconds if tally.seconds else 0.0
    parts = ", ".join(f"{tally.statuses[name]:,} {name}" for name in ("accepted", "duplicate", "conflict", "rejected"))
    console.print(
        f"{total:,} activities in {tally.seconds:.1f} s, {rate:,.0f}/s: {parts}", highlight=False, soft_wrap=True
    )
    for reason, count in tally.reasons.most_common():
        console.print(f"  {count:,} × {reason}", highlight=False)
    if not standings:
        return
    table = Table(title="Longest streaks, as the service answers them")
    for heading in ("learner", "activities", "longest", "current", "last day"):
        table.add_column(heading, justify="left" if heading in {"learner", "last day"} else "right")
    for one in standings:
        table.add_row(
            one.learner, f"{one.activities:,}", str(one.longest_streak), str(one.current_streak), one.last_met_day
        )
    console.print(table)


async def replay(options: argparse.Namespace, console: Console) -> int:
    """The whole of it. Returns the exit code: 0 when everything was taken, 1 when something was refused."""
    found = read(options.file, options.zone, options.limit)
    headers = {"Authorization": f"Bearer {options.token or token_from(options.data)}"}
    limits = httpx.Limits(max_connections=ASKED_AT_ONCE)
    async with httpx.AsyncClient(base_url=options.url, headers=headers, timeout=60.0, limits=limits) as client:
        with progress(console, len(found)) as advance:
            tally = await post_all(client, found, advance)
        standings = await longest_streaks(client, found, options.top) if options.top else []
    show(console, tally, standings)
    return 1 if tally.statuses["conflict"] or tally.statuses["rejected"] else 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/replay", description="Post a file of real records to a service.")
    parser.add_argument("file", type=Path, help="History Meta or OULAD, CSV, plain or gzipped; see docs/replay.md")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--token", help="a service token; else one is made from the data folder's secret")
    parser.add_argument("--data", type=Path, default=_REPOSITORY / "data", help="the data folder of scripts/run")
    parser.add_argument("--zone", help="an IANA zone that decides the day of every activity; else the learner's")
    parser.add_argument("--limit", type=int, help="only the earliest so many")
    parser.add_argument("--top", type=int, default=10, help="how many learners to show; 0 for none (default 10)")
    options = parser.parse_args()
    if options.top < 0 or (options.limit is not None and options.limit < 1):
        parser.error("--top must be at least 0, --limit at least 1")
    try:
        code = asyncio.run(replay(options, Console()))
    except ReplayFault as fault:
        sys.exit(f"scripts/replay: {fault}")
    except httpx.TransportError as fault:
        sys.exit(f"scripts/replay: {options.url} cannot be reached ({fault or type(fault).__name__}). Is it running?")
    sys.exit(code)


if __name__ == "__main__":
    main()
