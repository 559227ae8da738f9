"""Row 27: what a registration names is never asked at an inner address, and never for long."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lychgate.oauth import jose
from lychgate.oauth.client_auth import ASSERTION_TYPE
from lychgate.server.secrets import new_id
from support.relying import BACK, register
from support.server import Reply, Server, running
from support.web import Quiet, web_server

INNER = (
    *("https://127.0.0.1/x", "https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/x", "https://[::1]/x"),
    *("https://localhost/x", "https://2130706433/x", "http://rp.example.org/x", "file:///etc/passwd"),
)
HUGE = 1 << 30  # bytes
NAMES = ("backchannel_logout_uri", "request_uris", "sector_identifier_uri", "jwks_uri")


class Site:
    """What the relying party has on the web. ``sent`` counts the bytes of its huge answers, ``asked`` its paths."""

    def __init__(self, url: str) -> None:
        self.url, self.asked, self.sent, self.leads_to = url, list[str](), 0, ""


@contextmanager
def site() -> Iterator[Site]:
    class Handler(Quiet):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            if self.path == "/away":
                self.send_response(302)
                self.send_header("Location", found.leads_to)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("Content-Length", str(HUGE))
            self.end_headers()
            self._pour()

        def _pour(self) -> None:
            part = b"[" * 65536
            try:
                while found.sent < HUGE:
                    self.wfile.write(part)
                    found.sent += len(part)
            except OSError:
                self.close_connection = True

    with web_server(Handler) as web:
        found = Site(f"http://127.0.0.1:{web.server_port}")
        yield found


@pytest.fixture(scope="module")
def outside() -> Iterator[Site]:
    with site() as found:
        yield found


@pytest.fixture(scope="module")
def inside(outside: Site) -> Iterator[Site]:
    with site() as found:
        outside.leads_to = f"{found.url}/secret"
        yield found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, outside: Site) -> Iterator[Server]:
    """It may fetch from ``outside``, which is on this machine, and from nowhere else on it."""
    toml = f'registration = "open"\nfetch_allow = ["{outside.url.removeprefix("http://")}"]\n'
    with running(Path(tmp_path_factory.mktemp("fetches")) / "data", toml=toml) as started:
        yield started


@pytest.mark.parametrize("uri", INNER)
@pytest.mark.parametrize("name", NAMES)
def test_row_27_no_uri_that_is_asked_may_lead_inside(server: Server, name: str, uri: str) -> None:
    more = {"token_endpoint_auth_method": "private_key_jwt"} if name == "jwks_uri" else {}
    reply = register(server, **{name: [uri] if name.endswith("uris") else uri}, **more)
    assert (reply.status, reply.error) == (400, "invalid_client_metadata")


def pairwise(server: Server, uri: str) -> Reply:
    return register(server, subject_type="pairwise", sector_identifier_uri=uri)


def test_row_27_a_sector_that_redirects_inside_is_not_followed(server: Server, outside: Site, inside: Site) -> None:
    reply = pairwise(server, f"{outside.url}/away")
    assert (reply.status, reply.error) == (400, "invalid_client_metadata")
    assert "/away" in outside.asked
    assert inside.asked == []


def test_row_27_a_sector_of_a_gigabyte_is_cut_off(server: Server, outside: Site) -> None:
    before, began = outside.sent, time.monotonic()
    assert pairwise(server, f"{outside.url}/huge").error == "invalid_client_metadata"
    assert time.monotonic() - began < 10
    assert outside.sent - before < HUGE // 16


def prove(server: Server, jwks_uri: str) -> Reply:
    """Register keys at this place, and send an assertion that makes the server look there."""
    about = register(server, token_endpoint_auth_method="private_key_jwt", jwks_uri=jwks_uri).json()
    key, id, now = jose.generate("ES256"), about["client_id"], int(time.time())
    claims = {"iss": id, "sub": id, "aud": server.issuer, "jti": new_id(), "exp": now + 60}
    made = jose.sign({"alg": "ES256", "kid": "k"}, claims, key)
    form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": BACK, "client_id": id}
    return server.post("/oauth2/token", form | {"client_assertion": made, "client_assertion_type": ASSERTION_TYPE})


def test_row_27_keys_that_redirect_inside_are_not_followed(server: Server, outside: Site, inside: Site) -> None:
    asked = len(outside.asked)
    assert prove(server, f"{outside.url}/away").error == "invalid_client"
    assert outside.asked[asked:] == ["/away"]
    assert inside.asked == []


def test_row_27_keys_of_a_gigabyte_are_cut_off(server: Server, outside: Site) -> None:
    before, began = outside.sent, time.monotonic()
    assert prove(server, f"{outside.url}/huge").error == "invalid_client"
    assert time.monotonic() - began < 10
    assert outside.sent - before < HUGE // 16
    assert server.get("/health").status == 200


def test_row_27_a_client_is_not_changed_into_one_that_leads_inside(server: Server) -> None:
    about = register(server).json()
    path = about["registration_client_uri"].removeprefix(server.issuer)
    for name in NAMES:
        value: Any = [INNER[0]] if name.endswith("uris") else INNER[0]
        body = json.dumps({"client_id": about["client_id"], "redirect_uris": [BACK], name: value}).encode()
        headers = {"Content-Type": "application/json"}
        reply = server.call("PUT", path, body=body, headers=headers, bearer=about["registration_access_token"])
        assert (reply.status, reply.error) == (400, "invalid_client_metadata")
