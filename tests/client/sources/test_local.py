"""Tokens that something else on this machine looks after: variables, files, commands, WLCG's places, oidc-agent."""

from __future__ import annotations

import base64
import json
import os
import socket
import stat
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import lychgate
from lychgate.client.profile import parse
from lychgate.kernel.errors import ConfigError, LoginNeeded, TransientError, Unavailable
from support.processes import until

URL = "https://api.example.org/x"


def sent(auth: lychgate.Auth) -> str:
    return auth.headers(URL)["Authorization"]


def jwt(end: float) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'ES256'})}.{part({'exp': end})}.AAAA"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("BEARER_TOKEN", "BEARER_TOKEN_FILE", "OIDC_SOCK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def test_a_variable_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    auth = lychgate.auth(lychgate.Environment("LYCHGATE_TEST_TOKEN"))
    with pytest.raises(Unavailable, match="LYCHGATE_TEST_TOKEN"):
        sent(auth)
    monkeypatch.setenv("LYCHGATE_TEST_TOKEN", " first-token\n")
    auth = lychgate.auth(lychgate.Environment("LYCHGATE_TEST_TOKEN"))
    assert sent(auth) == "Bearer first-token"
    monkeypatch.setenv("LYCHGATE_TEST_TOKEN", "second-token")
    until(lambda: sent(auth) == "Bearer second-token")


def test_a_file_is_read_again_when_it_changes_and_its_last_token_serves_while_it_is_away(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("first-token\n")
    auth = lychgate.auth(lychgate.File(str(path)), store=str(tmp_path / "store"))
    assert sent(auth) == "Bearer first-token"
    path.write_text(json.dumps({"access_token": "second-token", "expires_in": 60}))
    until(lambda: sent(auth) == "Bearer second-token")
    path.unlink()
    wait = time.monotonic() + 1.2
    until(lambda: time.monotonic() > wait)
    assert sent(auth) == "Bearer second-token"
    kept = [file.read_text() for file in (tmp_path / "store").rglob("*") if file.is_file()]
    assert not any("token" in text for text in kept)


@pytest.mark.parametrize("text", ["", "  \n", '{"a": 1}', "two words", "ü", '{"access_token": 7}'])
def test_what_is_no_token_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    path = tmp_path / "token"
    path.write_text(text)
    with pytest.raises(ConfigError, match="file") as caught:
        sent(lychgate.auth(lychgate.File(str(path))))
    assert "two words" not in str(caught.value)


def test_a_file_that_anybody_can_change_a_folder_and_none_at_all_are_named(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("a-token")
    path.chmod(0o646)
    with pytest.raises(ConfigError, match="chmod 600"):
        sent(lychgate.auth(lychgate.File(str(path))))
    with pytest.raises(ConfigError, match="no file"):
        sent(lychgate.auth(lychgate.File(str(tmp_path))))
    with pytest.raises(Unavailable, match="none-there"):
        sent(lychgate.auth(lychgate.File(str(tmp_path / "none-there"))))


@pytest.mark.parametrize(
    ("printed", "life"),
    [
        ("of-the-command", None),
        ('{"access_token": "of-the-command", "expires_in": 90}', 90),
        ('{"status": {"token": "of-the-command", "expirationTimestamp": "2100-01-01T00:00:00Z"}}', 2e9),
    ],
)
def test_a_command_prints_a_token_plain_or_as_json(printed: str, life: float | None) -> None:
    token = lychgate.auth(lychgate.Command([sys.executable, "-c", f"print({printed!r})"])).token()
    assert token.access.reveal() == "of-the-command"
    assert (token.expires_at is None) == (life is None)
    assert life is None or 0 < token.valid_for() <= max(life, 2.5e9)


def test_a_jwt_ends_when_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LYCHGATE_TEST_TOKEN", jwt(time.time() + 40))
    assert 30 < lychgate.auth(lychgate.Environment("LYCHGATE_TEST_TOKEN")).token().valid_for() <= 40


def test_a_command_that_is_not_there_fails_or_hangs_is_said_so() -> None:
    with pytest.raises(Unavailable, match="no-such-command-here"):
        sent(lychgate.auth(lychgate.Command("no-such-command-here --now")))
    with pytest.raises(ConfigError, match="status 3"):
        sent(lychgate.auth(lychgate.Command([sys.executable, "-c", "raise SystemExit(3)"])))
    with pytest.raises(TransientError, match=r"0\.3 s"):
        sent(lychgate.auth(lychgate.Command([sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.3)))


def private(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_wlcg_discovery_takes_the_first_place_that_holds_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def found() -> str:
        return sent(lychgate.auth(lychgate.WlcgToken())).removeprefix("Bearer ")

    private(tmp_path / f"bt_u{os.geteuid()}", "of-the-runtime-folder\n")
    assert found() == "of-the-runtime-folder"
    monkeypatch.setenv("BEARER_TOKEN_FILE", str(private(tmp_path / "named", "of-the-named-file\n")))
    assert found() == "of-the-named-file"
    monkeypatch.setenv("BEARER_TOKEN", " of-the-variable ")
    assert found() == "of-the-variable"


def test_wlcg_discovery_stops_at_a_file_that_others_can_use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = private(tmp_path / f"bt_u{os.geteuid()}", "a-token", 0o640)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    with pytest.raises(ConfigError, match="chmod 600") as caught:
        sent(lychgate.auth(lychgate.WlcgToken()))
    assert not isinstance(caught.value, Unavailable)
    path.unlink()
    path.symlink_to(private(tmp_path / "elsewhere", "a-token"))
    with pytest.raises(ConfigError, match="cannot read"):
        sent(lychgate.auth(lychgate.WlcgToken()))
    if os.geteuid() == 0:
        os.chown(private(tmp_path / "anothers", "a-token"), 12345, -1)
        monkeypatch.setenv("BEARER_TOKEN_FILE", str(tmp_path / "anothers"))
        with pytest.raises(ConfigError, match="another user"):
            sent(lychgate.auth(lychgate.WlcgToken()))


class AgentOfOurs:
    """A Unix socket that answers each connection with what the test says, in two pieces, and stays open."""

    def __init__(self, path: Path) -> None:
        self.path, self.asked, self.reply = path, list[dict[str, Any]](), b""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        self._socket.listen(8)
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            self.asked.append(json.loads(connection.recv(65536)))
            connection.sendall(self.reply[:10])
            connection.sendall(self.reply[10:])

    def close(self) -> None:
        for one in [self._socket, *self._open]:
            one.close()


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[AgentOfOurs]:
    made = AgentOfOurs(tmp_path / "agent")
    yield made
    made.close()


def test_an_agents_token_is_asked_for_over_its_socket(agent: AgentOfOurs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIDC_SOCK", str(agent.path))
    end = int(time.time()) + 600
    agent.reply = json.dumps({"status": "success", "access_token": "of-the-agent" * 800, "expires_at": end}).encode()
    auth = lychgate.auth(lychgate.OidcAgent("unicore", scope="openid compute", audience="site"))
    assert sent(auth) == sent(auth) == "Bearer " + "of-the-agent" * 800
    assert auth.token().expires_at == end
    (asked,) = agent.asked
    assert asked == {
        "request": "access_token",
        "account": "unicore",
        "min_valid_period": 60,
        "application_hint": "lychgate",
        "scope": "openid compute",
        "audience": "site",
    }


def test_an_agent_that_is_not_there_says_no_or_says_nothing(agent: AgentOfOurs, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="OIDC_SOCK"):
        sent(lychgate.auth(lychgate.OidcAgent("x")))
    with pytest.raises(Unavailable, match="no oidc-agent answers"):
        sent(lychgate.auth(lychgate.OidcAgent("x", socket=str(tmp_path / "none"))))
    agent.reply = b'{"status": "failure", "error": "Account not loaded"}'
    with pytest.raises(LoginNeeded, match="Account not loaded") as caught:
        sent(lychgate.auth(lychgate.OidcAgent("x", socket=str(agent.path))))
    assert caught.value.command == "oidc-add x"
    agent.reply = b'{"status"'
    with pytest.raises(TransientError, match=r"0\.3 s"):
        sent(lychgate.auth(lychgate.OidcAgent("x", socket=str(agent.path), timeout=0.3)))


def test_a_chain_goes_on_to_the_next_where_one_is_not_there(agent: AgentOfOurs, tmp_path: Path) -> None:
    agent.reply = b'{"status": "failure", "error": "Account not loaded"}'
    auth = lychgate.auth(
        lychgate.Chain(
            lychgate.Environment("LYCHGATE_TEST_UNSET"),
            lychgate.File(str(tmp_path / "none")),
            lychgate.Command("no-such-command-here"),
            lychgate.OidcAgent("x", socket=str(agent.path)),
            lychgate.Bearer("the-last"),
        )
    )
    assert sent(auth) == "Bearer the-last"


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ('source = "environment"\nvariable = ""', "variable"),
        ('source = "file"\npath = ""', "path"),
        ('source = "file"\npath = 1', "path"),
        ('source = "command"\ncommand = []', "command"),
        ('source = "command"\ncommand = ["x"]\ntimeout = 0', "timeout"),
        ('source = "oidc_agent"\nscope = "x"', "account"),
        ('source = "wlcg"\nplace = "x"', "place"),
    ],
)
def test_a_bad_field_of_a_profile_is_named(lines: str, field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f"[profile.x]\n{lines}\n", "p.toml", "x")
    assert caught.value.field == field


def test_good_profiles_are_built() -> None:
    for lines in ('"environment"', '"wlcg"', '"oidc_agent"\naccount = "x"', '"command"\ncommand = "print-it --now"'):
        assert parse(f"[profile.x]\nsource = {lines}\n", "p.toml", "x").what.who
