"""Servers of one test alone: they may be killed, frozen and started again at the same address."""

import contextlib
import signal
from pathlib import Path

import psutil

from milepost.embedded.postgres import PostgresServer, start_postgres
from milepost.embedded.process import processes_in, remove_socket_folder
from milepost.embedded.redis import RedisServer, start_redis
from support.servers import migrate

_DATABASE = "milepost"


class BreakablePostgres:
    """A PostgreSQL with one migrated database."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: PostgresServer = self._start()
        migrate(self.url)

    @property
    def url(self) -> str:
        """Where the database is, also after a restart."""
        return self._server.url(_DATABASE)

    def ask(self, statement: str) -> str:
        """The answer to one statement, as text."""
        return self._server.execute(statement, _DATABASE).strip()

    def kill(self) -> None:
        """`kill -9` of all its processes at once, as by a power cut."""
        self.freeze()
        family = self._family()
        self._signal(signal.SIGKILL)
        self._server.process.wait(30)
        _, left = psutil.wait_procs(family, timeout=30)
        assert left == []

    def start_again(self) -> None:
        """Start it after `kill`; it recovers from its log."""
        self._server = self._start()

    def freeze(self) -> None:
        """It stops answering; connections stay open. The one that makes others goes first, so that none is missed."""
        self._server.process.send_signal(signal.SIGSTOP)
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on after `freeze`; may be called at any time."""
        self._signal(signal.SIGCONT)

    def end(self) -> None:
        """Stop it and leave nothing behind."""
        self.thaw()
        self._server.stop()
        remove_socket_folder(self._server.folder)

    def _start(self) -> PostgresServer:
        return start_postgres(self._folder / "postgres", self._folder / "postgres.log", durable=False)

    def _signal(self, number: signal.Signals) -> None:
        for process in self._family():
            with contextlib.suppress(psutil.NoSuchProcess):  # a backend whose client has gone goes too
                process.send_signal(number)

    def _family(self) -> list[psutil.Process]:
        return processes_in(self._folder / "postgres" / "files", ("postgres",))


class BreakableRedis:
    """A Redis; not running until it is started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: RedisServer | None = None
        self.start()
        self.url = self.server.url()

    @property
    def server(self) -> RedisServer:
        """The running server, or the one that was."""
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
