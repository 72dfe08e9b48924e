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
    calendar_days: int = Field(description="The most calendar days in one answer.")
    reads_at_once: int = Field(description="The most reads of a learner's own client that a process does at once.")
    changes_at_once: int = Field(description="The most changes of it; further requests wait for their turn.")
    exports_at_once: int = Field(description="The most exports of one caller that run at once in a process.")
    streams_at_once: int = Field(description="The most streams of a learner that are open at once in a process.")
    idempotency_keys: int = Field(description="The most Idempotency-Keys that are kept; the oldest are forgotten.")
    idempotency_key_days: int = Field(description="How long an Idempotency-Key is kept, in days.")
    notice_days: int = Field(description="How long notices are kept, in days.")
    topics: int = Field(description="The most topics.")
    learner_backdate_days: int = Field(description="How far back a learner's own client may date an activity, in days.")
    learner_hours_a_day: int = Field(description="How much of a day's time that a learner reports counts, in hours.")
    learner_activities_a_day: int = Field(description="The most activities of a day that its own client may send.")
    earliest_day: Day = Field(description="The earliest day to which services may date an activity.")
    future_tolerance_minutes: int = Field(description="How far ahead an activity may be dated, in minutes.")
    learner_void_hours: int = Field(description="How long a learner may void its own activity, in hours.")
    goals: int = Field(description="The most goals that are not archived.")
    goals_with_archived: int = Field(description="The most goals, archived ones included.")
    changes_of_a_goal: int = Field(description="The most days on which the target of a goal may change.")
    tasks: int = Field(description="The most tasks.")
    categories: int = Field(description="The most categories.")
    slots_of_a_task: int = Field(description="The most slots of a task.")
    slots: int = Field(description="The most slots of all tasks.")
    slots_of_a_day: int = Field(description="The most slots that begin on one date in UTC.")
    due_tasks_of_a_day: int = Field(description="The most tasks due on one day.")
    completed_tasks_of_a_day: int = Field(description="The most tasks completed on one date in UTC.")
    focus_slots_of_a_day: int = Field(description="The most focus slots of a day.")
    focus_days: int = Field(description="The most days with focus slots.")
    spaces: int = Field(description="The most spaces, and the most composite goals.")
    spaces_with_deleted: int = Field(
        description="The most spaces, and the most composite goals, deleted ones included."
    )
    spaces_of_a_goal: int = Field(description="The most spaces of a composite goal.")
    milestones: int = Field(description="The most milestones.")
    shares: int = Field(description="The most shares, also ended ones.")
    groups: int = Field(description="The most groups that a learner is in.")
    members_of_a_group: int = Field(description="The most members of a group.")
    pause_days: int = Field(description="The longest pause, in days.")
    paused_days_in_window: int = Field(description="The most paused days in any `pause_window_days` days.")
    pause_window_days: int = Field(description="The days in which paused days are limited.")
    pause_ahead_days: int = Field(description="How far ahead a pause may begin, in days.")
    zones: int = Field(description="The most zones one after the other.")
    zone_change_hours: int = Field(description="The least time between two changes of the zone, in hours.")


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
