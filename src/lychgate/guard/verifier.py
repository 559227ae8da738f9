"""Checking an access token by the issuer's public keys (RFC 9068 4, RFC 8725): a flow, for both colours."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from lychgate.issuer.jwks import IssuerKeys
from lychgate.kernel.errors import TransientError
from lychgate.kernel.flow import Flow
from lychgate.kernel.steps import Now
from lychgate.oauth import access_token, jose

from .principal import Principal, principal_of
from .refusal import bad_request, invalid_token, unavailable


@dataclass(frozen=True, slots=True, eq=False)
class Verifier:
    """``audience``: a token must name one of these. ``leeway`` in seconds. ``types``: the accepted ``typ`` values."""

    keys: IssuerKeys
    audience: frozenset[str]
    leeway: float = 10.0
    types: frozenset[str] = access_token.TYPES
    algs: tuple[str, ...] = ("ES256", "RS256", "EdDSA", "Ed25519")
    _seen: dict[bytes, tuple[int, Principal]] = field(default_factory=dict)

    def seen(self, token: str, now: float) -> Principal | None:
        """The principal of a token verified before, by keys that still hold, and still alive at ``now``: a look-up."""
        version, principal = self._seen.get(_digest(token), (-1, None))
        if principal is None or version != self.keys.version or self.keys.known(None, now) is None:
            return None
        return principal if principal.expires_at + self.leeway > now else None

    def verify(self, token: str) -> Flow[Principal]:
        """The principal of ``token``. Raises ``Refusal``: 401 for a token that is not accepted, 503 without keys."""
        try:
            header, _ = jose.peek(token)
            keys = yield from self.keys.find(_kid(header.get("kid")))
            header, claims = jose.verify(token, keys, self.algs)
            access_token.require(
                header,
                claims,
                issuer=self.keys.issuer,
                audience=self.audience,
                now=(yield from Now()),
                leeway=self.leeway,
                types=self.types,
            )
        except (jose.BadJwt, access_token.NotAccepted) as error:
            raise invalid_token(f"the access token is not accepted: {error}") from None
        except TransientError as error:
            raise unavailable(str(error)) from None
        return self._remember(token, principal_of(claims))

    def _remember(self, token: str, principal: Principal) -> Principal:
        while len(self._seen) >= 4096:
            self._seen.pop(next(iter(self._seen)), None)
        self._seen[_digest(token)] = self.keys.version, principal
        return principal


def _digest(token: str) -> bytes:
    """What verdicts are remembered by: no token is kept."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _kid(value: object) -> str | None:
    return value if isinstance(value, str) else None


def bearer_of(values: Iterable[str]) -> str | None:
    """The token of the ``Authorization`` fields; None where there is none. Raises ``Refusal`` for more than one."""
    lines = list(values)
    if len(lines) > 1:
        raise bad_request("Authorization stands more than once")
    scheme, _, token = (lines[0] if lines else "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    if not token.strip():
        raise invalid_token("the access token is empty")
    return token.strip()
