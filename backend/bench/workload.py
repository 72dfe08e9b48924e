"""What the measurements post: activities of made-up learners, prepared as bytes before any clock runs.

Everything is drawn from seeded generators: two runs post the same learners, days and grades.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5

import orjson

TOPICS = ("loops", "functions", "recursion", "lists", "strings", "classes", "files", "errors", "sorting", "graphs")
DIFFICULTIES = ("easy", "medium", "hard")
BATCH = 500

Activity = dict[str, str | int | float]


@dataclass(frozen=True, slots=True)
class Shape:
    """A batch of 500 activities: so many learners, each with so many activities of one day."""

    name: str
    learners: int

    @property
    def each(self) -> int:
        return BATCH // self.learners


FEW_LEARNERS = Shape("batches: 50 learners × 10, 10 topics", 50)
MANY_LEARNERS = Shape("batches: 500 learners, first of day", 500)


def yesterday() -> date:
    """Far enough from now that no activity of the day is in the future."""
    return datetime.now(UTC).date() - timedelta(days=1)


def learner_ids(label: str, count: int) -> list[str]:
    """UUIDs that no other label gives."""
    return [str(uuid5(NAMESPACE_URL, f"bench:{label}:{number}")) for number in range(count)]


def activity(draw: random.Random, learner_id: str, identity: str, day: date) -> Activity:
    """One graded exercise at some moment of `day` (UTC)."""
    topic = draw.randrange(len(TOPICS))
    moment = datetime.combine(day, time(6), UTC) + timedelta(seconds=draw.randrange(12 * 3600))
    return {
        "id": identity,
        "learner_id": learner_id,
        "verb": "completed",
        "object_type": "exercise",
        "object_id": f"exercise-{draw.randrange(1_000)}",
        "topic": TOPICS[topic],
        "difficulty": DIFFICULTIES[topic % len(DIFFICULTIES)],
        "value": draw.randrange(40, 101),
        "duration_seconds": draw.randrange(60, 1_800),
        "hints_used": draw.randrange(4),
        "occurred_at": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def body(activities: Sequence[Activity]) -> bytes:
    """The body of one `POST /api/activities`."""
    return orjson.dumps({"activities": activities})


def batches(shape: Shape, label: str, learners: Sequence[str], days: Sequence[date]) -> list[list[Activity]]:
    """One batch a group of learners and day, all groups of a day before the next day, in the order of `days`."""
    draw = random.Random(label)
    groups = [learners[start : start + shape.learners] for start in range(0, len(learners), shape.learners)]
    return [
        [activity(draw, learner, f"{label}-{day}-{number}", day) for learner in group for number in range(shape.each)]
        for day in days
        for group in groups
    ]


def singles(label: str, learners: Sequence[str], day: date, count: int) -> Iterator[bytes]:
    """`count` bodies of one activity each, all of one day, learners drawn evenly."""
    draw = random.Random(label)
    for number in range(count):
        yield orjson.dumps(activity(draw, draw.choice(learners), f"{label}-{number}", day))
