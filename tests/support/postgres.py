"""A PostgreSQL server of the tests' own: Debian's, on a free loopback port, in a temporary folder.

It refuses to run as root, so it runs as the user ``postgres`` there, and as ourselves elsewhere. Made for tests: it
does not wait for the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from lychgate.server.stores import migrate

from .peers import missing

PASSWORD = "pa:ss/w@rd"  # as it must be able to be: with all that a URL has to escape
QUOTED = "pa%3Ass%2Fw%40rd"
FAST = ["fsync=off", "full_page_writes=off", "max_connections=40", "shared_buffers=32MB"]
LOCAL = ["listen_addresses=127.0.0.1", "unix_socket_directories="]


def _bin() -> Path | None:
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    on_path = shutil.which("postgres")
    if on_path:
        found.append(Path(on_path).parent)
    return max(found, key=lambda path: [int(part) for part in path.parts if part.isdigit()], default=None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Postgres:
    """One server. ``url(name)`` is the URL of one of its databases."""

    def __init__(self, bin: Path, folder: Path, durable: bool = False) -> None:
        self._options = LOCAL if durable else LOCAL + FAST
        self._bin, self._folder, self._data = bin, folder, folder / "data"
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = iter(range(10_000))
        self._migrated = False

    def _as_user(self, *command: str) -> list[str]:
        if os.geteuid() != 0:
            return list(command)
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]

    def init(self) -> None:
        """Make the cluster, with a password for its one account."""
        word = self._folder / "password"
        word.write_text(PASSWORD)
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            for path in (self._folder, word):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        options = ["-U", "postgres", "-A", "scram-sha-256", "--pwfile", str(word), "--no-sync", "-E", "UTF8"]
        command = self._as_user(str(self._bin / "initdb"), "-D", str(self._data), *options, "--locale=C.UTF-8")
        subprocess.run(command, check=True, capture_output=True, timeout=60, cwd="/")

    def start(self) -> None:
        options = [part for option in self._options for part in ("-c", option)]
        command = self._as_user(str(self._bin / "postgres"), "-D", str(self._data), "-p", str(self.port), *options)
        with open(self._folder / "log", "ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
        deadline = time.monotonic() + 30
        while not asyncio.run(self._answers()):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{(self._folder / 'log').read_text()[-2000:]}")
            time.sleep(0.05)

    async def _answers(self) -> bool:
        with contextlib.suppress(OSError, asyncpg.PostgresError):
            connection = await asyncpg.connect(self.url("postgres"), timeout=2)
            await connection.close()
            return True
        return False

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends its connections at once, SIGQUIT is a crash (SIGKILL would leave children behind)."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def pause(self, paused: bool = True) -> None:
        """Have every process of the server stand still, so that nothing answers, or go on."""
        assert self._process is not None
        main = self._process.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        for pid in [*map(int, children), main]:
            os.kill(pid, signal.SIGSTOP if paused else signal.SIGCONT)

    def url(self, name: str, password: str = QUOTED) -> str:
        return f"postgresql://postgres:{password}@127.0.0.1:{self.port}/{name}"

    def run(self, sql: str, database: str = "postgres") -> list[asyncpg.Record]:
        """Run a statement as the server's owner; blocking."""

        async def ask() -> list[asyncpg.Record]:
            connection = await asyncpg.connect(self.url(database), timeout=10)
            try:
                rows: list[asyncpg.Record] = await connection.fetch(sql)
                return rows
            finally:
                await connection.close()

        return asyncio.run(ask())

    def empty(self) -> str:
        """The URL of a new database without tables."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def fresh(self) -> str:
        """The URL of a new database with our tables, a copy of one that was migrated."""
        if not self._migrated:
            self.run("CREATE DATABASE migrated")
            migrate(self.url("migrated"))
            self._migrated = True
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE migrated")
        return self.url(name)


@contextlib.contextmanager
def server(durable: bool = False) -> Iterator[Postgres]:
    """A PostgreSQL server for as long as the block runs; the test is skipped (fails in CI) where there is none."""
    bin = _bin()
    if bin is None:
        missing("the PostgreSQL server is not installed")
    folder = Path(tempfile.mkdtemp(prefix="lychgate-pg-"))
    made = Postgres(bin, folder, durable)
    try:
        made.init()
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server that tests share: each makes a database of its own in it, and leaves the server running."""
    with server() as made:
        yield made


@pytest.fixture
def fragile_postgres() -> Iterator[Postgres]:
    """A server of the test's own, which it may stop, start and pause."""
    with server() as made:
        yield made
