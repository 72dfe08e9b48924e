"""GET /admin/learners and GET /admin/learners/{id}/progress: finding a learner, and everything about one."""

from datetime import timedelta

from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, service, uuid_of
from support.clock import START, AdjustableClock
from support.query_plans import sent_statements, sequential_scans, statements_of_pool

NAME = "INSERT INTO profiles (learner_id, display_name, quiet, boards) VALUES ($1, $2, $3, $4)"


def admin(client: Client) -> Caller:
    """An administrator."""
    return Caller(client, "root", ["admin"])


async def named(client: Client, resources: Resources, name: str, *, quiet: bool = False, boards: bool = False) -> str:
    """A learner with this display name; returns its id."""
    learner = Caller(client, new_learner())
    (await learner.ask("PATCH", "/me", json={"zone": "Europe/Berlin"})).ok()
    async with resources.database.write() as connection:
        await connection.execute(NAME, learner.learner_id, name, quiet, boards)
    return learner.learner_id


async def find(client: Client, **query: object) -> list[Json]:
    """Every learner found, page by page."""
    found: list[Json] = []
    page = (await admin(client).get("/admin/learners", **query)).ok()
    found += page["learners"]
    while page["next"] is not None:
        page = (await admin(client).get("/admin/learners", **query, cursor=page["next"])).ok()
        found += page["learners"]
    return found


def ids(found: list[Json]) -> list[str]:
    """Their ids, in order."""
    return [learner["learner_id"] for learner in found]


async def test_a_learner_is_found_by_subject_and_by_id(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner(), zone="Europe/Berlin")
    await ada.record_all(activity(START), activity(START - timedelta(days=1)))
    expected = {
        "learner_id": ada.learner_id,
        "display_name": None,
        "timezone": "Europe/Berlin",
        "last_day": "2026-03-10",
        "activities": 2,
        "quiet": False,
        "boards": False,
        "matched_by": "subject",
    }
    assert await find(client, query=ada.subject) == [expected]
    for name in (ada.learner_id, ada.learner_id.upper()):
        assert await find(client, query=name) == [{**expected, "matched_by": "learner_id"}]
    assert await find(client, query=new_learner()) == []
    assert await find(client, query=uuid_of(new_learner())) == []


async def test_a_name_is_found_by_its_beginning_in_either_case(client: Client, resources: Resources) -> None:
    zoe = await named(client, resources, "Zoe Q", boards=True)
    zoes = await named(client, resources, "zoe a", quiet=True)
    await named(client, resources, "Big Zoe")
    found = await find(client, query="ZOE")
    assert ids(found) == [zoes, zoe]
    assert [(learner["display_name"], learner["quiet"], learner["boards"]) for learner in found] == [
        ("zoe a", True, False),
        ("Zoe Q", False, True),
    ]
    assert {learner["matched_by"] for learner in found} == {"display_name"}
    assert ids(await find(client, query=" zoe q ")) == [zoe]
    assert await find(client, query="zoe q2") == []


async def test_nothing_in_a_name_is_a_wildcard(client: Client, resources: Resources) -> None:
    percent = await named(client, resources, "100% Kim")
    await named(client, resources, "1000 Kims")
    assert ids(await find(client, query="100%")) == [percent]
    assert await find(client, query="1_0") == []
    assert await find(client, query="%") == []
    assert await find(client, query="   ") == []


async def test_pages_show_everybody_once_the_one_named_by_subject_first(client: Client, resources: Resources) -> None:
    subject = "max"
    ada = Caller(client, subject)
    (await ada.ask("PATCH", "/me", json={"zone": "Europe/Berlin"})).ok()
    async with resources.database.write() as connection:
        await connection.execute(NAME, ada.learner_id, "Maxima", False, False)
    same = sorted([await named(client, resources, "Max"), await named(client, resources, "max")])
    others = [await named(client, resources, name) for name in ("Max B", "Maxi")]
    expected = [ada.learner_id, *same, *others]
    for limit in (1, 2, 3, 5, 6):
        assert ids(await find(client, query=subject, limit=limit)) == expected, limit


async def test_without_a_query_everybody_is_listed_by_id(client: Client, resources: Resources) -> None:
    async with resources.database.read() as connection:
        stored = [str(row[0]) for row in await connection.fetch("SELECT learner_id FROM learners ORDER BY learner_id")]
    assert len(stored) > 5
    assert ids(await find(client, limit=2)) == stored
    assert {learner["matched_by"] for learner in await find(client)} == {None}


async def test_bad_input_is_refused(client: Client) -> None:
    for query in ({"query": ""}, {"query": "x" * 201}, {"limit": 0}, {"limit": 201}, {"name": "ada"}):
        (await admin(client).get("/admin/learners", **query)).problem(422, "invalid_query")
    for cursor in ("bm9uc2Vuc2U=", "WyJhIl0=", "WyJhIiwiYiJd"):  # no JSON, ["a"], ["a","b"]
        (await admin(client).get("/admin/learners", cursor=cursor)).problem(422, "invalid_cursor")
        (await admin(client).get("/admin/learners", query="a", cursor=cursor)).problem(422, "invalid_cursor")


async def test_searches_find_their_rows_by_an_index(client: Client, resources: Resources) -> None:
    sent = await statements_of_pool(resources.database.pools.read)
    await find(client, query="zoe", limit=1)
    await find(client, limit=50)
    async with resources.database.pools.write.acquire() as connection:
        read = await sent_statements(sent)
        assert len(read) >= 4
        for statement in read:
            assert await sequential_scans(connection, statement) == [], statement[0]


async def test_a_learner_at_a_glance(client: Client, resources: Resources, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner(), zone="Europe/Berlin")
    await ada.record_all(activity(START - timedelta(days=1)))
    await service(client).record_all(exercise(START - timedelta(hours=2), id="last"), learner_id=ada.subject)
    await service(client).record_all(exercise(START - timedelta(days=3), id="late"), learner_id=ada.subject)
    async with resources.database.write() as connection:
        await connection.execute(NAME, ada.learner_id, "Ada L", False, True)
    shown = (await admin(client).get(f"/admin/learners/{ada.subject}/progress")).ok()
    assert shown == {
        "progress": await ada.progress(),
        "profile": {"display_name": "Ada L", "quiet": False, "boards": True},
        "zones": [
            {"valid_from": None, "zone": "Europe/Berlin", "source": "claim", "created_at": "2026-03-10T12:00:00Z"}
        ],
        "last_activity": {
            "sender": "exercises",
            "id": "last",
            "verb": "completed",
            "object_type": "exercise",
            "local_day": "2026-03-10",
            "occurred_at": "2026-03-10T10:00:00Z",
            "received_at": "2026-03-10T12:00:00Z",
        },
        "projections": {
            "activities": 3,
            "rebuild_due_at": None,
            "outages_pending": False,
            "achievements_pending": False,
        },
    }
    gone = await admin(client).ask(
        "DELETE", "/activities/last", query={"learner_id": ada.subject, "sender": "exercises"}
    )
    gone.ok()
    shown = (await admin(client).get(f"/admin/learners/{ada.learner_id}/progress")).ok()
    assert (shown["last_activity"]["local_day"], shown["projections"]["activities"]) == ("2026-03-09", 2)


async def test_zones_are_shown_with_their_source(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    (await ada.ask("PATCH", "/me", json={"zone": "Europe/Berlin"})).ok()
    clock.advance(days=2)
    (await ada.ask("PATCH", "/me", json={"zone": "Europe/Lisbon"})).ok()
    shown = (await admin(client).get(f"/admin/learners/{ada.subject}/progress")).ok()
    assert [(zone["valid_from"], zone["zone"], zone["source"]) for zone in shown["zones"]] == [
        (None, "Europe/Berlin", "profile"),
        ("2026-03-12T12:00:00Z", "Europe/Lisbon", "profile"),
    ]
    assert shown["last_activity"] is None
    assert shown["profile"] == {"display_name": None, "quiet": False, "boards": False}


async def test_an_outage_that_has_not_reached_the_row_is_shown(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    await ada.record_all(activity(START))
    outage = {"starts_at": "2026-03-09T08:00:00Z", "ends_at": "2026-03-09T09:00:00Z", "reason": "a failed disk"}
    outage_id = (await admin(client).post("/admin/outages", outage)).ok()["id"]
    (await admin(client).post(f"/admin/outages/{outage_id}/activate")).ok()
    shown = (await admin(client).get(f"/admin/learners/{ada.subject}/progress")).ok()
    assert shown["projections"]["outages_pending"] is True


async def test_an_unknown_learner_is_not_found_on_any_route_about_one(client: Client) -> None:
    unknown, root = new_learner(), admin(client)
    for name in (unknown, uuid_of(unknown), "a/b", "%00x"[3:]):
        for path in ("progress", "timeline"):
            (await root.get(f"/admin/learners/{name}/{path}")).problem(404, "learner_not_found")
        (await root.post(f"/admin/learners/{name}/rebuild")).problem(404, "learner_not_found")
    assert await find(client, query=unknown) == []
