"""R21: streaks of learners who travel, stay up late, pause, lose days to outages or use freezes, worked out by hand."""

import pytest

from oracles.streak_cases import Case, by_brute_force, by_the_rules, in_words

# Honolulu and Kiritimati show the same time of day, a date apart.
TO_KIRITIMATI = ["Pacific/Honolulu", "2026-07-02T20:00Z Pacific/Kiritimati"]
THREE_TIMES_EAST = [
    *TO_KIRITIMATI,
    "2026-07-06T00:00Z Pacific/Honolulu",
    "2026-07-09T20:00Z Pacific/Kiritimati",
    "2026-07-13T00:00Z Pacific/Honolulu",
    "2026-07-16T20:00Z Pacific/Kiritimati",
]

CASES = [
    # --- Across the date line, a date forward ------------------------------------------------------------------------
    Case(
        "Los Angeles to Auckland: the 2nd lasted eleven hours and is excused",
        ["America/Los_Angeles", "2026-07-02T18:00Z Pacific/Auckland"],
        ["2026-06-30T20:00-07:00 *2", "2026-07-03T20:00+12:00"],
        "2026-07-03T21:00+12:00",
        "3 3 0 active 2026-07-04T12:00Z",
    ),
    Case(
        "two hours later it lasted thirteen and could be met",
        ["America/Los_Angeles", "2026-07-02T20:00Z Pacific/Auckland"],
        ["2026-06-30T20:00-07:00 *2", "2026-07-03T20:00+12:00"],
        "2026-07-03T21:00+12:00",
        "1 2 0 active 2026-07-04T12:00Z",
    ),
    Case(
        "twelve hours to the minute are enough to be missed",
        ["America/Los_Angeles", "2026-07-02T19:00Z Pacific/Auckland"],
        ["2026-06-30T20:00-07:00 *2", "2026-07-03T20:00+12:00"],
        "2026-07-03T21:00+12:00",
        "1 2 0 active 2026-07-04T12:00Z",
    ),
    Case(
        "landing at midnight leaves out the whole 2nd",
        ["Pacific/Honolulu", "2026-07-02T10:00Z Pacific/Kiritimati"],
        ["2026-07-01T20:00-10:00", "2026-07-03T08:00+14:00"],
        "2026-07-03T09:00+14:00",
        "2 2 0 active 2026-07-04T10:00Z",
    ),
    Case(
        "landing at ten leaves ten hours of the 2nd, and fourteen of the 3rd",
        TO_KIRITIMATI,
        ["2026-07-01T20:00-10:00", "2026-07-03T12:00+14:00"],
        "2026-07-03T13:00+14:00",
        "2 2 0 active 2026-07-04T10:00Z",
    ),
    Case(
        "practised in the ten hours: a travel day met counts",
        TO_KIRITIMATI,
        ["2026-07-01T20:00-10:00", "2026-07-02T09:00-10:00", "2026-07-03T12:00+14:00"],
        "2026-07-03T13:00+14:00",
        "3 3 0 active 2026-07-04T10:00Z",
    ),
    Case(
        "landing at one leaves eleven hours of the 3rd, which is excused; the 2nd was not",
        ["Pacific/Honolulu", "2026-07-02T23:00Z Pacific/Kiritimati"],
        ["2026-07-01T20:00-10:00", "2026-07-02T10:00-10:00", "2026-07-04T08:00+14:00"],
        "2026-07-04T09:00+14:00",
        "3 3 0 active 2026-07-05T10:00Z",
    ),
    Case(
        "the short 3rd is today: the run waits",
        ["Pacific/Honolulu", "2026-07-02T23:00Z Pacific/Kiritimati"],
        ["2026-07-02T10:00-10:00"],
        "2026-07-03T23:59+14:00",
        "1 1 0 active 2026-07-04T10:00Z",
    ),
    Case(
        "the second short day in thirty is excused",
        THREE_TIMES_EAST[:4],
        ["2026-07-08T12:00-10:00", "2026-07-10T12:00+14:00"],
        "2026-07-10T13:00+14:00",
        "2 2 0 active 2026-07-11T10:00Z",
    ),
    Case(
        "the third is not",
        THREE_TIMES_EAST,
        ["2026-07-15T12:00-10:00", "2026-07-17T12:00+14:00"],
        "2026-07-17T13:00+14:00",
        "1 1 0 active 2026-07-18T10:00Z",
    ),
    # --- And back: dates repeat ---------------------------------------------------------------------------------------
    Case(
        "Auckland to Los Angeles: the 3rd, the 4th and the 3rd again",
        ["Pacific/Auckland", "2026-07-03T18:00Z America/Los_Angeles"],
        ["2026-07-03T20:00+12:00", "2026-07-04T01:00+12:00", "2026-07-03T20:00-07:00"],
        "2026-07-03T21:00-07:00",
        "2 2 0 active 2026-07-06T07:00Z",
    ),
    Case(
        "a day met ahead of today keeps the run for two days more",
        ["Pacific/Kiritimati", "2026-07-02T20:00Z Pacific/Honolulu"],
        ["2026-07-03T08:00+14:00"],
        "2026-07-02T20:00-10:00",
        "1 1 0 active 2026-07-05T10:00Z",
    ),
    Case(
        "at risk only on the 4th of the new place",
        ["Pacific/Kiritimati", "2026-07-02T20:00Z Pacific/Honolulu"],
        ["2026-07-03T08:00+14:00"],
        "2026-07-04T23:59-10:00",
        "1 1 0 at_risk 2026-07-05T10:00Z",
    ),
    Case(
        "what was practised in the old zone keeps its date there",
        ["Asia/Tokyo", "2026-08-10T12:00Z America/Sao_Paulo"],
        ["2026-08-09T08:00+09:00", "2026-08-10T08:00+09:00", "2026-08-11T08:00-03:00"],
        "2026-08-11T09:00-03:00",
        "3 3 0 active 2026-08-13T03:00Z",
    ),
    # --- Night owls, and activities with their own zone ---------------------------------------------------------------
    Case(
        "ten to midnight, then ten past: 24 hours and 20 minutes that miss a day",
        "Europe/Madrid",
        ["2026-04-01T23:50+02:00", "2026-04-03T00:10+02:00"],
        "2026-04-03T00:20+02:00",
        "1 1 0 active 2026-04-04T22:00Z",
    ),
    Case(
        "ten past midnight on three days, then ten to midnight on the last: four days",
        "Europe/Madrid",
        ["2026-04-01T00:10+02:00 *3", "2026-04-03T23:50+02:00", "2026-04-04T00:10+02:00"],
        "2026-04-05T00:05+02:00",
        "4 4 0 at_risk 2026-04-05T22:00Z",
    ),
    Case(
        "a night owl flies west: 28 hours between two evenings",
        ["Europe/Berlin", "2026-09-11T10:00Z America/New_York"],
        ["2026-09-10T23:30+02:00", "2026-09-11T23:30-04:00"],
        "2026-09-11T23:40-04:00",
        "2 2 0 active 2026-09-13T04:00Z",
    ),
    Case(
        "flying west gives six hours more to save the run",
        ["Europe/Berlin", "2026-09-11T10:00Z America/New_York"],
        ["2026-09-10T12:00+02:00"],
        "2026-09-11T23:59-04:00",
        "1 1 0 at_risk 2026-09-12T04:00Z",
    ),
    Case(
        "flying east takes them, and the run is over",
        ["America/New_York", "2026-09-11T20:00Z Europe/Berlin"],
        ["2026-09-10T12:00-04:00"],
        "2026-09-12T00:00+02:00",
        "0 1 0 broken 2026-09-11T22:00Z",
    ),
    Case(
        "an activity that brought its own zone counts there, a day ahead",
        "Europe/Berlin",
        ["2026-05-05T12:00+02:00", "2026-05-05T23:00+02:00 @Asia/Tokyo"],
        "2026-05-05T23:30+02:00",
        "2 2 0 active 2026-05-07T22:00Z",
    ),
    # --- Pauses -------------------------------------------------------------------------------------------------------
    Case(
        "a week's pause between the third and the fourth day",
        "Europe/Berlin",
        ["2026-06-01T12:00+02:00 *3", "2026-06-11T12:00+02:00"],
        "2026-06-11T13:00+02:00",
        "4 4 0 active 2026-06-12T22:00Z",
        pauses=["2026-06-04 … 2026-06-10"],
    ),
    Case(
        "in the middle of the pause",
        "Europe/Berlin",
        ["2026-06-01T12:00+02:00 *3"],
        "2026-06-05T12:00+02:00",
        "3 3 0 active 2026-06-11T22:00Z",
        pauses=["2026-06-04 … 2026-06-10"],
    ),
    Case(
        "the day after the pause",
        "Europe/Berlin",
        ["2026-06-01T12:00+02:00 *3"],
        "2026-06-11T09:00+02:00",
        "3 3 0 at_risk 2026-06-11T22:00Z",
        pauses=["2026-06-04 … 2026-06-10"],
    ),
    Case(
        "who practises in a pause is counted",
        "Europe/Berlin",
        ["2026-06-01T12:00+02:00 *3", "2026-06-06T12:00+02:00", "2026-06-11T12:00+02:00"],
        "2026-06-11T13:00+02:00",
        "5 5 0 active 2026-06-12T22:00Z",
        pauses=["2026-06-04 … 2026-06-10"],
    ),
    Case(
        "a pause that begins a day late",
        "Europe/Berlin",
        ["2026-06-01T12:00+02:00 *3", "2026-06-11T12:00+02:00"],
        "2026-06-11T13:00+02:00",
        "1 3 0 active 2026-06-12T22:00Z",
        pauses=["2026-06-05 … 2026-06-10"],
    ),
    Case(
        "a pause announced for tomorrow moves the end",
        "Europe/Berlin",
        ["2026-06-01T12:00+02:00 *3"],
        "2026-06-03T20:00+02:00",
        "3 3 0 active 2026-06-06T22:00Z",
        pauses=["2026-06-04 … 2026-06-05"],
    ),
    Case(
        "a freeze for the 8th, then a pause",
        "America/Bogota",
        ["2026-06-01T12:00-05:00 *7", "2026-06-11T12:00-05:00"],
        "2026-06-11T13:00-05:00",
        "8 8 0 active 2026-06-13T05:00Z",
        pauses=["2026-06-09 … 2026-06-10"],
    ),
    Case(
        "two pauses around a day that the freeze has to cover",
        "America/Bogota",
        ["2026-06-01T12:00-05:00 *7"],
        "2026-06-13T12:00-05:00",
        "7 7 0 at_risk 2026-06-14T05:00Z",
        pauses=["2026-06-08 … 2026-06-09", "2026-06-11 … 2026-06-12"],
    ),
    # --- Outages ------------------------------------------------------------------------------------------------------
    Case(
        "an hour around midnight in Tokyo excuses both days",
        "Asia/Tokyo",
        ["2026-06-02T20:00+09:00 *2", "2026-06-06T20:00+09:00"],
        "2026-06-06T21:00+09:00",
        "3 3 0 active 2026-06-07T15:00Z",
        outages=["2026-06-04T14:30Z … 2026-06-04T15:30Z"],
    ),
    Case(
        "one that ends at midnight excuses the first",
        "Asia/Tokyo",
        ["2026-06-02T20:00+09:00 *2", "2026-06-06T20:00+09:00"],
        "2026-06-06T21:00+09:00",
        "1 2 0 active 2026-06-07T15:00Z",
        outages=["2026-06-04T14:30Z … 2026-06-04T15:00Z"],
    ),
    Case(
        "the same hour is the afternoon in London",
        "Europe/London",
        ["2026-06-03T20:00+01:00", "2026-06-05T20:00+01:00"],
        "2026-06-05T21:00+01:00",
        "2 2 0 active 2026-06-06T23:00Z",
        outages=["2026-06-04T14:30Z … 2026-06-04T15:30Z"],
    ),
    Case(
        "an outage today",
        "Europe/London",
        ["2026-06-04T20:00+01:00"],
        "2026-06-05T13:00+01:00",
        "1 1 0 active 2026-06-06T23:00Z",
        outages=["2026-06-05T10:00Z … 2026-06-05T12:00Z"],
    ),
    Case(
        "clocks go back out of tomorrow during an outage: tomorrow had a minute of it",
        "America/St_Johns",
        ["2010-11-05T12:00-02:30", "2010-11-08T12:00-03:30"],
        "2010-11-08T12:30-03:30",
        "2 2 0 active 2010-11-10T03:30Z",
        outages=["2010-11-07T02:20Z … 2010-11-07T02:45Z"],
    ),
    Case(
        "an outage during a visit over the date line: there and back it saw three dates",
        ["Pacific/Honolulu", "2026-07-02T20:00Z Pacific/Kiritimati", "2026-07-03T00:00Z Pacific/Honolulu"],
        ["2026-07-01T20:00-10:00", "2026-07-04T08:00-10:00"],
        "2026-07-04T09:00-10:00",
        "2 2 0 active 2026-07-06T10:00Z",
        outages=["2026-07-02T18:00Z … 2026-07-03T02:00Z"],
    ),
    # --- Freezes ------------------------------------------------------------------------------------------------------
    Case(
        "six days earn no freeze",
        "Asia/Tokyo",
        ["2026-05-01T12:00+09:00 *6", "2026-05-08T12:00+09:00"],
        "2026-05-08T13:00+09:00",
        "1 6 0 active 2026-05-09T15:00Z",
    ),
    Case(
        "seven do, and it is spent",
        "Asia/Tokyo",
        ["2026-05-01T12:00+09:00 *7", "2026-05-09T12:00+09:00"],
        "2026-05-09T13:00+09:00",
        "8 8 0 active 2026-05-10T15:00Z",
    ),
    Case(
        "two freezes cover two days",
        "America/Los_Angeles",
        ["2026-05-01T12:00-07:00 *14", "2026-05-17T12:00-07:00"],
        "2026-05-17T13:00-07:00",
        "15 15 0 active 2026-05-19T07:00Z",
    ),
    Case(
        "and no third: the last minute",
        "America/Los_Angeles",
        ["2026-05-01T12:00-07:00 *14"],
        "2026-05-17T23:59-07:00",
        "14 14 0 at_risk 2026-05-18T07:00Z",
    ),
    Case(
        "and no third: over",
        "America/Los_Angeles",
        ["2026-05-01T12:00-07:00 *14"],
        "2026-05-18T00:00-07:00",
        "0 14 0 broken 2026-05-18T07:00Z",
    ),
    Case(
        "progress waits at two freezes and restarts when one is used",
        "Europe/London",
        ["2026-05-01T12:00+01:00 *20", "2026-05-22T12:00+01:00 *6"],
        "2026-05-27T13:00+01:00",
        "26 26 1 active 2026-05-29T23:00Z",
    ),
    Case(
        "the seventh after that earns it back",
        "Europe/London",
        ["2026-05-01T12:00+01:00 *20", "2026-05-22T12:00+01:00 *7"],
        "2026-05-28T13:00+01:00",
        "27 27 2 active 2026-05-31T23:00Z",
    ),
    Case(
        "a broken run takes its freezes and its progress along",
        "Europe/London",
        ["2026-05-01T12:00+01:00 *13", "2026-05-17T12:00+01:00 *6"],
        "2026-05-24T12:00+01:00",
        "0 13 0 broken 2026-05-23T23:00Z",
    ),
    Case(
        "freezes over the change of the clocks and a flight, all in one week",
        ["America/New_York", "2026-03-09T12:00Z Europe/Berlin"],
        ["2026-03-01T22:00-05:00 *7", "2026-03-09T22:00+01:00"],
        "2026-03-10T23:59+01:00",
        "8 8 0 at_risk 2026-03-10T23:00Z",
    ),
    Case("a learner without any practice", "Asia/Kolkata", [], "2026-05-27T13:00Z", "0 0 0 none never"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_R21_a_streak_stands_as_worked_out_by_hand(case: Case) -> None:
    brute, rules = by_brute_force(case), by_the_rules(case)
    assert in_words(brute) == case.expected, "brute force"
    assert in_words(rules) == case.expected, "the rules"
    assert rules == brute
