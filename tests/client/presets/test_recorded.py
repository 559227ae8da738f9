"""Each preset against the document of its system: the flow is played by hand, and no socket is opened."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

import lychgate
from lychgate.client.presets import PRESETS, Preset
from lychgate.issuer import discovery
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Headers, Request, Response
from lychgate.kernel.steps import Call, Now, Reach, Send, Show, Sleep, Tell, Visit
from lychgate.oauth import jose
from lychgate.oauth.metadata import OPENID
from lychgate.world import blocking

RECORDED = Path(__file__).parent / "recorded"
TENANT = "11111111-2222-3333-4444-555555555555"
NOW = 1_800_000_000.0
SYSTEMS: dict[str, dict[str, Any]] = {
    "egi": {},
    "wlcg_iam": {},
    "google": {"client_secret": "of-the-program"},
    "github": {},
    "microsoft": {"tenant": TENANT},
}


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text())
    return found


def preset(name: str, **options: Any) -> Preset:
    made: Preset = PRESETS.find(name)(**options)
    return made


class Played:
    """The world of one system: its document is served, its token endpoint gives ``replies`` in turn."""

    def __init__(
        self, document: Mapping[str, Any], *replies: Mapping[str, Any], headers: Mapping[str, str] = {}
    ) -> None:
        self.document, self.replies, self.headers = document, list(replies), headers
        self.sent: list[Request] = []
        self.pages: list[str] = []

    def run(self, flow: Flow[Any]) -> Any:
        return blocking.run(flow, self._step)

    def fields(self, at: str) -> list[dict[str, str]]:
        """The forms that were posted to an address."""
        return [dict(parse_qsl((request.body or b"").decode())) for request in self.sent if request.url == at]

    def _step(self, step: Any) -> Any:
        if isinstance(step, Send):
            return self._answer(step.request)
        if isinstance(step, Visit):
            self.pages.append(self.run(step.address("http://127.0.0.1:8888")))
            asked = dict(parse_qsl(urlsplit(self.pages[-1]).query))
            back = {"code": "the-code", "state": asked["state"], "iss": self.document["issuer"]}
            return self.run(step.finish(back))
        if isinstance(step, Show):
            self.pages.append(step.url)
            return self.run(step.until())
        plain: dict[type, Callable[[Any], Any]] = {
            Now: lambda s: NOW,
            Sleep: lambda s: None,
            Reach: lambda s: True,
            Tell: lambda s: None,
            Call: lambda s: s.function(*s.args),
        }
        return plain[type(step)](step)

    def _answer(self, request: Request) -> Response:
        if request.url == self.document.get("issuer", "").rstrip("/") + OPENID:
            return _json(self.document)
        if request.url == self.document.get("userinfo_endpoint"):
            return _json({"email": "ada@example.org", "sub": "1"})
        self.sent.append(request)
        if request.url == self.document.get("device_authorization_endpoint"):
            page = {"verification_uri": "https://device.example.org/", "interval": 5, "expires_in": 900}
            return _json({"device_code": "the-device-code", "user_code": "WDJB-MJHT", **page})
        return _json(self.replies.pop(0), self.headers)


def _json(body: Mapping[str, Any], headers: Mapping[str, str] = {}) -> Response:
    return Response(200, Headers({"Content-Type": "application/json", **headers}), json.dumps(body).encode())


@pytest.fixture(autouse=True)
def _nothing_known() -> None:
    discovery.forget()


TOKEN = {"access_token": "an-access-token", "token_type": "bearer", "expires_in": 3600, "refresh_token": "a-refresh"}


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_login_goes_to_the_page_and_the_token_endpoint_that_the_document_names(name: str) -> None:
    document = recorded(name)
    made = preset(name, client_id="program", **SYSTEMS[name])
    world = Played(document, TOKEN)
    token = world.run(made.source.obtain())
    assert token.access.reveal() == "an-access-token"
    assert token.extra["owner"] == "ada@example.org"
    page, _, query = world.pages[0].partition("?")
    assert page == document["authorization_endpoint"]
    asked = dict(parse_qsl(query))
    assert (asked["client_id"], asked["code_challenge_method"]) == ("program", "S256")
    assert set(asked["scope"].split()) <= {*document.get("scopes_supported", ["read:user"])}
    (form,) = world.fields(document["token_endpoint"])
    assert (form["code"], form["client_id"]) == ("the-code", "program")


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_code_for_another_device_comes_from_the_documents_endpoint(name: str) -> None:
    document = recorded(name)
    world = Played(document, {"error": "authorization_pending"}, TOKEN)  # GitHub says so with 200
    made = preset(name, client_id="program", way="device", **SYSTEMS[name])
    assert world.run(made.source.obtain()).access.reveal() == "an-access-token"
    assert world.fields(document["device_authorization_endpoint"])[0]["client_id"] == "program"
    assert len(world.fields(document["token_endpoint"])) == 2


def test_google_gives_a_refresh_token_only_to_who_asks_for_offline_access_and_consent() -> None:
    world = Played(recorded("google"), TOKEN)
    world.run(preset("google", client_id="program", client_secret="of-it").source.obtain())
    asked = dict(parse_qsl(urlsplit(world.pages[0]).query))
    assert (asked["access_type"], asked["prompt"]) == ("offline", "consent")
    (form,) = world.fields("https://oauth2.googleapis.com/token")
    assert form["client_secret"] == "of-it"
    with pytest.raises(ConfigError, match="robot"):
        preset("google", client_id="program", client_secret="of-it", way="robot")


def test_githubs_tokens_have_no_end_and_its_refusals_come_with_200() -> None:
    document = recorded("github")
    reply = {"access_token": "gho_token", "token_type": "bearer", "scope": "read:user,repo"}
    world = Played(document, reply)
    source = preset("github", client_id="program").source
    token = world.run(source.obtain())
    assert (token.expires_at, token.refresh) == (None, None)
    assert token.scope == ("read:user", "repo")
    assert world.sent[0].headers["Accept"] == "application/json"
    refused = Played(document, {"error": "bad_verification_code", "error_description": "The code is incorrect."})
    with pytest.raises(lychgate.Refused, match="incorrect"):
        refused.run(preset("github", client_id="program").source.obtain())


def test_another_github_has_its_pages_below_its_own_address() -> None:
    made = preset("github", client_id="program", url="https://git.example.org/login/oauth")
    world = Played({"issuer": "https://git.example.org/login/oauth"}, TOKEN)
    world.run(made.source.obtain())
    assert world.pages[0].startswith("https://git.example.org/login/oauth/authorize?")
    assert world.sent[0].url == "https://git.example.org/login/oauth/access_token"


def test_microsofts_issuer_holds_the_directorys_id_and_robots_ask_for_all_they_were_granted() -> None:
    for tenant in ("common", "organizations", "contoso.onmicrosoft.com"):
        with pytest.raises(ConfigError, match="directory's id"):
            preset("microsoft", client_id="program", tenant=tenant)
    document = recorded("microsoft")
    made = preset("microsoft", client_id="program", client_secret="of-it", tenant=TENANT.upper(), way="robot")
    world = Played(document, TOKEN)
    world.run(made.source.obtain())
    (form,) = world.fields(document["token_endpoint"])
    assert (form["scope"], form["client_secret"]) == ("https://graph.microsoft.com/.default", "of-it")
    named = preset("microsoft", client_id="program", tenant=TENANT, scope="https://api.example.org/read")
    assert named.source.scope == ("openid", "offline_access", "https://api.example.org/read")


def test_cdse_takes_name_password_and_the_code_of_the_moment_at_its_public_client() -> None:
    document = recorded("cdse")
    codes = lychgate.Secret.command(["echo", "123456"])
    source = preset("cdse", username="ada@example.org", password="hunter2-of-ada", totp=codes).source
    world = Played(document, TOKEN, TOKEN)
    token = world.run(source.obtain())
    world.run(source.renew(token))
    first, second = world.fields(document["token_endpoint"])
    assert (first["client_id"], first["grant_type"], first["totp"]) == ("cdse-public", "password", "123456")
    assert (second["grant_type"], "totp" in second) == ("refresh_token", False)
    assert "123456" not in source.cache_key()
    robot = preset("cdse", client_id="sh-program", client_secret="of-it")
    assert robot.origins == ("https://sh.dataspace.copernicus.eu",)
    with pytest.raises(ConfigError, match="username"):
        preset("cdse", username="ada@example.org")


def test_earthdata_gives_its_token_for_name_and_password_and_the_tokens_own_end_counts() -> None:
    document = recorded("earthdata")
    jwt = jose.sign({"alg": "ES256"}, {"uid": "ada", "exp": int(NOW) + 5_000_000}, jose.generate("ES256"))
    world = Played(document, {**document["answer"], "access_token": jwt})
    source = preset("earthdata", username="ada", password="hunter2-of-ada").source
    token = world.run(source.obtain())
    assert token.expires_at == NOW + 5_000_000
    (asked,) = world.sent
    assert (asked.method, asked.url) == ("POST", document["find_or_create_token"])
    pair = base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")).decode()
    assert pair == "ada:hunter2-of-ada"
    assert isinstance(preset("earthdata", token="from-the-profile-page").source, lychgate.Bearer)


@pytest.mark.parametrize("url", ["https://cloud.example.org:5000/v3/", "https://cloud.example.org:5000"])
def test_openstack_asks_the_version_3_of_keystone(url: str) -> None:
    home = recorded("openstack")["version"]["links"][0]["href"]
    made = preset("openstack", url=url, username="ada", password="hunter2-of-ada", project_name="demo")
    world = Played({}, {"token": {"expires_at": "2030-01-01T00:00:00Z"}}, headers={"X-Subject-Token": "gAAAA"})
    assert world.run(made.source.obtain()).access.reveal() == "gAAAA"
    assert world.sent[0].url == f"{home}auth/tokens"
    assert made.origins == ("https://cloud.example.org:5000",)


def test_keycloak_esgf_climate_engine_and_unicore_are_where_their_documents_have_them() -> None:
    document = recorded("keycloak")
    realm = {"keycloak_url": "https://keycloak.example.org", "realm": "demo", "client_id": "wps"}
    world = Played(document, TOKEN)
    world.run(preset("keycloak", **realm, pkce=True).source.obtain())
    assert world.pages[0].startswith(document["authorization_endpoint"])
    node = preset("esgf", base_url="https://compute.node").source
    assert {"issuer": node.issuer, "registration": node.registration} == recorded("esgf")
    engine = Played({}, TOKEN)
    engine.run(preset("climate_engine", client_id="robot", client_secret="of-it").source.obtain())
    assert engine.sent[0].url == recorded("climate_engine")["token_endpoint"]
    site = preset("unicore", url=recorded("unicore")["url"], username="demouser", password="test123")
    assert f"{site.unicore}/token" == recorded("unicore")["tokens"]


def test_every_preset_has_its_document_and_its_name_in_the_package() -> None:
    assert {path.stem for path in RECORDED.glob("*.json")} == set(PRESETS)
    assert set(PRESETS) <= set(lychgate.__all__)
    for name in PRESETS:
        assert callable(getattr(lychgate, name))
