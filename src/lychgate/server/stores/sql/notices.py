"""SQL of what clients are to be told of logouts."""

from __future__ import annotations

from sqlalchemy import delete, func, select, update

from ..rows import NOTICE
from .statement import LIMIT, Statement, add, columns, constant, one, put, value
from .tables import client
from .tables_notice import notice

NOW = value("now")
_due = (
    select(notice.c.id)
    .where(notice.c.due_at <= NOW)
    .order_by(notice.c.due_at)
    .limit(LIMIT)
    .offset(constant(0))
    .with_for_update(skip_locked=True)
)

STATEMENTS: dict[str, Statement] = {
    "hears": select(client.c.active, client.c.extra).where(one(client.c.issuer, "issuer"), one(client.c.id, "client")),
    "add notice": add(notice, NOTICE.keys),
    "next notice": select(func.min(notice.c.due_at)),
    "take notices": update(notice)
    .values({notice.c.due_at: value("until"), notice.c.tries: notice.c.tries + constant(1)})
    .where(notice.c.id.in_(_due), notice.c.due_at <= NOW)
    .returning(*columns(notice, NOTICE.keys)),
    "put off notice": put(notice, ("due_at",), one(notice.c.id, "of_id")),
    "drop notice": delete(notice).where(one(notice.c.id, "id")).returning(notice.c.id),
}
