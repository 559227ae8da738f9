"""A real Keystone from PyPI, in an environment of its own (its dependencies are not ours), on a loopback port."""

from __future__ import annotations

import contextlib
import getpass
import grp
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from support.peers import alone, missing

PASSWORD = "of-the-administrator"
ENVIRONMENT = Path(__file__).parents[2] / ".cache/keystone"
PACKAGES = ("keystone==30.*", "keystoneauth1")
_MANAGE = "import sys; from keystone.cmd.manage import main; sys.argv[0] = 'keystone-manage'; main()"
_SERVE = """
import socketserver, sys
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
sys.argv = ["keystone"]
class Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
class Quiet(WSGIRequestHandler):
    def log_message(self, *_): pass
from keystone.wsgi.api import application
make_server("127.0.0.1", PORT, application, Server, Quiet).serve_forever()
"""


def python() -> str:
    """The Python that has Keystone. In CI it is installed where it is missing; elsewhere the test is skipped."""
    with alone(ENVIRONMENT.parent):
        return _installed(ENVIRONMENT / "bin/python")


def _installed(found: Path) -> str:
    if not (ENVIRONMENT / "ready").exists():
        if os.environ.get("CI") != "true":
            missing(f"no Keystone in {ENVIRONMENT.name}: CI=true installs it")
        subprocess.run([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], check=True, timeout=120)
        subprocess.run([found, "-m", "pip", "install", "-q", *PACKAGES], check=True, timeout=600)
        (ENVIRONMENT / "ready").touch()
    return str(found)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[str]:
    """The address of its API v3; the user ``admin`` has ``PASSWORD`` and the role admin in the project ``admin``."""
    program = python()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/v3"
    (folder / "keystone.conf").write_text(_settings(folder))
    for name in ("fernet", "credential"):
        (folder / name).mkdir()
    who = ["--keystone-user", getpass.getuser(), "--keystone-group", grp.getgrgid(os.getegid()).gr_name]
    place = ["--bootstrap-public-url", url, "--bootstrap-region-id", "here", "--bootstrap-password", PASSWORD]
    for words in (["db_sync"], ["fernet_setup", *who], ["credential_setup", *who], ["bootstrap", *place]):
        line = [program, "-c", _MANAGE, "--config-file", str(folder / "keystone.conf"), *words]
        subprocess.run(line, check=True, timeout=180, capture_output=True)
    with open(folder / "output", "wb") as output:
        server = subprocess.Popen(
            [program, "-c", _SERVE.replace("PORT", str(port))],
            env={**os.environ, "OS_KEYSTONE_CONFIG_DIR": str(folder), "OS_KEYSTONE_CONFIG_FILES": "keystone.conf"},
            stdout=output,
            stderr=output,
        )
    try:
        _wait(port, server, folder / "output")
        yield url
    finally:
        server.terminate()
        server.wait(10)


def _settings(folder: Path) -> str:
    return f"""[DEFAULT]
log_file = {folder}/log
[database]
connection = sqlite:///{folder}/keystone.db
[fernet_tokens]
key_repository = {folder}/fernet
[fernet_receipts]
key_repository = {folder}/fernet
[credential]
key_repository = {folder}/credential
"""


def _wait(port: int, server: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise AssertionError(f"Keystone did not start: {output.read_text()[-2000:]}")
