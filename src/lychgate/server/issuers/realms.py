"""Realms: issuers of this server besides the main one. Users are shared; clients, keys, tokens and codes are not.

A realm ``R`` is the issuer ``MAIN/realms/R``, and answers at ``MAIN/auth/realms/R`` as well, as an issuer of that
name: a program that builds its addresses from either is told of that one throughout.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from lychgate.server.actor import Actor
from lychgate.server.engine import Engine
from lychgate.server.keys import new_key
from lychgate.server.model import Issuer
from lychgate.server.programs.registration import check_group, check_text, check_uri, refused
from lychgate.server.secrets import new_id
from lychgate.server.signing.signer import Signer
from lychgate.server.stores.store import Missing, Occupied, Taken

PLACES = ("/realms/", "/auth/realms/")  # the first is the one that the database knows
ALG = "RS256"  # what Keycloak's clients read, unless another is chosen
SCOPES = ("profile", "email")  # what every login has in a fresh realm of Keycloak
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def url_of(main: str, realm: str, place: str = PLACES[0]) -> str:
    """The issuer's URL of a realm; ``main`` is that of the main issuer."""
    return main.rstrip("/") + place + realm


async def add(engine: Engine, actor: Actor, name: str, settings: Mapping[str, Any]) -> Issuer:
    """A new realm with a signing key of its own.

    ``settings`` are those of ``Issuer``: ``audiences``, ``default_roles``, ``default_scopes``, ``display_name``, and
    ``alg``.
    Raises ``OAuthError`` for what does not fit, ``Taken`` where there is a realm of this name.
    """
    _check(name, settings)
    alg = settings.get("alg", ALG)
    wanted = {"alg": alg, "default_scopes": list(SCOPES)} | dict(settings)
    realm = Issuer(new_id(), url_of(engine.issuer.url, name), name, wanted)
    if any(known.realm == name for known in await engine.store.issuers()):
        raise Taken(f"there is a realm {name} already", "name")
    now = engine.clock()
    key = await asyncio.to_thread(partial(new_key, engine.master, realm.id, alg, now, now))
    await engine.store.add_issuer(realm, key, [actor.row(engine, "realm.add", issuer=realm.id)])
    return realm


async def edit(engine: Engine, actor: Actor, realm: Issuer, changes: Mapping[str, Any]) -> Issuer:
    """Set some of a realm's settings, None to take one away. Raises ``OAuthError`` for what does not fit, ``Missing``.

    A key for a new algorithm is published before the first token is signed with it.
    """
    _check(realm.realm, {name: value for name, value in changes.items() if value is not None})
    if changes.get("alg"):
        signer = engine.keys.pick(realm.id, changes["alg"])
        if not isinstance(signer, Signer):
            await signer
    row = actor.row(engine, "realm.edit", issuer=realm.id, fields=" ".join(sorted(changes)))
    return await engine.store.edit_issuer(realm.id, changes, [row])


async def remove(engine: Engine, actor: Actor, realm: Issuer, with_clients: bool) -> None:
    """Remove a realm for good, with its keys: no token of it is accepted any more.

    Raises ``Missing``, and ``Occupied`` where it has clients and they are not to go ``with_clients``.
    """
    row = actor.row(engine, "realm.remove", issuer=realm.id)
    row = replace(row, detail={**row.detail, "realm": realm.realm})  # nothing else says what that id was
    try:
        await engine.store.remove_issuer(realm.id, with_clients, [row])
    except Occupied as error:
        raise Occupied(f"the realm {realm.realm} stays: {error}") from None


async def find(engine: Engine, name: str) -> Issuer:
    """The realm ``name``. Raises ``Missing``."""
    for issuer in await engine.store.issuers():
        if issuer.realm == name != "":
            return issuer
    raise Missing(f"there is no realm {name[:100]!r}; add it with: lychgate realm add NAME")


def _check(name: str, settings: Mapping[str, Any]) -> None:
    if not _NAME.fullmatch(name):
        raise refused("a realm's name: a letter or digit, then at most 99 letters, digits, dots, dashes or underscores")
    for uri in settings.get("audiences", ()):
        check_uri(uri)
    for role in settings.get("default_roles", ()):
        check_group(role)
    if "display_name" in settings:
        check_text("a realm's display name", settings["display_name"])
