"""Demo learners with a year of believable history, posted like any activities through the HTTP API.

The activities of a learner on a day depend only on the learner and the date, never on the time of the start, so a later
start repeats the existing ones and adds the days since. `Habit` decides until when a learner is active, which is the
only thing that depends on the current day.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Literal

import httpx
import orjson

from milepost.embedded import demo_plans
from milepost.rules.days import calendar

LEARNER = "demo-ada"
"""The learner that a new user sees first: a long current streak, practice today, several levels."""

SENDER = "milepost-demo"
"""The service that posts for all demo learners."""

HISTORY_DAYS = 365
_BATCH = 500
_TERM_DAYS = 120
_ATTEMPTS = 10
_PATIENCE_SECONDS = 60.0

Mint = Callable[[str, Sequence[str], str | None], str]
"""`mint(subject, roles, zone)`: a token for the API; `zone` becomes the claim `zoneinfo`."""

Habit = Literal["unbroken", "usual", "until_yesterday", "stopped", "new"]
"""unbroken: every day of the last weeks including today, whatever the time: such a learner also practises at midnight ·
usual: by weekday, with breaks · until_yesterday: four days in a row after a break, nothing yet today · stopped: nothing
for twelve days · new: nothing at all."""

_UNBROKEN_DAYS = 45
_STOPPED_DAYS = 12

_SUBJECTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("python", ("variables", "loops", "functions", "recursion")),
    ("algebra", ("fractions", "equations", "inequalities", "functions and graphs")),
    ("spanish", ("greetings", "past tense", "subjunctive", "travel")),
    ("statistics", ("averages", "probability", "sampling", "regression")),
)
"""Each path and its topics, easy topics first. A learner takes one path per term."""


@dataclass(frozen=True, slots=True)
class DemoLearner:
    """A demo learner and how they learn.

    `weekdays`: probability of practice, Monday first. `first_hour`: local hour in which the day's work begins.
    `grade`: average grade at the beginning of a term, which rises by `gain` until its end. `max_daily`: activities of a
    busy day.
    """

    subject: str
    name: str
    zone: str
    habit: Habit
    weekdays: tuple[float, float, float, float, float, float, float]
    first_hour: int
    grade: int
    gain: int
    max_daily: int


_WORKDAYS = (0.85, 0.85, 0.8, 0.85, 0.6, 0.15, 0.2)
_EVENLY = (0.7, 0.7, 0.7, 0.7, 0.65, 0.6, 0.65)
_WEEKENDS = (0.15, 0.1, 0.15, 0.2, 0.3, 0.85, 0.9)
_RARELY = (0.3, 0.25, 0.3, 0.2, 0.15, 0.1, 0.2)
_KEEN = (0.97, 0.97, 0.95, 0.97, 0.93, 0.9, 0.92)

LEARNERS: tuple[DemoLearner, ...] = (
    DemoLearner(LEARNER, "Ada Lindqvist", "Europe/Stockholm", "unbroken", _KEEN, 16, 74, 18, 6),
    DemoLearner("demo-bruno", "Bruno Almeida", "America/Sao_Paulo", "usual", _WORKDAYS, 19, 62, 20, 4),
    DemoLearner("demo-chiyo", "Chiyo Tanabe", "Asia/Tokyo", "unbroken", _EVENLY, 20, 85, 10, 5),
    DemoLearner("demo-dele", "Dele Okafor", "Africa/Lagos", "until_yesterday", _WORKDAYS, 7, 58, 22, 4),
    DemoLearner("demo-elif", "Elif Aydin", "Europe/Istanbul", "stopped", _EVENLY, 21, 70, 12, 4),
    DemoLearner("demo-farid", "Farid Rahimi", "Asia/Kolkata", "usual", _EVENLY, 6, 66, 16, 3),
    DemoLearner("demo-grace", "Grace Whitaker", "America/Los_Angeles", "usual", _WEEKENDS, 10, 77, 12, 7),
    DemoLearner("demo-hinemoa", "Hinemoa Parata", "Pacific/Auckland", "usual", _KEEN, 8, 55, 30, 3),
    DemoLearner("demo-ivan", "Ivan Petrenko", "Europe/Kyiv", "stopped", _RARELY, 22, 48, 10, 2),
    DemoLearner("demo-jun", "Jun Castillo", "Asia/Manila", "usual", _RARELY, 13, 60, 15, 3),
    DemoLearner("demo-kateri", "Kateri Bouchard", "America/St_Johns", "usual", _WORKDAYS, 17, 72, 14, 4),
    DemoLearner("demo-nova", "Nova Jensen", "Europe/Copenhagen", "new", _RARELY, 12, 60, 10, 1),
)


GOALS: tuple[tuple[str, str, str, int], ...] = (
    ("Five days a week", "active_days", "weekly", 5),
    ("Four hours a week", "minutes", "weekly", 240),
    ("Forty exercises a month", "exercises", "monthly", 40),
)
"""The goals of every learner who is not new: name, target type, period, target value."""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The number of activities that a start added, and of those that existed already."""

    accepted: int
    duplicates: int


def load(base_url: str, mint: Mint, now: datetime) -> LoadResult:
    """Post the demo learners to a running service: zones, goals and plans, then all activities until `now`.

    Raises:
        httpx.HTTPError: the service cannot be reached, or rejects a request.
    """
    accepted = duplicates = 0
    with httpx.Client(base_url=base_url, timeout=_PATIENCE_SECONDS) as client:
        for learner in LEARNERS:
            token = mint(learner.subject, ("learner",), learner.zone)
            _set_zone(client, token, learner.zone)
            if learner.habit != "new":
                _create_goals(client, token)
            if learner.subject == LEARNER:
                demo_plans.load(client, token, learner.zone, now)
        service = mint(SENDER, ("service",), None)
        activities = sorted(
            (activity for learner in LEARNERS for activity in activities_of(learner, now)),
            key=lambda activity: (str(activity["occurred_at"]), str(activity["id"])),
        )
        for start in range(0, len(activities), _BATCH):
            statuses = _post(client, service, activities[start : start + _BATCH])
            accepted += statuses.count("accepted")
            duplicates += statuses.count("duplicate")
    return LoadResult(accepted, duplicates)


def activities_of(learner: DemoLearner, now: datetime) -> Iterator[dict[str, object]]:
    """The activities of a learner in the year until `now`, oldest first, as `POST /api/activities` takes them."""
    today = calendar.local_day(now, learner.zone)
    for age in range(HISTORY_DAYS, -1, -1):
        day = today - timedelta(days=age)
        if _practises(learner, day, age):
            for occurred_at, activity in _activities_on(learner, day):
                if occurred_at <= now:
                    yield activity


def _practises(learner: DemoLearner, day: date, age: int) -> bool:
    """Whether this learner practises on `day`, `age` days before today."""
    if learner.habit == "new" or (learner.habit == "stopped" and age < _STOPPED_DAYS):
        return False
    if learner.habit == "unbroken" and age <= _UNBROKEN_DAYS:
        return True
    if learner.habit == "until_yesterday" and age <= 8:
        return 1 <= age <= 4
    draw = _draw(learner.subject, day.isoformat(), "practises")
    return not _is_on_holiday(learner, day) and draw.random() < learner.weekdays[day.weekday()]


def _is_on_holiday(learner: DemoLearner, day: date) -> bool:
    """Nine days of holiday in every thirteen weeks, at a different time for each learner."""
    return (day.toordinal() + _draw(learner.subject, "holiday").randrange(91)) % 91 < 9


def _activities_on(learner: DemoLearner, day: date) -> Iterator[tuple[datetime, dict[str, object]]]:
    """The activities of one day with their instants: study, and sometimes meditation or reading."""
    draw = _draw(learner.subject, day.isoformat(), "does")
    if learner.habit == "unbroken":
        yield _activity(learner, day, 0, "night", _calm_fields(draw))
    minutes = learner.first_hour * 60 + draw.randrange(50)
    for number in range(1 + draw.randrange(learner.max_daily)):
        fields = _calm_fields(draw) if draw.random() < 0.18 else _study_fields(learner, day, draw)
        yield _activity(learner, day, minutes, str(number), fields)
        # However busy the day, its activities stay before midnight.
        minutes = min(minutes + draw.randrange(12, 75), 24 * 60 - 1)


def _activity(
    learner: DemoLearner, day: date, minutes: int, name: str, fields: dict[str, object]
) -> tuple[datetime, dict[str, object]]:
    """The instant `minutes` after the beginning of `day`, and the activity with these `fields` at that instant."""
    local = datetime.combine(day, clock_time(minutes // 60, minutes % 60), calendar.zone(learner.zone))
    occurred_at = local.astimezone(UTC)
    activity = {
        "id": f"{learner.subject}:{day.isoformat()}:{name}",
        "learner_id": learner.subject,
        "occurred_at": occurred_at.isoformat().replace("+00:00", "Z"),
        **fields,
    }
    return occurred_at, activity


def _study_fields(learner: DemoLearner, day: date, draw: random.Random) -> dict[str, object]:
    """A lesson, exercise or quiz of the term's path. Topics and difficulty advance during the term; grades rise."""
    term, day_of_term = divmod(day.toordinal() + _draw(learner.subject, "term").randrange(_TERM_DAYS), _TERM_DAYS)
    path, topics = _SUBJECTS[(term + len(learner.subject)) % len(_SUBJECTS)]
    term_ratio = day_of_term / _TERM_DAYS
    topic = topics[min(int(term_ratio * len(topics) + draw.choice((0, 0, 0, -1))), len(topics) - 1)]
    fields: dict[str, object] = {"topic": topic, "path": path, "duration_seconds": draw.randrange(240, 1_500)}
    kind = draw.choices(("exercise", "quiz", "lesson"), (70, 12, 18))[0]
    if kind == "lesson":
        return fields | {"verb": "completed", "object_type": "lesson", "object_id": f"{path}-lesson-{day_of_term // 3}"}
    difficulty = ("easy", "medium", "hard")[min(int(term_ratio * 3 + draw.choice((0, 0, 1))), 2)]
    grade = learner.grade + learner.gain * term_ratio + draw.gauss(0, 9) - (4 if difficulty == "hard" else 0)
    fields |= {"verb": "completed", "object_type": kind, "difficulty": difficulty}
    fields |= {"object_id": f"{path}-{kind}-{draw.randrange(400)}", "value": max(0, min(100, round(grade)))}
    if kind == "exercise":
        fields["hints_used"] = draw.choice((0, 0, 0, 1, 1, 2, 3))
    return fields


def _calm_fields(draw: random.Random) -> dict[str, object]:
    """Meditation or reading."""
    if draw.random() < 0.5:
        return {
            "verb": "practised",
            "object_type": "meditation",
            "path": "mindfulness",
            "duration_seconds": 60 * draw.choice((5, 10, 10, 15, 20)),
        }
    return {
        "verb": "practised",
        "object_type": "reading",
        "path": "reading",
        "duration_seconds": 60 * draw.randrange(10, 50),
    }


def _draw(*words: str) -> random.Random:
    """A generator seeded by these words: the same words give the same draws on every machine and in every version."""
    return random.Random(":".join(words))  # noqa: S311  demo data, not a secret


def _set_zone(client: httpx.Client, token: str, zone: str) -> None:
    """Set the learner's zone. 409: a user has changed it within the last day; that zone is kept."""
    answer = client.patch("/api/me", json={"zone": zone}, headers={"Authorization": f"Bearer {token}"})
    if answer.status_code != 409:
        answer.raise_for_status()


def _create_goals(client: httpx.Client, token: str) -> None:
    """Create each goal once, keyed by its name. 409: a user has changed it; that is kept. 404: goals are disabled."""
    for name, target_type, time_period, target_value in GOALS:
        goal = {"name": name, "target_type": target_type, "time_period": time_period, "target_value": target_value}
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"demo: {name}"}
        answer = client.post("/api/goals", json=goal, headers=headers)
        if answer.status_code not in (404, 409):
            answer.raise_for_status()


def _post(client: httpx.Client, token: str, activities: Sequence[dict[str, object]]) -> list[str]:
    """Post one batch and return the status of each activity; wait while the service is busy."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    content = orjson.dumps({"activities": activities})
    for _ in range(_ATTEMPTS):
        answer = client.post("/api/activities", content=content, headers=headers)
        if answer.status_code != 503:
            break
        time.sleep(float(answer.headers.get("Retry-After", "1")))
    answer.raise_for_status()
    return [str(result["status"]) for result in answer.json()["results"]]
