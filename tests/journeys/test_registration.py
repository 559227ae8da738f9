"""An ESGF compute node's block, end to end: a program at a terminal, its person at the page, and then tokens."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lychgate.server.issuers import realms
from support.person import PersonAtBrowser
from support.server import ACTOR, Server, poll, running
from support.terminal import python_at_terminal

EMAIL, PASSWORD = "ada@example.org", "hunter2-of-ada"
REALM = "compute-cluster"
SCRIPTS = {
    "esgf": "auth = lychgate.esgf({url!r})",
    "Keycloak": "auth = lychgate.auth(lychgate.Keycloak(base_url={url!r}, keycloak_url={url!r} + '/auth', "
    "realm='compute-cluster'), origins=[{url!r}])",
}
TAIL = "\nprint('GOT', len(auth.token().access.reveal()) > 20)\nprint('AGAIN', auth.token().valid_for() > 0)"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("node") / "data", toml=f'[facade.esgf]\nrealm = "{REALM}"\n') as started:
        started.operate(lambda engine: realms.add(engine, ACTOR, REALM, {}))
        poll(lambda: started.get(f"/auth/realms/{REALM}/.well-known/openid-configuration").status == 200)
        yield started


@pytest.mark.parametrize("how", SCRIPTS)
def test_a_program_is_registered_in_the_browser_and_gets_tokens_ever_after(
    server: Server, tmp_path: Path, how: str
) -> None:
    email = f"{how.lower()}@example.org"
    server.user_add(email, PASSWORD)
    script = "import lychgate\n" + SCRIPTS[how].format(url=server.url) + TAIL
    env = {"LYCHGATE_HOME": str(tmp_path)}
    with python_at_terminal(script, env=env, size=(40, 500)) as terminal:
        page = terminal.wait_for(r"(http://\S+/wps/auth/login\S+)[\s\S]*Client ID: ")[1]
        person = PersonAtBrowser(server.url).open(page).log_in(email, PASSWORD).send({"name": "Laptop"})
        id, secret = (html.unescape(person.page.text.split(f'<input id="{name}" value="', 1)[1].split('"', 1)[0])
                      for name in ("client", "secret"))  # fmt: skip
        terminal.type(f"{id}\n")
        terminal.wait_for("Client Secret: ")
        terminal.type(f"{secret}\n")
        terminal.wait_for("GOT True")
        terminal.wait_for("AGAIN True")
        assert terminal.end() == 0
        assert secret not in terminal.seen
    person.close()
    with python_at_terminal(script, env=env) as terminal:  # another day: nobody is asked
        terminal.wait_for("GOT True")
        assert "Client ID" not in terminal.seen
    rows = server.operate(lambda engine: engine.store.audit(client=id))
    assert {row.event for row in rows} >= {"client.add", "token"}
    assert secret not in json.dumps([row.detail for row in rows])
