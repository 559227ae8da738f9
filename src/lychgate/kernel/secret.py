"""Secrets that never print themselves.

``Secret`` does not subclass ``str``: ``"x" + secret`` is a TypeError, not a leak. Each live text is remembered
(bounded) so that logs can be masked; a short keyed fingerprint lets a person match two lines without seeing the text.
"""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NoReturn

from .errors import ConfigError, Unavailable

_FINGERPRINT_KEY = os.urandom(32)  # of this process alone: a fingerprint cannot be searched for offline
_REMEMBERED = 1000
_live: OrderedDict[str, None] = OrderedDict()
_generation = 0

fetchers: dict[str, Callable[..., str]] = {}
"""How a text is fetched from a ``file``, a ``keyring``, a ``command``: the kernel does no I/O, ``world`` fills this."""


def fingerprint(text: str) -> str:
    """Four hexadecimal digits of a hash keyed for this process."""
    return hashlib.blake2s(text.encode("utf-8", "surrogatepass"), key=_FINGERPRINT_KEY, digest_size=2).hexdigest()


def remember(text: str) -> None:
    """Have logs mask ``text`` from now on (the last 1000 texts are remembered; short ones would mask words)."""
    global _generation
    if len(text) < 4:
        return
    if text not in _live:
        _generation += 1
        while len(_live) >= _REMEMBERED:
            _live.popitem(last=False)
    _live[text] = None
    _live.move_to_end(text)


def generation() -> int:
    """A number that moves with each text that is newly remembered: the cheap question before ``remembered()``."""
    return _generation


def remembered() -> tuple[int, tuple[str, ...]]:
    """A number that moves with each change, and the texts to mask, oldest first."""
    return _generation, tuple(_live)


class Secret:
    """A text that only ``reveal()`` gives away; it may come from elsewhere and is then fetched at first use."""

    __slots__ = ("_fetch", "_origin", "_text")

    def __init__(self, text: str, origin: str = "") -> None:
        if not isinstance(text, str):
            raise TypeError(f"a secret is a str, not {type(text).__name__}")
        self._text: str | None = text
        self._fetch: Callable[[], str] | None = None
        self._origin = origin
        remember(text)

    @classmethod
    def lazy(cls, fetch: Callable[[], str], origin: str) -> Secret:
        """A secret that ``fetch`` brings at first use; ``origin`` names its place (``env:NAME``) and is no secret."""
        made = cls.__new__(cls)
        made._text, made._fetch, made._origin = None, fetch, origin
        return made

    @classmethod
    def env(cls, name: str) -> Secret:
        """The value of an environment variable, read at first use. Raises ``ConfigError`` then, where it is unset."""

        def fetch() -> str:
            try:
                return os.environ[name]
            except KeyError:
                raise Unavailable(f"the environment variable {name} is not set", field=name) from None

        return cls.lazy(fetch, f"env:{name}")

    @classmethod
    def file(cls, path: str | os.PathLike[str]) -> Secret:
        """The content of a file without the line's end, read at first use. Raises ``ConfigError`` then."""
        return cls._fetched("file", os.fspath(path), os.fspath(path))

    @classmethod
    def keyring(cls, service: str, user: str) -> Secret:
        """An entry of the system's keyring, asked for at first use (at most 3 s). Raises ``ConfigError`` then."""
        return cls._fetched("keyring", f"{service}/{user}", service, user)

    @classmethod
    def command(cls, words: Sequence[str]) -> Secret:
        """What a command prints, run without a shell at first use (at most 30 s). Raises ``ConfigError`` then."""
        return cls._fetched("command", words[0], tuple(words))

    @classmethod
    def _fetched(cls, kind: str, place: str, *args: object) -> Secret:
        def fetch() -> str:
            try:
                how = fetchers[kind]
            except KeyError:
                raise ConfigError(f"nothing here fetches {kind}: secrets; use lychgate.Secret", field=kind) from None
            return how(*args)

        return cls.lazy(fetch, f"{kind}:{place}")

    @classmethod
    def wrap(cls, value: str | Secret) -> Secret:
        return value if isinstance(value, Secret) else cls(value)

    @property
    def origin(self) -> str:
        """Where the text comes from (``env:NAME``), empty for one given in code."""
        return self._origin

    def reveal(self) -> str:
        """The text itself: the only way to it."""
        if self._text is None:
            assert self._fetch is not None
            self._text = self._fetch()
            remember(self._text)
        return self._text

    def anew(self) -> str:
        """The text as it is by now, where it comes from elsewhere."""
        if self._fetch is not None:
            self._text = None
        return self.reveal()

    def __repr__(self) -> str:
        if self._text is None:
            return f"Secret({self._origin})"
        return f"Secret(…{fingerprint(self._text)})"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __bool__(self) -> bool:
        return self._text != ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.reveal() == other.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled: pass the name of a profile and resolve it there")
