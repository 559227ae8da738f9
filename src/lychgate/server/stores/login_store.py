"""The interface of a store, continued: people's logins. The promises of ``store`` hold here too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lychgate.server.model import AuditRow, Family, User
from lychgate.server.people.login_model import (
    Code,
    Consent,
    DeviceLogin,
    Factor,
    OuterClient,
    Pushed,
    RegistrationToken,
    Session,
    UserKey,
)

Audit = Sequence[AuditRow]


class LoginStore(Protocol):
    """What the pages and the interactive grants ask of a database."""

    # browser sessions
    async def add_session(self, session: Session, audit: Audit = ()) -> None: ...
    async def session(self, digest: bytes) -> Session | None: ...
    async def sessions(self, user: str) -> list[Session]: ...
    async def renew_session(self, old: bytes, session: Session, audit: Audit = ()) -> tuple[Session, list[Family]]:
        """``session`` in place of the one with digest ``old``, if there is one: a login renews the cookie.

        The same user's keeps its id, so that its end reaches the logins that came of it before; another user's ends,
        as by ``end_session``. Answers the session as it is kept, and the families of the one that ended.
        """
        ...

    async def see_session(self, id: str, now: int) -> None:
        """Note when a session was last used."""
        ...

    async def end_session(self, id: str, now: int, audit: Audit = (), forgotten: bool = False) -> list[Family]:
        """End a session and revoke the logins that came of it, all but those with ``offline_access``.

        A code of it that was not taken yet is worth nothing any more. Answers all its families as they
        were, also those revoked before: their clients are told (``NoticeStore``). ``forgotten``: the session was no
        browser's any more, and only of what is revoked here is anybody told, so that each hears once.
        """
        ...

    # what people allowed
    async def consent(self, user: str, issuer: str, client: str) -> Consent | None: ...
    async def consents(self, user: str) -> list[Consent]: ...
    async def allow(self, consent: Consent, audit: Audit = ()) -> None:
        """Keep a consent in place of an older one."""
        ...

    async def withdraw(self, user: str, issuer: str, client: str, now: int, audit: Audit = ()) -> None:
        """Forget a consent, and revoke the client's logins of this user."""
        ...

    # authorization codes
    async def add_code(self, code: Code, audit: Audit = ()) -> None: ...
    async def code(self, digest: bytes) -> Code | None: ...
    async def take_code(self, digest: bytes, family: Family, now: int, audit: Audit = ()) -> bool:
        """True for exactly one caller, whose ``family`` (with the code's family id) is added in the same transaction.

        False for every other: then the family of the code is revoked (RFC 6749 4.1.2).
        """
        ...

    # device logins
    async def add_device(self, device: DeviceLogin, audit: Audit = ()) -> None:
        """Raises ``Taken`` where the user code is in use."""
        ...

    async def device(self, digest: bytes) -> DeviceLogin | None: ...
    async def device_by_code(self, user_code: str, now: int) -> DeviceLogin | None:
        """The device that waits with this code (folded); None where there is none, it has ended or is decided."""
        ...

    async def decide_device(self, device: DeviceLogin, now: int, audit: Audit = ()) -> bool:
        """Keep the person's decision (state, user, session, scope, auth_time); False where it no longer waited."""
        ...

    async def poll_device(self, digest: bytes, now: int) -> DeviceLogin | None:
        """Note a poll; answers the row as it was *before*. One that comes too early adds 5 s to the interval."""
        ...

    async def take_device(self, digest: bytes, family: Family, now: int, audit: Audit = ()) -> bool:
        """True for exactly one caller while the device is allowed, whose ``family`` is added; False for every other."""
        ...

    # pushed authorization requests
    async def add_pushed(self, pushed: Pushed) -> None: ...
    async def pushed(self, digest: bytes) -> Pushed | None: ...
    async def drop_pushed(self, digest: bytes) -> bool:
        """True for exactly one caller."""
        ...

    # registration tokens
    async def add_registration_token(self, token: RegistrationToken, audit: Audit = ()) -> None: ...
    async def registration_token(self, digest: bytes) -> RegistrationToken | None: ...
    async def registration_tokens(self, issuer: str) -> list[RegistrationToken]: ...
    async def spend_registration_token(self, digest: bytes, now: int) -> RegistrationToken | None:
        """Use a token once; None where there is none, it has ended or has no use left."""
        ...

    async def remove_registration_token(self, digest: bytes, audit: Audit = ()) -> bool: ...

    # second factors and passkeys
    async def factors(self, user: str) -> list[Factor]: ...
    async def factor_by_handle(self, kind: str, handle: bytes) -> Factor | None: ...
    async def add_factor(self, factor: Factor, audit: Audit = ()) -> None:
        """Raises ``Taken`` where the handle is in use."""
        ...

    async def use_factor(self, id: str, counter: int, now: int) -> bool:
        """True where ``counter`` is above the kept one, which it then is: a code or an assertion counts once."""
        ...

    async def see_factor(self, id: str, now: int) -> None:
        """Note when a factor was last used, where nothing counts."""
        ...

    async def take_factor(self, user: str, kind: str, handle: bytes, audit: Audit = ()) -> bool:
        """Remove a factor by its handle; True for exactly one caller (a recovery code works once)."""
        ...

    async def remove_factor(self, user: str, id: str, audit: Audit = ()) -> bool: ...
    async def remove_factors(self, user: str, kind: str, audit: Audit = ()) -> None: ...

    # the first administrator
    async def has_administrator(self) -> bool: ...
    async def add_first_administrator(self, user: User, audit: Audit = ()) -> bool:
        """True for exactly one caller, and only while nobody administers; raises ``Taken`` as ``add_user`` does."""
        ...

    # clients that the registration front made at another authorization server
    async def outer_client(self, digest: bytes) -> OuterClient | None: ...
    async def keep_outer_client(self, client: OuterClient, audit: Audit = ()) -> None:
        """In place of the one with its digest, if there is one."""
        ...

    async def forget_outer_client(self, digest: bytes, audit: Audit = ()) -> None: ...

    # people's public keys
    async def user_keys(self, user: str) -> list[UserKey]:
        """Oldest first."""
        ...

    async def add_user_key(self, key: UserKey, audit: Audit = ()) -> None:
        """Raises ``Taken`` where this user has it already."""
        ...

    async def see_user_key(self, user: str, fingerprint: str, now: int) -> None:
        """Note when a key was last used."""
        ...

    async def remove_user_key(self, user: str, fingerprint: str, audit: Audit = ()) -> bool: ...
