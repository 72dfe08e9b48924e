"""The limit of topics a learner may have. Nothing is read unless a batch could pass it."""

from collections import defaultdict
from uuid import UUID

from milepost.db.connection import Writing
from milepost.services.activities.batch import Batch
from milepost.services.activities.submission import Key

_STORED = """
SELECT k.place FROM unnest($1::int[], $2::uuid[], $3::text[], $4::text[]) AS k(place, learner_id, sender, id)
WHERE EXISTS (
    SELECT FROM activities a WHERE a.learner_id = k.learner_id AND a.sender = k.sender AND a.id = k.id
)
"""
_OPEN_TOPICS = "SELECT learner_id, topic FROM skill_levels WHERE learner_id = ANY($1::uuid[])"


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
