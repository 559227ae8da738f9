"""SQL of signing keys, the change feed and the audit log."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.sql import Select

from ..rows import AUDIT, CHANGE, KEY
from .statement import LIMIT, Statement, add, add_new, columns, constant, next_change, one, value
from .tables import audit, change, signing_key

FILTERS = ("since", "client", "user", "event")
_BY = {
    "since": audit.c.at >= value("since"),
    **{name: one(audit.c[name], name) for name in FILTERS[1:]},
}
_key = select(*columns(signing_key, KEY.keys)).order_by(signing_key.c.signs_from, signing_key.c.kid)


def audit_named(newest: bool, filters: Collection[str]) -> str:
    """The name of the statement that lists audit rows filtered in these ways."""
    return " ".join(("newest audit by" if newest else "audit by", *(name for name in FILTERS if name in filters)))


def _audit(newest: bool, filters: Collection[str]) -> Select[Any]:
    rows = select(*columns(audit, AUDIT.keys)).where(*[_BY[name] for name in filters]).limit(LIMIT).offset(constant(0))
    return rows.order_by(audit.c.id.desc()) if newest else rows.where(audit.c.id > value("after")).order_by(audit.c.id)


_SUBSETS = [chosen for size in range(len(FILTERS) + 1) for chosen in combinations(FILTERS, size)]

STATEMENTS: dict[str, Statement] = {
    "ping": select(constant(1)),
    "keys": _key,
    "keys of": _key.where(one(signing_key.c.issuer, "issuer")),
    "add key": add_new(signing_key, KEY.keys),
    "stop keys": update(signing_key)
    .values({signing_key.c.signs_until: value("until"), signing_key.c.removed_at: value("removed")})
    .where(
        one(signing_key.c.issuer, "issuer"),
        one(signing_key.c.alg, "alg"),
        signing_key.c.signs_until.is_(None),
        signing_key.c.signs_from <= value("until"),
    ),
    "tell": insert(change)
    .values({change.c.seq: next_change(), **{change.c[key]: value(key) for key in ("at", "kind", "id")}})
    .inline(),
    "last change": select(func.max(change.c.seq)),
    "first change": select(func.min(change.c.seq)),
    "changes": select(*columns(change, CHANGE.keys))
    .where(change.c.seq > value("after"))
    .order_by(change.c.seq)
    .limit(LIMIT)
    .offset(constant(0)),
    "add audit": add(audit, [key for key in AUDIT.keys if key != "id"]),
    **{audit_named(newest, chosen): _audit(newest, chosen) for newest in (False, True) for chosen in _SUBSETS},
}
