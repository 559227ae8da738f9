"""Tokens issued for programs, and the security sessions of UNICORE's clients."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, ForeignKeyConstraint, LargeBinary, PrimaryKeyConstraint, Text

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "issued_token",
        Column("id", Text, nullable=False),
        Column("origin", Text, nullable=False),
        Column("issuer", Text, nullable=False),
        Column("user_id", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("expires_at", BigInteger, nullable=False),
        Column("renewable", Boolean, nullable=False),
        Column("limited", Boolean, nullable=False),
        Column("preferences", Text, nullable=False),
        Column("renew_until", BigInteger),
        Column("family", Text),
        Column("client_id", Text),
        Column("address", Text, nullable=False),
        Column("seen_at", BigInteger),
        Column("stands_on", Text, nullable=False),
        PrimaryKeyConstraint("id", name="issued_token_pk"),
        ForeignKeyConstraint(["issuer"], ["issuer.id"], "issued_token_issuer_fk"),
        ForeignKeyConstraint(["user_id"], ["users.id"], "issued_token_user_id_fk", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    for column in ("origin", "user_id", "expires_at"):
        op.create_index(f"issued_token_{column}_index", "issued_token", [column])
    op.create_table(
        "rest_session",
        Column("digest", LargeBinary, nullable=False),
        Column("user_id", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("expires_at", BigInteger, nullable=False),
        Column("proof", Text, nullable=False),
        PrimaryKeyConstraint("digest", name="rest_session_pk"),
        ForeignKeyConstraint(["user_id"], ["users.id"], "rest_session_user_id_fk", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("rest_session_expires_at_index", "rest_session", ["expires_at"])
    op.create_index("rest_session_user_id_created_at_index", "rest_session", ["user_id", "created_at"])
