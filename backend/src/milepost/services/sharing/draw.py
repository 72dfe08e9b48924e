"""A program that draws one SVG as PNG: from standard input to standard output, with the fonts named as arguments.

It runs in a process of its own, because the renderer holds the interpreter for as long as it draws. The process has
little to lose: no settings, no connection, and a limit on its time.
"""

import os
import resource
import sys

import resvg_py

MAX_CPU_SECONDS = 4
_NICENESS = 10


def main() -> None:
    """Draw what comes in."""
    os.nice(_NICENESS)
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))
    svg = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True, font_files=sys.argv[1:]))


if __name__ == "__main__":
    main()
