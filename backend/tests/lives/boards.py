"""Boards as tests set them up and read them."""

from uuid import UUID

from milepost.resources import Resources
from milepost.services.learners.profile import ProfileChanges, change_profile
from support.callers import Caller, Json


async def choose(
    resources: Resources, learner: Caller, *, boards: bool = True, quiet: bool = False, name: str | None = None
) -> None:
    """Store what a learner has chosen to show, as a change of its profile does."""
    changes: ProfileChanges = {"boards": boards, "quiet": quiet, "display_name": name}
    async with resources.database.write() as connection:
        await change_profile(connection, UUID(learner.learner_id), changes)


async def board(reader: Caller, **query: object) -> Json:
    """The board as this learner reads it."""
    return (await reader.get("/leaderboards", **query)).ok()


async def places(reader: Caller, **query: object) -> list[tuple[int, int, str | None]]:
    """Rank, value and name of each entry."""
    return [(entry["rank"], entry["value"], entry["name"]) for entry in (await board(reader, **query))["entries"]]


async def empty_boards(resources: Resources) -> None:
    """Take every learner of earlier tests off the boards."""
    async with resources.database.write() as connection:
        await connection.execute("DELETE FROM profiles")
        await connection.execute("DELETE FROM board_scores")
        await connection.execute("UPDATE learners SET on_boards = false WHERE on_boards")
        await connection.execute("DELETE FROM peer_figures")
