"""Shares on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from milepost.api.http.fields import Answer, Day, Instant, Sent, UuidText, text
from milepost.rules.sharing import FIELDS, ShareField, ShareKind, ShareState


class ShareIn(Sent):
    """What to share: a badge, named by `code`, or progress, with the `fields` that the page shows.

    A badge may show `display_name`, and nothing else. The link works through the local day `ends_on`; without it, until
    it is revoked.
    """

    kind: ShareKind
    code: Annotated[str, text(100)] | None = None
    fields: Annotated[list[ShareField], Field(max_length=len(FIELDS))] = Field(default_factory=list)
    ends_on: Day | None = None


class ShareViewsOut(Answer):
    """How often the page was opened on a local day of the learner."""

    day: Day
    views: int


class ShareOut(Answer):
    """A public link. Everybody who has it can open the page until it ends or is revoked."""

    share_id: UuidText
    kind: ShareKind
    code: str | None
    fields: list[ShareField]
    ends_on: Day | None
    url: str
    state: ShareState
    views: int
    views_by_day: list[ShareViewsOut]
    created_at: Instant


class SharesOut(Answer):
    """All shares of the learner, the newest first."""

    shares: list[ShareOut]


class ShareRevokedOut(Answer):
    """The share is gone: its link leads nowhere."""

    share_id: UuidText
    deleted: Literal[True]
