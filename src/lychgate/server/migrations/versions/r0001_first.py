"""The first tables."""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)

revision = "0001"
down_revision = None

COUNTER = BigInteger().with_variant(Integer, "sqlite")


def _columns(kind: Any, names: str) -> list[Column[Any]]:
    """Columns of one type from their names; a question mark at the end of a name lets it be null."""
    return [Column(name.rstrip("?"), kind, nullable=name.endswith("?")) for name in names.split()]


def _key(table: str, *columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint(*columns, name=f"{table}_pk")


def _refers(name: str, columns: list[str], to: list[str], ondelete: str | None = None) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(columns, to, name=f"{name}_fk", ondelete=ondelete)


def _index(table: str, *columns: str, **options: Any) -> None:
    op.create_index(f"{table}_{'_'.join(columns)}_index", table, list(columns), **options)


def upgrade() -> None:
    _settings()
    _people()
    _clients()
    _logins()
    _records()


def _settings() -> None:
    op.create_table("setting", *_columns(Text, "name"), *_columns(LargeBinary, "value"), _key("setting", "name"))
    op.create_table(
        "issuer",
        *_columns(Text, "id url realm settings"),
        _key("issuer", "id"),
        UniqueConstraint("url", name="issuer_url_key"),
    )


def _people() -> None:
    op.create_table(
        "users",
        *_columns(Text, "id email name password_hash?"),
        *_columns(Boolean, "active superuser verified"),
        *_columns(Text, "roles groups"),
        *_columns(BigInteger, "not_before created_at"),
        _key("users", "id"),
    )
    op.create_table(
        "login_name",
        *_columns(Text, "folded user_id"),
        _key("login_name", "folded"),
        _refers("login_name_user_id", ["user_id"], ["users.id"], "CASCADE"),
        sqlite_with_rowid=False,
    )
    _index("login_name", "user_id")
    op.create_table(
        "login_failure",
        *_columns(LargeBinary, "digest"),
        *_columns(Text, "times"),
        *_columns(BigInteger, "failures blocked_until last_at"),
        _key("login_failure", "digest"),
        sqlite_with_rowid=False,
    )
    _index("login_failure", "last_at")


def _clients() -> None:
    op.create_table(
        "client",
        *_columns(Text, "issuer id name owner? methods grants redirect_uris scopes audiences resources groups"),
        *_columns(Text, "jwks? jwks_uri? alg?"),
        *_columns(BigInteger, "lifetime?"),
        *_columns(Boolean, "active"),
        *_columns(BigInteger, "not_before created_at last_used_at?"),
        *_columns(Text, "extra sought"),
        _key("client", "issuer", "id"),
        _refers("client_issuer", ["issuer"], ["issuer.id"]),
        _refers("client_owner", ["owner"], ["users.id"]),
    )
    _index("client", "owner", "issuer", "id")
    op.create_table(
        "client_secret",
        *_columns(Text, "issuer client_id id"),
        *_columns(LargeBinary, "digest sealed?"),
        *_columns(BigInteger, "not_after? created_at"),
        _key("client_secret", "issuer", "client_id", "id"),
        _refers("client_secret_client", ["issuer", "client_id"], ["client.issuer", "client.id"], "CASCADE"),
        sqlite_with_rowid=False,
    )
    _index("client_secret", "not_after")


def _logins() -> None:
    op.create_table(
        "family",
        *_columns(Text, "id issuer client_id user_id scope audience"),
        *_columns(BigInteger, "seq created_at rotated_at idle expires_at revoked_at?"),
        *_columns(Text, "bound? facade"),
        *_columns(BigInteger, "auth_time"),
        _key("family", "id"),
        _refers("family_client", ["issuer", "client_id"], ["client.issuer", "client.id"], "CASCADE"),
        _refers("family_user_id", ["user_id"], ["users.id"], "CASCADE"),
        sqlite_with_rowid=False,
    )
    _index("family", "expires_at")
    _index("family", "issuer", "client_id")
    _index("family", "user_id")
    revoked = text("revoked_at IS NOT NULL")
    _index("family", "revoked_at", sqlite_where=revoked, postgresql_where=revoked)
    op.create_table(
        "spent_jti",
        *_columns(Text, "issuer client_id"),
        *_columns(LargeBinary, "digest"),
        *_columns(BigInteger, "expires_at"),
        _key("spent_jti", "issuer", "client_id", "digest"),
        sqlite_with_rowid=False,
    )
    _index("spent_jti", "expires_at")
    op.create_table(
        "revoked_token",
        *_columns(Text, "jti"),
        *_columns(BigInteger, "expires_at"),
        _key("revoked_token", "jti"),
        sqlite_with_rowid=False,
    )
    _index("revoked_token", "expires_at")


def _records() -> None:
    op.create_table(
        "signing_key",
        *_columns(Text, "kid issuer alg public"),
        *_columns(LargeBinary, "sealed"),
        *_columns(BigInteger, "published_at signs_from signs_until? removed_at?"),
        _key("signing_key", "issuer", "kid"),
        _refers("signing_key_issuer", ["issuer"], ["issuer.id"]),
    )
    op.create_table(
        "audit",
        *_columns(COUNTER, "id"),
        *_columns(BigInteger, "at"),
        *_columns(
            Text, "issuer event outcome client_id? user_id? grant_type? jti? family? address? request_id? detail"
        ),
        _key("audit", "id"),
        sqlite_autoincrement=True,
    )
    _index("audit", "at")
    _index("audit", "client_id", "id")
    _index("audit", "user_id", "id")
    op.create_table(
        "change",
        *_columns(COUNTER, "seq"),
        *_columns(BigInteger, "at"),
        *_columns(Text, "kind id"),
        _key("change", "seq"),
        sqlite_autoincrement=True,
    )
