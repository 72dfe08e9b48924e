"""Says what is wrong with a value: in a sentence for people, and as a code with values for programs.

The only place that knows pydantic's kinds of errors. `errors.FaultCode` is the list of codes.
"""

import re
from collections.abc import Callable, Mapping
from typing import get_args

from pydantic_core import ErrorDetails, PydanticCustomError

from milepost.errors import Fault, FaultCode

_Values = Mapping[str, object]

_SENTENCES = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
    # `fields.text` is the only pattern without a sentence of its own.
    "string_pattern_mismatch": "must not contain the character U+0000",
    "finite_number": "must be a finite number",
}
_QUOTED = re.compile(r"'([^']*)'")
_OURS = "fault."
_CODES: Mapping[str, FaultCode] = {_OURS + code: code for code in get_args(FaultCode)}


def kind_of(code: FaultCode) -> str:
    """The kind under which our own validators tell pydantic of a fault with this code."""
    return _OURS + code


def field_error(code: FaultCode, sentence: str, **values: object) -> PydanticCustomError:
    """What a validator raises. `sentence` may name values: `must be at most {max} characters`."""
    return PydanticCustomError(kind_of(code), sentence, values)


def _named(**names: str) -> Callable[[_Values], _Values]:
    """Values under our names: `_named(max="le")` takes `max` from pydantic's `le`."""
    return lambda context: {ours: context[theirs] for ours, theirs in names.items() if theirs in context}


def _alternatives(context: _Values) -> _Values:
    """The allowed texts. Pydantic gives them as a sentence: `'a', 'b' or 'c'`."""
    return {"allowed": _QUOTED.findall(str(context.get("expected", "")))}


_OF_PYDANTIC: Mapping[str, tuple[FaultCode, Callable[[_Values], _Values]]] = {
    "missing": ("missing", _named()),
    "extra_forbidden": ("unknown_field", _named()),
    "literal_error": ("not_allowed", _alternatives),
    "string_too_long": ("too_long", _named(max="max_length")),
    "string_too_short": ("too_short", _named(min="min_length")),
    "string_pattern_mismatch": ("forbidden_character", _named()),
    "string_unicode": ("forbidden_character", _named()),
    "too_long": ("too_many", _named(max="max_length")),
    "too_short": ("too_few", _named(min="min_length")),
    "greater_than": ("too_small", _named(above="gt")),
    "greater_than_equal": ("too_small", _named(min="ge")),
    "less_than": ("too_large", _named(below="lt")),
    "less_than_equal": ("too_large", _named(max="le")),
    "finite_number": ("not_finite", _named()),
    "int_parsing_size": ("too_large", _named()),
}
_UNKNOWN: tuple[FaultCode, Callable[[_Values], _Values]] = ("invalid", _named())
_TYPES = {
    "string_type": "string",
    "int_type": "integer",
    "int_from_float": "integer",
    "float_type": "number",
    "bool_type": "boolean",
    "list_type": "array",
    "dict_type": "object",
    "model_type": "object",
    "model_attributes_type": "object",
}
"""The JSON type that was expected, by pydantic's kind of error."""


def fault(detail: ErrorDetails, pointer: str) -> Fault:
    """The fault at `pointer`. Errors of our own validators carry our codes already."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _CODES:
        return Fault(pointer, detail["msg"], _CODES[kind], context)
    if kind in _TYPES:
        return Fault(pointer, detail["msg"], "wrong_type", {"expected": _TYPES[kind]})
    code, values = _OF_PYDANTIC.get(kind, _UNKNOWN)
    return Fault(pointer, _SENTENCES.get(kind) or detail["msg"], code, values(context))
