"""Everything at once: processes of threads and tasks share one login at a token endpoint that does its worst.

In each round all access tokens end at the same moment, the token endpoint has a fault or two in store, and in some
rounds the process that is renewing is killed with SIGKILL. Then the number of token requests is counted: one for each
fault, one that goes well, and one more for each leader killed. No call of an API may fail but those of the killed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lychgate.testing import faults
from lychgate.testing.chaos import ChaosIssuer
from lychgate.testing.faults import Fault
from support.processes import python, until

PROCESSES, LINES, ROUNDS = 3, 6, 14  # lines: three threads and three tasks in each process
SEED = 20_260_924
WORKER = """
import asyncio, json, os, sys, threading, time
from pathlib import Path
from lychgate.client.sources.refresh import Refresh
from support.callers import Caller
endpoint, secret, refresh, folder, api, stop = sys.argv[1:]
source = Refresh(token_endpoint=endpoint, client_id="robot", client_secret=secret, refresh_token=refresh)
caller = Caller(source, folder)
url, calls, failed = f"{api}/{os.getpid()}/", [0], []
ended = lambda: Path(stop).exists()

def note(status):
    calls[0] += 1
    if status != 200:
        failed.append(status)

def thread(line):
    while not ended():
        try:
            note(caller.get(url + line))
        except Exception as error:
            failed.append(f"{type(error).__name__}: {error}")
        time.sleep(0.02)

async def task(line):
    while not ended():
        try:
            note(await caller.aget(url + line))
        except Exception as error:
            failed.append(f"{type(error).__name__}: {error}")
        await asyncio.sleep(0.02)

async def tasks():
    await asyncio.gather(*[task(line) for line in "345"])

running = [threading.Thread(target=thread, args=(line,)) for line in "012"]
running.append(threading.Thread(target=lambda: asyncio.run(tasks())))
for each in running:
    each.start()
for each in running:
    each.join()
print(json.dumps({"calls": calls[0], "failed": failed}))
"""
# what a token endpoint may do wrong and a client must live through by itself
FAULTS = [
    faults.dropped(), faults.dropped(acted=False), faults.half(), faults.status(502), faults.html(), faults.html(503),
    faults.status(429, retry_after="0"), faults.answer([1, 2]), faults.answer({"error": "temporarily_unavailable"}),
    faults.status(503, retry_after="1"),
]  # fmt: skip


class Api:
    """Accepts the issuer's tokens, and remembers which thread or task of which process last came with a good one."""

    def __init__(self, issuer: ChaosIssuer) -> None:
        api = self
        self.good: dict[str, float] = {}

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                begun = time.monotonic()
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                accepted = issuer.accepts(token, issuer.now())
                if accepted:
                    api.good[self.path] = begun
                self.send_response(200 if accepted else 401)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> Api:
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


class Torture:
    """The processes at work; ``killed`` counts those that were killed while they renewed."""

    def __init__(self, issuer: ChaosIssuer, api: Api, folder: Path) -> None:
        self.issuer, self.api, self.folder = issuer, api, folder
        self.refresh = issuer.login()
        self.processes: dict[int, subprocess.Popen[str]] = {}

    def start(self) -> None:
        secret = self.issuer.clients["robot"]
        words = (self.issuer.token_endpoint, secret, self.refresh, str(self.folder / "tokens"), self.api.url)
        made = python(WORKER, *words, str(self.folder / "stop"))
        self.processes[made.pid] = made

    def all_good_since(self, moment: float) -> bool:
        """Whether each thread and task has come with a good token: then none is in the middle of a renewal."""
        return all(self.api.good.get(f"/{pid}/{line}", 0.0) > moment for pid in self.processes for line in range(LINES))

    def leader(self) -> int | None:
        """The process that holds the login's lock."""
        inodes = {path.stat().st_ino for path in (self.folder / "tokens" / "locks").glob("*.lock")}
        for line in Path("/proc/locks").read_text().splitlines():
            words = line.split()
            if "FLOCK" in words and "->" not in words and int(words[5].rpartition(":")[2]) in inodes:
                return int(words[4])
        return None

    def kill_the_leader(self) -> None:
        until(lambda: self.leader() in self.processes)
        pid = self.leader()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        self.processes.pop(pid).communicate(timeout=20)

    def round(self, planned: list[Fault], kill: bool) -> int:
        """The number of token requests of one round."""
        before = self.issuer.token_requests
        if kill:
            planned = [faults.slow(1.5), *planned]
        self.issuer.plan(*planned)
        moment = time.monotonic()
        self.issuer.end_access()
        if kill:
            until(lambda: self.issuer.token_requests > before, 30)
            self.kill_the_leader()
            self.start()
        until(lambda: self.all_good_since(moment), 60)
        return self.issuer.token_requests - before

    def end(self) -> list[dict[str, Any]]:
        (self.folder / "stop").touch()
        said = []
        for process in self.processes.values():
            out, err = process.communicate(timeout=60)
            assert process.returncode == 0, err
            said.append(json.loads(out))
        return said


@contextmanager
def working(folder: Path, grace: float) -> Iterator[Torture]:
    with ChaosIssuer(lifetime=900, rotate=True, grace=grace) as issuer, Api(issuer) as api:
        torture = Torture(issuer, api, folder)
        try:
            for _ in range(PROCESSES):
                torture.start()
            until(lambda: torture.all_good_since(0.0), 60)
            yield torture
        finally:
            for process in torture.processes.values():
                process.kill()
                process.wait(timeout=20)


def test_only_the_necessary_token_requests_are_sent_and_no_call_fails_that_need_not(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with working(tmp_path, grace=60) as torture:
        assert torture.issuer.token_requests == 1
        killed = 0
        for number in range(ROUNDS):
            planned = chance.sample(FAULTS, chance.choice([0, 1, 2]))
            kill = number % 4 == 3
            killed += kill
            sent = torture.round([] if kill else planned, kill)
            assert sent == (2 if kill else len(planned) + 1), f"round {number} (seed {SEED}): {planned}, kill {kill}"
        said = torture.end()
    assert killed >= 3
    assert [failure for one in said for failure in one["failed"]] == []
    assert sum(one["calls"] for one in said) > 100


def test_a_login_survives_a_token_endpoint_that_is_away_for_a_while(tmp_path: Path) -> None:
    """Longer than the client tries by itself: calls fail as transient, and the login is there when it is back."""
    with working(tmp_path, grace=60) as torture:
        moment = time.monotonic()
        torture.issuer.plan(*[faults.status(502)] * 8)
        torture.issuer.end_access()
        until(lambda: torture.all_good_since(moment), 60)
        said = torture.end()
        kinds = {str(failure).split(":")[0] for one in said for failure in one["failed"]}
    assert kinds <= {"TransientError", "401"}
    assert torture.issuer.token_requests >= 10


@pytest.mark.parametrize("number", range(2))
def test_without_a_grace_window_nothing_is_sent_twice(tmp_path: Path, number: int) -> None:
    """A second use of a refresh token would end the login: there is none, whatever the others do meanwhile."""
    with working(tmp_path, grace=0) as torture:
        for planned in ([], [faults.slow(0.5)], [faults.dropped(acted=False)], [faults.html(503)]):
            assert torture.round(list(planned), kill=False) == len(planned) + (not planned or not planned[0].after)
        said = torture.end()
    assert [failure for one in said for failure in one["failed"]] == []
