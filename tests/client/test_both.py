"""Two credentials on one request."""

from __future__ import annotations

import time

import pytest
import requests

import lychgate
from lychgate.client.authenticators.api_key import ApiKey
from lychgate.client.authenticators.basic import Basic
from lychgate.client.authenticators.bearer import Bearer
from lychgate.client.authenticators.digest import Digest
from lychgate.client.sources.login import Login
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import Headers, Request, Response
from support.api_server import serve_api
from support.play import Play, token

REQUEST = Request("GET", "https://api.example.org/x?a=1")
LOGIN = Login(url="https://auth.example.org/login", username="ada", password="of-the-user")


def test_both_go_on_the_wire() -> None:
    with serve_api() as api:
        auth = lychgate.auth(Bearer("tok-en") + ApiKey("k-ey", name="key", place="query"), origins=[api.url])
        assert requests.get(api.url + "/x", auth=auth, timeout=10).ok
        assert api.seen[0].headers["authorization"] == "Bearer tok-en"
        assert api.seen[0].query == {"key": ["k-ey"]}
    assert (Bearer("t") + ApiKey("k")).standing() == (("Authorization", "Bearer t"), ("X-API-Key", "k"))


def test_a_401_renews_the_one_and_keeps_the_other() -> None:
    for both in (LOGIN + ApiKey("k"), ApiKey("k") + LOGIN):
        play = Play(token("a1", expires_in=60), token("a2", expires_in=60), now=time.time())
        play.attempts.extend([Response(401), Response(200)])
        assert play.run(both.authenticate(REQUEST)).status == 200
        assert [sent.headers["Authorization"] for sent in play.attempted] == ["Bearer a1", "Bearer a2"]
        assert [sent.headers["X-API-Key"] for sent in play.attempted] == ["k", "k"]


def test_what_signs_the_request_comes_last_and_sees_the_others_parameter() -> None:
    play = Play()
    challenge = Headers({"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"'})
    play.attempts.extend([Response(401, challenge), Response(200)])
    both = Digest("u", "p") + ApiKey("k", name="key", place="query")
    assert play.run(both.authenticate(REQUEST)).status == 200
    assert 'uri="/x?a=1&key=k"' in play.attempted[-1].headers["Authorization"]
    assert both.signs


@pytest.mark.parametrize(
    "make",
    [
        lambda: (Bearer("t") + Basic("u", "p")).standing(),
        lambda: (Bearer("t") + Basic("u", "p")).ready(REQUEST),
        lambda: (ApiKey("a", place="query") + ApiKey("b", place="query")).ready(REQUEST),
        lambda: Digest("u", "p") + Digest("u", "p"),
    ],
)
def test_two_for_one_place_are_refused(make) -> None:
    with pytest.raises(ConfigError):
        make()


def test_what_is_no_credential_is_refused() -> None:
    with pytest.raises(TypeError, match="str"):
        _ = Bearer("t") + "text"
