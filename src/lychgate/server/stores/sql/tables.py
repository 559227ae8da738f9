"""The tables, described once. The keys of their columns are the names of the fields in ``model``.

Times are integer epoch milliseconds and JSON is text, alike on both databases. Everything that a token can be made
from carries the id of its issuer. Change a table here and by a new revision in ``migrations/``: a test compares them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_N_name)s_fk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_index",
    }
)
COUNTER = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER numbers its rows by itself there


def _text(name: str, key: str = "", *constraints: ForeignKey, **options: Any) -> Column[str]:
    return Column(name, Text, *constraints, key=key or name, nullable=options.pop("nullable", False), **options)


def _time(name: str, *, nullable: bool = False, index: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable, index=index)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _user(name: str = "user_id", key: str = "user", *, nullable: bool = False) -> Column[str]:
    return _text(name, key, ForeignKey("users.id", ondelete="CASCADE"), index=True, nullable=nullable)


def _of_client(table: str) -> ForeignKeyConstraint:
    there = ["client.issuer", "client.id"]
    return ForeignKeyConstraint(["issuer", "client"], there, f"{table}_client_fk", ondelete="CASCADE")


setting = Table(
    "setting",
    metadata,
    _text("name", primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

issuer = Table(
    "issuer",
    metadata,
    _text("id", primary_key=True),
    _text("url", unique=True),
    _text("realm"),
    _text("settings"),
)

users = Table(
    "users",
    metadata,
    _text("id", primary_key=True),
    _text("email"),
    _text("name"),
    _text("password_hash", nullable=True),
    _flag("active"),
    _flag("superuser"),
    _flag("verified"),
    _text("roles"),
    _text("groups"),
    _time("not_before"),
    _time("created_at"),
)

login_name = Table(  # the e-mail address and the name, folded: unique across each other because they are one column
    "login_name",
    metadata,
    _text("folded", primary_key=True),
    _user(),
    sqlite_with_rowid=False,
)

login_failure = Table(  # by digest: what is typed as a name may be long, and may be a password
    "login_failure",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    _text("times"),
    Column("failures", BigInteger, nullable=False),
    _time("blocked_until"),
    _time("last_at", index=True),
    sqlite_with_rowid=False,
)

client = Table(
    "client",
    metadata,
    _text("issuer", "", ForeignKey("issuer.id")),
    _text("id"),
    _text("name"),
    _text("owner", "", ForeignKey("users.id"), nullable=True, index=True),
    _text("methods"),
    _text("grants"),
    _text("redirect_uris"),
    _text("scopes"),
    _text("audiences"),
    _text("resources"),
    _text("groups"),
    _text("jwks", nullable=True),
    _text("jwks_uri", nullable=True),
    _text("alg", nullable=True),
    Column("lifetime", BigInteger),
    _flag("active"),
    _time("not_before"),
    _time("created_at"),
    _time("last_used_at", nullable=True),
    _text("extra"),
    _text("sought"),  # name and id, folded, for the search
    PrimaryKeyConstraint("issuer", "id"),
)

client_secret = Table(
    "client_secret",
    metadata,
    _text("issuer"),
    _text("client_id", "client"),
    _text("id"),
    Column("digest", LargeBinary, nullable=False),
    Column("sealed", LargeBinary),
    _time("not_after", nullable=True, index=True),
    _time("created_at"),
    PrimaryKeyConstraint("issuer", "client", "id"),
    _of_client("client_secret"),
    sqlite_with_rowid=False,
)

family = Table(
    "family",
    metadata,
    _text("id", primary_key=True),
    _text("issuer"),
    _text("client_id", "client"),
    _user(),
    _text("scope"),
    _text("audience"),
    Column("seq", BigInteger, nullable=False),
    _time("created_at"),
    _time("rotated_at"),
    Column("idle", BigInteger, nullable=False),
    _time("expires_at", index=True),
    _time("revoked_at", nullable=True),
    _text("bound", nullable=True),
    _text("facade"),
    _time("auth_time"),
    _of_client("family"),
    Index("family_issuer_client_id_index", "issuer", "client"),
    sqlite_with_rowid=False,
)
Index(
    "family_revoked_at_index",
    family.c.revoked_at,
    sqlite_where=family.c.revoked_at.is_not(None),
    postgresql_where=family.c.revoked_at.is_not(None),
)

spent_jti = Table(  # by digest of the jti: the client chooses its length
    "spent_jti",
    metadata,
    _text("issuer"),
    _text("client_id", "client"),
    Column("digest", LargeBinary),
    _time("expires_at", index=True),
    PrimaryKeyConstraint("issuer", "client", "digest"),
    sqlite_with_rowid=False,
)

revoked_token = Table(
    "revoked_token",
    metadata,
    _text("jti", primary_key=True),
    _time("expires_at", index=True),
    sqlite_with_rowid=False,
)

signing_key = Table(
    "signing_key",
    metadata,
    _text("kid"),
    _text("issuer", "", ForeignKey("issuer.id")),
    _text("alg"),
    _text("public"),
    Column("sealed", LargeBinary, nullable=False),
    _time("published_at"),
    _time("signs_from"),
    _time("signs_until", nullable=True),
    _time("removed_at", nullable=True),
    PrimaryKeyConstraint("issuer", "kid"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", COUNTER, primary_key=True),
    _time("at", index=True),
    _text("issuer"),
    _text("event"),
    _text("outcome"),
    _text("client_id", "client", nullable=True),
    _text("user_id", "user", nullable=True),
    _text("grant_type", "grant", nullable=True),
    _text("jti", nullable=True),
    _text("family", nullable=True),
    _text("address", nullable=True),
    _text("request_id", nullable=True),
    _text("detail"),
    Index("audit_client_id_id_index", "client", "id"),
    Index("audit_user_id_id_index", "user", "id"),
    sqlite_autoincrement=True,
)

change = Table(
    "change",
    metadata,
    Column("seq", COUNTER, primary_key=True),
    _time("at"),
    _text("kind"),
    _text("id"),
    sqlite_autoincrement=True,
)
