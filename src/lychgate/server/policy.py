"""Who may have what: the questions that every grant and every endpoint asks in the same words.

``may_have_tokens`` is the one answer to "may this principal still get tokens?". No grant decides it for itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from lychgate.oauth import scope as scopes
from lychgate.oauth.error import OAuthError

from .model import Client, Family, User
from .supercomputers.choice_scope import is_choice

# OpenID Connect Core 5.4, 11: any login may have them
STANDARD_SCOPES = ("openid", "profile", "email", "address", "phone", "offline_access")

# The claim, in ms, of a token that is dated ahead: a JWT's own times are whole seconds (RFC 7519 2)
AHEAD = "iat_ms"

# Slowed logins: failures of one folded name within the window, existing or not. Only failures slow anybody.
FREE_FAILURES = 10
FAILURE_WINDOW = 5 * 60_000  # ms
FIRST_BLOCK = 1_000  # ms; doubles with each failure after the free ones
LONGEST_BLOCK = 60_000  # ms


def block_for(failures: int) -> int:
    """For how many ms a name is slowed after so many failures within the window; 0 while they are free."""
    over = failures - FREE_FAILURES
    return 0 if over < 0 else min(LONGEST_BLOCK, FIRST_BLOCK << min(over, 10))


def may_have_tokens(
    client: Client,
    user: User | None,
    family: Family | None = None,
    given_at: int | None = None,
    *,
    alone: bool = True,
) -> None:
    """Whether ``client`` may get a token now that acts for ``user`` (the person, or the client's owner).

    ``family`` is the login that it would come from, where there is one; ``given_at`` (ms) is when the person allowed
    one that is about to begin; ``alone`` is whether the client acts for itself where there is no user. Raises
    ``OAuthError``: invalid_client for a client that is disabled, invalid_grant for a user that is disabled, not in the
    client's groups, or whose login is older than the time from which logins count.
    """
    if not client.active:
        raise OAuthError("invalid_client", "this client is disabled")
    if user is None:
        if client.owner is not None and alone:
            raise OAuthError("invalid_grant", "the owner of this client is no longer known")
        return
    if not user.active:
        raise OAuthError("invalid_grant", "the user is disabled")
    if client.groups and set(client.groups).isdisjoint(user.groups):
        raise OAuthError("invalid_grant", "the user is in none of the groups that may use this client")
    began = given_at if family is None else family.created_at
    if began is not None and began < max(user.not_before, client.not_before):
        raise OAuthError("invalid_grant", "this login has been ended")


def may_use_grant(client: Client, grant: str, facade: str = "") -> None:
    """Raises ``OAuthError`` unauthorized_client where the client is not registered for the grant.

    A client that belongs to a facade works nowhere else.
    """
    home = client.extra.get("facade", facade)
    if grant not in client.grants or home != facade:
        raise OAuthError("unauthorized_client", f"this client is not registered for {grant}")


def anybodys(scope: str) -> bool:
    """Whether any login may have ``scope``, whatever its client is registered for."""
    return scope in STANDARD_SCOPES or is_choice(scope)


def is_for(caller: Client, claims: Mapping[str, Any]) -> bool:
    """Whether an access token is the caller's own, or is for it or for what it serves (RFC 7662 4)."""
    audience = claims["aud"]
    return claims["client_id"] == caller.id or caller.id in audience or not set(caller.resources).isdisjoint(audience)


def login_scope(asked: tuple[str, ...], client: Client, usual: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What a login may reach of what was ``asked`` for (what is ``anybodys``, and the client's), and what is ``usual``.

    All that the client has where nothing was asked for. Raises ``OAuthError`` invalid_scope for any other.
    """
    own = tuple(one for one in asked if not anybodys(one))
    granted = scopes.narrow(own, client.scopes) if own or not asked else ()
    kept = {*granted, *usual, *(one for one in asked if anybodys(one))}
    return tuple(one for one in dict.fromkeys((*asked, *granted, *usual)) if one in kept)


def audience(
    client: Client,
    issuer: str,
    asked: Collection[str],
    beyond: Collection[str] = (),
    granted: tuple[str, ...] | None = None,
) -> tuple[str, ...]:
    """What a token is for: the issuer and the client's audiences, or those of them asked for (RFC 8707 2).

    ``beyond`` are audiences that a facade adds, ``granted`` those of the login that goes on. Raises ``OAuthError``
    invalid_target for any other.
    """
    if not asked and not beyond and granted is None and issuer not in client.audiences:
        return (issuer, *client.audiences)
    whole = tuple(dict.fromkeys((issuer, *beyond, *client.audiences)))
    if granted is not None:
        whole = tuple(one for one in whole if one in granted)
    wanted = tuple(dict.fromkeys(asked))
    if any(one not in whole for one in wanted) or not whole:
        raise OAuthError("invalid_target", "this client may not ask for a token for that resource")
    return wanted or whole


def made_at(claims: Mapping[str, Any]) -> int:
    """When a token of ours was made, in ms: to the second, but for one that was dated ahead."""
    return int(claims.get(AHEAD) or claims["iat"] * 1000)


def is_live(claims_at: int, client: Client | None, user: User | None) -> bool:
    """Whether a token made at ``claims_at`` (ms, see ``made_at``) still stands as far as its client and user go."""
    if client is None or not client.active or claims_at < client.not_before:
        return False
    return user is None or stands(claims_at, user)


def stands(at: int, user: User) -> bool:
    """Whether what ``user`` got or showed at ``at`` (ms) still stands as far as they go."""
    return user.active and at >= user.not_before


def issued_at(now: int, client: Client, user: User | None) -> int:
    """The whole second, as epoch seconds, that a token made at ``now`` (ms) is dated.

    In the second in which all older tokens were ended it is the next one, so that the new token is not taken for old
    (its claim ``AHEAD`` then tells when it was made, so that it does not outlive a second ending in that second).
    """
    barrier = max(client.not_before, user.not_before if user else 0)
    return max(now // 1000, -(-barrier // 1000))
