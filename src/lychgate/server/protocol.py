"""HTTP/1.1 by uvicorn and httptools, with a bound on what may come before a request's header is whole."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST = 64 * 1024  # bytes from the start of a request to the end of its header


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection whose header does not end."""

    _heading, _seen = False, 0

    def data_received(self, data: bytes) -> None:
        if self._heading:
            self._seen += len(data)
            if self._seen > LONGEST:
                self.transport.write(b"HTTP/1.1 431 \r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
                self.transport.close()
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        self._heading, self._seen = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._heading = False
        super().on_headers_complete()
