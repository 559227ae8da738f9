"""People's public keys: added, listed and removed, each with its row in the audit log."""

from __future__ import annotations

from lychgate.server.actor import Actor
from lychgate.server.engine import Engine
from lychgate.server.model import User
from lychgate.server.people.login_model import UserKey
from lychgate.server.programs.registration import LONGEST_NAME, check_text, refused
from lychgate.server.stores.store import Missing

from . import public_keys

MOST = 50  # keys of one user


async def add(engine: Engine, actor: Actor, user: User, text: str, name: str = "") -> UserKey:
    """Keep the public key in ``text`` (OpenSSH or PEM), under ``name`` or its comment.

    Raises ``OAuthError`` for what is no key or too weak, ``Taken`` where the user has it already.
    """
    found = public_keys.read(text)
    called = name.strip() or found.comment[:LONGEST_NAME] or found.kind
    check_text("a key's name", called)
    if len(await engine.store.user_keys(user.id)) >= MOST:
        raise refused(f"at most {MOST} keys; remove one first")
    key = UserKey(user.id, found.fingerprint, found.kind, found.line, called, engine.clock())
    await engine.store.add_user_key(key, [actor.row(engine, "key.add", user=user.id, fields=found.fingerprint)])
    return key


async def remove(engine: Engine, actor: Actor, user: User, fingerprint: str) -> UserKey:
    """Forget a key; programs can no longer log in by it. Raises ``Missing``."""
    row = actor.row(engine, "key.remove", user=user.id, fields=fingerprint)
    for key in await engine.store.user_keys(user.id):
        if key.fingerprint == fingerprint and await engine.store.remove_user_key(user.id, fingerprint, [row]):
            return key
    raise Missing(f"{user.email} has no key with the fingerprint {fingerprint[:100]}")
