"""The driver of services' clients: where the credential goes, what is followed, answers that are long or broken."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import lychgate
from lychgate.client.authenticators.authenticator import Authenticator, Way
from lychgate.kernel.errors import InsecureError, Refused, TransientError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Headers, Request, Response
from lychgate.services.refusal import Unauthorized
from lychgate.services.service import Exchange, Service, redirect_of
from lychgate.services.wps import AsyncWps, Result, Status, Wps
from support.api_server import Api, Seen, serve_api
from support.wps_play import job, report

Drive = Callable[[Service, Flow[Any]], Any]


@pytest.fixture
def home() -> Iterator[Api]:
    with serve_api() as api:
        yield api.bearer()


@pytest.fixture
def elsewhere() -> Iterator[Api]:
    with serve_api() as api:
        yield api


@pytest.fixture(params=["blocking", "awaiting"])
def drive(request: pytest.FixtureRequest) -> Drive:
    if request.param == "blocking":
        return lambda service, flow: service.run(flow)
    return lambda service, flow: asyncio.run(service.arun(flow))


def service_at(api: Api, *origins: str) -> Service:
    bearer = lychgate.Bearer(api.token)
    return Service(api.url + "/wps", lychgate.auth(bearer, origins=[api.url, *origins]) if origins else bearer)


def get(url: str, **options: Any) -> Flow[Response]:
    return (yield from Exchange(Request("GET", url, Headers({"Accept": "*/*", "X-Own": "mine"})), **options))


def test_a_redirect_at_home_keeps_the_credential_and_one_elsewhere_goes_bare(
    home: Api, elsewhere: Api, drive: Drive
) -> None:
    service = service_at(home)
    assert drive(service, get(f"{home.url}/to?url={home.url}/data")).status == 200
    assert drive(service, get(f"{home.url}/to?url={elsewhere.url}/to?url={home.url}/data")).status == 401
    (arrived,) = elsewhere.at("/to")
    assert "authorization" not in arrived.headers
    assert "x-own" not in arrived.headers
    assert "authorization" not in home.seen[-1].headers  # who has left home stays bare


def test_another_address_that_the_service_names_is_asked_bare_unless_it_is_the_credentials(
    home: Api, elsewhere: Api, drive: Drive
) -> None:
    drive(service_at(home), get(elsewhere.url + "/result"))
    drive(service_at(home, elsewhere.url), get(elsewhere.url + "/result"))
    assert ["authorization" in seen.headers for seen in elsewhere.at("/result")] == [False, True]
    with pytest.raises(InsecureError):
        drive(Service(home.url, lychgate.auth(lychgate.Bearer("abc"), origins=[elsewhere.url])), get(home.url))


def test_a_result_elsewhere_that_wants_a_credential_says_how_to_send_it(home: Api, elsewhere: Api) -> None:
    elsewhere.allow = lambda seen: "authorization" in seen.headers
    done = Wps(home.url + "/wps", lychgate.Bearer(home.token)).job(home.url + "/status")
    done.status = Status("succeeded", results=(Result("o", href=elsewhere.url + "/o.nc"),))
    with pytest.raises(Unauthorized, match=f'not among the origins .* origins=."{home.url}", "{elsewhere.url}".') as caught:  # fmt: skip  # noqa: E501
        done.read("o")
    assert (caught.value.status, caught.value.description) == (401, "no")


def test_a_token_that_esgf_calls_ended_with_status_200_is_renewed(home: Api) -> None:
    ended = report("NoApplicableCode", "Access token is no longer valid").body

    def answer(seen: Seen) -> tuple[int, dict[str, str], bytes] | None:
        if seen.path == "/token":
            return None
        good = seen.headers.get("authorization") == f"Bearer {home.token}"
        return 200, {"Content-Type": "text/xml"}, job("Succeeded", location="").body if good else ended

    home.instead = answer
    source = lychgate.ClientCredentials(
        issuer=home.url, token_endpoint=home.url + "/token", client_id="a", client_secret="of-the-robot"
    )
    wps = Wps(home.url + "/wps", source)
    assert wps.execute("mean").status.ended
    home.token = "taken away"
    assert wps.execute("mean").status.ended
    assert len(home.at("/token")) == 2
    with pytest.raises(Unauthorized, match="no longer valid"):
        Wps(home.url + "/wps", lychgate.Bearer("other-token")).execute("mean")


def test_who_gives_up_waiting_in_a_loop_is_free_at_once_and_may_wait_again(home: Api) -> None:
    state = ["Started"]
    home.instead = lambda seen: (200, {}, job(state[0], 5, location=home.url + "/status").body)

    async def waits() -> str:
        running = await AsyncWps(home.url + "/wps", lychgate.Bearer(home.token)).execute("mean")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(running.wait(), 0.7)
        state[0] = "Succeeded"
        return (await running.wait(10)).state

    assert asyncio.run(waits()) == "succeeded"


def test_headers_of_the_clients_own_go_with_the_credential_alone(home: Api, elsewhere: Api, drive: Drive) -> None:
    service = Service(home.url, lychgate.Bearer(home.token), headers={"X-Project": "climate"})
    drive(service, get(home.url + "/data"))
    drive(service, get(home.url + "/free", open=True))
    drive(service, get(elsewhere.url + "/data"))
    assert [seen.headers.get("x-project") for seen in home.seen + elsewhere.seen] == ["climate", None, None]


def test_what_is_open_carries_nothing(home: Api, drive: Drive) -> None:
    drive(service_at(home), get(home.url + "/free", open=True))
    assert "authorization" not in home.at("/free")[0].headers


def test_redirects_without_an_end_are_refused_and_a_post_follows_none(home: Api, drive: Drive) -> None:
    home.instead = lambda seen: (302, {"Location": "/again"}, b"") if seen.path == "/again" else None
    with pytest.raises(Refused, match="to no end"):
        drive(service_at(home), get(home.url + "/again"))

    def post() -> Flow[Response]:
        return (yield from Exchange(Request("POST", home.url + "/again", Headers(), b"x")))

    assert drive(service_at(home), post()).status == 302


def test_a_redirect_into_clear_text_is_not_followed() -> None:
    there = Response(302, Headers({"Location": "http://wps.example.org/x"}))
    with pytest.raises(InsecureError, match="in clear text"):
        redirect_of(Request("GET", "https://wps.example.org/"), there)


def test_the_way_that_a_credential_asks_for_is_taken(home: Api, drive: Drive) -> None:
    class Through(Authenticator):
        def way(self) -> Way:
            return Way(proxy=home.url)

        def standing(self) -> tuple[tuple[str, str], ...]:
            return (("Authorization", f"Bearer {home.token}"),)

    service = Service("http://127.0.0.1:9/wps", Through())
    assert drive(service, get("http://127.0.0.1:9/wps")).status == 200
    assert [seen.headers["host"] for seen in home.seen] == ["127.0.0.1:9"]


def test_a_long_answer_goes_to_its_place_and_no_further_than_its_limit_into_memory(home: Api, drive: Drive) -> None:
    body = bytes(range(256)) * 4096 * 6  # 6 MiB
    home.instead = lambda seen: (200, {}, body) if "authorization" in seen.headers else None
    pieces: list[bytes] = []
    answer = drive(service_at(home), get(home.url + "/long", into=pieces.append))
    assert (answer.status, answer.body, b"".join(pieces) == body) == (200, b"", True)
    assert len(pieces) > 1
    with pytest.raises(TransientError, match="longer than"):
        drive(service_at(home), get(home.url + "/long"))
    home.instead = lambda seen: (500, {}, b"what is wrong")
    assert drive(service_at(home), get(home.url + "/long", into=pieces.append)).body == b"what is wrong"


@contextmanager
def cut() -> Iterator[str]:
    """A server that promises more than it sends."""
    with socket.create_server(("127.0.0.1", 0)) as ear:

        def serve() -> None:
            while True:
                try:
                    caller, _ = ear.accept()
                except OSError:
                    return
                with caller:
                    caller.recv(65536)
                    caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nthe beginning")

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{ear.getsockname()[1]}"


def test_a_file_that_is_cut_on_its_way_is_not_there_at_all(tmp_path: Path) -> None:
    with cut() as base:
        done = Wps(base + "/wps").job(base + "/status")
        done.status = Status("succeeded", location=base + "/status", results=(Result("o", href=base + "/o.nc"),))
        with pytest.raises(TransientError, match="no answer from"):
            done.fetch("o", tmp_path / "o.nc")
    assert list(tmp_path.iterdir()) == []


def test_a_silent_service_is_waited_for_no_longer_than_is_left(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lychgate.services.service.SHORTEST", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as ear:
        url = f"http://127.0.0.1:{ear.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(TransientError):
            drive(Service(url, timeout=600), get(url, left=0.0))
        assert time.monotonic() - began < 60


def test_a_service_never_prints_its_credential_or_its_query(home: Api) -> None:
    shown = repr(Wps(home.url + "/wps?key=very-secret", lychgate.Bearer("abcdefghij")))
    assert "very-secret" not in shown
    assert "abcdefghij" not in shown
