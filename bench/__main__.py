"""``python -m bench [--quick] [--only SCENARIO ...] [--strict]``: everything that is measured, in one command.

A whole run takes 6 to 8 minutes (and a minute more the first time, for what the peers need), ``--quick`` about one. It
starts every server itself, on core 0, with wrk on core 1, and leaves nothing running. A whole run writes
``bench/results/latest.*``; the others write into ``.cache/bench/results``.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console

from bench import report
from bench.client import client_side
from bench.facts import facts
from bench.peers import PEERS
from bench.peers.peer import CACHE
from bench.scenarios import SCENARIOS
from bench.servers import Plan, ready, side_by_side, starts

CLIENT = ("calls", "imports", "stampede", "guard")
WHOLE, QUICK = Plan(rounds=5, seconds=2, starts=3), Plan(rounds=1, seconds=1, starts=1)
LONGEST = 20 * 60


def wishes() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round of each: to see that it works")
    parser.add_argument("--only", nargs="+", choices=[*SCENARIOS, *CLIENT], help="these scenarios alone")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS), help="these servers alone")
    parser.add_argument("--strict", action="store_true", help="exit status 1 when a bar is missed")
    return parser.parse_args()


def server_side(keys: list[str], scenarios: list[str], plan: Plan, console: Console) -> dict[str, Any]:
    """Install, prepare, start and measure; what came of it, by peer and by scenario."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, console.status("") as status:
        for key in keys:
            status.update(f"installing {PEERS[key].title}")
            PEERS[key].install()
        status.update("making keys, clients and users")
        peers = [ready(PEERS[key], Path(folder)) for key in keys]
        begun = starts(peers, plan, status.update)
        measured, loaded = side_by_side(peers, [SCENARIOS[key] for key in scenarios], plan, status.update)
        return {
            "peers": {
                peer.key: {"title": peer.title, "version": peer.version(), "note": peer.note}
                | begun[peer.key]
                | {"memory_loaded": loaded[peer.key]}
                for peer in peers
            },
            "scenarios": {
                key: {"title": SCENARIOS[key].title, "bar": SCENARIOS[key].bar, "peers": found}
                for key, found in measured.items()
            },
        }


def stop(*_: object) -> NoReturn:
    raise SystemExit("ended before its time; nothing was written")


def main() -> int:
    wish = wishes()
    console = Console(width=None if sys.stdout.isatty() else 170)
    missing = [program for program in ("wrk", "taskset") if shutil.which(program) is None]
    if missing or (os.cpu_count() or 1) < 2:
        console.print(
            f"The benchmarks need two cores, wrk and taskset. Missing here: {', '.join(missing) or 'a core'}."
        )
        return 2
    CACHE.mkdir(parents=True, exist_ok=True)
    alone = (CACHE / "lock").open("w")
    try:
        fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        console.print("Another run of the benchmarks is going on; two at once would measure each other.")
        return 2
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGALRM, stop)
    signal.alarm(LONGEST)
    os.sched_setaffinity(0, {1})
    begun = time.monotonic()
    plan, only = (QUICK if wish.quick else WHOLE), wish.only or [*SCENARIOS, *CLIENT]
    results: dict[str, Any] = {"facts": facts(plan)}
    scenarios = [key for key in SCENARIOS if key in only]
    if scenarios:
        results |= server_side(wish.peers, scenarios, plan, console)
    results |= client_side([key for key in CLIENT if key in only], wish.quick, console)
    results["facts"]["minutes"] = round((time.monotonic() - begun) / 60, 1)
    whole = not wish.quick and not wish.only and wish.peers == list(PEERS)
    bars = report.write(results, report.RESULTS if whole else CACHE / "results", console)
    return 1 if wish.strict and not all(bar.reached for bar in bars) else 0


if __name__ == "__main__":
    sys.exit(main())
