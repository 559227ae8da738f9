"""The commands for callers where the server's words, the terminal, the streams, the home or the person are unkind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lychgate.cli import main
from support.server import poll
from support.terminal import at_terminal

from .conftest import Operate

EVIL = "\x1b]0;owned\x07\x1b[31mred\x9b2J\r\nlychgate: forged\u202e"
LATER = {"refresh_token": "another-that-nobody-must-see", "refresh_expires_in": 1e30}
TOKEN = "a-token-that-nobody-must-see"


class Hostile(ThreadingHTTPServer):
    """An issuer all of whose words are meant for the terminal. ``slow`` programs wait until it ends."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url, self.over, self.waiting = f"http://127.0.0.1:{self.server_port}", threading.Event(), threading.Event()
        self.code = "WDJB-MJHT"

    def answer(self, path: str, form: str) -> tuple[int, Any]:
        if path == "/slow":
            self.waiting.set()
            self.over.wait(60)
        said = {name: f"{name}{EVIL}" for name in ("sub", "name", "email", "preferred_username")}
        device = {"device_code": "d", "user_code": self.code, "verification_uri": f"{self.url}/d", "interval": 1}
        tables: dict[str, Any] = {
            "/me": said,
            "/device": device,
            "/token": {
                "access_token": TOKEN,
                "token_type": "Bearer",
                "expires_in": 300,
                "scope": f"read {EVIL}",
                **LATER,
            },
            "/.well-known/openid-configuration": {"issuer": self.url, **self._ends()},
        }
        return (200, tables[path]) if path in tables else (400, {"error": f"no{EVIL}", "error_description": EVIL})

    def _ends(self) -> Mapping[str, str]:
        ends = {"token": "token", "device_authorization": "device", "userinfo": "me", "revocation": "revoke"}
        return {f"{name}_endpoint": f"{self.url}/{path}" for name, path in ends.items()}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        form = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        assert isinstance(self.server, Hostile)
        status, answer = self.server.answer(self.path, form)
        body = EVIL.encode() if self.path == "/body" else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Tests print no access log."""


@pytest.fixture(scope="module")
def issuer() -> Iterator[Hostile]:
    with Hostile() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
    thread.join(10)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, issuer: Hostile) -> Path:
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path))
    monkeypatch.setenv("KEY", "of-the-robot-alone")
    text = f'issuer = "{issuer.url}"\norigins = ["{issuer.url}"]\n'
    robot = 'source = "client_credentials"\nclient_id = "r"\nclient_secret = "env:KEY"\n'
    (tmp_path / "profiles.toml").write_text(
        f'[profile.person]\nsource = "device_code"\nclient_id = "app"\n{text}'
        f"[profile.robot]\n{robot}{text}"
        f'[profile.slow]\n{robot}token_endpoint = "{issuer.url}/slow"\n'
    )
    (tmp_path / "profiles.toml").chmod(0o600)
    return tmp_path


def test_a_servers_words_are_shown_and_never_obeyed(home: Path, operate: Operate, issuer: Hostile) -> None:
    person = operate("login", "person", "--device")
    assert person.status == 0, person.err
    ids = [row["id"] for row in json.loads(operate("store", "list", "--json").out)]
    lines = [
        ("status",), ("status", "--json"), ("whoami", "person"), ("whoami", "person", "--json"), ("doctor",),
        ("store", "list"), ("store", "show", ids[0]), ("explain", f"{issuer.url}/{EVIL}", "--profile", "person"),
        ("token", "robot", "--for-job", "60s"), ("call", "-i", "GET", f"{issuer.url}/x", "--profile", "robot"),
        ("store", "move", ids[0], "--to", str(home / "other")),
        ("store", "forget", ids[0], "--store", str(home / "other")),
        ("login", "person", "--device"), ("logout", "person"),
    ]  # fmt: skip
    said = [person, *(operate(*words) for words in lines)]
    for words, one in zip([("login",), *lines], said, strict=True):
        for text in (one.out, one.err):
            assert all(char.isprintable() or char == "\n" for char in text), (words, text)
            assert "\nlychgate: forged" not in text, (words, text)
    assert sum("?]0;owned?" in one.out + one.err for one in said) >= 8, "the words were there"
    assert not any(TOKEN in one.err or "of-the-robot" in one.out + one.err for one in said)


def test_a_code_or_a_link_that_is_none_is_not_shown_at_all(home: Path, operate: Operate, issuer: Hostile) -> None:
    issuer.code = f"AB{EVIL}"
    said = operate("login", "person", "--device")
    issuer.code = "WDJB-MJHT"
    assert said.status == 4
    assert "characters that cannot be shown" in said.err
    assert "forged" not in said.err


def test_a_body_is_harmless_at_a_terminal_and_whole_in_a_pipe(home: Path, issuer: Hostile) -> None:
    call = (sys.executable, "-m", "lychgate", "call", "GET", f"{issuer.url}/body", "--profile", "robot")
    with at_terminal(*call) as seen:
        seen.wait_for("forged")
        seen.end()
    assert "\x1b" not in seen.seen
    assert "\x9b" not in seen.seen
    assert subprocess.run(call, capture_output=True, timeout=60, check=False).stdout == EVIL.encode()


@pytest.mark.parametrize("words", [("token", "slow"), ("call", "GET", "http://127.0.0.1:9/", "--profile", "slow")])
def test_ctrl_c_is_one_line_and_status_130(home: Path, issuer: Hostile, words: tuple[str, ...]) -> None:
    issuer.waiting.clear()
    command = [sys.executable, "-m", "lychgate", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        poll(issuer.waiting.is_set, 30)
        started.send_signal(signal.SIGINT)
        assert started.communicate(timeout=30) == ("", "lychgate: stopped\n")
    assert started.returncode == 130


def test_streams_that_are_closed_or_know_few_letters_are_no_fault(home: Path, operate: Operate) -> None:
    def run(shell: str, **env: str) -> subprocess.CompletedProcess[bytes]:
        line = shell.replace("lychgate", f"{sys.executable} -m lychgate")
        return subprocess.run(
            ["sh", "-c", line], env={**os.environ, **env}, capture_output=True, timeout=60, check=False
        )

    text = (home / "profiles.toml").read_text()
    (home / "profiles.toml").write_text(text.replace("[profile.slow]", '[profile."zoë-Ω"]'))
    assert run("lychgate profile list", PYTHONIOENCODING="latin-1").stdout.count("zo\xeb-?".encode("latin-1")) == 1
    closed = run("lychgate profile list >&- 2>&- <&-")
    assert (closed.returncode, closed.stdout, closed.stderr) == (0, b"", b"")
    cut = run("{ lychgate profile list; echo $? >&2; } | true")
    assert cut.stderr == b"0\n"
    posix = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    named = run("lychgate profile add g\u00f6 --authenticator bearer --token env:KEY", **posix)
    assert (named.returncode, named.stderr.count(b"\n")) == (1, 1)
    assert b"set LANG=C.UTF-8" in named.stderr


def test_a_user_without_a_home_is_told_what_to_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import pwd

    def nobody(number: int) -> Any:
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    for name in ("HOME", "LYCHGATE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for words in (["status"], ["store", "list"], ["doctor", "--offline"]):
        assert main(words) == 1
        said = capsys.readouterr()
        assert "set HOME, or LYCHGATE_HOME" in said.out + said.err


def test_a_password_in_an_address_is_refused_and_not_repeated(home: Path, operate: Operate, issuer: Hostile) -> None:
    address = issuer.url.replace("//", "//ada:hunter2@")
    kept = ("--source", "client_credentials", "--client-id", "x", "--client-secret", "env:KEY", "--issuer", address)
    for words in (("login", address), ("profile", "add", "new", *kept)):
        said = operate(*words)
        assert said.status != 0
        assert "holds a name or a password" in said.err
        assert "hunter2" not in said.err
    assert "hunter2" not in (home / "profiles.toml").read_text()
