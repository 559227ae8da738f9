"""`lychgate demo unicore`: a key that stays in its agent, a chosen group, a job with a token of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lychgate.cli.stories.story import StepFailed
from lychgate.cli.stories.unicore import _refused


def test_each_step_does_what_it_says() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "lychgate", "demo", "unicore"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr
    assert len([line for line in told.stdout.splitlines() if line.startswith("    ok  ")]) == 10, told.stdout
    assert told.stdout.count("403: ") == 2
    assert "the job is demo hpc user" in told.stdout


def test_what_is_not_refused_fails_its_step() -> None:
    with pytest.raises(StepFailed, match="a refusal"):
        _refused(lambda: None, 403)
