"""What administrators do, on the wire."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, RootModel

from milepost.api.http.fields import (
    Answer,
    Day,
    Instant,
    Sent,
    ZoneName,
)

MAX_ZONES = 200


class ZonePeriodIn(Sent):
    """From `valid_from` on the learner lived in `zone`; null, in the first alone: always had."""

    valid_from: Instant | None = None
    zone: ZoneName


class ZonesIn(RootModel[Annotated[list[ZonePeriodIn], Field(min_length=1, max_length=MAX_ZONES)]]):
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


class MeOut(Answer):
    """What is known about the caller. `zone_change_allowed_at`: null when it may change now."""

    learner_id: str
    timezone: str
    zone_source: Literal["assumed", "claim", "profile", "admin"]
    zone_hint: str | None = None
    zone_change_allowed_at: Instant | None
    local_day: Day


class MeIn(Sent):
    """What to change."""

    zone: ZoneName
