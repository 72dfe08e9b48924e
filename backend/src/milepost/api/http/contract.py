"""What a route promises, written beside it once: who may call, what is sent and answered, which problems can come.

The same words guard the route and write its part of the OpenAPI document: neither can say what the other does not.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import ParamSpec

from pydantic import BaseModel
from quart import Response

from milepost.api.edge.guard import admit
from milepost.api.edge.problem_codes import CATALOGUE
from milepost.api.http.fields import Role

P = ParamSpec("P")
Route = Callable[P, Awaitable[Response]]

ATTRIBUTE = "__contract__"

_GUARDED = (
    "token_missing",
    "token_malformed",
    "token_signature",
    "token_expired",
    "token_roles",
    "starting",
    "database_unavailable",
)
_WITH_BODY = (
    "body_timeout",
    "body_too_large",
    "media_type",
    "body_required",
    "malformed_json",
    "too_deep",
    "invalid_body",
)
_ROLES = frozenset({"learner", "service", "admin"})


@dataclass(frozen=True, slots=True)
class Contract:
    """One route's promises. `roles` is empty for a public route. `answers` maps statuses to what the body is."""

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
    examples: Mapping[str, object] = field(default_factory=dict)

    @property
    def public(self) -> bool:
        """No token is needed."""
        return not self.roles


def contract(
    *,
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
    examples: Mapping[str, object] | None = None,
) -> Callable[[Route[P]], Route[P]]:
    """Guard a route and document it. The route's docstring becomes the description.

    `answers` is a model for status 200, or a mapping of statuses to models (None: no body). `request` is what the body
    may be: a model or a union of models; `examples` are named bodies for the document. `problems` are codes of
    `problems.CATALOGUE` beyond those that follow from the rest. `text_media` are further media types in
    which a good answer may come, as text. `hidden` routes are not in the document.

    Raises:
        ValueError: neither roles nor public (or both), or a problem code nobody has declared.
    """
    if bool(roles) == public:
        raise ValueError(f"{summary!r}: a route declares its roles, or that it is public, and never both")
    unknown = [code for code in problems if code not in CATALOGUE]
    if unknown:
        raise ValueError(f"{summary!r}: problem codes nobody has declared: {', '.join(unknown)}")
    promise = Contract(
        summary=summary,
        roles=frozenset(roles),
        answers=answers if isinstance(answers, Mapping) else {200: answers},
        problems=_implied(frozenset(roles), query is not None, request is not None) + problems,
        query=query,
        request=request,
        tag=tag,
        media_type=media_type,
        text_media=text_media,
        hidden=hidden,
        examples=examples or {},
    )
    return lambda route: _kept(route, promise)


def contract_of(route: object) -> Contract | None:
    """What a route promises, or None where nothing was declared."""
    declared = getattr(route, ATTRIBUTE, None)
    return declared if isinstance(declared, Contract) else None


def _implied(roles: frozenset[str], has_query: bool, has_body: bool) -> tuple[str, ...]:
    codes: tuple[str, ...] = ()
    if roles:
        codes += _GUARDED
        if roles != _ROLES:
            codes += ("role_not_allowed",)
    if has_query:
        codes += ("invalid_query",)
    return codes + (_WITH_BODY if has_body else ())


def _kept(route: Route[P], promise: Contract) -> Route[P]:
    """The route behind its guard. This runs on every request: nothing here but the two calls."""
    allowed = promise.roles

    @wraps(route)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
        await admit(allowed)
        return await route(*args, **kwargs)

    @wraps(route)
    async def open_to_all(*args: P.args, **kwargs: P.kwargs) -> Response:
        return await route(*args, **kwargs)

    kept = guarded if allowed else open_to_all
    setattr(kept, ATTRIBUTE, promise)
    return kept
