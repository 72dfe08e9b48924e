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


def test_texts_without_end_and_without_separators() -> None:
    assert not has_more_values(b'"' * 5_000, 100)
    assert not has_more_values(b'["' + b'\\",' * 5_000, 100)
    assert has_more_values(b"{" + b'"a": "b", ' * 5_000, 100)
