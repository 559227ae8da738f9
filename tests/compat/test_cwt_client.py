"""``cwt.WPSClient`` and ``LLNLClient`` at a real pywps: the first document's first block, and what it does not show."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import xarray

import lychgate
from compat.test_cwt_auth import blocks
from lychgate.compat import cwt
from lychgate.compat.cwt.adopted import adopt
from lychgate.kernel.errors import ConfigError
from lychgate.server.issuers import realms
from support.api_server import serve_api
from support.server import ACTOR, poll, running
from support.tls import certificate
from support.wps_play import job
from support.wps_service import Wps, wps_service

TOKEN = "abcd"  # the document's


@pytest.fixture(scope="module")
def wps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wps]:
    with wps_service(tmp_path_factory.mktemp("cwt"), token=TOKEN) as served:
        yield served


@pytest.fixture(scope="module")
def tas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cwt.Variable]:
    """A variable in a file that anybody may fetch."""
    folder = tmp_path_factory.mktemp("data")
    values = [[1.0, 2.0], [3.0, 4.0], [50.0, 60.0]]
    xarray.Dataset({"tas": (("time", "lat"), values)}).to_netcdf(folder / "tas.nc", engine="h5netcdf")
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield cwt.Variable(f"http://127.0.0.1:{server.server_port}/tas.nc", "tas")
        server.shutdown()


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))


def made(wps: Wps, **kwargs: Any) -> cwt.LLNLClient:
    return cwt.LLNLClient(wps.url, **{"auth": cwt.BearerTokenAuthenticator(TOKEN), **kwargs})


def test_the_bearer_block_runs_a_process(wps: Wps) -> None:
    block = blocks()[0].replace("import cwt\n", "from lychgate.compat import cwt\n", 1)
    block = block.replace("from cwt import", "from lychgate.compat.cwt import").replace("https://wps.io", wps.base)
    names: dict[str, Any] = {"steps": cwt.Process("steps")}
    with pytest.raises(TypeError, match=r"not the module lychgate\.compat\.cwt\.auth: auth=BearerTokenAuthenticator"):
        exec(block.replace("(...)", "(steps)"), names)
    exec(block.replace("(...)", "(steps)").replace("auth=auth", "auth=bearer"), names)
    assert names["steps"].wait(60, sleep=0.2, progress=False)
    assert names["steps"].output == 4


@pytest.mark.parametrize("method", ["GET", "post"])
def test_variables_domains_and_operations_arrive_by_both_methods(wps: Wps, tas: cwt.Variable, method: str) -> None:
    client = made(wps)
    average = client.processes(r"CDAT\..*")[0]
    assert client.describe_process(average).process.inputs[0].kind == "complex"  # type: ignore[union-attr]
    done = client.execute(average, tas, cwt.Domain(time=slice(0, 2)), method=method, axes=["time"])
    assert done is average
    assert done.wait(60, sleep=0.2, progress=False), done.status
    found = done.output
    assert (found.var_name, found.name) == ("tas", "average")
    data = done.context.dataset("file", engine="h5netcdf")  # type: ignore[union-attr]
    assert data.tas.values.tolist() == [2.0, 3.0]
    assert average.inputs == []  # the process is as it was, and can be used again


def test_constructing_sends_nothing_and_what_is_open_is_asked_for_bare(wps: Wps, tmp_path: Path) -> None:
    before = wps.said.read_text()
    asked = list[int]()

    class Counted(cwt.Authenticator):
        def _pre_prepare(self, headers: Any, query: Any, store: Any) -> Any:
            asked.append(1)
            headers["Authorization"] = f"Bearer {TOKEN}"
            query["key"] = "a b"
            return store

    client = made(wps, auth=Counted())
    assert (wps.said.read_text(), asked) == (before, [])
    names = [one.identifier for one in client.processes()]
    assert names == ["steps", "mean", "fail", "CDAT.average"]
    assert asked == []
    for method in ("post", "get"):
        client.execute(client.process_by_name("steps"), method=method).wait(30, sleep=0.2, progress=False)
    client.jobs()
    lines = wps.said.read_text()[len(before) :].splitlines()
    authenticated = [line for line in lines if "GetCapabilities" not in line and "HTTP/1.1" in line]
    assert len(authenticated) == len(asked) > 4  # executions, polls, the list of jobs
    assert all("key=a+b" in line for line in authenticated), authenticated


def test_jobs_are_listed_page_by_page_and_deleted(wps: Wps) -> None:
    client = made(wps)
    for _ in range(3):
        client.execute("steps")
    jobs = client.jobs(limit=2)
    assert len(jobs) >= 3
    first = [one["id"] for one in jobs.current["results"]]
    assert len(first) == 2
    assert not {one["id"] for one in jobs.next().current["results"]} & set(first)
    assert [one["id"] for one in jobs.previous().current["results"]] == first
    job = jobs[first[0]]
    assert job.data["identifier"] == "steps"
    job.delete()  # which ends it, where it is still at work
    with pytest.raises(cwt.JobMissingError, match=first[0]):
        client.jobs().job(first[0])


def test_refusals_are_cwts_errors_in_the_services_words(wps: Wps) -> None:
    stranger = made(wps, auth=cwt.BearerTokenAuthenticator("other", key="other"))
    with pytest.raises(cwt.WPSAuthError, match=r"no \{token\} of yours"):
        stranger.execute("steps")
    with pytest.raises(cwt.WPSAuthError):
        stranger.jobs()
    client = made(wps)
    with pytest.raises(cwt.WPSClientError, match="Unknown process 'nothing'"):
        client.execute("nothing")
    with pytest.raises(cwt.CWTError, match="No matching process 'nothing'"):
        client.process_by_name("nothing")
    with pytest.raises(cwt.CWTError, match="Unsupported method 'put'"):
        client.execute("steps", method="put")
    with pytest.raises(cwt.CWTError, match="Invalid pattern"):
        client.processes("(")
    with pytest.raises(cwt.WPSServerError):
        cwt.WPSClient(f"{wps.base}/outputs/../wps/api/job/", auth=cwt.BearerTokenAuthenticator(TOKEN)).processes()
    with pytest.raises(cwt.CWTError, match="execute it first"):
        cwt.Process("steps").wait()


def test_a_wait_that_is_too_long_and_a_process_that_fails(wps: Wps, capsys: pytest.CaptureFixture[str]) -> None:
    client = made(wps)
    steps = cwt.Process("steps")
    slow = client.execute(steps)
    with pytest.raises(cwt.WPSTimeoutError, match="Timed out"):
        slow.wait(0.1, sleep=0.05, progress=False)
    assert slow.started or slow.accepted or slow.succeeded
    assert slow.wait(30, sleep=0.2)
    assert "steps: succeeded" in capsys.readouterr().err
    failed = client.execute("fail")
    assert not failed.wait(30, sleep=0.2, progress=False)
    assert failed.failed
    assert "no reason" in failed.status
    with pytest.raises(cwt.CWTError, match="has not succeeded"):
        failed.output  # noqa: B018  the look is the test


def test_what_lychgate_takes_goes_as_well_and_headers_with_it(wps: Wps) -> None:
    client = cwt.WPSClient(wps.url, auth=lychgate.Bearer(TOKEN), headers={"X-Project": "climate"})
    assert client.execute("steps", storeExecuteResponse=False).succeeded
    basic = cwt.WPSClient(wps.url, username="ada", password="hunter2")
    with pytest.raises(cwt.WPSAuthError):
        basic.execute("steps")
    for wrong in (cwt.BearerTokenAuthenticator, 7):
        with pytest.raises(TypeError, match="authenticator"):
            cwt.WPSClient(wps.url, auth=wrong)
    with pytest.raises(TypeError, match="takes no colour"):
        cwt.WPSClient(wps.url, colour="red")


def test_things_are_the_same_after_a_way_through_dictionaries(tas: cwt.Variable) -> None:
    domain = cwt.Domain([cwt.Dimension("lat", -90, 90)], name="d0", time=("1979-01-01", "1980-01-01"), lon=(0, 9, 3))
    assert domain.to_dict() == cwt.Domain.from_dict(domain.to_dict()).to_dict()
    assert domain.to_dict()["lat"] == {"start": -90, "end": 90, "step": 1, "crs": "values"}
    assert domain.to_dict()["time"]["crs"] == "timestamps"
    assert cwt.Variable.from_dict(tas.to_dict()).to_dict() == tas.to_dict()
    with pytest.raises(cwt.MissingRequiredKeyError, match="'uri'"):
        cwt.Variable.from_dict({"id": "tas|v0"})
    with pytest.raises(cwt.CWTError, match="not 'everywhere'"):
        cwt.Domain(lat="everywhere")  # type: ignore[arg-type]
    regrid = cwt.Process("CDAT.regrid")(tas, gridder=cwt.Gridder(grid="gaussian~32"))
    average = cwt.Process("CDAT.average")(regrid, domain=domain, axes=["lat", "lon"])
    variables, domains, operations = map(json.loads, cwt.WPSClient("http://127.0.0.1:1/").prepare_data_inputs(average, [], None))  # fmt: skip  # noqa: E501
    assert [one["id"] for one in variables] == [f"tas|{tas.name}"]
    assert [one["id"] for one in domains] == ["d0"]
    assert {one["name"]: one["input"] for one in operations} == {"CDAT.average": [regrid.name], "CDAT.regrid": [tas.name]}  # fmt: skip  # noqa: E501
    assert operations[0]["axes"] == "lat|lon"
    assert operations[1]["gridder"]["grid"] == "gaussian~32"


# --- the file that cwt left behind


def test_the_old_file_is_used_on_and_closed_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path / "lychgate"))
    with running(tmp_path / "data") as server:
        realm = server.operate(lambda engine: realms.add(engine, ACTOR, "compute", {}))
        found = "/auth/realms/compute/.well-known/openid-configuration"
        poll(lambda: server.get(found).status == 200)
        robot = server.client_add("old-robot", issuer=realm.id, methods=("client_secret_post",))
        old = tmp_path / ".cwt.json"
        content = {
            "node": {"access_token": "ended", "expires_in": 60, "acquired": "2021-03-01T12:00:00",
                     "client_id": robot.id, "client_secret": robot.secret},
            "other": {"token": "kept"},
        }  # fmt: skip
        old.write_text(json.dumps(content))
        old.chmod(0o644)
        node = cwt.LLNLKeyCloakAuthenticator(server.url, f"{server.url}/auth", "compute", key="node")
        headers: dict[str, str] = {}
        node.prepare(headers, {})  # nobody is asked: the registration goes on
        assert headers["Authorization"].startswith("Bearer eyJ")
        before = headers["Authorization"]
        node.renew(before)
        node.prepare(headers, {})
        assert headers["Authorization"] != before
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
    assert json.loads(old.read_text()) == content


def test_a_login_of_a_person_goes_on_unless_there_is_a_newer_one(tmp_path: Path) -> None:
    def login() -> Any:
        auth = cwt.KeyCloakAuthenticator("https://a.example/auth", "r", client_id="wps", pkce=True, store=False)
        return auth.login

    old = {"access_token": "aaaaaaaa", "refresh_token": "old-refresh", "expires_in": 300, "acquired": "2021-03-01T12:00:00.5"}  # fmt: skip  # noqa: E501
    made = login()
    adopt(made, {"token": "nothing of a login"})
    store, key = made.credential.performer.store, made.credential.authenticator.renewal.key
    assert store.load(key) is None
    adopt(made, old)
    adopt(made, {**old, "refresh_token": "another"})
    assert store.load(key).data["refresh"] == "old-refresh"
    assert store.load(key).data["expires_at"] < 1.7e9


def test_other_certificates_and_other_credentials(tmp_path: Path) -> None:
    files = certificate(tmp_path, "127.0.0.1")
    with serve_api(files) as api:
        api.instead = lambda seen: (200, {}, job("Succeeded").body)
        url, bearer = api.url + "/wps", cwt.BearerTokenAuthenticator(TOKEN)
        with pytest.raises(cwt.WPSServerError, match="not trusted"):
            cwt.WPSClient(url, auth=bearer).execute("mean")
        for verify in (False, str(files.ca)):
            assert cwt.WPSClient(url, auth=bearer, verify=verify).execute("mean").succeeded
        assert cwt.WPSClient(url, verify=False, cert=(str(files.cert), str(files.key))).execute("mean").succeeded
        with pytest.raises(TypeError, match="wire="):
            cwt.WPSClient(url, auth=lychgate.auth(lychgate.Bearer(TOKEN)), verify=False)


def test_a_file_of_another_user_is_left_to_them(tmp_path: Path) -> None:
    kept = tmp_path / "shared.json"
    kept.write_text('{"default": {"token": "abc"}}')
    kept.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(kept, 12345, 12345)
        headers: dict[str, str] = {}
        cwt.BearerTokenAuthenticator(config_path=str(kept)).prepare(headers, {})
        assert headers == {"Authorization": "Bearer abc"}
        assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    else:
        kept.chmod(0)
        with pytest.raises(ConfigError, match="cannot be read"):
            cwt.BearerTokenAuthenticator(config_path=str(kept)).prepare({}, {})
