"""Learners' zones and settings on the wire."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, RootModel
from pydantic.config import JsonDict

from milepost.api.http.fields import (
    WHOLE,
    Answer,
    Day,
    Instant,
    LearnerRef,
    Sent,
    UuidText,
    ZoneName,
    person_name,
)

MAX_ZONES = 200
MAX_DISPLAY_NAME_CHARACTERS = 40

DisplayName = Annotated[str, person_name(MAX_DISPLAY_NAME_CHARACTERS)]
Weekday = Annotated[int, Field(ge=1, le=7), WHOLE]
"""1 is Monday, as in ISO 8601."""


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
    """The caller's settings. `zone_change_allowed_at` is null if the zone may change now.

    `display_name_hint`: the name in the token, while no name is chosen and if it can be one. It is stored only if the
    learner sends it.
    """

    learner_id: UuidText
    timezone: str
    zone_source: Literal["assumed", "activity", "claim", "profile", "admin"]
    zone_hint: str | None = None
    zone_change_allowed_at: Instant | None
    local_day: Day
    quiet: bool
    display_name: str | None
    display_name_hint: str | None = None
    boards: bool
    digest_weekday: int | None


def _without_default(schema: JsonDict) -> None:
    """The default only says that the field was left out."""
    del schema["default"]


class MeIn(Sent):
    """The settings to change; those left out stay. Null resets a setting to its default, but not the zone."""

    zone: ZoneName = Field(default="", json_schema_extra=_without_default)
    quiet: bool | None = None
    display_name: DisplayName | None = None
    boards: bool | None = None
    digest_weekday: Weekday | None = None


class ErasureIn(Sent):
    """The confirmation of an erasure: the subject of the token, letter by letter."""

    confirm: LearnerRef


class ErasedOut(Answer):
    """`erased`: nothing is left. `erasing`: the learner is gone for everybody, and the rest is being deleted."""

    status: Literal["erased", "erasing"]


class MergeIn(Sent):
    """The learner who remains."""

    into: LearnerRef


class MergedOut(Answer):
    """The learner who remains, the id that is refused from now on, and the revision after the merge."""

    learner_id: UuidText
    former_id: UuidText
    revision: int
