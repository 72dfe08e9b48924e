"""`scripts/replay FILE`: posts a file of real records to a running service and prints the outcome.

This is only an HTTP client of the service. It is safe to repeat and to interrupt, because the same file always gives
the same ids. docs/replay.md describes the mapping.
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
READS_IN_FLIGHT = 16
ATTEMPTS = 20
_TOKEN_HOURS = 12.0
_REPOSITORY = Path(__file__).resolve().parents[3]


class ReplayFault(Exception):
    """The replay cannot continue; the message says why and what to do."""


class Advance(Protocol):
    """Called when `count` more activities are posted."""

    def __call__(self, count: int) -> None: ...


@dataclass(slots=True)
class Tally:
    """The results of the service by status, and the reasons of those it rejected or did not count."""

    statuses: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, results: Sequence[dict[str, object]]) -> None:
        """Add the `results` of one answer."""
        for result in results:
            self.statuses[str(result["status"])] += 1
            for key in ("reason", "not_counted"):
                if result.get(key):
                    self.reasons[f"{result['status']}: {result[key]}"] += 1


def read(file: Path, zone: str | None = None, limit: int | None = None) -> list[Activity]:
    """The activities of a file, plain or gzipped, in order of time; at most the first `limit`.

    Raises:
        ReplayFault: the file cannot be read, or has no mapping.
    """
    try:
        with gzip.open(file, "rt", encoding="utf-8") if _is_gzipped(file) else file.open(encoding="utf-8") as lines:
            ordered = sorted(activities(lines), key=lambda activity: (activity["occurred_at"], activity["id"]))
    except (OSError, EOFError, UnicodeDecodeError, UnknownRecords, UnusableRow) as fault:
        raise ReplayFault(f"{file}: {fault}") from None
    for activity in ordered if zone else ():
        activity["zone"] = zone or ""
    return ordered[:limit]


def _is_gzipped(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(2) == b"\x1f\x8b"


async def post_all(client: httpx.AsyncClient, ordered: Sequence[Activity], advance: Advance) -> Tally:
    """Post all activities in batches, a few batches at a time, in order of time.

    Raises:
        ReplayFault: the service refused a whole batch, or stayed unavailable.
    """
    tally = Tally()
    batches = iter([ordered[start : start + BATCH_LIMIT] for start in range(0, len(ordered), BATCH_LIMIT)])

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
    retry_after = answer.headers.get("retry-after", "")
    return float(retry_after) if retry_after.isdigit() else 1.0


@dataclass(frozen=True, slots=True)
class LearnerStreaks:
    """A learner's streaks as the service reports them."""

    learner: str
    activities: int
    current_streak: int
    longest_streak: int
    last_met_day: str


async def longest_streaks(client: httpx.AsyncClient, ordered: Sequence[Activity], top: int) -> list[LearnerStreaks]:
    """The `top` learners of the file by longest streak, as the service reports them.

    Learners whose activities cannot make a streak that long are not requested.
    """
    by_learner: defaultdict[str, list[str]] = defaultdict(list)
    for activity in ordered:
        by_learner[activity["learner_id"]].append(activity["occurred_at"])
    bound = {learner: _max_streak_days(sorted(instants)) for learner, instants in by_learner.items()}
    candidates = sorted(bound, key=lambda learner: (-bound[learner], -len(by_learner[learner]), learner))
    best: list[LearnerStreaks] = []
    for start in range(0, len(candidates), READS_IN_FLIGHT):
        learners = candidates[start : start + READS_IN_FLIGHT]
        if len(best) >= top and bound[learners[0]] <= best[-1].longest_streak:
            break
        answers = await asyncio.gather(*(_streaks(client, learner, len(by_learner[learner])) for learner in learners))
        best = sorted([*best, *answers], key=lambda row: (-row.longest_streak, -row.activities, row.learner))[:top]
    return best


def _max_streak_days(instants: Sequence[str]) -> int:
    """An upper bound, for every zone, of the longest streak of these instants, oldest first.

    Two met days of one run are less than 96 hours apart, with at most two frozen days between them, and a UTC day
    overlaps at most two local days.
    """
    longest = count = 0
    days: set[date] = set()
    last: datetime | None = None
    for instant in map(datetime.fromisoformat, instants):
        if last is None or instant - last >= timedelta(hours=96):
            count, days = 0, set()
        count, last = count + 1, instant
        days.add(instant.date())
        longest = max(longest, min(count, 2 * len(days)))
    return longest


async def _streaks(client: httpx.AsyncClient, learner: str, count: int) -> LearnerStreaks:
    answer = await client.get("/api/progress/streak", params={"learner_id": learner})
    if answer.status_code != 200:
        raise ReplayFault(f"the service answered {answer.status_code}: {answer.text[:500]}")
    body = answer.json()
    streak = body.get("streak", body)
    last = streak.get("last_exercise_date") or "–"
    return LearnerStreaks(learner, count, int(streak["current_streak"]), int(streak["longest_streak"]), str(last))


@contextmanager
def progress(console: Console, total: int) -> Iterator[Advance]:
    """A progress bar on a terminal; elsewhere a line for every tenth of the total."""
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
    """A service token like that of `milepost token --role service`, signed with `MILEPOST_JWT_SECRET` or the data
    folder's secret.

    Raises:
        ReplayFault: there is no secret, or the environment is production.
    """
    try:
        secret = load_settings().jwt_secret or read_secret(data)
        settings = load_settings(jwt_secret=secret)
        return mint(settings, SENDER, ["service"], issued_at=datetime.now(UTC), hours=_TOKEN_HOURS)
    except (SettingsFault, StartFault) as fault:
        raise ReplayFault(f"no token can be minted: {fault}\nOr pass one with --token.") from None


def show(console: Console, tally: Tally, streaks: Sequence[LearnerStreaks]) -> None:
    """Print the outcome for people."""
    total = sum(tally.statuses.values())
    rate = total / tally.seconds if tally.seconds else 0.0
    parts = ", ".join(f"{tally.statuses[name]:,} {name}" for name in ("accepted", "duplicate", "conflict", "rejected"))
    console.print(
        f"{total:,} activities in {tally.seconds:.1f} s, {rate:,.0f}/s: {parts}", highlight=False, soft_wrap=True
    )
    for reason, count in tally.reasons.most_common():
        console.print(f"  {count:,} × {reason}", highlight=False)
    if not streaks:
        return
    table = Table(title="Longest streaks, as the service reports them")
    for heading in ("learner", "activities", "longest", "current", "last day"):
        table.add_column(heading, justify="left" if heading in {"learner", "last day"} else "right")
    for row in streaks:
        table.add_row(
            row.learner, f"{row.activities:,}", str(row.longest_streak), str(row.current_streak), row.last_met_day
        )
    console.print(table)


async def replay(options: argparse.Namespace, console: Console) -> int:
    """Replay a file and print the outcome.

    Returns the exit code: 0 if everything was accepted or a duplicate, 1 if anything conflicted or was rejected.
    """
    ordered = read(options.file, options.zone, options.limit)
    headers = {"Authorization": f"Bearer {options.token or token_from(options.data)}"}
    limits = httpx.Limits(max_connections=READS_IN_FLIGHT)
    async with httpx.AsyncClient(base_url=options.url, headers=headers, timeout=60.0, limits=limits) as client:
        with progress(console, len(ordered)) as advance:
            tally = await post_all(client, ordered, advance)
        streaks = await longest_streaks(client, ordered, options.top) if options.top else []
    show(console, tally, streaks)
    return 1 if tally.statuses["conflict"] or tally.statuses["rejected"] else 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/replay", description="Post a file of real records to a service.")
    parser.add_argument("file", type=Path, help="History Meta or OULAD, CSV, plain or gzipped; see docs/replay.md")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--token", help="service token (default: minted with the data folder's secret)")
    parser.add_argument("--data", type=Path, default=_REPOSITORY / "data", help="the data folder of scripts/run")
    parser.add_argument("--zone", help="IANA zone that decides the day of every activity (default: the learner's zone)")
    parser.add_argument("--limit", type=int, help="post only the earliest LIMIT activities")
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
