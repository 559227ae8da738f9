"""`lychgate demo login`: the story of a login, played to its end with nobody there, and told to be missing somebody."""

from __future__ import annotations

import os
import subprocess
import sys


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lychgate", "demo", "login", *arguments],
        env={**os.environ, "CI": "true"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=150,
    )


def test_with_yes_it_plays_the_person_and_each_step_does_what_it_says():
    told = demo("--yes")
    assert told.returncode == 0, told.stdout + told.stderr
    steps = [line for line in told.stdout.splitlines() if line.startswith("    ok  ")]
    assert len(steps) == 10, told.stdout
    assert told.stdout.count("Logged in as ada@example.org") == 2
    assert "Each step did what it said" in told.stdout


def test_without_a_person_and_without_yes_it_fails_and_says_at_which_step():
    told = demo()
    assert told.returncode == 1
    assert "FAILED  Log in with the browser" in told.stdout
    assert "this is a CI run" in told.stdout
