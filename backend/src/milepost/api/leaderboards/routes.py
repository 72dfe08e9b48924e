"""Leaderboards and peers, as one learner may see them."""

from uuid import UUID

from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.quiet import hides_gains
from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.http.fields import NamedLearner
from milepost.api.http.learner_routes import LEARNER_PROBLEMS, READ_ROLES, learner_answer, requested_learner
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import Reply, answer
from milepost.api.leaderboards.problems import GROUP_PROBLEMS
from milepost.api.leaderboards.schemas import (
    LeaderboardOut,
    LeaderboardQuery,
    PeersOut,
    QuietLeaderboardOut,
    QuietPeersOut,
)
from milepost.api.leaderboards.serializers import board_json, peers_json
from milepost.db.connection import Reading
from milepost.errors import Fault, Invalid, NotFound
from milepost.queries.leaderboards.boards import Board, board_around, board_reader, board_top
from milepost.queries.leaderboards.groups import OwnGroup, groups_of, own_group
from milepost.queries.leaderboards.peers import has_peers, own_practice, peer_figures
from milepost.rules.leaderboards import BoardPeriod, PeerReason, board_days

blueprint = Blueprint("leaderboards", __name__)


@blueprint.get("/leaderboards")
@contract(
    operation="getLeaderboard",
    summary="A leaderboard",
    roles=READ_ROLES,
    query=LeaderboardQuery,
    answers=LeaderboardOut | QuietLeaderboardOut,
    when_quiet=QuietLeaderboardOut(quiet=True, entries=[]),
    problems=(*LEARNER_PROBLEMS, *GROUP_PROBLEMS),
    tag="leaderboards",
)
async def show_board() -> Reply:
    """The first entries of a board, or those around the learner.

    Only learners who chose to be on boards are shown and counted. The learner's own rank is always in `me`. A week or
    month is that of the learner's today, and counts everybody's own local days with these dates. `streak` is the
    longest streak. Points of badges do not count. Learners who have nothing yet are on no board.
    """
    query, app = read_query(LeaderboardQuery), resources()
    learner_id = learner_named(current_caller(), query.learner_id)
    period = _period(query)
    today = (await app.versions.read(learner_id)).today(app.clock.now())
    async with app.database.snapshot() as connection:
        group = await _own_group(connection, learner_id, query.group)
        board = Board(query.metric, period, board_days(period, today), group and group.group_id)
        reader = await board_reader(connection, learner_id)
        if hides_gains(current_caller(), is_quiet=reader.is_quiet):
            return learner_answer({}, is_quiet=True)
        read = board_around if query.around == "me" else board_top
        view = await read(connection, board, reader, query.limit)
        groups = await groups_of(connection, learner_id)
    return answer(board_json(board, today, reader, view, group, groups))


@blueprint.get("/peers")
@contract(
    operation="getPeers",
    summary="Comparison with peers",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=PeersOut | QuietPeersOut,
    when_quiet=QuietPeersOut(quiet=True, bands=[]),
    problems=LEARNER_PROBLEMS,
    tag="leaderboards",
)
async def show_peers() -> Reply:
    """Ahead of how many percent of the others the learner is, in bands of 5, over four weeks that are over.

    Compares learners who chose to be on boards and practised in these weeks, at least 6 of them, once a day.
    """
    learner_id, app = requested_learner(), resources()
    today = (await app.versions.read(learner_id)).today(app.clock.now())
    async with app.database.snapshot() as connection:
        reader = await board_reader(connection, learner_id)
        if hides_gains(current_caller(), is_quiet=reader.is_quiet):
            return learner_answer({}, is_quiet=True)
        figures = await peer_figures(connection)
        if not reader.is_shown or figures is None:
            return answer(peers_json(today, "not_counted_yet" if reader.is_shown else "not_on_boards", None, None))
        if not figures.bands or not await has_peers(connection, learner_id):
            return answer(peers_json(today, "too_few_peers", figures, None))
        practice = await own_practice(connection, learner_id, figures.days)
    reason: PeerReason | None = None if practice.active_days else "no_practice"
    return answer(peers_json(today, reason, figures, practice))


def _period(query: LeaderboardQuery) -> BoardPeriod:
    """The period of the board.

    Raises:
        Invalid: `invalid_query`, a streak is asked of a week or a month.
    """
    if query.metric != "streak":
        return query.period or "week"
    if query.period not in (None, "all"):
        fault = Fault("/period", "must be `all` for `streak`", "not_allowed", {"allowed": ["all"]})
        raise Invalid("invalid_query", "The query string has invalid values.", (fault,))
    return "all"


async def _own_group(connection: Reading, learner_id: UUID, group_id: str | None) -> OwnGroup | None:
    """The group asked for.

    Raises:
        NotFound: `group_not_found`. Groups of others do not exist for the caller.
    """
    if group_id is None:
        return None
    group = await own_group(connection, learner_id, UUID(group_id))
    if group is None:
        raise NotFound("group_not_found", "The learner is in no such group.")
    return group
