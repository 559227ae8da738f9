"""JWT access tokens (RFC 9068): the claims that are minted, and the claims that are required."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard

from . import scope as scopes

TYP = "at+jwt"
TYPES = frozenset({"at+jwt", "application/at+jwt"})
_LATEST = 1e15  # epoch seconds
KEYCLOAK_TYP = "Bearer"  # what Keycloak's access tokens, and no others of its tokens, have as their claim typ
KEYCLOAK_TYPES = (KEYCLOAK_TYP, "DPoP")  # the second one has a token that is bound to a key


def claims(
    *,
    issuer: str,
    subject: str,
    client_id: str,
    audience: Sequence[str],
    now: int,
    lifetime: int,
    jti: str,
    scope: Sequence[str] = (),
    user_id: str | None = None,
    **extra: Any,
) -> dict[str, Any]:
    """The claims of a token issued at ``now`` (epoch seconds) for ``lifetime`` seconds (RFC 9068 2.2).

    ``user_id`` is whom the token acts for: the user, or the client's owner.
    """
    made: dict[str, Any] = {
        "iss": issuer,
        "sub": subject,
        "aud": list(audience),
        "client_id": client_id,
        "iat": now,
        "exp": now + lifetime,
        "jti": jti,
    }
    if scope:
        made["scope"] = scopes.join(scope)
    if user_id is not None:
        made["user_id"] = user_id
    return made | {name: value for name, value in extra.items() if value is not None}


class NotAccepted(ValueError):
    """Why a token is not accepted; the text holds nothing of it."""


def require(
    header: Mapping[str, Any],
    found: Mapping[str, Any],
    *,
    issuer: str,
    audience: Iterable[str],
    now: float,
    leeway: float = 0,
    types: frozenset[str] = TYPES,
    payload_typ: str | tuple[str, ...] | None = None,
    names: Iterable[str] = ("sub", "client_id", "jti"),
) -> None:
    """Check a *verified* token's header and claims (RFC 9068 4). Raises ``NotAccepted``.

    ``now`` epoch seconds, ``leeway`` seconds; an empty ``audience`` accepts any. ``payload_typ`` is what its claim
    ``typ`` must be, for an issuer whose header does not tell its kinds of token apart. ``names`` are the claims that
    must be there as texts (RFC 9068 2.2).
    """
    typ = header.get("typ")
    if not isinstance(typ, str) or typ.lower() not in types or not is_one(found, payload_typ):
        raise NotAccepted("this is not an access token (its typ says otherwise)")
    require_claims(found, issuer=issuer, audience=audience, now=now, leeway=leeway)
    for name in names:
        if not isinstance(found.get(name), str):
            raise NotAccepted(f"it has no {name}")


def is_one(found: Mapping[str, Any], payload_typ: str | tuple[str, ...] | None) -> bool:
    """Whether the claim ``typ`` says so; None for an issuer that does not tell its kinds of token apart by it."""
    accepted = (payload_typ,) if isinstance(payload_typ, str) else payload_typ
    return not accepted or found.get("typ") in accepted


def require_claims(
    found: Mapping[str, Any], *, issuer: str, audience: Iterable[str], now: float, leeway: float = 0
) -> None:
    """Issuer, audience and times alone, as ``require`` checks them. Raises ``NotAccepted``."""
    if found.get("iss") != issuer:
        raise NotAccepted("it is from another issuer")
    _require_audience(found.get("aud"), frozenset(audience))
    _require_times(found, now, leeway)


def _require_audience(aud: object, accepted: frozenset[str]) -> None:
    named = [aud] if isinstance(aud, str) else aud
    if not isinstance(named, list) or [name for name in named if not isinstance(name, str)]:
        raise NotAccepted("it names no audience")
    if accepted and accepted.isdisjoint(named):
        raise NotAccepted("it is for another audience")


def _require_times(found: Mapping[str, Any], now: float, leeway: float) -> None:
    exp, nbf, iat = found.get("exp"), found.get("nbf"), found.get("iat")
    if not _is_time(exp) or exp + leeway <= now:
        raise NotAccepted("it has expired")
    for begin in (nbf, iat):
        if begin is not None and (not _is_time(begin) or begin - leeway > now + 5):
            raise NotAccepted("it is not valid yet")


def _is_time(value: object) -> TypeGuard[float]:
    """Whether it is a number of seconds; neither NaN nor infinite is one, nor what no clock will reach."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -_LATEST < value < _LATEST
