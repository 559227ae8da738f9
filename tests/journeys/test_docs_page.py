"""The interactive page, as the Climate Engine document tells it: the padlock, a 401 after expiry, out and in again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from support.browser import chromium, picture
from support.server import Server, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ADDRESS, PASSWORD = "bennett@climateengine.com", "hunter2"
LIFETIME = 6  # seconds: enough for a slow machine to log in and call


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("docs") / "data", toml=f"lifetime = {LIFETIME}\n") as started:
        started.user_add(ADDRESS, PASSWORD)
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@dataclass
class Visit:
    """An open page, and all that it asked for and complained of."""

    page: Page
    requested: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def visit(server: Server, browser: Browser) -> Iterator[Visit]:
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(15_000)
    found = Visit(page)
    page.on("request", lambda request: found.requested.append(request.url))
    page.on("console", lambda line: found.complaints.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    page.goto(server.url + "/docs")
    page.get_by_text("/api/v1/users/me").first.wait_for()
    yield found
    page.close()


def _log_in(page: Page) -> None:
    """The padlock, with user name and password alone: both fields of the client stay empty."""
    page.get_by_role("button", name="Authorize").first.click()
    dialog = page.locator(".modal-ux")
    form = dialog.locator(".auth-container").filter(has_text="OAuth2PasswordBearer")
    form.get_by_label("username").fill(ADDRESS)
    form.get_by_label("password").fill(PASSWORD)
    with page.expect_response("**/api/v1/auth/jwt/token") as sent:
        form.get_by_role("button", name="Apply given OAuth2 credentials").click()
    assert sent.value.status == 200
    form.locator("button", has_text="Logout").wait_for()
    dialog.locator("button.btn-done").last.click()


def _log_out(page: Page) -> None:
    page.get_by_role("button", name="Authorize").first.click()
    page.locator(".modal-ux").locator("button", has_text="Logout").first.click()
    page.locator(".modal-ux").locator("button.btn-done").last.click()


def _call_me(page: Page) -> int:
    """Press Execute at ``GET users/me``; answers the status that the page then shows."""
    block = page.locator("#operations-users-read_me_api_v1_users_me_get")
    if not block.get_by_role("button", name="Execute").is_visible():
        block.locator(".opblock-summary-control").click()
        block.get_by_role("button", name="Try it out").click()
    with page.expect_response("**/api/v1/users/me") as sent:
        block.get_by_role("button", name="Execute").click()
    block.locator(".live-responses-table .response-col_status").filter(has_text=str(sent.value.status)).wait_for()
    return sent.value.status


def test_one_logs_in_through_the_padlock_and_again_after_the_token_has_expired(server: Server, visit: Visit):
    page = visit.page
    assert _call_me(page) == 401
    _log_in(page)
    assert _call_me(page) == 200
    page.get_by_text(ADDRESS).first.wait_for()
    page.screenshot(path=str(picture("docs-logged-in")), full_page=True)
    deadline = time.monotonic() + LIFETIME + 10
    while _call_me(page) != 401:
        assert time.monotonic() < deadline
        page.wait_for_timeout(500)
    page.screenshot(path=str(picture("docs-expired")), full_page=True)
    _log_out(page)
    _log_in(page)
    assert _call_me(page) == 200
    outside = [url for url in visit.requested if not url.startswith((server.url + "/", "data:"))]
    assert outside == []


def test_the_page_runs_under_its_own_policy_without_a_complaint(server: Server, visit: Visit):
    _log_in(visit.page)
    _call_me(visit.page)
    assert [line for line in visit.complaints if "status of 401" not in line] == []
    policy = server.get("/docs").headers["content-security-policy"]
    script = next(part for part in policy.split(";") if part.strip().startswith("script-src"))
    assert "'unsafe" not in script
    assert "'nonce-" in script
    assert server.get("/docs").headers["content-security-policy"] != policy


def test_no_credential_stands_in_an_address(visit: Visit):
    _log_in(visit.page)
    _call_me(visit.page)
    assert not [url for url in visit.requested if PASSWORD in url or "token=" in url or ADDRESS in url]


def test_the_files_of_the_page_may_be_kept_and_the_page_may_not(server: Server):
    assert server.get("/docs").headers["cache-control"] == "no-store"
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        found = server.get(f"/docs/{name}")
        assert found.status == 200
        assert "max-age" in found.headers["cache-control"]
    for path in ("/docs/../openapi.py", "/docs/%2e%2e/core.py", "/docs/..%2fcore.py", "/docs/nothing"):
        assert server.get(path).status == 404, path
