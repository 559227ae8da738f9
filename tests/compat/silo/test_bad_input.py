"""What does not fit is refused with the field named, before any request is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import lychgate
from lychgate.compat.silo import Authenticator, Credential, add_auth, get_authmethod, http_step
from lychgate.compat.silo.fields import FIELDS
from lychgate.kernel.errors import ConfigError, Refused
from support.vendor import Vendor

WRONG = {"string": [7, None, b"bytes", ["a"]], "boolean": ["true", 1, None], "number": ["60", True, None, [1]]}


@pytest.mark.parametrize("name", FIELDS)
def test_a_value_of_the_wrong_type_is_refused_with_the_field_named(name: str) -> None:
    for value in WRONG[FIELDS[name].kind]:
        with pytest.raises(ConfigError, match=f"{name} must be a {FIELDS[name].kind}") as caught:
            Credential({name: value})
        assert caught.value.field == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("authType", "AuthMagic"),
        ("url", "api.example.org"),
        ("authEndpoint", "ftp://api.example.org"),
        ("oauth2TokenURL", "https://"),
        ("authHeader", "X API"),
        ("authHeader", ""),
        ("oauth2TokenLabel", "X:API"),
        ("tokenKey", ""),
        ("tokenKey", "a..b"),
        ("oauth2TokenKey", "."),
        ("tokenExpiresInSelector", "token."),
        ("tokenFormat", "Bearer"),
        ("tokenFormat", "{} {}"),
        ("tokenFormat", "Bearer {}\r\nX: y"),
        ("oauth2TokenFormat", ""),
        ("username", "ada\nX: y"),
        ("proxyHost", "http://proxy"),
        ("proxyHost", "proxy:3128"),
        ("proxyHost", "user@proxy"),
        ("proxyPort", 0),
        ("proxyPort", 65536),
        ("proxyPort", 31.5),
        ("httpHeader1", "no colon"),
        ("httpHeader2", "X-A: b\r\nX-C: d"),
        ("httpHeaders", "{"),
        ("httpHeaders", "[1]"),
        ("httpHeaders", '"text"'),
        ("httpHeaders", '{"X-A": 1}'),
        ("httpHeaders", '{"X-A": "b\\r\\nc"}'),
        ("httpHeaders", "[" * 100_000),
        ("opts", "yes"),
        ("opts", "null"),
        ("oauth2ResourceOwnerAdditionalParams", "7"),
        ("timeToNextRequest", -1),
        ("timeToNextRequest", float("nan")),
        ("tokenRefreshTTL", float("inf")),
        ("tokenAuthRefresh", "sometimes"),
        ("oauth2Type", "AuthorizationCode"),
        ("oauth2AuthType", "jwt"),
        ("ca_path", "/nowhere/ca.pem"),
        ("ca_path", __file__),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_the_field_named(name: str, value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        Credential({name: value})
    assert caught.value.field == name
    assert name in str(caught.value)


def test_a_proxy_that_is_on_must_be_named() -> None:
    with pytest.raises(ConfigError, match="proxyHost"):
        Credential({"proxy": True, "proxyPort": 3128})
    assert Credential({"proxyPort": "", "proxy": False}).fields["proxyPort"] == "", "an empty number is unset"


def test_an_unknown_field_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(ConfigError, match=r"tokenkey.*tokenKey\?"):
        Credential({"tokenkey": "x"})


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("url", {"url": ""}),
        ("authOverride", {"authOverride": "AuthNobody"}),
        ("username", {"authType": "AuthBasic"}),
        ("username", {"authType": "AuthBasic", "username": "a:b"}),
        ("apikey", {"authType": "AuthApiKey"}),
        ("apikey", {"authType": "AuthApiKey", "apikey": "line\nend"}),
        ("opts", {"authType": "AuthApiKey", "apikey": "key-of-ada", "opts": '{"a": [1]}'}),
        ("username", {"authType": "AuthToken"}),
        ("opts", {"authType": "AuthToken", "username": "ada", "opts": '{"body": "xml"}'}),
        ("opts", {"authType": "AuthToken", "username": "ada", "opts": '{"body": "form", "a": {"b": 1}}'}),
        ("oauth2TokenURL", {"authType": "AuthOAuth2", "oauth2Type": "ClientCredentials", "oauth2ClientSecret": "s"}),
        ("oauth2ClientId", {"authType": "AuthOAuth2", "oauth2Type": "ClientCredentials", "oauth2ClientSecret": "s1"}),
        ("oauth2ClientSecret", {"authType": "AuthOAuth2", "oauth2Type": "ClientCredentials"}),
        ("oauth2ResourceOwnerUsername", {"authType": "AuthOAuth2", "oauth2Type": "ResourceOwner"}),
        (
            "oauth2ResourceOwnerAdditionalParams",
            {
                "authType": "AuthOAuth2",
                "oauth2Type": "ResourceOwner",
                "oauth2ResourceOwnerAdditionalParams": '{"grant_type": "x"}',
            },
        ),
    ],
)
def test_what_a_class_lacks_is_named_before_anything_is_sent(
    vendor: Vendor, field: str, fields: dict[str, Any]
) -> None:
    where = {} if field == "oauth2TokenURL" else {"oauth2TokenURL": f"{vendor.url}/login"}
    with pytest.raises(ConfigError) as caught:
        http_step(Credential({"url": vendor.url, **where, **fields}))
    assert caught.value.field == field
    assert field in str(caught.value)
    assert not vendor.api.seen


@pytest.mark.parametrize("name", ["tokenKey", "oauth2TokenKey"])
def test_a_selector_that_finds_nothing_is_named_and_the_api_is_not_asked(vendor: Vendor, name: str) -> None:
    vendor.answer = {"token": "vendor-token", "user": "ada"}
    fields = vendor.token(tokenKey="data.jwt") if name == "tokenKey" else vendor.oauth(oauth2TokenKey="data.jwt")
    with pytest.raises(ConfigError, match=rf'{name} finds no token.*"data.jwt".*there are: token, user') as caught:
        vendor.step(**fields)
    assert caught.value.field == name
    assert "vendor-token" not in str(caught.value)
    assert not vendor.api.at("/data")


@pytest.mark.parametrize("value", [None, "soon", {}, [], True, -5, "1e999", 0])
def test_an_expiry_that_makes_no_sense_gives_way(vendor: Vendor, value: Any) -> None:
    vendor.answer["expires_in"] = value
    vendor.step(**vendor.token())
    vendor.step(**vendor.token(tokenRefreshTTL=500))
    assert len(vendor.api.at("/data")) == 2


def test_the_vendors_own_words_are_told_without_the_password(vendor: Vendor) -> None:
    vendor.status, vendor.answer = 400, {"error": "bad_login", "error_description": "no, not of-ada-herself"}
    with pytest.raises(Refused, match="bad_login") as caught:
        vendor.step(**vendor.token())
    assert "of-ada-herself" not in str(caught.value)


def test_a_token_that_no_header_can_carry_is_refused(vendor: Vendor) -> None:
    vendor.answer = {"access_token": "line\r\nX-Evil: yes"}
    with pytest.raises(lychgate.LychgateError):
        vendor.step(**vendor.token())
    assert not vendor.api.at("/data")


def test_a_secret_may_come_from_elsewhere(vendor: Vendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY_OF_ADA", "key-from-the-environment")
    fields = {"authType": "AuthApiKey", "apikey": lychgate.Secret.env("KEY_OF_ADA")}
    assert vendor.step(**fields).headers["authorization"] == "key-from-the-environment"
    with pytest.raises(ConfigError, match="url must be a string"):
        Credential({"url": lychgate.Secret.env("KEY_OF_ADA")})


def test_what_is_no_credential_and_what_has_no_name_is_refused() -> None:
    with pytest.raises(ConfigError, match="Credential"):
        get_authmethod({"authType": "AuthNone"})

    class Nameless(Authenticator):
        @staticmethod
        def get_name() -> str:
            return ""

    with pytest.raises(ConfigError, match="get_name"):
        add_auth(Nameless)
