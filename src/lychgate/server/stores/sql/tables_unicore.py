"""The tables of UNICORE's tokens and sessions. The keys of their columns are the names of the fields in
``unicore_model``."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, Table

from .columns import blob, flag, metadata, text, time, user

issued_token = Table(
    "issued_token",
    metadata,
    text("id", primary_key=True),
    text("origin", index=True),
    text("issuer", "", ForeignKey("issuer.id")),
    user(),
    time("created_at"),
    time("expires_at", index=True),
    flag("renewable"),
    flag("limited"),
    text("preferences"),
    time("renew_until", nullable=True),
    text("family", nullable=True),
    text("client_id", "client", nullable=True),
    text("address"),
    time("seen_at", nullable=True),
    text("stands_on"),
    sqlite_with_rowid=False,
)

rest_session = Table(
    "rest_session",
    metadata,
    blob("digest", primary_key=True),
    text("user_id", "user", ForeignKey("users.id", ondelete="CASCADE")),
    time("created_at"),
    time("expires_at", index=True),
    text("proof"),
    sqlite_with_rowid=False,
)
Index("rest_session_user_id_created_at_index", rest_session.c.user, rest_session.c.created_at)
