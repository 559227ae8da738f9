"""Processes of the benchmarks: started on one core, measured, and ended; nothing else is touched."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

CORE = "0"
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def pinned(
    command: list[str], log: Path, environment: Mapping[str, str], cwd: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A server in a process group of its own, held to core 0; on leaving, that group is ended."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            ["taskset", "-c", CORE, *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=os.environ | dict(environment),
            cwd=cwd,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """TERM to the group that we started, KILL after 5 s."""
    for kind in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, kind)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
            return


def family(pid: int) -> list[int]:
    """The process and all its descendants."""
    stats = {int(process.name): _stat(process) for process in Path("/proc").iterdir() if process.name.isdigit()}
    parents = {child: int(stat[1]) for child, stat in stats.items() if stat}
    found = [pid]
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return found


def resident(pid: int) -> float:
    """Resident memory of the process and its descendants in MiB (the sum of VmRSS)."""
    total = 0
    for member in family(pid):
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{member}/status").read_text()
            total += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return total / 1024


def busy(pid: int) -> float:
    """Seconds of processor time that the process and its descendants have used."""
    stats = [_stat(Path(f"/proc/{member}")) for member in family(pid)]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats if stat) / TICKS


def settle(pid: int, deadline: float = 15.0) -> None:
    """Wait until the server has worked off what wrk left behind: under 10% of a core over 0.1 s."""
    ends, last = time.monotonic() + deadline, busy(pid)
    while time.monotonic() < ends:
        time.sleep(0.1)
        last, before = busy(pid), last
        if last - before <= 0.01:
            return


def _stat(process: Path) -> list[str]:
    """Fields of /proc/PID/stat after the name: state first, then the parent; empty where the process is gone."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
