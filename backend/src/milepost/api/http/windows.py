"""Windows of days: how a query may name the days it asks about, and how an answer says which days it covers.

Every windowed read takes `from` and `to`, both inclusive, beside older names for the same days (`start_date`,
`end_date`) and for a length (`days`, `period`). All of them come here, so no route is stricter than another. A date
after the learner's today counts as today where the read is about the past.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from milepost.api.http.fields import Answer, Day, NamedLearner, Query, query_number
from milepost.api.http.responses import JsonObject
from milepost.errors import Fault, Invalid
from milepost.rules.days.periods import Days, last_days

MAX_WINDOW_DAYS = 400

From = Annotated[Day | None, Field(validation_alias="from", description="The first local day, inclusive.")]
To = Annotated[Day | None, Field(description="The last local day, inclusive (default: today).")]


class FromToQuery(Query):
    """The days from `from` to `to`, both inclusive, at most 400."""

    from_: From = None
    to: To = None


class WindowQuery(FromToQuery, NamedLearner):
    """The days from `from` to `to`, both inclusive, at most 400."""


class DaysQuery(WindowQuery):
    """The days from `from` to `to`, both inclusive; or the last `days` up to `to`."""

    days: Annotated[int, query_number(1, MAX_WINDOW_DAYS)] | None = None


class WindowOut(Answer):
    """The days that an answer covers, and the learner's today."""

    from_: Day = Field(alias="from")
    to: Day
    today: Day


class FilterOut(Answer):
    """The days to which a list is limited, and the learner's today."""

    from_: Annotated[Day | None, Field(alias="from", description="The first day of the list; null: no limit.")]
    to: Annotated[Day | None, Field(description="The last day of the list; null: no limit.")]
    today: Day


@dataclass(frozen=True, slots=True)
class Window:
    """The days that a query names: `first` and `last` with the names of their parameters; None if not named."""

    first: date | None
    last: date | None
    first_name: str = "from"
    last_name: str = "to"

    def end(self, today: date) -> date:
        """The last day of a read about the past: the one named, at most today."""
        return today if self.last is None else min(self.last, today)

    def past(self, today: date, length: int = MAX_WINDOW_DAYS) -> Days:
        """The days of a read about the past. Without a first day, the `length` days up to the last one.

        Raises:
            Invalid: `invalid_query`, more than `MAX_WINDOW_DAYS` days.
        """
        end = self.end(today)
        return self.checked(last_days(length, end) if self.first is None else Days(min(self.first, today), end))

    def planned(self, today: date) -> Days:
        """The days of a read about plans, which may lie ahead; a side that is not named is today.

        Raises:
            Invalid: `invalid_query`, more than `MAX_WINDOW_DAYS` days, or they begin after today without an end.
        """
        first, last = self.first or today, self.last or today
        if last < first:
            sentence = f"is required if `{self.first_name}` is after today"
            raise invalid_window([Fault(f"/{self.last_name}", sentence, "missing")])
        return self.checked(Days(first, last))

    def named(self) -> Days:
        """The days of a query that must name both.

        Raises:
            Invalid: `invalid_query`, a day is missing, or they are more than `MAX_WINDOW_DAYS`.
        """
        if self.first is None or self.last is None:
            absent = ((self.first_name, self.first), (self.last_name, self.last))
            raise invalid_window(Fault(f"/{name}", "is required", "missing") for name, day in absent if day is None)
        return self.checked(Days(self.first, self.last))

    def checked(self, days: Days, max_days: int = MAX_WINDOW_DAYS) -> Days:
        """The days, if they are not too many.

        Raises:
            Invalid: `invalid_query`.
        """
        if len(days) <= max_days:
            return days
        sentence = f"is a window of {len(days)} days; at most {max_days} are possible"
        values = {"max_days": max_days, "days": len(days)}
        names = (self.first_name, self.last_name)
        raise invalid_window(Fault(f"/{name}", sentence, "too_long", values) for name in names)


def window_of(
    query: FromToQuery, *, start_date: date | None = None, end_date: date | None = None, length: str | None = None
) -> Window:
    """The window of a query. `start_date` and `end_date` are its older names for `from` and `to`. `length` is the name
    of the parameter by which it names a length; a length goes with a last day, but not with a first one.

    Raises:
        Invalid: `invalid_query`, with both places of a contradiction.
    """
    faults = [*_twice("from", query.from_, "start_date", start_date), *_twice("to", query.to, "end_date", end_date)]
    first_name = "start_date" if query.from_ is None and start_date is not None else "from"
    last_name = "end_date" if query.to is None and end_date is not None else "to"
    window = Window(query.from_ or start_date, query.to or end_date, first_name, last_name)
    if length is not None and window.first is not None:
        faults += conflicting(first_name, length)
    if not faults and window.first is not None and window.last is not None and window.last < window.first:
        values = {"first": window.first, "last": window.last}
        faults.append(Fault(f"/{first_name}", f"is after `{last_name}`", "reversed", values))
        faults.append(Fault(f"/{last_name}", f"is before `{first_name}`", "reversed", values))
    if faults:
        raise invalid_window(faults)
    return window


def window_json(days: Days, today: date) -> JsonObject:
    """`WindowOut`."""
    return {"from": days.first.isoformat(), "to": days.last.isoformat(), "today": today.isoformat()}


def filter_json(first: date | None, last: date | None, today: date) -> JsonObject:
    """`FilterOut`."""
    return {
        "from": None if first is None else first.isoformat(),
        "to": None if last is None else last.isoformat(),
        "today": today.isoformat(),
    }


def invalid_window(faults: Iterable[Fault]) -> Invalid:
    """The error for days that no query can ask about."""
    return Invalid("invalid_query", "The query string does not name a possible window of days.", tuple(faults))


def _twice(name: str, day: date | None, other: str, other_day: date | None) -> list[Fault]:
    return [] if day is None or other_day is None else conflicting(name, other)


def conflicting(one: str, other: str) -> list[Fault]:
    """Both faults of two parameters that contradict each other."""
    return [
        Fault(f"/{name}", f"cannot be given together with `{rival}`", "conflicting", {"other": rival})
        for name, rival in ((one, other), (other, one))
    ]
