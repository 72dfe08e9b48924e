"""Writing down what learners earned: the unlock, its bit, and the notice of it, whoever found that it is due.

A notice of its own is for what is new to its learner too: of what was earned longer ago one notice tells in one.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

import orjson

from milepost.db.connection import Writing
from milepost.rules.achievements.catalogue import mask_to_bytes
from milepost.rules.achievements.definitions import Definition

Source = Literal["activity", "backfill", "manual"]

_STILL_NEWS = timedelta(days=2)

# A bit that a learner's row has lost is set again here, and nobody is told of what was held all along.
_GIVE = """
WITH given AS (
    INSERT INTO unlocks AS u (learner_id, code, earned_on, revision, unlocked_at, commit_id, source)
    SELECT learner_id, code, earned_on, revision, $5, $6, $7
    FROM unnest($1::uuid[], $2::text[], $3::date[], $4::bigint[]) AS g(learner_id, code, earned_on, revision)
    ON CONFLICT (learner_id, code) DO UPDATE SET earned_on = excluded.earned_on, revision = excluded.revision,
        unlocked_at = excluded.unlocked_at, commit_id = excluded.commit_id, source = excluded.source, revoked_at = NULL
    WHERE u.revoked_at IS NOT NULL
    RETURNING u.learner_id, u.code
), kept AS (
    UPDATE learners l SET unlocked = k.mask FROM unnest($8::uuid[], $9::bytea[]) AS k(learner_id, mask)
    WHERE l.learner_id = k.learner_id
)
SELECT learner_id, code FROM given
"""
_TELL = """
INSERT INTO notices (learner_id, revision, n, kind, body, commit_id, created_at)
SELECT *, $6, $7 FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::text[], $5::jsonb[])
"""


_REDATE = """
UPDATE unlocks u SET earned_on = g.earned_on
FROM unnest($1::uuid[], $2::text[], $3::date[]) AS g(learner_id, code, earned_on)
WHERE u.learner_id = g.learner_id AND u.code = g.code
"""


@dataclass(frozen=True, slots=True)
class Unlocked:
    """An achievement somebody has just earned, and the learner's local day it is dated."""

    definition: Definition
    earned_on: date


@dataclass(slots=True)
class Giving:
    """What one learner is given in one commit, and the mask with it. `notices` were written in this commit before."""

    learner_id: UUID
    revision: int
    today: date
    mask: int
    unlocked: list[Unlocked]
    notices: int = 0


async def give(connection: Writing, givings: Sequence[Giving], commit_id: UUID, source: Source, now: datetime) -> None:
    """Store what is given; afterwards `unlocked` holds only what was not held before. The caller holds the locks."""
    rows = [
        (giving.learner_id, one.definition.code, one.earned_on, giving.revision)
        for giving in givings
        for one in giving.unlocked
    ]
    learners, masks = [each.learner_id for each in givings], [mask_to_bytes(each.mask) for each in givings]
    columns = list(map(list, zip(*rows, strict=True)))
    given = {tuple(row) for row in await connection.fetch(_GIVE, *columns, now, commit_id, source, learners, masks)}
    notices = []
    for giving in givings:
        giving.unlocked = [one for one in giving.unlocked if (giving.learner_id, one.definition.code) in given]
        for n, (kind, body) in enumerate(_notices(giving.unlocked, giving.today), giving.notices):
            notices.append((giving.learner_id, giving.revision, n, kind, orjson.dumps(body).decode()))
    if notices:
        await connection.execute(_TELL, *map(list, zip(*notices, strict=True)), commit_id, now)


async def redate(connection: Writing, dates: Sequence[tuple[UUID, str, date]]) -> None:
    """Keep other dates for what is held: (learner, code, earned on)."""
    if dates:
        await connection.execute(_REDATE, *map(list, zip(*dates, strict=True)))


def _notices(unlocked: Collection[Unlocked], today: date) -> Iterable[tuple[str, dict[str, object]]]:
    old = [one for one in unlocked if today - one.earned_on > _STILL_NEWS]
    for one in unlocked:
        if one not in old:
            yield "achievement_unlocked", notice_body(one)
    if old:
        yield "achievements_backfilled", {"achievements": [notice_body(one) for one in old]}


def notice_body(one: Unlocked) -> dict[str, object]:
    """An unlock as it is told to its learner."""
    definition = one.definition
    return {
        "code": definition.code,
        "title": definition.title,
        "points": definition.points,
        "tier": definition.tier,
        "earned_on": one.earned_on.isoformat(),
    }
