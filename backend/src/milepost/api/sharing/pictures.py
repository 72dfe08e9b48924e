"""The preview image of a share: which of its content fits on 1200 × 630, and how large each text is."""

from collections.abc import Sequence
from dataclasses import dataclass

from milepost.api.sharing.contents import SharedBadge, SharedFigure, SharedPage
from milepost.rules.achievements.definitions import Tier
from milepost.rules.days.wording import full_date
from milepost.rules.sharing import DayOfYear, drawable
from milepost.services.sharing.fonts import Fonts

LEVEL_COLOURS = ("#e6e3da", "#b3d6d5", "#72b0b0", "#3a8d8e", "#0b6a6e")
_INK, _FAINT, _EARNED = "#1b2422", "#55605c", "#0a5e62"
_WIDTH = 1_008
_WIDTH_BESIDE_A_BADGE = 694
_NUMBER_SIZE = 88
_MIN_SIZE = 24
_MAX_FIGURES = 4
_MAX_TIERS = 12


@dataclass(frozen=True, slots=True)
class PictureText:
    """One line of text."""

    content: str
    size: int
    weight: int
    fill: str


@dataclass(frozen=True, slots=True)
class PictureFigure:
    """A number above what it counts."""

    number: PictureText | None
    label: PictureText | None


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything the template places. A text that no font can draw is None."""

    badge: SharedBadge | None
    heading: PictureText | None
    who: PictureText | None = None
    note: PictureText | None = None
    figures: Sequence[PictureFigure] = ()
    step: int = 0
    tiers: Sequence[Tier] = ()
    tiers_y: int = 0
    weeks: Sequence[Sequence[DayOfYear]] = ()
    year_y: int = 0


def picture_of(page: SharedPage, fonts: Fonts) -> Picture:
    """The image of a page. A long text becomes smaller, and is cut off where it would be too small to read."""
    if page.badge is not None:
        return _badge_picture(page, page.badge, fonts)
    name = None if page.name is None else drawable(page.name, fonts.widths)
    heading = f"{name}’s progress" if name else "Progress"
    figures = page.figures[:_MAX_FIGURES]
    step = _WIDTH // max(2, len(figures))
    size = min((_fitting(f"{figure.value:,}", _NUMBER_SIZE, step - 24, fonts) for figure in figures), default=0)
    below = 230 if not figures else 392
    weeks = [] if page.year is None else [week for half in page.year.halves for week in half.weeks]
    # Badges and the year share one place; the year says more.
    tiers = [] if weeks else [badge.tier for badge in page.badges[:_MAX_TIERS]]
    return Picture(
        badge=None,
        heading=_line(heading, 64, 700, _INK, _WIDTH, fonts),
        figures=[_figure(figure, size, step - 24, fonts) for figure in figures],
        step=step,
        tiers=tiers,
        tiers_y=below,
        weeks=weeks,
        year_y=below,
    )


def _badge_picture(page: SharedPage, badge: SharedBadge, fonts: Fonts) -> Picture:
    name = None if page.name is None else drawable(page.name, fonts.widths)
    width = _WIDTH_BESIDE_A_BADGE
    note = f"{badge.tier.capitalize()} badge, earned on {full_date(badge.earned_on)}"
    return Picture(
        badge=badge,
        who=_line(f"{name} earned" if name else "Earned", 40, 500, _FAINT, width, fonts),
        heading=_line(badge.title, 68, 700, _INK, width, fonts),
        note=_line(note, 32, 500, _FAINT, width, fonts),
    )


def _figure(figure: SharedFigure, size: int, width: int, fonts: Fonts) -> PictureFigure:
    fill = _EARNED if figure.field == "current_streak" else _INK
    return PictureFigure(
        _line(f"{figure.value:,}", size, 700, fill, width, fonts), _line(figure.label, 30, 500, _FAINT, width, fonts)
    )


def _line(text: str, size: int, weight: int, fill: str, width: int, fonts: Fonts) -> PictureText | None:
    content = drawable(text, fonts.widths)
    if content is None:
        return None
    fitting = _fitting(content, size, width, fonts)
    while fitting < _MIN_SIZE and len(content) > 1:
        content = content.removesuffix("…")[:-1].rstrip() + "…"
        fitting = _fitting(content, _MIN_SIZE, width, fonts)
    return PictureText(content, fitting, weight, fill)


def _fitting(text: str, size: int, width: int, fonts: Fonts) -> int:
    """The largest font size up to `size` in which the text fits."""
    return min(size, int(width / max(fonts.width(text), 0.01)))
