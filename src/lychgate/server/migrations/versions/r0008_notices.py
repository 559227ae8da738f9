"""What clients are to be told of logouts."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, PrimaryKeyConstraint, Text

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "notice",
        Column("id", Text, nullable=False),
        Column("issuer", Text, nullable=False),
        Column("client_id", Text, nullable=False),
        Column("user_id", Text, nullable=False),
        Column("sid", Text),
        Column("url", Text),
        Column("made_at", BigInteger, nullable=False),
        Column("due_at", BigInteger, nullable=False),
        Column("tries", BigInteger, nullable=False),
        PrimaryKeyConstraint("id", name="notice_pk"),
        ForeignKeyConstraint(
            ["issuer", "client_id"], ["client.issuer", "client.id"], "notice_client_fk", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("notice_due_at_index", "notice", ["due_at"])
    op.create_index("notice_issuer_client_id_index", "notice", ["issuer", "client_id"])
