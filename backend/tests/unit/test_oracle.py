"""The naive oracle compared with numbers worked out by hand, so that agreeing with it means something."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from oracles import oracle

POLICY = tomllib.loads((Path(__file__).parents[3] / "config" / "policy.toml").read_text("utf-8"))
FIRST = date(2026, 1, 1)


def days(*numbers: int) -> list[date]:
    return [FIRST + timedelta(days=number) for number in numbers]


def exercise(identity: str, occurred_at: str, **fields: object) -> dict[str, object]:
    return {
        "id": identity,
        "verb": "completed",
        "object_type": "exercise",
        "topic": "loops",
        "occurred_at": occurred_at,
        **fields,
    }


@pytest.mark.parametrize(
    ("met", "run", "longest", "freezes", "progress"),
    [
        ([], 0, 0, 0, 0),
        ([0], 1, 1, 0, 1),
        ([0, 2], 1, 1, 0, 1),
        ([*range(7)], 7, 7, 1, 0),
        ([*range(7), 8], 8, 8, 0, 1),
        ([*range(7), 9], 1, 7, 0, 1),
        ([*range(20)], 20, 20, 2, 0),
        ([*range(14), 16], 15, 15, 0, 1),
        ([*range(14), 17], 1, 14, 0, 1),
        ([*range(20), 21], 21, 21, 1, 1),
    ],
)
def test_freezes_are_earned_and_used(met: list[int], run: int, longest: int, freezes: int, progress: int) -> None:
    walked = oracle.streak(days(*met), "UTC", POLICY)
    assert (walked["run"], walked["longest"], walked["freezes"], walked["progress"]) == (
        run,
        longest,
        freezes,
        progress,
    )


@pytest.mark.parametrize(("today", "current", "freezes"), [(6, 7, 1), (7, 7, 1), (8, 7, 0), (9, 0, 0)])
def test_an_open_gap_uses_freezes_before_it_ends_the_run(today: int, current: int, freezes: int) -> None:
    seen = oracle.streak_on(FIRST + timedelta(days=today), days(*range(7)), "UTC", POLICY)
    assert seen == {"current_streak": current, "longest_streak": 7, "freezes": freezes}


def test_excused_days_and_skipped_dates_are_not_missed() -> None:
    assert oracle.streak(days(0, 2), "UTC", POLICY, excused=days(1))["run"] == 2
    around = [date(2011, 12, 29), date(2011, 12, 31)]
    assert oracle.streak(around, "Pacific/Apia", POLICY)["run"] == 2
    assert oracle.streak(around, "UTC", POLICY)["run"] == 1


def test_sums_by_hand() -> None:
    activities: list[dict[str, object]] = [
        exercise("a", "2026-01-01T23:30:00+00:00", value=100, duration_seconds=90, hints_used=0, once_key="k"),
        exercise("b", "2026-01-02T01:00:00+00:00", value=62.5, hints_used=3, points=40, difficulty="hard"),
        exercise("c", "2026-01-03T01:00:00+00:00", value=10, duration_seconds=60, hints_used=2, once_key="k"),
        exercise("b", "2026-01-05T01:00:00+00:00", value=1),
        exercise("d", "2026-01-03T02:00:00+00:00", verb="reviewed", value=80),
        {"id": "e", "verb": "earned", "object_type": "badge", "occurred_at": "2026-01-09T00:00:00+00:00"},
    ]
    found = oracle.expected(activities, "Europe/Berlin", POLICY)
    counted = {"exercises": 2, "exercise_seconds": 90, "points": 50, "graded": 2, "grade_milli": 162_500}
    rest = {"activities": 5, "seconds": 150, "perfect": 1, "no_hint": 1, "hints": 3}
    rest |= {"timed_exercises": 1, "hinted_exercises": 2, "exercise_hints": 3}
    days_and_topics = {"active_days": 3, "topics": 1, "last_day": date(2026, 1, 9), "milestones_reached": 0}
    assert found["learner"] == counted | rest | days_and_topics
    assert {day: entry["met"] for day, entry in found["days"].items()} == {
        "2026-01-02": True,
        "2026-01-03": True,
        "2026-01-09": False,
    }
    assert found["days"]["2026-01-02"]["first_counted_at"] == datetime(2026, 1, 1, 23, 30, tzinfo=UTC)
    assert found["days"]["2026-01-02"]["closes_at"] == datetime(2026, 1, 2, 23, tzinfo=UTC)
    assert (found["topics"]["loops"]["review_n"], found["topics"]["loops"]["review_milli"]) == (1, 80_000)
    assert found["cells"]["2026-01-02", "exercise", "completed", "loops", "", "hard"]["points"] == 40
    assert found["streak"]["run"] == 2


def test_what_the_service_records_itself_counts_the_day_alone() -> None:
    own = {**exercise("task:1:1", "2026-01-02T01:00:00+00:00", value=100, hints_used=0), "sender": "milepost"}
    found = oracle.expected([own], "Europe/Berlin", POLICY)
    assert {name for name, value in found["learner"].items() if value and name in oracle.SUM_NAMES} == {"activities"}
    assert found["days"]["2026-01-02"]["met"]


def test_spaces_by_hand() -> None:
    first, later = "2026-01-01T23:30:00+00:00", "2026-01-04T01:00:00+00:00"
    task = {"object_type": "task", "space_id": "s", "goal_id": "g"}
    reached = {"object_type": "milestone", "verb": "reached", "object_id": "m"}
    activities = [
        exercise("a", first, **task, object_id="t", value=62.5, once_key="k"),
        exercise("b", later, **task, object_id="t", value=100, duration_seconds=60, once_key="k"),
        exercise("c", later, **task, object_id="t", value=80),
        exercise("d", later, **task, value=100),
        exercise("e", later, **task),
        exercise("f", later, **reached, once_key="k"),
        exercise("g", first, **reached, once_key="k", goal_id="g"),
        exercise("h", first, object_id="nothing named"),
    ]
    found = oracle.expected(activities, "Europe/Berlin", POLICY)
    sums = {"counted": 4, "seconds": 60, "valued": 3, "value_milli": 242_500, "unnamed": 1, "unnamed_full": 1}
    nothing = dict.fromkeys(sums, 0)
    assert found["spaces"] == {
        ("s", "g", "task", "completed"): sums,
        ("", "", "milestone", "reached"): nothing,
        ("", "g", "milestone", "reached"): nothing | {"counted": 1},
    }
    assert found["space_tasks"] == {("s", "task", "completed", "t"): 80_000}
    assert found["milestones"] == {"m": ("2026-01-02", 2)}
    assert found["learner"]["milestones_reached"] == 1


@pytest.mark.parametrize(
    ("graded", "average", "expected"),
    [
        (0, 0, "beginner"),
        (9, 100, "beginner"),
        (10, 59.9, "beginner"),
        (10, 60, "intermediate"),
        (30, 69.9, "intermediate"),
        (30, 70, "advanced"),
        (50, 79.9, "advanced"),
        (50, 80, "expert"),
    ],
)
def test_levels_need_both_number_and_average(graded: int, average: float, expected: str) -> None:
    assert oracle.level(graded, round(graded * average * 1000), POLICY) == expected
