"""A real WPS (pywps) in a process of its own, on a free port, alone or behind the guard's WSGI middleware.

with wps_service(tmp_path, guard={"issuer": server.issuer, "audience": AUDIENCE, "role": "compute"}) as wps:
    wps.url       # http://127.0.0.1:PORT/wps
    wps.jobs      # http://127.0.0.1:PORT/wps/api/job/   the job API beside it (`support/wps_jobs.py`)

Its processes: ``steps`` works for ``seconds`` (by default STEPS_SECONDS of its environment) in ``steps`` steps, with a
status for each; ``mean`` is the mean of
``variable`` in the NetCDF file ``dataset`` (at most 3 MB; given by reference or as base64), as a number and as a NetCDF
file of its own; ``fail`` fails with the text ``why``; ``CDAT.average`` takes what ESGF's clients send. Capabilities and
descriptions are open unless ``closed``.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from support.peers import needs

TESTS = Path(__file__).parent.parent
PATIENCE = 60.0  # seconds for it to come up


@dataclass
class Wps:
    """A running service. ``outputs`` is the folder of status documents and results; ``said`` its log, a file."""

    base: str
    outputs: Path
    process: subprocess.Popen[bytes]
    said: Path

    @property
    def url(self) -> str:
        return f"{self.base}/wps"

    @property
    def jobs(self) -> str:
        return f"{self.base}/wps/api/job/"

    @property
    def port(self) -> int:
        return int(self.base.rpartition(":")[2])


@contextmanager
def wps_service(
    folder: Path,
    *,
    guard: Mapping[str, Any] | None = None,
    public: str | None = None,
    outputs: Path | None = None,
    closed: bool = False,
    token: str = "",
    env: Mapping[str, str] | None = None,
) -> Iterator[Wps]:
    """The service, until the block ends.

    ``guard``: the arguments of ``Guard`` as plain data (``introspect`` as a pair; ``keycloak``: a realm's URL or
    several, in place of ``issuer``). ``token``: the one token that it takes where it has no guard. ``public``: the base
    URL that it writes into its documents, where something stands in front of it. ``env`` is added to its environment
    (``AUTH_ENABLED``, say).
    """
    needs(module="pywps")
    folder.mkdir(parents=True, exist_ok=True)
    kept = outputs or folder / "outputs"
    settings = {"guard": guard, "public": public, "outputs": str(kept), "folder": str(folder), "closed": closed}
    settings["token"] = token
    said, ready = folder / "wps.log", folder / "port"
    ready.unlink(missing_ok=True)
    with said.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", "from support.wps_service import serve; serve()", json.dumps(settings)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(TESTS), **(env or {})},
        )  # fmt: skip
    try:
        yield Wps(f"http://127.0.0.1:{_port(ready, process, said)}", kept, process, said)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its jobs too
        process.wait(10)


def _port(ready: Path, process: subprocess.Popen[bytes], said: Path) -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError, ValueError):
            return int(ready.read_text())
        time.sleep(0.02)
    raise AssertionError(f"the WPS did not start:\n{said.read_text()}")


# --- what runs in the process


def serve() -> None:
    """Serve as the settings in ``sys.argv[1]`` say, until it is killed."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    WSGIRequestHandler.timeout = 10  # seconds; a connection on which nothing comes holds up the others
    settings = json.loads(sys.argv[1])
    folder = Path(settings["folder"])
    # One thread: pywps forks for each job, and a fork among threads may find a lock held for ever.
    server = make_server("127.0.0.1", 0, lambda environ, start: app(environ, start))
    app = _application(settings, settings["public"] or f"http://127.0.0.1:{server.server_port}")
    (folder / "port.new").write_text(str(server.server_port))
    (folder / "port.new").replace(folder / "port")
    server.serve_forever()


def _application(settings: Mapping[str, Any], base: str) -> Any:
    from werkzeug.middleware.dispatcher import DispatcherMiddleware
    from werkzeug.middleware.shared_data import SharedDataMiddleware

    from support.wps_jobs import jobs_api

    folder, outputs = Path(settings["folder"]), Path(settings["outputs"])
    service = _pywps(folder, outputs, base)
    files = SharedDataMiddleware(_missing, {"/": str(outputs)}, cache=False)
    bare = DispatcherMiddleware(
        _missing, {"/wps/api": jobs_api(folder, outputs, base), "/wps": service, "/outputs": files}
    )
    if not settings["guard"] and not settings["token"]:
        return bare
    gate = _guard(dict(settings["guard"])).wsgi(bare) if settings["guard"] else _wanting(settings["token"], bare)

    def open_documents(environ: Any, start: Any) -> Any:
        asked = parse_qs(environ.get("QUERY_STRING", "").lower()).get("request")
        plain = environ["REQUEST_METHOD"] == "GET" and environ["PATH_INFO"].rstrip("/") == "/wps"
        open = plain and asked in (["getcapabilities"], ["describeprocess"]) and not settings["closed"]
        return (bare if open else gate)(environ, start)

    return open_documents


def _guard(given: dict[str, Any]) -> Any:
    from lychgate.guard import Guard, keycloak

    realm, introspect = given.pop("keycloak", None), given.pop("introspect", None)
    pair = tuple(introspect) if introspect else None
    if realm:
        keys, realms = given.pop("keys", True), [realm] if isinstance(realm, str) else realm
        return Guard([keycloak(one, keys=keys, introspect=pair) for one in realms], **given)  # type: ignore[arg-type]  # a pair
    return Guard(introspect=pair, **given)


def _wanting(token: str, app: Any) -> Any:
    def gate(environ: Any, start: Any) -> Any:
        if environ.get("HTTP_AUTHORIZATION") == f"Bearer {token}":
            return app(environ, start)
        start("401 Unauthorized", [("Content-Type", "text/plain"), ("WWW-Authenticate", "Bearer")])
        return [b"no {token} of yours"]

    return gate


def _missing(environ: Any, start: Any) -> Any:
    start("404 Not Found", [("Content-Type", "text/plain")])
    return [b"there is nothing here"]


def _pywps(folder: Path, outputs: Path, base: str) -> Any:
    from pywps import Service

    from support.wps_processes import PROCESSES

    outputs.mkdir(parents=True, exist_ok=True)
    work = folder / "work"
    work.mkdir(exist_ok=True)
    config = folder / "pywps.cfg"
    config.write_text(
        "[server]\n"
        f"url={base}/wps\noutputurl={base}/outputs/\noutputpath={outputs}\nworkdir={work}\n"
        "parallelprocesses=20\nmaxprocesses=20\nmaxsingleinputsize=3mb\nmaxrequestsize=6mb\n"
        "[logging]\n"
        f"level=WARNING\nfile={folder / 'pywps.log'}\ndatabase=sqlite:///{folder / 'pywps.db'}\n"
    )
    return Service([made() for made in PROCESSES], [str(config)])
