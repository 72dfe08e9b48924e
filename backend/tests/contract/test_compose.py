"""The compose file and the image keep their promises to operators."""

import re
from pathlib import Path

import pytest
import yaml

from milepost import cli
from milepost.settings import Settings, config_dir, load_settings

_ROOT = Path(__file__).resolve().parents[3]
_SERVICES = {"postgres", "redis", "migrate", "achievements", "api", "worker"}
_OURS = ("migrate", "achievements", "api", "worker")
_RUNNING = ("postgres", "redis", "api", "worker")


@pytest.fixture(scope="module")
def compose() -> dict[str, dict[str, dict[str, object]]]:
    """The compose file, with its anchors resolved."""
    content: dict[str, dict[str, dict[str, object]]] = yaml.safe_load((_ROOT / "docker-compose.yml").read_text())
    return content


Compose = dict[str, dict[str, dict[str, object]]]


def _mapping(value: object) -> dict[str, object]:
    assert isinstance(value, dict), value
    return value


def _words(value: object) -> list[str]:
    assert isinstance(value, list), value
    return [str(word) for word in value]


def test_the_services_are_the_expected_ones(compose: Compose) -> None:
    assert set(compose["services"]) == _SERVICES


@pytest.mark.parametrize("name", _RUNNING)
def test_every_running_service_has_a_health_check_and_restarts(compose: Compose, name: str) -> None:
    service = compose["services"][name]
    check = _mapping(service["healthcheck"])
    assert _words(check["test"])[0] in {"CMD", "CMD-SHELL"}
    assert {"interval", "timeout", "retries"} <= set(check)
    assert service["restart"] == "unless-stopped"


def test_the_migration_runs_once(compose: Compose) -> None:
    assert compose["services"]["migrate"]["restart"] == "no"
    assert _mapping(compose["services"]["migrate"]["depends_on"]) == {"postgres": {"condition": "service_healthy"}}


@pytest.mark.parametrize("name", ["api", "worker"])
def test_api_and_worker_wait_for_servers_and_schema(compose: Compose, name: str) -> None:
    assert _mapping(compose["services"][name]["depends_on"]) == {
        "postgres": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }


@pytest.mark.parametrize(("name", "folder"), [("postgres", "/var/lib/postgresql/data"), ("redis", "/data")])
def test_data_is_on_a_volume(compose: Compose, name: str, folder: str) -> None:
    volumes = [volume.split(":") for volume in _words(compose["services"][name]["volumes"])]
    assert [target for _, target in volumes] == [folder]
    assert all(volume in compose["volumes"] for volume, _ in volumes)


@pytest.mark.parametrize("name", _OURS)
def test_our_services_get_settings_that_exist(compose: Compose, name: str) -> None:
    environment = _mapping(compose["services"][name]["environment"])
    settings = {f"MILEPOST_{field.upper()}" for field in Settings.model_fields}
    assert set(environment) <= settings
    assert environment["MILEPOST_ENVIRONMENT"] == "production"


@pytest.mark.parametrize("name", sorted(_SERVICES))
def test_no_secret_has_a_default(compose: Compose, name: str) -> None:
    text = yaml.safe_dump(compose["services"][name])
    used = re.findall(r"\$\{(\w*(?:SECRET|PASSWORD)\w*)(:\?)?", text)
    assert all(required for _, required in used), used
    assert bool(used) == (name != "redis"), "the pattern did not match the secrets"


def test_the_environment_of_the_compose_file_is_a_safe_production(
    compose: Compose, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {"POSTGRES_SERVICE_PASSWORD": "correcthorse", "MILEPOST_JWT_SECRET": "9f2c41d07ab85e36c1f4087d6be2953a"}
    secrets["MILEPOST_ERASURE_KEY"] = "5b1e90c7d243fa86e90b17cd63f8a24d"

    def fill(match: "re.Match[str]") -> str:
        return secrets.get(match[1], match[3] if match[2] == ":-" else "")

    for key, value in _mapping(compose["services"]["api"]["environment"]).items():
        monkeypatch.setenv(key, re.sub(r"\$\{(\w+)(:[-?])([^}]*)\}", fill, str(value)))
    settings = load_settings()
    assert settings.database_url == "postgresql://milepost_service:correcthorse@postgres:5432/milepost"
    assert (settings.redis_url, settings.host) == ("redis://redis:6379/0", "0.0.0.0")


@pytest.mark.parametrize("name", _OURS)
def test_commands_exist(compose: Compose, name: str) -> None:
    program, *arguments = _words(compose["services"][name]["command"])
    assert program == "milepost"
    cli.parser().parse_args(arguments)


def test_the_health_check_of_the_worker_ends_a_late_one(compose: Compose) -> None:
    kind, command = _words(_mapping(compose["services"]["worker"]["healthcheck"])["test"])
    check, *rest = command.split("; ")
    program, *arguments = check.split()
    assert (kind, program) == ("CMD-SHELL", "milepost")
    assert cli.parser().parse_args(arguments).check is True
    assert rest == ["code=$$?", f"[ $$code -ne {cli.LATE_EXIT_CODE} ] || kill 1", "exit $$code"]


@pytest.mark.parametrize("name", sorted(_SERVICES))
def test_no_service_has_or_gets_privileges(compose: Compose, name: str) -> None:
    service = compose["services"][name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "cap_add" not in service or name in {"postgres", "redis"}, "only for images that change their user"


def test_images_are_pinned_to_a_full_version(compose: Compose) -> None:
    images = [str(compose["services"][name]["image"]) for name in ("postgres", "redis")]
    images += re.findall(r"^FROM (\S+)", (_ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert len(images) == 5
    for image in images:
        assert re.fullmatch(r"(postgres:\d+\.\d+|\w+:\d+\.\d+\.\d+)(-\w+)+", image), image


def test_S16_only_the_migration_knows_the_owner(compose: Compose) -> None:
    owner = "MILEPOST_DATABASE_OWNER_URL"
    environments = {name: _mapping(compose["services"][name]["environment"]) for name in _OURS}
    assert [name for name, environment in environments.items() if owner in environment] == ["migrate"]
    assert str(environments["migrate"][owner]).startswith("postgresql://milepost:${POSTGRES_PASSWORD:?")
    for environment in environments.values():
        url = str(environment["MILEPOST_DATABASE_URL"])
        assert url.startswith("postgresql://milepost_service:${POSTGRES_SERVICE_PASSWORD:?")


def test_the_health_check_of_the_api_reads_readyz(compose: Compose) -> None:
    check = " ".join(_words(_mapping(compose["services"]["api"]["healthcheck"])["test"]))
    assert f"http://127.0.0.1:{load_settings().port}/readyz" in check


@pytest.mark.parametrize("name", ["api", "worker"])
def test_running_requests_get_their_grace_period(compose: Compose, name: str) -> None:
    period = str(compose["services"][name]["stop_grace_period"])
    assert int(period.removesuffix("s")) > load_settings().shutdown_grace_seconds


def test_only_the_api_is_published_and_only_on_this_host(compose: Compose) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert published == {"api": ["${PUBLISHED_ADDRESS:-127.0.0.1:8000}:8000"]}


def test_the_image_contains_what_the_program_reads() -> None:
    lines = (_ROOT / "Dockerfile").read_text().splitlines()
    copied = [
        word for line in lines if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]
    ]
    assert {"requirements.lock", "pyproject.toml", "config", "backend/src", "backend/alembic"} <= set(copied)
    assert all((_ROOT / name).exists() for name in copied)
    assert config_dir() == _ROOT / "config", "the image must have config beside the sources, where the program looks"
    included = {
        line.removeprefix("!") for line in (_ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    left_out = [name for name in copied if not {name, *(str(folder) for folder in Path(name).parents)} & included]
    assert left_out == []
    assert "COPY --from=dashboard /app/frontend/dist frontend/dist" in lines, "where the program looks in a checkout"


def test_the_image_installs_only_what_is_locked_and_runs_without_privileges() -> None:
    text = (_ROOT / "Dockerfile").read_text()
    assert "--require-hashes -r requirements.lock" in text
    user = re.findall(r"^USER (\S+)$", text, re.MULTILINE)
    assert user == ["milepost"]
    assert text.index("USER milepost") < text.index("CMD ")
