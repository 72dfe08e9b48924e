"""Which days are excused, and which of several reasons applies."""

from datetime import UTC, date, datetime, timedelta

from milepost.rules.days.calendar import ZoneHistory, ZonePeriod
from milepost.rules.policy import StreakPolicy
from milepost.rules.streaks.excuse_kinds import ExcusedKind
from milepost.rules.streaks.excused_days import ExcuseSpan, excused_days, spans_of

POLICY = StreakPolicy(7, 2, 2, 72, 30, 2, 30, 12)
BERLIN = ZoneHistory.always("Europe/Berlin")
MINUTE = timedelta(minutes=1)
MARCH = (date(2026, 3, 1), date(2026, 3, 31))


def march(day: int) -> date:
    return date(2026, 3, day)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def test_a_span_includes_both_its_ends() -> None:
    pause = ExcuseSpan(march(5), march(7), ExcusedKind.pause)
    found = excused_days(BERLIN, [pause], [], *MARCH, POLICY)
    assert found == {march(5): "pause", march(6): "pause", march(7): "pause"}


def test_only_days_in_the_range_are_returned() -> None:
    pause = ExcuseSpan(march(5), march(9), ExcusedKind.pause)
    assert excused_days(BERLIN, [pause], [], march(7), march(8), POLICY) == {march(7): "pause", march(8): "pause"}
    assert excused_days(BERLIN, [pause], [], march(8), march(7), POLICY) == {}
    outage = (at(5, 12), at(9, 12))
    assert excused_days(BERLIN, [], [outage], march(7), march(8), POLICY) == {march(7): "outage", march(8): "outage"}


def test_the_strongest_reason_applies_whichever_comes_first() -> None:
    pause = ExcuseSpan(march(5), march(6), ExcusedKind.pause)
    repair = ExcuseSpan(march(6), march(6), ExcusedKind.repair)
    for spans in ([pause, repair], [repair, pause]):
        assert excused_days(BERLIN, spans, [], *MARCH, POLICY) == {march(5): "pause", march(6): "repair"}


def test_an_outage_excuses_every_local_day_it_touches_and_is_half_open() -> None:
    # Berlin is one hour ahead: the outage lasts from 23:59 on the ninth to midnight between the tenth and the eleventh.
    outage = (at(9, 22, 59), at(10, 23))
    assert excused_days(BERLIN, [], [outage], *MARCH, POLICY) == {march(9): "outage", march(10): "outage"}
    longer = (at(9, 22, 59), at(10, 23, 1))
    assert set(excused_days(BERLIN, [], [longer], *MARCH, POLICY)) == {march(9), march(10), march(11)}


def test_an_outage_during_a_flight_west_excuses_the_days_on_both_sides() -> None:
    # Ten in the morning of the tenth in Auckland, and an hour later eleven in the morning of the ninth in Honolulu.
    flight = ZoneHistory((ZonePeriod(None, "Pacific/Auckland"), ZonePeriod(at(9, 21, 30), "Pacific/Honolulu")))
    outage = (at(9, 21), at(9, 22))
    assert excused_days(flight, [], [outage], *MARCH, POLICY) == {march(9): "outage", march(10): "outage"}


def test_an_outage_during_a_flight_there_and_back_excuses_the_date_ahead() -> None:
    there_and_back = ZoneHistory(
        (
            ZonePeriod(None, "Pacific/Honolulu"),
            ZonePeriod(at(9, 20), "Pacific/Kiritimati"),
            ZonePeriod(at(9, 22), "Pacific/Honolulu"),
        )
    )
    outage = (at(9, 19), at(9, 23))
    assert excused_days(there_and_back, [], [outage], *MARCH, POLICY) == {march(9): "outage", march(10): "outage"}


def test_an_outage_over_a_minute_that_clocks_repeat_excuses_both_dates() -> None:
    # On 7 November 2010 clocks in St. John's went from 00:01 back to 23:01 on the sixth.
    zones = ZoneHistory.always("America/St_Johns")
    november = (date(2010, 11, 1), date(2010, 11, 30))
    back = datetime(2010, 11, 7, 2, 31, tzinfo=UTC)
    over, before, after = ((back - n * MINUTE, back + m * MINUTE) for n, m in ((5, 5), (5, -1), (0, 5)))
    assert set(excused_days(zones, [], [over], *november, POLICY)) == {date(2010, 11, 6), date(2010, 11, 7)}
    assert set(excused_days(zones, [], [before], *november, POLICY)) == {date(2010, 11, 6)}
    assert set(excused_days(zones, [], [after], *november, POLICY)) == {date(2010, 11, 6)}


def test_an_outage_without_length_excuses_nothing() -> None:
    for ends_at in (at(9, 12), at(9, 11)):
        assert excused_days(BERLIN, [], [(at(9, 12), ends_at)], *MARCH, POLICY) == {}


def test_a_day_shortened_by_a_flight_is_travel_and_a_skipped_date_is_impossible() -> None:
    # From Honolulu (-10) to Kiritimati (+14): 24 hours are skipped.
    flight = ZoneHistory((ZonePeriod(None, "Pacific/Honolulu"), ZonePeriod(at(10, 20), "Pacific/Kiritimati")))
    found = excused_days(flight, [], [], *MARCH, POLICY)
    # It was ten in the morning of the tenth; a moment later ten in the morning of the eleventh.
    assert found == {march(10): "travel"}
    samoa = excused_days(ZoneHistory.always("Pacific/Apia"), [], [], date(2011, 12, 1), date(2011, 12, 31), POLICY)
    assert samoa == {date(2011, 12, 30): "impossible"}


def test_consecutive_days_form_one_span() -> None:
    assert spans_of([]) == []
    days = [march(1), march(2), march(3), march(5), march(31), date(2026, 4, 1)]
    assert spans_of(days) == [(march(1), march(3)), (march(5), march(5)), (march(31), date(2026, 4, 1))]


def test_an_outage_counts_on_the_local_date_only() -> None:
    moment = timedelta(minutes=1)
    for zone, instant, day in (
        ("Pacific/Kiritimati", at(9, 10), march(10)),  # 14 hours ahead: midnight
        ("Pacific/Pago_Pago", at(10, 10, 59), march(9)),  # 11 hours behind: a minute before midnight
    ):
        zones = ZoneHistory.always(zone)
        for days in range(-4, 5):
            outage = (instant + timedelta(days=days), instant + timedelta(days=days) + moment)
            found = excused_days(zones, [], [outage], day, day, POLICY)
            assert found == ({day: "outage"} if days == 0 else {})
