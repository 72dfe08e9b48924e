"""The command line: `milepost run | serve | worker | migrate | achievements | rebuild | token | openapi`. Wiring only.

Whatever somebody can mend (settings, a port, a server that is away) ends with a sentence and exit code 1.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from milepost.embedded.process import StartFault
from milepost.errors import MilepostError
from milepost.rules.days.calendar import ZONE_NAMES
from milepost.settings import PREFIX, Settings, SettingsFault, load_settings

_REPOSITORY = Path(__file__).resolve().parents[3]
_SUPERVISED_PATIENCE_SECONDS = 30.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point. Ends the process with 0, 1 (a fault, explained on standard error) or 2 (wrong usage)."""
    options = parser().parse_args(arguments)
    try:
        options.command(options)
    except (SettingsFault, StartFault) as fault:
        sys.exit(f"milepost: {fault}")
    except MilepostError as fault:
        sys.exit(f"milepost: {fault.detail}")


def parser() -> argparse.ArgumentParser:
    """Every command and option there is."""
    milepost = argparse.ArgumentParser(prog="milepost", description="The progress service of a tutor platform.")
    commands = milepost.add_subparsers(required=True, metavar="command")

    run = commands.add_parser("run", help="everything on this machine, with demo learners, until Ctrl-C")
    run.add_argument("--port", type=int, help="where the API listens (default: the setting `port`; 0: any free one)")
    run.add_argument(
        "--data", type=Path, default=_REPOSITORY / "data", help="folder for all data (default: %(default)s)"
    )
    run.add_argument("--no-demo", action="store_true", help="no demo learners")
    run.set_defaults(command=_run)

    serve = commands.add_parser("serve", help="the API, on the servers of the settings")
    serve.set_defaults(command=_serve)
    worker = commands.add_parser("worker", help="the worker: sweeps and hints, on the servers of the settings")
    worker.add_argument("--check", action="store_true", help="start nothing; exit code 0 when a worker is alive")
    worker.set_defaults(command=_worker)
    for command in (serve, worker):
        command.add_argument("--supervised", action="store_true", help="end when standard input ends")

    commands.add_parser("migrate", help="bring the database to the newest schema").set_defaults(command=_migrate)
    _achievements_parser(commands.add_parser("achievements", help="the catalogue of achievements"))
    _rebuild_parser(commands.add_parser("rebuild", help="refill what is counted from the log, or compare it"))
    _token_parser(commands.add_parser("token", help="a token for development"))
    commands.add_parser("openapi", help="the OpenAPI document").set_defaults(command=_openapi)
    return milepost


def _achievements_parser(achievements: argparse.ArgumentParser) -> None:
    actions = achievements.add_subparsers(required=True, metavar="action")
    sync = actions.add_parser("sync", help="make the definitions of a file the ones in force; all of them or none")
    sync.add_argument("file", nargs="?", type=Path, help="default: achievements.toml of the configuration")
    sync.set_defaults(command=_sync_achievements)


def _rebuild_parser(rebuild: argparse.ArgumentParser) -> None:
    rebuild.add_argument("--learner", metavar="ID", help="this learner alone (default: everybody)")
    rebuild.add_argument(
        "--check",
        action="store_true",
        help="change nothing; name what differs from the log; exit code 1 if anything does",
    )
    rebuild.add_argument("--only", metavar="NAME", type=_projection, help="one projection, such as streaks")
    rebuild.set_defaults(command=_rebuild)


def _projection(name: str) -> str:
    """A projection's name.

    Raises:
        ArgumentTypeError: none of them.
    """
    from milepost.db.log.projections import NAMES

    if name not in NAMES:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(NAMES)}")
    return name


def _token_parser(token: argparse.ArgumentParser) -> None:
    token.add_argument("--learner", required=True, metavar="ID", help="whom it speaks for: the subject")
    token.add_argument(
        "--role", action="append", choices=("learner", "service", "admin"), help="default: learner; repeatable"
    )
    token.add_argument("--zone", help="the learner's time zone, such as Europe/Berlin")
    token.add_argument("--name", help="the learner's name")
    token.add_argument("--hours", type=float, default=12.0, help="how long it is valid (default: %(default)g)")
    token.add_argument(
        "--data",
        type=Path,
        default=_REPOSITORY / "data",
        help="where the secret is when MILEPOST_JWT_SECRET is not set",
    )
    token.set_defaults(command=_token)


def _run(options: argparse.Namespace) -> None:
    _only_in_development("`milepost run` is for development; in production use `milepost serve` and `milepost worker`.")
    from milepost.commands.sync_achievements import sync_achievements
    from milepost.embedded.supervisor import RunOptions, run
    from milepost.resources import SystemClock

    def seed(settings: Settings) -> object:
        return sync_achievements(settings, None, _say)

    run(RunOptions(options.port, options.data, not options.no_demo), SystemClock().now, _say, seed)


def _serve(options: argparse.Namespace) -> None:
    from milepost.commands.serve import serve

    serve(_settings_with_schema(supervised=options.supervised), supervised=options.supervised)


def _worker(options: argparse.Namespace) -> None:
    from milepost.commands.serve import end_with_standard_input
    from milepost.worker import run_worker, worker_alive

    if options.check:
        sys.exit(0 if worker_alive(load_settings()) else "milepost: no worker has said that it is alive")
    settings = _settings_with_schema(supervised=options.supervised)
    if options.supervised:
        end_with_standard_input(patience_seconds=settings.shutdown_grace_seconds + 10.0)
    run_worker(settings)


def _migrate(_options: argparse.Namespace) -> None:
    from milepost.db.migrations import head, upgrade

    upgrade(_settings_with_database().database_url)
    _say(f"The database is at revision {head()}.")


def _sync_achievements(options: argparse.Namespace) -> None:
    from milepost.commands.sync_achievements import sync_achievements

    sync_achievements(_settings_with_schema(supervised=False), options.file, _say)


def _rebuild(options: argparse.Namespace) -> None:
    from milepost.commands.rebuild import RebuildOptions, rebuild

    wanted = RebuildOptions(options.learner, options.check, options.only)
    if rebuild(_settings_with_schema(supervised=False), wanted, _say):
        sys.exit(1)


def _token(options: argparse.Namespace) -> None:
    _only_in_development("Tokens are minted in development only; in production they come from the platform.")
    from milepost.embedded.data_folder import read_secret
    from milepost.embedded.tokens import mint
    from milepost.resources import SystemClock

    if options.zone is not None and options.zone not in ZONE_NAMES:
        raise SettingsFault(
            f"--zone: {options.zone!r} is not a time zone; they are called Europe/Berlin or Asia/Kathmandu"
        )
    settings = load_settings()
    if settings.environment != "production" and not settings.jwt_secret:
        settings = settings.model_copy(update={"jwt_secret": read_secret(options.data)})
    now = SystemClock().now()
    roles = options.role or ["learner"]
    _say(
        mint(settings, options.learner, roles, issued_at=now, hours=options.hours, zone=options.zone, name=options.name)
    )


def _openapi(_options: argparse.Namespace) -> None:
    from milepost.app import openapi_document

    sys.stdout.write(openapi_document(load_settings()).decode())


def _only_in_development(sentence: str) -> None:
    """Before the settings are read: what else production lacks is not the point.

    Raises:
        SettingsFault: this is production.
    """
    if os.environ.get(f"{PREFIX}ENVIRONMENT") == "production":
        raise SettingsFault(sentence)


def _settings_with_database(patience_seconds: float = 0.0) -> Settings:
    """The settings, if the database they name answers, or does so within `patience_seconds`.

    Raises:
        SettingsFault, StartFault: what is wrong, and how to mend it.
    """
    import asyncio

    from milepost.db.reachability import database_fault

    settings = load_settings()
    if not settings.database_url:
        raise SettingsFault(
            "database_url: not set (MILEPOST_DATABASE_URL); `milepost run` starts a database of its own"
        )
    deadline = time.monotonic() + patience_seconds
    while (fault := asyncio.run(database_fault(settings.database_url))) is not None:
        if time.monotonic() >= deadline:
            raise StartFault(
                f"The database of MILEPOST_DATABASE_URL cannot be used: {fault}. Start it or correct the address."
            )
        time.sleep(0.2)
    return settings


def _settings_with_schema(*, supervised: bool) -> Settings:
    """The settings, if their database has the schema this version needs, or a newer one.

    `supervised`: whoever started us looks after the database as well, and may be starting it again at this moment.

    Raises:
        SettingsFault, StartFault: what is wrong, and how to mend it.
    """
    import asyncio

    from milepost.db.reachability import schema_fault

    settings = _settings_with_database(_SUPERVISED_PATIENCE_SECONDS if supervised else 0.0)
    fault = asyncio.run(schema_fault(settings.database_url))
    if fault is not None:
        raise StartFault(f"The database of MILEPOST_DATABASE_URL cannot be used: {fault}.")
    return settings


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
