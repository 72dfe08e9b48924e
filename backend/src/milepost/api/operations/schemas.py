"""What operators and administrators see of jobs and the audit."""

from milepost.api.http.fields import Answer, Cursor, Instant, LearnerRef, Limit, Query


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


class JobOut(Answer):
    """A job's last run. `failures` since ever; `last_error` is null after a run that went well."""

    job: str
    started_at: Instant | None
    finished_at: Instant | None
    failures: int
    last_error: str | None


class PendingSnapshotsOut(Answer):
    """Days that are over and wait for their snapshot, counted up to 100,000.

    `lag_seconds`: how long the oldest has been waiting, 0 when none does.
    """

    pending_days: int
    oldest_due_at: Instant | None
    lag_seconds: int


class PendingRebuildsOut(Answer):
    """Learners of whom something was taken back that is still counted."""

    pending_learners: int
    oldest_due_at: Instant | None


class DueGoalsOut(Answer):
    """Goals with a period that is over and not closed yet, or whose learner has moved, counted up to 100,000.

    `lag_seconds`: how long the oldest has been waiting, 0 when none does.
    """

    due_goals: int
    oldest_due_at: Instant | None
    lag_seconds: int


class JobsOut(Answer):
    """How the jobs are doing."""

    jobs: list[JobOut]
    snapshots: PendingSnapshotsOut
    rebuilds: PendingRebuildsOut
    goals: DueGoalsOut
