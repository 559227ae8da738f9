"""A real Caddy on a free loopback port, with the directives that a test writes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from support.nginx import free_port, wait_for
from support.peers import needs


@contextlib.contextmanager
def caddy(directives: str) -> Iterator[str]:
    """Its URL. ``directives`` is what stands in its one site block."""
    needs(program="caddy")
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = f"http://127.0.0.1:{port} {{\nbind 127.0.0.1\n{directives}\n}}\n"
        (folder / "Caddyfile").write_text(f"{{\nadmin off\nauto_https off\n}}\n{site}")
        command = ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
        home = {**os.environ, "HOME": name, "XDG_DATA_HOME": name, "XDG_CONFIG_HOME": name}
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, env=home, stdout=log, stderr=log)
        try:
            wait_for(port, process, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)
