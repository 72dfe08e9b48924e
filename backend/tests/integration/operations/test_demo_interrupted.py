"""A load of the demo learners that is stopped goes on where it was, and repeats nothing."""

from datetime import UTC, date, datetime

import asyncpg

from milepost.commands.load_demo import replay
from milepost.db.database import open_database
from milepost.embedded.demo import practice
from milepost.embedded.demo.people import PEOPLE, Life
from milepost.embedded.process import Interrupted
from milepost.rules.learners import learner_uuid
from milepost.services.rebuild import check
from milepost.settings import Settings, load_policy

NOW = datetime(2026, 11, 28, 10, 20, tzinfo=UTC)
COUNTS = {
    "goals": "SELECT count(*) FROM goals",
    "moves of kofi": "SELECT count(*) FROM learner_zones WHERE learner_id = $1",
    "outages": "SELECT count(*) FROM outages",
    "excuses": "SELECT count(DISTINCT (learner_id, kind)) FROM streak_excuses",
    "spaces": "SELECT count(*) FROM spaces",
    "posted by the service": "SELECT count(*) FROM activities WHERE sender = 'tutor'",
}


async def _is_stopped(settings: Settings, steps: int) -> bool:
    """Load until `steps` steps were made. False: it came to its end before."""
    left = steps

    def proceed() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Interrupted

    try:
        await replay(settings, NOW, proceed)
    except Interrupted:
        return True
    return False


async def test_a_stopped_load_is_finished_by_the_next_start(settings: Settings, database_url: str) -> None:
    """Every seventh step is a checkpoint, so most steps of the newest months are made twice."""
    assert await _is_stopped(settings, 150)
    starts = 1
    while await _is_stopped(settings, 13):
        starts += 1
    assert starts > 10
    kofi = learner_uuid(settings.jwt_issuer, "kofi")
    connection = await asyncpg.connect(database_url)
    try:
        counts = {
            name: await connection.fetchval(query, *([kofi] if "$1" in query else [])) for name, query in COUNTS.items()
        }
    finally:
        await connection.close()
    reported = sum(1 for who in PEOPLE for _ in practice.activities(Life(who, NOW, NOW), date.min))
    assert counts == {
        "goals": 19,
        "moves of kofi": 5,
        "outages": 1,
        "excuses": 4,  # two pauses, a repair, a restoration
        "spaces": 3,
        "posted by the service": reported + 1,  # and the grade that was voided
    }
    async with open_database(settings) as database:
        reports = [report async for report in check.check(database, load_policy(), None, None)]
    assert [str(difference) for report in reports for difference in report.differences] == []
