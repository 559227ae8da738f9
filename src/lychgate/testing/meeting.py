"""The promises of one that meets a person (rows C6 to C8): the browser's way back, its port, and nobody there."""

from __future__ import annotations

import dataclasses
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2

from lychgate.kernel.errors import ConfigError, LoginNeeded
from lychgate.oauth.authorization import with_params
from lychgate.world.auth import auth

from .somebody import Somebody
from .stand import Stand, get, must, skip, tls

STRAYS = 100
MARKUP = "<script>alert(1)</script>"
LONGEST = 10.0  # seconds until it is clear that nobody is there


class Meeting(Stand):
    """Mixed into the contract; the first two are skipped for what needs no browser."""

    def test_c6_only_the_redirect_that_is_ours_ends_the_login(self) -> None:
        shown: list[str] = []

        def strays(page: str, back: str) -> None:
            if not back:
                return
            asked = dict(parse_qsl(urlsplit(page).query))
            with httpx2.Client(trust_env=False, timeout=10, verify=tls()) as browser:
                shown.extend(browser.get(with_params(back, one)).text for one in _strays(asked.get("state", "")))
                shown.append(browser.get(f"{back}/favicon.ico").text)
                for _ in range(STRAYS):
                    browser.get(f"{back}/?code=stray")

        with self.world() as (made, api, _):
            got = get(self.auth(made, Somebody(self.answers, strays)), api.url + "/ok")
            if not shown:
                skip("no browser comes back to it")
            must(got == 200, "a stray redirect ended the login")
            must(not any(MARKUP in page for page in shown), "a page shows the redirect's parameters as they came")

    def test_c7_a_busy_port_is_said_and_what_to_do(self) -> None:
        with self.world() as (made, api, _), socket.socket() as taken:
            if not hasattr(made, "redirect_port"):
                skip("no browser comes back to it")
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            ours = self.auth(dataclasses.replace(made, redirect_port=port))
            try:
                get(ours, api.url + "/ok")
            except ConfigError as error:
                must(str(port) in str(error), "the error does not name the port")
            else:
                raise AssertionError("a port that another program has was not missed")

    def test_c8_with_nobody_there_it_works_or_says_at_once_what_to_type(self) -> None:
        with self.world() as (made, api, _):
            ours, found = auth(made, store="memory", interaction="never"), list[BaseException]()

            def call() -> None:
                try:
                    get(ours, api.url + "/ok")
                except BaseException as error:
                    found.append(error)

            waiting, began = threading.Thread(target=call, daemon=True), time.monotonic()
            waiting.start()
            waiting.join(LONGEST)
            must(not waiting.is_alive(), f"it still waited for a person after {time.monotonic() - began:.0f} s")
            for error in found:
                must(isinstance(error, LoginNeeded), f"with nobody there it fails with {type(error).__name__}: {error}")
                must(bool(getattr(error, "command", "")), "its error holds no command to type elsewhere")


def _strays(state: str) -> list[Mapping[str, Any]]:
    """Redirects that are not ours; the last ones know even our state."""
    evil = "https://evil.example.org"
    return [
        {},
        {"code": "stray"},
        {"code": "stray", "state": "another"},
        {"error": "access_denied", "state": "another", "error_description": MARKUP},
        dict.fromkeys(("code", "state", "iss", "error", "error_description", "error_uri"), MARKUP),
        {"code": "stray", "state": state, "iss": evil},
        {"error": "access_denied", "state": state, "iss": evil},
        {"state": state, "code": "stray"},
    ]
