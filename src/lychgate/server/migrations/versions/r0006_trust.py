"""Whom an issuer trusts besides itself."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, PrimaryKeyConstraint, Text, UniqueConstraint

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "trust",
        Column("id", Text, nullable=False),
        Column("issuer", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("jwks", Text),
        Column("jwks_uri", Text),
        Column("certificate", Text),
        Column("algs", Text, nullable=False),
        Column("audiences", Text, nullable=False),
        Column("clients", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("expires_at", BigInteger),
        Column("created_at", BigInteger, nullable=False),
        PrimaryKeyConstraint("id", name="trust_pk"),
        ForeignKeyConstraint(["issuer"], ["issuer.id"], "trust_issuer_fk"),
        UniqueConstraint("issuer", "kind", "key", name="trust_issuer_kind_key_key"),
        sqlite_with_rowid=False,
    )
