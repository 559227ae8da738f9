"""The client credentials grant (RFC 6749 4.4): a program's own token."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lychgate.client.oauth_client import OAuthClient
from lychgate.client.token import Token
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow


@dataclass(frozen=True, kw_only=True, eq=False)
class ClientCredentials(OAuthClient):
    """``ClientCredentials(issuer=..., client_id=..., client_secret=...)``: asking again is the renewal."""

    def _check(self) -> None:
        super()._check()
        if self.method == "none":
            raise ConfigError(
                "client credentials need a client_secret, a private_key or a certificate", field="client_secret"
            )

    @property
    def who(self) -> str:
        return f"robot {self.client_id}"

    def cache_key(self) -> str:
        return self.key_of("client_credentials")

    def obtain(self, after: Token | None = None) -> Flow[Token]:
        token = yield from self.request("client_credentials", after)
        return replace(token, refresh=None)  # an issuer should send none (RFC 6749 4.4.3), and none is needed

    def renew(self, token: Token) -> Flow[Token]:
        return self.obtain(token)
