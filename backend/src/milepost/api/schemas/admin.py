"""What administrators do, on the wire."""

from typing import Annotated

from pydantic import ConfigDict, Field, RootModel

from milepost.api.schemas.fields import Answer, Cursor, Instant, LearnerRef, Limit, Query, Sent, ZoneName

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
