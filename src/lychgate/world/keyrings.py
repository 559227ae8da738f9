"""The system's keyring, by the library ``keyring``: every call ends within 3 s, and none is ever answered in clear.

A keyring that waits for a window which nobody sees must not hang the caller; a backend that writes plain files, or
none at all, is refused.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from lychgate.kernel.errors import ConfigError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

PATIENCE = 3.0  # seconds
SERVICE = "lychgate"
_UNSAFE = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")  # nothing, oblivion, plain files

T = TypeVar("T")


def backend() -> KeyringBackend:
    """The keyring of this user. Raises ``ConfigError`` where there is none that keeps secrets."""
    try:
        import keyring
    except ImportError:
        raise ConfigError("the keyring is not installed: pip install lychgate[keyring]") from None
    found = within(PATIENCE, keyring.get_keyring)
    # A chain (keyring.backends.chainer) goes on to the next backend where one fails: to a plain file, say.
    members: list[KeyringBackend] = within(PATIENCE, lambda: list(getattr(found, "backends", [found])))
    safe = [one for one in members if not type(one).__module__.startswith(_UNSAFE)]
    if not safe:
        raise ConfigError(
            "this machine has no keyring that keeps secrets (no Secret Service, Keychain or Credential Locker answers)"
        )
    return safe[0]


def get(service: str, user: str) -> str | None:
    """What the keyring holds; None for nothing. Raises ``ConfigError``."""
    found = backend()
    return within(PATIENCE, lambda: found.get_password(service, user))


def put(service: str, user: str, text: str | None) -> None:
    """Keep ``text``, or forget with None. Raises ``ConfigError``."""
    found = backend()
    if text is not None:
        within(PATIENCE, lambda: found.set_password(service, user, text))
    elif get(service, user) is not None:
        within(PATIENCE, lambda: found.delete_password(service, user))


def within(seconds: float, ask: Callable[[], T]) -> T:
    """What ``ask`` answers. Raises ``ConfigError`` where it fails or does not answer in time."""
    answers: list[T] = []
    failures: list[Exception] = []

    def work() -> None:
        try:
            answers.append(ask())
        except Exception as error:  # whatever the keyring's backend raises
            failures.append(error)

    thread = threading.Thread(target=work, name="lychgate-keyring", daemon=True)
    thread.start()
    thread.join(seconds)
    if failures:
        raise ConfigError(f"the keyring failed ({type(failures[0]).__name__}); is it unlocked?")
    if not answers:
        raise ConfigError(f"the keyring did not answer within {seconds:.0f} s; unlock it, or use env: or file:")
    return answers[0]
