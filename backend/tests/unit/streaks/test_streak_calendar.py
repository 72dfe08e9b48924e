"""The streak calendar: the states of pictures of days, and the sentence of each day."""

import re
from datetime import date, timedelta

import pytest

from milepost.rules.policy import StreakPolicy
from milepost.rules.streaks.streaks import CalendarDay, ExcusedKind, calendar
from milepost.rules.streaks.wording import Reason

POLICY = StreakPolicy(7, 2, 2, 72, 30, 2, 30, 12)
FIRST = date(2026, 3, 2)
M7 = "m" * 7
M14 = "m" * 14
LETTERS = {"met": "m", "frozen": "f", "excused": "e", "missed": "-", "open": "o", "future": ">", "none": " "}


def nth(number: int) -> date:
    return FIRST + timedelta(days=number)


def days_of(picture: str, today: int, first: int = 0, last: int | None = None) -> list[CalendarDay]:
    """The calendar of a picture (m met, e excused, x both, . neither), by default the whole of it."""
    met = [nth(place) for place, mark in enumerate(picture) if mark in "mx"]
    excused = {nth(place): ExcusedKind.pause for place, mark in enumerate(picture) if mark in "ex"}
    return calendar(nth(first), nth(len(picture) - 1 if last is None else last), met, excused, nth(today), POLICY)


PICTURES = [
    # picture, place of today, states
    ("...", 1, " o>"),
    ("e..", 1, "eo>"),
    ("..m..", 3, "  mo>"),
    ("..m...", 4, "  m-o>"),
    ("m.m", 2, "m-m"),
    ("mem", 2, "mem"),
    ("mxm", 2, "mmm"),
    (M7 + ".m..", 9, M7 + "fmo>"),
    (M7 + "..m", 9, M7 + "--m"),
    (M7 + "e.m", 9, M7 + "efm"),
    (M7 + ".e.m", 10, M7 + "-e-m"),
    (M14 + "..m", 16, M14 + "ffm"),
    (M14 + "...m", 17, M14 + "---m"),
    # An open gap: freezes cover it, but one day more than freezes breaks the run and covers none.
    (M14 + ".", 14, M14 + "o"),
    (M14 + "..", 15, M14 + "fo"),
    (M14 + "...", 16, M14 + "ffo"),
    (M14 + "....", 17, M14 + "---o"),
    (M14 + ".e..", 17, M14 + "fefo"),
    # Today is excused, or days after today are.
    ("mme..", 2, "mme>>"),
    ("mm.ee.", 2, "mmoee>"),
    # The last met day is tomorrow: the learner flew west.
    ("m.m.", 1, "mom>"),
    ("..mm", 1, " omm"),
    (M7 + "..m", 7, M7 + "o>m"),
]


@pytest.mark.parametrize(("picture", "today", "states"), PICTURES)
def test_the_states_of_days(picture: str, today: int, states: str) -> None:
    shown = days_of(picture, today)
    assert "".join(LETTERS[day.state] for day in shown) == states
    assert [day.day for day in shown] == [nth(place) for place in range(len(picture))]
    assert all((day.kind is ExcusedKind.pause) == (day.state == "excused") for day in shown)


@pytest.mark.parametrize(("first", "last"), [(0, 0), (3, 9), (7, 8), (8, 20), (20, 25), (-9, 2), (-9, -8)])
def test_a_range_shows_the_same_states_as_the_whole(first: int, last: int) -> None:
    picture = M7 + ".mmm..mm" + "." * 20
    whole = days_of(picture, 18, -10, 30)
    assert days_of(picture, 18, first, last) == whole[first + 10 : last + 11]


def test_a_range_that_ends_before_it_begins_is_empty() -> None:
    assert days_of("mmm", 2, 2, 1) == []


WORDS = [
    # picture, place of today, place of the day, sentence
    ("mmm", 2, 1, "You practised. Day 2 of this run."),
    ("mmm.m", 4, 4, "You practised. Day 1 of this run."),
    (M7 + ".m", 8, 8, "You practised. Day 8 of this run."),
    (M7 + ".m", 8, 7, "A freeze covered this day off, and your run continued."),
    (M7 + "..", 8, 7, "A freeze covers this day off. Your run is still alive."),
    ("mmm.m", 4, 3, "A day off. The run before it ended at day 3."),
    ("mmm..", 4, 3, "A day off. The run before it ended at day 3."),
    ("mmm.", 3, 3, "Today is open. One exercise makes it day 4."),
    (M7 + "..", 8, 8, "Today is open. One exercise makes it day 8."),
    (M7 + "...", 9, 9, "Today is open. It can be day 1."),
    (".", 0, 0, "Today is open. It can be day 1."),
    ("..m", 2, 0, "Before your first activity."),
    ("m..", 1, 2, "Still to come."),
    ("mee", 1, 1, "Excused: you took a pause. Your run is on hold."),
    ("mee", 1, 2, "Excused: a pause is planned. Your run will be on hold."),
]


@pytest.mark.parametrize(("picture", "today", "place", "sentence"), WORDS)
def test_each_day_has_its_sentence(picture: str, today: int, place: int, sentence: str) -> None:
    assert days_of(picture, today)[place].reason.text == sentence


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("impossible", "Excused: this date did not exist where you were."),
        ("restore", "Excused: this day was restored for you."),
        ("repair", "Excused: you repaired this day, and your run continues."),
        ("outage", "Excused: the service was down. You lose no day."),
        ("travel", "Excused: travel made this day short."),
        ("pause", "Excused: you took a pause. Your run is on hold."),
    ],
)
def test_each_kind_of_excuse_has_its_sentence(kind: str, sentence: str) -> None:
    excused = {nth(1): ExcusedKind(kind)}
    shown = calendar(nth(1), nth(1), [nth(0)], excused, nth(2), POLICY)
    assert shown == [CalendarDay(nth(1), "excused", ExcusedKind(kind), Reason(sentence, f"excused_{kind}"))]


def test_an_outage_after_today_is_not_in_the_past_tense() -> None:
    shown = calendar(nth(1), nth(2), [nth(0)], dict.fromkeys((nth(1), nth(2)), ExcusedKind.outage), nth(1), POLICY)
    assert [day.reason.text for day in shown] == [
        "Excused: the service was down. You lose no day.",
        "Excused: the service is expected to be down. You lose no day.",
    ]


def test_no_sentence_has_an_exclamation_mark() -> None:
    for day in days_of("..mm" + M7 + ".m..mee" + "." * 9, 22, -3, 40):
        assert "!" not in day.reason.text
        assert day.reason.text.endswith(".")


def test_every_number_of_a_sentence_is_among_its_values() -> None:
    for day in days_of("..mm" + M7 + ".m..mee" + "." * 9, 22, -3, 40):
        said = {int(number) for number in re.findall(r"\d+", day.reason.text)}
        # An open day says which day of the run it makes.
        assert said <= {value + (day.state == "open") for value in day.reason.values.values()}, day


def test_a_code_stands_for_one_sentence() -> None:
    forms: dict[str, set[str]] = {}
    for day in days_of("..mm" + M7 + ".m..mee" + "." * 9, 22, -3, 40):
        forms.setdefault(day.reason.code, set()).add(re.sub(r"\d+", "n", day.reason.text))
    assert {code: len(texts) for code, texts in forms.items() if len(texts) > 1} == {}
    assert {"met", "frozen", "missed", "open", "future", "before_first", "excused_pause"} <= {*forms}
