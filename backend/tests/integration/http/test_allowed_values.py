"""A value of the wrong form is answered with what is allowed, not with what is wrong."""

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import activity, new_learner
from support.callers import Caller
from support.clock import START, AdjustableClock

MONTH = "must be a month as YYYY-MM, between 1900-01 and 2199-12"
RANGE = "must be today, 7d, 30d or two dates A..B, like 2026-03-01..2026-03-31"
CATEGORY = "must be a UUID or uncategorised"
CURSOR = "must be the `next` value of a page"
QUICK, DASHBOARD = "/analytics/quick-stats", "/analytics/dashboard"


@pytest.mark.parametrize(
    ("path", "name", "value", "sentence"),
    [
        *(("/progress/streak", "month", value, MONTH) for value in ("2026-13", "2026-3", "1899-12", "March", "")),
        *((QUICK, "date_range", value, RANGE) for value in ("14d", "7D", "", "2026-03-01..", "2026-03-01")),
        *((QUICK, "date_range", value, RANGE) for value in ("2026-02-30..2026-03-01", "2026-02-01..0000-01-01")),
        *((path, "category_id", value, CATEGORY) for path in (QUICK, DASHBOARD) for value in ("work", "")),
        *((path, "cursor", value, CURSOR) for path in ("/activities", "/tasks") for value in ("", "a b", "a" * 3_001)),
        *((path, "topic", "a\x00", "must not contain the character U+0000") for path in ("/activities",)),
    ],
)
async def test_a_query_value_of_the_wrong_form(
    client: Client, clock: AdjustableClock, path: str, name: str, value: str, sentence: str
) -> None:
    refused = await Caller(client, new_learner()).get(path, **{name: value})
    assert refused.status == 422
    (fault,) = refused.body["errors"]
    assert (fault["pointer"], fault["message"]) == (f"/{name}", sentence)
    assert fault["code"] == ("forbidden_character" if name == "topic" else "wrong_form")


@pytest.mark.parametrize("category", ["work", "", 5, "{00000000-0000-0000-0000-000000000000}"])
async def test_a_body_value_of_the_wrong_form(client: Client, clock: AdjustableClock, category: object) -> None:
    ada = Caller(client, new_learner())
    goal = {"name": "g", "target_type": "minutes", "time_period": "daily", "target_value": 1, "category_id": category}
    task = {"title": "t", "category_id": category}
    for path, body, sentence in (("/goals", goal, CATEGORY), ("/tasks", task, "must be a UUID")):
        refused = await ada.post(path, body)
        refused.problem(422, "invalid_body")
        (fault,) = refused.body["errors"]
        assert (fault["pointer"], fault["message"]) == ("/category_id", sentence)
        assert (fault["code"], fault["values"]) == ("wrong_form", {"form": "uuid"})
    refused = await ada.post("/activities", activity(START, id="a\x00"))
    (fault,) = refused.body["errors"]
    assert (fault["pointer"], fault["code"]) == ("/id", "forbidden_character")
    assert fault["message"] == "must not contain the character U+0000"


async def test_category_ids_match_in_any_letter_case(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    category = (await ada.post("/categories", {"name": "Work"})).ok()["category_id"]
    for value in (category, category.upper(), "uncategorised"):
        (await ada.get(QUICK, category_id=value)).ok()
