"""GET /features: what is switched on and the limits in force, which are those that the routes enforce."""

from dataclasses import asdict
from typing import get_args

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.api.documentation.kinds import REASONS, for_senders
from milepost.api.edge.problem_codes import CATALOGUE
from milepost.rules.activities import Refusal
from milepost.settings import Settings, load_policy, load_settings
from support.builders import new_learner
from support.callers import Caller

LIMITS_BY_CODE: dict[str, tuple[str, ...]] = {
    "group_full": ("members_of_a_group",),
    "too_many_activities": ("batch_activities",),
    "too_many_categories": ("categories",),
    "too_many_completed_tasks": ("completed_tasks_of_a_day",),
    "too_many_composite_goals": ("spaces", "spaces_with_deleted"),
    "too_many_due_tasks": ("due_tasks_of_a_day",),
    "too_many_exports": ("exports_at_once",),
    "too_many_focus_days": ("focus_days",),
    "too_many_goal_changes": ("changes_of_a_goal",),
    "too_many_goals": ("goals", "goals_with_archived"),
    "too_many_groups": ("groups",),
    "too_many_milestones": ("milestones",),
    "too_many_shares": ("shares",),
    "too_many_slots": ("slots", "slots_of_a_day"),
    "too_many_spaces": ("spaces", "spaces_with_deleted"),
    "too_many_streams": ("streams_at_once",),
    "too_many_tasks": ("tasks",),
    "too_many_values": ("body_values", "small_body_values"),
    "too_many_zone_changes": ("zones",),
}
LIMITS_BY_SETTING = {
    "reads_per_learner": "reads_at_once",
    "changes_per_learner": "changes_at_once",
    "exports_per_caller": "exports_at_once",
    "body_limit_bytes": "body_bytes",
    "body_limit_values": "body_values",
    "small_body_limit_bytes": "small_body_bytes",
    "small_body_limit_values": "small_body_values",
    "batch_limit": "batch_activities",
    "idempotency_keys_per_learner": "idempotency_keys",
    "idempotency_keys_kept_days": "idempotency_key_days",
    "streams_per_learner": "streams_at_once",
    "notices_kept_days": "notice_days",
}
OF_A_PROCESS = {
    *("export_limit_seconds", "connections_per_process", "intake_queue_limit", "intake_commit_limit"),
    "streams_per_process",
}
"""They bound what all callers of a process take together, or how long an answer takes."""
LIMITS_BY_POLICY = {
    "planner": {
        "tasks_per_learner": "tasks",
        "categories_per_learner": "categories",
        "slots_per_learner": "slots",
        "slots_per_day": "slots_of_a_day",
        "due_tasks_per_day": "due_tasks_of_a_day",
        "completed_tasks_per_day": "completed_tasks_of_a_day",
        "focus_days_per_learner": "focus_days",
    },
    "pauses": {
        "longest_days": "pause_days",
        "days_in_window": "paused_days_in_window",
        "window_days": "pause_window_days",
        "ahead_days": "pause_ahead_days",
    },
    "days": {"zone_change_interval_hours": "zone_change_hours"},
}
NO_LIMITS = {"assumed_zone"}


@pytest.mark.parametrize("role", ["learner", "service", "admin"])
async def test_any_token_may_read_the_features(client: Client, role: str) -> None:
    answer = (await Caller(client, new_learner(), [role]).get("/features")).ok()
    assert answer["features"] == {"goals": True, "analytics": True}
    assert answer["week_start"] == "monday"
    document = await (await client.get("/openapi.json")).get_json()
    assert answer["version"] == document["info"]["version"]
    assert (answer["limits"]["tasks"], answer["limits"]["categories"], answer["limits"]["topics"]) == (20_000, 200, 500)


async def test_S11_every_limit_that_refuses_something_is_listed(client: Client) -> None:
    limits = (await Caller(client, new_learner()).get("/features")).ok()["limits"]
    refusing = {code for code in CATALOGUE if code.startswith("too_many_") or code.endswith("_full")}
    assert refusing == LIMITS_BY_CODE.keys()
    assert {name for names in LIMITS_BY_CODE.values() for name in names} <= limits.keys()


async def test_S11_every_setting_that_limits_a_caller_is_listed(client: Client) -> None:
    limits = (await Caller(client, new_learner()).get("/features")).ok()["limits"]
    named = {
        name for name in Settings.model_fields if "limit" in name or "_per_" in name or name.endswith("_kept_days")
    }
    quotas = {name for name in named if name.startswith("limit_")}
    assert named - quotas - OF_A_PROCESS == LIMITS_BY_SETTING.keys()
    settings, policy = load_settings(), load_policy()
    for name, limit in LIMITS_BY_SETTING.items():
        assert limits[limit] == getattr(settings, name), name
    for part, names in LIMITS_BY_POLICY.items():
        amounts = asdict(getattr(policy, part))
        assert amounts.keys() - NO_LIMITS == names.keys()
        for name, limit in names.items():
            assert limits[limit] == amounts[name], name


async def test_the_document_has_the_kinds_in_force_and_the_reasons(client: Client) -> None:
    policy = load_policy().activities
    document = await (await client.get("/openapi.json")).get_json()
    text = document["info"]["description"]
    assert for_senders(policy) in text
    assert text.count("\n| ") == len(policy.kinds) + 1
    assert "| exercise, completed | day, exercise, grade | 10 | service |" in text
    assert set(get_args(Refusal)) <= set(REASONS)
    for reason in REASONS:
        assert f"`{reason}`" in text
    assert f"more than {policy.learner_backdate_days} days back" in text


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/features", {}),
        ("/progress", {}),
        ("/progress/export", {"format": "csv"}),
        ("/analytics/export", {"from": "2026-03-01", "to": "2026-03-02"}),
        ("/goals", {}),
    ],
)
async def test_head_has_the_headers_of_get(client: Client, path: str, query: dict[str, str]) -> None:
    ada = Caller(client, new_learner())
    full = await ada.ask("GET", path, query=query)
    head = await ada.ask("HEAD", path, query=query)
    assert head.status == 200
    for name in ("Content-Type", "ETag", "Content-Disposition"):
        assert head.headers.get(name) == full.headers.get(name), name
