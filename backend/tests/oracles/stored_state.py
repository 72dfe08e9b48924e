"""Everything the service stores of a learner that must not depend on order, as plain values in the oracle's form.

Columns that by nature depend on the moment or the order of arrival are left out: the service lists them in `EXEMPT`.
"""

from typing import Any
from uuid import UUID

import asyncpg

from milepost.db.log.projections import EXEMPT, STREAK_COLUMNS, SUMMED

_SHAPED = {
    *("learners", "activity_days", "activity_cells", "skill_levels", "metric_counters"),
    *("space_metrics", "space_tasks", "milestone_reaches"),
}
"""Tables the oracle counts by itself; every other projection is compared with its rebuild alone."""


async def canonical(connection: asyncpg.Connection, learner_id: UUID) -> dict[str, Any]:
    """The projections of one learner, in the form of `oracle.expected`."""
    learner = (await _rows(connection, "learners", learner_id))[0]
    days = await _rows(connection, "activity_days", learner_id)
    cells = await _rows(connection, "activity_cells", learner_id)
    topics = await _rows(connection, "skill_levels", learner_id)
    spaces = await _rows(connection, "space_metrics", learner_id)
    space_tasks = await _rows(connection, "space_tasks", learner_id)
    milestones = await _rows(connection, "milestone_reaches", learner_id)
    last_met_day = learner["last_met_day"]
    for day in days:
        day["met"] = day["streak_activities"] > 0
    return {
        "learner": {name: value for name, value in learner.items() if name not in STREAK_COLUMNS},
        "days": {day.pop("local_day").isoformat(): day for day in days},
        "cells": {
            (
                cell.pop("local_day").isoformat(),
                *(cell.pop(name) for name in ("object_type", "verb", "topic", "path", "difficulty")),
            ): cell
            for cell in cells
        },
        "topics": {topic.pop("topic"): topic for topic in topics},
        "counters": {row["counter"]: row["value"] for row in await _rows(connection, "metric_counters", learner_id)},
        "unlocks": {
            row["code"]: row["earned_on"]
            for row in await _rows(connection, "unlocks", learner_id)
            if row["revoked_at"] is None
        },
        "spaces": {
            tuple(space.pop(name) for name in ("space_id", "goal_id", "object_type", "verb")): space for space in spaces
        },
        "space_tasks": {
            tuple(task[name] for name in ("space_id", "object_type", "verb", "object_id")): task["best_milli"]
            for task in space_tasks
        },
        "milestones": {
            milestone["milestone_id"]: (milestone["reached_on"].isoformat(), milestone["activities"])
            for milestone in milestones
        },
        "streak": {
            **{name: learner[name] for name in STREAK_COLUMNS},
            "last_met_day": None if last_met_day is None else last_met_day.isoformat(),
        },
        "others": await _others(connection, learner_id),
    }


async def _others(connection: asyncpg.Connection, learner_id: UUID) -> dict[str, Any]:
    """The rows of every projection that is not shaped, by table and key."""
    return {
        projection.table: {
            tuple(str(row[name]) for name in projection.key[1:]): row
            for row in await _rows(connection, projection.table, learner_id)
        }
        for projection in SUMMED
        if projection.table not in _SHAPED
    }


async def _rows(connection: asyncpg.Connection, table: str, learner_id: UUID) -> list[dict[str, Any]]:
    excluded = EXEMPT.get(table, set()) | {"learner_id"}
    rows = await connection.fetch(f"SELECT * FROM {table} WHERE learner_id = $1", learner_id)
    return [{name: value for name, value in row.items() if name not in excluded} for row in rows]
