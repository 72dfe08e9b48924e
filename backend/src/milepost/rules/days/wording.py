"""Dates and quantities in words: always in English, whatever the locale of the machine."""

from datetime import date

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def date_in_words(day: date) -> str:
    """`Wednesday 25 November`."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def full_date(day: date) -> str:
    """`25 November 2026`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_month(day: date) -> str:
    """`Nov`."""
    return _MONTHS[day.month - 1][:3]


def quantity(count: int | float, noun: str) -> str:
    """`1 day`, `2 days`, `2 activities`: the number, and the noun in the form that it needs."""
    number = f"{count:g}" if isinstance(count, float) else str(count)
    if count == 1:
        return f"{number} {noun}"
    is_ies = noun.endswith("y") and noun[-2] not in "aeiou"
    return f"{number} {noun[:-1]}ies" if is_ies else f"{number} {noun}s"
