"""SQL of whom an issuer of ours trusts."""

from __future__ import annotations

from sqlalchemy import and_, delete, select

from ..rows import TRUST
from .statement import Statement, add_new, columns, one
from .tables import client, served
from .tables_trust import trust

_rows = select(*columns(trust, TRUST.keys)).where(one(trust.c.issuer, "issuer"))

STATEMENTS: dict[str, Statement] = {
    "trusted": _rows.where(one(trust.c.kind, "kind"), one(trust.c.key, "key")),
    "trusts": _rows.order_by(trust.c.kind, trust.c.name),
    "add trust": add_new(trust, TRUST.keys),
    "drop trust": delete(trust).where(one(trust.c.id, "id")).returning(trust.c.id),
    "serving": select(client.c.active)
    .join(served, and_(served.c.issuer == client.c.issuer, served.c.client == client.c.id))
    .where(one(served.c.issuer, "issuer"), one(served.c.uri, "uri")),
}
