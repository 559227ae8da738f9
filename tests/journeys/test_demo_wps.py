"""`lychgate demo wps`: a guarded pywps, a job that outlives its tokens; what does not happen fails its step."""

from __future__ import annotations

import importlib.util
import io
import re
import subprocess
import sys

import pytest
from rich.console import Console

from lychgate.cli.stories import wps
from lychgate.cli.stories.stage import Stage
from lychgate.cli.stories.story import StepFailed
from support.peers import needs


def test_each_step_does_what_it_says() -> None:
    needs(module="pywps")
    told = subprocess.run(
        [sys.executable, "-m", "lychgate", "demo", "wps"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert len([line for line in told.stdout.splitlines() if line.startswith("    ok  ")]) == 7, told.stdout
    renewed = re.search(r"the wait went through (\d) tokens", told.stdout)
    assert renewed, told.stdout
    assert int(renewed[1]) > 1
    assert "████████████████████ 100 %" in told.stdout
    assert "Each step did what it said" in told.stdout


def test_without_pywps_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(StepFailed, match=r"pip install 'lychgate\[wps\]'"):
        wps.play(Stage(Console(file=io.StringIO()), "a test"))
