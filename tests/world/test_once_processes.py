"""``Once`` between processes: one run for all, whatever becomes of the one that runs."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from support.processes import output, python, until

PREFIX = """
import os, sys, time, threading
from pathlib import Path
from lychgate.kernel.flow import Once
from lychgate.kernel.record import Record
from lychgate.kernel.steps import Load, Save, Sleep
from lychgate.world import locks
from lychgate.world.perform import Performer
from lychgate.world.stores.file import FileStore

here = Path(sys.argv[1])
if sys.argv[2] == "lease":
    locks._excludes = lambda folder: False
performer = Performer(FileStore(here / "tokens"), None)

def work(seconds, name=""):
    record = yield from Load("k")
    if record is not None:
        return record.data["by"]
    with open(here / "runs", "a") as runs:
        runs.write(f"{os.getpid()}\\n")
    yield from Sleep(seconds)
    yield from Save("k", Record({"by": os.getpid()}))
    return os.getpid()

def once(seconds, wait=20):
    return (yield from Once("k", lambda: work(seconds), wait))
"""

EACH = (
    PREFIX
    + """
(here / f"ready-{os.getpid()}").touch()
while not (here / "go").exists():
    time.sleep(0.001)
print(performer.run(once(0.4)))
"""
)


def runs(here: Path) -> list[int]:
    file = here / "runs"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


@pytest.fixture(params=["flock", "lease"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_eight_processes_do_it_one_time(tmp_path: Path, kind: str) -> None:
    processes = [python(EACH, str(tmp_path), kind) for _ in range(8)]
    until(lambda: len(list(tmp_path.glob("ready-*"))) == 8, 30)
    (tmp_path / "go").touch()
    said = {output(process).strip() for process in processes}
    assert len(runs(tmp_path)) == 1
    assert said == {str(runs(tmp_path)[0])}


def test_a_leader_killed_with_sigkill_releases_the_lock(tmp_path: Path, kind: str) -> None:
    leader = python(PREFIX + "performer.run(once(60))", str(tmp_path), kind)
    until(lambda: runs(tmp_path) == [leader.pid])
    waiters = [python(PREFIX + "print(performer.run(once(0.2)))", str(tmp_path), kind) for _ in range(3)]
    time.sleep(1.0)  # they are waiting for the lock, or will find it free: both must work
    leader.send_signal(signal.SIGKILL)
    leader.wait(10)
    begun = time.monotonic()
    said = {output(process).strip() for process in waiters}
    assert time.monotonic() - begun < 10
    assert len(runs(tmp_path)) == 2
    assert said == {str(runs(tmp_path)[1])}


def test_a_lease_whose_holder_stands_still_is_taken_over_by_watching(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lychgate.world import lease

    monkeypatch.setattr(lease, "EXPIRY", 0.3)
    path = tmp_path / "x.lease"
    path.write_text("another-machine 1 abcdef")
    mine = lease.Lease(path)
    assert not mine.try_acquire()
    until(mine.try_acquire, 3)
    other = lease.Lease(path)
    assert not other.try_acquire()
    mine.release()
    assert other.try_acquire()
    other.release()
    assert list(tmp_path.iterdir()) == []


def test_a_lease_that_is_touched_is_never_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lychgate.world import lease

    monkeypatch.setattr(lease, "EXPIRY", 0.5)
    monkeypatch.setattr(lease, "BEAT", 0.05)
    monkeypatch.setattr(lease, "_holder_is_gone", lambda text: False)
    mine, other = lease.Lease(tmp_path / "x.lease"), lease.Lease(tmp_path / "x.lease")
    assert mine.try_acquire()
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        assert not other.try_acquire()
        time.sleep(0.02)
    mine.release()
    assert other.try_acquire()
    other.release()


FORKS = (
    PREFIX
    + """
leader = threading.Thread(target=lambda: performer.run(once(float(sys.argv[3]))))
leader.start()
while not (here / "runs").exists():
    time.sleep(0.001)
child = os.fork()
if child == 0:
    if sys.argv[4] == "joins":
        by = performer.run(once(0.1))
        os._exit(0 if by == os.getppid() else 3)
    (here / f"child-{os.getpid()}").touch()
    end = time.monotonic() + 20
    while not (here / "end").exists() and time.monotonic() < end:
        time.sleep(0.01)
    os._exit(0)
leader.join()
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
"""
)


def test_a_child_forked_in_the_middle_waits_for_its_parents_run_and_does_not_run_again(
    tmp_path: Path, kind: str
) -> None:
    process = python(FORKS, str(tmp_path), kind, "1", "joins")
    output(process)
    assert runs(tmp_path) == [process.pid]


def test_a_child_forked_in_the_middle_does_not_keep_the_lock_of_its_parent(tmp_path: Path, kind: str) -> None:
    process = python(FORKS, str(tmp_path), kind, "60", "lingers")
    try:
        until(lambda: bool(list(tmp_path.glob("child-*"))))
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        begun = time.monotonic()
        assert output(python(PREFIX + "print(performer.run(once(0)))", str(tmp_path), kind)).strip().isdecimal()
        assert time.monotonic() - begun < 10
        assert len(runs(tmp_path)) == 2
    finally:
        (tmp_path / "end").touch()
        process.stdout.close()  # type: ignore[union-attr]  # it is a pipe
        process.stderr.close()  # type: ignore[union-attr]  # it is a pipe


def test_a_child_does_not_release_what_its_parent_holds(tmp_path: Path) -> None:
    from lychgate.world import locks

    held, other = locks.lock(tmp_path / "x.lock"), locks.lock(tmp_path / "x.lock")
    assert held.try_acquire()
    child = os.fork()
    if child == 0:
        held.release()
        os._exit(0)
    os.waitpid(child, 0)
    assert not other.try_acquire()
    held.release()
    assert other.try_acquire()
    other.release()


def test_a_program_started_while_the_lock_is_held_does_not_inherit_it(tmp_path: Path) -> None:
    from lychgate.world import locks

    held, other = locks.lock(tmp_path / "x.lock"), locks.lock(tmp_path / "x.lock")
    assert held.try_acquire()
    sleeper = python("import sys; sys.stdin.read(); import time; time.sleep(5)")
    held.release()
    assert other.try_acquire()
    other.release()
    sleeper.kill()
    sleeper.communicate(timeout=10)


def test_a_lock_file_that_somebody_removed_excludes_all_the_same(tmp_path: Path) -> None:
    from lychgate.world import locks

    first = locks.lock(tmp_path / "x.lock")
    assert first.try_acquire()
    (tmp_path / "x.lock").unlink()
    second, third = locks.lock(tmp_path / "x.lock"), locks.lock(tmp_path / "x.lock")
    assert second.try_acquire()
    assert not third.try_acquire()
    first.release()
    assert not third.try_acquire()
    second.release()


def test_the_probe_tells_a_file_system_that_ignores_flock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lychgate.world import locks

    monkeypatch.setattr(locks.fcntl, "flock", lambda handle, how: None)
    assert locks.kind_in(tmp_path) == "lease"
    assert list(tmp_path.iterdir()) == []


def test_a_child_is_not_held_up_by_a_lock_that_a_thread_of_its_parent_held_in_that_moment() -> None:
    code = """
    import os, signal, sys, threading
    from lychgate.kernel.flow import Once, done
    from lychgate.world.perform import Performer
    from lychgate.world.stores.memory import MemoryStore

    performer = Performer(MemoryStore(), None)
    held, end = threading.Event(), threading.Event()

    def hold():
        with performer.registry._guard, performer.wire._making:
            held.set()
            end.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)

    def flow():
        return (yield from Once("k", lambda: done(7)))

    child = os.fork()
    if child == 0:
        signal.alarm(10)
        performer.wire._blocking()
        os._exit(0 if performer.run(flow()) == 7 else 1)
    _, status = os.waitpid(child, 0)
    end.set()
    thread.join()
    sys.exit(os.waitstatus_to_exitcode(status) != 0)
    """
    output(python(code))
