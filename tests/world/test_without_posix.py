"""A system without ``fcntl``, forks, users by number, modes and Unix sockets: imports, the file store, its locks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lychgate.world import locks

HIDDEN = """
import os, socket, sys
for name in ("fcntl", "termios", "pwd", "grp", "resource"):
    sys.modules[name] = None
del __import__("signal").SIGHUP
for name in ("register_at_fork", "fork", "fchmod", "fchown", "geteuid", "getuid", "O_NOFOLLOW", "O_NONBLOCK"):
    delattr(os, name)
del socket.AF_UNIX
"""
KEEPS = """
from lychgate.kernel.record import Record
from lychgate.world.stores import open_store
store = open_store("file")
store.save("a", Record({"access": "x"}, "ada", "https://auth.example.org"))
assert store.load("a").who == "ada"
mine, other = store.lock("a"), store.lock("a")
assert mine.try_acquire()
print(store.lock_kind, flush=True)
assert not other.try_acquire()
import lychgate
auth = lychgate.auth(lychgate.Bearer("t"), origins=["https://api.example.org"])
assert auth.headers("https://api.example.org/")["Authorization"] == "Bearer t"
from lychgate.cli import main
added = ["profile", "add", "x", "--authenticator", "bearer", "--token", "env:X", "--origin", "https://a.example.org"]
assert main(added) == 0
assert main(["profile", "show", "x"]) == 0
assert main(["status"]) == 0
import lychgate.cli.callers.run
main(["doctor", "--offline"])
sys.stdin.readline()
mine.release()
assert other.try_acquire()
other.release()
"""
WAITS = """
from lychgate.world.stores import open_store
lock = open_store("file").lock("a")
print("got" if lock.try_acquire() else "kept out")
"""


def test_where_nothing_of_posix_is_the_file_store_keeps_and_excludes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path))
    monkeypatch.setenv("X", "a-token")

    def python(text: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", HIDDEN + text],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    with python(KEEPS) as keeps:
        assert keeps.stdout is not None
        assert keeps.stdout.readline() == "lease\n", keeps.communicate(timeout=60)
        with python(WAITS) as waits:
            assert waits.communicate(timeout=60)[0] == "kept out\n"
        out, err = keeps.communicate("\n", timeout=60)
    assert keeps.returncode == 0, err
    assert "locks do nothing here" in out
    assert "Traceback" not in err


def test_the_lock_of_windows_excludes_and_lets_go(tmp_path: Path) -> None:
    """By ``filelock``, which does the same by other means on this system."""
    mine, other = locks.Windows(tmp_path / "x.lock"), locks.Windows(tmp_path / "x.lock")
    assert mine.try_acquire()
    assert not other.try_acquire()
    mine.release()
    mine.release()
    assert other.try_acquire()
    other.release()
