"""Debian's tinyproxy with a password, on a loopback port: a real forward proxy (RFC 9110 3.7, 11.7)."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from support.peers import needs

USER, PASSWORD = "traveller", "openSesame42"


@contextlib.contextmanager
def forward_proxy(folder: Path) -> Iterator[int]:
    """Its port. What goes through it arrives with a ``Via``; a wrong password is answered by 401, none by 407."""
    needs(program="tinyproxy")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = f"Port {port}\nListen 127.0.0.1\nTimeout 20\nBasicAuth {USER} {PASSWORD}\nAllow 127.0.0.1\n"
    (folder / "proxy.conf").write_text(settings + f'LogFile "{folder}/log"\nViaProxyName "tests"\n')
    running = subprocess.Popen(["tinyproxy", "-d", "-c", str(folder / "proxy.conf")], stdout=subprocess.DEVNULL)
    try:
        _wait(port, running)
        yield port
    finally:
        running.terminate()
        running.wait(10)


def _wait(port: int, running: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and running.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("tinyproxy did not start")
