"""The interface of a source: a way to get a token, and to get the next one."""

from __future__ import annotations

from typing import Protocol

from lychgate.client.token import Token
from lychgate.kernel.flow import Flow


class Source(Protocol):
    """A frozen dataclass whose fields are its options."""

    @property
    def who(self) -> str:
        """Whose token it is (``robot b2628e59``, ``ada@example.org``): for display, never a secret."""
        ...

    @property
    def where(self) -> str:
        """The issuer, or whatever it is that tokens come from: for display."""
        ...

    def cache_key(self) -> str:
        """Everything that changes the token (kind, issuer, client, scopes, audience, user), never a secret itself."""
        ...

    def obtain(self) -> Flow[Token]:
        """A new token from nothing.

        Raises ``Refused`` (the issuer said no), ``TransientError``, or ``LoginNeeded`` where a person has to come.
        """
        ...

    def renew(self, token: Token) -> Flow[Token]:
        """The next token after ``token``: by its refresh token where there is one, else like ``obtain``.

        Raises ``LoginDead`` where the issuer ended the login.
        """
        ...
