"""R24: the OpenAPI document, fuzzed against a running service: no 5xx, and nothing the document does not say."""

import subprocess
import sys
from pathlib import Path

import pytest

from support.builders import mint
from support.servers import Processes

_CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


@pytest.mark.parametrize("role", ["learner", "service", "admin"])
def test_R24_nothing_breaks_and_nothing_is_undocumented(
    processes: Processes, tmp_path: Path, long: bool, role: str
) -> None:
    api = processes.api()
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{api.url}/openapi.json"),
        *("--header", f"Authorization: Bearer {mint('fuzzed', [role])}"),
        *("--checks", _CHECKS, "--seed", "1", "--max-examples", "200" if long else "8"),
        *("--phases", "examples,coverage,fuzzing", "--no-color"),
    ]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=900 if long else 240, check=False
    )
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    assert " passed" in done.stdout
