"""The id of a notice: the learner's revision and a number within it. The order of ids is the order of commits."""

import re
from typing import NamedTuple

PATTERN = r"^(0|[1-9][0-9]{0,17})\.(0|[1-9][0-9]{0,8})$"
"""The form of an id as text: two numbers, which fit into the columns they are compared with."""


class NoticeId(NamedTuple):
    """An id as two numbers, in the order of commits. It is unique among the notices of one learner."""

    revision: int
    n: int

    def __str__(self) -> str:
        return f"{self.revision}.{self.n}"


FIRST = NoticeId(-1, 0)
"""Before every notice."""
LAST = NoticeId(2**63 - 1, 0)
"""After every notice."""


def notice_id(text: str) -> NoticeId:
    """The id in a text such as `812.0`.

    Raises:
        ValueError: the text is not an id.
    """
    if not re.fullmatch(PATTERN, text, re.ASCII) or text.endswith("\n"):
        raise ValueError(f"not the id of a notice: {text[:60]!r}")
    revision, n = text.split(".")
    return NoticeId(int(revision), int(n))
