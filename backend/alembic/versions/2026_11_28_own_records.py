"""What the service recorded itself, such as completed tasks, counts the day and never an exercise, a grade or a review.

Corrects the stored `counts` of such activities and marks their learners, whom the job `rebuild_learners` rebuilds.
"""

from alembic import op

revision = "20261128_own_records"
down_revision = "20261128_versions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        WITH corrected AS (
            UPDATE activities SET counts = counts & 1 WHERE sender = 'milepost' AND counts & 14 <> 0
            RETURNING learner_id
        )
        UPDATE learners SET revision = revision + 1,
            rebuild_due_at = coalesce(rebuild_due_at, (SELECT max(received_at) FROM activities))
        WHERE learner_id IN (SELECT learner_id FROM corrected)
        """
    )


def downgrade() -> None:
    """Nothing to restore: the schema is the same."""
