"""The table of what clients are to be told of logouts. The keys of its columns are the names of the fields in
``notice``."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table

from .columns import metadata, of_client, text, time

notice = Table(  # the user is named, and not referred to: clients hear of those who were removed too
    "notice",
    metadata,
    text("id", primary_key=True),
    text("issuer"),
    text("client_id", "client"),
    text("user_id", "user"),
    text("sid", nullable=True),
    text("url", nullable=True),
    time("made_at"),
    time("due_at", index=True),
    Column("tries", BigInteger, nullable=False),
    of_client("notice"),
    Index("notice_issuer_client_id_index", "issuer", "client"),
    sqlite_with_rowid=False,
)
