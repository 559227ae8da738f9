"""A person's own clients, programs and sessions, and the ESGF front, in a real Chromium on a desk and on a phone.

Screenshots lie in ``artefacts`` afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from lychgate.server.people.login_model import Consent
from support.browser import chromium, picture
from support.server import Server, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PASSWORD = "hunter2-of-all"
SIZES = {"desk": (1280, 900), "phone": (390, 800)}
FRONT = "/wps/auth/client_registration/"
TOML = '[facade.esgf]\naudiences = ["https://compute.node/wps"]\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("mine") / "data", toml=TOML) as started:
        app = started.client_add(
            "app", name="Climate Notebook", methods=["none"], grants=["authorization_code"],
            redirect_uris=("https://notebook.example/cb",), scopes=("read",), extra={"registered": "itself"},
        )  # fmt: skip
        for size in SIZES:
            user = started.user_add(f"{size}@example.org", PASSWORD)
            consent = Consent(user.id, "main", app.id, ("openid", "read"), 1_700_000_000_000)
            started.operate(lambda engine, kept=consent: engine.store.allow(kept))
        yield started


@pytest.fixture(scope="module")
def browser(server: Server) -> Iterator[Browser]:
    """After the server, whose people are added by an event loop: while it lives, no other can run in this thread."""
    with chromium() as started:
        yield started


@pytest.mark.parametrize("size", SIZES)
def test_a_person_registers_a_program_and_looks_after_it(server: Server, browser: Browser, size: str) -> None:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(20_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(server.url + FRONT)
    page.fill("input[name=name]", f"{size}@example.org")
    page.fill("input[name=password]", PASSWORD)
    press(page, "button.primary")
    assert page.url == server.url + FRONT
    seen(page, f"esgf-new-{size}")
    page.fill("input[name=name]", "Laptop")
    press(page, "button.primary")
    id, secret = page.input_value("#client"), page.input_value("#secret")
    seen(page, f"esgf-secret-{size}")
    page.reload()  # the same form again: nothing is made, and nothing shown
    assert id in page.content()
    assert secret not in page.content()
    seen(page, f"esgf-shown-{size}")
    page.goto(server.url + FRONT)
    assert secret not in page.content()
    press(page, "button.primary")
    assert page.input_value("#client") == id
    assert page.input_value("#secret") != secret
    press(page, "a.button:has-text('I have taken it')")
    assert page.url == f"{server.url}/me"
    assert id in page.content()
    assert "registered by itself" in page.content()
    seen(page, f"mine-{size}")
    press(page, "button:has-text('Withdraw')")
    assert "Climate Notebook" not in page.content()
    press(page, "a.button:has-text('Remove')")
    seen(page, f"mine-remove-{size}")
    press(page, "button.danger")
    assert "You have no clients of your own" in page.content()
    page.go_back()
    assert secret not in page.content()
    assert [one for one in complaints if "status of 4" not in one] == []
    context.close()


def press(page: Page, what: str) -> None:
    """Press what leads to another page, and wait for that."""
    with page.expect_navigation():
        page.click(what)


def seen(page: Page, name: str) -> None:
    """Keep a picture; nothing is wider than the window."""
    page.screenshot(path=picture(name), full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
