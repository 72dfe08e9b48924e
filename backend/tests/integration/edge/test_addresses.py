"""An encoded slash stays inside its segment: an id with a slash never leads to another resource."""

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import cast
from urllib.parse import quote

import httpx
import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from support.builders import activity, bearer, mint, new_learner
from support.callers import Caller
from support.catalogues import condition, entry
from support.clock import START, AdjustableClock


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


@pytest.fixture
async def ada(app: Quart) -> AsyncIterator[httpx.AsyncClient]:
    """A learner whose addresses reach the application undecoded, as from a real server."""
    # The two libraries type the dictionaries of ASGI differently.
    transport = httpx.ASGITransport(app=cast("Callable[..., Coroutine[None, None, None]]", app))
    headers = bearer(mint(new_learner()))
    async with httpx.AsyncClient(transport=transport, base_url="http://x/api", headers=headers) as client:
        yield client


def encoded(text: str) -> str:
    """A text as one segment of an address."""
    return quote(text, safe="")


@pytest.mark.parametrize(
    ("path", "kind", "sub_resources"),
    [
        ("spaces", "space", ("progress", "history")),
        ("composite-goals", "composite_goal", ("progress", "history")),
        ("milestones", "milestone", ()),
    ],
)
async def test_ids_that_end_like_a_sub_resource_are_their_own(
    ada: httpx.AsyncClient, path: str, kind: str, sub_resources: tuple[str, ...]
) -> None:
    own = {"spaces": "space_id", "composite-goals": "goal_id", "milestones": "milestone_id"}[path]
    body: dict[str, object] = {}
    if path == "milestones":
        (await ada.post("/spaces", json={"space_id": "s", "title": "Space"})).raise_for_status()
        body["space_id"] = "s"
    for name in ("x", "x/progress", "x/history", "x/reach", "a//b", "100%/y", "%2F"):
        (await ada.post(f"/{path}", json={**body, own: name, "title": "Old"})).raise_for_status()
        (await ada.put(f"/{path}/{encoded(name)}", json={**body, "title": name})).raise_for_status()
        stored = (await ada.get(f"/{path}/{encoded(name)}")).json()
        assert (stored[own], stored["title"]) == (name, name)
    for sub_resource in sub_resources:
        whole = await ada.get(f"/{path}/{encoded('x/' + sub_resource)}")
        part = await ada.get(f"/{path}/x/{sub_resource}")
        assert (whole.json()[own], part.json()[own]) == (f"x/{sub_resource}", "x")
        assert whole.headers["ETag"] != part.headers["ETag"]
        of_whole = await ada.get(f"/{path}/{encoded('x/' + sub_resource)}/{sub_resource}")
        assert (of_whole.status_code, of_whole.json()[own]) == (200, f"x/{sub_resource}")
    missing = await ada.get(f"/{path}/{encoded('no/progress')}")
    assert (missing.status_code, missing.json()["code"]) == (404, f"{kind}_not_found")
    assert (await ada.delete(f"/{path}/{encoded('x/progress')}")).status_code == 200
    assert (await ada.get(f"/{path}/x")).status_code == 200


async def test_reaching_a_milestone_whose_id_has_slashes(ada: httpx.AsyncClient) -> None:
    (await ada.post("/spaces", json={"space_id": "s", "title": "Space"})).raise_for_status()
    for name in ("m", "m/reach"):
        await ada.post("/milestones", json={"milestone_id": name, "title": name, "space_id": "s"})
    assert (await ada.post(f"/milestones/{encoded('m/reach')}")).json()["code"] == "method_not_allowed"
    assert (await ada.post(f"/milestones/{encoded('m/reach')}/reach")).json()["reached_on"] == "2026-03-10"
    assert (await ada.get("/milestones/m")).json().get("reached_on") is None


async def test_activities_are_voided_by_the_id_as_encoded(ada: httpx.AsyncClient) -> None:
    ids = ["a", "a/b", "%2F", "/", "a%2Fb", "//a//", "../../me", "100%", "..."]
    sent = [activity(START, id=name) for name in ids]
    (await ada.post("/v1/activities", json={"activities": sent})).raise_for_status()
    for name in ids[1:]:
        answer = await ada.delete(f"/v1/activities/{encoded(name).replace('%2F', '%2f')}")
        assert (answer.status_code, answer.json()["id"]) == (200, name)
    assert [row["id"] for row in (await ada.get("/activities")).json()["activities"]] == ["a"]


async def test_a_slash_elsewhere_leads_nowhere(ada: httpx.AsyncClient, client: Client) -> None:
    for path in ("%2Fme", "progress%2Fstreak", "goals%2Fprogress", "spaces%2Fx", "me%EF%B7%90", "spaces/%EF%B7%90"):
        answer = await ada.get(f"/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    root = Caller(client, "root", ["admin"])
    code = "plain"
    (await root.post("/admin/achievements", entry(code, condition("points", 5)))).ok()
    ada.headers.update(bearer(mint("root", ["admin"])))
    refused = await ada.post(f"/admin/achievements/{encoded(code + '/activate')}")
    assert refused.json()["code"] == "method_not_allowed"
    assert (await ada.post(f"/admin/achievements/{code}/activate")).status_code == 200
