"""Set-up, account and second factors in a real Chromium, on a desk and on a phone, with its own virtual authenticator.

Screenshots lie in ``artefacts/account`` afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest

from lychgate.server.model import User
from support.browser import ARTEFACTS, chromium
from support.factors import code_of
from support.server import Server, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PASSWORD = "hunter2-of-ada"
SIZES = {"desk": (1280, 900), "phone": (390, 800)}
SECRET = re.compile(r"/setup and type  (\S+)")
HOLDER = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("account")) as started:
        yield started


@pytest.fixture(scope="module")
def site(server: Server) -> str:
    """The server by a name: at an address there are no passkeys."""
    return server.url.replace("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def people(server: Server) -> dict[str, User]:
    """One for each size."""
    return {name: server.user_add(f"ada.{name}@example.org", PASSWORD) for name in SIZES}


@pytest.fixture(scope="module")
def browser(people: dict[str, User]) -> Iterator[Browser]:
    """After the people, who are added by an event loop: while this lives, no other can run in this thread."""
    with chromium() as started:
        yield started


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(browser: Browser, size: str) -> Iterator[Page]:
    """A tab with a holder of passkeys that always says yes."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(20_000)
    made = context.new_page()
    held = context.new_cdp_session(made)
    held.send("WebAuthn.enable")
    held.send("WebAuthn.addVirtualAuthenticator", {"options": HOLDER})
    complaints: list[str] = []
    made.on("console", lambda message: complaints.append(message.text))
    made.on("pageerror", lambda error: complaints.append(str(error)))
    yield made
    assert [one for one in complaints if "status of 4" not in one] == []
    context.close()


def press(page: Page, name: str) -> None:
    """Press the one button with this name, and wait for the page after it."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("link", name=name).click()


def log_in(page: Page, site: str, user: User) -> None:
    page.goto(f"{site}/login")
    page.fill("input[name=name]", user.email)
    page.fill("input[name=password]", PASSWORD)
    press(page, "Log in")


def log_out(page: Page, site: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{site}/")
    assert page.get_by_text("One gate for every API").is_visible()


def picture(page: Page, name: str) -> None:
    """Kept; and no page is wider than its window."""
    size = page.viewport_size
    assert size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
    folder = ARTEFACTS / "account"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}-{size['width']}.png", full_page=True)


def sent_again(page: Page, cookies: Any, body: str) -> str:
    """What a passkey's reply comes to that is sent once more as it was, by somebody who has the old cookie too."""
    assert "credential=" in body
    page.context.clear_cookies()
    page.context.add_cookies(cookies)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = page.request.post(urljoin(page.url, "/login/passkey"), data=body, headers=kind)
    assert reply.status == 403
    return reply.text()


def test_a_code_app_recovery_codes_and_a_passkey_are_set_up_used_and_removed(
    page: Page, site: str, size: str, people: dict[str, User]
) -> None:
    ada = people[size]
    log_in(page, site, ada)
    page.goto(f"{site}/me/account")
    picture(page, "account-empty")

    follow(page, "Set up a code app")
    secret = page.locator("#key").input_value().replace(" ", "")
    picture(page, "code-app")
    page.fill("input[name=code]", code_of(secret))
    press(page, "Turn it on")
    assert page.get_by_text("In use since").is_visible()

    follow(page, "Make recovery codes")
    press(page, "Make them")
    codes = page.locator("ol.codes li").all_inner_texts()
    assert len(codes) == 10
    picture(page, "recovery-codes")

    follow(page, "I have put them away")
    follow(page, "Add a passkey")
    picture(page, "passkey")
    page.fill("input[name=name]", "Phone")
    press(page, "Make the passkey")
    assert page.get_by_text("10 of 10 left").is_visible()
    picture(page, "account")

    log_out(page, site)
    log_in(page, site, ada)
    assert page.get_by_role("heading", name="One more proof").is_visible()
    picture(page, "second-factor")
    page.fill("input[name=code]", "000000")
    press(page, "Go on")
    picture(page, "second-factor-wrong")
    press(page, "Use a recovery code")
    page.fill("input[name=code]", codes[0])
    press(page, "Go on")
    assert page.get_by_text(f"logged in as {ada.email}").is_visible()

    log_out(page, site)
    log_in(page, site, ada)
    press(page, "Use a passkey")
    picture(page, "second-factor-passkey")
    press(page, "Use your passkey")
    assert page.get_by_text(f"logged in as {ada.email}").is_visible()

    log_out(page, site)
    page.goto(f"{site}/login")
    picture(page, "log-in")
    before: Any = page.context.cookies()
    with page.expect_request("**/login/passkey") as sent:
        press(page, "Log in with a passkey")
    assert page.get_by_text(f"logged in as {ada.email}").is_visible()
    now: Any = page.context.cookies()
    assert [one["value"] for one in before] != [one["value"] for one in now]
    assert "not known here" in sent_again(page, before, sent.value.post_data or "")

    page.context.clear_cookies()
    page.context.add_cookies(now)
    page.goto(f"{site}/me/account")
    assert page.get_by_text("9 of 10 left").is_visible()
    follow(page, "Remove “Phone”")
    picture(page, "passkey-remove")
    page.fill("input[name=password]", "wrong")
    press(page, "Remove it")
    page.fill("input[name=password]", PASSWORD)
    press(page, "Remove it")
    assert page.get_by_text("None yet. A passkey").is_visible()

    log_out(page, site)
    page.goto(f"{site}/login")
    press(page, "Log in with a passkey")
    assert page.get_by_text("This passkey is not known here").is_visible()
    picture(page, "log-in-passkey-unknown")


def test_the_first_administrator_is_made(page: Page, site: str, size: str, server: Server) -> None:
    if size == "phone":
        reply = page.goto(f"{site}/setup")
        assert reply is not None
        assert reply.status == 404
        picture(page, "set-up-done")
        return
    page.goto(f"{site}/")
    picture(page, "home-new")
    follow(page, "Set it up")
    page.fill("input[name=secret]", "2222-2222")
    page.fill("input[name=name]", "boss")
    page.fill("input[name=email]", "boss@example.org")
    page.fill("input[name=password]", PASSWORD)
    press(page, "Make the administrator")
    picture(page, "set-up-wrong")
    page.fill("input[name=secret]", next(found[1] for line in server.said if (found := SECRET.search(line))))
    page.fill("input[name=password]", PASSWORD)
    press(page, "Make the administrator")
    assert page.get_by_role("link", name="Administration").first.is_visible()
    picture(page, "set-up-done-in")
