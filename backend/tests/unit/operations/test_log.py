"""S09: whatever is logged, a line stays one JSON line."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from milepost.log import configure, one_line, request_logger
from milepost.settings import load_settings

POISON = 'line\nbreak\r\n\u2028\u2029\x00\x1b[31m"quoted"\\ and {"event": "forged"}'


@pytest.fixture
def output() -> Iterator[io.BytesIO]:
    """The log output of the test."""
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    stream = io.BytesIO()
    configure(load_settings(log_format="json", log_level="info"), stream)
    yield stream
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


def lines(stream: io.BytesIO) -> list[dict[str, object]]:
    """Every line, parsed."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_S09_poison_stays_one_line(output: io.BytesIO) -> None:
    request_logger().info("request", path=POISON)
    structlog.get_logger().info("said", text=POISON)
    logging.getLogger("library").warning("%s", POISON)
    assert [line.get("path") or line.get("text") or line["event"] for line in lines(output)] == [POISON] * 3


def test_S09_what_json_cannot_say_is_said_otherwise(output: io.BytesIO) -> None:
    structlog.get_logger().info("said", surrogate="\ud800", number=2**70, thing=object)
    (line,) = lines(output)
    assert line["number"] == 2**70
    assert line["surrogate"] == "\ud800"


def test_a_failure_carries_its_traceback_in_the_same_line(output: io.BytesIO) -> None:
    try:
        raise ValueError(POISON)
    except ValueError as fault:
        request_logger().error("request", exc_info=fault)
    (line,) = lines(output)
    assert "Traceback" in str(line["exception"])
    assert POISON.splitlines()[0] in str(line["exception"])


def test_the_level_is_respected_and_libraries_log_in_our_format(output: io.BytesIO) -> None:
    structlog.get_logger().debug("nothing")
    logging.getLogger("uvicorn.access").info("nothing")
    logging.getLogger("arq.worker").info("nothing")
    logging.getLogger("uvicorn.error").info("started")
    (line,) = lines(output)
    assert (line["event"], line["level"], line["logger"]) == ("started", "info", "uvicorn.error")
    assert str(line["at"]).endswith("Z")


def test_context_is_logged(output: io.BytesIO) -> None:
    with structlog.contextvars.bound_contextvars(job="sweep"):
        structlog.get_logger().info("done")
    assert lines(output)[0]["job"] == "sweep"


def test_a_line_has_no_line_break() -> None:
    assert b"\n" not in one_line({"event": POISON, POISON: POISON, "surrogate": "\udfff\n"})
