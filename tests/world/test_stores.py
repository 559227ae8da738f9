"""Stores of the client: the contract on each, and what only files can get wrong."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from contracts.client_store_contract import ClientStoreContract
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.record import Record
from lychgate.world.stores import open_store
from lychgate.world.stores.file import FileStore
from lychgate.world.stores.memory import MemoryStore
from support.processes import output, python, until


class TestMemoryStore(ClientStoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


class TestFileStore(ClientStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> FileStore:
        return FileStore(tmp_path / "tokens")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


WRITER = """
import os, sys, time
os.umask(int(sys.argv[3], 8))
from pathlib import Path
from lychgate.kernel.record import Record
from lychgate.world.stores.file import FileStore
store = FileStore(Path(sys.argv[1]) / "new" / "tokens")
(Path(sys.argv[1]) / f"ready-{os.getpid()}").touch()
while not (Path(sys.argv[1]) / "go").exists():
    time.sleep(0.001)
for number in range(25):
    store.save(f"{sys.argv[2]} {number}", Record({"access": "x" * number}))
"""


def test_eight_processes_with_25_tokens_each_keep_200(tmp_path: Path) -> None:
    umasks = ["0", "22", "77", "777", "0", "27", "0", "777"]
    writers = [python(WRITER, str(tmp_path), str(number), umask) for number, umask in enumerate(umasks)]
    until(lambda: len(list(tmp_path.glob("ready-*"))) == 8, 30)
    (tmp_path / "go").touch()
    for each in writers:
        output(each)
    store = FileStore(tmp_path / "new" / "tokens")
    kept = store.keys()
    assert kept == sorted(f"{writer} {number}" for writer in range(8) for number in range(25))
    assert all(store.load(key) is not None for key in kept)
    assert {mode(path) for path in files(store.folder) if path.suffix == ".json"} == {0o600}
    assert mode(store.folder) == mode(tmp_path / "new") == 0o700
    assert not list(store.folder.glob(".*.tmp"))


def test_a_writer_killed_at_any_moment_leaves_the_old_or_the_new_record(tmp_path: Path) -> None:
    code = """
    import sys
    from lychgate.kernel.record import Record
    from lychgate.world.stores.file import FileStore
    store = FileStore(sys.argv[1])
    n = 0
    while True:
        n += 1
        store.save("k", Record({"begin": n, "fill": "x" * 200_000, "end": n}))
    """
    store = FileStore(tmp_path / "tokens")
    store.save("k", Record({"begin": 0, "end": 0}))
    seen = []
    for _ in range(6):
        before = store.load("k")
        writer = python(code, str(store.folder))
        until(lambda before=before: store.load("k") != before)  # type: ignore[misc]  # bound at once
        time.sleep(0.003)
        writer.send_signal(signal.SIGKILL)
        writer.communicate(timeout=10)
        record = store.load("k")
        assert record is not None
        assert record.data["begin"] == record.data["end"]
        seen.append(record.data["begin"])
    assert len(seen) == 6
    assert not list(store.folder.glob("*.corrupt*"))


def test_unfinished_writes_of_the_dead_are_swept_and_those_of_the_living_are_not(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    old, fresh = tmp_path / ".a.1-ab.tmp", tmp_path / ".b.2-cd.tmp"
    old.touch()
    fresh.touch()
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    FileStore(tmp_path)
    assert not old.exists()
    assert fresh.exists()
    assert store.keys() == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1, 2]", b"\xff\xfe", b'{"key": "other", "data": {}}', b'{"key": "k", "data": 3}', b"[" * 99999],
)
def test_a_corrupt_file_is_moved_aside_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    store = FileStore(tmp_path)
    store.save("k", Record({"access": "secret-text"}))
    path = next(tmp_path.glob("*.json"))
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING, "lychgate"):
        assert store.load("k") is None
    assert "moved to" in caplog.text
    assert not path.exists()
    assert [aside.read_bytes() for aside in tmp_path.glob("*.corrupt-*")] == [content]
    store.save("k", Record({"access": "again"}))
    assert store.load("k") == Record({"access": "again"})


def test_a_file_that_others_could_read_is_closed_to_them_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = FileStore(tmp_path)
    store.save("k", Record({"n": 1}))
    path = next(tmp_path.glob("*.json"))
    path.chmod(0o644)
    assert store.load("k") == Record({"n": 1})
    assert mode(path) == 0o600
    assert "could be read by others" in caplog.text


def test_a_link_in_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "tokens")
    store.save("k", Record({"n": 1}))
    path = next(store.folder.glob("*.json"))
    (tmp_path / "elsewhere").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="cannot read"):
        store.load("k")


def test_what_is_no_file_is_said_and_not_waited_for(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    store.save("k", Record({"access": "a"}))
    (path,) = files(store.folder)
    path.unlink()
    for instead in (os.mkfifo, os.mkdir):
        instead(path)
        with pytest.raises(ConfigError, match="it is no file"):
            store.load("k")
        assert store.keys() == []
        path.rmdir() if path.is_dir() else path.unlink()


def test_a_folder_in_which_others_can_write_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(ConfigError, match="others can write"):
        FileStore(tmp_path)
    assert mode(tmp_path) == 0o777


UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all"]


def test_an_unwritable_home_is_one_clear_error_that_says_what_to_do(tmp_path: Path) -> None:
    """As root, whom modes do not stop, without the capabilities that pass them by."""
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    code = "from lychgate.world.stores import open_store; open_store('file')"
    done = subprocess.run(
        [*(UNPRIVILEGED if os.geteuid() == 0 else []), sys.executable, "-c", code],
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert "ConfigError" in last
    assert "LYCHGATE_HOME" in last
    assert str(home) in last


def test_a_full_disk_leaves_the_old_record_and_says_so(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=96k,mode=700", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, timeout=10).returncode != 0:
        pytest.skip("a small tmpfs cannot be mounted here")
    try:
        store = FileStore(disk / "tokens")
        store.save("k", Record({"n": 1}))
        with pytest.raises(ConfigError, match=r"No space left.*unchanged"):
            store.save("k", Record({"fill": "x" * 200_000}))
        assert store.load("k") == Record({"n": 1})
        assert not list(store.folder.glob(".*.tmp"))
    finally:
        subprocess.run(["umount", str(disk)], check=True, timeout=10)


def test_lychgate_home_moves_the_file_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path / "moved"))
    store = open_store("file")
    store.save("k", Record({}))
    assert list((tmp_path / "moved" / "tokens").glob("*.json"))


def test_a_path_is_a_folder_and_the_same_folder_is_the_same_object(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "a")
    first = open_store(str(tmp_path / "a"))
    assert open_store(tmp_path / "a") is first
    assert open_store(tmp_path / "link") is first


def test_memory_is_a_new_one_each_time_and_an_object_is_taken_as_it_is() -> None:
    assert open_store("memory") is not open_store("memory")
    mine = MemoryStore()
    assert open_store(mine) is mine


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r'unknown store "memmory" \(memory\?\)'):
        open_store("memmory")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").touch()
    with pytest.raises(ConfigError, match="name a folder"):
        open_store(tmp_path / "x.json")
