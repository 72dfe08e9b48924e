"""The limits of topics a learner may have and of time that a day may count. Both cost nothing below them."""

from collections import defaultdict
from dataclasses import replace
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.log.contributions import TIME_MOVED, counter_matches
from milepost.db.log.counted_time import moved_time
from milepost.db.log.space_contributions import METRIC_KEY, NAMED, NAMING
from milepost.rules.achievements.metrics import METRIC_COLUMNS
from milepost.services.activities.batch import Batch
from milepost.services.activities.statement import Recorded, listed, upserts
from milepost.services.activities.submission import Key

_STORED = """
SELECT k.place FROM unnest($1::int[], $2::uuid[], $3::text[], $4::text[]) AS k(place, learner_id, sender, id)
WHERE EXISTS (
    SELECT FROM activities a WHERE a.learner_id = k.learner_id AND a.sender = k.sender AND a.id = k.id
)
"""
_OPEN_TOPICS = "SELECT learner_id, topic FROM skill_levels WHERE learner_id = ANY($1::uuid[])"

_DAYS = "SELECT * FROM unnest($1::uuid[], $2::date[]) AS k(learner_id, local_day)"
# The counters and the spaces of what is new are raised later, by what then counts.
_COUNT_TIME = f"""
WITH {moved_time(_DAYS, "$3::int")}, new AS (
    SELECT {TIME_MOVED}, $4::timestamptz AS received_at FROM moved a
){upserts(6)}, earlier AS (
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
SELECT {listed("learner_id", "revision", *METRIC_COLUMNS, of="locked")},
    {listed("learner_id", "sender", "id", "counted", of="moved WHERE commit_id = $5::uuid")}
"""
_LEARNERS_END = 2 + len(METRIC_COLUMNS)


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
    for learner_id, revision, *sums in zip(*columns[:_LEARNERS_END], strict=True):
        learner = recorded.learners[learner_id]
        learner.revision, learner.sums = revision, tuple(sums)
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
    keys = [submissions[place].key for place in places]
    # A stored id opens no topic, whatever topic it names now.
    stored = {row[0] for row in await connection.fetch(_STORED, places, *map(list, zip(*keys, strict=True)))}
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
