"""The administration's main ways in a real Chromium, on a desk and on a phone, by a person who presses and types.

Screenshots lie in ``artefacts/administration`` afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from support.browser import ARTEFACTS, chromium
from support.server import Server, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT, PASSWORD = "root@example.org", "hunter2-of-root"
SIZES = {"desk": (1280, 900), "phone": (390, 800)}
NASTY = "<script>document.title = 'taken'</script>"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("administration")) as started:
        started.user_add(ROOT, PASSWORD, superuser=True)
        started.user_add("layla@example.org", PASSWORD, name="ليلى العامري", groups=("staff",))
        started.user_add("nasty@example.org", PASSWORD, name=NASTY)
        yield started


@pytest.fixture(scope="module")
def browser(server: Server) -> Iterator[Browser]:
    """After the server, whose people are added by an event loop: while it lives, no other can run in this thread."""
    with chromium() as started:
        yield started


@pytest.fixture(params=SIZES)
def page(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Iterator[Page]:
    """A browser in which the administrator has logged in, at the front of the administration."""
    width, height = SIZES[request.param]
    context = browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(20_000)
    made = context.new_page()
    complaints: list[str] = []
    made.on("console", lambda message: complaints.append(message.text))
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.goto(f"{server.url}/login")
    made.fill("input[name=name]", ROOT)
    made.fill("input[name=password]", PASSWORD)
    press(made, "button.primary")
    made.goto(f"{server.url}/admin")
    yield made
    assert [one for one in complaints if "status of 4" not in one] == []
    context.close()


def press(page: Page, what: str) -> None:
    """Press what leads to another page, and wait for that."""
    with page.expect_navigation():
        page.click(what)


def enter(page: Page) -> None:
    """Send the search by the Enter key."""
    with page.expect_navigation():
        page.press("input[name=q]", "Enter")


def picture(page: Page, name: str) -> None:
    """Kept; and no page is wider than its window."""
    size = page.viewport_size
    assert size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
    folder = ARTEFACTS / "administration"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}-{size['width']}.png", full_page=True)


def size_of(page: Page) -> str:
    size = page.viewport_size
    return "" if size is None else str(size["width"])


def test_a_user_is_made_found_changed_and_disabled(page: Page, server: Server) -> None:
    email = f"ada{size_of(page)}@example.org"
    picture(page, "search")
    press(page, "nav.tabs >> text=Users")
    picture(page, "users")
    press(page, "text=New user")
    page.fill("input[name=email]", email)
    page.fill("input[name=roles]", "reader writer")
    press(page, "text=Make the user")
    assert page.locator("text=reader").is_visible()
    picture(page, "user")
    page.goto(f"{server.url}/admin")
    page.fill("input[name=q]", email[:6])
    enter(page)
    picture(page, "found")
    press(page, f"ul.ahead a:has-text('{email}')")
    press(page, "text=Change")
    page.fill("input[name=groups]", "staff")
    press(page, "text=Save")
    press(page, "a:text-is('Disable')")
    picture(page, "disable")
    press(page, "button.danger")
    assert page.locator(".badge.bad:text-is('disabled')").is_visible()
    press(page, "a:text-is('Enable')")
    press(page, "main button.primary")
    assert page.locator(".badge.bad:text-is('disabled')").count() == 0


def test_the_last_administrator_is_told_so(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/admin/users?q={ROOT}")
    press(page, f"td a:has-text('{ROOT}')")
    assert page.locator("text=This is the last administrator").is_visible()
    assert page.locator("a:text-is('Disable')").count() == 0
    picture(page, "last-administrator")


def test_a_client_is_made_previewed_rotated_and_removed(page: Page) -> None:
    press(page, "nav.tabs >> text=Clients")
    press(page, "text=New client")
    page.fill("input[name=name]", f"Notebook {size_of(page)}")
    page.uncheck("input[value=client_credentials]")
    page.check("input[value=authorization_code]")
    page.check("input[value=refresh_token]")
    page.fill("textarea[name=redirect_uris]", "https://notebook.example.org/callback")
    page.fill("input[name=scopes]", "read")
    picture(page, "new-client")
    press(page, "text=Make the client")
    first = page.input_value("#secret")
    assert len(first) == 43
    press(page, "text=I have taken it")
    assert first not in page.content()
    page.fill("input[name=user]", "layla@example.org")
    press(page, "button:text-is('Show')")
    assert '"staff"' in page.locator("pre").first.inner_text()
    picture(page, "preview")
    press(page, "text=Rotate the secret")
    press(page, "main button.primary")
    assert page.input_value("#secret") != first
    assert page.locator("text=The old secret goes on working until").is_visible()
    picture(page, "rotated")
    press(page, "text=I have taken it")
    press(page, "a:text-is('Remove')")
    press(page, "button.danger")
    assert page.url.endswith("/admin/clients")


def test_a_session_is_ended_and_the_log_tells_of_it(page: Page, server: Server, browser: Browser) -> None:
    with browser.new_context() as theirs:
        other = theirs.new_page()
        other.goto(f"{server.url}/login")
        other.fill("input[name=name]", "layla@example.org")
        other.fill("input[name=password]", PASSWORD)
        press(other, "button.primary")
        press(page, "nav.tabs >> text=Sessions")
        page.fill("input[name=q]", "layla@example.org")
        enter(page)
        picture(page, "sessions")
        press(page, "td a:text-is('End') >> nth=0")
        press(page, "button.danger")
        other.goto(f"{server.url}/admin")
        assert other.locator("input[name=password]").is_visible()
    press(page, "nav.tabs >> text=Audit")
    page.select_option("select[name=event]", "session.end")
    press(page, "button:text-is('Show')")
    assert page.locator("td:has-text('session.end')").first.is_visible()
    assert page.locator("td:has-text('by root@example.org')").first.is_visible()
    picture(page, "audit")


def test_a_key_is_rotated(page: Page) -> None:
    press(page, "nav.tabs >> text=Keys")
    press(page, "a:text-is('Rotate')")
    press(page, "text=Make a new key")
    assert page.locator("text=published, next to sign").first.is_visible()
    picture(page, "keys")


def test_row_35_a_name_that_is_a_script_is_only_a_name(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/admin/users?q=nasty")
    press(page, "td a:has-text('script')")
    assert NASTY in page.locator("h1").inner_text()
    press(page, "a:text-is('Disable')")
    assert page.title() != "taken"
    assert page.evaluate("document.scripts.length") == 0
