"""The shares of a learner, and what the page of one is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import orjson

from milepost.db.connection import Reading, Record
from milepost.db.log.contributions import ACTIVE_DAY
from milepost.queries.achievements.catalogue import CatalogueMemory
from milepost.rules.achievements.catalogue import Catalogue
from milepost.rules.days.calendar import local_day
from milepost.rules.policy import Policy
from milepost.rules.sharing import ShareField, ShareKind, ShareState, share_state

_COLUMNS = (
    "s.learner_id, s.share_id, s.token, s.kind, s.code, s.fields, s.ends_on, s.views, s.views_by_day, s.created_at"
)
# Who may be shown is decided here and nowhere else. A learner that is erased has no row left.
_SHARES = f"""
SELECT {_COLUMNS}, coalesce(p.quiet, false) AS is_quiet, p.display_name, coalesce(l.zone, '') AS zone,
    s.code IS NULL OR EXISTS (
        SELECT FROM unlocks u WHERE u.learner_id = s.learner_id AND u.code = s.code AND u.revoked_at IS NULL
    ) AS is_badge_held, t.catalogue_revision
FROM shares s LEFT JOIN profiles p USING (learner_id) LEFT JOIN learners l USING (learner_id) CROSS JOIN system_state t
"""
_OF_LEARNER = f"{_SHARES} WHERE s.learner_id = $1 ORDER BY s.created_at DESC, s.kind, s.share_id"
_BY_TOKEN = f"{_SHARES} WHERE s.token = $1"
_ACTIVE_DAYS = f"""
SELECT local_day, activities, seconds FROM activity_days
WHERE learner_id = $1 AND local_day BETWEEN $2 AND $3 AND {ACTIVE_DAY}
"""


@dataclass(frozen=True, slots=True)
class Share:
    """A share and whether its link works today. `views_by_day`: of the last days on which it was opened."""

    learner_id: UUID
    share_id: UUID
    token: str
    kind: ShareKind
    code: str | None
    fields: frozenset[ShareField]
    ends_on: date | None
    views: int
    views_by_day: Mapping[str, int]
    created_at: datetime
    state: ShareState


@dataclass(frozen=True, slots=True)
class OpenShare:
    """A share whose link works, the learner's date, the catalogue in force and the display name, if there is one."""

    share: Share
    today: date
    catalogue: Catalogue
    display_name: str | None


async def shares_of(
    connection: Reading, learner_id: UUID, catalogues: CatalogueMemory, policy: Policy, now: datetime
) -> list[Share]:
    """The learner's shares, the newest first. In the caller's snapshot."""
    rows = await connection.fetch(_OF_LEARNER, learner_id)
    if not rows:
        return []
    catalogue = (await catalogues.recall(connection, rows[0]["catalogue_revision"])).catalogue
    return [_share(row, catalogue, _today(row, policy, now)) for row in rows]


async def open_share(
    connection: Reading, token: str, catalogues: CatalogueMemory, policy: Policy, now: datetime
) -> OpenShare | None:
    """The share with this token; None if there is none or its link does not work. In the caller's snapshot."""
    row = await connection.fetchrow(_BY_TOKEN, token)
    if row is None:
        return None
    catalogue = (await catalogues.recall(connection, row["catalogue_revision"])).catalogue
    today = _today(row, policy, now)
    share = _share(row, catalogue, today)
    return OpenShare(share, today, catalogue, row["display_name"]) if share.state == "open" else None


async def practice_by_day(connection: Reading, learner_id: UUID, first: date, last: date) -> dict[date, int]:
    """The seconds practised on each active day; the number of activities if none of the days has a duration."""
    rows: Sequence[Record] = await connection.fetch(_ACTIVE_DAYS, learner_id, first, last)
    has_time = any(row["seconds"] for row in rows)
    return {row["local_day"]: row["seconds" if has_time else "activities"] for row in rows}


def _today(row: Record, policy: Policy, now: datetime) -> date:
    return local_day(now, row["zone"] or policy.days.assumed_zone)


def _share(row: Record, catalogue: Catalogue, today: date) -> Share:
    code: str | None = row["code"]
    entry = None if code is None else catalogue.entries.get(code)
    is_badge_shown = code is None or (row["is_badge_held"] and entry is not None and not entry.definition.secret)
    return Share(
        row["learner_id"],
        row["share_id"],
        row["token"],
        row["kind"],
        code,
        frozenset(orjson.loads(row["fields"])),
        row["ends_on"],
        row["views"],
        orjson.loads(row["views_by_day"]),
        row["created_at"],
        share_state(row["ends_on"], today, is_quiet=row["is_quiet"], is_badge_shown=is_badge_shown),
    )
