"""The guard's page is true: each framework's lines run as they stand, on a real socket before a real issuer."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from support.dpop import Holder
from support.issuer import TinyIssuer

PAGE = (Path(__file__).parents[2] / "docs/guard.md").read_text(encoding="utf-8")
BLOCKS = {
    match[1]: match[0] for match in re.finditer(r"^# (\w+)\n.*?(?=^```$)", PAGE.replace("```python\n", ""), re.M | re.S)
}
API = "https://api.example.org"
READ = {"aud": [API], "scope": "read", "roles": ["all-datasets"]}

MYAPI = """
import json
async def app(scope, receive, send):
    who = scope["lychgate.principal"]
    body = json.dumps({"subject": who.subject, "client": who.client}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})
"""
MYSITE = """
import json
def app(environ, start_response):
    who = environ["lychgate.principal"]
    start_response("200 OK", [("content-type", "application/json")])
    return [json.dumps({"subject": who.subject, "client": who.client}).encode()]
"""
DJANGO = """
import os
from django.conf import settings
settings.configure(SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF="served", MIDDLEWARE=["gate.middleware"])
from django.core.{kind} import get_{kind}_application
from django.http import JsonResponse
from django.urls import path
{colour}def data(request):
    return JsonResponse({{"subject": request.principal.subject, "client": request.principal.client}})
urlpatterns = [path("data", data)]
app = get_{kind}_application()
"""
WSGI_SERVER = """
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server
from {module} import app
class Quiet(WSGIRequestHandler):
    def log_message(self, *_): pass
make_server("127.0.0.1", int(sys.argv[1]), app, handler_class=Quiet).serve_forever()
"""
KINDS = {  # block -> (served by WSGI, files beside it, module that holds the application)
    "asgi": (False, {"myapi.py": MYAPI}, "gate"),
    "wsgi": (True, {"mysite.py": MYSITE}, "gate"),
    "fastapi": (False, {}, "gate"),
    "starlette": (False, {}, "gate"),
    "flask": (True, {}, "gate"),
    "django": (True, {"served.py": DJANGO.format(kind="wsgi", colour="")}, "served"),
    "django-asgi": (False, {"served.py": DJANGO.format(kind="asgi", colour="async ")}, "served"),
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[TinyIssuer]:
    with TinyIssuer() as started:
        yield started


@contextmanager
def served(kind: str, issuer: TinyIssuer, folder: Path, **environment: str) -> Iterator[str]:
    by_wsgi, files, module = KINDS[kind]
    block = BLOCKS[kind.partition("-")[0]].replace("https://auth.example.org", issuer.url)
    for name, text in {"gate.py": block, **files, "wsgi_server.py": WSGI_SERVER.format(module=module)}.items():
        (folder / name).write_text(text)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    uvicorn = ["-m", "uvicorn", f"{module}:app", "--port", port, "--log-level", "warning"]
    command = [sys.executable, *(["wsgi_server.py", port] if by_wsgi else uvicorn)]
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, **environment}, stdout=out, stderr=out)
        try:
            yield _up(f"http://127.0.0.1:{port}", process, log)
        finally:
            process.terminate()
            process.wait(20)


def _up(url: str, process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            httpx2.get(f"{url}/data", timeout=20)
            return url
        except httpx2.TransportError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def get(url: str, token: str | None = None, path: str = "/data") -> httpx2.Response:
    return httpx2.get(url + path, headers={"Authorization": f"Bearer {token}"} if token else {}, timeout=20)


@pytest.mark.parametrize("kind", KINDS)
def test_the_lines_for_each_framework_protect_it(kind: str, issuer: TinyIssuer, tmp_path: Path) -> None:
    with served(kind, issuer, tmp_path) as url:
        let_in = get(url, issuer.token(**READ))
        assert (let_in.status_code, let_in.json()) == (200, {"subject": "ada", "client": "robot"})
        nobody = get(url)
        assert nobody.status_code == 401
        assert nobody.headers["www-authenticate"].startswith("Bearer ")
        assert f'resource_metadata="{API}/.well-known/oauth-protected-resource"' in nobody.headers["www-authenticate"]
        assert get(url, issuer.token(aud="https://other.example.org")).status_code == 401
        assert get(url, issuer.token(**READ, alg="none")).status_code == 401
        _bound_tokens_need_their_proof(url, issuer)
        if kind not in ("asgi", "wsgi"):  # the lines of those two require nothing more
            lacking = get(url, issuer.token(**{**READ, "scope": "write"}))
            assert lacking.status_code == 403
            challenge = lacking.headers["www-authenticate"]
            assert challenge.startswith('Bearer error="insufficient_scope", scope="read", resource_metadata=')


def _bound_tokens_need_their_proof(url: str, issuer: TinyIssuer) -> None:
    holder = Holder()
    token = issuer.token(**READ, cnf={"jkt": holder.jkt})
    shown = {"Authorization": f"DPoP {token}", "DPoP": holder.proof("GET", f"{API}/data", token)}
    assert httpx2.get(f"{url}/data", headers=shown, timeout=20).status_code == 200
    again = httpx2.get(f"{url}/data", headers=shown, timeout=20)
    assert (again.status_code, again.headers["www-authenticate"][:31]) == (401, 'DPoP error="invalid_dpop_proof"')
    bare = get(url, token)
    assert (bare.status_code, bare.headers["www-authenticate"][:26]) == (401, 'DPoP error="invalid_token"')


@pytest.mark.parametrize("kind", ["asgi", "wsgi", "django"])
def test_the_middlewares_say_where_to_log_in(kind: str, issuer: TinyIssuer, tmp_path: Path) -> None:
    with served(kind, issuer, tmp_path) as url:
        told = get(url, path="/.well-known/oauth-protected-resource").json()
        assert (told["resource"], told["authorization_servers"]) == (API, [issuer.url])


@pytest.mark.parametrize("kind", KINDS)
def test_switched_off_it_lets_everybody_through_loudly(kind: str, issuer: TinyIssuer, tmp_path: Path) -> None:
    with served(kind, issuer, tmp_path, AUTH_ENABLED="false") as url:
        answer = get(url)
        assert (answer.status_code, answer.json()["subject"]) == (200, "auth-disabled")
        assert answer.headers["x-lychgate-auth"] == "disabled"
        assert "AUTH_ENABLED is off" in (tmp_path / "log").read_text()


def test_the_lines_on_issuers_are_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WPS_SECRET", "secret-of-the-wps")
    exec(BLOCKS["issuers"], {})


def test_the_lines_on_bound_tokens_are_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NONCE_SECRET", "secret-of-all-processes")
    exec(BLOCKS["bound"], {})
