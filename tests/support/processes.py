"""Processes of our own: started from a text of Python, always with a bound on their time."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Mapping
from pathlib import Path

TESTS = Path(__file__).parent.parent


def python(code: str, *args: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start ``code`` with ``args`` in ``sys.argv[1:]``; ``tests`` is on its path."""
    path = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *args],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path, **(env or {})},
    )


def output(process: subprocess.Popen[str], seconds: float = 30) -> str:
    """What it printed; fails with what it said where it failed or took too long."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"a process did not end in {seconds} s:\n{out}\n{err}") from None
    assert process.returncode == 0, f"status {process.returncode}:\n{out}\n{err}"
    return out


def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    """Poll until ``condition()`` holds; fail after so many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"it did not happen within {seconds} s"
        time.sleep(0.005)
