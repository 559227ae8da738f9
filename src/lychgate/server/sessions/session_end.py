"""The end of a session: what came of it is refused at once, and its clients are told (OpenID Back-Channel Logout 1.0).

Everything that ends one comes through here: the person, the administrator, a client's logout.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lychgate.server.engine import Engine
from lychgate.server.model import AuditRow, Client, Family, User

from .back_channel import notice_of

OFFLINE = "offline_access"  # a login with this scope goes on after the browser's session (OpenID Core 11)


async def end_session(engine: Engine, id: str, audit: Sequence[AuditRow] = ()) -> None:
    """End a browser's session, and the logins that came of it but for those for offline use."""
    families = await engine.store.end_session(id, engine.clock(), audit)
    ended(engine, families)


async def end_forgotten(engine: Engine, client: Client | None, hint: Mapping[str, Any] | None) -> None:
    """End what is left of the session that an ID token of ours names, where that is no browser's any more: a login may
    outlive the session that it came of, and its logout must still reach it."""
    sid = hint.get("sid") if hint else None
    if client is None or hint is None or not isinstance(sid, str):
        return
    user = engine.authority.acts_for(engine.issuer.id, {"user_id": hint["sub"]})
    live = [one.id for one in await engine.store.sessions(user or "") if one.expires_at > engine.clock()]
    if user and sid not in live:
        families = await engine.store.end_session(sid, engine.clock())
        ended(engine, [one for one in families if one.revoked_at is None and OFFLINE not in one.scope])  # each once


def ended(engine: Engine, families: Iterable[Family]) -> None:
    """What else is to be done where ``families`` were of a session that the store has just ended."""
    found = list(families)
    for family in found:
        if OFFLINE not in family.scope:
            engine.authority.family_revoked(family.id)
    engine.back_channel.tell([notice_of(family) for family in found])


async def end_login(engine: Engine, id: str, audit: Sequence[AuditRow] = ()) -> None:
    """End one login of a program; where it came of a browser's session, the program hears that it is over."""
    family = await engine.store.family(id)
    await engine.store.revoke_family(id, engine.clock(), audit)
    engine.authority.family_revoked(id)
    if family is not None and family.session is not None:
        engine.back_channel.tell([notice_of(family)])


async def logins_of(engine: Engine, user: User) -> list[Family]:
    """The logins of ``user`` that go on: ask before they end, tell with ``all_ended`` afterwards."""
    now = engine.clock()
    found = await engine.store.families(user=user.id)
    return [
        one for one in found if one.revoked_at is None and one.expires_at > now and one.created_at >= user.not_before
    ]


def all_ended(engine: Engine, families: Iterable[Family]) -> None:
    """Tell the clients of ``families`` that every session of their user has ended."""
    engine.back_channel.tell([notice_of(family, whole=True) for family in families])
