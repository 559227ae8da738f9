"""People's logins: browser sessions, consents, codes, device logins, pushed requests, registration tokens, factors."""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)

revision = "0002"
down_revision = "0001"

Parts = list[Any]


def _columns(kind: Any, names: str) -> list[Column[Any]]:
    """Columns of one type from their names; a question mark at the end of a name lets it be null."""
    return [Column(name.rstrip("?"), kind, nullable=name.endswith("?")) for name in names.split()]


def _key(table: str, *columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint(*columns, name=f"{table}_pk")


def _of_user(table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["user_id"], ["users.id"], name=f"{table}_user_id_fk", ondelete="CASCADE")


def _of_client(table: str) -> ForeignKeyConstraint:
    there = ["client.issuer", "client.id"]
    return ForeignKeyConstraint(["issuer", "client_id"], there, name=f"{table}_client_fk", ondelete="CASCADE")


def _index(table: str, *columns: str, **options: Any) -> None:
    op.create_index(f"{table}_{'_'.join(columns)}_index", table, list(columns), **options)


def _table(name: str, *parts: Any, indexes: tuple[tuple[str, ...], ...]) -> None:
    op.create_table(name, *parts, sqlite_with_rowid=False)
    for columns in indexes:
        _index(name, *columns)


def upgrade() -> None:
    _family()
    _browsers()
    _codes()
    _registration()
    _factors()


def _family() -> None:
    op.add_column("family", Column("session", Text, nullable=True))
    op.add_column("family", Column("extra", Text, nullable=False, server_default="{}"))
    there = text("session IS NOT NULL")
    _index("family", "session", sqlite_where=there, postgresql_where=there)


def _browsers() -> None:
    _table(
        "session",
        *_columns(Text, "id user_id amr address agent"),
        *_columns(LargeBinary, "digest"),
        *_columns(BigInteger, "created_at auth_time seen_at expires_at"),
        _key("session", "id"),
        _of_user("session"),
        UniqueConstraint("digest", name="session_digest_key"),
        indexes=(("user_id",), ("expires_at",)),
    )
    _table(
        "consent",
        *_columns(Text, "user_id issuer client_id scope"),
        *_columns(BigInteger, "granted_at"),
        _key("consent", "user_id", "issuer", "client_id"),
        _of_user("consent"),
        _of_client("consent"),
        indexes=(("issuer", "client_id"),),
    )


def _codes() -> None:
    _table(
        "code",
        *_columns(LargeBinary, "digest"),
        *_columns(Text, "issuer client_id user_id family redirect_uri scope audience session? challenge? extra"),
        *_columns(BigInteger, "auth_time created_at expires_at used_at?"),
        _key("code", "digest"),
        _of_user("code"),
        _of_client("code"),
        indexes=(("user_id",), ("expires_at",), ("issuer", "client_id")),
    )
    _table(
        "device",
        *_columns(LargeBinary, "digest"),
        *_columns(Text, "user_code issuer client_id scope audience state user_id? session? family? address extra"),
        *_columns(BigInteger, "auth_time interval polled_at created_at expires_at"),
        _key("device", "digest"),
        _of_user("device"),
        _of_client("device"),
        UniqueConstraint("user_code", name="device_user_code_key"),
        indexes=(("user_id",), ("expires_at",), ("issuer", "client_id")),
    )
    _table(
        "pushed",
        *_columns(LargeBinary, "digest"),
        *_columns(Text, "issuer client_id params"),
        *_columns(BigInteger, "expires_at"),
        _key("pushed", "digest"),
        _of_client("pushed"),
        indexes=(("expires_at",), ("issuer", "client_id")),
    )


def _registration() -> None:
    _table(
        "registration_token",
        *_columns(LargeBinary, "digest"),
        *_columns(Text, "issuer client_id? note"),
        *_columns(BigInteger, "uses? expires_at? created_at"),
        _key("registration_token", "digest"),
        ForeignKeyConstraint(["issuer"], ["issuer.id"], name="registration_token_issuer_fk"),
        _of_client("registration_token"),
        indexes=(("expires_at",), ("issuer", "client_id")),
    )


def _factors() -> None:
    _table(
        "factor",
        *_columns(Text, "id user_id kind name"),
        *_columns(LargeBinary, "handle? sealed"),
        *_columns(BigInteger, "counter created_at used_at?"),
        _key("factor", "id"),
        _of_user("factor"),
        UniqueConstraint("kind", "handle", name="factor_kind_handle_key"),
        indexes=(("user_id",),),
    )
