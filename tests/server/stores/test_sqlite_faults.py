from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.store_made import MAIN, NOW, ROBOT, family, furnish, row, user
from lychgate.kernel.errors import ConfigError, LychgateError
from lychgate.server.stores import StoreUnavailable, Taken, migrate, open_store, rows
from lychgate.server.stores.embedded import place, writer
from support.peers import missing

pytestmark = pytest.mark.anyio
WRITING = str(Path(__file__).with_name("writing.py"))
UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"]


@pytest.fixture
async def store(data: Path) -> AsyncIterator[Any]:
    made = open_store(data)
    await made.open()
    await made.ensure_issuer(MAIN)
    yield made
    await made.close()


async def opening(folder: Path) -> str:
    """The error of opening the store there, in one line."""
    store = open_store(folder)
    with pytest.raises((StoreUnavailable, ConfigError)) as refused:
        await store.open()
    await store.close()
    assert "\n" not in str(refused.value)
    return f"{type(refused.value).__name__}: {refused.value}"


async def test_files_are_private_and_writes_are_durable(tmp_path: Path) -> None:
    await asyncio.to_thread(migrate, tmp_path / "new" / "data")
    store: Any = open_store(tmp_path / "new" / "data")
    await store.open()
    await store.ensure_issuer(MAIN)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new" / "data").iterdir()}
    assert set(modes) == {"lychgate.db", "lychgate.db-wal", "lychgate.db-shm", "write.lock"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "new" / "data").stat().st_mode) == 0o700
    for db in store._connections:
        asked = {
            name: db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")
        }
        assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    await store.close()


async def test_a_store_that_is_not_open_says_so(data: Path) -> None:
    store = open_store(data)
    with pytest.raises(StoreUnavailable, match="not open"):
        await store.ping()
    with pytest.raises(StoreUnavailable, match="not open"):
        await store.add_user(user())


async def test_a_file_that_is_no_database_is_one_clear_error(data: Path) -> None:
    (data / "lychgate.db").write_bytes(b"this is not a database, whatever its name says" * 1000)
    said = await opening(data)
    assert said.startswith(f"StoreUnavailable: the database {data}/lychgate.db: it is damaged")
    with pytest.raises(StoreUnavailable, match="damaged"):
        await asyncio.to_thread(migrate, data)


async def test_a_file_damaged_in_its_middle_is_an_error_of_the_verb_that_meets_it(data: Path) -> None:
    file = data / "lychgate.db"
    size = file.stat().st_size
    with open(file, "r+b") as handle:
        handle.seek(4096 * 2)
        handle.write(os.urandom(size - 4096 * 2))
    store = open_store(data)

    async def use() -> None:
        await store.open()
        await store.ensure_issuer(MAIN)

    with pytest.raises(StoreUnavailable, match="damaged"):
        await use()
    await store.close()


async def test_a_missing_or_empty_database_is_not_made_by_opening_it(tmp_path: Path) -> None:
    assert "does not exist" in await opening(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    assert "is empty" in await opening(tmp_path / "empty")
    assert list((tmp_path / "empty").glob("*.db")) == []


@pytest.mark.parametrize(("found", "said"), [("0000", "older"), ("9999", "newer")])
async def test_a_database_of_another_version_is_refused(data: Path, found: str, said: str) -> None:
    with sqlite3.connect(data / "lychgate.db") as db:
        db.execute("UPDATE alembic_version SET version_num = ?", [found])
    db.close()
    assert said in await opening(data)


async def test_a_folder_that_cannot_be_written_is_refused(data: Path) -> None:
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        missing("setpriv, without which root may write everywhere")
    code = (
        "import asyncio, sys; from lychgate.server.stores import open_store, migrate\n"
        "try:\n migrate(sys.argv[1]); asyncio.run(open_store(sys.argv[1]).open())\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    command = [*(UNPRIVILEGED if os.geteuid() == 0 else []), sys.executable, "-c", code, str(data)]
    for path, mode, said in (
        (data, 0o500, "its folder cannot be written"),
        (data / "lychgate.db", 0o400, "owner and mode"),
    ):
        path.chmod(mode)
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        path.chmod(0o700)
        assert done.stdout.startswith("StoreUnavailable"), done
        assert said in done.stdout
        assert done.stdout.count("\n") == 1


def test_a_network_file_system_is_refused(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = data.stat().st_dev
    line = f"36 35 {os.major(device)}:{os.minor(device)} / /mnt/home rw,noatime shared:1 - {{}} server:/home rw\n"
    mounts = tmp_path / "mountinfo"
    for kind, found in (("ext4", None), ("nfs4", "nfs4"), ("fuse.sshfs", "fuse.sshfs")):
        mounts.write_text("22 1 0:99 / /proc rw - nfs x rw\n" + line.format(kind))
        assert place.network_file_system(data, str(mounts)) == found
    assert place.network_file_system(data, str(tmp_path / "none")) is None
    assert place.network_file_system(data) is None, "this machine's own"
    monkeypatch.setattr(place, "network_file_system", lambda _: "nfs4")
    with pytest.raises(ConfigError, match=r"network file system \(nfs4\).*--data"):
        asyncio.run(open_store(data).open())


@pytest.fixture
def small(migrated: Path, tmp_path: Path) -> Iterator[Path]:
    """A data folder on a disk of 4 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "none", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, timeout=10, check=False).returncode:
        missing("the right to mount a small disk")
    try:
        yield shutil.copytree(migrated, disk / "data")
    finally:
        subprocess.run(["umount", "-l", str(disk)], timeout=10, check=True)


async def test_a_full_disk_is_an_error_that_consumes_nothing_and_passes(small: Path) -> None:
    ballast = small / "ballast"
    ballast.write_bytes(b"x" * 2_000_000)
    store: Any = open_store(small)
    await store.open()
    await store.ensure_issuer(MAIN)
    await furnish(store)
    written = 0

    async def fill() -> None:
        nonlocal written
        for _ in range(1000):
            await store.write_audit([row(detail={"x": "y" * 4000})])
            written += 1

    with pytest.raises(StoreUnavailable, match="the disk is full"):
        await fill()
    with pytest.raises(StoreUnavailable, match="the disk is full"):
        await store.write_audit([row(detail={"x": "y" * 400_000})] * 10)
    attempts = await asyncio.gather(
        *(store.add_user(user(f"n{n}", password_hash="x" * 90_000)) for n in range(9)), return_exceptions=True
    )
    assert any(isinstance(one, StoreUnavailable) for one in attempts)
    assert await store.family("f1") == family(), "it can still be read"
    ballast.unlink()
    assert (await store.rotate("f1", 0, ROBOT, NOW, 30_000)).outcome == "rotated"
    kept = {one.id for one in await store.users(limit=1000)}
    assert kept == {"u1"} | {one.id for one in attempts if not isinstance(one, BaseException)}
    assert len(await store.audit(limit=10_000)) == written
    await store.close()


async def test_a_write_gives_up_when_another_process_keeps_the_lock_and_changes_nothing(
    data: Path, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PATIENCE", 0.3)
    with open(data / "write.lock", "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = await asyncio.gather(*(store.add_user(user(f"u{n}")) for n in range(3)), return_exceptions=True)
        assert [type(one) for one in done] == [StoreUnavailable] * 3
        assert "holds its write lock" in str(done[0])
        await store.ping()
    monkeypatch.undo()
    await store.add_user(user("after"))
    assert [one.id for one in await store.users()] == ["after"]


async def test_a_program_that_writes_without_the_lock_is_waited_for_and_then_an_error(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "_PATIENCE", 0.5)
    store = open_store(data)
    await store.open()
    stranger = sqlite3.connect(data / "lychgate.db", isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        await store.ensure_issuer(MAIN)
    pending = asyncio.ensure_future(store.ensure_issuer(MAIN))
    await asyncio.sleep(0.1)
    stranger.execute("COMMIT")
    assert await pending == MAIN
    stranger.close()
    await store.close()


async def test_writes_that_wait_share_a_transaction_and_one_that_fails_spoils_no_other(data: Path, store: Any) -> None:
    await store.add_user(user("taken"))
    said: list[str] = []
    store._writer._db.set_trace_callback(said.append)
    with open(data / "write.lock", "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = asyncio.gather(
            *(store.add_user(user("taken" if n == 3 else f"u{n}")) for n in range(16)), return_exceptions=True
        )
        await asyncio.sleep(0.1)
    done = await waiting
    store._writer._db.set_trace_callback(None)
    assert [n for n, one in enumerate(done) if isinstance(one, Taken)] == [3]
    assert sum(one == "COMMIT" for one in said) == 1
    assert len(await store.users()) == 16


async def test_a_verb_with_a_defect_of_ours_is_raised_as_it_is_and_the_next_write_goes_on(store: Any) -> None:
    async def defect(_: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store._write(defect)
    with pytest.raises(ZeroDivisionError):
        await store._point(defect)
    await store.add_user(user())


async def test_two_processes_that_write_at_once_lose_nothing(data: Path) -> None:
    command = [sys.executable, WRITING, str(data)]
    both = [subprocess.Popen([*command, name, "300"], stdout=subprocess.PIPE) for name in "ab"]
    said = [process.communicate(timeout=120)[0].decode().split() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    store = open_store(data)
    await store.open()
    kept = {one.id for one in await store.users(limit=1000)}
    assert kept == set(said[0]) | set(said[1])
    assert len(kept) == 600
    assert [change.seq for change in await store.changes(0)] == list(range(1, 601))
    await store.close()


@pytest.mark.parametrize("answers", [1, 60, 300])
async def test_kill_9_in_the_middle_of_writing_loses_no_write_that_was_answered(data: Path, answers: int) -> None:
    process = subprocess.Popen([sys.executable, WRITING, str(data), "a", "100000"], stdout=subprocess.PIPE)
    assert process.stdout is not None
    said = [process.stdout.readline().decode().strip() for _ in range(answers)]
    process.send_signal(signal.SIGKILL)
    said += process.stdout.read().decode().split("\n")[:-1]
    process.wait(10)
    process.stdout.close()
    store = open_store(data)
    await store.open()
    kept = {one.id for one in await store.users(limit=100_000)}
    assert set(said) <= kept
    assert len(kept) < 100_000
    await store.add_user(user("after"))
    await store.close()
    db = sqlite3.connect(data / "lychgate.db")
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


async def test_a_write_whose_caller_went_away_before_its_turn_is_not_carried_out(data: Path, store: Any) -> None:
    with open(data / "write.lock", "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tasks = [asyncio.ensure_future(store.add_user(user(f"u{n}"))) for n in range(10)]
        await asyncio.sleep(0.1)
        for task in tasks[::2]:
            task.cancel()
        await asyncio.wait(tasks, timeout=0.1)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert [one.id for one in await store.users()] == ["u1", "u3", "u5", "u7", "u9"]


async def test_a_commit_that_fails_is_rolled_back_for_all_in_it_and_the_next_write_goes_on(
    data: Path, store: Any
) -> None:
    async def fails_at_commit(db: Any) -> None:
        db._db.execute("PRAGMA defer_foreign_keys = ON")
        await db.one("add family", **rows.FAMILY.pack(family("orphan")))

    with open(data / "write.lock", "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = asyncio.gather(store.add_user(user("with it")), store._write(fails_at_commit), return_exceptions=True)
        await asyncio.sleep(0.1)
    done = await waiting
    assert not [one for one in done if not isinstance(one, LychgateError)]
    assert await store.users() == []
    await store.add_user(user("after"))
    assert [one.id for one in await store.users()] == ["after"]
