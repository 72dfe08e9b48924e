"""One-time codes with which browsers fetch a learner's token."""

from sqlalchemy import Column, Index, LargeBinary, Table

from milepost.db.tables.schema import instant, metadata

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
