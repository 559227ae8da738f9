"""One Chromium for the tests of a module, and the gallery that it looks at."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from support.gallery.serve import gallery
from support.peers import needs

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path fill="#d66" d="M0 0h1v1H0z"/></svg>'


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with gallery() as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of a module, not of the session: while it lives, nothing else in this thread can run an event loop."""
    needs(module="playwright")
    needs(program="chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Whatever lies elsewhere is answered with a small picture."""
    made = browser.new_context()
    made.set_default_timeout(10_000)
    made.route("https://**/*", lambda route: route.fulfill(body=PICTURE, content_type="image/svg+xml"))
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab of its own for each test."""
    tab = context.new_page()
    yield tab
    tab.close()
