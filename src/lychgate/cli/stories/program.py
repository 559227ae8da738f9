"""A command of ours that a story runs beside itself, in a home of its own; the link that it shows is caught."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from .story import StepFailed

LINK = re.compile(r"(https?://\S+/(?:oauth2/authorize|device)\?\S+)")
PATIENCE = 30.0  # seconds for a link to be shown
LONGEST = 330.0  # seconds for a command to end: a person has five minutes


class Program:
    """``lychgate ARGUMENTS``. ``said`` is what it has printed; each line goes to ``hear`` as well."""

    def __init__(self, home: Path, arguments: tuple[str, ...], caught: bool, hear: Callable[[str], None]) -> None:
        """``caught``: what it would open in a browser is kept for ``link`` instead."""
        self._opened, self._hear, self.said = home / "opened", hear, ""
        self._opened.unlink(missing_ok=True)
        environment = {**os.environ, "LYCHGATE_HOME": str(home)} if not caught else _desk(home, self._opened)
        self._process = subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-m", "lychgate", *arguments],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said += line
            self._hear(line.rstrip())

    def link(self) -> str:
        """The link that it shows, or opens. Raises ``StepFailed`` where none comes."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            opened = self._opened.read_text() if self._opened.exists() else ""
            if found := LINK.search(opened + self.said):
                return found[1]
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        self.stop()
        raise StepFailed(f"no link was shown: {self.said.strip()}")

    def end(self) -> int:
        """Its exit status, once it has ended by itself."""
        try:
            return self._process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            raise StepFailed("the command did not end") from None
        finally:
            self.stop()

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)
        self._reader.join(5)
        if self._process.stdout is not None:
            self._process.stdout.close()


def _desk(home: Path, opened: Path) -> Mapping[str, str]:
    """An environment in which the program believes itself on a desktop, whose browser writes down what it opens."""
    browser = home / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" > "{opened}"\n')
    browser.chmod(0o700)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "DISPLAY": ":99", "BROWSER": str(browser), "COLUMNS": "500", "LYCHGATE_HOME": str(home)}
