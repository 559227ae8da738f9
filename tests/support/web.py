"""A small web server of a test's own, in a thread, on a free port of this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer
from typing import Any, TypeVar

S = TypeVar("S", bound=BaseServer)


class Quiet(BaseHTTPRequestHandler):
    """Subclass with ``do_GET``. Writes no access log."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def web_server(handler: type[BaseHTTPRequestHandler]) -> Iterator[ThreadingHTTPServer]:
    """A server whose requests ``handler`` answers, while the block lasts; ``server_port`` is its port."""
    with served(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as server:
        yield server


@contextmanager
def served(server: S) -> Iterator[S]:
    """``server`` in a thread while the block lasts, and then closed."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
