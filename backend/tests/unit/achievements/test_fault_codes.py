"""Every fault of a definition says what is wrong to programs, with the code and values of other refusals."""

import pytest

from milepost.rules.achievements.parser import read_definitions
from support.catalogues import condition, entry

LEVELS = ("beginner", "intermediate", "advanced", "expert")
TEN = condition("exercises_completed", 10)
ENTRY = entry("ten-done", TEN)


@pytest.mark.parametrize(
    ("changes", "code", "values"),
    [
        ({"title": None}, "missing", {}),
        ({"title": "t" * 81}, "too_long", {"max": 80}),
        ({"title": " "}, "blank", {}),
        ({"title": "Ten\u202edone"}, "forbidden_character", {}),
        ({"title": 3}, "wrong_type", {"expected": "string"}),
        ({"code": "Ten"}, "wrong_form", {}),
        ({"colour": "red"}, "unknown_field", None),
        ({"tier": "platinum"}, "not_allowed", {"allowed": ["bronze", "silver", "gold"]}),
        ({"points": -1}, "out_of_range", {"min": 0, "max": 10_000}),
        ({"points": 1.5}, "wrong_type", {"expected": "integer"}),
        ({"secret": "yes"}, "wrong_type", {"expected": "boolean"}),
        ({"rule": {"all": [TEN]}}, "out_of_range", {"min": 2, "max": 10}),
        ({"rule": {"all": [TEN, TEN], "at_least": 3}}, "conflicting", {}),
        ({"rule": {"metric": "manual", "at_least": 1}}, "not_allowed", {}),
        (
            {"rule": {"metric": "skill_level", "at_least": "beginner"}},
            "not_allowed",
            {"allowed": ["intermediate", "advanced", "expert"]},
        ),
    ],
)
def test_a_fault_says_what_is_wrong_to_programs(changes: dict[str, object], code: str, values: object) -> None:
    (fault,) = read_definitions([{**ENTRY, **changes}], LEVELS).faults
    assert fault.code == code
    assert values in (None, fault.values)


def test_limits_of_a_catalogue_have_codes() -> None:
    (many,) = read_definitions([{**ENTRY, "code": f"code-{index}"} for index in range(1_001)], LEVELS).faults
    assert (many.code, many.values) == ("too_many", {"max": 1_000})
    filtered = [
        {**ENTRY, "code": f"code-{index}", "rule": {**TEN, "where": {"verb": f"verb-{index}"}}} for index in range(21)
    ]
    (wide,) = read_definitions(filtered, LEVELS).faults
    assert (wide.code, wide.values) == ("too_many", {"max": 20})
