"""``lychgate doctor --server``: what an operator is told of settings, folder, keys, port, database; nothing changes."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lychgate.server.signing.master import Master
from support.server import running
from support.tls import certificate

from .conftest import Operate, Said

Found = dict[tuple[str, str], str]


@pytest.fixture
def made(operate: Operate, data: Path) -> Path:
    """A data folder in order, on which no server runs."""
    assert operate("keys", "list").status == 0
    return data


def doctor(operate: Operate, *more: str) -> tuple[int, Found]:
    said: Said = operate("doctor", "--server", "--json", *more)
    rows = json.loads(said.out)
    found: Found = {}
    for row in rows:
        key = (row["what"], row["state"])
        found[key] = f"{found[key]}\n{row['text']}" if key in found else row["text"]
    return said.status, found


@pytest.fixture(autouse=True)
def _port(monkeypatch: pytest.MonkeyPatch) -> None:
    """A free one, unless a test names another; put back as it was."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("LYCHGATE_PORT", str(free.getsockname()[1]))


def wrong(found: Found) -> set[str]:
    return {what for what, state in found if state == "bad"}


def test_before_the_first_start_nothing_is_wrong_and_nothing_is_made(operate: Operate, tmp_path: Path) -> None:
    status, found = doctor(operate, "--data", str(tmp_path / "none"))
    assert (status, wrong(found)) == (0, set())
    assert "first start makes" in found["files", "note"]
    assert not (tmp_path / "none").exists()


def test_a_folder_in_order_is_found_so_and_left_so(operate: Operate, made: Path) -> None:
    before = {path.name: path.read_bytes() for path in made.iterdir() if path.suffix not in (".db-wal", ".db-shm")}
    status, found = doctor(operate)
    assert (status, wrong(found)) == (0, set())
    assert "it fits the database" in found["master key", "ok"]
    assert "ES256" in found["keys", "ok"]
    assert "no administrator yet" in found["people", "note"]
    assert before == {name: (made / name).read_bytes() for name in before}
    assert {row["event"] for row in operate("audit", "--json").json()} <= {"client.add", "keys.rotate"}


def test_a_server_that_runs_answers_as_itself_at_its_own_url(
    tmp_path: Path, operate: Operate, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(tmp_path / "data") as server:
        port = server.url.rpartition(":")[2]
        at = ("--data", str(server.data))
        monkeypatch.setenv("LYCHGATE_PORT", port)
        status, found = doctor(operate, *at)
        assert (status, wrong(found)) == (0, set())
        assert f"{server.issuer} answers as itself" in found["issuer", "ok"]
        monkeypatch.setenv("LYCHGATE_PORT", "9")
        status, found = doctor(operate, *at)
        assert status == 1
        assert "on other settings?" in found["port", "bad"]
        assert "clients know the old one" in found["issuer", "note"]


def test_an_issuer_with_a_private_ca_is_no_wrong_issuer(
    tmp_path: Path, operate: Operate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is a file of authorities that is not there, or a certificate that has another name."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    tls = certificate(tmp_path / "tls", "localhost")
    tls.key.chmod(0o600)
    secure = ("--tls-cert", str(tls.cert), "--tls-key", str(tls.key), "--host", "localhost")
    with running(tmp_path / "data", *secure) as server:
        port = server.url.rpartition(":")[2]
        for name, value in {"PORT": port, "HOST": "localhost", "TLS_CERT": tls.cert, "TLS_KEY": tls.key}.items():
            monkeypatch.setenv(f"LYCHGATE_{name}", str(value))
        at = ("--data", str(server.data))
        status, found = doctor(operate, *at)
        assert (status, wrong(found)) == (0, set())
        assert f"the certificate of {server.issuer} is not trusted here" in found["certificate", "note"]
        assert "SSL_CERT_FILE=/path/to/ca.pem" in found["certificate", "note"]
        monkeypatch.setenv("SSL_CERT_FILE", str(tls.ca))
        status, found = doctor(operate, *at)
        assert (status, f"{server.issuer} answers as itself" in found["issuer", "ok"]) == (0, True)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
        status, found = doctor(operate, *at)
        assert (status, f"SSL_CERT_FILE names {tmp_path}/none.pem, but it is not there" in found["issuer", "bad"]) == (
            1,
            True,
        )


def test_a_port_that_somebody_else_has_is_named(operate: Operate, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        monkeypatch.setenv("LYCHGATE_PORT", str(taken.getsockname()[1]))
        status, found = doctor(operate)
    assert (status, wrong(found)) == (1, {"port"})
    assert "is in use" in found["port", "bad"]


def test_what_others_can_read_or_change_is_said_with_the_remedy(operate: Operate, made: Path) -> None:
    (made / "lychgate.toml").write_text("lifetime = 600\n")
    changed = {made / "lychgate.db": 0o644, made / "lychgate.toml": 0o666}
    for path, mode in changed.items():
        path.chmod(mode)
    status, found = doctor(operate)
    assert (status, wrong(found)) == (1, {"files"})
    assert "chmod go-rwx" in found["files", "bad"]
    assert "chmod go-w" in found["files", "bad"]
    (made / "lychgate.db").chmod(0o600)
    (made / "lychgate.toml").write_text("lifetim = 600\n")
    status, found = doctor(operate)
    assert (status, "lifetime?" in found["settings", "bad"]) == (1, True)
    (made / "lychgate.toml").unlink()


def test_another_master_key_is_no_key(operate: Operate, made: Path) -> None:
    key = made / "master.key"
    right = key.read_bytes()
    key.write_bytes(os.urandom(32))
    status, found = doctor(operate)
    assert (status, "not the one" in found["master key", "bad"]) == (1, True)
    assert Master(right).id.hex() not in json.dumps(list(found.values()))
    key.unlink()
    assert "cannot be read" in doctor(operate)[1]["master key", "bad"]
    key.touch(0o600)
    key.write_bytes(right)
    key.chmod(0o600)
    assert doctor(operate)[0] == 0


@pytest.mark.parametrize(("revision", "state", "word"), [("0001", "note", "next start"), ("9999", "bad", "newer")])
def test_another_schema_is_told_and_not_migrated(
    operate: Operate, made: Path, revision: str, state: str, word: str
) -> None:
    with closing(sqlite3.connect(made / "lychgate.db")) as database:
        kept = database.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        database.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        database.commit()
        status, found = doctor(operate)
        assert (status, word in found["database", state]) == (int(state == "bad"), True)
        database.execute("UPDATE alembic_version SET version_num = ?", (kept,))
        database.commit()


def test_a_broken_database_is_said_without_a_trace(operate: Operate, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(0o700)
    (tmp_path / "data" / "lychgate.db").write_bytes(b"no database" * 100)
    (tmp_path / "data" / "lychgate.db").chmod(0o600)
    status, found = doctor(operate, "--data", str(tmp_path / "data"))
    assert (status, wrong(found)) == (1, {"database"})
    away = "postgresql://ada:hunter2hunter2@127.0.0.1:9/x"
    status, found = doctor(operate, "--data", str(tmp_path / "data"), "--database", away)
    assert status == 1
    assert "hunter2" not in json.dumps(list(found.values()))


def test_certificates_end_and_do_not_fit(
    operate: Operate, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, other = certificate(tmp_path / "a", "localhost"), certificate(tmp_path / "b", "localhost")
    monkeypatch.setenv("LYCHGATE_TLS_CERT", str(tls.cert))
    monkeypatch.setenv("LYCHGATE_TLS_KEY", str(tls.key))
    tls.key.chmod(0o600)
    assert "ends in " in doctor(operate)[1]["certificate", "note"]
    monkeypatch.setenv("LYCHGATE_TLS_CERT", str(other.cert))
    status, found = doctor(operate)
    assert (status, "no certificate with its key" in found["settings", "bad"]) == (1, True)


def test_keys_that_are_old_or_do_not_sign_and_a_clock_that_went_back_are_told(operate: Operate, made: Path) -> None:
    with closing(sqlite3.connect(made / "lychgate.db")) as database:
        year = int((datetime.now(UTC) - timedelta(days=500)).timestamp() * 1000)
        ahead = int((datetime.now(UTC) + timedelta(hours=2)).timestamp() * 1000)
        database.execute("UPDATE signing_key SET signs_from = ?", (year,))
        database.execute(
            "INSERT INTO audit (at, issuer, event, outcome, detail) VALUES (?, 'main', 'x', 'ok', '{}')", (ahead,)
        )
        database.commit()
        status, found = doctor(operate)
        assert "has signed for 500 days; a new one may be due" in found["keys", "note"]
        assert (status, "7200 s ahead" in found["clock", "bad"] or "7199 s ahead" in found["clock", "bad"]) == (1, True)
        database.execute("DELETE FROM audit WHERE event = 'x'")
        database.execute("UPDATE signing_key SET signs_until = ?", (year + 1,))
        database.commit()
        status, found = doctor(operate)
        assert (status, "keys rotate --at-once" in found["keys", "bad"]) == (1, True)


def test_the_datas_options_go_with_server_alone(operate: Operate, tmp_path: Path) -> None:
    said = operate("doctor", "--data", str(tmp_path))
    assert (said.status, "--server" in said.err) == (2, True)
