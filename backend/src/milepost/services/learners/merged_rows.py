"""How rows of a merged learner ($1) and of the learner it is merged into ($2) become one, where both have them.

Statements run in the order given, under both locks, before the remaining rows of $1 are copied.
"""

UNITE_LOGS = (
    # The same activity was sent to both accounts: one is enough, and it counts unless it was taken back from both.
    """
DELETE FROM activities t USING activities s
WHERE s.learner_id = $1 AND t.learner_id = $2 AND (t.sender, t.id) = (s.sender, s.id)
    AND (t.content_hash, t.sent_fields) = (s.content_hash, s.sent_fields)
    AND t.voided_at IS NOT NULL AND s.voided_at IS NULL
""",
    """
DELETE FROM activities s USING activities t
WHERE s.learner_id = $1 AND t.learner_id = $2 AND (t.sender, t.id) = (s.sender, s.id)
    AND (t.content_hash, t.sent_fields) = (s.content_hash, s.sent_fields)
""",
    # Two activities with one id: that of $1 gets an id that no sender has used, and its once-key follows.
    """
WITH renamed AS (
    UPDATE activities s SET id = CASE WHEN length(s.id) <= 160 THEN s.id ELSE md5(s.id) END || '~' || $1::uuid::text
    FROM activities t WHERE s.learner_id = $1 AND t.learner_id = $2 AND (t.sender, t.id) = (s.sender, s.id)
    RETURNING t.sender, t.id AS old_id, s.id AS new_id
)
UPDATE once_keys k SET id = r.new_id FROM renamed r
WHERE k.learner_id = $1 AND (k.sender, k.id) = (r.sender, r.old_id)
""",
    # Of two activities that hold the same once-key, the earlier one counts, as if both had come in one batch.
    """
WITH pairs AS (
    SELECT s.object_type, s.once_key, s.sender, s.id, t.sender AS target_sender, t.id AS target_id,
        (a.occurred_at, a.id, a.sender) < (b.occurred_at, b.id, b.sender) AS source_counts
    FROM once_keys s JOIN once_keys t USING (object_type, once_key)
    JOIN activities a ON a.learner_id = $1 AND (a.sender, a.id) = (s.sender, s.id)
    JOIN activities b ON b.learner_id = $2 AND (b.sender, b.id) = (t.sender, t.id)
    WHERE s.learner_id = $1 AND t.learner_id = $2
), of_source AS (
    UPDATE activities a SET not_counted = 'once_key' FROM pairs p
    WHERE NOT p.source_counts AND a.learner_id = $1 AND (a.sender, a.id) = (p.sender, p.id)
), of_target AS (
    UPDATE activities b SET not_counted = 'once_key' FROM pairs p
    WHERE p.source_counts AND b.learner_id = $2 AND (b.sender, b.id) = (p.target_sender, p.target_id)
)
UPDATE once_keys k SET sender = p.sender, id = p.id FROM pairs p
WHERE p.source_counts AND k.learner_id = $2 AND (k.object_type, k.once_key) = (p.object_type, p.once_key)
""",
)

UNITE_UNLOCKS = (
    # Of an achievement that both have had, the earlier date of those that still hold it.
    """
UPDATE unlocks t SET
    earned_on = least(
        CASE WHEN t.revoked_at IS NULL OR s.revoked_at IS NOT NULL THEN t.earned_on END,
        CASE WHEN s.revoked_at IS NULL OR t.revoked_at IS NOT NULL THEN s.earned_on END
    ),
    unlocked_at = least(
        CASE WHEN t.revoked_at IS NULL OR s.revoked_at IS NOT NULL THEN t.unlocked_at END,
        CASE WHEN s.revoked_at IS NULL OR t.revoked_at IS NOT NULL THEN s.unlocked_at END
    ),
    revoked_at = CASE WHEN t.revoked_at IS NOT NULL AND s.revoked_at IS NOT NULL
        THEN greatest(t.revoked_at, s.revoked_at) END
FROM unlocks s WHERE t.learner_id = $2 AND s.learner_id = $1 AND t.code = s.code
""",
)

_SAME_NAME = """
SELECT s.category_id AS old_id, t.category_id AS new_id FROM categories s JOIN categories t USING (name)
WHERE s.learner_id = $1 AND t.learner_id = $2
"""
UNITE_CATEGORIES = (
    # Names are unique: tasks and goals of a category move to the one of the same name.
    f"""
UPDATE tasks k SET category_id = p.new_id FROM ({_SAME_NAME}) p
WHERE k.learner_id = $1 AND k.category_id = p.old_id
""",
    f"""
UPDATE goals g SET category_id = p.new_id FROM ({_SAME_NAME}) p
WHERE g.learner_id = $1 AND g.category_id = p.old_id
""",
    f"DELETE FROM categories k USING ({_SAME_NAME}) p WHERE k.learner_id = $1 AND k.category_id = p.old_id",
    # Those of $1 come after those of $2.
    """
UPDATE categories k SET position = k.position + (SELECT count(*)::int FROM categories t WHERE t.learner_id = $2)
WHERE k.learner_id = $1
""",
)
