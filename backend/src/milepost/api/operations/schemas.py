"""Jobs and the audit log on the wire."""

from typing import Literal

from pydantic import Field

from milepost.api.http.fields import Answer, Cursor, Instant, LearnerRef, Limit, Query, UuidText


class AuditQuery(Query):
    """Filters and paging. `about`: only entries about this learner."""

    limit: Limit = 50
    cursor: Cursor | None = None
    about: LearnerRef | None = None


class AuditEntryOut(Answer):
    """One write. `learner_id` is null if it concerns all learners. `body`: what was written and what it replaced."""

    at: Instant
    actor: str
    action: str
    learner_id: UuidText | None
    body: dict[str, object]


class AuditOut(Answer):
    """A page of the audit log, newest first. `next` is the cursor of the next page, null on the last page."""

    entries: list[AuditEntryOut]
    next: str | None


class JobOut(Answer):
    """The last run of a job. `failures`: all failures ever. `last_error` is null after a successful run."""

    job: str
    started_at: Instant | None
    finished_at: Instant | None
    failures: int
    last_error: str | None


class PendingSnapshotsOut(Answer):
    """Past days that wait for their snapshot, counted up to 100,000.

    `lag_seconds`: how long the oldest has been waiting; 0 if none is.
    """

    pending_days: int
    oldest_due_at: Instant | None
    lag_seconds: int


class PendingRebuildsOut(Answer):
    """Learners with voided activities that are still counted."""

    pending_learners: int
    oldest_due_at: Instant | None


class DueGoalsOut(Answer):
    """Goals with a past period that is not closed yet, or whose learner changed zones, counted up to 100,000.

    `lag_seconds`: how long the oldest has been waiting; 0 if none is.
    """

    due_goals: int
    oldest_due_at: Instant | None
    lag_seconds: int


class JobsOut(Answer):
    """The state of the jobs and what is waiting for them."""

    jobs: list[JobOut]
    snapshots: PendingSnapshotsOut
    rebuilds: PendingRebuildsOut
    goals: DueGoalsOut


class JobQueuedOut(Answer):
    """A job that the workers were asked to run now."""

    job: str
    status: Literal["queued"]
    waited_already: bool = Field(description="Whether the job was queued before and had not begun.")
    worker_seen_at: Instant | None = Field(
        description="When a worker was last seen; null if none is running, and the job then waits ten minutes."
    )


class KindOut(Answer):
    """What activities of a kind count for. `*` matches any object type or verb; the most specific row applies."""

    object_type: str
    verb: str
    streak: bool
    exercise: bool
    graded: bool
    review: bool
    points: int
    learner_points: int
    claim: Literal["service", "learner"]


class UnknownKindOut(Answer):
    """An undeclared kind that senders have used."""

    object_type: str
    verb: str
    activities: int
    last_sender: str
    last_seen_at: Instant


class KindsOut(Answer):
    """The table of kinds in force, and the unknown kinds in use, the latest first."""

    kinds: list[KindOut]
    unknown_kinds: Literal["accept", "reject"]
    unknown: list[UnknownKindOut]
