"""One spelling of what looks the same: normal texts stay as they are, and twins become one."""

import unicodedata
from typing import Annotated

from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from milepost.api.http.fields import label, name
from milepost.rules.texts import by_value, has_controls, is_blank, normal_text

LABEL: TypeAdapter[str] = TypeAdapter(Annotated[str, label(20)])
NAME: TypeAdapter[str] = TypeAdapter(Annotated[str, name(20)])
AROUND = st.text(" \t\n\u00a0\u3000\u200b\u2060\ufeff", max_size=5)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=24) | st.text(
    "ae\u0301\u0323 \u200d\u202e", max_size=24
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=8,
)


def read(adapter: TypeAdapter[str], text: str) -> str | None:
    """The text as it is kept; None if it is refused."""
    try:
        return adapter.validate_python(text)
    except ValidationError:
        return None


@given(TEXTS)
def test_a_normal_text_is_its_own_normal_text(text: str) -> None:
    normal = normal_text(text)
    assert normal_text(normal) == normal
    assert unicodedata.is_normalized("NFC", normal)


@given(TEXTS, AROUND, AROUND)
def test_twins_are_one(text: str, before: str, after: str) -> None:
    kept = read(LABEL, text)
    for twin in (before + text + after, unicodedata.normalize("NFD", text), unicodedata.normalize("NFC", text)):
        assert read(LABEL, twin) == kept
    assert read(NAME, before + text + after) == read(NAME, text)


@given(TEXTS)
def test_what_is_kept_is_short_and_visible(text: str) -> None:
    kept = read(LABEL, text)
    normal = normal_text(text)
    assert (kept is None) == (is_blank(normal) or len(normal) > 20 or "\x00" in text)
    assume(kept is not None)
    assert kept == normal
    assert (read(NAME, text) is None) == has_controls(normal)


@given(JSON)
def test_json_is_compared_by_value(value: object) -> None:
    def twin(part: object) -> object:
        match part:
            case bool() | None:
                return part
            case int():
                return float(part)
            case str():
                return f" {unicodedata.normalize('NFD', part)}\u200b"
            case list():
                return [twin(inner) for inner in part]
            case dict():
                return {key: twin(inner) for key, inner in part.items()}
        return part

    assert by_value(twin(value)) == by_value(value)
