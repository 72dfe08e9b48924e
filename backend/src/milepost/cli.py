"""The command line: run, serve, worker, migrate, achievements, rebuild, erased, token and openapi. Wiring only.

A fault that the user can fix (settings, a port, an unreachable server, a full disk) ends with a sentence and exit
code 1.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from milepost.embedded.process import FULL_DISK, StartFault
from milepost.errors import MilepostError
from milepost.rules.days.calendar import ZONE_NAMES
from milepost.settings import PREFIX, Settings, SettingsFault, load_settings

_REPOSITORY = Path(__file__).resolve().parents[3]
_MAX_PORT = 65_535
_MAX_PROCESSES = 64
LATE_EXIT_CODE = 3
"""Of `milepost worker --check`, apart from faults that another worker would have too."""
_SUPERVISED_PATIENCE_SECONDS = 30.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point. Exits with 0, 1 (a fault, explained on standard error) or 2 (wrong usage)."""
    options = parser().parse_args(arguments)
    try:
        options.command(options)
    except (SettingsFault, StartFault) as fault:
        sys.exit(f"milepost: {fault}")
    except MilepostError as fault:
        sys.exit(f"milepost: {fault.detail}")
    except OSError as fault:
        if fault.errno not in FULL_DISK:
            raise
        where = f" {fault.filename} could not be written." if fault.filename else ""
        sys.exit(f"milepost: The disk is full ({fault.strerror}).{where} Free some space and start again.")


def parser() -> argparse.ArgumentParser:
    """The parser with every command and option."""
    milepost = argparse.ArgumentParser(prog="milepost", description="The progress service of a tutor platform.")
    commands = milepost.add_subparsers(required=True, metavar="command")

    run = commands.add_parser("run", help="everything on this machine, with demo learners, until Ctrl-C")
    run.add_argument("--port", type=_port, help="port of the API (default: the setting `port`; 0: any free port)")
    run.add_argument(
        "--data", type=Path, default=_REPOSITORY / "data", help="folder for all data (default: %(default)s)"
    )
    run.add_argument("--no-demo", action="store_true", help="no demo learners")
    run.set_defaults(command=_run)

    serve = commands.add_parser("serve", help="the API, on the servers given in the settings")
    serve.set_defaults(command=_serve)
    serve.add_argument(
        "--processes",
        type=_processes,
        default=1,
        metavar="N",
        help="serve with so many processes, each with its own connections to the database (default: 1)",
    )
    serve.add_argument("--demo-sign-in", choices=("learners", "empty"), help=argparse.SUPPRESS)
    worker = commands.add_parser(
        "worker", help="the worker: sweeps and hinted jobs, on the servers given in the settings"
    )
    worker.add_argument(
        "--check", action="store_true", help="start nothing; exit with 0 if a worker is on time, 3 if it is late"
    )
    worker.set_defaults(command=_worker)
    for command in (serve, worker):
        command.add_argument("--supervised", action="store_true", help="stop when standard input ends")

    commands.add_parser("migrate", help="bring the database to the newest schema").set_defaults(command=_migrate)
    _achievements_parser(commands.add_parser("achievements", help="the catalogue of achievements"))
    _rebuild_parser(commands.add_parser("rebuild", help="refill projections from the log, or compare them with it"))
    _erased_parser(commands.add_parser("erased", help="the list of erased learners, for restored backups"))
    _token_parser(commands.add_parser("token", help="a token for development"))
    commands.add_parser("openapi", help="the OpenAPI document").set_defaults(command=_openapi)
    return milepost


def _achievements_parser(achievements: argparse.ArgumentParser) -> None:
    actions = achievements.add_subparsers(required=True, metavar="action")
    sync = actions.add_parser("sync", help="put the definitions of a file in force, all or none")
    sync.add_argument("file", nargs="?", type=Path, help="default: achievements.toml of the configuration")
    sync.set_defaults(command=_sync_achievements)
    metrics = actions.add_parser("metrics", help="list the metrics that a definition may use")
    metrics.set_defaults(command=_list_metrics)


def _rebuild_parser(rebuild: argparse.ArgumentParser) -> None:
    rebuild.add_argument("--learner", metavar="ID", help="only this learner (default: all learners)")
    rebuild.add_argument(
        "--check",
        action="store_true",
        help="change nothing; list differences from the log; exit with 1 if there are any",
    )
    rebuild.add_argument("--only", metavar="NAME", type=_projection, help="one projection, such as streaks")
    rebuild.set_defaults(command=_rebuild)


def _erased_parser(erased: argparse.ArgumentParser) -> None:
    actions = erased.add_subparsers(required=True, metavar="action")
    export = actions.add_parser("export", help="print the list, which has no ids; keep it beside the backups")
    export.set_defaults(command=_export_erased)
    apply = actions.add_parser("apply", help="after a restore: erase again whom the backup has brought back")
    apply.add_argument("file", type=Path, help="the newest list")
    apply.set_defaults(command=_apply_erased)


def _port(text: str) -> int:
    """A port, 0–65535.

    Raises:
        ArgumentTypeError: it is none.
    """
    if not (text.isascii() and text.isdigit()) or int(text) > _MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: use a number from 0 to {_MAX_PORT}")
    return int(text)


def _processes(text: str) -> int:
    """A number of processes, 1–64.

    Raises:
        ArgumentTypeError: it is none.
    """
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= _MAX_PROCESSES:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {_MAX_PROCESSES}")
    return int(text)


def _projection(name: str) -> str:
    """The name of a projection.

    Raises:
        ArgumentTypeError: no projection has this name.
    """
    from milepost.services.projections.registry import NAMES

    if name not in NAMES:
        raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(NAMES)}")
    return name


def _token_parser(token: argparse.ArgumentParser) -> None:
    token.add_argument("--learner", required=True, metavar="ID", help="the learner it is for: the subject")
    token.add_argument(
        "--role", action="append", choices=("learner", "service", "admin"), help="default: learner; repeatable"
    )
    token.add_argument("--zone", help="the learner's time zone, such as Europe/Berlin")
    token.add_argument("--name", help="the learner's name")
    token.add_argument("--hours", type=float, default=12.0, help="hours of validity (default: %(default)g)")
    token.add_argument(
        "--data",
        type=Path,
        default=_REPOSITORY / "data",
        help="data folder with the secret, used if MILEPOST_JWT_SECRET is not set",
    )
    token.set_defaults(command=_token)


def _run(options: argparse.Namespace) -> None:
    _only_in_development("`milepost run` is for development; in production use `milepost serve` and `milepost worker`.")
    import functools

    from milepost.commands.load_demo import load_demo
    from milepost.commands.migrate import migrate
    from milepost.commands.sync_achievements import sync_achievements
    from milepost.embedded.supervisor import RunOptions, run
    from milepost.resources import SystemClock

    def seed(settings: Settings) -> object:
        return sync_achievements(settings, None, _say)

    run(
        RunOptions(options.port, options.data, not options.no_demo),
        SystemClock().now,
        _say,
        migrate,
        seed,
        functools.partial(load_demo, say=_say),
    )


def _serve(options: argparse.Namespace) -> None:
    from milepost.commands.serve import serve

    settings, demo = _settings_to_work_with(supervised=options.supervised), None
    if options.demo_sign_in is not None:
        from milepost.commands.demo_sign_in import demo_sign_in

        with_learners = options.demo_sign_in == "learners"
        demo = demo_sign_in(settings, with_learners=with_learners, supervised=options.supervised)
    serve(settings, supervised=options.supervised, demo=demo, processes=options.processes)


def _worker(options: argparse.Namespace) -> None:
    from milepost.commands.serve import end_with_standard_input
    from milepost.worker import run_worker, worker_state

    if options.check:
        state = worker_state(load_settings())
        if state == "late":
            sys.stderr.write("milepost: no worker has sent a heartbeat lately\n")
            sys.exit(LATE_EXIT_CODE)
        sys.exit(
            0 if state == "alive" else "milepost: Redis is unreachable, so it is unknown whether a worker is alive"
        )
    settings = _settings_to_work_with(supervised=options.supervised)
    if options.supervised:
        end_with_standard_input(patience_seconds=settings.shutdown_grace_seconds + 10.0)
    run_worker(settings)


def _migrate(_options: argparse.Namespace) -> None:
    from milepost.commands.migrate import migrate
    from milepost.db.migrations import head

    settings = load_settings()
    if settings.database_owner_url:
        # The role of the service may not exist yet.
        settings = settings.model_copy(update={"database_url": settings.database_owner_url})
        _wait_for_database(settings, "MILEPOST_DATABASE_OWNER_URL")
    else:
        _settings_with_database()
    migrate(load_settings())
    _say(f"The database is at revision {head()}.")


def _sync_achievements(options: argparse.Namespace) -> None:
    from milepost.commands.sync_achievements import sync_achievements

    sync_achievements(_settings_with_schema(supervised=False), options.file, _say)


def _list_metrics(_options: argparse.Namespace) -> None:
    from milepost.rules.achievements.metrics import METRICS

    width = max(len(metric.name) for metric in METRICS)
    for metric in METRICS:
        _say(f"{metric.name:<{width}}  {metric.meaning}{'; takes where' if metric.takes_where else ''}")


def _rebuild(options: argparse.Namespace) -> None:
    from milepost.commands.rebuild import RebuildOptions, rebuild

    rebuild_options = RebuildOptions(options.learner, options.check, options.only)
    if rebuild(_settings_with_schema(supervised=False), rebuild_options, _say):
        sys.exit(1)


def _export_erased(_options: argparse.Namespace) -> None:
    from milepost.commands.erased import export_erased

    export_erased(_settings_with_schema(supervised=False), _say)


def _apply_erased(options: argparse.Namespace) -> None:
    from milepost.commands.erased import apply_erased

    apply_erased(_settings_with_schema(supervised=False), options.file, _say)


def _token(options: argparse.Namespace) -> None:
    _only_in_development("Tokens are minted in development only; in production they come from the platform.")
    from milepost.embedded.data_folder import read_secret
    from milepost.embedded.tokens import mint
    from milepost.resources import SystemClock

    if options.zone is not None and options.zone not in ZONE_NAMES:
        raise SettingsFault(
            f"--zone: {options.zone!r} is not a time zone; use a name such as Europe/Berlin or Asia/Kathmandu"
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
    """Refuse production before the settings are read, so that other missing settings do not hide the reason.

    Raises:
        SettingsFault: the environment is production.
    """
    if os.environ.get(f"{PREFIX}ENVIRONMENT") == "production":
        raise SettingsFault(sentence)


def _settings_with_database(patience_seconds: float = 0.0) -> Settings:
    """The settings, if their database answers within `patience_seconds`; it is tried at least once.

    Raises:
        SettingsFault, StartFault: the message says what is wrong and how to fix it.
    """
    settings = load_settings()
    if not settings.database_url:
        raise SettingsFault("database_url: not set (MILEPOST_DATABASE_URL); `milepost run` starts its own database")
    _wait_for_database(settings, "MILEPOST_DATABASE_URL", patience_seconds)
    return settings


def _wait_for_database(settings: Settings, variable: str, patience_seconds: float = 0.0) -> None:
    """Wait until the database of `settings.database_url`, which `variable` gives, answers.

    Raises:
        StartFault: it does not in time.
    """
    import asyncio

    from milepost.db.reachability import database_fault

    deadline = time.monotonic() + patience_seconds
    while (fault := asyncio.run(database_fault(settings.database_url))) is not None:
        if time.monotonic() >= deadline:
            raise StartFault(f"The database of {variable} cannot be used: {fault}. Start it or correct the address.")
        time.sleep(0.2)


def _settings_with_schema(*, supervised: bool) -> Settings:
    """The settings, if their database has the schema this version needs, or a newer one.

    `supervised`: the supervisor also runs the database and may be restarting it at this moment, so wait for it.

    Raises:
        SettingsFault, StartFault: the message says what is wrong and how to fix it. Faults of the settings do not hide
            one of the database.
    """
    try:
        settings = _settings_with_database(_SUPERVISED_PATIENCE_SECONDS if supervised else 0.0)
    except SettingsFault as fault:
        named = os.environ.get(f"{PREFIX}DATABASE_URL", "")
        sentences = [str(fault), _schema_sentence(named) if named else None]
        raise SettingsFault("\n".join(filter(None, sentences))) from None
    if sentence := _schema_sentence(settings.database_url):
        raise StartFault(sentence)
    return settings


def _schema_sentence(database_url: str) -> str | None:
    """Why the database of `MILEPOST_DATABASE_URL` cannot be used now; None if it can."""
    import asyncio

    from milepost.db.reachability import database_fault, schema_fault

    fault = asyncio.run(database_fault(database_url)) or asyncio.run(schema_fault(database_url))
    return fault and f"The database of MILEPOST_DATABASE_URL cannot be used: {fault}."


def _settings_to_work_with(*, supervised: bool) -> Settings:
    """As `_settings_with_schema`, after the list of the setting `erased_file` was applied.

    Raises:
        SettingsFault, StartFault: as there, or the file cannot be read.
        Invalid: the file is no list of erased learners, or was made with another key.
    """
    settings = _settings_with_schema(supervised=supervised)
    if settings.erased_file:
        from milepost.commands.erased import apply_erased

        apply_erased(settings, Path(settings.erased_file), _say)
    return settings


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
