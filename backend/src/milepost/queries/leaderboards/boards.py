"""A board as one learner reads it: the top, or the entries around the learner.

Only learners who are shown have scores, so neither an entry nor a count depends on a hidden one. A page is one range of
an index. A rank is a count in the same index, or in a group of at most some thousands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple
from uuid import UUID

from milepost.db.connection import Reading
from milepost.queries.learners.profile import IS_SHOWN
from milepost.rules.days.periods import Days
from milepost.rules.leaderboards import BoardPeriod, Metric, Start, ranks, surroundings

_PROFILE = f"SELECT quiet, {IS_SHOWN}, display_name FROM profiles WHERE learner_id = $1"
_OWN_DAYS = """
SELECT coalesce(sum(points), 0)::bigint AS points, coalesce(sum(exercises), 0)::bigint AS exercises,
    coalesce(sum(seconds), 0)::bigint / 60 AS minutes
FROM activity_days WHERE learner_id = $1 AND local_day BETWEEN $2 AND $3
"""
_OWN_TOTALS = """
SELECT points, exercises, seconds / 60 AS minutes, longest AS streak FROM learners WHERE learner_id = $1
"""


@dataclass(frozen=True, slots=True)
class Board:
    """Which board: its metric, its period with the days it counts, and the group if it is a group's."""

    metric: Metric
    period: BoardPeriod
    days: Days
    group_id: UUID | None = None


class BoardReader(NamedTuple):
    """Who reads: whether the learner is quiet, whether others see it on boards, and its display name."""

    learner_id: UUID
    is_quiet: bool
    is_shown: bool
    name: str | None


class BoardEntry(NamedTuple):
    """A learner on a board. `name` is None for learners who gave none."""

    learner_id: UUID
    value: int
    name: str | None


@dataclass(frozen=True, slots=True)
class BoardView:
    """Consecutive entries with their ranks, and the value and rank of the reader, who need not be among them."""

    entries: Sequence[tuple[int, BoardEntry]]
    value: int
    rank: int


async def board_reader(connection: Reading, learner_id: UUID) -> BoardReader:
    """The reader's profile. One statement."""
    row = await connection.fetchrow(_PROFILE, learner_id)
    return BoardReader(learner_id, *(row or (False, False, None)))


async def board_top(connection: Reading, board: Board, reader: BoardReader, limit: int) -> BoardView:
    """The first `limit` entries. Three statements in the caller's snapshot."""
    statements, group = _statements(board.metric, board.period, board.group_id is not None), _group(board)
    value = await _own_value(connection, board, reader)
    ahead = await connection.fetchval(statements.ahead, board.days.first, value, *group)
    entries = [BoardEntry(*row) for row in await connection.fetch(statements.top, board.days.first, limit, *group)]
    return BoardView(_ranked(entries, Start()), value, ahead + 1)


async def board_around(connection: Reading, board: Board, reader: BoardReader, limit: int) -> BoardView:
    """At most `limit` entries around the reader's place; a hidden reader is not among them. Five statements, of which
    one counts those above the reader.
    """
    statements, group = _statements(board.metric, board.period, board.group_id is not None), _group(board)
    value = await _own_value(connection, board, reader)
    place = (board.days.first, value, reader.learner_id)
    ahead, tied_before = await connection.fetchrow(statements.before, *place, *group)
    above = [BoardEntry(*row) for row in await connection.fetch(statements.above, *place, limit, *group)]
    below = [BoardEntry(*row) for row in await connection.fetch(statements.below, *place, limit, *group)]
    own = [BoardEntry(reader.learner_id, value, reader.name)] if reader.is_shown and value > 0 else []
    entries = surroundings(above, own, below, limit)
    if not entries:
        return BoardView([], value, ahead + 1)
    first = entries[0]
    tied = await connection.fetchval(statements.tied_before, board.days.first, first.value, first.learner_id, *group)
    before_first = ahead + tied_before - (above.index(first) + 1 if first in above else 0)
    return BoardView(_ranked(entries, Start(before_first - tied, tied)), value, ahead + 1)


def _ranked(entries: Sequence[BoardEntry], start: Start) -> list[tuple[int, BoardEntry]]:
    return list(zip(ranks([entry.value for entry in entries], start), entries, strict=True))


async def _own_value(connection: Reading, board: Board, reader: BoardReader) -> int:
    """What the reader has, shown or not."""
    if board.period == "all":
        row = await connection.fetchrow(_OWN_TOTALS, reader.learner_id)
    else:
        row = await connection.fetchrow(_OWN_DAYS, reader.learner_id, board.days.first, board.days.last)
    return row[board.metric] if row else 0


def _group(board: Board) -> tuple[UUID, ...]:
    """The last parameter of statements about a group."""
    return () if board.group_id is None else (board.group_id,)


class _Statements(NamedTuple):
    """The statements of one kind of board. $1: its first day. Of a group, the last parameter is the group."""

    top: str
    above: str
    below: str
    ahead: str
    before: str
    tied_before: str


@cache
def _statements(metric: Metric, period: BoardPeriod, in_group: bool) -> _Statements:
    def board(group_place: int) -> str:
        members = f"JOIN group_members m ON m.learner_id = s.learner_id AND m.group_id = ${group_place}"
        return (
            f"FROM board_scores s {members if in_group else ''}\n"
            f"WHERE s.period = '{period}' AND s.first_day = $1 AND s.{metric} > 0"
        )

    def page(condition: str, direction: str, limit_place: int) -> str:
        order = f"value {direction}, e.learner_id {direction}"
        return (
            f"SELECT e.learner_id, e.value, p.display_name FROM (\n"
            f"SELECT s.learner_id, s.{metric}::bigint AS value {board(limit_place + 1)} {condition}\n"
            f"ORDER BY s.{metric} {direction}, s.learner_id {direction} LIMIT ${limit_place}\n"
            f") e LEFT JOIN profiles p USING (learner_id) ORDER BY {order}"
        )

    place = f"(s.{metric}, s.learner_id)"
    return _Statements(
        top=page("", "DESC", 2),
        above=page(f"AND {place} > ($2, $3::uuid)", "ASC", 4),
        below=page(f"AND {place} < ($2, $3::uuid)", "DESC", 4),
        ahead=f"SELECT count(*) {board(3)} AND s.{metric} > $2",
        before=f"SELECT count(*) FILTER (WHERE s.{metric} > $2), count(*) FILTER (WHERE s.{metric} = $2)\n"
        f"{board(4)} AND {place} > ($2, $3::uuid)",
        tied_before=f"SELECT count(*) {board(4)} AND s.{metric} = $2 AND s.learner_id > $3::uuid",
    )
