"""On what and how it was measured: nothing that names the machine or a path of it."""

from __future__ import annotations

import datetime
import platform
import subprocess
from pathlib import Path
from typing import Any

from bench.interpreter import interpreter
from bench.servers import Plan
from bench.wrk import CONNECTIONS


def facts(plan: Plan) -> dict[str, Any]:
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "processor": processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": python(),
        "rounds": plan.rounds,
        "seconds": plan.seconds,
        "connections": CONNECTIONS,
    }


def python() -> str:
    """The version of the Python that the Python servers run on."""
    done = subprocess.run([interpreter(), "-V"], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.removeprefix("Python ").strip()


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
