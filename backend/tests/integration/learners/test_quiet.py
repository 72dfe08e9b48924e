"""Quiet mode: everything is recorded, answers say nothing of gains, and afterwards everything is shown as it is.

`contract/test_quiet_mode.py` walks every operation; here is when quiet mode begins and ends, and for whom.
"""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.app import create_app
from milepost.resources import Resources
from milepost.services.rebuild.check import differences
from milepost.settings import Settings
from support.builders import activity, exercise, new_learner
from support.callers import Answer, Caller, Json, results_of, service
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)
LEVEL_CHANGE = [{"topic": "loops", "from": "beginner", "to": "intermediate"}]


@pytest.fixture(scope="module", autouse=True)
async def _catalogue(database_url: str, app: Quart) -> None:
    await put_in_force(
        database_url, entry("ten", condition("exercises_completed", 10)), entry("fifty", condition("points", 1_000))
    )


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


async def be_quiet(caller: Caller, quiet: bool = True) -> None:
    """The learner begins or ends quiet mode."""
    assert (await caller.ask("PATCH", "/me", json={"quiet": quiet})).ok()["quiet"] is quiet


def ten(prefix: str = "e", topic: str = "loops") -> list[dict[str, object]]:
    """Ten exercises on three days: a run of three, a level and an achievement."""
    return [exercise(START - (n % 3) * DAY, id=f"{prefix}-{n}", topic=topic) for n in range(10)]


def names(answer: Answer) -> set[str]:
    """The members of the one learner in an answer of intake."""
    (learner,) = answer.ok()["learners"]
    return set(learner)


async def everything(caller: Caller) -> list[Json]:
    """Answers to reads of all kinds, without what differs between two learners."""
    paths = (
        *("/progress", "/progress/streak", "/progress/achievements", "/progress/badges", "/progress/skill-levels"),
        *("/progress/history", "/progress/predictions", "/progress/recommendations", "/progress/statistics"),
        *("/analytics/quick-stats", "/analytics/dashboard", "/activities"),
    )
    own = {"learner_id", "revision"}
    answers = [(await caller.get(path)).ok() for path in paths]
    return [{name: value for name, value in answer.items() if name not in own} for answer in answers]


async def test_after_quiet_mode_everything_is_as_if_it_had_never_been(client: Client, resources: Resources) -> None:
    quiet, loud, teacher = Caller(client, new_learner()), Caller(client, new_learner()), service(client)
    await be_quiet(quiet)
    for learner in (quiet, loud):
        await teacher.record_all(*ten(), learner_id=learner.subject)
        (await learner.post("/progress/update-streak")).ok()
        (await learner.post("/progress/calculate-skill-level", {"topic": "loops"})).ok()
        await learner.post("/me/pauses", {"first_day": "2026-03-12", "last_day": "2026-03-13"})
        task = (await learner.post("/tasks", {"title": "read", "due_day": "2026-03-10"})).ok()
        (await learner.post(f"/tasks/{task['task_id']}/complete")).ok()
    assert (await everything(quiet))[0].keys() < (await everything(loud))[0].keys()
    await be_quiet(quiet, quiet=False)
    seen, expected = await everything(quiet), await everything(loud)
    for answers in (seen, expected):
        answers[-1]["activities"] = len(answers[-1]["activities"])  # ids of tasks differ
        assert answers[-1]["activities"] == 12
    assert seen == expected
    assert seen[0]["streak"]["current_streak"] == 3
    assert [badge["code"] for badge in seen[3]["earned"]] == ["ten"]
    async with resources.database.snapshot() as reading:
        assert await differences(reading, [UUID(quiet.learner_id)], resources.policy) == []


async def test_one_batch_has_quiet_and_other_learners(client: Client) -> None:
    quiet, loud, teacher = Caller(client, new_learner()), Caller(client, new_learner()), service(client)
    await be_quiet(quiet)
    batch = [
        {**item, "learner_id": learner.subject, "id": f"{learner.subject}-{item['id']}"}
        for learner in (quiet, loud)
        for item in ten()
    ]
    answer = await teacher.record_all(*batch)
    by_id = {learner["learner_id"]: learner for learner in answer["learners"]}
    assert by_id[quiet.learner_id].keys() == {"learner_id", "sent_as", "revision", "points"}
    assert by_id[loud.learner_id]["level_changes"] == LEVEL_CHANGE
    assert [unlock["code"] for unlock in by_id[loud.learner_id]["unlocked"]] == ["ten"]
    assert by_id[loud.learner_id]["streak"]["current_streak"] == 3


async def test_it_begins_with_the_next_answer_of_intake(client: Client) -> None:
    """Intake has remembered the learner's facts from before, in this process."""
    ada = Caller(client, new_learner())
    loud = {"learner_id", "revision", "streak", "level_changes", "unlocked", "points"}
    quiet = {"learner_id", "revision", "points"}
    assert names(await ada.record(activity(START))) == loud
    await be_quiet(ada)
    assert names(await ada.record(activity(START))) == quiet
    await be_quiet(ada, quiet=False)
    assert names(await ada.record(activity(START))) == loud


async def test_another_process_that_remembers_the_learner_is_quiet_too(
    client: Client, settings: Settings, module_clock: AdjustableClock
) -> None:
    elsewhere = create_app(settings, module_clock)
    async with elsewhere.test_app():
        ada = Caller(client, new_learner())
        there = Caller(elsewhere.test_client(), ada.subject)
        assert "streak" in names(await there.record(activity(START)))
        assert "streak" in (await there.get("/progress")).ok()
        await be_quiet(ada)
        assert "streak" not in names(await there.record(activity(START)))
        assert "streak" not in (await there.get("/progress")).ok()


async def test_while_writers_post_no_answer_after_the_choice_shows_a_streak(client: Client) -> None:
    ada = Caller(client, new_learner())
    chosen = asyncio.Event()
    late: list[set[str]] = []

    async def write() -> None:
        for _ in range(8):
            is_late = chosen.is_set()
            shown = names(await ada.record(activity(START)))
            if is_late:
                late.append(shown)

    async def choose() -> None:
        await ada.record(activity(START))
        await be_quiet(ada)
        chosen.set()

    await asyncio.gather(*(write() for _ in range(4)), choose())
    late.append(names(await ada.record(activity(START))))
    assert {frozenset(shown) for shown in late} == {frozenset({"learner_id", "revision", "points"})}


async def test_a_kept_answer_is_not_given_again(client: Client) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await ada.record_all(activity(START))
    before = await ada.get("/progress/streak")
    tag = {"If-None-Match": before.headers["ETag"]}
    assert (await ada.ask("GET", "/progress/streak", headers=tag)).status == 304
    await be_quiet(ada)
    quiet = await ada.ask("GET", "/progress/streak", headers=tag)
    assert quiet.ok() == {"quiet": True, "calendar": []}
    assert (await teacher.get("/progress/streak", learner_id=ada.subject)).ok() == {"quiet": True, "calendar": []}
    own = {"If-None-Match": quiet.headers["ETag"]}
    assert (await ada.ask("GET", "/progress/streak", headers=own)).status == 304


async def test_administrators_see_everything_at_the_same_address_as_services(client: Client) -> None:
    ada, teacher, root = Caller(client, new_learner()), service(client), Caller(client, "root", ["admin"])
    await ada.record_all(activity(START))
    await be_quiet(ada)
    for _ in range(2):
        shown = await root.get("/progress/streak", learner_id=ada.subject)
        hidden = await teacher.get("/progress/streak", learner_id=ada.subject)
        assert shown.ok()["current_streak"] == 1
        assert hidden.ok() == {"quiet": True, "calendar": []}
        assert shown.headers["ETag"] != hidden.headers["ETag"]
    at = {"learner_id": ada.subject, "at": START.isoformat()}
    assert (await root.ask("GET", "/progress/streak", query=at)).ok()["current_streak"] == 1
    assert (await teacher.ask("GET", "/progress/streak", query=at)).ok() == {"quiet": True, "calendar": []}
    assert (await root.get("/analytics/quick-stats", learner_id=ada.subject)).ok()["streak_days_completed"] == 0
    assert "streak_days_completed" not in (await teacher.get("/analytics/quick-stats", learner_id=ada.subject)).ok()


async def test_exports_show_everything(client: Client) -> None:
    ada = Caller(client, new_learner())
    await be_quiet(ada)
    await service(client).record_all(*ten(), learner_id=ada.subject)
    tables = (await ada.get("/progress/export", format="json")).ok()["tables"]
    assert [unlock["code"] for unlock in tables["unlocks"]] == ["ten"]
    assert (tables["learners"][0]["run"], tables["skill_levels"][0]["previous_level"]) == (3, "beginner")
    expected = {"display_name": None, "quiet": True, "boards": False, "digest_weekday": None}
    assert tables["profiles"] == [{"learner_id": ada.learner_id, **expected}]


@pytest.mark.parametrize(("path", "member"), [("/me/pauses", "pause"), ("/tasks/{task}/complete", "task")])
async def test_a_key_that_is_sent_again_in_quiet_mode_says_no_more(client: Client, path: str, member: str) -> None:
    ada = Caller(client, new_learner())
    task = (await ada.post("/tasks", {"title": "read"})).ok()["task_id"]
    body = {"first_day": "2026-03-12", "last_day": "2026-03-13"} if member == "pause" else {}

    async def send() -> Json:
        key = {"Idempotency-Key": "once"}
        return (await ada.ask("POST", path.format(task=task), json=body, headers=key)).ok()

    first = await send()
    assert "current_streak" in str(first)
    await be_quiet(ada)
    again = await send()
    assert "streak" not in str(again)
    assert again[member] == first[member]
    await be_quiet(ada, quiet=False)
    assert await send() == first


async def test_a_repeated_activity_says_nothing_in_quiet_mode_and_everything_before_and_after(client: Client) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    first = (await teacher.record(*ten(), learner_id=ada.subject)).ok()["learners"][0]
    await be_quiet(ada)
    again = await teacher.record(*ten(), learner_id=ada.subject)
    assert results_of(again, "status") == ["duplicate"] * 10
    assert names(again) == {"learner_id", "sent_as", "revision", "points"}
    await be_quiet(ada, quiet=False)
    after = (await teacher.record(*ten(), learner_id=ada.subject)).ok()["learners"][0]
    gains = ("streak", "level_changes", "unlocked")
    assert [after[name] for name in gains] == [first[name] for name in gains]
    assert after["level_changes"] == LEVEL_CHANGE


async def test_voiding_says_no_more_than_recording(client: Client) -> None:
    ada, root = Caller(client, new_learner()), Caller(client, "root", ["admin"])
    await ada.record_all(activity(START, id="a"), activity(START, id="b"))
    await be_quiet(ada)
    voided = (await ada.ask("DELETE", "/activities/a")).ok()
    assert voided["learner"].keys() == {"learner_id", "revision", "points"}
    query = {"learner_id": ada.subject, "sender": "learner"}
    voided = (await root.ask("DELETE", "/activities/b", query=query)).ok()
    assert voided["learner"]["streak"]["current_streak"] == 0


async def test_update_streak_still_says_what_is_wrong_with_an_exercise(client: Client) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await be_quiet(ada)

    async def update(**fields: object) -> Answer:
        sent = {"exercise": exercise(START, id="x", **fields), "learner_id": ada.subject}
        return await teacher.post("/progress/update-streak", sent)

    quiet = {"quiet": True, "level_changes": [], "unlocked": []}
    assert (await update()).ok() == quiet
    (await update(value=1)).problem(409, "activity_conflict")
    (await teacher.ask("DELETE", "/activities/x", query={"learner_id": ada.subject})).ok()
    assert (await update()).ok() == {**quiet, "voided": True}
    unknown = {"exercise": activity(START, verb="juggled", object_type="ball"), "learner_id": ada.subject}
    assert (await teacher.post("/progress/update-streak", unknown)).ok() == {**quiet, "note": "unknown_kind"}


async def test_recommendations_leave_out_the_run_and_the_achievement_and_rank_the_rest(client: Client) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    # Two exercises on each of four days: no freeze is earned, so the run ends today.
    practice = [exercise(START - (1 + n // 2) * DAY, id=f"e-{n}") for n in range(8)]
    await teacher.record_all(*practice, learner_id=ada.subject)
    (await ada.post("/tasks", {"title": "read", "due_day": "2026-03-09"})).ok()

    async def ranked() -> list[tuple[int, str]]:
        found = (await ada.get("/progress/recommendations")).ok()["recommendations"]
        return [(item["rank"], item["kind"]) for item in found]

    assert await ranked() == [(1, "streak_at_risk"), (2, "overdue_task"), (3, "near_level"), (4, "near_achievement")]
    await be_quiet(ada)
    assert await ranked() == [(1, "overdue_task"), (2, "near_level")]


async def test_predictions_keep_the_next_level_and_no_achievement(client: Client) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await teacher.record_all(*(exercise(START - (1 + n) * DAY, id=f"e-{n}") for n in range(8)), learner_id=ada.subject)
    before = (await ada.get("/progress/predictions")).ok()
    assert (before["next_achievement"]["code"], before["next_level"]["exercises_missing"]) == ("ten", 2)
    await be_quiet(ada)
    expected = {"next_achievement": None, "other_achievements": [], "next_level": before["next_level"]}
    assert (await ada.get("/progress/predictions")).ok() == expected
