"""What ``lychgate login WHAT`` is about: a profile that is there, or a new one for an issuer."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from lychgate.client import profile
from lychgate.client.profile import Profile
from lychgate.issuer import registration
from lychgate.issuer.discovery import discover
from lychgate.issuer.endpoint import offered
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.world.panel import host_of
from lychgate.world.profiles import open_profile, profile_names, profile_table, save_profile

from .holding import usual_profile

OPENID = ("openid", "profile", "email")
OWN = ("user", "account")  # keys of a profile that are one person's


@dataclass(frozen=True)
class Target:
    """``table`` is the profile as it is to be kept; ``changed`` says whether it is not kept like that yet."""

    name: str
    table: dict[str, Any]
    changed: bool

    def open(self) -> Profile:
        """The profile, built. Raises ``ConfigError``."""
        if not self.changed:
            return open_profile(self.name)
        import tomli_w

        return profile.parse(tomli_w.dumps({"profile": {self.name: self.table}}), "the new profile", self.name)

    def keep(self) -> None:
        if self.changed:
            save_profile(self.name, self.table)


def target(what: str | None, name: str | None, options: Mapping[str, Any]) -> Target:
    """``what`` as it was typed, ``name`` for the profile, and the ``options`` that were given.

    Raises ``click.UsageError`` for a profile that is another issuer's.
    """
    if what is None or "://" not in what:
        found = what or usual_profile()
        table = profile_table(found)
        if not table:
            open_profile(found)  # which says what is wrong
        return _with(found, table, options)
    chosen = name or _of_issuer(what, options.get("client_id")) or host_of(what)
    table = profile_table(chosen)
    if table and table.get("issuer") != what:
        raise click.UsageError(f'there is a profile "{chosen}" for something else; name another with --profile')
    new = {"source": "authorization_code", "issuer": what}
    return _with(chosen, table or new, options, fresh=not table)


def beside(what: str | None, name: str | None, options: Mapping[str, Any]) -> Target:
    """A profile of its own for another account at an issuer, or of a profile: like the one that is there, if any.

    Raises ``click.UsageError`` for a name that is something else's, or a profile that is no login by a person.
    """
    other = what if what is None or "://" not in what else _of_issuer(what, options.get("client_id"))
    like = profile_table(other or usual_profile()) if other or what is None else {"issuer": what}
    if what is not None and other == what and not like:
        open_profile(what)  # which says what is wrong
    like = {"source": "authorization_code", **{key: value for key, value in like.items() if key not in OWN}}
    if "preset" in like or like["source"] not in ("authorization_code", "device_code"):
        raise click.UsageError(f'"{other}" is no login by a person, so there is no other account of it')
    chosen = name or str(options["account"])
    table = profile_table(chosen)
    if table and (table.get("issuer"), table.get("account")) != (like.get("issuer"), options["account"]):
        raise click.UsageError(f'there is a profile "{chosen}" for something else; name another with --profile')
    return _with(chosen, table or like, options, fresh=not table)


def issuer_is_known(issuer: str) -> bool:
    """Whether some profile has this issuer: then nobody needs to be asked what it is."""
    return bool(_at(issuer))


def _with(name: str, table: dict[str, Any], options: Mapping[str, Any], fresh: bool = False) -> Target:
    made = {**table, **{key: value for key, value in options.items() if value not in (None, (), [])}}
    return Target(name, made, fresh or made != table)


def _of_issuer(issuer: str, client_id: str | None) -> str | None:
    """The profile by which a person logs in at this issuer, by this client where one is named."""
    for name, table in _at(issuer):
        if _personal(table) and client_id in (None, table.get("client_id")):
            return name
    return None


def _at(issuer: str) -> list[tuple[str, dict[str, Any]]]:
    tables = [(name, profile_table(name)) for name in profile_names()]
    return [(name, table) for name, table in tables if table.get("issuer") == issuer]


def _personal(table: Mapping[str, Any]) -> bool:
    """Whether a person logs in by it: a robot's profile at the same issuer is nobody's login."""
    return table.get("source") in ("authorization_code", "device_code", "registered")


def completed(given: Target) -> Flow[Target]:
    """With a client id, and a scope that lets the issuer say who logs in, where the person named neither.

    Raises ``ConfigError`` where the issuer registers no programs by themselves, and what the calls raise.
    """
    table = dict(given.table)
    if table.get("source") != "authorization_code":
        return given
    lax = bool(table.get("allow_insecure"))
    document = yield from discover(str(table["issuer"]), allow_insecure=lax)
    if not table.get("client_id"):
        made = yield from _registered(document, table, lax)
        table["client_id"] = made.client_id
        if made.scope and not table.get("scope"):
            table["scope"] = list(made.scope)
    supported = document.get("scopes_supported")
    if not table.get("scope") and isinstance(supported, list):
        table["scope"] = [scope for scope in OPENID if scope in supported]
    return Target(given.name, table, given.changed or table != given.table)


def _registered(document: Mapping[str, Any], table: Mapping[str, Any], lax: bool) -> Flow[registration.Registration]:
    if not offered(document, registration.ENDPOINT):
        raise ConfigError(
            f"{document['issuer']} does not let programs register themselves; ask its administrator for a client id "
            "for programs on people's machines, and give it with --client-id",
            field="client_id",
        )
    port = table.get("redirect_port", 8888)
    uri = f"http://127.0.0.1:{port}" if port else "http://127.0.0.1"
    asked = registration.native_app(document, f"Lychgate on {platform.node() or 'a machine'}", [uri])
    return (yield from registration.register(document, asked, allow_insecure=lax))
