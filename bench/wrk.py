"""One run of wrk, on a core of its own."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

LOAD = Path(__file__).with_name("load.lua")
CONNECTIONS = 16
CORE = "1"


@dataclass(frozen=True)
class Sample:
    """What one run of wrk saw: how many answers, how many a second, latencies in milliseconds, and what went wrong."""

    answers: int
    rate: float
    p50: float
    p99: float
    bad: int
    errors: int


@dataclass(frozen=True)
class Load:
    """What to send: ``mode`` as in load.lua, ``expect`` a Lua pattern that each answer must hold."""

    mode: str
    url: str
    authorization: str | None = None
    body: str | None = None
    file: Path | None = None
    expect: str | None = None
    keep: Path | None = None


def basic(id: str, secret: str) -> str:
    """The Authorization header of client_secret_basic (RFC 6749 2.3.1)."""
    pair = f"{urllib.parse.quote_plus(id)}:{urllib.parse.quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def wrk(load: Load, seconds: float) -> Sample:
    """Send ``load`` for ``seconds`` over 16 connections that stay open.

    Raises ``RuntimeError`` when wrk itself fails.
    """
    wishes = {
        "MODE": load.mode,
        "AUTHORIZATION": load.authorization,
        "BODY": load.body,
        "FILE": load.file,
        "EXPECT": load.expect,
        "KEEP": load.keep,
        "CONNECTIONS": CONNECTIONS,
    }
    environment = os.environ | {f"BENCH_{name}": str(value) for name, value in wishes.items() if value is not None}
    command = ["taskset", "-c", CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s"]
    command += ["--timeout", "30s", "-s", str(LOAD), load.url]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds + 60, check=False)
    try:
        seen = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        raise RuntimeError(f"wrk failed: {done.stdout[-500:]}{done.stderr[-500:]}") from None
    count = seen["requests"]
    return Sample(count, count / seen["seconds"], seen["p50"], seen["p99"], seen["bad"], seen["errors"])
