"""The language achievements are written in: what a definition may say, and in which words it is refused.

Reads values that somebody already parsed from TOML or JSON. Never stops at the first fault. Does not know files or
lines: a fault names the entry and the keys that lead to it.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from milepost.rules.achievements.definitions import (
    EXISTING_METRICS,
    FILTERED_METRICS,
    METRICS,
    Condition,
    Definition,
    Rule,
    State,
    Tier,
    Where,
)
from milepost.rules.activities import normal_topic

MAX_DEFINITIONS = 1_000
MAX_FILTERED = 20
"""Definitions with `where`, retired ones apart: each costs every activity it matches a write."""
MAX_CONDITIONS = 10
MAX_POINTS = 10_000
HIGHEST_THRESHOLD = 2**53
"""Beyond this a number is not the same everywhere it is read."""

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,63}", re.ASCII)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_TITLE, _DESCRIPTION = 80, 300
_WHERE = {"object_type": 40, "verb": 40, "topic": 100}
_REQUIRED = ("code", "title", "description", "category", "tier", "points", "icon", "rule")
_OPTIONAL = ("secret", "state", "revoke_if_unmet")
_CONDITION = ("metric", "at_least", "where", "topic")
_TIERS: Mapping[str, Tier] = {"bronze": "bronze", "silver": "silver", "gold": "gold"}
_STATES: Mapping[str, State] = {"draft": "draft", "active": "active", "retired": "retired"}
_UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
_TURNS_WRITING_ROUND = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class LanguageFault:
    """One thing that cannot be taken. `entry` counts from 0, None means the list as a whole; `path` leads into it.

    `other` is an entry the message speaks of, so that a reader who knows lines can say where that is.
    """

    entry: int | None
    path: Path
    message: str
    other: int | None = None


@dataclass(frozen=True, slots=True)
class DefinitionsRead:
    """What was understood and everything that was not. Take the definitions only when there is no fault."""

    definitions: tuple[Definition, ...]
    faults: tuple[LanguageFault, ...]


def read_definitions(
    entries: Sequence[object], levels: Sequence[str], metrics: Collection[str] = EXISTING_METRICS
) -> DefinitionsRead:
    """Every definition of a catalogue and every fault, in the order of the entries.

    `levels` are the names of the skill levels, lowest first; `metrics` are those whose features exist.
    """
    if len(entries) > MAX_DEFINITIONS:
        message = f"{len(entries)} definitions are too many: a catalogue has at most {MAX_DEFINITIONS}"
        return DefinitionsRead((), (LanguageFault(None, (), message),))
    definitions, faults = [], list[LanguageFault]()
    codes: dict[str, int] = {}
    filtered = 0
    for index, entry in enumerate(entries):
        reader = _Reader(index, levels, metrics)
        definition = reader.definition(entry)
        faults += reader.faults
        code = entry.get("code") if isinstance(entry, Mapping) else None
        if isinstance(code, str) and (first := codes.setdefault(code, index)) != index:
            faults.append(LanguageFault(index, ("code",), f"the code {code[:80]!r} is already used", first))
        if definition is None:
            continue
        definitions.append(definition)
        filtered += definition.is_filtered and definition.state != "retired"
        if definition.is_filtered and definition.state != "retired" and filtered > MAX_FILTERED:
            message = f"this is definition {filtered} with where; a catalogue has at most {MAX_FILTERED} of them"
            faults.append(LanguageFault(index, ("rule",), message))
    return DefinitionsRead(tuple(definitions), tuple(faults))


class _Reader:
    """Reads one entry and remembers what is wrong with it."""

    def __init__(self, entry: int, levels: Sequence[str], metrics: Collection[str]) -> None:
        self._entry = entry
        self._levels = levels
        self._metrics = metrics
        self.faults: list[LanguageFault] = []

    def definition(self, entry: object) -> Definition | None:
        """The definition; None when anything in it is at fault."""
        if not isinstance(entry, Mapping):
            self._refuse((), "an achievement is a table of keys and values")
            return None
        self._only(entry, (), (*_REQUIRED, *_OPTIONAL))
        definition = Definition(
            code=self._named(entry, "code", _CODE, "2 to 64 lower-case letters, digits and hyphens"),
            title=self._text(entry, (), "title", _TITLE),
            description=self._text(entry, (), "description", _DESCRIPTION),
            category=self._named(entry, "category", _NAME, "1 to 40 lower-case letters, digits and hyphens"),
            tier=self._tier(entry),
            points=self._integer(entry, (), "points", 0, MAX_POINTS),
            icon=self._named(entry, "icon", _NAME, "1 to 40 lower-case letters, digits and hyphens"),
            rule=self._rule(entry),
            secret=self._flag(entry, "secret"),
            state=self._state(entry),
            revoke_if_unmet=self._flag(entry, "revoke_if_unmet"),
        )
        return None if self.faults else definition

    def _rule(self, entry: Mapping[str, object]) -> Rule:
        rule = self._required(entry, (), "rule")
        if rule is None:
            return Rule("all", ())
        if not isinstance(rule, Mapping) or ("all" not in rule and "any" not in rule):
            return Rule("all", (self._condition(rule, ("rule",)),))
        if len(rule) > 1:
            self._refuse(("rule",), "a rule is one condition, or all = [ … ], or any = [ … ], with nothing beside it")
        join: Literal["all", "any"] = "all" if "all" in rule else "any"
        place: Path = ("rule", join)
        parts = rule[join]
        if not isinstance(parts, list) or not 2 <= len(parts) <= MAX_CONDITIONS:
            self._refuse(place, f"{join} is a list of 2 to {MAX_CONDITIONS} conditions")
            return Rule(join, ())
        conditions = tuple(self._condition(part, (*place, index)) for index, part in enumerate(parts))
        for index, condition in enumerate(conditions):
            if condition.metric == "manual":
                self._refuse((*place, index, "metric"), "manual stands alone: somebody grants it, nothing is counted")
        return Rule(join, conditions)

    def _condition(self, condition: object, place: Path) -> Condition:
        if not isinstance(condition, Mapping):
            self._refuse(place, "a condition is a table like { metric = …, at_least = … }")
            return Condition("", 1)
        if "all" in condition or "any" in condition:
            self._refuse(place, "a rule has one level: all and any hold conditions, not further lists")
            return Condition("", 1)
        self._only(condition, place, _CONDITION)
        metric = self._metric(condition, place)
        if not metric:
            return Condition("", 1)
        if metric == "skill_level":
            return self._skill_level(condition, place)
        self._without(condition, place, "topic", "topic stands beside at_least for skill_level only; use where")
        if metric == "manual":
            self._without(condition, place, "at_least", "manual takes no at_least: it is granted, not counted")
            self._without(condition, place, "where", "manual takes no where: it is granted, not counted")
            return Condition(metric, 1)
        at_least = self._integer(condition, place, "at_least", 1, HIGHEST_THRESHOLD)
        return Condition(metric, at_least, self._where(condition, place, metric))

    def _metric(self, condition: Mapping[str, object], place: Path) -> str:
        metric = self._required(condition, place, "metric")
        if metric is None:
            return ""
        if not isinstance(metric, str) or metric not in METRICS:
            known = ", ".join(name for name in METRICS if name in self._metrics)
            said = f"{metric[:60]!r}" if isinstance(metric, str) else "like this"
            self._refuse((*place, "metric"), f"there is no metric {said}; there are {known}")
            return ""
        if metric not in self._metrics:
            self._refuse((*place, "metric"), f"metric {metric}: the feature does not exist yet")
            return ""
        return metric

    def _skill_level(self, condition: Mapping[str, object], place: Path) -> Condition:
        self._without(condition, place, "where", "skill_level takes no where; a topic stands beside at_least")
        above = ", ".join(self._levels[1:])
        level = self._required(condition, place, "at_least")
        rank = 1
        if not isinstance(level, str) or level not in self._levels:
            if level is not None:
                self._refuse((*place, "at_least"), f"at_least of skill_level is the name of a level: {above}")
        elif not (rank := self._levels.index(level)):
            self._refuse((*place, "at_least"), f"everybody holds the level {level}; name one of {above}")
        topic = self._topic(condition, place) if "topic" in condition else None
        return Condition("skill_level", rank, level=str(level), topic=topic)

    def _where(self, condition: Mapping[str, object], place: Path, metric: str) -> Where | None:
        if "where" not in condition:
            return None
        place = (*place, "where")
        where = condition["where"]
        if metric not in FILTERED_METRICS:
            taking = ", ".join(name for name in METRICS if name in FILTERED_METRICS)
            self._refuse(place, f"metric {metric} takes no where; {taking} do")
            return None
        if not isinstance(where, Mapping) or not where:
            self._refuse(place, f"where is a table with at least one of {', '.join(_WHERE)}")
            return None
        self._only(where, place, tuple(_WHERE))
        return Where(
            object_type=self._text(where, place, "object_type", 40) if "object_type" in where else None,
            verb=self._text(where, place, "verb", 40) if "verb" in where else None,
            topic=self._topic(where, place) if "topic" in where else None,
        )

    def _topic(self, table: Mapping[str, object], place: Path) -> str:
        return normal_topic(self._text(table, place, "topic", _WHERE["topic"]))

    def _text(self, table: Mapping[str, object], place: Path, key: str, longest: int) -> str:
        text = self._required(table, place, key)
        if text is None:
            return ""
        place = (*place, key)
        if not isinstance(text, str):
            self._refuse(place, f"{key} must be text")
            return ""
        if not text.strip():
            self._refuse(place, f"{key} must not be empty")
        elif text != text.strip():
            self._refuse(place, f"{key} must not begin or end with a blank")
        if len(text) > longest:
            self._refuse(place, f"{key} has {len(text)} characters; at most {longest} are allowed")
        if any(unicodedata.category(sign) in _UNSEEN or sign in _TURNS_WRITING_ROUND for sign in text.strip()):
            self._refuse(place, f"{key} must not contain line breaks or control characters")
        return text

    def _named(self, table: Mapping[str, object], key: str, pattern: re.Pattern[str], form: str) -> str:
        name = self._required(table, (), key)
        if name is None:
            return ""
        if not isinstance(name, str) or not pattern.fullmatch(name):
            self._refuse((key,), f"{key} must be {form}, a letter or digit first")
            return ""
        return name

    def _integer(self, table: Mapping[str, object], place: Path, key: str, least: int, most: int) -> int:
        number = self._required(table, place, key)
        if number is None:
            return least
        if not isinstance(number, int) or isinstance(number, bool):
            self._refuse((*place, key), f"{key} must be a whole number")
            return least
        if not least <= number <= most:
            self._refuse((*place, key), f"{key} must be from {least:,} to {most:,}")
        return number

    def _tier(self, table: Mapping[str, object]) -> Tier:
        tier = self._required(table, (), "tier")
        known = _TIERS.get(tier) if isinstance(tier, str) else None
        if tier is not None and known is None:
            self._refuse(("tier",), f"tier must be one of {', '.join(_TIERS)}")
        return known or "bronze"

    def _state(self, table: Mapping[str, object]) -> State:
        state = table.get("state", "active")
        known = _STATES.get(state) if isinstance(state, str) else None
        if known is None:
            self._refuse(("state",), f"state must be one of {', '.join(_STATES)}")
        return known or "active"

    def _flag(self, table: Mapping[str, object], key: str) -> bool:
        flag = table.get(key, False)
        if isinstance(flag, bool):
            return flag
        self._refuse((key,), f"{key} must be true or false")
        return False

    def _required(self, table: Mapping[str, object], place: Path, key: str) -> object:
        """The value; None when there is none, which is then reported. JSON's null counts as none."""
        value = table.get(key)
        if value is None:
            self._refuse((*place, key), f"{key} is missing")
        return value

    def _only(self, table: Mapping[str, object], place: Path, known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                self._refuse((*place, key), f"there is no key {key[:60]!r} here; there are {', '.join(known)}")

    def _without(self, table: Mapping[str, object], place: Path, key: str, reason: str) -> None:
        if key in table:
            self._refuse((*place, key), reason)

    def _refuse(self, path: Path, message: str) -> None:
        self.faults.append(LanguageFault(self._entry, path, message))
