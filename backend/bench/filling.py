"""Learners with a past, made inside the database: as many as no HTTP client could post in a minute.

Days, snapshots and sums are plausible and agree with each other where the measured code reads them; only the log of
the last day is written, where it is asked for.
"""

import hashlib
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

LAST_DAY = date(2026, 4, 1)

# Each learner rests on every (3 + n)-th day, n from 0 to 10; all practised on the last day.
_DAYS = """
INSERT INTO activity_days (learner_id, local_day, activities, exercises, seconds, exercise_seconds, points, graded,
    grade_milli, no_hint, hints, streak_activities, first_counted_at, closes_at, dirty)
SELECT md5($1::text || l)::uuid, d.day, 10, 10, 6000, 6000, 100, 10, 800000, 3, 20, 10,
    d.day + interval '9 hours', d.day + interval '1 day', n = 0
FROM generate_series(0, $3::int - 1) n CROSS JOIN generate_series(1, $2::int) l
CROSS JOIN LATERAL (SELECT $4::date - n - n / (3 + l % 11) AS day) d
"""
_SNAPSHOTS = """
INSERT INTO daily_snapshots (learner_id, day, day_activities, day_exercises, activities, exercises, points, run,
    longest, last_met_day, freezes, progress, alive_through)
SELECT learner_id, local_day, 10, 10, 10 * row_number() OVER past, 10 * row_number() OVER past, 100, 1 + l % 40,
    40 + l % 40, local_day, l % 3, l % 7, local_day + 1 + l % 3
FROM generate_series(1, $2::int) l JOIN activity_days ON learner_id = md5($1::text || l)::uuid
WHERE local_day < $3 WINDOW past AS (PARTITION BY learner_id ORDER BY local_day)
ORDER BY local_day, learner_id
"""
_LEARNERS = """
INSERT INTO learners (learner_id, revision, zone, zone_source, activities, exercises, points, active_days, run, longest,
    last_met_day, last_day, freezes)
SELECT md5($1::text || l)::uuid, $3::int, 'Europe/Berlin', 'claim', 10 * $3::int, 10 * $3::int,
    100 * $3::int, $3::int, 5, 40, $4, $4, 1
FROM generate_series(1, $2::int) l
"""
_ZONES = """
INSERT INTO learner_zones (learner_id, valid_from, zone, source, created_at)
SELECT md5($1::text || l)::uuid, '-infinity', 'Europe/Berlin', 'claim', '2026-01-01T00:00Z'
FROM generate_series(1, $2::int) l
"""
_TOPICS = """
INSERT INTO skill_levels (learner_id, topic, activities, exercises, graded, grade_milli, last_day, level)
SELECT md5($1::text || l)::uuid, 'topic ' || t, 40, 40, 40, 3200000, $3, 'advanced'
FROM generate_series(1, $2::int) l CROSS JOIN generate_series(1, 10) t
"""
_LOG = """
INSERT INTO activities (learner_id, sender, id, verb, object_type, object_id, topic, difficulty, value_milli,
    duration_seconds, hints_used, points, session_id, occurred_at, local_day, utc_offset_minutes, day_ends_at, counts,
    sent_fields, content_hash, commit_id, received_at)
SELECT md5($1::text || l)::uuid, 'exercises', 'e-' || n, 'completed', 'exercise', 'exercise-' || n % 1000,
    'topic ' || n % 10, 'easy', 80000 + n % 20000, 600, n % 3, 10,
    'session-' || n / 20, d.day + interval '9 hours' + n * interval '1 ms',
    d.day, 120, d.day + interval '22 hours', 7, 0, n, md5($1::text || l)::uuid, d.day + interval '10 hours'
FROM generate_series(1, $3::int) n CROSS JOIN generate_series(1, $2::int) l
CROSS JOIN LATERAL (SELECT $4::date - n / $5::int AS day) d
"""


async def learners_with_days(connection: "asyncpg.Connection[Any]", label: str, learners: int, days: int) -> None:
    """So many learners with so many active days each, the last of them marked; every earlier one has its snapshot."""
    await connection.execute(_LEARNERS, label, learners, days, LAST_DAY)
    await connection.execute(_ZONES, label, learners)
    await connection.execute(_TOPICS, label, learners, LAST_DAY)
    await connection.execute(_DAYS, label, learners, days, LAST_DAY)
    await connection.execute(_SNAPSHOTS, label, learners, LAST_DAY)


async def log_of(
    connection: "asyncpg.Connection[Any]", label: str, learners: int, activities: int, a_day: int | None = None
) -> None:
    """So many activities of each learner in the log, `a_day` on each day (None: all on the last)."""
    await connection.execute(_LOG, label, learners, activities, LAST_DAY, a_day or activities + 1)


def learner_ids(label: str, count: int) -> list[str]:
    """The learners of a filling, as UUIDs."""
    return [
        str(UUID(hashlib.md5(f"{label}{n}".encode(), usedforsecurity=False).hexdigest())) for n in range(1, count + 1)
    ]
