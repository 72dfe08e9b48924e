"""Mints tokens for development. In production tokens come from the platform, and this module is not used."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import jwt

from milepost.rules.secret_strength import MINIMUM_SECRET_BYTES
from milepost.settings import Settings, SettingsFault


def mint(
    settings: Settings,
    subject: str,
    roles: Sequence[str],
    *,
    issued_at: datetime,
    hours: float,
    zone: str | None = None,
    name: str | None = None,
) -> str:
    """A token for `subject`, valid from `issued_at` for `hours`, signed with the settings' secret.

    Raises:
        SettingsFault: the environment is production, or the secret is missing or too short.
    """
    if settings.environment == "production":
        raise SettingsFault("Tokens are minted in development only. In production they come from the platform.")
    if len(settings.jwt_secret.encode()) < MINIMUM_SECRET_BYTES:
        raise SettingsFault(f"jwt_secret: shorter than {MINIMUM_SECRET_BYTES} bytes (MILEPOST_JWT_SECRET)")
    claims: dict[str, object] = {
        "sub": subject,
        "iss": settings.jwt_issuer,
        "aud": settings.jwt_audience,
        "iat": int(issued_at.timestamp()),
        "exp": int((issued_at + timedelta(hours=hours)).timestamp()),
        "roles": list(roles),
    }
    if zone is not None:
        claims["zoneinfo"] = zone
    if name is not None:
        claims["name"] = name
    return jwt.encode(claims, settings.jwt_secret, algorithm="HS256")
