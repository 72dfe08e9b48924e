"""Logging: one JSON object per line, or colours on a terminal. uvicorn and arq log in the same format.

Decides format and destination (standard error, so that commands can use standard output). Knows nothing about
requests.
"""

import asyncio
import json
import logging
import sys
from dataclasses import dataclass
from typing import BinaryIO

import orjson
import structlog
from structlog.types import EventDict, Processor

from milepost.settings import Settings

_QUIET = {
    "uvicorn.access": logging.CRITICAL,
    "arq.worker": logging.WARNING,
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
}
"""Library loggers that would repeat our own lines."""


def configure(settings: Settings, stream: BinaryIO | None = None) -> None:
    """Set up structlog and the standard library's logging, to `stream` (standard error by default)."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    output = stream or sys.stderr.buffer
    on_terminal = stream is None and sys.stderr.isatty()
    in_colours = settings.log_format == "console" or (settings.log_format == "auto" and on_terminal)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    renderer: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=on_terminal, exception_formatter=structlog.dev.plain_traceback)]
        if in_colours
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=one_line)]
    )
    structlog.configure(
        processors=[*shared, *renderer, as_bytes],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Output(output),
        cache_logger_on_first_use=True,
    )
    _configure_libraries(shared, renderer, output, level)


@dataclass(frozen=True, slots=True)
class _Output:
    """structlog's logger factory: everything goes to one stream."""

    stream: BinaryIO

    def __call__(self, *_arguments: object) -> structlog.BytesLogger:
        return structlog.BytesLogger(self.stream)


class _BufferedLogger:
    """A logger that writes all lines of one event-loop turn together: writing a line costs more than rendering it.

    Lines are flushed at the end of the turn they were logged in, or immediately outside a loop.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lines: list[bytes] = []

    def info(self, line: bytes) -> None:
        """Buffer a line until the end of the turn."""
        self._lines.append(line)
        if len(self._lines) == 1:
            try:
                asyncio.get_running_loop().call_soon(self._flush)
            except RuntimeError:
                self._flush()

    error = warning = info

    def _flush(self) -> None:
        self._lines.append(b"")
        lines, self._lines = self._lines, []
        self._stream.write(b"\n".join(lines))
        self._stream.flush()


def request_logger() -> structlog.typing.FilteringBoundLogger:
    """A logger for the one line per request. It is bound once and skips the context variables; the caller passes their
    content."""
    configured = structlog.get_config()
    output = configured["logger_factory"]
    logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        _BufferedLogger(output.stream) if isinstance(output, _Output) else output(),
        processors=[step for step in configured["processors"] if step is not structlog.contextvars.merge_contextvars],
        wrapper_class=configured["wrapper_class"],
    ).bind()
    return logger


def one_line(event: EventDict, **_options: object) -> bytes:
    """One JSON object without a line break, whatever the event contains."""
    try:
        return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError, RecursionError):
        # Lone surrogates and whole numbers above 64 bits are too much for orjson; the standard library escapes both.
        return json.dumps(event, default=str).encode("ascii")


def as_bytes(_logger: object, _method: str, line: object) -> bytes:
    """Last processor: encodes the output of renderers that return text."""
    return line if isinstance(line, bytes) else str(line).encode("utf-8", "backslashreplace")


def _as_text(_logger: object, _method: str, line: object) -> str:
    return line.decode("utf-8") if isinstance(line, bytes) else str(line)


class _ByteHandler(logging.Handler):
    """Writes formatted records to the same byte stream as structlog, one line at a time."""

    def __init__(self, output: BinaryIO) -> None:
        super().__init__()
        self._output = output

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; `logging` handles a failure."""
        try:
            self._output.write(self.format(record).encode("utf-8", "backslashreplace") + b"\n")
            self._output.flush()
        except (OSError, ValueError):
            self.handleError(record)


def _configure_libraries(shared: list[Processor], renderer: list[Processor], output: BinaryIO, level: int) -> None:
    handler = _ByteHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer, _as_text],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "arq", "arq.worker", "quart.app", "quart.serving"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    for name, min_level in _QUIET.items():
        logging.getLogger(name).setLevel(max(min_level, level))
