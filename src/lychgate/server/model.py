"""What the server keeps, as plain data. Times are integer epoch milliseconds unless a name says otherwise.

Everything that a token can be made from carries the id of its issuer: a realm is an issuer of its own. Users are
shared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer: ``url`` is its identifier (RFC 8414 2), byte for byte; ``realm`` is empty for the main one."""

    id: str
    url: str
    realm: str = ""
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def audiences(self) -> tuple[str, ...]:
        """What all its tokens are for besides itself."""
        return tuple(self.settings.get("audiences", ()))

    @property
    def roles(self) -> tuple[str, ...]:
        """What everybody's tokens have here besides a person's own roles."""
        return tuple(self.settings.get("default_roles", ()))

    @property
    def scopes(self) -> tuple[str, ...]:
        """What each login has here besides what was asked for."""
        return tuple(self.settings.get("default_scopes", ()))

    @property
    def display_name(self) -> str:
        """What pages call it; empty: its host."""
        return str(self.settings.get("display_name", ""))


@dataclass(frozen=True, slots=True)
class User:
    """A person. ``name`` is a second login name (default: the e-mail address).

    Both are compared after NFKC and case folding and are unique across each other. A token issued before
    ``not_before`` is dead. ``claims`` are those of OpenID Connect Core 5.1 that are not fields of their own;
    ``choices`` is what they may choose on a supercomputer (``choices.choices_of`` reads it).
    """

    id: str
    email: str
    name: str
    password_hash: str | None = field(repr=False)
    active: bool = True
    superuser: bool = False
    verified: bool = False
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    not_before: int = 0
    created_at: int = 0
    claims: dict[str, Any] = field(default_factory=dict)
    choices: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """One of a client's secrets: SHA-256 of 256 random bits, and a sealed copy where client_secret_jwt needs it.

    ``not_after`` None means until it is rotated or removed.
    """

    id: str
    digest: bytes = field(repr=False)
    sealed: bytes | None = field(default=None, repr=False)
    not_after: int | None = None
    created_at: int = 0


@dataclass(frozen=True, slots=True)
class Client:
    """A client (RFC 6749 2, names of RFC 7591 where they exist).

    ``methods`` are token_endpoint_auth_methods, ``audiences`` go into its tokens, ``resources`` are what it may
    introspect, ``owner`` is a user's id, ``lifetime`` of its access tokens in seconds (None: the issuer's).
    """

    issuer: str
    id: str
    name: str
    owner: str | None = None
    methods: frozenset[str] = frozenset({"client_secret_basic"})
    grants: frozenset[str] = frozenset({"client_credentials"})
    redirect_uris: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    jwks: str | None = None
    jwks_uri: str | None = None
    alg: str | None = None
    lifetime: int | None = None
    active: bool = True
    not_before: int = 0
    created_at: int = 0
    last_used_at: int | None = None
    secrets: tuple[ClientSecret, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def profile(self) -> str:
        """The security profile that holds for it: ``fapi2``, or empty for none."""
        return str(self.extra.get("profile", ""))

    @property
    def public(self) -> bool:
        return self.methods == frozenset({"none"})


@dataclass(frozen=True, slots=True)
class Family:
    """A login as one row: what its refresh tokens are derived from.

    ``seq`` is the number of the current refresh token, ``rotated_at`` when it came to be current. ``idle`` is the
    longest time in seconds between two refreshes, ``expires_at`` the end of the login whatever happens.
    ``bound`` is the thumbprint of the key that it is bound to, if any; ``session`` is the browser session that it came
    of; ``extra`` holds what later ID tokens say again (``claims``, ``acr``, ``amr``), and below a realm the address by
    which the client knows it (``iss``).
    """

    id: str
    issuer: str
    client: str
    user: str
    scope: tuple[str, ...]
    audience: tuple[str, ...]
    seq: int = 0
    created_at: int = 0
    rotated_at: int = 0
    idle: int = 30 * 86400
    expires_at: int = 0
    revoked_at: int | None = None
    bound: str | None = None
    facade: str = ""
    auth_time: int = 0
    session: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def sid(self) -> str:
        """What stands for the login where a session is to be named: the browser's, or its own."""
        return self.session or self.id


@dataclass(frozen=True, slots=True)
class Rotation:
    """What became of a try to rotate.

    ``outcome``: "rotated", "repeated" (inside the grace window: the same successor again), "reused" (an older number:
    the family is now revoked), "gone" (unknown, revoked, expired, of another client or bound to another key).
    ``family`` is the row as it now stands, None only where it is unknown; ``family.seq`` numbers the successor.
    """

    outcome: str
    family: Family | None


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A signing key. Published from ``published_at``, signs from ``signs_from`` to ``signs_until`` (None: no end yet),
    is in the JWKS until ``removed_at`` (None: no end yet). ``sealed`` is the private part, sealed."""

    kid: str
    issuer: str
    alg: str
    public: dict[str, Any]
    sealed: bytes = field(repr=False)
    published_at: int = 0
    signs_from: int = 0
    signs_until: int | None = None
    removed_at: int | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Who got which token how. Never holds a secret. ``outcome`` is "ok" or the error's code."""

    at: int
    issuer: str
    event: str
    outcome: str = "ok"
    client: str | None = None
    user: str | None = None
    grant: str | None = None
    jti: str | None = None
    family: str | None = None
    address: str | None = None
    request_id: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    id: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the change feed: ``kind`` is "client", "user", "family", "jti", "key", "trust" or "issuer".

    ``id`` is "ISSUER/ID" for a client, the id alone for the rest (the issuer's id for "key").
    """

    seq: int
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Slowed:
    """A login name's standing: failures within the window, and the time before which a try is answered 429."""

    failures: int = 0
    blocked_until: int = 0
