"""Descriptions of fields and parameters by name, from vocabulary.toml: one name means one thing in every schema."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_NAMES, _PARAMETERS = "names", "parameters"


@cache
def vocabulary() -> Mapping[str, Mapping[str, str]]:
    """The sections of the file, and in each the description of a name."""
    content = files(__package__).joinpath("vocabulary.toml").read_text("utf-8")
    return tomllib.loads(content)


def field_entry(schema: str, name: str) -> tuple[str, str] | None:
    """The section and name of the entry that describes a field of a schema: its own, or the common one. None: none."""
    return next(((section, name) for section in (schema, _NAMES) if name in vocabulary().get(section, {})), None)


def parameter_entry(name: str) -> tuple[str, str] | None:
    """The section and name of the entry that describes a parameter of a path. None: none."""
    return (_PARAMETERS, name) if name in vocabulary().get(_PARAMETERS, {}) else None


def description(entry: tuple[str, str] | None) -> str:
    """The description in an entry; empty without one."""
    return "" if entry is None else vocabulary()[entry[0]][entry[1]]
