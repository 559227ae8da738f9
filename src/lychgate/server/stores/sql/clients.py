"""SQL of clients and their secrets."""

from __future__ import annotations

from itertools import product
from typing import Any

from sqlalchemy import and_, delete, or_, select, tuple_, update
from sqlalchemy.sql import FromClause, Select

from ..rows import CLIENT, SECRET
from ..texts import CLIENT_FILTERS, filtered
from .statement import LIMIT, Statement, add, add_new, columns, constant, one, put, value
from .tables import client, client_secret, served

_THIS = (one(client.c.issuer, "issuer"), one(client.c.id, "id"))
_EDITABLE = (*CLIENT.keys[2:], "sought")


def _with_secrets(source: FromClause) -> Select[Any]:
    """A row for each secret, the client's columns before it; one row, with nulls, for a client that has none."""
    mine = and_(client_secret.c.issuer == source.c.issuer, client_secret.c.client == source.c.id)
    found = select(*[source.c[key] for key in CLIENT.keys], *columns(client_secret, SECRET.keys))
    return found.select_from(source.outerjoin(client_secret, mine)).order_by(
        source.c.issuer, source.c.id, client_secret.c.created_at, client_secret.c.id
    )


def _page(issuer: bool, owner: bool, search: bool) -> Select[Any]:
    page = select(*columns(client, CLIENT.keys)).order_by(client.c.issuer, client.c.id).limit(LIMIT).offset(constant(0))
    if issuer:
        page = page.where(one(client.c.issuer, "issuer"), client.c.id > value("after"))
    else:
        page = page.where(tuple_(client.c.issuer, client.c.id) > tuple_(value("after_issuer"), value("after")))
    if owner:
        page = page.where(one(client.c.owner, "owner"))
    if search:
        page = page.where(client.c.sought.like(value("like"), escape="\\"))
    return _with_secrets(page.subquery("page"))


_OLD = value("old_not_after")

STATEMENTS: dict[str, Statement] = {
    "add client": add_new(client, (*CLIENT.keys, "sought")),
    "client": _with_secrets(client).where(*_THIS),
    "client to edit": select(*columns(client, CLIENT.keys)).where(*_THIS).with_for_update(key_share=True),
    "put client": put(client, _EDITABLE, one(client.c.issuer, "of_issuer"), one(client.c.id, "of_id")),
    "drop client": delete(client).where(*_THIS).returning(client.c.id),
    "drop clients of": delete(client).where(one(client.c.owner, "owner")).returning(client.c.issuer, client.c.id),
    "touch client": update(client)
    .values({client.c.last_used_at: value("at")})
    .where(*_THIS, or_(client.c.last_used_at.is_(None), client.c.last_used_at < value("at"))),
    "key sets": select(client.c.jwks)
    .where(client.c.jwks.is_not(None), client.c.methods.like(value("method")))
    .order_by(client.c.issuer, client.c.id)
    .limit(LIMIT)
    .offset(constant(0)),
    "add served": add(served, ("issuer", "client", "uri")),
    "drop served": delete(served).where(one(served.c.issuer, "issuer"), one(served.c.client, "id")),
    "add secret": add(client_secret, ("issuer", "client", *SECRET.keys)),
    "end secrets": update(client_secret)
    .values({client_secret.c.not_after: _OLD})
    .where(
        one(client_secret.c.issuer, "issuer"),
        one(client_secret.c.client, "id"),
        or_(client_secret.c.not_after.is_(None), client_secret.c.not_after > _OLD),
    ),
    "drop ended secrets": delete(client_secret).where(
        one(client_secret.c.issuer, "issuer"),
        one(client_secret.c.client, "id"),
        client_secret.c.not_after <= value("now"),
    ),
    **{
        filtered("clients", dict(zip(CLIENT_FILTERS, flags, strict=True))): _page(*flags)
        for flags in product((False, True), repeat=3)
    },
}
