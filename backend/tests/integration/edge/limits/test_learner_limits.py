"""The limits of what reads walk through and nobody sees: archived goals, versions, past zones, deleted spaces."""

from uuid import UUID

import asyncpg
import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import new_learner
from support.callers import Caller
from support.clock import AdjustableClock

GOAL = {"name": "read", "target_type": "minutes", "time_period": "daily", "target_value": 10}


async def test_S11_two_thousand_goals_with_archived_ones(
    client: Client, clock: AdjustableClock, connection: asyncpg.Connection
) -> None:
    ada = Caller(client, new_learner())
    first = (await ada.post("/goals", GOAL)).ok()["goal_id"]
    (await ada.ask("DELETE", f"/goals/{first}")).ok()
    await connection.execute(
        "INSERT INTO goals (learner_id, goal_id, name, target_type, time_period, target_value, created_on, created_at, "
        "updated_at, archived_at, open_from) SELECT learner_id, gen_random_uuid(), name, target_type, time_period, "
        "target_value, created_on, created_at, updated_at, archived_at, open_from FROM goals, "
        "generate_series(1, 1998) WHERE learner_id = $1",
        UUID(ada.learner_id),
    )
    (await ada.post("/goals", GOAL)).ok()
    refused = await ada.post("/goals", GOAL)
    assert refused.problem(409, "too_many_goals")["max"] == 2_000
    assert (await ada.ask("PUT", f"/goals/{first}", json=GOAL)).ok()["archived"] is False


async def test_S11_a_goal_changes_on_four_hundred_days(
    client: Client, clock: AdjustableClock, connection: asyncpg.Connection
) -> None:
    ada = Caller(client, new_learner())
    path = f"/goals/{(await ada.post('/goals', GOAL)).ok()['goal_id']}"
    await connection.execute(
        "INSERT INTO goal_versions (learner_id, goal_id, from_day, target) SELECT learner_id, goal_id, "
        "from_day - number, 1000 + number FROM goal_versions, generate_series(1, 398) number WHERE learner_id = $1",
        UUID(ada.learner_id),
    )
    clock.advance(days=1)
    (await ada.ask("PUT", path, json={**GOAL, "target_value": 11})).ok()
    (await ada.ask("PUT", path, json={**GOAL, "target_value": 12})).ok()
    clock.advance(days=1)
    refused = await ada.ask("PUT", path, json={**GOAL, "target_value": 13})
    assert refused.problem(409, "too_many_goal_changes")["max"] == 400
    assert (await ada.ask("PUT", path, json={**GOAL, "name": "write", "target_value": 12})).ok()["name"] == "write"
    assert (await ada.ask("DELETE", path)).ok()["archived"] is True
    clock.advance(days=1)
    (await ada.ask("PUT", path, json={**GOAL, "target_value": 12})).problem(409, "too_many_goal_changes")


async def test_S11_a_thousand_zones_one_after_the_other(
    client: Client, clock: AdjustableClock, connection: asyncpg.Connection
) -> None:
    ada = Caller(client, new_learner())
    (await ada.ask("PATCH", "/me", json={"zone": "Europe/Berlin"})).ok()
    await connection.execute(
        "INSERT INTO learner_zones (learner_id, valid_from, zone, source, created_at) SELECT learner_id, "
        "created_at - number * interval '2 days', zone, source, created_at - number * interval '2 days' "
        "FROM learner_zones, generate_series(1, 998) number WHERE learner_id = $1",
        UUID(ada.learner_id),
    )
    clock.advance(days=2)
    (await ada.ask("PATCH", "/me", json={"zone": "Europe/Paris"})).ok()
    clock.advance(days=2)
    refused = await ada.ask("PATCH", "/me", json={"zone": "Europe/Rome"})
    assert refused.problem(409, "too_many_zone_changes")["max"] == 1_000
    assert (await ada.ask("PATCH", "/me", json={"zone": "Europe/Paris"})).ok()["timezone"] == "Europe/Paris"


@pytest.mark.parametrize(
    ("path", "key", "table", "code"),
    [
        ("/spaces", "space_id", "spaces", "too_many_spaces"),
        ("/composite-goals", "goal_id", "composite_goals", "too_many_composite_goals"),
    ],
)
async def test_S11_two_thousand_spaces_with_deleted_ones(
    client: Client, clock: AdjustableClock, connection: asyncpg.Connection, path: str, key: str, table: str, code: str
) -> None:
    ada = Caller(client, new_learner())
    (await ada.post(path, {key: "first", "title": "x"})).ok()
    (await ada.ask("DELETE", f"{path}/first")).ok()
    await connection.execute(
        f"INSERT INTO {table} (learner_id, {key}, title, created_at, deleted_at) SELECT learner_id, 'n-' || number, "
        f"title, created_at, deleted_at FROM {table}, generate_series(1, 1998) number WHERE learner_id = $1",
        UUID(ada.learner_id),
    )
    (await ada.post(path, {key: "last", "title": "x"})).ok()
    assert (await ada.post(path, {key: "one-more", "title": "x"})).problem(409, code)["max"] == 2_000
    (await ada.ask("PUT", f"{path}/last", json={"title": "changed"})).ok()
    (await ada.post(path, {key: "first", "title": "again"})).ok()
