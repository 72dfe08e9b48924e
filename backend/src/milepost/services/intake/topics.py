"""How many topics a learner may have. Looked at only when a batch could pass the limit."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg

from milepost.queries.learner_facts import LearnerFacts
from milepost.services.intake.submission import Submission

_OPEN_TOPICS = "SELECT learner_id, topic FROM skill_levels WHERE learner_id = ANY($1::uuid[])"


async def beyond_topic_limit(
    connection: asyncpg.Connection, submissions: Sequence[Submission], facts: Mapping[UUID, LearnerFacts], limit: int
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
    refused = set()
    for place, sent in enumerate(submissions):
        topics, topic = open_topics.get(sent.learner_id), sent.activity.topic
        if topics is None or not topic or topic in topics:
            continue
        if len(topics) >= limit:
            refused.add(place)
        else:
            topics.add(topic)
    return refused
