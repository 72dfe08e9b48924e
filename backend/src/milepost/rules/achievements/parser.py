"""Parses achievement definitions, and words the faults of those it refuses.

The input is already decoded from TOML or JSON. Parsing never stops at the first fault. It does not know files or lines:
a fault names the entry and the keys that lead to it.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from milepost.rules.achievements.definitions import (
    Condition,
    Definition,
    Rule,
    State,
    Tier,
    Where,
)
from milepost.rules.achievements.metrics import EXISTING_METRICS, FILTERED_METRICS, METRIC_NAMES, metric_named
from milepost.rules.texts import has_controls, normal_text

MAX_DEFINITIONS = 1_000
MAX_FILTERED = 20
"""Definitions with `where`, without retired ones: each costs one more write for every activity it matches."""
MAX_CONDITIONS = 10
MAX_POINTS = 10_000
MAX_THRESHOLD = 2**53
"""JSON readers that use floating point cannot represent every integer above this."""

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,63}", re.ASCII)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_MAX_TITLE, _MAX_DESCRIPTION = 80, 300
_MAX_FILTER_LENGTHS = {"object_type": 40, "verb": 40, "topic": 100}
_REQUIRED_KEYS = ("code", "title", "description", "category", "tier", "points", "icon", "rule")
_OPTIONAL_KEYS = ("secret", "state", "revoke_if_unmet")
_CONDITION_KEYS = ("metric", "at_least", "where", "topic")
_TIERS: Mapping[str, Tier] = {"bronze": "bronze", "silver": "silver", "gold": "gold"}
_STATES: Mapping[str, State] = {"draft": "draft", "active": "active", "retired": "retired"}

Path = tuple[str | int, ...]

DefinitionFaultCode = Literal[
    "blank",
    "conflicting",
    "forbidden_character",
    "missing",
    "not_allowed",
    "out_of_range",
    "repeated",
    "too_long",
    "too_many",
    "unknown_field",
    "wrong_form",
    "wrong_type",
]
"""What is wrong with a value, for programs: those of the codes of `milepost.errors` that definitions need."""


@dataclass(frozen=True, slots=True)
class DefinitionFault:
    """One reason to refuse a definition. `entry` counts from 0, None means the whole list; `path` leads into the entry.

    `other` is another entry that the message refers to, so that a caller that knows lines can add its line. `code` and
    `values` say the same as the message to programs: `too_long` with `{"max": 80}`.
    """

    entry: int | None
    path: Path
    message: str
    code: DefinitionFaultCode
    other: int | None = None
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParsedDefinitions:
    """The valid definitions and all faults. Use the definitions only if there are no faults."""

    definitions: tuple[Definition, ...]
    faults: tuple[DefinitionFault, ...]


def read_definitions(
    entries: Sequence[object], levels: Sequence[str], metrics: Collection[str] = EXISTING_METRICS
) -> ParsedDefinitions:
    """Parse every entry of a catalogue; definitions and faults are in the order of the entries.

    `levels` are the names of the skill levels, lowest first; `metrics` are those whose features exist.
    """
    if len(entries) > MAX_DEFINITIONS:
        message = f"{len(entries)} definitions are too many: a catalogue has at most {MAX_DEFINITIONS}"
        fault = DefinitionFault(None, (), message, "too_many", values={"max": MAX_DEFINITIONS})
        return ParsedDefinitions((), (fault,))
    definitions, faults = [], list[DefinitionFault]()
    codes: dict[str, int] = {}
    filtered = 0
    for index, entry in enumerate(entries):
        reader = _Reader(index, levels, metrics)
        definition = reader.definition(entry)
        faults += reader.faults
        code = entry.get("code") if isinstance(entry, Mapping) else None
        if isinstance(code, str) and (first := codes.setdefault(code, index)) != index:
            message = f"the code {code[:80]!r} is already used"
            faults.append(DefinitionFault(index, ("code",), message, "repeated", first))
        if definition is None:
            continue
        definitions.append(definition)
        filtered += definition.is_filtered and definition.state != "retired"
        if definition.is_filtered and definition.state != "retired" and filtered > MAX_FILTERED:
            message = f"definition {filtered} with where is too many: a catalogue has at most {MAX_FILTERED}"
            values = {"max": MAX_FILTERED}
            faults.append(DefinitionFault(index, ("rule",), message, "too_many", values=values))
    return ParsedDefinitions(tuple(definitions), tuple(faults))


class _Reader:
    """Parses one entry and collects its faults."""

    def __init__(self, entry: int, levels: Sequence[str], metrics: Collection[str]) -> None:
        self._entry = entry
        self._levels = levels
        self._metrics = metrics
        self.faults: list[DefinitionFault] = []

    def definition(self, entry: object) -> Definition | None:
        """The definition; None if the entry has a fault."""
        if not isinstance(entry, Mapping):
            self._refuse((), "an achievement must be a table", "wrong_type", expected="object")
            return None
        self._refuse_other_keys(entry, (), (*_REQUIRED_KEYS, *_OPTIONAL_KEYS))
        definition = Definition(
            code=self._identifier(entry, "code", _CODE, "2 to 64 lower-case letters, digits and hyphens"),
            title=self._text(entry, (), "title", _MAX_TITLE),
            description=self._text(entry, (), "description", _MAX_DESCRIPTION),
            category=self._identifier(entry, "category", _NAME, "1 to 40 lower-case letters, digits and hyphens"),
            tier=self._tier(entry),
            points=self._integer(entry, (), "points", 0, MAX_POINTS),
            icon=self._identifier(entry, "icon", _NAME, "1 to 40 lower-case letters, digits and hyphens"),
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
            sentence = "a rule must be one condition, or only all = [ … ], or only any = [ … ]"
            self._refuse(("rule",), sentence, "conflicting")
        join: Literal["all", "any"] = "all" if "all" in rule else "any"
        place: Path = ("rule", join)
        parts = rule[join]
        if not isinstance(parts, list) or not 2 <= len(parts) <= MAX_CONDITIONS:
            sentence = f"{join} must be a list of 2 to {MAX_CONDITIONS} conditions"
            self._refuse(place, sentence, "out_of_range", min=2, max=MAX_CONDITIONS)
            return Rule(join, ())
        conditions = tuple(self._condition(part, (*place, index)) for index, part in enumerate(parts))
        for index, condition in enumerate(conditions):
            if condition.metric and condition.declared.source == "grant":
                sentence = "manual must be the only condition: it is granted, not counted"
                self._refuse((*place, index, "metric"), sentence, "conflicting")
        return Rule(join, conditions)

    def _condition(self, condition: object, place: Path) -> Condition:
        if not isinstance(condition, Mapping):
            sentence = "a condition must be a table like { metric = …, at_least = … }"
            self._refuse(place, sentence, "wrong_type", expected="object")
            return Condition("", 1)
        if "all" in condition or "any" in condition:
            sentence = "rules cannot be nested: all and any must contain conditions only"
            self._refuse(place, sentence, "not_allowed")
            return Condition("", 1)
        self._refuse_other_keys(condition, place, _CONDITION_KEYS)
        metric = self._metric(condition, place)
        if not metric:
            return Condition("", 1)
        source = metric_named(metric).source
        if source == "levels":
            return self._skill_level(condition, place)
        self._refuse_key(condition, place, "topic", "only skill_level takes topic here; put it into where")
        if source == "grant":
            self._refuse_key(condition, place, "at_least", "manual takes no at_least: it is granted, not counted")
            self._refuse_key(condition, place, "where", "manual takes no where: it is granted, not counted")
            return Condition(metric, 1)
        at_least = self._integer(condition, place, "at_least", 1, MAX_THRESHOLD)
        return Condition(metric, at_least, self._where(condition, place, metric))

    def _metric(self, condition: Mapping[str, object], place: Path) -> str:
        metric = self._required(condition, place, "metric")
        if metric is None:
            return ""
        if not isinstance(metric, str) or metric not in METRIC_NAMES:
            available = [name for name in METRIC_NAMES if name in self._metrics]
            fault = f"unknown metric {metric[:60]!r}" if isinstance(metric, str) else "metric must be text"
            sentence = f"{fault}; available are {', '.join(available)}"
            self._refuse((*place, "metric"), sentence, "not_allowed", allowed=available)
            return ""
        if metric not in self._metrics:
            self._refuse((*place, "metric"), f"metric {metric} is not available yet", "not_allowed")
            return ""
        return metric

    def _skill_level(self, condition: Mapping[str, object], place: Path) -> Condition:
        self._refuse_key(condition, place, "where", "skill_level takes no where; put topic next to at_least")
        allowed = list(self._levels[1:])
        above = ", ".join(allowed)
        level = self._required(condition, place, "at_least")
        rank = 1
        if not isinstance(level, str) or level not in self._levels:
            if level is not None:
                sentence = f"at_least of skill_level must be one of {above}"
                self._refuse((*place, "at_least"), sentence, "not_allowed", allowed=allowed)
        elif not (rank := self._levels.index(level)):
            sentence = f"every learner has the level {level}; use one of {above}"
            self._refuse((*place, "at_least"), sentence, "not_allowed", allowed=allowed)
        topic = self._topic(condition, place) if "topic" in condition else None
        return Condition("skill_level", rank, level=str(level), topic=topic)

    def _where(self, condition: Mapping[str, object], place: Path, metric: str) -> Where | None:
        if "where" not in condition:
            return None
        place = (*place, "where")
        where = condition["where"]
        if metric not in FILTERED_METRICS:
            filtered = ", ".join(FILTERED_METRICS)
            self._refuse(place, f"metric {metric} takes no where; only {filtered} do", "not_allowed")
            return None
        if not isinstance(where, Mapping) or not where:
            sentence = f"where must be a table with at least one of {', '.join(_MAX_FILTER_LENGTHS)}"
            self._refuse(place, sentence, "wrong_form", allowed=list(_MAX_FILTER_LENGTHS))
            return None
        self._refuse_other_keys(where, place, tuple(_MAX_FILTER_LENGTHS))
        return Where(
            object_type=self._text(where, place, "object_type", 40) if "object_type" in where else None,
            verb=self._text(where, place, "verb", 40) if "verb" in where else None,
            topic=self._topic(where, place) if "topic" in where else None,
        )

    def _topic(self, table: Mapping[str, object], place: Path) -> str:
        return normal_text(self._text(table, place, "topic", _MAX_FILTER_LENGTHS["topic"]))

    def _text(self, table: Mapping[str, object], place: Path, key: str, max_length: int) -> str:
        text = self._required(table, place, key)
        if text is None:
            return ""
        place = (*place, key)
        if not isinstance(text, str):
            self._refuse(place, f"{key} must be text", "wrong_type", expected="string")
            return ""
        if not text.strip():
            self._refuse(place, f"{key} must not be empty", "blank")
        elif text != text.strip():
            self._refuse(place, f"{key} must not begin or end with white space", "wrong_form")
        if len(text) > max_length:
            sentence = f"{key} must be at most {max_length} characters, not {len(text)}"
            self._refuse(place, sentence, "too_long", max=max_length)
        if has_controls(text.strip()):
            sentence = f"{key} must not contain line breaks or control characters"
            self._refuse(place, sentence, "forbidden_character")
        return text

    def _identifier(self, table: Mapping[str, object], key: str, pattern: re.Pattern[str], form: str) -> str:
        name = self._required(table, (), key)
        if name is None:
            return ""
        if not isinstance(name, str) or not pattern.fullmatch(name):
            self._refuse((key,), f"{key} must be {form}, starting with a letter or digit", "wrong_form")
            return ""
        return name

    def _integer(self, table: Mapping[str, object], place: Path, key: str, minimum: int, maximum: int) -> int:
        number = self._required(table, place, key)
        if number is None:
            return minimum
        if isinstance(number, float) and number.is_integer():
            # A rule in a JSON body may say 5.0; JSON has one kind of number.
            number = int(number)
        if not isinstance(number, int) or isinstance(number, bool):
            self._refuse((*place, key), f"{key} must be a whole number", "wrong_type", expected="integer")
            return minimum
        if not minimum <= number <= maximum:
            sentence = f"{key} must be from {minimum:,} to {maximum:,}"
            self._refuse((*place, key), sentence, "out_of_range", min=minimum, max=maximum)
        return number

    def _tier(self, table: Mapping[str, object]) -> Tier:
        value = self._required(table, (), "tier")
        tier = _TIERS.get(value) if isinstance(value, str) else None
        if value is not None and tier is None:
            self._refuse(("tier",), f"tier must be one of {', '.join(_TIERS)}", "not_allowed", allowed=list(_TIERS))
        return tier or "bronze"

    def _state(self, table: Mapping[str, object]) -> State:
        value = table.get("state", "active")
        state = _STATES.get(value) if isinstance(value, str) else None
        if state is None:
            sentence = f"state must be one of {', '.join(_STATES)}"
            self._refuse(("state",), sentence, "not_allowed", allowed=list(_STATES))
        return state or "active"

    def _flag(self, table: Mapping[str, object], key: str) -> bool:
        flag = table.get(key, False)
        if isinstance(flag, bool):
            return flag
        self._refuse((key,), f"{key} must be true or false", "wrong_type", expected="boolean")
        return False

    def _required(self, table: Mapping[str, object], place: Path, key: str) -> object:
        """The value; None, after adding a fault, if it is missing or null."""
        value = table.get(key)
        if value is None:
            self._refuse((*place, key), f"{key} is missing", "missing")
        return value

    def _refuse_other_keys(self, table: Mapping[str, object], place: Path, allowed: tuple[str, ...]) -> None:
        for key in table:
            if key not in allowed:
                sentence = f"unknown key {key[:60]!r}; allowed are {', '.join(allowed)}"
                self._refuse((*place, key), sentence, "unknown_field", allowed=list(allowed))

    def _refuse_key(self, table: Mapping[str, object], place: Path, key: str, reason: str) -> None:
        if key in table:
            self._refuse((*place, key), reason, "not_allowed")

    def _refuse(self, path: Path, message: str, code: DefinitionFaultCode, **values: object) -> None:
        self.faults.append(DefinitionFault(self._entry, path, message, code, values=values))
