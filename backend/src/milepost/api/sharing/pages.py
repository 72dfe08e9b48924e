"""The public pages of shares and their preview images: outside /api, without a token, sent with `no-store`.

A link that does not work answers the same, whatever the reason. Visitors leave no trace: no cookie, and no address in
the log, which `api/edge/middleware.py` ensures for refused requests too.
"""

import re

from quart import Blueprint, Response, request

from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.sharing.contents import SharedPage, shared_page
from milepost.api.sharing.pictures import picture_of
from milepost.api.sharing.rendering import content_policy, image_svg, page_html
from milepost.queries.sharing import Share, open_share

blueprint = Blueprint("share_pages", __name__)

declare(image_unavailable=(503, "The image could not be drawn; try again after `Retry-After` seconds."))

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


@blueprint.get("/s/<any_text:token>")
@contract(summary="The page of a share", public=True, answers=None, hidden=True, charges="share_views")
async def page(token: str) -> Response:
    """What the owner of the link chose to show."""
    found = await _found(token)
    if found is None:
        return _html(page_html(None), 404)
    share, content = found
    app = resources()
    if request.method == "GET":
        app.share_views.note(share.learner_id, share.share_id, content.today)
    public_url = app.settings.public_url
    url = f"{public_url}/s/{share.token}"
    return _html(page_html(content, url, f"{url}/image.png" if public_url else ""))


@blueprint.get("/s/<any_text:token>/image.png")
@contract(
    summary="The preview image of a share",
    public=True,
    answers=None,
    hidden=True,
    charges="share_views",
)
async def image(token: str) -> Response:
    """The image that messengers show beside the link."""
    found = await _found(token)
    if found is None:
        return _html(page_html(None), 404)
    images = resources().share_images
    svg = image_svg(picture_of(found[1], await images.fonts()))
    return Response(await images.png(svg), headers=_HEADERS, content_type="image/png")


async def _found(token: str) -> tuple[Share, SharedPage] | None:
    """The share that a link names and the content of its page; None if the link leads nowhere."""
    if _TOKEN.fullmatch(token) is None:
        return None
    app = resources()
    now = app.clock.now()
    async with app.database.snapshot() as connection:
        shared = await open_share(connection, token, app.catalogues, app.policy, now)
        return None if shared is None else (shared.share, await shared_page(connection, shared, app.policy, now))


_HEADERS = {"X-Robots-Tag": "noindex, nofollow, noarchive", "Cache-Control": "no-store"}


def _html(content: str, status: int = 200) -> Response:
    headers = {**_HEADERS, "Content-Security-Policy": content_policy()}
    return Response(content, status, headers, content_type="text/html; charset=utf-8")
