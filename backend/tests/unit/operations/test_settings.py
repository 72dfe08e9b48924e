"""Settings and policy: their sources, and the refusal of all invalid values at once."""

import tomllib
from pathlib import Path

import pytest

from milepost.settings import Settings, SettingsFault, config_dir, load_policy, load_settings
from support.builders import PRODUCTION
from unit.operations.environment import set_variables


def test_every_setting_is_in_the_default_file_and_the_other_way_round() -> None:
    written = tomllib.loads((config_dir() / "default.toml").read_text())
    assert set(written) == set(Settings.model_fields)


def test_the_default_file_explains_every_setting() -> None:
    lines = (config_dir() / "default.toml").read_text().splitlines()
    explained = False
    for line in lines:
        if not line.strip():
            explained = False
        elif line.startswith("#"):
            explained = True
        else:
            assert explained, f"no comment above: {line}"


def test_the_environment_wins_over_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, MILEPOST_PORT="9123", MILEPOST_JWT_ISSUER="https://tutor.example")
    settings = load_settings()
    assert (settings.port, settings.jwt_issuer) == (9123, "https://tutor.example")


def test_arguments_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, MILEPOST_PORT="9123")
    assert load_settings(port=9124).port == 9124


def test_another_folder_is_used(folder: Path) -> None:
    file = folder / "default.toml"
    file.write_text(file.read_text().replace("port = 8000", "port = 8111"))
    assert load_settings().port == 8111


def test_a_folder_without_files_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, MILEPOST_CONFIG_DIR=str(tmp_path / "nowhere"))
    with pytest.raises(SettingsFault, match=r"nowhere/default\.toml: no such file.*MILEPOST_CONFIG_DIR"):
        load_settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("MILEPOST_PROT", "8000"), ("MILEPOST_DATABSE_URL", "postgresql://"), ("MILEPOST_CONFIG", "config")],
)
def test_a_misspelt_variable_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    set_variables(monkeypatch, **{variable: value})
    with pytest.raises(SettingsFault, match=variable):
        load_settings()


def test_an_unknown_key_in_a_file_is_refused(folder: Path) -> None:
    file = folder / "default.toml"
    file.write_text(file.read_text() + "\ncolour = 'green'\n")
    with pytest.raises(SettingsFault, match="colour"):
        load_settings()


def test_a_missing_key_is_named(folder: Path) -> None:
    file = folder / "default.toml"
    file.write_text(file.read_text().replace("batch_limit = 1_000\n", ""))
    with pytest.raises(SettingsFault, match="batch_limit"):
        load_settings()


def test_a_broken_file_is_named(folder: Path) -> None:
    (folder / "default.toml").write_text("port = \n")
    with pytest.raises(SettingsFault, match="not valid TOML"):
        load_settings()


def test_all_invalid_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, MILEPOST_PORT="70000", MILEPOST_BATCH_LIMIT="0", MILEPOST_LOG_FORMAT="xml")
    with pytest.raises(SettingsFault) as fault:
        load_settings()
    sentences = str(fault.value).splitlines()
    assert [sentence.partition(":")[0] for sentence in sentences] == ["port", "batch_limit", "log_format"]


@pytest.mark.parametrize(
    ("given", "origins"),
    [
        ("", ()),
        ("https://a.example", ("https://a.example",)),
        ("https://a.example, https://b.example,", ("https://a.example", "https://b.example")),
    ],
)
def test_origins_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch, given: str, origins: tuple[str, ...]) -> None:
    set_variables(monkeypatch, MILEPOST_CORS_ORIGINS=given)
    assert load_settings().cors_origins == origins


def test_a_quota_that_no_full_batch_fits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, MILEPOST_LIMIT_INTAKE_LEARNER_PER_MINUTE="1000")
    assert load_settings().limit_intake_learner_per_minute == 1_000
    set_variables(monkeypatch, MILEPOST_BATCH_LIMIT="1001")
    with pytest.raises(SettingsFault, match=r"^limit_intake_learner_per_minute: less than batch_limit \(1001\)"):
        load_settings()


def test_no_quota_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(
        monkeypatch, MILEPOST_LIMIT_EXPORTS_LEARNER_PER_HOUR="0", MILEPOST_LIMIT_FAILED_TOKENS_PER_MINUTE="-1"
    )
    with pytest.raises(SettingsFault) as fault:
        load_settings()
    names = [sentence.partition(":")[0] for sentence in str(fault.value).splitlines()]
    assert names == ["limit_exports_learner_per_hour", "limit_failed_tokens_per_minute"]


def test_trusted_proxies_are_addresses_or_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, MILEPOST_TRUSTED_PROXIES="10.0.0.0/8, 192.0.2.7,2001:db8::/32")
    assert load_settings().trusted_proxies == ("10.0.0.0/8", "192.0.2.7", "2001:db8::/32")
    for unsafe in ("*", "proxy.example", "10.0.0.1/8", "10.0.0.0/33"):
        set_variables(monkeypatch, MILEPOST_TRUSTED_PROXIES=unsafe)
        with pytest.raises(SettingsFault, match="trusted_proxies"):
            load_settings()


def test_production_listens_to_the_network_and_logs_json(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, **PRODUCTION)
    settings = load_settings()
    assert (settings.host, settings.log_format, settings.debug) == ("0.0.0.0", "json", False)


def test_production_needs_a_secret_or_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, **PRODUCTION)
    monkeypatch.delenv("MILEPOST_JWT_SECRET")
    with pytest.raises(SettingsFault, match=r"jwt_secret.*MILEPOST_JWKS"):
        load_settings()
    set_variables(monkeypatch, MILEPOST_JWKS="https://tutor.example/jwks.json")
    assert load_settings().jwt_secret == ""


def test_a_secret_of_exactly_32_bytes_is_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, **PRODUCTION)
    assert len(load_settings().jwt_secret) == 32


def test_a_fault_does_not_repeat_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, **{**PRODUCTION, "MILEPOST_JWT_SECRET": "hunter2", "MILEPOST_PORT": "-1"})
    with pytest.raises(SettingsFault) as fault:
        load_settings()
    assert "hunter2" not in str(fault.value)


def test_the_policy_of_the_repository_is_valid() -> None:
    policy = load_policy()
    assert [level.name for level in policy.skills.levels] == ["beginner", "intermediate", "advanced", "expert"]
    assert (policy.streak.freeze_every_days, policy.streak.freeze_cap) == (7, 2)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("freeze_cap = 2", "freeze_cap = 2\nfreeze_capp = 3", "streak.freeze_capp"),
        ("freeze_cap = 2", "freeze_cap = 'two'", "streak.freeze_cap"),
        ('demotion = "immediate"', 'demotion = "sometimes"', "skills.demotion"),
        ("points = 15", "points = 100_001", "points of quiz/completed"),
        ('verb = "interacted"', 'verb = "viewed"', r"two rows for \*/viewed"),
        ("weight = 0.3", "weight = 0.2", r"spaces: .*weights of spaces\.rules must sum to 1, not 0\.9"),
        ("weight = 0.3", "weight = 'much'", r"spaces\.rules\.2\.weight"),
        ('"mean_value"', '"median_value"', r"spaces\.rules\.3\.calculate: .*'share_full'.*'mean_value'"),
        ("extras_weight = 0.1", "extras_weight = 0.3", "weights of composite_goals must sum to 1"),
    ],
)
def test_an_invalid_policy_is_refused_with_its_location(tmp_path: Path, old: str, new: str, named: str) -> None:
    text = (config_dir() / "policy.toml").read_text()
    assert old in text
    (tmp_path / "policy.toml").write_text(text.replace(old, new, 1))
    with pytest.raises(SettingsFault, match=named):
        load_policy(tmp_path)


def test_a_missing_policy_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match=r"policy\.toml: no such file"):
        load_policy(tmp_path)


def test_a_policy_that_is_not_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text("[days\n")
    with pytest.raises(SettingsFault, match="not valid TOML"):
        load_policy(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("SIGN_IN_COOKIE", "tutor", "__Host-"),
        ("SIGN_IN_COOKIE", "__Host-a b", "pattern"),
        ("SIGN_IN_MESSAGE_ORIGINS", "http://127.0.0.1:5173", "https"),
        ("SIGN_IN_MESSAGE_ORIGINS", "https://tutor.example,http://tutor.example", "http://tutor.example"),
        ("SIGN_IN_MESSAGE_ORIGINS", "*", "not an origin"),
        ("SIGN_IN_MESSAGE_ORIGINS", "https://*.tutor.example", "not an origin"),
        ("SIGN_IN_MESSAGE_ORIGINS", "https://tutor.example/", "not an origin"),
        ("SIGN_IN_MESSAGE_ORIGINS", "https://tutor.example; script-src *", "not an origin"),
        ("DASHBOARD_FOLDER", "no/such/folder", "no such folder"),
    ],
)
def test_production_refuses_unsafe_ways_to_sign_in(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, fault: str
) -> None:
    set_variables(monkeypatch, **PRODUCTION, **{f"MILEPOST_{name}": value})
    with pytest.raises(SettingsFault) as refused:
        load_settings()
    assert str(refused.value).startswith(name.lower())
    assert fault in str(refused.value)


def test_safe_ways_to_sign_in_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(
        monkeypatch,
        **PRODUCTION,
        MILEPOST_SIGN_IN_COOKIE="__Host-tutor",
        MILEPOST_SIGN_IN_MESSAGE_ORIGINS="https://tutor.example, https://school.example:8443",
    )
    settings = load_settings()
    assert settings.sign_in_cookie == "__Host-tutor"
    assert settings.sign_in_message_origins == ("https://tutor.example", "https://school.example:8443")


def test_development_may_name_pages_of_this_machine() -> None:
    origins = ("http://127.0.0.1:5173", "http://localhost:8080", "https://tutor.example")
    assert load_settings(sign_in_message_origins=origins).sign_in_message_origins == origins
