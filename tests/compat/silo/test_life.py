"""The life of a request: what is called, what is sent once, what follows a refusal, what never leaves home."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from lychgate.compat.silo import (
    AuthApiKey,
    AuthBasic,
    Authenticator,
    AuthToken,
    Credential,
    add_auth,
    get_authmethod,
    http_check_result,
    http_step,
)
from lychgate.kernel.errors import InsecureError, NotReplayable, TransientError
from support.api_server import Api, Seen, serve_api
from support.vendor import Vendor, sent

KEY = {"authType": "AuthApiKey", "authHeader": "X-API-Key", "apikey": "key-of-ada"}
THREADS = 20


@pytest.fixture
def elsewhere() -> Iterator[Api]:
    with serve_api() as api:
        yield api


def named(cls: type, **methods: Any) -> Any:
    """A registered subclass."""
    made: Any = type(cls.__name__ + "Of", (cls,), methods)
    made.build = staticmethod(lambda credentials, **kwargs: made(credentials, **kwargs))
    made.get_name = staticmethod(lambda: made.__name__)
    return add_auth(made)


def test_each_member_is_called_in_its_order_and_a_false_renews_and_repeats_once(vendor: Vendor) -> None:
    called: list[str] = []

    def noting(name: str, answer: Any) -> Any:
        return lambda self, *given: called.append(name) or answer

    life = ("authenticate", "modify_request", "modify_session", "check_result")
    methods = {name: noting(name, name != "check_result") for name in life}
    cls = named(AuthBasic, **methods)
    vendor.step(authOverride=cls.__name__)
    assert called == list(life) * 2
    assert len(vendor.api.at("/data")) == 2, "once more, not for ever"


def test_the_five_stock_classes_say_who_they_are(vendor: Vendor) -> None:
    for name in ("AuthNone", "AuthBasic", "AuthToken", "AuthApiKey", "AuthOAuth2"):
        method = get_authmethod(vendor.credential(**vendor.token(authType=name)))
        assert isinstance(method, Authenticator)
        assert method.get_name() == name
        assert method.get_desc()
        assert method.check_if_authenticated() is (name in ("AuthNone", "AuthBasic", "AuthOAuth2"))


@pytest.mark.parametrize(("status", "plain", "token"), [(200, True, True), (401, False, False), (403, True, False)])
def test_a_401_is_a_refusal_and_a_403_where_a_token_was_sent(status: int, plain: bool, token: bool) -> None:
    result = requests.Response()
    result.status_code = status
    assert (http_check_result(result), http_check_result(result, token=True)) == (plain, token)


def test_a_session_can_be_modified_by_hand(vendor: Vendor) -> None:
    for fields, name in ((KEY, "x-api-key"), (vendor.token(), "authorization")):
        method, session = get_authmethod(vendor.credential(**fields)), requests.Session()
        assert method.modify_request(session)
        assert name in _arrived(vendor, sent(session, f"{vendor.url}/data"))


def _arrived(vendor: Vendor, answer: requests.Response) -> dict[str, str]:
    assert answer.ok
    return vendor.api.at("/data")[-1].headers


def test_the_current_token_is_an_attribute_for_a_class_that_puts_it_in_the_query(vendor: Vendor) -> None:
    def modify_request(self: Any, res: Any) -> bool:
        res.params["token"] = self.token
        return True

    cls = named(AuthToken, modify_request=modify_request)
    seen = vendor.step(**vendor.token(authOverride=cls.__name__))
    assert seen.query == {"token": ["vendor-token-1"]}


def test_threads_that_find_no_token_send_one_request_and_so_do_those_that_are_all_refused(vendor: Vendor) -> None:
    credential, gate = vendor.credential(**vendor.token()), threading.Barrier(THREADS)

    def step(_: int) -> int:
        gate.wait(20)
        return http_step(credential, "GET", "/data").status_code

    with ThreadPoolExecutor(THREADS) as pool:
        assert set(pool.map(step, range(THREADS))) == {200}
        assert len(vendor.logins) == 1
        vendor.api.allow = lambda seen: seen.headers.get("authorization") != "Bearer vendor-token-1"
        assert set(pool.map(step, range(THREADS))) == {200}
    assert len(vendor.logins) == 2


def test_a_renewal_that_does_not_help_is_not_repeated_for_each_refusal(vendor: Vendor) -> None:
    vendor.api.allow, vendor.api.refusal = lambda seen: False, 403
    credential = vendor.credential(**vendor.token())
    for _ in range(4):
        assert http_step(credential, "GET", "/data").status_code == 403
    assert len(vendor.logins) == 2
    assert len(vendor.api.at("/data")) == 5


def test_the_token_is_kept_for_other_processes_where_a_store_is_named(vendor: Vendor, tmp_path: Path) -> None:
    credential = vendor.credential(**vendor.token())
    for _ in range(2):
        get_authmethod(credential, store=tmp_path).authenticate()
        get_authmethod(credential).authenticate()
    assert len(vendor.logins) == 2, "one for the folder, one for the memory"
    texts = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert any("vendor-token" in text for text in texts)
    assert not any("of-ada-herself" in text for text in texts)


def test_an_owners_token_is_renewed_by_its_refresh_token(vendor: Vendor) -> None:
    vendor.answer |= {"refresh_token": "refresh-{}", "expires_in": 3600}
    credential = vendor.credential(**vendor.owner())
    assert http_step(credential).ok
    vendor.api.allow = lambda seen: seen.headers.get("authorization") != "Bearer vendor-token-1"
    assert http_step(credential).ok
    assert vendor.form() == {"grant_type": "refresh_token", "refresh_token": "refresh-1"}


def test_the_later_hooks_have_their_say(vendor: Vendor) -> None:
    def modify_token_session(self: Any, session: Any) -> None:
        session.headers["X-Tenant"] = "t7"
        session.params["v"] = "2"

    def modify_session(self: Any, session: Any) -> None:
        session.headers["X-Trace"] = "on"

    methods = {
        "modify_token_session": modify_token_session,
        "modify_session": modify_session,
        "get_token_request_args": lambda self: {"method": "PUT", "data": {"who": self.credentials.fields["username"]}},
        "process_response": lambda self, response: {"access_token": response.headers["X-Token"]},
        "generate_cache_key": lambda self: "one for all",
    }
    cls = named(AuthToken, **methods)
    vendor.answer, vendor.headers = [], {"X-Token": "from-a-header"}
    seen = vendor.step(**vendor.token(authOverride=cls.__name__))
    assert (seen.headers["authorization"], seen.headers["x-trace"]) == ("Bearer from-a-header", "on")
    login = vendor.logins[0]
    assert (login.method, login.query, login.body) == ("PUT", {"v": ["2"]}, b"who=ada")
    assert login.headers["x-tenant"] == "t7"
    vendor.step(**vendor.token(authOverride=cls.__name__, username="grace"))
    assert len(vendor.logins) == 1, "they share the key, so they share the token"


def test_the_hooks_about_fields_name_what_is_joined_and_what_decides_on_the_token(vendor: Vendor) -> None:
    cls = named(AuthApiKey, get_api_key_fields=lambda self: ["username", "apikey"])
    assert vendor.step(**KEY, authOverride=cls.__name__, username="ada").headers["x-api-key"] == "ada key-of-ada"
    cls = named(AuthToken, get_token_fields=lambda self: ["username"])
    for password in ("one-password", "another-one"):
        vendor.step(**vendor.token(authOverride=cls.__name__, password=password))
    assert len(vendor.logins) == 1


@pytest.mark.parametrize("by", ["header", "query", "basic"])
def test_a_redirect_to_another_origin_goes_without_anything_of_ours(vendor: Vendor, elsewhere: Api, by: str) -> None:
    def in_query(self: Any, res: Any) -> bool:
        res.params["key"] = "key-of-ada"
        return True

    cls = named(AuthApiKey, modify_request=in_query)
    fields = {
        "header": {**KEY, "httpHeaders": '{"X-More": "more-of-ada"}'},
        "query": {**KEY, "authOverride": cls.__name__},
        "basic": {"authType": "AuthBasic", "username": "ada", "password": "key-of-ada"},
    }[by]
    url = f"{elsewhere.url}/data"
    answer = http_step(vendor.credential(**fields), "GET", "/to", params={"url": url, "echo": "yes"})
    assert answer.status_code == 200
    came = elsewhere.seen[0]
    assert not any(text in came for text in ("key-of-ada", "more-of-ada", "YWRh")), came
    assert by != "query" or "key-of-ada" in vendor.api.seen[0]


def test_a_session_modified_by_hand_does_not_take_the_key_away_from_home_either(vendor: Vendor, elsewhere: Api) -> None:
    session = requests.Session()
    get_authmethod(vendor.credential(**KEY)).modify_request(session)
    assert sent(session, f"{vendor.url}/to?url={elsewhere.url}/data").ok
    assert "key-of-ada" in vendor.api.seen[0]
    assert "key-of-ada" not in elsewhere.seen[0]


def test_a_netrc_for_the_host_is_never_read(
    vendor: Vendor, elsewhere: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password of-the-other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert requests.get(f"{vendor.url}/data", timeout=20).request.headers["Authorization"], "requests would read it"
    assert vendor.step(**KEY).headers.get("authorization") is None
    assert vendor.step().headers.get("authorization") is None
    assert vendor.step(**vendor.token()).headers["authorization"] == "Bearer vendor-token-1"
    assert vendor.logins[-1].headers.get("authorization") is None
    for url in (f"{vendor.url}/data", f"{elsewhere.url}/data"):
        http_step(vendor.credential(**KEY), "GET", "/to", params={"url": url})
    assert [seen.headers.get("authorization") for seen in (vendor.api.seen[-2], elsewhere.seen[-1])] == [None, None]


def test_a_body_that_is_gone_is_not_sent_again(vendor: Vendor) -> None:
    vendor.api.allow = lambda seen: seen.headers.get("authorization") != "Bearer vendor-token-1"
    credential = vendor.credential(**vendor.token())
    with pytest.raises(NotReplayable, match="fresh body"):
        http_step(credential, "POST", "/data", data=io.BytesIO(b"once"))
    assert http_step(credential, "POST", "/data", data=io.BytesIO(b"once")).ok
    assert [seen.body for seen in vendor.api.at("/data")] == [b"once", b"once"]


def test_plain_http_to_another_machine_is_refused_before_anything_is_sent() -> None:
    fields = {**KEY, "url": "http://api.example.org"}
    with pytest.raises(InsecureError):
        http_step(Credential(fields))
    login = {"authType": "AuthToken", "authEndpoint": "http://api.example.org/login", "username": "ada"}
    with pytest.raises(InsecureError):
        get_authmethod(Credential(login)).authenticate()


@pytest.mark.parametrize("fault", ["html", "half", "empty", "list"])
def test_a_reply_that_is_no_json_object_is_a_passing_fault(vendor: Vendor, fault: str) -> None:
    body = {"html": b"<p>login</p>", "half": b'{"access_tok', "empty": b"", "list": b"[1]"}[fault]

    def instead(seen: Seen) -> Any:
        return (200, {}, body) if seen.path == "/login" else None

    vendor.api.instead = instead
    try:
        with pytest.raises(TransientError):
            vendor.step(**vendor.token())
    finally:
        vendor.api.instead = vendor.respond
    assert not vendor.api.at("/data")
