"""A source of tokens whose requests and replies pass through an authenticator's hooks, with a pause after a failure."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from lychgate.client.moment import at_path, ends_at
from lychgate.client.sources.source import Source
from lychgate.client.token import Token
from lychgate.issuer import clock
from lychgate.kernel.errors import ConfigError, LychgateError, TransientError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Headers, Request, Response
from lychgate.kernel.steps import Now, Send, Sleep


class Hooks(Protocol):
    """What an authenticator says about its token requests."""

    def generate_cache_key(self) -> str: ...
    def attempt_key(self) -> str: ...
    def carried(self, token: Token) -> tuple[tuple[str, str], ...]: ...
    def dressed(self, request: Request) -> Request: ...
    def read(self, response: Response) -> Mapping[str, Any] | None: ...
    def came(self, token: Token) -> None: ...


@dataclass(frozen=True, slots=True)
class Rules:
    """Where token and end stand in a reply; ``selector`` is empty for a token that always lives ``ttl`` seconds.

    ``key_field`` is the credential's field that holds ``key``, ``pause`` seconds follow a failure.
    """

    key: str
    key_field: str
    selector: str
    ttl: float
    pause: float


@dataclass(frozen=True, eq=False)
class Hooked:
    """``inner`` gets the token; unless ``plain``, the hooks see its requests and the rules read its replies."""

    inner: Source
    hooks: Hooks = field(repr=False)
    rules: Rules
    plain: bool = False

    @property
    def who(self) -> str:
        return self.inner.who

    @property
    def where(self) -> str:
        return self.inner.where

    def cache_key(self) -> str:
        return self.hooks.generate_cache_key()

    def obtain(self) -> Flow[Token]:
        return self._unless_paused(self.inner.obtain())

    def renew(self, token: Token) -> Flow[Token]:
        return self._unless_paused(self.inner.renew(token))

    def fields(self, token: Token) -> tuple[tuple[str, str], ...]:
        own = getattr(self.inner, "fields", None) if self.plain else None
        carried: tuple[tuple[str, str], ...] = own(token) if own else self.hooks.carried(token)
        return carried

    def _unless_paused(self, flow: Flow[Token]) -> Flow[Token]:
        key, now = self.hooks.attempt_key(), (yield from Now())
        if (failure := _pauses.failure(key, now)) is not None:
            raise failure
        try:
            token = yield from (flow if self.plain else _Run(self, flow).flow())
        except LychgateError as error:
            _pauses.note(key, error, (yield from Now()) + self.rules.pause)
            raise
        self.hooks.came(token)
        return token


class _Run:
    """One way to a token: each ``Send`` of the inner flow is dressed, each reply read."""

    def __init__(self, source: Hooked, inner: Flow[Token]) -> None:
        self._hooks, self._rules, self._where, self._inner = source.hooks, source.rules, source.where, inner
        self._body: Mapping[str, Any] = {}
        self._offset = 0.0
        self._failure: TransientError | None = None

    def flow(self) -> Flow[Token]:
        reply: Any = None
        failure: BaseException | None = None
        while True:
            try:
                step = self._inner.send(reply) if failure is None else self._inner.throw(failure)
            except StopIteration as end:
                return self._ending(end.value)
            if isinstance(step, Sleep) and self._rules.pause and self._failure is not None:
                raise self._failure  # the pause stands in for a second try
            try:
                reply, failure = (yield from self._sent(step) if isinstance(step, Send) else step), None
            except BaseException as error:
                self._failure = error if isinstance(error, TransientError) else self._failure
                reply, failure = None, error

    def _sent(self, step: Send) -> Flow[Response]:
        response = yield from Send(self._hooks.dressed(step.request), step.timeout)
        self._offset = clock.learn(response, (yield from Now()))
        self._failure = TransientError(f"the token endpoint {self._where} answered {response.status}; try again later")
        body = self._hooks.read(response) if 200 <= response.status < 300 else None
        if body is None or "error" in body:
            return response
        self._body = body
        text = at_path(body, self._rules.key)
        if not isinstance(text, str) or not text:
            there = ", ".join(sorted(map(str, body))[:10]) or "nothing"
            raise ConfigError(
                f"{self._rules.key_field} finds no token in the reply of {self._where}: at "
                f'"{self._rules.key}" there is none (there are: {there})',
                field=self._rules.key_field,
            )
        kept = {name: body[name] for name in ("refresh_token", "scope") if isinstance(body.get(name), str)}
        plain = json.dumps({**kept, "access_token": text, "token_type": "Bearer"}).encode()
        return Response(200, Headers({"Content-Type": "application/json"}), plain, response.url)

    def _ending(self, token: Token) -> Token:
        rules, came = self._rules, token.issued_at
        end = ends_at(at_path(self._body, rules.selector), came, self._offset) if rules.selector else None
        return replace(token, expires_at=came + rules.ttl if end is None else end)


class _Pauses:
    """The last failure of each login, until it may be tried again (epoch seconds): for all with the same fields."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[float, LychgateError]] = {}
        self._lock = threading.Lock()

    def failure(self, key: str, now: float) -> LychgateError | None:
        until, failure = self._held.get(key, (0.0, None))
        if failure is None or now >= until:
            return None
        again = copy.copy(failure).with_traceback(None)
        if isinstance(again, TransientError):
            again.retry_after = until - now
        return again

    def note(self, key: str, failure: LychgateError, until: float) -> None:
        with self._lock:
            if len(self._held) >= 1000:
                self._held.clear()
            self._held[key] = until, failure


_pauses = _Pauses()
