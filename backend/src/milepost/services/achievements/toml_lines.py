"""The line of each key in a TOML text, which the standard parser does not report.

Reads only texts that the standard parser has accepted, so it never judges: it skips values and follows keys.
"""

import re
import tomllib
from collections.abc import Mapping

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t]|#[^\n]*)*")
_BLANK_LINES = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}' + r"|'''.*?'{3,5}" + r'|"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'", re.DOTALL
)
_PLAIN_VALUE = re.compile(r"[^,\]}#\n]+")


def lines_of_keys(text: str) -> Mapping[Path, int]:
    """The line, counted from 1, of everything that has a name or a place in a list.

    `("achievements", 2, "rule", "at_least")` is the key in the rule of the third achievement. `text` must be valid
    TOML; line ends may be of either kind.
    """
    return _Scanner(text.replace("\r\n", "\n")).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._counted_to = 0
        self._lists: dict[Path, int] = {}
        self._found: dict[Path, int] = {}

    def scan(self) -> Mapping[Path, int]:
        table: Path = ()
        while True:
            self._skip(_BLANK_LINES)
            if self._at == len(self._text):
                return self._found
            if self._text.startswith("[[", self._at):
                table = self._list_header()
            elif self._text[self._at] == "[":
                self._at += 1
                table = self._resolved(self._key())
                self._at += 1
            else:
                self._assignment(table)

    def _list_header(self) -> Path:
        """`[[name]]` opens one more table of the list."""
        self._at += 2
        key = self._key()
        path = (*self._resolved(key[:-1]), key[-1])
        self._lists[path] = self._lists.get(path, -1) + 1
        table = (*path, self._lists[path])
        self._note(path)
        self._note(table)
        self._at += 2
        return table

    def _resolved(self, key: tuple[str, ...]) -> Path:
        """Where a header's name leads: through a list, to its newest table."""
        path: Path = ()
        for name in key:
            path = (*path, name)
            self._note(path)
            if path in self._lists:
                path = (*path, self._lists[path])
        return path

    def _assignment(self, table: Path) -> None:
        path = table
        for name in self._key():
            path = (*path, name)
            self._note(path)
        self._at += 1  # the equals sign
        self._skip(_BLANK)
        self._value(path)

    def _key(self) -> tuple[str, ...]:
        """A dotted key; afterwards the sign behind it is next."""
        names: list[str] = []
        while True:
            self._skip(_BLANK)
            if quoted := _STRING.match(self._text, self._at):
                self._at = quoted.end()
                names += tomllib.loads(f"name = {quoted.group()}").values()
            else:
                start = self._at
                self._skip(_BARE_KEY)
                names.append(self._text[start : self._at])
            self._skip(_BLANK)
            if self._text[self._at] != ".":
                return tuple(names)
            self._at += 1

    def _value(self, path: Path) -> None:
        if self._text[self._at] == "{":
            self._inline_table(path)
        elif self._text[self._at] == "[":
            self._list(path)
        elif string := _STRING.match(self._text, self._at):
            self._at = string.end()
        else:
            self._skip(_PLAIN_VALUE)

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while True:
            self._skip(_BLANK_LINES)
            if self._text[self._at] == "}":
                self._at += 1
                return
            if self._text[self._at] == ",":
                self._at += 1
            else:
                self._assignment(path)

    def _list(self, path: Path) -> None:
        self._at += 1
        index = 0
        while True:
            self._skip(_BLANK_LINES)
            if self._text[self._at] == "]":
                self._at += 1
                return
            if self._text[self._at] == ",":
                self._at += 1
                continue
            self._note((*path, index))
            self._value((*path, index))
            index += 1

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        assert match is not None, f"line {self._line}: the parser accepted what this does not understand"
        self._at = match.end()

    def _note(self, path: Path) -> None:
        """Remember the line of a path; the first place where it is named counts."""
        self._line += self._text.count("\n", self._counted_to, self._at)
        self._counted_to = self._at
        self._found.setdefault(path, self._line)
