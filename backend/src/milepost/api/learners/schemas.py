"""What administrators do, on the wire."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, RootModel

from milepost.api.http.fields import Answer, Cursor, Instant, LearnerRef, Limit, Query, Sent, ZoneName, text

MOST_ZONES = 200


class AuditQuery(Query):
    """A page of the audit; `about`: only what concerns this learner."""

    limit: Limit = 50
    cursor: Cursor | None = None
    about: LearnerRef | None = None


class AuditEntryOut(Answer):
    """One write; `learner_id` is null where it concerns everybody. `body`: what was asked for and what it replaced."""

    at: Instant
    actor: str
    action: str
    learner_id: str | None
    body: dict[str, object]


class AuditOut(Answer):
    """Newest first; `next` is the cursor of the following page, null at the end."""

    entries: list[AuditEntryOut]
    next: str | None


class ZonePeriodIn(Sent):
    """From `valid_from` on the learner lived in `zone`; null, in the first alone: always had."""

    valid_from: Instant | None = None
    zone: ZoneName


class ZonesIn(RootModel[Annotated[list[ZonePeriodIn], Field(min_length=1, max_length=MOST_ZONES)]]):
    """A whole history, oldest first."""

    model_config = ConfigDict(strict=True, frozen=True)


class ZonePeriodOut(Answer):
    """A period of a zone history; `valid_from` is null where it holds from ever."""

    valid_from: Instant | None
    zone: ZoneName


class ZonesOut(Answer):
    """The history as it is kept now, and how many activities it moved to another day or another end of it."""

    learner_id: str
    timezone: str
    zone_source: str
    revision: int
    activities_moved: int
    zones: list[ZonePeriodOut]


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
