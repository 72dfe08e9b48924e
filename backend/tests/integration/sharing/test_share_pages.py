"""The public pages of shares: what they show, what they never show, and how often they were opened."""

import hashlib
import re
from base64 import b64encode
from datetime import timedelta
from html.parser import HTMLParser

import asyncpg
import pytest
from quart.typing import TestClientProtocol as Client

from milepost.app import create_app
from milepost.resources import Resources
from milepost.settings import Settings
from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, service
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock

EVERY_FIELD = [
    "display_name",
    "current_streak",
    "longest_streak",
    "exercises",
    "minutes",
    "points",
    "badges",
    "heatmap",
]
FIGURES = ["current_streak", "longest_streak", "exercises", "minutes", "points"]
OF_REQUESTS = {"x-request-id", "ratelimit"}
"""Headers that differ from request to request."""
POISON = """Bobby</title><script>alert('&"1')</script>"""


class PageReader(HTMLParser):
    """What is on a page: tags with their attributes, texts, and the values of its figures."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.values: dict[str, int] = {}
        self.texts: list[str] = []
        self.meta: dict[str, str] = {}
        self._is_style = False
        self.style = ""
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.attributes += named.items()
        self._is_style = tag == "style"
        if tag == "data":
            self.values[named["class"]] = int(named["value"])
        if tag == "meta" and "content" in named:
            self.meta[named.get("property") or named.get("name", "")] = named["content"]

    def handle_endtag(self, tag: str) -> None:
        self._is_style = self._is_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._is_style:
            self.style += data
        elif data.strip():
            self.texts.append(data.strip())

    def levels(self) -> list[int]:
        """The levels of the days of the heatmap, without those of its legend."""
        classes = [value for name, value in self.attributes if name == "class" and re.fullmatch(r"l\d", value)]
        return [int(name[1]) for name in classes][:-5]


@pytest.fixture(autouse=True)
async def _badges(clock: AdjustableClock, database_url: str) -> None:
    """Every test begins at START with the same catalogue."""
    await put_in_force(
        database_url,
        entry("first", condition("exercises_completed", 1), title="First <step>", description="Begin & go on."),
        entry("third", condition("exercises_completed", 3), title="Third step", tier="gold", points=1200),
        entry("hidden", condition("exercises_completed", 2), title="Nobody knows", secret=True),
        entry("far", condition("exercises_completed", 100), title="Far away"),
    )


async def a_learner(client: Client, database_url: str, name: str | None = "Ada") -> Caller:
    """A learner with practice on 1, 2, 8, 9 and 10 March: 30, 20, 10, 10 and 40 minutes."""
    caller = Caller(client, new_learner())
    days = ((9, 1_800), (8, 1_200), (2, 600), (1, 600), (0, 2_459))
    done = [exercise(START - timedelta(days=ago), duration_seconds=seconds) for ago, seconds in days]
    await service(client).record_all(*done, learner_id=caller.subject)
    if name is not None:
        await execute(
            database_url, "INSERT INTO profiles (learner_id, display_name) VALUES ($1, $2)", caller.learner_id, name
        )
    return caller


async def share(caller: Caller, **body: object) -> Json:
    """POST a share, of all progress unless the body says otherwise."""
    return (await caller.post("/shares", {"kind": "progress", "fields": EVERY_FIELD, **body})).ok()


async def opened(client: Client, made: Json) -> PageReader:
    """The public page; asserts status 200."""
    response = await client.get(made["url"])
    content = await response.get_data(as_text=True)
    assert response.status_code == 200, content
    return PageReader(content)


async def test_the_page_of_progress_has_the_numbers_of_the_api(client: Client, database_url: str) -> None:
    caller = await a_learner(client, database_url)
    page = await opened(client, await share(caller))
    progress = await caller.progress()
    # 1,800 + 1,200 + 600 + 600 + 2,459 seconds are 110 minutes and 59 seconds; an exercise has 10 points.
    assert page.values == {
        "current_streak": 3,
        "longest_streak": 3,
        "exercises": 5,
        "minutes": 110,
        "points": 50,
        "active_days": 5,
    }
    assert page.values == {
        "current_streak": progress["streak"]["current_streak"],
        "longest_streak": progress["streak"]["longest_streak"],
        "exercises": progress["exercises_completed"],
        "minutes": progress["minutes"],
        "points": progress["points"],
        "active_days": 5,
    }
    assert "Ada" in page.texts
    assert "10 March 2026" in page.texts
    # Newest first: the third exercise was that of 8 March.
    assert [text for text in page.texts if "step" in text] == ["Third step", "First <step>"]


async def test_the_heatmap_tells_when_and_not_how_much(client: Client, database_url: str) -> None:
    caller = await a_learner(client, database_url)
    page = await opened(client, await share(caller, fields=["heatmap"]))
    levels = page.levels()
    # From Monday 10 March 2025 to Tuesday 10 March 2026. Of five amounts, 600 and 600 are at most two fifths.
    assert len(levels) == 366
    assert levels[-10:] == [4, 3, 0, 0, 0, 0, 0, 2, 2, 4]
    assert set(levels[:-10]) == {0}
    assert page.values == {"active_days": 5}
    assert "5 days" in page.texts


@pytest.mark.parametrize("field", EVERY_FIELD)
async def test_only_chosen_fields_are_shown(client: Client, database_url: str, field: str) -> None:
    caller = await a_learner(client, database_url)
    page = await opened(client, await share(caller, fields=[field]))
    shown = {figure for figure in FIGURES if figure in page.values}
    assert shown == ({field} if field in FIGURES else set())
    everything = " ".join((*page.texts, *page.meta.values()))
    assert ("Ada" in everything) == (field == "display_name")
    assert ("Third step" in everything) == (field == "badges")
    assert bool(page.levels()) == (field == "heatmap")
    assert caller.learner_id not in everything
    assert caller.subject not in everything


async def test_secret_and_locked_badges_are_on_no_page(client: Client, database_url: str) -> None:
    caller = await a_learner(client, database_url)
    earned = [badge["title"] for badge in (await caller.get("/progress/badges")).ok()["earned"]]
    assert sorted(earned) == ["First <step>", "Nobody knows", "Third step"]
    page = await opened(client, await share(caller, fields=["badges"]))
    assert [text for text in page.texts if text in (*earned, "Far away")] == ["Third step", "First <step>"]


async def test_the_page_of_a_badge(client: Client, database_url: str) -> None:
    caller = await a_learner(client, database_url)
    named = await opened(client, await share(caller, kind="badge", code="third", fields=["display_name"]))
    assert [text for text in named.texts if text in ("Ada", "Third step", "What third takes.", "Gold")] == [
        *("Ada", "Third step", "What third takes.", "Gold")
    ]
    assert "1,200 badge points" in named.texts
    assert "8 March 2026" in named.texts
    assert named.values == {}
    nameless = await opened(client, await share(caller, kind="badge", code="third", fields=[]))
    assert "Ada" not in " ".join(nameless.texts)
    assert "Third step" in nameless.texts


async def test_a_learner_without_activities_and_name_has_a_page_of_zeros(client: Client) -> None:
    page = await opened(client, await share(Caller(client, new_learner())))
    assert page.values == {**dict.fromkeys(FIGURES, 0), "active_days": 0}
    assert "None yet." in page.texts
    assert set(page.levels()) == {0}


async def test_a_page_follows_what_happens(client: Client, database_url: str) -> None:
    caller = await a_learner(client, database_url)
    made = await share(caller)
    await caller.record_all(activity(START, duration_seconds=120))
    await execute(
        database_url, "UPDATE profiles SET display_name = 'Countess' WHERE learner_id = $1", caller.learner_id
    )
    page = await opened(client, made)
    assert page.values["minutes"] == 112
    assert "Countess" in page.texts


async def test_whatever_a_name_or_a_title_holds_it_is_text(client: Client, database_url: str) -> None:
    caller = await a_learner(client, database_url, POISON)
    for made in (await share(caller), await share(caller, kind="badge", code="first", fields=["display_name"])):
        page = await opened(client, made)
        assert "script" not in page.tags
        assert POISON in page.texts
        assert "First <step>" in page.texts


async def test_S14_a_shared_page_loads_and_runs_nothing(client: Client, database_url: str) -> None:
    made = await share(await a_learner(client, database_url))
    response = await client.get(made["url"])
    page = PageReader(await response.get_data(as_text=True))
    digest = b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert response.headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
    )
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in response.headers
    assert not {"script", "link", "img", "iframe", "object", "a", "form", "base"} & set(page.tags)
    names = {name for name, _ in page.attributes}
    assert not {"style", "src", "href", "srcset"} & names
    assert not {name for name in names if name.startswith("on")}
    assert "url(" not in page.style
    assert "@import" not in page.style
    assert page.meta["robots"] == "noindex, nofollow, noarchive"


async def test_a_link_that_never_worked_looks_like_one_that_ended(
    client: Client, database_url: str, clock: AdjustableClock
) -> None:
    ended = await share(await a_learner(client, database_url), ends_on="2026-03-10")
    quiet, revoked = [await share(await a_learner(client, database_url)) for _ in range(2)]
    clock.advance(days=1)
    await execute(
        database_url,
        "UPDATE profiles SET quiet = true WHERE learner_id = (SELECT learner_id FROM shares WHERE share_id = $1)",
        quiet["share_id"],
    )
    await execute(database_url, "DELETE FROM shares WHERE share_id = $1", revoked["share_id"])
    never = [f"/s/{token}" for token in ("A" * 32, "A" * 31, "a/b", "...", "'--", "é")]
    seen = set()
    for address in (ended["url"], quiet["url"], revoked["url"], *never):
        for suffix in ("", "/image.png"):
            answer = await client.get(address + suffix)
            headers = sorted((name, value) for name, value in answer.headers.items() if name.lower() not in OF_REQUESTS)
            seen.add((answer.status_code, await answer.get_data(as_text=True), tuple(headers)))
    ((status, content, _),) = seen
    assert status == 404
    assert "This link leads nowhere" in PageReader(content).texts
    assert PageReader(content).meta["robots"] == "noindex, nofollow, noarchive"


async def test_views_are_counted_by_the_learners_day_and_nothing_else(
    client: Client, database_url: str, clock: AdjustableClock, resources: Resources
) -> None:
    caller = await a_learner(client, database_url)
    made, other = await share(caller), await share(caller)
    for _ in range(3):
        await opened(client, made)
    await client.head(made["url"])
    await client.get(made["url"] + "/image.png")
    clock.advance(days=1)
    await opened(client, made)
    await resources.share_views.flush()
    listed = {each["share_id"]: each for each in (await caller.get("/shares")).ok()["shares"]}
    assert listed[made["share_id"]]["views"] == 4
    assert listed[made["share_id"]]["views_by_day"] == [
        {"day": "2026-03-10", "views": 3},
        {"day": "2026-03-11", "views": 1},
    ]
    assert (listed[other["share_id"]]["views"], listed[other["share_id"]]["views_by_day"]) == (0, [])
    # Counts of 90 days are kept one by one; the total keeps all.
    clock.advance(days=89)
    await opened(client, made)
    await resources.share_views.flush()
    await resources.share_views.flush()
    (kept,) = [each for each in (await caller.get("/shares")).ok()["shares"] if each["share_id"] == made["share_id"]]
    assert kept["views"] == 5
    assert kept["views_by_day"] == [{"day": "2026-03-11", "views": 1}, {"day": "2026-06-08", "views": 1}]


async def test_a_view_of_a_share_that_is_gone_brings_nothing_back(
    client: Client, database_url: str, resources: Resources
) -> None:
    caller = await a_learner(client, database_url)
    made = await share(caller)
    await opened(client, made)
    await execute(database_url, "DELETE FROM shares WHERE learner_id = $1", caller.learner_id)
    await resources.share_views.flush()
    assert (await caller.get("/shares")).ok() == {"shares": []}


async def test_S09_who_opens_a_shared_page_leaves_no_trace(
    client: Client, database_url: str, resources: Resources, capsys: pytest.CaptureFixture[str]
) -> None:
    made = await share(await a_learner(client, database_url))
    capsys.readouterr()
    client_of = {"client": ("203.0.113.9", 4711)}
    await client.get("/livez", scope_base=client_of)
    assert "203.0.113.9" in capsys.readouterr().out
    headers = {"User-Agent": "Trace/1.0", "Cookie": "trace=1", "Referer": "https://trace.example/"}
    for address in (made["url"], made["url"] + "/image.png", made["url"] + "/", made["url"] + "/more"):
        await client.get(address, headers=headers, scope_base=client_of)
    await resources.share_views.flush()
    logged = capsys.readouterr().out
    assert logged.count("route=/s/<any_text:token>") == 4
    assert "203.0.113.9" not in logged
    assert "race" not in logged
    assert made["url"].removeprefix("/s/") not in logged
    connection = await asyncpg.connect(database_url)
    try:
        (row,) = await connection.fetch("SELECT * FROM shares WHERE share_id = $1", made["share_id"])
    finally:
        await connection.close()
    assert set(row.keys()) == {
        *("learner_id", "share_id", "token", "kind", "code", "fields", "ends_on", "created_at"),
        *("views", "views_by_day"),
    }
    assert (row["views"], row["views_by_day"]) == (1, '{"2026-03-10": 1}')


async def test_S09_a_visitor_over_the_quota_leaves_no_trace_either(
    settings: Settings, client: Client, clock: AdjustableClock, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url = (await share(await a_learner(client, database_url)))["url"]
    app = create_app(settings.model_copy(update={"limit_share_views_per_minute": 1}), clock)
    async with app.test_app() as running:
        visitor = running.test_client()
        capsys.readouterr()
        statuses = [
            (await send(path, scope_base={"client": ("203.0.113.9", 4711)})).status_code
            for send, path in (
                (visitor.get, url),
                (visitor.get, url),
                (visitor.get, f"{url}/image.png"),
                (visitor.options, url),
                (visitor.post, url),
                (visitor.delete, f"{url}/image.png"),
            )
        ]
    assert statuses == [200, 429, 429, 200, 405, 405]
    logged = capsys.readouterr().out
    assert logged.count("status=") == len(statuses)
    assert "203.0.113.9" not in logged
    assert url.removeprefix("/s/") not in logged


async def execute(database_url: str, statement: str, *arguments: object) -> None:
    """One statement, past the application."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(statement, *arguments)
    finally:
        await connection.close()
