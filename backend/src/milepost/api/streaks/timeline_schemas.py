"""The timeline of a streak on the wire."""

from typing import Literal

from pydantic import Field

from milepost.api.http.fields import Answer, Day, Instant, UuidText
from milepost.api.http.windows import FromToQuery, WindowOut
from milepost.api.streaks.schemas import StreakDayOut, StreakOut


class TimelineQuery(FromToQuery):
    """The days from `from` to `to`, both inclusive, at most 400. Without `from`: the 90 days up to the last."""


class StreakStandingOut(Answer):
    """The streak at the end of a day, with everything known now. Once the run has ended, it is 0."""

    current_streak: int
    longest_streak: int
    freezes: int = Field(description="Freezes that the run has left.")
    next_freeze_in_days: int | None
    last_exercise_date: Day | None
    began_on: Day | None = Field(description="The first met day of the run; null without one.")


class StreakEffectOut(Answer):
    """Something that a day did to the streak."""

    text: str = Field(description="A sentence for administrators.")
    code: Literal[
        "run_started",
        "run_continued",
        "run_on_hold",
        "run_ended",
        "freeze_earned",
        "freeze_used",
        "freeze_lost",
        "freezes_used_ahead",
    ] = Field(description="Which sentence `text` is, for programs.")
    values: dict[str, int] = Field(description="The numbers in the sentence, by name.")


class FirstActivityOut(Answer):
    """The activity that met a day: of those that count for the streak, the earliest."""

    sender: str
    id: str
    verb: str
    object_type: str
    zone: str | None = Field(description="The zone that the activity names; it decides the day of this activity alone.")


class ZoneChangeOut(Answer):
    """A change of the learner's zone."""

    at: Instant = Field(description="From when the new zone is in force.")
    before: str = Field(description="The zone until then.")
    after: str = Field(description="The zone from then on.")
    source: str = Field(description="Who named the new zone: activity, claim, profile or admin.")


class TimelineDayOut(StreakDayOut):
    """One day: what met it or excused it, what that did to the streak, and the streak after it."""

    activities: int = Field(description="Activities of the day that count for the streak.")
    met_at: Instant | None = Field(description="When the first of them happened; null if there is none.")
    first_activity: FirstActivityOut | None = Field(
        description="The first of them; null if there is none, or if the days from this one on hold more than 100,000 "
        "activities."
    )
    zone: str = Field(description="The zone in force at the end of the day.")
    zone_changes: list[ZoneChangeOut] = Field(description="Changes of zone on this day, oldest first.")
    lasted_minutes: int | None = Field(
        description="How long the day lasted, if a jump of the learner's clock shortened it; else null."
    )
    excused_by: UuidText | None = Field(
        description="The id of the excuse or outage that excuses the day; null if nothing does, or travel alone."
    )
    effects: list[StreakEffectOut] = Field(description="What the day did to the streak, in order.")
    after: StreakStandingOut = Field(description="The streak at the end of the day; of today, the streak as it is now.")


class ExcuseOut(Answer):
    """A stored excuse that excuses days of the window."""

    id: UuidText
    kind: Literal["restore", "repair", "pause"] = Field(description="Why the days are excused.")
    first_day: Day
    last_day: Day
    reason: str = Field(description="The reason given; empty without one.")
    by: str = Field(description="Who excused the days: `learner`, or the subject of the administrator's token.")
    created_at: Instant


class ExcusingOutageOut(Answer):
    """An outage that excuses days of the window."""

    id: UuidText
    starts_at: Instant
    ends_at: Instant
    reason: str = Field(description="The reason given.")


class TimelineOut(WindowOut):
    """Why a streak is what it is: every fact that decides it, day by day, oldest first."""

    learner_id: UuidText
    timezone: str
    streak: StreakOut = Field(description="The streak as the learner sees it now.")
    before: StreakStandingOut = Field(description="The streak before the first day.")
    days: list[TimelineDayOut]
    excuses: list[ExcuseOut] = Field(description="The excuses that `excused_by` names.")
    outages: list[ExcusingOutageOut] = Field(description="The outages that `excused_by` names.")
