"""Outages on the wire."""

from typing import Annotated, Literal

from milepost.api.http.fields import Answer, Instant, Sent, text


class OutageIn(Sent):
    """From when until when (exclusive) the service was down for everyone, and why."""

    starts_at: Instant
    ends_at: Instant
    reason: Annotated[str, text(200)]


class OutageOut(Answer):
    """An outage. Only an active one excuses the local days it touched."""

    id: str
    starts_at: Instant
    ends_at: Instant
    state: Literal["draft", "active", "withdrawn"]
    reason: str
    created_at: Instant


class DryRunOut(Answer):
    """What activating it would do. `learners`: how many it may concern; `looked_at`: how many of them were tried.

    Of those, `excused` have a day that it would excuse, and `lengthened` a present run that would be longer.
    """

    learners: int
    looked_at: int
    excused: int
    lengthened: int


class DraftedOut(OutageOut):
    """A draft, which has changed nothing yet."""

    dry_run: DryRunOut


class SettlingOut(Answer):
    """How far the newest activation or withdrawal has got. What learners read is right in the meantime too."""

    learners_done: int
    finished_at: Instant | None


class OutagesOut(Answer):
    """The last 200 that were entered, newest first; `settling` is null where none was ever active."""

    outages: list[OutageOut]
    settling: SettlingOut | None
