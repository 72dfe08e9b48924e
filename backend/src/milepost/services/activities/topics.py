"""How many topics a learner may have. Looked at only when a batch could pass the limit."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from milepost.db.connection import Writing
from milepost.queries.learners.facts import LearnerFacts
from milepost.services.activities.submission import Submission

_STORED = """
SELECT k.place FROM unnest($1::int[], $2::uuid[], $3::text[], $4::text[]) AS k(place, learner_id, sender, id)
WHERE EXISTS (
    SELECT FROM activities a WHERE a.learner_id = k.learner_id AND a.sender = k.sender AND a.id = k.id
)
"""
_OPEN_TOPICS = "SELECT learner_id, topic FROM skill_levels WHERE learner_id = ANY($1::uuid[])"


async def beyond_topic_limit(
    connection: Writing, submissions: Sequence[Submission], facts: Mapping[UUID, LearnerFacts], limit: int
) -> set[int]:
    """Places of the submissions that would open one topic too many; those in topics already open always pass."""
    if max(known.topics for known in facts.values()) + len(submissions) <= limit:
        return set()
    named: dict[UUID, set[str]] = defaultdict(set)
    for sent in submissions:
        if sent.activity.topic:
            named[sent.learner_id].add(sent.activity.topic)
    crowded = [learner for learner, topics in named.items() if facts[learner].topics + len(topics) > limit]
    if not crowded:
        return set()
    open_topics: dict[UUID, set[str]] = {learner: set() for learner in crowded}
    for learner_id, topic in await connection.fetch(_OPEN_TOPICS, crowded):
        open_topics[learner_id].add(topic)
    asking = [place for place, sent in enumerate(submissions) if sent.learner_id in open_topics]
    keys = [submissions[place].key for place in asking]
    seen_keys: set[tuple[UUID, str, str]] = set()
    # An id that is stored already opens nothing, whatever topic it names now.
    stored = {row[0] for row in await connection.fetch(_STORED, asking, *map(list, zip(*keys, strict=True)))}
    refused = set()
    for place in asking:
        sent = submissions[place]
        topics, topic = open_topics[sent.learner_id], sent.activity.topic
        if place in stored or sent.key in seen_keys or not topic or topic in topics:
            continue
        seen_keys.add(sent.key)
        if len(topics) >= limit:
            refused.add(place)
        else:
            topics.add(topic)
    return refused
