"""R21: the stored day of an activity is the local calendar day, in every zone and at any instant."""

import random
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.api.edge.application import Application
from oracles import brute
from oracles.tzif import transitions
from support.builders import activity, new_learner
from support.callers import Caller, service, uuid_of
from support.clock import START, AdjustableClock

SINCE = datetime(2000, 1, 2, tzinfo=UTC)
A_ZONE, A_BATCH = 50, 1_000


def instants(name: str) -> Iterator[datetime]:
    """Instants from 2000 to the clock's now, half of them within 30 hours of an offset change."""
    chance = random.Random(name)
    changes = [instant for instant, _, _ in transitions(name) if SINCE <= instant < START - timedelta(days=2)]
    for number in range(A_ZONE):
        if number % 2 and changes:
            yield chance.choice(changes) + timedelta(seconds=chance.randint(-86_400, 108_000))
        else:
            yield SINCE + timedelta(seconds=chance.randrange(int((START - SINCE).total_seconds())))


async def test_R21_the_stored_day_is_the_one_on_the_wall_in_every_zone(
    app: Quart, client: Client, clock: AdjustableClock
) -> None:
    learner, teacher = new_learner(), service(client)
    # Where the date is furthest ahead, so that no zone is ahead of the learner.
    (await Caller(client, learner).ask("PATCH", "/me", json={"zone": "Pacific/Kiritimati"})).ok()
    names = sorted(zoneinfo.available_timezones() - {"Factory", "localtime"})
    expected: dict[str, tuple[str, date]] = {}
    sent = []
    for name in names:
        for at in instants(name):
            told = activity(at, zone=name)
            sent.append(told)
            expected[str(told["id"])] = (name, at.astimezone(brute.zone(name)).date())
    for place in range(0, len(sent), A_BATCH):
        await teacher.record_all(*sent[place : place + A_BATCH], learner_id=learner)
    assert isinstance(app, Application)
    assert app.state.resources is not None
    async with app.state.resources.database.pools.intake.acquire() as connection:
        rows = await connection.fetch("SELECT * FROM activities WHERE learner_id = $1", UUID(uuid_of(learner)))
    assert {row["id"]: (row["zone"], row["local_day"]) for row in rows} == expected
    assert len(expected) == A_ZONE * len(names) > 25_000
    for row in rows:
        there, ends_at = brute.zone(row["zone"]), row["day_ends_at"]
        assert row["occurred_at"] < ends_at
        assert (ends_at - timedelta(microseconds=1)).astimezone(there).date() == row["local_day"]
        assert ends_at.astimezone(there).date() != row["local_day"]


async def test_R21_the_day_decided_by_where_the_learner_lives_is_the_same(
    client: Client, clock: AdjustableClock
) -> None:
    """One activity in each zone a learner may name; once the zone comes first, once the activity."""
    chance = random.Random(21)
    for name in chance.sample(sorted(zoneinfo.available_timezones() - {"Factory", "localtime"}), 25):
        for zone_first in (True, False):
            ada = Caller(client, new_learner())
            told = [activity(at) for at in chance.sample(list(instants(name)), 6)]
            if zone_first:
                (await ada.ask("PATCH", "/me", json={"zone": name})).ok()
            await service(client).record_all(*told, learner_id=ada.subject)
            if not zone_first:
                (await ada.ask("PATCH", "/me", json={"zone": name})).ok()
            days = {activity["id"]: activity["local_day"] for activity in await ada.feed()}
            assert days == {
                activity["id"]: datetime.fromisoformat(str(activity["occurred_at"]))
                .astimezone(brute.zone(name))
                .date()
                .isoformat()
                for activity in told
            }
