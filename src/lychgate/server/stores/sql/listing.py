"""SQL of the administration's lists: a page of a table at a time, newest first."""

from __future__ import annotations

from itertools import product
from typing import Any

from sqlalchemy import Text, and_, func, literal_column, or_, select, union_all
from sqlalchemy.sql import Select

from ..rows import AUDIT, CLIENT, USER
from ..texts import LISTED_AUDIT, filtered
from .people import LIKE
from .statement import LIMIT, Statement, columns, constant, one, value
from .tables import audit, client, family, login_name, users
from .tables_login import session

SKIP = value("skip")
_NONE: Any = literal_column("''", Text)
_OK: Any = literal_column("'ok'", Text)
_LOG_IN: Any = literal_column("'login'", Text)
_PASSWORD: Any = literal_column("'password'", Text)
_named = select(login_name.c.user).where(login_name.c.folded.like(LIKE, escape="\\"))

# A login is a browser's session, or a program's family; both end by a time, or with what the person ended before.
_in_browsers = select(
    session.c.id, session.c.user, session.c.address, session.c.created_at, session.c.seen_at, session.c.expires_at,
    _NONE.label("client"), _NONE.label("issuer"),
)  # fmt: skip
_in_programs = select(
    family.c.id, family.c.user, _NONE.label("address"), family.c.created_at, family.c.rotated_at, family.c.expires_at,
    family.c.client, family.c.issuer,
).where(family.c.revoked_at.is_(None))  # fmt: skip
_both = union_all(_in_browsers, _in_programs).subquery("login")
_LOGIN = ("id", "user", "name", "address", "created_at", "seen_at", "expires_at", "client", "issuer")
_columns = [users.c.name if key == "name" else _both.c[key] for key in _LOGIN]
_alive = and_(users.c.active, _both.c.created_at >= users.c.not_before, _both.c.expires_at > value("now"))
_login = select(*_columns).join_from(_both, users, _both.c.user == users.c.id)


def _page(query: Select[Any], *order: Any) -> Select[Any]:
    return query.order_by(*order).limit(LIMIT).offset(SKIP)


_users = select(*columns(users, USER.keys))
_newest_users = (users.c.created_at.desc(), users.c.id)
_clients = select(*columns(client, CLIENT.keys)).where(one(client.c.issuer, "issuer"))
_newest_clients = (client.c.created_at.desc(), client.c.id)
_newest_logins = (_both.c.seen_at.desc(), _both.c.id)
_sought = or_(_both.c.user.in_(_named), _both.c.address == value("address"), _both.c.client == value("address"))

_BY = {
    "text": or_(*(one(audit.c[name], "text") for name in ("user", "client", "address", "request_id"))),
    "event": one(audit.c.event, "event"),
    "ok": audit.c.outcome == _OK,
    "refused": audit.c.outcome != _OK,
    "before": audit.c.id < value("before"),
}


def _audit(wanted: list[str]) -> Select[Any]:
    rows = select(*columns(audit, AUDIT.keys)).where(*(_BY[name] for name in wanted))
    return rows.order_by(audit.c.id.desc()).limit(LIMIT).offset(constant(0))


_CHOICES = [dict(zip(LISTED_AUDIT, flags, strict=True)) for flags in product((False, True), repeat=len(LISTED_AUDIT))]

STATEMENTS: dict[str, Statement] = {
    "listed users": _page(_users, *_newest_users),
    "listed users found": _page(_users.where(users.c.id.in_(_named)), *_newest_users),
    "listed clients": _page(_clients, *_newest_clients),
    "listed clients found": _page(_clients.where(client.c.sought.like(LIKE, escape="\\")), *_newest_clients),
    "listed logins": _page(_login.where(_alive), *_newest_logins),
    "listed logins found": _page(_login.where(_alive, _sought), *_newest_logins),
    "listed logins of": _page(_login.where(_alive, _both.c.user == value("user")), *_newest_logins),
    "listed login": _login.where(_alive, _both.c.id == value("id")),
    "last login": select(audit.c.at)
    .where(one(audit.c.user, "user"), audit.c.outcome == _OK, or_(audit.c.event == _LOG_IN, audit.c.grant == _PASSWORD))
    .order_by(audit.c.id.desc())
    .limit(constant(1))
    .offset(constant(0)),
    "events of audit": select(audit.c.event).distinct().order_by(audit.c.event).limit(LIMIT).offset(constant(0)),
    "number of users": select(func.count()).select_from(users),
    "number of clients": select(func.count()).select_from(client).where(one(client.c.issuer, "issuer")),
    "number of logins": select(func.count()).select_from(_both.join(users, _both.c.user == users.c.id)).where(_alive),
    "number of administrators": select(func.count()).select_from(users).where(users.c.superuser, users.c.active),
    **{filtered("listed audit", chosen): _audit([key for key, on in chosen.items() if on]) for chosen in _CHOICES},
}
