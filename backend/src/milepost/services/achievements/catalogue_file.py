"""The catalogue as a file: TOML text to definitions, or every fault of the file with its line.

`rules.achievements.parser` decides what a definition may say. This module does not know what becomes of definitions.
"""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from milepost.errors import Fault, FaultCode, Invalid, pointer
from milepost.rules.achievements.definitions import Definition
from milepost.rules.achievements.metrics import EXISTING_METRICS
from milepost.rules.achievements.parser import DefinitionFault, read_definitions
from milepost.services.achievements.toml_lines import Path, lines_of_keys

_LIST = "achievements"
_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*achievements[ \t]*\]\]", re.MULTILINE)
_SYNTAX_PLACE = re.compile(r"(?P<reason>.*) \((?:at line (?P<line>\d+), column \d+|at end of document)\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FileFault:
    """One fault of a file: its line, counted from 1, which achievement and key it is in, and why it is one."""

    line: int
    place: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (f"line {self.line}", self.place, self.message) if part)


class CatalogueRefused(Invalid):
    """A file with faults; `lines` are all of them in the order of the file. Nothing of the file was taken."""

    def __init__(self, lines: Sequence[FileFault], faults: Sequence[Fault]) -> None:
        self.lines = tuple(lines)
        count = "one fault" if len(lines) == 1 else f"{len(lines)} faults"
        detail = "\n".join([f"the catalogue has {count}; nothing of it was taken", *map(str, lines)])
        super().__init__("invalid_catalogue", detail, tuple(faults))


def read_catalogue(
    content: bytes | str, levels: Sequence[str], metrics: Collection[str] = EXISTING_METRICS
) -> tuple[Definition, ...]:
    """The definitions of a catalogue in the order of the file, drafts and retired ones too.

    `levels` are the names of the skill levels, lowest first; `metrics` those whose features exist.

    Raises:
        CatalogueRefused: every fault of the file. An entry that is not valid TOML hides only its own other faults.
    """
    text = content if isinstance(content, str) else _decoded(content)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    parsed = _parsed(text)
    faults: list[_Located] = []
    unreadable: set[int] = set()
    if isinstance(parsed, _Located):
        readable, faults, unreadable = _without_unreadable_entries(text)
        mended = _parsed(readable)
        if isinstance(mended, _Located) or not faults:
            raise _refused([parsed])
        parsed = mended
    faults += _unknown_keys(parsed)
    entries = parsed.table.get(_LIST)
    if not isinstance(entries, list):
        if not unreadable:  # it may stand in what could not be read
            faults.append(_Located(parsed.line((_LIST,)), (_LIST,), "", f"the file needs [[{_LIST}]]", "missing"))
        raise _refused(faults)
    read = read_definitions(entries, levels, metrics)
    faults += [_located(fault, entries, parsed) for fault in read.faults if fault.entry not in unreadable]
    if faults:
        raise _refused(faults)
    return read.definitions


@dataclass(frozen=True, slots=True)
class _Parsed:
    table: Mapping[str, object]
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int:
        """The line of a path; of what is not there, the line of what it is missing from."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines[path] if path else 1


@dataclass(frozen=True, slots=True)
class _Located:
    line: int
    path: Path
    place: str
    message: str
    code: FaultCode
    values: Mapping[str, object] = field(default_factory=dict)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise _refused([_Located(line, (), "", "this is not UTF-8", "wrong_form")]) from fault


def _parsed(text: str) -> _Parsed | _Located:
    """The text as a table with the lines of its keys, or the one fault at which the parser stopped."""
    try:
        return _Parsed(tomllib.loads(text), lines_of_keys(text))
    except tomllib.TOMLDecodeError as fault:
        last = text.rstrip("\n").count("\n") + 1
        place = _SYNTAX_PLACE.fullmatch(str(fault))
        line = int(place["line"]) if place and place["line"] else last
        reason = place["reason"] if place else str(fault)
        return _Located(min(line, last), (), "", f"this is not TOML: {reason}", "wrong_form")
    except (RecursionError, ValueError):
        sentence = "this cannot be read: lists are too deep or a number has too many digits"
        return _Located(1, (), "", sentence, "too_deep")


def _without_unreadable_entries(text: str) -> tuple[str, list[_Located], set[int]]:
    """The text with every entry emptied that is not valid by itself, their faults, and their places in the list.

    Everything else stays on its line, so that the faults of other entries can be told as well.
    """
    starts = [match.start() for match in _HEADER.finditer(text)]
    readable = ""
    faults: list[_Located] = []
    unreadable: set[int] = set()
    for index, (start, end) in enumerate(zip([0, *starts], [*starts, len(text)], strict=True), start=-1):
        block = text[start:end]
        parsed = _parsed(block)
        if isinstance(parsed, _Located):
            faults.append(replace(parsed, line=parsed.line + readable.count("\n")))
            unreadable.add(index)
            block = (f"[[{_LIST}]]" if index >= 0 else "") + "\n" * block.count("\n")
        readable += block
    return readable, faults, unreadable


def _unknown_keys(parsed: _Parsed) -> list[_Located]:
    return [
        _Located(
            parsed.line((key,)),
            (key,),
            repr(key[:60]),
            f"a catalogue holds [[{_LIST}]] and nothing else",
            "unknown_field",
        )
        for key in parsed.table
        if key != _LIST
    ]


def _located(fault: DefinitionFault, entries: Sequence[object], parsed: _Parsed) -> _Located:
    if fault.entry is None:
        return _Located(parsed.line((_LIST,)), (_LIST,), "", fault.message, fault.code, fault.values)
    path: Path = (_LIST, fault.entry, *fault.path)
    message = fault.message
    if fault.other is not None:
        message += f", on line {parsed.line((_LIST, fault.other, *fault.path))}"
    place = ", ".join(filter(None, (_name_of(entries[fault.entry], fault.entry), _dotted(fault.path))))
    return _Located(parsed.line(path), path, place, message, fault.code, fault.values)


def _name_of(entry: object, index: int) -> str:
    code = entry.get("code") if isinstance(entry, Mapping) else None
    return code if isinstance(code, str) and code.isprintable() and 0 < len(code) <= 64 else f"entry {index + 1}"


def _dotted(path: Path) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step if step.isprintable() else repr(step)}"
    return text.removeprefix(".")


def _refused(found: Sequence[_Located]) -> CatalogueRefused:
    found = sorted(found, key=lambda fault: fault.line)
    return CatalogueRefused(
        [FileFault(fault.line, fault.place, fault.message) for fault in found],
        [
            Fault(
                pointer(fault.path),
                f"line {fault.line}: {fault.message}",
                fault.code,
                {**fault.values, "line": fault.line},
            )
            for fault in found
        ],
    )
