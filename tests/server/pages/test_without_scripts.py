"""What works where no script runs, and what the policy lets happen after a form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from lychgate.server.pages.login import LogIn
from lychgate.server.pages.message import form_post
from support.gallery.serve import ENTRIES, Gallery
from support.web import Quiet, web_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture
def bare(browser: Browser) -> Iterator[Page]:
    """A tab of a browser whose scripts are off."""
    made = browser.new_context(java_script_enabled=False)
    made.set_default_timeout(5_000)
    yield made.new_page()
    made.close()


@contextmanager
def program(hop: str = "") -> Iterator[str]:
    """A program's redirect URI; it sends the browser on to ``hop`` if there is one."""

    class Callback(Quiet):
        def do_GET(self) -> None:
            self.send_response(303 if hop else 200)
            self.send_header("Location" if hop else "Content-Type", hop or "text/plain")
            self.send_header("Content-Length", "0" if hop else "4")
            self.end_headers()
            self.wfile.write(b"" if hop else b"home")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

    with web_server(Callback) as server:
        yield f"http://127.0.0.1:{server.server_port}/cb"


def test_a_person_logs_in_without_scripts(bare: Page, site: str) -> None:
    bare.goto(f"{site}/login-first")
    bare.get_by_label("Name or e-mail").fill("ada")
    bare.get_by_label("Password").fill("test123")
    assert not bare.get_by_role("button", name="passkey").is_visible()
    bare.get_by_role("button", name="Log in", exact=True).click()
    sent = Gallery.posted[-1]
    assert sent == {
        "csrf": "c5RF-of-the-gallery",
        "request": "a-handle-of-the-pending-request",
        "name": "ada",
        "password": "test123",
    }


def test_a_person_allows_and_refuses_without_scripts(bare: Page, site: str) -> None:
    for button, answer in (("Allow", "allow"), ("Refuse", "refuse")):
        bare.goto(f"{site}/allow-new")
        bare.get_by_role("button", name=button).click()
        assert Gallery.posted[-1]["answer"] == answer


def test_allow_and_refuse_are_of_equal_size(page: Page, site: str) -> None:
    for name in ("allow-new", "device-allow", "allow-long"):
        page.goto(f"{site}/{name}")
        boxes = [page.get_by_role("button", name=name).bounding_box() for name in ("Allow", "Refuse")]
        assert boxes[0] is not None
        assert boxes[1] is not None
        assert (boxes[0]["width"], boxes[0]["height"]) == (boxes[1]["width"], boxes[1]["height"])


def test_a_device_is_confirmed_and_a_browser_logged_out_without_scripts(bare: Page, site: str) -> None:
    bare.goto(f"{site}/device-link")
    bare.get_by_role("button", name="Go on").click()
    assert Gallery.posted[-1]["user_code"] == "WDJB-MJHT"
    bare.goto(f"{site}/log-out")
    bare.get_by_role("button", name="Log out").click()
    assert Gallery.posted[-1]["answer"] == "log_out"


def test_a_form_post_is_sent_by_its_button_without_scripts_and_by_itself_with_them(
    bare: Page, page: Page, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with program() as callback:
        view, around = ENTRIES["form-post"]
        sent = form_post(view.program, callback, {"code": "c0de"})  # type: ignore[attr-defined]  # of this entry
        monkeypatch.setitem(ENTRIES, "form-post", (sent, around))
        bare.goto(f"{site}/form-post")
        bare.get_by_role("button", name="Go on").click()
        bare.wait_for_url(callback)
        page.goto(f"{site}/form-post")
        page.wait_for_url(callback)


def test_a_login_ends_at_the_program_even_where_that_redirects_once_more(
    page: Page, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with program() as home, program(hop=home) as callback:
        monkeypatch.setattr(Gallery, "answer_to", callback)
        _, around = ENTRIES["login-bare"]
        monkeypatch.setitem(ENTRIES, "login-bare", (LogIn(leads_to=(callback,)), around))
        log_in(page, site)
        page.wait_for_url(home)


def test_a_form_of_a_page_that_leads_nowhere_cannot_be_led_away(
    page: Page, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    with program() as callback:
        monkeypatch.setattr(Gallery, "answer_to", callback)
        log_in(page, site)
        page.wait_for_function("true")
        assert "form-action 'self'" in " ".join(said)
        assert page.url == f"{site}/login-bare"


def log_in(page: Page, site: str) -> None:
    page.goto(f"{site}/login-bare")
    page.get_by_label("Name or e-mail").fill("ada")
    page.get_by_label("Password").fill("test123")
    page.get_by_role("button", name="Log in").click(no_wait_after=True)
