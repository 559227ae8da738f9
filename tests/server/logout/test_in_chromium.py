"""A form of another site, in a real Chromium: which cookies come with it is the browser's to say (row 29)."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import pytest

from support.browser import chromium
from support.relying import EMAIL, PASSWORD, VERIFIER, Relying, relying
from support.server import Server
from support.web import Quiet, web_server

if TYPE_CHECKING:
    from playwright.sync_api import Page


@contextmanager
def serving(pages: dict[str, str]) -> Iterator[str]:
    """Another site: by name it is none of the server's, which is called by its address."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            body = pages.get(self.path.partition("?")[0], "nothing here").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with web_server(Handler) as web:
        yield f"http://localhost:{web.server_port}"


def a_form(action: str, fields: dict[str, str]) -> str:
    hidden = "".join(f'<input type="hidden" name="{name}" value="{html.escape(one)}">' for name, one in fields.items())
    return f'<form method="post" action="{action}">{hidden}<button>Go</button></form>'


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {"/after": "<title>back</title>", "/back": "<title>came</title>"}


@pytest.fixture(scope="module")
def site(pages: dict[str, str]) -> Iterator[str]:
    with serving(pages) as url:
        yield url


@pytest.fixture(scope="module")
def rp(op: Server, site: str) -> Relying:
    return relying(op, redirect_uris=[f"{site}/back"], post_logout_redirect_uris=[f"{site}/after"])


@pytest.fixture
def page(rp: Relying) -> Iterator[Page]:
    with chromium() as browser:
        context = browser.new_context()
        context.set_default_timeout(20_000)
        yield context.new_page()


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def log_in(page: Page, rp: Relying) -> str:
    """The code of a login in this browser."""
    page.goto(rp.address())
    page.fill("input[name=name]", EMAIL)
    page.fill("input[name=password]", PASSWORD)
    press(page, "Log in")
    if page.title() != "came":
        press(page, "Allow")
    return page.url.partition("code=")[2].partition("&")[0]


def hint_of(code: str, rp: Relying, site: str) -> str:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": f"{site}/back", "code_verifier": VERIFIER}
    return str(rp.server.post("/oauth2/token", form, basic=rp.pair).json()["id_token"])


def is_logged_in(page: Page, rp: Relying) -> bool:
    page.goto(f"{rp.server.url}/logout")
    return page.get_by_role("button", name="Log out", exact=True).count() == 1


def test_the_form_of_a_program_with_a_hint_logs_out_and_one_without_asks(
    page: Page, rp: Relying, site: str, pages: dict[str, str]
) -> None:
    hint = hint_of(log_in(page, rp), rp, site)
    ask = {"client_id": rp.id, "post_logout_redirect_uri": f"{site}/after", "state": "s"}
    pages["/ask"], pages["/end"] = (
        a_form(f"{rp.server.url}/logout", fields) for fields in (ask, ask | {"id_token_hint": hint})
    )
    page.goto(f"{site}/ask")
    press(page, "Go")
    assert page.get_by_text("This program asks you to log out here too").is_visible()
    press(page, "Stay")
    assert is_logged_in(page, rp)
    page.goto(f"{site}/ask")
    press(page, "Go")
    press(page, "Log out")
    assert page.url == f"{site}/after?state=s"
    assert not is_logged_in(page, rp)
    log_in(page, rp)
    page.goto(f"{site}/end")  # an ID token of the session before: this one is another
    press(page, "Go")
    assert page.get_by_text("This program asks you to log out here too").is_visible()


def test_the_form_of_a_program_with_a_hint_of_this_session_logs_out_at_once(
    page: Page, rp: Relying, site: str, pages: dict[str, str]
) -> None:
    hint = hint_of(log_in(page, rp), rp, site)
    pages["/end"] = a_form(
        f"{rp.server.url}/logout", {"id_token_hint": hint, "post_logout_redirect_uri": f"{site}/after"}
    )
    page.goto(f"{site}/end")
    press(page, "Go")
    assert page.url == f"{site}/after"
    assert not is_logged_in(page, rp)


def test_a_forged_form_changes_nothing(page: Page, rp: Relying, site: str, pages: dict[str, str]) -> None:
    log_in(page, rp)
    pages["/forged"] = a_form(f"{rp.server.url}/logout", {"csrf": "x", "answer": "log_out"})
    page.goto(f"{site}/forged")
    press(page, "Go")
    assert page.get_by_text("This form is too old").is_visible()
    assert is_logged_in(page, rp)


def test_an_authorization_request_by_a_form_finds_who_is_logged_in(
    page: Page, rp: Relying, site: str, pages: dict[str, str]
) -> None:
    """Core 3.1.2.1 has both methods; the second login would leave the first one's session to nobody (row 15)."""
    log_in(page, rp)
    action, _, query = rp.address().partition("?")
    pages["/ask"] = a_form(action, dict(parse_qsl(query)))
    page.goto(f"{site}/ask")
    press(page, "Go")
    assert (page.title(), "code=" in page.url) == ("came", True)
    assert is_logged_in(page, rp)
