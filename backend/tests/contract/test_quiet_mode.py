"""Quiet mode on every surface: no answer about a quiet learner has a streak, an unlock, a level change or a badge.

Every operation is called as in the scenario of the examples, so that a new one is walked here by itself.
"""

import json
from collections.abc import Iterator, Mapping

import pytest
from quart import Quart

from architecture.sources import complain
from contract.calls import LADDER, Response, begin, place, send_step
from contract.scenario import STEPS, Step
from milepost.api.documentation.examples import DATED_AT, example
from milepost.app import openapi_document
from milepost.settings import load_settings
from support.callers import Caller, Json
from support.clock import AdjustableClock

LOUD = {
    *("streak", "current_streak", "longest_streak", "freezes", "freezes_pending", "next_freeze_in_days", "expires_at"),
    *("met_today", "paused", "last_exercise_date", "outcome", "is_new_record", "repairable_until", "calendar"),
    *("streak_days_completed", "achievements", "achievement_points", "achievements_unlocked", "unlocked"),
    *("unlocked_at", "earned_on", "earned", "available", "points_available", "tier", "rarity_percent", "rarity_as_of"),
    *("next_achievement", "other_achievements", "level_changes", "previous_level", "level_updated_at"),
}
"""The names of everything that quiet mode hides."""

LEFT_OUT = {
    *("exportLearner", "getMyData", "getOpenapi", "changeMe", "createShare", "deleteShare"),
    "createSignInCode",
}
"""Exports show everything that is stored; the document is about no learner; `changeMe` would end quiet mode, in which
nothing is shared; the end of a one-time code is called like that of a run at risk.
"""


@pytest.fixture(scope="module")
def document() -> Json:
    """The document, which says where an operation is."""
    read: Json = json.loads(openapi_document(load_settings()))
    return read


def walked() -> list[Step]:
    """The steps about a learner's own progress."""
    return [step for step in STEPS if step.who != "admin" and step.operation not in LEFT_OUT]


@pytest.fixture(scope="module")
async def answers(
    app: Quart, module_clock: AdjustableClock, database_url: str, document: Json
) -> Mapping[str, list[Response]]:
    """What every operation answers to a quiet learner and, where it reads, to a service."""
    module_clock.set(DATED_AT)
    client = app.test_client()
    await begin(client, database_url)
    for name in ("ada", "ben"):
        (await Caller(client, name).ask("PATCH", "/me", json={"quiet": True})).ok()
    kept: dict[str, str] = {}
    found: dict[str, list[Response]] = {}
    for step in walked():
        found[step.operation] = (await send_step(client, document, step, kept)).responses
        method, path = place(document, step.operation)
        roles = document["paths"][path][method]["description"].rpartition("Roles: ")[2]
        if method == "get" and "learner" in roles and "service" in roles and step.operation != "getFeatures":
            by_service = Step(step.operation, who="service", path=step.path, query=step.query)
            found[step.operation] += (await send_step(client, document, by_service, kept, learner_id="ada")).responses
    return found


def members(content: object) -> Iterator[tuple[str, object]]:
    """Every member in an answer, at any depth, with its name."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield name, value
            yield from members(value)
    elif isinstance(content, list):
        for item in content:
            yield from members(item)


def texts(content: object) -> Iterator[str]:
    """Every text in an answer."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for value in content.values():
            yield from texts(value)
    elif isinstance(content, list):
        for item in content:
            yield from texts(item)


def test_every_operation_succeeds_in_quiet_mode(answers: Mapping[str, list[Response]]) -> None:
    failed = [
        f"{operation}: {response.status} {response.answer}"
        for operation, responses in answers.items()
        for response in responses
        if response.status >= 300
    ]
    assert failed == []
    assert len(answers) > 60
    assert sum(len(responses) for responses in answers.values()) > len(answers) + 25, "services have read too"


def test_no_answer_speaks_of_what_quiet_mode_hides(answers: Mapping[str, list[Response]]) -> None:
    spoken = {
        f"{operation}: {name}"
        for operation, responses in answers.items()
        for response in responses
        for name, value in members(response.answer)
        if name in LOUD and value not in (None, [])
    }
    spoken |= {
        f"{operation}: {text}"
        for operation, responses in answers.items()
        for response in responses
        for text in texts(response.answer)
        if any(word in text.lower() for word in ("streak", "your run", "badge", "achievement", *LADDER))
    }
    complain(
        "an answer about a learner in quiet mode has no streak, unlock, level change or badge",
        "mark the member as LOUD in its schema, or give the contract an answer for quiet mode (`when_quiet`)",
        sorted(spoken),
    )


def test_the_same_walk_finds_everything_in_the_answers_to_others() -> None:
    shown = {name for step in walked() for name, _ in members(example(step.operation).answer)}
    assert shown >= LOUD


def test_what_is_not_hidden_is_still_answered(answers: Mapping[str, list[Response]]) -> None:
    def first(operation: str) -> Json:
        answer = answers[operation][0].answer
        assert answer is not None
        return answer

    assert first("getStreak") == {"quiet": True, "calendar": []}
    assert first("listAchievements") == {"quiet": True, "achievements": []}
    assert first("listBadges") == {"quiet": True, "earned": [], "available": []}
    assert first("updateStreak") == {"quiet": True, "level_changes": [], "unlocked": []}
    assert first("recordActivities")["learners"][0].keys() == {"learner_id", "revision", "points"}
    # 21 days of three exercises, and the one of the scenario.
    assert first("getProgress")["exercises_completed"] == 64
    assert first("getHistory")["days"][-1]["exercises_completed"] == 64
    assert {skill["level"] for skill in first("listSkillLevels")["skills"]} <= {"beginner", "intermediate", "advanced"}
    assert first("getPredictions")["next_level"]["level"] in ("intermediate", "advanced", "expert")
    assert first("createPause").keys() == {"pause", "revision"}
    assert first("repairStreak").keys() == {"repaired", "revision"}
