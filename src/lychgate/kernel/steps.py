"""The steps that flows yield, few and closed. ``Step``, ``Flow`` and ``Once`` stand in ``flow``.

Nobody compares two steps or changes one. They say so by neither ``eq`` nor ``frozen``: the methods that these make
would cost each program a tenth of its start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from .certificate import Certificate
from .flow import Flow, Once, Step
from .http import Request, Response
from .record import Record

R = TypeVar("R")


@dataclass(slots=True, eq=False)
class Send(Step[Response]):
    """A request of ours (to a token endpoint, say). Never follows a redirect. ``timeout`` in seconds.

    ``certificate`` is what we show where the server asks for one (mutual TLS). ``spends``: what the request carries is
    used up by it (a refresh token that rotates), so its answer must not be lost to a caller who is cancelled.
    Raises ``TransientError`` where no whole response came, ``ConfigError`` for a certificate that cannot be used.
    """

    request: Request
    timeout: float = 30.0
    certificate: Certificate | None = None
    spends: bool = False


@dataclass(slots=True, eq=False)
class Attempt(Step[Response]):
    """The caller's own request with the credential on it: the adapter sends it and resumes with the response."""

    request: Request


@dataclass(slots=True, eq=False)
class Sleep(Step[None]):
    """Wait for so many seconds."""

    seconds: float


@dataclass(slots=True, eq=False)
class Now(Step[float]):
    """The time of our own clock in epoch seconds."""


@dataclass(slots=True, eq=False)
class Load(Step[Record | None]):
    """What the store keeps under ``key``, or None."""

    key: str


@dataclass(slots=True, eq=False)
class Save(Step[None]):
    """Keep ``record`` under ``key``; None forgets it. On its return the record survives a crash (file stores)."""

    key: str
    record: Record | None


@dataclass(slots=True, eq=False)
class Ask(Step[str]):
    """Ask a person for a text, at most ``wait`` seconds long. Raises ``LoginNeeded`` where nobody can be asked.

    ``command`` is what the person would type elsewhere; empty where only whoever drives the flow knows it.
    """

    prompt: str
    secret: bool = True
    wait: float = 300.0
    command: str = ""


@dataclass(slots=True, eq=False)
class Tell(Step[None]):
    """Tell a person something that must not be missed."""

    message: str


@dataclass(slots=True, eq=False)
class Reach(Step[bool]):
    """Whether a person's browser can come back to this machine; if not, it is on another one.

    Raises ``LoginNeeded`` where nobody can be reached at all; the message names ``issuer`` and ``command``.
    """

    issuer: str
    command: str


@dataclass(slots=True, eq=False)
class Visit(Step[R]):
    """Have a person open a page and come back to ``http://127.0.0.1:port``; the reply is what ``finish`` ends with.

    ``address`` makes the page's URL from the redirect URI, once the port is ours (0: any that is free). ``finish`` gets
    the parameters of a redirect, while the browser waits for the verdict: ``Mismatch`` from it means that the redirect
    is not ours and is ignored; another error ends the visit. ``wait`` is the longest time in seconds for the person.
    Raises ``LoginNeeded`` where nobody can be reached or nobody came, ``ConfigError`` where the port is taken.
    """

    issuer: str
    port: int
    address: Callable[[str], Flow[str]]
    finish: Callable[[Mapping[str, str]], Flow[R]]
    wait: float = 300.0
    command: str = ""


@dataclass(slots=True, eq=False)
class Show(Step[R]):
    """Have a person open ``url`` anywhere and compare ``code``, shown until ``until``'s flow has ended.

    The reply is what that flow ends with. ``wait`` in seconds is how long the code lives.
    """

    issuer: str
    url: str
    code: str
    until: Callable[[], Flow[R]]
    wait: float = 300.0


@dataclass(slots=True, eq=False)
class Call(Step[R]):
    """Any blocking function (agents, files, keyrings, commands, key generation): in a thread when awaiting."""

    function: Callable[..., R]
    args: tuple[Any, ...] = ()


__all__ = ["Ask", "Attempt", "Call", "Load", "Now", "Once", "Reach", "Save", "Send", "Show", "Sleep", "Tell", "Visit"]
