"""Whom an issuer of this server trusts besides itself, as its operator says: other authorization servers, whose tokens
may be exchanged for ours (RFC 8693, RFC 7523), and trusted services, which speak for people at the UNICORE facade.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from lychgate.oauth import jose
from lychgate.server.actor import Actor
from lychgate.server.engine import Engine
from lychgate.server.fetcher import NotFetched
from lychgate.server.model import AuditRow, Issuer
from lychgate.server.programs.client_keys import read_set
from lychgate.server.programs.registration import MOST, check_uri, refused
from lychgate.server.secrets import new_id
from lychgate.server.stores.store import Missing

from . import certificates, distinguished
from .trust_model import BY, ISSUER, SERVICE, Trust

DISCOVERY = "/.well-known/openid-configuration"


async def add_issuer(
    engine: Engine,
    actor: Actor,
    issuer: Issuer,
    url: str,
    *,
    jwks: str | None = None,
    jwks_uri: str | None = None,
    algs: Sequence[str] = (),
    audiences: Sequence[str] = (),
    clients: Sequence[str] = (),
    subject: str = "sub",
) -> Trust:
    """Have ``issuer`` (one of ours) trust the authorization server ``url``; the rest is as in ``Trust``.

    Without keys they are those that it names itself; a realm of this server needs none. Raises ``OAuthError`` for what
    does not fit, ``NotFetched`` where its keys cannot be read, ``Taken`` where it is trusted already.
    """
    made = Trust(
        new_id(), issuer.id, ISSUER, url, url, jwks, jwks_uri, None, tuple(algs), tuple(audiences), tuple(clients),
        subject, None, engine.clock(),
    )  # fmt: skip
    _check_issuer(engine, issuer, made)
    if jwks is not None:
        _check_set(jwks)
    elif ours(engine, url) is None:
        made = replace(made, jwks_uri=jwks_uri or await _named(engine, url))
        _check_set(await engine.fetcher.get(made.jwks_uri or ""))
    await engine.store.add_trust(made, [_row(engine, actor, "trust.add", made)])
    return made


async def add_service(engine: Engine, actor: Actor, issuer: Issuer, name: str, pem: str) -> Trust:
    """Have ``issuer`` trust the service with this distinguished name, by its certificate or public key (PEM).

    Raises ``OAuthError`` for what does not fit, ``Taken`` where the name is trusted already.
    """
    try:
        key = distinguished.canonical(name)
    except ValueError as error:
        raise refused(str(error)) from None
    found = certificates.read(pem)
    if found.subject not in (None, key):
        raise refused("the certificate is of another name: give the name that its subject is, in the same order")
    now = engine.clock()
    if found.expires_at is not None and found.expires_at <= now:
        raise refused("the certificate has expired")
    made = Trust(
        new_id(), issuer.id, SERVICE, name, key, certificate=found.pem, expires_at=found.expires_at, created_at=now
    )
    await engine.store.add_trust(made, [_row(engine, actor, "trust.add", made)])
    return made


async def find(engine: Engine, issuer: Issuer, name: str) -> Trust:
    """The row with this id, URL or distinguished name. Raises ``Missing``."""
    try:
        key = distinguished.canonical(name)
    except ValueError:
        key = name
    for trust in await engine.store.trusts(issuer.id):
        if name == trust.id or (key if trust.kind == SERVICE else name) == trust.key:
            return trust
    raise Missing("nothing of this name is trusted; see: lychgate trust list")


async def remove(engine: Engine, actor: Actor, trust: Trust) -> None:
    """Trust it no more, from the next request on. Raises ``Missing``."""
    if not await engine.store.remove_trust(trust.id, [_row(engine, actor, "trust.remove", trust)]):
        raise Missing(f"{trust.name} is trusted no more already")


async def service(engine: Engine, issuer: Issuer, name: object) -> tuple[Trust, jose.Key] | None:
    """The trusted service with this distinguished name, and the key by which it signs; None where there is none, or
    its certificate has ended. ``name`` may be what a token says, whatever that is."""
    try:
        key = distinguished.canonical(name) if isinstance(name, str) else None
    except ValueError:
        return None
    found = await engine.store.trusted(issuer.id, SERVICE, key) if key else None
    if found is None or (found.expires_at is not None and found.expires_at <= engine.clock()):
        return None
    return found, certificates.key(found.certificate or "")


def ours(engine: Engine, url: str) -> Issuer | None:
    """The issuer of this server that has this URL, None where it is somebody else's."""
    return next((one for one in engine.authority.issuers.values() if one.url == url), None)


def _check_issuer(engine: Engine, issuer: Issuer, trust: Trust) -> None:
    check_uri(trust.name)
    if urlsplit(trust.name).scheme not in ("https", "http"):
        raise refused("an issuer is named by its URL, https://auth.example.org")
    if trust.name == issuer.url:
        raise refused("an issuer trusts itself as it is")
    if trust.jwks is not None and trust.jwks_uri is not None:
        raise refused("give its keys by jwks or by jwks_uri, not by both")
    if not set(trust.algs) <= set(jose.ASYMMETRIC):
        raise refused(f"algorithms: of {', '.join(jose.ASYMMETRIC)}")
    if trust.subject not in BY:
        raise refused(f"subject: one of {', '.join(BY)}")
    if any(len(many) > MOST for many in (trust.audiences, trust.clients)):
        raise refused(f"audiences and clients: at most {MOST} each")


def _check_set(text: str | bytes) -> None:
    try:
        found = read_set(text)
    except (ValueError, RecursionError) as error:
        raise refused(f"its keys: {error if type(error) is ValueError else 'not JSON'}") from None
    if not found:
        raise refused("its keys: none that can be used here (EC, RSA of 2048 bits or more, Ed25519)")


async def _named(engine: Engine, url: str) -> str:
    """Where an issuer says that its keys are (OpenID Connect Discovery 4)."""
    try:
        found = json.loads(await engine.fetcher.get(url.rstrip("/") + DISCOVERY))
    except (NotFetched, ValueError) as error:
        why = str(error) if isinstance(error, NotFetched) else "its discovery document is not JSON"
        raise refused(f"where its keys are cannot be read ({why}): give them with --jwks or --jwks-uri") from None
    if not isinstance(found, dict) or found.get("issuer") != url or not isinstance(found.get("jwks_uri"), str):
        raise refused("its discovery document is of another issuer, or names no jwks_uri")
    return str(found["jwks_uri"])


def _row(engine: Engine, actor: Actor, event: str, trust: Trust) -> AuditRow:
    row = actor.row(engine, event, issuer=trust.issuer)
    return replace(row, detail={**row.detail, "trusted": trust.name})
