"""The hourly round over all learners, zone by zone: runs at risk this evening, and runs that ended.

Nothing is stored about what is due: a round looks at the streaks as they are. A round that is late, killed or repeated
tells nothing twice (`told_once`), and one that is left out tells a little less: a run that was at risk on an evening
without a worker is at risk no more. Moves, pauses and outages need nothing else.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from milepost.db.connection import Reading, Writing
from milepost.db.learner_row import lock_learners, raise_revisions
from milepost.queries.learners.facts import LOOK_AHEAD, LearnerFacts, learner_facts
from milepost.rules.days.calendar import local_day
from milepost.rules.notices.runs import is_evening
from milepost.rules.policy import Policy
from milepost.rules.streaks.streaks import StreakState
from milepost.services.cursors import advance_cursor, begin, finish, lock_progress
from milepost.services.notices import Notice, write_notices
from milepost.services.streaks.notices import Facts, Streaks, current_streaks, ended_run_notices

LEARNERS_PER_BATCH = 200

_ROUND = "streak-notices:"
_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('milepost-streak-notices'))"
_ZONES = """
WITH RECURSIVE zones AS (
    (SELECT zone FROM learners ORDER BY zone LIMIT 1)
    UNION ALL SELECT (SELECT l.zone FROM learners l WHERE l.zone > z.zone ORDER BY l.zone LIMIT 1)
    FROM zones z WHERE z.zone IS NOT NULL
) SELECT zone FROM zones WHERE zone IS NOT NULL
"""
_FINISHED = "SELECT name FROM backfills WHERE name = ANY($1::text[]) AND started_at >= $2 AND finished_at IS NOT NULL"
# A run without excuses is told of between the day that saves it last and the end of the time for a repair: about four
# days. Where excuses, travel or outages may have made that later, the rules decide. Learners in quiet mode are
# included, so that what they are not told now is not told later.
_NEXT = """
SELECT l.learner_id FROM learners l
WHERE l.zone = $1 AND l.learner_id > $2 AND l.run >= $3 AND (
    l.last_met_day + l.freezes + 1 BETWEEN $4::date - 4 AND $4::date - CASE WHEN $5 THEN 0 ELSE 1 END
    OR l.last_met_day BETWEEN $6 AND $4 AND (
        EXISTS (SELECT FROM outages WHERE activation IS NOT NULL)
        OR EXISTS (SELECT FROM streak_excuses e WHERE e.learner_id = l.learner_id AND e.last_day > l.last_met_day)
        OR EXISTS (SELECT FROM learner_zones z WHERE z.learner_id = l.learner_id AND z.valid_from > '-infinity')
    )
) AND NOT EXISTS (
    SELECT FROM told_once t WHERE t.learner_id = l.learner_id
    AND (t.kind, t.day) IN (('run_ended', l.last_met_day), ('streak_at_risk', $4))
) ORDER BY l.learner_id LIMIT $7
"""
_MET = """
SELECT d.learner_id FROM activity_days d
JOIN unnest($1::uuid[], $2::date[]) AS k(learner_id, local_day) USING (learner_id, local_day)
WHERE d.streak_activities > 0
"""


async def tell_of_streaks_batch(
    connection: Writing, policy: Policy, now: datetime, learners: int = LEARNERS_PER_BATCH
) -> bool:
    """Tell the next learners of this hour's round, in the caller's transaction. True while more may be left.

    Also false while another worker runs it.
    """
    if not await connection.fetchval(_TRY_LOCK):
        return False
    zone = await _next_zone(connection, now)
    if zone is None:
        return False
    name = f"{_ROUND}{zone}"
    await begin(connection, name, now)
    progress = await lock_progress(connection, name)
    if progress.finished_at is not None:
        await begin(connection, name, now, restart=True)
        progress = await lock_progress(connection, name)
    candidates = await _candidates(connection, zone, progress.cursor, policy, now, learners)
    if not candidates:
        await finish(connection, name, now)
        return True
    await _tell(connection, candidates, policy, now)
    await advance_cursor(connection, name, candidates[-1], len(candidates))
    return True


async def _candidates(
    connection: Reading, zone: str, cursor: UUID, policy: Policy, now: datetime, limit: int
) -> list[UUID]:
    """The next learners of a zone of whose run there may be something to tell."""
    name = zone or policy.days.assumed_zone
    today, evening = local_day(now, name), is_evening(now, name, policy.notices.evening_hour)
    earliest = today - LOOK_AHEAD - timedelta(days=5)
    rows = await connection.fetch(_NEXT, zone, cursor, policy.notices.min_run_days, today, evening, earliest, limit)
    return [row[0] for row in rows]


async def _next_zone(connection: Writing, now: datetime) -> str | None:
    """The first zone with learners whose round of this hour is not finished."""
    zones = [row[0] for row in await connection.fetch(_ZONES)]
    hour = now.replace(minute=0, second=0, microsecond=0)
    finished = {
        row[0].removeprefix(_ROUND)
        for row in await connection.fetch(_FINISHED, [f"{_ROUND}{zone}" for zone in zones], hour)
    }
    return next((zone for zone in zones if zone not in finished), None)


async def _tell(connection: Writing, learners: Sequence[UUID], policy: Policy, now: datetime) -> None:
    await lock_learners(connection, learners)
    facts = await learner_facts(connection, learners, policy)
    streaks = await current_streaks(connection, facts, policy)
    notices = await _risks(connection, streaks, facts, policy, now)
    notices += await ended_run_notices(connection, streaks, facts, policy, now)
    if notices:
        await raise_revisions(connection, sorted({notice.learner_id for notice in notices}))
        await write_notices(connection, notices, uuid4(), now)


async def _risks(connection: Reading, streaks: Streaks, facts: Facts, policy: Policy, now: datetime) -> list[Notice]:
    """The notices of runs that today alone can save, in the evening of their learners; none where today is met."""
    evening = {
        learner_id: facts[learner_id].today(now)
        for learner_id in streaks
        if is_evening(now, facts[learner_id].zone, policy.notices.evening_hour)
    }
    met = {row[0] for row in await connection.fetch(_MET, list(evening), list(evening.values()))} if evening else set()
    return [
        notice
        for learner_id, today in evening.items()
        if learner_id not in met
        for notice in _risk(learner_id, streaks[learner_id], today, facts[learner_id], policy, now)
    ]


def _risk(
    learner_id: UUID, streak: StreakState, today: date, facts: LearnerFacts, policy: Policy, now: datetime
) -> list[Notice]:
    view = facts.streak_view(streak, now, False, policy)
    if view.state != "at_risk" or view.paused or view.expires_at is None or view.current < policy.notices.min_run_days:
        return []
    expires_at = view.expires_at.isoformat().replace("+00:00", "Z")
    body = {"run": view.current, "day": today.isoformat(), "expires_at": expires_at}
    return [Notice(learner_id, "streak_at_risk", body, once=(today, 0))]
