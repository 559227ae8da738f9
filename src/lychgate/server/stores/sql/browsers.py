"""SQL of browser sessions, of what people allowed, and of second factors."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from ..rows import CONSENT, FACTOR, FAMILY, SESSION
from .statement import Statement, add, add_new, columns, one, put, value
from .tables import family
from .tables_login import code, consent, factor, session

_session = select(*columns(session, SESSION.keys))
_consent = select(*columns(consent, CONSENT.keys))
_factor = select(*columns(factor, FACTOR.keys))
_this_consent = (one(consent.c.user, "user"), one(consent.c.issuer, "issuer"), one(consent.c.client, "client"))

STATEMENTS: dict[str, Statement] = {
    "add session": add(session, SESSION.keys),
    "session": _session.where(one(session.c.digest, "digest")),
    "sessions": _session.where(one(session.c.user, "user")).order_by(session.c.created_at, session.c.id),
    "drop session": delete(session).where(one(session.c.digest, "digest")).returning(*columns(session, SESSION.keys)),
    "end session": delete(session).where(one(session.c.id, "id")),
    "drop codes of session": delete(code).where(one(code.c.session, "session"), code.c.used_at.is_(None)),
    "see session": put(session, ("seen_at",), one(session.c.id, "id")),
    "families of session": select(*columns(family, FAMILY.keys))
    .where(one(family.c.session, "session"))
    .order_by(family.c.created_at, family.c.id),
    "consent": _consent.where(*_this_consent),
    "consents": _consent.where(one(consent.c.user, "user")).order_by(consent.c.granted_at),
    "add consent": add(consent, CONSENT.keys),
    "drop consent": delete(consent).where(*_this_consent),
    "factors": _factor.where(one(factor.c.user, "user")).order_by(factor.c.created_at, factor.c.id),
    "factor by handle": _factor.where(one(factor.c.kind, "kind"), one(factor.c.handle, "handle")),
    "add factor": add_new(factor, FACTOR.keys),
    "use factor": update(factor)
    .values({factor.c.counter: value("counter"), factor.c.used_at: value("now")})
    .where(one(factor.c.id, "id"), factor.c.counter < value("counter"))
    .returning(factor.c.id),
    "see factor": put(factor, ("used_at",), one(factor.c.id, "id")),
    "take factor": delete(factor)
    .where(one(factor.c.user, "user"), one(factor.c.kind, "kind"), one(factor.c.handle, "handle"))
    .returning(factor.c.id),
    "remove factor": delete(factor).where(one(factor.c.user, "user"), one(factor.c.id, "id")).returning(factor.c.id),
    "remove factors": delete(factor).where(one(factor.c.user, "user"), one(factor.c.kind, "kind")),
}
