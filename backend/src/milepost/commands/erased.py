"""`milepost erased`: writes the list of erased learners, and applies it after a backup was restored.

`services/learners/restored.py` does the work.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from milepost.db.database import open_database
from milepost.resources import SystemClock
from milepost.services.learners.restored import ErasedAgain, erase_again, erased_list
from milepost.settings import Settings, SettingsFault

# A restored learner may be large, and no request waits for it.
_STATEMENT_TIMEOUT_SECONDS = 600.0

Say = Callable[[str], None]


def export_erased(settings: Settings, say: Say) -> None:
    """Print the list of erased learners.

    Raises:
        Unavailable: the database cannot be reached.
    """

    async def export() -> None:
        async with open_database(settings) as database, database.read() as connection:
            for line in await erased_list(connection):
                say(line)

    asyncio.run(export())


def apply_erased(settings: Settings, file: Path, say: Say) -> ErasedAgain:
    """Erase the learners of the list in `file` who are in the database.

    Raises:
        SettingsFault: the file cannot be read.
        Invalid: it is no list of erased learners, or one that was made with another key.
        Unavailable: the database cannot be reached.
    """
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsFault(f"{file}: {getattr(fault, 'strerror', None) or 'not a text'}") from None
    patient = settings.model_copy(update={"database_statement_timeout_seconds": _STATEMENT_TIMEOUT_SECONDS})

    async def apply() -> ErasedAgain:
        async with open_database(patient) as database:
            return await erase_again(database, lines, settings.jwt_issuer, SystemClock().now())

    result = asyncio.run(apply())
    say(f"{result.digests} erased learners were not known, {result.learners} of them were here and are erased again.")
    return result
