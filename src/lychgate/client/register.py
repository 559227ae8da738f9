"""Authenticators and sources of a program's own, under names that its profiles may use."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TypeVar

from lychgate.kernel.errors import ConfigError

from .authenticators import AUTHENTICATORS
from .sources import SOURCES

T = TypeVar("T", bound=type)


def register(name: str) -> Callable[[T], T]:
    """``@lychgate.register("my_scheme")`` above ``@dataclass(frozen=True)``: profiles of this program know it.

    For every program: an entry point of the group ``lychgate.authenticators`` or ``lychgate.sources`` in place of it.
    Raises ``ConfigError`` for a name that is taken, ``TypeError`` for what is neither an authenticator nor a source.
    """
    if not name.isidentifier():
        raise ConfigError('a name is like a variable\'s: "my_scheme"', field="name")

    def registered(cls: T) -> T:
        from .authenticators.authenticator import Authenticator

        whole, verbs = dataclasses.is_dataclass(cls), ("obtain", "renew", "cache_key")
        if whole and Authenticator in cls.__mro__:
            AUTHENTICATORS.add(name, cls)
        elif whole and all(verb in dir(cls) for verb in verbs):
            SOURCES.add(name, cls)
        else:
            raise TypeError(
                f"{cls.__name__} is neither a dataclass that derives from lychgate.Authenticator "
                "nor one with obtain, renew and cache_key"
            )
        return cls

    return registered
