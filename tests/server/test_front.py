"""The outermost layer: hosts, methods, sizes, request ids, caching, discovery, health."""

from __future__ import annotations

import contextlib
import http.client
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lychgate.server.grants import GRANTS
from lychgate.server.running.meter import Meter
from support.server import Server, running


def raw(server: Server, request: bytes, seconds: float = 5) -> bytes:
    """What comes back for bytes as they are, until the server closes or falls silent."""
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), seconds) as sock:
        sock.settimeout(seconds)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            sock.sendall(request)
        try:
            return sock.recv(65536)
        except ConnectionResetError:
            return b""


@pytest.mark.parametrize("host", ["evil.example", "", "127.0.0.1", "127.0.0.1.evil.example", "[::1]:1"])
def test_a_host_that_is_not_ours_is_refused(server: Server, host: str) -> None:
    answer = server.get("/jwks", headers={"Host": host})
    assert answer.status == 400
    assert "Host" in answer.json()["error_description"]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_the_loopback_names_of_our_port_are_ours(server: Server, name: str) -> None:
    assert server.get("/jwks", headers={"Host": f"{name}:{urlsplit(server.url).port}"}).status == 200


def test_forwarded_hosts_change_nothing(server: Server) -> None:
    evil = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example", "X-Forwarded-Proto": "https"}
    found = server.get("/.well-known/openid-configuration", headers=evil).json()
    assert found["issuer"] == server.issuer
    assert "evil" not in str(found)


def test_discovery_is_true_in_each_field_and_the_same_at_both_addresses(server: Server) -> None:
    one = server.get("/.well-known/oauth-authorization-server")
    two = server.get("/.well-known/openid-configuration")
    assert one.body == two.body
    found = one.json()
    assert found["issuer"] == server.issuer
    assert set(found["grant_types_supported"]) == set(GRANTS)
    for name, value in found.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert server.call("GET", value.removeprefix(server.issuer)).status != 404, name


def test_only_keys_and_metadata_may_be_kept(server: Server) -> None:
    for path in ("/jwks", "/.well-known/oauth-authorization-server"):
        assert server.get(path).headers["cache-control"] == "public, max-age=300"
    for path in ("/health", "/ready", "/userinfo", "/nothing", "/oauth2/token"):
        assert server.get(path).headers["cache-control"] == "no-store"


def test_no_private_part_is_published(server: Server) -> None:
    server.client_add(alg="RS256")
    for key in server.get("/jwks").json()["keys"]:
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)


def test_each_answer_has_an_id_of_its_own(server: Server) -> None:
    ids = {server.get(path).headers["x-request-id"] for path in ("/jwks", "/jwks", "/nothing", "/health")}
    assert len(ids) == 4


def test_head_is_get_without_a_body(server: Server) -> None:
    answer = server.call("HEAD", "/jwks")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


def test_a_method_that_is_not_served_names_those_that_are(server: Server) -> None:
    answer = server.call("DELETE", "/oauth2/token")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_the_server_is_well_and_says_so(server: Server) -> None:
    assert server.get("/health").json() == {"status": "ok"}
    assert server.get("/ready").json() == {"status": "ready"}
    assert server.get("/metrics").status == 404


def test_long_header_fields_are_refused_fast(server: Server) -> None:
    began = time.monotonic()
    answer = server.get("/jwks", headers={"X-Long": "a" * 40_000})
    assert answer.status == 431
    endless = raw(server, b"GET /jwks HTTP/1.1\r\nX-Long: " + b"a" * 1_000_000)
    assert endless == b"" or endless.startswith(b"HTTP/1.1 431")
    assert time.monotonic() - began < 2


def test_a_header_field_that_may_stand_once_stands_once(server: Server) -> None:
    host = urlsplit(server.url).netloc.encode()
    twice = (
        b"GET /userinfo HTTP/1.1\r\nHost: " + host + b"\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n"
    )
    assert raw(server, twice).startswith(b"HTTP/1.1 400")


def test_a_thousand_fields_and_a_deep_body_are_refused(server: Server) -> None:
    many = server.post("/oauth2/token", {f"f{number}": "x" for number in range(1000)})
    assert (many.status, many.error) == (400, "invalid_request")
    body = b"grant_type=client_credentials&client_id=%00"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    nul = server.call("POST", "/oauth2/token", body=body, headers=kind)
    assert (nul.status, nul.error) == (400, "invalid_request")
    latin = server.call("POST", "/oauth2/token", body=b"grant_type=\xff", headers=kind)
    assert (latin.status, latin.error) == (400, "invalid_request")


def test_an_endless_body_is_cut_off(server: Server) -> None:
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)

    def chunks() -> object:
        for _ in range(1000):
            yield b"a" * 10_000

    try:
        connection.request(
            "POST",
            "/oauth2/token",
            body=chunks(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            encode_chunked=True,
        )
        assert connection.getresponse().status == 413
    except (BrokenPipeError, ConnectionResetError):
        pass  # cut off while we were still sending
    finally:
        connection.close()
    assert server.get("/health").status == 200


def test_metrics_are_there_when_asked_for(tmp_path: Path) -> None:
    pytest.importorskip("prometheus_client")
    with running(tmp_path / "data", toml="metrics = true\n") as server:
        server.client_add()
        server.post("/oauth2/token", {"grant_type": "client_credentials"}, basic=("nobody", "x"))
        server.get("/api/v1/clients/nobody")  # by an app that is built late and sends its answers itself
        text = server.get("/metrics").body.decode()
        assert 'lychgate_tokens_total{grant="client_credentials",outcome="invalid_client"} 1.0' in text
        assert 'endpoint="/oauth2/token",status="401"' in text
        assert 'endpoint="/api/v1/clients/{id}",status="401"' in text


def test_each_of_several_workers_says_which_one_it_is() -> None:
    pytest.importorskip("prometheus_client")
    meter = Meter()
    meter.token("password", "ok")
    lines = meter.text({"feed_age_seconds": 0.5}, "7").decode().splitlines()
    assert 'lychgate_tokens_total{grant="password",outcome="ok",worker="7"} 1.0' in lines
    assert 'lychgate_feed_age_seconds{worker="7"} 0.5' in lines
    assert "lychgate_feed_age_seconds 0.5" in meter.text({"feed_age_seconds": 0.5}).decode().splitlines()


def test_the_access_log_holds_no_query(tmp_path: Path) -> None:
    with running(tmp_path / "data", toml="access_log = true\n") as server:
        server.get("/userinfo?access_token=geheim")
        server.stop()
        lines = [line for line in server.said if "/userinfo" in line]
        assert len(lines) == 1
        assert "geheim" not in "\n".join(server.said)


def test_a_request_that_never_ends_is_given_up(tmp_path: Path) -> None:
    """Only the time is shortened, by a start of the same worker in a process that says so."""
    host = "127.0.0.1"
    with running(tmp_path / "data", patience=1.0) as server:
        netloc = urlsplit(server.url).netloc.encode()
        head = b"POST /oauth2/token HTTP/1.1\r\nHost: " + netloc
        whole = head + b"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\n"
        for begun in (b"", head, whole + b"grant"):
            with socket.create_connection((host, urlsplit(server.url).port or 0), 10) as sock:
                sock.sendall(begun)
                assert sock.recv(100) == b"", begun
        assert server.get("/health").status == 200
