"""Achievements on the wire, from a catalogue and a learner's measures. See `schemas/achievements.py`."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from milepost.api.http.responses import JsonObject, instant
from milepost.queries.achievements.achievements import Measured, Rarity
from milepost.rules.achievements.catalogue import Catalogue, Entry
from milepost.rules.achievements.metrics import Metrics
from milepost.rules.achievements.progress import nearest, progress
from milepost.services.achievements.unlocks import Unlocked, notice_body

HIDDEN_TITLE = "A secret"
HIDDEN_DESCRIPTION = "What it takes is told once it is yours."


class Shown(NamedTuple):
    """One achievement of one learner, before it is written down."""

    entry: Entry
    shape: JsonObject
    percent: float
    is_hidden: bool


def unlocked_json(unlocked: Sequence[Unlocked]) -> list[JsonObject]:
    """A list of `UnlockedOut`."""
    return [notice_body(one) for one in unlocked]


def glance_json(catalogue: Catalogue, known: Measured, run: int) -> JsonObject:
    """`AchievementsAtAGlance`; `run` is the streak as it stands."""
    held = known.held
    latest = max(held.values(), key=lambda unlock: (unlock.unlocked_at, unlock.earned_on, unlock.code), default=None)
    following = nearest(catalogue, _metrics(catalogue, known, run))
    return {
        "unlocked": len(held),
        "total": sum(_is_shown(entry, known) for entry in catalogue.entries.values()),
        "latest": None if latest is None else {"code": latest.code, "earned_on": latest.earned_on.isoformat()},
        "next": None if following is None else {"code": following[0].code, **following[1]._asdict()},
    }


def achievement_points(catalogue: Catalogue, known: Measured) -> int:
    """The badge points of everything held."""
    return sum(catalogue.entries[code].definition.points for code in known.held if code in catalogue.entries)


def achievements_json(catalogue: Catalogue, known: Measured, run: int, rarity: Rarity) -> JsonObject:
    """`AchievementsOut`, in the order of the catalogue."""
    shown = _shown(catalogue, known, run, rarity.percents)
    return {
        "unlocked": len(known.held),
        "total": len(shown),
        "points": achievement_points(catalogue, known),
        "rarity_as_of": instant(rarity.as_of),
        "achievements": [one.shape for one in shown],
    }


def badges_json(catalogue: Catalogue, known: Measured, run: int, rarity: Rarity) -> JsonObject:
    """`BadgesOut`."""
    shown = _shown(catalogue, known, run, rarity.percents)
    earned = [one for one in shown if one.shape["unlocked"]]
    earned.sort(key=lambda one: known.held[one.entry.definition.code].unlocked_at, reverse=True)
    available = sorted((one for one in shown if not one.shape["unlocked"]), key=lambda one: -one.percent)
    return {
        "points": achievement_points(catalogue, known),
        "points_available": sum(one.entry.definition.points for one in available),
        "earned": [_badge(one) | {name: one.shape[name] for name in ("earned_on", "unlocked_at")} for one in earned],
        "available": [
            _badge(one) | {"secret": one.shape["secret"], "percent": None if one.is_hidden else one.percent}
            for one in available
        ],
    }


def _metrics(catalogue: Catalogue, known: Measured, run: int) -> Metrics:
    return known.metrics._replace(unlocked=catalogue.mask_of(known.held), run=run)


def _is_shown(entry: Entry, known: Measured) -> bool:
    return entry.definition.state == "active" or entry.definition.code in known.held


def _shown(catalogue: Catalogue, known: Measured, run: int, percents: Mapping[str, float | None]) -> list[Shown]:
    metrics = _metrics(catalogue, known, run)
    shown = []
    for code, entry in catalogue.entries.items():
        if not _is_shown(entry, known):
            continue
        definition, unlock = entry.definition, known.held.get(code)
        is_hidden = definition.secret and unlock is None
        done = progress(catalogue, code, metrics)
        shape: JsonObject = {
            # The code of a secret one says too much; its place says nothing.
            "code": f"secret-{entry.bit}" if is_hidden else code,
            "title": HIDDEN_TITLE if is_hidden else definition.title,
            "description": HIDDEN_DESCRIPTION if is_hidden else definition.description,
            "category": "secret" if is_hidden else definition.category,
            "tier": definition.tier,
            "points": definition.points,
            "icon": "circle-help" if is_hidden else definition.icon,
            "secret": definition.secret,
            "unlocked": unlock is not None,
            "unlocked_at": None if unlock is None else instant(unlock.unlocked_at),
            "earned_on": None if unlock is None else unlock.earned_on.isoformat(),
            "progress": None if is_hidden else done._asdict(),
            "rarity_percent": percents.get(code),
        }
        shown.append(Shown(entry, shape, 0.0 if is_hidden else done.percent, is_hidden))
    return shown


_BADGE = ("code", "title", "description", "category", "tier", "points", "icon", "rarity_percent")


def _badge(one: Shown) -> JsonObject:
    return {name: one.shape[name] for name in _BADGE}
