"""Clients: registered, edited, given new secrets, for the command line and the JSON API alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lychgate.oauth.device import GRANT as DEVICE
from lychgate.oauth.jwt_bearer import GRANT as JWT_BEARER
from lychgate.oauth.token_exchange import GRANT as TOKEN_EXCHANGE
from lychgate.server.actor import Actor
from lychgate.server.engine import Engine
from lychgate.server.grants import GRANTS
from lychgate.server.model import Client, ClientSecret
from lychgate.server.people.login_model import RegistrationToken
from lychgate.server.secrets import digest, new_id, new_secret
from lychgate.server.signing.id_token import alg_of
from lychgate.server.signing.signer import Signer
from lychgate.server.stores.store import Missing

from .client_keys import purpose
from .openid_metadata import check_sector
from .registration import SECRET_METHODS, Rules, check_client, refused

KEEP = 86_400  # seconds that an old secret stays good after a rotation, unless another time is asked for
LONGEST_KEEP = 30 * 86_400
PERSONAL = frozenset({"authorization_code", DEVICE})  # grants by which a person lets a program know who they are
LOGINLESS = frozenset({"client_credentials", "refresh_token", JWT_BEARER, TOKEN_EXCHANGE})  # grants that start no login


@dataclass(frozen=True, slots=True)
class Made:
    """A client, and its new secret in clear where there is one: the only time that it can be read.

    ``old_not_after`` is when the secrets before it end, in ms; None where there were none.
    """

    client: Client
    secret: str | None = field(default=None, repr=False)
    old_not_after: int | None = None


def rules(engine: Engine) -> Rules:
    """What this server allows at registration."""
    logins = frozenset(GRANTS) - LOGINLESS
    return Rules(frozenset(GRANTS), logins, engine.config.longest_lifetime, engine.fetcher)


async def find(engine: Engine, id: str, issuer: str | None = None) -> Client:
    """The client with this id, of the main issuer unless another is named. Raises ``Missing``."""
    printable = id.isprintable() and 0 < len(id) <= 255
    found = await engine.store.client(issuer or engine.issuer.id, id) if printable else None
    if found is None:
        raise Missing(f"there is no client {id[:100] if printable else ''}".rstrip())
    return found


def extended(known: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """``Client.extra`` with ``changes`` in it: None takes one away."""
    return {name: value for name, value in {**known, **changes}.items() if value is not None}


async def add(engine: Engine, actor: Actor, client: Client) -> Made:
    """Register ``client``, with a new secret where one of its methods needs it.

    Raises ``OAuthError`` for what does not fit, ``Taken`` where the id is in use.
    """
    check_client(client, rules(engine))
    await check_sector(engine, client)
    if client.owner is not None and await engine.store.user(client.owner) is None:
        raise refused("there is no such user to own the client")
    secret = new_secret() if client.methods & SECRET_METHODS else None
    kept = (_keep(engine, client, secret),) if secret else ()
    row = actor.row(engine, "client.add", client=client.id, user=client.owner, issuer=client.issuer)
    made = await engine.store.add_client(replace(client, secrets=kept, created_at=engine.clock()), [row])
    await _publish_key(engine, made)
    return Made(made, secret)


async def edit(
    engine: Engine, actor: Actor, client: Client, changes: Mapping[str, Any], event: str = "client.edit"
) -> Made:
    """Set fields of ``client`` by name; a first secret is made where it now needs one.

    A secret made before client_secret_jwt was among the methods does not serve for it: the next rotation does.
    """
    wanted = {name: value for name, value in changes.items() if value != getattr(client, name)}
    if not wanted:
        return Made(client)
    if wanted.keys() != {"active"}:
        _refuse_builtin(client)
    edited = replace(client, **wanted)
    check_client(edited, rules(engine))
    if "redirect_uris" in wanted or "extra" in wanted:
        await check_sector(engine, edited)
    if wanted.get("active") is False:
        wanted["not_before"] = engine.clock()
    row = actor.row(engine, event, client=client.id, fields=" ".join(sorted(wanted)), issuer=client.issuer)
    changed = await engine.store.edit_client(client.issuer, client.id, wanted, [row])
    await _publish_key(engine, changed)
    if changed.methods & SECRET_METHODS and not changed.secrets:
        return await rotate(engine, actor, changed, 0)
    return Made(changed)


async def rotate(engine: Engine, actor: Actor, client: Client, keep: int = KEEP, id: str = "") -> Made:
    """A new secret; those before it stay good for ``keep`` seconds. ``id`` is that of the secret, a new one if empty.

    Raises ``OAuthError`` where it has no secret.
    """
    if not client.methods & SECRET_METHODS:
        raise refused(f"client {client.id} authenticates without a secret, so there is none to rotate")
    if not 0 <= keep <= LONGEST_KEEP:
        raise refused(f"an old secret is kept for 0 to {LONGEST_KEEP} seconds")
    secret, end = new_secret(), engine.clock() + 1000 * keep
    row = actor.row(engine, "client.rotate", client=client.id, issuer=client.issuer)
    changed = await engine.store.rotate_secret(client.issuer, client.id, _keep(engine, client, secret, id), end, [row])
    return Made(changed, secret, end if client.secrets else None)


async def remove(engine: Engine, actor: Actor, client: Client) -> None:
    """Remove a client and its logins; its tokens are dead at once. Raises ``Missing``."""
    _refuse_builtin(client)
    row = actor.row(engine, "client.remove", client=client.id, issuer=client.issuer)
    await engine.store.remove_client(client.issuer, client.id, [row])


async def let_register(engine: Engine, actor: Actor, issuer: str, uses: int, lasting: int) -> str:
    """An initial access token (RFC 7591 3): lets its holder register ``uses`` clients within ``lasting`` seconds."""
    token, now = new_secret(), engine.clock()
    kept = RegistrationToken(digest(token), issuer, None, uses, now + 1000 * lasting, now, actor.by)
    row = actor.row(engine, "client.initial_token", issuer=issuer)
    await engine.store.add_registration_token(kept, [row])
    return token


async def letting_register(engine: Engine, issuer: str) -> list[RegistrationToken]:
    """The initial access tokens of an issuer that are good still, oldest first."""
    now = engine.clock()
    kept = [one for one in await engine.store.registration_tokens(issuer) if one.client is None and one.uses != 0]
    return [one for one in kept if one.expires_at is None or one.expires_at > now]


def token_id(token: RegistrationToken) -> str:
    """What an initial access token may be called by: it tells nothing of it."""
    return token.digest.hex()[:16]


async def let_register_no_more(engine: Engine, actor: Actor, issuer: str, id: str) -> None:
    """Remove an initial access token, named by ``token_id``. Raises ``Missing``."""
    for token in await letting_register(engine, issuer):
        if token_id(token) == id:
            row = actor.row(engine, "client.initial_token.remove", issuer=issuer)
            await engine.store.remove_registration_token(token.digest, [row])
            return
    raise Missing("there is no such initial access token; see: lychgate client initial-token list")


def _refuse_builtin(client: Client) -> None:
    if "facade" in client.extra:
        raise refused(f"client {client.id} belongs to the server itself: it can be disabled, and no more")


async def _publish_key(engine: Engine, client: Client) -> None:
    """Have the keys of the client's ID tokens and userinfo published before they sign: the JWKS is read early."""
    if client.grants.isdisjoint(PERSONAL):
        return
    algs = {alg_of(client), client.extra.get("userinfo_signed_response_alg")}
    for alg in sorted(filter(None, algs)):
        signer = engine.keys.pick(client.issuer, alg)
        if not isinstance(signer, Signer):
            await signer


def _keep(engine: Engine, client: Client, secret: str, id: str = "") -> ClientSecret:
    """What is kept of a secret: its digest, and a sealed copy where assertions are verified with it."""
    sealed = engine.master.seal(secret.encode(), purpose(client.id)) if "client_secret_jwt" in client.methods else None
    return ClientSecret(id or new_id(), digest(secret), sealed, None, engine.clock())
