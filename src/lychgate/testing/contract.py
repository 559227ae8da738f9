"""Whether an authenticator (or a source of tokens) is right: a suite for pytest, on real sockets.

from lychgate.testing.contract import AuthenticatorContract

class TestMine(AuthenticatorContract):
    secrets = ("the-secret-text",)
    def make(self, issuer):
        return MyScheme(key="the-secret-text")
"""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import logging
import pickle
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any, ClassVar, cast
from urllib.parse import quote, quote_plus

import httpx2

from lychgate.kernel.errors import InsecureError, LychgateError
from lychgate.kernel.http import Request
from lychgate.kernel.options import options_of
from lychgate.world.auth import Auth, auth

from .chaos import ChaosIssuer
from .recorder import Arrived, Recorder

MOST = 4  # requests that one call may become, however often it is refused
_OWN = frozenset({"host", "connection", "content-length", "transfer-encoding", "user-agent"})


class AuthenticatorContract:
    """Subclass it, with ``make``. ``secrets``: texts that nothing may show.

    ``challenge``: the ``WWW-Authenticate`` that an API of this scheme begins with, for one that waits for it.
    ``adds``: whether it puts anything on a request.
    """

    secrets: ClassVar[tuple[str, ...]] = ()
    challenge: ClassVar[str] = ""
    adds: ClassVar[bool] = True

    def make(self, issuer: ChaosIssuer) -> Any:
        """A new authenticator or source; ``issuer`` is a token endpoint for those that need one."""
        raise NotImplementedError

    @contextmanager
    def _world(self) -> Iterator[tuple[Any, Recorder]]:
        with ChaosIssuer() as issuer, Recorder(self.challenge) as api:
            yield self.make(issuer), api

    def test_its_credential_reaches_the_api(self) -> None:
        with self._world() as (made, api):
            _must(_get(auth(made), api.url + "/ok") == 200, "an API that lets everybody in answered something else")
            _must(bool(_added(api.arrived[-1])) == self.adds, "the request carries no credential")

    def test_awaiting_it_does_the_same(self) -> None:
        async def twice(ours: Auth, url: str) -> list[int]:
            async with httpx2.AsyncClient(auth=cast("Any", ours), trust_env=False, verify=_tls()) as client:
                return [reply.status_code for reply in await asyncio.gather(client.get(url), client.get(url))]

        with self._world() as (made, api):
            _must(asyncio.run(twice(auth(made), api.url + "/ok")) == [200, 200], "awaiting, it was refused")
            _must(bool(_added(api.arrived[-1])) == self.adds, "awaiting, the request carries no credential")

    def test_eight_threads_may_share_it(self) -> None:
        with self._world() as (made, api), ThreadPoolExecutor(8) as pool:
            ours = auth(made)
            got = list(pool.map(lambda _: _get(ours, api.url + "/ok"), range(16)))
            _must(got == [200] * 16, "threads that share it disturb one another")

    def test_it_stays_at_home_when_the_api_redirects_elsewhere(self) -> None:
        with self._world() as (made, api), Recorder() as other:
            ours = auth(made)
            _get(ours, api.url + "/ok")
            seen = _added(api.arrived[-1])
            _get(ours, f"{api.url}/away?to={quote(other.url + '/ok')}")
            _must(bool(other.arrived), "the redirect was not followed")
            for arrived in other.arrived:
                _must(not _added(arrived), "what it adds went to another origin")
                self._hidden(f"{arrived.query} {arrived.headers}", [*seen.values()], "another origin got")

    def test_it_is_not_sent_in_clear_text(self) -> None:
        with self._world() as (made, _):
            try:
                auth(made).headers("http://api.example.org/ok")
            except InsecureError:
                return
            _must(not self.adds, "plain http to a host that is not loopback was not refused")

    def test_a_refusal_is_given_back_and_not_asked_for_ever(self) -> None:
        with self._world() as (made, api):
            _must(_get(auth(made), api.url + "/refuse") == 401, "a refusal did not come back as the 401 that it is")
            _must(len(api.arrived) <= MOST, f"one call became {len(api.arrived)} requests")

    def test_a_body_that_is_gone_is_not_sent_a_second_time(self) -> None:
        with self._world() as (made, api):
            ours = auth(made)
            if self.challenge:
                _get(ours, api.url + "/ok")
            before = len(api.arrived)
            try:
                with httpx2.Client(auth=cast("Any", ours), trust_env=False, verify=_tls()) as client:
                    client.post(api.url + "/refuse", content=iter([b"one ", b"stream"]))
            except LychgateError as error:
                self._hidden(str(error), [], "the error says")
            _must([arrived.body for arrived in api.arrived[before:]] == [b"one stream"], "the stream was sent again")

    def test_nothing_shows_a_secret(self) -> None:
        with self._world() as (made, api), _everything_logged() as lines:
            ours = auth(made)
            _get(ours, api.url + "/ok?a=1")
            seen = [*_added(api.arrived[-1]).values()]
            _get(ours, api.url + "/refuse")
            said = [repr(made), str(made), f"{made}", repr(ours), ours.explain(api.url), *lines]
            self._hidden("\n".join(said), seen, "a text of it or a line of the log shows")

    def test_a_copy_takes_no_secret_along(self) -> None:
        with self._world() as (made, _):
            try:
                kept = pickle.dumps(made)
            except (TypeError, pickle.PicklingError):
                return
            self._hidden(repr(kept), [], "a pickle holds")

    def test_its_options_describe_themselves(self) -> None:
        with self._world() as (made, _):
            cls = type(made)
            _must(dataclasses.is_dataclass(cls), "it is no dataclass: a profile cannot describe it")
            _must(bool(cls.__dataclass_params__.frozen), "it can be changed: make it frozen")
            bare = [option.name for option in options_of(cls) if not option.help]
            _must(not bare, f"no sentence says what they are: {', '.join(bare)} (use Annotated[..., 'what it is'])")

    def test_the_fast_way_and_the_slow_way_agree(self) -> None:
        with self._world() as (made, api):
            ours = auth(made)
            _get(ours, api.url + "/ok")
            authenticator, request = ours._credential.authenticator, Request("GET", api.url + "/ok")
            fast = authenticator.ready(request)
            if fast is None or authenticator.signs:
                return
            slow = ours._credential.performer.run(authenticator.prepare(request))
            _must((slow.url, slow.headers.lines()) == (fast.url, fast.headers.lines()), "ready and prepare differ")

    def _hidden(self, text: str, more: list[str], where: str) -> None:
        for secret in [*self.secrets, *(one for one in more if len(one) >= 8)]:
            pair = base64.b64encode(secret.encode()).decode().rstrip("=")
            for number, form in enumerate((secret, quote(secret, ""), quote_plus(secret), pair)):
                _must(form not in text, f"{where} a secret ({('in clear', 'quoted', 'quoted', 'in base64')[number]})")


@cache
def _tls() -> ssl.SSLContext:
    """One for all clients: each would read the machine's certificates anew."""
    return ssl.create_default_context()


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)


def _get(ours: Auth, url: str) -> int:
    with httpx2.Client(auth=cast("Any", ours), follow_redirects=True, trust_env=False, verify=_tls()) as client:
        return client.get(url).status_code


def _added(arrived: Arrived) -> dict[str, str]:
    """What no bare request has: header fields and parameters, by name."""
    plain = {"accept", "accept-encoding", "cookie"}
    fields = {name: value for name, value in arrived.headers.items() if name not in _OWN | plain}
    return {**fields, **{name: value for name, value in arrived.query if name not in ("a", "to")}}


@contextmanager
def _everything_logged() -> Iterator[list[str]]:
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
