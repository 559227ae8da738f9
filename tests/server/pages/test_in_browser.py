"""Every page in every state, opened by Chromium on a desk and on a phone, light and dark, by keyboard alone.

Screenshots lie in ``artefacts/pages`` afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.gallery.serve import ENTRIES
from support.peers import needs

if TYPE_CHECKING:
    from playwright.sync_api import Page

PICTURES = Path(__file__).parents[3] / "artefacts" / "pages"
DESK, PHONE, SMALL = {"width": 1280, "height": 900}, {"width": 390, "height": 800}, {"width": 320, "height": 640}
NAMES = [name for name in ENTRIES if name != "form-post"]  # it leaves by itself

WATCH = """
window.shifted = 0;
new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shifted += entry.value; })
  .observe({type: "layout-shift", buffered: true});
"""
CONTROLS = "a, button, input:not([type=hidden]), select, textarea, summary"
# A link inside a sentence is as high as its line (WCAG 2.2, 2.5.8 lets it be), a box to tick is as high as its label.
LOW = f"""() => [...document.querySelectorAll({CONTROLS!r})]
  .filter((e) => !e.matches("p a:not(.way), .hidden"))
  .map((e) => [e.outerHTML.slice(0, 120), (e.closest("label.tick") || e).getBoundingClientRect().height])
  .filter(([, height]) => height < 44)"""
REACHABLE = f"""() => [...document.querySelectorAll({CONTROLS!r})]
  .filter((e) => e.tabIndex >= 0 && (e.checkVisibility() || e.matches(".skip"))).length"""
FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  window.met ??= new Map();
  if (!window.met.has(e)) window.met.set(e, window.met.size);
  const style = getComputedStyle(e.closest(".tick") || e), box = e.getBoundingClientRect();
  const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const inside = box.bottom > 0 && box.top < innerHeight;
  return [window.met.get(e), seen && inside, e.outerHTML.slice(0, 120)];
}"""


@pytest.fixture(scope="module")
def axe() -> str:
    needs(module="axe_playwright_python")
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_legible_reachable_and_still(name: str, page: Page, site: str, axe: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.add_init_script(WATCH)
    show(page, DESK, "light")
    answer = page.goto(f"{site}/{name}")
    status = ENTRIES[name][0].status
    assert answer is not None
    assert answer.status == status
    complaints = [
        *still(page),
        *looks(page, name, DESK, "light"),
        *(f"axe, light: {found}" for found in audit(page, axe)),
        *looks(page, name, DESK, "dark"),
        *looks(page, name, PHONE, "dark"),
        *(f"axe, dark: {found}" for found in audit(page, axe)),
        *looks(page, name, PHONE, "light"),
        *small(page),
        *keyboard(page),
        *(f"console: {text}" for text in said if f"status of {status} " not in text),
    ]
    assert not complaints, "\n".join(complaints)


def show(page: Page, size: dict[str, int], scheme: str) -> None:
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")


def looks(page: Page, name: str, size: dict[str, int], scheme: str) -> Iterator[str]:
    """Its width, the height of its targets, and a picture of it."""
    show(page, size, scheme)
    yield from width(page, size)
    yield from (f"{height} px high at {size['width']}: {html}" for html, height in page.evaluate(LOW))
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}-{size['width']}-{scheme}.png", full_page=True)


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


def audit(page: Page, axe: str) -> list[str]:
    """What axe-core finds."""
    page.evaluate(axe)
    found: dict[str, Any] = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [f"{rule['id']}: {node['html'][:150]}" for rule in found["violations"] for node in rule["nodes"]]


def keyboard(page: Page) -> Iterator[str]:
    """Tab reaches every control, and each is seen to have the focus."""
    wanted = page.evaluate(REACHABLE)
    page.evaluate("document.activeElement.blur()")
    met: set[int] = set()
    for _ in range(2 * wanted + 6):
        page.keyboard.press("Tab")
        if (focused := page.evaluate(FOCUSED)) is None:
            continue
        number, seen, html = focused
        if number in met and len(met) == wanted:
            break
        met.add(number)
        if not seen:
            yield f"the focus is not seen on {html}"
    if len(met) != wanted:
        yield f"Tab reached {len(met)} of {wanted} controls"
