"""``lychgate database ...``: a copy that is whole while the server writes, and a schema brought up to date."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from lychgate.server.migrations import upgrade
from lychgate.server.stores.schema import HEAD
from support.server import running

from .conftest import Operate

GRANT = {"grant_type": "client_credentials"}


def test_a_copy_made_while_the_server_writes_is_whole_and_private_and_serves(operate: Operate, tmp_path: Path):
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    with running(data) as server:
        server.user_add("ada@example.org")
        robot = server.client_add()
        stopped = threading.Event()

        def busy() -> None:
            while not stopped.is_set():
                server.post("/oauth2/token", GRANT, basic=robot.pair)

        writing = threading.Thread(target=busy)
        writing.start()
        try:
            done = operate("database", "backup", str(copy), "--data", str(data))
        finally:
            stopped.set()
            writing.join(10)
        assert done.status == 0, done.err
        assert str(data / "master.key") in done.err, "what is not in the copy"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert sorted(each.name for each in tmp_path.iterdir()) == ["copy.db", "data"], "nothing is left beside it"
    assert sqlite3.connect(copy).execute("PRAGMA integrity_check").fetchone() == ("ok",)
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    shutil.copy(data / "master.key", other / "master.key")
    copy.rename(other / "lychgate.db")
    with running(other) as server:
        assert server.post("/oauth2/token", GRANT, basic=robot.pair).status == 200


@pytest.mark.parametrize("kind", ["file", "link", "no folder"])
def test_a_copy_takes_nobodys_place(operate: Operate, data: Path, tmp_path: Path, kind: str):
    assert operate("database", "upgrade").status == 0
    target = tmp_path / "there"
    if kind == "file":
        target.write_text("something else")
    elif kind == "link":
        target.symlink_to(tmp_path / "nowhere")
    else:
        target = tmp_path / "missing" / "copy.db"
    done = operate("database", "backup", str(target))
    assert done.status == 1
    assert str(target) in done.err
    assert done.err.count("\n") == 1
    assert kind != "file" or target.read_text() == "something else"
    assert not (tmp_path / "nowhere").exists()
    assert [each.name for each in tmp_path.iterdir()] == ([] if kind == "no folder" else ["there"])


def test_postgresql_is_left_to_its_own_tool(operate: Operate, tmp_path: Path):
    url = "postgresql://someone:a-password-of-theirs@127.0.0.1:1/nothing"
    done = operate("database", "backup", str(tmp_path / "copy"), "--database", url)
    assert (done.status, "pg_dump" in done.err, "a-password-of-theirs" in done.err) == (1, True, False)


def test_an_older_schema_is_told_and_brought_up_to_date_once(operate: Operate, tmp_path: Path):
    data = tmp_path / "older"
    at = ("--data", str(data))
    assert operate("database", "show", *at, "--json").json()["state"] == "empty"
    data.mkdir(mode=0o700)
    upgrade.work_on(f"sqlite:///{data}/lychgate.db", upgrade.to("0007"))
    assert operate("database", "show", *at, "--json").json() == {
        "database": f"{data}/lychgate.db",
        "schema": "0007",
        "newest": HEAD,
        "state": "older",
    }
    assert "lychgate database upgrade" in operate("database", "show", *at).out
    assert f"from schema 0007 to {HEAD}" in operate("database", "upgrade", *at).out
    assert f"up to date ({HEAD})" in operate("database", "upgrade", *at).out
    assert "up to date" in operate("database", "show", *at).out
