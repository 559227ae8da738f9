"""``cwt.errors``. Each keeps what the service said, whole, as the exception that it comes ``from``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from lychgate.kernel.errors import (
    ConfigError,
    InsecureError,
    LoginNeeded,
    LychgateError,
    Refused,
    TransientError,
)
from lychgate.services.refusal import Forbidden, Unauthorized
from lychgate.services.wps import BadAnswer


class CWTError(LychgateError):
    """The root of them. A text with values is formatted; one without is taken as it stands, braces too."""

    def __init__(self, text: str, *args: object, **kwargs: object) -> None:
        super().__init__(text.format(*args, **kwargs) if args or kwargs else text)


class WPSAuthError(CWTError):
    """Nobody was logged in, or who was may not."""


class WPSClientError(CWTError):
    """The service refused what was asked."""


class WPSServerError(CWTError):
    """The service failed, or answered something else than WPS."""


class WPSTimeoutError(CWTError):
    """A process was still at work when the time was over; it goes on."""

    def __init__(self, elapsed: float) -> None:
        super().__init__(f"Timed out after {elapsed!r} seconds")


class JobMissingError(CWTError):
    """There is no such job."""


class MissingRequiredKeyError(CWTError):
    """A dictionary lacks a key."""

    def __init__(self, key: object) -> None:
        super().__init__(f"Missing key {key!r}")


@contextlib.contextmanager
def telling() -> Iterator[None]:
    """Errors of the service become those of ``cwt``; what the person or the program has to mend stays as it is."""
    try:
        yield
    except (LoginNeeded, ConfigError, InsecureError, CWTError):
        raise
    except LychgateError as error:
        raise told(error) from error


def told(error: LychgateError) -> CWTError:
    """The error of ``cwt`` for one of ours; its text is the service's."""
    text = getattr(error, "description", "") or str(error)
    if isinstance(error, Unauthorized | Forbidden) or (type(error) is Refused and error.error):
        return WPSAuthError(text)
    if isinstance(error, TransientError | BadAnswer) or getattr(error, "status", 0) >= 500:
        return WPSServerError(str(error))
    return WPSClientError(text)
