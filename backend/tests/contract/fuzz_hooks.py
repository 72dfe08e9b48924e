"""Hooks of the fuzzer: requests from the document's examples name things that exist, so that they can succeed.

The fuzzer loads this module in its own process (`SCHEMATHESIS_HOOKS`); `test_fuzzed.py` sets the environment it reads.
Everything that the fuzzer makes up by itself is sent as it is.
"""

import itertools
import os
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import schemathesis
from schemathesis.hooks import HookContext

from support.builders import activity, bearer, mint
from support.catalogues import condition, entry

_URL, _ROLE = os.environ["FUZZED_URL"], os.environ["FUZZED_ROLE"]
_NUMBERS = itertools.count(1)
_PRACTISED: set[str] = set()
_WITHOUT_EXAMPLE = "/api/me/streak-repair"
"""It has neither body nor parameters, and needs a learner with a gap."""
_GOAL = {"name": "read", "target_type": "minutes", "time_period": "weekly", "target_value": 60}
_OUTAGE = {"starts_at": "2026-01-01T00:00:00Z", "ends_at": "2026-01-01T01:00:00Z", "reason": "a test"}
_MADE: dict[str, tuple[str, dict[str, Any], str]] = {
    "/api/categories/{category_id}": ("/categories", {"name": "?"}, "category_id"),
    "/api/tasks/{task_id}": ("/tasks", {"title": "read"}, "task_id"),
    "/api/goals/{goal_id}": ("/goals", _GOAL, "goal_id"),
    "/api/shares/{share_id}": ("/shares", {"kind": "progress", "fields": ["points"]}, "share_id"),
    "/api/admin/outages/{outage_id}": ("/admin/outages", _OUTAGE, "id"),
    "/api/admin/groups/{group_id}": ("/admin/groups", {"name": "?"}, "group_id"),
    "/api/spaces/{space_id}": ("/spaces", {"title": "?"}, "space_id"),
    "/api/composite-goals/{goal_id}": ("/composite-goals", {"title": "?"}, "goal_id"),
    "/api/milestones/{milestone_id}": ("/milestones", {"title": "?", "space_id": "?"}, "milestone_id"),
}
"""What is made for the paths that begin so: where, of what, and the member of the answer with its id."""


@schemathesis.hook
def before_call(_context: HookContext, case: "schemathesis.Case[Any]", _kwargs: MutableMapping[str, Any]) -> None:
    """Sign each request in; one from an example is about a new learner who has practised, and names what exists."""
    is_example = case.meta is not None and case.meta.phase.name.value == "examples"
    if not is_example and case.path != _WITHOUT_EXAMPLE:
        # Each operation has its own learner, so one that erases it does not affect the others.
        fuzzed = f"fuzzed {case.method} {case.path}"
        if _ROLE == "learner" and fuzzed not in _PRACTISED:
            _PRACTISED.add(fuzzed)
            _practise(fuzzed)
            if case.method == "GET":
                # Reads without examples would rarely be asked for without naming somebody else.
                case.query = {}
                case.headers.pop("If-None-Match", None)
        case.headers.update(bearer(mint(fuzzed, [_ROLE])))
        return
    learner = f"fuzzed-{os.getpid()}-{next(_NUMBERS)}"
    _practise(learner)
    case.headers.update(bearer(mint(learner if _ROLE == "learner" else "fuzzed", [_ROLE])))
    if _ROLE != "learner" and any(parameter.name == "learner_id" for parameter in case.operation.query):
        case.query["learner_id"] = learner
    _name_what_exists(case, learner)
    if isinstance(case.body, dict):
        case.body = _about(learner, case.path, case.body)


def _practise(learner: str) -> None:
    """A day was missed between two days of practice."""
    now = datetime.now(UTC)
    reported = [activity(now - timedelta(days=days), id=f"day-{days}") for days in (3, 1, 0)]
    _send("service", "exercises", "/activities", {"activities": reported, "learner_id": learner})


def _name_what_exists(case: "schemathesis.Case[Any]", learner: str) -> None:
    """Let the parameters of the path name what is made for this request."""
    if case.path.startswith("/api/admin/") and "{learner_id}" in case.path:
        case.path_parameters["learner_id"] = learner
    if case.path == "/api/activities/{activity_id}":
        case.path_parameters["activity_id"] = "day-1"
        case.query["sender"] = "exercises"
    if case.path == "/api/me/pauses/{pause_id}" and _ROLE == "learner":
        tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
        made = _send("learner", learner, "/me/pauses", {"first_day": tomorrow, "last_day": tomorrow})
        case.path_parameters["pause_id"] = made["pause"]["id"]
    if case.path == "/api/admin/achievements/{code}/grant":
        code = learner.lower()
        _send("admin", "root", "/admin/achievements", entry(code, condition("points", 5)))
        _send("admin", "root", f"/admin/achievements/{code}/activate", None)
        case.path_parameters["code"] = code
    if case.path.startswith("/api/analytics/export"):
        about = {key: value for key, value in case.query.items() if key == "learner_id"}
        case.query = {**about, "from": "2026-03-01", "to": "2026-03-02"}
    for beginning, (place, body, member) in _MADE.items():
        if case.path.startswith(beginning):
            case.path_parameters[beginning.rpartition("{")[2].rstrip("}")] = _made(
                case.path, learner, place, body, member
            )


def _made(path: str, learner: str, place: str, body: dict[str, Any], member: str) -> str:
    """The id of something new, in the state that the operation at `path` needs."""
    named = {key: f"of {learner}" if value == "?" else value for key, value in body.items()}
    if "space_id" in named:
        named["space_id"] = _space(learner)
    maker = ("admin", "root") if place.startswith("/admin") else ("learner", learner)
    made = str(_send(*maker, place, named)[member])
    if path == "/api/tasks/{task_id}/complete":
        _send(*maker, f"/tasks/{made}/complete", {})
    if path.endswith("/members/{learner_id}"):
        _send(*maker, f"/admin/groups/{made}/members", {"learner_ids": [learner]})
    return made


def _space(learner: str) -> str:
    return str(_send("learner", learner, "/spaces", {"title": "algebra"})["space_id"])


def _about(learner: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The body, naming this learner; a merge names another one, and a milestone a space that exists."""
    named: dict[str, Any] = {"learner_id": learner, "learner_ids": [learner], "confirm": learner}
    if "into" in body:
        _practise(f"{learner}-merged")
        named["into"] = f"{learner}-merged"
    if path.startswith("/api/milestones"):
        return {**{key: value for key, value in body.items() if key != "goal_id"}, "space_id": _space(learner)}
    return {key: named.get(key, value) for key, value in body.items()}


def _send(role: str, subject: str, path: str, body: object) -> dict[str, Any]:
    """POST what must succeed; its answer."""
    headers = bearer(mint(subject, [role]))
    response = httpx.post(f"{_URL}/api{path}", json=body, headers=headers, timeout=30.0)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer
