"""Digest at Debian's Apache, through every library: redirects, nonces that end, and many callers at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

import lychgate
from lychgate.client.authenticators.digest import Digest
from support.apache import PASSWORD, USER, digest_server
from support.stacks import Stack


@pytest.fixture(scope="module")
def apache() -> Iterator[str]:
    with digest_server(nonce_lifetime=2) as url:
        yield url


def auth(url: str, password: str = PASSWORD) -> lychgate.Auth:
    return lychgate.auth(Digest(USER, password), origins=[url])


def test_every_library_gets_in_again_and_again_and_by_a_redirect(stack: Stack, apache: str) -> None:
    held = auth(apache)
    for path in ("/secret/page?a=1&b=%2F", "/secret/page", "/old", "/secret/page%20with%20space"):
        got = stack.call(held, apache + path)
        assert (got.status, got.text) == (200, "yes"), path


def test_a_wrong_password_is_the_callers_401(stack: Stack, apache: str) -> None:
    assert stack.call(auth(apache, "wrong"), apache + "/secret/page").status == 401


def test_a_nonce_that_ended_meanwhile_is_replaced(apache: str) -> None:
    held = auth(apache)
    deadline = time.monotonic() + 30
    with requests.Session() as session:
        assert session.get(apache + "/secret/page", auth=held, timeout=10).history
        while time.monotonic() < deadline:
            answer = session.get(apache + "/secret/page", auth=held, timeout=10)
            assert answer.status_code == 200
            if answer.history:
                assert "stale=true" in answer.history[0].headers["WWW-Authenticate"]
                return
            time.sleep(0.2)
    pytest.fail("the nonce never ended")


def test_many_threads_share_one_object(apache: str) -> None:
    held = auth(apache)

    def get(_: int) -> int:
        return requests.get(apache + "/secret/other", auth=held, timeout=20).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(get, range(80))) == {200}
