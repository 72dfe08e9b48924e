"""Sign-in without a password: in the process that `milepost run` starts, for pages of this machine alone."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from quart import Quart, Response
from quart.typing import TestClientProtocol as Client

from milepost.app import create_app
from milepost.commands.demo_sign_in import demo_sign_in
from milepost.embedded.demo.people import PEOPLE
from milepost.settings import Settings, SettingsFault
from support.builders import bearer
from support.clock import START, AdjustableClock

HERE = {"Host": "127.0.0.1:8000"}
ADA = {"learner_id": "ada", "role": "learner"}


@pytest.fixture(scope="module")
async def demo_app(settings: Settings, module_clock: AdjustableClock) -> AsyncIterator[Quart]:
    """The application as `milepost run` starts it."""
    application = create_app(settings, module_clock, demo_sign_in(settings, with_learners=True, supervised=True))
    async with application.test_app():
        yield application


@pytest.fixture
def demo(demo_app: Quart, clock: AdjustableClock) -> Client:
    """A client of it, at START."""
    clock.set(START)
    return demo_app.test_client()


async def tried(client: Client, headers: dict[str, str]) -> list[Response]:
    """Both calls with these headers."""
    return [
        await client.get("/sign-in/demo", headers=headers),
        await client.post("/sign-in/demo", json=ADA, headers=headers),
    ]


async def test_a_person_chooses_a_demo_learner(demo: Client) -> None:
    choices = await (await demo.get("/sign-in/demo", headers=HERE)).get_json()
    assert [(entry["learner_id"], entry["description"]) for entry in choices["learners"]] == [
        (person.name, person.story) for person in PEOPLE
    ]
    assert choices["learners"][0]["name"] == "Ada"
    signed_in = await (await demo.post("/sign-in/demo", json=ADA, headers=HERE)).get_json()
    assert signed_in["expires_at"] == (START + timedelta(hours=12)).isoformat().replace("+00:00", "Z")
    assert (await demo.get("/api/me", headers=bearer(signed_in["token"]))).status_code == 200
    assert (await demo.get("/api/admin/jobs", headers=bearer(signed_in["token"]))).status_code == 403


async def test_or_the_administrator(demo: Client) -> None:
    admin = (await (await demo.get("/sign-in/demo", headers=HERE)).get_json())["admin"]["learner_id"]
    answer = await demo.post("/sign-in/demo", json={"learner_id": admin, "role": "admin"}, headers=HERE)
    token = (await answer.get_json())["token"]
    assert (await demo.get("/api/admin/jobs", headers=bearer(token))).status_code == 200


@pytest.mark.parametrize(("who", "role"), [("somebody", "learner"), ("ada", "admin"), ("root", "admin")])
async def test_nobody_else_can_be_chosen(demo: Client, who: str, role: str) -> None:
    answer = await demo.post("/sign-in/demo", json={"learner_id": who, "role": role}, headers=HERE)
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost:8000"},
        {**HERE, "Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8000"},
        {**HERE, "Sec-Fetch-Site": "none"},
    ],
)
async def test_pages_of_this_machine_may_ask(demo: Client, headers: dict[str, str]) -> None:
    assert [answer.status_code for answer in await tried(demo, headers)] == [200, 200]


@pytest.mark.parametrize(
    "headers",
    [
        # A name of another site that now means 127.0.0.1: for the browser, page and service are then one origin.
        {"Host": "evil.example:8000", "Origin": "http://evil.example:8000", "Sec-Fetch-Site": "same-origin"},
        {"Host": "evil.example:8000"},
        {"Host": "127.0.0.1:8000.evil.example"},
        {"Host": "127.0.0.1.evil.example:8000"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:9000"},
        {"Host": "0.0.0.0:8000"},
        {**HERE, "Origin": "http://evil.example"},
        {**HERE, "Origin": "null"},
        {**HERE, "Origin": "http://127.0.0.1:9000"},
        {**HERE, "Sec-Fetch-Site": "cross-site"},
        {**HERE, "Sec-Fetch-Site": "same-site"},
    ],
)
async def test_S17_another_site_signs_nobody_in(demo: Client, headers: dict[str, str]) -> None:
    for answer in await tried(demo, headers):
        assert (answer.status_code, (await answer.get_json())["code"]) == (404, "not_found")


async def test_S17_other_processes_have_no_demo(client: Client) -> None:
    for answer in await tried(client, HERE):
        assert (answer.status_code, (await answer.get_json())["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("changed", "supervised"),
    [({"host": "0.0.0.0"}, True), ({"host": "::1"}, True), ({"environment": "production"}, True), ({}, False)],
)
def test_S17_the_demo_is_for_milepost_run_on_this_machine(
    settings: Settings, changed: dict[str, str], supervised: bool
) -> None:
    with pytest.raises(SettingsFault, match="milepost run"):
        demo_sign_in(settings.model_copy(update=changed), with_learners=True, supervised=supervised)


def test_without_demo_learners_the_first_one_can_be_chosen(settings: Settings) -> None:
    demo = demo_sign_in(settings, with_learners=False, supervised=True)
    assert [learner.learner_id for learner in demo.learners] == ["ada"]
