"""How much of the time that was reported for a day counts, as SQL over the log. Intake and rebuild share it.

A day has at most its own length, and of what the learner reports at most a limit. What services report comes first.
Within that, activities count in the order in which they happened, until nothing is left. All of this follows from the
day's activities alone, so it does not matter in which order they arrive.
"""

from milepost.rules.days.activity_days import ORDINARY_DAY_SECONDS
from milepost.rules.learners import RESERVED_SENDERS

_OWN_SENDERS = ", ".join(f"'{sender}'" for sender in sorted(RESERVED_SENDERS))
_ORDER = 'a.occurred_at, a.sender COLLATE "C", a.id COLLATE "C"'


def moved_time(days: str, own_limit: str) -> str:
    """CTEs that decide the time of `days` again, a SELECT of (learner_id, local_day), and store what has changed.

    `own_limit`: of what the learner reports, in seconds, as SQL. The last CTE, `moved`, has the changed rows of the log
    as they were, with `counted_before` and `counted`, both in seconds.
    """
    return f"""
timed AS (
    SELECT a.*, a.sender IN ({_OWN_SENDERS}) AS is_own, coalesce(a.day_seconds, {ORDINARY_DAY_SECONDS}) AS length
    FROM ({days}) k JOIN activities a USING (learner_id, local_day) WHERE a.voided_at IS NULL
), room AS (
    SELECT learner_id, local_day, max(length) AS whole_day, greatest(least(
        {own_limit}, max(length) - coalesce(sum(duration_seconds) FILTER (WHERE NOT is_own), 0)), 0) AS own
    FROM timed GROUP BY learner_id, local_day
), ordered AS (
    SELECT a.*, CASE WHEN a.is_own THEN r.own ELSE r.whole_day END
        - (sum(a.duration_seconds) OVER (PARTITION BY a.learner_id, a.local_day, a.is_own ORDER BY {_ORDER})
            - a.duration_seconds) AS left_over
    FROM timed a JOIN room r USING (learner_id, local_day) WHERE a.duration_seconds > 0
), decided AS (
    SELECT o.*, coalesce(counted_seconds, duration_seconds) AS counted_before,
        least(greatest(left_over, 0), duration_seconds)::int AS counted
    FROM ordered o
), moved AS (
    UPDATE activities a SET counted_seconds = nullif(d.counted, d.duration_seconds) FROM decided d
    WHERE (a.learner_id, a.sender, a.id) = (d.learner_id, d.sender, d.id) AND d.counted <> d.counted_before
    RETURNING d.*
)"""


_LONG = """
SELECT learner_id, local_day FROM activities WHERE learner_id = ANY($1::uuid[]) AND voided_at IS NULL
GROUP BY learner_id, local_day
HAVING sum(duration_seconds) > $2::int OR count(counted_seconds) > 0
"""
COUNT_TIME_AGAIN = f"WITH {moved_time(_LONG, '$3::int')} SELECT DISTINCT learner_id, local_day FROM moved"
"""Decides the time of all days of the learners in `$1` again. `$2`: the seconds that a day surely has room for; `$3`:
the limit of the learner's own reports. Returns the days on which something has changed.
"""
