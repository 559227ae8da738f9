"""``DPoP(source)``: tokens of any source, bound to a key (RFC 9449)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.secret import Secret

from .oauth_client import OAuthClient
from .sources.source import Source
from .token import BOUND, Token


def DPoP(source: Source, key: Secret | str | None = None) -> Source:
    """``source`` with ``dpop=True``: its token requests carry a proof, and so does each request to an API.

    ``key`` is the private key (PEM or a JWK as JSON); by default each login makes one of its own and keeps it with its
    tokens. A token that others bring (``File``, ``Environment``, ``Command``) is bound already, and needs the key.
    Raises ``ConfigError`` where it is missing, ``TypeError`` for what is no source.
    """
    if isinstance(source, OAuthClient):
        return replace(source, dpop=True, dpop_key=source.dpop_key if key is None else key)
    if not hasattr(source, "obtain") or not hasattr(source, "cache_key") or isinstance(source, type):
        given = source.__name__ if isinstance(source, type) else type(source).__name__
        raise TypeError(f"lychgate.DPoP takes a source of tokens (lychgate.ClientCredentials(...)), not {given}")
    if key is None:
        raise ConfigError("a token that others bring is bound to a key already: give that key", field="key")
    return Bound(source, key)


@dataclass(frozen=True, eq=False)
class Bound:
    """Tokens of ``source`` that are bound to ``dpop_key``, whoever made them."""

    source: Annotated[Source, "where the tokens come from"]
    dpop_key: Annotated[Secret | str, "the private key that they are bound to"]
    dpop: Annotated[bool, "each request carries a proof"] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "dpop_key", Secret.wrap(self.dpop_key))

    @property
    def who(self) -> str:
        return self.source.who

    @property
    def where(self) -> str:
        return self.source.where

    def __getattr__(self, name: str) -> Any:
        """What else a source may say of itself (how long a token is looked at, say)."""
        if name.startswith("_") or name in ("fields", "source"):
            raise AttributeError(name)
        return getattr(self.source, name)

    def cache_key(self) -> str:
        return self.source.cache_key() + " dpop"

    def obtain(self) -> Flow[Token]:
        return self._bound((yield from self.source.obtain()))

    def renew(self, token: Token) -> Flow[Token]:
        return self._bound((yield from self.source.renew(token)))

    def _bound(self, token: Token) -> Token:
        assert isinstance(self.dpop_key, Secret)
        return replace(token, type=BOUND, key=self.dpop_key)
