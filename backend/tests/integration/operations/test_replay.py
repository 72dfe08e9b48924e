"""Real records posted to the real API, compared with a naive oracle over the raw rows, in three zones."""

import asyncio
import os
import sys
import tomllib
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from bench.replay.mappings import activities
from quart.typing import TestClientProtocol as Client

from oracles import oracle
from support.builders import SECRET, bearer
from support.clock import AdjustableClock
from support.servers import Processes

TESTS = Path(__file__).parents[2]
POLICY = tomllib.loads((TESTS.parents[1] / "config" / "policy.toml").read_text("utf-8"))
ZONES = ["America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland"]
Raw = dict[str, Any]


def sample(name: str, zone: str) -> dict[str, list[Raw]]:
    """The activities of a fixture by learner, oldest first. Each zone has its own learners."""
    by_learner: defaultdict[str, list[Raw]] = defaultdict(list)
    for activity in activities((TESTS / "fixtures" / name).read_text("utf-8").splitlines(keepends=True)):
        learner = f"{activity['learner_id']} in {zone}"
        by_learner[learner].append({**activity, "learner_id": learner})
    return {
        learner: sorted(rows, key=lambda row: (row["occurred_at"], row["id"])) for learner, rows in by_learner.items()
    }


def met_days(rows: list[Raw], zone: str) -> list[date]:
    return [oracle.local_day(row, zone) for row in rows if oracle.kind_of(row, POLICY)["streak"]]


async def set_zone(client: Client, learners: list[str], zone: str, token_for: Callable[..., str]) -> None:
    for learner in learners:
        answer = await client.patch("/api/me", json={"zone": zone}, headers=bearer(token_for(learner)))
        assert answer.status_code == 200, await answer.get_data(as_text=True)


async def post(client: Client, rows: list[Raw], service: str) -> list[str]:
    """Post the activities in batches of at most 1,000, and return the status of each."""
    statuses: list[str] = []
    for start in range(0, len(rows), 1_000):
        batch = {"activities": rows[start : start + 1_000]}
        answer = await client.post("/api/activities", json=batch, headers=bearer(service))
        assert answer.status_code == 200, await answer.get_data(as_text=True)
        statuses += [result["status"] for result in (await answer.get_json())["results"]]
    return statuses


async def get(client: Client, path: str, service: str, **query: str) -> Raw:
    answer = await client.get(path, query_string=query, headers=bearer(service))
    assert answer.status_code == 200, await answer.get_data(as_text=True)
    body: Raw = await answer.get_json()
    return body


@pytest.mark.parametrize("zone", ZONES)
async def test_streaks_of_real_learners_match_the_oracle_at_every_tenth_instant(
    client: Client, clock: AdjustableClock, token_for: Callable[..., str], zone: str
) -> None:
    learners = sample("history_meta_sample.csv", zone)
    service = token_for("replay", ["service"])
    await set_zone(client, list(learners), zone, token_for)
    everything = [row for rows in learners.values() for row in rows]
    assert set(await post(client, everything[::-1], service)) == {"accepted"}
    assert set(await post(client, everything, service)) == {"duplicate"}
    for learner, rows in learners.items():
        for row in [*rows[::10], rows[-1]]:
            answer = await get(client, "/api/progress/streak", service, learner_id=learner, at=row["occurred_at"])
            earlier = [other for other in rows if other["occurred_at"] <= row["occurred_at"]]
            today = oracle.local_day(row, zone)
            expected = oracle.streak_on(today, met_days(earlier, zone), zone, POLICY)
            assert {name: answer[name] for name in expected} == expected, f"{learner} at {row['occurred_at']}"


async def test_the_zone_decides_real_streaks() -> None:
    """The sample reveals a wrong zone: most of its learners have a different longest streak in another zone."""
    longest = defaultdict(set)
    for zone in ZONES:
        for learner, rows in sample("history_meta_sample.csv", zone).items():
            found = oracle.streak(met_days(rows, zone), zone, POLICY)
            longest[learner.partition(" in ")[0]].add(found["longest"])
    assert sum(len(found) > 1 for found in longest.values()) >= 6


@pytest.mark.parametrize("zone", ZONES)
async def test_sums_and_levels_of_real_learners_match_the_oracle(
    client: Client, clock: AdjustableClock, token_for: Callable[..., str], zone: str
) -> None:
    learners = sample("oulad_sample.csv", zone)
    service = token_for("replay", ["service"])
    await set_zone(client, list(learners), zone, token_for)
    everything = sorted((row for rows in learners.values() for row in rows), key=lambda row: row["id"])
    assert set(await post(client, everything, service)) == {"accepted"}
    for learner, rows in learners.items():
        expected = oracle.expected(rows, zone, POLICY)
        overview = await get(client, "/api/progress", service, learner_id=learner)
        assert overview["exercises_completed"] == expected["learner"]["exercises"]
        assert overview["points"] == expected["learner"]["points"]
        assert overview["grades"]["graded"] == expected["learner"]["graded"]
        assert overview["streak"]["longest_streak"] == expected["streak"]["longest"]
        assert overview["streak"]["last_exercise_date"] == expected["streak"]["last_met_day"]
        levels = await get(client, "/api/progress/skill-levels", service, learner_id=learner)
        found = {skill["topic"]: (skill["level"], skill["exercises"], skill["graded"]) for skill in levels["skills"]}
        assert found == {
            topic: (row["level"], row["exercises"], row["graded"]) for topic, row in expected["topics"].items()
        }


async def run_replay(url: str, *arguments: str) -> str:
    """The output of `scripts/replay`, run as a process against `url`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.replay", "--url", url, *arguments),
        cwd=TESTS.parent,
        env={**os.environ, "MILEPOST_JWT_SECRET": SECRET, "COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def test_a_second_replay_changes_nothing(processes: Processes) -> None:
    api = await asyncio.to_thread(processes.api)
    file = str(TESTS / "fixtures" / "history_meta_sample.csv")
    first = await run_replay(api.url, file, "--top", "3")
    assert "1,374 accepted, 0 duplicate, 0 conflict, 0 rejected" in first
    second = await run_replay(api.url, file, "--top", "3")
    assert "0 accepted, 1,374 duplicate, 0 conflict, 0 rejected" in second
    table = [line for line in first.splitlines() if "se-history-meta" in line]
    assert len(table) == 3
    assert table == [line for line in second.splitlines() if "se-history-meta" in line]
    longest = {
        learner.partition(" in ")[0]: oracle.streak(met_days(rows, "UTC"), "UTC", POLICY)["longest"]
        for learner, rows in sample("history_meta_sample.csv", "UTC").items()
    }
    shown = [int(line.split("│")[3]) for line in table]
    assert shown == sorted(longest.values(), reverse=True)[:3]


def test_the_sample_covers_both_kinds_of_run() -> None:
    """The sample has broken runs, and one that a freeze continued over a gap."""
    found = [
        oracle.streak(met_days(rows, zone), zone, POLICY)
        for zone in ZONES
        for rows in sample("history_meta_sample.csv", zone).values()
    ]
    assert max(streak["longest"] for streak in found) > 7
    assert min(datetime.fromisoformat(streak["last_met_day"]).year for streak in found) == 2013
