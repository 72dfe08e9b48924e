"""Notices: what a learner is told about. This module alone writes them.

A learner in quiet mode gets no notices, whatever happened. Everything else is recorded as usual, so nothing is made up
for when quiet mode ends.

A replay reads some notices back: a repeated activity answers with the level changes that it caused
(`services/activities/duplicates.py`), and only its notices remember those. Of a commit made in quiet mode a later
replay therefore reports no level changes. Its unlocks are read from `unlocks`, which quiet mode does not affect.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

import orjson

from milepost.db.connection import Writing

NoticeKind = Literal[
    "level_changed", "goal_met", "milestone_reached", "achievement_unlocked", "achievements_backfilled"
]

# The revision is the one this transaction has given the learner. Numbers continue after those that earlier statements
# of the transaction wrote for the same revision.
_INSERT = """
INSERT INTO notices (learner_id, revision, n, kind, body, commit_id, created_at, cause_sender, cause_id)
SELECT u.learner_id, l.revision, u.n + coalesce(
        (SELECT max(o.n) + 1 FROM notices o WHERE o.learner_id = l.learner_id AND o.revision = l.revision), 0
    ), u.kind, u.body, $5, $6, u.cause_sender, u.cause_id
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::jsonb[], $7::text[], $8::text[])
    AS u(learner_id, n, kind, body, cause_sender, cause_id)
JOIN learners l USING (learner_id)
WHERE NOT EXISTS (SELECT FROM profiles q WHERE q.learner_id = u.learner_id AND q.quiet)
"""


class Notice(NamedTuple):
    """One notice of one learner. `body` becomes JSON; its fields depend on `kind`.

    `cause`: the sender and id of the activity whose replay reads the notice back.
    """

    learner_id: UUID
    kind: NoticeKind
    body: Mapping[str, object]
    cause: tuple[str | None, str | None] = (None, None)


async def write_notices(connection: Writing, notices: Sequence[Notice], commit_id: UUID, now: datetime) -> None:
    """Write the notices of one transaction, in one statement; without notices nothing is sent.

    The id of a notice is (learner's revision, n). Each learner's notices are numbered in the order given, so the order
    of ids is the order of commits.

    The caller holds the learners' locks and has raised their `revision` in this transaction.
    """
    if not notices:
        return
    await connection.execute(
        _INSERT,
        [notice.learner_id for notice in notices],
        list(_places(notices)),
        [notice.kind for notice in notices],
        [orjson.dumps(notice.body).decode() for notice in notices],
        commit_id,
        now,
        [notice.cause[0] for notice in notices],
        [notice.cause[1] for notice in notices],
    )


def _places(notices: Iterable[Notice]) -> Iterable[int]:
    """The place of each notice among those of its learner: 0, 1, 2 …"""
    counts: dict[UUID, int] = {}
    for notice in notices:
        place = counts.get(notice.learner_id, 0)
        counts[notice.learner_id] = place + 1
        yield place
