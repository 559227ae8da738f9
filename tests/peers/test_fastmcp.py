"""fastmcp's client, as it is, at our server: ``auth="oauth"`` and nothing else, with its own listener on ``localhost``.

It looks at the authorization URL itself before it opens the browser there: the same GET comes twice.
"""

from __future__ import annotations

import asyncio
import threading
import webbrowser
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from support.peers import needs
from support.server import ACTOR, Server, poll, running

needs(module="fastmcp")

import httpx2  # noqa: E402  after the check that the peer is there
from fastmcp import Client  # noqa: E402
from fastmcp.client.auth import OAuth  # noqa: E402

from lychgate.kernel.http import query_of  # noqa: E402
from lychgate.server.engine import MAIN, Engine  # noqa: E402
from lychgate.server.model import User  # noqa: E402
from lychgate.server.programs import clients  # noqa: E402
from support import mcp_api  # noqa: E402
from support.person import PersonAtBrowser  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:Using in-memory token storage")
EMAIL, PASSWORD = "ada@example.org", "hunter2"


class Browser:
    """What ``webbrowser`` opens: a person in a thread of their own, who goes where the pages lead."""

    def __init__(self, server: Server) -> None:
        self.home, self.opened, self.shown = server.url, list[str](), ""

    def open(self, url: str) -> bool:
        self.opened.append(url)
        threading.Thread(target=self._act, args=(url,), daemon=True).start()
        return True

    def _act(self, url: str) -> None:
        person = PersonAtBrowser(self.home).open(url).log_in(EMAIL, PASSWORD)
        if not person.left_to:
            person.allow()
        self.shown = httpx2.get(person.left_to, timeout=20).text
        person.close()


@pytest.fixture(scope="module")
def url() -> str:
    return mcp_api.new_url()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, url: str) -> Iterator[Server]:
    toml = f'registration_scopes = ["read"]\nregistration_audiences = ["{url}"]\n'
    with running(tmp_path_factory.mktemp("fastmcp") / "data", toml=toml) as started:
        yield started


@pytest.fixture(scope="module")
def ada(server: Server) -> User:
    return server.user_add(EMAIL, PASSWORD)


@pytest.fixture(scope="module")
def api(server: Server, url: str) -> Iterator[str]:
    with mcp_api.serving(url, server.issuer, "read"):
        yield url


@pytest.fixture
def browser(server: Server, monkeypatch: pytest.MonkeyPatch) -> Browser:
    made = Browser(server)
    monkeypatch.setattr(webbrowser, "open", made.open)
    return made


async def remove(engine: Engine, id: str) -> None:
    client = await engine.authority.client(MAIN, id)
    assert client is not None
    await clients.remove(engine, ACTOR, client)


def ask(url: str, auth: OAuth) -> str:
    async def run() -> str:
        async with Client(url, auth=auth) as client:
            reply = await client.call_tool("whoami", {})
            return str(reply.structured_content["result"])

    return asyncio.run(asyncio.wait_for(run(), 60))


def new_auth() -> OAuth:
    return OAuth(callback_timeout=30)


def test_it_registers_logs_in_at_its_own_listener_and_calls_a_tool(ada: User, api: str, browser: Browser) -> None:
    auth = new_auth()
    assert ask(api, auth) == ada.id
    (opened,) = browser.opened
    asked = query_of(opened)
    assert asked["redirect_uri"] == f"http://localhost:{auth.redirect_port}/callback"
    assert asked["resource"] == api
    assert ask(api, auth) == ada.id
    assert len(browser.opened) == 1


def test_it_registers_again_where_its_registration_is_gone(
    server: Server, ada: User, api: str, browser: Browser
) -> None:
    auth = new_auth()
    ask(api, auth)
    gone = auth.context.client_info
    assert gone is not None
    server.operate(lambda engine: remove(engine, gone.client_id))
    auth.context.clear_tokens()
    poll(lambda: server.get(f"/oauth2/authorize?{urlencode({'client_id': gone.client_id})}").status == 400)
    assert ask(api, auth) == ada.id
    assert auth.context.client_info is not None
    assert auth.context.client_info.client_id != gone.client_id
    assert len(browser.opened) == 2
