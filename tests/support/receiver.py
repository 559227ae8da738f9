"""A client's web server that hears of logouts (OpenID Connect Back-Channel Logout 1.0, 2.5), on a real socket."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from lychgate.oauth import jose, logout_token
from support.server import Server, poll

from .web import Quiet, web_server


@dataclass
class Receiver:
    """``heard`` are the logout tokens by path, as they came; ``answers`` the statuses to answer next, then 200."""

    url: str
    heard: dict[str, list[str]] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)
    answers: dict[str, list[int]] = field(default_factory=dict)
    hold: dict[str, threading.Event] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """HOST:PORT, for ``fetch_allow``."""
        return self.url.removeprefix("http://")

    def tokens(self, path: str, number: int = 1, seconds: float = 20) -> list[str]:
        """The tokens that came to ``path``, once there are ``number``."""
        poll(lambda: len(self.heard.get(path, [])) >= number, seconds)
        return self.heard[path]

    def claims(self, server: Server, client: str, path: str) -> dict[str, Any]:
        """What the last token there says, checked as its receiver does."""
        header, claims = jose.verify(
            self.tokens(path)[-1], jose.import_keys(server.get("/jwks").json()), jose.ASYMMETRIC
        )
        logout_token.require(header, claims, issuer=server.issuer, client_id=client, now=time.time())
        return claims


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port of this machine."""

    class Handler(Quiet):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.kinds.append(self.headers["Content-Type"])
            found.heard.setdefault(self.path, []).append(parse_qs(body.decode())[logout_token.FIELD][0])
            if self.path in found.hold:
                found.hold[self.path].wait(20)
            waiting = found.answers.get(self.path)
            self.send_response(waiting.pop(0) if waiting else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with web_server(Handler) as web:
        found = Receiver(f"http://127.0.0.1:{web.server_port}")
        try:
            yield found
        finally:
            for event in found.hold.values():
                event.set()
