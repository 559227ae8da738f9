"""Starting and stopping the server: what it makes, says, refuses, and loses nothing of."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from support.server import Server, poll, running

GRANT = {"grant_type": "client_credentials"}


def refused(*arguments: str, status: int = 1, env: dict[str, str] | None = None) -> str:
    """What a start says that must fail: one line, and the exit status."""
    done = subprocess.run(
        [sys.executable, "-m", "lychgate", "serve", *arguments],
        capture_output=True,
        text=True,
        timeout=20,
        env={**os.environ, **(env or {})},
    )
    assert done.returncode == status, done.stdout + done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("lychgate: ")
    return lines[0]


def test_the_first_start_says_what_it_made_and_the_second_does_not(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as server:
        text = "\n".join(server.said)
        assert "made a signing key (ES256) and the master key" in text
        assert f"no administrator yet: open {server.issuer}/setup and type  " in text
        assert "or:  lychgate user add you@example.org --superuser" in text
        made = server.client_add()
        server.user_add("boss@example.org", superuser=True)
        kid = server.get("/jwks").json()["keys"][0]["kid"]
        assert server.stop() == 0
    with running(data) as server:
        assert "first start" not in "\n".join(server.said)
        assert "no administrator" not in "\n".join(server.said)
        assert server.post("/oauth2/token", GRANT, basic=made.pair).status == 200
        assert [key["kid"] for key in server.get("/jwks").json()["keys"]] == [kid]


def test_ctrl_c_and_sigterm_end_it_in_good_order(tmp_path: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with running(tmp_path / "data") as server:
            assert server.stop(number) == 0


def test_a_second_server_on_the_folder_is_refused_and_names_the_first(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        said = refused("--port", "0", "--data", str(server.data))
        assert f"another server (process {server.process.pid}) runs on the data folder" in said


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"port {port} on 127.0.0.1 is in use" in refused("--port", str(port), "--data", str(tmp_path / "data"))


def test_a_wrong_master_key_is_refused_and_the_right_one_still_works(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as server:
        made = server.client_add()
    key = data / "master.key"
    right = key.read_bytes()
    key.write_bytes(b"x" * 32)
    assert "the master key is not the one" in refused("--port", "0", "--data", str(data))
    key.unlink()
    assert "the master key is not the one" in refused("--port", "0", "--data", str(data))
    assert not key.exists(), "a key that fits nothing must not be left behind"
    key.write_bytes(right)
    key.chmod(0o600)
    with running(data) as server:
        assert server.post("/oauth2/token", GRANT, basic=made.pair).status == 200


def test_a_broken_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "lychgate.db").write_bytes(b"this is no database" * 1000)
    assert "no SQLite database" in refused("--port", "0", "--data", str(data), status=4)
    assert (data / "lychgate.db").read_bytes() == b"this is no database" * 1000


def test_check_starts_nothing_and_makes_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    command = [sys.executable, "-m", "lychgate", "serve", "--check", "--data", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    assert "The settings fit" in done.stdout
    assert not data.exists()
    assert "https" in refused("--check", "--data", str(data), "--issuer", "http://auth.example.org")
    assert "sqlite:// or postgresql://" in refused("--check", "--data", str(data), "--database", "mysql://x")
    assert "--port" in refused("--check", "--data", str(data), "--port", "99999", status=2)


def test_buffered_audit_rows_are_written_at_the_stop(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        made = server.client_add()
        for _ in range(50):
            assert server.post("/oauth2/token", GRANT, basic=made.pair).status == 200
        server.stop()
    with sqlite3.connect(server.data / "lychgate.db") as database:
        rows = database.execute("select count(*) from audit where event = 'token' and outcome = 'ok'").fetchone()
    assert rows == (50,)


def test_a_start_after_kill_leaves_a_gap_row_and_one_after_a_stop_does_not(tmp_path: Path) -> None:
    data = tmp_path / "data"

    def gaps(server: Server) -> int:
        return len(server.operate(lambda engine: engine.store.audit(event="gap")))

    with running(data) as server:
        server.stop(signal.SIGKILL)
    with running(data) as server:
        assert gaps(server) == 1
        server.stop()
    with running(data) as server:
        assert gaps(server) == 1


def test_two_workers_answer_and_end_and_a_dead_one_is_replaced(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--workers", "2") as server:
        made = server.client_add()
        assert {server.post("/oauth2/token", GRANT, basic=made.pair).status for _ in range(20)} == {200}
        path = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
        children = {int(pid) for pid in path.read_text().split()}
        assert len(children) == 2
        os.kill(min(children), signal.SIGKILL)
        poll(lambda: len(set(path.read_text().split())) == 2 and str(min(children)) not in path.read_text().split())
        assert {server.post("/oauth2/token", GRANT, basic=made.pair).status for _ in range(20)} == {200}
        assert server.stop() == 0


def test_an_issuer_behind_a_proxy_is_answered_by_its_own_name(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--issuer", "https://auth.example.org/id") as server:
        assert server.issuer == "https://auth.example.org/id"
        for path in (
            "/.well-known/oauth-authorization-server/id",
            "/id/.well-known/openid-configuration",
            "/.well-known/openid-configuration/id",
        ):
            found = server.get(path, headers={"Host": "auth.example.org"})
            assert found.status == 200
            assert found.json()["token_endpoint"] == "https://auth.example.org/id/oauth2/token"
        made = server.client_add()
        assert server.post("/id/oauth2/token", GRANT, basic=made.pair).status == 200
        assert server.post("/oauth2/token", GRANT, basic=made.pair).status == 404


def test_one_folder_keeps_its_data_where_the_port_changes(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        made, first = server.client_add(), server.issuer
    with running(tmp_path / "data") as server:
        assert server.issuer != first or server.issuer == server.url
        token = server.token(made)
        assert server.is_active(token, made)


@pytest.mark.parametrize("setting", ["prt = 1", "port = -1"])
def test_a_setting_that_does_not_fit_stops_the_start(tmp_path: Path, setting: str) -> None:
    (tmp_path / "lychgate.toml").write_text(setting)
    assert "lychgate.toml:1" in refused("--data", str(tmp_path))
