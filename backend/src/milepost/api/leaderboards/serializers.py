"""Boards, groups and peers as JSON. No answer to a learner carries the id of another learner."""

from collections.abc import Sequence
from datetime import date

from milepost.api.http.responses import JsonObject, instant
from milepost.api.http.windows import filter_json
from milepost.queries.leaderboards.boards import Board, BoardReader, BoardView
from milepost.queries.leaderboards.groups import Group, OwnGroup
from milepost.queries.leaderboards.peers import PEER_METRICS, OwnPractice, PeerFigures
from milepost.rules.leaderboards import PEER_TEXTS, PeerReason, band_of


def board_json(
    board: Board,
    today: date,
    reader: BoardReader,
    view: BoardView,
    group: OwnGroup | None,
    groups: Sequence[OwnGroup],
) -> JsonObject:
    """`LeaderboardOut`."""
    first, last = (None, None) if board.period == "all" else (board.days.first, board.days.last)
    return {
        "metric": board.metric,
        "period": board.period,
        **filter_json(first, last, today),
        "group": None if group is None else _own_group_json(group),
        "me": {"value": view.value, "rank": view.rank, "shown": reader.is_shown},
        "entries": [
            {
                "rank": rank,
                "value": entry.value,
                "name": entry.name,
                "is_me": entry.learner_id == reader.learner_id,
            }
            for rank, entry in view.entries
        ],
        "groups": [_own_group_json(own) for own in groups],
    }


def peers_json(
    today: date, reason: PeerReason | None, figures: PeerFigures | None, practice: OwnPractice | None
) -> JsonObject:
    """`PeersOut`: bands, or the reason why there are none."""
    bands: list[JsonObject] = []
    if reason is None and figures is not None and practice is not None:
        for metric in PEER_METRICS:
            value = practice.amounts[metric]
            from_percent, to_percent = band_of(value, figures.bands[metric])
            bands.append({"metric": metric, "value": value, "from_percent": from_percent, "to_percent": to_percent})
    first, last = (None, None) if figures is None else (figures.days.first, figures.days.last)
    return {
        **filter_json(first, last, today),
        "reason": reason,
        "text": None if reason is None else PEER_TEXTS[reason],
        "bands": bands,
    }


def group_json(group: Group) -> JsonObject:
    """`GroupOut`."""
    return {
        "group_id": str(group.group_id),
        "name": group.name,
        "members": group.members,
        "created_at": instant(group.created_at),
    }


def _own_group_json(group: OwnGroup) -> JsonObject:
    return {"group_id": str(group.group_id), "name": group.name}
