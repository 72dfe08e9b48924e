"""The Idempotency-Keys that clients have used, each with the answer to its first request."""

from sqlalchemy import Column, Index, SmallInteger, Table, Text, text

from milepost.db.tables.schema import instant, learner_key, metadata

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    learner_key(),
    Column("sender", Text, primary_key=True, comment="learner, or the subject of a service or an administrator"),
    Column("operation", Text, primary_key=True, comment="the operationId of the request"),
    Column("key", Text, primary_key=True),
    Column("request_hash", Text, nullable=False, comment="hash of the address and the body, by value"),
    Column("status", SmallInteger, nullable=False, server_default=text("0"), comment="0 until the request is done"),
    Column("answer", Text, nullable=False, server_default="", comment="the body of the answer"),
    Column("etag", Text),
    instant("created_at"),
    Index("ix_idempotency_keys_learner_id_created_at", "learner_id", "created_at"),
    Index("ix_idempotency_keys_created_at", "created_at"),
    comment="facts: keys of requests that were executed, with the answers that repeats get; kept for some days",
)
