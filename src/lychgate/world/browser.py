"""Opening a page in a person's browser: no text browser, no shell, and nobody waits for it longer than 3 seconds."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

PATIENCE = 3.0  # seconds; a starter that is slower is left to itself, and the link has been shown anyway
_TEXT_BROWSERS = frozenset({"www-browser", "links", "links2", "elinks", "lynx", "w3m", "edbrowse", "browsh", "retawq"})


def open_page(url: str, *, wsl: bool = False) -> bool:
    """Whether a browser was started on ``url`` (http or https, else it is not)."""
    if urlsplit(url).scheme not in ("http", "https"):
        return False
    opened: list[bool] = []
    starter = _through_windows if wsl and not os.environ.get("BROWSER") else _here
    thread = threading.Thread(target=lambda: opened.append(_tried(starter, url)), name="lychgate-browser", daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return not opened or opened[0]


def _tried(starter: Callable[[str], bool], url: str) -> bool:
    try:
        return starter(url)
    except (webbrowser.Error, OSError, subprocess.SubprocessError):
        return False


def _here(url: str) -> bool:
    browser = webbrowser.get()
    words = str(getattr(browser, "name", "")).split()
    if words and Path(words[0]).name in _TEXT_BROWSERS:
        return False
    return browser.open(url, new=2)


def _through_windows(url: str) -> bool:
    """Windows' own browser, from within WSL: what arrives at its 127.0.0.1 reaches ours."""
    for command in (["wslview"], ["rundll32.exe", "url.dll,FileProtocolHandler"]):
        program = shutil.which(command[0])
        if program:
            words = [program, *command[1:], url]
            silent = subprocess.DEVNULL
            subprocess.Popen(words, start_new_session=True, stdin=silent, stdout=silent, stderr=silent)  # noqa: S603  no shell
            return True
    return False
