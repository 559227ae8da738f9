"""The client beside its peers: run in an environment of its own in the cache, on a core of its own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.peers.peer import ROOT, environment_of

REQUIREMENTS = Path(__file__).parent / "clients" / "requirements.txt"


def python() -> Path:
    """The interpreter that has our client, its peers, and matplotlib."""
    return environment_of("clients", REQUIREMENTS) / "python"


def run(module: str, *arguments: object) -> Any:
    """Run one module of ``bench.clients`` there and read the JSON that it prints last."""
    command = [str(python()), "-m", f"bench.clients.{module}", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise RuntimeError(f"bench.clients.{module} failed: {done.stderr[-1500:]}")
    return json.loads(done.stdout.splitlines()[-1])


def client_side(kinds: list[str], quick: bool, console: Console) -> dict[str, Any]:
    """The figures of the kinds asked for: "calls", "imports", "stampede", "guard"."""
    arguments = {
        "calls": (3, 100) if quick else (25, 200),
        "imports": (3 if quick else 11,),
        "stampede": (),
        "guard": (3, 100) if quick else (15, 300),
    }
    found = {}
    with console.status("") as status:
        for kind in kinds:
            status.update(f"client: {kind}")
            found[kind] = run(kind, *arguments[kind])
    return found
