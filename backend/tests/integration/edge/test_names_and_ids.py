"""Names and ids are two spaces: no token, and no name that a service passes on, is another learner's id."""

from collections.abc import Callable
from uuid import NAMESPACE_URL, uuid5

import pytest
from quart.typing import TestClientProtocol as Client

from integration.edge.limits.quotas import Start
from support.builders import ISSUER, activity, bearer, exercise, mint, new_learner
from support.callers import Caller, service
from support.clock import START, AdjustableClock


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


def made_id(subject: str) -> str:
    """The id of a learner, as anyone can compute it who knows the issuer and the subject."""
    return str(uuid5(uuid5(NAMESPACE_URL, ISSUER), subject))


@pytest.mark.parametrize("role", ["learner", "service", "admin"])
@pytest.mark.parametrize("spelling", [str, str.upper])
async def test_S04_a_subject_that_is_another_learners_id(
    client: Client, role: str, spelling: Callable[[str], str]
) -> None:
    ada = Caller(client, new_learner())
    await ada.record_all(activity(START))
    impostor = Caller(client, spelling(made_id(ada.subject)), [role])
    assert ada.learner_id == made_id(ada.subject)
    assert "version 5" in (await impostor.get("/progress")).problem(401, "token_claims")["detail"]
    (await impostor.record(activity(START))).problem(401, "token_claims")
    (await impostor.ask("DELETE", "/me", json={"confirm": impostor.subject})).problem(401, "token_claims")
    assert len(await ada.feed()) == 1


async def test_a_code_cannot_sign_in_another_learners_id(client: Client) -> None:
    token = mint(made_id(new_learner()))
    answer = await service(client).post("/sign-in/codes", {"token": token})
    assert 400 <= answer.status < 500


async def test_a_service_passes_on_no_id_as_a_name(client: Client) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await teacher.record_all(exercise(START), learner_id=ada.subject)
    chosen = made_id(ada.subject)
    (await teacher.record(exercise(START), learner_id=chosen)).problem(404, "learner_not_found")
    (await teacher.post("/activities", exercise(START, learner_id=chosen))).problem(404, "learner_not_found")
    (await teacher.get("/progress", learner_id=chosen)).problem(404, "learner_not_found")
    (await teacher.get("/me/data", learner_id=chosen)).problem(403, "role_not_allowed")
    (await teacher.post("/tasks", {"title": "read"}, learner_id=chosen)).problem(404, "learner_not_found")
    event = {"action": "viewed", "objectType": "lesson", "userId": chosen.upper()}
    (await teacher.post("/events", event)).problem(404, "learner_not_found")
    (await teacher.ask("DELETE", "/activities/any", query={"learner_id": chosen})).problem(404, "learner_not_found")
    batch = await teacher.record(exercise(START, learner_id=chosen), exercise(START, learner_id=new_learner()))
    assert [result.get("reason") for result in batch.ok()["results"]] == ["learner_not_found", None]
    assert len(await ada.feed()) == 1


async def test_a_uuid_of_another_version_names_itself(client: Client) -> None:
    name = "6f1c0f5e-3d0b-4a52-9c56-2a4f6c1b7f10"
    ada = Caller(client, name)
    await service(client).record_all(exercise(START), learner_id=name)
    assert (await ada.progress())["learner_id"] == name
    assert len(await ada.feed()) == 1


async def test_learners_and_administrators_name_by_ids(client: Client) -> None:
    ada, root = Caller(client, new_learner()), Caller(client, "root", ["admin"])
    await ada.record_all(activity(START))
    assert len(await ada.feed(learner_id=made_id(ada.subject))) == 1
    for name in (ada.subject, made_id(ada.subject)):
        assert (await root.progress(learner_id=name))["learner_id"] == made_id(ada.subject)


async def test_settings_say_who_else_names_by_ids(client: Client, another: Start) -> None:
    ada = new_learner()
    chosen = made_id(ada)
    by_services = Caller((await another(uuid5_names="services")).test_client(), "exercises", ["service"])
    await by_services.record_all(exercise(START), learner_id=chosen)
    await by_services.record_all(exercise(START), learner_id=ada)
    by_services = by_services.other(chosen, ["learner"])
    (await by_services.get("/progress")).problem(401, "token_claims")
    everyone = Caller((await another(uuid5_names="everyone")).test_client(), chosen)
    assert len(await everyone.feed()) == 2


async def test_a_learner_named_like_an_administrator_is_not_the_administrator(client: Client) -> None:
    subject = new_learner()
    root, learner, bob = Caller(client, subject, ["admin"]), Caller(client, subject), Caller(client, new_learner())
    await bob.record_all(activity(START))
    await learner.record_all(activity(START))
    key = {"Idempotency-Key": "one"}
    path = f"/admin/learners/{bob.subject}/rebuild"
    (await root.ask("POST", path, json={}, headers=key)).ok()
    export = (await learner.get("/me/data")).raw.decode()
    assert bob.learner_id not in export
    assert "rebuildLearner" not in export


async def test_the_export_does_not_name_administrators(client: Client) -> None:
    root, ada = Caller(client, "gloria at the school", ["admin"]), Caller(client, new_learner())
    await ada.record_all(activity(START))
    restored = {"first_day": "2026-03-08", "last_day": "2026-03-08", "reason": "the bus was late"}
    (await root.post(f"/admin/learners/{ada.subject}/restore-streak", restored)).ok()
    (await ada.post("/me/pauses", {"first_day": "2026-03-14", "last_day": "2026-03-14"})).ok()
    group = (await root.post("/admin/groups", {"name": "a class"})).ok()["group_id"]
    (await root.post(f"/admin/groups/{group}/members", {"learner_ids": [ada.subject]})).ok()
    (await root.ask("PUT", f"/admin/learners/{ada.subject}/zones", json=[{"zone": "Europe/Berlin"}])).ok()
    for path in ("/me/data", "/progress/export"):
        answer = await ada.get(path)
        assert "gloria" not in answer.raw.decode()
        excuses = answer.ok()["tables"]["streak_excuses"]
        made_by = {excuse["kind"]: excuse["created_by"] for excuse in excuses}
        assert made_by == {"restore": "administrator", "pause": "learner"}


async def test_a_token_without_roles_is_a_learner_only_where_the_setting_says_so(
    client: Client, another: Start
) -> None:
    headers = bearer(mint("rolf", roles=None))
    answer = await client.get("/api/progress", headers=headers)
    assert (answer.status_code, (await answer.get_json())["code"]) == (401, "token_roles")
    willing = (await another(default_role="learner")).test_client()
    assert (await willing.get("/api/progress", headers=headers)).status_code == 200
