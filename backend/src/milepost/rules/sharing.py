"""Shares: what a public link may show, whether it works, and how a year and a text are drawn on its page."""

import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from milepost.rules.days.calendar import iso_week_start
from milepost.rules.texts import is_blank

ShareKind = Literal["badge", "progress"]
ShareField = Literal[
    "display_name", "current_streak", "longest_streak", "exercises", "minutes", "points", "badges", "heatmap"
]
ShareState = Literal["open", "ended", "quiet", "badge_not_shown"]
ShareFailure = Literal[
    "code_missing", "code_not_allowed", "fields_missing", "field_repeated", "field_not_allowed", "ends_in_the_past"
]

FIELDS: tuple[ShareField, ...] = get_args(ShareField)
"""What a page of progress may show, in the order of the page."""
FIELDS_OF_A_BADGE: frozenset[ShareField] = frozenset({"display_name"})
"""What a page of a badge may show beside the badge."""

MAX_SHARES = 50
"""Max shares per learner, whether they still work or not."""

VIEW_DAYS_KEPT = 90
"""Days for which views are counted one by one; the total counts all."""

WEEKS_SHOWN = 53
HIGHEST_LEVEL = 4


@dataclass(frozen=True, slots=True)
class SharePlan:
    """What a learner wants to share. `code`: the achievement of a badge. `ends_on`: the last day of the link."""

    kind: ShareKind
    code: str | None
    fields: tuple[ShareField, ...]
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class DayOfYear:
    """A day of the heatmap. `level`: 0 without practice, 1–4 by how much compared with the learner's other days."""

    day: date
    level: int


def share_failures(plan: SharePlan, today: date) -> list[ShareFailure]:
    """Everything that makes the plan impossible; `today`: the learner's date."""
    is_badge, fields = plan.kind == "badge", set(plan.fields)
    failures: dict[ShareFailure, bool] = {
        "code_missing": is_badge and plan.code is None,
        "code_not_allowed": not is_badge and plan.code is not None,
        "fields_missing": not is_badge and not fields,
        "field_repeated": len(fields) < len(plan.fields),
        "field_not_allowed": is_badge and not fields <= FIELDS_OF_A_BADGE,
        "ends_in_the_past": plan.ends_on is not None and plan.ends_on < today,
    }
    return [failure for failure, is_failure in failures.items() if is_failure]


def share_state(ends_on: date | None, today: date, *, is_quiet: bool, is_badge_shown: bool) -> ShareState:
    """Whether the link works on the learner's date `today`, and if not, why. It works on its last day.

    `is_badge_shown`: the learner has the badge and it is no secret; true for shares of progress.
    """
    if ends_on is not None and ends_on < today:
        return "ended"
    if is_quiet:
        return "quiet"
    return "open" if is_badge_shown else "badge_not_shown"


def first_day_shown(today: date) -> date:
    """The first day of the heatmap: the Monday 52 weeks before this week's."""
    return iso_week_start(today) - timedelta(weeks=WEEKS_SHOWN - 1)


def heatmap(amounts: Mapping[date, int], today: date) -> list[list[DayOfYear]]:
    """The last 53 ISO weeks up to `today`, oldest first. `amounts`: of each active day, in any one unit.

    The level of a day says how many of the active days had at most as much: up to a quarter 1, up to half 2, up to
    three quarters 3, else 4. So the picture tells when somebody practised, and no amount.
    """
    ordered = sorted(amounts.values())
    first = first_day_shown(today)
    days = [first + timedelta(days=number) for number in range((today - first).days + 1)]
    shown = [DayOfYear(day, _level(amounts[day], ordered) if day in amounts else 0) for day in days]
    return [shown[start : start + 7] for start in range(0, len(shown), 7)]


def _level(amount: int, ordered: Sequence[int]) -> int:
    return -(-HIGHEST_LEVEL * bisect_right(ordered, amount) // len(ordered))


def drawable(text: str, characters: Container[str]) -> str | None:
    """The text as far as a font with these characters can draw it; None if it would lose a letter or everything.

    Only symbols, such as emoji, and invisible characters may be left out: a name without one of its letters is another
    name.
    """
    missing = [character for character in text if character not in characters]
    if any(unicodedata.category(character)[0] not in "SC" and character not in _VARIATIONS for character in missing):
        return None
    drawn = " ".join("".join(character for character in text if character in characters).split())
    return None if is_blank(drawn) else drawn


_VARIATIONS: Collection[str] = frozenset(map(chr, range(0xFE00, 0xFE10)))
"""Choose between the text and the emoji form of the symbol before them."""
