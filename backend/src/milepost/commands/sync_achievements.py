"""`milepost achievements sync`: puts the catalogue file in force and prints what changed.

`rules/achievements/parser.py` decides what a file may contain; `services/achievements/` applies it.
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
    """Write the definitions of `file` (None: the file of the configuration) to the database of the settings.

    Raises:
        SettingsFault: the file does not exist or cannot be read.
        CatalogueRefused: every fault of the file, each with its line. Nothing was written.
        Unavailable: the database cannot be reached. Nothing was written.
    """
    file = file or config_dir() / "achievements.toml"
    try:
        content = file.read_bytes()
    except OSError as fault:
        raise SettingsFault(f"{file}: {fault.strerror}") from None
    change = asyncio.run(_sync(settings, content, load_policy()))
    parts = [f"{len(codes)} {verb}" for verb, codes in _changes(change) if codes]
    say(f"Achievements: {', '.join([*parts, f'{change.unchanged} unchanged'])}.")
    if change.decides:
        say("The worker checks every learner for achievements that are already earned.")
    return change


async def _sync(settings: Settings, content: bytes, policy: Policy) -> CatalogueChange:
    definitions = read_catalogue(content, [level.name for level in policy.skills.levels])
    async with open_database(settings) as database, database.write() as connection:
        return await sync_catalogue(connection, definitions, policy, SystemClock().now())


def _changes(change: CatalogueChange) -> list[tuple[str, tuple[str, ...]]]:
    return [("added", change.added), ("changed", change.changed), ("retired", change.retired)]
