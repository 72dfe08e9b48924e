"""`milepost rebuild`: shows progress while projections are refilled or compared with the log.

Shows a progress bar on a terminal, plain lines elsewhere. `services/rebuild/rebuild.py` does the work.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from milepost.db.database import open_database
from milepost.errors import NotFound
from milepost.resources import SystemClock
from milepost.rules.learners import learner_uuid
from milepost.services.rebuild import check
from milepost.services.rebuild import rebuild as rebuilds
from milepost.services.rebuild.report import BatchReport
from milepost.settings import Settings, load_policy

# A batch may contain a learner with a very long log, and no request waits for it.
_STATEMENT_TIMEOUT_SECONDS = 600.0
_LEARNERS_PER_LINE = 10_000

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class RebuildOptions:
    """`learner`: a UUID or a subject (None: all learners). `check`: only compare. `only`: a projection (None: all)."""

    learner: str | None = None
    check: bool = False
    only: str | None = None


def rebuild(settings: Settings, options: RebuildOptions, say: Say) -> int:
    """Rebuild or check, and return the number of differences (0 for a rebuild).

    Raises:
        NotFound: nothing was ever recorded for the given learner.
        Unavailable: the database cannot be reached. Committed batches stay; the next rebuild continues from there.
    """
    patient = settings.model_copy(update={"database_statement_timeout_seconds": _STATEMENT_TIMEOUT_SECONDS})
    return asyncio.run(_run(patient, options, say))


async def _run(settings: Settings, options: RebuildOptions, say: Say) -> int:
    policy, now = load_policy(), SystemClock().now()
    learner_id = None if options.learner is None else learner_uuid(settings.jwt_issuer, options.learner)
    async with open_database(settings) as database:
        if learner_id is not None and not await rebuilds.is_known(database, learner_id):
            raise NotFound("learner_not_found", f"Nothing was ever recorded for the learner {options.learner!r}.")
        if options.check:
            if not await check.policy_is_applied(database, policy):
                say("The numbers in policy.toml have changed, and the worker has not processed all learners yet.")
            if not await check.catalogue_is_applied(database):
                say("The achievements have changed, and the worker has not checked all learners yet.")
            if not await check.outages_are_settled(database):
                say("An outage was activated or withdrawn, and the worker has not processed all learners yet.")
            return await _show(check.check(database, policy, learner_id, options.only), "checked", say)
        if learner_id is not None:
            await rebuilds.rebuild_one(database, learner_id, policy, now, options.only)
            say("1 learner rebuilt.")
            return 0
        return await _show(rebuilds.rebuild(database, policy, now, options.only), "rebuilt", say)


async def _show(run: AsyncIterator[BatchReport], verb: str, say: Say) -> int:
    """Follow a run to its end, printing differences, progress and a summary; return the number of differences."""
    console = Console(file=sys.stderr)
    columns = (TextColumn(f"Learners {verb}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    differences, done, reported = 0, 0, 0
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(verb, total=None)
        async for progress in run:
            for difference in progress.differences:
                say(str(difference))
            for learner_id in progress.waiting:
                say(f"learner={learner_id} is waiting to be rebuilt by the worker and was skipped.")
            differences, done = differences + len(progress.differences), progress.done
            bar.update(task, completed=done, total=max(done, progress.total))
            if not console.is_terminal and done >= reported + _LEARNERS_PER_LINE:
                say(f"{done} of {progress.total} learners {verb} …")
                reported = done
    tail = f": {differences} differences" if verb == "checked" else ""
    say(f"{done} learners {verb}{tail}.")
    return differences
