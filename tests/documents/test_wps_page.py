"""The page on Web Processing Services is true: its programs run as they stand, at the service that it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx2
import pytest

from support.peers import needs
from support.processes import TESTS
from support.server import Made, Server, running

PAGE = (Path(__file__).parents[2] / "docs/wps.md").read_text(encoding="utf-8")
FILES = {match[1]: match[2] for match in re.finditer(r"^```python\n# (\S+)\n(.*?)^```$", PAGE, re.M | re.S)}
AUDIENCE = "https://wps.example.org"
PROCESSES = "from support.wps_processes import PROCESSES\nprocesses = [made() for made in PROCESSES]\n"
SERVE = """
import os, socket
from pathlib import Path
from werkzeug.serving import make_server
server = make_server("127.0.0.1", 0, lambda environ, start: service.app(environ, start))
base = f"http://127.0.0.1:{server.server_port}"
Path("outputs").mkdir()
Path("pywps.cfg").write_text(
    f"[server]\\nurl={base}/wps\\noutputurl={base}/outputs/\\noutputpath=outputs\\nworkdir=.\\nmaxsingleinputsize=3mb\\n"
    "maxrequestsize=6mb\\n[logging]\\nlevel=WARNING\\nfile=pywps.log\\ndatabase=sqlite:///pywps.db\\n"
)
import service
Path("port.new").write_text(base)
Path("port.new").replace("port")
server.serve_forever()
"""
PROFILE = """
[profile.notebook]
source = "client_credentials"
issuer = "{issuer}"
client_id = "notebook"
client_secret = "env:NOTEBOOK_SECRET"
origins = ["{base}"]
"""


@dataclass
class Shown:
    """What the page shows, at work in ``folder``."""

    server: Server
    robot: Made
    base: str
    folder: Path

    def run(self, name: str, *words: str) -> list[str]:
        """The lines that a program of the page prints, with its hosts changed."""
        text = FILES[name].replace(f"{AUDIENCE}/wps", f"{self.base}/wps")
        (self.folder / name).write_text(text.replace("https://auth.example.org", self.server.issuer))
        env = {**os.environ, "NOTEBOOK_SECRET": self.robot.secret, "LYCHGATE_HOME": str(self.folder)}
        env["HOME"] = str(self.folder)
        done = subprocess.run(
            [sys.executable, name, *words], cwd=self.folder, env=env, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    for module in ("pywps", "xarray", "h5netcdf"):
        needs(module=module)
    import xarray

    folder = tmp_path_factory.mktemp("page")
    xarray.Dataset({"tas": (("time", "lat"), [[1.0, 2.0], [3.0, 4.0]])}).to_netcdf(folder / "tas.nc", engine="h5netcdf")
    with running(folder / "data") as server:
        owner = server.user_add(roles=frozenset({"compute"}))
        robot = server.client_add("notebook", owner=owner.id, audiences=(AUDIENCE,))
        with served(folder / "service", server.issuer) as base:
            (folder / "profiles.toml").write_text(PROFILE.format(issuer=server.issuer, base=base))
            yield Shown(server, robot, base, folder)


@contextmanager
def served(folder: Path, issuer: str) -> Iterator[str]:
    folder.mkdir()
    for name, text in {"service.py": FILES["service.py"], "myprocesses.py": PROCESSES, "serve.py": SERVE}.items():
        (folder / name).write_text(text.replace("https://auth.example.org", issuer))
    log = folder / "log"
    with log.open("wb") as out:
        env = {**os.environ, "PYTHONPATH": str(TESTS)}
        process = subprocess.Popen([sys.executable, "serve.py"], cwd=folder, env=env, stdout=out, stderr=out)
        try:
            yield _up(folder / "port", process, log)
        finally:
            process.terminate()
            process.wait(20)


def _up(port: Path, process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if port.exists():
            return port.read_text()
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def test_the_first_program_computes_and_a_later_one_finds_its_job(shown: Shown) -> None:
    offered, location, mean, values = shown.run("compute.py")
    assert "'mean'" in offered
    assert location.startswith(f"{shown.base}/outputs/")
    assert (mean, values) == ("2.5", "[2. 3.]")
    assert (shown.folder / "mean.nc").read_bytes().startswith(b"\x89HDF")
    assert shown.run("later.py", location) == ["accepted", "succeeded", '{"variable": "tas", "size": 4}']


def test_the_program_in_a_loop_waits_for_several(shown: Shown) -> None:
    assert shown.run("loop.py") == ["2", "3"]


def test_the_program_for_cwt_runs(shown: Shown) -> None:
    token = shown.server.token(shown.robot)
    with _file(shown.folder / "tas.nc") as address:
        assert shown.run("esgf.py", token, address) == ["True tas"]


@contextmanager
def _file(path: Path) -> Iterator[str]:
    handler = partial(SimpleHTTPRequestHandler, directory=str(path.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{path.name}"
        server.shutdown()


def test_the_guarded_service_is_open_where_the_page_says_so_and_only_there(shown: Shown) -> None:
    for query, status in {
        "service=WPS&request=GetCapabilities": 200,
        "service=WPS&request=DescribeProcess&version=1.0.0&identifier=mean": 200,
        "service=WPS&request=Execute&version=1.0.0&identifier=steps": 401,
        "service=WPS&request=Execute&request=GetCapabilities&version=1.0.0&identifier=steps": 401,
        "service=WPS&REQUEST=GetCapabilities&request=Execute&version=1.0.0&identifier=steps": 401,
    }.items():
        assert httpx2.get(f"{shown.base}/wps?{query}", timeout=20).status_code == status, query
    assert httpx2.get(f"{shown.base}/outputs/x.xml", timeout=20).status_code == 401
    assert httpx2.post(f"{shown.base}/wps?request=GetCapabilities", content=b"<x/>", timeout=20).status_code == 401
