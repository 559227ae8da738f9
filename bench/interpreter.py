"""Which Python the Python servers run on: the fastest build on this machine, the same for all of them.

A Python built without profile-guided optimisation (as version managers do) is half as slow again as a distribution's;
Node comes as its makers build it, so Python should, too.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys

NAMES = ("python3", "python3.11", "python3.12", "python3.13", "python3.14")
TRIAL = """
import sys, time
if sys.version_info < (3, 11): sys.exit(1)
def work(): return sum(len(v) for v in {str(i): [i] * 3 for i in range(200)}.values())
def took():
    begun = time.perf_counter()
    for _ in range(100): work()
    return time.perf_counter() - begun
print(min(took() for _ in range(20)))
"""


@functools.cache
def interpreter() -> str:
    """Its path; the one that runs this where no other does better."""
    base = getattr(sys, "_base_executable", sys.executable)
    found = [shutil.which(name, path=path) for name in NAMES for path in ("/usr/bin", "/usr/local/bin")]
    times = {path: speed(path) for path in dict.fromkeys([base, *filter(None, found)])}
    return min(times, key=lambda path: times[path])


def speed(path: str) -> float:
    """Seconds for a fixed piece of work; infinite for a Python that is too old or does not run."""
    done = subprocess.run([path, "-c", TRIAL], capture_output=True, text=True, timeout=60, check=False)
    return float(done.stdout) if done.returncode == 0 else float("inf")
