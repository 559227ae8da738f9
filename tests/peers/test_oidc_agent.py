"""Debian's oidc-agent, as it is, at our server over https: it registers itself, logs a person in and keeps tokens."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator

import httpx2
import pytest

import lychgate
from lychgate.oauth import jose
from support import oidc_agent
from support.oidc_agent import Agent
from support.person import PersonAtBrowser
from support.server import Server, running
from support.tls import Tls, certificate

EMAIL, PASSWORD = "ada@example.org", "hunter2"
SCOPE = "--scope=openid profile email offline_access"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return certificate(tmp_path_factory.mktemp("tls"), "127.0.0.1")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, tls: Tls) -> Iterator[Server]:
    options = ("--tls-cert", str(tls.cert), "--tls-key", str(tls.key))
    with running(tmp_path_factory.mktemp("oidc-agent") / "data", *options) as started:
        started.user_add(EMAIL, PASSWORD)
        yield started


@pytest.fixture(scope="module")
def agent() -> Iterator[Agent]:
    with oidc_agent.running() as started:
        yield started


@pytest.fixture(scope="module")
def trust(tls: Tls) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(tls.ca))


@pytest.fixture
def person(server: Server, trust: ssl.SSLContext) -> Iterator[PersonAtBrowser]:
    person = PersonAtBrowser(server.url, trust)
    yield person
    person.close()


def test_it_registers_logs_in_by_a_code_typed_elsewhere_and_removes_its_registration(
    server: Server, agent: Agent, tls: Tls, trust: ssl.SSLContext, person: PersonAtBrowser
) -> None:
    words = (f"--issuer={server.issuer}", f"--cp={tls.ca}", SCOPE, "--flow=device")
    with agent.generating("device", *words) as login:
        page, code = login.wait_for(r"(https://\S+/device)"), login.wait_for(r"code: (\S+)")
        person.open(page).send({"user_code": code}).log_in(EMAIL, PASSWORD)
        person.send({"user_code": code}).send({"answer": "allow"})
        login.end()
    token = agent.run("oidc-token", "device").strip()
    assert jose.peek(token)[1]["iss"] == server.issuer
    kept = json.loads(agent.run("oidc-gen", agent.password(), "--print=device"))
    agent.run("oidc-gen", agent.password(), "--confirm-yes", "--delete", "device")
    form = {"grant_type": "refresh_token", "refresh_token": kept["refresh_token"]}
    pair = (kept["client_id"], kept["client_secret"])
    reply = httpx2.post(f"{server.url}/oauth2/token", data=form, auth=pair, verify=trust, timeout=20)
    assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")


def test_it_registers_and_logs_in_by_the_browser_and_its_own_listener(
    server: Server, agent: Agent, tls: Tls, person: PersonAtBrowser
) -> None:
    words = (
        f"--issuer={server.issuer}",
        f"--cp={tls.ca}",
        SCOPE,
        "--flow=code",
        f"--port={oidc_agent.listener_port()}",
    )
    with agent.generating("code", *words) as login:
        person.open(login.wait_for(r"(https://\S+/oauth2/authorize\S+)")).log_in(EMAIL, PASSWORD).allow()
        assert person.left_to.startswith("http://localhost:")
        assert httpx2.get(person.left_to, timeout=20).status_code == 200
        login.end()
    first = agent.run("oidc-token", "code").strip()
    assert agent.run("oidc-token", "code").strip() == first
    fresh = agent.run("oidc-token", "--time=100000", "code").strip()
    assert fresh != first
    ours = lychgate.OidcAgent("code", socket=agent.env["OIDC_SOCK"])
    assert lychgate.auth(ours).token().access.reveal() == fresh
    agent.run("oidc-add", "--remove", "code")
    with pytest.raises(lychgate.LoginNeeded, match="oidc-add code"):
        lychgate.auth(ours).token()
    agent.run("oidc-add", agent.password(), "code")
    assert jose.peek(agent.run("oidc-token", "code").strip())[1]["sub"] == jose.peek(first)[1]["sub"]


def test_a_refusal_ends_it_with_the_reason(server: Server, agent: Agent, tls: Tls, person: PersonAtBrowser) -> None:
    words = (f"--issuer={server.issuer}", f"--cp={tls.ca}", SCOPE, "--flow=device")
    with agent.generating("refused", *words) as login:
        page, code = login.wait_for(r"(https://\S+/device)"), login.wait_for(r"code: (\S+)")
        person.open(page).send({"user_code": code}).log_in(EMAIL, PASSWORD)
        person.send({"user_code": code}).send({"answer": "refuse"})
        assert "access_denied" in login.end(status=1)
