"""The demo learners show every state a new user should see, whatever the time of the start."""

import re
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
from milepost.embedded.demo import goals, planning, practice, stories
from milepost.embedded.demo.people import FIRST_LEARNER, PEOPLE, Life, person
from milepost.rules.days import calendar
from oracles import oracle

ROOT = Path(__file__).parents[4]
POLICY = tomllib.loads((ROOT / "config" / "policy.toml").read_text("utf-8"))
STARTS = [
    datetime(2026, 11, 21, 10, 20, tzinfo=UTC),
    datetime(2026, 11, 22, 0, 0, 1, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC),
    datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
]


def life(name: str, now: datetime, loaded_at: datetime | None = None) -> Life:
    return Life(person(name), loaded_at or now, now)


def activities_of(lived: Life) -> list[tuple[datetime, practice.Activity]]:
    return list(practice.activities(lived, date.min + timedelta(days=400)))


def state_of(name: str, now: datetime, loaded_at: datetime | None = None) -> dict[str, Any]:
    """Streak and levels of one demo learner as the oracle counts them, from its activities alone."""
    lived = life(name, now, loaded_at)
    expected = oracle.expected([activity for _, activity in activities_of(lived)], lived.person.zone, POLICY)
    met = [date.fromisoformat(day) for day, entry in expected["days"].items() if entry["met"]]
    today = lived.today
    streaks = [
        oracle.streak_on(today + timedelta(days=days), met, lived.person.zone, POLICY)["current_streak"]
        for days in (-1, 0, 1)
    ]
    levels = {topic: row["level"] for topic, row in expected["topics"].items()}
    return {"streaks": streaks, "met": met, "levels": levels, "today": today}


@pytest.mark.parametrize("now", STARTS)
def test_the_first_learner_has_a_long_streak_and_several_levels(now: datetime) -> None:
    ada = state_of(FIRST_LEARNER, now)
    assert ada["streaks"][1] > 50
    assert "expert" in ada["levels"].values()
    assert len(set(ada["levels"].values())) >= 2
    assert (ada["today"] - ada["met"][0]).days in (363, 364, 365)


@pytest.mark.parametrize("now", STARTS)
@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=9), timedelta(days=60)])
def test_one_is_at_risk_and_the_run_of_one_ended_yesterday(now: datetime, later: timedelta) -> None:
    assert state_of("dele", now + later, now)["streaks"][1:] == [4, 0]
    assert state_of("ines", now + later, now)["streaks"] == [5, 0, 0]


@pytest.mark.parametrize("now", STARTS)
def test_one_is_back_one_is_a_beginner_and_one_has_not_begun(now: datetime) -> None:
    olga = state_of("olga", now)
    breaks = [(after - before).days for before, after in zip(olga["met"], olga["met"][1:], strict=False)]
    assert max(breaks) >= 80
    assert olga["streaks"][1] in (3, 4)
    assert state_of("jun", now)["met"] == [life("jun", now).day(2), life("jun", now).day(1)]
    assert state_of("nova", now)["met"] == []


@pytest.mark.parametrize("now", STARTS)
def test_one_is_near_a_level_and_one_has_lost_a_level(now: datetime) -> None:
    loops = [a for _, a in activities_of(life("sam", now)) if a.get("topic") == "loops" and "value" in a]
    assert len(loops) == 28  # the level advanced needs 30
    fractions = [a for _, a in activities_of(life("bruno", now)) if a.get("topic") == "fractions" and "value" in a]
    grades = [float(str(activity["value"])) for activity in fractions]
    assert sum(grades[:30]) / 30 == pytest.approx(74, abs=0.05)
    assert sum(grades) / len(grades) < 70


@pytest.mark.parametrize("start", STARTS)
def test_at_every_hour_somebody_has_practised_today(start: datetime) -> None:
    for hour in range(24):
        now = start.replace(hour=hour)
        lives = [Life(who, now, now) for who in PEOPLE]
        assert any(any(practice.activities(lived, lived.today)) for lived in lives), now


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=3), timedelta(days=1), timedelta(days=40)])
def test_a_later_start_never_changes_a_day(later: timedelta) -> None:
    by_id: dict[object, practice.Activity] = {}
    for now in (STARTS[0], STARTS[0] + later):
        for who in PEOPLE:
            for _, activity in activities_of(Life(who, STARTS[0], now)):
                assert by_id.setdefault(activity["id"], activity) == activity


def test_every_scene_of_the_past_stays_where_it_was() -> None:
    first, later = STARTS[0], STARTS[0] + timedelta(days=10)
    for who in PEOPLE:
        then = [scene.at for scene in stories.scenes(Life(who, first, first)) if scene.at <= first]
        now = [scene.at for scene in stories.scenes(Life(who, first, later)) if scene.at <= first]
        assert sorted(then) == sorted(now), who.name


def test_nothing_lies_in_the_future_or_at_midnight_and_the_year_is_varied() -> None:
    now = STARTS[0]
    lives = [Life(who, now, now) for who in PEOPLE]
    posted = [(lived, *entry) for lived in lives for entry in activities_of(lived)]
    instants = [occurred_at for _, occurred_at, _ in posted]
    assert max(instants) <= now
    assert min(instants) < now - timedelta(days=360)
    assert 5_000 < len(posted) < 9_000
    walls = [occurred_at.astimezone(calendar.zone(lived.person.zone)) for lived, occurred_at, _ in posted]
    assert min(Counter(wall.second for wall in walls).keys()) > 0
    at_one_time = Counter((lived.person.name, wall.time()) for (lived, *_), wall in zip(posted, walls, strict=True))
    assert at_one_time.most_common(1)[0][1] <= 3
    kinds = Counter(activity["object_type"] for *_, activity in posted)
    assert {"exercise", "quiz", "lesson", "meditation", "reading", "journal", "project", "task"} <= set(kinds)
    assert len({who.zone for who in PEOPLE}) == len(PEOPLE) == 28


def test_a_night_owl_ends_the_day_after_midnight() -> None:
    lived = life("noor", STARTS[0])
    hours = Counter(at.astimezone(calendar.zone(lived.person.zone)).hour for at, _ in activities_of(lived))
    assert set(hours) <= {22, 23, 0, 1}
    assert hours[0] > 20


def test_the_traveller_has_a_day_that_lasted_one_hour() -> None:
    lived = life("kofi", STARTS[0])
    flight = lived.at(lived.day(40), 60, "Pacific/Honolulu")
    assert calendar.local_day(flight, "Pacific/Honolulu") == lived.day(40)
    assert calendar.local_day(flight, "Pacific/Auckland") == lived.day(39)
    assert not practice.practises(lived, lived.day(40))


def test_goals_are_valid_and_of_every_type() -> None:
    """Names are keys, so each occurs once a learner."""
    read = []
    for own in goals.GOALS.values():  # and one with a category, see the loaded demo
        assert len({name for _, name, *_ in own}) == len(own)
        for _, name, target_type, time_period, target_value in own:
            goal = {"name": name, "target_type": target_type, "time_period": time_period, "target_value": target_value}
            read.append(GoalIn.model_validate_json(orjson.dumps(goal)))
    assert {goal.target_type for goal in read} == {
        "minutes",
        "percentage",
        "task_count",
        "exercises",
        "points",
        "active_days",
    }
    assert {goal.time_period for goal in read} == {"daily", "weekly", "monthly"}


@pytest.mark.parametrize("now", STARTS)
def test_plans_are_the_same_at_every_start_and_some_stay_open(now: datetime) -> None:
    lived, later = life("grace", now), life("grace", now + timedelta(days=2), now)
    days = [lived.day(since) for since in range(30, -8, -1)]
    planned = [plan for day in days for plan in planning.plans_of(lived, day)]
    assert planned == [plan for day in days for plan in planning.plans_of(later, day)]
    assert {plan.is_done for plan in planned} == {True, False}
    assert min(plan.starts_at for plan in planned) < now < max(plan.ends_at for plan in planned)
    assert len({(plan.day, plan.title) for plan in planned}) == len(planned)
    read = [TaskIn.model_validate_json(orjson.dumps(planning.task_of(plan, str(UUID(int=1))))) for plan in planned]
    assert all(task.scheduled_slots for task in read)


def test_the_document_names_everybody_with_their_story() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\w/]+) \| (.+) \|$", (ROOT / "docs" / "demo.md").read_text("utf-8"), re.M)
    assert rows == [(who.name, who.zone, who.story) for who in PEOPLE]


def test_the_readme_calls_as_the_first_learner() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert f"token --learner {FIRST_LEARNER} --zone {person(FIRST_LEARNER).zone})" in readme
    assert "docs/demo.md" in readme
