"""Lychgate in its default configuration: one worker, SQLite, audit on."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from bench.peers.peer import CACHE, Peer, environment_of, version_of

BIN = CACHE / "lychgate" / "bin"
RESOURCE = "https://api.example.org"
USER = "demo@example.org"
PASSWORD = "a password of the benchmarks"


class Ours(Peer):
    key = "lychgate"
    title = "Lychgate"
    note = "defaults: one worker, durable SQLite, audit on"
    token = "/oauth2/token"
    introspect = "/oauth2/introspect"
    introspected = "es256"

    @classmethod
    def install(cls) -> None:
        environment_of("lychgate", Path(__file__).with_name("requirements.txt"))

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(folder, port)
        self.secrets: dict[str, str] = {}

    def prepare(self) -> None:
        """Its clients and its user, made by its own commands."""
        clients = {
            "es256": ["--alg", "ES256", "--audience", RESOURCE, "--grant", "client_credentials"],
            "rs256": ["--alg", "RS256", "--audience", RESOURCE, "--grant", "client_credentials"],
            "introspector": ["--resource", RESOURCE, "--grant", "client_credentials"],
            "refresher": ["--audience", RESOURCE, "--grant", "password", "--grant", "refresh_token"],
        }
        for name, options in clients.items():
            made = json.loads(self._command("client", "add", "--id", name, "--name", name, *options, "--json"))
            self.secrets[name] = made["client_secret"]
        self._command("user", "add", USER, "--password-stdin", answer=PASSWORD + "\n")

    def command(self) -> list[str]:
        return [self._lychgate(), "serve", "--host", "127.0.0.1", "--port", str(self.port), "--data", str(self.folder)]

    def credentials(self, role: str) -> tuple[str, str]:
        return role, self.secrets[role]

    def version(self) -> str:
        return version_of(BIN / "python", "lychgate", "uvicorn")

    def _command(self, *words: str, answer: str = "") -> str:
        done = subprocess.run(
            [self._lychgate(), *words, "--data", str(self.folder)],
            input=answer,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"lychgate {' '.join(words[:2])} failed: {done.stderr[-1000:]}")
        return done.stdout

    @staticmethod
    def _lychgate() -> str:
        return str(BIN / "lychgate")
