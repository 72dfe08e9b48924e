"""The colour and the order of categories.

Colours are names; a frontend decides what they look like. This module does not know where categories are stored.
"""

from typing import Literal

CategoryColor = Literal["petrol", "copper", "indigo", "plum", "olive", "graphite"]

COLORS: tuple[CategoryColor, ...] = ("petrol", "copper", "indigo", "plum", "olive")
"""The colours that categories get by default, in turn."""

UNCATEGORISED_COLOR: CategoryColor = "graphite"
"""The sixth colour, that of tasks without a category. A category may have it too."""

MAX_CATEGORY_POSITION = 999


def default_color(position: int) -> CategoryColor:
    """The colour of the category at this position, counted from 0, if none was chosen."""
    return COLORS[position % len(COLORS)]
