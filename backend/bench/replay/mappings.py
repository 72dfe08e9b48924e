"""Maps rows of two public data sets to activities, as docs/replay.md describes.

Pure: lines of text in, activities out. Knows nothing of files, HTTP or the service's own code. Ids consist of the kind
of file and the row number, so the same file always gives the same activities.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypedDict
from zlib import crc32


class Activity(TypedDict, total=False):
    """The fields of an activity that the mappings use, as `POST /api/activities` takes them."""

    id: str
    learner_id: str
    verb: str
    object_type: str
    object_id: str
    topic: str
    path: str
    difficulty: str
    value: float
    once_key: str
    zone: str
    metadata: dict[str, str | int | float]
    occurred_at: str


class UnknownRecords(ValueError):
    """The header line belongs to no data set with a mapping."""


class UnusableRow(ValueError):
    """A row that cannot be mapped because of its kind, course, columns or numbers. The message names the row."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """One kind of file: its name (the prefix of its ids), its header, and how a row (numbered from 1) is mapped."""

    name: str
    header: str
    activity: Callable[[int, dict[str, str]], Activity]


HISTORY_META_VERBS = {
    "question": ("posted", "question"),
    "answer": ("answered", "question"),
    "comment": ("commented", "post"),
    "other": ("contributed", "post"),
    "badge": ("earned", "badge"),
}
"""kind → (verb, object_type). The service's own table of kinds decides which of these meet a day."""

PRESENTATION_STARTS = {"B": (2, 1), "J": (10, 1)}
"""OULAD: presentations with B start on 1 February, those with J on 1 October of the year in their name."""

DIFFICULTY_FROM_WEIGHT = ((20.0, "hard"), (5.0, "medium"), (0.0, "easy"))
"""The minimum weight in the final mark, in percent, of each difficulty."""

_SPREAD_SECONDS = 12 * 3600


def history_meta_activity(row_number: int, row: dict[str, str]) -> Activity:
    """A post, comment or badge of Stack Exchange's History Meta.

    Raises:
        UnusableRow: the kind is unknown.
    """
    if row["kind"] not in HISTORY_META_VERBS:
        raise UnusableRow(f"row {row_number}: unknown kind {row['kind']!r}")
    verb, object_type = HISTORY_META_VERBS[row["kind"]]
    activity = Activity(
        id=f"history-meta-{row_number}",
        learner_id=f"se-history-meta-{row['user']}",
        verb=verb,
        object_type=object_type,
        occurred_at=row["time"],
    )
    if row["badge"]:
        activity["object_id"] = row["badge"]
    return activity


def oulad_activity(row_number: int, row: dict[str, str]) -> Activity:
    """An assessment submitted at the Open University.

    A score outside 0–100 is passed on unchanged, for the service to reject.
    `once_key` is the assessment, so that a second submission would count as practice and not as a second grade. The
    topic is the module across its presentations: one presentation has fewer graded assessments of a kind than the
    second level needs.

    Raises:
        UnusableRow: the start date of the course is not known.
    """
    metadata: dict[str, str | int | float] = {
        "course": row["course"],
        "day": int(row["day"]),
        "weight": float(row["weight"]),
    }
    if row["due_day"]:
        metadata["due_day"] = int(row["due_day"])
    activity = Activity(
        id=f"oulad-{row_number}",
        learner_id=f"oulad-{row['user']}",
        verb="completed",
        object_type="exercise",
        object_id=row["item"],
        once_key=row["item"],
        topic=row["course"].partition("-")[0],
        path=row["kind"],
        difficulty=next(name for min_weight, name in DIFFICULTY_FROM_WEIGHT if float(row["weight"]) >= min_weight),
        metadata=metadata,
        occurred_at=_submitted_at(row_number, row),
    )
    if row["score"]:
        activity["value"] = float(row["score"])
    return activity


def _submitted_at(row_number: int, row: dict[str, str]) -> str:
    """Noon UTC of the day (the file has no times), moved by up to six hours by a checksum of user and item."""
    presentation = row["course"].rpartition("-")[2]
    if len(presentation) != 5 or not presentation[:4].isdigit() or presentation[4] not in PRESENTATION_STARTS:
        raise UnusableRow(f"row {row_number}: the start of course {row['course']!r} is not known")
    first_day = date(int(presentation[:4]), *PRESENTATION_STARTS[presentation[4]])
    noon = datetime.combine(first_day + timedelta(days=int(row["day"])), time(12), UTC)
    spread = crc32(f"{row['user']}:{row['item']}".encode()) % _SPREAD_SECONDS - _SPREAD_SECONDS // 2
    return (noon + timedelta(seconds=spread)).strftime("%Y-%m-%dT%H:%M:%SZ")


HISTORY_META = DataSet("history-meta", "user,time,kind,badge", history_meta_activity)
OULAD = DataSet("oulad", "course,user,item,kind,day,due_day,weight,score,course_days", oulad_activity)
DATA_SETS = (HISTORY_META, OULAD)


def data_set_of(header: str) -> DataSet:
    """The data set with this header line.

    Raises:
        UnknownRecords: no data set has it.
    """
    for data_set in DATA_SETS:
        if header.strip().lstrip("\ufeff") == data_set.header:
            return data_set
    headers = "; ".join(data_set.header for data_set in DATA_SETS)
    raise UnknownRecords(f"no mapping for a file that begins with {header.strip()[:100]!r}; known headers: {headers}")


def activities(lines: Iterable[str]) -> Iterator[Activity]:
    """The activities of a file given as its lines, header first, in the file's order.

    Raises:
        UnknownRecords: the header belongs to no known data set.
        UnusableRow: a row cannot be mapped.
    """
    rest = iter(lines)
    data_set = data_set_of(next(rest, ""))
    rows = csv.DictReader(rest, fieldnames=data_set.header.split(","))
    for number, row in enumerate(rows, start=1):
        if None in row or None in row.values():
            raise UnusableRow(f"row {number}: not {len(data_set.header.split(','))} columns")
        try:
            yield data_set.activity(number, row)
        except UnusableRow:
            raise
        except ValueError as fault:
            raise UnusableRow(f"row {number}: {fault}") from None
