"""`lychgate demo vendor`: four schemes behind one call; a scheme that does not do what it says fails its step."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from rich.console import Console

from lychgate.cli.stories import vendor, vendor_api
from lychgate.cli.stories.stage import Stage
from lychgate.cli.stories.story import StepFailed


def test_each_step_does_what_it_says():
    told = subprocess.run(
        [sys.executable, "-m", "lychgate", "demo", "vendor"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert len([line for line in told.stdout.splitlines() if line.startswith("    ok  ")]) == 9, told.stdout
    assert told.stdout.count("200, 7 devices of ada") == 4
    assert "Each step did what it said" in told.stdout


@pytest.mark.parametrize(
    ("path", "step"), [("/query/devices", "a key in the query"), ("/login", "a token for a login")]
)
def test_a_scheme_that_is_not_let_in_fails_its_step(path: str, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vendor_api._WAYS, path, lambda known, asked: (500, {}, {}))
    shown = io.StringIO()
    with pytest.raises(Exception, match="500") as caught:
        vendor.play(Stage(Console(file=shown, width=200), "a test"))
    assert step in shown.getvalue().split("FAILED")[1]
    assert path == "/login" or isinstance(caught.value, StepFailed)
