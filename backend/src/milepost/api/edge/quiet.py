"""Quiet mode: what answers leave out for a learner who does not want to see streaks, unlocks and level changes.

Schemas mark these members with `LOUD`. The contract of a route derives its quiet form from them, so no route decides by
itself what to leave out. Administrators see everything: they answer questions about it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import get_args

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from milepost.api.edge.caller import Caller

LoudMembers = dict[str, "LoudMembers"]
"""Loud members by name; empty for a member that is left out, otherwise the loud members inside it."""


LOUD_KEYWORD = "x-loud"


class Loud:
    """The type of `LOUD`."""

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema of the member with a mark, from which the document says that it may be absent."""
        return {**handler(core_schema), LOUD_KEYWORD: True}


LOUD = Loud()
"""Marks a member of an answer that speaks of streaks, unlocks or level changes: `Annotated[int, LOUD]`."""


@dataclass(frozen=True, slots=True)
class QuietForm:
    """The form of an answer about a learner in quiet mode: without `members`, or `instead` of the whole answer.

    `carried`: the members that the answer has in both forms.
    """

    members: LoudMembers = field(default_factory=dict)
    instead: Mapping[str, object] | None = None
    carried: frozenset[str] = frozenset()

    @property
    def is_constant(self) -> bool:
        """Whether the form says nothing of the answer it replaces."""
        return self.instead is not None and not self.carried

    def of(self, shape: object) -> object:
        """The quiet form of an answer."""
        if self.instead is None:
            return _without(shape, self.members)
        members = shape if isinstance(shape, dict) else {}
        return {**self.instead, **{name: members[name] for name in self.carried if name in members}}


def hides_gains(caller: Caller, *, is_quiet: bool) -> bool:
    """Whether the caller gets the quiet form of an answer about a learner. `is_quiet`: the learner is in quiet mode."""
    return is_quiet and caller.role != "admin"


def quiet_form(answers: tuple[object, ...], when_quiet: BaseModel | None = None) -> QuietForm | None:
    """The quiet form of the answers of a route; None if it is no other. `when_quiet`: what it answers instead.

    Members that `when_quiet` leaves unset are taken from the answer.
    """
    if when_quiet is not None:
        unset = type(when_quiet).model_fields.keys() - when_quiet.model_fields_set
        instead = when_quiet.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return QuietForm(instead=instead, carried=frozenset(unset))
    members = {name: inner for answer in answers for name, inner in loud_members(answer).items()}
    return QuietForm(members) if members else None


def loud_members(kind: object) -> LoudMembers:
    """The loud members of a model, or of the models in a type such as `list[Model] | None`, as they are on the wire."""
    return dict(_loud_members(kind))


def _loud_members(kind: object) -> Iterator[tuple[str, LoudMembers]]:
    if not isinstance(kind, type) or not issubclass(kind, BaseModel):
        for argument in get_args(kind):
            yield from _loud_members(argument)
        return
    for name, member in kind.model_fields.items():
        inner = loud_members(member.annotation)
        if LOUD in member.metadata:
            yield member.serialization_alias or member.alias or name, {}
        elif inner:
            yield member.serialization_alias or member.alias or name, inner


def _without(shape: object, members: LoudMembers) -> object:
    if isinstance(shape, list):
        return [_without(item, members) for item in shape]
    if not isinstance(shape, dict):
        return shape
    quiet = {}
    for name, value in shape.items():
        inner = members.get(name)
        if inner is None:
            quiet[name] = value
        elif inner:
            quiet[name] = _without(value, inner)
    return quiet
