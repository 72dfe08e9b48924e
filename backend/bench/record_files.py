"""Files of real records that evaluations read: plain or gzipped CSV, recognised by the header line."""

import csv
import gzip
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TextIO

Row = dict[str, str]


def open_file(path: Path) -> TextIO:
    """The text of a file, which the caller closes.

    Raises:
        OSError: there is no such file, or it cannot be read.
    """
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def rows(lines: Iterator[str], known: Collection[str]) -> tuple[str, Iterator[Row]]:
    """The header line, which is one of `known`, and the rows below it.

    Raises:
        ValueError: the header line is another.
    """
    header = next(lines, "").strip()
    if header not in known:
        raise ValueError(f"unknown header {header[:100]!r}; known headers: {'; '.join(known)}")
    return header, csv.DictReader(lines, fieldnames=header.split(","))
