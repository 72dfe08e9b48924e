"""Learners' zones and settings on the wire."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, RootModel

from milepost.api.http.fields import (
    Answer,
    Day,
    Instant,
    Sent,
    UuidText,
    ZoneName,
)

MAX_ZONES = 200


class ZonePeriodIn(Sent):
    """The learner lived in `zone` from `valid_from` on. Null is allowed only in the first period and means always."""

    valid_from: Instant | None = None
    zone: ZoneName


class ZonesIn(RootModel[Annotated[list[ZonePeriodIn], Field(min_length=1, max_length=MAX_ZONES)]]):
    """A whole zone history, oldest first."""

    model_config = ConfigDict(strict=True, frozen=True)


class ZonePeriodOut(Answer):
    """A period of a zone history. `valid_from` is null if the period has no beginning."""

    valid_from: Instant | None
    zone: ZoneName


class ZonesOut(Answer):
    """The new zone history, and the number of activities whose local day, or the end of that day, changed."""

    learner_id: UuidText
    timezone: str
    zone_source: str
    revision: int
    activities_moved: int
    zones: list[ZonePeriodOut]


class MeOut(Answer):
    """The caller's settings. `zone_change_allowed_at` is null if the zone may change now."""

    learner_id: UuidText
    timezone: str
    zone_source: Literal["assumed", "activity", "claim", "profile", "admin"]
    zone_hint: str | None = None
    zone_change_allowed_at: Instant | None
    local_day: Day


class MeIn(Sent):
    """The settings to change."""

    zone: ZoneName
