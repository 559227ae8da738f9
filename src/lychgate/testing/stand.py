"""What the contract's promises stand on: an issuer and an API on real sockets, and what is looked for in a request."""

from __future__ import annotations

import base64
import logging
import ssl
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, ClassVar, NoReturn, cast
from urllib.parse import quote, quote_plus

import httpx2

from lychgate.issuer import clock, discovery
from lychgate.kernel.steps import Sleep
from lychgate.world.auth import Auth, auth
from lychgate.world.wire import Wire

from .chaos import ChaosIssuer
from .recorder import Arrived, Recorder
from .somebody import Somebody

PAUSE = 0.02  # seconds that any pause of ours takes here
_OWN = frozenset({"host", "connection", "content-length", "transfer-encoding", "user-agent"})


class Stand:
    """What a subclass of the contract says of its authenticator, and the tools of the promises.

    ``secrets``: texts that nothing may show. ``challenge``: the ``WWW-Authenticate`` that an API of this scheme begins
    with, for one that waits for it. ``adds``: whether it puts anything on a request. ``answers``: what a person types.
    """

    secrets: ClassVar[tuple[str, ...]] = ()
    challenge: ClassVar[str] = ""
    adds: ClassVar[bool] = True
    answers: ClassVar[tuple[str, ...]] = ()

    def make(self, issuer: ChaosIssuer) -> Any:
        """A new authenticator or source; ``issuer`` is a token endpoint for those that need one."""
        raise NotImplementedError

    @contextmanager
    def world(self, challenge: str = "", **issuer: Any) -> Iterator[tuple[Any, Recorder, ChaosIssuer]]:
        """(what is made, an API, the issuer), of which nothing is known from before."""
        discovery.forget()
        clock._offsets.clear()
        asked = ", ".join(filter(None, [self.challenge, challenge]))
        with ChaosIssuer(**issuer) as chaos, Recorder(asked) as api:
            yield self.make(chaos), api, chaos

    def auth(
        self, made: Any, person: Somebody | None = None, store: Any = "memory", origins: list[str] | None = None
    ) -> Auth:
        """The object that users hold, with a person at hand, and in no mood for long pauses."""
        ours = auth(made, store=store, origins=origins, wire=Wire(tls()))
        performer: Any = ours._credential.performer
        performer.person = person or Somebody(self.answers)
        wait = performer._now[Sleep]
        performer._now[Sleep] = lambda step: wait(Sleep(min(step.seconds, PAUSE)))
        later = performer._later[Sleep]
        performer._later[Sleep] = lambda step: later(Sleep(min(step.seconds, PAUSE)))
        return ours

    def hidden(self, text: str, more: list[str], where: str) -> None:
        """``text`` shows none of the secrets, nor of ``more``, in any form that a log knows."""
        for secret in [*self.secrets, *(one for one in more if len(one) >= 8)]:
            pair = base64.b64encode(secret.encode()).decode().rstrip("=")
            for number, form in enumerate((secret, quote(secret, ""), quote_plus(secret), pair)):
                must(form not in text, f"{where} a secret ({('in clear', 'quoted', 'quoted', 'in base64')[number]})")


@cache
def tls() -> ssl.SSLContext:
    """One for all clients: each would read the machine's certificates anew."""
    return ssl.create_default_context()


def must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)


def skip(reason: str) -> NoReturn:
    """Say that a promise does not touch this kind; pytest knows it too."""
    raise unittest.SkipTest(reason)


def get(ours: Auth, url: str, **client: Any) -> int:
    """The status of one call."""
    settings = {"follow_redirects": True, "trust_env": False, "verify": tls(), **client}
    with httpx2.Client(auth=cast("Any", ours), **settings) as session:
        return session.get(url).status_code


def added(arrived: Arrived) -> dict[str, str]:
    """What no bare request has: header fields and parameters, by name."""
    plain = {"accept", "accept-encoding", "cookie"}
    fields = {name: value for name, value in arrived.headers.items() if name not in _OWN | plain}
    return {**fields, **{name: value for name, value in arrived.query if name not in ("a", "to")}}


@contextmanager
def everything_logged() -> Iterator[list[str]]:
    """Each line of the log, of whatever level and logger."""
    lines: list[str] = []
    catcher, root = logging.Handler(), logging.getLogger()
    catcher.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]  # a list is enough
    level = root.level
    root.addHandler(catcher)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(catcher)
        root.setLevel(level)
