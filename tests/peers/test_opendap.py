"""netCDF-C's own OPeNDAP client reads a guarded pydap through the bridge, for longer than a token lives."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.dap_service import dap_service
from support.peers import needs
from support.server import running

AUDIENCE = "https://dap.example.org"
LIFE = 2  # seconds of a token
READER = """
import sys, time, netCDF4
url, seconds = sys.argv[1], float(sys.argv[2])
data, end, read = netCDF4.Dataset(url), time.monotonic() + seconds, 0
while True:
    step = read % 20
    assert float(data["tas"][step].mean()) == step
    read += 1
    if time.monotonic() > end:
        break
    time.sleep(0.1)
print("READ", read)
"""
PROFILE = """
[profile.dap]
source = "client_credentials"
issuer = "{issuer}"
client_id = "reader"
client_secret = "{secret}"
origins = ["{base}"]
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The folder of a user with a profile, and the address of the guarded data."""
    needs(module="netCDF4")
    folder = tmp_path_factory.mktemp("dap")
    with running(folder / "data") as server:
        made = server.client_add("reader", audiences=(AUDIENCE,), lifetime=LIFE)
        guard = {"issuer": server.issuer, "audience": AUDIENCE, "leeway": 1}
        with dap_service(folder / "dap", guard) as base:
            secret = folder / "secret"
            secret.write_text(made.secret)
            secret.chmod(0o600)
            text = PROFILE.format(issuer=server.issuer, secret=f"file:{secret}", base=base)
            (folder / "profiles.toml").write_text(text)
            yield folder, base


def read(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "LYCHGATE_HOME": str(home), "HOME": str(home)}
    return subprocess.run(list(words), env=env, capture_output=True, text=True, timeout=120, cwd=home)


def test_slices_come_for_longer_than_a_token_lives(home: tuple[Path, str]) -> None:
    folder, base = home
    bridge = [sys.executable, "-m", "lychgate", "bridge", "netcdf", "--profile", "dap", "--"]
    done = read(folder, *bridge, sys.executable, "-c", READER, f"{base}/tas.nc", str(2 * LIFE))
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.split("READ ")[1]) > 10
    assert not (folder / ".ncrc").exists()


def test_without_the_bridge_nothing_is_read(home: tuple[Path, str]) -> None:
    folder, base = home
    done = read(folder, sys.executable, "-c", READER, f"{base}/tas.nc", "0")
    assert done.returncode == 1
    assert "READ" not in done.stdout
