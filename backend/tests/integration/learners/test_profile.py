"""PATCH /me: what learners choose to show and to hear. A body changes all that it names, or nothing."""

import asyncio
import json

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from support.builders import bearer, mint, new_learner
from support.callers import Answer, Caller, Json, service, uuid_of
from support.clock import AdjustableClock

CHOICES = ("quiet", "display_name", "boards", "digest_weekday")


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


async def change(caller: Caller, **choices: object) -> Answer:
    """PATCH /me."""
    return await caller.ask("PATCH", "/me", json=choices)


def chosen(body: Json) -> tuple[object, ...]:
    """The choices in an answer, in the order of `CHOICES`."""
    return tuple(body[name] for name in CHOICES)


async def test_each_choice_changes_alone(client: Client) -> None:
    ada = Caller(client, new_learner())
    assert chosen((await change(ada, display_name="Ada L.")).ok()) == (False, "Ada L.", False, None)
    assert chosen((await change(ada, boards=True)).ok()) == (False, "Ada L.", True, None)
    assert chosen((await change(ada, digest_weekday=7)).ok()) == (False, "Ada L.", True, 7)
    assert chosen((await change(ada, quiet=True)).ok()) == (True, "Ada L.", True, 7)
    assert chosen((await change(ada)).ok()) == (True, "Ada L.", True, 7)
    assert chosen((await ada.get("/me")).ok()) == (True, "Ada L.", True, 7)


async def test_null_resets_a_choice(client: Client) -> None:
    ada = Caller(client, new_learner())
    await change(ada, quiet=True, display_name="Ada", boards=True, digest_weekday=1)
    for name, default in zip(CHOICES, (False, None, False, None), strict=True):
        assert (await change(ada, **{name: None})).ok()[name] == default
    assert chosen((await ada.get("/me")).ok()) == (False, None, False, None)


async def test_it_is_a_merge_patch_too(client: Client) -> None:
    ada = Caller(client, new_learner())
    headers = {"Content-Type": "application/merge-patch+json"}
    answer = await ada.ask("PATCH", "/me", raw=b'{"digest_weekday": 3.0}', headers=headers)
    assert answer.ok()["digest_weekday"] == 3


async def test_a_refused_zone_leaves_the_other_choices_alone(client: Client) -> None:
    ada = Caller(client, new_learner())
    for zone in ("Asia/Tokyo", "Europe/Berlin"):
        (await change(ada, zone=zone, display_name=zone.partition("/")[2])).ok()
    (await change(ada, zone="Africa/Cairo", display_name="Cairo")).problem(409, "zone_changed_recently")
    assert (await ada.get("/me")).ok()["display_name"] == "Berlin"


async def test_a_difference_raises_the_revision_and_nothing_else_does(client: Client, resources: Resources) -> None:
    ada = Caller(client, new_learner())
    await change(ada, quiet=False, boards=None)
    async with resources.database.read() as connection:
        found = await connection.fetchval("SELECT count(*) FROM learners WHERE learner_id = $1", ada.learner_id)
    assert found == 0, "the defaults are no choice"
    revisions = []
    for choices in ({"boards": True}, {"boards": True}, {"quiet": True, "boards": True}, {"display_name": None}, {}):
        await change(ada, **choices)
        revisions.append((await ada.progress())["revision"])
    assert revisions == [1, 1, 2, 2, 2]


async def test_choices_made_at_once_are_all_kept(client: Client) -> None:
    ada = Caller(client, new_learner())
    choices: list[Json] = [{"quiet": True}, {"display_name": "Ada"}, {"boards": True}, {"digest_weekday": 5}]
    answers = await asyncio.gather(*(change(ada, **choice) for choice in choices))
    assert [answer.status for answer in answers] == [200] * 4
    assert chosen((await ada.get("/me")).ok()) == (True, "Ada", True, 5)
    assert (await ada.progress())["revision"] == 4


async def test_one_learners_choices_are_not_anothers(client: Client) -> None:
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    await change(ada, quiet=True, display_name="Ada", boards=True, digest_weekday=2)
    assert chosen((await bob.get("/me")).ok()) == (False, None, False, None)
    (await service(client).ask("PATCH", "/me", json={"quiet": True})).problem(403, "role_not_allowed")
    (await ada.ask("PATCH", "/me", json={"quiet": True}, query={"learner_id": bob.subject})).ok()
    assert chosen((await bob.get("/me")).ok()) == (False, None, False, None)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  Ada\u3000", "Ada"),
        ("\u200bAda\ufeff", "Ada"),
        ("Zoe\u0301", "Zo\u00e9"),
        ("x" * 40, "x" * 40),
        ("e\u0301" * 40, "\u00e9" * 40),
        ("李小龍", "李小龍"),
        ("عائشة", "عائشة"),
        ("O’Brien-Łukasz, Jr.", "O’Brien-Łukasz, Jr."),
        ("Ada \u2764\ufe0f", "Ada \u2764\ufe0f"),
        ("🦉", "🦉"),
    ],
)
async def test_display_names(client: Client, sent: str, kept: str) -> None:
    ada = Caller(client, new_learner())
    assert (await change(ada, display_name=sent)).ok()["display_name"] == kept


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "blank"),
        (" \u3000\u200b", "blank"),
        ("\u3164\u2800", "blank"),
        ("\u200d\u200d", "blank"),
        ("x" * 41, "too_long"),
        ("Ada\nBen", "forbidden_character"),
        ("Ada\tL", "forbidden_character"),
        ("Ada\x00", "forbidden_character"),
        ("Ada\x1b[31m", "forbidden_character"),
        ("Ada\u0085L", "forbidden_character"),
        ("Ada\u2028L", "forbidden_character"),
        ("\u202eadA", "forbidden_character"),
        ("A\u2066da", "forbidden_character"),
        ("A\u200fda", "forbidden_character"),
        ("A\u061cda", "forbidden_character"),
        ("A\u200bda", "forbidden_character"),
        ("A\u200cda", "forbidden_character"),
        ("A\u200dda", "forbidden_character"),
        ("A\u2060da", "forbidden_character"),
        ("A\u00adda", "forbidden_character"),
        ("A\ufeffda", "forbidden_character"),
        ("A\ufe0fda", "forbidden_character"),
        ("A\U000e0041da", "forbidden_character"),
        ("A\U000e0101da", "forbidden_character"),
        ("A\u034fda", "forbidden_character"),
        ("A\u115fda", "forbidden_character"),
        ("A\ue000da", "forbidden_character"),
        (7, "wrong_type"),
        (["Ada"], "wrong_type"),
    ],
)
async def test_display_names_that_are_refused(client: Client, name: object, code: str) -> None:
    ada = Caller(client, new_learner())
    await change(ada, display_name="Ada")
    answer = await change(ada, display_name=name, boards=True)
    answer.problem(422, "invalid_body")
    assert [(fault["pointer"], fault["code"]) for fault in answer.body["errors"]] == [("/display_name", code)]
    assert chosen((await ada.get("/me")).ok()) == (False, "Ada", False, None)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"quiet": "yes"}, "/quiet"),
        ({"quiet": 1}, "/quiet"),
        ({"boards": "false"}, "/boards"),
        ({"digest_weekday": 0}, "/digest_weekday"),
        ({"digest_weekday": 8}, "/digest_weekday"),
        ({"digest_weekday": 1.5}, "/digest_weekday"),
        ({"digest_weekday": "monday"}, "/digest_weekday"),
        ({"digest_weekday": True}, "/digest_weekday"),
        ({"zone": None}, "/zone"),
        ({"learner_id": "somebody"}, "/learner_id"),
        ({"display_name_hint": "Ada"}, "/display_name_hint"),
    ],
)
async def test_other_values_that_are_refused(client: Client, body: Json, pointer: str) -> None:
    answer = await change(Caller(client, new_learner()), **body)
    answer.problem(422, "invalid_body")
    assert answer.pointers() == [pointer]


async def me_with_name(app: Quart, subject: str, name: str) -> Json:
    """GET /me with a token that has a `name`."""
    response = await app.test_client().get("/api/me", headers=bearer(mint(subject, name=name)))
    body: Json = json.loads(await response.get_data())
    return body


async def test_the_name_in_a_token_is_a_suggestion_and_never_stored(
    app: Quart, client: Client, resources: Resources
) -> None:
    subject = new_learner()
    found = await me_with_name(app, subject, " Ada Lovelace ")
    assert (found["display_name"], found["display_name_hint"]) == (None, "Ada Lovelace")
    async with resources.database.read() as connection:
        stored = await connection.fetchval("SELECT count(*) FROM profiles WHERE learner_id = $1", uuid_of(subject))
    assert stored == 0
    for name in ("x" * 41, "A\u200dda", " ", "Ada\n"):
        shown = (await me_with_name(app, subject, name)).get("display_name_hint")
        assert shown == ("Ada" if name == "Ada\n" else None), name
    await change(Caller(client, subject), display_name="Countess")
    found = await me_with_name(app, subject, "Ada Lovelace")
    assert (found["display_name"], "display_name_hint" in found) == ("Countess", False)
