"""SQL of signing keys, the change feed and the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.sql import Select

from ..rows import AUDIT, CHANGE, KEY
from ..texts import AUDIT_FILTERS, filtered
from .statement import LIMIT, Statement, add, add_new, columns, constant, next_change, one, value
from .tables import audit, change, signing_key

_BY = {
    "since": audit.c.at >= value("since"),
    **{name: one(audit.c[name], name) for name in AUDIT_FILTERS[1:]},
}
_key = select(*columns(signing_key, KEY.keys)).order_by(signing_key.c.signs_from, signing_key.c.kid)


def _audit(newest: bool, chosen: Mapping[str, bool]) -> Select[Any]:
    wanted = [_BY[name] for name, on in chosen.items() if on]
    rows = select(*columns(audit, AUDIT.keys)).where(*wanted).limit(LIMIT).offset(constant(0))
    return rows.order_by(audit.c.id.desc()) if newest else rows.where(audit.c.id > value("after")).order_by(audit.c.id)


_CHOICES = [dict(zip(AUDIT_FILTERS, flags, strict=True)) for flags in product((False, True), repeat=4)]

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
    **{filtered("audit", chosen): _audit(False, chosen) for chosen in _CHOICES},
    **{filtered("newest audit", chosen): _audit(True, chosen) for chosen in _CHOICES},
}
