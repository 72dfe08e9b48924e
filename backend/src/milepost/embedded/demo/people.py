"""Who the demo learners are: where they live, how they learn, and what each of them is there to show.

Days are counted back from the learner's date at the first load, which stays the same at every later start: 0 is that
day, 1 the day before, -1 the day after it. Ages are counted back from today.
"""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time

from milepost.rules.days import calendar

HISTORY_DAYS = 365
FIRST_LEARNER = "ada"
"""The learner that a new user sees first."""

Weekdays = tuple[float, float, float, float, float, float, float]
"""Probability of practice, Monday first."""

WORKDAYS: Weekdays = (0.9, 0.9, 0.85, 0.9, 0.75, 0.2, 0.25)
EVENLY: Weekdays = (0.7, 0.7, 0.7, 0.7, 0.65, 0.6, 0.65)
WEEKENDS: Weekdays = (0.05, 0.05, 0.05, 0.1, 0.15, 0.9, 0.9)
RARELY: Weekdays = (0.3, 0.25, 0.3, 0.2, 0.15, 0.1, 0.2)
KEEN: Weekdays = (0.95, 0.95, 0.9, 0.95, 0.9, 0.85, 0.85)

_NO_MORE = -1_000_000


@dataclass(frozen=True, slots=True)
class Person:
    """A demo learner.

    `story`: one line of `docs/demo.md`. `joined`: days before the first load. `hours`: the local hours in which a day's
    practice begins; 24 and 25 are after midnight. `grade`: average grade at the beginning of a term, which rises by
    `gain` until its end. `busiest`: maximum number of activities in one sitting. `paths`: the subjects, one a term.
    `calm`: share of meditation, reading and journal. `hints`: numbers of hints to draw from.
    `steady`: practises every day from this many days before the first load on. `missed`: first and last day of each
    break. `recent`: (window, oldest, newest): of the newest days up to age `window`, exactly those from age `oldest` to
    `newest` have practice. `moves`: days on which the learner moved, and the new zone.
    """

    name: str
    zone: str
    story: str
    joined: int = 150
    weekdays: Weekdays = EVENLY
    hours: tuple[int, int] = (16, 20)
    grade: int = 66
    gain: int = 16
    busiest: int = 3
    paths: tuple[str, ...] = ("python", "algebra")
    calm: float = 0.1
    hints: tuple[int, ...] = (0, 0, 0, 1, 1, 2, 3)
    steady: int | None = None
    missed: tuple[tuple[int, int], ...] = ()
    recent: tuple[int, int, int] | None = None
    moves: tuple[tuple[int, str], ...] = ()


_LANGUAGES = ("spanish", "japanese")
_NUMBERS = ("algebra", "statistics")
_ALL = ("python", "algebra", "spanish", "statistics", "japanese")

PEOPLE: tuple[Person, ...] = (
    Person(
        FIRST_LEARNER,
        "Europe/Berlin",
        "a year of practice on the way to work: something on every page",
        joined=HISTORY_DAYS,
        weekdays=WORKDAYS,
        hours=(7, 8),
        grade=74,
        gain=18,
        busiest=4,
        paths=("python", "statistics"),
        calm=0.15,
        steady=60,
        missed=((24, 24),),
    ),
    Person("amara", "Africa/Nairobi", "peer reviews of her projects, and a journal", calm=0.35, paths=("spanish",)),
    Person(
        "aroha",
        "Pacific/Auckland",
        "an outage: the evening on which nobody could practise is excused",
        joined=120,
        hours=(18, 20),
        steady=45,
        missed=((20, 20),),
    ),
    Person(
        "bruno",
        "America/Sao_Paulo",
        "a level that fell: advanced in fractions until the hard exercises came",
        hours=(19, 20),
        grade=62,
        paths=("python",),
    ),
    Person("chiyo", "Asia/Tokyo", "full marks, again and again", joined=240, grade=98, gain=2, weekdays=KEEN),
    Person(
        "dele",
        "Africa/Lagos",
        "a run of four days that needs today",
        weekdays=WORKDAYS,
        hours=(6, 7),
        recent=(8, 4, 1),
    ),
    Person("elif", "Europe/Istanbul", "many hints", grade=58, gain=22, hints=(2, 3, 3, 4, 5, 6), paths=_NUMBERS),
    Person("farid", "Asia/Karachi", "weekends only", joined=200, weekdays=WEEKENDS, hours=(10, 15), busiest=6),
    Person(
        "grace",
        "America/Los_Angeles",
        "plans: categories, tasks done and overdue, focus slots, a full week ahead",
        joined=120,
        weekdays=WORKDAYS,
        hours=(8, 9),
        paths=_NUMBERS,
    ),
    Person(
        "hana",
        "Asia/Seoul",
        "goals of every type: met, missed, on track, behind, changed, archived",
        joined=200,
        weekdays=KEEN,
        hours=(20, 21),
        paths=_LANGUAGES,
    ),
    Person(
        "ines",
        "Europe/Lisbon",
        "a run that ended yesterday and can be repaired",
        hours=(12, 13),
        recent=(11, 6, 2),
    ),
    Person("ivan", "Europe/Kyiv", "voided activities, and repeats that are not counted", weekdays=WORKDAYS),
    Person(
        "jun",
        "Asia/Manila",
        "a beginner with two days",
        joined=2,
        steady=2,
        missed=((0, _NO_MORE),),
        hours=(13, 14),
        paths=("python",),
    ),
    Person("kateri", "America/St_Johns", "an achievement given by hand, in a zone of half hours", weekdays=WORKDAYS),
    Person(
        "kofi",
        "Africa/Accra",
        "a journey around the world with a day that lasted one hour",
        joined=180,
        hours=(13, 17),
        paths=_LANGUAGES,
        steady=75,
        missed=((40, 40),),
        moves=((60, "Asia/Tokyo"), (50, "Pacific/Honolulu"), (40, "Pacific/Auckland"), (30, "Africa/Accra")),
    ),
    Person("leila", "Asia/Tehran", "a little of everything: many topics", joined=300, paths=_ALL, busiest=4),
    Person("maya", "America/Bogota", "a phone without network: three days arrive together", weekdays=WORKDAYS),
    Person(
        "mei",
        "Asia/Shanghai",
        "paused for ten days and came back",
        joined=220,
        steady=90,
        missed=((40, 31),),
        hours=(19, 20),
    ),
    Person(
        "noor", "Africa/Cairo", "a night owl: the day ends after midnight", joined=210, hours=(22, 25), weekdays=KEEN
    ),
    Person("nova", "Europe/Copenhagen", "nothing yet: every page when it is empty", joined=1, missed=((1, _NO_MORE),)),
    Person(
        "olga",
        "Europe/Warsaw",
        "back after eighty days",
        joined=240,
        steady=3,
        missed=((84, 4),),
        hours=(17, 18),
        grade=72,
    ),
    Person(
        "pavel",
        "Europe/Prague",
        "spaces with milestones, and a composite goal over them",
        joined=100,
        weekdays=WORKDAYS,
        hours=(20, 21),
        paths=("python",),
    ),
    Person(
        "ravi",
        "Asia/Kolkata",
        "a broken run, repaired",
        hours=(6, 7),
        steady=22,
        missed=((27, 23), (17, 16)),
    ),
    Person(
        "sam", "America/Chicago", "two exercises before the level advanced in loops", hours=(15, 16), paths=_LANGUAGES
    ),
    Person(
        "sione",
        "Pacific/Tongatapu",
        "paused today",
        hours=(9, 10),
        steady=30,
        missed=((1, -28),),
    ),
    Person(
        "tenzin",
        "Asia/Kathmandu",
        "meditation and reading at dawn, in quiet mode",
        joined=300,
        weekdays=KEEN,
        hours=(5, 6),
        calm=0.85,
    ),
    Person(
        "tomas",
        "America/Mexico_City",
        "a day off that a freeze covered, and a check-in",
        steady=40,
        missed=((5, 5),),
    ),
    Person(
        "zara",
        "Asia/Dubai",
        "a run restored by an administrator",
        joined=160,
        steady=80,
        missed=((33, 30),),
        hours=(11, 12),
    ),
)


def person(name: str) -> Person:
    """The demo learner of this name."""
    return next(person for person in PEOPLE if person.name == name)


@dataclass(frozen=True, slots=True)
class Life:
    """A demo learner between two instants: the first load, from which stories are counted, and now."""

    person: Person
    loaded_at: datetime
    now: datetime

    def day(self, since: int) -> date:
        """The date `since` days before the first load."""
        return calendar.local_day(self.loaded_at, self.person.zone) - timedelta(days=since)

    def since(self, day: date) -> int:
        """How many days `day` is before the first load; negative after it."""
        return (self.day(0) - day).days

    @property
    def today(self) -> date:
        """The learner's date now."""
        home = self.person.moves[-1][1] if self.person.moves else self.person.zone
        return calendar.local_day(self.now, home)

    def zone_on(self, day: date) -> str:
        """The zone in which the learner lives on `day`, from the move of that day on."""
        since = self.since(day)
        return next((zone for moved, zone in reversed(self.person.moves) if since <= moved), self.person.zone)

    def at(self, day: date, minutes: int, zone: str | None = None) -> datetime:
        """The instant `minutes` after the beginning of `day` by the clock on the wall, at an odd second.

        `minutes` may pass 24 hours; `zone` is the zone of that day if not given.
        """
        draw = draw_from(self.person.name, day.isoformat(), str(minutes), "second")
        nights, minutes = divmod(minutes, 24 * 60)
        wall = clock_time(minutes // 60, minutes % 60, 1 + draw.randrange(58))
        local = datetime.combine(day + timedelta(days=nights), wall, calendar.zone(zone or self.zone_on(day)))
        return local.astimezone(UTC)


def draw_from(*words: str) -> random.Random:
    """A generator seeded by these words: the same words give the same draws on every machine and in every version."""
    return random.Random(":".join(words))  # noqa: S311  demo data, not a secret


def text(instant: datetime) -> str:
    """The instant as the API takes it."""
    return instant.isoformat().replace("+00:00", "Z")
