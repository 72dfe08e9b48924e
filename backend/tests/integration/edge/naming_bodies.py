"""Bodies that name a learner, in each place where a body may: `?` stands for the name."""

from support.builders import activity
from support.callers import Json
from support.clock import START

BODIES_THAT_NAME: list[tuple[str, Json]] = [
    ("/activities", {**activity(START), "learner_id": "?"}),
    ("/activities", {"activities": [activity(START)], "learner_id": "?"}),
    ("/activities", {"activities": [{**activity(START), "learner_id": "?"}]}),
    ("/events", {"action": "viewed", "objectType": "lesson", "userId": "?"}),
    ("/events", {"action": "viewed", "objectType": "lesson", "learnerId": "?"}),
    ("/progress/events", {"type": "time", "value": 5, "userId": "?"}),
    ("/progress/events", {"type": "time", "value": 5, "learnerId": "?"}),
    ("/progress/update-streak", {"learner_id": "?"}),
    ("/progress/update-streak", {"exercise": {**activity(START), "learner_id": "?"}}),
    ("/progress/calculate-skill-level", {"topic": "loops", "learner_id": "?"}),
]
