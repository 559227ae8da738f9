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


def test_the_next_nonce_is_followed_and_one_that_ended_meanwhile_is_replaced(apache: str) -> None:
    held = auth(apache)
    with requests.Session() as session:
        assert session.get(apache + "/secret/page", auth=held, timeout=10).history
        deadline, refused = time.monotonic() + 5, 0
        while time.monotonic() < deadline:  # Apache names the next nonce before this one ends
            answer = session.get(apache + "/secret/page", auth=held, timeout=10)
            assert answer.status_code == 200
            refused += bool(answer.history)
            time.sleep(0.2)
        assert refused <= 1, "each nonce ended before it was replaced"  # one: where this machine stood still
        for pause in (3, 6, 12):
            time.sleep(pause)
            answer = session.get(apache + "/secret/page", auth=held, timeout=10)
            assert answer.status_code == 200
            if answer.history:
                assert "stale=true" in answer.history[0].headers["WWW-Authenticate"]
                return
    pytest.fail("the nonce never ended")


def test_many_threads_share_one_object(apache: str) -> None:
    held = auth(apache)

    def get(_: int) -> int:
        return requests.get(apache + "/secret/other", auth=held, timeout=20).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(get, range(80))) == {200}
