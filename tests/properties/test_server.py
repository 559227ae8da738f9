"""The server's readers: forms, queries, cookies, redirect URIs, refresh tokens, settings."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lychgate.kernel.errors import ConfigError
from lychgate.oauth.error import OAuthError
from lychgate.server.checks.check import Asking
from lychgate.server.checks.redirect import is_registered
from lychgate.server.config import Config
from lychgate.server.configuration.configure import load
from lychgate.server.exchange import FIELDS, Call, Form, read_form
from lychgate.server.model import Client, Issuer
from lychgate.server.programs.redirect_uri import check_redirect_uri
from lychgate.server.secrets import fold
from lychgate.server.sessions.browser import Browser, _cookie
from lychgate.server.signing.master import Master
from lychgate.server.signing.refresh_token import Refresh, RefreshTokens
from support.texts import ANY, HEADER, TEXT, few

MASTER = Master(b"m" * 32)
TOKENS = RefreshTokens(MASTER)
FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)


def call(query: bytes = b"", **headers: str) -> Call:
    async def receive() -> Any:
        raise AssertionError("nothing is read")

    lines = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"method": "GET", "path": "/", "query_string": query, "headers": lines}
    return Call(scope, receive, dict(lines), "::1", "id")


def done(flow: Any) -> None:
    """Run a check that waits for nothing."""
    with pytest.raises(StopIteration):
        flow.send(None)


# --- forms and queries


@few
@given(st.binary(max_size=120) | st.text("ab=&%+;\0é0", max_size=60).map(str.encode))
@example(b"&".join([b"a=1"] * (FIELDS + 1)))
def test_any_bytes_are_a_form_or_an_invalid_request_and_so_the_second_time(body: bytes) -> None:
    with contextlib.suppress(OAuthError):
        form = read_form(body)
        assert all(form.values())
        assert read_form(body) == form


@few
@given(st.dictionaries(FIELD, FIELD, max_size=6))
def test_a_form_is_read_as_it_was_encoded(fields: dict[str, str]) -> None:
    assert read_form(urlencode(fields).encode()) == fields


@few
@given(st.binary(max_size=120), FIELD)
@example(b"&".join([b"a=1"] * (FIELDS + 1)), "a")
def test_no_query_breaks_a_page(query: bytes, name: str) -> None:
    call(query).query_value(name)


@few
@given(st.dictionaries(FIELD, FIELD, min_size=1, max_size=6))
def test_a_query_is_read_as_it_was_encoded(fields: dict[str, str]) -> None:
    made = call(urlencode(fields).encode())
    assert {name: made.query_value(name) for name in fields} == fields


# --- cookies


ENGINE: Any = SimpleNamespace(issuer=Issuer("main", "http://127.0.0.1:8080"), master=MASTER)


@few
@given(HEADER | HEADER.map("lychgate=".__add__) | st.text('lychgate=";, \\1\0', max_size=60))
@example("lychgate=" + "é" * 43)
def test_any_cookie_is_one_of_ours_in_form_or_none(header: str) -> None:
    found = _cookie(ENGINE, call(cookie=header))
    assert found is None or len(found) == 43


@few
@given(
    st.from_regex(r"[A-Za-z0-9_-]{43}", fullmatch=True),
    st.lists(st.from_regex(r"[a-z]{1,6}=[a-z]{0,6}", fullmatch=True)),
)
def test_our_cookie_is_found_among_others(value: str, others: list[str]) -> None:
    assert _cookie(ENGINE, call(cookie="; ".join([*others, f"lychgate={value}"]))) == value


@few
@given(HEADER | st.just("null") | HEADER.map("http://".__add__), HEADER, TEXT)
@example("http://[", "127.0.0.1:8080", "x")
@example("http://a:b", "127.0.0.1:8080", "x")
@example("http://127.0.0.1:8080", "[", "x")
def test_no_origin_host_or_token_of_another_makes_a_form_ours(origin: str, host: str, csrf: str) -> None:
    browser = Browser(ENGINE, call(origin=origin, host=host), "c" * 43, False)
    assert not browser.sent(Form({"csrf": csrf}))
    assert Browser(ENGINE, call(origin="http://127.0.0.1:8080"), "c" * 43, False).sent(Form({"csrf": browser.csrf}))


# --- redirect URIs


REGISTERED = (
    "https://a.example/cb",
    "https://a.example/cb?x=1",
    "http://127.0.0.1/cb",
    "http://127.0.0.1:8888",
    "http://[::1]:8888/cb?x=1",
    "http://localhost/cb",
    "com.example.app:/cb",
)
PIECES = [
    "",
    "/",
    "/..",
    "?",
    "#",
    "@",
    ":",
    ":1",
    ":65535",
    "//",
    "\\",
    "%2f",
    "%5c",
    ".",
    "*",
    " ",
    "\n",
    "\0",
    "a",
    "é",
]


@st.composite
def near(draw: st.DrawFn) -> str:
    """A registered URI with a piece put in, taken out, or both."""
    uri = draw(st.sampled_from(REGISTERED))
    begin = draw(st.integers(0, len(uri)))
    end = draw(st.integers(begin, min(len(uri), begin + 3)))
    return uri[:begin] + draw(st.sampled_from(PIECES) | TEXT) + uri[end:]


def accepted(uri: str) -> bool:
    client = Client("main", "c", "c", redirect_uris=REGISTERED)
    asking = Asking(ENGINE, ENGINE.issuer, Form({"redirect_uri": uri}))
    asking.client = client
    try:
        done(is_registered(asking))
    except OAuthError:
        assert not asking.answerable
        return False
    return asking.answerable and asking.redirect_uri == uri


def differs_by_port_alone(uri: str, known: str) -> bool:
    """Told by another reader of URLs than the check uses."""
    try:
        one, other = urlsplit(uri), urlsplit(known)
        _ = one.port
    except ValueError:
        return False
    here = ("127.0.0.1", "::1", "localhost")
    host = f"[{one.hostname}]" if ":" in (one.hostname or "") else one.hostname
    plain = one.scheme == other.scheme == "http" and one.hostname in here and "@" not in one.netloc
    return (
        plain
        and one.hostname == other.hostname
        and uri.replace(one.netloc, host or "", 1) == known.replace(other.netloc, host or "", 1)
    )


@few
@given(near() | ANY | st.sampled_from(REGISTERED))
def test_a_redirect_uri_is_accepted_when_registered_letter_by_letter_but_for_the_port_on_this_machine(uri: str) -> None:
    if accepted(uri):
        assert uri in REGISTERED or any(differs_by_port_alone(uri, known) for known in REGISTERED)
    else:
        assert uri not in REGISTERED


@few
@given(st.sampled_from([uri for uri in REGISTERED if uri.startswith("http:")]), st.integers(1, 65535))
def test_on_this_machine_any_port_will_do(uri: str, port: int) -> None:
    parts = urlsplit(uri)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    assert accepted(parts._replace(netloc=f"{host}:{port}").geturl())


@few
@given(near() | ANY | ANY.map("https://".__add__) | ANY.map("http://127.0.0.1".__add__))
def test_what_may_be_registered_can_be_nothing_but_where_it_says(uri: str) -> None:
    try:
        check_redirect_uri(uri)
    except OAuthError as refused:
        code, said = refused.error, str(refused)
        assert (code, said.isprintable()) == ("invalid_redirect_uri", True)
    else:
        parts = urlsplit(uri)
        assert uri.isascii()
        assert not set("\\#* \r\n\0") & set(uri)
        assert "@" not in parts.netloc
        assert parts.scheme == "https" or "." in parts.scheme or parts.hostname in ("127.0.0.1", "::1", "localhost")


# --- names and refresh tokens


@few
@given(ANY)
def test_a_folded_name_is_its_own_and_that_of_its_other_case(name: str) -> None:
    assert fold(fold(name)) == fold(name) == fold(f" {name} ")


FAMILY = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
SEQ = st.integers(0, 10**12 - 1)


@few
@given(FAMILY, SEQ)
def test_a_refresh_token_says_what_was_written(family: str, seq: int) -> None:
    assert TOKENS.read(TOKENS.write(family, seq)) == Refresh(family, seq)


@few
@given(FAMILY, SEQ, st.data())
def test_no_refresh_token_survives_the_change_of_one_character(family: str, seq: int, data: st.DataObject) -> None:
    token = TOKENS.write(family, seq)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("Aa0_-.9=é\n") | st.characters())
    for changed in (
        token[:at] + other + token[at + 1 :],
        token[:at] + token[at + 1 :],
        token[:at] + other + token[at:],
    ):
        assert changed == token or TOKENS.read(changed) is None


@few
@given(ANY)
def test_no_text_is_a_refresh_token_of_another_master_key(text: str) -> None:
    assert TOKENS.read(text) is None
    assert TOKENS.read(RefreshTokens(Master(b"n" * 32)).write("family", 1)) is None


# --- settings


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("LYCHGATE_")]:
            patch.delenv(name)
        yield tmp_path_factory.mktemp("settings")


KEYS = [name for name in Config.model_fields if name != "data"]
VALUES = st.sampled_from(
    ["1", "-1", '""', '"x"', "[]", "[[]]", '["a"]', "{}", "{ a = 1 }", "true", "nan", "inf", "1e9", "2020-01-01", "1_0",
     '"http://["', '"https://a:b"', '"http://a.example"', '"https://a.example/p"', '"\\u0000"', '"/x"', "9" * 30,
     "9" * 5000,     "{ climate_engine = 1 }", '{ climate_engine = { alg = "x" } }',
     "{ climate_engine = { audience = [] } }"]
)  # fmt: skip
LINES = st.lists(
    st.builds("{} = {}".format, st.sampled_from([*KEYS, "data", "prot", "[facade]\na"]), VALUES), max_size=3
)


@few
@given(LINES.map("\n".join) | st.text("[]{}=,\"'\n#.port19 facde", max_size=60) | TEXT)
@example("port = " + "9" * 5000)
@example("a = " + "[" * 5000)
@example('issuer = "http://["')
@example('issuer = "https://a:b"')
@example('tls_cert = "\\u0000"\ntls_key = "x"')
def test_any_settings_file_is_a_config_or_a_config_error(folder: Path, text: str) -> None:
    file = folder / "lychgate.toml"
    file.write_bytes(text.encode())
    with contextlib.suppress(ConfigError):
        assert isinstance(load({"data": folder}, file), Config)


@few
@given(st.binary(max_size=60))
def test_any_bytes_in_a_settings_file_are_a_config_or_a_config_error(folder: Path, raw: bytes) -> None:
    file = folder / "lychgate.toml"
    file.write_bytes(raw)
    with contextlib.suppress(ConfigError):
        load({"data": folder}, file)


@few
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "port": st.integers(0, 65535),
            "lifetime": st.integers(1, 86400),
            "access_log": st.booleans(),
            "trusted_proxies": st.lists(st.ip_addresses().map(str), max_size=3),
            "alg": st.sampled_from(["ES256", "RS256", "EdDSA"]),
            "issuer": st.sampled_from(["https://a.example", "https://a.example:8443/path", "http://[::1]:1"]),
        },
    )
)
def test_settings_are_read_as_written(folder: Path, wanted: dict[str, Any]) -> None:
    import tomli_w

    file = folder / "lychgate.toml"
    file.write_text(tomli_w.dumps(wanted))
    found = load({"data": folder}, file)
    for name, value in wanted.items():
        assert getattr(found, name) == (tuple(value) if isinstance(value, list) else value)
