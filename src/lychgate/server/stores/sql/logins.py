"""SQL of families (a login as one row), and of single tokens."""

from __future__ import annotations

from sqlalchemy import or_, select, update

from ..rows import FAMILY
from .statement import Statement, add_new, columns, constant, one, value
from .tables import family, revoked_token, spent_jti

NOW = value("now")
_family = select(*columns(family, FAMILY.keys))
_this = one(family.c.id, "id")
_idle_until = family.c.rotated_at + family.c.idle * constant(1000)

STATEMENTS: dict[str, Statement] = {
    "add family": add_new(family, FAMILY.keys),
    "family": _family.where(_this),
    "family to judge": _family.where(_this).with_for_update(),
    "families of user": _family.where(one(family.c.user, "user")).order_by(family.c.created_at, family.c.id),
    "families of client": _family.where(one(family.c.issuer, "issuer"), one(family.c.client, "client")).order_by(
        family.c.created_at, family.c.id
    ),
    "families of both": _family.where(
        one(family.c.user, "user"), one(family.c.issuer, "issuer"), one(family.c.client, "client")
    ).order_by(family.c.created_at, family.c.id),
    "rotate": update(family)
    .values({family.c.seq: family.c.seq + constant(1), family.c.rotated_at: NOW})
    .where(
        _this,
        one(family.c.seq, "seq"),
        one(family.c.issuer, "issuer"),
        one(family.c.client, "client"),
        family.c.revoked_at.is_(None),
        family.c.expires_at > NOW,
        _idle_until > NOW,
        or_(family.c.bound.is_(None), one(family.c.bound, "bound")),
    )
    .returning(*columns(family, FAMILY.keys)),
    "revoke family": update(family)
    .values({family.c.revoked_at: NOW})
    .where(_this, family.c.revoked_at.is_(None))
    .returning(*columns(family, FAMILY.keys)),
    "revoked families": select(family.c.id, family.c.revoked_at).where(family.c.revoked_at >= value("since")),
    "spend jti": add_new(spent_jti, ("issuer", "client", "digest", "expires_at")),
    "revoke token": add_new(revoked_token, ("jti", "expires_at")),
    "revoked tokens": select(revoked_token.c.jti, revoked_token.c.expires_at).where(revoked_token.c.expires_at > NOW),
}
