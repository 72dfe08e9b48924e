"""Counting the values of JSON without building them."""

import pytest

from milepost.api.http.parsing import has_more_values


@pytest.mark.parametrize(
    ("raw", "values"),
    [
        (b"[" + b"1," * 29 + b"1]", 31),
        (b"[" + b"[]," * 29 + b"{}]", 61 - 30),
        (b'{"k": [' + b'"t",' * 28 + b'"t"]}', 31),
        (b'["' + b"," * 900 + b'", ' + b"0," * 28 + b"0]", 31),
        (b'["' + b'\\",[' * 300 + b'", ' + b"0," * 28 + b"0]", 31),
        (b'["\\\\", ' + b"0," * 28 + b"0]", 31),
    ],
)
def test_as_many_separators_as_values_but_one(raw: bytes, values: int) -> None:
    separators = values - 1 + sum(raw.count(empty) for empty in (b"[]", b"{}"))
    assert not has_more_values(raw, separators)
    assert has_more_values(raw, separators - 1)


@pytest.mark.parametrize("raw", [b'"' * 5_000, b'["' + b'\\",' * 5_000, b'{"' + b'a": "b", "' * 5_000])
def test_what_is_no_json_is_counted_too(raw: bytes) -> None:
    assert has_more_values(raw, 100) == (raw.count(b'"') > 400 and b"\\" not in raw)
