"""What a field may be, in a body and in a query string, and where a fault is said to be."""

import json
from datetime import UTC, date, datetime
from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

from milepost.api.http.fields import Day, Instant, Limit, Metadata, Query, Sent, Whole, ZoneName, text
from milepost.api.http.parsing import parse
from milepost.errors import Invalid


class Item(Sent):
    """Something sent."""

    name: Annotated[str, text(5)]
    at: Instant | None = None
    day: Day | None = None
    zone: ZoneName | None = None
    amount: Whole | None = None
    metadata: Metadata | None = None


class Items(Sent):
    """Several of them."""

    items: list[Item]


class Page(Query):
    """A page of something."""

    limit: Limit = 50
    at: Instant | None = None


EITHER: TypeAdapter[Items | Item] = TypeAdapter(Items | Item)


def refusal(raw: bytes) -> Invalid:
    """Why `raw` is no item."""
    with pytest.raises(Invalid) as refused:
        parse(TypeAdapter(Item), raw)
    return refused.value


def item(**fields: object) -> bytes:
    """A body."""
    return json.dumps({"name": "a", **fields}).encode()


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("2026-11-21T18:30:00+01:00", datetime(2026, 11, 21, 17, 30, tzinfo=UTC)),
        ("2026-11-21T18:30:00Z", datetime(2026, 11, 21, 18, 30, tzinfo=UTC)),
        ("2026-11-21t18:30:00.25z", datetime(2026, 11, 21, 18, 30, 0, 250_000, tzinfo=UTC)),
        ("2026-11-21T18:30:00.123456789-00:00", datetime(2026, 11, 21, 18, 30, 0, 123_456, tzinfo=UTC)),
        ("1900-01-01T00:00:00Z", datetime(1900, 1, 1, tzinfo=UTC)),
        ("2199-12-31T23:59:59Z", datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("2016-12-31t23:59:60.5z", datetime(2016, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("2017-01-01T05:29:60+05:30", datetime(2016, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("2016-12-31T15:59:60.123456789-08:00", datetime(2016, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("2199-12-31T23:59:60Z", datetime(2199, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("2024-02-29T00:00:00+14:00", datetime(2024, 2, 28, 10, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_in_utc(sent: str, meant: datetime) -> None:
    read = parse(TypeAdapter(Item), item(at=sent)).at
    assert read == meant
    assert read is not None
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "sent",
    [
        "2026-11-21T18:30:00",
        "2026-11-21",
        "1700000000",
        1_700_000_000,
        1_700_000_000.5,
        True,
        "",
        "2026-11-21T18:30Z",
        "2026-11-21 18:30:00Z",
        "20261121T183000Z",
        "2026-02-29T00:00:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T23:58:60Z",
        "2026-11-21T18:30:60+01:00",
        "2026-11-21T23:59:60+01:00",
        "2026-11-21T23:59:61Z",
        "2026-02-30T23:59:60Z",
        "2026-11-21T23:59:60",
        "2026-11-21T23:59:60+24:00",
        "2199-13-31T23:59:60Z",
        "2026-11-21T18:30:00+24:00",
        "2026-11-21T18:30:00Z\n",
        "٢026-11-21T18:30:00Z",
        "0001-01-01T00:00:00+14:00",
        "1899-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_what_is_no_instant(sent: object) -> None:
    (fault,) = refusal(item(at=sent)).faults
    assert fault.pointer == "/at"
    assert "RFC 3339" in fault.message


@pytest.mark.parametrize(
    "sent", ["2026-11-31", "20261121", "2026-11-21T00:00:00Z", 20_261_121, "1899-12-31", "0001-01-01"]
)
def test_what_is_no_day(sent: object) -> None:
    assert [fault.pointer for fault in refusal(item(day=sent)).faults] == ["/day"]


def test_a_day() -> None:
    assert parse(TypeAdapter(Item), item(day="2024-02-29")).day == date(2024, 2, 29)


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "europe/berlin", "localtime", "Factory", "../../etc/passwd", "Europe", "a" * 300]
)
def test_S15_what_is_no_zone(zone: str) -> None:
    assert [fault.pointer for fault in refusal(item(zone=zone)).faults] == ["/zone"]


@pytest.mark.parametrize("name", ["", "abcdef", "a\x00b", 5, None, True, ["a"]])
def test_what_is_no_text(name: object) -> None:
    assert [fault.pointer for fault in refusal(item(name=name)).faults] == ["/name"]


@pytest.mark.parametrize("amount", ["1", "1.0", True, False, 1.5, 1e-9, float("nan"), float("inf"), [1.0]])
def test_what_is_no_whole_number(amount: object) -> None:
    assert [fault.pointer for fault in refusal(item(amount=amount)).faults] == ["/amount"]


@pytest.mark.parametrize(("raw", "amount"), [(b"1.0", 1), (b"-0.0", 0), (b"6e1", 60), (b"60", 60), (b"-2.000", -2)])
def test_a_whole_number_may_be_written_as_a_fraction(raw: bytes, amount: Whole) -> None:
    read = parse(TypeAdapter(Item), b'{"name": "a", "amount": ' + raw + b"}").amount
    assert (read, type(read)) == (amount, int)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": 9223372036854775808}',
        b'{"a": "x\\u0000y"}',
        b'{"x\\u0000y": 1}',
        b'{"a": [{"b": "x\\u0000y"}]}',
        b'{"a": ' + b"[" * 8 + b"]" * 8 + b"}",
        b'{"a": "' + b"x" * 16_384 + b'"}',
        b"{" + b",".join(b'"%d": 1' % number for number in range(65)) + b"}",
        b"[]",
        b'"text"',
    ],
)
def test_what_metadata_may_not_hold(raw: bytes) -> None:
    assert refusal(b'{"name": "a", "metadata": ' + raw + b"}").faults[0].pointer == "/metadata"


def test_metadata_is_read_as_it_is() -> None:
    metadata = {"a": [1, -(2**63), 2**63 - 1, 0.5, None, True, "ä"], "b": {"c": {"d": {"e": {"f": {"g": {"h": 1}}}}}}}
    assert parse(TypeAdapter(Item), item(metadata=metadata)).metadata == metadata


def test_unknown_fields_are_refused_with_their_place() -> None:
    (fault,) = refusal(item(**{"points/x~y": 5})).faults
    assert fault.pointer == "/points~1x~0y"


def test_a_fault_in_a_list_has_its_index_and_no_name_of_a_model() -> None:
    raw = b'{"items": [{"name": "a"}, {"name": "toolong"}, {}]}'
    with pytest.raises(Invalid) as refused:
        parse(EITHER, raw)
    assert {"/items/1/name", "/items/2/name"} <= {fault.pointer for fault in refused.value.faults}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "malformed_json"),
        (b"{", "malformed_json"),
        (b'{"name": "\xff"}', "malformed_json"),
        (b'{"name": "\\ud800"}', "malformed_json"),
        (b'{"name": "\\udc00\\ud800"}', "malformed_json"),
        (b'{"name": "a"} x', "malformed_json"),
        (b"\xef\xbb\xbf{}", "malformed_json"),
        (b"[" * 20_000 + b"]" * 20_000, "too_deep"),
        (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, "too_deep"),
        (b"null", "invalid_body"),
        (b"[]", "invalid_body"),
        (b"5", "invalid_body"),
    ],
)
def test_bodies_that_cannot_be_read(raw: bytes, code: str) -> None:
    refused = refusal(raw)
    assert refused.code == code
    assert refused.faults[0].pointer == ""


@pytest.mark.parametrize("limit", ["0", "201", "5.0", "+5", " 5", "5 ", "1_0", "0x5", "", "five", "9" * 5_000, "٥"])
def test_what_is_no_limit(limit: str) -> None:
    with pytest.raises(ValidationError):
        Page.model_validate_strings({"limit": limit})


def test_a_query() -> None:
    read = Page.model_validate_strings({"limit": "200", "at": "2026-11-21T00:00:00Z"})
    assert (read.limit, read.at) == (200, datetime(2026, 11, 21, tzinfo=UTC))
