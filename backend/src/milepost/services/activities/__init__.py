"""The one write path: every activity, however it came, goes through `record`."""

from milepost.services.activities.queue import IntakeQueue
from milepost.services.activities.record import record
from milepost.services.activities.submission import Committed, Gained, LearnerChange, LevelChange, Outcome, Submission

__all__ = ["Committed", "Gained", "IntakeQueue", "LearnerChange", "LevelChange", "Outcome", "Submission", "record"]
