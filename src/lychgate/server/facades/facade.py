"""The interface of a facade: another system's paths and formats, mapped to the one engine; it decides nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from lychgate.oauth.error import OAuthError
from lychgate.server.config import Config
from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call, Receive, Scope, Send
from lychgate.server.model import Client

Handler = Callable[[Call], Awaitable[Answer]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Facade:
    """One system. All paths are below the issuer's own.

    ``clients(config, issuer_id)`` are its built-in clients, which are made where they are missing.
    ``token_paths`` are those that answer token requests: a client's assertion may name them as ``aud``.
    ``paths(engine)`` are answered without a router, by method: ``{"/x": {"POST": handler}}``.
    ``prefixes(config)`` are what ``app(engine)``, an ASGI application, answers for: each path that is one of them, or
    goes on after one with a slash. It is called with the issuer's own path as ``root_path`` (``path`` includes it), and
    is made when the first request comes, in a thread, since its imports may take a while. ``refusal(error)`` is the
    answer to what is refused before it is asked, in its own form.
    """

    name: str
    clients: Callable[[Config, str], Sequence[Client]]
    token_paths: tuple[str, ...]
    paths: Callable[[Engine], Mapping[str, Mapping[str, Handler]]]
    prefixes: Callable[[Config], Sequence[str]]
    app: Callable[[Engine], App]
    refusal: Callable[[OAuthError], Answer]
