"""All settings of the process, read once. The environment overrides the config files; unknown keys are refused.

Knows where settings come from and which combinations are unsafe. Opens nothing.
"""

import os
import re
import tomllib
from collections.abc import Iterable
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, TypeAdapter, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from milepost.regular_files import read_regular_file
from milepost.rules.policy import Policy
from milepost.rules.secret_strength import weakness

PREFIX = "MILEPOST_"
_DEVELOPMENT_ERASURE_KEY = b"development: erased learners can be guessed"
_ORIGIN = re.compile(r"https://[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?|http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?")
_FRONTEND = re.compile(r"\*|null|[a-z][a-z0-9+.-]*://[^/?#\s*@]+/?")
"""An origin as browsers send it, in small letters. Apps in a web view have schemes of their own."""
_URL = re.compile(r"https?://", re.IGNORECASE)
_SECURE_COOKIES = ("__Host-", "__Secure-")
_CONFIG_DIR_VARIABLE = "MILEPOST_CONFIG_DIR"
_REPOSITORY_CONFIG = Path(__file__).resolve().parents[3] / "config"


class SettingsFault(Exception):
    """The configuration cannot be used. The message lists every fault, one per line."""


def config_dir() -> Path:
    """The folder with default.toml, production.toml and policy.toml: `MILEPOST_CONFIG_DIR`, else the repository's."""
    return Path(os.environ.get(_CONFIG_DIR_VARIABLE) or _REPOSITORY_CONFIG)


class Settings(BaseSettings):
    """One field per key of `config/default.toml`, which explains each."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    environment: Literal["development", "production"]
    debug: bool
    host: str
    port: Annotated[int, Field(ge=0, le=65_535)]
    database_url: Annotated[str, Field(repr=False)]
    database_owner_url: Annotated[str, Field(repr=False)]
    redis_url: Annotated[str, Field(repr=False)]
    database_read_connections: Annotated[int, Field(ge=1, le=200)]
    database_write_connections: Annotated[int, Field(ge=1, le=200)]
    database_export_connections: Annotated[int, Field(ge=1, le=50)]
    reads_per_learner: Annotated[int, Field(ge=1)]
    changes_per_learner: Annotated[int, Field(ge=1)]
    exports_per_caller: Annotated[int, Field(ge=1, le=50)]
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
    jwks_emptied_seconds: Annotated[int, Field(ge=0)]
    jwks_unreachable_seconds: Annotated[int, Field(gt=0)]
    token_cache_seconds: Annotated[int, Field(ge=0, le=60)]
    token_leeway_seconds: Annotated[int, Field(ge=0, le=60)]
    default_role: Literal["", "learner"]
    uuid5_names: Literal["administrators", "services", "everyone"]
    erasure_key: Annotated[str, Field(repr=False)]
    erasure_key_may_be_weak: bool
    erased_file: str
    cors_origins: Annotated[tuple[str, ...], NoDecode]
    public_url: Annotated[str, Field(pattern=r"^(https?://[^/?#\s]+[^?#\s]*[^/?#\s])?$")]
    share_fonts: Annotated[tuple[str, ...], NoDecode]
    dashboard_folder: str
    sign_in_cookie: Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{0,100}$")]
    sign_in_message_origins: Annotated[tuple[str, ...], NoDecode]
    request_timeout_seconds: Annotated[float, Field(gt=0)]
    body_limit_bytes: Annotated[int, Field(gt=0)]
    body_limit_values: Annotated[int, Field(gt=0)]
    small_body_limit_bytes: Annotated[int, Field(gt=0)]
    small_body_limit_values: Annotated[int, Field(gt=0)]
    body_timeout_seconds: Annotated[int, Field(gt=0)]
    answer_stall_seconds: Annotated[float, Field(gt=0)]
    connections_per_process: Annotated[int, Field(ge=1, le=1_000_000)]
    batch_limit: Annotated[int, Field(gt=0, le=10_000)]
    intake_queue_limit: Annotated[int, Field(gt=0)]
    intake_commit_limit: Annotated[int, Field(gt=0)]
    intake_bulk_threshold: Annotated[int, Field(gt=0)]
    intake_bulk_transactions: Annotated[int, Field(gt=0)]
    intake_waiting_transactions: Annotated[int, Field(gt=0)]
    intake_remembered_learners: Annotated[int, Field(ge=0)]
    overview_cache_entries: Annotated[int, Field(ge=0)]
    express: bool
    idempotency_keys_kept_days: Annotated[int, Field(ge=1, le=90)]
    idempotency_keys_per_learner: Annotated[int, Field(ge=1, le=100_000)]
    limit_intake_learner_per_minute: Annotated[int, Field(ge=1)]
    limit_intake_sender_per_minute: Annotated[int, Field(ge=1)]
    limit_exports_learner_per_hour: Annotated[int, Field(ge=1)]
    limit_exports_sender_per_hour: Annotated[int, Field(ge=1)]
    limit_reads_learner_per_minute: Annotated[int, Field(ge=1)]
    limit_reads_sender_per_minute: Annotated[int, Field(ge=1)]
    limit_changes_learner_per_minute: Annotated[int, Field(ge=1)]
    limit_changes_sender_per_minute: Annotated[int, Field(ge=1)]
    limit_shares_per_hour: Annotated[int, Field(ge=1)]
    limit_share_views_per_minute: Annotated[int, Field(ge=1)]
    limit_failed_tokens_per_minute: Annotated[int, Field(ge=1)]
    trusted_proxies: Annotated[tuple[str, ...], NoDecode]
    notices_kept_days: Annotated[int, Field(ge=1, le=3_650)]
    streams_per_learner: Annotated[int, Field(ge=1, le=100)]
    streams_per_process: Annotated[int, Field(ge=0, le=100_000)]
    stream_lifetime_seconds: Annotated[float, Field(gt=0)]
    stream_heartbeat_seconds: Annotated[float, Field(gt=0, le=15)]
    stream_stall_seconds: Annotated[float, Field(gt=0)]
    stream_poll_seconds: Annotated[float, Field(gt=0)]
    feature_goals: bool
    feature_analytics: bool
    shutdown_notice_seconds: Annotated[float, Field(ge=0, le=60)]
    shutdown_grace_seconds: Annotated[int, Field(ge=1)]
    log_format: Literal["auto", "json", "console"]
    log_level: Literal["debug", "info", "warning", "error"]

    @property
    def erasure_key_bytes(self) -> bytes:
        """The key of the digests of erased learners. Without a setting, which production refuses, it is no secret."""
        return self.erasure_key.encode() or _DEVELOPMENT_ERASURE_KEY

    def body_bytes(self, *, large: bool) -> int:
        """The maximum size of a body."""
        return self.body_limit_bytes if large else min(self.small_body_limit_bytes, self.body_limit_bytes)

    def body_values(self, *, large: bool) -> int:
        """The maximum number of JSON values of a body."""
        return self.body_limit_values if large else min(self.small_body_limit_values, self.body_limit_values)

    @field_validator("cors_origins", "trusted_proxies", "share_fonts", "sign_in_message_origins", mode="before")
    @classmethod
    def _separated(cls, values: object) -> object:
        """The environment gives lists separated by commas."""
        if isinstance(values, str):
            return tuple(value.strip() for value in values.split(",") if value.strip())
        return tuple(values) if isinstance(values, list) else values

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse names and `*`: a client whose `X-Forwarded-For` is believed chooses its own address."""
        for proxy in proxies:
            ip_network(proxy)
        return proxies

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [origin for origin in origins if not _FRONTEND.fullmatch(origin)]
        if wrong:
            raise ValueError(
                f"not an origin: {', '.join(wrong)}. Write https://host or https://host:port, without a path"
            )
        return origins

    @field_validator("jwks", "erased_file")
    @classmethod
    def _regular(cls, file: str) -> str:
        """A file may come later. What is no file, such as a pipe, never becomes one and could hang the start."""
        if file and not _URL.match(file) and Path(file).exists() and not Path(file).is_file():
            raise ValueError(f"not a regular file: {file}")
        return file

    @field_validator("share_fonts")
    @classmethod
    def _existing(cls, files: tuple[str, ...]) -> tuple[str, ...]:
        missing = [file for file in files if not Path(file).is_file()]
        if missing:
            raise ValueError(f"no such file: {', '.join(missing)}")
        return files

    @field_validator("dashboard_folder")
    @classmethod
    def _folder(cls, folder: str) -> str:
        if folder and not Path(folder).is_dir():
            raise ValueError(f"no such folder: {folder}")
        return folder

    @field_validator("sign_in_message_origins")
    @classmethod
    def _single_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse patterns: whoever may send a token decides who is signed in, and may show the pages in a frame."""
        wrong = [origin for origin in origins if not _ORIGIN.fullmatch(origin)]
        if wrong:
            raise ValueError(
                f"not an origin: {', '.join(wrong)}. Write https://host or https://host:port, without a path; "
                "http only for 127.0.0.1 and localhost"
            )
        return origins

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Earlier sources override later ones: arguments, environment, production.toml, default.toml."""
        folder = config_dir()
        files = [folder / "default.toml"]
        if os.environ.get(f"{PREFIX}ENVIRONMENT") == "production":
            files.insert(0, folder / "production.toml")
        return (init_settings, env_settings, *(TomlConfigSettingsSource(settings_cls, file) for file in files))


def load_settings(**overrides: object) -> Settings:
    """Read the settings; `overrides` take precedence over every source.

    Raises:
        SettingsFault: a file is missing, a value is invalid, a key is unknown, or production is configured unsafely;
            the same for `policy.toml`. The message lists every fault.
    """
    default = config_dir() / "default.toml"
    if not default.is_file():
        raise SettingsFault(f"{default}: no such file. {_CONFIG_DIR_VARIABLE} must name a folder with default.toml")
    try:
        settings, faults = _read(default, overrides)
    except tomllib.TOMLDecodeError as fault:
        raise SettingsFault(f"{config_dir()}: not valid TOML: {fault}") from None
    faults += [*_unknown_variables(), *_policy_faults()]
    if faults or settings is None:
        raise SettingsFault("\n".join(faults))
    return settings


class _Readable(Settings):
    """The settings as far as they can be read, to look for further faults."""

    model_config = SettingsConfigDict(extra="ignore")


def _read(default: Path, overrides: dict[str, object]) -> tuple[Settings | None, list[str]]:
    """The settings and their faults. Faults of one value do not hide those of the others.

    Raises:
        TOMLDecodeError: a file is not valid TOML.
    """
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as fault:
        faults = [_sentence(error["loc"], error["msg"]) for error in fault.errors()]
        invalid = {str(error["loc"][0]) for error in fault.errors()}
    else:
        return settings, [*_unsafe(settings)]
    defaults = tomllib.loads(read_regular_file(default).decode())
    valid = {name: defaults[name] for name in invalid & defaults.keys() & Settings.model_fields.keys()}
    try:
        settings = _Readable(**{**overrides, **valid})
    except ValidationError:
        return None, faults
    return None, [*faults, *(fault for fault in _unsafe(settings) if fault.partition(":")[0] not in invalid)]


def _unsafe(settings: Settings) -> Iterable[str]:
    """What is wrong with settings that can be read."""
    yield from _contradictions(settings)
    if settings.environment == "production":
        yield from _production_faults(settings)


def _policy_faults() -> list[str]:
    try:
        load_policy(config_dir())
    except SettingsFault as fault:
        return str(fault).splitlines()
    return []


@cache
def load_policy(folder: Path | None = None) -> Policy:
    """Read `policy.toml`.

    Raises:
        SettingsFault: the file is missing, or a value is invalid; the message lists every fault with its place.
    """
    file = (folder or config_dir()) / "policy.toml"
    try:
        content = tomllib.loads(read_regular_file(file).decode())
    except FileNotFoundError:
        raise SettingsFault(f"{file}: no such file") from None
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsFault(f"{file}: {getattr(fault, 'strerror', None) or 'not UTF-8'}") from None
    except tomllib.TOMLDecodeError as fault:
        raise SettingsFault(f"{file}: not valid TOML: {fault}") from None
    try:
        return TypeAdapter(Policy).validate_python(content)
    except ValidationError as fault:
        raise SettingsFault("\n".join(f"{file}: {_sentence(e['loc'], e['msg'])}" for e in fault.errors())) from None


def _sentence(place: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(map(str, place))}: {message}"


def _unknown_variables() -> list[str]:
    names = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {_CONFIG_DIR_VARIABLE}
    return [f"{name}: no such setting" for name in sorted(os.environ) if name.startswith(PREFIX) and name not in names]


def _contradictions(settings: Settings) -> list[str]:
    """Settings that make each other impossible."""
    faults = [
        f"{name}: less than batch_limit ({settings.batch_limit}), so a full batch would never be taken"
        for name in ("limit_intake_learner_per_minute", "limit_intake_sender_per_minute")
        if getattr(settings, name) < settings.batch_limit
    ]
    if settings.jwks_unreachable_seconds < settings.jwks_max_age_seconds:
        faults.append(
            "jwks_unreachable_seconds: less than jwks_max_age_seconds, so trust would end between two fetches"
        )
    return faults


def _production_faults(settings: Settings) -> list[str]:
    """Every reason why starting in production would be unsafe."""
    weak_secret, weak_key = weakness(settings.jwt_secret), weakness(settings.erasure_key)
    checks = [
        (settings.debug, "debug: must be off in production"),
        ("*" in settings.cors_origins, "cors_origins: '*' is not allowed in production; list the frontends"),
        (
            "null" in settings.cors_origins,
            "cors_origins: 'null' is the origin of any sandboxed page, so it is not allowed in production",
        ),
        (not settings.database_url, "database_url: not set (MILEPOST_DATABASE_URL)"),
        (not settings.redis_url, "redis_url: not set (MILEPOST_REDIS_URL)"),
        (
            not settings.jwt_secret and not settings.jwks,
            "jwt_secret: neither it nor jwks is set (MILEPOST_JWT_SECRET, MILEPOST_JWKS)",
        ),
        (bool(settings.jwt_secret) and weak_secret is not None, f"jwt_secret: {weak_secret} (MILEPOST_JWT_SECRET)"),
        (
            _is_open_on_its_way(settings.jwks),
            "jwks: must begin with https in production; keys fetched over http could be replaced on their way",
        ),
        (not settings.erasure_key, "erasure_key: not set (MILEPOST_ERASURE_KEY)"),
        (
            bool(settings.erasure_key) and weak_key is not None and not settings.erasure_key_may_be_weak,
            f"erasure_key: {weak_key} (MILEPOST_ERASURE_KEY). If learners have been erased with it, keep it, and set "
            "MILEPOST_ERASURE_KEY_MAY_BE_WEAK=true",
        ),
        (
            bool(settings.sign_in_cookie) and not settings.sign_in_cookie.startswith(_SECURE_COOKIES),
            f"sign_in_cookie: must begin with {' or '.join(_SECURE_COOKIES)}; browsers then take it over TLS alone",
        ),
        (
            any(origin.startswith("http:") for origin in settings.sign_in_message_origins),
            "sign_in_message_origins: only https in production; others could be changed in transit",
        ),
    ]
    return [sentence for unsafe, sentence in checks if unsafe]


def _is_open_on_its_way(source: str) -> bool:
    """Is this a URL without TLS, of another machine?"""
    if not source.lower().startswith("http://"):
        return False
    host = ""
    try:
        host = urlsplit(source).hostname or ""
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"
