"""What the demo learners and the administrators did beside practice and plans: moves, pauses, repairs, goals, spaces.

Every scene is at a fixed distance from the first load and made with the clock of then, so a later start repeats none.
"""

from collections.abc import Iterator
from datetime import timedelta

from milepost.embedded.demo import company, goals, planning
from milepost.embedded.demo.calls import Call, Scene, Script, rows, scene
from milepost.embedded.demo.people import Life, text

ADMINISTRATOR = "demo-administrator"
SERVICE = "tutor"
"""The service that reports what learners did."""

_SPACES = (
    ("pavel", 92, "pavel-website", "A website of my own", 20, 600),
    ("pavel", 92, "pavel-game", "A small game", 12, 400),
    ("ada", 52, "ada-dashboard", "A dashboard for the team", 24, 900),
)
_COMPOSITE_GOALS = (
    ("pavel", 91, "pavel-portfolio", "A portfolio", ("pavel-website", "pavel-game")),
    ("ada", 51, "ada-portfolio", "Show what I can do", ("ada-dashboard",)),
)
_MILESTONES = (
    ("pavel", "pavel-website", None, "The first page is online", 70),
    ("pavel", "pavel-website", None, "Somebody else uses it", 21),
    ("pavel", "pavel-game", None, "It can be won", 9),
    ("pavel", "pavel-game", None, "It can be lost", None),
    ("pavel", None, "pavel-portfolio", "Shown to a friend", 14),
    ("ada", "ada-dashboard", None, "The first chart", 33),
    ("ada", "ada-dashboard", None, "Live figures", None),
)
"""Learner, space, composite goal, title, and how many days before the first load it was reached (None: not yet)."""


def scenes(life: Life) -> Iterator[Scene]:
    """Everything that happened to this learner, in no particular order."""
    yield scene(life.at(life.day(life.person.joined), 5), _zone(life.person.name, life.person.zone))
    yield from _moves(life)
    yield from _excuses(life)
    yield from _late_and_voided(life)
    yield from goals.scenes(life)
    yield from _spaces(life)
    yield from planning.scenes(life)
    yield from company.scenes(life, ADMINISTRATOR)


def _zone(who: str, zone: str) -> Call:
    return Call(who, "PATCH", "/me", {"zone": zone})


def _moves(life: Life) -> Iterator[Scene]:
    """Each move, by the clock of the place left. From Honolulu the flight leaves an hour after midnight, over the date
    line: that date lasts one hour."""
    zone = life.person.zone
    for since, new_zone in life.person.moves:
        hour = 1 if zone == "Pacific/Honolulu" else 20 if zone != "Africa/Accra" else 2
        yield scene(life.at(life.day(since), hour * 60, zone), _zone(life.person.name, new_zone))
        zone = new_zone


def _excuses(life: Life) -> Iterator[Scene]:
    """Pauses, a repair, a restoration, an outage, a check-in, and an achievement given by hand."""
    match life.person.name:
        case "mei":
            yield _pause(life, 41, 40, 31, "Visiting my grandparents")
        case "sione":
            yield _pause(life, 2, 1, -28, "Harvest")
        case "ravi":
            yield scene(life.at(life.day(15), 10 * 60), Call("ravi", "POST", "/me/streak-repair"))
        case "zara":
            days = {"first_day": life.day(33).isoformat(), "last_day": life.day(30).isoformat()}
            body = days | {"reason": "Four days in hospital"}
            call = Call(ADMINISTRATOR, "POST", "/admin/learners/zara/restore-streak", body, role="admin")
            yield scene(life.at(life.day(29), 9 * 60), call)
        case "aroha":
            yield _outage(life)
        case "tomas":
            call = Call("tomas", "POST", "/progress/update-streak", {})
            yield scene(life.at(life.day(9), 21 * 60), call)
        case "kateri":
            body = {"learner_id": "kateri", "reason": "Answered the questions of newcomers for a month"}
            path = "/admin/achievements/helping-hand/grant"
            yield scene(life.at(life.day(25), 12 * 60), Call(ADMINISTRATOR, "POST", path, body, role="admin"))


def _pause(life: Life, made: int, first: int, last: int, reason: str) -> Scene:
    body = {"first_day": life.day(first).isoformat(), "last_day": life.day(last).isoformat(), "reason": reason}
    return scene(life.at(life.day(made), 22 * 60), Call(life.person.name, "POST", "/me/pauses", body))


def _outage(life: Life) -> Scene:
    """The evening on which the service was down for everybody, entered the morning after."""
    day = life.day(20)
    body = {
        "starts_at": text(life.at(day, 17 * 60)),
        "ends_at": text(life.at(day, 23 * 60)),
        "reason": "The database server was moved",
    }

    def play() -> Script:
        entered = yield Call(ADMINISTRATOR, "GET", "/admin/outages", role="admin")
        if any(outage["reason"] == body["reason"] for outage in rows(entered, "outages")):
            return {}
        outage = yield Call(ADMINISTRATOR, "POST", "/admin/outages", body, role="admin")
        activated = yield Call(ADMINISTRATOR, "POST", f"/admin/outages/{outage['id']}/activate", role="admin")
        return activated

    return Scene(life.at(life.day(19), 8 * 60), play)


def _late_and_voided(life: Life) -> Iterator[Scene]:
    """Three days that a phone sends together; a double tap and a wrong grade, both voided."""
    who = life.person.name
    if who == "maya":
        pages = [_practice(life, since, 20 * 60 + since, f"{who}:offline:{since}") for since in (4, 3, 2)]
        yield scene(life.at(life.day(1), 20 * 60), Call(who, "POST", "/activities", {"activities": pages}))
    if who == "ivan":
        taps = [_practice(life, 12, 18 * 60 + tap, f"{who}:tap:{tap}") for tap in (0, 1)]
        tapped = Call(who, "POST", "/activities", {"activities": taps})
        voided = Call(who, "DELETE", f"/activities/{who}:tap:1")
        yield scene(life.at(life.day(12), 18 * 60 + 30), tapped, voided)
        grade = _practice(life, 30, 17 * 60, f"{who}:wrong-grade") | {
            "verb": "completed",
            "object_type": "exercise",
            "topic": "loops",
            "value": 5,
        }
        reported = Call(SERVICE, "POST", f"/activities?learner_id={who}", grade, role="service")
        corrected = Call(SERVICE, "DELETE", f"/activities/{grade['id']}?learner_id={who}", role="service")
        yield scene(life.at(life.day(30), 19 * 60), reported, corrected)


def _practice(life: Life, since: int, minutes: int, identity: str) -> dict[str, object]:
    occurred_at = text(life.at(life.day(since), minutes))
    fields = {"verb": "practised", "object_type": "session", "duration_seconds": 900, "path": "python"}
    return {"id": identity, "occurred_at": occurred_at} | fields


def _spaces(life: Life) -> Iterator[Scene]:
    who = life.person.name
    for owner, since, space_id, title, tasks, minutes in _SPACES:
        if owner == who:
            body = {"space_id": space_id, "title": title, "planned_tasks": tasks, "planned_minutes": minutes}
            yield scene(life.at(life.day(since), 8 * 60), Call(who, "POST", "/spaces", body))
    for owner, since, goal_id, title, spaces in _COMPOSITE_GOALS:
        if owner == who:
            goal: dict[str, object] = {"goal_id": goal_id, "title": title, "space_ids": list(spaces)}
            created = [Call(who, "POST", "/composite-goals", goal)]
            created += [call for number in range(len(_MILESTONES)) for call in _milestone(who, number)]
            yield scene(life.at(life.day(since), 8 * 60), *created)
    for number, (owner, _, _, _, reached) in enumerate(_MILESTONES):
        if owner == who and reached is not None:
            at = life.at(life.day(reached), 19 * 60) + timedelta(seconds=number)
            yield scene(at, Call(who, "POST", f"/milestones/{_milestone_id(number)}/reach"))


def _milestone_id(number: int) -> str:
    return f"demo-milestone-{number + 1}"


def _milestone(who: str, number: int) -> Iterator[Call]:
    owner, space_id, goal_id, title, _ = _MILESTONES[number]
    if owner == who:
        place = {"space_id": space_id} if space_id is not None else {"goal_id": goal_id}
        yield Call(who, "POST", "/milestones", {"milestone_id": _milestone_id(number), "title": title} | place)
