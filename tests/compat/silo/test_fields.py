"""Each row of the table of fields, and what it changes on the wire."""

from __future__ import annotations

import base64
import json
import logging
import re
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from lychgate.compat.silo import AuthBasic, Credential, add_auth, auth_logger, get_authmethod, http_step
from lychgate.compat.silo.fields import FIELDS
from lychgate.kernel.errors import Refused, TransientError
from support.forward_proxy import PASSWORD, USER, forward_proxy
from support.tls import Tls, certificate
from support.vendor import Vendor, vendor_api

SEED = Path(__file__).parents[4] / "shared/seeds/4-snippet-framework.txt"
STATIC, DYNAMIC = "tokenAuthRefreshStatic", "tokenAuthRefreshDynamic"
BASIC = {"authType": "AuthBasic", "username": "ada", "password": "of-ada-herself"}
KEY = {"authType": "AuthApiKey", "apikey": "key-of-ada"}


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with forward_proxy(tmp_path_factory.mktemp("proxy")) as port:
        yield port


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return certificate(tmp_path_factory.mktemp("tls"), "127.0.0.1")


@pytest.fixture(scope="module")
def secured(tls: Tls) -> Iterator[Vendor]:
    with vendor_api(tls) as started:
        yield started


@pytest.fixture
def world(vendor: Vendor, request: pytest.FixtureRequest) -> World:
    return World(vendor, request)


class World:
    """The vendor, and what only some of the rows need."""

    def __init__(self, vendor: Vendor, request: pytest.FixtureRequest) -> None:
        self.vendor, self.need = vendor, request.getfixturevalue

    def through(self, **fields: object) -> dict[str, object]:
        """The fields for the proxy with its password."""
        given = {"proxyHost": "127.0.0.1", "proxyPort": self.need("proxy"), "proxyUser": USER, "proxyPasswd": PASSWORD}
        return {**KEY, "proxy": True, **given, **fields}


Row = Callable[[World], None]


def auth_type(world: World) -> None:
    seen = [world.vendor.step(**fields).headers for fields in (BASIC, KEY, world.vendor.token(), world.vendor.oauth())]
    assert [headers["authorization"].split("-")[0].split()[0] for headers in seen] == [
        "Basic",
        "key",
        "Bearer",
        "Bearer",
    ]
    assert "authorization" not in world.vendor.step().headers


def url(world: World) -> None:
    fields = {**KEY, "url": f"{world.vendor.url}/v2/?page=1".removesuffix("?page=1")}
    assert http_step(Credential(fields), "PUT", "devices/7").status_code == 200
    assert (world.vendor.api.seen[-1].method, world.vendor.api.seen[-1].path) == ("PUT", "/v2/devices/7")


def auth_endpoint(world: World) -> None:
    fields = world.vendor.token(authEndpoint="", url=f"{world.vendor.url}/login")
    get_authmethod(Credential(fields)).authenticate()
    assert len(world.vendor.logins) == 1, "without it the URL is asked"
    world.vendor.step(**world.vendor.token())
    assert len(world.vendor.logins) == 2


def auth_header(world: World) -> None:
    assert world.vendor.step(**world.vendor.token(authHeader="X-Token")).headers["x-token"] == "Bearer vendor-token-1"
    assert world.vendor.step(**KEY, authHeader="X-API-Key").headers["x-api-key"] == "key-of-ada"


def token_key(world: World) -> None:
    world.vendor.answer = {"access_token": "not-this-one", "data": {"tokens": [{"id": "vendor-token-deep"}]}}
    seen = world.vendor.step(**world.vendor.token(tokenKey="data.tokens.0.id"))
    assert seen.headers["authorization"] == "Bearer vendor-token-deep"


def token_format(world: World) -> None:
    seen = world.vendor.step(**world.vendor.token(tokenFormat='Token token="{}"'))
    assert seen.headers["authorization"] == 'Token token="vendor-token-1"'


def username(world: World) -> None:
    basic = world.vendor.step(**{**BASIC, "username": "zoë"}).headers["authorization"]
    assert base64.b64decode(basic.removeprefix("Basic ")).decode() == "zoë:of-ada-herself"
    world.vendor.step(**world.vendor.token(username="zoë"))
    assert json.loads(world.vendor.logins[-1].body)["username"] == "zoë"


def password(world: World) -> None:
    basic = world.vendor.step(**{**BASIC, "password": "päss:word"}).headers["authorization"]
    assert base64.b64decode(basic.removeprefix("Basic ")).decode() == "ada:päss:word"
    world.vendor.step(**world.vendor.token(password='quo"te'))
    assert json.loads(world.vendor.logins[-1].body) == {"username": "ada", "password": 'quo"te'}


def proxy_on(world: World) -> None:
    assert "via" in world.vendor.step(**world.through()).headers
    assert "via" not in world.vendor.step(**world.through(proxy=False)).headers, "the rest acts only while it is on"
    world.vendor.step(**{**world.through(), **world.vendor.token()})
    assert "via" in world.vendor.logins[-1].headers, "the token request goes the same way"


def proxy_host(world: World) -> None:
    assert "via" in world.vendor.step(**world.through(proxyHost="localhost")).headers
    with pytest.raises(requests.exceptions.ProxyError):
        world.vendor.step(**world.through(proxyHost="proxy.invalid"))


def proxy_port(world: World) -> None:
    assert "via" in world.vendor.step(**world.through(proxyPort=world.need("proxy"))).headers
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        fields = world.through(proxyPort=closed.getsockname()[1])
        with pytest.raises(requests.exceptions.ProxyError):
            world.vendor.step(**fields)


def proxy_user(world: World) -> None:
    _needs_the_right(world, "proxyUser")


def proxy_password(world: World) -> None:
    _needs_the_right(world, "proxyPasswd")


def _needs_the_right(world: World, field: str) -> None:
    credential = world.vendor.credential(**world.through(**{field: "an@other:one/"}))
    assert http_step(credential, "GET", "/data").status_code in (401, 407)  # tinyproxy says 401
    assert not world.vendor.api.at("/data")
    assert "via" in world.vendor.step(**world.through()).headers
    fields = {**world.through(**{field: "other"}), **world.vendor.token(timeToNextRequest=0)}
    with pytest.raises((Refused, TransientError)):  # it hangs up on a body that it does not want
        world.vendor.step(**fields)
    assert not world.vendor.logins


def plain_header(field: str) -> Row:
    def shown(world: World) -> None:
        fields = world.vendor.token(**{field: "X-Sample-Header: Sample: Value"})
        assert world.vendor.step(**fields).headers["x-sample-header"] == "Sample: Value"
        assert world.vendor.logins[-1].headers["x-sample-header"] == "Sample: Value"
        assert "x-sample-header" in world.vendor.step(**KEY, **{field: "X-Sample-Header:yes"}).headers
        assert "x-sample-header" not in world.vendor.step(**BASIC, **{field: "X-Sample-Header:no"}).headers

    return shown


def json_headers(world: World) -> None:
    headers = world.vendor.step(**BASIC, httpHeaders='{"header1": "key1", "header2": "key2"}').headers
    assert (headers["header1"], headers["header2"]) == ("key1", "key2")


def peer_verify(world: World) -> None:
    secured = world.need("secured").fresh()
    with pytest.raises(requests.exceptions.SSLError):
        secured.step(**KEY)
    with pytest.raises(TransientError):
        secured.step(**secured.token())
    assert not secured.api.seen
    with pytest.warns(match="Unverified HTTPS"):
        secured.step(**secured.token(sslverifypeer=False))
    assert len(secured.logins) == 1


def ca_path(world: World) -> None:
    secured = world.need("secured").fresh()
    secured.step(**secured.token(ca_path=str(world.need("tls").ca)))
    assert len(secured.logins) == 1


def retry_time(world: World) -> None:
    world.vendor.status = 503
    for _ in range(2):
        with pytest.raises(TransientError) as caught:
            world.vendor.step(**world.vendor.token(timeToNextRequest=50))
    assert len(world.vendor.logins) == 1, "none is sent meanwhile"
    assert 30 < (caught.value.retry_after or 0) <= 50
    world.vendor.status, world.vendor.answer = 401, {"error": "invalid_client"}
    for asked in (2, 3):
        with pytest.raises(Refused):
            world.vendor.step(**world.vendor.oauth(timeToNextRequest=0))
        assert len(world.vendor.logins) == asked


def options(world: World) -> None:
    world.vendor.step(**world.vendor.token(opts='{"tenant": {"id": 7}}'))
    assert json.loads(world.vendor.logins[-1].body)["tenant"] == {"id": 7}
    world.vendor.step(**world.vendor.token(opts='{"body": "form", "tenant": "t7"}'))
    assert world.vendor.form() == {"username": "ada", "password": "of-ada-herself", "tenant": "t7"}
    assert world.vendor.step(**KEY, opts='{"api-version": "3"}').query == {"api-version": ["3"]}


def debug(world: World) -> None:
    caplog: pytest.LogCaptureFixture = world.need("caplog")

    @add_auth
    class Talking(AuthBasic):
        def authenticate(self) -> bool:
            auth_logger.debug("about to log in")
            return super().authenticate()

        @staticmethod
        def build(credentials, **kwargs):
            return Talking(credentials, **kwargs)

        @staticmethod
        def get_name() -> str:
            return "Talking"

    with caplog.at_level(logging.DEBUG):
        world.vendor.step(**BASIC, authOverride="Talking")
        assert "about to log in" not in caplog.text
        world.vendor.step(**BASIC, authOverride="Talking", debug=True)
        assert "about to log in" in caplog.text


def refresh_kind(world: World) -> None:
    """A reply that says one second: static does not care, dynamic does."""
    world.vendor.answer["expires_in"] = 1
    for how, logins in ((STATIC, 1), (DYNAMIC, 2)):
        world.vendor.api.seen.clear()
        fields = world.vendor.token(tokenAuthRefresh=how)
        world.vendor.step(**fields)
        time.sleep(1.1)
        world.vendor.step(**fields)
        assert len(world.vendor.logins) == logins, how


def refresh_ttl(world: World) -> None:
    world.vendor.answer["expires_in"] = 3600
    for fields in (world.vendor.token, world.vendor.oauth):
        world.vendor.api.seen.clear()
        given = fields(tokenAuthRefresh=STATIC, tokenRefreshTTL=1)
        world.vendor.step(**given)
        time.sleep(1.1)
        world.vendor.step(**given)
        assert len(world.vendor.logins) == 2
    del world.vendor.answer["expires_in"]
    assert _life(world, **world.vendor.token(tokenRefreshTTL=77)) == pytest.approx(77, abs=20), "it stands in"


def expiry_key(world: World) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=500)
    for number, value in enumerate((500, "500", soon.timestamp(), soon.isoformat(), f"{soon.timestamp() * 1000:.0f}")):
        world.vendor.answer = {"access_token": "vendor-token-{}", "token": {"ends": value}}
        fields = world.vendor.token(username=f"u{number}", tokenExpiresInSelector="token.ends")
        assert _life(world, **fields) == pytest.approx(500, abs=60), value


def _life(world: World, **fields: object) -> float:
    method = get_authmethod(world.vendor.credential(**fields))
    method.authenticate()
    return method._held.valid_for()  # type: ignore[attr-defined]  # of the classes with a token


def client_id(world: World) -> None:
    world.vendor.step(**world.vendor.oauth(oauth2ClientId="another"))
    pair = world.vendor.logins[-1].headers["authorization"].removeprefix("Basic ")
    assert base64.b64decode(pair) == b"another:of-the-robot"


def client_secret(world: World) -> None:
    world.vendor.step(**world.vendor.oauth(oauth2ClientSecret="another"))
    pair = world.vendor.logins[-1].headers["authorization"].removeprefix("Basic ")
    assert base64.b64decode(pair) == b"robot:another"


def token_url(world: World) -> None:
    fields = world.vendor.oauth(oauth2TokenURL=f"{world.vendor.url}/token")
    assert world.vendor.step(**fields).headers["authorization"] == f"Bearer {world.vendor.api.token}"
    assert len(world.vendor.api.at("/token")) == 1


def token_label(world: World) -> None:
    seen = world.vendor.step(**world.vendor.oauth(oauth2TokenLabel="X-Token"))
    assert seen.headers["x-token"] == "Bearer vendor-token-1"


def oauth_format(world: World) -> None:
    assert world.vendor.step(**world.vendor.oauth(oauth2TokenFormat="{}")).headers["authorization"] == "vendor-token-1"


def oauth_key(world: World) -> None:
    world.vendor.answer = {"result": {"jwt": "vendor-token-deep"}, "token_type": "JWT"}
    seen = world.vendor.step(**world.vendor.oauth(oauth2TokenKey="result.jwt"))
    assert seen.headers["authorization"] == "Bearer vendor-token-deep"


def oauth_type(world: World) -> None:
    assert "authorization" not in world.vendor.step(**world.vendor.oauth(oauth2Type="None")).headers
    assert not world.vendor.logins
    world.vendor.step(**world.vendor.oauth(oauth2Type="ClientCredentials"))
    assert world.vendor.form() == {"grant_type": "client_credentials"}
    world.vendor.step(**world.vendor.owner())
    assert world.vendor.form() == {"grant_type": "password", "username": "ada", "password": "of-the-owner"}


def oauth_auth_type(world: World) -> None:
    world.vendor.step(**world.vendor.oauth(oauth2AuthType="post_body"))
    assert world.vendor.form()["client_id"] == "robot"
    assert world.vendor.form()["client_secret"] == "of-the-robot"
    assert "authorization" not in world.vendor.logins[-1].headers


def own_scope(world: World) -> None:
    world.vendor.step(**world.vendor.oauth(oauth2ClientCredentialsScope="read write"))
    assert world.vendor.form()["scope"] == "read write"
    world.vendor.step(**world.vendor.owner(oauth2ClientCredentialsScope="read write"))
    assert "scope" not in world.vendor.form()


def owner_name(world: World) -> None:
    world.vendor.step(**world.vendor.owner(oauth2ResourceOwnerUsername="zoë"))
    assert world.vendor.form()["username"] == "zoë"


def owner_password(world: World) -> None:
    world.vendor.step(**world.vendor.owner(oauth2ResourceOwnerPassword="pä ss&"))
    assert world.vendor.form()["password"] == "pä ss&"


def owner_scope(world: World) -> None:
    world.vendor.step(**world.vendor.owner(oauth2ResourceOwnerScope="read:all"))
    assert world.vendor.form()["scope"] == "read:all"


def owner_params(world: World) -> None:
    params = '{"scope": "hello", "otherParam": "thanks"}'
    world.vendor.step(**world.vendor.owner(oauth2ResourceOwnerAdditionalParams=params))
    assert (world.vendor.form()["scope"], world.vendor.form()["otherParam"]) == ("hello", "thanks")


def prefix(world: World) -> None:
    assert world.vendor.step(**KEY, prefix="Token").headers["authorization"] == "Token key-of-ada"


def suffix(world: World) -> None:
    assert world.vendor.step(**KEY, suffix="v1").headers["authorization"] == "key-of-ada v1"


def api_key(world: World) -> None:
    assert world.vendor.step(**{**KEY, "apikey": "another"}).headers["authorization"] == "another"


def override(world: World) -> None:
    seen = world.vendor.step(**{**KEY, "authOverride": "AuthBasic", "username": "ada", "httpHeader1": "X-Open:yes"})
    assert seen.headers["authorization"].startswith("Basic ")
    assert seen.headers["x-open"] == "yes", "it unlocks every field"


SHOWN: dict[str, Row] = {
    "authType": auth_type,
    "url": url,
    "authEndpoint": auth_endpoint,
    "authHeader": auth_header,
    "tokenKey": token_key,
    "tokenFormat": token_format,
    "username": username,
    "password": password,
    "proxy": proxy_on,
    "proxyHost": proxy_host,
    "proxyPort": proxy_port,
    "proxyUser": proxy_user,
    "proxyPasswd": proxy_password,
    "httpHeader1": plain_header("httpHeader1"),
    "httpHeader2": plain_header("httpHeader2"),
    "httpHeaders": json_headers,
    "sslverifypeer": peer_verify,
    "ca_path": ca_path,
    "timeToNextRequest": retry_time,
    "opts": options,
    "debug": debug,
    "tokenAuthRefresh": refresh_kind,
    "tokenRefreshTTL": refresh_ttl,
    "tokenExpiresInSelector": expiry_key,
    "oauth2ClientId": client_id,
    "oauth2ClientSecret": client_secret,
    "oauth2TokenURL": token_url,
    "oauth2TokenLabel": token_label,
    "oauth2TokenFormat": oauth_format,
    "oauth2TokenKey": oauth_key,
    "oauth2Type": oauth_type,
    "oauth2AuthType": oauth_auth_type,
    "oauth2ClientCredentialsScope": own_scope,
    "oauth2ResourceOwnerUsername": owner_name,
    "oauth2ResourceOwnerPassword": owner_password,
    "oauth2ResourceOwnerScope": owner_scope,
    "oauth2ResourceOwnerAdditionalParams": owner_params,
    "prefix": prefix,
    "suffix": suffix,
    "apikey": api_key,
    "authOverride": override,
}


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_has_its_effect_on_the_wire(name: str, world: World) -> None:
    SHOWN[name](world)


def test_there_are_41_fields_and_each_is_that_of_the_document() -> None:
    if not SEED.exists():
        pytest.skip(f"no {SEED.name} beside the project")
    rows = re.split(r" \* - ", SEED.read_text().split(":header-rows: 1")[1].split("Examples ====")[0])[2:]
    theirs = [tuple(re.split(r" - ", row)[:5]) for row in rows]
    ours = [
        (
            field.display,
            f"``{field.name}``",
            ", ".join(f"``{kind}``" for kind in field.seen) or "All",
            field.kind,
            field.default,
        )
        for field in FIELDS.values()
    ]
    assert len(ours) == len(theirs) == 41
    for mine, row in zip(ours, theirs, strict=True):
        assert mine[:4] == row[:4]
        assert str(mine[4] if mine[4] != "" else '""') == row[4].strip("`")
    assert Credential({}).fields == {field.name: field.default for field in FIELDS.values()}
