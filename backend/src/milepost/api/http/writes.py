"""What a contract promises about writes: `Idempotency-Key`, `If-Match`, and PATCH from the state it changes.

All three must be decided in the transaction of the write itself, so the route runs inside a unit (`Database.unit`). A
request that uses none of them runs as if this module did not exist.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

import orjson
from pydantic import BaseModel

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.quiet import hides_gains
from milepost.api.edge.request_context import current, header, resources
from milepost.api.http.fields import NamedLearner
from milepost.api.http.idempotency import answer_to_keep, idempotency_key, repeated_answer, request_hash
from milepost.api.http.items import Item, load_locked, load_or_none, require_met, sent_conditions
from milepost.api.http.parsing import read_bytes, read_query
from milepost.api.http.responses import Reply, RouteResult
from milepost.db.connection import Reading
from milepost.queries.learners.profile import profile
from milepost.services.idempotency import KeptAnswer, KeyedRequest, claim_key, keep_answer


@dataclass(frozen=True, slots=True)
class WriteRules:
    """The promises of one route. `keyed`: it takes an Idempotency-Key. `item`: what it writes has a validator.

    `patches`: the body changes the current state of `item`.
    """

    operation: str
    query: type[BaseModel] | None
    request: object
    keyed: bool
    item: Item | None
    patches: bool


async def run_write(
    rules: WriteRules, arguments: Mapping[str, object], route: Callable[[], Awaitable[RouteResult]]
) -> RouteResult:
    """The response of the route, executed once for each key and only if the conditions of the request are met.

    Raises:
        Conflict: `idempotency_key_reused`, `precondition_failed`.
        NotFound, Invalid: see `learner_named`, `idempotency_key` and `Item.load`.
    """
    key = idempotency_key(header(b"idempotency-key")) if rules.keyed else None
    creates = rules.item is not None and rules.item.is_created_by_put and current().method == "PUT"
    conditions = None if rules.item is None else sent_conditions(creates=creates)
    if key is None and conditions is None and not rules.patches:
        return await route()
    learner_id, app = _learner(rules), resources()
    keyed = None if key is None else await _keyed_request(rules, learner_id, key)
    async with app.database.unit() as connection:
        if keyed is not None:
            kept = await claim_key(connection, keyed, app.clock.now(), app.settings.idempotency_keys_kept_days)
            if kept is not None:
                return repeated_answer(await _shown_now(connection, learner_id, kept))
        if rules.item is not None and (conditions is not None or rules.patches):
            item_id = str(next(iter(arguments.values())))
            load = load_or_none if creates else load_locked
            shape = await load(connection, rules.item, learner_id, item_id)
            require_met(conditions, shape)
            current().item = shape
        first = await route()
        if keyed is not None:
            if not isinstance(first, Reply):
                raise TypeError("a keyed route must give an answer that can be kept")
            await keep_answer(connection, keyed, answer_to_keep(first), app.settings.idempotency_keys_per_learner)
    return first


def _learner(rules: WriteRules) -> UUID:
    """The learner the request is about; the caller itself where a route names none in the query string."""
    caller = current_caller()
    if rules.query is None or not issubclass(rules.query, NamedLearner):
        return caller.learner_id
    return learner_named(caller, read_query(rules.query).learner_id)


async def _keyed_request(rules: WriteRules, learner_id: UUID, key: str) -> KeyedRequest | None:
    """None if the body cannot be read: what the route refuses leaves no key behind."""
    hashed = request_hash(rules.request, b"" if rules.request is None else await read_bytes())
    return None if hashed is None else KeyedRequest(learner_id, current_caller().sender, rules.operation, key, hashed)


async def _shown_now(connection: Reading, learner_id: UUID, kept: KeptAnswer) -> KeptAnswer:
    """The first answer as the caller may see it now: the learner may have chosen quiet mode since."""
    form = current().quiet_form
    if form is None or not hides_gains(current_caller(), is_quiet=(await profile(connection, learner_id)).quiet):
        return kept
    return replace(kept, body=orjson.dumps(form.of(orjson.loads(kept.body))).decode())
