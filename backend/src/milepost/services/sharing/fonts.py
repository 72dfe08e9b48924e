"""The fonts of share images: which characters they have, and how wide a text is.

Figtree is the font of the product; Noto Sans has Greek, Cyrillic, Devanagari and more Latin. An operator adds fonts for
other scripts with the setting `share_fonts`. Fonts of the machine are not used: the same content gives the same image
everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import fontpkg
from fontTools.ttLib import TTFont

_FAMILIES = ("Figtree", "Noto Sans")
# The widths are those of a light weight; bold letters are wider.
_BOLD_IS_WIDER = 1.12


@dataclass(frozen=True, slots=True)
class Fonts:
    """The font files, and the width of every character they have, in font sizes."""

    files: Sequence[str]
    widths: Mapping[str, float]

    def width(self, text: str) -> float:
        """At least the width of a text of drawable characters in bold, in font sizes."""
        return sum(self.widths.get(character, 0.0) for character in text) * _BOLD_IS_WIDER


def load_fonts(more: Sequence[str] = ()) -> Fonts:
    """Read the fonts; takes a tenth of a second. A character is drawn with the first font that has it.

    Raises:
        OSError: a file of `more` cannot be read.
        fontTools.ttLib.TTLibError: it is no font.
    """
    files = [*(str(fontpkg.path(family)) for family in _FAMILIES), *more]
    widths: dict[str, float] = {}
    for file in files:
        with TTFont(file, lazy=True, fontNumber=0) as font:
            advances, size = font["hmtx"].metrics, font["head"].unitsPerEm
            for codepoint, glyph in (font.getBestCmap() or {}).items():
                widths.setdefault(chr(codepoint), advances[glyph][0] / size)
    return Fonts(files, widths)
