"""What tells at a glance how a deployment stands: its state's word and colour, the badges, how long it has run."""

import colorsys
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open, Seats
from tests.browser.room import span
from tests.browser.walk import api, changed, go, inside, resocket

STATES = {
    "active": ("Active", ""),
    "paused": ("Paused", "daily_loss: main: lost 1.02 percent of its equity at the session's open"),
    "stopped": ("Stopped", "web owner: by hand"),
    "error": ("Error", "the engine ended: the disk is full"),
}
LIMIT = {
    "key": "main/max_positions", "id": "D6", "name": "max_positions", "account": "main", "scope": "account:main",
    "text": "at most 1", "used": 1.0, "limit": 1.0, "unit": "positions", "share": 1.0, "state": "near", "why": "",
    "why_off": "",
}  # fmt: skip


def running(run: dict[str, Any]) -> dict[str, Any]:
    """Return a run as if an engine ran it on an invented market."""
    return {**run, "is_running": True, "is_synthetic": True}


def active(deployments: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return deployments of which these are active, the others stopped."""
    return {
        name: {**row, "status": "active" if name in names else "stopped", "reason": ""}
        for name, row in deployments.items()
    }


def hue(colour: str) -> tuple[float, float]:
    """Return hue in degrees and saturation of a colour as the browser computes it."""
    red, green, blue = (int(one) / 255 for one in re.findall(r"\d+", colour)[:3])
    turn, _, full = colorsys.rgb_to_hls(red, green, blue)
    return turn * 360, full


def named(colour: str) -> str:
    """Return what a person calls a colour."""
    angle, full = hue(colour)
    if full < 0.25:
        return "grey"
    bounds = ((16, "red"), (50, "orange"), (170, "green"), (260, "blue"), (360, "red"))
    return next(name for bound, name in bounds if angle <= bound)


def style(place: Locator, name: str, pseudo: str | None = None) -> str:
    """Return a computed style."""
    return str(place.evaluate(f"(one, pseudo) => getComputedStyle(one, pseudo).{name}", pseudo))


def test_each_state_has_its_word_its_sign_and_its_colour_and_says_why(look: Open, quiet: Seats) -> None:
    page = look(quiet, goes=False)

    def four(rows: dict[str, Any]) -> dict[str, Any]:
        return {
            name: {**rows["cross"], "id": name, "status": name, "reason": reason}
            for name, (_, reason) in STATES.items()
        }

    resocket(page, changed(run=running, deployments=four, limits=lambda rows: {**rows, LIMIT["key"]: LIMIT}))
    page.goto(quiet.address)
    go(inside(page), "deployments")
    signs = set()
    for theme in ("dark", "light"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
        for name, (word, reason) in STATES.items():
            card = page.locator(f"[data-testid=deployment][data-id={name}]")
            tag = card.get_by_test_id("status")
            expect(tag).to_have_text(word)
            colour = {"active": "green", "paused": "orange", "stopped": "grey", "error": "red"}[name]
            assert named(style(tag, "color")) == colour, (theme, name, style(tag, "color"))
            assert named(style(card, "backgroundColor", "::before")) == colour, (theme, name)
            signs.add(tag.locator("svg").inner_html())
            if reason:
                expect(card.get_by_test_id("reason")).to_have_text(reason)
            else:
                expect(card.get_by_test_id("reason")).to_have_count(0)
    assert len(signs) == len(STATES), "a state is told by its sign as well, not by colour alone"
    go(page, "risk")
    gauge = page.locator("[data-testid=limit][data-id=D6] .gauge-foot span")
    assert gauge.all_inner_texts() == ["1 position", "1 position"]


def chart_of(page: Page, deployment: str) -> Page:
    """Go to the chart of a deployment's instrument."""
    page.goto(f"{page.url.partition('#')[0]}#/rehearsal/chart?symbol=AURA&deployment={deployment}")
    expect(page.get_by_test_id("strategy-info")).to_contain_text(deployment)
    return page


@pytest.mark.parametrize(
    ("badge", "words", "colour"), [("sim", "PAPER TRADING", "blue"), ("live", "LIVE TRADING", "red")]
)
def test_a_deployed_strategy_has_a_white_badge_that_pulses_and_one_of_its_mode(
    badge: str, words: str, colour: str, look: Open, quiet: Seats
) -> None:
    page = look(quiet, goes=False, reduced_motion="no-preference")
    run = {"badge": badge, "mode": badge}
    resocket(page, changed(run=lambda row: {**running(row), **run}, deployments=lambda rows: active(rows, "cross")))
    page.goto(quiet.address)
    panel = chart_of(inside(page), "cross").get_by_test_id("strategy-info")
    white, mode = panel.get_by_test_id("deployed-badge"), panel.get_by_test_id("mode-badge")
    expect(white).to_have_text("DEPLOYED")
    assert style(white, "backgroundColor") == "rgb(255, 255, 255)"
    expect(mode).to_contain_text(words)
    expect(mode).to_have_class(re.compile(rf"\bbadge-{colour}\b"))
    assert named(style(mode, "backgroundColor")) == colour
    above, below = panel.bounding_box(), page.get_by_test_id("candles").bounding_box()
    assert above and below and above["y"] + above["height"] <= below["y"], "it stands above the chart"
    for one in (white, mode):
        expect(one).to_have_class(re.compile(r"\bis-deployed\b"))
        assert style(one.locator(".badge-dot"), "animationName").startswith("pulse")
    page.emulate_media(reduced_motion="reduce")
    for one in (white, mode):
        assert style(one.locator(".badge-dot"), "animationName") == "none"
    expect(chart_of(page, "dips").get_by_test_id("deployed-badge")).to_have_count(0)
    go(page, "strategies")
    badged = page.locator("[data-testid=strategy]", has=page.get_by_test_id("deployed-badge"))
    expect(badged).to_have_count(1)
    expect(badged).to_have_attribute("data-kind", "ema_cross")


def test_uptime_counts_from_the_deployment(look: Open, quiet: Seats) -> None:
    page = look(quiet, goes=False)
    now = {"ts": 0}
    resocket(
        page,
        changed(
            run=lambda run: {**running(run), "market_ts": str(now["ts"])},
            deployments=lambda rows: active(rows, "cross", "dips"),
        ),
    )
    page.goto(quiet.address)
    inside(page)
    rows = api(page, "/api/trading/deployments")["deployments"]
    (begun,) = {int(row["started_ts"]) for row in rows}
    for later_s, shown in ((307, "5m 7s"), (4000, "1h 6m"), (200_000, "2d 7h")):
        now["ts"] = begun + later_s * 10**9
        page.reload()
        go(inside(page), "deployments")
        assert span(later_s * 10**9) == shown
        for up in page.get_by_test_id("card-uptime").locator("dd").all():
            expect(up).to_have_text(shown)
    expect(page.get_by_test_id("card-uptime")).to_have_count(len(rows))


def whose(page: Page, deployment: str | None) -> list[Any]:
    """Return the fills of AURA that a snapshot has: of one deployment, of all where none is named."""
    rows = api(page, "/api/snapshot", state="rehearsal")["fills"]
    return [row for row in rows if row["symbol"] == "AURA" and deployment in (None, row["deployment"])]


def test_trades_are_drawn_upon_the_candles(look: Open, quiet: Seats) -> None:
    pictures = []
    for is_drawn in (True, False):
        page = look(quiet, goes=False, motion="less")
        resocket(page, changed(fills=lambda rows, is_drawn=is_drawn: rows if is_drawn else []))
        page.goto(quiet.address)
        chart_of(inside(page), "cross")
        shown = whose(page, "cross")
        assert shown
        candles = page.get_by_test_id("candles")
        expect(candles).to_have_attribute("data-marks", str(len(shown) if is_drawn else 0))
        pictures.append(page.locator(".candles-box").screenshot())
    assert pictures[0] != pictures[1], "what was traded is to be seen"


def test_a_chart_shows_the_trades_of_one_deployment_and_of_all_only_where_asked(look: Open, quiet: Seats) -> None:
    page = look(quiet, motion="less")
    chart_of(inside(page), "cross")
    candles, chooses = page.get_by_test_id("candles"), page.get_by_test_id("chart-deployment")
    assert chooses.locator("option").all_inner_texts() == ["cross", "dips", "All"]
    counts = {name: len(whose(page, name)) for name in ("cross", "dips", None)}
    assert counts["cross"] and counts["dips"] and counts["cross"] + counts["dips"] == counts[None]
    for name, value, told in (("dips", "dips", "dips"), (None, "*", "All"), ("cross", "cross", "cross")):
        chooses.select_option(value)
        expect(candles).to_have_attribute("data-marks", str(counts[name]))
        expect(candles.get_by_role("img")).to_have_attribute("aria-label", re.compile(f"trades of: {told};"))
    go(page, "history")
    row = page.get_by_test_id("row").first
    (symbol, deployment) = (row.locator(f"[data-column={name}]").inner_text() for name in ("symbol", "deployment"))
    row.locator("a.symbol").click()
    expect(page.get_by_test_id("chart-symbol")).to_have_value(symbol)
    expect(chooses).to_have_value(deployment)
