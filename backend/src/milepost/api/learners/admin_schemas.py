"""What administrators see of learners, on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from milepost.api.http.fields import Answer, Cursor, Day, Instant, Limit, Query, UuidText, text
from milepost.api.learners.schemas import ZonePeriodOut
from milepost.api.overview.schemas import OverviewOut


class LearnersQuery(Query):
    """Which learners: those that a text names, or all of them by id."""

    query: Annotated[str, text(200)] | None = Field(
        default=None,
        description="A learner's id, the subject of its tokens, or the beginning of its display name in either case.",
    )
    limit: Limit = 50
    cursor: Cursor | None = None


class FoundLearnerOut(Answer):
    """A learner in a list."""

    learner_id: UuidText
    display_name: str | None = Field(description="The name that the learner chose; null without one.")
    timezone: str
    last_day: Day | None = Field(description="The last day with an activity; null without one.")
    activities: int
    quiet: bool = Field(description="Whether the learner is in quiet mode.")
    boards: bool = Field(description="Whether the learner takes part in leaderboards.")
    matched_by: Literal["learner_id", "subject", "display_name"] | None = Field(
        description="What the query names; null without a query."
    )


class LearnersOut(Answer):
    """A page of learners: first the one that the query names, then others by display name; all of them by id."""

    learners: list[FoundLearnerOut] = Field(description="The learners.")
    next: str | None


class StoredZoneOut(ZonePeriodOut):
    """A period of a learner's zone history, and who named the zone."""

    source: Literal["activity", "claim", "profile", "admin"] = Field(description="Who named the zone.")
    created_at: Instant


class ProfileOut(Answer):
    """What a learner chose to show and hear."""

    display_name: str | None = Field(description="The name that the learner chose; null without one.")
    quiet: bool = Field(description="Whether the learner is in quiet mode.")
    boards: bool = Field(description="Whether the learner takes part in leaderboards.")


class LastActivityOut(Answer):
    """The newest activity by its day and instant."""

    sender: str
    id: str
    verb: str
    object_type: str
    local_day: Day
    occurred_at: Instant
    received_at: Instant = Field(description="When it arrived.")


class LearnerProjectionsOut(Answer):
    """What jobs still have to do for the learner. Reads are right before, except while a rebuild is due."""

    activities: int
    rebuild_due_at: Instant | None = Field(description="Since when a job is to rebuild the learner; null if none is.")
    outages_pending: bool = Field(description="Whether a job has yet to apply an outage to the stored streak.")
    achievements_pending: bool = Field(
        description="Whether a job has yet to compare the learner with new achievements."
    )


class InspectedLearnerOut(Answer):
    """A learner's progress, in full also in quiet mode, and what administrators need beside it."""

    progress: OverviewOut = Field(description="The overview, in full also in quiet mode.")
    profile: ProfileOut = Field(description="What the learner chose to show and hear.")
    zones: list[StoredZoneOut] = Field(description="The zone history, oldest first; empty while the zone is assumed.")
    last_activity: LastActivityOut | None = Field(description="The newest activity; null without one.")
    projections: LearnerProjectionsOut = Field(description="What jobs still have to do for the learner.")
