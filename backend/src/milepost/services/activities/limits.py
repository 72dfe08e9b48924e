"""The limits of a learner's topics, and of the activities and the time of its days. All cost nothing below them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.log.contributions import TIME_MOVED, counter_matches
from milepost.db.log.counted_time import moved_time
from milepost.db.log.space_contributions import METRIC_KEY, NAMED, NAMING
from milepost.rules.achievements.metrics import METRIC_COLUMNS
from milepost.rules.learners import LEARNER_SENDER
from milepost.services.activities.batch import Batch
from milepost.services.activities.statement import Recorded, listed, upserts
from milepost.services.activities.submission import FactsMoved, Key

_STORED = """
SELECT k.place FROM unnest($1::int[], $2::uuid[], $3::text[], $4::text[]) AS k(place, learner_id, sender, id)
WHERE EXISTS (
    SELECT FROM activities a WHERE a.learner_id = k.learner_id AND a.sender = k.sender AND a.id = k.id
)
"""
_OPEN_TOPICS = "SELECT learner_id, topic FROM skill_levels WHERE learner_id = ANY($1::uuid[])"

_OWN_OF_DAYS = f"""
SELECT (
    SELECT count(*) FROM activities a
    WHERE a.learner_id = k.learner_id AND a.local_day = k.local_day AND a.sender = '{LEARNER_SENDER}'
) FROM unnest($1::uuid[], $2::date[]) WITH ORDINALITY AS k(learner_id, local_day, place) ORDER BY place
"""
_MAX_CROWDED_DAYS = 10_000

_DAYS = "SELECT * FROM unnest($1::uuid[], $2::date[]) AS k(learner_id, local_day)"
# The counters and the spaces of what is new are raised later, by what then counts.
_COUNT_TIME = f"""
WITH {moved_time(_DAYS, "$3::int")}, new AS (
    SELECT {TIME_MOVED}, $4::timestamptz AS received_at FROM moved a
){upserts(6, revisions=0)}, earlier AS (
    SELECT *, counted - counted_before AS difference FROM moved WHERE commit_id <> $5::uuid
), of_counters AS (
    UPDATE metric_counters m SET value = m.value + c.difference FROM (
        SELECT a.learner_id, k.counter, sum(a.difference)::bigint AS difference
        FROM earlier a JOIN counters k ON k.amount = 'seconds' AND {counter_matches("a", "k")}
        GROUP BY a.learner_id, k.counter
    ) c WHERE (m.learner_id, m.counter) = (c.learner_id, c.counter)
), of_spaces AS (
    UPDATE space_metrics m SET seconds = m.seconds + s.difference, due_at = least(m.due_at, s.due_at) FROM (
        SELECT {NAMED}, sum(a.difference)::bigint AS difference, min(a.day_ends_at) AS due_at
        FROM earlier a WHERE {NAMING} GROUP BY {", ".join(METRIC_KEY)}
    ) s WHERE {" AND ".join(f"m.{name} = s.{name}" for name in METRIC_KEY)}
)
SELECT {listed("learner_id", *METRIC_COLUMNS, of="locked")},
    {listed("learner_id", "sender", "id", "counted", of="moved WHERE commit_id = $5::uuid")}
"""
_LEARNERS_END = 1 + len(METRIC_COLUMNS)


async def over_day_limit(connection: Writing, batch: Batch) -> set[int]:
    """Places of the submissions of learners' own clients that are too many for their day. Repeats always pass."""
    crowded = batch.memory.crowded_days
    places: dict[tuple[UUID, date], list[int]] = {}
    for place, submission in enumerate(batch.submissions if crowded else ()):
        day = (submission.learner_id, submission.local_day)
        if submission.sender == LEARNER_SENDER and day in crowded:
            places.setdefault(day, []).append(place)
    if not places:
        return set()
    counts = dict(zip(places, await connection.fetch(_OWN_OF_DAYS, *map(list, zip(*places, strict=True))), strict=True))
    stored = await _stored(connection, batch, [place for of_day in places.values() for place in of_day])
    refused: set[int] = set()
    for day, of_day in places.items():
        room = batch.policy.activities.learner_activities_a_day - counts[day][0]
        new: set[Key] = set()
        for place in of_day:
            key = batch.submissions[place].key
            if place in stored or key in new:
                continue
            if len(new) >= room:
                refused.add(place)
            else:
                new.add(key)
    return refused


def check_crowded_days(batch: Batch, recorded: Recorded) -> None:
    """Have days counted that may have too many activities of the learner's own client, unless that was just done.

    Processes that add to the same day at once may pass the limit by what they add.

    Raises:
        FactsMoved: there are such days. Now they are known.
    """
    own = {(one.learner_id, one.local_day) for one in recorded.new if one.sender == LEARNER_SENDER}
    unknown = own.intersection(recorded.crowded_days) - batch.memory.crowded_days
    if unknown:
        if len(batch.memory.crowded_days) >= _MAX_CROWDED_DAYS:
            batch.memory.crowded_days.clear()
        batch.memory.crowded_days.update(unknown)
        raise FactsMoved(min(unknown)[0])


async def _stored(connection: Writing, batch: Batch, places: Sequence[int]) -> set[int]:
    """Those of these places whose id is stored already."""
    keys = [batch.submissions[place].key for place in places]
    rows = await connection.fetch(_STORED, places, *map(list, zip(*keys, strict=True)))
    return {row[0] for row in rows}


async def count_time(connection: Writing, batch: Batch, recorded: Recorded) -> Recorded:
    """Decide how much of the time of the batch's long days counts, and correct the sums. The caller holds the locks.

    Costs as much as these days have activities. An earlier activity may count less than before: of a day, what happened
    first counts first.
    """
    learners, days = map(list, zip(*recorded.long_days, strict=True))
    first_level = batch.policy.skills.levels[0].name
    limit = batch.policy.activities.learner_seconds_a_day
    row = await connection.fetchrow(_COUNT_TIME, learners, days, limit, batch.now, batch.commit_id, first_level)
    columns = [column or () for column in row]
    for learner_id, *sums in zip(*columns[:_LEARNERS_END], strict=True):
        recorded.learners[learner_id].sums = tuple(sums)
    counted = {tuple(key): seconds for *key, seconds in zip(*columns[_LEARNERS_END:], strict=True)}
    return replace(recorded, counted_seconds=counted)


async def over_topic_limit(connection: Writing, batch: Batch) -> set[int]:
    """Places of the submissions that would open a topic above the limit. Those in open topics always pass."""
    limit, submissions, facts = batch.policy.activities.topics_per_learner, batch.submissions, batch.facts
    if max(learner.topics for learner in facts.values()) + len(submissions) <= limit:
        return set()
    named: dict[UUID, set[str]] = defaultdict(set)
    for submission in submissions:
        if submission.activity.topic:
            named[submission.learner_id].add(submission.activity.topic)
    near_limit = [learner_id for learner_id, topics in named.items() if facts[learner_id].topics + len(topics) > limit]
    if not near_limit:
        return set()
    open_topics: dict[UUID, set[str]] = {learner_id: set() for learner_id in near_limit}
    for learner_id, topic in await connection.fetch(_OPEN_TOPICS, near_limit):
        open_topics[learner_id].add(topic)
    places = [place for place, submission in enumerate(submissions) if submission.learner_id in open_topics]
    # A stored id opens no topic, whatever topic it names now.
    stored = await _stored(connection, batch, places)
    seen_keys: set[Key] = set()
    refused = set()
    for place in places:
        submission = submissions[place]
        topics, topic = open_topics[submission.learner_id], submission.activity.topic
        if place in stored or submission.key in seen_keys or not topic or topic in topics:
            continue
        seen_keys.add(submission.key)
        if len(topics) >= limit:
            refused.add(place)
        else:
            topics.add(topic)
    return refused
