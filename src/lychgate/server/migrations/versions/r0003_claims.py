"""What people let programs know of themselves: the claims of OpenID Connect Core 5.1."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("users", Column("claims", Text, nullable=False, server_default="{}"))
