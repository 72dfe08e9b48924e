"""A notice as every answer and the live stream show it."""

from collections.abc import Mapping
from typing import Any

from milepost.api.http.responses import JsonObject, instant
from milepost.queries.notices import NoticeRow
from milepost.rules.notices.wording import DIGEST_PARTS, Body, NoticeKind, notice_text

_MEMBERS: Mapping[NoticeKind, str] = {
    "achievement_unlocked": "achievement",
    "level_up": "level",
    "streak_milestone": "streak",
    "goal_met": "goal",
    "milestone_reached": "milestone",
    "streak_at_risk": "streak",
    "run_ended": "ended_run",
    "digest": "digest",
}
"""The member of a notice that holds what its kind is about."""

_WORDLESS = {"description": "", "category": "", "tier": "bronze", "points": 0, "icon": "award"}
"""For achievements that the catalogue does not have."""


def notice_shape(row: NoticeRow) -> JsonObject:
    """`NoticeOut`."""
    kind, body = _kind_and_body(row)
    said = notice_text(kind, body)
    return {
        "id": str(row.id),
        "kind": kind,
        "code": said.code,
        "values": said.values,
        "text": said.text,
        "created_at": instant(row.created_at),
        "seen_at": instant(row.seen_at),
        _MEMBERS[kind]: _digest(body) if kind == "digest" else body,
    }


def _kind_and_body(row: NoticeRow) -> tuple[NoticeKind, Body]:
    """The kind and the body in today's form: earlier versions had a digest of achievements alone."""
    if row.kind == "achievements_backfilled":
        achievements = row.body["achievements"]
        return "digest", {"counts": {"achievements": len(achievements)}, "achievements": achievements}
    kind = next(kind for kind in _MEMBERS if kind == row.kind)
    if kind == "achievement_unlocked":
        return kind, {**_with_words(row.body), "rarity_percent": row.rarity_percent}
    return kind, row.body


def _digest(body: Body) -> dict[str, Any]:
    lists = {part: body.get(part, []) for part in DIGEST_PARTS}
    achievements = [_with_words(achievement) for achievement in lists["achievements"]]
    return {"counts": body["counts"], **lists, "achievements": achievements}


def _with_words(achievement: Body) -> Body:
    """The achievement with every word that a notice shows."""
    return {**_WORDLESS, "title": achievement["code"], **achievement}
