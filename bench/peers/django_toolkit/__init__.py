"""django-oauth-toolkit with its defaults under gunicorn, one worker, SQLite."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import ClassVar

from bench.peers.peer import CACHE, Peer, environment_of, version_of

HERE = Path(__file__).parent
BIN = CACHE / "django_toolkit" / "bin"
AHEAD = 600


class DjangoToolkit(Peer):
    key = "dot"
    title = "django-oauth-toolkit"
    note = "gunicorn, one worker, SQLite, client secrets hashed by PBKDF2; its tokens are opaque, so no RS256"
    token = "/o/token/"
    introspect = "/o/introspect/"
    jwks = "/o/.well-known/jwks.json"
    introspected = "opaque"
    slow = True
    signs: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def install(cls) -> None:
        environment_of("django_toolkit", HERE / "requirements.txt")

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(folder, port)
        self.environment = {"FOLDER": str(folder), "PYTHONPATH": str(HERE)}
        self.ahead: dict[str, list[str]] = {}

    def prepare(self) -> None:
        key = "import sys; from jwcrypto import jwk; k = jwk.JWK.generate(kty='RSA', size=2048); "
        key += "open(sys.argv[1], 'wb').write(k.export_to_pem(private_key=True, password=None))"
        python = str(BIN / "python")
        subprocess.run([python, "-c", key, str(self.folder / "rsa.pem")], check=True, timeout=60)
        done = subprocess.run(
            [python, str(HERE / "app.py"), str(AHEAD)],
            env=os.environ | self.environment,
            capture_output=True,
            check=True,
            timeout=120,
        )
        made = json.loads(done.stdout.splitlines()[-1])
        self.introspector = made.pop("introspector")
        self.ahead = made

    def command(self) -> list[str]:
        address = f"127.0.0.1:{self.port}"
        return [str(BIN / "gunicorn"), "-w", "1", "-b", address, "--no-control-socket", "app:application"]

    def authorization(self, role: str) -> str:
        """Its introspection is documented with a bearer token of the scope ``introspection``."""
        if role == "introspector":
            return f"Bearer {self.introspector}"
        return super().authorization("opaque" if role == "es256" else role)

    def chains(self, count: int) -> list[str]:
        return self._taken("chains", count)

    def distinct(self, count: int) -> list[str] | None:
        return self._taken("distinct", count)

    def _taken(self, kind: str, count: int) -> list[str]:
        taken, self.ahead[kind] = self.ahead[kind][:count], self.ahead[kind][count:]
        return taken

    def version(self) -> str:
        return version_of(BIN / "python", "django-oauth-toolkit", "django", "gunicorn")
