"""Outages on the wire."""

from typing import Annotated, Literal

from milepost.api.http.fields import Answer, Instant, Sent, UuidText, label


class OutageIn(Sent):
    """When the service was down for everyone, and why. `ends_at` is exclusive."""

    starts_at: Instant
    ends_at: Instant
    reason: Annotated[str, label(200)]


class OutageOut(Answer):
    """An outage. Only an active outage excuses the local days it touched."""

    id: UuidText
    starts_at: Instant
    ends_at: Instant
    state: Literal["draft", "active", "withdrawn"]
    reason: str
    created_at: Instant


class DryRunOut(Answer):
    """What activating the outage would do. `learners`: how many it may affect. `looked_at`: how many of them were
    checked.

    Of those checked, `excused` have a day that it would excuse, and `lengthened` a current run that would get longer.
    """

    learners: int
    looked_at: int
    excused: int
    lengthened: int


class DraftedOut(OutageOut):
    """A draft. It has not changed anything yet."""

    dry_run: DryRunOut


class SettlingOut(Answer):
    """Progress of the newest activation or withdrawal. Reads are already correct while it is running."""

    learners_done: int
    finished_at: Instant | None


class OutagesOut(Answer):
    """The 200 newest outages, newest first. `settling` is null if no outage was ever active."""

    outages: list[OutageOut]
    settling: SettlingOut | None
