"""Builders of tokens and activities, valid unless a test asks otherwise."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime

import jwt

SECRET = "a secret for tests, known to everybody, 32 bytes and more"
SAFE_SECRET = "9f2c41d07ab85e36c1f4087d6be2953a"
"""A secret that production takes."""
PRODUCTION = {
    "MILEPOST_ENVIRONMENT": "production",
    "MILEPOST_DATABASE_URL": "postgresql://milepost@db/milepost",
    "MILEPOST_REDIS_URL": "redis://redis:6379/0",
    "MILEPOST_JWT_SECRET": SAFE_SECRET,
    "MILEPOST_ERASURE_KEY": SAFE_SECRET,
}
"""The least that production needs in its environment."""
ISSUER = "milepost"
AUDIENCE = "milepost"
# Later than any clock a test sets, and than the wall clock.
NEVER = datetime(2100, 1, 1, tzinfo=UTC)

_numbers = itertools.count(1)


def mint(
    subject: str,
    roles: Sequence[str] | None = ("learner",),
    *,
    zone: str | None = None,
    name: str | None = None,
    expires_at: datetime = NEVER,
    secret: str = SECRET,
    **claims: object,
) -> str:
    """A token as the platform would issue it; `claims` are added or, if None, left out."""
    content: dict[str, object] = {
        "sub": subject,
        "iss": ISSUER,
        "aud": AUDIENCE,
        "exp": int(expires_at.timestamp()),
        "roles": None if roles is None else list(roles),
        "zoneinfo": zone,
        "name": name,
        **claims,
    }
    return jwt.encode({key: value for key, value in content.items() if value is not None}, secret, algorithm="HS256")


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def activity(occurred_at: datetime, **fields: object) -> dict[str, object]:
    """A learner's own practice session with a new id; `fields` replace or add, None removes."""
    content: dict[str, object] = {
        "id": f"activity-{next(_numbers)}",
        "verb": "practised",
        "object_type": "session",
        "occurred_at": occurred_at.isoformat(),
        **fields,
    }
    return {key: value for key, value in content.items() if value is not None}


def exercise(occurred_at: datetime, **fields: object) -> dict[str, object]:
    """A completed, graded exercise, as a service reports it."""
    content: dict[str, object] = {
        "verb": "completed",
        "object_type": "exercise",
        "topic": "loops",
        "value": 80,
        "duration_seconds": 600,
        **fields,
    }
    return activity(occurred_at, **content)


def new_learner() -> str:
    """The subject of a new learner."""
    return f"learner-{next(_numbers)}"


def nested(depth: int) -> object:
    """An object with `depth` levels."""
    level: object = {}
    for _ in range(depth - 1):
        level = {"a": level}
    return level
