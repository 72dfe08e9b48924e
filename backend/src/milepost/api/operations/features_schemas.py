"""Features and limits on the wire."""

from typing import Literal

from pydantic import Field

from milepost.api.http.fields import Answer, Day


class SwitchedOnOut(Answer):
    """The optional parts of the service. The routes of a part that is off answer 404."""

    goals: bool = Field(description="Whether learners have goals.")
    analytics: bool = Field(description="Whether planner analytics are on.")


class LimitsOut(Answer):
    """The limits in force. Those without another word are counts per learner."""

    body_bytes: int = Field(description="The largest batch of activities or catalogue, in bytes.")
    body_values: int = Field(description="The most JSON values in one.")
    small_body_bytes: int = Field(description="The largest other body, in bytes.")
    small_body_values: int = Field(description="The most JSON values in one.")
    batch_activities: int = Field(description="The most activities in one request.")
    metadata_bytes: int = Field(description="The largest metadata of an activity, in bytes of JSON.")
    page_items: int = Field(description="The most items on a page.")
    window_days: int = Field(description="The most days from `from` to `to`.")
    topics: int = Field(description="The most topics.")
    learner_backdate_days: int = Field(description="How far back a learner's own client may date an activity, in days.")
    learner_hours_a_day: int = Field(description="How much of a day's time that a learner reports counts, in hours.")
    learner_activities_a_day: int = Field(description="The most activities of a day that its own client may send.")
    earliest_day: Day = Field(description="The earliest day to which services may date an activity.")
    future_tolerance_minutes: int = Field(description="How far ahead an activity may be dated, in minutes.")
    learner_void_hours: int = Field(description="How long a learner may void its own activity, in hours.")
    goals: int = Field(description="The most goals that are not archived.")
    tasks: int = Field(description="The most tasks.")
    categories: int = Field(description="The most categories.")
    slots_of_a_task: int = Field(description="The most slots of a task.")
    slots_of_a_day: int = Field(description="The most slots that begin on one date in UTC.")
    due_tasks_of_a_day: int = Field(description="The most tasks due on one day.")
    spaces: int = Field(description="The most spaces, and the most composite goals.")
    milestones: int = Field(description="The most milestones.")
    shares: int = Field(description="The most shares, also ended ones.")
    pause_days: int = Field(description="The longest pause, in days.")


class QuotaOut(Answer):
    """The most that one caller may do in a window. What exceeds it is answered 429."""

    policy: Literal["intake", "exports", "shares", "share_views", "failed_tokens", "reads", "changes"] = Field(
        description="The name of the quota, as in `RateLimit` and in the problem."
    )
    payer: Literal["learner", "sender", "address"] = Field(
        description="Who is counted: the learner of a learner's own token, the service or administrator of another "
        "token, or the address of the client."
    )
    quota: int = Field(description="The most units in a window.")
    unit: Literal["activities", "requests", "tokens"] = Field(
        description="What is counted. `activities`: a batch counts as its activities, any other request as one."
    )
    window_seconds: int = Field(description="The length of a window, in seconds.")
    counted_by: Literal["process", "service"] = Field(
        description="`process`: each process counts on its own, so several allow more; `service`: all count together."
    )


class FeaturesOut(Answer):
    """What is switched on, and the limits in force."""

    version: str = Field(description="The version of the service.")
    week_start: Literal["monday"] = Field(description="The first day of a week. Weeks are ISO weeks.")
    unknown_kinds: Literal["accept", "reject"] = Field(description="What becomes of activities of unknown kinds.")
    features: SwitchedOnOut = Field(description="What is switched on.")
    limits: LimitsOut = Field(description="The limits in force.")
    quotas: list[QuotaOut] = Field(description="The rate limits in force.")
