"""A frontend that says a sentence in its own language has every number of ours.

A sentence may cut a value to one decimal, and says a date by its weekday, day and month.
"""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.rules.days.wording import date_in_words
from milepost.rules.insight.engagement import Effort
from milepost.rules.insight.insights import ActiveDays, HoursOfDays, Practice, insights
from milepost.rules.insight.recommendations import (
    NearAchievement,
    OpenTask,
    PathRest,
    Situation,
    Topic,
    recommendations,
)
from milepost.rules.insight.topic_mastery import TopicMastery
from milepost.rules.insight.topic_strengths import Area, areas
from milepost.rules.notices.wording import DIGEST_PARTS, Body, NoticeKind, notice_text
from milepost.rules.streaks.streaks import StreakView
from support.policies import SKILLS_POLICY as POLICY

laws = settings(derandomize=True, max_examples=200, deadline=None)

TODAY = date(2026, 3, 10)
SCALE = ["of 100"]
NAMES = st.sampled_from(["loops", "sets", "graphs", "sums"])
DAYS = st.integers(0, 400).map(lambda ago: TODAY - timedelta(days=ago))
AT_RISK = StreakView(0, 0, "at_risk", False, False, 0, 0, 7, None, None)
EFFORTS = st.builds(Effort, st.integers(0, 500), st.integers(0, 90_000))

TOPICS = st.builds(
    lambda topic, graded, average, rested: Topic(topic, "beginner", graded, graded * average, rested),
    *(NAMES, st.integers(5, 60), st.integers(57_000, 95_000), st.integers(0, 30)),
)
PATHS = st.builds(
    PathRest, NAMES, st.integers(0, 1), st.integers(3, 40), DAYS, days_lately=st.just(14), days_before=st.just(90)
)
NEAREST = st.builds(
    lambda needed, missing, topic: NearAchievement(
        *("first", "First", "activities", needed - missing, needed),
        round(100 * (needed - missing) / needed, 1),
        topic,
    ),
    *(st.integers(8, 500), st.integers(1, 2), st.none() | NAMES),
)


@st.composite
def topic_masteries(draw: st.DrawFn, name: str) -> TopicMastery:
    low, estimate, high, fresh = *sorted(draw(st.floats(1, 99)) for _ in range(3)), draw(st.floats(1, 99))
    won, lost = draw(st.floats(0.1, 40)), draw(st.floats(0, 40))
    typical = draw(st.floats(0, 1)) * (won + lost)
    rested = draw(st.sampled_from([0, 5, 28, 29, 59, 60, 200]))
    last = TODAY - timedelta(days=rested)
    return TopicMastery(name, estimate, low, high, fresh, won, lost, typical, draw(st.integers(3, 40)), last)


@st.composite
def masteries(draw: st.DrawFn) -> dict[str, TopicMastery]:
    return {name: draw(topic_masteries(name)) for name in draw(st.sets(NAMES))}


SITUATIONS = st.builds(
    Situation,
    streak=st.integers(1, 900).map(lambda run: AT_RISK._replace(current=run)),
    topics=st.lists(TOPICS, max_size=3, unique_by=lambda topic: topic.topic),
    tasks=st.lists(st.builds(OpenTask, st.just("id"), NAMES, DAYS), max_size=2),
    paths=st.lists(PATHS, max_size=4, unique_by=lambda path: path.path),
    nearest=st.none() | NEAREST,
    masteries=masteries(),
    today=st.just(TODAY),
    policy=st.just(POLICY),
)

AREAS = st.builds(
    lambda topic, graded, average: Area(topic, graded, graded * average),
    *(NAMES, st.integers(5, 60), st.integers(0, 100_000)),
)


@st.composite
def practices(draw: st.DrawFn) -> Practice:
    """Mostly practised on one weekday and in one hour, so that chance does not explain it."""
    weekdays = [draw(st.integers(0, 2)) for _ in range(7)]
    weekdays[draw(st.integers(0, 6))] += 12
    count, efforts = sum(weekdays), (draw(EFFORTS), draw(EFFORTS))
    days = ActiveDays(count, weekdays, draw(st.integers(0, 28)), *efforts, days_since_first=draw(st.integers(0, 400)))
    hours = HoursOfDays({draw(st.integers(0, 23)): count - draw(st.integers(0, 3))}, count)
    points = draw(st.dictionaries(NAMES, st.integers(0, 900)))
    graded = draw(st.lists(AREAS, max_size=4, unique_by=lambda area: area.topic))
    return Practice(days, hours, [*points.items()], graded, draw(masteries()))


def unknown_numbers(sentence: str, numbers: Mapping[str, object], others: Iterable[str] = ()) -> list[str]:
    """The numbers of a sentence that follow from none of the values. `others`: words that may hold numbers."""
    for value in numbers.values():
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            sentence = sentence.replace(date_in_words(date.fromisoformat(value)), "")
    for word in others:
        sentence = sentence.replace(word, "")
    known = [value for value in numbers.values() if isinstance(value, int | float)]
    return [said for said in re.findall(r"\d+(?:\.\d+)?", sentence) if not any(_is(said, value) for value in known)]


def _is(said: str, value: float) -> bool:
    return float(said) in (value, math.floor(value * 10 + 1e-9) / 10)


def test_recommendations_say_no_number_of_their_own() -> None:
    kinds = set()

    @laws
    @given(SITUATIONS)
    def check(situation: Situation) -> None:
        for item in recommendations(situation):
            kinds.add(item.kind)
            assert unknown_numbers(f"{item.text} {item.reason}", item.numbers, SCALE) == [], item

    check()
    assert kinds == {
        *("streak_at_risk", "overdue_task", "near_level", "near_achievement", "neglected_path"),
        *("weak_topic", "review_topic"),
    }


def test_recommendations_never_contradict_each_other_or_the_areas() -> None:
    named = set()

    @settings(laws, max_examples=1_000)
    @given(SITUATIONS)
    def check(situation: Situation) -> None:
        found = recommendations(situation)
        topics = [item.topic for item in found if item.topic is not None]
        assert len(topics) == len(set(topics)), "one a topic"
        for kind in ("weak_topic", "review_topic"):
            assert sum(item.kind == kind for item in found) <= 1
        graded = [Area(topic.topic, topic.graded, topic.grade_milli) for topic in situation.topics]
        strongest = {area.topic for area in areas(graded, situation.masteries).strongest}
        for item in found:
            known = situation.masteries.get(item.topic or "")
            if item.kind not in ("near_level", "weak_topic", "review_topic") or known is None:
                continue
            named.add(item.kind)
            if item.kind != "review_topic":
                assert known.estimate < 90
            if item.kind == "weak_topic":
                assert known.won < known.typical
                assert known.topic not in strongest
                assert item.numbers["won"] < item.numbers["typical"]  # type: ignore[operator] # both are numbers

    check()
    assert named == {"near_level", "weak_topic", "review_topic"}


def test_areas_follow_mastery_and_never_name_what_is_hard_for_everybody() -> None:
    sizes = set()

    @settings(laws, max_examples=1_000)
    @given(st.lists(AREAS, max_size=4, unique_by=lambda area: area.topic), masteries())
    def check(graded: list[Area], known: dict[str, TopicMastery]) -> None:
        found = areas(graded, known)
        if not known:
            assert found == areas(graded)
            return
        sizes.add((len(found.strongest), len(found.improvement)))
        strongest = [known[area.topic] for area in found.strongest]
        weak = [known[area.topic] for area in found.improvement]
        assert len(found.strongest) <= len(graded) // 2
        assert [one.low for one in strongest] == sorted((one.low for one in strongest), reverse=True)
        assert [one.high for one in weak] == sorted(one.high for one in weak)
        for one in weak:
            assert one.won < one.typical
            assert all(one.estimate < best.estimate for best in strongest)
        assert not {one.topic for one in weak} & {one.topic for one in strongest}

    check()
    assert sizes >= {(0, 0), (1, 0), (1, 1), (2, 0), (2, 1)}


def test_insights_say_no_number_of_their_own() -> None:
    kinds = set()

    @laws
    @given(practices())
    def check(practice: Practice) -> None:
        for item in insights(practice):
            kinds.add(item.kind)
            hour = item.numbers.get("hour")
            span = [f"{at % 24:02}:00" for at in (hour, hour + 1)] if isinstance(hour, int) else []
            assert unknown_numbers(item.text, item.numbers, [*span, *SCALE]) == [], item

    check()
    assert kinds == {
        *("best_weekday", "best_hour", "trend", "consistency", "strongest_area", "improvement_area", "points_mix")
    }


RUNS = st.integers(2, 5_000)
REPAIRS = st.none() | st.builds(
    lambda days, until: {"days": [str(until)] * days, "until_day": until.isoformat()}, st.integers(1, 9), DAYS
)
MILESTONES = st.sampled_from([3, 7, 14, 30, 50, 100, 200, 365, 400, 1_700])
NOTICES: dict[NoticeKind, st.SearchStrategy[Body]] = {
    "achievement_unlocked": st.fixed_dictionaries({"title": NAMES, "points": st.integers(0, 500)}),
    "level_up": st.fixed_dictionaries({"topic": NAMES, "from": NAMES, "to": NAMES}),
    "streak_milestone": st.fixed_dictionaries({"run": MILESTONES}),
    "goal_met": st.fixed_dictionaries({"name": NAMES}),
    "milestone_reached": st.fixed_dictionaries({"title": st.none() | NAMES}),
    "streak_at_risk": st.fixed_dictionaries({"run": RUNS}),
    "run_ended": st.fixed_dictionaries({"run": RUNS, "has_new_run": st.booleans(), "repair": REPAIRS}),
    "digest": st.dictionaries(st.sampled_from([*DIGEST_PARTS]), st.integers(1, 900), min_size=1).map(
        lambda counts: {"counts": counts}
    ),
}


def test_notices_say_no_number_of_their_own() -> None:
    codes = set()

    @settings(laws, max_examples=800)
    @given(st.one_of([st.tuples(st.just(kind), body) for kind, body in NOTICES.items()]))
    def check(notice: tuple[NoticeKind, Body]) -> None:
        said = notice_text(*notice)
        codes.add(said.code)
        assert unknown_numbers(said.text, said.values) == [], said
        assert said.text.endswith(".")
        assert "!" not in said.text

    check()
    assert codes == {
        *(f"streak_milestone_{days}" for days in (3, 7, 14, 30, 50, 100, 200, 365, "hundreds")),
        *("achievement_unlocked", "level_up", "goal_met", "milestone_reached", "milestone_reached_untitled"),
        *("streak_at_risk", "run_ended", "run_ended_new_run", "run_ended_repairable", "digest"),
    }
