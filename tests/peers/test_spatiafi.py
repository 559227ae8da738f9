"""The package ``spatiafi``, unpatched: it knows one host, by https; a proxy and a private authority lead it here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from support.connect_proxy import Proxy, connect_proxy
from support.peers import needs
from support.server import LAST, Server, poll, running
from support.tls import certificate

HOST = "auth.spatiafi.com"
NAME, PASSWORD = "bennett@climateengine.com", "hunter2"
ME = """
import json
from spatiafi.session import get_session
session = get_session()
print(json.dumps(session.get("https://auth.spatiafi.com/api/v1/users/me").json()))
"""
Spatiafi = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Proxy, Path]]:
    needs(module="spatiafi")
    folder = tmp_path_factory.mktemp("spatiafi")
    tls = certificate(folder / "tls", HOST)
    options = ("--issuer", f"https://{HOST}", "--tls-cert", str(tls.cert), "--tls-key", str(tls.key))
    with running(folder / "data", *options) as started:
        poll(lambda: any(LAST in line for line in started.said))
        started.user_add(NAME, PASSWORD)
        port = urlsplit(started.url).port
        assert port is not None
        with connect_proxy({f"{HOST}:443": port}) as proxy:
            yield started, proxy, tls.ca


@pytest.fixture
def spatiafi(server: tuple[Server, Proxy, Path], tmp_path: Path) -> Spatiafi:
    """Run a script as somebody whose home is empty; ``stdin`` is what they type."""
    _, proxy, authority = server
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    environment = kept | {"HOME": str(tmp_path), "HTTPS_PROXY": proxy.url, "REQUESTS_CA_BUNDLE": str(authority)}

    def run(script: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", script],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            env=environment,
            start_new_session=True,  # no terminal: it asks on standard input
            check=False,
        )

    return run


def test_it_asks_for_name_and_password_once_makes_a_client_and_calls_with_it(
    server: tuple[Server, Proxy, Path], spatiafi: Spatiafi, tmp_path: Path
):
    first = spatiafi(ME, f"{NAME}\n{PASSWORD}\n")
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout.splitlines()[-1])["email"] == NAME
    again = spatiafi(ME)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout.splitlines()[-1])["email"] == NAME
    kept = json.loads(next(tmp_path.rglob("app_credentials.json")).read_text())
    assert set(kept) == {"user_id", "client_id", "client_secret"}
    assert set(server[1].asked) == {f"{HOST}:443"}


def test_a_wrong_password_makes_no_client_and_nothing_is_saved(spatiafi: Spatiafi, tmp_path: Path):
    done = spatiafi(ME, f"{NAME}\nwrong-one\n")
    assert done.returncode != 0
    assert "KeyError: 'access_token'" in done.stderr  # its own way to say so
    assert not list(tmp_path.rglob("app_credentials.json"))
