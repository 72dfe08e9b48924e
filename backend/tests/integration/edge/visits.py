"""Visits to routes with valid requests, after what they name was made."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from integration.edge.requests_of_routes import (
    ASKED,
    ERASE,
    ERASE_ME,
    KNOWN_LEARNER,
    MADE,
    MERGE,
    NOBODYS,
    NUMBERS,
    OF_THE_SERVICE,
    OPERATING,
    REPAIR,
    TAKE_BACK,
    TAKE_PAUSE_BACK,
    VALID,
    Key,
    address,
    naming,
)
from support.builders import activity, new_learner
from support.callers import Caller
from support.clock import START

Changing = Callable[[object], object]


def as_it_is(body: object) -> object:
    """The body without a change."""
    return body


async def visit(caller: Caller, key: Key, change: Changing = as_it_is, /, **query: object) -> Any:
    """Send a valid request to a route. For routes that void something, the caller records it first if it may.

    `change` makes another body of the valid one.
    """
    method, path = key
    if key == TAKE_BACK:
        activity_id = path.rpartition("/")[2]
        await caller.post("/activities", activity(START, id=activity_id), **query)
    if key == TAKE_PAUSE_BACK:
        taken = await caller.post("/me/pauses", {"first_day": "2026-04-01", "last_day": "2026-04-01"})
        if taken.status == 200:
            path = path.replace("<uuid:pause_id>", taken.body["pause"]["id"])
    if key == REPAIR:
        await caller.record(activity(START - timedelta(days=3)), activity(START - timedelta(days=1)))
    if key == ERASE_ME:
        caller = caller.other(new_learner(), sorted(caller.roles))
    if key in (ERASE, MERGE):
        learner = caller.other(new_learner(), ["learner"])
        await learner.record(activity(START))
        path = path.replace("<any_text:learner_id>", learner.subject)
    body = (
        {"confirm": caller.subject}
        if key == ERASE_ME
        else await filled(caller, (VALID | OPERATING | OF_THE_SERVICE)[key], query)
    )
    for place in MADE:
        if place in path:
            path = path.replace(place, await made(caller, place, query))
    if path.endswith("/members/<any_text:learner_id>"):
        await caller.post(path.removeprefix("/api").rpartition("/")[0], {"learner_ids": [KNOWN_LEARNER]})
    return await caller.ask(
        method, address(path).removeprefix("/api"), json=change(body), query=ASKED.get(key, {}) | query
    )


async def made(caller: Caller, place: str, query: dict[str, object]) -> str:
    """Create what this address names and return its id. A service or the learner creates it if the caller may not."""
    path, body, member = MADE[place]
    learner = caller.other(str(query.get("learner_id", "nobody")), ["learner"])
    for maker in (caller, caller.other("maker", ["service"]), learner):
        answer = await maker.post(path, await filled(caller, body, query), **query)
        if answer.status == 200:
            return str(answer.body[member])
        if answer.status != 403:
            break
    return NOBODYS


async def filled(caller: Caller, body: object, query: dict[str, object]) -> object:
    """The body with new names, and with the ids of what was just created."""
    body = naming(body, f"name-{next(NUMBERS)}")
    if not isinstance(body, dict):
        return body
    return {key: await made(caller, value, query) if value in [*MADE] else value for key, value in body.items()}
