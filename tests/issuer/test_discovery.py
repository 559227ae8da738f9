"""An issuer's metadata, played by hand."""

from __future__ import annotations

import pytest

from lychgate.issuer import discovery
from lychgate.issuer.discovery import discover
from lychgate.issuer.token import Endpoint, endpoint
from lychgate.kernel.errors import ConfigError, InsecureError, TransientError
from lychgate.kernel.http import Response
from support.play import LOST, Play, answer

ISSUER = "https://auth.example.org/tenant"
GOOD = {"issuer": ISSUER, "token_endpoint": "https://tokens.example.net/token"}


@pytest.fixture(autouse=True)
def _nothing_known() -> None:
    discovery.forget()


def test_the_addresses_are_tried_in_order_until_one_has_the_document() -> None:
    play = Play(Response(404), Response(200, body=b"<html>"), answer(GOOD))
    assert play.run(discover(ISSUER)) == GOOD
    assert [request.url for request in play.sent] == [
        "https://auth.example.org/tenant/.well-known/openid-configuration",
        "https://auth.example.org/.well-known/oauth-authorization-server/tenant",
        "https://auth.example.org/.well-known/openid-configuration/tenant",
    ]


@pytest.mark.parametrize("named", [ISSUER + "/", ISSUER.upper(), "https://evil.example.net/tenant", None, 5])
def test_a_document_of_another_issuer_is_not_believed(named: object) -> None:
    play = Play(*[answer({**GOOD, "issuer": named})] * 3)
    with pytest.raises(ConfigError, match="another issuer"):
        play.run(discover(ISSUER))


@pytest.mark.parametrize("body", [[], "x", None])
def test_a_document_that_is_no_object_is_not_believed(body: object) -> None:
    with pytest.raises(ConfigError, match="not a JSON object"):
        Play(*[answer(body)] * 3).run(discover(ISSUER))


def test_a_document_is_fetched_once_an_hour() -> None:
    play = Play(answer(GOOD), answer({**GOOD, "new": 1}))
    play.run(discover(ISSUER))
    play.now += 3000
    assert "new" not in play.run(discover(ISSUER))
    play.now += 1000
    assert "new" in play.run(discover(ISSUER))
    assert len(play.sent) == 2


def test_an_old_document_serves_while_the_issuer_is_away() -> None:
    play = Play(answer(GOOD), *[LOST] * 3)
    play.run(discover(ISSUER))
    play.now += 10_000
    assert play.run(discover(ISSUER)) == GOOD


def test_an_issuer_that_is_away_is_a_transient_error() -> None:
    with pytest.raises(TransientError):
        Play(*[Response(503)] * 3).run(discover(ISSUER))


def test_plain_http_is_refused_before_anything_is_sent() -> None:
    play = Play()
    with pytest.raises(InsecureError):
        play.run(discover("http://auth.example.org"))
    assert play.sent == []


def test_what_is_remembered_is_bounded() -> None:
    for number in range(300):
        issuer = f"https://h{number}.example.org"
        Play(answer({"issuer": issuer})).run(discover(issuer))
    assert len(discovery._known) <= 64


def test_a_token_endpoint_named_by_the_metadata_may_have_another_origin() -> None:
    assert Play(answer(GOOD)).run(endpoint(ISSUER)) == Endpoint("https://tokens.example.net/token", ISSUER)


def test_a_token_endpoint_of_the_issuers_own_origin_needs_no_metadata() -> None:
    assert Play().run(endpoint(ISSUER, "https://auth.example.org/t")) == Endpoint("https://auth.example.org/t")


def test_a_token_endpoint_of_another_origin_is_refused_unless_the_metadata_names_it() -> None:
    with pytest.raises(InsecureError, match="does not belong"):
        Play(answer(GOOD)).run(endpoint(ISSUER, "https://evil.example.net/token"))
    named = Play(answer(GOOD)).run(endpoint(ISSUER, GOOD["token_endpoint"]))
    assert named == Endpoint(GOOD["token_endpoint"], ISSUER)


def test_a_token_endpoint_over_plain_http_is_refused() -> None:
    with pytest.raises(InsecureError):
        Play().run(endpoint("", "http://auth.example.org/token"))
    with pytest.raises(InsecureError):
        Play(answer({**GOOD, "token_endpoint": "http://auth.example.org/token"})).run(endpoint(ISSUER))


def test_metadata_without_a_token_endpoint_is_said_so() -> None:
    with pytest.raises(ConfigError, match="names no token_endpoint"):
        Play(answer({"issuer": ISSUER})).run(endpoint(ISSUER))
