"""Pages of every origin may load the widget; only named ones may call the API."""

import pytest
from quart import Quart

from milepost.app import create_app
from milepost.settings import Settings

NAMED = "https://tutor.example"
OTHER = "https://elsewhere.example"


@pytest.fixture(params=[(), (NAMED,)], ids=["no origins", "one origin"])
def app_with_origins(request: pytest.FixtureRequest, settings: Settings) -> Quart:
    return create_app(settings.model_copy(update={"cors_origins": request.param}))


@pytest.mark.parametrize("origin", [NAMED, OTHER])
async def test_every_origin_may_read_the_files_of_the_widget(app_with_origins: Quart, origin: str) -> None:
    async with app_with_origins.test_app():
        client = app_with_origins.test_client()
        answer = await client.get("/widget/quick-stats.js", headers={"Origin": origin})
        assert answer.status_code == 200
        assert answer.headers.getlist("Access-Control-Allow-Origin") == ["*"]
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert answer.headers["Cache-Control"] == "public, no-cache"
        validator = answer.headers["ETag"]
        again = await client.get("/widget/quick-stats.js", headers={"Origin": origin, "If-None-Match": validator})
        assert (again.status_code, again.headers.getlist("Access-Control-Allow-Origin")) == (304, ["*"])


@pytest.mark.parametrize(
    "path", ["/", "/icon.svg", "/assets/parts/deep-9c0d.js", "/widget/none.js", "/widget/page", "/api/me", "/livez"]
)
async def test_nothing_else_is_open_to_every_origin(app_with_origins: Quart, path: str) -> None:
    async with app_with_origins.test_app():
        answer = await app_with_origins.test_client().get(path, headers={"Origin": OTHER, "Accept": "text/html"})
        assert "Access-Control-Allow-Origin" not in answer.headers
