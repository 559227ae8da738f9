"""Every page in every state, opened by Chromium on a desk and on a phone, light and dark, by keyboard alone.

Screenshots lie in ``artefacts/pages`` afterwards.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.gallery.serve import ENTRIES
from support.peers import needs

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, CDPSession, ConsoleMessage, Error, Page

PICTURES = Path(__file__).parents[3] / "artefacts" / "pages"
DESK, PHONE, SMALL = {"width": 1280, "height": 900}, {"width": 390, "height": 800}, {"width": 320, "height": 640}
NAMES = [name for name in ENTRIES if name != "form-post"]  # it leaves by itself

WATCH = """
window.shifted = 0;
new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shifted += entry.value; })
  .observe({type: "layout-shift", buffered: true});
window.met = new Map();
addEventListener("focusin", ({target}) => {
  const style = getComputedStyle(target.closest(".tick") || target), box = target.getBoundingClientRect();
  const drawn = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  met.set(target, drawn && box.bottom > 0 && box.top < innerHeight);
});
"""
SEEN = ("color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size")  # what a style can break
CONTROLS = "a, button, input:not([type=hidden]), select, textarea, summary"
# A link inside a sentence is as high as its line (WCAG 2.2, 2.5.8 lets it be), a box to tick is as high as its label.
LOW = f"""() => [...document.querySelectorAll({CONTROLS!r})]
  .filter((e) => !e.matches("p a:not(.way), .hidden"))
  .map((e) => [e.outerHTML.slice(0, 120), (e.closest("label.tick") || e).getBoundingClientRect().height])
  .filter(([, height]) => height < 44)"""
REACHABLE = f"""() => [...document.querySelectorAll({CONTROLS!r})]
  .filter((e) => e.tabIndex >= 0 && (e.checkVisibility() || e.matches(".skip"))).length"""
UNSEEN = "[...met].filter(([, seen]) => !seen).map(([e]) => e.outerHTML.slice(0, 120))"


@pytest.fixture(scope="module")
def tab(context: BrowserContext) -> Page:
    """One tab for all pages, with axe-core in it: a new one for each would cost as much as the page."""
    needs(module="axe_playwright_python")
    import axe_playwright_python

    made = context.new_page()
    made.add_init_script(WATCH)
    made.add_init_script(path=Path(axe_playwright_python.__file__).parent / "axe.min.js")
    return made


@pytest.fixture(scope="module")
def camera(context: BrowserContext, tab: Page) -> CDPSession:
    """Takes pictures three times as fast as ``page.screenshot``."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return context.new_cdp_session(tab)


@pytest.fixture
def said(tab: Page) -> Iterator[list[str]]:
    """What the browser complains of."""
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        heard.append(message.text)

    def catch(error: Error) -> None:
        heard.append(str(error))

    tab.on("console", hear)
    tab.on("pageerror", catch)
    yield heard
    tab.remove_listener("console", hear)
    tab.remove_listener("pageerror", catch)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_legible_reachable_and_still(
    name: str, tab: Page, camera: CDPSession, said: list[str], site: str
) -> None:
    show(tab, DESK, "light")
    answer = tab.goto(f"{site}/{name}")
    status = ENTRIES[name][0].status
    assert answer is not None
    assert answer.status == status
    complaints = [
        *still(tab),
        *looks(tab, camera, name, DESK, "light"),
        *audit(tab),
        *looks(tab, camera, name, DESK, "dark"),
        *looks(tab, camera, name, PHONE, "dark"),
        *audit(tab, SEEN),
        *looks(tab, camera, name, PHONE, "light"),
        *small(tab),
        *keyboard(tab),
        *(f"console: {text}" for text in said if f"status of {status} " not in text),
    ]
    assert not complaints, "\n".join(complaints)


def show(page: Page, size: dict[str, int], scheme: str) -> None:
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")


def looks(page: Page, camera: CDPSession, name: str, size: dict[str, int], scheme: str) -> Iterator[str]:
    """Its width, the height of its targets, and a picture of it."""
    show(page, size, scheme)
    yield from width(page, size)
    yield from (f"{height} px high at {size['width']}: {html}" for html, height in page.evaluate(LOW))
    taken = camera.send("Page.captureScreenshot", {"captureBeyondViewport": True, "optimizeForSpeed": True})
    (PICTURES / f"{name}-{size['width']}-{scheme}.png").write_bytes(b64decode(taken["data"]))


def width(page: Page, size: dict[str, int]) -> Iterator[str]:
    """One column: 420 px on a desk (more for the administration), all but 20 px on a phone; no bar to scroll by."""
    whole = page.evaluate("document.documentElement.scrollWidth")
    if whole > size["width"]:
        yield f"{whole} px wide at {size['width']}"
    column = page.evaluate("document.querySelector('main').getBoundingClientRect().width")
    wanted = min(size["width"] - 20, 1080 if is_wide(page) else 420)
    if abs(column - wanted) > 0.5:
        yield f"the column is {column} px wide at {size['width']}, not {wanted}"


def still(page: Page) -> Iterator[str]:
    """Nothing has moved since the first of it was there (a new width moves things, so this is asked before)."""
    if (shifted := page.evaluate("window.shifted")) > 0:
        yield f"the layout moved by {shifted}"


def small(page: Page) -> Iterator[str]:
    """Still whole where the page is magnified four times (WCAG 1.4.10)."""
    show(page, SMALL, "light")
    yield from width(page, SMALL)


def is_wide(page: Page) -> bool:
    return ENTRIES[page.url.rpartition("/")[2]][0].wide


def audit(page: Page, rules: tuple[str, ...] = ()) -> list[str]:
    """What axe-core finds, by all of its rules or some."""
    only = {"runOnly": list(rules)} if rules else {}
    found: dict[str, Any] = page.evaluate("(how) => axe.run(how)", {"resultTypes": ["violations"], **only})
    return [f"axe: {rule['id']}: {node['html'][:150]}" for rule in found["violations"] for node in rule["nodes"]]


def keyboard(page: Page) -> Iterator[str]:
    """Tab reaches every control, and each is seen to have the focus."""
    wanted = page.evaluate(REACHABLE)
    page.evaluate("document.activeElement.blur(); met.clear()")
    for _ in range(2):  # where the focus began in the middle, twice round
        for _ in range(wanted + 2):
            page.keyboard.press("Tab")
        if page.evaluate("met.size") == wanted:
            break
    if (reached := page.evaluate("met.size")) != wanted:
        yield f"Tab reached {reached} of {wanted} controls"
    yield from (f"the focus is not seen on {html}" for html in page.evaluate(UNSEEN))
