"""A credential of the Snippet Framework as a profile, for ``http_step`` and for every HTTP library."""

from __future__ import annotations

import asyncio
import sys
import tomllib
from pathlib import Path

import aiohttp
import httpx
import httpx2
import pytest
import requests

import lychgate
from lychgate.cli import main
from lychgate.compat.silo import Credential, http_step
from lychgate.compat.silo.fields import FIELDS
from lychgate.compat.silo.profile import Silo
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.options import options_of
from support.forward_proxy import PASSWORD, USER, forward_proxy
from support.terminal import at_terminal
from support.tls import certificate
from support.vendor import Vendor, vendor_api


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vendor: Vendor) -> object:
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path))
    monkeypatch.setenv("PASSWORD_OF_ADA", "of-ada-herself")

    def written(*lines: str) -> None:
        table = ["[profile.vendor]", 'authenticator = "silo"', f'url = "{vendor.url}"', *lines]
        (tmp_path / "profiles.toml").write_text("\n".join(table))
        (tmp_path / "profiles.toml").chmod(0o600)

    return written


def token(vendor: Vendor) -> list[str]:
    login = f'authEndpoint = "{vendor.url}/login"'
    return ['authType = "AuthToken"', login, 'username = "ada"', 'password = "env:PASSWORD_OF_ADA"']


def test_the_options_of_the_profile_are_the_fields_of_the_table() -> None:
    options = {option.name: option for option in options_of(Silo)}
    assert list(options) == list(FIELDS)
    assert {name for name, option in options.items() if option.secret} == {n for n, f in FIELDS.items() if f.secret}


def test_a_profile_serves_a_step_and_every_library_with_a_renewal(write, vendor: Vendor) -> None:  # type: ignore[no-untyped-def]  # the fixture
    write(*token(vendor), 'httpHeader1 = "X-Sample-Header:yes"', "timeToNextRequest = 5")
    assert http_step(Credential.profile("vendor"), "GET", "/data").ok
    auth = lychgate.auth("vendor", origins=[vendor.url])
    vendor.api.allow = lambda seen: seen.headers.get("authorization") != "Bearer vendor-token-1"
    assert requests.get(f"{vendor.url}/data", auth=auth, timeout=20).ok
    assert httpx2.get(f"{vendor.url}/data", auth=auth).is_success  # type: ignore[arg-type]  # it is one by isinstance
    assert len(vendor.logins) == 2, "the step and the libraries share the login"
    assert vendor.api.at("/data")[-1].headers["x-sample-header"] == "yes"


def test_an_api_key_with_parameters_is_put_on_a_request_that_has_some(write, vendor: Vendor) -> None:  # type: ignore[no-untyped-def]  # as above
    write('authType = "AuthApiKey"', 'apikey = "env:PASSWORD_OF_ADA"', """opts = '{"v": "2"}'""")
    assert requests.get(f"{vendor.url}/data?a=1", auth=lychgate.auth("vendor"), timeout=20).ok
    assert vendor.api.seen[-1].query == {"a": ["1"], "v": ["2"]}
    assert vendor.api.seen[-1].headers["authorization"] == "of-ada-herself"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('password = "of-ada-herself"', "password.*typed in clear"),
        ('tokenFormat = "Bearer"', "tokenFormat must have one"),
        ('proxyPort = "3128"', "proxyPort"),
        ('tokenkey = "x"', r"tokenKey\?"),
    ],
)
def test_what_does_not_fit_is_refused_with_file_and_line(write, line: str, said: str) -> None:  # type: ignore[no-untyped-def]  # as above
    write(line)
    with pytest.raises(ConfigError, match=rf"profiles\.toml:4: .*{said}"):
        lychgate.auth("vendor")


def test_a_profile_of_another_kind_is_no_credential(write, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # as above
    (tmp_path / "profiles.toml").write_text('[profile.other]\nauthenticator = "anonymous"\n')
    with pytest.raises(ConfigError, match="none of the Snippet Framework"):
        Credential.profile("other")


async def aiohttps(url: str, auth: lychgate.Auth) -> str:
    async with (
        aiohttp.ClientSession(middlewares=(auth,)) as session,
        session.get(url, **auth.connection("aiohttp")) as answer,
    ):
        answer.raise_for_status()
        return answer.headers.get("via", "")


LIBRARIES = {
    "requests": lambda url, auth: requests.get(url, auth=auth, timeout=20, **auth.connection("requests")),
    "httpx": lambda url, auth: httpx.Client(auth=auth, **auth.connection("httpx")).get(url),
    "httpx2": lambda url, auth: httpx2.Client(auth=auth, **auth.connection()).get(url),
}


def test_the_credentials_proxy_holds_for_requests_to_the_api(
    write,
    vendor: Vendor,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],  # type: ignore[no-untyped-def]  # as above
) -> None:
    with forward_proxy(tmp_path) as port:
        lines = f'proxy = true\nproxyHost = "127.0.0.1"\nproxyPort = {port}\nproxyUser = "{USER}"'
        write(*token(vendor), lines, 'proxyPasswd = "env:PASSWORD_OF_THE_PROXY"', f'origins = ["{vendor.url}"]')
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PASSWORD_OF_THE_PROXY", PASSWORD)
            auth = lychgate.auth("vendor")
            for get in LIBRARIES.values():
                get(f"{vendor.url}/data", auth).raise_for_status()
            asyncio.run(aiohttps(f"{vendor.url}/data", auth))
            assert main(["call", "GET", f"{vendor.url}/data"]) == 0
    assert len(vendor.api.at("/data")) == 5
    assert all("via" in seen.headers for seen in [*vendor.api.at("/data"), *vendor.logins])
    assert PASSWORD not in repr(auth) + auth.explain(vendor.url) + repr(auth._credential.authenticator.way())


def test_a_library_that_is_not_told_of_the_credentials_proxy_is_a_warning_that_says_how(
    write,
    vendor: Vendor,
    caplog: pytest.LogCaptureFixture,  # type: ignore[no-untyped-def]  # as above
) -> None:
    lines = (
        'proxy = true\nproxyHost = "127.0.0.1"\nproxyPort = 9\nproxyUser = "bob"\nproxyPasswd = "env:PASSWORD_OF_ADA"'
    )
    write('authType = "AuthApiKey"', 'apikey = "env:PASSWORD_OF_ADA"', lines, f'origins = ["{vendor.url}"]')
    bare = {
        "requests": lambda auth: requests.get(f"{vendor.url}/data", auth=auth, timeout=20),
        "httpx": lambda auth: httpx.Client(auth=auth).get(f"{vendor.url}/data"),
        "httpx2": lambda auth: httpx2.Client(auth=auth).get(f"{vendor.url}/data"),
        "aiohttp": lambda auth: asyncio.run(unaware(f"{vendor.url}/data", auth)),
    }
    for library, get in bare.items():
        auth = lychgate.auth("vendor")
        caplog.clear()
        get(auth)
        get(auth)
        (said,) = [record.getMessage() for record in caplog.records if "auth.connection" in record.getMessage()]
        assert "a proxy" in said
        assert f'**auth.connection("{library}")' in said
        assert "of-ada" not in said
    assert "over a connection with a proxy" in auth.explain(f"{vendor.url}/data")
    assert lychgate.fsspec(auth)["proxy"].endswith("@127.0.0.1:9")
    assert set(lychgate.fsspec(lychgate.auth(lychgate.Bearer("a-token")))) == {"client_kwargs"}


async def unaware(url: str, auth: lychgate.Auth) -> int:
    async with aiohttp.ClientSession(middlewares=(auth,)) as session, session.get(url) as answer:
        return answer.status


def test_the_credentials_certificates_hold_for_requests_to_the_api(write, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # as above
    made = certificate(tmp_path, "127.0.0.1")
    with vendor_api(made) as vendor:
        for line, trusted in ((f'ca_path = "{made.ca}"', True), ("sslverifypeer = false", True), ("", False)):
            write('authType = "AuthApiKey"', 'apikey = "env:PASSWORD_OF_ADA"', line)
            auth = lychgate.auth("vendor", origins=[vendor.url])
            for get in LIBRARIES.values():
                if trusted:
                    assert get(f"{vendor.url}/data", auth).status_code == 200
                else:
                    with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
                        get(f"{vendor.url}/data", auth)
            if trusted:
                asyncio.run(aiohttps(f"{vendor.url}/data", auth))
    assert lychgate.auth(lychgate.Bearer("a-token")).connection() == {}
    with pytest.raises(ConfigError, match="requests"):
        auth.connection("request")


def added(home: Path, answers: dict[str, str], *flags: str) -> dict[str, object]:
    """What ``lychgate profile add`` at a terminal makes of the answers: they are asked for in this order alone."""
    words = ("-m", "lychgate", "profile", "add", "vendor", "--authenticator", "silo", *flags)
    env = {"LYCHGATE_HOME": str(home), "HOME": str(home)}
    with at_terminal(sys.executable, *words, env=env, size=(40, 400)) as person:
        for name, answer in answers.items():
            person.wait_for(rf"(?:^|\n){name} \([^\n]*\): ?$")
            person.type(answer + "\n")
        assert person.end() == 0, person.seen
    made: dict[str, object] = tomllib.loads((home / "profiles.toml").read_text())["profile"]["vendor"]
    return made


def test_a_person_is_asked_for_the_fields_that_the_type_shows(tmp_path: Path) -> None:
    basic = {"authType": "AuthBasic", "url": "https://api.example.org", "username": "ada", "password": "env:PW"}
    assert added(tmp_path, basic) == {"authenticator": "silo", **basic}
    (tmp_path / "profiles.toml").unlink()
    key = ("authHeader", "httpHeader1", "httpHeader2", "opts", "prefix", "suffix", "apikey")
    typed = {"proxyHost": "proxy.example.org", "proxyPort": "3128", "proxyUser": "", "proxyPasswd": ""}
    answers = {"authType": "AuthApiKey", "url": "", **dict.fromkeys(key, ""), "apikey": "env:KEY", **typed}
    expected = {"authType": "AuthApiKey", "apikey": "env:KEY", "proxy": True, "proxyHost": "proxy.example.org"}
    assert added(tmp_path, answers, "--proxy") == {"authenticator": "silo", **expected, "proxyPort": 3128}


def test_an_override_unlocks_all_fields() -> None:
    assert set(Silo.asks({"authType": "AuthNone"})) == {"authType", "url"}
    assert set(Silo.asks({"authType": "AuthNone", "authOverride": "AuthMine"})) == set(FIELDS)
