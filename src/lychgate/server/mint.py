"""Minting: the one place where an access token is made (RFC 9068)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lychgate.oauth import access_token
from lychgate.oauth.error import OAuthError

from . import policy
from .model import Client, Family, Issuer, User
from .secrets import new_id
from .signing.signer import Signer

if TYPE_CHECKING:
    from .keys import Keys


@dataclass(slots=True, eq=False)
class Order:
    """What a token is to be made of. ``user`` is whom it acts for, ``subject`` its ``sub``; ``lifetime`` in seconds.

    ``known_as`` is what the client calls the user (their id, unless it has pairwise names).
    ``login`` is what it comes of, for a facade whose tokens tell of it; ``dress`` makes a facade's claims of ours, and
    ``identify`` those of its ID token; ``typ`` is its header's where it is not the usual one; ``chosen`` are the claims
    of ``choice_scope``, ``cnf`` what the token is bound to, ``act`` who acts for the subject; it ends by ``ends``
    (epoch seconds) at the latest.
    """

    issuer: Issuer
    client: Client
    subject: str
    user: User | None
    scope: Sequence[str]
    audience: Sequence[str]
    alg: str
    lifetime: int
    known_as: str | None = None
    roles: Sequence[str] = ()
    family: str | None = None
    login: Family | None = None
    typ: str | None = None
    cnf: Mapping[str, str] | None = None
    dress: Dress | None = None
    identify: Dress | None = None
    chosen: Mapping[str, Any] = field(default_factory=dict)
    act: Mapping[str, Any] | None = None
    ends: float | None = None
    jti: str = field(default_factory=new_id)


Dress = Callable[[Order, dict[str, Any]], dict[str, Any]]


@dataclass(slots=True, eq=False)
class Minted:
    """A token; ``issued_at`` and ``expires_at`` in epoch seconds."""

    text: str = field(repr=False)
    jti: str
    issued_at: int
    expires_at: int


def claims_of(order: Order, issued_at: int) -> dict[str, Any]:
    """The claims; ``groups`` and ``roles`` are there whenever the token acts for a person."""
    user, person = order.user, {}
    if user is not None:
        roles = [*user.roles, *(role for role in order.roles if role not in user.roles)]
        person = {"groups": list(user.groups), "roles": roles, **order.chosen}
    made = access_token.claims(
        issuer=order.issuer.url,
        subject=order.subject,
        client_id=order.client.id,
        audience=order.audience,
        now=issued_at,
        lifetime=order.lifetime,
        jti=order.jti,
        scope=order.scope,
        user_id=order.known_as,
        fam=order.family,
        cnf=order.cnf,
        act=order.act,
        **person,
    )
    return made if order.dress is None else order.dress(order, made)


async def mint(keys: Keys, order: Order, now: int) -> Minted:
    """The token, signed; ``now`` in ms."""
    issued_at = policy.issued_at(now, order.client, order.user)
    signer = keys.pick(order.issuer.id, order.alg)
    if not isinstance(signer, Signer):
        signer = await signer
    if order.ends is not None:
        order.lifetime = min(order.lifetime, int(order.ends) - issued_at)
        if order.lifetime < 1:
            raise OAuthError("invalid_request", "the token that this one is for has ended")
    claims = claims_of(order, issued_at)
    if issued_at * 1000 > now:
        claims[policy.AHEAD] = now
    text = await signer.sign(claims, order.typ)
    return Minted(text, order.jti, issued_at, issued_at + order.lifetime)
