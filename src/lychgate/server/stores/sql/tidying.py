"""SQL that removes what has ended. Each takes a bounded number of rows, so that no transaction is long."""

from __future__ import annotations

from sqlalchemy import Executable, Table, delete, func, or_, select, tuple_
from sqlalchemy.sql import ColumnElement

from .statement import LIMIT, Statement, constant, value
from .tables import change, client_secret, family, login_failure, revoked_token, spent_jti
from .tables_login import code, device, pushed, registration_token, session
from .tables_unicore import issued_token, rest_session

BEFORE = value("before")


def _drop(table: Table, *where: ColumnElement[bool]) -> Executable:
    """Remove up to ``limit`` rows that match; answers one row for each."""
    keys = list(table.primary_key)
    some = select(*keys).where(*where).limit(LIMIT).offset(constant(0))
    this = keys[0] if len(keys) == 1 else tuple_(*keys)
    return delete(table).where(this.in_(some)).returning(constant(1))


_ended = or_(
    family.c.expires_at <= BEFORE,
    family.c.revoked_at <= BEFORE,
    family.c.rotated_at + family.c.idle * constant(1000) <= BEFORE,
)

STATEMENTS: dict[str, Statement] = {
    "tidy jti": _drop(spent_jti, spent_jti.c.expires_at <= BEFORE),
    "tidy tokens": _drop(revoked_token, revoked_token.c.expires_at <= BEFORE),
    "tidy secrets": _drop(client_secret, client_secret.c.not_after <= BEFORE),
    "tidy failures": _drop(login_failure, login_failure.c.last_at <= BEFORE, login_failure.c.blocked_until <= BEFORE),
    "tidy sessions": _drop(session, session.c.expires_at <= BEFORE),
    "tidy codes": _drop(code, code.c.expires_at <= BEFORE),
    "tidy devices": _drop(device, device.c.expires_at <= BEFORE),
    "tidy pushed": _drop(pushed, pushed.c.expires_at <= BEFORE),
    "tidy registration tokens": _drop(registration_token, registration_token.c.expires_at <= BEFORE),
    "tidy issued tokens": _drop(issued_token, issued_token.c.expires_at <= BEFORE),
    "tidy rest sessions": _drop(rest_session, rest_session.c.expires_at <= BEFORE),
    "ended families": select(family.c.id).where(_ended).limit(LIMIT).offset(constant(0)),
    "tidy family": delete(family).where(family.c.id == value("id"), _ended),
    "oldest change to keep": select(func.min(change.c.seq)).where(change.c.at > BEFORE),
    "tidy changes": delete(change).where(change.c.seq < value("seq")),
}
