"""Streak cases worked out on paper: a case is what happened and, in five words, the expected streak.

Each is compared three ways: paper, brute force (`oracles/brute.py`), and the rules of the service.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from milepost.rules.days.calendar import ZoneHistory, ZonePeriod, local_day
from milepost.rules.streaks.excuse_kinds import ExcusedKind
from milepost.rules.streaks.excused_days import ExcuseSpan, excused_days
from milepost.rules.streaks.streaks import calendar, view, walk
from milepost.settings import load_policy
from oracles import brute

POLICY = load_policy().streak
# More days after `now` and the pauses than any case needs: a run with two freezes lasts three days.
_MARGIN = timedelta(days=8)


@dataclass(frozen=True)
class Case:
    """One learner.

    `zones`: a name, or a list of names; each but the first follows its instant: `"2026-07-02T18:00Z Asia/…"`.
    `practised`: instants; a following `*7` means seven, 24 hours apart, and `@Asia/Tokyo` is the activity's own zone.
    `pauses`: dates, both inclusive, and `outages`: instants, half-open; both are written `a … b`.
    `expected`: current, longest, freezes, state, expires_at.
    """

    name: str
    zones: str | list[str]
    practised: list[str]
    now: str
    expected: str
    pauses: list[str] = field(default_factory=list)
    outages: list[str] = field(default_factory=list)

    def moves(self) -> list[tuple[datetime | None, str]]:
        """The learner's zones, each with the instant from which it applies."""
        if isinstance(self.zones, str):
            return [(None, self.zones)]
        first, *later = self.zones
        return [(None, first), *((at(text.split()[0]), text.split()[1]) for text in later)]

    def activities(self) -> list[tuple[datetime, str | None]]:
        """When the learner practised, and the activity's own zone, if any."""
        activities: list[tuple[datetime, str | None]] = []
        for text in self.practised:
            instant, *more = text.split()
            times = next((int(word[1:]) for word in more if word[0] == "*"), 1)
            own = next((word[1:] for word in more if word[0] == "@"), None)
            activities += [(at(instant) + timedelta(days=number), own) for number in range(times)]
        return activities

    def spans(self) -> list[tuple[date, date]]:
        """The pauses."""
        return [(date.fromisoformat(a), date.fromisoformat(b)) for a, b in map(_ends, self.pauses)]

    def downtimes(self) -> list[tuple[datetime, datetime]]:
        """The outages."""
        return [(at(a), at(b)) for a, b in map(_ends, self.outages)]

    def window(self) -> tuple[date, date]:
        """The first and last date around everything that happens."""
        instants = [instant for instant, _ in self.activities()]
        instants += [since for since, _ in self.moves() if since is not None]
        instants += [instant for downtime in self.downtimes() for instant in downtime]
        days = [instant.date() for instant in [*instants, at(self.now)]] + [
            day for span in self.spans() for day in span
        ]
        return min(days) - timedelta(days=2), max(days) + _MARGIN


def at(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _ends(text: str) -> tuple[str, str]:
    first, _, last = text.partition(" … ")
    return first, last


def by_brute_force(case: Case) -> brute.Standing:
    """The case evaluated minute by minute."""
    first, last = case.window()
    return brute.standing(case.moves(), first, last, case.activities(), case.spans(), case.downtimes(), at(case.now))


def by_the_rules(case: Case) -> brute.Standing:
    """The case as the service decides it."""
    history = ZoneHistory(tuple(ZonePeriod(since, name) for since, name in case.moves()))
    met = sorted({local_day(instant, own or history.name_at(instant)) for instant, own in case.activities()})
    first, last = case.window()
    pauses = [ExcuseSpan(a, b, ExcusedKind.pause) for a, b in case.spans()]
    excused = excused_days(history, pauses, case.downtimes(), first, last, POLICY)
    zone = history.name_at(at(case.now))
    today = local_day(at(case.now), zone)
    seen = view(walk(met, excused, POLICY), today, today in met, excused, zone, POLICY)
    shown = calendar(min([*met, today]), max([*met, today]), met, excused, today, POLICY)
    days = {day.day: str(day.state) for day in shown}
    return brute.Standing(seen.current, seen.longest, seen.freezes, seen.state, seen.expires_at, days, seen.paused)


def in_words(standing: brute.Standing) -> str:
    """A standing in the form of `Case.expected`."""
    expires = "never" if standing.expires_at is None else f"{standing.expires_at:%Y-%m-%dT%H:%MZ}"
    return f"{standing.current} {standing.longest} {standing.freezes} {standing.state} {expires}"
