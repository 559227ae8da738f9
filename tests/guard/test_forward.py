"""``lychgate guard`` behind a real nginx and a real Caddy, and asked as Traefik asks, by the lines of docs/guard.md."""

from __future__ import annotations

import asyncio
import json
import os
import re
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest

from lychgate.guard.forward import ForwardApp
from lychgate.guard.sender import networks
from lychgate.oauth import bound
from support.caddy import caddy
from support.certificates import made
from support.dpop import Holder
from support.issuer import TinyIssuer
from support.nginx import free_port, nginx
from support.tls import certificate
from support.traefik import traefik

API = "https://data.example.org"
PAGE = (Path(__file__).parents[2] / "docs/guard.md").read_text(encoding="utf-8")
LOCATIONS = re.findall(r"^```nginx\n(.*?)^```$", PAGE, re.M | re.S)[0]
DIRECTIVES = re.findall(r"^```caddyfile\n(.*?)^```$", PAGE, re.M | re.S)[0]
ROUTERS = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.M | re.S)[0]
FRONTS: dict[str, tuple[Any, str]] = {
    "nginx": (nginx, LOCATIONS),
    "caddy": (caddy, DIRECTIVES),
    "traefik": (traefik, ROUTERS),
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[TinyIssuer]:
    with TinyIssuer() as started:
        yield started


@contextmanager
def guarding(issuer: TinyIssuer, *words: str, **environment: str) -> Iterator[str]:
    command = [sys.executable, "-m", "lychgate", "guard", "--issuer", issuer.url, "--audience", API, "--port", "0"]
    process = subprocess.Popen(
        [*command, *words], stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield re.findall(r"http://[\d.]+:\d+", process.stdout.readline())[0]
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def guard(issuer: TinyIssuer) -> Iterator[str]:
    with guarding(issuer, "--require", "scope:read", "--require", "role:staff|group:lab") as url:
        yield url


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """A service in any language: it answers with the header fields that it got."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests print no access log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture(scope="module", params=FRONTS)
def front(guard: str, service: str, request: pytest.FixtureRequest) -> Iterator[str]:
    start, lines = FRONTS[request.param]
    with start(placed(lines, guard, service)) as url:
        yield url


def placed(lines: str, guard: str, service: str) -> str:
    """The page's lines, with the addresses at which guard and service are here."""
    for stands, url in (("127.0.0.1:9000", service), ("127.0.0.1:4180", guard)):
        lines = lines.replace(stands, url.removeprefix("http://"))
    return lines


def get(url: str, token: str | None, path: str = "/", **fields: str) -> httpx2.Response:
    credential = {"Authorization": f"Bearer {token}"} if token else {}
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return httpx2.get(url + path, headers={**credential, **named}, timeout=20)


def good(issuer: TinyIssuer, **changed: Any) -> str:
    return issuer.token(**{"aud": [API], "scope": "read", "roles": ["staff"], **changed})


def test_behind_a_proxy_the_service_sees_who_calls_and_no_token(front: str, issuer: TinyIssuer) -> None:
    answer = get(front, good(issuer))
    assert answer.status_code == 200
    assert answer.json()["x-auth-subject"] == "ada"
    assert answer.json()["x-auth-roles"] == "staff"
    assert "authorization" not in answer.json()


def test_behind_a_proxy_what_a_client_says_of_itself_is_stripped(front: str, issuer: TinyIssuer) -> None:
    seen = get(front, good(issuer, roles=None, groups=["lab"]), X_Auth_Subject="root", X_Auth_Roles="admin").json()
    assert seen["x-auth-subject"] == "ada"
    assert "admin" not in str(seen)


@pytest.mark.parametrize("name", ["X_Auth_Roles", "x-auth_roles", "X.Auth.Roles"])
def test_behind_a_proxy_no_name_that_a_service_takes_for_ours_comes_through(
    front: str, issuer: TinyIssuer, name: str
) -> None:
    shown = {"Authorization": f"Bearer {good(issuer)}", name: "admin"}
    answer = httpx2.get(front, headers=shown, timeout=20)
    if answer.status_code == 200:  # the proxy itself takes such names away
        assert "admin" not in str(answer.json())
    else:
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_behind_a_proxy_nobody_is_challenged_with_the_way_to_the_issuer(front: str, issuer: TinyIssuer) -> None:
    answer = get(front, None)
    assert answer.status_code == 401
    where = f"{API}/.well-known/oauth-protected-resource"
    assert answer.headers["www-authenticate"] == f'Bearer scope="read", resource_metadata="{where}"'
    told = get(front, None, "/.well-known/oauth-protected-resource").json()
    assert (told["authorization_servers"], told["scopes_supported"]) == ([issuer.url], ["read"])


def test_behind_a_proxy_a_bound_token_needs_a_proof_for_the_clients_own_request(front: str, issuer: TinyIssuer) -> None:
    holder = Holder()
    token = good(issuer, cnf={"jkt": holder.jkt})

    def sent(proof: str, method: str = "GET", **fields: str) -> int:
        shown = {"Authorization": f"DPoP {token}", "DPoP": proof, **fields}
        return httpx2.request(method, f"{front}/a%20b?c=d", headers=shown, timeout=20).status_code

    proof = holder.proof("GET", f"{API}/a%20b", token)
    assert (sent(proof), sent(proof)) == (200, 401)
    assert sent(holder.proof("GET", f"{API}/other", token)) == 401
    post = holder.proof("POST", f"{API}/a%20b", token)
    assert sent(post) == 401
    lied = {"X-Original-Method": "POST", "X-Forwarded-Method": "POST", "X-Original-URI": "/other"}
    assert sent(holder.proof("POST", f"{API}/a%20b", token), **lied) == 401
    bare = get(front, token, "/a%20b")
    assert (bare.status_code, bare.headers["www-authenticate"][:26]) == (401, 'DPoP error="invalid_token"')


def test_behind_nginx_a_certificate_is_handed_on_and_nobody_can_forge_it(
    issuer: TinyIssuer, service: str, tmp_path: Path
) -> None:
    mine, other, port = made("mine"), made("other"), free_port()
    tls = certificate(tmp_path / "tls", "127.0.0.1")
    token = good(issuer, cnf={"x5t#S256": bound.certificate_thumbprint(mine.der)})
    shown = {"Authorization": f"Bearer {token}", "Client-Cert": mine.header}
    with guarding(issuer, "--client-cert", "--bound", "mtls") as asked:
        lines = placed(LOCATIONS, asked, service)
        handing = "internal; proxy_set_header Client-Cert $ssl_client_escaped_cert;"
        served = f"listen 127.0.0.1:{port} ssl; ssl_certificate {tls.cert}; ssl_certificate_key {tls.key};"
        with nginx(f"{served} ssl_verify_client optional_no_ca;\n{lines.replace('internal;', handing)}"):
            url = f"https://127.0.0.1:{port}/"
            for one, status in ((mine, 200), (other, 401)):
                verify = one.context(tmp_path, tls.ca)
                assert httpx2.get(url, headers=shown, verify=verify, timeout=20).status_code == status
            bare = ssl.create_default_context(cafile=str(tls.ca))
            assert httpx2.get(url, headers=shown, verify=bare, timeout=20).status_code == 401


@pytest.mark.parametrize("lacking", [{"scope": "write"}, {"roles": ["other"]}], ids=str)
def test_behind_a_proxy_one_who_lacks_something_is_forbidden(
    front: str, issuer: TinyIssuer, lacking: dict[str, Any]
) -> None:
    assert get(front, good(issuer, **lacking)).status_code == 403


def test_behind_a_proxy_a_bad_token_and_two_tokens_do_not_pass(front: str, issuer: TinyIssuer) -> None:
    assert get(front, good(issuer, alg="none")).status_code == 401
    assert get(front, good(issuer), "/?access_token=x").status_code != 200


def test_an_issuer_that_is_away_is_503_through_the_proxy_and_no_call_to_log_in(service: str) -> None:
    with TinyIssuer() as gone, guarding(gone) as url:
        token = gone.token(aud=[API])
        gone.close()
        for start, lines in FRONTS.values():
            with start(placed(lines, url, service)) as front:
                answer = get(front, token)
                assert answer.status_code == 503
                assert "www-authenticate" not in answer.headers


def test_each_header_stands_in_every_answer_so_that_copying_proxies_strip_it(guard: str, issuer: TinyIssuer) -> None:
    names = {f"x-auth-{name}" for name in ("subject", "client", "issuer", "scopes", "roles", "groups")}
    for token in (good(issuer), None, good(issuer, scope="write")):
        assert names <= set(get(guard, token).headers)


def test_as_traefik_asks(guard: str, issuer: TinyIssuer) -> None:
    asked = {"X_Forwarded_Method": "POST", "X_Forwarded_Proto": "https", "X_Forwarded_Uri": "/data?x=1"}
    assert get(guard, good(issuer), "/any", **asked).status_code == 200
    assert get(guard, good(issuer), "/any", **{**asked, "X_Forwarded_Uri": "/d?access_token=x"}).status_code == 400


def test_a_name_can_neither_split_a_header_nor_be_two_roles(guard: str, issuer: TinyIssuer) -> None:
    answer = get(guard, good(issuer, sub="a\r\nX-Auth-Roles: admin ü", roles=["staff", "a admin", "b,admin"]))
    assert answer.headers["x-auth-subject"] == "a%0D%0AX-Auth-Roles:%20admin%20%C3%BC"
    assert answer.headers["x-auth-roles"].split() == ["a%20admin", "b%2Cadmin", "staff"]


def test_by_introspection_with_the_secret_in_the_environment(issuer: TinyIssuer) -> None:
    words = ("--introspect-as", issuer.API_CLIENT[0], "--secret", "env:API_SECRET", "--no-keys")
    with guarding(issuer, *words, API_SECRET=issuer.API_CLIENT[1]) as url:
        token = good(issuer)
        assert get(url, token).status_code == 200
        assert issuer.asked["/introspect"] == 1


@pytest.mark.parametrize("client", [("192.0.2.7", 1), ("::ffff:192.0.2.7", 1), None, ("", None)], ids=str)
def test_only_the_proxy_may_ask(client: Any) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    class Gate:
        class switch:
            on = True

    app: Any = ForwardApp(Gate(), networks(["127.0.0.1", "10.0.0.0/8"]))  # type: ignore[arg-type]  # never asked
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": client}
    asyncio.run(app(scope, None, send))
    assert sent[0]["status"] == 403


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lychgate", "guard", "--audience", API, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, **environment})


def test_switched_off_it_starts_on_loopback_alone_unless_a_second_switch_allows_more(issuer: TinyIssuer) -> None:
    done = run("--issuer", issuer.url, "--host", "0.0.0.0", "--port", "0", AUTH_ENABLED="off")
    assert done.returncode == 1
    assert "not loopback" in done.stderr
    with guarding(issuer, AUTH_ENABLED="No") as url:
        answer = get(url, None)
        assert (answer.status_code, answer.headers["x-auth-subject"]) == (200, "auth-disabled")
        assert answer.headers["x-lychgate-auth"] == "disabled"


@pytest.mark.parametrize(
    ("words", "environment", "status", "said"),
    [
        ((), {}, 2, "--issuer"),
        (("--issuer", "https://a.example.org", "--require", "sope:x"), {}, 1, "sope:x"),
        (("--issuer", "https://a.example.org"), {"AUTH_ENABLED": "maybe"}, 1, "AUTH_ENABLED"),
        (("--issuer", "http://a.example.org"), {}, 1, "clear text"),
        (("--issuer", "https://a.example.org", "--proxy", "nonsense"), {}, 1, "nonsense"),
        (("--issuer", "https://a.example.org", "--introspect-as", "x"), {}, 2, "--secret"),
    ],
)
def test_what_does_not_fit_stops_the_start_and_is_named(
    words: tuple[str, ...], environment: dict[str, str], status: int, said: str
) -> None:
    done = run(*words, **environment)
    assert done.returncode == status
    assert said in done.stderr
