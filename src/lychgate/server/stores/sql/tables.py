"""The tables, described once. The keys of their columns are the names of the fields in ``model``.

Times are integer epoch milliseconds and JSON is text, alike on both databases. Everything that a token can be made
from carries the id of its issuer. Change a table here and by a new revision in ``migrations/``: a test compares them.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, PrimaryKeyConstraint, Table

from .columns import COUNTER, blob, flag, metadata, of_client, text, time, user

setting = Table(
    "setting",
    metadata,
    text("name", primary_key=True),
    blob("value"),
)

issuer = Table(
    "issuer",
    metadata,
    text("id", primary_key=True),
    text("url", unique=True),
    text("realm"),
    text("settings"),
)

users = Table(
    "users",
    metadata,
    text("id", primary_key=True),
    text("email"),
    text("name"),
    text("password_hash", nullable=True),
    flag("active"),
    flag("superuser"),
    flag("verified"),
    text("roles"),
    text("groups"),
    time("not_before"),
    time("created_at"),
    text("claims", server_default="{}"),  # as revision 0003 had to write it
    text("choices", server_default="{}"),  # as revision 0005 had to write it
)

login_name = Table(  # the e-mail address and the name, folded: unique across each other because they are one column
    "login_name",
    metadata,
    text("folded", primary_key=True),
    user(),
    sqlite_with_rowid=False,
)

login_failure = Table(  # by digest: what is typed as a name may be long, and may be a password
    "login_failure",
    metadata,
    blob("digest", primary_key=True),
    text("times"),
    Column("failures", BigInteger, nullable=False),
    time("blocked_until"),
    time("last_at", index=True),
    sqlite_with_rowid=False,
)

client = Table(
    "client",
    metadata,
    text("issuer", "", ForeignKey("issuer.id")),
    text("id"),
    text("name"),
    text("owner", "", ForeignKey("users.id"), nullable=True),
    text("methods"),
    text("grants"),
    text("redirect_uris"),
    text("scopes"),
    text("audiences"),
    text("resources"),
    text("groups"),
    text("jwks", nullable=True),
    text("jwks_uri", nullable=True),
    text("alg", nullable=True),
    Column("lifetime", BigInteger),
    flag("active"),
    time("not_before"),
    time("created_at"),
    time("last_used_at", nullable=True),
    text("extra"),
    text("sought"),  # name and id, folded, for the search
    PrimaryKeyConstraint("issuer", "id"),
    Index("client_owner_issuer_id_index", "owner", "issuer", "id"),  # a page of one owner's, in order
)

client_secret = Table(
    "client_secret",
    metadata,
    text("issuer"),
    text("client_id", "client"),
    text("id"),
    blob("digest"),
    blob("sealed", nullable=True),
    time("not_after", nullable=True, index=True),
    time("created_at"),
    PrimaryKeyConstraint("issuer", "client", "id"),
    of_client("client_secret"),
    sqlite_with_rowid=False,
)

served = Table(  # the resources of clients once more, to be found by: what no client has is asked for as often
    "served",
    metadata,
    text("issuer"),
    text("uri"),
    text("client_id", "client"),
    PrimaryKeyConstraint("issuer", "uri", "client"),
    of_client("served"),
    Index("served_issuer_client_id_index", "issuer", "client"),
    sqlite_with_rowid=False,
)

family = Table(
    "family",
    metadata,
    text("id", primary_key=True),
    text("issuer"),
    text("client_id", "client"),
    user(),
    text("scope"),
    text("audience"),
    Column("seq", BigInteger, nullable=False),
    time("created_at"),
    time("rotated_at"),
    Column("idle", BigInteger, nullable=False),
    time("expires_at", index=True),
    time("revoked_at", nullable=True),
    text("bound", nullable=True),
    text("facade"),
    time("auth_time"),
    text("session", nullable=True),
    text("extra", server_default="{}"),  # as revision 0002 had to write it
    of_client("family"),
    Index("family_issuer_client_id_index", "issuer", "client"),
    sqlite_with_rowid=False,
)
Index(
    "family_session_index",
    family.c.session,
    sqlite_where=family.c.session.is_not(None),
    postgresql_where=family.c.session.is_not(None),
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
    text("issuer"),
    text("client_id", "client"),
    blob("digest"),
    time("expires_at", index=True),
    PrimaryKeyConstraint("issuer", "client", "digest"),
    sqlite_with_rowid=False,
)

revoked_token = Table(
    "revoked_token",
    metadata,
    text("jti", primary_key=True),
    time("expires_at", index=True),
    sqlite_with_rowid=False,
)

signing_key = Table(
    "signing_key",
    metadata,
    text("kid"),
    text("issuer", "", ForeignKey("issuer.id")),
    text("alg"),
    text("public"),
    blob("sealed"),
    time("published_at"),
    time("signs_from"),
    time("signs_until", nullable=True),
    time("removed_at", nullable=True),
    PrimaryKeyConstraint("issuer", "kid"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", COUNTER, primary_key=True),
    time("at", index=True),
    text("issuer"),
    text("event"),
    text("outcome"),
    text("client_id", "client", nullable=True),
    text("user_id", "user", nullable=True),
    text("grant_type", "grant", nullable=True),
    text("jti", nullable=True),
    text("family", nullable=True),
    text("address", nullable=True),
    text("request_id", nullable=True),
    text("detail"),
    Index("audit_client_id_id_index", "client", "id"),
    Index("audit_user_id_id_index", "user", "id"),
    sqlite_autoincrement=True,
)

change = Table(
    "change",
    metadata,
    Column("seq", COUNTER, primary_key=True),
    time("at"),
    text("kind"),
    text("id"),
    sqlite_autoincrement=True,
)
