"""A real nginx on a free loopback port, with the locations that a test writes."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from support.peers import needs


@contextlib.contextmanager
def nginx(locations: str, port: int = 0) -> Iterator[str]:
    """Its URL. ``locations`` is what stands in its one ``server`` block; ``port`` is a free one where none is named."""
    needs(program="nginx")
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to nginx
        folder = Path(name)
        folder.chmod(0o755)
        port = port or free_port()
        (folder / "nginx.conf").write_text(_settings(folder, port, locations))
        command = ["nginx", "-p", name, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
        process = subprocess.Popen(command)
        try:
            wait_for(port, process, folder / "error.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def free_port() -> int:
    """A loopback port that nobody listens on now, for what must be named before it starts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _settings(folder: Path, port: int, locations: str) -> str:
    whose = "user root;" if os.geteuid() == 0 else ""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "\n".join(f"  {kind}_temp_path {folder}/{kind};" for kind in kinds)
    return f"""{whose} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
{places}
  server {{
    listen 127.0.0.1:{port};
{locations}
  }}
}}
"""


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until something answers at ``port``. Raises ``AssertionError`` with the log where nothing does."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"the proxy did not start: {log.read_text()}")
