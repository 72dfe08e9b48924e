"""Parsing achievement definitions: what is accepted, and the path and message of every fault."""

import pytest

from milepost.rules.achievements.definitions import (
    Condition,
    Counter,
    Definition,
    Rule,
    Where,
    as_mapping,
    matches,
)
from milepost.rules.achievements.metrics import EXISTING_METRICS, FILTERED_METRICS, METRIC_NAMES
from milepost.rules.achievements.parser import DefinitionFault, read_definitions

LEVELS = ("beginner", "intermediate", "advanced", "expert")
TEN = {"metric": "exercises_completed", "at_least": 10}


def entry(**changes: object) -> dict[str, object]:
    """A definition in its written form; a change to None leaves the key out."""
    written: dict[str, object] = {
        "code": "ten-done",
        "title": "Ten done",
        "description": "Ten exercises completed.",
        "category": "exercises",
        "tier": "bronze",
        "points": 10,
        "icon": "check",
        "rule": dict(TEN),
    }
    written |= changes
    return {key: value for key, value in written.items() if value is not None}


def faults(*entries: object, metrics: frozenset[str] = EXISTING_METRICS) -> list[tuple[object, str]]:
    """(path, message) of every fault."""
    return [(fault.path, fault.message) for fault in read_definitions(entries, LEVELS, metrics).faults]


def valid(written: object) -> Definition:
    read = read_definitions([written], LEVELS)
    assert read.faults == ()
    return read.definitions[0]


def condition(rule: object) -> Condition:
    """The single condition of a valid rule."""
    (part,) = valid(entry(rule=rule)).rule.parts
    return part


def test_every_key_of_a_definition_is_parsed() -> None:
    assert valid(entry(secret=True, state="draft", revoke_if_unmet=True)) == Definition(
        code="ten-done",
        title="Ten done",
        description="Ten exercises completed.",
        category="exercises",
        tier="bronze",
        points=10,
        icon="check",
        rule=Rule("all", (Condition("exercises_completed", 10),)),
        secret=True,
        state="draft",
        revoke_if_unmet=True,
    )


def test_the_default_is_not_secret_active_and_not_revocable() -> None:
    definition = valid(entry())
    assert (definition.secret, definition.state, definition.revoke_if_unmet) == (False, "active", False)


@pytest.mark.parametrize("metric", sorted(EXISTING_METRICS - {"skill_level", "manual"}))
def test_a_counted_metric_takes_a_threshold(metric: str) -> None:
    assert condition({"metric": metric, "at_least": 7}) == Condition(metric, 7)


@pytest.mark.parametrize(("level", "rank"), [("intermediate", 1), ("advanced", 2), ("expert", 3)])
def test_a_level_becomes_its_rank(level: str, rank: int) -> None:
    assert condition({"metric": "skill_level", "at_least": level}) == Condition("skill_level", rank, level=level)
    of_topic = condition({"metric": "skill_level", "at_least": level, "topic": "loops"})
    assert of_topic == Condition("skill_level", rank, level=level, topic="loops")


def test_topics_are_normalised() -> None:
    # The same word, once with the single letter é and once with e and a combining accent.
    assert condition({"metric": "skill_level", "at_least": "expert", "topic": "cafe\u0301"}).topic == "caf\u00e9"
    filtered = condition({**TEN, "where": {"topic": "cafe\u0301"}})
    assert filtered.where == Where(topic="caf\u00e9")


def test_manual_takes_no_threshold() -> None:
    assert condition({"metric": "manual"}) == Condition("manual", 1)


@pytest.mark.parametrize("join", ["all", "any"])
def test_several_conditions_on_one_level(join: str) -> None:
    rule = valid(entry(rule={join: [TEN, {"metric": "streak", "at_least": 3}]})).rule
    assert rule == Rule(
        "all" if join == "all" else "any", (Condition("exercises_completed", 10), Condition("streak", 3))
    )
    assert rule.metrics == {"exercises_completed", "streak"}


@pytest.mark.parametrize("metric", sorted(FILTERED_METRICS))
def test_a_filter_on_the_metrics_that_take_one(metric: str) -> None:
    where = {"object_type": "quiz", "verb": "completed", "topic": "loops"}
    read = condition({"metric": metric, "at_least": 3, "where": where})
    assert read.where == Where("quiz", "completed", "loops")
    assert read.counter == Counter(metric, Where("quiz", "completed", "loops"))


WRITTEN: list[dict[str, object]] = [
    entry(),
    entry(secret=True, state="retired", revoke_if_unmet=True, tier="gold"),
    entry(rule={"metric": "manual"}),
    entry(rule={"metric": "skill_level", "at_least": "advanced", "topic": "loops"}),
    entry(rule={**TEN, "where": {"topic": "loops", "verb": "completed"}}),
    entry(rule={"any": [TEN, {"metric": "skill_level", "at_least": "expert"}]}),
    entry(rule={"all": [TEN, {"metric": "minutes", "at_least": 5, "where": {"object_type": "reading"}}]}),
]


@pytest.mark.parametrize("written", WRITTEN)
def test_writing_and_parsing_gives_the_same_definition(written: dict[str, object]) -> None:
    definition = valid(written)
    again = as_mapping(definition)
    assert again == {"secret": False, "state": "active", "revoke_if_unmet": False, **written}
    assert valid(again) == definition


def test_limits_are_inclusive() -> None:
    longest = entry(
        code="a" * 64,
        title="t" * 80,
        description="d" * 300,
        category="c" * 40,
        icon="i" * 40,
        points=10_000,
        rule={"metric": "points", "at_least": 2**53},
    )
    shortest = entry(code="a1", title="t", description="d", points=0, rule={"metric": "points", "at_least": 1})
    assert faults(longest, shortest) == []
    widest = {"object_type": "o" * 40, "verb": "v" * 40, "topic": "t" * 100}
    assert faults(entry(rule={**TEN, "where": widest})) == []


_LETTERS = "lower-case letters, digits and hyphens, starting with a letter or digit"
MISSING: list[tuple[dict[str, object], object, str]] = [({key: None}, (key,), f"{key} is missing") for key in entry()]
REFUSED: list[tuple[dict[str, object], object, str]] = [
    # the change, the path of the fault, the message
    ({"code": "x"}, ("code",), f"code must be 2 to 64 {_LETTERS}"),
    ({"code": "a" * 65}, ("code",), f"code must be 2 to 64 {_LETTERS}"),
    ({"code": "-ab"}, ("code",), f"code must be 2 to 64 {_LETTERS}"),
    ({"code": "Ten"}, ("code",), f"code must be 2 to 64 {_LETTERS}"),
    ({"code": "ten\n"}, ("code",), f"code must be 2 to 64 {_LETTERS}"),
    ({"code": "zeh\u0661"}, ("code",), f"code must be 2 to 64 {_LETTERS}"),
    ({"code": 10}, ("code",), f"code must be 2 to 64 {_LETTERS}"),
    ({"category": "My group"}, ("category",), f"category must be 1 to 40 {_LETTERS}"),
    ({"icon": ""}, ("icon",), f"icon must be 1 to 40 {_LETTERS}"),
    ({"title": 3}, ("title",), "title must be text"),
    ({"title": "  "}, ("title",), "title must not be empty"),
    ({"title": " Ten"}, ("title",), "title must not begin or end with white space"),
    ({"title": "t" * 81}, ("title",), "title must be at most 80 characters, not 81"),
    ({"title": "Ten\ndone"}, ("title",), "title must not contain line breaks or control characters"),
    ({"title": "Ten\u0000done"}, ("title",), "title must not contain line breaks or control characters"),
    ({"title": "Ten\ud800done"}, ("title",), "title must not contain line breaks or control characters"),
    ({"title": "Ten\u202edone"}, ("title",), "title must not contain line breaks or control characters"),
    ({"description": "d" * 301}, ("description",), "description must be at most 300 characters, not 301"),
    ({"tier": "platinum"}, ("tier",), "tier must be one of bronze, silver, gold"),
    ({"tier": ["gold"]}, ("tier",), "tier must be one of bronze, silver, gold"),
    ({"points": -1}, ("points",), "points must be from 0 to 10,000"),
    ({"points": 10_001}, ("points",), "points must be from 0 to 10,000"),
    ({"points": 10.5}, ("points",), "points must be a whole number"),
    ({"points": True}, ("points",), "points must be a whole number"),
    ({"secret": "yes"}, ("secret",), "secret must be true or false"),
    ({"revoke_if_unmet": 1}, ("revoke_if_unmet",), "revoke_if_unmet must be true or false"),
    ({"state": "paused"}, ("state",), "state must be one of draft, active, retired"),
    ({"state": 1}, ("state",), "state must be one of draft, active, retired"),
]


@pytest.mark.parametrize(("changes", "path", "message"), MISSING + REFUSED)
def test_a_definition_is_refused(changes: dict[str, object], path: object, message: str) -> None:
    assert faults(entry(**changes)) == [(path, message)]


_RANGE = "at_least must be from 1 to 9,007,199,254,740,992"
_LEVEL = "at_least of skill_level must be one of intermediate, advanced, expert"
_JOIN = "a rule must be one condition, or only all = [ … ], or only any = [ … ]"
_FILTERED = ", ".join(FILTERED_METRICS)
_METRICS = ", ".join(metric for metric in METRIC_NAMES if metric in EXISTING_METRICS)
REFUSED_RULES: list[tuple[object, tuple[object, ...], str]] = [
    (3, (), "a condition must be a table like { metric = …, at_least = … }"),
    ({"at_least": 3}, ("metric",), "metric is missing"),
    ({"metric": "logins", "at_least": 3}, ("metric",), f"unknown metric 'logins'; available are {_METRICS}"),
    ({"metric": ["points"], "at_least": 3}, ("metric",), f"metric must be text; available are {_METRICS}"),
    ({"metric": "points"}, ("at_least",), "at_least is missing"),
    ({"metric": "points", "at_least": 0}, ("at_least",), _RANGE),
    ({"metric": "points", "at_least": -1}, ("at_least",), _RANGE),
    ({"metric": "points", "at_least": 2**53 + 1}, ("at_least",), _RANGE),
    ({"metric": "points", "at_least": 10**400}, ("at_least",), _RANGE),
    ({"metric": "points", "at_least": 3.5}, ("at_least",), "at_least must be a whole number"),
    ({"metric": "points", "at_least": float("nan")}, ("at_least",), "at_least must be a whole number"),
    ({"metric": "points", "at_least": "3"}, ("at_least",), "at_least must be a whole number"),
    ({"metric": "points", "at_least": True}, ("at_least",), "at_least must be a whole number"),
    (
        {"metric": "points", "at_least": 3, "atleast": 4},
        ("atleast",),
        "unknown key 'atleast'; allowed are metric, at_least, where, topic",
    ),
    (
        {"metric": "points", "at_least": 3, "topic": "loops"},
        ("topic",),
        "only skill_level takes topic here; put it into where",
    ),
    ({"metric": "manual", "at_least": 1}, ("at_least",), "manual takes no at_least: it is granted, not counted"),
    ({"metric": "manual", "where": {}}, ("where",), "manual takes no where: it is granted, not counted"),
    ({"metric": "skill_level"}, ("at_least",), "at_least is missing"),
    ({"metric": "skill_level", "at_least": 2}, ("at_least",), _LEVEL),
    ({"metric": "skill_level", "at_least": "master"}, ("at_least",), _LEVEL),
    (
        {"metric": "skill_level", "at_least": "beginner"},
        ("at_least",),
        "every learner has the level beginner; use one of intermediate, advanced, expert",
    ),
    (
        {"metric": "skill_level", "at_least": "expert", "topic": "t" * 101},
        ("topic",),
        "topic must be at most 100 characters, not 101",
    ),
    (
        {"metric": "skill_level", "at_least": "expert", "where": {"topic": "loops"}},
        ("where",),
        "skill_level takes no where; put topic next to at_least",
    ),
    *[
        (
            {"metric": metric, "at_least": 3, "where": {"topic": "loops"}},
            ("where",),
            f"metric {metric} takes no where; only {_FILTERED} do",
        )
        for metric in ("streak", "topics_practised", "achievements_unlocked")
    ],
    ({**TEN, "where": {}}, ("where",), "where must be a table with at least one of object_type, verb, topic"),
    ({**TEN, "where": "quiz"}, ("where",), "where must be a table with at least one of object_type, verb, topic"),
    (
        {**TEN, "where": {"verb": "completed", "path": "a"}},
        ("where", "path"),
        "unknown key 'path'; allowed are object_type, verb, topic",
    ),
    ({**TEN, "where": {"verb": ""}}, ("where", "verb"), "verb must not be empty"),
    ({**TEN, "where": {"verb": 1}}, ("where", "verb"), "verb must be text"),
    (
        {**TEN, "where": {"object_type": "o" * 41}},
        ("where", "object_type"),
        "object_type must be at most 40 characters, not 41",
    ),
    ({"all": [TEN, TEN], "any": [TEN, TEN]}, (), _JOIN),
    ({"all": [TEN, TEN], "at_least": 3}, (), _JOIN),
    ({"all": [TEN]}, ("all",), "all must be a list of 2 to 10 conditions"),
    ({"any": []}, ("any",), "any must be a list of 2 to 10 conditions"),
    ({"any": TEN}, ("any",), "any must be a list of 2 to 10 conditions"),
    ({"all": [TEN] * 11}, ("all",), "all must be a list of 2 to 10 conditions"),
    ({"all": [TEN, None]}, ("all", 1), "a condition must be a table like { metric = …, at_least = … }"),
    (
        {"all": [TEN, {"any": [TEN, TEN]}]},
        ("all", 1),
        "rules cannot be nested: all and any must contain conditions only",
    ),
    ({"all": [TEN, {"metric": "points", "at_least": 0}]}, ("all", 1, "at_least"), _RANGE),
    (
        {"any": [TEN, {"metric": "manual"}]},
        ("any", 1, "metric"),
        "manual must be the only condition: it is granted, not counted",
    ),
]


@pytest.mark.parametrize(("rule", "path", "message"), REFUSED_RULES)
def test_a_rule_is_refused(rule: object, path: tuple[object, ...], message: str) -> None:
    assert faults(entry(rule=rule)) == [(("rule", *path), message)]


def test_a_metric_is_accepted_once_its_feature_exists() -> None:
    written = entry(rule={"metric": "milestones_reached", "at_least": 3})
    read = read_definitions([written], LEVELS, EXISTING_METRICS | {"milestones_reached"})
    assert read.faults == ()
    assert read.definitions[0].rule.parts == (Condition("milestones_reached", 3),)


def test_every_fault_of_every_definition_at_once() -> None:
    wrong = entry(title="", tier="tin", points=-1, colour="red", rule={"all": [TEN, {"metric": "x"}, {"at_least": 0}]})
    found = read_definitions([entry(), wrong, "text", entry(code="other")], LEVELS)
    assert [(fault.entry, fault.path) for fault in found.faults] == [
        (1, ("colour",)),
        (1, ("title",)),
        (1, ("tier",)),
        (1, ("points",)),
        (1, ("rule", "all", 1, "metric")),
        (1, ("rule", "all", 2, "metric")),
        (1, ("code",)),
        (2, ()),
    ]
    assert [definition.code for definition in found.definitions] == ["ten-done", "other"]


def test_codes_must_be_unique() -> None:
    found = read_definitions([entry(), entry(code="other"), entry(title="Again", points=-5)], LEVELS).faults
    assert found[-1] == DefinitionFault(2, ("code",), "the code 'ten-done' is already used", "repeated", other=0)


def filtered(index: int, **changes: object) -> dict[str, object]:
    return entry(code=f"code-{index}", rule={**TEN, "where": {"verb": f"verb-{index}"}}, **changes)


@pytest.mark.parametrize(("count", "refused"), [(19, []), (20, []), (21, [20]), (22, [20, 21])])
def test_at_most_twenty_have_filters(count: int, refused: list[int]) -> None:
    found = read_definitions([filtered(index) for index in range(count)], LEVELS).faults
    assert [fault.entry for fault in found] == refused
    assert all("a catalogue has at most 20" in fault.message for fault in found)


def test_a_retired_filter_costs_nothing() -> None:
    assert faults(*(filtered(index, state="retired" if index < 5 else "active") for index in range(25))) == []


@pytest.mark.parametrize(("count", "refused"), [(999, 0), (1_000, 0), (1_001, 1)])
def test_at_most_a_thousand_definitions(count: int, refused: int) -> None:
    found = read_definitions([entry(code=f"code-{index}") for index in range(count)], LEVELS)
    assert len(found.faults) == refused
    assert len(found.definitions) == (0 if refused else count)


@pytest.mark.parametrize(
    ("where", "object_type", "verb", "topic", "counted"),
    [
        (Where("quiz"), "quiz", "completed", "loops", True),
        (Where("quiz"), "quiz", "completed", None, True),
        (Where("quiz"), "exercise", "completed", "loops", False),
        (Where(verb="completed"), "quiz", "completed", "", True),
        (Where(verb="completed"), "quiz", "answered", "", False),
        (Where(topic="loops"), "quiz", "answered", "loops", True),
        (Where(topic="loops"), "quiz", "answered", None, False),
        (Where(topic="loops"), "quiz", "answered", "Loops", False),
        (Where("quiz", "completed", "loops"), "quiz", "completed", "loops", True),
        (Where("quiz", "completed", "loops"), "quiz", "answered", "loops", False),
    ],
)
def test_which_activities_a_filter_matches(
    where: Where, object_type: str, verb: str, topic: str | None, counted: bool
) -> None:
    assert matches(where, object_type, verb, topic) is counted


def test_different_counters_have_different_keys() -> None:
    counters = [
        Counter("minutes", Where("quiz")),
        Counter("points", Where("quiz")),
        Counter("minutes", Where(verb="quiz")),
        Counter("minutes", Where(topic="quiz")),
        Counter("minutes", Where('quiz","verb":"x')),
        Counter("minutes", Where("quiz", "x")),
    ]
    keys = [counter.key for counter in counters]
    assert len(set(keys)) == len(keys)
    assert keys[0] == 'minutes {"object_type":"quiz"}'


def test_a_metric_whose_feature_is_missing_is_refused_by_name() -> None:
    without = EXISTING_METRICS - {"goals_met"}
    ((_, message),) = faults(entry(rule={"metric": "goals_met", "at_least": 1}), metrics=without)
    assert message == "metric goals_met is not available yet"
