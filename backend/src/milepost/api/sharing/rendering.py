"""Writes pages and images of shares from templates that escape every value."""

import base64
import hashlib
import math
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template

from milepost.api.sharing.contents import SharedPage
from milepost.api.sharing.pictures import LEVEL_COLOURS, Picture
from milepost.rules.days.wording import full_date, quantity

_SCALLOPS = tuple(
    (round(50 + 36 * math.cos(turn * math.pi / 6), 1), round(50 + 36 * math.sin(turn * math.pi / 6), 1))
    for turn in range(12)
)


def page_html(page: SharedPage | None, page_url: str = "", image_url: str = "") -> str:
    """The page; None: of a link that leads nowhere. `image_url`: of the preview image, empty for none."""
    template, css = _template("page.html"), _stylesheet()
    return template.render(page=page, page_url=page_url, image_url=image_url, css=css, scallops=_SCALLOPS)


def image_svg(picture: Picture) -> str:
    """The preview image."""
    return _template("image.svg").render(picture=picture, levels=LEVEL_COLOURS, scallops=_SCALLOPS)


@cache
def content_policy() -> str:
    """The Content-Security-Policy of pages: nothing but their own stylesheet, which is inside them."""
    digest = base64.b64encode(hashlib.sha256(_stylesheet().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
    )


def _source(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text("utf-8")


@cache
def _stylesheet() -> str:
    return _source("page.css")


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"day": full_date, "number": "{:,}".format, "quantity": quantity}
    return environment.get_template(name)
