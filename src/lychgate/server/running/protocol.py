"""HTTP/1.1 by uvicorn and httptools, with a bound on the size of a header and on the time a request takes to come."""

from __future__ import annotations

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from lychgate.server.clock import steady

LONGEST = 64 * 1024  # bytes from the start of a request to the end of its header
PATIENCE = 20.0  # seconds from the start of a request (or of the connection) until it is whole
GOODBYE = 0.5  # seconds for which a peer may answer the end of a TLS connection when the server stops
SWEEP = 2.0  # seconds between two looks for those that take longer


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection whose request does not end."""

    _heading, _seen = False, 0
    began: float | None = None
    certificate: bytes | None = None  # the peer's, in DER

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        self.began = steady()
        tls = transport.get_extra_info("ssl_object")
        self.certificate = None if tls is None else tls.getpeercert(binary_form=True)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._heading:
            self._seen += len(data)
            if self._seen > LONGEST:
                self.transport.write(b"HTTP/1.1 431 \r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
                self.transport.close()
                return
        super().data_received(data)

    def shutdown(self) -> None:
        super().shutdown()
        if self.transport.is_closing():  # over TLS that waits for the peer's close_notify, and an idle one sends none
            self.loop.call_later(GOODBYE, self.transport.abort)

    def on_message_begin(self) -> None:
        self._heading, self._seen, self.began = True, 0, steady()
        super().on_message_begin()
        if self.certificate is not None:
            cast("dict[str, object]", self.scope)["client_certificate"] = self.certificate  # not one of ASGI's own keys

    def on_headers_complete(self) -> None:
        self._heading = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self.began = None
        super().on_message_complete()


async def sweep(state: ServerState) -> None:
    """Close, for as long as this task runs, the connections whose request has not come whole within ``PATIENCE``."""
    while True:
        await asyncio.sleep(SWEEP)
        last = steady() - PATIENCE
        for connection in list(state.connections):
            if isinstance(connection, BoundedProtocol) and connection.began is not None and connection.began < last:
                connection.transport.close()
