"""GET /activities: newest first, paged and filtered, while others arrive."""

import base64
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from support.builders import activity, exercise, new_learner
from support.callers import Caller, service
from support.clock import START, AdjustableClock
from support.query_plans import Statement, rows_read, sent_statements, sequential_scans, statements_of_pool

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


async def ids(caller: Caller, **query: object) -> list[str]:
    """The ids of a page, in order."""
    return [activity["id"] for activity in (await caller.get("/activities", **query)).ok()["activities"]]


async def walk(caller: Caller, limit: int) -> list[str]:
    """All ids, read page by page."""
    found: list[str] = []
    query: dict[str, object] = {}
    while True:
        page = (await caller.get("/activities", limit=limit, **query)).ok()
        found += [activity["id"] for activity in page["activities"]]
        if page["next"] is None:
            return found
        assert len(page["activities"]) == limit
        query = {"cursor": page["next"]}


async def test_the_feed_of_a_new_learner_is_empty(client: Client) -> None:
    empty: dict[str, object] = {"activities": [], "next": None, "from": None, "to": None, "today": "2026-03-10"}
    assert (await Caller(client, new_learner()).get("/activities")).ok() == empty
    assert (await service(client).get("/activities", learner_id=new_learner())).ok() == empty


async def test_newest_day_first_then_instant_sender_and_id(client: Client) -> None:
    ada, teacher, games = Caller(client, new_learner(), zone="Asia/Tokyo"), service(client), service(client, "games")
    await ada.record_all(activity(START, id="own"))
    await teacher.record_all(
        exercise(START, id="b"),
        exercise(START, id="a"),
        exercise(START - DAY, id="yesterday"),
        exercise(START + timedelta(seconds=1), id="a second later"),
        exercise(START - timedelta(hours=4), id="early"),
        # Its own zone puts it on yesterday, although it happened later.
        exercise(START - timedelta(hours=3), id="yesterday in Honolulu", zone="Pacific/Honolulu"),
        learner_id=ada.subject,
    )
    await games.record_all(activity(START, id="game"), learner_id=ada.subject)
    expected = ["a second later", "own", "game", "b", "a", "early", "yesterday in Honolulu", "yesterday"]
    assert await ids(ada) == expected
    for limit in (1, 2, 3, 6, 7):
        assert await walk(ada, limit) == expected


async def test_fields_that_were_not_sent_are_left_out(client: Client) -> None:
    ada = Caller(client, new_learner())
    await ada.record_all(activity(START, id="a"))
    assert await ada.feed() == [
        {
            "id": "a",
            "sender": "learner",
            "verb": "practised",
            "object_type": "session",
            "occurred_at": "2026-03-10T12:00:00Z",
            "local_day": "2026-03-10",
            "points": 0,
        }
    ]


async def test_all_fields_come_back(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    sent = {
        "id": "a",
        "verb": "completed",
        "object_type": "quiz",
        "occurred_at": "2026-03-10T11:59:59.123456Z",
        "object_id": "q",
        "topic": "loops",
        "path": "basics",
        "difficulty": "hard",
        "space_id": "s",
        "goal_id": "g",
        "value": 66.667,
        "duration_seconds": 0,
        "hints_used": 0,
        "points": 3,
        "session_id": "session",
        "once_key": "once",
        "zone": "Asia/Tokyo",
        "metadata": {"a": [1]},
    }
    await teacher.record_all(sent, learner_id=learner)
    assert await teacher.feed(learner_id=learner) == [{**sent, "sender": "exercises", "local_day": "2026-03-10"}]


async def test_paging_returns_every_old_activity_once_while_others_arrive(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    old = [exercise(START - timedelta(hours=7 * place), id=f"old-{place:03}") for place in range(300)]
    await teacher.record_all(*old, learner_id=learner)
    seen: list[str] = []
    query: dict[str, object] = {}
    for page_number in range(60):
        page = (await teacher.get("/activities", learner_id=learner, limit=7, **query)).ok()
        seen += [activity["id"] for activity in page["activities"]]
        if page["next"] is None:
            break
        query = {"cursor": page["next"]}
        arriving = [
            exercise(START, id=f"new-{page_number}"),
            exercise(START - timedelta(hours=7 * 5 * page_number, minutes=1), id=f"between-{page_number}"),
            exercise(datetime(2020, 1, 1, tzinfo=UTC) + page_number * DAY, id=f"ancient-{page_number}"),
        ]
        await teacher.record_all(*arriving, learner_id=learner)
    assert [activity_id for activity_id in seen if activity_id.startswith("old")] == [
        f"old-{place:03}" for place in range(300)
    ]
    assert len(seen) == len(set(seen))
    assert not [activity_id for activity_id in seen if activity_id.startswith("new")]


async def test_ten_thousand_are_paged_once_each_while_others_arrive(client: Client, long: bool) -> None:
    """Ten thousand in three years with `--long`, else one thousand; several a day, so pages end within days."""
    count, size = (10_000, 200) if long else (1_000, 20)
    learner, teacher = new_learner(), service(client)
    old = [
        exercise(START - timedelta(minutes=place * 157), id=f"old-{place % 7}-{place}", topic="loops")
        for place in range(count)
    ]
    for start in range(0, count, 1_000):
        await teacher.record_all(*old[start : start + 1_000], learner_id=learner)
    seen: list[str] = []
    pages, query = 0, dict[str, object]()
    while pages == 0 or query:
        page = (await teacher.get("/activities", learner_id=learner, limit=size, topic="loops", **query)).ok()
        seen += [activity["id"] for activity in page["activities"]]
        query = {"cursor": page["next"]} if page["next"] else {}
        last = page["activities"][-1]
        # Before all, exactly at the end of the page, and after all.
        moments = (START, datetime.fromisoformat(last["occurred_at"]), START - timedelta(days=3_000 + pages))
        arriving = [exercise(at, id=f"new-{pages}-{n}", topic="loops") for n, at in enumerate(moments)]
        await teacher.record_all(*arriving, learner_id=learner)
        pages += 1
        assert pages < 2 * count / size
    assert len(seen) == len(set(seen))
    assert sorted(one for one in seen if one.startswith("old")) == sorted(str(one["id"]) for one in old)
    assert [activity_id for activity_id in seen if activity_id.startswith("old")] == [one["id"] for one in old]


async def reads_of_the_log(sent: list[Statement]) -> list[Statement]:
    """Those of these statements that read the log."""
    return [statement for statement in await sent_statements(sent) if "FROM activities" in statement[0]]


async def test_every_filter_uses_an_index(client: Client, resources: Resources) -> None:
    ada = Caller(client, new_learner())
    await ada.record_all(*(activity(START - days * DAY, topic="loops") for days in range(3)))
    recorded = await statements_of_pool(resources.database.pools.read)
    page = (await ada.get("/activities", limit=1)).ok()
    filters: list[dict[str, object]] = [{"topic": "loops"}, {"object_type": "session"}, {"from_": "2026-03-09"}]
    for query in ({"cursor": page["next"]}, {"offset": 2}, *filters, {"to": "2026-03-09", "cursor": page["next"]}):
        (await ada.get("/activities", **query)).ok()
    sent = await reads_of_the_log(recorded)
    assert len(sent) == 7
    async with resources.database.pools.intake.acquire() as connection:
        for statement in sent:
            assert await sequential_scans(connection, statement) == []


async def test_rare_and_old_activities_are_found_without_reading_the_rest(client: Client, resources: Resources) -> None:
    learner, teacher = new_learner(), service(client)
    often = [exercise(START - number % 300 * DAY, topic="often") for number in range(1_500)]
    seldom = [activity(START - (400 + number) * DAY, topic="seldom", object_type="journal") for number in range(3)]
    for sent in (often[:750], often[750:], seldom):
        await teacher.record_all(*sent, learner_id=learner)
    async with resources.database.pools.intake.acquire() as connection:
        await connection.execute("ANALYZE activities")
    recorded = await statements_of_pool(resources.database.pools.read)
    for query in ({"topic": "seldom"}, {"object_type": "journal"}):
        assert len((await teacher.get("/activities", learner_id=learner, **query)).ok()["activities"]) == 3
    reads = await reads_of_the_log(recorded)
    async with resources.database.pools.intake.acquire() as connection:
        assert [await rows_read(connection, statement, "activities") for statement in reads] == [3, 3]


async def test_filters_select_activities(client: Client) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await teacher.record_all(
        exercise(START, id="loops today", topic="loops"),
        exercise(START - DAY, id="trees yesterday", topic="trees"),
        exercise(START - 2 * DAY, id="quiz before", object_type="quiz", topic="loops"),
        exercise(START - 3 * DAY, id="long ago", topic=None),
        learner_id=ada.subject,
    )
    assert await ids(ada, topic="loops") == ["loops today", "quiz before"]
    assert await ids(ada, topic=" loops ") == ["loops today", "quiz before"]
    assert await ids(ada, topic="Loops") == []
    assert await ids(ada, object_type="quiz") == ["quiz before"]
    assert await ids(ada, topic="loops", object_type="exercise") == ["loops today"]
    assert await ids(ada, from_="2026-03-09") == ["loops today", "trees yesterday"]
    assert await ids(ada, to="2026-03-08") == ["quiz before", "long ago"]
    assert await ids(ada, from_="2026-03-08", to="2026-03-09") == ["trees yesterday", "quiz before"]
    assert await ids(ada, from_="2026-03-07", to="2026-03-07") == ["long ago"]
    assert await ids(ada, from_="2199-12-31") == []
    page = (await ada.get("/activities", topic="loops", limit=1)).ok()
    assert await ids(ada, topic="loops", cursor=page["next"]) == ["quiz before"]


async def test_days_in_filters_are_the_learners_days(client: Client) -> None:
    ada = Caller(client, new_learner(), zone="Asia/Kolkata")
    await ada.record_all(activity(datetime(2026, 3, 8, 18, 29, tzinfo=UTC), id="ninth"))
    await ada.record_all(activity(datetime(2026, 3, 8, 18, 31, tzinfo=UTC), id="too"))
    assert await ids(ada, from_="2026-03-09", to="2026-03-09") == ["too"]
    assert await ids(ada, to="2026-03-08") == ["ninth"]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 201},
        {"limit": -1},
        {"limit": "5.0"},
        {"limit": "+5"},
        {"limit": " 5"},
        {"limit": "5e0"},
        {"limit": "٥"},
        {"limit": 2**63},
        {"limit": ""},
        {"offset": -1},
        {"offset": 10_001},
        {"offset": "NaN"},
        {"from_": "2026-02-29"},
        {"from_": "2026-3-1"},
        {"from_": "0001-01-01"},
        {"from_": "1700000000"},
        {"to": "9999-12-31"},
        {"to": "today"},
        {"topic": "t" * 101},
        {"topic": ""},
        {"topic": "\x00"},
        {"object_type": "o" * 41},
        {"learner_id": "\x00"},
        {"sort": "points"},
        {"order_by": "id; DROP TABLE activities"},
    ],
)
async def test_S07_impossible_queries_are_named(client: Client, query: dict[str, object]) -> None:
    answer = await Caller(client, new_learner()).get("/activities", **query)
    answer.problem(422, "invalid_query")
    assert answer.pointers() == [f"/{name.rstrip('_')}" for name in query]


async def test_to_must_not_be_before_from(client: Client) -> None:
    answer = await Caller(client, new_learner()).get("/activities", from_="2026-03-10", to="2026-03-09")
    answer.problem(422, "invalid_query")


async def test_S11_a_page_holds_at_most_two_hundred(client: Client) -> None:
    ada = Caller(client, new_learner())
    await ada.record_all(*(activity(START - timedelta(minutes=place), id=f"{place:03}") for place in range(201)))
    expected = [f"{place:03}" for place in range(201)]
    assert await ids(ada) == expected[:50]
    assert await ids(ada, limit=1) == ["000"]
    assert await ids(ada, limit=200) == expected[:200]
    assert await walk(ada, 200) == expected
    assert await walk(ada, 67) == expected
    assert await ids(ada, limit=200, offset=199) == ["199", "200"]
    assert await ids(ada, limit=3, offset=5) == ["005", "006", "007"]
    assert await ids(ada, offset=201) == []
    assert await ids(ada, offset=10_000) == []


def cursor(*place: object) -> str:
    """A handmade cursor."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


GOOD_INSTANT = "2026-03-10T12:00:00+00:00"


@pytest.mark.parametrize(
    "given",
    [
        "x",
        "====",
        "AAAA",
        cursor(),
        cursor("2026-03-10", GOOD_INSTANT, "learner"),
        cursor("2026-03-10", GOOD_INSTANT, "learner", "a", "b"),
        cursor(5, GOOD_INSTANT, "learner", "a"),
        cursor("2026-13-10", GOOD_INSTANT, "learner", "a"),
        cursor("2026-03-10", "2026-03-10T12:00:00", "learner", "a"),
        cursor("2026-03-10", "noon", "learner", "a"),
        cursor("2026-03-10", GOOD_INSTANT, "learner", "a\x00"),
        cursor("2026-03-10", GOOD_INSTANT, "\x00", "a"),
        cursor("2026-03-10", "0001-01-01T00:00:00+14:00", "learner", "a"),
        cursor("2026-03-10", "9999-12-31T23:59:59-14:00", "learner", "a"),
        cursor("2026-03-10", GOOD_INSTANT, "learner", "\ud800"),
        base64.urlsafe_b64encode(b"[" * 2_000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b"{}").decode(),
        base64.urlsafe_b64encode(b"5").decode(),
        base64.urlsafe_b64encode(b"null").decode(),
    ],
)
async def test_S07_cursors_this_service_never_gave_out(client: Client, given: str) -> None:
    ada = Caller(client, new_learner())
    await ada.record_all(activity(START))
    (await ada.get("/activities", cursor=given)).problem(422, "invalid_cursor")


@pytest.mark.parametrize("given", ["", "a" * 3_001, "a b", "<script>", "\x00", "a/b+"])
async def test_texts_that_cannot_be_cursors_are_refused(client: Client, given: str) -> None:
    answer = await Caller(client, new_learner()).get("/activities", cursor=given)
    answer.problem(422, "invalid_query")
    assert answer.pointers() == ["/cursor"]


async def test_a_cursor_of_one_learner_shows_another_only_its_own(client: Client) -> None:
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    for one, name in ((ada, "a"), (bob, "b")):
        await one.record_all(*(activity(START - days * DAY, id=f"{name}{days}") for days in range(3)))
    page = (await ada.get("/activities", limit=2)).ok()
    assert await ids(bob, cursor=page["next"]) == ["b2"]


async def test_the_longest_ids_and_senders_fit_into_a_cursor(client: Client) -> None:
    learner = new_learner()
    teacher = service(client, "漢" * 200)
    await teacher.record_all(*(exercise(START, id="𝔘" * 199 + end) for end in "ab"), learner_id=learner)
    page = (await teacher.get("/activities", learner_id=learner, limit=1)).ok()
    assert await ids(teacher, learner_id=learner, cursor=page["next"]) == ["𝔘" * 199 + "a"]


async def test_the_day_in_the_feed_is_the_day_that_counts(client: Client) -> None:
    ada = Caller(client, new_learner(), zone="Pacific/Auckland")
    await ada.record_all(activity(START, id="a"))
    (stored,) = await ada.feed()
    assert date.fromisoformat(stored["local_day"]) == date(2026, 3, 11)
    assert (await ada.progress())["streak"]["last_exercise_date"] == "2026-03-11"
