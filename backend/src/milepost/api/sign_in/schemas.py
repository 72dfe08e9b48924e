"""Signing in on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from milepost.api.http.fields import Answer, Instant, Sent, text

_MAX_CODE = 100
_MAX_TOKEN = 8_192


class SignInCodeIn(Sent):
    """The token that the code will stand for: of a learner, or of an administrator; never of a service."""

    token: Annotated[str, text(_MAX_TOKEN)] = Field(repr=False)


class SignInCodeOut(Answer):
    """A code that can be exchanged once, until `expires_at`."""

    code: str
    expires_at: Instant


class UsedCodeIn(Sent):
    """The code that a page exchanges."""

    code: Annotated[str, text(_MAX_CODE)]


class DemoSignInIn(Sent):
    """Whom a person wants to be in the demo."""

    learner_id: Annotated[str, text(200)]
    role: Literal["learner", "admin"] = "learner"
