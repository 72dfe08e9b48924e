"""Turns a catalogue and a learner's measures into the shapes of `schemas`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from milepost.api.http.responses import JsonObject, instant
from milepost.queries.achievements.achievements import LearnerMeasures, Rarity, Unlock
from milepost.rules.achievements.catalogue import Catalogue, Entry
from milepost.rules.achievements.conditions import MetricValues
from milepost.rules.achievements.progress import nearest, progress
from milepost.services.achievements.unlocks import Unlocked, unlock_body

HIDDEN_TITLE = "A secret"
HIDDEN_DESCRIPTION = "You will see what it takes once you have unlocked it."


class Shown(NamedTuple):
    """One achievement of one learner, ready for a response."""

    entry: Entry
    shape: JsonObject
    percent: float
    is_hidden: bool


def unlocked_json(unlocked: Sequence[Unlocked]) -> list[JsonObject]:
    """A list of `UnlockedOut`."""
    return [unlock_body(unlock) for unlock in unlocked]


def glance_json(catalogue: Catalogue, measures: LearnerMeasures, run: int) -> JsonObject:
    """`AchievementsAtAGlance`. `run` is the current streak."""
    unlocks = measures.unlocks
    latest = next(iter(newest_first(unlocks.values())), None)
    upcoming = nearest(catalogue, _values(catalogue, measures, run))
    return {
        "unlocked": len(unlocks),
        "total": sum(_is_shown(entry, measures) for entry in catalogue.entries.values()),
        "latest": None if latest is None else {"code": latest.code, "earned_on": latest.earned_on.isoformat()},
        "next": None if upcoming is None else {"code": upcoming[0].code, **upcoming[1]._asdict()},
    }


def achievement_points(catalogue: Catalogue, measures: LearnerMeasures) -> int:
    """The badge points of all unlocked achievements."""
    return sum(catalogue.entries[code].definition.points for code in measures.unlocks if code in catalogue.entries)


def achievements_json(catalogue: Catalogue, measures: LearnerMeasures, run: int, rarity: Rarity) -> JsonObject:
    """`AchievementsOut`, in the order of the catalogue."""
    shown = _shown(catalogue, measures, run, rarity.percents)
    return {
        "unlocked": len(measures.unlocks),
        "total": len(shown),
        "points": achievement_points(catalogue, measures),
        "rarity_as_of": instant(rarity.as_of),
        "achievements": [achievement.shape for achievement in shown],
    }


def badges_json(catalogue: Catalogue, measures: LearnerMeasures, run: int, rarity: Rarity) -> JsonObject:
    """`BadgesOut`."""
    shown = _shown(catalogue, measures, run, rarity.percents)
    by_code = {badge.entry.definition.code: badge for badge in shown if badge.shape["unlocked"]}
    earned = [by_code[unlock.code] for unlock in newest_first(measures.unlocks.values()) if unlock.code in by_code]
    available = sorted((badge for badge in shown if not badge.shape["unlocked"]), key=lambda badge: -badge.percent)
    return {
        "points": achievement_points(catalogue, measures),
        "points_available": sum(badge.entry.definition.points for badge in available),
        "earned": [
            _badge_json(badge) | {name: badge.shape[name] for name in ("earned_on", "unlocked_at")} for badge in earned
        ],
        "available": [
            _badge_json(badge)
            | {"secret": badge.shape["secret"], "percent": None if badge.is_hidden else badge.percent}
            for badge in available
        ],
    }


def newest_first(unlocks: Iterable[Unlock]) -> list[Unlock]:
    """The one earned last comes first, of these the one unlocked last, of these the first by code."""
    by_code = sorted(unlocks, key=lambda unlock: unlock.code)
    return sorted(by_code, key=lambda unlock: (unlock.earned_on, unlock.unlocked_at), reverse=True)


def _values(catalogue: Catalogue, measures: LearnerMeasures, run: int) -> MetricValues:
    return measures.values._replace(unlocked=catalogue.mask_of(measures.unlocks), run=run)


def _is_shown(entry: Entry, measures: LearnerMeasures) -> bool:
    return entry.definition.state == "active" or entry.definition.code in measures.unlocks


def _shown(
    catalogue: Catalogue, measures: LearnerMeasures, run: int, percents: Mapping[str, float | None]
) -> list[Shown]:
    values = _values(catalogue, measures, run)
    shown = []
    for code, entry in catalogue.entries.items():
        if not _is_shown(entry, measures):
            continue
        definition, unlock = entry.definition, measures.unlocks.get(code)
        is_hidden = definition.secret and unlock is None
        done = progress(catalogue, code, values)
        shape: JsonObject = {
            # The code of a secret achievement would give it away; its bit does not.
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


_BADGE_FIELDS = ("code", "title", "description", "category", "tier", "points", "icon", "rarity_percent")


def _badge_json(badge: Shown) -> JsonObject:
    return {name: badge.shape[name] for name in _BADGE_FIELDS}
