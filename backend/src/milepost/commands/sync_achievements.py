"""`milepost achievements sync`: the catalogue's file becomes the catalogue in force, and what that changed is told.

What a file may say is `rules/achievements/parser.py`'s business, what becomes of it `services/achievements/`'.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from milepost.db.database import open_database
from milepost.resources import SystemClock
from milepost.rules.policy import Policy
from milepost.services.achievements.catalogue import CatalogueChange, sync_catalogue
from milepost.services.achievements.catalogue_file import read_catalogue
from milepost.settings import Settings, SettingsFault, config_dir, load_policy

Say = Callable[[str], None]


def sync_achievements(settings: Settings, file: Path | None, say: Say) -> CatalogueChange:
    """Take the definitions of `file` (None: of the configuration) into the database that the settings name.

    Raises:
        SettingsFault: there is no such file, or it cannot be read.
        CatalogueRefused: every fault of the file, each with its line. Nothing of it was taken.
        Unavailable: the database is out of reach. Nothing was taken.
    """
    file = file or config_dir() / "achievements.toml"
    try:
        content = file.read_bytes()
    except OSError as fault:
        raise SettingsFault(f"{file}: {fault.strerror}") from None
    change = asyncio.run(_sync(settings, content, load_policy()))
    parts = [f"{len(codes)} {what}" for what, codes in _told(change) if codes]
    say(f"Achievements: {', '.join([*parts, f'{change.unchanged} as before'])}.")
    if change.decides:
        say("The worker looks at every learner for what has already been earned.")
    return change


async def _sync(settings: Settings, content: bytes, policy: Policy) -> CatalogueChange:
    definitions = read_catalogue(content, [level.name for level in policy.skills.levels])
    async with open_database(settings) as database, database.write() as connection:
        return await sync_catalogue(connection, definitions, policy, SystemClock().now())


def _told(change: CatalogueChange) -> list[tuple[str, tuple[str, ...]]]:
    return [("added", change.added), ("changed", change.changed), ("retired", change.retired)]
