"""Every GET reads one snapshot, over connections that cannot write."""

from datetime import timedelta

import asyncpg
import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from support.builders import activity, exercise, new_learner
from support.callers import Caller, service
from support.catalogues import condition, entry, put_in_force
from support.clock import START
from support.query_plans import Statement, is_transaction_command, sent_statements, statements_of_pool

_ELSEWHERE = {"/livez", "/readyz", "/metrics", "/docs", "/docs/<name>", "/openapi.json"}
"""Routes that are not about learners."""
_PAGES = {"/s/<any_text:token>", "/s/<any_text:token>/image.png"}
"""Pages for the public; see `integration/sharing`."""
_DASHBOARD = {"/", "/sign-in", "/sign-in/demo", "/sign-in/session", "/assets/<any_text:name>"}
"""Files, and names of the demo. They read no learner."""
_BY_COPY = {
    *("/api/analytics/export", "/api/analytics/export.csv"),
    *("/api/progress/export", "/api/progress/export.csv", "/api/me/data"),
}
"""Routes with their own connections; see `queries/exports/stream.py`."""
_STREAM = {"/api/notifications/stream"}
"""Reads a snapshot whenever something changes, and asks for revisions beside it; see `queries/live.py`."""
_VERSION = "CROSS JOIN system_state s"
_OF_THE_DRIVER = ("typeinfo_tree", "set_config('jit'")
"""Statements that asyncpg sends on a new connection to learn about a type."""
_GOAL = {"name": "read", "target_type": "minutes", "time_period": "weekly", "target_value": 60}


async def a_learner_with_everything(client: Client) -> dict[str, str]:
    """Create data for every route; returns the values for the parameters of paths."""
    learner, teacher = new_learner(), service(client)
    ada = Caller(client, learner)
    await teacher.record_all(
        *(exercise(START - timedelta(days=days), topic=f"topic {days % 3}", space_id="space") for days in range(30)),
        activity(START, object_type="milestone", verb="reached", object_id="milestone"),
        learner_id=learner,
    )
    (await ada.post("/spaces", {"space_id": "space", "title": "A space"})).ok()
    (await ada.post("/composite-goals", {"goal_id": "goal", "title": "A goal", "space_ids": ["space"]})).ok()
    (await ada.post("/milestones", {"milestone_id": "milestone", "title": "One", "space_id": "space"})).ok()
    task = (await ada.post("/tasks", {"title": "read"})).ok()
    category = (await ada.post("/categories", {"name": "Work"})).ok()
    goal = (await ada.post("/goals", _GOAL)).ok()
    group = (await Caller(client, "root", ["admin"]).post("/admin/groups", {"name": "Class"})).ok()
    return {
        "learner": learner,
        "<any_text:space_id>": "space",
        "<any_text:milestone_id>": "milestone",
        "<uuid:task_id>": str(task["task_id"]),
        "<uuid:category_id>": str(category["category_id"]),
        "<uuid:goal_id>": str(goal["goal_id"]),
        "<any_text:goal_id>": "goal",
        "<any_text:learner_id>": learner,
        "<uuid:group_id>": str(group["group_id"]),
        "<day:day>": START.date().isoformat(),
    }


def snapshots(statements: list[Statement]) -> int:
    """The number of database snapshots that these statements read, not counting the read of the learner's version."""
    seen, inside = 0, False
    for statement in statements:
        if is_transaction_command(statement):
            inside = statement[0].startswith("BEGIN")
            seen += inside
        elif not inside and not any(part in statement[0] for part in (_VERSION, *_OF_THE_DRIVER)):
            seen += 1
    return seen


async def test_every_answer_reads_one_snapshot(
    app: Quart, client: Client, resources: Resources, database_url: str
) -> None:
    await put_in_force(
        database_url, entry("days", condition("active_days", 5)), entry("far", condition("points", 90_000))
    )
    values = await a_learner_with_everything(client)
    root, ada = Caller(client, "root", ["admin"]), Caller(client, values["learner"])
    sent = await statements_of_pool(resources.database.pools.read)
    counts = {}
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.rule in _ELSEWHERE | _PAGES | _DASHBOARD | _BY_COPY | _STREAM:
            continue
        path = rule.rule.removeprefix("/api")
        for parameter, value in (item for item in values.items() if item[0].startswith("<")):
            path = path.replace(parameter, value)
        await sent_statements(sent)
        sent.clear()
        query = {"topic": "topic 1"} if path == "/progress/mastery" else {}
        (await (root if path.startswith("/admin") else ada).get(path, **query)).ok()
        await sent_statements(sent)
        counts[rule.rule] = snapshots(sent)

    assert {rule for rule, count in counts.items() if count > 1} == set()
    assert sum(counts.values()) > len(counts) - 3, "the statements were not recorded"


async def test_what_a_read_is_handed_cannot_write(resources: Resources) -> None:
    insert = "INSERT INTO erased (digest, erased_at) VALUES ('\\x00', now()) RETURNING 1"
    for reading in (resources.database.read, resources.database.snapshot):
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            async with reading() as connection:
                await connection.fetch(insert)
