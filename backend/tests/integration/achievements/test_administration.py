"""What administrators do with the catalogue: seed, draft, try, activate, change, retire, give."""

from datetime import timedelta
from typing import Any

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Caller, Shape, service, uuid_of
from support.catalogues import counted, entry, look_at_everybody, put_in_force
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)
PATH = "/admin/achievements"


@pytest.fixture(autouse=True)
async def _one_achievement(clock: AdjustableClock, database_url: str) -> None:
    """Every test begins at START, with one achievement from a file."""
    await put_in_force(database_url, entry("five", counted("activities", 5)))


@pytest.fixture
def root(client: Client) -> Caller:
    return Caller(client, "root", ["admin"])


def viewed(days_ago: int = 0) -> dict[str, Any]:
    return activity(START - days_ago * DAY, verb="viewed", object_type="lesson")


async def catalogue(root: Caller) -> dict[str, Shape]:
    """Definitions by code."""
    return {one["code"]: one for one in (await root.get(PATH)).ok()["achievements"]}


async def held(caller: Caller, learner: str) -> set[str]:
    shown = (await caller.get("/progress/achievements", learner_id=learner)).ok()["achievements"]
    return {one["code"] for one in shown if one["unlocked"]}


async def test_from_draft_to_retirement(client: Client, root: Caller, database_url: str) -> None:
    teacher, learners = service(client), [new_learner() for _ in range(3)]
    for place, learner in enumerate(learners):
        await teacher.record_all(*(viewed() for _ in range(place + 1)), learner_id=learner)
    draft = entry("two", counted("activities", 2))
    added = (await root.post(PATH, draft)).ok()
    assert (added["added"], added["decides"]) == (["two"], False)
    (await root.post(PATH, draft)).problem(409, "achievement_exists")
    assert (await catalogue(root))["two"] | draft == (await catalogue(root))["two"]
    assert (await catalogue(root))["two"]["state"] == "draft"

    seen = (await root.post(f"{PATH}/two/dry-run", {})).ok()
    total = seen.pop("learners")
    assert seen.pop("looked_at") == total >= 3
    would = seen.pop("would_unlock")
    assert seen.pop("estimated_total") == would >= 2
    assert {uuid_of(learner) for learner in learners[1:]} <= set(seen.pop("sample"))
    assert seen == {"holders": 0}
    harder = (await root.post(f"{PATH}/two/dry-run", {"rule": counted("activities", 3)})).ok()
    assert harder["would_unlock"] < would
    assert await held(teacher, learners[2]) == set()

    assert (await root.post(f"{PATH}/two/activate")).ok()["decides"] is True
    assert (await root.get(PATH)).ok()["applied"] is False
    await look_at_everybody(database_url, START)
    assert (await root.get(PATH)).ok()["applied"] is True
    assert [await held(teacher, learner) for learner in learners] == [set(), {"two"}, {"two"}]
    assert (await root.post(f"{PATH}/two/dry-run", {})).ok()["would_unlock"] == 0

    changed = draft | {"title": "In other words", "state": "active"}
    assert (await root.ask("PUT", f"{PATH}/two", json=changed)).ok()["changed"] == ["two"]
    assert (await root.post(f"{PATH}/two/retire")).ok()["retired"] == ["two"]
    await teacher.record_all(viewed(), learner_id=learners[0])
    assert [await held(teacher, learner) for learner in learners] == [set(), {"two"}, {"two"}]


async def test_a_rule_with_a_filter_is_tried_before_anybody_counts(client: Client, root: Caller) -> None:
    teacher, learner = service(client), new_learner()
    await teacher.record_all(
        *(exercise(START - n * DAY, object_type="quiz", duration_seconds=90) for n in (0, 1)), learner_id=learner
    )
    days = entry("quiz-days", counted("active_days", 2, object_type="quiz"))
    (await root.post(PATH, days)).ok()
    seen = (await root.post(f"{PATH}/quiz-days/dry-run", {})).ok()
    assert uuid_of(learner) in seen["sample"]
    minutes = counted("minutes", 4, object_type="quiz")
    assert uuid_of(learner) not in (await root.post(f"{PATH}/quiz-days/dry-run", {"rule": minutes})).ok()["sample"]


async def test_seeding_takes_all_or_nothing_and_leaves_others_alone(client: Client, root: Caller) -> None:
    good, other = entry("seeded-1", counted("points", 5)), entry("seeded-2", counted("streak", 2), state="active")
    bad = entry("seeded-3", counted("popularity", 5), points=-1)
    refused = (await root.post(f"{PATH}/import", {"achievements": [good, bad]})).problem(422, "invalid_definition")
    assert {fault["pointer"] for fault in refused["errors"]} == {
        "/achievements/1/rule/metric",
        "/achievements/1/points",
    }
    assert "seeded-1" not in await catalogue(root)
    seeded = (await root.post(f"{PATH}/import", {"achievements": [good, other]})).ok()
    assert (seeded["added"], seeded["decides"]) == (["seeded-1", "seeded-2"], True)
    assert {"five", "seeded-1", "seeded-2"} <= set(await catalogue(root))
    exported = (await root.get(f"{PATH}/export")).ok()
    again = (await root.post(f"{PATH}/import", exported)).ok()
    assert (again["added"], again["changed"], again["unchanged"]) == ([], [], len(exported["achievements"]))


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"rule": counted("activities", 0)}, "/rule/at_least"),
        ({"rule": {"metric": "skill_level", "at_least": "expert", "where": {"topic": "loops"}}}, "/rule/where"),
        ({"rule": counted("hearts", 1)}, "/rule/metric"),
        ({"tier": "platinum"}, "/tier"),
        ({"code": "Not A Code"}, "/code"),
    ],
)
async def test_what_a_definition_may_not_say(root: Caller, fields: dict[str, object], where: str) -> None:
    refused = (await root.post(PATH, entry("refused", counted("activities", 1)) | fields)).problem(
        422, "invalid_definition"
    )
    assert where in {fault["pointer"] for fault in refused["errors"]}
    assert "refused" not in await catalogue(root)


async def test_what_is_given_by_hand_is_kept_told_and_counted(client: Client, root: Caller) -> None:
    teacher, learner = service(client), new_learner()
    await teacher.record_all(viewed(), learner_id=learner)
    granted = entry("thanks", {"metric": "manual"}, state="active", points=5)
    counting = entry("one-held", counted("achievements_unlocked", 1), state="active")
    (await root.post(f"{PATH}/import", {"achievements": [granted, counting]})).ok()
    asked = {"learner_id": learner, "reason": "Found a mistake of ours."}
    given = (await root.post(f"{PATH}/thanks/grant", asked)).ok()
    assert [one["code"] for one in given["unlocked"]] == ["thanks", "one-held"]
    assert {one["earned_on"] for one in given["unlocked"]} == {"2026-03-10"}
    again = (await root.post(f"{PATH}/thanks/grant", asked)).ok()
    assert (again["unlocked"], again["revision"]) == ([], given["revision"])
    assert await held(teacher, learner) == {"thanks", "one-held"}
    sent = viewed()
    await teacher.record_all(sent, learner_id=learner)
    (await teacher.ask("DELETE", f"/activities/{sent['id']}", query={"learner_id": learner})).ok()
    assert await held(teacher, learner) == {"thanks", "one-held"}
    (entry_of_audit,) = [
        one for one in (await root.get("/admin/audit")).ok()["entries"] if one["action"] == "achievement.grant"
    ][:1]
    assert (entry_of_audit["actor"], entry_of_audit["body"]["reason"]) == ("root", "Found a mistake of ours.")


async def test_refusals(client: Client, root: Caller) -> None:
    nobody = {"learner_id": new_learner(), "reason": "why not"}
    (await root.post(f"{PATH}/five/grant", nobody)).problem(404, "learner_not_found")
    learner = new_learner()
    await service(client).record_all(viewed(), learner_id=learner)
    asked = {"learner_id": learner, "reason": "why not"}
    (await root.post(f"{PATH}/never/grant", asked)).problem(404, "achievement_not_found")
    (await root.post(PATH, entry("drafted", counted("activities", 1)))).ok()
    (await root.post(f"{PATH}/drafted/grant", asked)).problem(409, "achievement_not_active")
    for action in ("activate", "retire"):
        (await root.post(f"{PATH}/never/{action}")).problem(404, "achievement_not_found")
    (await root.post(f"{PATH}/never/dry-run", {})).problem(404, "achievement_not_found")
    (await root.post(f"{PATH}/five/dry-run", {"rule": counted("hearts", 1)})).problem(422, "invalid_definition")
    other = entry("other", counted("activities", 1))
    (await root.ask("PUT", f"{PATH}/five", json=other)).problem(422, "invalid_definition")
    (await root.ask("PUT", f"{PATH}/other", json=other)).problem(404, "achievement_not_found")
    for caller in (Caller(client, learner), service(client)):
        (await caller.get(PATH)).problem(403, "role_not_allowed")
        (await caller.post(f"{PATH}/five/grant", asked)).problem(403, "role_not_allowed")
