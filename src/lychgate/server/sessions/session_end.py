"""The end of a session: what came of it is refused at once, and its clients are told (OpenID Back-Channel Logout 1.0).

Everything that ends one comes through here: the person, the administrator, a client's logout. The store notes whom to
tell in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lychgate.server.engine import Engine
from lychgate.server.model import AuditRow, Client, Family

OFFLINE = "offline_access"  # a login with this scope goes on after the browser's session (OpenID Core 11)


async def end_session(engine: Engine, id: str, audit: Sequence[AuditRow] = (), forgotten: bool = False) -> None:
    """End a browser's session, and the logins that came of it but those for offline use.

    ``forgotten``: it was no browser's any more, so that only those hear whose logins lived still.
    """
    ended(engine, await engine.store.end_session(id, engine.clock(), audit, forgotten))


async def end_forgotten(engine: Engine, client: Client | None, hint: Mapping[str, Any] | None) -> None:
    """End what is left of the session that an ID token of ours names, where that is no browser's any more: a login may
    outlive the session that it came of, and its logout must still reach it."""
    sid = hint.get("sid") if hint else None
    if client is None or hint is None or not isinstance(sid, str):
        return
    user = engine.authority.acts_for(engine.issuer.id, {"user_id": hint["sub"]})
    live = [one.id for one in await engine.store.sessions(user or "") if one.expires_at > engine.clock()]
    if user and sid not in live:
        await end_session(engine, sid, forgotten=True)


def ended(engine: Engine, families: Iterable[Family]) -> None:
    """What else is to be done where ``families`` were of a session that the store has just ended."""
    for family in families:
        if OFFLINE not in family.scope:
            engine.authority.family_revoked(family.id)
    engine.back_channel.wake()


async def end_login(engine: Engine, id: str, audit: Sequence[AuditRow] = ()) -> None:
    """End one login of a program; where it came of a browser's session, the program hears that it is over."""
    await engine.store.revoke_family(id, engine.clock(), audit, tell=True)
    engine.authority.family_revoked(id)
    engine.back_channel.wake()
