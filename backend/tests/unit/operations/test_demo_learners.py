"""The demo learners show every state a new user should see, whatever the time of the start."""

import tomllib
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from milepost.api.goals.schemas import GoalIn
from milepost.api.planner.schemas import TaskIn
from milepost.embedded import demo, demo_plans
from milepost.rules.days import calendar
from milepost.rules.goals import goal_fault
from oracles import oracle

POLICY = tomllib.loads((Path(__file__).parents[4] / "config" / "policy.toml").read_text("utf-8"))
STARTS = [
    datetime(2026, 11, 21, 10, 20, tzinfo=UTC),
    datetime(2026, 11, 22, 0, 0, 1, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC),
    datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
]


def state_of(subject: str, now: datetime) -> dict[str, Any]:
    """Streak and levels of one demo learner as the oracle counts them."""
    (learner,) = [learner for learner in demo.LEARNERS if learner.subject == subject]
    expected = oracle.expected(demo.activities_of(learner, now), learner.zone, POLICY)
    met = [date.fromisoformat(day) for day, entry in expected["days"].items() if entry["met"]]
    today = calendar.local_day(now, learner.zone)
    return {
        **oracle.streak_on(today, met, learner.zone, POLICY),
        "tomorrow": oracle.streak_on(today + timedelta(days=1), met, learner.zone, POLICY)["current_streak"],
        "today": today in met,
        "levels": {row["level"] for row in expected["topics"].values()},
        "active_days": len(expected["days"]),
    }


@pytest.mark.parametrize("now", STARTS)
def test_one_has_a_long_streak_and_has_practised_today(now: datetime) -> None:
    ada = state_of(demo.LEARNER, now)
    assert ada["current_streak"] > 20
    assert ada["today"]
    assert "expert" in ada["levels"]


@pytest.mark.parametrize("now", STARTS)
def test_one_is_at_risk_one_has_stopped_and_one_is_new(now: datetime) -> None:
    at_risk = state_of("demo-dele", now)
    assert (at_risk["current_streak"], at_risk["today"], at_risk["tomorrow"]) == (4, False, 0)
    broken = state_of("demo-elif", now)
    assert broken["current_streak"] == 0 < broken["longest_streak"]
    assert state_of("demo-nova", now)["active_days"] == 0


@pytest.mark.parametrize("subject", [demo.LEARNER, "demo-chiyo"])
def test_learners_who_practise_at_midnight_study_at_their_own_hour(subject: str) -> None:
    (learner,) = [learner for learner in demo.LEARNERS if learner.subject == subject]
    activities = demo.activities_of(learner, STARTS[0])
    instants = [datetime.fromisoformat(str(activity["occurred_at"])) for activity in activities]
    hours = Counter(instant.astimezone(calendar.zone(learner.zone)).hour for instant in instants[-100:])
    (usual_hour, _), *_ = hours.most_common(1)
    assert (hours[0] > 0, usual_hour) == (True, learner.first_hour)


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=3), timedelta(days=1), timedelta(days=40)])
def test_a_later_start_never_changes_a_day(later: timedelta) -> None:
    by_id: dict[object, dict[str, object]] = {}
    for now in (STARTS[0], STARTS[0] + later):
        for learner in demo.LEARNERS:
            for activity in demo.activities_of(learner, now):
                assert by_id.setdefault(activity["id"], activity) == activity


def test_nothing_lies_in_the_future_and_the_year_is_varied() -> None:
    now = STARTS[0]
    activities = [activity for learner in demo.LEARNERS for activity in demo.activities_of(learner, now)]
    instants = [datetime.fromisoformat(str(activity["occurred_at"])) for activity in activities]
    assert max(instants) <= now
    assert min(instants) < now - timedelta(days=360)
    assert 3_000 < len(activities) < 12_000
    kinds = Counter(activity["object_type"] for activity in activities)
    assert set(kinds) == {"exercise", "quiz", "lesson", "meditation", "reading"}
    assert min(kinds.values()) > 100
    assert len({learner.zone for learner in demo.LEARNERS}) == len(demo.LEARNERS) == 12


def test_the_goals_of_demo_learners_are_valid() -> None:
    """The API accepts them. Names are keys, so each occurs once."""
    for name, target_type, time_period, target_value in demo.GOALS:
        goal = {"name": name, "target_type": target_type, "time_period": time_period, "target_value": target_value}
        read = GoalIn.model_validate_json(orjson.dumps(goal))
        assert goal_fault(read.target_type, read.target_value, has_category=False, has_topic=False) is None
    assert len({name for name, *_ in demo.GOALS}) == len(demo.GOALS)


@pytest.mark.parametrize("now", STARTS)
def test_plans_are_the_same_at_every_start_and_some_stay_open(now: datetime) -> None:
    planned = list(demo_plans.plans("Europe/Stockholm", now))
    again = {plan.key: plan for plan in demo_plans.plans("Europe/Stockholm", now + timedelta(days=2))}
    assert {plan.is_done for plan in planned} == {True, False}
    assert min(plan.starts_at for plan in planned) < now < max(plan.ends_at for plan in planned)
    assert len({plan.key for plan in planned}) == len(planned)
    shared = [plan for plan in planned if plan.key in again]
    assert shared
    assert all(again[plan.key] == plan for plan in shared)
    read = [TaskIn.model_validate_json(orjson.dumps(demo_plans.task_of(plan, str(UUID(int=1))))) for plan in planned]
    assert all(task.scheduled_slots for task in read)
