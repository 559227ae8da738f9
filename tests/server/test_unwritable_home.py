"""`lychgate serve` and the client where the home cannot be written: one clear line, and no traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.peers import missing

UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all"]


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """What runs our command without root's way past file modes."""
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        missing("setpriv, without which root may write everywhere")
    return [*(UNPRIVILEGED if os.geteuid() == 0 else []), sys.executable, "-m", "lychgate"]


def test_serve_in_a_home_that_cannot_be_written_is_one_clear_line(command: list[str], tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    try:
        done = subprocess.run(
            [*command, "serve", "--port", "0"], env=environment, capture_output=True, text=True, timeout=60
        )
    finally:
        tmp_path.chmod(0o700)
    assert done.returncode == 1
    assert done.stderr.startswith("lychgate: ")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_operators_command_there_is_one_clear_line_too(command: list[str], tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    try:
        done = subprocess.run([*command, "user", "list"], env=environment, capture_output=True, text=True, timeout=60)
    finally:
        tmp_path.chmod(0o700)
    assert done.returncode != 0
    assert done.stderr.startswith("lychgate: ")
    assert "Traceback" not in done.stderr
