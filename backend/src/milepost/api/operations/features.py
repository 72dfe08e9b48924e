"""What is switched on, and which limits hold: the numbers in force, so that no client copies them."""

from quart import Blueprint

from milepost import __version__
from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.http.fields import MAX_METADATA_BYTES, MAX_PAGE
from milepost.api.http.responses import JsonObject, Reply, answer
from milepost.api.http.windows import MAX_WINDOW_DAYS
from milepost.api.operations.features_schemas import FeaturesOut
from milepost.api.spaces.schemas import MAX_SPACES_OF_A_GOAL
from milepost.queries.spaces.spaces import MAX_PER_LEARNER, MAX_WITH_DELETED
from milepost.redis.rate_limits import Quota
from milepost.rules.days.zone_changes import MAX_ZONE_PERIODS
from milepost.rules.goals import MAX_GOALS, MAX_GOALS_KEPT, MAX_VERSIONS
from milepost.rules.planner.calendar_days import MAX_CALENDAR_DAYS, MAX_FOCUS_SLOTS
from milepost.rules.planner.planner_days import MAX_SLOTS
from milepost.rules.policy import PausesPolicy
from milepost.rules.sharing import MAX_SHARES
from milepost.services.leaderboards.groups import MAX_GROUPS_OF_LEARNER, MAX_MEMBERS
from milepost.services.spaces.milestones import MAX_MILESTONES

blueprint = Blueprint("features", __name__)

WEEK_START = "monday"
"""Weeks are ISO weeks everywhere."""


@blueprint.get("/features")
@contract(
    operation="getFeatures",
    summary="Features and limits",
    roles=("learner", "service", "admin"),
    answers=FeaturesOut,
    tag="documentation",
)
async def show_features() -> Reply:
    """What is switched on, and the limits in force. They change only when the service starts with other settings."""
    settings = resources().settings
    return answer(
        {
            "version": __version__,
            "week_start": WEEK_START,
            "unknown_kinds": resources().policy.activities.unknown_kinds,
            "features": {"goals": settings.feature_goals, "analytics": settings.feature_analytics},
            "limits": _limits(),
            "quotas": [_quota_json(quota) for quota in resources().rate_limits.quotas.values()],
        }
    )


def _quota_json(quota: Quota) -> JsonObject:
    return {
        "policy": quota.policy,
        "payer": quota.payer,
        "quota": quota.amount,
        "unit": quota.unit,
        "window_seconds": quota.window_seconds,
        "counted_by": "service" if quota.is_shared else "process",
    }


def _limits() -> JsonObject:
    settings, policy = resources().settings, resources().policy
    activities, planner, pauses = policy.activities, policy.planner, policy.pauses
    return {
        "body_bytes": settings.body_limit_bytes,
        "body_values": settings.body_limit_values,
        "small_body_bytes": settings.body_bytes(large=False),
        "small_body_values": settings.body_values(large=False),
        "batch_activities": settings.batch_limit,
        "metadata_bytes": MAX_METADATA_BYTES,
        "page_items": MAX_PAGE,
        "window_days": MAX_WINDOW_DAYS,
        "calendar_days": MAX_CALENDAR_DAYS,
        "reads_at_once": settings.reads_per_learner,
        "changes_at_once": settings.changes_per_learner,
        "exports_at_once": settings.exports_per_caller,
        "streams_at_once": settings.streams_per_learner,
        "idempotency_keys": settings.idempotency_keys_per_learner,
        "idempotency_key_days": settings.idempotency_keys_kept_days,
        "notice_days": settings.notices_kept_days,
        "topics": activities.topics_per_learner,
        "learner_backdate_days": activities.learner_backdate_days,
        "learner_hours_a_day": activities.learner_hours_a_day,
        "learner_activities_a_day": activities.learner_activities_a_day,
        "earliest_day": activities.earliest_day.isoformat(),
        "future_tolerance_minutes": activities.future_tolerance_minutes,
        "learner_void_hours": activities.learner_void_hours,
        "goals": MAX_GOALS,
        "goals_with_archived": MAX_GOALS_KEPT,
        "changes_of_a_goal": MAX_VERSIONS,
        "tasks": planner.tasks_per_learner,
        "categories": planner.categories_per_learner,
        "slots_of_a_task": MAX_SLOTS,
        "slots": planner.slots_per_learner,
        "slots_of_a_day": planner.slots_per_day,
        "due_tasks_of_a_day": planner.due_tasks_per_day,
        "completed_tasks_of_a_day": planner.completed_tasks_per_day,
        "focus_slots_of_a_day": MAX_FOCUS_SLOTS,
        "focus_days": planner.focus_days_per_learner,
        "spaces": MAX_PER_LEARNER,
        "spaces_with_deleted": MAX_WITH_DELETED,
        "spaces_of_a_goal": MAX_SPACES_OF_A_GOAL,
        "milestones": MAX_MILESTONES,
        "shares": MAX_SHARES,
        "groups": MAX_GROUPS_OF_LEARNER,
        "members_of_a_group": MAX_MEMBERS,
        **_limits_of_pauses(pauses),
        "zones": MAX_ZONE_PERIODS,
        "zone_change_hours": policy.days.zone_change_interval_hours,
    }


def _limits_of_pauses(pauses: PausesPolicy) -> JsonObject:
    return {
        "pause_days": pauses.longest_days,
        "paused_days_in_window": pauses.days_in_window,
        "pause_window_days": pauses.window_days,
        "pause_ahead_days": pauses.ahead_days,
    }
