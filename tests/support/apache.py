"""Debian's Apache with digest authentication, on a loopback port of its own."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from support.peers import needs

MODULES = "/usr/lib/apache2/modules"
USER, PASSWORD, REALM = "ada", 'p:a "ss\\', "the archive"


@contextlib.contextmanager
def digest_server(*, nonce_lifetime: int = 300) -> Iterator[str]:
    """The server's URL: ``/secret/page`` is guarded, ``/old`` leads there. ``nonce_lifetime`` in seconds."""
    needs(program="apache2")
    with tempfile.TemporaryDirectory() as folder:  # pytest's own are closed to the user that Apache becomes
        yield from _running(Path(folder), nonce_lifetime)


def _running(folder: Path, nonce_lifetime: int) -> Iterator[str]:
    (folder / "www/secret").mkdir(parents=True)
    for name in ("page", "other", "page with space"):
        (folder / "www/secret" / name).write_text("yes")
    proof = hashlib.md5(f"{USER}:{REALM}:{PASSWORD}".encode()).hexdigest()
    (folder / "users").write_text(f"{USER}:{REALM}:{proof}\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "apache.conf").write_text(_settings(folder, port, nonce_lifetime))
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    server = subprocess.Popen(["apache2", "-d", str(folder), "-f", str(folder / "apache.conf"), "-D", "FOREGROUND"])
    try:
        _wait(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def _settings(folder: Path, port: int, lifetime: int) -> str:
    names = ("mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_digest", "alias")
    loaded = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in names)
    whose = "User www-data\nGroup www-data\n" if os.geteuid() == 0 else ""
    return f"""{loaded}
{whose}ServerName localhost
Listen 127.0.0.1:{port}
PidFile {folder}/pid
ErrorLog {folder}/errors
DefaultRuntimeDir {folder}
DocumentRoot {folder}/www
Redirect /old /secret/page
<Directory {folder}/www>
  Require all granted
</Directory>
<Location /secret>
  AuthType Digest
  AuthName "{REALM}"
  AuthDigestProvider file
  AuthUserFile {folder}/users
  AuthDigestNonceLifetime {lifetime}
  Require valid-user
</Location>
"""


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError("Apache did not start")
