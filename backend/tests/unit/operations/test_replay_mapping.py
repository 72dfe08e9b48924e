"""Rows of the two public data sets become the activities that docs/replay.md describes."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bench.replay.mappings import UnknownRecords, UnusableRow, activities

FIXTURES = Path(__file__).parents[2] / "fixtures"
HISTORY_META = "user,time,kind,badge\n"
OULAD = "course,user,item,kind,day,due_day,weight,score,course_days\n"


def history_meta(*rows: str) -> list[dict[str, object]]:
    return [dict(activity) for activity in activities([HISTORY_META, *rows])]


def oulad(*rows: str) -> list[dict[str, object]]:
    return [dict(activity) for activity in activities([OULAD, *rows])]


@pytest.mark.parametrize(
    ("kind", "verb", "object_type"),
    [
        ("question", "posted", "question"),
        ("answer", "answered", "question"),
        ("comment", "commented", "post"),
        ("other", "contributed", "post"),
    ],
)
def test_a_post_becomes_an_activity_of_its_own_verb(kind: str, verb: str, object_type: str) -> None:
    assert history_meta(f"7,2012-05-25T16:16:28Z,{kind},\n") == [
        {
            "id": "history-meta-1",
            "learner_id": "se-history-meta-7",
            "verb": verb,
            "object_type": object_type,
            "occurred_at": "2012-05-25T16:16:28Z",
        }
    ]


def test_a_badge_is_earned_and_named() -> None:
    (badge,) = history_meta('7,2012-05-24T11:55:40Z,badge,"Announcer, silver"\n')
    assert (badge["verb"], badge["object_type"], badge["object_id"]) == ("earned", "badge", "Announcer, silver")


def test_ids_are_the_kind_of_file_and_the_row_number() -> None:
    rows = ["1,2014-01-10T15:15:35Z,other,\n", "1,2014-01-10T15:15:35Z,other,\n"]
    assert [activity["id"] for activity in history_meta(*rows)] == ["history-meta-1", "history-meta-2"]
    assert oulad("AAA-2013J,24,1752,TMA,18,19,10.0,73,268\n")[0]["id"] == "oulad-1"


def test_a_submission_becomes_a_completed_exercise_with_a_grade() -> None:
    (activity,) = oulad("AAA-2013J,24,1752,TMA,18,19,10.0,73,268\n")
    occurred_at = activity.pop("occurred_at")
    assert activity == {
        "id": "oulad-1",
        "learner_id": "oulad-24",
        "verb": "completed",
        "object_type": "exercise",
        "object_id": "1752",
        "once_key": "1752",
        "topic": "AAA",
        "path": "TMA",
        "difficulty": "medium",
        "value": 73.0,
        "metadata": {"course": "AAA-2013J", "day": 18, "due_day": 19, "weight": 10.0},
    }
    instant = datetime.fromisoformat(str(occurred_at))
    assert datetime(2013, 10, 19, 6, tzinfo=UTC) <= instant < datetime(2013, 10, 19, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("course", "day", "expected"),
    [
        ("BBB-2013B", 0, "2013-02-01"),
        ("BBB-2013J", 1, "2013-10-02"),
        ("CCC-2014B", 28, "2014-03-01"),
        ("CCC-2014J", 0, "2014-10-01"),
        ("BBB-2014B", -11, "2014-01-21"),
    ],
)
def test_the_day_is_counted_from_the_start_of_the_presentation(course: str, day: int, expected: str) -> None:
    (activity,) = oulad(f"{course},1,2,TMA,{day},,5.0,60,240\n")
    assert str(activity["occurred_at"])[:10] == expected


def test_the_hour_depends_on_user_and_item_and_nothing_else() -> None:
    rows = ["AAA-2013J,24,1752,TMA,18,19,10.0,73,268\n", "AAA-2013J,24,1753,TMA,18,54,20.0,76,268\n"]
    forward, backward = oulad(*rows), oulad(*reversed(rows))
    assert [a["occurred_at"] for a in forward] == [a["occurred_at"] for a in reversed(backward)]
    assert forward[0]["occurred_at"] != forward[1]["occurred_at"]


def test_a_missing_score_is_no_value_and_zero_is_one() -> None:
    missing, zero = oulad("AAA-2013J,1,2,TMA,22,19,10.0,,268\n", "AAA-2013J,1,3,TMA,22,19,10.0,0,268\n")
    assert "value" not in missing
    assert zero["value"] == 0.0


def test_a_score_out_of_range_is_not_clipped() -> None:
    assert oulad("AAA-2013J,1,2,TMA,22,19,10.0,104,268\n")[0]["value"] == 104.0


def test_an_exam_without_due_day_has_none_in_its_metadata() -> None:
    (exam,) = oulad("CCC-2014B,9,24290,Exam,230,,100.0,64,241\n")
    assert exam["metadata"] == {"course": "CCC-2014B", "day": 230, "weight": 100.0}
    assert exam["difficulty"] == "hard"


@pytest.mark.parametrize(
    ("weight", "difficulty"),
    [("0.0", "easy"), ("4.9", "easy"), ("5.0", "medium"), ("19.9", "medium"), ("20.0", "hard"), ("100.0", "hard")],
)
def test_difficulty_comes_from_the_weight(weight: str, difficulty: str) -> None:
    assert oulad(f"AAA-2013J,1,2,TMA,22,19,{weight},50,268\n")[0]["difficulty"] == difficulty


@pytest.mark.parametrize("header", ["", "user,time\n", "user,item,skill,correct\n"])
def test_an_unknown_header_is_refused(header: str) -> None:
    with pytest.raises(UnknownRecords, match="known headers"):
        list(activities([header] if header else []))


def test_an_unknown_kind_or_course_names_its_row() -> None:
    with pytest.raises(UnusableRow, match="row 2: unknown kind 'vote'"):
        history_meta("1,2014-01-10T15:15:35Z,other,\n", "1,2014-01-10T15:15:35Z,vote,\n")
    with pytest.raises(UnusableRow, match="row 1: the start of course 'AAA-2013X'"):
        oulad("AAA-2013X,1,2,TMA,22,19,10.0,50,268\n")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("AAA-2013J,1,2\n", "row 1: not 9 columns"),
        ("AAA-2013J,1,2,TMA,22,19,10.0,50,268,9\n", "row 1: not 9 columns"),
        ("AAA-2013J,1,2,TMA,soon,19,10.0,50,268\n", "row 1: invalid literal"),
        ("AAA-2013J,1,2,TMA,22,19,10.0,good,268\n", "row 1: could not convert"),
    ],
)
def test_a_malformed_row_is_named(row: str, message: str) -> None:
    with pytest.raises(UnusableRow, match=message):
        oulad(row)


@pytest.mark.parametrize(("name", "max_rows"), [("history_meta_sample.csv", 1_500), ("oulad_sample.csv", 500)])
def test_every_row_of_the_samples_maps_to_an_activity_within_the_limits(name: str, max_rows: int) -> None:
    lines = (FIXTURES / name).read_text("utf-8").splitlines(keepends=True)
    mapped = list(activities(lines))
    assert len(mapped) == len(list(csv.reader(lines))) - 1 <= max_rows
    assert len({activity["id"] for activity in mapped}) == len(mapped)
    assert all(len(json.dumps(activity)) < 1_000 for activity in mapped)
    assert all(0 <= activity.get("value", 0) <= 100 for activity in mapped)
