"""Relying parties of Node, each a script of ``tests/peers/js/relying``: it acts, and asks us to be the person."""

from __future__ import annotations

import json
import subprocess
import threading
from dataclasses import dataclass, field
from typing import Any

from support.node import free_port, installed
from support.person import PersonAtBrowser
from support.server import Server

EMAIL, PASSWORD = "ada@example.org", "hunter2"
PATIENCE = 90.0  # seconds for one scenario


@dataclass
class Failed(Exception):
    """The library refused; ``told`` is what its error says: name, message, code, error, status."""

    told: dict[str, Any]

    def __str__(self) -> str:
        return json.dumps(self.told)


@dataclass
class RelyingScript:
    """Runs scenarios of one script at ``server``; ``answer`` is what its person says on the consent page."""

    server: Server
    script: str
    issuer: str = ""
    answer: str = "allow"
    visited: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._person = PersonAtBrowser(self.server.url)

    def close(self) -> None:
        self._person.close()

    def play(self, scenario: str, **settings: Any) -> Any:
        """The scenario's result. Raises ``Failed``."""
        node, home = installed("relying")
        given = {"issuer": self.issuer or self.server.issuer, "back": f"http://127.0.0.1:{free_port()}/back"} | settings
        words = [str(node), str(home / f"{self.script}.mjs"), scenario, json.dumps(given)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(words, cwd=home, text=True, **pipes) as process:
            bound = threading.Timer(PATIENCE, process.kill)
            bound.start()
            try:
                return self._converse(process)
            finally:
                bound.cancel()
                process.kill()

    def _converse(self, process: subprocess.Popen[str]) -> Any:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            said = json.loads(line)
            if "result" in said:
                return said["result"]
            if "failed" in said:
                raise Failed(said["failed"])
            if "visit" in said:
                process.stdin.write(json.dumps(self._visit(said["visit"])) + "\n")
                process.stdin.flush()
            else:
                self._confirm(said["confirm"])
        raise AssertionError(f"{self.script} ended without a result:\n{process.stderr.read()[-2000:]}")

    def _visit(self, url: str) -> str:
        self.visited.append(url)
        person = self._person.open(url)
        if not person.left_to and 'name="password"' in person.page.text:
            person.log_in(EMAIL, PASSWORD)
        if not person.left_to:
            person.send({"answer": "log_out" if 'value="log_out"' in person.page.text else self.answer})
        return person.left_to

    def _confirm(self, url: str) -> None:
        person = self._person.open(url)
        for _ in range(2):  # before the login, and after it
            person.send({"user_code": person.form(names={"user_code"}).fields["user_code"]})
            if 'name="password"' in person.page.text:
                person.log_in(EMAIL, PASSWORD)
        person.send({"answer": self.answer})
