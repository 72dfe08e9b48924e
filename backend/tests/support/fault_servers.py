"""Servers for a single test, which may kill, freeze and restart them at the same address."""

import contextlib
import signal
import subprocess
import time
from pathlib import Path

import psutil

from milepost.embedded.postgres import PostgresServer, start_postgres
from milepost.embedded.process import StartFault, processes_in, remove_socket_folder
from milepost.embedded.redis import RedisServer, start_redis
from support.servers import migrate

_DATABASE = "milepost"
_EMPTY_TABLES = """
SELECT oid::regclass FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) = 0
"""


class BreakablePostgres:
    """A PostgreSQL with one migrated database; `migrated` is the folder of another, ended, to begin with."""

    def __init__(self, folder: Path, migrated: Path | None = None) -> None:
        self._folder = folder
        if migrated is not None:
            # Keep the owners: as root, the server runs as another user, who owns these files.
            subprocess.run(["cp", "-a", str(migrated / "postgres"), str(folder)], check=True)
        self._server: PostgresServer = self._start()
        if migrated is None:
            migrate(self.url)

    @property
    def url(self) -> str:
        """The address of the database; a restart keeps it."""
        return self._server.url(_DATABASE)

    def ask(self, statement: str) -> str:
        """Run one statement; its result as text."""
        return self._server.execute(statement, _DATABASE).strip()

    def kill(self) -> None:
        """Kill all its processes at once, like a power cut."""
        self.freeze()
        processes = self._processes()
        self._signal(signal.SIGKILL)
        self._server.process.wait(30)
        _, alive = psutil.wait_procs(processes, timeout=30)
        assert alive == []

    def restart(self) -> None:
        """Start it after `kill`; it recovers from its write-ahead log."""
        self._server = self._start()

    def stop(self, number: signal.Signals) -> None:
        """Stop it in one of its own ways: SIGTERM waits for its clients, SIGINT and SIGQUIT do not."""
        self.begin_stop(number).wait(30)

    def begin_stop(self, number: signal.Signals) -> "subprocess.Popen[bytes]":
        """As `stop`, without waiting."""
        self._server.process.send_signal(number)
        return self._server.process

    def wait_until_recovered(self) -> None:
        """Wait until it takes connections again."""
        deadline = time.monotonic() + 30
        while True:
            try:
                self.ask("SELECT 1")
            except StartFault:
                assert time.monotonic() < deadline, "the server does not recover"
                time.sleep(0.05)
            else:
                return

    def kill_a_backend(self) -> None:
        """Kill the process of one connection. The server ends all others, and recovers."""
        backends = psutil.Process(self._server.process.pid).children()
        for process in backends:
            with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended by itself
                if f" {_DATABASE} [local]" in " ".join(process.cmdline()):
                    process.kill()
                    return

    def fill_disk(self) -> None:
        """From now on the kernel refuses what the tables would append with ENOSPC, as on a full disk.

        The files of all empty tables become links to /dev/full, whose every write fails with that error. The rest of
        the server (other tables, the write-ahead log) still has space, as on a disk with some free pages in it.
        """
        tables = self.ask(_EMPTY_TABLES).split()
        self.ask(f"TRUNCATE {', '.join(tables)}")  # new files, which no process has opened
        for table in tables:
            file = self._folder / "postgres" / "files" / self.ask(f"SELECT pg_relation_filepath('{table}')")
            file.unlink()
            file.symlink_to("/dev/full")

    def free_disk(self) -> None:
        """The tables get new files on the real disk. The server keeps running."""
        self.ask(f"TRUNCATE {', '.join(self.ask(_EMPTY_TABLES).split())}")

    def freeze(self) -> None:
        """Stop it from answering; connections stay open. The parent stops first, so no child is missed."""
        self._server.process.send_signal(signal.SIGSTOP)
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Resume after `freeze`; safe to call at any time."""
        self._signal(signal.SIGCONT)

    def end(self) -> None:
        """Stop it and leave nothing behind."""
        self.thaw()
        self._server.stop()
        remove_socket_folder(self._server.folder)

    def _start(self) -> PostgresServer:
        return start_postgres(self._folder / "postgres", self._folder / "postgres.log", durable=False)

    def _signal(self, number: signal.Signals) -> None:
        for process in self._processes():
            with contextlib.suppress(psutil.NoSuchProcess):  # a backend exits with its client
                process.send_signal(number)

    def _processes(self) -> list[psutil.Process]:
        return processes_in(self._folder / "postgres" / "files", ("postgres",))


class BreakableRedis:
    """A Redis, started at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: RedisServer | None = None
        self.start()
        self.url = self.server.url()

    @property
    def server(self) -> RedisServer:
        """The server, running or killed."""
        assert self._server is not None
        return self._server

    def start(self) -> None:
        """Start it, also after `kill`, at the same address."""
        self._server = start_redis(self._folder / "redis", self._folder / "redis.log")

    def kill(self) -> None:
        """`kill -9`."""
        self.server.process.kill()
        self.server.process.wait(30)

    def end(self) -> None:
        """Stop it and leave nothing behind."""
        self.server.stop()
        remove_socket_folder(self.server.folder)
