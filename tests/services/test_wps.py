"""The WPS client at a real pywps behind the guard: tokens of two seconds, jobs that outlive them."""

from __future__ import annotations

import asyncio
import io
import stat
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import lychgate
from lychgate.kernel.errors import InsecureError
from lychgate.services.refusal import Forbidden, Unauthorized
from lychgate.services.wps import BadAnswer, Complex, ExceptionReport, JobFailed, Reference, StillRunning
from lychgate.world import progress
from support.peers import needs
from support.server import Made, Server, running
from support.terminal import python_at_terminal
from support.wps_service import Wps, wps_service

AUDIENCE = "urn:example:wps"  # no URL: a proof for the key of a token is for the address that was called
LIFE = 2  # seconds of a token


@dataclass
class Node:
    """A server, and two services behind the guard that trust it: by its keys, and by introspection."""

    server: Server
    robot: Made
    by_keys: Wps
    by_asking: Wps
    data: Path

    def auth(self, robot: Made | None = None) -> lychgate.ClientCredentials:
        made = robot or self.robot
        return lychgate.ClientCredentials(
            issuer=self.server.issuer, client_id=made.id, client_secret=lychgate.Secret(made.secret)
        )

    def wps(self, **options: Any) -> lychgate.Wps:
        return lychgate.Wps(self.by_keys.url, self.auth(), **options)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    needs(module="xarray")
    folder = tmp_path_factory.mktemp("wps")
    with running(folder / "data") as server:
        owner = server.user_add("ada@example.org", roles=frozenset({"compute"}))
        robot = server.client_add("robot", owner=owner.id, audiences=(AUDIENCE,), lifetime=LIFE)
        gate = server.client_add("gate", audiences=(), resources=(AUDIENCE,))
        guard = {"issuer": server.issuer, "audience": AUDIENCE, "role": "compute", "leeway": 1}
        asking = {**guard, "keys": False, "introspect": gate.pair, "remember": 0.5}
        with (
            wps_service(folder / "keys", guard=guard) as by_keys,
            wps_service(folder / "asking", guard=asking, closed=True) as by_asking,
        ):
            yield Node(server, robot, by_keys, by_asking, made_netcdf(folder / "tas.nc"))


def made_netcdf(path: Path) -> Path:
    import numpy
    import xarray

    values = numpy.arange(24.0).reshape(4, 6)
    xarray.Dataset({"tas": (("time", "lat"), values)}).to_netcdf(path, engine="h5netcdf")
    return path


def netcdf(node: Node) -> Complex:
    return Complex(node.data.read_bytes(), "application/x-netcdf")


def test_capabilities_and_descriptions_are_open_and_say_what_there_is(node: Node) -> None:
    wps = lychgate.Wps(node.by_keys.url)  # no credential at all
    assert [one.identifier for one in wps.capabilities().processes] == ["steps", "mean", "fail", "CDAT.average"]
    (mean,) = wps.describe("mean")
    assert [(one.identifier, one.kind, one.default) for one in mean.inputs] == [
        ("variable", "literal", "tas"),
        ("dataset", "complex", None),
    ]
    assert mean.inputs[1].formats[0].mime == "application/x-netcdf"
    assert len(wps.describe()) == 4
    with pytest.raises(Unauthorized) as caught:
        wps.execute("steps")
    assert caught.value.status == 401


@pytest.mark.parametrize("asks", [False, True], ids=["by keys", "by introspection"])
def test_a_wait_outlives_the_token_and_goes_on(node: Node, asks: bool) -> None:
    wps = lychgate.Wps((node.by_asking if asks else node.by_keys).url, node.auth())
    told = list[Any]()
    first = wps.service.auth.token().access.reveal()
    job = wps.execute("steps", {"seconds": (1.5 if asks else 2.5) * LIFE, "steps": 10})
    ended = job.wait(60, progress=told.append)
    assert ended.result("done").value == 10
    assert wps.service.auth.token().access.reveal() != first
    assert [one.state for one in told][-1] == "succeeded"
    done = [one.percent for one in told]
    assert done == sorted(done)
    assert len(set(done)) > 3


def test_the_same_awaited_with_others_in_the_loop(node: Node) -> None:
    async def both() -> list[Any]:
        wps = lychgate.AsyncWps(node.by_keys.url, node.auth())

        async def one() -> Any:
            job = await wps.execute("steps", {"seconds": 1.0, "steps": 2})
            return (await job.wait(30, progress=False)).result().value

        ticks = asyncio.ensure_future(_ticks())
        found = [*await asyncio.gather(one(), one()), len((await wps.capabilities()).processes)]
        ticks.cancel()
        assert max(await asyncio.gather(ticks, return_exceptions=True), key=str) is not None
        return found

    assert asyncio.run(both()) == [2, 2, 4]


async def _ticks() -> None:
    while True:
        began = time.monotonic()
        await asyncio.sleep(0.05)
        assert time.monotonic() - began < 2  # nothing holds up the loop


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_mean_is_computed_and_its_results_come_with_the_same_credential(
    node: Node, method: str, tmp_path: Path
) -> None:
    wps = node.wps()
    with served(node.data) as address:  # pywps does not unpack base64 in a query
        dataset = netcdf(node) if method == "post" else Reference(address, "application/x-netcdf")
        job = wps.execute("mean", {"variable": "tas", "dataset": dataset}, method=method)
        ended = job.wait(60, progress=False)
    assert ended.result("mean").value == pytest.approx(11.5)
    assert job.read("summary") == b'{"variable": "tas", "size": 24}'
    kept = job.fetch("output", tmp_path / "mean.nc")
    assert kept.read_bytes().startswith(b"\x89HDF")
    assert stat.S_IMODE(kept.stat().st_mode) & 0o077 == 0o044
    assert [one.name for one in tmp_path.iterdir()] == ["mean.nc"]
    with pytest.raises(Unauthorized):  # the results are not for everybody
        lychgate.Wps(wps.service.url).job(job.location).refresh()


def test_a_result_is_opened_by_fsspec_and_xarray_after_the_token_has_ended(node: Node) -> None:
    needs(module="fsspec")
    job = node.wps().execute("mean", {"dataset": netcdf(node)}, stored=False)
    assert job.status.ended
    assert not job.location
    poll_until_ended(job.service.auth)
    with job.open("output") as file:
        assert file.read(4) == b"\x89HDF"
    with job.dataset("output", engine="h5netcdf") as found:
        assert found.tas.values.tolist() == pytest.approx([9.0, 10.0, 11.0, 12.0, 13.0, 14.0])


def poll_until_ended(auth: lychgate.Auth) -> None:
    token, deadline = auth.token(), time.monotonic() + 30
    while token.valid_for() > 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)


class served:
    """A file on a free port, for everybody."""

    def __init__(self, path: Path) -> None:
        from functools import partial
        from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

        self._name = path.name
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(path.parent))
        )

    def __enter__(self) -> str:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}/{self._name}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_a_token_that_is_bound_to_a_key_computes_and_opens_the_result(node: Node) -> None:
    source = lychgate.ClientCredentials(
        issuer=node.server.issuer, client_id=node.robot.id, client_secret=lychgate.Secret(node.robot.secret), dpop=True
    )
    job = lychgate.Wps(node.by_keys.url, source).execute("mean", {"dataset": netcdf(node)})
    job.wait(60, progress=False)
    assert job.service.auth.token().type == "DPoP"
    assert job.read("output").startswith(b"\x89HDF")
    with job.dataset("output", engine="h5netcdf") as found:
        assert found.tas.values[0] == pytest.approx(9.0)


def test_a_raw_result_is_the_answer_itself(node: Node) -> None:
    assert node.wps().result("steps", {"seconds": 0.0, "steps": 3}, output="done") == b"3"


def test_a_job_is_found_again_by_its_location(node: Node) -> None:
    location = node.wps().execute("steps", {"seconds": 1.0}).location
    job = node.wps().job(location)
    with pytest.raises(StillRunning, match=r"wps\.job"):
        job.wait(0.2, progress=False)
    assert job.wait(30, progress=False).result().value == 4


def test_failures_are_told_in_the_services_words(node: Node) -> None:
    with pytest.raises(JobFailed, match="the disk is full"):
        node.wps().execute("fail", {"why": "the disk is full"}).wait(30, progress=False)
    with pytest.raises(ExceptionReport, match="nothing") as caught:
        node.wps().execute("nothing")
    assert (caught.value.error, caught.value.locator) == ("InvalidParameterValue", "Identifier")
    with pytest.raises(ExceptionReport):
        node.wps().execute("mean", {})  # the dataset is missing


def test_who_lacks_the_role_is_forbidden_and_told_why(node: Node) -> None:
    stranger = node.server.client_add("stranger", audiences=(AUDIENCE,))
    with pytest.raises(Forbidden, match="insufficient_scope") as caught:
        lychgate.Wps(node.by_keys.url, node.auth(stranger)).execute("steps")
    assert caught.value.status == 403
    assert "insufficient_scope" in caught.value.description


def test_a_closed_service_shows_its_capabilities_to_who_may(node: Node) -> None:
    assert len(lychgate.Wps(node.by_asking.url, node.auth()).capabilities().processes) == 4
    with pytest.raises(Unauthorized):
        lychgate.Wps(node.by_asking.url).capabilities()


def test_a_credential_for_elsewhere_is_not_sent(node: Node) -> None:
    elsewhere = lychgate.auth(lychgate.Bearer("abcdefgh"), origins=["https://elsewhere.example.org"])
    with pytest.raises(InsecureError, match="origins="):
        lychgate.Wps(node.by_keys.url, elsewhere).execute("steps")


def test_what_is_no_wps_says_so(node: Node) -> None:
    with pytest.raises(BadAnswer, match="not XML"):
        lychgate.Wps(f"{node.server.url}/jwks").capabilities()


def test_lines_are_written_where_there_is_no_terminal(node: Node, capsys: pytest.CaptureFixture[str]) -> None:
    node.wps().execute("steps", {"seconds": 0.0}).wait(30)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("steps: accepted")
    assert lines[-1].startswith("steps: succeeded")
    node.wps().execute("steps", {"seconds": 0.0}).wait(30, progress=False)
    assert capsys.readouterr() == ("", "")


def test_a_bar_is_drawn_at_a_terminal(node: Node, tmp_path: Path) -> None:
    script = f"""
import lychgate
secret = lychgate.Secret.env("ROBOT")
source = lychgate.ClientCredentials(issuer={node.server.issuer!r}, client_id="robot", client_secret=secret)
lychgate.Wps({node.by_keys.url!r}, source).execute("steps", {{"seconds": 2.0}}).wait(60)
print("DONE")
"""
    env = {"ROBOT": node.robot.secret, "LYCHGATE_HOME": str(tmp_path), "TERM": "xterm"}
    with python_at_terminal(script, env=env, size=(40, 120)) as terminal:
        terminal.wait_for(r"steps .*━.* \d+% .*step \d of 4", 60)
        terminal.wait_for(r"100%[\s\S]*DONE", 60)
        assert terminal.end() == 0


def test_owslib_reads_the_documents_that_ours_keeps(node: Node) -> None:
    owslib: Any = pytest.importorskip("owslib.wps")
    wps = node.wps()
    known = owslib.WebProcessingService(wps.service.url, skip_caps=True)
    known.getcapabilities(xml=wps.capabilities().xml)
    assert [one.identifier for one in known.processes] == ["steps", "mean", "fail", "CDAT.average"]
    job = wps.execute("steps", {"seconds": 0.0})
    theirs = owslib.WPSExecution()
    theirs.parseResponse(owslib.etree.fromstring(job.wait(30, progress=False).xml))
    assert theirs.isSucceded()


# --- what is shown


@dataclass
class Said:
    state: str = "running"
    percent: float | None = 25.0
    message: str = "step <1>\x1b[2J of 4"
    ended: bool = False


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_bar_and_a_second_one_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    out, other = Tty(), Tty()
    with progress.watching("mean", out=out) as tell:
        tell(Said())
        with progress.watching("other", out=other) as beside:
            beside(Said())
    assert "25%" in out.getvalue()
    assert "━" in out.getvalue()
    assert "\x1b[2J" not in out.getvalue()
    assert other.getvalue() == "other: running, 25 %: step <1>?[2J of 4\n"


def test_a_notebook_shows_a_bar_whose_texts_are_escaped() -> None:
    drawn = progress.pictured("<b>mean</b>", Said())
    assert '<progress max="100" value="25"' in drawn
    assert "<b>" not in drawn
    assert "&lt;1&gt;" in drawn
    assert "value=" not in progress.pictured("mean", Said(percent=None))
