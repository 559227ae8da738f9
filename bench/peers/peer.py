"""The interface of a peer: how it is installed, started and spoken to."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from bench.interpreter import interpreter
from bench.wrk import basic

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "bench"
SECRET = "a-secret-of-the-benchmarks-0123456789abcdef"


class Peer:
    """A server under test. ``folder`` is its own, empty at the start of a run.

    A *role* is "es256", "rs256" or "opaque" (which tokens its client gets), "introspector" or "refresher".
    ``introspected`` is the role whose tokens are introspected; ``signs`` names the algorithms that it signs tokens
    with; one that signs none shows its opaque tokens as ES256.
    """

    key = ""
    title = ""
    note = ""
    token = "/token"
    introspect = "/introspect"
    jwks = "/jwks"
    introspected = "es256"
    slow = False
    environment: ClassVar[Mapping[str, str]] = {}
    signs: ClassVar[frozenset[str]] = frozenset({"es256", "rs256"})

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port

    @classmethod
    def install(cls) -> None:
        """Put what it needs into the cache, from nothing; nothing happens where it is there already."""

    def prepare(self) -> None:
        """Make keys, clients and users, before the first start."""

    def command(self) -> list[str]:
        """The command that serves on ``port``."""
        raise NotImplementedError

    def version(self) -> str:
        raise NotImplementedError

    def credentials(self, role: str) -> tuple[str, str]:
        """Client id and secret for a role."""
        return role, SECRET

    def authorization(self, role: str) -> str:
        """The Authorization header for a role: client_secret_basic."""
        return basic(*self.credentials(role))

    def chains(self, count: int) -> list[str]:
        """The first refresh tokens of ``count`` logins."""
        form = {"grant_type": "password", "username": "demo@example.org", "password": "a password of the benchmarks"}
        return [self.post(self.token, "refresher", form)["refresh_token"] for _ in range(count)]

    def distinct(self, count: int) -> list[str] | None:
        """Access tokens made ahead, for a server too slow to make them in time; None: made over HTTP."""
        return None

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def post(self, path: str, role: str, form: Mapping[str, str]) -> dict[str, Any]:
        """One request as a client would send it. Raises ``OSError`` when the answer is not 2xx."""
        request = urllib.request.Request(self.url(path), urllib.parse.urlencode(form).encode())
        request.add_header("Authorization", self.authorization(role))
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def get(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(self.url(path), timeout=30) as answer:
            return json.load(answer)


def copied(source: Path, target: Path) -> bool:
    """Copy a file into the cache; True where that changed it."""
    if target.exists() and target.read_bytes() == source.read_bytes():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return True


def environment_of(name: str, requirements: Path) -> Path:
    """A virtual environment in the cache that holds what ``requirements`` names; answers its bin folder."""
    home = CACHE / name
    bin, mark, wanted = home / "bin", home / "made-of.txt", interpreter() + "\n" + requirements.read_text()
    if "-e ." in wanted:
        wanted += (ROOT / "pyproject.toml").read_text()
    if not (bin / "python").exists() or not mark.exists() or mark.read_text() != wanted:
        quietly([interpreter(), "-m", "venv", "--clear", "--without-pip", str(home)], ROOT)
        pip = [sys.executable, "-m", "pip", "--python", str(bin / "python"), "install", "-q"]
        quietly([*pip, "--disable-pip-version-check", "-r", str(requirements)], ROOT)
        mark.write_text(wanted)
    return bin


def version_of(python: Path, *packages: str) -> str:
    """ "package version, package version" as the environment has them."""
    code = "import sys, importlib.metadata as m; print(', '.join(f'{p} {m.version(p)}' for p in sys.argv[1:]))"
    return subprocess.run(
        [str(python), "-c", code, *packages], capture_output=True, text=True, check=True, timeout=30
    ).stdout.strip()


def quietly(command: list[str], cwd: Path, environment: Mapping[str, str] | None = None) -> None:
    """Run a command of the set-up. Raises ``RuntimeError`` with the end of what it printed."""
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {(done.stdout + done.stderr)[-2000:]}")
