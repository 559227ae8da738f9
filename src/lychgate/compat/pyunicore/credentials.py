"""``pyunicore.credentials``: what answers ``get_auth_header()``, and the helpers that make it."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import Any

import lychgate
from lychgate.client.signer import Signer
from lychgate.kernel.errors import ConfigError, Refused
from lychgate.kernel.secret import Secret

from .crossing import Given


class AuthenticationFailedException(Refused):
    """The site takes the caller for nobody. ``.status`` and ``.description`` are the server's."""


class Credential(ABC):
    """Subclass with ``get_auth_header``, or hand over an authenticator of ``lychgate``."""

    @abstractmethod
    def get_auth_header(self) -> str | None:
        """The value of the header ``Authorization``; None for no header at all."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Anonymous(Credential):
    """No credential, which is not the same as a wrong one."""

    def get_auth_header(self) -> None:
        return None


class BasicToken(Credential):
    """``Basic TOKEN``, as it is given."""

    def __init__(self, token: str) -> None:
        self._token = Secret(_given(token, "token"))

    def get_token(self) -> str:
        return self._token.reveal()

    def get_auth_header(self) -> str:
        return f"Basic {self.get_token()}"


class BearerToken(Credential):
    """``Bearer TOKEN``."""

    def __init__(self, token: str) -> None:
        self._token = Secret(_given(token, "token"))

    def get_token(self) -> str:
        return self._token.reveal()

    def get_auth_header(self) -> str:
        return f"Bearer {self.get_token()}"


class UsernamePassword(BasicToken):
    """A name and its password, in UTF-8 (RFC 7617 2.1)."""

    def __init__(self, username: str, password: str) -> None:
        basic = lychgate.Basic(_given(username, "username"), _given(password, "password"))
        fields = dict(basic.standing() or ())
        super().__init__(fields["Authorization"].removeprefix("Basic "))
        self.username = username


class RefreshHandler(ABC):
    """Subclass with ``refresh_token``."""

    @abstractmethod
    def refresh_token(self) -> str:
        """An access token that is valid now, renewed where need be."""


class OIDCToken(BearerToken):
    """A bearer token; ``refresh_handler`` is asked for one before each call."""

    def __init__(self, token: str, refresh_handler: RefreshHandler | None = None) -> None:
        super().__init__(token)
        self.refresh_handler = refresh_handler

    def get_token(self) -> str:
        if self.refresh_handler is not None:
            self._token = Secret(self.refresh_handler.refresh_token())
        return super().get_token()


class _Renewed(BearerToken):
    """A bearer token that an object of ours looks after."""

    def __init__(self, auth: lychgate.Auth) -> None:
        self._given = Given(auth)

    def get_token(self) -> str:
        return self.get_auth_header().removeprefix("Bearer ")

    def get_auth_header(self) -> str:
        return self._given.get_auth_header() or ""


class JWTToken(_Renewed):
    """A token signed with ``secret``: a private key (PEM, OpenSSH, or an object of cryptography's), a shared secret of
    at least 32 characters for HS256, or what signs in its place (``lychgate.SshAgent()``).

    ``etd`` is for services that a site trusts to name its users. ``lifetime`` in seconds.
    """

    def __init__(
        self,
        subject: str,
        issuer: str | None,
        secret: Any,
        algorithm: str = "",
        lifetime: float = 300,
        etd: bool = False,
    ) -> None:
        self.subject, self.issuer = subject, issuer or subject
        signed = lychgate.SignedJwt(
            _signing(secret, algorithm),
            subject,
            issuer=self.issuer,
            lifetime=lifetime,
            alg=algorithm,
            claims={"etd": str(bool(etd)).lower()},
        )
        super().__init__(lychgate.auth(signed))


class OIDCAgentToken(_Renewed):
    """A token of the account ``account_name`` of oidc-agent."""

    def __init__(self, account_name: str) -> None:
        super().__init__(lychgate.auth(lychgate.OidcAgent(account_name)))


class OIDCServerToken(_Renewed):
    """A token of an OpenID Connect server for a name and a password (``config`` as ``unicore`` and UCC have it).

    A refresh token is kept in ``oidc.refreshTokenFile``, by default ``~/.ucc/refresh-tokens``, for you alone; with
    ``oidc.storeRefreshToken`` false it is not.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        from .oidc_server import login

        super().__init__(login(config))


def create_credential(
    username: str | None = None,
    password: str | None = None,
    token: str | None = None,
    identity: str | os.PathLike[str] | None = None,
) -> Credential:
    """A ``token``; or the private key in the file ``identity`` of ``username``, opened by ``password`` where it is
    encrypted; or ``username`` and ``password``.

    ``identity``: ``~`` is the home folder, a name alone is in ``~/.uftp``; ``agent:`` is the SSH agent, ``agent:KEY``
    one key of several. Raises ``ConfigError`` for what is missing, and where it is used for a key that is none.
    """
    if token is not None:
        return OIDCToken(token)
    if username is None:
        raise ConfigError("give a token, or a username with a password or an identity", field="username")
    if identity is None:
        return UsernamePassword(username, _given(password, "password"))
    named = os.fspath(identity)
    if named.startswith("agent:"):
        return JWTToken(username, username, lychgate.SshAgent(named.removeprefix("agent:")))
    place = os.path.expanduser(named if named.startswith("~") else os.path.join("~/.uftp", named))
    key = lychgate.SignedJwt(
        lychgate.Secret.file(place), username, passphrase=password or None, claims={"etd": "false"}
    )
    return _Renewed(lychgate.auth(key))


def create_token(token: str) -> BearerToken:
    """A credential from a token that a site has issued (``client.issue_auth_token``)."""
    return BearerToken(token)


def _given(text: str | None, name: str) -> str:
    if not isinstance(text, str) or not text:
        raise ConfigError(f"give the {name}", field=name)
    return text


def _signing(secret: Any, algorithm: str) -> Secret | Signer:
    if hasattr(secret, "private_bytes"):  # asked first: an object of cryptography's has a method sign, of another kind
        from cryptography.hazmat.primitives import serialization as forms

        plain: bytes = secret.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
        return Secret(plain.decode())
    if isinstance(secret, Secret | Signer):
        return secret
    text = secret if isinstance(secret, str) else bytes(secret).decode()
    if algorithm.startswith("HS"):
        from .shared_secret import SharedSecret

        return SharedSecret(Secret(text), algorithm)
    return Secret(text)
