"""The stories of ESGF's two documents, end to end: a person, a browser, a terminal, and a compute node on one host.

The node's WPS is a real pywps behind the guard, which asks the issuer about each token (as the documents have it): our
own server's realm at one node, a real Keycloak at the other. A third service checks tokens of both by their keys.
Screenshots lie in ``artefacts/node-*.png``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

import lychgate
from compat.test_cwt_auth import blocks, service_blocks
from lychgate.compat import cwt
from lychgate.services.refusal import Forbidden
from support.browser import chromium, picture
from support.compute_node import Node, compute_node
from support.keycloak import Keycloak
from support.nginx import free_port
from support.realm import Realm, realm_add
from support.server import Server
from support.terminal import Terminal, python_at_terminal
from support.wps_service import Wps, wps_service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROLE, PASSWORD = "compute-user", "hunter2-of-all"
LIFE, WORK = 2, 5.0  # seconds of a token, and of the process ``steps``
FRONT = ("front", "front-secret-of-the-tests")
AUDIENCE = {"protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper"}
TO_FRONT = AUDIENCE | {"name": "wps", "config": {"included.client.audience": "front", "access.token.claim": "true"}}
OURS = f"""
lifetime = {LIFE}
[facade.esgf]
audiences = ["HOST/wps"]
realm = "compute"
"""


Programs = dict[str, tuple[Any, Any]]  # by issuer, one with the role and one without


@dataclass
class Place:
    """A node, where its issuer is, and how a person logs in there."""

    node: Node
    keycloak_url: str
    log_in: Callable[[Page, str], None]

    def script(self, block: str, tail: str) -> str:
        """A block of a document, with its imports and hosts changed and the process ``steps`` in place of the dots."""
        text = block.replace("import cwt\n", "").replace("from cwt import", "from lychgate.compat.cwt import")
        for name in ("compute.node", "wps.io"):
            text = text.replace(f"https://{name}/auth", self.keycloak_url)
        for name in ("compute.node", "wps.io", "aims2.llnl.gov"):
            text = text.replace(f"https://{name}", self.node.host)
        text = text.replace("compute-cluster", "compute").replace("client.execute(...)", "")
        return f"from lychgate.compat import cwt\nsteps = cwt.Process('steps')\n{text}\n{tail}"


RUN = """
client.execute(steps)
print("DONE", steps.wait(90, sleep=0.5), steps.output, "of", len(client.jobs()))
"""


# --- our own server


@pytest.fixture(scope="module")
def realm(ours: Place) -> Realm:
    found = ours.node.server.operate(lambda engine: engine.store.issuers())
    return Realm(ours.node.server, next(one.id for one in found if one.realm), "compute", "/auth/realms/")


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    def guarded(server: Server) -> dict[str, Any]:
        realm, wps = realm_add(server, "compute"), f"{server.issuer}/wps"
        for name, roles in (("ada", (ROLE,)), ("bob", (ROLE,)), ("mallory", ())):
            server.user_add(f"{name}@example.org", PASSWORD, name=name, roles=roles)
        uri, grants = "http://127.0.0.1:8888", ("authorization_code", "refresh_token")
        realm.program_add("compute_public", grants=grants, redirect_uris=(uri,), audiences=(wps,))
        gate = realm.client_add("gate", resources=(wps,))
        issuer = f"{server.issuer}/auth/realms/compute"
        return {"keycloak": issuer, "audience": wps, "role": ROLE, "leeway": 0} | asking(gate.pair)

    with compute_node(tmp_path_factory.mktemp("ours"), guarded, toml=OURS, seconds=WORK) as node:
        yield Place(node, f"{node.host}/auth", _at_ours)


def asking(pair: tuple[str, str]) -> dict[str, Any]:
    return {"keys": False, "introspect": pair, "remember": 0.5}


def _at_ours(page: Page, name: str) -> None:
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


# --- Keycloak


@pytest.fixture(scope="module")
def theirs(keycloak: Keycloak, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """``/auth`` of its one host leads to Keycloak."""
    folder, port = tmp_path_factory.mktemp("theirs"), free_port()
    base = f"http://127.0.0.1:{port}/auth"
    (folder / "token").write_text(keycloak.behind(base).initial_access_token(5))
    toml = f"""
    fetch_allow = ["127.0.0.1:{port}"]
    [facade.esgf]
    audiences = ["HOST/wps"]
    [facade.esgf.keycloak]
    url = "{base}"
    realm = "{keycloak.realm}"
    client_id = "{FRONT[0]}"
    client_secret = "{FRONT[1]}"
    initial_access_token_file = "{folder / "token"}"
    """
    guard = {"keycloak": f"{base}/realms/compute", "audience": "front", "role": ROLE, "leeway": 0} | asking(FRONT)
    with compute_node(folder, lambda _: guard, toml=toml, seconds=WORK, port=port, keycloak=keycloak.base) as node:
        yield Place(node, base, _at_keycloak)


def _at_keycloak(page: Page, name: str) -> None:
    page.fill("#username", name)
    page.fill("#password", PASSWORD)
    page.click("#kc-login")


def person_add(keycloak: Keycloak, name: str) -> str:
    named = f"{name}-{token_hex(3)}"
    password = {"type": "password", "value": PASSWORD, "temporary": False}
    about = {"username": named, "email": f"{named}@example.org", "emailVerified": True, "enabled": True}
    about |= {"firstName": name.title(), "lastName": "Person"}
    keycloak.admin("POST", "/users", {**about, "credentials": [password]})
    return named


def client_at(keycloak: Keycloak, id: str) -> Any:
    found: Any = keycloak.admin("GET", f"/clients?clientId={id}")
    return found[0]


def let_compute(keycloak: Keycloak, user: str) -> None:
    """Give a user (by id) the role that the node asks for."""
    keycloak.admin("POST", f"/users/{user}/role-mappings/realm", [keycloak.admin("GET", f"/roles/{ROLE}")])


def set_up(keycloak: Keycloak, id: str) -> None:
    """What the realm's operator does for a client: its tokens are for the node, and short."""
    client = client_at(keycloak, id)
    client["attributes"] = {**client.get("attributes", {}), "access.token.lifespan": str(LIFE)}
    keycloak.admin("PUT", f"/clients/{client['id']}", client)
    keycloak.admin("POST", f"/clients/{client['id']}/protocol-mappers/models", TO_FRONT)


# --- a person, a browser and a terminal


@pytest.fixture(scope="module")
def browser(ours: Place, theirs: Place, credentials: Programs) -> Iterator[Browser]:
    """After all that needs an event loop in this thread."""
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@contextmanager
def at_terminal(script: str, home: Path) -> Iterator[Terminal]:
    env = {"LYCHGATE_HOME": str(home), "HOME": str(home)}
    with python_at_terminal(script, env=env, size=(40, 400)) as terminal:  # type: ignore[arg-type]  # passed through
        yield terminal


def register(page: Page, place: Place, terminal: Terminal, name: str, shot: str) -> tuple[str, str]:
    """Follow the printed link, log in, register, and type what the page shows once."""
    page.goto(terminal.wait_for(r"(http://\S+/wps/auth/login\S+)[\s\S]*Client ID: ", 60)[1])
    place.log_in(page, name)
    page.fill("#name", "Laptop")
    page.click("text=Make id and secret")
    page.wait_for_selector("#secret")
    page.screenshot(path=picture(shot))
    id, secret = page.input_value("#client"), page.input_value("#secret")
    return id, secret


def type_in(terminal: Terminal, id: str, secret: str) -> None:
    terminal.type(f"{id}\n")
    terminal.wait_for("Client Secret: ")
    terminal.type(f"{secret}\n")


def computed(terminal: Terminal) -> str:
    terminal.wait_for(r"DONE True 4 of [1-9]", 120)
    assert terminal.end(30) == 0
    assert re.search(r"steps.*(25|50|75)%", terminal.seen), "a bar showed how far it was"
    assert "eyJ" not in terminal.seen, "no token is shown"
    return terminal.seen


def noted(server: Server, id: str) -> int:
    """How many tokens this client got."""
    with ThreadPoolExecutor(1) as pool:  # Playwright has an event loop in this thread
        rows = pool.submit(server.operate, lambda engine: engine.store.audit(client=id, event="token")).result(20)
    return len(rows)


def test_a_person_registers_a_program_and_computes_past_its_tokens_end(ours: Place, page: Page, tmp_path: Path) -> None:
    """The first document's block."""
    with at_terminal(ours.script(blocks()[3], RUN), tmp_path) as terminal:
        id, secret = register(page, ours, terminal, "ada", "node-registered")
        type_in(terminal, id, secret)
        assert secret not in computed(terminal)
    assert noted(ours.node.server, id) >= 2, "a token ended while the job ran, and was renewed"


def test_a_person_logs_in_with_pkce_and_computes_past_the_tokens_end(ours: Place, page: Page, tmp_path: Path) -> None:
    """The second document's block."""
    block = service_blocks()[1] + "\nclient = cwt.LLNLClient('https://wps.io/wps', auth=auth)"
    block = block.replace("pkce=True", f"pkce=True, redirect_port={free_port()}")  # 8888 is for one test at a time
    with at_terminal(ours.script(block, RUN), tmp_path) as terminal:
        page.goto(terminal.wait_for(r"(http://\S+/protocol/openid-connect/auth\?\S+)", 60)[1])
        ours.log_in(page, "bob")
        page.get_by_role("button", name="Allow", exact=True).click()
        page.get_by_text("You are logged in").wait_for()
        computed(terminal)
    assert noted(ours.node.server, "compute_public") >= 2, "one token by the code, and one by a refresh"


def test_the_same_before_keycloak_where_who_lacks_the_role_is_refused_first(
    theirs: Place, keycloak: Keycloak, page: Page, tmp_path: Path
) -> None:
    script = theirs.script(blocks()[3], RUN)
    name = person_add(keycloak, "nora")
    with at_terminal(script, tmp_path) as terminal:
        id, secret = register(page, theirs, terminal, name, "node-keycloak-registered")
        set_up(keycloak, id)
        type_in(terminal, id, secret)
        terminal.wait_for(r"WPSAuthError[^\n]*role", 60)
        assert terminal.end(30) == 1
    account: Any = keycloak.admin("GET", f"/clients/{client_at(keycloak, id)['id']}/service-account-user")
    let_compute(keycloak, account["id"])
    with at_terminal(script, tmp_path) as terminal:
        assert "Client ID" not in computed(terminal), "what was typed is kept"


def test_the_same_before_keycloak_with_pkce(theirs: Place, keycloak: Keycloak, page: Page, tmp_path: Path) -> None:
    id, port = f"public-{token_hex(3)}", free_port()
    keycloak.admin("POST", "/clients", {
        "clientId": id, "publicClient": True, "standardFlowEnabled": True, "redirectUris": [f"http://127.0.0.1:{port}"],
        "attributes": {"pkce.code.challenge.method": "S256"},
    })  # fmt: skip
    set_up(keycloak, id)
    name = person_add(keycloak, "olga")
    found: Any = keycloak.admin("GET", f"/users?username={name}")
    let_compute(keycloak, found[0]["id"])
    block = blocks()[1].replace('client_id="wps"', f'client_id="{id}"')
    block = block.replace("pkce=True", f"pkce=True, redirect_port={port}")
    with at_terminal(theirs.script(block, RUN), tmp_path) as terminal:
        page.goto(terminal.wait_for(r"(http://\S+/protocol/openid-connect/auth\?\S+)", 60)[1])
        theirs.log_in(page, name)
        page.get_by_text("You are logged in").wait_for()
        computed(terminal)


# --- by their keys, and by asking: each issuer, with the role and without


@pytest.fixture(scope="module")
def by_keys(ours: Place, theirs: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wps]:
    """One service that takes the tokens of both issuers."""
    issuers = [f"{place.node.host}/auth/realms/compute" for place in (ours, theirs)]
    guard = {"keycloak": issuers, "audience": [ours.node.wps, "front"], "role": ROLE, "leeway": 0}
    with wps_service(tmp_path_factory.mktemp("keys"), guard=guard) as service:
        yield service


@pytest.fixture(scope="module")
def credentials(ours: Place, theirs: Place, realm: Realm, keycloak: Keycloak) -> Programs:
    """For each issuer a program with the role, and one without."""
    made = []
    for name in ("ada", "mallory"):
        owner = ours.node.server.operate(lambda engine, name=name: engine.store.user_by_login(name))
        robot = realm.client_add(f"robot-of-{name}", owner=owner.id, audiences=(ours.node.wps,))
        secret = lychgate.Secret(robot.secret)
        issuer = f"{ours.node.host}/auth/realms/compute"
        made.append(lychgate.ClientCredentials(issuer=issuer, client_id=robot.id, client_secret=secret))
    at_keycloak = []
    for given in (True, False):
        id, secret = f"robot-{token_hex(3)}", token_hex(16)
        about = {"clientId": id, "secret": secret, "publicClient": False, "serviceAccountsEnabled": True}
        keycloak.admin("POST", "/clients", {**about, "standardFlowEnabled": False, "protocolMappers": [TO_FRONT]})
        account: Any = keycloak.admin("GET", f"/clients/{client_at(keycloak, id)['id']}/service-account-user")
        if given:
            let_compute(keycloak, account["id"])
        issuer = f"{theirs.keycloak_url}/realms/compute"
        at_keycloak.append(
            lychgate.ClientCredentials(issuer=issuer, client_id=id, client_secret=lychgate.Secret(secret))
        )
    return {"ours": (made[0], made[1]), "theirs": (at_keycloak[0], at_keycloak[1])}


@pytest.mark.parametrize("issuer", ["ours", "theirs"])
@pytest.mark.parametrize("way", ["keys", "asking"])
def test_with_the_role_one_computes_and_without_it_is_forbidden(
    request: pytest.FixtureRequest, by_keys: Wps, credentials: Programs, issuer: str, way: str
) -> None:
    url = by_keys.url if way == "keys" else request.getfixturevalue(issuer).node.wps
    able, unable = credentials[issuer]
    job = lychgate.Wps(url, able).execute("steps", {"seconds": 0.1, "steps": 2})
    assert job.wait(60, progress=False).result("done").value == 2
    with pytest.raises(Forbidden) as lacking:
        lychgate.Wps(url, unable).execute("steps")
    assert lacking.value.status == 403


def test_with_auth_enabled_false_nobody_is_asked_and_it_is_said_loudly(tmp_path: Path) -> None:
    guard = {"issuer": "http://127.0.0.1:1", "audience": "https://wps.example.org", "role": ROLE}
    with wps_service(tmp_path, guard=guard, env={"AUTH_ENABLED": "false"}) as service:
        client = cwt.WPSClient(service.url)  # as the documents have it: no authentication
        steps = client.execute(cwt.Process("steps"))
        assert steps.wait(60, sleep=0.2, progress=False)
        assert "EVERY CALL IS LET THROUGH" in service.said.read_text()
        assert httpx2.get(service.jobs, timeout=20).headers["x-lychgate-auth"] == "disabled"
    with wps_service(tmp_path, guard=guard, env={"AUTH_ENABLED": "true"}) as service, pytest.raises(cwt.WPSAuthError):
        cwt.WPSClient(service.url).execute(cwt.Process("steps"))
