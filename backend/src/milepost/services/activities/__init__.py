"""The one write path: every activity, however it arrives, goes through `record`."""

from milepost.services.activities.queue import IntakeQueue
from milepost.services.activities.record import record
from milepost.services.activities.submission import (
    Committed,
    Gains,
    LearnerChange,
    LevelChange,
    Outcome,
    Submission,
)

__all__ = ["Committed", "Gains", "IntakeQueue", "LearnerChange", "LevelChange", "Outcome", "Submission", "record"]
