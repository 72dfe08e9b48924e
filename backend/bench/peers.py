"""`python -m bench.peers`: the service beside a running gamification-engine, in turns.

`docs/benchmarks.md` says how to start it. Both have 64 learners with 150 earlier activities. In a round each side
answers single posts, then reads of progress. gamification-engine answers some concurrent requests with 500; these do
not count for it.
"""

import argparse
import asyncio
import statistics
from collections.abc import Iterator, Sequence
from datetime import timedelta
from operator import truediv
from pathlib import Path

import asyncpg
from rich.console import Console

from bench.fixtures import history
from bench.fixtures.workload import day_of_round, learner_ids, singles
from bench.harness import load
from bench.harness.servers import BACKEND, Installation, installation
from bench.measures.throughput import MAX_GETS_A_SECOND, MAX_POSTS_A_SECOND, bulk

LEARNERS = 64
_THEIR_PAST = """
INSERT INTO values (subject_id, agent_id, datetime, variable_id, value, key)
SELECT s.id, s.id, now() - make_interval(days => 1 + n % 50, mins => n), v.id, 1, ''
FROM subjects s CROSS JOIN variables v CROSS JOIN generate_series(1, 150) n
"""
POSTS, READS = "single posts", "progress"


class Sides:
    """Requests to both services, and how fast they are answered."""

    def __init__(self, installed: Installation, options: argparse.Namespace) -> None:
        self._installed = installed
        self._their_port: int = options.port
        self._connections: int = options.connections
        self._seconds: float = options.seconds
        self._rounds: int = options.rounds
        self._token = installed.token("bench", "service")
        self._learners = learner_ids("peers", LEARNERS)

    def fill(self) -> None:
        """Give our learners their past."""
        for batch in history.standard_history(self._learners, day_of_round(0, self._rounds) - timedelta(days=1)):
            bulk(self._installed, self._token, [batch])

    def measure(self, number: int) -> Iterator[tuple[str, float, float]]:
        """What was measured, their rate and ours, of one round."""
        day, count = day_of_round(number, self._rounds), int(self._seconds * MAX_POSTS_A_SECOND)
        posts = [
            load.request("POST", "/api/activities", self._token, content)
            for content in singles(f"peers-{number}", self._learners, day, count)
        ]
        yield POSTS, self._their_rate("POST", "/increase_value/exercises/{}", b'{"value": 1}'), self._our_rate(posts)
        reads = [load.request("GET", f"/api/progress?learner_id={one}", self._token) for one in self._learners]
        turns = int(self._seconds * MAX_GETS_A_SECOND) // LEARNERS
        yield READS, self._their_rate("GET", "/progress/{}"), self._our_rate(reads * turns)

    def _their_rate(self, method: str, path: str, body: bytes = b"") -> float:
        requests = [load.request(method, path.format(number), "", body) for number in range(1, LEARNERS + 1)]
        turns = int(self._seconds * MAX_POSTS_A_SECOND) // LEARNERS
        answered = load.run(self._their_port, requests * turns, self._connections, self._seconds)
        return answered.statuses[200] / answered.seconds

    def _our_rate(self, requests: Sequence[bytes]) -> float:
        return load.run(self._installed.port, requests, self._connections, self._seconds).check().rate


async def _give_them_a_past(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_THEIR_PAST)
    finally:
        await connection.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.peers", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="of gamification-engine, on 127.0.0.1")
    parser.add_argument("--database-url", required=True, help="of its database, which gets the past of its learners")
    parser.add_argument("--connections", type=int, default=16, help="of each side (default 16)")
    parser.add_argument("--seconds", type=float, default=4.0, help="duration of one side of one round (default 4)")
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds, after one warm-up round (default 5)")
    parser.add_argument(
        "--data", type=Path, default=BACKEND.parent / "data", help="parent folder for the servers' files"
    )
    options = parser.parse_args()
    if not 0.2 <= options.seconds <= 20 or not 1 <= options.rounds <= 9 or not 1 <= options.connections <= LEARNERS:
        parser.error(f"--seconds must be between 0.2 and 20, --rounds 1 to 9, --connections 1 to {LEARNERS}")
    return options


def main() -> None:
    options = _options()
    console = Console(soft_wrap=True, highlight=False)
    asyncio.run(_give_them_a_past(options.database_url))
    rates: dict[str, list[tuple[float, float]]] = {POSTS: [], READS: []}
    with installation(options.data) as installed:
        sides = Sides(installed, options)
        sides.fill()
        for number in range(options.rounds + 1):
            for what, theirs, ours in sides.measure(number):
                console.print(f"{what}: gamification-engine {theirs:,.1f}/s, ours {ours:,.0f}/s")
                if number:
                    rates[what].append((theirs, ours))
    for what, of_rounds in rates.items():
        theirs, ours = (statistics.median(side) for side in zip(*of_rounds, strict=True))
        ratio = statistics.median(truediv(our, their) for their, our in of_rounds)
        console.print(f"| {what} | {theirs:,.1f}/s | {ours:,.0f}/s | **{ratio:,.0f}** |")


if __name__ == "__main__":
    main()
