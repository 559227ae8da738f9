"""What the chaos issuer grants, in memory: opaque tokens, and logins whose refresh tokens rotate."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lychgate.oauth import client_auth, device, jose, pkce
from lychgate.oauth.error import OAuthError
from lychgate.oauth.token import reply

_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_BY_ANOTHER = {_EXCHANGE: "subject_token", "urn:ietf:params:oauth:grant-type:jwt-bearer": "assertion"}
_LOGINS = ("password", "authorization_code", device.GRANT, *_BY_ANOTHER)


@dataclass(slots=True)
class Login:
    """One login: its refresh tokens in order, the last one is current."""

    client_id: str
    used: list[str] = field(default_factory=list, repr=False)
    rotated_at: float = 0.0
    alive: bool = True


class Grants:
    """``clients``: secrets (or public keys in PEM form) by client id; ``users``: passwords by name.

    ``rotate``: each refresh ends the refresh token used, which within ``grace`` seconds gets the same successor again
    and after that kills the login. ``lifetime`` of access tokens in seconds.
    """

    def __init__(
        self,
        *,
        lifetime: int = 900,
        rotate: bool = False,
        grace: float = 30.0,
        clients: Mapping[str, str] | None = None,
        users: Mapping[str, str] | None = None,
    ) -> None:
        self.lifetime, self.rotate, self.grace = lifetime, rotate, grace
        self.clients = dict(clients or {"robot": "robot-secret-of-the-tests-0123456789"})
        self.users = dict(users or {"ada": "ada-password"})
        self.access: dict[str, float] = {}
        self._logins: dict[str, Login] = {}
        self._codes: dict[str, tuple[str, str]] = {}  # of an authorization: whose, and its challenge
        self._devices: dict[str, list[str]] = {}  # whose, the person's code, and whether it is confirmed
        self._assertions: set[str] = set()
        self._guard = threading.Lock()

    def login(self, client_id: str = "robot") -> str:
        """A new login's refresh token."""
        with self._guard:
            return self._begun(client_id)

    def authorized(self, client_id: str, challenge: str) -> str:
        """The code of an authorization that a person has just allowed (RFC 6749 4.1.2, RFC 7636)."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = (client_id, challenge)
        return code

    def device_login(self, client_id: str) -> tuple[str, str]:
        """A device login: its code, and the one that the person compares (RFC 8628 3.2)."""
        code, shown = secrets.token_urlsafe(24), device.new_user_code()
        self._devices[code] = [client_id, shown, ""]
        return code, shown

    def confirm(self, user_code: str) -> None:
        """The person has confirmed the code."""
        for started in self._devices.values():
            started[2] = "yes" if started[1] == user_code else started[2]

    def accepts(self, token: str, now: float) -> bool:
        """Whether an access token is live; ``now`` is the issuer's clock."""
        with self._guard:
            return self.access.get(token, 0.0) > now

    def end_access(self) -> None:
        """End all access tokens, as a revocation would: a storm of 401."""
        with self._guard:
            self.access.clear()

    def grant(
        self, authorization: str | None, fields: Mapping[str, str], audiences: tuple[str, ...], now: float
    ) -> dict[str, Any]:
        """The reply to a token request. Raises ``OAuthError``."""
        with self._guard:
            client_id = self._client(authorization, fields, audiences, now)
            kind = fields.get("grant_type", "")
            if kind == "client_credentials" or (kind in _BY_ANOTHER and fields.get(_BY_ANOTHER[kind])):
                return self._reply(now, fields)
            refresh = self._login_of(kind, fields, client_id)
            if refresh:
                return self._reply(now, fields, refresh)
        raise OAuthError("invalid_grant" if kind in _LOGINS else "unsupported_grant_type", "not here")

    def _login_of(self, kind: str, fields: Mapping[str, str], client_id: str) -> str:
        """The refresh token that goes with a grant of a login; empty where there is none to be had."""
        if kind == "refresh_token":
            return self._refreshed(fields.get("refresh_token", ""), client_id)
        if kind == "password":
            known = self.users.get(fields.get("username", "")) == fields.get("password")
            return self._begun(client_id) if known else ""
        if kind == "authorization_code":
            whose, challenge = self._codes.pop(fields.get("code", ""), ("", ""))
            proved = pkce.challenge(fields.get("code_verifier", "")) == challenge
            return self._begun(client_id) if proved and whose == client_id else ""
        whose, _, confirmed = self._devices.get(fields.get("device_code", ""), ("", "", ""))
        if kind != device.GRANT or whose != client_id:
            return ""
        if not confirmed:
            raise OAuthError("authorization_pending", "not yet")
        del self._devices[fields["device_code"]]
        return self._begun(client_id)

    def _begun(self, client_id: str) -> str:
        first = secrets.token_urlsafe(24)
        self._logins[first] = Login(client_id, [first], time.monotonic())
        return first

    def _client(
        self, authorization: str | None, fields: Mapping[str, str], audiences: tuple[str, ...], now: float
    ) -> str:
        who = client_auth.read(authorization, fields)
        if who is None or who.method == "none":
            return who.client_id if who else ""
        kept = self.clients.get(who.client_id, "")
        if who.assertion is not None:
            self._check_assertion(who.assertion, kept, audiences, now)
        elif who.secret != kept:
            raise OAuthError("invalid_client", "unknown client or wrong secret")
        return who.client_id

    def _check_assertion(self, assertion: str, kept: str, audiences: tuple[str, ...], now: float) -> None:
        try:
            header, claims = jose.verify(assertion, [jose.import_key(kept)], (*jose.ASYMMETRIC, *jose.SYMMETRIC))
        except ValueError as error:
            raise OAuthError("invalid_client", str(error)) from None
        jti = client_auth.require(header, claims, audiences, now)
        if jti in self._assertions:
            raise OAuthError("invalid_client", "this assertion was used before")
        self._assertions.add(jti)

    def _refreshed(self, token: str, client_id: str) -> str:
        login = self._logins.get(token)
        if login is None or not login.alive or login.client_id != client_id:
            raise OAuthError("invalid_grant", "unknown or ended login")
        if not self.rotate:
            return token
        if token == login.used[-1]:
            login.used.append(secrets.token_urlsafe(24))
            login.rotated_at = time.monotonic()
            self._logins[login.used[-1]] = login
        elif token != login.used[-2] or time.monotonic() - login.rotated_at > self.grace:
            login.alive = False
            raise OAuthError("invalid_grant", "this refresh token was used before: the login is ended")
        return login.used[-1]

    def _reply(self, now: float, fields: Mapping[str, str], refresh: str = "") -> dict[str, Any]:
        access = secrets.token_urlsafe(24)
        self.access[access] = now + self.lifetime
        scope = fields.get("scope", "").split()
        return reply(access, self.lifetime, scope, refresh or None, expires_at=int(now + self.lifetime))
