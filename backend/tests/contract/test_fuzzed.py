"""R24: requests fuzzed from the OpenAPI document get no 5xx and nothing undocumented from a running service."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from architecture.sources import complain
from milepost.app import openapi_document
from milepost.settings import load_settings
from support.callers import Json
from support.figures import Figure
from support.servers import MilepostProcess, Processes

_CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
_TESTS = Path(__file__).resolve().parents[1]
# A stream stays open: each of its requests would last ten seconds.
_SHORT_STREAMS = """
[[operations]]
include-path = "/api/notifications/stream"
request-timeout = 1
"""
_ALL_PHASES = "examples,coverage,fuzzing"


class Run(NamedTuple):
    """One run of the fuzzer, in some of its phases, on the operations whose paths fit the pattern."""

    role: str
    phases: str
    paths: str = "."


LONG = [Run(role, _ALL_PHASES) for role in ("learner", "service", "admin")]
# Services and administrators are fuzzed where they may do more than a learner. Every role sends the examples of all
# operations.
_FOR_SERVICES = (
    r"^/api/(activities(/\{activity_id\})?|events|progress/(events|update-streak|calculate-skill-level)|sign-in/codes)$"
)
SHORT = [
    Run("learner", _ALL_PHASES),
    Run("admin", "coverage,fuzzing", "^/api/admin/"),
    Run("service", "coverage,fuzzing", _FOR_SERVICES),
    *(Run(role, "examples") for role in ("admin", "service")),
]
_NO_QUOTA_IN_THE_WAY = {
    f"MILEPOST_LIMIT_{name}": "1000000"
    for name in ("INTAKE_LEARNER_PER_MINUTE", "EXPORTS_LEARNER_PER_HOUR", "SHARES_PER_HOUR", "FAILED_TOKENS_PER_MINUTE")
}


def test_R24_nothing_breaks_nothing_is_undocumented_and_everything_can_succeed(
    processes: Processes, tmp_path: Path, long: bool, figure: Figure
) -> None:
    """As each role. Requests from examples name what exists (`fuzz_hooks.py`), so each operation succeeds for one."""
    (tmp_path / "schemathesis.toml").write_text(_SHORT_STREAMS)
    runs = LONG if long else SHORT
    apis = [processes.api(**_NO_QUOTA_IN_THE_WAY, MILEPOST_LOG_FORMAT="json") for _ in runs]
    with ThreadPoolExecutor(2) as both:
        done = [both.submit(_fuzz, run, api, tmp_path, long=long) for run, api in zip(runs, apis, strict=True)]
    for run, fuzzed in zip(runs, (one.result() for one in done), strict=True):
        assert fuzzed.returncode == 0, f"{run}: {fuzzed.stdout[-6_000:]}{fuzzed.stderr[-2_000:]}"
        assert " passed" in fuzzed.stdout
    succeeded = {success for api in apis for success in _successes(api.log)}
    document: Json = json.loads(openapi_document(load_settings()))
    never = [
        f"{content['operationId']}: {method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method, content in methods.items()
        if (method.upper(), path) not in succeeded
    ]
    complain("each operation succeeds at least once", "requests that are always refused try nothing", never)
    requests = sum(api.log.read_text("utf-8").count('"event":"request"') for api in apis)
    figure(f"{requests} requests to {sum(map(len, document['paths'].values()))} operations, none 5xx")


def _fuzz(run: Run, api: MilepostProcess, folder: Path, *, long: bool) -> "subprocess.CompletedProcess[str]":
    """Run the fuzzer to its end."""
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{api.url}/openapi.json"),
        *("--checks", _CHECKS, "--seed", "1", "--max-examples", "40" if long else "8"),
        *("--phases", run.phases, "--include-path-regex", run.paths, "--no-color"),
    ]
    fuzzed = {"FUZZED_URL": api.url, "FUZZED_ROLE": run.role, "SCHEMATHESIS_HOOKS": "contract.fuzz_hooks"}
    environment = {**os.environ, "PYTHONPATH": str(_TESTS), **fuzzed}
    seconds = 3_600 if long else 900
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False, env=environment
    )


def _successes(log: Path) -> Iterator[tuple[str, str]]:
    """Method and path, as in the document, of every request with a status of 2xx."""
    for line in log.read_text("utf-8").splitlines():
        if '"route":"' in line:
            entry = json.loads(line)
            if 200 <= entry["status"] < 300:
                yield entry["method"], re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", entry["route"])
