"""Ids of notices as text."""

import pytest

from milepost.rules.notices.notice_id import FIRST, LAST, NoticeId, notice_id


def test_ids_are_read_and_written() -> None:
    assert notice_id("812.3") == NoticeId(812, 3)
    assert str(NoticeId(812, 3)) == "812.3"


def test_ids_are_ordered_by_number_between_the_first_and_the_last() -> None:
    ids = [FIRST, *map(notice_id, ("0.0", "9.10", "10.2", "10.11", "999999999999999999.999999999")), LAST]
    assert sorted(ids) == ids


@pytest.mark.parametrize(
    "text", ["", "1", "1.", ".1", "1.0\n", " 1.0", "01.0", "1.00", "-1.0", "1.0.0", "٣.0", f"{10**18}.0", f"1.{10**9}"]
)
def test_anything_else_is_no_id(text: str) -> None:
    with pytest.raises(ValueError, match="not the id of a notice"):
        notice_id(text)
