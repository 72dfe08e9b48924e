"""A learner's notices, in pages by id, and how many are unread.

Every statement reads a bounded number of rows by an index.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from milepost.db.connection import Reading, Record
from milepost.db.tables.awards import UNREAD, UNSEEN_DIGEST
from milepost.queries.achievements.achievements import MIN_LEARNERS
from milepost.rules.notices.digest import merged_digests
from milepost.rules.notices.notice_id import LAST, NoticeId
from milepost.rules.rounding import share_percent

WORDS_OF_ACHIEVEMENTS = ("title", "description", "category", "tier", "points", "icon")
"""What a notice says about an achievement beside its code and the day it was earned on."""
MAX_COUNTED = 1_000
"""Unread notices are counted up to this number."""

# The words about an achievement, which notices do not store. The catalogue never loses a definition.
_WORDS = (
    f"""jsonb_build_object({", ".join(f"'{name}', {{0}}.definition->'{name}'" for name in WORDS_OF_ACHIEVEMENTS)})"""
)
# A body of alias {0} with the words of the achievements in it.
_WITH_WORDS = f"""
CASE WHEN {{0}}.body ? 'achievements' THEN {{0}}.body || (
    SELECT jsonb_build_object('achievements', jsonb_agg(
        CASE WHEN d.code IS NULL THEN e.entry ELSE {_WORDS.format("d")} || e.entry END ORDER BY e.place
    )) FROM jsonb_array_elements({{0}}.body->'achievements') WITH ORDINALITY e(entry, place)
    LEFT JOIN achievements d ON d.code = e.entry->>'code'
) ELSE {{0}}.body END
"""
# Digests that the learner has not seen are shown as one, in the place of the newest: its body is an array of theirs.
_COLUMNS = f"""
n.revision, n.n, n.kind, CASE
    WHEN a.code IS NOT NULL THEN {_WORDS.format("a")} || n.body
    WHEN n.kind = 'digest' AND n.seen_at IS NULL THEN (
        SELECT jsonb_agg({_WITH_WORDS.format("o")} ORDER BY o.revision, o.n) FROM notices o
        WHERE o.learner_id = $1 AND {UNSEEN_DIGEST}
    ) ELSE {_WITH_WORDS.format("n")} END, n.created_at, n.seen_at, s.holders, s.learners
"""
_NEWEST_UNSEEN_DIGEST = f"""
SELECT o.revision, o.n FROM notices o WHERE o.learner_id = $1 AND {UNSEEN_DIGEST}
ORDER BY o.revision DESC, o.n DESC LIMIT 1
"""
_FROM = f"""
FROM notices n LEFT JOIN achievements a ON n.kind = 'achievement_unlocked' AND a.code = n.body->>'code'
LEFT JOIN achievement_stats s ON s.code = a.code
WHERE n.learner_id = $1 AND n.kind <> 'level_changed'
    AND (n.kind <> 'digest' OR n.seen_at IS NOT NULL OR (n.revision, n.n) = ({_NEWEST_UNSEEN_DIGEST}))
"""
_BEFORE = f"""
SELECT {_COLUMNS} {_FROM} AND (n.revision, n.n) < ($2, $3) ORDER BY n.revision DESC, n.n DESC LIMIT $4
"""
_UNREAD_BEFORE = f"""
SELECT {_COLUMNS} {_FROM} AND n.seen_at IS NULL AND (n.revision, n.n) < ($2, $3)
ORDER BY n.revision DESC, n.n DESC LIMIT $4
"""
_AFTER = f"SELECT {_COLUMNS} {_FROM} AND (n.revision, n.n) > ($2, $3) ORDER BY n.revision, n.n LIMIT $4"
_COUNT = f"""
SELECT count(*) + (SELECT count(*) FROM ({_NEWEST_UNSEEN_DIGEST}) d) FROM (
    SELECT FROM notices WHERE learner_id = $1 AND {UNREAD} AND kind <> 'digest' LIMIT {MAX_COUNTED}
) u
"""
_IS_QUIET = "SELECT quiet FROM profiles WHERE learner_id = $1"


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice as stored. `rarity_percent`: of an achievement, how many learners have it; None while they are few.

    `size`: the bytes of its body as JSON.
    """

    id: NoticeId
    kind: str
    body: Mapping[str, Any]
    created_at: datetime
    seen_at: datetime | None
    rarity_percent: float | None
    size: int


async def notices_before(
    connection: Reading, learner_id: UUID, limit: int, *, before: NoticeId = LAST, is_unread: bool = False
) -> Sequence[NoticeRow]:
    """At most `limit` notices with an id below `before`, newest first; with `is_unread`, only unread ones."""
    statement = _UNREAD_BEFORE if is_unread else _BEFORE
    return [_row(row) for row in await connection.fetch(statement, learner_id, *before, limit)]


async def notices_after(connection: Reading, learner_id: UUID, after: NoticeId, limit: int) -> Sequence[NoticeRow]:
    """At most `limit` notices with an id above `after`, oldest first."""
    return [_row(row) for row in await connection.fetch(_AFTER, learner_id, *after, limit)]


async def unread_notices(connection: Reading, learner_id: UUID) -> int:
    """How many notices are unread, at most `MAX_COUNTED`."""
    count: int = await connection.fetchval(_COUNT, learner_id)
    return min(count, MAX_COUNTED)


async def is_quiet(connection: Reading, learner_id: UUID) -> bool:
    """Whether the learner is in quiet mode."""
    return bool(await connection.fetchval(_IS_QUIET, learner_id))


def _row(row: Record) -> NoticeRow:
    revision, n, kind, body, created_at, seen_at, holders, learners = row
    rarity = None if learners is None or learners < MIN_LEARNERS else share_percent(holders, learners)
    stored = orjson.loads(body)
    if isinstance(stored, list):
        stored = merged_digests(stored)
    return NoticeRow(NoticeId(revision, n), kind, stored, created_at, seen_at, rarity, len(body.encode()))
