"""Tokens and assertions that a client hands over for one of ours (RFC 8693 2.1, RFC 7523 2.1), and whom they show.

Ours are read as anywhere; those of another issuer, a realm of this server too, only where the operator trusts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lychgate.oauth import access_token, jose, jwt_bearer
from lychgate.oauth import scope as scopes
from lychgate.oauth.access_token import NotAccepted
from lychgate.oauth.error import OAuthError
from lychgate.oauth.token_exchange import ACCESS_TOKEN, ID_TOKEN, JWT
from lychgate.server import policy
from lychgate.server.fetcher import NotFetched
from lychgate.server.secrets import fold
from lychgate.server.signing.hint import read_hint

from . import trust
from .trust_model import ISSUER, Trust

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.grants.grant import Request
    from lychgate.server.model import User

_TYPES = (None, "jwt", *access_token.TYPES)  # of the header: a logout token or a proof says something else
_KINDS = (None, "Bearer", "ID")  # of the payload, where an issuer as Keycloak tells its tokens apart there
LONGEST_SUBJECT = 255
LEEWAY = 30  # seconds that another issuer's clock may differ


@dataclass(frozen=True, slots=True)
class Shown:
    """Whom a token shows: ``subject`` is the ``sub`` that one of ours for them has, ``user`` whom it acts for.

    ``claims`` are verified. ``scope`` is the widest that may come of it (None: it says nothing of it); ``ends`` its end
    in epoch seconds; ``family`` is the login of ours that it came of, ``given_at`` when it was given, in ms, where that
    must be later than what ended the user's logins; ``reaches`` whether it is for this issuer's own endpoints.
    """

    subject: str
    user: User | None
    claims: Mapping[str, Any]
    ends: float
    scope: tuple[str, ...] | None = None
    family: str | None = None
    given_at: int | None = None
    reaches: bool = False


async def token(engine: Engine, request: Request, what: str) -> Shown:
    """The ``subject_token`` or the ``actor_token`` (``what`` is the first word) of an exchange.

    Raises ``OAuthError`` invalid_request (RFC 8693 2.2.2), or what the policy says of its user.
    """
    text, kind = request.form.get(f"{what}_token"), request.form.get(f"{what}_token_type")
    if text is None or kind is None:
        raise OAuthError("invalid_request", f"{what}_token and {what}_token_type go together")
    if kind not in (ACCESS_TOKEN, ID_TOKEN, JWT):
        raise OAuthError("invalid_request", f"{what}_token_type must be {ACCESS_TOKEN}, {ID_TOKEN} or {JWT}")
    try:
        _, claims = jose.peek(text)
        if claims.get("iss") != request.issuer.url:
            return await _foreign(engine, request, text, claims.get("iss"))
        return await (_login if kind == ID_TOKEN else _own)(engine, request, text)
    except (jose.BadJwt, NotAccepted) as error:
        raise OAuthError("invalid_request", f"{what}_token is not accepted: {error}") from None


async def assertion(engine: Engine, request: Request, text: str) -> Shown:
    """The assertion of an issuer that is trusted; its ``jti`` is used up. Raises ``OAuthError`` invalid_grant."""
    try:
        header, claims = jose.peek(text)
        by = await _trusted(engine, request, claims.get("iss"))
        header, claims = await _verified(engine, by, text)
        jti = jwt_bearer.require(header, claims, engine.assertion_audiences(request.issuer), request.now / 1000)
        shown = await _mapped(engine, request, by, claims)
    except (jose.BadJwt, NotAccepted) as error:
        raise OAuthError("invalid_grant", f"assertion is not accepted: {error}") from None
    ends = int(claims["exp"] + LEEWAY + 1) * 1000
    if not await engine.store.spend_jti(request.issuer.id, f"trust {by.id}", jti, ends):
        raise OAuthError("invalid_grant", "assertion: its jti was used before")
    return shown


async def _own(engine: Engine, request: Request, text: str) -> Shown:
    """An access token of the same issuer, which is for the client that hands it over, or is its own."""
    claims = await engine.tokens.verified(text, request.issuer)
    if not policy.is_for(request.client, claims):
        raise NotAccepted("it is neither this client's own nor for what it serves")
    id = engine.authority.acts_for(request.issuer.id, claims)
    user = await engine.authority.user(id) if id else None
    await _alive(engine, request, request.issuer.id, claims, user)
    person = user is not None and claims["sub"] == claims.get("user_id")
    subject = user.id if user is not None and person else str(claims["sub"])
    scope, here = scopes.parse(claims.get("scope", "")), request.issuer.url in claims["aud"]
    return Shown(subject, user, claims, claims["exp"], scope, claims.get("fam"), reaches=here)


async def _alive(engine: Engine, request: Request, issuer: str, claims: Mapping[str, Any], user: User | None) -> None:
    if await engine.authority.is_live(issuer, claims):
        return
    policy.may_have_tokens(request.client, user, alone=False)  # which says it of a user who is disabled
    raise NotAccepted("it has been revoked")


async def _login(engine: Engine, request: Request, text: str) -> Shown:
    """An ID token for this client: good while the login lives that it came with, for what that may reach."""
    claims = await read_hint(engine, text, "subject_token")
    if claims["aud"] != request.client.id:
        raise NotAccepted("it is for another client")
    access_token.require_claims(claims, issuer=request.issuer.url, audience=(), now=request.now / 1000)
    id = engine.authority.acts_for(request.issuer.id, {"user_id": claims["sub"]})
    user = await engine.authority.user(id) if id else None
    if user is None:
        raise NotAccepted("its subject is no longer known")
    policy.may_have_tokens(request.client, user)
    ours = await engine.store.families(user.id, (request.issuer.id, request.client.id))
    living = [one for one in ours if one.revoked_at is None and one.expires_at > request.now]
    mine = [one for one in living if one.session == claims.get("sid")]
    if not mine:
        raise NotAccepted("the login that it came of has ended")
    family = max(mine, key=lambda one: one.created_at)
    here = request.issuer.url in family.audience
    return Shown(user.id, user, claims, claims["exp"], family.scope, family.id, family.created_at, here)


async def _foreign(engine: Engine, request: Request, text: str, iss: object) -> Shown:
    """A token of another issuer, meant for us or for what the operator named."""
    by = await _trusted(engine, request, iss)
    header, claims = await _verified(engine, by, text)
    typ = header.get("typ")
    if (typ.lower() if isinstance(typ, str) else typ) not in _TYPES or claims.get("typ") not in _KINDS:
        raise NotAccepted("this is no access token, ID token or plain JWT (its typ says otherwise)")
    audience = {*engine.assertion_audiences(request.issuer), *by.audiences}
    access_token.require_claims(claims, issuer=by.name, audience=audience, now=request.now / 1000, leeway=LEEWAY)
    return await _mapped(engine, request, by, claims)


async def _trusted(engine: Engine, request: Request, iss: object) -> Trust:
    found = await engine.store.trusted(request.issuer.id, ISSUER, iss) if isinstance(iss, str) else None
    if found is None or (found.clients and request.client.id not in found.clients):
        raise NotAccepted("its issuer is not trusted here")
    return found


async def _verified(engine: Engine, by: Trust, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    peeked = jose.peek(text)
    kid, ours = peeked[0].get("kid"), trust.ours(engine, by.name)
    if by.jwks is None and by.jwks_uri is None and ours is not None:
        own = await engine.keys.verifying(ours.id, kid)
        keys = [own] if own else []
    else:
        try:
            keys = [*await engine.client_keys.public(by, kid)]
        except (NotFetched, ValueError):
            why = "the keys of the issuer of this token cannot be read now"
            raise OAuthError("temporarily_unavailable", why, headers={"Retry-After": "5"}) from None
    return jose.verify(text, keys, by.algs or jose.ASYMMETRIC, peeked)


async def _mapped(engine: Engine, request: Request, by: Trust, claims: Mapping[str, Any]) -> Shown:
    sub = claims.get("sub")
    if not isinstance(sub, str) or not (0 < len(sub) <= LONGEST_SUBJECT and sub.isprintable()):
        raise NotAccepted("it has no sub")
    person = by.subject != "none" and sub not in (claims.get("client_id"), claims.get("azp"))
    user = await _user(engine, by, claims) if person else None
    if user is None and by.subject != "none":
        raise NotAccepted("its subject is no user here")
    ours = trust.ours(engine, by.name)
    if ours is not None and isinstance(claims.get("client_id"), str) and isinstance(claims.get("jti"), str):
        await _alive(engine, request, ours.id, claims, user)
    policy.may_have_tokens(request.client, user, alone=False)
    said, iat = claims.get("scope"), claims.get("iat")
    scope = scopes.parse(said) if isinstance(said, str) else None
    subject = user.id if user is not None else f"{by.name}#{sub}"  # no user's id and no client's looks like this
    family = claims.get("fam") if ours is not None else None
    return Shown(subject, user, claims, claims["exp"], scope, family, None if iat is None else int(iat * 1000))


async def _user(engine: Engine, by: Trust, claims: Mapping[str, Any]) -> User | None:
    name = claims.get({"email": "email", "name": "preferred_username"}.get(by.subject, "sub"))
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_SUBJECT:
        return None
    if by.subject == "sub" and (known := await engine.authority.user(_id(engine, by, name))):
        return known
    if by.subject == "email" and claims.get("email_verified") is not True:
        return None
    found = await engine.store.user_by_login(fold(name))
    field = {"email": "email", "name": "name"}.get(by.subject)
    return found if found is None or field is None or fold(getattr(found, field)) == fold(name) else None


def _id(engine: Engine, by: Trust, sub: str) -> str:
    """The id in a ``sub``: a realm of this server may know the person by a name for one client alone."""
    ours = trust.ours(engine, by.name)
    return (ours and engine.authority.acts_for(ours.id, {"user_id": sub})) or sub
