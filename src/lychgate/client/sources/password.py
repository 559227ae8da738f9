"""The password grant (RFC 6749 4.3): a user's name and password for a token. For testing, and where nothing else is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lychgate.client import fapi
from lychgate.client.oauth_client import OAuthClient
from lychgate.client.token import Token
from lychgate.issuer.identity import revealed
from lychgate.kernel.errors import LoginDead
from lychgate.kernel.flow import Flow
from lychgate.kernel.secret import Secret


@dataclass(frozen=True, kw_only=True, eq=False)
class Password(OAuthClient):
    """The password goes to the token endpoint alone; a refresh token, where one comes, serves after the first time."""

    username: Annotated[str, "the user's name or e-mail address"]
    password: Annotated[Secret | str, "the user's password"]

    def __post_init__(self) -> None:
        super().__post_init__()
        fapi.refuse(self, "passwords")
        object.__setattr__(self, "password", Secret.wrap(self.password))

    @property
    def who(self) -> str:
        return self.username

    def cache_key(self) -> str:
        return self.key_of("password", user=self.username)

    def obtain(self) -> Flow[Token]:
        """One try alone: an issuer counts wrong passwords."""
        assert isinstance(self.password, Secret)
        text = yield from revealed(self.password)
        return (yield from self.request("password", tries=1, username=self.username, password=text))

    def renew(self, token: Token) -> Flow[Token]:
        if token.refresh is not None:
            try:
                return (yield from self.refresh(token))
            except LoginDead:
                pass  # the password is at hand
        return (yield from self.obtain())
