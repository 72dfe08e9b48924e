"""Every route about a learner, called about one who was erased."""

from quart.typing import TestClientProtocol as Client

from integration.edge.requests_of_routes import (
    ASKED,
    ERASE_ME,
    OPERATING,
    TAKE_BACK,
    VALID,
    Key,
    address,
    naming,
)
from milepost.api.http.contract import Contract
from support.builders import activity, new_learner
from support.callers import Caller, service
from support.clock import START, AdjustableClock


async def test_R28_every_route_about_an_erased_learner_says_so(
    client: Client, clock: AdjustableClock, routes: dict[Key, Contract]
) -> None:
    ada, teacher, root = Caller(client, new_learner()), service(client), Caller(client, "root", ["admin"])
    await ada.record_all(activity(START))
    assert (await ada.ask("DELETE", "/me", json={"confirm": ada.subject})).ok() == {"status": "erased"}
    asked = 0
    others = []
    for key in VALID:
        for caller in (ada, teacher, root):
            if not set(routes[key].roles) & caller.roles or (caller is root and key == TAKE_BACK):
                continue
            body = {"confirm": ada.subject} if key == ERASE_ME else naming(VALID[key], "a name")
            query = ASKED.get(key, {}) | ({} if caller is ada else {"learner_id": ada.subject})
            answer = await caller.ask(key[0], address(key[1]).removeprefix("/api"), json=body, query=query)
            if (answer.status, answer.body.get("code")) != (410, "learner_erased"):
                others.append((key, caller.roles, answer.body))
            asked += 1
    for key in OPERATING:
        if "<any_text:learner_id>" in key[1]:
            path = address(key[1].replace("<any_text:learner_id>", ada.subject)).removeprefix("/api")
            answer = await root.ask(key[0], path, json=OPERATING[key])
            if (answer.status, answer.body.get("code")) != (410, "learner_erased"):
                others.append((key, root.roles, answer.body))
            asked += 1
    assert others == []
    assert asked > 2 * len(VALID)
