"""R24: requests fuzzed from the OpenAPI document get no 5xx and nothing undocumented from a running service."""

import subprocess
import sys
from pathlib import Path

import pytest

from support.builders import mint
from support.servers import Processes

_CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
_NO_QUOTA_IN_THE_WAY = {
    f"MILEPOST_LIMIT_{name}": "1000000"
    for name in ("INTAKE_LEARNER_PER_MINUTE", "EXPORTS_LEARNER_PER_HOUR", "SHARES_PER_HOUR", "FAILED_TOKENS_PER_MINUTE")
}


@pytest.mark.parametrize("role", ["learner", "service", "admin"])
def test_R24_nothing_breaks_and_nothing_is_undocumented(
    processes: Processes, tmp_path: Path, long: bool, role: str
) -> None:
    api = processes.api(**_NO_QUOTA_IN_THE_WAY)
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{api.url}/openapi.json"),
        *("--header", f"Authorization: Bearer {mint('fuzzed', [role])}"),
        *("--checks", _CHECKS, "--seed", "1", "--max-examples", "200" if long else "8"),
        *("--phases", "examples,coverage,fuzzing", "--no-color"),
    ]
    run = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=900 if long else 240, check=False
    )
    assert run.returncode == 0, run.stdout[-6_000:] + run.stderr[-2_000:]
    assert " passed" in run.stdout
