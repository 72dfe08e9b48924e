"""State of the service itself: the global revision, the cursors of long jobs, erased learners, the audit trail."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from milepost.db.tables.schema import count, instant, metadata

system_state = Table(
    "system_state",
    metadata,
    Column("single_row", Boolean, primary_key=True, server_default=text("true")),
    Column("global_revision", BigInteger, nullable=False, server_default=text("1")),
    Column("policy_fingerprint", Text, nullable=False, server_default=""),
    count("catalogue_revision"),
    Column(
        "catalogue_decides",
        BigInteger,
        nullable=False,
        server_default=text("0"),
        comment="the newest catalogue_revision that may give learners something for what they did before",
    ),
    count("departures"),
    CheckConstraint("single_row", name="single_row"),
    comment="reference: one row; global_revision grows with catalogue, policy, outages and statistics",
)

erased = Table(
    "erased",
    metadata,
    Column("digest", LargeBinary, primary_key=True, comment="HMAC of a learner's id"),
    instant("erased_at"),
    count("departure"),
    Index("ix_erased_departure", "departure"),
    comment="reference: who asked to be forgotten",
)

job_runs = Table(
    "job_runs",
    metadata,
    Column("job", Text, primary_key=True),
    instant("started_at", nullable=True),
    instant("finished_at", nullable=True),
    count("failures"),
    Column("last_error", Text),
    count("runs"),
    comment="reference: last run of each job",
)

backfills = Table(
    "backfills",
    metadata,
    Column("name", Text, primary_key=True, comment="what is being recomputed, with its version"),
    Column("cursor", Uuid, comment="last learner done"),
    Column("done", Integer, nullable=False, server_default=text("0")),
    instant("started_at"),
    instant("finished_at", nullable=True),
    comment="reference: how far a resumable job over all learners is",
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    instant("at"),
    Column("actor", Text, nullable=False, comment="subject of the administrator's token"),
    Column("action", Text, nullable=False, comment="what was done, like zones.import"),
    Column("about_learner", Uuid, comment="the learner it was done to, null where it concerns everybody"),
    Column("body", JSONB, nullable=False, comment="what was asked for, and what it replaced"),
    Index("ix_audit_about_learner", "about_learner", "id"),
    comment="reference: every write of an administrator, only ever added to",
)

unknown_kinds = Table(
    "unknown_kinds",
    metadata,
    Column("object_type", Text, primary_key=True),
    Column("verb", Text, primary_key=True),
    Column("activities", BigInteger, nullable=False, comment="sent, whether taken or refused"),
    Column("last_sender", Text, nullable=False),
    instant("last_seen_at"),
    comment="reference: kinds of activities that senders use and policy does not declare",
)

sign_in_codes = Table(
    "sign_in_codes",
    metadata,
    Column("digest", LargeBinary, primary_key=True, comment="hash of the code"),
    Column("sealed_token", LargeBinary, nullable=False, comment="the token under a key that only the code gives"),
    instant("token_expires_at"),
    instant("expires_at"),
    Index("ix_sign_in_codes_expires_at", "expires_at"),
    comment="reference: codes that nobody has exchanged yet; who they are for is inside the sealed token",
)
