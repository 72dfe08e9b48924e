"""A day on which every operation is called once, in an order in which each succeeds: the examples of the document.

Ada and Ben live in Berlin and have practised before it. Then her client, the exercise service and an administrator
call what `STEPS` says. `{name}` in a path stands for a value that an earlier answer gave.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from support.builders import mint

Who = Literal["learner", "service", "admin"]


@dataclass(frozen=True)
class Step:
    """A call of an operation. `bodies` by name: the first is sent, and the others after it.

    `subject`: whose token it is, for learners. `path`: the values of the path; one in braces is a kept one. `keep`:
    what later steps find in the answer, by name and as keys and indices with dots.
    """

    operation: str
    bodies: Mapping[str, object] = field(default_factory=dict)
    who: Who = "learner"
    subject: str = "ada"
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    keep: Mapping[str, str] = field(default_factory=dict)


def practice(now: datetime, days: range) -> list[dict[str, object]]:
    """What the exercise service reports of a learner: three exercises on each of these days before `now`."""
    activities: list[dict[str, object]] = []
    for day in days:
        topic, path = (("loops", "python"), ("fractions", "maths"), ("functions", "python"))[day % 3]
        activities += [
            {
                "id": f"lesson-{day}-{n}",
                "verb": "completed",
                "object_type": "exercise",
                "object_id": f"{topic}-{day % 7 + n}",
                "topic": topic,
                "path": path,
                "difficulty": ("easy", "medium", "hard")[n],
                "value": 62 + (day * 7 + n * 11) % 38,
                "duration_seconds": 180 + 40 * n + 7 * day,
                "hints_used": (day + n) % 3,
                "occurred_at": (now - timedelta(days=day, minutes=12 * n)).isoformat(),
            }
            for n in range(3)
        ]
    return activities


_PRACTICE = {
    "id": "timer-81",
    "verb": "practised",
    "object_type": "session",
    "duration_seconds": 900,
    "occurred_at": "{{now}}",
}
_MINUTES = {"type": "time", "spaceId": "algebra", "value": 12, "timestamp": "{{now}}"}
_READING = {
    "action": "practised",
    "objectType": "reading",
    "objectId": "chapter-3",
    "metadata": {"duration": 300},
    "timestamp": "{{now}}",
}
_EXERCISE = {
    "id": "attempt-4711",
    "verb": "completed",
    "object_type": "exercise",
    "object_id": "loops-12",
    "topic": "loops",
    "path": "python",
    "difficulty": "medium",
    "value": 92.5,
    "duration_seconds": 412,
    "hints_used": 0,
    "occurred_at": "2026-11-20T16:05:00+01:00",
    "learner_id": "ada",
}
_READER = {
    "code": "weekend-reader",
    "title": "Weekend reader",
    "description": "Practise on 5 days.",
    "category": "habit",
    "tier": "bronze",
    "points": 10,
    "icon": "book",
    "rule": {"metric": "active_days", "at_least": 5},
}
_HUNDRED = {
    "code": "exercises-100",
    "title": "A hundred exercises",
    "description": "Complete 100 exercises.",
    "category": "exercises",
    "tier": "silver",
    "points": 20,
    "icon": "check",
    "rule": {"metric": "exercises_completed", "at_least": 100},
    "state": "active",
}
_CODE = "weekend-reader"
_OUTAGE = {"starts_at": "2026-11-10T08:00:00Z", "ends_at": "2026-11-10T10:00:00Z", "reason": "A failed disk."}
_RESTORATION = {"first_day": "2026-11-19", "last_day": "2026-11-19", "reason": "Lost in an outage of the school."}
_ZONES = [{"zone": "Europe/Lisbon"}, {"zone": "Europe/Berlin", "valid_from": "2026-09-01T00:00:00Z"}]
_DAY_OFF = {"first_day": "{{soon}}", "last_day": "{{soon}}"}
_SHARED_PROGRESS = {"kind": "progress", "fields": ["current_streak", "badges", "heatmap"], "ends_on": "{{soon}}"}
_EVENING = {"starts_at": "2026-11-23T16:00:00Z", "ends_at": "2026-11-23T18:00:00Z"}
_COMPOSITE_GOAL = {"title": "Pass the exam", "space_ids": ["algebra"]}
_GOAL = {"name": "Practise every week", "target_type": "minutes", "time_period": "weekly", "target_value": 120}
_TASK = {
    "title": "Work through chapter 3",
    "due_day": "2026-11-27",
    "scheduled_slots": [{"starts_at": "2026-11-23T16:00:00Z", "ends_at": "2026-11-23T17:30:00Z"}],
}

STEPS = (
    # Activities
    Step("recordActivities", {"A learner's own practice": _PRACTICE, "An exercise, from a service": _EXERCISE}),
    Step("recordProgressEvent", {"Minutes in a space": _MINUTES}),
    Step("recordEvent", {"Reading": _READING}),
    Step("updateStreak", {"A check-in": {}}),
    Step("listActivities"),
    Step("getActivitySummary"),
    Step("getPointsDistribution"),
    Step("getBalance", query={"by": "topic"}),
    # Progress
    Step("getProgress"),
    Step("getStreak"),
    Step("listAchievements"),
    Step("listBadges"),
    Step("getStatistics", query={"period": "weekly"}),
    Step("getHistory", query={"days": "2"}),
    Step("listSkillLevels"),
    Step("getMastery", query={"topic": "loops", "from": "2026-11-08"}),
    Step("calculateSkillLevel", {"A topic": {"topic": "loops"}}),
    Step("getAnalytics"),
    Step("getInsights"),
    Step("getPredictions"),
    Step("getRecommendations"),
    Step("exportLearner"),
    Step("exportExercises"),
    # Planner
    Step("createCategory", {"A category": {"name": "Mathematics"}}, keep={"category_id": "category_id"}),
    Step("listCategories"),
    Step(
        "replaceCategory",
        {
            "Another name": {"name": "Maths"},
            "Another colour and place": {"name": "Maths", "color": "plum", "position": 0},
        },
        path={"category_id": "{category_id}"},
    ),
    Step("changeCategory", {"Only the name": {"name": "Mathematics"}}, path={"category_id": "{category_id}"}),
    Step("getCategory", path={"category_id": "{category_id}"}),
    Step("createTask", {"A task with a slot": _TASK}, keep={"task_id": "task_id"}),
    Step("listTasks"),
    Step("getTask", path={"task_id": "{task_id}"}),
    Step("replaceTask", {"Without a slot": {"title": "Read chapter 3"}}, path={"task_id": "{task_id}"}),
    Step("changeTask", {"Only the due day": {"due_day": "2026-11-28"}}, path={"task_id": "{task_id}"}),
    Step("completeTask", {"Now": {}}, path={"task_id": "{task_id}"}),
    Step("reopenTask", path={"task_id": "{task_id}"}),
    Step("replaceCalendarDay", {"An evening": {"focus_slots": [_EVENING]}}, path={"day": "2026-11-23"}),
    Step("getCalendarDay", path={"day": "2026-11-23"}),
    Step("listCalendarDays", query={"from": "2026-11-23", "to": "2026-11-29"}),
    Step("getQuickStats", query={"date_range": "7d"}),
    Step("getDashboard", query={"period": "weekly"}),
    Step("exportPlannerDays", query={"start_date": "2026-11-15", "end_date": "2026-11-21"}),
    Step("exportPlannerDaysAsCsv", query={"from": "2026-11-15", "to": "2026-11-21"}),
    Step("deleteTask", path={"task_id": "{task_id}"}),
    Step("deleteCategory", path={"category_id": "{category_id}"}),
    # Goals
    Step("createGoal", {"Two hours a week": _GOAL}, keep={"goal_id": "goal_id"}),
    Step("listGoals", query={"with": "progress"}),
    Step("getGoal", path={"goal_id": "{goal_id}"}),
    Step("replaceGoal", {"Three hours a week": {**_GOAL, "target_value": 180}}, path={"goal_id": "{goal_id}"}),
    Step("changeGoal", {"Only the target": {"target_value": 150}}, path={"goal_id": "{goal_id}"}),
    Step("getGoalsProgress"),
    Step("getGoalProgress", path={"goal_id": "{goal_id}"}),
    Step("getGoalHistory", path={"goal_id": "{goal_id}"}),
    Step("archiveGoal", path={"goal_id": "{goal_id}"}),
    # Spaces
    Step("createSpace", {"A space": {"title": "Geometry", "planned_tasks": 8}}, keep={"space_id": "space_id"}),
    Step("listSpaces"),
    Step("getSpace", path={"space_id": "algebra"}),
    Step("replaceSpace", {"A plan": {"title": "Algebra", "planned_minutes": 300}}, path={"space_id": "algebra"}),
    Step("changeSpace", {"Only the plan": {"planned_tasks": 12}}, path={"space_id": "algebra"}),
    Step("getSpaceProgress", path={"space_id": "algebra"}),
    Step("getSpaceHistory", path={"space_id": "algebra"}),
    Step("createCompositeGoal", {"A goal of spaces": _COMPOSITE_GOAL}, keep={"composite_id": "goal_id"}),
    Step("listCompositeGoals"),
    Step("getCompositeGoal", path={"goal_id": "{composite_id}"}),
    Step("replaceCompositeGoal", {"Another title": {"title": "Pass algebra"}}, path={"goal_id": "pass-algebra"}),
    Step("changeCompositeGoal", {"Only the title": {"title": "The exam"}}, path={"goal_id": "{composite_id}"}),
    Step("getCompositeGoalProgress", path={"goal_id": "{composite_id}"}),
    Step("getCompositeGoalHistory", path={"goal_id": "{composite_id}"}),
    Step(
        "createMilestone",
        {"A milestone of a space": {"title": "First proof", "space_id": "algebra"}},
        keep={"milestone_id": "milestone_id"},
    ),
    Step("listMilestones"),
    Step("getMilestone", path={"milestone_id": "{milestone_id}"}),
    Step(
        "replaceMilestone",
        {"Another title": {"title": "First own proof", "space_id": "algebra"}},
        path={"milestone_id": "{milestone_id}"},
    ),
    Step("changeMilestone", {"Only the title": {"title": "A proof"}}, path={"milestone_id": "{milestone_id}"}),
    Step("reachMilestone", path={"milestone_id": "{milestone_id}"}),
    Step("deleteMilestone", path={"milestone_id": "{milestone_id}"}),
    Step("deleteCompositeGoal", path={"goal_id": "{composite_id}"}),
    Step("deleteSpace", path={"space_id": "{space_id}"}),
    # Notices
    Step("listNotifications", query={"limit": "2"}),
    Step("markNotificationsSeen", {"All up to an id": {"up_to": "812.0"}, "Two of them": {"ids": ["811.0", "812.0"]}}),
    # The learner
    Step("getMe"),
    Step(
        "changeMe",
        {
            "A zone": {"zone": "Europe/Berlin"},
            "A name, and a place on the boards": {"display_name": "Ada L.", "boards": True},
            "A digest on Sundays": {"digest_weekday": 7, "quiet": False},
        },
    ),
    Step(
        "createPause", {"A day off": {"first_day": "{{soon}}", "last_day": "{{soon}}"}}, keep={"pause_id": "pause.id"}
    ),
    Step("listPauses"),
    Step("endPause", path={"pause_id": "{pause_id}"}),
    Step("repairStreak", subject="ben"),
    Step(
        "createShare",
        {"Progress": _SHARED_PROGRESS, "A badge": {"kind": "badge", "code": "exercises-10"}},
        keep={"share_id": "share_id"},
    ),
    Step("listShares"),
    Step("deleteShare", path={"share_id": "{share_id}"}),
    Step("createSignInCode", {"The token of a learner": {"token": mint("ada")}}, who="service"),
    Step("voidActivity", path={"activity_id": "timer-81"}),
    Step("getMyData"),
    # Boards
    Step("createGroup", {"A class": {"name": "Class 7b"}}, who="admin", keep={"group_id": "group_id"}),
    Step(
        "addMembers",
        {"Two learners": {"learner_ids": ["ada", "ben"]}},
        who="admin",
        path={"group_id": "{group_id}"},
    ),
    Step("listGroups", who="admin"),
    Step("getGroup", who="admin", path={"group_id": "{group_id}"}),
    Step("replaceGroup", {"Another name": {"name": "Class 8b"}}, who="admin", path={"group_id": "{group_id}"}),
    Step("listMembers", who="admin", path={"group_id": "{group_id}"}),
    Step("getLeaderboard", query={"metric": "exercises", "period": "month", "around": "me"}),
    Step("getPeers"),
    Step("removeMember", who="admin", path={"group_id": "{group_id}", "learner_id": "ben"}),
    Step("deleteGroup", who="admin", path={"group_id": "{group_id}"}),
    # Administration
    Step("getCatalogue", who="admin"),
    Step("createAchievement", {"A draft": _READER}, who="admin"),
    Step("replaceAchievement", {"Another title": {**_READER, "title": "Reader"}}, who="admin", path={"code": _CODE}),
    Step("previewAchievement", {"Its own rule": {}}, who="admin", path={"code": _CODE}),
    Step("activateAchievement", who="admin", path={"code": _CODE}),
    Step(
        "grantAchievement",
        {"To Ada": {"learner_id": "ada", "reason": "Helped a classmate."}},
        who="admin",
        path={"code": _CODE},
    ),
    Step("retireAchievement", who="admin", path={"code": _CODE}),
    Step("exportCatalogue", who="admin"),
    Step("importAchievements", {"One achievement": {"achievements": [_HUNDRED]}}, who="admin"),
    Step("createOutage", {"Two hours": _OUTAGE}, who="admin", keep={"outage_id": "id"}),
    Step("listOutages", who="admin"),
    Step("activateOutage", who="admin", path={"outage_id": "{outage_id}"}),
    Step("withdrawOutage", who="admin", path={"outage_id": "{outage_id}"}),
    Step("restoreStreak", {"One day": _RESTORATION}, who="admin", path={"learner_id": "ben"}),
    Step("importZones", {"Moved once": _ZONES}, who="admin", path={"learner_id": "ada"}),
    Step("listExercises", who="admin", query={"topic": "loops"}),
    Step("listLearners", who="admin", query={"query": "ada"}),
    Step("getLearnerProgress", who="admin", path={"learner_id": "ada"}),
    Step("getStreakTimeline", who="admin", path={"learner_id": "ben"}, query={"from": "2026-11-18"}),
    Step("rebuildLearner", who="admin", path={"learner_id": "ben"}),
    Step("runJob", who="admin", path={"job": "sweep_snapshots"}),
    Step("listAuditEntries", who="admin"),
    Step("getJobs", who="admin"),
    Step("listKinds", who="admin"),
    Step("getErasures", who="admin"),
    # Operation
    Step("streamNotifications"),
    Step("getLiveness"),
    Step("getReadiness"),
    Step("getMetrics"),
    Step("getOpenapi"),
    Step("getFeatures"),
    # Learners who leave
    Step("mergeLearner", {"A second account": {"into": "ada"}}, who="admin", path={"learner_id": "ada-at-school"}),
    Step("eraseLearner", who="admin", path={"learner_id": "ben"}),
    Step("eraseMe", {"The subject of the token": {"confirm": "ada"}}),
)
