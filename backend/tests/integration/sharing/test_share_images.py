"""Preview images: their size, what they say, and how they are drawn."""

import asyncio
import signal
import struct
from collections.abc import AsyncIterator
from datetime import date

import asyncpg
import httpx
import pytest
from quart.typing import TestClientProtocol as Client

from milepost.api.sharing.contents import SharedBadge, SharedFigure, SharedPage
from milepost.api.sharing.pictures import picture_of
from milepost.api.sharing.rendering import image_svg
from milepost.app import create_app
from milepost.errors import Unavailable
from milepost.resources import Resources
from milepost.services.sharing.fonts import Fonts, load_fonts
from milepost.services.sharing.images import ShareImages
from milepost.settings import Settings, SettingsFault, load_settings
from support.builders import bearer, exercise, mint, new_learner
from support.callers import Caller, Json, service
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock
from support.servers import Processes

TODAY = date(2026, 3, 10)
SMALL = '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="2"/>'


@pytest.fixture(scope="module")
def fonts() -> Fonts:
    """The fonts that come with the service."""
    return load_fonts()


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height, from the header of a PNG."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


async def shared(client: Client, database_url: str, clock: AdjustableClock) -> tuple[Caller, Json, Json]:
    """A learner with one exercise, its share of progress, and its share of a badge."""
    clock.set(START)
    await put_in_force(database_url, entry("first", condition("exercises_completed", 1), tier="silver"))
    caller = Caller(client, new_learner())
    await service(client).record_all(exercise(START), learner_id=caller.subject)
    progress = (await caller.post("/shares", {"kind": "progress", "fields": ["points", "heatmap", "badges"]})).ok()
    badge = (await caller.post("/shares", {"kind": "badge", "code": "first"})).ok()
    return caller, progress, badge


async def test_images_are_1200_by_630(client: Client, database_url: str, clock: AdjustableClock) -> None:
    _, progress, badge = await shared(client, database_url, clock)
    contents = []
    for made in (progress, badge):
        response = await client.get(made["url"] + "/image.png")
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "image/png"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        contents.append(await response.get_data(as_text=False))
        assert size_of(contents[-1]) == (1200, 630)
    assert contents[0] != contents[1]


async def test_the_same_content_is_drawn_once(
    client: Client, database_url: str, clock: AdjustableClock, resources: Resources
) -> None:
    caller, progress, _ = await shared(client, database_url, clock)
    # So much as no other learner of this module has.
    await service(client).record_all(*(exercise(START) for _ in range(6)), learner_id=caller.subject)
    before = resources.share_images.drawn
    answers = await asyncio.gather(*(client.get(progress["url"] + "/image.png") for _ in range(5)))
    assert len({await answer.get_data() for answer in answers}) == 1
    assert resources.share_images.drawn == before + 1
    await service(client).record_all(exercise(START), learner_id=caller.subject)
    assert (await client.get(progress["url"] + "/image.png")).status_code == 200
    assert resources.share_images.drawn == before + 2


async def test_only_so_many_wait_for_an_image() -> None:
    images = ShareImages(())
    answers = await asyncio.gather(*(images.png(SMALL.format(n)) for n in range(1, 21)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Unavailable)]
    assert [fault.code for fault in refused] == ["overloaded"] * 4
    assert [size_of(answer) for answer in answers if isinstance(answer, bytes)] == [(n, 2) for n in range(1, 17)]
    assert images.drawn == 16


async def test_what_cannot_be_drawn_is_not_now_and_the_next_one_is_drawn() -> None:
    images = ShareImages(())
    with pytest.raises(Unavailable) as refused:
        await images.png("<svg")
    assert refused.value.code == "image_unavailable"
    assert size_of(await images.png(SMALL.format(3))) == (3, 2)


async def test_somebody_who_leaves_stops_no_image_of_others() -> None:
    images = ShareImages(())
    leaving, waiting = [asyncio.create_task(images.png(SMALL.format(n))) for n in (4, 5)]
    await asyncio.sleep(0)
    leaving.cancel()
    assert size_of(await waiting) == (5, 2)
    assert leaving.cancelled()
    assert images.drawn == 1


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("Ada", "Ada’s progress"),
        ("Юлия", "Юлия’s progress"),
        ("Ξένια 🎉", "Ξένια’s progress"),
        ("山田太郎", "Progress"),
        (None, "Progress"),
    ],
)
def test_a_name_is_drawn_whole_or_not_at_all(fonts: Fonts, name: str | None, heading: str) -> None:
    drawn = picture_of(SharedPage(TODAY, name), fonts).heading
    assert drawn is not None
    assert (drawn.content, drawn.size) == (heading, 64)


def test_long_texts_become_smaller_and_are_then_cut_off(fonts: Fonts) -> None:
    badge = SharedBadge("W" * 20, "What it takes.", "gold", 10, TODAY)
    picture = picture_of(SharedPage(TODAY, "W" * 40, badge), fonts)
    assert picture.heading is not None
    assert picture.who is not None
    # 20 letters fill 694 pixels at 32; at 24, the smallest, not all of 40 fit.
    assert (picture.heading.content, picture.heading.size) == ("W" * 20, 32)
    assert picture.who.size == 24
    assert picture.who.content.endswith("W…")
    assert fonts.width(picture.who.content) * 24 <= 694


def test_numbers_of_one_image_have_one_size(fonts: Fonts) -> None:
    figures = [SharedFigure("points", 7, "points"), SharedFigure("minutes", 12_345_678_901, "minutes")]
    numbers = [figure.number for figure in picture_of(SharedPage(TODAY, None, figures=figures), fonts).figures]
    assert [number.content for number in numbers if number is not None] == ["7", "12,345,678,901"]
    assert len({number.size for number in numbers if number is not None}) == 1


def test_texts_are_escaped_in_images(fonts: Fonts) -> None:
    svg = image_svg(picture_of(SharedPage(TODAY, "<Ada> & 'Ben\""), fonts))
    assert "&lt;Ada&gt; &amp; &#39;Ben&#34;" in svg
    assert "<Ada>" not in svg


@pytest.fixture
async def published(settings: Settings, module_clock: AdjustableClock) -> AsyncIterator[Client]:
    """A client of an application that knows where the public reaches it."""
    app = create_app(settings.model_copy(update={"public_url": "https://progress.example"}), module_clock)
    async with app.test_app():
        yield app.test_client()


async def test_links_and_previews_have_whole_addresses(
    published: Client, client: Client, database_url: str, clock: AdjustableClock
) -> None:
    caller, progress, _ = await shared(published, database_url, clock)
    assert progress["url"].startswith("https://progress.example/s/")
    path = progress["url"].removeprefix("https://progress.example")
    page = await (await published.get(path)).get_data(as_text=True)
    assert f'<meta property="og:url" content="{progress["url"]}">' in page
    assert f'<meta property="og:image" content="{progress["url"]}/image.png">' in page
    assert '<meta property="og:title" content="Progress">' in page
    # Without the setting there is no address to name.
    assert "og:image" not in await (await client.get(path)).get_data(as_text=True)
    assert caller.subject not in page


@pytest.mark.parametrize(
    "url", ["progress.example", "https://progress.example/", "ftp://a", "https://a/?b", "https://"]
)
def test_an_address_that_links_cannot_begin_with_is_refused(url: str) -> None:
    with pytest.raises(SettingsFault, match="public_url"):
        load_settings(public_url=url)


def test_a_font_that_is_not_there_is_refused() -> None:
    with pytest.raises(SettingsFault, match=r"no such file: /no/font\.ttf"):
        load_settings(share_fonts=["/no/font.ttf"])
    assert load_settings(share_fonts="").share_fonts == ()


async def test_no_statement_reads_all_shares(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("SET enable_seqscan = off")
        plan = await connection.fetch("EXPLAIN SELECT * FROM shares WHERE token = 'a'")
    finally:
        await connection.close()
    assert "ix_shares_token" in "\n".join(line for (line,) in plan)


async def test_a_server_draws_images_and_writes_its_views_down_when_it_stops(
    processes: Processes, database_url: str
) -> None:
    api = processes.api()
    async with httpx.AsyncClient(base_url=api.url, timeout=20) as browser:
        headers = bearer(mint(new_learner()))
        made = (
            await browser.post("/api/shares", json={"kind": "progress", "fields": ["points"]}, headers=headers)
        ).json()
        pages = [await browser.get(made["url"]) for _ in range(3)]
        image = await browser.get(made["url"] + "/image.png")
    assert {page.status_code for page in pages} == {200}
    assert size_of(image.content) == (1200, 630)
    api.send(signal.SIGTERM)
    assert api.wait_exit() == 0
    connection = await asyncpg.connect(database_url)
    try:
        views = await connection.fetchval("SELECT views FROM shares WHERE share_id = $1", made["share_id"])
    finally:
        await connection.close()
    assert views == 3
