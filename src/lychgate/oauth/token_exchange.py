"""Token exchange (RFC 8693): the names of a request, and the claims ``act`` and ``may_act``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
TYPES = ("access_token", "refresh_token", "id_token", "saml1", "saml2", "jwt")  # section 3
_TYPE = "urn:ietf:params:oauth:token-type:"
ACCESS_TOKEN, ID_TOKEN, JWT = (f"{_TYPE}{name}" for name in ("access_token", "id_token", "jwt"))
DEEPEST = 10  # actors in a chain
_WHO = ("iss", "sub", "client_id")  # what somebody is named by


def type_uri(name: str) -> str:
    """The URI of a token type; one that is a URI already stays as it is."""
    return name if not name or ":" in name else _TYPE + name


def type_name(uri: str) -> str:
    return uri.removeprefix(_TYPE)


def act(actor: Mapping[str, str] | None, before: object) -> dict[str, Any] | None:
    """The claim ``act`` (4.1) where ``actor`` acts now, and ``before`` is the ``act`` of the token it acts with.

    Without an actor the chain stays as it was; of each one in it who they are is kept, and nothing else. Raises
    ``ValueError`` for what is no chain, or is too long a one.
    """
    chain = list(_actors(before))
    if actor is not None:
        chain.insert(0, dict(actor))
    if len(chain) > DEEPEST:
        raise ValueError(f"no chain has more than {DEEPEST} actors")
    made: dict[str, Any] | None = None
    for one in reversed(chain):
        made = one if made is None else {**one, "act": made}
    return made


def _actors(found: object) -> Iterator[dict[str, Any]]:
    """Latest first."""
    for _ in range(DEEPEST + 1):
        if found is None:
            return
        named = {name: found[name] for name in _WHO if name in found} if isinstance(found, Mapping) else {}
        if "sub" not in named or not all(isinstance(one, str) and one.isprintable() for one in named.values()):
            raise ValueError("its act is no chain of actors")
        yield named
        found = found.get("act")  # type: ignore[attr-defined]  # a Mapping, since something is named


def may_act(claims: Mapping[str, Any], who: Mapping[str, str]) -> bool:
    """Whether a token lets ``who`` (``sub``, ``iss``, ``client_id``) act with it; anybody where it names none (4.4)."""
    named = claims.get("may_act")
    if named is None:
        return True
    if not isinstance(named, Mapping) or not (named.keys() & {"sub", "client_id"}):
        return False
    return all(who.get(name) == value for name, value in named.items() if name in _WHO)
