"""R30: what is refused at the start, and that all of it is named at once."""

import os
import re
from pathlib import Path

import pytest

from milepost.settings import SettingsFault, load_policy, load_settings
from support.builders import PRODUCTION, SAFE_SECRET, SECRET
from unit.operations.environment import set_variables


def test_R30_an_unsafe_production_is_refused_with_every_fault_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(
        monkeypatch,
        MILEPOST_ENVIRONMENT="production",
        MILEPOST_DEBUG="true",
        MILEPOST_CORS_ORIGINS="https://a.example,*,null",
        MILEPOST_JWT_SECRET=SAFE_SECRET[:-1],
        MILEPOST_JWKS="http://tutor.example/jwks.json",
    )
    with pytest.raises(SettingsFault) as fault:
        load_settings()
    named = [sentence.partition(":")[0] for sentence in str(fault.value).splitlines()]
    assert named == [
        *("debug", "cors_origins", "cors_origins", "database_url", "redis_url", "jwt_secret", "jwks", "erasure_key")
    ]


def test_R30_faults_of_every_kind_are_named_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values that cannot be read, unknown names, contradictions, unsafe values, and the policy."""
    file = folder / "default.toml"
    file.write_text(file.read_text() + "\ncolour = 'green'\n")
    policy = folder / "policy.toml"
    policy.write_text(policy.read_text().replace("freeze_cap = 2", "freeze_cap = 'two'"))
    set_variables(
        monkeypatch,
        **{**PRODUCTION, "MILEPOST_JWT_SECRET": "x" * 40},
        MILEPOST_PORT="70000",
        MILEPOST_DEBUG="true",
        MILEPOST_LIMIT_INTAKE_LEARNER_PER_MINUTE="5",
        MILEPOST_COLOR="green",
    )
    with pytest.raises(SettingsFault) as fault:
        load_settings()
    named = [sentence.partition(":")[0] for sentence in str(fault.value).splitlines()]
    assert named[:2] == ["port", "colour"]
    assert named[2:6] == ["limit_intake_learner_per_minute", "debug", "jwt_secret", "MILEPOST_COLOR"]
    assert named[6] == str(policy)
    assert len(named) == 7


def test_R30_an_invalid_value_is_not_called_unsafe_too(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, **PRODUCTION, MILEPOST_DEBUG="perhaps", MILEPOST_CORS_ORIGINS="*")
    with pytest.raises(SettingsFault) as fault:
        load_settings()
    assert [line.partition(":")[0] for line in str(fault.value).splitlines()] == ["debug", "cors_origins"]


@pytest.mark.parametrize("name", ["JWT_SECRET", "ERASURE_KEY"])
@pytest.mark.parametrize(
    "secret",
    [
        "x" * 64,
        "ab" * 32,
        "0123456789abcdef0123456789abcdef",
        "abcdefghijklmnopqrstuvwxyz012345",
        "01101001" * 4 + "01100110" * 4 + "10010110",
        "change-me-to-a-long-random-string-of-32-bytes",
        "your-256-bit-secret-your-256-bit-secret",
        "correct horse battery staple correct horse",
        SECRET,
    ],
)
def test_R30_production_refuses_secrets_that_could_be_guessed(
    monkeypatch: pytest.MonkeyPatch, name: str, secret: str
) -> None:
    set_variables(monkeypatch, **{**PRODUCTION, f"MILEPOST_{name}": secret})
    with pytest.raises(SettingsFault, match=f"^{name.lower()}: (too regular|a known example)"):
        load_settings()
    set_variables(monkeypatch, MILEPOST_ENVIRONMENT="development")
    assert load_settings().environment == "development"


def test_an_erasure_key_in_use_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, **{**PRODUCTION, "MILEPOST_ERASURE_KEY": "x" * 32})
    with pytest.raises(SettingsFault, match="MILEPOST_ERASURE_KEY_MAY_BE_WEAK=true"):
        load_settings()
    set_variables(monkeypatch, MILEPOST_ERASURE_KEY_MAY_BE_WEAK="true")
    assert load_settings().erasure_key == "x" * 32
    set_variables(monkeypatch, MILEPOST_ERASURE_KEY="")
    with pytest.raises(SettingsFault, match=r"^erasure_key: not set"):
        load_settings()


@pytest.mark.parametrize(
    "source",
    [
        "http://tutor.example/jwks.json",
        "HTTP://10.0.0.7/keys",
        "http://127.0.0.1.tutor.example/keys",
        "http://localhost.tutor.example/keys",
        "http://localhost@tutor.example/keys",
        "http://[2001:db8::1]/keys",
        "http://[::1/keys",
    ],
)
def test_R30_production_refuses_keys_over_http(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    set_variables(monkeypatch, **PRODUCTION, MILEPOST_JWKS=source)
    with pytest.raises(SettingsFault, match=r"^jwks: must begin with https"):
        load_settings()


@pytest.mark.parametrize(
    "source",
    [
        *("https://tutor.example/keys", "http://127.0.0.1:8080/keys", "http://localhost/keys", "http://[::1]:81/keys"),
        "keys-that-come-later.json",
    ],
)
def test_sources_of_keys_that_production_takes(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    set_variables(monkeypatch, **PRODUCTION, MILEPOST_JWKS=source)
    assert load_settings().jwks == source


@pytest.mark.parametrize("origins", ["null", "https://a.example,null"])
def test_R30_production_refuses_the_origin_of_sandboxed_pages(monkeypatch: pytest.MonkeyPatch, origins: str) -> None:
    set_variables(monkeypatch, **PRODUCTION, MILEPOST_CORS_ORIGINS=origins)
    with pytest.raises(SettingsFault, match=r"^cors_origins: 'null'"):
        load_settings()
    set_variables(monkeypatch, MILEPOST_ENVIRONMENT="development")
    assert "null" in load_settings().cors_origins


@pytest.mark.parametrize(
    "origin", ["https://*.a.example", "a.example", "https://a.example/page", "https://b@a.example"]
)
def test_an_origin_that_no_browser_sends_is_refused(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    set_variables(monkeypatch, MILEPOST_CORS_ORIGINS=f"https://b.example,{origin}")
    with pytest.raises(SettingsFault, match=f"^cors_origins: .*not an origin: {re.escape(origin)}"):
        load_settings()


@pytest.mark.parametrize("name", ["jwks", "erased_file"])
def test_R30_a_pipe_or_a_device_is_no_file(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(SettingsFault, match=f"^{name}: .*not a regular file: {place}"):
            load_settings(**{name: str(place)})
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    for place in (tmp_path / "file", tmp_path / "link", tmp_path / "later"):
        assert getattr(load_settings(**{name: str(place)}), name) == str(place)


def test_R30_a_pipe_as_policy_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "policy.toml")
    with pytest.raises(SettingsFault, match=r"policy\.toml: not a regular file"):
        load_policy(tmp_path)


def test_trust_outlives_the_time_between_two_fetches(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, MILEPOST_JWKS_UNREACHABLE_SECONDS="599")
    with pytest.raises(SettingsFault, match=r"^jwks_unreachable_seconds: less than jwks_max_age_seconds"):
        load_settings()
