"""Every error that a caller of Lychgate can meet.

``LychgateError`` is the root. A message says what happened, to whom, and what to do. Three of them answer the question
"what now?": ``TransientError`` (the same call may work later), ``LoginDead`` (the issuer ended the login) and
``LoginNeeded`` (a person has to come).
"""

from __future__ import annotations


class LychgateError(Exception):
    """The root of all errors of Lychgate."""


class ConfigError(LychgateError):
    """A setting does not fit: ``problem``. ``file``, ``line`` (from 1) and ``field`` say where, so far as known."""

    def __init__(self, message: str, *, file: str | None = None, line: int | None = None, field: str | None = None):
        where = ":".join(str(part) for part in (file, line) if part is not None)
        super().__init__(f"{where}: {message}" if where else message)
        self.problem, self.file, self.line, self.field = message, file, line, field


class Unavailable(ConfigError):
    """A credential is not there at all (a variable that is not set, say); another one may be."""


class LoginNeeded(LychgateError):
    """A person must log in. ``command`` is what to type."""

    def __init__(self, message: str, *, command: str):
        super().__init__(message)
        self.command = command


class LoginDead(LoginNeeded):
    """The issuer itself said that the login has ended. ``command`` is what to type to log in again."""


class TransientError(LychgateError):
    """It failed now and may work later. ``retry_after`` is the server's wish in seconds, or None.

    ``status`` is that of the answer (HTTP), 0 where none came or it says nothing.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, status: int = 0):
        super().__init__(message)
        self.retry_after, self.status = retry_after, status


class Untrusted(TransientError):
    """The server's certificate is not trusted here, and nothing was sent. ``unknown``: its CA is not known here."""

    def __init__(self, message: str, *, unknown: bool):
        super().__init__(message)
        self.unknown = unknown


class Busy(TransientError):
    """Somebody else has been doing the same for longer than this caller wants to wait."""


class Refused(LychgateError):
    """The server said no, in its own words: ``error`` (RFC 6749 5.2), ``description``, ``status`` (HTTP)."""

    def __init__(self, message: str, *, error: str = "", description: str = "", status: int = 0):
        super().__init__(message)
        self.error, self.description, self.status = error, description, status


class InsecureError(LychgateError):
    """What was asked for would show a credential to somebody who must not see it; nothing was sent."""


class NotReplayable(LychgateError):
    """A 401 came for a body that cannot be sent twice (a stream): renew first, then send it again yourself."""
