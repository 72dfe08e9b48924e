"""A chart of rates by size, as SVG: how much of its rate each operation keeps, on logarithmic axes."""

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 760, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 230, 24, 46
_LOWEST, _HIGHEST = 0.1, 2.0
_COLOURS = ("#1b6ca8", "#c2410c", "#15803d", "#7e22ce", "#b91c1c", "#0f766e", "#a16207", "#4b5563")
_TICKS = (0.1, 0.2, 0.5, 1.0, 2.0)


def chart(sizes: Sequence[int], rates: Sequence[Mapping[str, float]]) -> str:
    """A line for each name in `rates`, one mapping for each of `sizes`, relative to the first."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        ' font-family="sans-serif" font-size="12">',
        "<title>Rates by number of learners, relative to the smallest</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for tick in _TICKS:
        y = _y(tick)
        parts.append(f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y}" y2="{y}" stroke="#d4d4d8"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end" fill="#3f3f46">{tick:g} ×</text>')
    for size in sizes:
        x = _x(size, sizes)
        parts.append(f'<text x="{x}" y="{HEIGHT - 18}" text-anchor="middle" fill="#3f3f46">{size:,} learners</text>')
    for place, name in enumerate(rates[0]):
        colour = _COLOURS[place % len(_COLOURS)]
        points = [
            (_x(size, sizes), _y(of_size[name] / rates[0][name])) for size, of_size in zip(sizes, rates, strict=True)
        ]
        line = " ".join(f"{x},{y}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += (f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in points)
        label_y = _TOP + 14 + 20 * place
        parts.append(f'<text x="{WIDTH - _RIGHT + 16}" y="{label_y}" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _x(size: int, sizes: Sequence[int]) -> float:
    low, high = math.log(sizes[0]), math.log(sizes[-1])
    part = 0.5 if high == low else (math.log(size) - low) / (high - low)
    inset = 60
    return round(_LEFT + inset + part * (WIDTH - _LEFT - _RIGHT - 2 * inset), 1)


def _y(ratio: float) -> float:
    kept = min(_HIGHEST, max(_LOWEST, ratio))
    part = (math.log(kept) - math.log(_LOWEST)) / (math.log(_HIGHEST) - math.log(_LOWEST))
    return round(HEIGHT - _BOTTOM - part * (HEIGHT - _TOP - _BOTTOM), 1)
