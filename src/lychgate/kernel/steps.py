"""The steps that flows yield, few and closed. ``Step``, ``Flow`` and ``Once`` stand in ``flow``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .flow import Once, Step
from .http import Request, Response
from .record import Record

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Send(Step[Response]):
    """A request of ours (to a token endpoint, say). Never follows a redirect. ``timeout`` in seconds.

    Raises ``TransientError`` where no whole response came.
    """

    request: Request
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class Attempt(Step[Response]):
    """The caller's own request with the credential on it: the adapter sends it and resumes with the response."""

    request: Request


@dataclass(frozen=True, slots=True)
class Sleep(Step[None]):
    """Wait for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Now(Step[float]):
    """The time of our own clock in epoch seconds."""


@dataclass(frozen=True, slots=True)
class Load(Step[Record | None]):
    """What the store keeps under ``key``, or None."""

    key: str


@dataclass(frozen=True, slots=True)
class Save(Step[None]):
    """Keep ``record`` under ``key``; None forgets it. On its return the record survives a crash (file stores)."""

    key: str
    record: Record | None


@dataclass(frozen=True, slots=True)
class Ask(Step[str]):
    """Ask a person for a text. Raises ``LoginNeeded`` where nobody can be asked."""

    prompt: str
    secret: bool = True


@dataclass(frozen=True, slots=True)
class Tell(Step[None]):
    """Tell a person something that must not be missed."""

    message: str


@dataclass(frozen=True, slots=True)
class Visit(Step[Mapping[str, str]]):
    """Have a person open ``url`` and come back at ``redirect_uri``; the reply is the redirect's parameters.

    ``wait`` is the longest time in seconds. Raises ``LoginNeeded`` where nobody can be asked.
    """

    url: str = field(repr=False)
    redirect_uri: str
    state: str = field(repr=False)
    wait: float = 300.0


@dataclass(frozen=True, slots=True, eq=False)
class Call(Step[R]):
    """Any blocking function (agents, files, keyrings, commands, key generation): in a thread when awaiting."""

    function: Callable[..., R]
    args: tuple[Any, ...] = ()


__all__ = ["Ask", "Attempt", "Call", "Load", "Now", "Once", "Save", "Send", "Sleep", "Tell", "Visit"]
