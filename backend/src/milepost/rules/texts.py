"""Names and labels: one spelling of what looks the same.

A text by which somebody names something is compared and counted in Unicode NFC, without white space or invisible
characters around it. Ids are not texts in this sense: they are opaque and compared character by character.
"""

import unicodedata

_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
_CONTROL_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_UNASSIGNED_CATEGORIES = frozenset({"Cn", "Co"})
_EMOJI_STYLES = frozenset("\ufe0e\ufe0f")
"""Show the symbol before them as text, or as an emoji. Keyboards of phones add them."""
_SYMBOL_CATEGORIES = frozenset({"So", "Sm"})
_IGNORED_MARKS = frozenset(
    "\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f" + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
"""Marks that no reader sees (Unicode, Default_Ignorable_Code_Point)."""
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Fillers: letters and symbols to Unicode, but blank to a reader."""
_AROUND = "".join(char for char in map(chr, range(0x3001)) if char.isspace()) + "\u200b\u2060\ufeff"
"""What is removed at both ends. Joiners stay: they change the letters and emoji before them."""

# Bringing marks into order takes quadratic time, so a text is cut off or left alone before it becomes long.
_MAX_DECOMPOSED_CHARACTERS = 4
_MAX_COMPARED_CHARACTERS = 1_000


def normal_text(text: str) -> str:
    """The text in NFC, without white space and zero-width spaces at its ends."""
    return text.strip(_AROUND) if text.isascii() else unicodedata.normalize("NFC", text).strip(_AROUND)


def may_fit(text: str, max_characters: int) -> bool:
    """Whether the text may have at most so many characters once it is normal. Cheap for texts of any length."""
    return len(text.strip(_AROUND)) <= _MAX_DECOMPOSED_CHARACTERS * max_characters


def is_blank(text: str) -> bool:
    """Whether a reader sees nothing: only white space, control characters and invisible ones."""
    return all(unicodedata.category(char) in _INVISIBLE_CATEGORIES or char in _BLANK_LETTERS for char in text)


def has_controls(text: str) -> bool:
    """Whether it has line breaks, control characters, or characters that reverse the text after them."""
    if text.isascii() and text.isprintable():
        return False
    return any(char in _BIDI_CONTROLS or unicodedata.category(char) in _CONTROL_CATEGORIES for char in text)


def has_invisible(text: str) -> bool:
    """Whether it has a character that no reader sees, so that two different texts could look the same.

    These are zero-width and other format characters, fillers, and characters without a meaning. An emoji style after a
    symbol changes how the symbol looks and is none of them.
    """
    if text.isascii():
        return False
    before = ""
    for char in text:
        category = unicodedata.category(char)
        if category == "Cf" or category in _UNASSIGNED_CATEGORIES or char in _BLANK_LETTERS:
            return True
        is_style = char in _EMOJI_STYLES and before != "" and unicodedata.category(before) in _SYMBOL_CATEGORIES
        if char in _IGNORED_MARKS and not is_style:
            return True
        before = char
    return False


def display_name_in(text: str, max_characters: int) -> str | None:
    """The text as the name that a learner shows to others; None if it cannot be one.

    It is normal, and neither blank nor too long. It has no line breaks, control characters, text direction overrides or
    invisible characters.
    """
    name = normal_text(text) if may_fit(text, max_characters) else text
    if len(name) > max_characters or is_blank(name) or has_controls(name) or has_invisible(name):
        return None
    return name


def by_value(value: object) -> object:
    """JSON as a value, at any depth: 1 and 1.0 are one number, and texts are normal if they are at most 1,000 long."""
    if isinstance(value, str):
        return normal_text(value) if len(value) <= _MAX_COMPARED_CHARACTERS else value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, dict):
        return {by_value(key): by_value(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [by_value(inner) for inner in value]
    return value
