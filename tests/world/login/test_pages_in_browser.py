"""The loopback pages in a real browser, served by the real listener: legible at each size, in light and dark."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lychgate.kernel.errors import Refused
from lychgate.oauth.authorization import Mismatch
from lychgate.world.loopback import Loopback, Stopped
from support.browser import chromium, picture
from support.peers import needs

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LONG = "a-very-long-host-name.of-some-institution.and-another.example.org:8443"
PROGRAM = "eine_sehr_lange_auswertung_der_messdaten_des_jahres_2026_endfassung.py"
ARABIC = "رُفض الطلب لأن المستخدم لم يوافق على مشاركة بياناته مع هذا البرنامج " * 3
OUTCOMES = {
    "done": ("?state=right&code=x", "You are logged in"),
    "refused": ("?state=right&error=access_denied", "You are not logged in"),
    "wrong-window": ("?state=older", "This is the wrong window"),
    "nothing": ("elsewhere", "Nothing to see here"),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def judge(params: Mapping[str, str]) -> str:
    if params["state"] != "right":
        raise Mismatch("older")
    if "error" in params:
        raise Refused(f"{LONG} refused the login: {ARABIC}")
    return params["code"]


def wait(door: Loopback, stop: threading.Event) -> None:
    with contextlib.suppress(Refused, Stopped):
        door.welcome(judge, 60, stop)


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_is_legible_and_axe_finds_nothing(browser: Browser, width: int, scheme: str, outcome: str) -> None:
    needs(module="axe_playwright_python")
    import axe_playwright_python

    context = browser.new_context(
        viewport={"width": width, "height": 700},
        color_scheme=scheme,  # type: ignore[arg-type]  # one of the two
        bypass_csp=False,
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    path, heading = OUTCOMES[outcome]
    with Loopback(0, LONG, PROGRAM) as door:
        stop = threading.Event()
        waiting = threading.Thread(target=wait, args=(door, stop), daemon=True)
        waiting.start()
        page.goto(f"{door.redirect_uri}/{path}")
        assert page.inner_text("h1") == heading
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it is wider than the window"
        page.screenshot(path=picture(f"loopback-{outcome}-{width}-{scheme}"))
        page.evaluate((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text())
        found = page.evaluate("() => axe.run({resultTypes: ['violations']})")
        assert [f"{rule['id']}: {node['html'][:120]}" for rule in found["violations"] for node in rule["nodes"]] == []
        stop.set()
        waiting.join(5)
    context.close()
    assert [text for text in complaints if "Failed to load resource" not in text] == []
