"""My account's public keys: added after a fresh login, removed by the password."""

from __future__ import annotations

from lychgate.oauth.error import OAuthError
from lychgate.server.exchange import Form
from lychgate.server.pages.paths import PATHS
from lychgate.server.pages.proofs import AddSshKey, RemoveFactor
from lychgate.server.pages.view import View
from lychgate.server.people.login_model import UserKey
from lychgate.server.stores.store import Missing, Taken
from lychgate.server.supercomputers import user_keys

from .account import must_log_in, removal, wrong_password
from .personal import Visit

SHOWN = 16 * 1024  # characters of what was typed that the form shows again


async def ask_for_key(visit: Visit) -> View:
    return must_log_in(visit, "ssh_key") or AddSshKey()


async def add_key(visit: Visit, form: Form) -> View | str:
    if first := must_log_in(visit, "ssh_key"):
        return first
    text, name = form.get("key", ""), form.get("name", "").strip()[:100]
    try:
        await user_keys.add(visit.engine, visit.actor, visit.user, text, name)
    except OAuthError as error:
        typed = "" if "PRIVATE" in text else text[:SHOWN]  # a private key is not sent back, and stands in no history
        return AddSshKey(key=typed, name=name, problem=f"{error.description[:1].upper()}{error.description[1:]}.")
    except Taken:
        return AddSshKey(key=text[:SHOWN], name=name, problem="You have this key already.")
    return PATHS["account"]


async def ask_to_remove_key(visit: Visit) -> View:
    """GET with the fingerprint in ``id``."""
    return _removal(await _meant(visit, visit.call.query_value("id")), visit)


async def _meant(visit: Visit, fingerprint: str) -> UserKey:
    for key in await visit.engine.store.user_keys(visit.user.id):
        if key.fingerprint == fingerprint:
            return key
    raise Missing("there is no such key")


def _removal(key: UserKey, visit: Visit, problem: str = "") -> RemoveFactor:
    consequence = "Programs that log in to UNICORE by it can no longer do so."
    return removal(visit, "ssh_key_remove", key.fingerprint, f"the key “{key.name}”", consequence, problem)


async def remove_key(visit: Visit, form: Form) -> View | str:
    """POST with the password."""
    key = await _meant(visit, form.get("id", ""))
    if problem := await wrong_password(visit, form.get("password", "")):
        return _removal(key, visit, problem)
    await user_keys.remove(visit.engine, visit.actor, visit.user, key.fingerprint)
    return PATHS["account"]
