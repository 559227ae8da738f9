"""A login that somebody else made: only its refresh token is given (RFC 6749 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lychgate.client.oauth_client import OAuthClient, digest
from lychgate.client.token import Token
from lychgate.issuer.identity import revealed
from lychgate.kernel.errors import LoginDead
from lychgate.kernel.flow import Flow
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Call


@dataclass(frozen=True, kw_only=True, eq=False)
class Refresh(OAuthClient):
    """With an issuer that rotates, keep the store: the token given here is spent at the first renewal."""

    refresh_token: Annotated[Secret | str, "the refresh token of a login"]

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "refresh_token", Secret.wrap(self.refresh_token))

    @property
    def who(self) -> str:
        return f"a login of {self.client_id}" if self.client_id else "a login"

    def cache_key(self) -> str:
        """Two logins of one client differ by where their first refresh tokens are kept, or by 64 bits of its hash."""
        return self.key_of("refresh", login=self._given.origin or digest(self._given.reveal()))

    @property
    def _given(self) -> Secret:
        return Secret.wrap(self.refresh_token)

    def obtain(self) -> Flow[Token]:
        yield from revealed(self._given)
        return (yield from self.refresh(Token(self._given, scope=tuple(self.scope), refresh=self._given)))

    def renew(self, token: Token) -> Flow[Token]:
        """By the kept refresh token; where it is dead, by the one that stands elsewhere by now (a file, say)."""
        if token.refresh is None:
            return (yield from self.obtain())
        try:
            return (yield from self.refresh(token))
        except LoginDead:
            if not self._given.origin or (yield from Call(self._given.anew)) == token.refresh.reveal():
                raise
        return (yield from self.obtain())
