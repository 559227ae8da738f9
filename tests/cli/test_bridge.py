"""``lychgate bridge`` with the real curl, GDAL and netCDF-C: the credential reaches the API and nobody else."""

from __future__ import annotations

import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lychgate.testing.chaos import ChaosIssuer
from support.api_server import Api, Seen, serve_api
from support.peers import needs
from support.server import poll

SECRET = "robot-secret-of-the-tests-0123456789"
DAS = b"Attributes {\n}\n"
DDS = b"Dataset {\n    Int32 x[x = 3];\n} data;\n"
DODS = DDS + b"\nData:\n" + struct.pack(">IIiii", 3, 3, 7, 8, 9)  # DAP 2.0, section 7.3: the length twice, then XDR


@pytest.fixture
def issuer() -> Iterator[ChaosIssuer]:
    with ChaosIssuer() as made:
        yield made


@pytest.fixture
def api(issuer: ChaosIssuer) -> Iterator[Api]:
    """Lets in who brings a live token of the issuer."""
    with serve_api() as made:
        made.allow = lambda seen: issuer.accepts(
            seen.headers.get("authorization", "").removeprefix("Bearer "), issuer.now()
        )
        yield made


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, issuer: ChaosIssuer, api: Api) -> Path:
    """A home with the profile ``robot`` for the API, and room for what runs."""
    (tmp_path / "run").mkdir()
    for name in ("HOME", "LYCHGATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("ROBOT_SECRET", SECRET)
    monkeypatch.delenv("CURL_HOME", raising=False)
    (tmp_path / "profiles.toml").write_text(
        f'[profile.robot]\nsource = "client_credentials"\nissuer = "{issuer.url}"\nclient_id = "robot"\n'
        f'client_secret = "env:ROBOT_SECRET"\norigins = ["{api.url}"]\n'
    )
    (tmp_path / "profiles.toml").chmod(0o600)
    return tmp_path


def bridge(library: str, *words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "lychgate", "bridge", library, "--", *words]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


def nothing_left(home: Path) -> bool:
    return not list((home / "run").iterdir())


def test_curl_is_led_to_the_api_and_its_own_configuration_holds_on(home: Path, api: Api) -> None:
    needs(program="curl")
    theirs = 'user-agent = "of-the-user"\n'
    (home / ".curlrc").write_text(theirs)
    with serve_api() as other:
        script = f'curl -sS "$LYCHGATE_API/script" && curl -sS {other.url}/elsewhere && ls -l "$CURL_HOME" && env'
        done = bridge("curl", "sh", "-c", script)
        assert done.returncode == 0, done.stderr
        (stray,) = other.seen
    assert "authorization" not in stray.headers
    (seen,) = api.at("/script")
    assert (seen.headers["user-agent"], "authorization" in seen.headers) == ("of-the-user", True)
    direct = bridge("curl", "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", f"{api.url}/word?a=1")
    assert (direct.stdout, api.at("/word")[0].query) == ("200", {"a": ["1"]})
    token = seen.headers["authorization"].removeprefix("Bearer ")
    assert not any(text in done.stdout + done.stderr for text in (token, SECRET))
    assert (home / ".curlrc").read_text() == theirs
    assert nothing_left(home)


def test_gdal_opens_the_apis_own_address_with_a_header_that_stays_fresh(
    home: Path, api: Api, issuer: ChaosIssuer, tmp_path: Path
) -> None:
    needs(module="rasterio")
    raster(tmp_path / "scene.tif")
    image = (tmp_path / "scene.tif").read_bytes()
    api.instead = lambda seen: part(image, seen) if api.allow(seen) and seen.path.endswith(".tif") else None
    with serve_api() as other:
        other.instead = lambda seen: part(image, seen)
        code = (
            "import rasterio, sys\n"
            "with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN='EMPTY_DIR', CPL_VSIL_CURL_USE_HEAD='NO'):\n"
            "    print([int(rasterio.open(url).read(1).sum()) for url in sys.argv[1:]])\n"
        )
        done = bridge("gdal", sys.executable, "-c", code, f"{api.url}/a/scene.tif", f"{other.url}/scene.tif")
        assert (done.returncode, done.stdout.strip()) == (0, "[4096, 4096]"), done.stderr
        assert other.seen
        assert not any("authorization" in seen.headers for seen in other.seen)
    assert nothing_left(home)


def test_a_header_file_is_renewed_while_the_command_runs(home: Path, api: Api, issuer: ChaosIssuer) -> None:
    issuer.lifetime = 2
    code = (
        "import os, time\n"
        "rc = open(os.environ['GDAL_CONFIG_FILE']).read()\n"
        "file = rc.partition('GDAL_HTTP_HEADER_FILE=')[2].split()[0]\n"
        "first, until = open(file).read(), time.time() + 20\n"
        "while open(file).read() == first and time.time() < until:\n    time.sleep(0.1)\n"
        "print(open(file).read() != first, oct(os.stat(file).st_mode & 0o777))\n"
    )
    assert bridge("gdal", sys.executable, "-c", code).stdout.split() == ["True", "0o600"]


def test_netcdf_reads_opendap_through_the_door_and_elsewhere_with_what_the_user_has_set(home: Path, api: Api) -> None:
    needs(module="netCDF4")
    api.instead = lambda seen: dap(seen) if api.allow(seen) else None
    with serve_api() as other:
        other.allow = lambda seen: seen.headers.get("authorization") == "Basic bWU6bWluZQ=="
        other.instead = lambda seen: dap(seen) if other.allow(seen) else (401, {"WWW-Authenticate": "Basic"}, b"")
        theirs = f"[{other.url}]HTTP.CREDENTIALS.USERPASSWORD=me:mine\n"
        (home / ".ncrc").write_text(theirs)
        code = "import netCDF4, sys\nprint([netCDF4.Dataset(url)['x'][:].tolist() for url in sys.argv[1:]])"
        done = bridge("netcdf", sys.executable, "-c", code, f"{api.url}/dap/data", f"{other.url}/dap/data")
        assert (done.returncode, done.stdout.strip()) == (0, "[[7, 8, 9], [7, 8, 9]]"), done.stderr
        assert {seen.headers.get("authorization") for seen in other.seen} <= {None, "Basic bWU6bWluZQ=="}
    assert (home / ".ncrc").read_text() == theirs
    assert nothing_left(home)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_files_are_removed_after_a_signal(home: Path, tmp_path: Path, number: int) -> None:
    note = tmp_path / "note"
    script = f'trap "exit 9" TERM INT; echo "$CURL_HOME" > {note}; while true; do sleep 0.1; done'
    line = [sys.executable, "-m", "lychgate", "bridge", "curl", "--", "sh", "-c", script]
    with subprocess.Popen(line, start_new_session=True) as started:
        poll(lambda: note.exists() and note.read_text().strip())
        folder = Path(note.read_text().strip())
        assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {
            ".curlrc": 0o600,
            "netrc": 0o600,
        }
        started.send_signal(number)
        assert started.wait(timeout=20) == 9
    assert nothing_left(home)


def test_what_a_file_cannot_hold_is_said(home: Path, api: Api) -> None:
    with (home / "profiles.toml").open("a") as file:
        file.write('[profile.key]\nauthenticator = "api_key"\nkey = "env:ROBOT_SECRET"\nplace = "query"\n')
        file.write(f'origins = ["{api.url}"]\n')
    line = [sys.executable, "-m", "lychgate", "bridge", "gdal", "--profile", "key", "--", "true"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60)
    assert (done.returncode, "into the URL" in done.stderr) == (1, True)
    assert bridge("curl", "no-such-program-here").returncode == 2  # two profiles now: which is meant?
    assert nothing_left(home)


def dap(seen: Seen) -> tuple[int, dict[str, str], bytes] | None:
    """What a DAP 2.0 server answers."""
    found = {".das": DAS, ".dds": DDS, "dods": DODS}.get(seen.path[-4:])
    return None if found is None else (200, {"XDODS-Server": "dods/3.2"}, found)


def raster(path: Path) -> None:
    """A picture of 64 by 64 ones."""
    import numpy
    import rasterio

    kind = {"driver": "GTiff", "height": 64, "width": 64, "count": 1, "dtype": "uint8"}
    with rasterio.open(path, "w", **kind, transform=rasterio.transform.from_origin(0, 64, 1, 1)) as made:
        made.write(numpy.ones((1, 64, 64), dtype="uint8"))


def part(whole: bytes, seen: Seen) -> tuple[int, dict[str, str], bytes]:
    """What is asked for of a file (RFC 9110 14.2)."""
    asked = seen.headers.get("range", "").removeprefix("bytes=").split("-")
    if not asked[0]:
        return 200, {"Accept-Ranges": "bytes"}, whole
    first, last = int(asked[0]), min(int(asked[1] or len(whole)), len(whole) - 1)
    return 206, {"Content-Range": f"bytes {first}-{last}/{len(whole)}"}, whole[first : last + 1]
