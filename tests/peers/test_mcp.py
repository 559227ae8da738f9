"""The MCP SDK's OAuth client, as it is, at our server: from the challenge of an MCP server to a tool's answer.

It finds the issuer by the resource's metadata (RFC 9728), tries three forms of the issuer's metadata address, registers
itself (RFC 7591), and asks for tokens for that resource alone (RFC 8707).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from support.peers import needs
from support.server import ACTOR, Server, poll, running

needs(module="mcp")

import httpx2  # noqa: E402  after the check that the peer is there
from mcp.client import Client  # noqa: E402
from mcp.client.auth import OAuthClientProvider, OAuthFlowError  # noqa: E402
from mcp.client.streamable_http import streamable_http_client  # noqa: E402
from mcp.shared.auth import (  # noqa: E402
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)

from lychgate.kernel.http import query_of  # noqa: E402
from lychgate.oauth import jose  # noqa: E402
from lychgate.server.issuers import realms  # noqa: E402
from support import mcp_api  # noqa: E402
from support.node import free_port  # noqa: E402
from support.person import PersonAtBrowser  # noqa: E402

EMAIL, PASSWORD = "ada@example.org", "hunter2"
WELL_KNOWN = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")


class Kept:
    """What the SDK asks an application to keep."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Transport(httpx2.AsyncHTTPTransport):
    """Writes down where requests go; the issuer's metadata is not found at the first ``hidden`` addresses."""

    def __init__(self, hidden: int = 0) -> None:
        super().__init__()
        self.hidden, self.looked, self.paths = hidden, list[str](), list[str]()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        self.paths.append(path)
        if any(name in path for name in WELL_KNOWN):
            self.looked.append(path)
            if len(self.looked) <= self.hidden:
                return httpx2.Response(404, request=request)
        return await super().handle_async_request(request)


class Application:
    """An application around the SDK: its person logs in by the pages' forms, and comes back to a random port."""

    def __init__(
        self, server: Server, url: str, transport: Transport | None = None, kept: Kept | None = None, **metadata: Any
    ) -> None:
        self.server, self.url, self.kept, self.transport = server, url, kept or Kept(), transport or Transport()
        self.back = f"http://localhost:{free_port()}/callback"
        self.opened: list[str] = []
        self.answer = "allow"
        self.person = PersonAtBrowser(server.url)
        about = OAuthClientMetadata(client_name="An agent", redirect_uris=[self.back], **metadata)
        self.auth = OAuthClientProvider(url, about, self.kept, self._open, self._come_back)

    async def _open(self, url: str) -> None:
        self.opened.append(url)
        await asyncio.to_thread(self._act, url)

    def _act(self, url: str) -> None:
        person = self.person.open(url).open(url)  # browsers fetch ahead, and people reload
        if 'name="password"' in person.page.text:
            person.log_in(EMAIL, PASSWORD)
        if not person.left_to:
            person.send({"answer": self.answer})

    async def _come_back(self) -> AuthorizationCodeResult:
        assert self.person.left_to.startswith(f"{self.back}?")
        found = self.person.params
        if "error" in found:
            raise OAuthFlowError(found["error"])
        return AuthorizationCodeResult(code=found["code"], state=found["state"], iss=found["iss"])

    async def call(self, tool: str = "whoami", times: int = 1) -> list[str]:
        """What the tool answers, each time."""
        http = httpx2.AsyncClient(auth=self.auth, transport=self.transport, timeout=20)
        async with http, Client(streamable_http_client(self.url, http_client=http)) as client:
            replies = [await client.call_tool(tool, {}) for _ in range(times)]
        return [reply.content[0].text for reply in replies]

    def run(self, **options: Any) -> list[str]:
        return asyncio.run(asyncio.wait_for(self.call(**options), 60))


def refusal(app: Application) -> str:
    """Why no login came of it."""
    with pytest.raises(BaseExceptionGroup) as caught:
        app.run()
    found: BaseException = caught.value
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, OAuthFlowError), found
    return str(found)


@pytest.fixture(scope="module")
def url() -> str:
    return mcp_api.new_url()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, url: str) -> Iterator[Server]:
    """Ours, with an issuer that has a path: its metadata then has three addresses."""
    port = str(free_port())
    toml = f'registration_scopes = ["read"]\nregistration_audiences = ["{url}"]\nlifetime = 60\n'
    options = ("--port", port, "--issuer", f"http://127.0.0.1:{port}/gate")
    with running(tmp_path_factory.mktemp("mcp") / "data", *options, toml=toml) as started:
        started.user_add(EMAIL, PASSWORD)
        yield started


@pytest.fixture(scope="module")
def api(server: Server, url: str) -> Iterator[str]:
    with mcp_api.serving(url, server.issuer, "read"):
        yield url


@pytest.mark.parametrize("hidden", [0, 1, 2])
def test_it_registers_logs_in_and_calls_a_tool_whichever_form_of_the_metadata_address_is_there(
    server: Server, api: str, hidden: int
) -> None:
    app = Application(server, api, Transport(hidden), token_endpoint_auth_method="none")
    (subject,) = app.run()
    forms = [WELL_KNOWN[0] + "/gate", WELL_KNOWN[1] + "/gate", "/gate" + WELL_KNOWN[1]]
    assert app.transport.looked == forms[: hidden + 1]
    assert app.transport.paths.count("/gate/oauth2/register") == 1
    assert app.kept.tokens is not None
    claims = jose.peek(app.kept.tokens.access_token)[1]
    assert (claims["aud"], claims["sub"]) == ([api], subject)
    assert set(claims["scope"].split()) == {"read", "offline_access"}


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", None])
def test_it_logs_in_with_each_kind_of_secret_and_goes_on_by_refresh_without_a_person(
    server: Server, api: str, method: str | None
) -> None:
    app = Application(server, api, token_endpoint_auth_method=method)
    (subject,) = app.run()
    assert app.kept.client is not None
    assert app.kept.tokens is not None
    assert app.kept.client.token_endpoint_auth_method == (method or "client_secret_basic")
    assert app.kept.client.issuer == server.issuer
    before = app.kept.tokens
    app.auth.context.token_expiry_time = time.time() - 1
    assert app.run(times=2) == [subject, subject]
    assert (before.access_token, before.refresh_token) != (app.kept.tokens.access_token, app.kept.tokens.refresh_token)
    assert len(app.opened) == 1


def test_after_a_restart_it_goes_on_with_what_it_kept(server: Server, api: str) -> None:
    first = Application(server, api, token_endpoint_auth_method="none")
    subject = first.run()
    again = Application(server, api, kept=first.kept, token_endpoint_auth_method="none")
    assert again.run() == subject
    assert (again.opened, "/gate/oauth2/register" in again.transport.paths) == ([], False)


def test_its_request_names_the_resource_and_asks_for_consent(server: Server, api: str) -> None:
    app = Application(server, api, token_endpoint_auth_method="none")
    app.run()
    asked = query_of(app.opened[0])
    assert (asked["resource"], asked["prompt"]) == (api, "consent")
    assert asked["redirect_uri"] == app.back


def test_it_is_told_of_a_refusal_and_of_an_api_that_registration_does_not_open(server: Server, api: str) -> None:
    app = Application(server, api, token_endpoint_auth_method="none")
    app.answer = "refuse"
    assert refusal(app) == "access_denied"
    other = mcp_api.new_url()
    with mcp_api.serving(other, server.issuer, "read"):
        assert refusal(Application(server, other, token_endpoint_auth_method="none")) == "invalid_target"


def test_a_realm_is_an_issuer_for_it_too(server: Server) -> None:
    url = mcp_api.new_url()
    server.operate(lambda engine: realms.add(engine, ACTOR, "agents", {"audiences": [url]}))
    path = "/gate/realms/agents"
    issuer = server.url + path
    poll(lambda: server.get(path + WELL_KNOWN[1]).status == 200)
    forms = [WELL_KNOWN[0] + path, WELL_KNOWN[1] + path]
    assert [server.get(form).json()["issuer"] for form in forms] == [issuer, issuer]
    with mcp_api.serving(url, issuer, "read"):
        app = Application(server, url, token_endpoint_auth_method="none")
        assert len(app.run()) == 1
        assert app.kept.tokens is not None
        assert jose.peek(app.kept.tokens.access_token)[1]["iss"] == issuer
