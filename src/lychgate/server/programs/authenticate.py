"""Authenticating clients at the endpoints that they call themselves (RFC 6749 2.3, RFC 7523 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lychgate.oauth import client_auth, jose
from lychgate.oauth.client_auth import Presented
from lychgate.oauth.error import OAuthError
from lychgate.server.bound.client_certificates import ISSUED, METHODS, SELF_SIGNED, require_known
from lychgate.server.engine import Engine
from lychgate.server.fetcher import NotFetched
from lychgate.server.model import Client, Issuer
from lychgate.server.secrets import matching

from . import fapi

LONGEST_ID = 255


async def authenticate(
    engine: Engine,
    issuer: Issuer,
    authorization: str | None,
    fields: Mapping[str, str],
    certificate: bytes | None = None,
) -> tuple[Client, str]:
    """The client that sent a request, and the method by which it proved it (``none`` for a public one).

    ``certificate`` is the one that came with the connection, in DER.

    Raises ``OAuthError`` invalid_client, with a challenge where Basic was tried.
    """
    proved = engine.proofs.client(issuer, authorization, fields)
    if proved is not None:
        engine.meter.client(proved.id)
        return proved, "client_secret_basic"
    try:
        presented = client_auth.read(authorization, fields)
        if presented is None:
            raise OAuthError("invalid_client", "no client authentication")
        client, method = await _heard(engine, issuer, presented, certificate)
        if presented.method == "client_secret_basic" and authorization is not None:
            engine.proofs.keep(issuer, authorization, client, str(presented.secret))
        engine.meter.client(client.id)
        return client, method
    except OAuthError as error:
        if error.error == "invalid_client" and authorization is not None:
            error.headers["WWW-Authenticate"] = f'Basic realm="{issuer.url}", charset="UTF-8"'
        raise


async def _heard(engine: Engine, issuer: Issuer, presented: Presented, certificate: bytes | None) -> tuple[Client, str]:
    """As ``_proved``; who would be refused by what is in memory is looked at again by what was changed a moment ago.

    So a new secret is good from the moment it was shown, on every worker. Callers at the same time share that read.
    """
    held = engine.authority.peek_client(issuer.id, presented.client_id)
    client = held or await _known(engine, issuer, presented.client_id)
    try:
        return await _proved(engine, issuer, client, presented, certificate)
    except OAuthError:
        if held is None:
            raise
        await engine.catch_up()
        fresh = await _known(engine, issuer, presented.client_id)
        if fresh is held:
            raise
    return await _proved(engine, issuer, fresh, presented, certificate)


async def _proved(
    engine: Engine, issuer: Issuer, client: Client | None, presented: Presented, certificate: bytes | None
) -> tuple[Client, str]:
    if client is None or not client.active:
        raise OAuthError("invalid_client", "this client is unknown or disabled")
    if presented.method == "none" and not client.methods.isdisjoint(METHODS):
        return client, await _certified(engine, client, certificate)
    if presented.method not in client.methods:
        raise OAuthError("invalid_client", f"this client is not registered for {presented.method}")
    if presented.assertion is not None:
        await _assertion(engine, issuer, client, presented)
    elif presented.secret is not None and matching(presented.secret, client.secrets, engine.clock()) is None:
        raise OAuthError("invalid_client", "wrong client secret")
    return client, presented.method


async def _certified(engine: Engine, client: Client, certificate: bytes | None) -> str:
    """The method of RFC 8705 2 by which ``certificate`` proves that it is ``client``."""
    if certificate is None:
        raise OAuthError(
            "invalid_client", "this client proves itself by its certificate, and none came with the request"
        )
    if SELF_SIGNED not in client.methods:
        engine.certificates.require_name(client, certificate, engine.clock())
        return ISSUED
    try:
        require_known(await engine.client_keys.public(client, None), certificate)
    except (ValueError, NotFetched):
        raise OAuthError("invalid_client", "the client's keys cannot be read") from None
    return SELF_SIGNED


async def without_authentication(engine: Engine, issuer: Issuer, id: str) -> Client:
    """A built-in public client that nobody names. Raises ``OAuthError`` unauthorized_client where it was taken away."""
    client = await _known(engine, issuer, id)
    if client is None or not client.active:
        raise OAuthError("unauthorized_client", "this grant is switched off here")
    engine.meter.client(client.id)
    return client


async def _known(engine: Engine, issuer: Issuer, id: str) -> Client | None:
    found = engine.authority.peek_client(issuer.id, id)
    if found is not None or len(id) > LONGEST_ID or not id.isprintable():
        return found
    return await engine.authority.client(issuer.id, id)


async def _assertion(engine: Engine, issuer: Issuer, client: Client, presented: Presented) -> None:
    """Verify an assertion and use up its ``jti``, once on all nodes."""
    now = engine.clock()
    header, claims = await _verified(engine, client, presented, now)
    audiences = (issuer.url,) if fapi.holds(client) else engine.assertion_audiences(issuer)  # 5.3.2.1 of the profile
    jti = client_auth.require(header, claims, audiences, now / 1000)
    ends = int(claims["exp"] + client_auth.LEEWAY + 1) * 1000
    if not await engine.store.spend_jti(issuer.id, client.id, jti, ends):
        raise OAuthError("invalid_client", "client_assertion: its jti was used before")


async def _verified(
    engine: Engine, client: Client, presented: Presented, now: int
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    assert presented.assertion is not None
    shared = presented.method == "client_secret_jwt"
    try:
        header, _ = jose.peek(presented.assertion)
        keys = (
            engine.client_keys.shared(client, now)
            if shared
            else await engine.client_keys.public(client, header.get("kid"))
        )
        return jose.verify(presented.assertion, keys, _algs(client, shared))
    except (ValueError, NotFetched) as error:
        why = str(error) if isinstance(error, (jose.BadJwt, NotFetched)) else "the client's keys cannot be read"
        raise OAuthError("invalid_client", f"client_assertion: {why}") from None


def _algs(client: Client, shared: bool) -> tuple[str, ...]:
    """What the client's assertions may be signed with: what it registered, else all of the kind."""
    registered = client.extra.get("token_endpoint_auth_signing_alg")
    every = jose.SYMMETRIC if shared else fapi.accepted(client) or jose.ASYMMETRIC
    return tuple(alg for alg in every if registered in (None, alg))
