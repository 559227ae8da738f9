"""The short way for plain requests to the paths that the server answers itself: no ASGI in between.

A request for one of ``App.plain`` that is whole and simple (HTTP/1.1, a body of stated length, nothing before it that
waits for its answer) goes from the parser to the App in one task, and its answer leaves in one write. Everything else
goes through uvicorn's own ASGI cycle. The answers are the same.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, cast

from httptools import HttpRequestParser
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from lychgate.server.app import App
from lychgate.server.clock import steady
from lychgate.server.exchange import BODY, Answer

from .protocol import BoundedProtocol


class Express:
    """A request on the short way, in the place of uvicorn's cycle: as much of it as the protocol looks at.

    It is its own ``message_event``: ``set`` is called when something has come, and starts the answer once all has.
    """

    __slots__ = (
        "_protocol",
        "_started",
        "body",
        "disconnected",
        "keep_alive",
        "more_body",
        "response_complete",
        "scope",
    )

    def __init__(self, protocol: ExpressProtocol, scope: dict[str, Any], keep_alive: bool) -> None:
        self._protocol, self.scope, self.keep_alive = protocol, scope, keep_alive
        self.body = b""
        self.more_body = True
        self._started = self.disconnected = self.response_complete = False

    @property
    def message_event(self) -> Express:
        return self

    def set(self) -> None:
        if not self.more_body and not self._started:
            self._started = True
            self._protocol.begin(self)

    async def receive(self) -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": self.body}


class ExpressProtocol(BoundedProtocol):
    """uvicorn's protocol with the short way beside its own."""

    _dated: tuple[list[tuple[bytes, bytes]], bytes] = ([], b"")

    def on_message_begin(self) -> None:
        self._heading, self._seen, self.began = True, 0, steady()
        self.url, self.headers, self.expect_100_continue = b"", [], False

    def on_headers_complete(self) -> None:
        parser = self.parser
        assert parser is not None
        scope = self._plain(parser)
        if scope is None:
            self._usual()
            return
        self._heading = False
        self.cycle = cast(RequestResponseCycle, Express(self, scope, parser.should_keep_alive()))

    def _usual(self) -> None:
        """What uvicorn would have done from the start of the request on."""
        url, headers, expected = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.headers, self.expect_100_continue = url, headers, expected
        self.scope["headers"] = headers
        super().on_headers_complete()

    def _plain(self, parser: HttpRequestParser) -> dict[str, Any] | None:
        """What the App wants to know of a request that may go the short way; None for any other."""
        plain = getattr(self.app, "plain", {}).get((parser.get_method(), self.url))
        if plain is None or (self.cycle is not None and not self.cycle.response_complete) or self.flow.write_paused:
            return None
        if parser.get_http_version() != "1.1" or parser.should_upgrade() or self.expect_100_continue:
            return None
        fields = dict(self.headers)
        length = fields.get(b"content-length", b"0")
        if b"transfer-encoding" in fields or not length.isdigit() or int(length) > BODY:
            return None
        method, path = plain
        made = {"method": method, "path": path, "query_string": b"", "headers": self.headers, "client": self.client}
        return made if self.certificate is None else made | {"client_certificate": self.certificate}

    def begin(self, request: Express) -> None:
        task = self.loop.create_task(self._respond(request))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    async def _respond(self, request: Express) -> None:
        try:
            answer, id = await cast(App, self.app).respond(request.scope, request.receive)
            if not request.disconnected:
                self._send(request, answer, id)
        except BaseException:  # nobody else would end the connection
            self.transport.close()
            raise
        request.response_complete = True
        if not request.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _send(self, request: Express, answer: Answer, id: str) -> None:
        dated = self._dated
        if dated[0] is not self.server_state.default_headers:  # uvicorn makes a new list each second
            lines = self.server_state.default_headers
            dated = ExpressProtocol._dated = lines, b"".join([name + b": " + value + b"\r\n" for name, value in lines])
        if answer.closes:
            request.keep_alive = False
        elif not request.keep_alive:
            answer = Answer(answer.status, answer.body, [*answer.headers, (b"connection", b"close")])
        self.transport.write(STATUS_LINE[answer.status] + dated[1] + answer.wire(id))
