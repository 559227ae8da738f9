"""`lychgate serve` and `lychgate login` on one machine: a person logs in by the browser and by a device's code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from support.person import PersonAtBrowser
from support.server import Server, running

EMAIL, PASSWORD = "ada@example.org", "hunter2"
LINK = re.compile(r"(http://127\.0\.0\.1:\d+/(?:oauth2/authorize|device)\?\S+)")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server")) as started:
        started.user_add(EMAIL, PASSWORD)
        yield started


class Terminal:
    """A command of ours in a home of its own; what it prints is read as it comes."""

    def __init__(self, home: Path, *arguments: str) -> None:
        home.mkdir(exist_ok=True)
        self._opened = home / "opened"  # what the person's browser, a script here, was asked to open
        browser = home / "browser"
        browser.write_text(f'#!/bin/sh\necho "$1" > {self._opened}\n')
        browser.chmod(0o755)
        screen = {"DISPLAY": ":99", "BROWSER": str(browser), "COLUMNS": "500", "CI": ""}
        environment = {**os.environ, **screen, "LYCHGATE_HOME": str(home)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lychgate", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line

    def link(self) -> str:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            opened = self._opened.read_text() if self._opened.exists() else ""
            if found := LINK.search(opened + self.said):
                return found[1]
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"no link was shown:\n{self.said}")

    def end(self) -> int:
        status = self.process.wait(60)
        self._reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


def test_a_person_logs_in_by_the_browser_and_is_known(server: Server, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "login", server.issuer, "--redirect-port", "0")
    person = PersonAtBrowser(server.url).open(terminal.link())
    person.log_in(EMAIL, PASSWORD).allow()
    assert httpx2.get(person.left_to, timeout=20).status_code == 200
    assert terminal.end() == 0, terminal.said
    assert f"Logged in as {EMAIL}" in terminal.said
    told = Terminal(tmp_path, "whoami", "--json")
    assert told.end() == 0, told.said
    assert EMAIL in json.dumps(json.loads(told.said))
    token = Terminal(tmp_path, "token")
    assert token.end() == 0, token.said
    assert server.get("/userinfo", bearer=token.said.strip()).status == 200
    profile = urlsplit(server.issuer).netloc
    code = f"import lychgate; print(lychgate.auth({profile!r}).token().access.reveal())"
    in_python = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "LYCHGATE_HOME": str(tmp_path)}, capture_output=True, text=True
    )
    assert in_python.stdout == token.said, in_python.stderr


def test_a_person_logs_in_by_a_devices_code(server: Server, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "login", server.issuer, "--device")
    person = PersonAtBrowser(server.url).open(terminal.link())
    person.send({"user_code": person.form(names={"user_code"}).fields["user_code"]}).log_in(EMAIL, PASSWORD)
    person.send({"user_code": person.form(names={"user_code"}).fields["user_code"]}).allow()
    assert terminal.end() == 0, terminal.said
    assert f"Logged in as {EMAIL}" in terminal.said


def log_in(server: Server, home: Path, email: str, *more: str) -> Terminal:
    """The terminal, once this person has logged in at the page that it opened."""
    terminal = Terminal(home, "login", server.issuer, "--redirect-port", "0", *more)
    person = PersonAtBrowser(server.url).open(terminal.link()).log_in(email, PASSWORD)
    if not person.left_to:
        person.allow()
    httpx2.get(person.left_to, timeout=20)
    person.close()
    (home / "opened").unlink()
    return terminal


def told(home: Path, *arguments: str) -> str:
    terminal = Terminal(home, *arguments)
    assert terminal.end() == 0, terminal.said
    return terminal.said


def test_nobodys_login_takes_the_place_of_anothers_and_both_have_room(server: Server, tmp_path: Path) -> None:
    ben, profile = "ben@example.org", urlsplit(server.issuer).netloc
    server.user_add(ben, PASSWORD)
    assert log_in(server, tmp_path, EMAIL).end() == 0
    kept = told(tmp_path, "store", "list", "--json")
    refused = log_in(server, tmp_path, ben)
    assert refused.end() == 1
    assert f"{ben} logged in" in refused.said
    assert f"the login of {EMAIL} is kept" in refused.said
    assert "--as NAME" in refused.said
    assert told(tmp_path, "store", "list", "--json") == kept
    beside = log_in(server, tmp_path, ben, "--as", "work")
    assert beside.end() == 0, beside.said
    assert f'Logged in as {ben} at {profile}, profile "work"' in beside.said
    rows = json.loads(told(tmp_path, "store", "list", "--json"))
    assert sorted(row["who"] for row in rows) == [EMAIL, ben]
    assert {row["profile"]: row["who"] for row in json.loads(told(tmp_path, "status", "--json"))} == {
        profile: EMAIL,
        "work": ben,
    }
    told(tmp_path, "logout", profile)
    again = log_in(server, tmp_path, ben)
    assert again.end() == 0, again.said
