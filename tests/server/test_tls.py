"""TLS by the server itself (``--tls-cert``)."""

from __future__ import annotations

import socket
import ssl
import time
from pathlib import Path
from urllib.parse import urlsplit

from support.server import running
from support.tls import certificate


def test_an_idle_tls_connection_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    tls = certificate(tmp_path / "tls", "127.0.0.1")
    context = ssl.create_default_context(cafile=str(tls.ca))
    with running(tmp_path / "data", "--tls-cert", str(tls.cert), "--tls-key", str(tls.key)) as server:
        port = urlsplit(server.url).port
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as client,
        ):
            client.sendall(f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            assert b" 200 " in client.recv(4096)
            began = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - began < 7  # of the 10 s that open requests are given
