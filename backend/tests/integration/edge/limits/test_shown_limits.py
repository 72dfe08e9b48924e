"""Each limit of `/features` is the one enforced: its amount is taken, and one more is refused."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
import orjson
import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Answer, Caller, Json, service
from support.clock import START, AdjustableClock

Verdict = tuple[str, str]
"""What becomes of the amount of a limit, and of one more: `taken`, or the code of the refusal."""


@dataclass(frozen=True)
class Trial:
    """A learner on whom one limit is tried. `amount` is what `/features` shows."""

    ada: Caller
    teacher: Caller
    clock: AdjustableClock
    connection: asyncpg.Connection
    shown: Json
    name: str

    @property
    def amount(self) -> int:
        """The limit."""
        amount: int = self.shown[self.name]
        return amount

    async def create(self, path: str, *bodies: object) -> Verdict:
        """The verdicts on two creations."""
        first, second = [verdict(await self.ada.post(path, body)) for body in bodies]
        return first, second

    async def sizes(self, path: str, body_of: Callable[[int], bytes]) -> Verdict:
        """The verdicts on two bodies, of the amount and of one more."""
        headers = {"Content-Type": "application/json"}
        first, second = [
            verdict(await self.ada.ask("POST", path, raw=body_of(size), headers=headers))
            for size in (self.amount, self.amount + 1)
        ]
        return first, second

    async def report(self, caller: Caller, *reported: object) -> Verdict:
        """The verdicts on two activities."""
        about = {} if caller is self.ada else {"learner_id": self.ada.subject}
        first, second = (await caller.record(*reported, **about)).ok()["results"]
        return first.get("reason", "taken"), second.get("reason", "taken")

    async def fill(self, path: str, body: Callable[[int], object], already: int = 0) -> Verdict:
        """Create what is missing to one less than the amount, and then two more."""
        for number in range(already, self.amount - 1):
            (await self.ada.post(path, body(number))).ok()
        return await self.create(path, body(self.amount), body(self.amount + 1))

    async def copy_task(self, copies: int) -> None:
        """Copy the learner's only task."""
        await self.connection.execute(
            "INSERT INTO tasks (learner_id, task_id, title, status, due_day, created_at, updated_at) SELECT learner_id,"
            " gen_random_uuid(), title, status, due_day, created_at, updated_at FROM tasks, generate_series(1, $2)"
            " WHERE learner_id = $1",
            UUID(self.ada.learner_id),
            copies,
        )


def verdict(answer: Answer) -> str:
    """The first fault of a body or a query, the code of another refusal, or `taken`."""
    if answer.status == 200:
        return "taken"
    code: str = answer.body["code"]
    return str(answer.body["errors"][0]["code"]) if code in ("invalid_body", "invalid_query") else code


def slots(count: int, hour: int) -> list[dict[str, str]]:
    """So many slots of five minutes."""
    begins = [START + timedelta(hours=hour, minutes=number) for number in range(count)]
    return [{"starts_at": begin.isoformat(), "ends_at": (begin + timedelta(minutes=5)).isoformat()} for begin in begins]


def ago(**back: float) -> dict[str, object]:
    """The learner's own practice, so long before START."""
    return activity(START - timedelta(**back))


def metadata(size: int) -> dict[str, object]:
    """Practice whose metadata has so many bytes."""
    return activity(START, metadata={"a": "x" * (size - len(orjson.dumps({"a": ""})))})


def values(count: int) -> bytes:
    """A body of so many values: a list and its numbers. The object around them follows nothing and is not counted."""
    return b'{"activities": [' + b",".join([b"1"] * (count - 1)) + b"]}"


async def batches(trial: Trial) -> Verdict:
    many = [exercise(START, learner_id=trial.ada.subject)] * (trial.amount + 1)
    return verdict(await trial.teacher.record(*many[1:])), verdict(await trial.teacher.record(*many))


async def window(trial: Trial) -> Verdict:
    first, second = [
        verdict(await trial.ada.get("/progress/history", days=days)) for days in (trial.amount, trial.amount + 1)
    ]
    return first, second


async def page(trial: Trial) -> Verdict:
    first, second = [
        verdict(await trial.ada.get("/activities", limit=limit)) for limit in (trial.amount, trial.amount + 1)
    ]
    return first, second


async def topics(trial: Trial) -> Verdict:
    named = [exercise(START, topic=f"topic {number}") for number in range(trial.amount + 1)]
    await trial.teacher.record_all(*named[:-2], learner_id=trial.ada.subject)
    return await trial.report(trial.teacher, *named[-2:])


async def earliest_day(trial: Trial) -> Verdict:
    first = datetime.combine(date.fromisoformat(trial.shown[trial.name]), START.time(), START.tzinfo)
    return await trial.report(trial.teacher, exercise(first), exercise(first - timedelta(days=1)))


async def hours_a_day(trial: Trial) -> Verdict:
    """As long as a day of the learner's own reports may be, and a minute more."""
    lengths = (trial.amount * 3_600, 60)
    reported = [activity(START - timedelta(hours=1), duration_seconds=seconds) for seconds in lengths]
    results = [(await trial.ada.record(one)).ok()["results"][0] for one in reported]
    first, second = ["in part" if result.get("counted_in_part") else "taken" for result in results]
    return first, second


async def activities_a_day(trial: Trial) -> Verdict:
    for start in range(0, trial.amount - 1, 1_000):
        await trial.ada.record_all(*(ago(minutes=1) for _ in range(min(1_000, trial.amount - 1 - start))))
    return await trial.report(trial.ada, ago(minutes=1), ago(minutes=1))


async def void_hours(trial: Trial) -> Verdict:
    both = [ago(minutes=1), ago(minutes=2)]
    await trial.ada.record_all(*both)
    verdicts = []
    for one, late in zip(both, (0, 1), strict=True):
        trial.clock.set(START + timedelta(hours=trial.amount, seconds=late))
        verdicts.append(verdict(await trial.ada.ask("DELETE", f"/activities/{one['id']}")))
    return verdicts[0], verdicts[1]


async def tasks(trial: Trial) -> Verdict:
    (await trial.ada.post("/tasks", {"title": "read"})).ok()
    await trial.copy_task(trial.amount - 2)
    return await trial.create("/tasks", {"title": "read"}, {"title": "read"})


async def due_tasks(trial: Trial) -> Verdict:
    body = {"title": "read", "due_day": START.date().isoformat()}
    (await trial.ada.post("/tasks", body)).ok()
    await trial.copy_task(trial.amount - 2)
    return await trial.create("/tasks", body, body)


async def slots_of_a_day(trial: Trial) -> Verdict:
    per_task = trial.shown["slots_of_a_task"]
    for taken in range(0, trial.amount - per_task, per_task):
        (await trial.ada.post("/tasks", {"title": "read", "scheduled_slots": slots(per_task, taken // 100)})).ok()
    last = [{"title": "read", "scheduled_slots": slots(count, 9)} for count in (per_task, 1)]
    return await trial.create("/tasks", *last)


async def milestones(trial: Trial) -> Verdict:
    (await trial.ada.post("/spaces", {"space_id": "s", "title": "algebra"})).ok()
    return await trial.fill("/milestones", lambda number: {"title": f"m {number}", "space_id": "s"})


async def pause(trial: Trial) -> Verdict:
    first = START.date() + timedelta(days=1)
    last = [first + timedelta(days=trial.amount - 1 + more) for more in (1, 0)]
    longer, longest = [
        verdict(await trial.ada.post("/me/pauses", {"first_day": first.isoformat(), "last_day": day.isoformat()}))
        for day in last
    ]
    return longest, longer


GOAL = {"target_type": "minutes", "time_period": "weekly", "target_value": 60}
TRIALS: dict[str, tuple[Callable[[Trial], Awaitable[Verdict]], Verdict]] = {
    "body_bytes": (
        lambda trial: trial.sizes("/activities", lambda size: b"{}" + b" " * (size - 2)),
        ("missing", "body_too_large"),
    ),
    "body_values": (lambda trial: trial.sizes("/activities", values), ("too_many_activities", "too_many_values")),
    "small_body_bytes": (
        lambda trial: trial.sizes("/tasks", lambda size: b"{}" + b" " * (size - 2)),
        ("missing", "body_too_large"),
    ),
    "small_body_values": (lambda trial: trial.sizes("/tasks", values), ("missing", "too_many_values")),
    "batch_activities": (batches, ("taken", "too_many_activities")),
    "metadata_bytes": (
        lambda trial: trial.create("/activities", metadata(trial.amount), metadata(trial.amount + 1)),
        ("taken", "too_long"),
    ),
    "page_items": (page, ("taken", "out_of_range")),
    "window_days": (window, ("taken", "out_of_range")),
    "topics": (topics, ("taken", "too_many_topics")),
    "learner_backdate_days": (
        lambda trial: trial.report(trial.ada, ago(days=trial.amount), ago(days=trial.amount, seconds=1)),
        ("taken", "too_old"),
    ),
    "learner_hours_a_day": (hours_a_day, ("taken", "in part")),
    "learner_activities_a_day": (activities_a_day, ("taken", "too_many_activities")),
    "earliest_day": (earliest_day, ("taken", "too_old")),
    "future_tolerance_minutes": (
        lambda trial: trial.report(trial.ada, ago(minutes=-trial.amount), ago(minutes=-trial.amount, seconds=-1)),
        ("taken", "future"),
    ),
    "learner_void_hours": (void_hours, ("taken", "void_too_late")),
    "goals": (
        lambda trial: trial.fill("/goals", lambda number: {**GOAL, "name": f"goal {number}"}),
        ("taken", "too_many_goals"),
    ),
    "tasks": (tasks, ("taken", "too_many_tasks")),
    "categories": (
        lambda trial: trial.fill("/categories", lambda number: {"name": f"category {number}"}),
        ("taken", "too_many_categories"),
    ),
    "slots_of_a_task": (
        lambda trial: trial.create(
            "/tasks", *({"title": "t", "scheduled_slots": slots(trial.amount + more, 0)} for more in (0, 1))
        ),
        ("taken", "too_many"),
    ),
    "slots_of_a_day": (slots_of_a_day, ("taken", "too_many_slots")),
    "due_tasks_of_a_day": (due_tasks, ("taken", "too_many_due_tasks")),
    "spaces": (
        lambda trial: trial.fill("/spaces", lambda number: {"title": f"space {number}"}),
        ("taken", "too_many_spaces"),
    ),
    "milestones": (milestones, ("taken", "too_many_milestones")),
    "shares": (
        lambda trial: trial.fill("/shares", lambda _: {"kind": "progress", "fields": ["points"]}),
        ("taken", "too_many_shares"),
    ),
    "pause_days": (pause, ("taken", "impossible_pause")),
}
"""How each limit is tried, and what must become of its amount and of one more. A body that is read lacks something."""


TRIED_ELSEWHERE = {
    *("goals_with_archived", "changes_of_a_goal", "spaces_with_deleted", "zones"),  # test_learner_limits
    *("slots", "completed_tasks_of_a_day", "focus_days"),  # planner/test_plan_limits
    *("calendar_days", "focus_slots_of_a_day"),  # planner/test_calendar_days
    *("groups", "members_of_a_group"),  # leaderboards/test_groups
    *("reads_at_once", "changes_at_once"),  # test_at_once
    *("exports_at_once", "streams_at_once", "idempotency_keys", "idempotency_key_days", "notice_days"),
    *("spaces_of_a_goal", "paused_days_in_window", "pause_window_days", "pause_ahead_days", "zone_change_hours"),
}


async def _shown(ada: Caller) -> Json:
    shown: Json = (await ada.get("/features")).ok()["limits"]
    return shown


async def test_S11_every_shown_limit_is_tried(client: Client) -> None:
    assert (await _shown(Caller(client, new_learner()))).keys() == TRIALS.keys() | TRIED_ELSEWHERE
    assert TRIALS.keys().isdisjoint(TRIED_ELSEWHERE)


@pytest.mark.parametrize("name", TRIALS)
async def test_S11_a_shown_limit_is_the_one_enforced(
    client: Client, clock: AdjustableClock, connection: asyncpg.Connection, name: str
) -> None:
    ada = Caller(client, new_learner(), zone="UTC")
    trial = Trial(ada, service(client), clock, connection, await _shown(ada), name)
    try_it, expected = TRIALS[name]
    assert await try_it(trial) == expected
