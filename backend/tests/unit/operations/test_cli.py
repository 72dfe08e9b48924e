"""The command line: tokens, the OpenAPI document, and refusals."""

import json
from pathlib import Path

import jwt
import pytest

from milepost import cli
from milepost.embedded.data_folder import ensure_secret
from support.builders import SECRET


def _token(output: str, secret: str = SECRET) -> dict[str, object]:
    claims: dict[str, object] = jwt.decode(output.strip(), secret, ["HS256"], audience="milepost", issuer="milepost")
    return claims


def test_a_token_names_the_learner_and_lasts_half_a_day(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MILEPOST_JWT_SECRET", SECRET)
    cli.main(["token", "--learner", "ada", "--zone", "Europe/Berlin", "--name", "Ada"])
    claims = _token(capsys.readouterr().out)
    issued_at, expires_at = claims.pop("iat"), claims.pop("exp")
    assert isinstance(issued_at, int)
    assert isinstance(expires_at, int)
    assert expires_at - issued_at == 12 * 3600
    assert claims == {
        "sub": "ada",
        "iss": "milepost",
        "aud": "milepost",
        "roles": ["learner"],
        "zoneinfo": "Europe/Berlin",
        "name": "Ada",
    }


def test_roles_and_hours_are_as_given(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("MILEPOST_JWT_SECRET", SECRET)
    cli.main(["token", "--learner", "grader", "--role", "service", "--role", "admin", "--hours", "0.5"])
    claims = _token(capsys.readouterr().out)
    assert claims["roles"] == ["service", "admin"]
    assert claims["exp"] == int(str(claims["iat"])) + 1800


def test_the_secret_of_a_data_folder_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = ensure_secret(tmp_path)
    cli.main(["token", "--learner", "ada", "--data", str(tmp_path)])
    assert _token(capsys.readouterr().out, secret)["sub"] == "ada"


def test_a_kept_secret_is_private_long_and_stays(tmp_path: Path) -> None:
    secret = ensure_secret(tmp_path)
    assert len(secret.encode()) >= 32
    assert (tmp_path / "jwt-secret").stat().st_mode & 0o777 == 0o600
    assert ensure_secret(tmp_path) == secret


def _refusal(arguments: list[str]) -> str:
    with pytest.raises(SystemExit) as exit_call:
        cli.main(arguments)
    assert exit_call.value.code not in (0, None)
    return str(exit_call.value.code)


def test_without_any_secret_it_says_where_to_get_one(tmp_path: Path) -> None:
    refusal = _refusal(["token", "--learner", "ada", "--data", str(tmp_path)])
    assert "MILEPOST_JWT_SECRET" in refusal
    assert "--data" in refusal


def test_an_unknown_zone_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILEPOST_JWT_SECRET", SECRET)
    assert "'Europe/Atlantis' is not a time zone" in _refusal(
        ["token", "--learner", "ada", "--zone", "Europe/Atlantis"]
    )


@pytest.mark.parametrize("arguments", [["token", "--learner", "ada"], ["run"]])
def test_production_mints_no_tokens_and_has_no_run(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.setenv("MILEPOST_ENVIRONMENT", "production")
    monkeypatch.setenv("MILEPOST_JWT_SECRET", SECRET)
    assert "in production" in _refusal(arguments)


@pytest.mark.parametrize("command", ["serve", "worker", "migrate", "rebuild"])
def test_a_command_without_a_database_says_which_variable(command: str) -> None:
    assert "MILEPOST_DATABASE_URL" in _refusal([command])


def test_a_misspelt_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILEPOST_PROT", "80")
    assert "MILEPOST_PROT" in _refusal(["serve"])


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["rebuild", "--only", "sums"],
        ["token"],
        ["run", "--port", "many"],
        ["token", "--learner", "a", "--role", "god"],
    ],
)
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as exit_call:
        cli.main(arguments)
    assert exit_call.value.code == 2


def test_the_document_is_printed_without_any_server(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["openapi"])
    document = json.loads(capsys.readouterr().out)
    assert document["openapi"].startswith("3.1")
    assert "/api/activities" in document["paths"]
