"""People: made, edited, disabled, removed, for the command line and the JSON API alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from lychgate.server.actor import Actor
from lychgate.server.engine import Engine
from lychgate.server.model import User
from lychgate.server.programs.registration import check_group, check_text, refused
from lychgate.server.secrets import fold, new_id
from lychgate.server.stores.store import Missing

from .passwords import LONGEST

SERVICE_ACCOUNT = "service-account-"  # how Keycloak's clients know a client that acts for itself from a person
MOST = 200  # roles, or groups, of one user
_EMAIL = re.compile(r"[^\s@<>\"\\,;:()\[\]]{1,64}@[^\s@<>\"\\,;:()]{1,255}")


async def find(engine: Engine, who: str) -> User:
    """The user with this e-mail address, name or id. Raises ``Missing``."""
    printable = who.isprintable() and 0 < len(who) <= 320
    found = (await engine.store.user_by_login(fold(who)) or await engine.store.user(who)) if printable else None
    if found is None:
        raise Missing(f"there is no user {who[:100] if printable else ''}".rstrip())
    return found


async def add(
    engine: Engine,
    actor: Actor,
    email: str,
    password: str | None,
    *,
    name: str | None = None,
    superuser: bool = False,
    roles: Iterable[str] = (),
    groups: Iterable[str] = (),
) -> User:
    """A new user; without a password nobody can log in as them yet.

    Raises ``OAuthError`` for what does not fit, ``Taken`` where e-mail or name is in use.
    """
    fields = {"superuser": superuser, "roles": tuple(dict.fromkeys(roles)), "groups": tuple(dict.fromkeys(groups))}
    user = await _made(engine, email, name, password, fields)
    return await engine.store.add_user(user, [actor.row(engine, "user.add", user=user.id)])


async def add_first(engine: Engine, actor: Actor, email: str, password: str, name: str | None) -> User | None:
    """The first administrator; None where there is one already. Raises as ``add`` does."""
    user = await _made(engine, email, name, password, {"superuser": True})
    row = actor.row(engine, "set-up", user=user.id)
    return user if await engine.store.add_first_administrator(user, [row]) else None


async def _made(engine: Engine, email: str, name: str | None, password: str | None, fields: Mapping[str, Any]) -> User:
    user = User(
        id=new_id(),
        email=email,
        name=email if name is None else name,
        password_hash=None,
        created_at=engine.clock(),
        **fields,
    )
    _check(user)
    return user if password is None else replace(user, password_hash=await hashed(engine, password))


async def edit(engine: Engine, actor: Actor, user: User, changes: Mapping[str, Any], event: str = "user.edit") -> User:
    """Set fields of ``user`` by name. A new e-mail address is not verified; who is disabled loses their logins too.

    Raises ``OAuthError``, ``Taken``, ``Missing``, and ``LastAdministrator`` where nobody would be left to administer.
    """
    wanted = {name: value for name, value in changes.items() if value != getattr(user, name)}
    if not wanted:
        return user
    if "email" in wanted and "verified" not in changes:
        wanted["verified"] = False
    _check(replace(user, **wanted))
    if wanted.get("active") is False:
        wanted["not_before"] = engine.clock()
    row = actor.row(engine, event, user=user.id, fields=" ".join(sorted(wanted)))
    made = await engine.store.edit_user(user.id, wanted, [row])
    if "not_before" in wanted:
        engine.back_channel.wake()
    return made


async def set_password(engine: Engine, actor: Actor, user: User, password: str) -> User:
    """Give ``user`` a new password."""
    return await edit(engine, actor, user, await password_changes(engine, password), "user.password")


async def password_changes(engine: Engine, password: str) -> dict[str, Any]:
    """The changes that a new password means: it ends every login and every token made before it."""
    return {"password_hash": await hashed(engine, password), "not_before": engine.clock()}


async def remove(engine: Engine, actor: Actor, user: User) -> None:
    """Remove a user, their logins and the clients they own. Raises ``Missing`` and ``LastAdministrator``."""
    await engine.store.remove_user(user.id, [actor.row(engine, "user.remove", user=user.id)])
    engine.back_channel.wake()


async def hashed(engine: Engine, password: str) -> str:
    """What is kept of a new password. Raises ``OAuthError`` where it is too short or too long."""
    if not fits(engine, password):
        least = engine.config.password_min_length
        raise refused(f"a password has at least {least} characters and at most {LONGEST} bytes")
    return await engine.passwords.hash(password)


def fits(engine: Engine, password: str) -> bool:
    """Whether a new password is neither too short nor too long."""
    least = engine.config.password_min_length
    return len(password) >= least and len(password.encode("utf-8", "surrogatepass")) <= LONGEST


def _check(user: User) -> None:
    if not _EMAIL.fullmatch(user.email) or not user.email.isprintable() or len(user.email) > 254:
        raise refused("this is not an e-mail address (somebody@example.org)")
    check_text("a user's name", user.name)
    if fold(user.name).startswith(SERVICE_ACCOUNT):
        raise refused(f"a user's name: those that begin with {SERVICE_ACCOUNT} are for clients")
    if len(user.roles) > MOST or len(user.groups) > MOST:
        raise refused(f"at most {MOST} roles and {MOST} groups")
    for word in (*user.roles, *user.groups):
        check_group(word)
