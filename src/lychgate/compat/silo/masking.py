"""The authenticators' own log: it prints only where ``debug`` is on, and each known secret as ``*****``.

A secret stays known after it has been replaced, for the whole process; every other log masks it too.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

from lychgate.kernel.secret import remember
from lychgate.world import masking

from .credential import Credential

T = TypeVar("T")

MASK = "*****"
KEPT = 100  # secrets of one key that stay in ``_secrets``
LIVE = 4000  # secrets of the process, after which the oldest are let go
WARNING = "Logging Debug is on: turning on debug runs the risk of recording a secret to the logs."

log = logging.getLogger("lychgate.compat.silo")
_debugging: ContextVar[bool | None] = ContextVar("debugging", default=None)  # of the credential that is at work
_state = threading.Lock()
_known: dict[str, None] = {}
_matcher = masking.Matcher(lambda text: MASK)
_on = False  # whether any credential has turned debug on


def mask(text: str) -> str:
    """``text`` with each known secret as ``*****``, in clear, URL-encoded, escaped and in base64."""
    masked = _matcher.mask(text)
    for short in [known for known in list(_known) if len(known) < masking.HEAD]:
        masked = masked.replace(short, MASK)
    return masked


def know(text: str) -> None:
    """Mask ``text`` from now on, here and in every other log."""
    global _matcher
    remember(text)
    with _state:
        if not text or text in _known:
            return
        _known[text] = None
        if len(_known) <= LIVE:
            _matcher.add([text])
            return
        for old in list(_known)[: LIVE // 4]:
            del _known[old]
        fresh = masking.Matcher(lambda text: MASK)
        fresh.add(_known)
        _matcher = fresh


class CredentialFilter:
    """The secrets of a credential, by key."""

    def __init__(self, credentials: Any, names: tuple[str, ...] = ()) -> None:
        """``names`` are further fields that hold a secret."""
        masking.install()
        self._secrets: dict[str, deque[str]] = {}
        credential = Credential.of(credentials)
        for name, text in {**credential.secrets(), **{name: credential.fields[name] for name in names}}.items():
            self.update_secret(name, text)
        if credential.fields["debug"]:
            _turn_on()

    def update_secret(self, key: str, secret: str | bytes) -> None:
        """Mask ``secret`` from now on. One given for the same ``key`` before stays masked (the last 100)."""
        text = secret.decode("utf-8", "replace") if isinstance(secret, bytes) else str(secret)
        held = self._secrets.setdefault(key, deque(maxlen=KEPT))
        if text and text not in held:
            held.append(text)
            know(text)

    def update_secret_from_auth(self, auth: Any) -> None:
        """Mask the password of an ``auth`` object of requests."""
        if password := getattr(auth, "password", None):
            self.update_secret("password", password)

    def filter(self, text: str) -> str:
        """``text`` with each known secret masked."""
        return mask(text)

    def __repr__(self) -> str:
        return f"CredentialFilter({sorted(self._secrets)})"


class _AuthLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger that prints only for a credential whose ``debug`` is on."""

    def isEnabledFor(self, level: int) -> bool:
        debugging = _debugging.get()
        return (_on if debugging is None else debugging) and super().isEnabledFor(level)

    def log(self, level: int, msg: object, *args: Any, **kwargs: Any) -> None:
        if not self.isEnabledFor(level):
            return
        text = _filled(str(msg), args)
        if info := kwargs.pop("exc_info", None):
            text = f"{text}\n{_trace(info)}"
        kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + 1
        self.logger.log(level, "%s", mask(text), **kwargs)


def _filled(text: str, args: tuple[Any, ...]) -> str:
    """As logging does it, a dictionary alone included; arguments that do not fit are no reason to fail the caller."""
    given: Any = args[0] if len(args) == 1 and isinstance(args[0], Mapping) and args[0] else args
    try:
        return text % given if args else text
    except (TypeError, ValueError, KeyError):
        return f"{text} {args!r}"


def _trace(info: Any) -> str:
    import sys

    if isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    return logging.Formatter().formatException(info if isinstance(info, tuple) else sys.exc_info())


auth_logger = _AuthLogger(log, {})


def _turn_on() -> None:
    """Make the log visible, and say once what that risks."""
    global _on
    with _state:
        if _on:
            return
        _on = True
    if log.level == logging.NOTSET:
        log.setLevel(logging.DEBUG)
    if not log.hasHandlers():
        log.addHandler(logging.StreamHandler())
    log.warning(WARNING)


@contextmanager
def working(credentials: Any) -> Iterator[None]:
    """A block in which ``auth_logger`` goes by the ``debug`` of these credentials."""
    before = _debugging.set(bool(getattr(credentials, "fields", {}).get("debug")))
    try:
        yield
    finally:
        _debugging.reset(before)


def at_work(method: Callable[..., T]) -> Callable[..., T]:
    """The method of an authenticator, during which ``auth_logger`` goes by its own credential."""

    @wraps(method)
    def run(self: Any, *args: Any, **kwargs: Any) -> T:
        given = args[0] if args else kwargs.get("credentials")
        with working(getattr(self, "credentials", given)):
            return method(self, *args, **kwargs)

    return run
