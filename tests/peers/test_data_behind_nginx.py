"""A NetCDF file that a plain nginx serves behind ``lychgate guard``, read by xarray through fsspec as it comes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

import lychgate
from support.nginx import nginx
from support.peers import needs
from support.server import Made, Server, poll, running

API = "https://data.example.org"
PAGE = (Path(__file__).parents[2] / "docs/guard.md").read_text(encoding="utf-8")
LIFE = 2  # seconds of a token


@dataclass
class Archive:
    """``url`` is the file at nginx; ``reader`` has the role that it needs, ``stranger`` has not."""

    server: Server
    url: str
    reader: Made
    stranger: Made

    def auth(self, made: Made) -> lychgate.Auth:
        secret = lychgate.Secret(made.secret)
        source = lychgate.ClientCredentials(issuer=self.server.issuer, client_id=made.id, client_secret=secret)
        return lychgate.auth(source, store="memory")

    def open(self, made: Made) -> Any:
        import fsspec

        return fsspec.open(self.url, **lychgate.fsspec(self.auth(made))).open()


@contextmanager
def guarding(*words: str) -> Iterator[str]:
    """``lychgate guard`` on a free port."""
    command = [sys.executable, "-m", "lychgate", "guard", "--audience", API, "--port", "0", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ})
    try:
        assert process.stdout is not None
        yield re.findall(r"http://[\d.]+:\d+", process.stdout.readline())[0]
    finally:
        process.terminate()
        process.wait(20)


def served(guard: str, folder: Path) -> str:
    """The lines of the guard's page, with files in place of the service that they hand requests on to."""
    locations = re.findall(r"^```nginx\n(.*?)^```$", PAGE, re.M | re.S)[0]
    assert "proxy_pass http://127.0.0.1:9000;" in locations
    return locations.replace("proxy_pass http://127.0.0.1:9000;", f"root {folder};").replace(
        "http://127.0.0.1:4180", guard
    )


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    needs(module="h5netcdf")
    import numpy
    import xarray

    folder = tmp_path_factory.mktemp("archive")
    files = folder / "files"
    files.mkdir()
    values = numpy.random.default_rng(1).random((200, 100, 40))
    made = xarray.Dataset({name: (("time", "lat", "lon"), values + at) for at, name in enumerate(("tas", "pr"))})
    made.to_netcdf(files / "cmip.nc", engine="h5netcdf")
    with running(folder / "data") as server:
        reader = server.user_add(roles=("reader",))
        fields = {"audiences": (API,), "lifetime": LIFE}
        robot, stranger = server.client_add(owner=reader.id, **fields), server.client_add(**fields)
        with (
            guarding("--issuer", server.issuer, "--require", "role:reader") as guard,
            nginx(served(guard, files)) as url,
        ):
            yield Archive(server, f"{url}/cmip.nc", robot, stranger)


def test_xarray_reads_a_part_and_after_the_tokens_end_another(archive: Archive) -> None:
    import fsspec
    import xarray

    auth = archive.auth(archive.reader)
    options: Any = {"block_size": 2**16, "cache_type": "readahead"}
    with (
        fsspec.open(archive.url, **lychgate.fsspec(auth), **options) as remote,
        xarray.open_dataset(remote, engine="h5netcdf", cache=False) as found,
    ):
        assert dict(found.sizes) == {"time": 200, "lat": 100, "lon": 40}
        first, ends = auth.token().access.reveal(), auth.token().expires_at or 0
        near = float(found.tas[:5].mean())
        poll(lambda: time.time() > ends, LIFE + 3)
        far = float(found.pr[-5:].mean())
        assert (round(near, 1), round(far, 1)) == (0.5, 1.5)
        assert auth.token().access.reveal() != first


def test_without_a_token_or_the_role_not_a_byte_is_read(archive: Archive) -> None:
    def status(made: Made | None) -> int:
        credential = {} if made is None else archive.auth(made).headers(archive.url)
        return httpx2.get(archive.url, headers={"Range": "bytes=0-7", **credential}, timeout=20).status_code

    assert [status(who) for who in (None, archive.stranger, archive.reader)] == [401, 403, 206]
    with pytest.raises(FileNotFoundError):  # as fsspec says it of each refusal
        archive.open(archive.stranger).read(1)


def test_the_page_on_data_is_true(archive: Archive, tmp_path: Path) -> None:
    needs(module="dask")
    page = (Path(__file__).parents[2] / "docs/data.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S)
    block = block.replace("https://data.example.org/cmip.nc", archive.url).replace("https=", "http=")
    origin = archive.url.removesuffix("/cmip.nc")
    (tmp_path / "profiles.toml").write_text(
        f'[profile.archive]\nsource = "client_credentials"\nissuer = "{archive.server.issuer}"\n'
        f'client_id = "{archive.reader.id}"\nclient_secret = "env:READER_SECRET"\norigins = ["{origin}"]\n'
    )
    (tmp_path / "profiles.toml").chmod(0o600)
    program = tmp_path / "program.py"
    shown = "    print(head[:4], round(mean, 1), round(total, 1), len(copy) > 10**6)\n"
    program.write_text(f"if __name__ == '__main__':\n{textwrap.indent(block, '    ')}{shown}")
    env = {**os.environ, "LYCHGATE_HOME": str(tmp_path), "READER_SECRET": archive.reader.secret}
    done = subprocess.run([sys.executable, program], env=env, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert done.stdout == "b'\\x89HDF' 0.5 0.5 True\n", done.stderr[-3000:]
