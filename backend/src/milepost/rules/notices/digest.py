"""Late facts share one notice, the digest: an import or a backfill of years is one message and not a hundred."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from milepost.rules.notices.wording import DIGEST_PARTS, Body, NoticeKind

MAX_LISTED = 50
"""Max entries of one list of a digest; the newest are listed, and the counts are complete."""

_RECENT = timedelta(days=2)

_PARTS: Mapping[NoticeKind, str] = {
    "achievement_unlocked": "achievements",
    "level_up": "levels",
    "streak_milestone": "streak_milestones",
    "goal_met": "goals",
    "milestone_reached": "milestones",
}


def is_late(day: date, today: date) -> bool:
    """Whether what happened on `day` is told in the digest. Both are dates of the learner."""
    return day < today - _RECENT


def digest(facts: Iterable[tuple[NoticeKind, Body]]) -> dict[str, Any]:
    """The body of the digest of these late facts, each with the kind and body of the notice it would have been."""
    lists: dict[str, list[Body]] = {}
    for kind, body in facts:
        lists.setdefault(_PARTS[kind], []).append(body)
    return _body({part: len(entries) for part, entries in lists.items()}, lists)


def merged_digests(digests: Sequence[Body]) -> dict[str, Any]:
    """One digest with the facts of all of these, which come oldest first."""
    counts = {part: sum(body["counts"].get(part, 0) for body in digests) for part in DIGEST_PARTS}
    return _body(counts, {part: [entry for body in digests for entry in body.get(part, ())] for part in DIGEST_PARTS})


def _body(counts: Mapping[str, int], lists: Mapping[str, list[Body]]) -> dict[str, Any]:
    listed = {part: entries[-MAX_LISTED:] for part, entries in lists.items() if entries}
    return {"counts": {part: count for part, count in counts.items() if count}, **listed}
