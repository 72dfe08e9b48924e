"""Notices: what a learner is told. This module alone writes them.

A learner in quiet mode gets no notices, whatever happened. Everything else is recorded as usual, so nothing is made up
for when quiet mode ends. Late facts share one notice: see `rules/notices/digest.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import orjson

from milepost.db.connection import Writing
from milepost.db.tables import notices as notices_table
from milepost.db.tables.awards import EXPIRING, UNREAD, UNSEEN_DIGEST
from milepost.rules.notices.digest import digest, merged_digests
from milepost.rules.notices.notice_id import FIRST, LAST, NoticeId
from milepost.rules.notices.wording import NoticeKind

_EXPIRED_PER_BATCH = 1_000
_UNITED_PER_BATCH = 100
_RECENTLY = timedelta(hours=3)

# The revision is the one this transaction has given the learner. Numbers continue after those that earlier statements
# of the transaction wrote for the same revision.
_INSERT = """
INSERT INTO notices (learner_id, revision, n, kind, body, commit_id, created_at)
SELECT u.learner_id, l.revision, u.n + coalesce(
        (SELECT max(o.n) + 1 FROM notices o WHERE o.learner_id = l.learner_id AND o.revision = l.revision), 0
    ), u.kind, u.body, $5, $6
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::jsonb[]) AS u(learner_id, n, kind, body)
JOIN learners l USING (learner_id)
WHERE NOT EXISTS (SELECT FROM profiles q WHERE q.learner_id = u.learner_id AND q.quiet)
"""
# Also for learners in quiet mode: what they were not told then is not told later.
_TELL_ONCE = """
INSERT INTO told_once (learner_id, kind, day, run, told_at)
SELECT *, $5 FROM unnest($1::uuid[], $2::text[], $3::date[], $4::int[]) ON CONFLICT DO NOTHING
RETURNING learner_id, kind, day, run
"""
# A writer adds digests and never touches older ones, so uniting them needs no lock of the learner.
_UNSEEN_DIGESTS = f"""
SELECT revision, n, body FROM notices
WHERE learner_id = $1 AND {UNSEEN_DIGEST} AND (revision, n) <= ($2::bigint, $3::int) ORDER BY revision, n FOR UPDATE
"""
_UNITE_DIGESTS = """
WITH gone AS (
    DELETE FROM notices WHERE learner_id = $1 AND (revision, n) IN (SELECT * FROM unnest($2::bigint[], $3::int[]))
)
UPDATE notices SET body = $6 WHERE (learner_id, revision, n) = ($1, $4, $5)
"""
_WITH_SEVERAL_DIGESTS = f"""
SELECT DISTINCT learner_id FROM notices n WHERE {UNSEEN_DIGEST} AND created_at > $1 AND EXISTS (
    SELECT FROM notices o
    WHERE o.learner_id = n.learner_id AND {UNSEEN_DIGEST} AND (o.revision, o.n) < (n.revision, n.n)
) LIMIT $2
"""
# In the order of ids, so that two requests for the same learner never wait in a circle.
_MARK_SEEN = f"""
UPDATE notices n SET seen_at = $2 FROM (
    SELECT revision, n FROM notices WHERE learner_id = $1 AND {UNREAD} AND %s ORDER BY revision, n FOR UPDATE
) u WHERE n.learner_id = $1 AND (n.revision, n.n) = (u.revision, u.n)
"""
_MARK_UP_TO = _MARK_SEEN % "(revision, n) <= ($3::bigint, $4::int)"
_MARK_SINGLE = _MARK_SEEN % "(revision, n) IN (SELECT * FROM unnest($3::bigint[], $4::int[]))"
_DELETE_EXPIRED = f"""
DELETE FROM notices WHERE (learner_id, revision, n) IN (
    SELECT learner_id, revision, n FROM notices o WHERE created_at < $1 AND {EXPIRING} AND EXISTS (
        SELECT FROM notices l WHERE l.learner_id = o.learner_id AND (l.revision, l.n) > (o.revision, o.n)
            AND l.created_at < $1
    ) LIMIT $2 FOR UPDATE SKIP LOCKED
)
"""


_MOVED = ", ".join(
    name for name in [column.name for column in notices_table.columns] if name not in ("learner_id", "revision", "n")
)
# No commit has revision 0, so they come before all notices of the target's own.
_MOVE = f"""
INSERT INTO notices (learner_id, revision, n, {_MOVED})
SELECT $2, 0, row_number() OVER (ORDER BY revision, n) - 1 + coalesce(
    (SELECT max(n) + 1 FROM notices o WHERE o.learner_id = $2 AND o.revision = 0), 0
), {_MOVED} FROM notices WHERE learner_id = $1
"""


class Notice(NamedTuple):
    """One notice of one learner. `body` becomes JSON; its members depend on `kind`.

    `is_late`: it is told in the digest. `once`: the day and the length of a run; with them, the learner is told of this
    kind only once.
    """

    learner_id: UUID
    kind: NoticeKind
    body: Mapping[str, object]
    is_late: bool = False
    once: tuple[date, int] | None = None


async def write_notices(connection: Writing, notices: Sequence[Notice], commit_id: UUID, now: datetime) -> int:
    """Write the notices of one transaction, in one statement; without notices nothing is sent. Returns how many.

    The id of a notice is (learner's revision, n). Each learner's notices are numbered in the order given, so the order
    of ids is the order of commits. Late ones come last, as one digest of this commit; reads show all digests that the
    learner has not seen as one.

    The caller holds the learners' locks and has raised their `revision` in this transaction.
    """
    if not notices:
        return 0
    if any(notice.once is not None for notice in notices):
        notices = await _not_told_yet(connection, notices, now)
    late = [notice for notice in notices if notice.is_late]
    told = [notice for notice in notices if not notice.is_late]
    if late:
        told += _digests(late)
    written = await connection.execute(
        _INSERT,
        [notice.learner_id for notice in told],
        list(_places(told)),
        [notice.kind for notice in told],
        [orjson.dumps(notice.body).decode() for notice in told],
        commit_id,
        now,
    )
    return int(written.rpartition(" ")[2])


async def mark_seen(
    connection: Writing,
    learner_id: UUID,
    now: datetime,
    *,
    up_to: NoticeId | None = None,
    ids: Sequence[NoticeId] | None = None,
) -> int:
    """Mark the learner's unread notices up to an id, or those with these ids, as seen at `now`. Returns how many.

    The digests up to the last of these ids were shown as one and become one row. Later ones stay unread. Changes no
    revision: no cached answer shows notices.
    """
    await _unite_digests(connection, learner_id, up_to or max(ids or (FIRST,)), ids)
    if up_to is not None:
        marked = await connection.execute(_MARK_UP_TO, learner_id, now, *up_to)
    else:
        columns = list(map(list, zip(*ids or (), strict=True))) or [[], []]
        marked = await connection.execute(_MARK_SINGLE, learner_id, now, *columns)
    return int(marked.rpartition(" ")[2])


async def delete_expired_notices_batch(connection: Writing, now: datetime, kept_days: int) -> bool:
    """Delete notices that are older than `kept_days`. Those of achievements are kept, and the last
    old one of each learner: by it a stream that resumes from before it knows that it has missed some.

    Returns whether there may be more.
    """
    deleted = await connection.execute(_DELETE_EXPIRED, now - timedelta(days=kept_days), _EXPIRED_PER_BATCH)
    return deleted == f"DELETE {_EXPIRED_PER_BATCH}"


async def unite_digests_batch(connection: Writing, now: datetime) -> bool:
    """Unite the unseen digests of a few learners with recent ones, so that an import of years leaves one row.

    Returns whether there may be more. Where no sweep ran in time, reads go on uniting until the learner's next digest.
    """
    learners = await connection.fetch(_WITH_SEVERAL_DIGESTS, now - _RECENTLY, _UNITED_PER_BATCH)
    for row in learners:
        await _unite_digests(connection, row["learner_id"], LAST)
    return len(learners) == _UNITED_PER_BATCH


async def _not_told_yet(connection: Writing, notices: Sequence[Notice], now: datetime) -> list[Notice]:
    """The notices without those that may be told once only and have been; the others of these are told from now on."""
    once = [(notice.learner_id, notice.kind, *notice.once) for notice in notices if notice.once is not None]
    new = {tuple(row) for row in await connection.fetch(_TELL_ONCE, *map(list, zip(*once, strict=True)), now)}
    return [
        notice for notice in notices if notice.once is None or (notice.learner_id, notice.kind, *notice.once) in new
    ]


def _digests(late: Sequence[Notice]) -> list[Notice]:
    """The digest of each learner with late notices."""
    facts: dict[UUID, list[tuple[NoticeKind, Mapping[str, object]]]] = {}
    for notice in late:
        facts.setdefault(notice.learner_id, []).append((notice.kind, notice.body))
    return [Notice(learner_id, "digest", digest(entries)) for learner_id, entries in facts.items()]


async def _unite_digests(
    connection: Writing, learner_id: UUID, up_to: NoticeId, ids: Sequence[NoticeId] | None = None
) -> None:
    """Make the unseen digests up to an id one row, that of the newest. With `ids`, the newest is the last of them."""
    rows = list(await connection.fetch(_UNSEEN_DIGESTS, learner_id, *up_to))
    while rows and ids is not None and (rows[-1]["revision"], rows[-1]["n"]) not in ids:
        rows.pop()
    if len(rows) > 1:
        body = orjson.dumps(merged_digests([orjson.loads(row["body"]) for row in rows])).decode()
        *older, newest = [(row["revision"], row["n"]) for row in rows]
        await connection.execute(_UNITE_DIGESTS, learner_id, *map(list, zip(*older, strict=True)), *newest, body)


async def move_notices(connection: Writing, source: UUID, target: UUID) -> None:
    """Copy the notices of a learner to the one it is merged into, in their order. The caller holds both locks."""
    await connection.execute(_MOVE, source, target)


def _places(notices: Iterable[Notice]) -> Iterable[int]:
    """The place of each notice among those of its learner: 0, 1, 2 …"""
    counts: dict[UUID, int] = {}
    for notice in notices:
        place = counts.get(notice.learner_id, 0)
        counts[notice.learner_id] = place + 1
        yield place
