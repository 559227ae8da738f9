"""The authenticators of ESGF's documents: each block of code, its imports and hosts changed, at a protected URL."""

from __future__ import annotations

import html
import json
import re
import stat
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests

from lychgate.compat import cwt
from lychgate.kernel.errors import ConfigError
from lychgate.server.issuers import realms
from support.api_server import Api, serve_api
from support.person import PersonAtBrowser
from support.server import ACTOR, Server, poll, running
from support.terminal import python_at_terminal
from support.wps_service import Wps, wps_service

SEEDS = Path(__file__).parents[2].parent / "shared" / "seeds"
CLIENT, SERVICE = SEEDS / "1-esgf-cwt-client.txt", SEEDS / "2-esgf-wps-service.txt"
REALM = "compute-cluster"
AUDIENCE = "https://wps.example.org"
# The first document has lost its line ends: where a statement begins is told by its first words.
BEGINS = re.compile(r" (?=(?:import cwt|from cwt|bearer =|auth =|client =|client\.))")


def blocks() -> list[str]:
    """The first document's blocks of code, a statement a line."""
    if not CLIENT.exists():
        pytest.skip("the documents are not here")
    return [
        BEGINS.sub("\n", found.strip()) for found in re.findall(r"```python(.*?)```", CLIENT.read_text(), re.DOTALL)
    ]


def service_blocks() -> list[str]:
    """The second document's: ``auth = ...`` to its client."""
    if not SERVICE.exists():
        pytest.skip("the documents are not here")
    return re.findall(r"^auth = .*?^client = .*?$", SERVICE.read_text(), re.DOTALL | re.MULTILINE)


def ours(block: str, **hosts: str) -> str:
    """A block with import lines and host names changed; without a host for its service, the authenticator's half."""
    text = block.replace("import cwt\n", "from lychgate.compat import cwt\n").replace("from cwt import", "from lychgate.compat.cwt import")  # fmt: skip  # noqa: E501
    service = hosts.pop("service", "")
    lines = [line for line in text.splitlines() if service or not line.startswith(("client =", "client."))]
    for name, host in hosts.items():
        if service:
            lines = [re.sub(r"(?<=Client\([\"'])https://[\w.]+(?=/wps)", service, line) for line in lines]
        lines = [line.replace(f"https://{name.replace('_', '.')}", host) for line in lines]
    return "\n".join(lines)


@pytest.fixture
def api() -> Iterator[Api]:
    with serve_api() as served:
        yield served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    toml = f'[facade.esgf]\nrealm = "{REALM}"\naudiences = ["{AUDIENCE}"]\n'
    with running(tmp_path_factory.mktemp("node") / "data", toml=toml) as started:
        for realm in (REALM, "compute"):
            started.operate(lambda engine, realm=realm: realms.add(engine, ACTOR, realm, {}))
            poll(
                lambda realm=realm: started.get(f"/auth/realms/{realm}/.well-known/openid-configuration").status == 200
            )
        started.user_add("ada@example.org", "hunter2-of-ada")
        yield started


@pytest.fixture(scope="module")
def wps(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wps]:
    """A WPS behind the guard, which takes the tokens of both realms."""
    realms_ = [f"{server.url}/auth/realms/{name}" for name in (REALM, "compute")]
    with wps_service(tmp_path_factory.mktemp("wps"), guard={"keycloak": realms_, "audience": AUDIENCE}) as served:
        yield served


def test_the_bearer_block_reaches_a_protected_url(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    names: dict[str, Any] = {}
    exec(ours(blocks()[0]), names)
    api.token = "abcd"
    api.bearer()
    assert requests.get(api.url + "/wps", auth=names["bearer"], timeout=10).status_code == 200
    assert httpx.get(api.url + "/wps", auth=names["bearer"], timeout=10).status_code == 200
    assert stat.S_IMODE((tmp_path / ".cwt.json").stat().st_mode) == 0o600
    assert requests.get(api.url, auth=cwt.BearerTokenAuthenticator(), timeout=10).status_code == 200


def test_the_custom_authenticators_block_sends_and_keeps_its_code(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    names: dict[str, Any] = {}
    exec(laid_out(blocks()[-1]), names)
    made = names["CustomAuthenticator"]("xyz")
    for _ in range(2):
        assert requests.get(api.url + "/wps", auth=made, timeout=10).status_code == 200
    assert [seen.headers["token"] for seen in api.at("/wps")] == ["code of xyz"] * 2
    assert json.loads((tmp_path / ".cwt.json").read_text()) == {"default": {"code": "code of xyz"}}


def laid_out(flat: str) -> str:
    """The class with its lines again, without its comments; ``use_secret`` is filled in."""
    text = ours(flat).replace("\nclass", " class")
    for comment in ("# Get previouse stored code or get the code", "# Mutate the HTTP headers", "# Store the code for later"):  # fmt: skip  # noqa: E501
        assert comment in text
        text = text.replace(comment, "")
    text = re.sub(r"\s*(class \w+\([\w.]+\):)\s*", r"\n\1\n", text)
    text = re.sub(r"\s*(def \w+\([^)]*\):)\s*", r"\n    \1\n", text)
    text = re.sub(r"\s+(super\(|code = |headers\[|store\[\"code\"\] = |return store)", r"\n\1", text)
    lines = [line if line.startswith(("from", "class", "    def", "")) and line.startswith(("from", "class", "    "))
             else f"        {line.strip()}" for line in text.strip().splitlines()]  # fmt: skip
    return textwrap.dedent("\n".join(lines)).replace("...", 'return f"code of {self.secret}"')


def pkce_script(block: str, url: str, tail: str) -> str:
    """The block whole, a process in place of its dots (the second document shows no execution); then ``url`` too."""
    block = block.replace("client.execute(...)", "")
    return (
        f"{block}\nimport requests\nfrom lychgate.compat import cwt\n"
        "process = cwt.Process('steps')\nclient.execute(process)\n"
        "print('JOB', process.wait(60, sleep=0.2), process.output)\n"
        f"answer = requests.get({url!r}, auth=auth, timeout=30)\n{tail}"
    )


@pytest.mark.parametrize("document", ["client", "service"])
def test_the_pkce_blocks_log_a_person_in_and_reach_a_protected_url(
    server: Server, wps: Wps, tmp_path: Path, document: str
) -> None:
    """Port 8888, as the documents have it; a Keycloak token of ours opens the realm's userinfo."""
    if document == "client":
        block, realm, client = ours(blocks()[1], service=wps.base, compute_node=server.url), REALM, "wps"
    else:
        block = ours(service_blocks()[1], service=wps.base, wps_io=server.url)
        realm, client = "compute", "compute_public"
        block = "from lychgate.compat import cwt\n" + block
    issuer = server.operate(lambda engine: realms.find(engine, realm)).id
    server.client_add(
        client, methods=("none",), grants=["authorization_code", "refresh_token"],
        redirect_uris=("http://127.0.0.1:8888",), issuer=issuer, audiences=(AUDIENCE,),
    )  # fmt: skip
    protected = f"{server.url}/auth/realms/{realm}/protocol/openid-connect/userinfo"
    script = pkce_script(block, protected, "print('GOT', answer.status_code)")
    with python_at_terminal(script, env={"LYCHGATE_HOME": str(tmp_path), "HOME": str(tmp_path)}, size=(40, 500)) as terminal:  # fmt: skip  # noqa: E501
        page = terminal.wait_for(r"(http://\S+/protocol/openid-connect/auth\?\S+)")[1]
        person = PersonAtBrowser(server.url).open(page).log_in("ada@example.org", "hunter2-of-ada")
        if not person.left_to:
            person.allow()
        assert person.left_to.startswith("http://127.0.0.1:8888")
        httpx.get(person.left_to, timeout=20)
        terminal.wait_for("JOB True 4", 60)
        terminal.wait_for("GOT 200")
        assert terminal.end() == 0
    person.close()


@pytest.mark.parametrize("document", ["client", "service"])
def test_the_registration_blocks_ask_for_id_and_secret_and_reach_a_protected_url(
    server: Server, wps: Wps, tmp_path: Path, document: str
) -> None:
    block = ours(blocks()[3], service=wps.base, compute_node=server.url)
    if document == "service":
        block = "from lychgate.compat import cwt\n" + ours(service_blocks()[0], service=wps.base, wps_io=server.url)
        block = block.replace("realm='compute'", f"realm='{REALM}'")  # the front registers in one realm
    email = f"{document}@example.org"
    server.user_add(email, "hunter2-of-somebody")
    protected = f"{server.url}/auth/realms/{REALM}/protocol/openid-connect/certs"
    script = pkce_script(block, protected, "print('GOT', answer.request.headers['Authorization'][:10])")
    with python_at_terminal(script, env={"LYCHGATE_HOME": str(tmp_path), "HOME": str(tmp_path)}, size=(40, 500)) as terminal:  # fmt: skip  # noqa: E501
        page = terminal.wait_for(r"(http://\S+/wps/auth/login\S+)[\s\S]*Client ID: ")[1]
        person = PersonAtBrowser(server.url).open(page).log_in(email, "hunter2-of-somebody").send({"name": "Laptop"})
        id, secret = (html.unescape(person.page.text.split(f'<input id="{name}" value="', 1)[1].split('"', 1)[0])
                      for name in ("client", "secret"))  # fmt: skip
        terminal.type(f"{id}\n")
        terminal.wait_for("Client Secret: ")
        terminal.type(f"{secret}\n")
        terminal.wait_for("JOB True 4", 60)
        terminal.wait_for("GOT Bearer eyJ")
        assert terminal.end() == 0
    person.close()


def test_another_port_is_taken_and_pkce_without_a_client_is_an_error_at_once() -> None:
    with pytest.raises(ConfigError, match="client_id"):
        cwt.LLNLKeyCloakAuthenticator("https://a.example", "https://a.example/auth", "r", pkce=True)
    made = cwt.LLNLKeyCloakAuthenticator(
        "https://a.example/", "https://a.example/auth/", "r", client_id="wps", pkce=True, redirect_port=8000
    )
    assert "8000" in str(made.login._credential.authenticator.source)  # type: ignore[attr-defined]


def test_a_header_of_none_names_the_header_and_a_broken_file_its_name(tmp_path: Path) -> None:
    class Wrong(cwt.Authenticator):
        def _pre_prepare(self, headers: Any, query: Any, store: Any) -> Any:
            headers["TOKEN"] = None
            return store

    path = tmp_path / "kept.json"
    with pytest.raises(ConfigError, match="header TOKEN to None"):
        Wrong(config_path=str(path)).prepare({}, {})

    class Listing(cwt.Authenticator):
        def _pre_prepare(self, headers: Any, query: Any, store: Any) -> Any:
            headers["TOKEN"] = ["abcd"]
            return store

    with pytest.raises(ConfigError, match="header TOKEN to a value of the type list") as told:
        Listing(config_path=str(path)).prepare({}, {})
    assert "abcd" not in str(told.value)
    for odd in ("abcd\n", "abcdé"):
        with pytest.raises(ConfigError, match="header Authorization to a text") as told:
            cwt.BearerTokenAuthenticator(odd, config_path=str(path)).prepare({}, {})
        assert "abcd" not in str(told.value)
    path.write_text("[")
    with pytest.raises(ConfigError, match=r"kept\.json: this is no JSON"):
        cwt.BearerTokenAuthenticator("t", config_path=str(path)).prepare({}, {})
    assert path.read_text() == "["


def test_a_header_of_bytes_is_sent_as_it_is(tmp_path: Path) -> None:
    class Raw(cwt.Authenticator):
        def _pre_prepare(self, headers: Any, query: Any, store: Any) -> Any:
            headers["TOKEN"] = b"abcd"
            return store

    headers: dict[str, str] = {}
    Raw(config_path=str(tmp_path / "kept.json")).prepare(headers, {})
    assert headers == {"TOKEN": "abcd"}


def test_query_additions_reach_the_url_and_the_token_no_repr(api: Api, tmp_path: Path) -> None:
    class Query(cwt.Authenticator):
        def _pre_prepare(self, headers: Any, query: Any, store: Any) -> Any:
            query["key"] = "a b"
            return store

    made = Query(config_path=str(tmp_path / "kept.json"))
    requests.get(api.url + "/wps?x=1", auth=made, timeout=10)
    httpx.get(api.url + "/wps?x=1", auth=made, timeout=10)
    assert [seen.query for seen in api.at("/wps")] == [{"x": ["1"], "key": ["a b"]}] * 2
    bearer = cwt.BearerTokenAuthenticator("very-secret", config_path=str(tmp_path / "other.json"))
    assert "very-secret" not in repr(bearer) + repr(vars(bearer))
    bearer.prepare({}, {})
    bearer.clear()
    assert bearer.read() == {}
