"""Laws of achievements for any catalogue and learner, against a naive version of the rules without ladders or masks."""

from datetime import date, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.rules.achievements.catalogue import Catalogue, mask_from_bytes, mask_to_bytes
from milepost.rules.achievements.conditions import MetricValues
from milepost.rules.achievements.definitions import Condition, Counter, Definition, Rule, Where
from milepost.rules.achievements.metrics import FILTERED_METRICS
from milepost.rules.achievements.progress import nearest, progress
from oracles.achievement_days import DaySums, earned_on
from oracles.metric_values import metric_values, with_sums

laws = settings(derandomize=True, max_examples=150, deadline=None)

FIRST = date(2026, 1, 1)
WHERES = (Where("quiz"), Where(verb="completed", topic="loops"))
KEYS = tuple(Counter(metric, where).key for metric in sorted(FILTERED_METRICS) for where in WHERES)
TOPICS = ("loops", "sets")
SUMS = (
    *("exercises", "activities", "points", "seconds", "active_days", "longest", "perfect", "no_hint", "topics"),
    *("goals_met", "milestones_reached"),
)
COUNTED = {
    "exercises_completed": "exercises",
    "activities": "activities",
    "points": "points",
    "minutes": "seconds",
    "active_days": "active_days",
    "streak": "longest",
    "perfect_grades": "perfect",
    "no_hint_exercises": "no_hint",
    "topics_practised": "topics",
    "goals_met": "goals_met",
    "milestones_reached": "milestones_reached",
}

conditions = st.one_of(
    st.builds(Condition, st.sampled_from(sorted(COUNTED)), st.integers(1, 12)),
    st.builds(Condition, st.sampled_from(sorted(FILTERED_METRICS)), st.integers(1, 12), st.sampled_from(WHERES)),
    st.builds(
        lambda rank, topic: Condition("skill_level", rank, level="x", topic=topic),
        st.integers(1, 3),
        st.sampled_from((None, *TOPICS)),
    ),
    st.builds(Condition, st.just("achievements_unlocked"), st.integers(1, 8)),
)
rules = st.one_of(
    st.builds(lambda condition: Rule("all", (condition,)), conditions),
    st.builds(
        lambda needs, parts: Rule(needs, tuple(parts)),
        st.sampled_from(("all", "any")),
        st.lists(conditions, min_size=2, max_size=4),
    ),
    st.just(Rule("all", (Condition("manual", 1),))),
)


@st.composite
def catalogues(draw: st.DrawFn) -> Catalogue:
    chosen = draw(st.lists(rules, max_size=14))
    bits = draw(st.lists(st.integers(0, 90), min_size=len(chosen), max_size=len(chosen), unique=True))
    states = draw(
        st.lists(st.sampled_from(("active",) * 8 + ("draft", "retired")), min_size=len(bits), max_size=len(bits))
    )
    return Catalogue(
        [
            (Definition(f"code-{bit}", "t", "d", "c", "bronze", 1, "i", rule, state=state), bit)
            for rule, bit, state in zip(chosen, bits, states, strict=True)
        ]
    )


# One activity: its additions to sums, counters and levels. Levels only rise: the law excludes falling ones.
steps = st.fixed_dictionaries(
    {
        "sums": st.dictionaries(st.sampled_from(SUMS), st.integers(1, 70), max_size=4),
        "counters": st.dictionaries(st.sampled_from(KEYS), st.integers(1, 70), max_size=3),
        "levels": st.dictionaries(st.sampled_from(TOPICS), st.integers(1, 3), max_size=1),
    }
)
histories = st.lists(steps, max_size=12)
Step = dict[str, dict[str, int]]


def after(history: list[Step]) -> MetricValues:
    """The metrics after a history."""
    sums: dict[str, int] = dict.fromkeys(SUMS, 0)
    counters: dict[str, int] = {}
    levels: dict[str, int] = {}
    for step in history:
        for name, added in step["sums"].items():
            sums[name] += added
        for key, added in step["counters"].items():
            counters[key] = counters.get(key, 0) + added
        for topic, rank in step["levels"].items():
            levels[topic] = max(rank, levels.get(topic, 0))
    return metric_values(**sums, run=0, unlocked=0, levels=levels, counters=counters, complete=True)


def changed_by(history: list[Step]) -> set[str]:
    """The values that these steps change: metrics, and counters by key."""
    changed = {metric for metric, name in COUNTED.items() for step in history if name in step["sums"]}
    changed |= {key for step in history for key in step["counters"]}
    return changed | {"skill_level" for step in history if step["levels"]}


def thresholds_passed(before: list[Step], changed: set[str]) -> dict[str, int]:
    """For each value the lowest threshold that it may have passed; 0 if its earlier value is not read."""
    then = after(before)
    return {value: then.sum_of(COUNTED[value]) + 1 if value in COUNTED else 0 for value in changed}


def naive_is_met(condition: Condition, metrics: MetricValues, counted: int) -> bool:
    """Is the condition met? Evaluated naively, metric by metric."""
    if condition.where is not None:
        value = metrics.counters.get(Counter(condition.metric, condition.where).key, 0)
    elif condition.metric == "skill_level":
        topics = TOPICS if condition.topic is None else (condition.topic,)
        value = max(metrics.levels.get(topic, 0) for topic in topics)
    elif condition.metric == "achievements_unlocked":
        value = counted
    elif condition.metric == "manual":
        return False
    else:
        value = metrics.sum_of(COUNTED[condition.metric])
    return value >= condition.at_least * (60 if condition.metric == "minutes" else 1)


def naive_unlocked(catalogue: Catalogue, metrics: MetricValues, held: set[str]) -> set[str]:
    """The codes unlocked after evaluating every definition in turn, those that count achievements last."""
    definitions = [entry.definition for entry in catalogue.entries.values()]
    counting = [each for each in definitions if "achievements_unlocked" in each.rule.metrics]
    for group in ([each for each in definitions if each not in counting], counting):
        counted = len(held - {each.code for each in counting})
        for each in group:
            met = [naive_is_met(part, metrics, counted) for part in each.rule.parts]
            if each.state == "active" and (all(met) if each.rule.needs == "all" else any(met)):
                held = held | {each.code}
    return held


def unlocked_after(catalogue: Catalogue, batches: list[list[Step]], partial: bool) -> int:
    """The mask after these batches in order; each evaluates only what it changed."""
    history: list[Step] = []
    mask = 0
    for batch in batches:
        history += batch
        whole = after(history)._replace(unlocked=mask)
        changed = changed_by(batch)
        metrics = whole
        if partial:  # intake knows only the counters and levels that this batch changed, without reading more
            touched = {key for step in batch for part in ("counters", "levels") for key in step[part]}
            metrics = whole._replace(
                counters={key: value for key, value in whole.counters.items() if key in touched},
                levels={topic: rank for topic, rank in whole.levels.items() if topic in touched},
                complete=False,
            )
            if catalogue.needs_unread(metrics, thresholds_passed(history[: -len(batch)], changed)):
                metrics = whole
        mask |= catalogue.mask_of(each.code for each in catalogue.newly_unlocked(metrics, changed))
    return mask


def split(history: list[Step], seed: int) -> list[list[Step]]:
    """The same history in batches of random sizes."""
    random, remaining, batches = Random(seed), list(history), list[list[Step]]()
    while remaining:
        size = random.randint(1, len(remaining))
        batches.append(remaining[:size])
        remaining = remaining[size:]
    return batches


@laws
@given(catalogues(), histories, st.integers(0, 2**32), st.booleans())
def test_any_split_unlocks_what_one_look_unlocks(
    catalogue: Catalogue, history: list[Step], seed: int, partial: bool
) -> None:
    at_once = catalogue.mask_of(each.code for each in catalogue.newly_unlocked(after(history)))
    assert unlocked_after(catalogue, split(history, seed), partial) == at_once


@laws
@given(catalogues(), histories, st.randoms(use_true_random=False))
def test_order_does_not_matter(catalogue: Catalogue, history: list[Step], random: Random) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)
    one_by_one = unlocked_after(catalogue, [[step] for step in shuffled], partial=False)
    assert one_by_one == unlocked_after(catalogue, [history], partial=False)


@laws
@given(catalogues(), histories, st.integers(0, 2**91 - 1))
def test_it_is_what_the_rules_say_and_heals_itself(catalogue: Catalogue, history: list[Step], held: int) -> None:
    metrics = after(history)._replace(unlocked=held)
    before = {each.code for each in catalogue.definitions_in(held)}
    new = [each.code for each in catalogue.newly_unlocked(metrics)]
    assert before | set(new) == naive_unlocked(catalogue, metrics, before)
    assert before.isdisjoint(new)
    again = metrics._replace(unlocked=held | catalogue.mask_of(new))
    assert [each.code for each in catalogue.newly_unlocked(again, {*COUNTED, *KEYS})] == []


@laws
@given(catalogues(), histories)
def test_a_hundred_percent_is_shown_exactly_for_what_unlocks(catalogue: Catalogue, history: list[Step]) -> None:
    metrics = after(history)
    metrics = metrics._replace(run=metrics.sum_of("longest") // 2)
    new = {each.code for each in catalogue.newly_unlocked(metrics)}
    counting = {entry.definition.code for entry in catalogue.active if "achievements_unlocked" in entry.reads}
    # Definitions that count achievements see the others only after they are unlocked.
    metrics = metrics._replace(unlocked=catalogue.mask_of(new - counting))
    for entry in catalogue.active:
        shown = progress(catalogue, entry.definition.code, metrics)
        assert 0 <= shown.percent <= 100
        assert (shown.percent == 100.0) == (entry.definition.code in new)
        assert (shown.now >= shown.needed) == (shown.percent == 100.0)


@laws
@given(catalogues(), histories)
def test_the_nearest_is_locked_and_none_is_nearer(catalogue: Catalogue, history: list[Step]) -> None:
    metrics = after(history)
    metrics = metrics._replace(unlocked=catalogue.mask_of(each.code for each in catalogue.newly_unlocked(metrics)))
    left = {
        entry.definition.code: progress(catalogue, entry.definition.code, metrics).percent
        for entry in catalogue.active
        if not metrics.unlocked & entry.mask and entry.reads != {"manual"}
    }
    found = nearest(catalogue, metrics)
    if found is None:
        assert left == {}
    else:
        assert found[1].percent == left[found[0].code] == max(left.values())


@laws
@given(rules, st.lists(st.tuples(st.integers(0, 9), st.lists(steps, min_size=1, max_size=4)), max_size=6))
def test_the_date_is_the_first_on_which_the_sums_so_far_unlock(
    rule: Rule, given_days: list[tuple[int, list[Step]]]
) -> None:
    definition = Definition("it", "t", "d", "c", "bronze", 1, "i", rule)
    catalogue = Catalogue([(definition, 0)])
    days, history, expected, ordinal = list[DaySums](), list[Step](), None, 0
    for gap, added in given_days:
        ordinal += gap + 1
        day = FIRST + timedelta(days=ordinal)
        before, history = history, history + added
        now, then = after(history), after(before)
        counters = {key: value - then.counters.get(key, 0) for key, value in now.counters.items()}
        days.append(
            DaySums(
                local_day=day,
                activities=len(added),
                exercises=now.sum_of("exercises") - then.sum_of("exercises"),
                points=now.sum_of("points") - then.sum_of("points"),
                seconds=now.sum_of("seconds") - then.sum_of("seconds"),
                perfect=now.sum_of("perfect") - then.sum_of("perfect"),
                no_hint=now.sum_of("no_hint") - then.sum_of("no_hint"),
                new_topics=now.sum_of("topics") - then.sum_of("topics"),
                longest=now.sum_of("longest"),
                counters=counters,
            )
        )
        sums = with_sums(now, activities=len(history), active_days=len(days))
        if expected is None and catalogue.newly_unlocked(sums):
            expected = day
    undated = {"skill_level", "goals_met", "milestones_reached", "manual", "achievements_unlocked"}
    if rule.metrics.isdisjoint(undated):
        assert earned_on(definition, days) == expected


@laws
@given(st.integers(0, 2**1_000))
def test_masks_come_back_as_they_were_stored(mask: int) -> None:
    stored = mask_to_bytes(mask)
    assert mask_from_bytes(stored) == mask
    assert not stored.endswith(b"\x00")
    assert mask_from_bytes(stored + b"\x00") == mask
