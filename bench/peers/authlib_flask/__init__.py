"""Authlib on Flask under gunicorn, one worker, SQLite."""

from __future__ import annotations

import os
from pathlib import Path

from bench.peers.peer import CACHE, Peer, environment_of, quietly, version_of

HERE = Path(__file__).parent
BIN = CACHE / "authlib_flask" / "bin"


class AuthlibFlask(Peer):
    key = "authlib"
    title = "Authlib on Flask"
    note = "gunicorn, one worker, SQLite; introspects opaque tokens"
    introspected = "opaque"

    @classmethod
    def install(cls) -> None:
        environment_of("authlib_flask", HERE / "requirements.txt")

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(folder, port)
        self.environment = {"FOLDER": str(folder), "AUTHLIB_INSECURE_TRANSPORT": "1", "PYTHONPATH": str(HERE)}

    def prepare(self) -> None:
        quietly([str(BIN / "python"), str(HERE / "app.py")], self.folder, os.environ | self.environment)

    def command(self) -> list[str]:
        return [str(BIN / "gunicorn"), "-w", "1", "-b", f"127.0.0.1:{self.port}", "--no-control-socket", "app:app"]

    def version(self) -> str:
        return version_of(BIN / "python", "authlib", "flask", "gunicorn")
