"""The quiet form of an answer: derived from the marks of its schema, at any depth, and by the names of the wire."""

from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from milepost.api.edge.caller import Caller
from milepost.api.edge.quiet import LOUD, QuietForm, hides_gains, loud_members, quiet_form
from milepost.rules.learners import learner_uuid


class Part(BaseModel):
    """A part of an answer."""

    kept: int
    gain: Annotated[int, LOUD]


class Whole(BaseModel):
    """An answer with parts."""

    part: Part
    parts: list[Part]
    perhaps: Part | None = None
    long_name: Annotated[Part, LOUD, Field(serialization_alias="short")]
    plain: list[int]


class Instead(BaseModel):
    """What a route answers instead."""

    quiet: bool
    items: list[int]
    note: str | None = None


def test_loud_members_are_found_at_any_depth() -> None:
    part: dict[str, object] = {"gain": {}}
    assert loud_members(Whole) == {"part": part, "parts": part, "perhaps": part, "short": {}}
    assert loud_members(list[Whole] | None) == loud_members(Whole)
    assert loud_members(int) == {}


def test_they_are_left_out_wherever_they_are() -> None:
    part = {"kept": 1, "gain": 2}
    shape = {"part": part, "parts": [part, part], "perhaps": None, "short": part, "plain": [1], "gain": 3}
    quiet = {"kept": 1}
    expected = {"part": quiet, "parts": [quiet, quiet], "perhaps": None, "plain": [1], "gain": 3}
    assert QuietForm(loud_members(Whole)).of(shape) == expected
    assert shape["part"] == {"kept": 1, "gain": 2}, "the answer to others is not changed"


def test_an_answer_without_loud_members_has_no_other_form() -> None:
    assert quiet_form((Instead, None)) is None
    assert quiet_form((None, Part)) == QuietForm({"gain": {}})


def test_an_answer_may_be_replaced_but_for_what_its_replacement_leaves_unset() -> None:
    form = quiet_form((Whole,), Instead(quiet=True, items=[]))
    assert form is not None
    assert not form.is_constant
    assert form.of({"part": 1, "items": [1, 2], "note": "unknown"}) == {"quiet": True, "items": [], "note": "unknown"}
    assert form.of({"part": 1}) == {"quiet": True, "items": []}
    constant = quiet_form((Whole,), Instead(quiet=True, items=[], note=None))
    assert constant is not None
    assert constant.is_constant


@pytest.mark.parametrize(
    ("role", "is_quiet", "hides"),
    [
        ("learner", True, True),
        ("service", True, True),
        ("admin", True, False),
        ("learner", False, False),
        ("admin", False, False),
    ],
)
def test_administrators_see_everything(role: str, is_quiet: bool, hides: bool) -> None:
    learner_id = learner_uuid("milepost", "somebody")
    caller = Caller("somebody", learner_id, frozenset({role}), role, "somebody", None, None, expires_at=0.0)
    assert hides_gains(caller, is_quiet=is_quiet) is hides
