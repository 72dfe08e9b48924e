"""Every route of the API with a valid request, for tests that walk all of them. New routes must be added here."""

import itertools
from typing import Any

from support.builders import activity, mint
from support.callers import Json
from support.catalogues import condition, entry
from support.clock import START

Key = tuple[str, str]
TAKE_BACK: Key = ("DELETE", "/api/activities/<any_text:activity_id>")
TAKE_PAUSE_BACK: Key = ("DELETE", "/api/me/pauses/<uuid:pause_id>")
ERASE_ME: Key = ("DELETE", "/api/me")
MERGE: Key = ("POST", "/api/admin/learners/<any_text:learner_id>/merge")
ERASE: Key = ("DELETE", "/api/admin/learners/<any_text:learner_id>")
REPAIR: Key = ("POST", "/api/me/streak-repair")
GOAL: Json = {"name": "read", "target_type": "minutes", "time_period": "weekly", "target_value": 60}
SHARE: Json = {"kind": "progress", "fields": ["points"]}
OUTAGE: Json = {"starts_at": "2026-01-01T00:00:00Z", "ends_at": "2026-01-01T01:00:00Z", "reason": "a test"}
PROGRESS_READS = (
    *("streak", "skill-levels", "mastery", "statistics", "history", "export", "export.csv"),
    *("achievements", "badges", "analytics", "insights", "predictions", "recommendations"),
)
VALID: dict[Key, Any] = {
    ("GET", "/api/progress"): None,
    **{("GET", f"/api/progress/{name}"): None for name in PROGRESS_READS},
    ("GET", "/api/activities/summary"): None,
    ("GET", "/api/activities/points-distribution"): None,
    ("GET", "/api/activities/balance"): None,
    ("GET", "/api/activities"): None,
    ("GET", "/api/leaderboards"): None,
    ("GET", "/api/peers"): None,
    ("GET", "/api/me"): None,
    ("GET", "/api/notifications/stream"): None,
    ("GET", "/api/me/data"): None,
    ERASE_ME: {"confirm": "?"},
    ("PATCH", "/api/me"): {"zone": "Europe/Berlin"},
    ("GET", "/api/me/pauses"): None,
    ("POST", "/api/me/pauses"): {"first_day": "2026-03-12", "last_day": "2026-03-14"},
    TAKE_PAUSE_BACK: None,
    REPAIR: None,
    ("GET", "/api/shares"): None,
    ("POST", "/api/shares"): SHARE,
    ("DELETE", "/api/shares/<uuid:share_id>"): None,
    ("POST", "/api/activities"): activity(START, id=None),
    ("POST", "/api/events"): {"action": "viewed", "objectType": "lesson"},
    ("POST", "/api/progress/events"): {"type": "time", "value": 5},
    ("POST", "/api/progress/update-streak"): {},
    ("POST", "/api/progress/calculate-skill-level"): {"topic": "loops"},
    TAKE_BACK: None,
    ("GET", "/api/goals"): None,
    ("POST", "/api/goals"): GOAL,
    ("GET", "/api/goals/progress"): None,
    ("GET", "/api/goals/<uuid:goal_id>"): None,
    ("PUT", "/api/goals/<uuid:goal_id>"): GOAL,
    ("PATCH", "/api/goals/<uuid:goal_id>"): {"name": "?"},
    ("DELETE", "/api/goals/<uuid:goal_id>"): None,
    ("GET", "/api/goals/<uuid:goal_id>/progress"): None,
    ("GET", "/api/goals/<uuid:goal_id>/history"): None,
    ("GET", "/api/categories"): None,
    ("POST", "/api/categories"): {"name": "?"},
    ("PUT", "/api/categories/<uuid:category_id>"): {"name": "?"},
    ("GET", "/api/categories/<uuid:category_id>"): None,
    ("PATCH", "/api/categories/<uuid:category_id>"): {"name": "?"},
    ("DELETE", "/api/categories/<uuid:category_id>"): None,
    ("GET", "/api/tasks"): None,
    ("POST", "/api/tasks"): {"title": "read"},
    ("GET", "/api/tasks/<uuid:task_id>"): None,
    ("PUT", "/api/tasks/<uuid:task_id>"): {"title": "read on"},
    ("PATCH", "/api/tasks/<uuid:task_id>"): {"title": "read further"},
    ("DELETE", "/api/tasks/<uuid:task_id>"): None,
    ("POST", "/api/tasks/<uuid:task_id>/complete"): {},
    ("DELETE", "/api/tasks/<uuid:task_id>/complete"): None,
    ("GET", "/api/calendar-days"): None,
    ("GET", "/api/calendar-days/<day:day>"): None,
    ("PUT", "/api/calendar-days/<day:day>"): {"focus_slots": []},
    ("GET", "/api/analytics/quick-stats"): None,
    ("GET", "/api/analytics/dashboard"): None,
    ("GET", "/api/analytics/export"): None,
    ("GET", "/api/analytics/export.csv"): None,
    ("GET", "/api/spaces"): None,
    ("POST", "/api/spaces"): {"title": "?"},
    ("GET", "/api/spaces/<any_text:space_id>"): None,
    ("PUT", "/api/spaces/<any_text:space_id>"): {"title": "?"},
    ("PATCH", "/api/spaces/<any_text:space_id>"): {"title": "?"},
    ("DELETE", "/api/spaces/<any_text:space_id>"): None,
    ("GET", "/api/spaces/<any_text:space_id>/progress"): None,
    ("GET", "/api/spaces/<any_text:space_id>/history"): None,
    ("GET", "/api/composite-goals"): None,
    ("POST", "/api/composite-goals"): {"title": "?"},
    ("GET", "/api/composite-goals/<any_text:goal_id>"): None,
    ("PUT", "/api/composite-goals/<any_text:goal_id>"): {"title": "?"},
    ("PATCH", "/api/composite-goals/<any_text:goal_id>"): {"title": "?"},
    ("DELETE", "/api/composite-goals/<any_text:goal_id>"): None,
    ("GET", "/api/composite-goals/<any_text:goal_id>/progress"): None,
    ("GET", "/api/composite-goals/<any_text:goal_id>/history"): None,
    ("GET", "/api/milestones"): None,
    ("POST", "/api/milestones"): {"title": "?", "space_id": "<any_text:space_id>"},
    ("GET", "/api/milestones/<any_text:milestone_id>"): None,
    ("PUT", "/api/milestones/<any_text:milestone_id>"): {"title": "?", "space_id": "<any_text:space_id>"},
    ("PATCH", "/api/milestones/<any_text:milestone_id>"): {"title": "?"},
    ("DELETE", "/api/milestones/<any_text:milestone_id>"): None,
    ("POST", "/api/milestones/<any_text:milestone_id>/reach"): None,
    ("GET", "/api/notifications"): None,
    ("POST", "/api/notifications/seen"): {"up_to": "1.0"},
}
"""A valid body for every route that learners may call about themselves. New routes must be added here."""

OWN = {key for key in VALID if key[1].startswith(("/api/me", "/api/shares")) or key[1].endswith("/stream")}
OWN |= {("POST", "/api/notifications/seen")}
"""Routes that are about the caller and cannot name a learner."""

OF_THE_SERVICE: dict[Key, Any] = {
    ("GET", "/api/features"): None,
    ("POST", "/api/sign-in/codes"): {"token": mint("somebody")},
}
"""Routes that are about no learner, and not for administrators alone."""

KNOWN_LEARNER = "somebody we know"
KNOWN_ACHIEVEMENT = entry("known", condition("points", 5))
OPERATING: dict[Key, Any] = {
    ("GET", "/api/admin/jobs"): None,
    ("POST", "/api/admin/jobs/<job>/run"): None,
    ("GET", "/api/admin/learners"): None,
    ("GET", "/api/admin/learners/<any_text:learner_id>/progress"): None,
    ("GET", "/api/admin/learners/<any_text:learner_id>/timeline"): None,
    ("POST", "/api/admin/learners/<any_text:learner_id>/rebuild"): None,
    ("GET", "/api/admin/kinds"): None,
    ("GET", "/api/admin/erasures"): None,
    ("GET", "/api/admin/audit"): None,
    ("GET", "/api/admin/exercises"): None,
    ("GET", "/api/admin/groups"): None,
    ("POST", "/api/admin/groups"): {"name": "?"},
    ("GET", "/api/admin/groups/<uuid:group_id>"): None,
    ("PUT", "/api/admin/groups/<uuid:group_id>"): {"name": "?"},
    ("DELETE", "/api/admin/groups/<uuid:group_id>"): None,
    ("GET", "/api/admin/groups/<uuid:group_id>/members"): None,
    ("POST", "/api/admin/groups/<uuid:group_id>/members"): {"learner_ids": [KNOWN_LEARNER]},
    ("DELETE", "/api/admin/groups/<uuid:group_id>/members/<any_text:learner_id>"): None,
    ("GET", "/api/admin/achievements"): None,
    ("GET", "/api/admin/achievements/export"): None,
    ("POST", "/api/admin/achievements"): entry("?", condition("points", 5)),
    ("POST", "/api/admin/achievements/import"): {"achievements": [KNOWN_ACHIEVEMENT]},
    ("PUT", "/api/admin/achievements/<any_text:code>"): KNOWN_ACHIEVEMENT,
    ("POST", "/api/admin/achievements/<any_text:code>/dry-run"): {},
    ("POST", "/api/admin/achievements/<any_text:code>/activate"): None,
    ("POST", "/api/admin/achievements/<any_text:code>/grant"): {"learner_id": KNOWN_LEARNER, "reason": "for testing"},
    ("POST", "/api/admin/achievements/<any_text:code>/retire"): None,
    ("GET", "/api/admin/outages"): None,
    ("POST", "/api/admin/outages"): OUTAGE,
    ("POST", "/api/admin/outages/<uuid:outage_id>/activate"): None,
    ("POST", "/api/admin/outages/<uuid:outage_id>/withdraw"): None,
    ERASE: None,
    MERGE: {"into": KNOWN_LEARNER},
    ("PUT", "/api/admin/learners/<any_text:learner_id>/zones"): [{"zone": "Europe/Berlin"}],
    ("POST", "/api/admin/learners/<any_text:learner_id>/restore-streak"): {
        "first_day": "2026-03-09",
        "last_day": "2026-03-09",
        "reason": "a mistake of ours",
    },
}
"""Valid bodies for the routes of administrators, about no learner or one in the address."""

PLACES = {
    "<any_text:code>": "known",
    "<any_text:learner_id>": KNOWN_LEARNER,
    "<job>": "sweep_planner",
    "<day:day>": "2026-03-10",
    "<uuid:pause_id>": "00000000-0000-4000-8000-000000000000",
}
"""Values for the parameters of addresses."""

ASKED: dict[Key, dict[str, str]] = {
    ("GET", "/api/progress/mastery"): {"topic": "loops"},
    ("GET", "/api/analytics/export"): {"start_date": "2026-03-01", "end_date": "2026-03-02"},
    ("GET", "/api/analytics/export.csv"): {"from": "2026-03-01", "to": "2026-03-02"},
}
"""Required query parameters."""

MADE: dict[str, tuple[str, Json, str]] = {
    "<uuid:category_id>": ("/categories", {"name": "?"}, "category_id"),
    "<uuid:task_id>": ("/tasks", {"title": "read"}, "task_id"),
    "<uuid:goal_id>": ("/goals", GOAL, "goal_id"),
    "<uuid:share_id>": ("/shares", SHARE, "share_id"),
    "<uuid:outage_id>": ("/admin/outages", OUTAGE, "id"),
    "<uuid:group_id>": ("/admin/groups", {"name": "?"}, "group_id"),
    "<any_text:space_id>": ("/spaces", {"title": "?"}, "space_id"),
    "<any_text:goal_id>": ("/composite-goals", {"title": "?"}, "goal_id"),
    "<any_text:milestone_id>": (
        "/milestones",
        {"title": "?", "space_id": "<any_text:space_id>"},
        "milestone_id",
    ),
}
"""What must exist before an address or a body can name it: the address that creates it, the body, and the member of the
response with its id."""

NOBODYS = "00000000-0000-4000-8000-000000000000"
NUMBERS = itertools.count(1)
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


def naming(body: object, learner: str) -> object:
    """The body, naming this learner wherever it names one."""
    if isinstance(body, dict):
        return {key: naming(value, learner) for key, value in body.items()}
    if isinstance(body, list):
        return [naming(value, learner) for value in body]
    return learner if body == "?" else body


def address(path: str) -> str:
    """A path for a rule, with the names of existing or possible things."""
    for place, name in PLACES.items():
        path = path.replace(place, name)
    for place in MADE:
        path = path.replace(place, NOBODYS)
    return path
