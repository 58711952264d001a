"""Everybody can read it: contrast, names and roles, by keyboard, on a phone, in both themes and both languages."""

import re
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Seats, Watched
from tests.browser.walk import PAGES, every, go, inside, rewire
from tests.conftest import THOROUGH

AXE = next(Path(axe_playwright_python.__file__).parent.glob("axe.min.js")).read_text(encoding="utf-8")
ASK = """(rules) => axe.run(
  {exclude: [["tbody tr:nth-child(n+6)"], ["main ol > li:nth-child(n+6)"], ["main ul > li:nth-child(n+9)"]]},
  {runOnly: rules, resultTypes: ["violations"]}).then((found) => found.violations.flatMap((one) => one.nodes.map(
    (node) => `${one.id}: ${node.html.slice(0, 160)} ${node.any.map((why) => why.message).join(" ").slice(0, 200)}`)))"""
"""What breaks a rule; of many rows alike the first are asked."""
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def faults(page: Page) -> list[str]:
    """Return what breaks WCAG's levels A and AA in what is shown, as axe sees it."""
    page.evaluate(f"window.axe || (() => {{ {AXE} }})()")
    found: list[str] = page.evaluate(ASK, WCAG)
    return found


def spill(page: Page) -> int:
    """Return how many pixels the page is wider than its window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return wide


SAMPLE = PAGES if THOROUGH else ("overview", "deployments", "positions", "risk")
"""Where the second theme is looked at: names and roles are the same in both."""


@pytest.mark.parametrize(("theme", "pages"), [("dark", PAGES), ("light", SAMPLE)], ids=["dark", "light"])
def test_every_page_keeps_to_WCAG_AA(theme: str, pages: tuple[str, ...], look: Open, quiet: Seats) -> None:
    page = inside(look(quiet, theme=theme, motion="less"))
    assert page.locator("html").get_attribute("data-theme") == theme
    found = {}
    for name in pages:
        go(page, name)
        expect(page.get_by_test_id("main").locator("h1, h2").first).to_be_attached()
        found[name] = faults(page)
    page.get_by_test_id("stop").click()
    found["stop"] = faults(page)
    assert {name: one for name, one in found.items() if one} == {}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_phone_shows_every_page_without_scrolling_sideways(language: str, look: Open, quiet: Seats) -> None:
    page = inside(look(quiet, size=(360, 740), language=language, has_touch=True))
    found = {}
    for name in PAGES:
        page.get_by_test_id("nav-more").click()
        page.get_by_test_id("more").locator(f"a[href*='/{name}']").click()
        expect(page.get_by_test_id("more")).to_have_count(0)
        expect(page.get_by_test_id("stop")).to_be_in_viewport()
        found[name] = spill(page)
    assert {name: wide for name, wide in found.items() if wide > 0} == {}
    small = page.evaluate(
        "[...document.querySelectorAll('.nav a, .nav button, [data-testid=stop]')].filter((one) => one.offsetParent)"
        ".map((one) => one.getBoundingClientRect()).filter((box) => box.height < 44).length"
    )
    assert small == 0


def test_the_second_language_leaves_no_word_of_the_first(look: Open, quiet: Seats) -> None:
    page = inside(look(quiet, language="ko"))
    assert page.locator("html").get_attribute("lang") == "ko"
    labels = page.locator("nav [data-testid^=nav-] span")
    assert all(re.search("[\uac00-\ud7a3]", text) for text in labels.all_inner_texts())
    go(page, "settings")
    page.get_by_test_id("option-language").locator("[data-value=en]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_test_id("nav-overview")).to_have_text("Overview")


def test_a_filter_that_nothing_fits_says_so_and_shows_all_again(look: Open, busy: Seats) -> None:
    page = inside(look(busy))
    page.keyboard.press("g")
    page.keyboard.press("h")
    table, search = page.get_by_test_id("trades"), page.get_by_test_id("trades-filter")
    expect(table.locator("[data-key]").first).to_be_visible()
    search.fill("nothing has this")
    expect(table.get_by_test_id("empty")).to_contain_text("“nothing has this”")
    expect(table.get_by_role("row")).to_have_count(0)
    page.get_by_test_id("trades-all").click()
    expect(table.locator("[data-key]").first).to_be_visible()
    expect(search).to_be_focused()
    expect(search).to_have_value("")


def test_the_whole_room_by_keyboard_alone(look: Open, busy: Seats) -> None:
    page = inside(look(busy))
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_class("skip")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_test_id("help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("help")).to_have_count(0)
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page.get_by_test_id("nav-history")).to_have_attribute("aria-current", "page")
    page.keyboard.press("/")
    expect(page.get_by_test_id("trades-filter")).to_be_focused()
    page.keyboard.type("ss")
    expect(page.get_by_test_id("stop-dialog")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.keyboard.press("s")
    expect(page.get_by_test_id("stop-dialog")).to_be_visible()
    reached = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        inside_it = page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
        assert inside_it, page.evaluate("document.activeElement.outerHTML")
        reached.add(page.evaluate("document.activeElement.dataset.testid"))
    assert {"stop-cancel", "stop-confirm"} <= reached
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stop-dialog")).to_have_count(0)


HOSTILE = (
    '<img src=x onerror="window.hit=1">', "<script>window.hit=2</script>", '"><svg onload="window.hit=3">',
    "javascript:window.hit=4", "{{constructor.constructor('window.hit=5')()}}", "</textarea><iframe src=//evil>",
)  # fmt: skip
HEBREW = "\u05e2\u05e1\u05e7\u05d4 \u202e\u05d0\u05d1\u05d2 (12)"
SHOWN = {
    "title",
    "text",
    "reason",
    "actor",
    "strategy",
    "symbol",
    "release",
    "why",
    "why_off",
    "kind",
    "name",
    "signal",
}
"""Under these names stands what people, files, brokers or models have written."""


@pytest.mark.parametrize("text", [" ".join(HOSTILE), HEBREW], ids=["hostile", "hebrew"])
def test_text_from_elsewhere_is_shown_as_text_wherever_it_stands(
    text: str, look: Open, quiet: Seats, watched: Watched
) -> None:
    watched.excused += ["404", "422"]  # no instrument has such a name, nor one of that length
    page = look(quiet, goes=False)
    rewire(page, lambda data: every(data, lambda name, value: f"{value} {text}" if name in SHOWN and value else value))
    page.goto(quiet.address)
    inside(page)
    seen = 0
    for name in PAGES:
        go(page, name)
        main = page.get_by_test_id("main")
        expect(main.locator("h1, h2").first).to_be_attached()
        seen += text[:20] in main.inner_text()
        assert page.evaluate("window.hit") is None
        assert page.locator("img, iframe, main script, svg[onload]").count() == 0
        assert spill(page) <= 0, name
    assert seen >= 7
