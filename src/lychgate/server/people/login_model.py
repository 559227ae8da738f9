"""What the server keeps of people's logins, as plain data. Times are epoch milliseconds.

Whatever a stranger could use in its place (a cookie, a code, a registration token) is kept as its SHA-256 digest alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which a person has logged in. ``id`` may be shown (it is the ``sid`` of OpenID), the cookie not.

    ``digest`` is the SHA-256 of the cookie, ``auth_time`` when the person last proved who they are, ``amr`` how
    (RFC 8176), ``address`` and ``agent`` from where, as far as known.
    """

    id: str
    digest: bytes = field(repr=False)
    user: str
    amr: tuple[str, ...] = ()
    created_at: int = 0
    auth_time: int = 0
    seen_at: int = 0
    expires_at: int = 0
    address: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person has allowed a client: all scopes ever allowed and not withdrawn."""

    user: str
    issuer: str
    client: str
    scope: tuple[str, ...] = ()
    granted_at: int = 0


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code (RFC 6749 4.1.2), by digest; ``family`` is the login that it starts when it is taken.

    ``challenge`` is PKCE's S256, None where the client may go without. ``extra`` holds what the tokens need later:
    ``nonce``, ``claims``, ``acr``, ``amr`` and the like.
    """

    digest: bytes = field(repr=False)
    issuer: str
    client: str
    user: str
    family: str
    redirect_uri: str
    scope: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    session: str | None = None
    challenge: str | None = None
    auth_time: int = 0
    created_at: int = 0
    expires_at: int = 0
    used_at: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeviceLogin:
    """A device that waits for a person (RFC 8628). ``user_code`` is folded, as ``oauth.device`` folds it.

    ``state`` is "waiting", "allowed", "refused" or "done"; ``interval`` in seconds between two polls.
    """

    digest: bytes = field(repr=False)
    user_code: str
    issuer: str
    client: str
    scope: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    state: str = "waiting"
    user: str | None = None
    session: str | None = None
    family: str | None = None
    auth_time: int = 0
    interval: int = 5
    polled_at: int = 0
    created_at: int = 0
    expires_at: int = 0
    address: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pushed:
    """An authorization request that a client pushed (RFC 9126), by the digest of its ``request_uri``."""

    digest: bytes = field(repr=False)
    issuer: str
    client: str
    params: dict[str, Any] = field(repr=False)
    expires_at: int = 0


@dataclass(frozen=True, slots=True)
class RegistrationToken:
    """Lets its holder register clients (``client`` None: an initial access token), or manage one (RFC 7592).

    ``uses`` is how often still, None for no limit; ``expires_at`` None for no end.
    """

    digest: bytes = field(repr=False)
    issuer: str
    client: str | None = None
    uses: int | None = None
    expires_at: int | None = None
    created_at: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Factor:
    """A second factor, or a passkey: ``kind`` is "totp", "passkey" or "recovery".

    ``handle`` finds it (the digest of a passkey's credential id, of a recovery code), ``sealed`` is its secret or
    public key, ``counter`` the last TOTP step or the authenticator's sign count: it only grows.
    """

    id: str
    user: str
    kind: str
    name: str = ""
    handle: bytes | None = field(default=None, repr=False)
    sealed: bytes = field(default=b"", repr=False)
    counter: int = 0
    created_at: int = 0
    used_at: int | None = None


@dataclass(frozen=True, slots=True)
class UserKey:
    """A person's public key: programs log in by a JWT that its private part signed.

    ``fingerprint`` is as ``ssh-keygen -l`` shows it ("SHA256:..."), ``kind`` as it names it ("RSA", "ECDSA",
    "ED25519"), ``public`` the key as one line of OpenSSH's format without a comment.
    """

    user: str
    fingerprint: str
    kind: str
    public: str
    name: str = ""
    created_at: int = 0
    used_at: int | None = None


@dataclass(frozen=True, slots=True)
class Login:
    """A login as the administration lists it: a browser's session, or a program's family (``client``, ``issuer``).

    ``name`` is the user's, ``seen_at`` when it was last used; ``client`` is empty for a browser's own.
    """

    id: str
    user: str
    name: str
    address: str
    created_at: int
    seen_at: int
    expires_at: int
    client: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class OuterClient:
    """A person's client at another authorization server, which our registration front made there.

    ``digest`` is the SHA-256 of that issuer and the person's ``sub``; ``sealed`` holds the registration access token
    (RFC 7592 3); ``once`` is the id of the form that made the last secret.
    """

    digest: bytes
    client: str
    sealed: bytes = field(repr=False)
    once: str
    created_at: int
