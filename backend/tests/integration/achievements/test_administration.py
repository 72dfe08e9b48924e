"""Administration of the catalogue: seed, draft, preview, activate, change, retire, grant."""

from datetime import timedelta
from typing import Any

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, service, uuid_of
from support.catalogues import condition, entry, put_in_force, run_backfill
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)
PATH = "/admin/achievements"


@pytest.fixture(autouse=True)
async def _one_achievement(clock: AdjustableClock, database_url: str) -> None:
    """Every test begins at START, with one achievement from a file."""
    await put_in_force(database_url, entry("five", condition("activities", 5)))


@pytest.fixture
def root(client: Client) -> Caller:
    return Caller(client, "root", ["admin"])


def viewed(days_ago: int = 0) -> dict[str, Any]:
    return activity(START - days_ago * DAY, verb="viewed", object_type="lesson")


async def catalogue(root: Caller) -> dict[str, Json]:
    """Definitions by code."""
    return {achievement["code"]: achievement for achievement in (await root.get(PATH)).ok()["achievements"]}


async def unlocked_codes(caller: Caller, learner: str) -> set[str]:
    achievements = (await caller.get("/progress/achievements", learner_id=learner)).ok()["achievements"]
    return {achievement["code"] for achievement in achievements if achievement["unlocked"]}


async def test_from_draft_to_retirement(client: Client, root: Caller, database_url: str) -> None:
    teacher, learners = service(client), [new_learner() for _ in range(3)]
    for place, learner in enumerate(learners):
        await teacher.record_all(*(viewed() for _ in range(place + 1)), learner_id=learner)
    draft = entry("two", condition("activities", 2))
    added = (await root.post(PATH, draft)).ok()
    assert (added["added"], added["decides"]) == (["two"], False)
    (await root.post(PATH, draft)).problem(409, "achievement_exists")
    assert (await catalogue(root))["two"] | draft == (await catalogue(root))["two"]
    assert (await catalogue(root))["two"]["state"] == "draft"

    preview = (await root.post(f"{PATH}/two/dry-run", {})).ok()
    total = preview.pop("learners")
    assert preview.pop("looked_at") == total >= 3
    would = preview.pop("would_unlock")
    assert preview.pop("estimated_total") == would >= 2
    assert {uuid_of(learner) for learner in learners[1:]} <= set(preview.pop("sample"))
    assert preview == {"holders": 0}
    harder = (await root.post(f"{PATH}/two/dry-run", {"rule": condition("activities", 3)})).ok()
    assert harder["would_unlock"] < would
    assert await unlocked_codes(teacher, learners[2]) == set()

    assert (await root.post(f"{PATH}/two/activate")).ok()["decides"] is True
    assert (await root.get(PATH)).ok()["applied"] is False
    await run_backfill(database_url, START)
    assert (await root.get(PATH)).ok()["applied"] is True
    assert [await unlocked_codes(teacher, learner) for learner in learners] == [set(), {"two"}, {"two"}]
    assert (await root.post(f"{PATH}/two/dry-run", {})).ok()["would_unlock"] == 0

    changed = draft | {"title": "In other words", "state": "active"}
    assert (await root.ask("PUT", f"{PATH}/two", json=changed)).ok()["changed"] == ["two"]
    assert (await root.post(f"{PATH}/two/retire")).ok()["retired"] == ["two"]
    await teacher.record_all(viewed(), learner_id=learners[0])
    assert [await unlocked_codes(teacher, learner) for learner in learners] == [set(), {"two"}, {"two"}]


async def test_a_rule_with_a_filter_can_be_previewed_before_activation(client: Client, root: Caller) -> None:
    teacher, learner = service(client), new_learner()
    await teacher.record_all(
        *(exercise(START - n * DAY, object_type="quiz", duration_seconds=90) for n in (0, 1)), learner_id=learner
    )
    days = entry("quiz-days", condition("active_days", 2, object_type="quiz"))
    (await root.post(PATH, days)).ok()
    preview = (await root.post(f"{PATH}/quiz-days/dry-run", {})).ok()
    assert uuid_of(learner) in preview["sample"]
    minutes = condition("minutes", 4, object_type="quiz")
    assert uuid_of(learner) not in (await root.post(f"{PATH}/quiz-days/dry-run", {"rule": minutes})).ok()["sample"]


async def test_seeding_is_all_or_nothing_and_keeps_other_definitions(client: Client, root: Caller) -> None:
    good, other = entry("seeded-1", condition("points", 5)), entry("seeded-2", condition("streak", 2), state="active")
    bad = entry("seeded-3", condition("popularity", 5), points=-1)
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
    ("fields", "where", "code"),
    [
        ({"rule": condition("activities", 0)}, "/rule/at_least", "out_of_range"),
        (
            {"rule": {"metric": "skill_level", "at_least": "expert", "where": {"topic": "loops"}}},
            "/rule/where",
            "not_allowed",
        ),
        ({"rule": condition("hearts", 1)}, "/rule/metric", "not_allowed"),
        ({"tier": "platinum"}, "/tier", "not_allowed"),
        ({"code": "Not A Code"}, "/code", "wrong_form"),
    ],
)
async def test_invalid_definitions_are_refused(root: Caller, fields: dict[str, object], where: str, code: str) -> None:
    refused = (await root.post(PATH, entry("refused", condition("activities", 1)) | fields)).problem(
        422, "invalid_definition"
    )
    assert (where, code) in {(fault["pointer"], fault["code"]) for fault in refused["errors"]}
    assert "refused" not in await catalogue(root)


async def test_a_granted_achievement_is_kept_announced_and_counted(client: Client, root: Caller) -> None:
    teacher, learner = service(client), new_learner()
    await teacher.record_all(viewed(), learner_id=learner)
    granted = entry("thanks", {"metric": "manual"}, state="active", points=5)
    counting = entry("one-held", condition("achievements_unlocked", 1), state="active")
    (await root.post(f"{PATH}/import", {"achievements": [granted, counting]})).ok()
    body = {"learner_id": learner, "reason": "Found a mistake of ours."}
    grant = (await root.post(f"{PATH}/thanks/grant", body)).ok()
    assert [achievement["code"] for achievement in grant["unlocked"]] == ["thanks", "one-held"]
    assert {achievement["earned_on"] for achievement in grant["unlocked"]} == {"2026-03-10"}
    again = (await root.post(f"{PATH}/thanks/grant", body)).ok()
    assert (again["unlocked"], again["revision"]) == ([], grant["revision"])
    assert await unlocked_codes(teacher, learner) == {"thanks", "one-held"}
    sent = viewed()
    await teacher.record_all(sent, learner_id=learner)
    (await teacher.ask("DELETE", f"/activities/{sent['id']}", query={"learner_id": learner})).ok()
    assert await unlocked_codes(teacher, learner) == {"thanks", "one-held"}
    (entry_of_audit,) = [
        entry for entry in (await root.get("/admin/audit")).ok()["entries"] if entry["action"] == "achievement.grant"
    ][:1]
    assert (entry_of_audit["actor"], entry_of_audit["body"]["reason"]) == ("root", "Found a mistake of ours.")


async def test_refused_requests(client: Client, root: Caller) -> None:
    nobody = {"learner_id": new_learner(), "reason": "why not"}
    (await root.post(f"{PATH}/five/grant", nobody)).problem(404, "learner_not_found")
    learner = new_learner()
    await service(client).record_all(viewed(), learner_id=learner)
    body = {"learner_id": learner, "reason": "why not"}
    (await root.post(f"{PATH}/never/grant", body)).problem(404, "achievement_not_found")
    (await root.post(PATH, entry("drafted", condition("activities", 1)))).ok()
    (await root.post(f"{PATH}/drafted/grant", body)).problem(409, "achievement_not_active")
    for action in ("activate", "retire"):
        (await root.post(f"{PATH}/never/{action}")).problem(404, "achievement_not_found")
    (await root.post(f"{PATH}/never/dry-run", {})).problem(404, "achievement_not_found")
    (await root.post(f"{PATH}/five/dry-run", {"rule": condition("hearts", 1)})).problem(422, "invalid_definition")
    other = entry("other", condition("activities", 1))
    (await root.ask("PUT", f"{PATH}/five", json=other)).problem(422, "invalid_definition")
    (await root.ask("PUT", f"{PATH}/other", json=other)).problem(404, "achievement_not_found")
    for caller in (Caller(client, learner), service(client)):
        (await caller.get(PATH)).problem(403, "role_not_allowed")
        (await caller.post(f"{PATH}/five/grant", body)).problem(403, "role_not_allowed")
