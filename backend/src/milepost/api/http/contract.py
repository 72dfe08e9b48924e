"""The contract of a route, declared beside it: who may call it, its request, its responses and its problems.

The same declaration guards the route and documents it in OpenAPI, so the two cannot disagree.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from typing import ParamSpec

from pydantic import BaseModel

from milepost.api.edge.deadline import in_time
from milepost.api.edge.guard import admit, current_caller
from milepost.api.edge.problem_codes import CATALOGUE
from milepost.api.edge.quiet import QuietForm, quiet_form
from milepost.api.edge.rate_limits import charge, charge_ordinary, give_back
from milepost.api.edge.request_context import current
from milepost.api.http.fields import NamedLearner, Role
from milepost.api.http.items import Item
from milepost.api.http.learner_routes import refuse_departed, refuse_unknown_to_admins
from milepost.api.http.responses import RouteResult
from milepost.api.http.writes import WriteRules, run_write
from milepost.errors import NotFound, Unavailable
from milepost.redis.rate_limits import Policy

P = ParamSpec("P")
Route = Callable[P, Awaitable[RouteResult]]

ATTRIBUTE = "__contract__"

_GUARDED = (
    "token_missing",
    "token_malformed",
    "token_signature",
    "token_expired",
    "token_roles",
    "rate_limited",
    "starting",
    "database_unavailable",
)
_LEARNER = ("learner_erased", "learner_merged")
"""Of routes about one learner."""
_WITH_BODY = (
    "body_timeout",
    "body_too_large",
    "media_type",
    "body_required",
    "malformed_json",
    "too_deep",
    "too_many_values",
    "invalid_body",
)
_KEYED = ("invalid_idempotency_key", "idempotency_key_reused")
_READS = frozenset({"GET", "HEAD"})
_ROLES = frozenset({"learner", "service", "admin"})


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract of one route. `roles` is empty for a public route.

    `operation` is the unique id in the document, a verb and a noun: generators name functions by it. `answers` maps
    statuses to models (None: no body). `request` is the type of the body: a model or a union of models.

    `text_media` are other media types of a success, as text. The document omits `hidden` routes. `keyed` routes take an
    `Idempotency-Key`. `item` is what the address names: the route takes `If-Match`. `patches`: the body changes fields
    of the item (`merge_patch.read_patch`); `request` is then the body of its PUT. `charges`: each request but HEAD uses
    one unit of this quota, before its body is read; without it, and unless it is public, one of `reads` or `changes`.
    `large_body`: the route takes bodies of many resources (`body_limit_bytes`). `when_quiet`: the answer about a
    learner in quiet mode, where it is another one (`quiet_form`).
    """

    operation: str
    summary: str
    roles: frozenset[str]
    answers: Mapping[int, object]
    problems: tuple[str, ...]
    query: type[BaseModel] | None = None
    request: object = None
    tag: str | None = None
    media_type: str = "application/json"
    text_media: tuple[str, ...] = ()
    hidden: bool = False
    keyed: bool = False
    item: Item | None = None
    patches: bool = False
    charges: Policy | None = None
    large_body: bool = False
    when_quiet: BaseModel | None = None

    @property
    def public(self) -> bool:
        """Whether the route needs no token."""
        return not self.roles

    @property
    def quiet_form(self) -> QuietForm | None:
        """The form of its answers about a learner in quiet mode; None if it has no other.

        It is `when_quiet`, with the members that this leaves unset taken from the answer; otherwise the answer without
        the members that its schema marks as loud (`edge/quiet.py`).
        """
        return quiet_form(tuple(self.answers.values()), self.when_quiet)


def contract(
    *,
    operation: str = "",
    summary: str,
    answers: object,
    roles: tuple[Role, ...] = (),
    public: bool = False,
    query: type[BaseModel] | None = None,
    request: object = None,
    problems: tuple[str, ...] = (),
    tag: str | None = None,
    media_type: str = "application/json",
    text_media: tuple[str, ...] = (),
    hidden: bool = False,
    keyed: bool = False,
    item: Item | None = None,
    patches: bool = False,
    charges: Policy | None = None,
    large_body: bool = False,
    when_quiet: BaseModel | None = None,
) -> Callable[[Route[P]], Route[P]]:
    """Guard a route and document it by its docstring. `Contract` describes the arguments.

    `answers` is a model for status 200, or a mapping of statuses to models. `problems` are codes of
    `problem_codes.CATALOGUE` beyond those the other arguments imply.

    Raises:
        ValueError: see `_check`.
    """
    promise = Contract(
        operation=operation,
        summary=summary,
        roles=frozenset(roles),
        answers=answers if isinstance(answers, Mapping) else {200: answers},
        problems=problems,
        query=query,
        request=request,
        tag=tag,
        media_type=media_type,
        text_media=text_media,
        hidden=hidden,
        keyed=keyed,
        item=item,
        patches=patches,
        charges=charges,
        large_body=large_body,
        when_quiet=when_quiet,
    )
    _check(promise, public=public)
    return lambda route: _guarded_route(route, replace(promise, problems=_implied(promise) + problems))


def contract_of(route: object) -> Contract | None:
    """The contract of a route, or None if it declares none."""
    declared = getattr(route, ATTRIBUTE, None)
    return declared if isinstance(declared, Contract) else None


def _check(promise: Contract, *, public: bool) -> None:
    """Refuse a contract that contradicts itself.

    Raises:
        ValueError: it has neither roles nor `public`, or both; the same for `operation` and `hidden`; `patches` without
            an item; or a problem code that is not declared.
    """
    if bool(promise.operation) == promise.hidden:
        raise ValueError(f"{promise.summary!r}: a route must declare either its operation or that it is hidden")
    if bool(promise.roles) == public:
        raise ValueError(f"{promise.summary!r}: a route must declare either its roles or that it is public")
    if promise.patches and promise.item is None:
        raise ValueError(f"{promise.summary!r}: a route that patches must declare its item")
    undeclared = [code for code in promise.problems if code not in CATALOGUE]
    if undeclared:
        raise ValueError(f"{promise.summary!r}: undeclared problem codes: {', '.join(undeclared)}")


def _implied(promise: Contract) -> tuple[str, ...]:
    codes: tuple[str, ...] = ()
    if promise.roles:
        codes += _GUARDED
        if promise.roles != _ROLES:
            codes += ("role_not_allowed",)
    elif promise.charges is not None:
        codes += ("rate_limited",)
    if "learner_not_found" in promise.problems or promise.roles == {"learner"}:
        codes += _LEARNER
    if promise.query is not None:
        codes += ("invalid_query",)
    if promise.request is not None:
        codes += _WITH_BODY
    if promise.keyed:
        codes += _KEYED
    return codes if promise.item is None else (*codes, "precondition_failed")


def _guarded_route(route: Route[P], promise: Contract) -> Route[P]:
    """The route behind its guard. The wrapper runs on every request, so it makes only the calls it needs."""
    allowed, quiet, large_body = promise.roles, promise.quiet_form, promise.large_body
    inner = _charged(_about_known(_as_write(route, promise), promise), promise)

    @wraps(route)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> RouteResult:
        return await in_time(admitted(*args, **kwargs))

    async def admitted(*args: P.args, **kwargs: P.kwargs) -> RouteResult:
        await admit(allowed)
        if quiet is not None:
            current().quiet_form = quiet
        if large_body:
            current().takes_large_body = True
        try:
            return await inner(*args, **kwargs)
        except NotFound:
            await refuse_departed()
            raise

    @wraps(route)
    async def open_to_all(*args: P.args, **kwargs: P.kwargs) -> RouteResult:
        return await in_time(inner(*args, **kwargs))

    wrapped = guarded if allowed else open_to_all
    setattr(wrapped, ATTRIBUTE, promise)
    return wrapped


def _as_write(route: Route[P], promise: Contract) -> Route[P]:
    """The route with what its contract promises about writes."""
    if not promise.keyed and promise.item is None:
        return route
    rules = WriteRules(promise.operation, promise.query, promise.request, promise.keyed, promise.item, promise.patches)

    async def write(*args: P.args, **kwargs: P.kwargs) -> RouteResult:
        return await run_write(rules, kwargs, lambda: route(*args, **kwargs))

    return write


def _about_known(route: Route[P], promise: Contract) -> Route[P]:
    """The route, which administrators may only ask about learners who exist: they may have misspelled the id."""
    query = promise.query
    if "admin" not in promise.roles or query is None or not issubclass(query, NamedLearner):
        return route
    named = query

    async def about_known(*args: P.args, **kwargs: P.kwargs) -> RouteResult:
        await refuse_unknown_to_admins(named)
        return await route(*args, **kwargs)

    return about_known


def _charged(route: Route[P], promise: Contract) -> Route[P]:
    """The route after its charge. A route with a body never answers HEAD, so its requests need not be looked at."""
    policy = promise.charges
    if policy is None:
        return route if promise.public else _charged_as_others(route)

    async def charged(*args: P.args, **kwargs: P.kwargs) -> RouteResult:
        await charge(policy)
        try:
            return await route(*args, **kwargs)
        except Unavailable:
            await give_back()
            raise

    async def charged_unless_head(*args: P.args, **kwargs: P.kwargs) -> RouteResult:
        return await (route if current().method == "HEAD" else charged)(*args, **kwargs)

    return charged_unless_head if promise.request is None else charged


def _charged_as_others(route: Route[P]) -> Route[P]:
    """The route after the charge of reads or of changes, in its turn. HEAD does the work of a GET."""

    async def charged(*args: P.args, **kwargs: P.kwargs) -> RouteResult:
        policy: Policy = "reads" if current().method in _READS else "changes"
        await charge_ordinary(policy)
        try:
            caller = current_caller()
            if caller.role != "learner":
                return await route(*args, **kwargs)
            async with current().state.at_once[policy].turn(caller.subject):
                return await route(*args, **kwargs)
        except Unavailable:
            await charge_ordinary(policy, -1)
            raise

    return charged
