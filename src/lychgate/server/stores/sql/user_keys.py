"""SQL of people's public keys."""

from __future__ import annotations

from sqlalchemy import and_, delete, select, update

from ..rows import USER_KEY
from .statement import Statement, add_new, columns, one, value
from .tables_login import user_key

_this = and_(one(user_key.c.user, "user"), one(user_key.c.fingerprint, "fingerprint"))

STATEMENTS: dict[str, Statement] = {
    "user keys": select(*columns(user_key, USER_KEY.keys))
    .where(one(user_key.c.user, "user"))
    .order_by(user_key.c.created_at, user_key.c.fingerprint),
    "add user key": add_new(user_key, USER_KEY.keys),
    "see user key": update(user_key).where(_this).values(used_at=value("now")),
    "drop user key": delete(user_key).where(_this).returning(user_key.c.fingerprint),
}
