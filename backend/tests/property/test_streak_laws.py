"""Laws of streaks for any days, any policy and any order, against the same rule written as a credit.

The credit (0 … freeze_every × freeze_cap): +1 for a met day, −freeze_every for a frozen one. This version has no
freezes and no progress and walks the days one by one, so it shares no code and no approach with the code under test.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from milepost.rules.policy import StreakPolicy
from milepost.rules.streaks.repairs import decide_repair
from milepost.rules.streaks.streaks import (
    EMPTY,
    ExcusedKind,
    StreakState,
    StreakView,
    advance,
    calendar,
    has_gap,
    view,
    walk,
)

PRODUCT = StreakPolicy(7, 2, 2, 72, 30, 2, 30, 12)
FIRST = date(2026, 1, 1)
KINDS = list(ExcusedKind)

laws = settings(derandomize=True, max_examples=400, deadline=None)

policies = st.one_of(
    st.just(PRODUCT),
    st.builds(StreakPolicy, st.integers(1, 5), st.integers(0, 3), st.just(2), *map(st.just, (72, 30, 2, 30, 12))),
)
# Stretches instead of single days: otherwise hardly any run is long enough to earn a freeze.
pictures = st.lists(
    st.one_of(
        st.builds(lambda n: "m" * n, st.integers(1, 16)),
        st.builds(lambda n: "." * n, st.integers(1, 4)),
        st.builds(lambda n: "e" * n, st.integers(1, 3)),
        st.text("m.ex", min_size=1, max_size=5),
    ),
    max_size=12,
).map("".join)


@dataclass(frozen=True)
class Days:
    """A learner's days: m met, e excused, x both, . neither."""

    picture: str

    @property
    def met(self) -> list[date]:
        return [FIRST + timedelta(days=n) for n, mark in enumerate(self.picture) if mark in "mx"]

    @property
    def excused(self) -> dict[date, ExcusedKind]:
        marked = [n for n, mark in enumerate(self.picture) if mark in "ex"]
        return {FIRST + timedelta(days=n): KINDS[n % len(KINDS)] for n in marked}

    @property
    def all(self) -> list[date]:
        return [FIRST + timedelta(days=n) for n in range(len(self.picture))]


def by_credit(days: Days, policy: StreakPolicy) -> tuple[int, int, int, dict[date, str]]:
    """The run after the last met day, the longest run, the credit, and the state of each day up to the last met one."""
    met, excused = set(days.met), set(days.excused)
    credit = run = longest = 0
    waiting: list[date] = []
    states: dict[date, str] = {}
    for day in days.all:
        if day in met:
            price = policy.freeze_every_days * len(waiting)
            if price <= credit:
                credit -= price
                states |= dict.fromkeys(waiting, "frozen")
            else:
                credit = run = 0
                states |= dict.fromkeys(waiting, "missed")
            waiting = []
            run += 1
            credit = min(credit + 1, policy.freeze_every_days * policy.freeze_cap)
            longest = max(longest, run)
            states[day] = "met"
        elif day in excused:
            states[day] = "excused"
        elif run:
            waiting.append(day)
        else:
            states[day] = "none"
    return run, longest, credit, states


def seen(met: list[date], excused: dict[date, ExcusedKind], today: date, policy: StreakPolicy) -> StreakView:
    return view(walk(met, excused, policy), today, today in met, excused, "UTC", policy)


@laws
@given(pictures, policies)
def test_the_streak_is_what_the_credit_says(picture: str, policy: StreakPolicy) -> None:
    days = Days(picture)
    run, longest, credit, _ = by_credit(days, policy)
    state = walk(days.met, days.excused, policy)
    assert (state.run, state.longest) == (run, longest)
    assert state.freezes * policy.freeze_every_days + state.progress == credit
    assert state.progress < policy.freeze_every_days
    assert state.freezes <= policy.freeze_cap
    assert state.last_met_day == (days.met[-1] if days.met else None)


@laws
@given(pictures, policies, st.randoms(use_true_random=False))
def test_days_that_arrive_in_any_order_and_twice_give_one_streak(
    picture: str, policy: StreakPolicy, chance: Random
) -> None:
    """As intake does it: one step for a day after the last, reading excused days only at a gap; otherwise a walk."""
    days = Days(picture)
    arriving = [*days.met, *days.met[::3]]
    chance.shuffle(arriving)
    met: set[date] = set()
    state = EMPTY
    for day in arriving:
        opened = day not in met
        met.add(day)
        if not opened:
            continue
        if state.last_met_day is None or day > state.last_met_day:
            excused = days.excused if has_gap(state, day) else {}
            state = advance(state, day, excused, policy)
        else:
            state = walk(sorted(met), days.excused, policy)
    assert state == walk(days.met, days.excused, policy)


@laws
@given(pictures, policies)
def test_a_walk_may_be_stopped_and_taken_up_anywhere(picture: str, policy: StreakPolicy) -> None:
    days = Days(picture)
    whole = walk(days.met, days.excused, policy)
    for cut in range(len(days.met)):
        state = walk(days.met[:cut], days.excused, policy)
        for day in days.met[cut:]:
            state = advance(state, day, set(days.excused), policy)
        assert state == whole


@laws
@given(pictures, policies, st.data())
def test_one_more_met_or_excused_day_never_lowers_a_streak(
    picture: str, policy: StreakPolicy, data: st.DataObject
) -> None:
    """Today is any day from the last met one on; the added day is any day up to today."""
    days = Days(picture + "....")
    today = data.draw(st.sampled_from([day for day in days.all if not days.met or day >= days.met[-1]]))
    more = data.draw(st.sampled_from([day for day in days.all if day <= today]))
    before = seen(days.met, days.excused, today, policy)
    one_more_met = seen(sorted({*days.met, more}), days.excused, today, policy)
    one_more_excused = seen(days.met, {**days.excused, more: ExcusedKind.repair}, today, policy)
    for after in (one_more_met, one_more_excused):
        assert after.current >= before.current
        assert after.longest >= before.longest
    if before.expires_at is not None and one_more_excused.expires_at is not None and before.state != "broken":
        assert one_more_excused.expires_at >= before.expires_at


@laws
@given(pictures, policies, st.integers(0, 8))
def test_a_run_stands_exactly_while_practice_today_would_continue_it(
    picture: str, policy: StreakPolicy, later: int
) -> None:
    days = Days(picture)
    assume(days.met)
    state = walk(days.met, days.excused, policy)
    last = days.met[-1]
    today = last + timedelta(days=later + 1)
    shown = view(state, today, False, days.excused, "UTC", policy)
    continues = advance(state, today, days.excused, policy).run == state.run + 1
    assert (shown.state != "broken") == continues
    assert shown.current == (state.run if continues else 0)
    tomorrow = today + timedelta(days=1)
    saved_by_tomorrow = advance(state, tomorrow, days.excused, policy).run == state.run + 1
    assert (shown.state == "at_risk") == (continues and not saved_by_tomorrow)
    assert shown.expires_at is not None
    midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=UTC)
    assert (shown.expires_at == midnight) == (continues and not saved_by_tomorrow)
    assert (shown.expires_at < midnight) == (not continues)


@laws
@given(pictures, policies, st.integers(0, 8))
def test_shown_freezes_and_the_way_to_the_next_are_what_practice_today_finds(
    picture: str, policy: StreakPolicy, later: int
) -> None:
    days = Days(picture)
    assume(days.met)
    state = walk(days.met, days.excused, policy)
    today = days.met[-1] + timedelta(days=later + 1)
    shown = view(state, today, False, days.excused, "UTC", policy)
    after = advance(state, today, days.excused, policy)
    if shown.next_freeze_in_days is None:
        assert shown.freezes == after.freezes == policy.freeze_cap
    elif shown.next_freeze_in_days == 1:
        assert (after.freezes, after.progress) == (shown.freezes + 1, 0)
    else:
        assert after.freezes == shown.freezes
        assert after.progress == policy.freeze_every_days - shown.next_freeze_in_days + 1
    stored_freezes = state.freezes if shown.state != "broken" else 0
    assert shown.freezes + shown.freezes_pending == stored_freezes


@laws
@given(pictures, policies)
def test_the_calendar_tells_the_same_story(picture: str, policy: StreakPolicy) -> None:
    """Checks the days up to the last met one against the credit, and the days after it against the current run."""
    days = Days(picture)
    assume(days.met)
    last = days.met[-1]
    _, _, _, states = by_credit(days, policy)
    shown = calendar(FIRST, last, days.met, days.excused, last, policy)
    assert {day.day: day.state for day in shown} == {day: states[day] for day in days.all if day <= last}
    state: StreakState = walk(days.met, days.excused, policy)
    today = last + timedelta(days=4)
    after = calendar(last + timedelta(days=1), today, days.met, days.excused, today, policy)
    alive = seen(days.met, days.excused, today, policy).current == state.run
    for day in after:
        expected = "open" if day.day == today else "frozen" if alive else "missed"
        assert day.state == ("excused" if day.day in days.excused else expected)


@laws
@given(pictures, st.integers(1, 6))
def test_a_repair_excuses_exactly_what_is_needed(picture: str, later: int) -> None:
    days = Days(picture)
    assume(days.met)
    today = days.met[-1] + timedelta(days=later)
    noon = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    decision = decide_repair(days.met, days.excused, today, noon, "UTC", None, PRODUCT)
    assume(decision.days)
    before = walk(sorted({*days.met, today}), days.excused, PRODUCT)
    repaired = {**days.excused, **dict.fromkeys(decision.days, ExcusedKind.repair)}
    after = walk(sorted({*days.met, today}), repaired, PRODUCT)
    assert after.run > before.run
    assert after.longest >= before.longest
    for day in decision.days:
        too_few = {excused: kind for excused, kind in repaired.items() if excused != day}
        assert walk(sorted({*days.met, today}), too_few, PRODUCT).run <= before.run
