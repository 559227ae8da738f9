"""What people have for supercomputers: their public keys, and what they may choose there."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, PrimaryKeyConstraint, Text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("users", Column("choices", Text, nullable=False, server_default="{}"))
    op.create_table(
        "user_key",
        Column("user_id", Text, nullable=False),
        Column("fingerprint", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("public", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("used_at", BigInteger),
        PrimaryKeyConstraint("user_id", "fingerprint", name="user_key_pk"),
        ForeignKeyConstraint(["user_id"], ["users.id"], "user_key_user_id_fk", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
