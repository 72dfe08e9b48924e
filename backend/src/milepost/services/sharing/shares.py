"""Creates and revokes the public links of a learner. `rules/sharing.py` decides what may be shared."""

from collections.abc import Sequence
from datetime import date, datetime
from secrets import token_urlsafe
from uuid import UUID, uuid4

import orjson

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_learners, raise_revisions
from milepost.errors import Conflict, Fault, FaultCode, Invalid, NotFound
from milepost.queries.achievements.catalogue import catalogue_in_force
from milepost.queries.learners.facts import learner_facts
from milepost.queries.sharing import Share
from milepost.rules.policy import Policy
from milepost.rules.sharing import FIELDS_OF_A_BADGE, MAX_SHARES, ShareFailure, SharePlan, share_failures

_TOKEN_BYTES = 24

_IS_QUIET = "SELECT EXISTS (SELECT FROM profiles WHERE learner_id = $1 AND quiet)"
_COUNT = "SELECT count(*) FROM shares WHERE learner_id = $1"
_IS_HELD = "SELECT EXISTS (SELECT FROM unlocks WHERE learner_id = $1 AND code = $2 AND revoked_at IS NULL)"
_INSERT = """
INSERT INTO shares (learner_id, share_id, token, kind, code, fields, ends_on, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_EXISTS = "SELECT EXISTS (SELECT FROM shares WHERE learner_id = $1 AND share_id = $2)"
_DELETE = "DELETE FROM shares WHERE learner_id = $1 AND share_id = $2"


async def create_share(connection: Writing, learner_id: UUID, plan: SharePlan, policy: Policy, now: datetime) -> Share:
    """Make a public link. It works from the commit on.

    Raises:
        Invalid: `impossible_share`.
        NotFound: `badge_not_found`.
        Conflict: `learner_is_quiet`, `too_many_shares`, `badge_is_locked`, `badge_is_secret`.
    """
    await lock_learners(connection, [learner_id])
    today = (await learner_facts(connection, [learner_id], policy, with_goals=False))[learner_id].today(now)
    failures = share_failures(plan, today)
    if failures:
        faults = tuple(_fault(failure, today) for failure in failures)
        raise Invalid("impossible_share", "This cannot be shared; `errors` says why.", faults)
    if await connection.fetchval(_IS_QUIET, learner_id):
        raise Conflict("learner_is_quiet", "In quiet mode nothing is shared.")
    if await connection.fetchval(_COUNT, learner_id) >= MAX_SHARES:
        detail = f"A learner may have at most {MAX_SHARES} shares, also ended ones; delete one first."
        raise Conflict("too_many_shares", detail, {"max": MAX_SHARES})
    if plan.code is not None:
        await _require_badge(connection, learner_id, plan.code, policy)
    share_id, token, fields = uuid4(), token_urlsafe(_TOKEN_BYTES), [*plan.fields]
    await connection.execute(
        _INSERT, learner_id, share_id, token, plan.kind, plan.code, orjson.dumps(fields).decode(), plan.ends_on, now
    )
    await raise_revisions(connection, [learner_id])
    return Share(learner_id, share_id, token, plan.kind, plan.code, frozenset(fields), plan.ends_on, 0, {}, now, "open")


async def revoke_share(connection: Writing, learner_id: UUID, share_id: UUID) -> None:
    """Delete a share: from the commit on its link leads nowhere.

    Raises:
        NotFound: `share_not_found`.
    """
    # Before the lock: locking would create a row for an unknown learner.
    if not await connection.fetchval(_EXISTS, learner_id, share_id):
        raise NotFound("share_not_found", "The learner has no such share.")
    await lock_learners(connection, [learner_id])
    await connection.execute(_DELETE, learner_id, share_id)
    await raise_revisions(connection, [learner_id])


async def _require_badge(connection: Writing, learner_id: UUID, code: str, policy: Policy) -> None:
    """Refuse badges that the learner may not show. A locked secret badge is treated as missing."""
    entry = (await catalogue_in_force(connection, policy)).catalogue.entries.get(code)
    is_held = await connection.fetchval(_IS_HELD, learner_id, code)
    if entry is None or (not is_held and (entry.definition.secret or entry.definition.state != "active")):
        raise NotFound("badge_not_found", "There is no such badge.")
    if not is_held:
        raise Conflict("badge_is_locked", "Only an earned badge can be shared.")
    if entry.definition.secret:
        raise Conflict("badge_is_secret", "A secret badge cannot be shared: the page would give it away.")


_FAULTS: dict[ShareFailure, tuple[str, str, FaultCode]] = {
    "code_missing": ("/code", "is required for a badge", "missing"),
    "code_not_allowed": ("/code", "is only for a badge", "not_allowed"),
    "fields_missing": ("/fields", "must name what the page shows", "empty"),
    "field_repeated": ("/fields", "must name each field once", "repeated"),
    "field_not_allowed": ("/fields", "must be fields that a page of a badge has", "not_allowed"),
    "ends_in_the_past": ("/ends_on", "must be today or later", "in_the_past"),
}


def _fault(failure: ShareFailure, today: date) -> Fault:
    pointer, sentence, code = _FAULTS[failure]
    values: dict[ShareFailure, dict[str, str | Sequence[str]]] = {
        "field_not_allowed": {"allowed": sorted(FIELDS_OF_A_BADGE)},
        "ends_in_the_past": {"min": today.isoformat()},
    }
    return Fault(pointer, sentence, code, values.get(failure, {}))
