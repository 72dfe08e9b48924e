"""ETag and 304: a validator stays valid until something the response depends on changes, and no longer."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from quart.testing import connections
from quart.typing import TestClientProtocol as Client
from werkzeug.datastructures import Headers

from support.builders import activity, bearer, exercise, mint, new_learner
from support.callers import Answer, Caller, service
from support.clock import START, AdjustableClock

PATHS = ["/progress", "/progress/streak", "/progress/skill-levels", "/progress/statistics", "/progress/history"]
SHARED = "/analytics/quick-stats"
LEARNER = "reads-again"


async def again(caller: Caller, path: str, etag: str, **query: object) -> Answer:
    """Repeat a read with a validator."""
    return await caller.ask("GET", path, query=query, headers={"If-None-Match": etag})


async def tag(caller: Caller, path: str, **query: object) -> str:
    """The validator of a response."""
    answer = await caller.get(path, **query)
    answer.ok()
    etag: str = answer.headers["ETag"]
    assert etag.startswith('"')
    assert etag.endswith('"')
    return etag


@pytest.mark.parametrize("path", PATHS)
async def test_an_unchanged_response_is_not_sent_again(client: Client, clock: AdjustableClock, path: str) -> None:
    ada = Caller(client, new_learner())
    await ada.record_all(activity(START))
    first = await ada.get(path)
    clock.advance(hours=11)
    for etag in (first.headers["ETag"], f'"x", {first.headers["ETag"]}', f"W/{first.headers['ETag']}"):
        unchanged = await again(ada, path, etag)
        assert (unchanged.status, unchanged.raw) == (304, b"")
        assert unchanged.headers["ETag"] == first.headers["ETag"]
    for etag in ("", '"x"', first.headers["ETag"][:-2] + '"', first.headers["ETag"].strip('"')):
        changed = await again(ada, path, etag)
        assert (changed.status, changed.raw) == (200, first.raw)


@pytest.mark.parametrize("path", [*PATHS, SHARED])
async def test_a_304_describes_no_body(client: Client, clock: AdjustableClock, path: str) -> None:
    # The client's own Response class would add both headers, so read what the application sent.
    sent = []
    etag = '"x"'
    for _ in range(2):
        headers = {**bearer(mint(LEARNER)), "If-None-Match": etag}
        async with client.request(f"/api{path}", headers=Headers(headers)) as connection:
            await connection.send_complete()
        assert isinstance(connection, connections.TestHTTPConnection)
        assert connection.headers is not None
        sent.append((connection.status_code, connection.headers))
        etag = connection.headers["ETag"]
    (status, fresh), (again_status, unchanged) = sent
    assert (status, again_status) == (200, 304)
    for name in ("Content-Type", "Content-Length"):
        assert name in fresh
        assert name not in unchanged
    for name in ("ETag", "Cache-Control", "X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy"):
        assert unchanged[name] == fresh[name]


@pytest.mark.parametrize("path", [*PATHS, SHARED])
async def test_any_validator_matches_what_exists(client: Client, clock: AdjustableClock, path: str) -> None:
    ada = Caller(client, new_learner())
    fresh = await ada.get(path)
    for condition in ("*", " * "):
        unchanged = await again(ada, path, condition)
        assert (unchanged.status, unchanged.raw) == (304, b"")
        assert unchanged.headers["ETag"] == fresh.headers["ETag"]
    # A star is a condition only if it is alone, and never a part of a tag.
    for condition in ('"*"', '"x*"', "**", "*x"):
        assert (await again(ada, path, condition)).status == 200


@pytest.mark.parametrize("path", ["/goals/{id}/progress", "/goals/{id}/history", "/spaces/{id}/history"])
async def test_any_validator_does_not_match_what_does_not_exist(
    client: Client, clock: AdjustableClock, path: str
) -> None:
    ada = Caller(client, new_learner())
    address = path.format(id=uuid4())
    for condition in ('"x"', "*"):
        assert (await again(ada, address, condition)).status == 404


@pytest.mark.parametrize("path", [*PATHS, SHARED])
async def test_lists_and_weak_tags_are_compared_weakly(client: Client, clock: AdjustableClock, path: str) -> None:
    ada = Caller(client, new_learner())
    etag = await tag(ada, path)
    for condition in (
        f'"a",W/"b",{etag}',
        f'W/"a" , W/{etag}',
        f"  {etag}  ",
        f'"a, b", {etag}, ""',
        f'"x"\t,\t{etag}',
    ):
        assert (await again(ada, path, condition)).status == 304
    # Tags in two lines of the header are one list.
    lines = Headers([*bearer(mint(ada.subject)).items(), ("If-None-Match", etag), ("If-None-Match", '"x"')])
    assert (await client.get(f"/api{path}", headers=lines)).status_code == 304
    # The quotes around our tag belong to the tags beside it.
    assert (await again(ada, path, f'"a{etag}b"')).status == 200


@pytest.mark.parametrize("path", PATHS)
async def test_every_write_changes_the_validator(client: Client, clock: AdjustableClock, path: str) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    seen = {await tag(ada, path)}
    zones = [{"zone": "Asia/Tokyo"}, {"zone": "Asia/Kolkata"}]
    writes = [
        (ada, "POST", "/activities", activity(START)),
        (teacher, "POST", "/activities", exercise(START, learner_id=ada.subject)),
        (ada, "POST", "/progress/update-streak", {}),
        (teacher, "POST", "/progress/events", {"type": "task", "value": 90, "userId": ada.subject}),
        *((ada, "PATCH", "/me", zone) for zone in zones),
    ]
    for caller, method, address, body in writes:
        (await caller.ask(method, address, json=body)).ok()
        etag = await tag(ada, path)
        assert etag not in seen
        assert (await again(ada, path, etag)).status == 304
        seen.add(etag)


@pytest.mark.parametrize("path", PATHS)
async def test_a_write_without_effect_keeps_the_validator(client: Client, clock: AdjustableClock, path: str) -> None:
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    await ada.record_all(activity(START, id="a"))
    etag = await tag(ada, path)
    await ada.record(activity(START, id="a"))
    await ada.record(activity(START, id="a", path="conflict"))
    await ada.record(exercise(START))
    await ada.post("/progress/calculate-skill-level", {"topic": "none"})
    await bob.record_all(activity(START))
    assert (await again(ada, path, etag)).status == 304


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("zone", "before_midnight"),
    [
        ("UTC", datetime(2026, 3, 10, 23, 59, 59, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2026, 3, 10, 18, 29, 59, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 3, 11, 3, 59, 59, tzinfo=UTC)),
    ],
)
async def test_R11_it_changes_at_the_learners_midnight(
    client: Client, clock: AdjustableClock, path: str, zone: str, before_midnight: datetime
) -> None:
    ada = Caller(client, new_learner(), zone=zone)
    await ada.record_all(activity(START))
    etag = await tag(ada, path)
    clock.set(before_midnight)
    assert (await again(ada, path, etag)).status == 304
    clock.advance(seconds=1)
    changed = await again(ada, path, etag)
    assert changed.status == 200
    assert changed.headers["ETag"] != etag
    if path != "/progress/skill-levels":
        day = "to" if path in ("/progress/statistics", "/progress/history") else "local_day"
        assert changed.body[day] == "2026-03-11"


async def test_R11_a_streak_read_across_midnights_is_never_yesterdays(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    await ada.record_all(activity(START))
    streaks = []
    etag = ""
    for _ in range(4):
        answer = await again(ada, "/progress", etag)
        assert answer.status == 200
        etag = answer.headers["ETag"]
        streaks.append((answer.body["streak"]["state"], answer.body["streak"]["met_today"]))
        clock.advance(days=1)
    assert streaks == [("active", True), ("at_risk", False), ("broken", False), ("broken", False)]


async def test_R11_read_your_writes(client: Client, clock: AdjustableClock) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    etag = ""
    for written in range(1, 101):
        await teacher.record_all(activity(START), learner_id=ada.subject)
        answer = await again(ada, "/progress", etag)
        assert (answer.status, answer.body["points"]) == (200, written)
        etag = answer.headers["ETag"]
        assert (await again(ada, "/progress", etag)).status == 304


async def test_every_request_has_its_own_validator(client: Client, clock: AdjustableClock) -> None:
    ada, bob, teacher = Caller(client, new_learner()), Caller(client, new_learner()), service(client)
    tags = [
        await tag(ada, "/progress"),
        await tag(ada, "/progress", learner_id=ada.subject),
        await tag(bob, "/progress"),
        await tag(ada, "/progress/streak"),
        await tag(ada, "/progress/streak", month="2026-03"),
        await tag(ada, "/progress/streak", month="2026-02"),
        await tag(ada, "/progress/skill-levels"),
        await tag(Caller(client, ada.subject, zone="Asia/Tokyo"), "/progress"),
        await tag(teacher, "/progress", learner_id=bob.subject),
    ]
    assert len(set(tags)) == len(tags)


async def test_all_callers_get_the_same_validator(client: Client, clock: AdjustableClock) -> None:
    learner = new_learner()
    await Caller(client, learner).record_all(activity(START))
    callers = [Caller(client, learner), service(client), Caller(client, "root", ["admin"])]
    assert len({await tag(caller, "/progress", learner_id=learner) for caller in callers}) == 1


@pytest.mark.parametrize("path", PATHS)
async def test_the_alias_has_the_same_validator(client: Client, clock: AdjustableClock, path: str) -> None:
    ada = Caller(client, new_learner())
    await ada.record_all(activity(START))
    plain, alias = await ada.get(path), await ada.get(f"/v1{path}")
    assert (alias.headers["ETag"], alias.raw) == (plain.headers["ETag"], plain.raw)
    assert (await again(ada, f"/v1{path}", plain.headers["ETag"])).status == 304


async def test_a_streak_at_an_instant_has_no_validator(client: Client, clock: AdjustableClock) -> None:
    answer = await service(client).get("/progress/streak", learner_id=new_learner(), at="2026-03-10T12:00:00Z")
    answer.ok()
    assert "ETag" not in answer.headers


async def test_problems_have_no_validator(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    for query in ({"learner_id": new_learner()}, {"unknown": 1}):
        refused = await ada.get("/progress", **query)
        assert refused.status in (404, 422)
        assert "ETag" not in refused.headers
