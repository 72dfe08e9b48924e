"""Catalogue files: every fault is reported with its line, however the file is written. And the catalogue we ship."""

import re
import tomllib
from collections.abc import Iterable

import pytest

from milepost.rules.achievements.catalogue import Catalogue
from milepost.rules.achievements.definitions import Condition, Definition, Where
from milepost.rules.achievements.metrics import METRIC_NAMES, METRICS
from milepost.rules.achievements.progress import nearest, progress
from milepost.services.achievements.catalogue_file import CatalogueRefused, read_catalogue
from milepost.services.achievements.toml_lines import lines_of_keys
from milepost.settings import config_dir, load_policy
from oracles.metric_values import metric_values

LEVELS = ("beginner", "intermediate", "advanced", "expert")

TWO = """\
# Two of them.
[[achievements]]
code = "ten-done"
title = "Ten done"
description = "Ten exercises completed."
category = "exercises"
tier = "bronze"
points = 10
icon = "check"
rule = { metric = "exercises_completed", at_least = 10 }

[[achievements]]
code = "quizzes"
title = "Quizzes"
description = "Quizzes and days."
category = "quizzes"
tier = "silver"
points = 20
icon = "puzzle"
secret = true
rule = { all = [
  { metric = "exercises_completed", at_least = 5, where = { object_type = "quiz" } },
  { metric = "active_days", at_least = 3 },
] }
"""


def refusals(content: bytes | str) -> list[str]:
    with pytest.raises(CatalogueRefused) as refused:
        read_catalogue(content, LEVELS)
    assert refused.value.detail.split("\n")[1:] == [str(fault) for fault in refused.value.lines]
    return [str(fault) for fault in refused.value.lines]


def test_a_file_is_its_definitions_in_order() -> None:
    first, second = read_catalogue(TWO.encode(), LEVELS)
    assert (first.code, first.tier, first.rule.parts) == ("ten-done", "bronze", (Condition("exercises_completed", 10),))
    assert (second.secret, second.rule.needs) == (True, "all")
    assert second.rule.parts == (
        Condition("exercises_completed", 5, Where(object_type="quiz")),
        Condition("active_days", 3),
    )


@pytest.mark.parametrize("written", [TWO.replace("\n", "\r\n"), "\ufeff" + TWO, TWO + "\n\n# the end"])
def test_line_ends_byte_order_mark_and_comments_do_not_matter(written: str) -> None:
    assert read_catalogue(written.encode(), LEVELS) == read_catalogue(TWO, LEVELS)


def test_every_fault_of_a_file_at_once() -> None:
    wrong = (
        TWO.replace('title = "Ten done"\n', "colour = 'red'\n")
        .replace("at_least = 10", "at_least = 0")
        .replace('code = "quizzes"', 'code = "ten-done"')
        .replace('"active_days", at_least = 3', '"active_weeks", at_least = 3')
        .replace('object_type = "quiz"', 'kind = "quiz"')
        .replace("points = 20", "points = 2.5")
    )
    assert refusals(wrong) == [
        "line 2: ten-done, title: title is missing",
        "line 4: ten-done, colour: unknown key 'colour'; allowed are code, title, description, category, tier, "
        "points, icon, rule, secret, state, revoke_if_unmet",
        "line 10: ten-done, rule.at_least: at_least must be from 1 to 9,007,199,254,740,992",
        "line 13: ten-done, code: the code 'ten-done' is already used, on line 3",
        "line 18: ten-done, points: points must be a whole number",
        "line 22: ten-done, rule.all[0].where.kind: unknown key 'kind'; allowed are object_type, verb, topic",
        "line 23: ten-done, rule.all[1].metric: unknown metric 'active_weeks'; available are "
        f"{', '.join(METRIC_NAMES)}",
    ]


def test_faults_point_into_the_file_for_programs_too() -> None:
    wrong = TWO.replace("at_least = 3", "at_least = 0").replace("secret = true", '"a/b~c" = 1')
    with pytest.raises(CatalogueRefused) as refused:
        read_catalogue(wrong, LEVELS)
    assert [fault.pointer for fault in refused.value.faults] == [
        "/achievements/1/a~1b~0c",
        "/achievements/1/rule/all/1/at_least",
    ]
    assert refused.value.code == "invalid_catalogue"
    assert refused.value.detail.startswith("the catalogue has 2 faults; nothing of it was taken\nline 20: quizzes, ")


def test_syntax_hides_only_the_faults_of_its_own_entry() -> None:
    wrong = TWO.replace("points = 10", "points = ten").replace("points = 20", "points = 20_000")
    wrong += '\n[[achievements]]\ncode = "third\n\n[[achievements]]\ncode = "Fourth"\n'
    faults = refusals(wrong)
    assert faults[:3] == [
        "line 8: this is not TOML: Invalid value",
        "line 18: quizzes, points: points must be from 0 to 10,000",
        "line 27: this is not TOML: Illegal character '\\n'",
    ]
    assert faults[3].startswith("line 29: Fourth, title: title is missing")
    assert len(faults) == 3 + 8  # seven keys are missing and one is wrong


@pytest.mark.parametrize(
    ("written", "faults"),
    [
        ("", ["line 1: the file needs [[achievements]]"]),
        ("# nothing yet\n", ["line 1: the file needs [[achievements]]"]),
        ("\n[achievements]\ncode = 1\n", ["line 2: the file needs [[achievements]]"]),
        ("\nachievements = 3\n", ["line 2: the file needs [[achievements]]"]),
        (
            "\nversion = 2\nachievements = []\n",
            ["line 2: 'version': a catalogue holds [[achievements]] and nothing else"],
        ),
        ("achievements = [\n  1,\n]", ["line 2: entry 1: an achievement must be a table"]),
        (
            "version = \nx = 1\n",
            ["line 1: this is not TOML: Invalid value"],
        ),
        ("# a\nx = [1\n\n", ["line 2: this is not TOML: Unclosed array"]),
        ("a = 1\na = 2\n", ["line 2: this is not TOML: Cannot overwrite a value"]),
        (
            "x = " + "[" * 5_000 + "]" * 5_000,
            ["line 1: this cannot be read: lists are too deep or a number has too many digits"],
        ),
        (
            "x = " + "9" * 5_000,
            ["line 1: this cannot be read: lists are too deep or a number has too many digits"],
        ),
        (b"# fine\n# \xff\n", ["line 2: this is not UTF-8"]),
    ],
)
def test_files_that_are_not_a_catalogue(written: bytes | str, faults: list[str]) -> None:
    assert refusals(written) == faults


def test_faults_above_the_entries_are_reported_too() -> None:
    faults = refusals("version = = 2\n\n[[achievements]]\ncode = 1\n")
    assert faults[0] == "line 1: this is not TOML: Invalid value"
    assert faults[1] == "line 3: entry 1, title: title is missing"
    assert "line 4: entry 1, code: code must be" in faults[-1]


def test_an_explicitly_empty_catalogue_is_accepted() -> None:
    assert read_catalogue("achievements = []", LEVELS) == ()


def test_entries_that_only_clash_together_are_one_fault() -> None:
    # Every part is valid by itself, but a closed list cannot be extended.
    assert refusals("achievements = []\n\n[[achievements]]\ncode = 'a1'\n") == [
        "line 3: this is not TOML: Cannot mutate immutable namespace ('achievements',)"
    ]


def test_a_thousand_and_one_definitions_are_one_fault() -> None:
    assert refusals("# many\n" + "[[achievements]]\n" * 1_001) == [
        "line 2: 1001 definitions are too many: a catalogue has at most 1000"
    ]


def test_control_characters_in_names_are_escaped() -> None:
    wrong = TWO.replace('code = "quizzes"', 'code = "\\u001b[2J"').replace("secret", '"\\u001b"')
    first, second = (text for text in refusals(wrong))
    assert first.startswith("line 13: entry 2, code: code must be")
    assert second.startswith("line 20: entry 2, '\\x1b': unknown key '\\x1b'")


SPELLINGS = [
    # a definition, the path of one of its keys, and the line of that key
    ("[[achievements]]\nrule = { metric = 'points',  at_least = 5 }\n", ("rule", "at_least"), 2),
    ("[[ achievements ]] # yes\n\nrule . metric = 'points'\nrule.\"at_least\" = 5 # = 6\n", ("rule", "at_least"), 4),
    ("[[achievements]]\n[achievements.rule]\nmetric = 'points'\n\n  at_least=5", ("rule", "at_least"), 5),
    (
        'achievements = [ { title = "a # b", rule = { any = [\n# first\n{ at_least = 1 },\n{ at_least = 2 } ] } } ]\n',
        ("rule", "any", 1, "at_least"),
        4,
    ),
    (
        "[[achievements]]\n[[achievements.rule.any]]\nat_least = 1\n[[achievements.rule.any]]\nat_least = 2\n",
        ("rule", "any", 1, "at_least"),
        5,
    ),
    (
        '[[achievements]]\ntitle = """\nrule = 3\n[[achievements]] \\""""""\n'
        "x = '''\n'''''\nrule.at_least = 1\n",
        ("rule", "at_least"),
        7,
    ),
    ("[[achievements]]\nx = 1979-05-27T07:32:00Z\ny = [1, 2, # [\n 'a]', {b = '}'}]\nz = -1e5\nw=1", ("w",), 6),
    ("[[achievements]]\n'a.b' = 1\n[achievements.\"c d\".e]\nf = true", ("c d", "e", "f"), 4),
]


@pytest.mark.parametrize(("written", "path", "line"), SPELLINGS)
def test_the_line_of_a_key_however_it_is_written(written: str, path: tuple[str | int, ...], line: int) -> None:
    lines = lines_of_keys(written)
    assert lines["achievements", 0, *path] == line
    assert set(paths(tomllib.loads(written), ())) <= set(lines)


def test_windows_line_ends_count_as_line_ends() -> None:
    assert lines_of_keys("a = 1\r\n\r\nb = '''\r\n'''\r\nc = 3\r\n") == {("a",): 1, ("b",): 3, ("c",): 5}


def paths(value: object, path: tuple[str | int, ...]) -> Iterable[tuple[str | int, ...]]:
    """The path of every value in a parsed file."""
    inner: Iterable[tuple[str | int, object]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, child in inner:
        yield (*path, key)
        yield from paths(child, (*path, key))


@pytest.mark.parametrize("name", ["achievements.toml", "policy.toml", "default.toml"])
def test_every_key_of_our_own_files_has_its_line(name: str) -> None:
    text = (config_dir() / name).read_text("utf-8")
    lines = lines_of_keys(text)
    rows = text.split("\n")
    assert set(lines) == set(paths(tomllib.loads(text), ()))
    for path, line in lines.items():
        if isinstance(path[-1], str):
            assert path[-1] in rows[line - 1]


@pytest.fixture(scope="module")
def shipped() -> tuple[Definition, ...]:
    levels = [level.name for level in load_policy().skills.levels]
    return read_catalogue((config_dir() / "achievements.toml").read_bytes(), levels)


def test_the_shipped_catalogue_uses_every_kind_of_metric(shipped: tuple[Definition, ...]) -> None:
    active = [definition for definition in shipped if definition.state == "active"]
    assert len(active) >= 40
    assert len({definition.code for definition in shipped}) == len(shipped)
    used = {part.declared for definition in active for part in definition.rule.parts}
    assert {metric.source for metric in used} == {metric.source for metric in METRICS}
    assert {metric.dated_by for metric in used} == {metric.dated_by for metric in METRICS}
    assert {definition.tier for definition in active} == {"bronze", "silver", "gold"}
    assert {definition.rule.needs for definition in active if len(definition.rule.parts) > 1} == {"all", "any"}
    assert 0 < sum(definition.secret for definition in active) < 10
    assert 0 < sum(definition.is_filtered for definition in active) <= 20


def test_the_shipped_catalogue_has_a_calm_tone(shipped: tuple[Definition, ...]) -> None:
    for definition in shipped:
        words = f"{definition.title} {definition.description}"
        assert not re.search(r"!|\b(never|fail|lose|lost|lazy|miss|must|should|only)\b", words, re.IGNORECASE), words
        assert definition.title[0].isupper() or definition.title[0].isdigit()
        assert definition.description.endswith((".", "?"))
    titles = [definition.title for definition in shipped]
    assert len(set(titles)) == len(titles)
    assert len({definition.description for definition in shipped}) == len(shipped)


def test_higher_thresholds_of_a_metric_are_worth_more(shipped: tuple[Definition, ...]) -> None:
    tiers = ("bronze", "silver", "gold")
    kinds: dict[object, list[tuple[int, int, int]]] = {}
    for definition in shipped:
        part = definition.rule.parts[0]
        if len(definition.rule.parts) == 1 and not definition.secret and part.metric != "manual":
            worth = (part.at_least, tiers.index(definition.tier), definition.points)
            kinds.setdefault((part.metric, part.where, part.topic), []).append(worth)
    for rungs in kinds.values():
        rungs.sort()
        assert [tier for _, tier, _ in rungs] == sorted(tier for _, tier, _ in rungs)
        assert [points for _, _, points in rungs] == sorted({points for _, _, points in rungs})


def test_every_shipped_achievement_can_be_earned(shipped: tuple[Definition, ...]) -> None:
    catalogue = Catalogue([(definition, bit) for bit, definition in enumerate(shipped)])
    plenty = metric_values(
        exercises=10**9,
        activities=10**9,
        points=10**9,
        seconds=10**9,
        active_days=10**9,
        longest=10**9,
        perfect=10**9,
        no_hint=10**9,
        topics=500,
        goals_met=10**9,
        milestones_reached=10**9,
        levels={"loops": 3},
        counters={counter.key: 10**9 for counter in catalogue.counters},
    )
    unlocked = {definition.code for definition in catalogue.newly_unlocked(plenty)}
    manual = {definition.code for definition in shipped if definition.rule.metrics == {"manual"}}
    assert unlocked == {definition.code for definition in shipped} - manual
    newcomer = metric_values()
    assert catalogue.newly_unlocked(newcomer) == []
    assert all(progress(catalogue, code, newcomer).percent == 0.0 for code in catalogue.entries)
    assert nearest(catalogue, metric_values(activities=1, unlocked=catalogue.mask_of(["first-step"]))) is not None
