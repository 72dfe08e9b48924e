"""The digest: which facts are late, and what is told of them."""

from datetime import date, timedelta

import pytest

from milepost.rules.notices.digest import MAX_LISTED, digest, is_late, merged_digests
from milepost.rules.notices.wording import notice_text

TODAY = date(2026, 3, 10)
LOOPS, SETS = {"topic": "loops"}, {"topic": "sets"}


@pytest.mark.parametrize(("days_ago", "late"), [(-1, False), (0, False), (2, False), (3, True), (400, True)])
def test_a_fact_is_late_after_two_days(days_ago: int, late: bool) -> None:
    assert is_late(TODAY - timedelta(days=days_ago), TODAY) is late


def test_a_digest_lists_and_counts() -> None:
    body = digest([("level_up", LOOPS), ("goal_met", {"name": "Read"}), ("level_up", SETS)])
    assert body == {"counts": {"levels": 2, "goals": 1}, "levels": [LOOPS, SETS], "goals": [{"name": "Read"}]}


def test_two_digests_become_one() -> None:
    older = digest([("level_up", LOOPS), ("milestone_reached", {"title": "First"})])
    assert merged_digests([older, digest([("level_up", SETS)])]) == {
        "counts": {"levels": 2, "milestones": 1},
        "levels": [LOOPS, SETS],
        "milestones": [{"title": "First"}],
    }


def test_a_digest_counts_all_and_lists_the_newest() -> None:
    many = digest([("level_up", {"topic": str(number)}) for number in range(MAX_LISTED + 10)])
    merged = merged_digests([many, digest([("level_up", LOOPS)])])
    assert merged["counts"] == {"levels": MAX_LISTED + 11}
    assert [level["topic"] for level in merged["levels"]] == [*map(str, range(11, MAX_LISTED + 10)), "loops"]


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({"goals": 1}, "From earlier practice: 1 goal."),
        ({"achievements": 2, "levels": 1}, "From earlier practice: 2 achievements and 1 new level."),
        (
            {"milestones": 3, "goals": 2, "streak_milestones": 1, "levels": 0},
            "From earlier practice: 1 streak milestone, 2 goals and 3 milestones.",
        ),
    ],
)
def test_the_sentence_of_a_digest(counts: dict[str, int], text: str) -> None:
    said = notice_text("digest", {"counts": counts})
    assert said.text == text
    assert said.values == {part: count for part, count in counts.items() if count}
