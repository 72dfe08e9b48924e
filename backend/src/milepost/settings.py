"""Every setting of the process, read once: config files first, environment over them, unknown keys refused.

Knows where settings come from and which combinations are unsafe. Does not open anything.
"""

import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from milepost.rules.policy import Policy

PREFIX = "MILEPOST_"
MINIMUM_SECRET_BYTES = 32
_CONFIG_DIR_VARIABLE = "MILEPOST_CONFIG_DIR"
_REPOSITORY_CONFIG = Path(__file__).resolve().parents[3] / "config"


class SettingsFault(Exception):
    """The configuration cannot be used. The message lists every fault at once, one a line."""


def config_dir() -> Path:
    """The folder with default.toml, production.toml and policy.toml: `MILEPOST_CONFIG_DIR`, else the repository's."""
    return Path(os.environ.get(_CONFIG_DIR_VARIABLE) or _REPOSITORY_CONFIG)


class Settings(BaseSettings):
    """One field a key of `config/default.toml`, where each is explained."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    environment: Literal["development", "production"]
    debug: bool
    host: str
    port: Annotated[int, Field(ge=0, le=65_535)]
    database_url: Annotated[str, Field(repr=False)]
    redis_url: Annotated[str, Field(repr=False)]
    database_read_connections: Annotated[int, Field(ge=1, le=200)]
    database_write_connections: Annotated[int, Field(ge=1, le=200)]
    database_export_connections: Annotated[int, Field(ge=1, le=50)]
    export_stall_seconds: Annotated[float, Field(gt=0)]
    export_limit_seconds: Annotated[float, Field(gt=0)]
    database_acquire_timeout_seconds: Annotated[float, Field(gt=0)]
    database_statement_timeout_seconds: Annotated[float, Field(gt=0)]
    redis_timeout_seconds: Annotated[float, Field(gt=0)]
    jwt_secret: Annotated[str, Field(repr=False)]
    jwt_issuer: Annotated[str, Field(min_length=1)]
    jwt_audience: Annotated[str, Field(min_length=1)]
    jwks: str
    jwks_max_age_seconds: Annotated[int, Field(gt=0)]
    jwks_min_interval_seconds: Annotated[int, Field(gt=0)]
    token_cache_seconds: Annotated[int, Field(ge=0, le=60)]
    token_leeway_seconds: Annotated[int, Field(ge=0, le=60)]
    cors_origins: Annotated[tuple[str, ...], NoDecode]
    request_timeout_seconds: Annotated[float, Field(gt=0)]
    body_limit_bytes: Annotated[int, Field(gt=0)]
    body_timeout_seconds: Annotated[int, Field(gt=0)]
    batch_limit: Annotated[int, Field(gt=0, le=10_000)]
    intake_queue_limit: Annotated[int, Field(gt=0)]
    intake_commit_limit: Annotated[int, Field(gt=0)]
    intake_bulk_threshold: Annotated[int, Field(gt=0)]
    intake_bulk_transactions: Annotated[int, Field(gt=0)]
    intake_remembered_learners: Annotated[int, Field(ge=0)]
    overview_cache_entries: Annotated[int, Field(ge=0)]
    feature_goals: bool
    feature_analytics: bool
    shutdown_notice_seconds: Annotated[float, Field(ge=0, le=60)]
    shutdown_grace_seconds: Annotated[int, Field(ge=1)]
    log_format: Literal["auto", "json", "console"]
    log_level: Literal["debug", "info", "warning", "error"]

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _origins(cls, given: object) -> object:
        """In the environment: origins separated by commas."""
        if isinstance(given, str):
            return tuple(part.strip() for part in given.split(",") if part.strip())
        return tuple(given) if isinstance(given, list) else given

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Later sources give way to earlier ones: arguments, environment, production.toml, default.toml."""
        folder = config_dir()
        files = [folder / "default.toml"]
        if os.environ.get(f"{PREFIX}ENVIRONMENT") == "production":
            files.insert(0, folder / "production.toml")
        return (init_settings, env_settings, *(TomlConfigSettingsSource(settings_cls, file) for file in files))


def load_settings(**overrides: object) -> Settings:
    """Read the settings; `overrides` win over everything.

    Raises:
        SettingsFault: a file is missing, a value is impossible, a key is unknown, or production is configured unsafely.
    """
    default = config_dir() / "default.toml"
    if not default.is_file():
        raise SettingsFault(f"{default}: no such file. {_CONFIG_DIR_VARIABLE} must name a folder with default.toml")
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as fault:
        raise SettingsFault("\n".join(_sentence(error["loc"], error["msg"]) for error in fault.errors())) from None
    except tomllib.TOMLDecodeError as fault:
        raise SettingsFault(f"{config_dir()}: not valid TOML: {fault}") from None
    faults = [*_unknown_variables(), *(_production_faults(settings) if settings.environment == "production" else ())]
    if faults:
        raise SettingsFault("\n".join(faults))
    return settings


@cache
def load_policy(folder: Path | None = None) -> Policy:
    """Read `policy.toml`.

    Raises:
        SettingsFault: the file is missing, or a value is impossible; every fault with the place it stands at.
    """
    file = (folder or config_dir()) / "policy.toml"
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsFault(f"{file}: no such file") from None
    except tomllib.TOMLDecodeError as fault:
        raise SettingsFault(f"{file}: not valid TOML: {fault}") from None
    try:
        return TypeAdapter(Policy).validate_python(content)
    except ValidationError as fault:
        raise SettingsFault("\n".join(f"{file}: {_sentence(e['loc'], e['msg'])}" for e in fault.errors())) from None


def _sentence(place: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(map(str, place))}: {message}"


def _unknown_variables() -> list[str]:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {_CONFIG_DIR_VARIABLE}
    return [f"{name}: no such setting" for name in sorted(os.environ) if name.startswith(PREFIX) and name not in known]


def _production_faults(settings: Settings) -> list[str]:
    """Everything that makes a production start unsafe, all at once."""
    checks = [
        (settings.debug, "debug: must be off in production"),
        ("*" in settings.cors_origins, "cors_origins: '*' is not possible in production, list the frontends"),
        (not settings.database_url, "database_url: not set (MILEPOST_DATABASE_URL)"),
        (not settings.redis_url, "redis_url: not set (MILEPOST_REDIS_URL)"),
        (
            not settings.jwt_secret and not settings.jwks,
            "jwt_secret: not set, nor jwks (MILEPOST_JWT_SECRET, MILEPOST_JWKS)",
        ),
        (
            bool(settings.jwt_secret) and len(settings.jwt_secret.encode()) < MINIMUM_SECRET_BYTES,
            f"jwt_secret: shorter than {MINIMUM_SECRET_BYTES} bytes",
        ),
    ]
    return [sentence for unsafe, sentence in checks if unsafe]
