"""SQL of UNICORE's tokens and sessions."""

from __future__ import annotations

from sqlalchemy import delete, select

from ..rows import ISSUED_TOKEN, REST_SESSION
from .statement import LIMIT, Statement, add, columns, constant, one, put, value
from .tables_unicore import issued_token, rest_session

_token = select(*columns(issued_token, ISSUED_TOKEN.keys))
_session = select(*columns(rest_session, REST_SESSION.keys))
_origin = select(issued_token.c.origin).where(one(issued_token.c.id, "id"), one(issued_token.c.user, "user"))
_older = (
    select(rest_session.c.digest)
    .where(one(rest_session.c.user, "user"))
    .order_by(rest_session.c.created_at.desc(), rest_session.c.digest)
    .limit(LIMIT)
    .offset(value("keep"))
)

STATEMENTS: dict[str, Statement] = {
    "issued token": _token.where(one(issued_token.c.id, "id")),
    "issued tokens": _token.where(one(issued_token.c.user, "user"), issued_token.c.expires_at > value("now"))
    .order_by(issued_token.c.created_at.desc(), issued_token.c.id)
    .limit(LIMIT)
    .offset(constant(0)),
    "add issued token": add(issued_token, ISSUED_TOKEN.keys),
    "see issued token": put(issued_token, ("seen_at",), one(issued_token.c.id, "of_id")),
    "drop issued tokens": delete(issued_token)
    .where(one(issued_token.c.user, "user"), issued_token.c.origin.in_(_origin.scalar_subquery()))
    .returning(issued_token.c.id),
    "drop all issued tokens": delete(issued_token).where(one(issued_token.c.user, "user")).returning(issued_token.c.id),
    "rest session": _session.where(one(rest_session.c.digest, "digest")),
    "add rest session": add(rest_session, REST_SESSION.keys),
    "drop older rest sessions": delete(rest_session).where(rest_session.c.digest.in_(_older)),
}
