"""A real OPeNDAP server (pydap, DAP2) in a process of its own, behind the guard's WSGI middleware where one is given.

It holds ``tas(time=20, lat=90, lon=180)``, the number of the time step in each cell, at ``/tas.nc``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from support.peers import needs

TESTS = Path(__file__).parent.parent
PATIENCE = 60.0  # seconds for it to come up


@contextmanager
def dap_service(folder: Path, guard: Mapping[str, Any] | None = None) -> Iterator[str]:
    """Its base URL, until the block ends. ``guard``: the arguments of ``Guard`` as plain data."""
    needs(module="pydap")
    folder.mkdir(parents=True, exist_ok=True)
    log, ready = folder / "dap.log", folder / "port"
    code = "from support.dap_service import serve; serve()"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(ready), json.dumps(guard)],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, "PYTHONPATH": str(TESTS)},
        )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{_port(ready, process, log)}"
    finally:
        process.terminate()
        process.wait(20)


def _port(ready: Path, process: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError, ValueError):
            return int(ready.read_text())
        time.sleep(0.05)
    raise AssertionError(f"the OPeNDAP server did not start:\n{log.read_text()}")


def serve() -> None:
    """Serve as ``sys.argv`` says, until it is killed."""
    from wsgiref.simple_server import make_server

    import numpy
    from pydap.handlers.lib import BaseHandler
    from pydap.model import BaseType, DatasetType

    from lychgate.guard import Guard

    dataset = DatasetType("tas")  # in memory: pydap 3.5.9 cannot cut a part out of a file under this numpy
    sizes = {"time": 20, "lat": 90, "lon": 180}
    for name, size in sizes.items():
        dataset[name] = BaseType(name, numpy.arange(float(size)), dims=(name,))
    values = numpy.broadcast_to(numpy.arange(20, dtype="f4")[:, None, None], tuple(sizes.values())).copy()
    dataset["tas"] = BaseType("tas", values, dims=tuple(sizes))
    app, guard = BaseHandler(dataset), json.loads(sys.argv[2])
    server = make_server("127.0.0.1", 0, Guard(**guard).wsgi(app) if guard else app)
    Path(sys.argv[1]).write_text(str(server.server_port))
    server.serve_forever()
