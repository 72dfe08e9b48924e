"""One-time codes: a platform hands one to a browser, which exchanges it once for the learner's token.

The database holds a digest of the code and the token under a key that only the code gives, so a copy of the table signs
nobody in.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from milepost.db.connection import Writing

CODE_SECONDS = 60
"""How long a code can be exchanged."""

_CODE_BYTES = 24
_NONCE = bytes(12)
"""Always the same: every code has a key of its own, which encrypts once."""
_BATCH = 1_000

_KEEP = "INSERT INTO sign_in_codes (digest, sealed_token, token_expires_at, expires_at) VALUES ($1, $2, $3, $4)"
_TAKE = "DELETE FROM sign_in_codes WHERE digest = $1 AND expires_at > $2 RETURNING sealed_token, token_expires_at"
_FORGET = """
DELETE FROM sign_in_codes WHERE digest IN (
    SELECT digest FROM sign_in_codes WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
"""


@dataclass(frozen=True, slots=True)
class SignInToken:
    """A learner's token and its end."""

    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignInCode:
    """A code and its end."""

    code: str = field(repr=False)
    expires_at: datetime


async def make_code(connection: Writing, token: SignInToken, now: datetime) -> SignInCode:
    """A new code for a token, of 192 random bits."""
    made = SignInCode(secrets.token_urlsafe(_CODE_BYTES), now + timedelta(seconds=CODE_SECONDS))
    digest, key = _digest(made.code), _key(made.code)
    sealed = AESGCM(key).encrypt(_NONCE, token.token.encode(), digest)
    await connection.execute(_KEEP, digest, sealed, token.expires_at, made.expires_at)
    return made


async def take_code(connection: Writing, code: str, now: datetime) -> SignInToken | None:
    """The token of a code, which is then used up; None if there is no such code any more, whatever the reason."""
    digest = _digest(code)
    row = await connection.fetchrow(_TAKE, digest, now)
    if row is None:
        return None
    token = AESGCM(_key(code)).decrypt(_NONCE, row["sealed_token"], digest)
    return SignInToken(token.decode(), row["token_expires_at"])


async def forget_codes_batch(connection: Writing, now: datetime) -> bool:
    """Delete codes that nobody exchanged in time. Returns whether there may be more."""
    return await connection.execute(_FORGET, now, _BATCH) == f"DELETE {_BATCH}"


def _digest(code: str) -> bytes:
    return hashlib.sha256(b"milepost sign-in code, found by\0" + code.encode()).digest()


def _key(code: str) -> bytes:
    """A hash suffices: a code is random and long, so nobody can try all of them."""
    return hashlib.sha256(b"milepost sign-in code, sealed by\0" + code.encode()).digest()
