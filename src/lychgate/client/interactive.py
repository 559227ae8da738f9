"""A login by a person: what the sources with a browser and with a device code share.

In the browser (RFC 6749 4.1) with PKCE (RFC 7636), ``state``, the issuer's own name in its answer (RFC 9207), a nonce
and a checked ID token; on another device by a code (RFC 8628). Afterwards both are one login, which renews itself.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar

from lychgate.issuer import authorization, device, openid
from lychgate.issuer.discovery import discover
from lychgate.issuer.endpoint import by_certificate
from lychgate.issuer.proof import ProofKey
from lychgate.issuer.token import Granted, request_token
from lychgate.kernel.errors import ConfigError, LoginDead, LoginNeeded, Refused
from lychgate.kernel.flow import Flow
from lychgate.kernel.steps import Show, Tell, Visit
from lychgate.oauth import pkce
from lychgate.oauth.authorization import read_response, request_params

from .oauth_client import OAuthClient
from .token import Token

_KEPT = ("owner", "subject", "id_token")  # what a login's first reply tells, and a renewal may not


@dataclass(frozen=True, kw_only=True, eq=False)
class Interactive(OAuthClient):
    """Subclass with ``obtain``. Raises ``ConfigError`` at construction without an issuer and a client_id."""

    user: Annotated[str, "who is to log in (e-mail address or name); anybody else is refused"] = ""
    account: Annotated[str, "your own name for this login, where you have several at one issuer"] = ""
    wait: Annotated[float, "the seconds to wait for the person"] = 300.0
    authorization_extra: Annotated[Mapping[str, str], "further parameters of the authorization request"] = field(
        default_factory=dict, repr=False
    )

    by_person: ClassVar[bool] = True
    usual_store: ClassVar[str] = "file"  # a person should not have to come again for the next program

    def _check(self) -> None:
        super()._check()
        if not self.issuer:
            raise ConfigError("a login by a person needs the issuer, whose metadata names its pages", field="issuer")
        if not self.client_id:
            raise ConfigError(
                "a login by a person needs the client_id that the program is registered with", field="client_id"
            )

    @property
    def who(self) -> str:
        return self.user or "whoever logged in"

    @property
    def patience(self) -> float:
        """Seconds that others wait for somebody else's login."""
        return self.wait + 60.0

    @property
    def command(self) -> str:
        """What to type where a person can log in: it makes the same login."""
        options = {
            "--client-id": self.client_id,
            "--scope": " ".join(self.scope),
            "--resource": self.resources,
            "--audience": self.audience,
            "--user": self.user,
            "--as": self.account,
        }
        words = [word for name, value in options.items() if value for word in (name, value)]
        words += ["--dpop"] if self.dpop and not self.security else []
        return shlex.join(["lychgate", "login", self.issuer, *words])

    def cache_key(self) -> str:
        return self.key_of("login", user=self.user, account=self.account)

    def obtain(self) -> Flow[Token]:
        raise NotImplementedError

    def renew(self, token: Token) -> Flow[Token]:
        """By the refresh token. Raises ``LoginDead`` where there is none, or where the issuer ended the login."""
        if token.refresh is None:
            raise self.dead("its token has run out, and it has none to renew itself with.")
        fresh = yield from self.refresh(token)
        kept = {name: token.extra[name] for name in _KEPT if name in token.extra}
        return replace(fresh, extra={**fresh.extra, **kept})

    def again(self, why: LoginDead) -> Flow[Token]:
        """A new login in place of one that has ended. Raises ``why`` where nobody can be asked."""
        try:
            yield from Tell(f"The login at {self.issuer} has ended; a new one is needed.")
            return (yield from self.obtain())
        except LoginNeeded:
            raise why from None

    def dead(self, why: str) -> LoginDead:
        text = f"the login at {self.issuer} has ended: {why} Log in again:  {self.command}"
        return LoginDead(text, command=self.command)

    # --- the two ways

    def by_browser(self, document: Mapping[str, Any], port: int) -> Flow[Token]:
        """Open the issuer's page, and take the code that the browser brings to ``port`` of this machine."""
        verifier, state, nonce = pkce.new_verifier(), secrets.token_urlsafe(32), self._nonce()
        key = yield from self.proof_key()
        lax, strict = self.allow_insecure, bool(self.security)
        used: list[str] = []

        def address(redirect_uri: str) -> Flow[str]:
            used.append(redirect_uri)
            jkt, elsewhere = key.jkt if key else "", bool(self.resources or self.audience)
            claims = openid.wish(document, self.scope) if elsewhere else ""
            params = self._params(redirect_uri, state, nonce, pkce.challenge(verifier), dpop_jkt=jkt, claims=claims)
            who = self._identity()
            return authorization.address(document, who, params, allow_insecure=lax, only_pushed=strict)

        def finish(params: Mapping[str, str]) -> Flow[Token]:
            expected = strict or document.get("authorization_response_iss_parameter_supported") is True
            found = read_response(params, state=state, issuer=self.issuer, iss_expected=expected)
            at = yield from self.endpoint()
            fields = {
                "code": found.code,
                "redirect_uri": used[-1],
                "code_verifier": verifier,
                "resource": self.resources,
            }
            form = {"grant_type": "authorization_code", **_given(fields), **self.extra}
            granted = yield from request_token(at, self._identity(key), form)
            return (yield from self._believed(document, granted, nonce, key))

        return (yield from Visit(self.issuer, port, address, finish, self.wait, self.command))

    def by_device(self, document: Mapping[str, Any]) -> Flow[Token]:
        """Show a code that the person confirms on any device, and ask until that is done."""
        key = yield from self.proof_key()
        who, lax, verifier = self._identity(key), self.allow_insecure, pkce.new_verifier()
        proof = pkce.challenge(verifier)
        started = yield from device.start(
            document, who, self.scope, self.resources, challenge=proof, allow_insecure=lax
        )
        wait = min(self.wait, started.expires_in)

        def until() -> Flow[Token]:
            at = yield from self.endpoint()
            granted = yield from device.poll(at, who, started, wait, code_verifier=verifier, **self.extra)
            return (yield from self._believed(document, granted, "", key))

        url = started.verification_uri_complete or started.verification_uri
        try:
            return (yield from Show(self.issuer, url, started.user_code, until, wait))
        except device.Expired as why:
            text = f"The login at {self.issuer} did not happen: {why}. Log in again:  {self.command}"
            raise LoginNeeded(text, command=self.command) from None

    def document(self) -> Flow[Mapping[str, Any]]:
        """The issuer's metadata."""
        document = yield from discover(self.issuer, allow_insecure=self.allow_insecure)
        return by_certificate(document) if self.certificate else document

    def _nonce(self) -> str:
        return secrets.token_urlsafe(24) if "openid" in self.scope else ""

    def _params(self, redirect_uri: str, state: str, nonce: str, challenge: str, **more: str) -> dict[str, str]:
        return request_params(
            client_id=self.client_id,
            redirect_uri=redirect_uri,
            state=state,
            code_challenge=challenge,
            scope=self.scope,
            resource=self.resources,
            nonce=nonce,
            login_hint=self.user,
            audience=self.audience,
            **{**more, **self.authorization_extra},
        )

    def _believed(self, document: Mapping[str, Any], granted: Granted, nonce: str, key: ProofKey | None) -> Flow[Token]:
        """The token of a reply, once it is clear whose it is. Raises ``Refused`` for somebody else's."""
        token = self.token_of(granted, tuple(self.scope), key)
        access, lax = token.access.reveal(), self.allow_insecure
        claims: Mapping[str, Any] = {}
        if granted.reply.id_token:
            claims = yield from openid.checked(
                document,
                granted.reply.id_token,
                client_id=self.client_id,
                nonce=nonce,
                access=access,
                allow_insecure=lax,
            )
        if not openid.name_of({**claims, "sub": ""}):
            shown = self.shown_certificate
            told = yield from openid.about(document, access, proof=key, certificate=shown, allow_insecure=lax)
            if not claims or told.get("sub") == claims["sub"]:  # OpenID Connect Core 5.3.2: else it is somebody else's
                claims = {**told, **claims}
        owner = openid.name_of(claims)
        if self.user and not openid.is_about(claims, self.user):
            raise Refused(
                f"{owner or 'somebody'} logged in at {self.issuer}, and {self.user} was asked for. Nothing was kept; "
                "log out there first, or leave user out.",
                error="another_user",
            )
        kept = _given({"owner": owner, "subject": str(claims.get("sub", ""))})
        return replace(token, extra={**token.extra, **kept})


def _given(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}
