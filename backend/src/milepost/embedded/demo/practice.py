"""What the demo learners practised: activities of a day, as `POST /api/activities` takes them.

The activities of a learner on a day depend only on the learner, the date and the first load. Which days have practice
may also depend on today, for the newest days of learners with `recent`; a day that had practice keeps it.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from milepost.embedded.demo.people import Life, draw_from, text

_TERM_DAYS = 120
Activity = dict[str, object]

_TOPICS: dict[str, tuple[str, ...]] = {
    "python": ("variables", "loops", "functions", "recursion"),
    "algebra": ("fractions", "equations", "inequalities", "functions and graphs"),
    "spanish": ("greetings", "past tense", "subjunctive", "travel"),
    "statistics": ("averages", "probability", "sampling", "regression"),
    "japanese": ("hiragana", "katakana", "particles", "verb forms"),
}
"""The topics of each path, easy topics first."""


@dataclass(frozen=True, slots=True)
class Course:
    """One exercise of a topic every second day, from `first` to `last` days before the first load.

    Grades move evenly from the first to the second of `grades`.
    """

    name: str
    topic: str
    path: str
    first: int
    last: int
    grades: tuple[int, int]


_COURSES = (
    # 28 exercises with an average of 78; the level advanced needs 30 and 70.
    Course("sam", "loops", "python", 57, 3, (74, 82)),
    # 30 exercises with an average of 74 reach advanced; eight more with 50 take the average below 70.
    Course("bruno", "fractions", "algebra", 100, 42, (76, 72)),
    Course("bruno", "fractions", "algebra", 40, 26, (54, 46)),
)
_CALM: dict[str, tuple[str, ...]] = {
    "amara": ("journal",),
    "tenzin": ("meditation", "meditation", "reading"),
    "maya": ("reading",),
}
_REVIEW_EVERY = {"amara": 6, "ada": 17}
_SPACES: dict[str, tuple[str, ...]] = {"pavel": ("pavel-website", "pavel-game"), "ada": ("ada-dashboard",)}
_SPACE_DAYS = {"pavel": 90, "ada": 50}


def practises(life: Life, day: date) -> bool:
    """Whether the learner practises on `day`."""
    who, since, age = life.person, life.since(day), (life.today - day).days
    if since > who.joined or age < 0:
        return False
    if who.recent is not None and age <= who.recent[0]:
        return who.recent[2] <= age <= who.recent[1]
    if any(first >= since >= last for first, last in who.missed):
        return False
    if who.steady is not None and since <= who.steady:
        return True
    on_holiday = (day.toordinal() + draw_from(who.name, "holiday").randrange(91)) % 91 < 9
    return not on_holiday and draw_from(who.name, day.isoformat(), "practises").random() < who.weekdays[day.weekday()]


def activities(life: Life, first_day: date) -> Iterator[tuple[datetime, Activity]]:
    """The activities from `first_day` until now, with their instants, day by day."""
    day = max(first_day, life.day(life.person.joined))
    while day <= life.today:
        for occurred_at, activity in _activities_on(life, day):
            if occurred_at <= life.now:
                yield occurred_at, activity
        day += timedelta(days=1)


def _activities_on(life: Life, day: date) -> Iterator[tuple[datetime, Activity]]:
    who, since = life.person, life.since(day)
    draw = draw_from(who.name, day.isoformat(), "does")
    first_hour, last_hour = who.hours
    minutes = draw.randrange(first_hour * 60, last_hour * 60 + 50)
    end = max(24 * 60 - 1, (last_hour + 1) * 60 - 1)
    if practises(life, day):
        for number in range(1 + draw.randrange(who.busiest)):
            is_calm = draw.random() < who.calm
            fields = _calm_fields(who.name, draw) if is_calm else _study_fields(life, day, draw)
            yield _activity(life, day, minutes, str(number), fields)
            minutes += draw.randrange(12, 75)
            if minutes > end:
                break
        if who.name in _SPACES and since <= _SPACE_DAYS[who.name]:
            for number, fields in enumerate(_space_fields(who.name, _SPACE_DAYS[who.name] - since, draw)):
                yield _activity(life, day, min(minutes, end - 10) + 9 * number, f"space-{number}", fields)
    for course in _COURSES:
        if course.name == who.name and course.first >= since >= course.last and (course.first - since) % 2 == 0:
            yield _activity(life, day, min(minutes, end), f"course-{course.topic}", _course_fields(course, since, draw))
    if who.name in _REVIEW_EVERY and since > 0 and since % _REVIEW_EVERY[who.name] == 0:
        yield _activity(life, day, 14 * 60 + draw.randrange(120), "review", _review_fields(life, day, draw))
    if who.name == "ivan" and day.weekday() == 6:
        yield _activity(life, day, 11 * 60 + draw.randrange(90), "weekly-quiz", _weekly_quiz_fields(day, draw))


def _activity(life: Life, day: date, minutes: int, name: str, fields: Activity) -> tuple[datetime, Activity]:
    """The instant, and the activity with these `fields`."""
    who = life.person.name
    occurred_at = life.at(day, minutes)
    identity = {"id": f"{who}:{day.isoformat()}:{name}", "learner_id": who, "occurred_at": text(occurred_at)}
    return occurred_at, identity | fields


def _path_and_topic(life: Life, day: date, draw: random.Random) -> tuple[str, str, float]:
    """The term's path, a topic of it, and how much of the term is over (0–1)."""
    who = life.person
    term, day_of_term = divmod(day.toordinal() + draw_from(who.name, "term").randrange(_TERM_DAYS), _TERM_DAYS)
    ratio = day_of_term / _TERM_DAYS
    if len(who.paths) > 2:
        path = draw.choice(who.paths)
        return path, draw.choice(_TOPICS[path]), ratio
    path = who.paths[term % len(who.paths)]
    topics = _TOPICS[path]
    place = int(ratio * len(topics) + draw.choice((0, 0, 0, -1)))
    return path, topics[max(0, min(place, len(topics) - 1))], ratio


def _study_fields(life: Life, day: date, draw: random.Random) -> Activity:
    """A lesson, exercise or quiz of the term's path. Topics and difficulty advance during the term; grades rise."""
    who = life.person
    path, topic, ratio = _path_and_topic(life, day, draw)
    fields: Activity = {"topic": topic, "path": path}
    if draw.random() > 0.05:  # now and then a client does not know the time
        fields["duration_seconds"] = draw.randrange(240, 1_500)
    kind = draw.choices(("exercise", "quiz", "lesson", "attempt"), (66, 12, 18, 4))[0]
    if kind == "lesson":
        return fields | {"verb": "completed", "object_type": "lesson", "object_id": f"{topic} {draw.randrange(12)}"}
    difficulty = ("easy", "medium", "hard")[min(int(ratio * 3 + draw.choice((0, 0, 1))), 2)]
    fields |= {"difficulty": difficulty, "object_id": f"{path}-{draw.randrange(400)}"}
    if kind == "attempt":
        return fields | {"verb": "attempted", "object_type": "exercise"}
    grade = who.grade + who.gain * ratio + draw.gauss(0, 2 if who.grade > 95 else 9) - 4 * (difficulty == "hard")
    fields |= {"verb": "completed", "object_type": kind, "value": max(0, min(100, round(grade)))}
    if kind == "exercise" and draw.random() > 0.05:
        fields["hints_used"] = draw.choice(who.hints)
    return fields


def _calm_fields(name: str, draw: random.Random) -> Activity:
    """Meditation, reading or a page of a journal."""
    kind = draw.choice(_CALM.get(name, ("meditation", "reading", "journal")))
    minutes = {"meditation": (5, 10, 10, 15, 20), "reading": (15, 25, 30, 45), "journal": (8, 12, 20)}[kind]
    path = "mindfulness" if kind == "meditation" else kind
    seconds = 60 * draw.choice(minutes) + draw.randrange(40)
    return {"verb": "practised", "object_type": kind, "path": path, "duration_seconds": seconds}


def _course_fields(course: Course, since: int, draw: random.Random) -> Activity:
    first, last = course.grades
    grade = first + (last - first) * (course.first - since) / (course.first - course.last)
    return {
        "verb": "completed",
        "object_type": "exercise",
        "object_id": f"{course.topic}-{since}",
        "topic": course.topic,
        "path": course.path,
        "difficulty": "hard" if first > last else "medium",
        "duration_seconds": draw.randrange(300, 900),
        "hints_used": draw.choice((0, 0, 1, 2)),
        "value": round(grade, 1),
    }


def _review_fields(life: Life, day: date, draw: random.Random) -> Activity:
    """A peer's rating of a project."""
    path, topic, _ = _path_and_topic(life, day, draw)
    return {
        "verb": "reviewed",
        "object_type": "project",
        "object_id": f"project {topic}",
        "topic": topic,
        "path": path,
        "value": draw.randrange(68, 98),
    }


def _weekly_quiz_fields(day: date, draw: random.Random) -> Activity:
    """A quiz that counts once; every second Sunday repeats the last one."""
    quiz = f"weekly-quiz-{day.toordinal() // 7 // 2}"
    fields: Activity = {"verb": "completed", "object_type": "quiz", "object_id": quiz, "once_key": quiz}
    return fields | {"topic": "variables", "path": "python", "value": draw.randrange(60, 96), "duration_seconds": 600}


def _space_fields(name: str, number: int, draw: random.Random) -> Iterator[Activity]:
    """Work in a space: a task, time or an interaction; and now and then something beside the spaces of a goal."""
    spaces = _SPACES[name]
    space = spaces[number % len(spaces)]
    if number % 3 == 0:
        task = {"verb": "completed", "object_type": "task", "object_id": f"{space}-task-{number // 3}"}
        yield task | {"space_id": space, "value": 100 if draw.random() < 0.8 else 70, "duration_seconds": 900}
    elif number % 3 == 1:
        seconds = 60 * draw.randrange(15, 50)
        yield {"verb": "practised", "object_type": "session", "space_id": space, "duration_seconds": seconds}
    else:
        yield {"verb": "interacted", "object_type": "interaction", "space_id": space, "value": draw.randrange(50, 100)}
    if number % 20 == 7:
        goal = f"{name}-portfolio"
        yield {"verb": "practised", "object_type": "session", "goal_id": goal, "duration_seconds": 20 * 60}
