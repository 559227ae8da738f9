"""Peers: programs and packages of others that a test talks to."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """A peer is not there: a failure where ``CI=true``, else a skip with its reason."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"missing in CI: {reason}", pytrace=False)
    pytest.skip(reason, allow_module_level=True)


def needs(*, module: str = "", program: str = "", reason: str = "") -> None:
    """Skip the test (fail it in CI) unless the Python module or the program is there."""
    if module and importlib.util.find_spec(module) is None:
        missing(reason or f"the Python package {module} is not installed")
    if program and shutil.which(program) is None:
        missing(reason or f"the program {program} is not installed")


@contextmanager
def alone(cache: Path) -> Iterator[None]:
    """One process at a time brings what a cache folder holds; the others wait, and find it there."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
