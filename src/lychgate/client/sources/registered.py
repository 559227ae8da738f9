"""Registration in the browser, then client credentials (RFC 6749 4.4), as the ESGF compute nodes have it.

The front's address answers with a redirect to the page where the person logs in; that page shows a client id and secret
once, and the person brings them here. They are kept only after a token has come, with the login and like it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, TypeGuard
from urllib.parse import urljoin

from lychgate.client.oauth_client import OAuthClient
from lychgate.client.token import Token
from lychgate.issuer.endpoint import web_address
from lychgate.kernel.errors import ConfigError, LoginDead, LoginNeeded, Refused, TransientError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Request
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Ask, Reach, Send, Tell

_GONE = frozenset({"invalid_client", "unauthorized_client"})
_KEPT = "registered"


@dataclass(frozen=True, kw_only=True, eq=False)
class Registered(OAuthClient):
    """``Registered(issuer=..., registration="https://compute.node/wps/auth/client_registration/")``."""

    registration: Annotated[str, "the address that leads to the page where the program is registered"]

    usual_store: ClassVar[str] = "file"
    patience: ClassVar[float] = 660.0  # seconds that others wait: two questions, five minutes each

    def _check(self) -> None:
        super()._check()
        if self.client_id or self.client_secret is not None:
            raise ConfigError("with client_id and client_secret at hand nothing is registered", field="client_id")
        web_address(self.registration, "the registration", allow_insecure=self.allow_insecure)

    @property
    def who(self) -> str:
        return "a registered program"

    def cache_key(self) -> str:
        return self.key_of("registered", at=self.registration)

    def obtain(self) -> Flow[Token]:
        """Raises ``LoginNeeded`` where nobody can be asked, ``Refused`` where id and secret do not fit."""
        try:
            yield from Reach(self.where, "")
            yield from Tell(
                f"Open this page to register this program as yourself:\n\n    {(yield from self._page())}\n"
            )
            client_id = (yield from Ask("Client ID: ", secret=False)).strip()
            secret = (yield from Ask("Client Secret: ")).strip()
        except LoginNeeded as error:
            raise self._needed(error) from None
        return (yield from self._token(client_id, Secret(secret), None))

    def renew(self, token: Token) -> Flow[Token]:
        """By the kept id and secret. Raises ``LoginDead`` where the issuer knows them no more."""
        kept = token.extra.get(_KEPT)
        if not _is_pair(kept):
            raise self.dead("no client id is kept.")
        try:
            return (yield from self._token(kept["client_id"], Secret(kept["client_secret"]), token))
        except Refused as error:
            if error.error not in _GONE:
                raise
            raise self.dead(f"the registration is no longer known ({error.error}).") from None

    def again(self, why: LoginDead) -> Flow[Token]:
        """A new registration in place of one that is gone. Raises ``why`` where nobody can be asked."""
        try:
            return (yield from self.obtain())
        except LoginNeeded:
            raise why from None

    def _token(self, client_id: str, secret: Secret, before: Token | None) -> Flow[Token]:
        robot = OAuthClient(
            issuer=self.issuer,
            token_endpoint=self.token_endpoint,
            client_id=client_id,
            client_secret=secret,
            method="client_secret_post",
            scope=self.scope,
            resource=self.resource,
            audience=self.audience,
            extra=self.extra,
            dpop=self.dpop,
            dpop_key=self.dpop_key,
            certificate=self.certificate,
            certificate_key=self.certificate_key,
            certificate_passphrase=self.certificate_passphrase,
            allow_insecure=self.allow_insecure,
        )
        token = yield from robot.request("client_credentials", before)
        kept = {"client_id": client_id, "client_secret": secret.reveal()}
        return replace(token, refresh=None, extra={**token.extra, "owner": f"robot {client_id}", _KEPT: kept})

    def _page(self) -> Flow[str]:
        """Where the front sends the person's browser; its redirect is followed by nobody but the person."""
        response = yield from Send(Request("GET", self.registration))
        target = response.headers.get("Location", "")
        if response.status in (301, 302, 303, 307) and target:
            page = urljoin(self.registration, target)
            return web_address(page, "the registration", allow_insecure=self.allow_insecure)
        if response.status >= 500:
            raise TransientError(f"{self.registration} answered {response.status}; try again later")
        raise Refused(
            f"{self.registration} answered {response.status} and named no page for the registration. "
            "Ask the administrator of that server, or give client_id and client_secret.",
            status=response.status,
        )

    def _needed(self, error: LoginNeeded) -> LoginNeeded:
        text = (
            f"This program is not registered at {self.where} yet, and a person has to do that: {error} "
            "Or give client_id and client_secret, which such a registration shows."
        )
        return LoginNeeded(text, command=error.command)


def _is_pair(kept: Any) -> TypeGuard[Mapping[str, str]]:
    return isinstance(kept, dict) and all(isinstance(kept.get(name), str) for name in ("client_id", "client_secret"))
