"""Clients that the registration front made at another authorization server."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, LargeBinary, PrimaryKeyConstraint, Text

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "outer_client",
        Column("digest", LargeBinary, nullable=False),
        Column("client_id", Text, nullable=False),
        Column("sealed", LargeBinary, nullable=False),
        Column("once", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        PrimaryKeyConstraint("digest", name="outer_client_pk"),
        sqlite_with_rowid=False,
    )
