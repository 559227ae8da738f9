"""The tables of people's logins. The keys of their columns are the names of the fields in ``login_model``."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, PrimaryKeyConstraint, Table, UniqueConstraint

from .columns import blob, metadata, of_client, text, time, user

session = Table(
    "session",
    metadata,
    text("id", primary_key=True),
    blob("digest"),
    user(),
    text("amr"),
    time("created_at"),
    time("auth_time"),
    time("seen_at"),
    time("expires_at", index=True),
    text("address"),
    text("agent"),
    UniqueConstraint("digest"),
    sqlite_with_rowid=False,
)

consent = Table(
    "consent",
    metadata,
    text("user_id", "user", ForeignKey("users.id", ondelete="CASCADE")),
    text("issuer"),
    text("client_id", "client"),
    text("scope"),
    time("granted_at"),
    PrimaryKeyConstraint("user", "issuer", "client"),
    of_client("consent"),
    sqlite_with_rowid=False,
)
Index("consent_issuer_client_id_index", consent.c.issuer, consent.c.client)

code = Table(
    "code",
    metadata,
    blob("digest", primary_key=True),
    text("issuer"),
    text("client_id", "client"),
    user(),
    text("family"),
    text("redirect_uri"),
    text("scope"),
    text("audience"),
    text("session", nullable=True),
    text("challenge", nullable=True),
    time("auth_time"),
    time("created_at"),
    time("expires_at", index=True),
    time("used_at", nullable=True),
    text("extra"),
    of_client("code"),
    Index("code_issuer_client_id_index", "issuer", "client"),
    sqlite_with_rowid=False,
)

device = Table(
    "device",
    metadata,
    blob("digest", primary_key=True),
    text("user_code"),
    text("issuer"),
    text("client_id", "client"),
    text("scope"),
    text("audience"),
    text("state"),
    user(nullable=True),
    text("session", nullable=True),
    text("family", nullable=True),
    time("auth_time"),
    Column("interval", BigInteger, nullable=False),
    time("polled_at"),
    time("created_at"),
    time("expires_at", index=True),
    text("address"),
    text("extra"),
    UniqueConstraint("user_code"),
    of_client("device"),
    Index("device_issuer_client_id_index", "issuer", "client"),
    sqlite_with_rowid=False,
)

pushed = Table(
    "pushed",
    metadata,
    blob("digest", primary_key=True),
    text("issuer"),
    text("client_id", "client"),
    text("params"),
    time("expires_at", index=True),
    of_client("pushed"),
    Index("pushed_issuer_client_id_index", "issuer", "client"),
    sqlite_with_rowid=False,
)

registration_token = Table(
    "registration_token",
    metadata,
    blob("digest", primary_key=True),
    text("issuer", "", ForeignKey("issuer.id")),
    text("client_id", "client", nullable=True),
    Column("uses", BigInteger),
    time("expires_at", nullable=True, index=True),
    time("created_at"),
    text("note"),
    of_client("registration_token"),
    Index("registration_token_issuer_client_id_index", "issuer", "client"),
    sqlite_with_rowid=False,
)

factor = Table(
    "factor",
    metadata,
    text("id", primary_key=True),
    user(),
    text("kind"),
    text("name"),
    blob("handle", nullable=True),
    blob("sealed"),
    Column("counter", BigInteger, nullable=False),
    time("created_at"),
    time("used_at", nullable=True),
    UniqueConstraint("kind", "handle"),
    sqlite_with_rowid=False,
)

outer_client = Table(
    "outer_client",
    metadata,
    blob("digest", primary_key=True),
    text("client_id", "client"),
    blob("sealed"),
    text("once"),
    time("created_at"),
    sqlite_with_rowid=False,
)

user_key = Table(
    "user_key",
    metadata,
    text("user_id", "user", ForeignKey("users.id", ondelete="CASCADE")),
    text("fingerprint"),
    text("kind"),
    text("public"),
    text("name"),
    time("created_at"),
    time("used_at", nullable=True),
    PrimaryKeyConstraint("user", "fingerprint"),
    sqlite_with_rowid=False,
)
