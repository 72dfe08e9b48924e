"""Which texts can be the name that others see, character by character."""

import unicodedata

import pytest

from milepost.rules.texts import display_name_in, has_invisible

MAX = 40


@pytest.mark.parametrize("char", ["\u00ad", "\u061c", "\u180e", "\u200b", "\u200e", "\u2064", "\ufeff", "\U000e0020"])
def test_format_characters_are_invisible_inside_a_name(char: str) -> None:
    assert unicodedata.category(char) == "Cf"
    assert has_invisible(f"A{char}da")
    assert display_name_in(f"A{char}da", MAX) is None


def test_every_format_character_is_refused() -> None:
    characters = [char for char in map(chr, range(0x110000)) if unicodedata.category(char) == "Cf"]
    assert len(characters) > 100
    assert [char for char in characters if display_name_in(f"A{char}da", MAX) is not None] == []


def test_an_emoji_style_counts_only_after_a_symbol() -> None:
    assert not has_invisible("\u2764\ufe0f")
    assert not has_invisible("\u2194\ufe0e")
    assert has_invisible("a\ufe0f")
    assert has_invisible("\ufe0f")
    assert has_invisible("\u2764\ufe0f\ufe0f")
    assert has_invisible("\u2764\ufe00")


def test_letters_and_marks_of_any_script_are_visible() -> None:
    for name in ("नेहा", "ณัฐ", "Đặng", "שׁרה", "יִצְחָק", "ᠮᠣᠩᠭᠣᠯ"):
        assert not has_invisible(name), name


def test_the_length_is_that_of_the_normal_text() -> None:
    assert display_name_in("e\u0301" * 40, MAX) == "\u00e9" * 40
    assert display_name_in("e\u0301" * 41, MAX) is None
    assert display_name_in(" " * 500 + "Ada", MAX) == "Ada"
    assert display_name_in("x" * 1_000_000, MAX) is None
    assert display_name_in("", MAX) is None
