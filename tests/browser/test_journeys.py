"""What a person does with deployments, as a person does it: see, pause, stop one, stop all, and come back."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from openbell.cli import perform
from openbell.core.enable import account_digits
from openbell.core.types import NS
from openbell.run import state as states
from openbell.run.clock import WallClock
from openbell.run.reading import read_book
from tests.browser.conftest import Open, Seats
from tests.browser.walk import PAGES, api, cell, go, inside
from tests.cli.process import until
from tests.conftest import THOROUGH


def card(page: Page, name: str) -> Locator:
    """Return the card of a deployment."""
    return page.locator(f"[data-testid=deployment][data-id={name}]")


def enable(state: Path) -> None:
    """Lift a kill as the operator does, at the command line."""
    digits = account_digits(read_book(states.journal(state)).book, "main")
    assert perform(["enable", "--state", str(state), "--reason", "rehearsed", "--digits", digits, "--json"]) == 0


def resting(page: Page) -> set[str]:
    """Return the orders that are open at the exchange."""
    shown = api(page, "/api/snapshot", state="rehearsal")["orders"]
    return {key for key, row in shown.items() if row["is_open"]}


MOST_TO_FLAT_NS = 20 * NS
"""From the click that confirms to what the venue says; a busy machine takes longer than the engine does."""


def kill(page: Page) -> None:
    """Press STOP and confirm it, and see it through until the venue says flat, in time."""
    page.get_by_test_id("stop").click()
    expect(page.get_by_test_id("stop-dialog")).to_be_visible()
    clicked = WallClock().now()
    page.get_by_test_id("stop-confirm").click()
    expect(page.get_by_test_id("stop-progress")).to_have_attribute("data-stage", "done")
    expect(page.get_by_test_id("stop-progress")).to_have_attribute("data-flat", "true")
    assert WallClock().now() - clicked < MOST_TO_FLAT_NS


def test_it_shows_what_is_deployed_moving(look: Open, busy: Seats) -> None:
    page = inside(look(busy))
    equity = page.get_by_test_id("equity")
    before = equity.inner_text()
    expect(equity).not_to_have_text(before)
    assert re.match(r"[●] DEMO|[●] ", page.title()), page.title()
    go(page, "deployments")
    for name in ("cross", "dips"):
        expect(card(page, name).get_by_test_id("status")).to_have_attribute("data-status", "active")
    expect(card(page, "cross").get_by_test_id("card-trades").locator("dd")).to_have_text(re.compile("[1-9]"))
    go(page, "positions")
    held = page.get_by_test_id("row").first
    expect(held).to_be_visible()
    # What is held is worth something else with each bar, and its result with it.
    row = page.locator(f"[data-testid=row][data-key='{held.get_attribute('data-key')}']")
    for column in ("px", "pnl"):
        shown = cell(row, column).inner_text()
        expect(cell(row, column)).not_to_have_text(shown)
    go(page, "history")
    expect(page.get_by_test_id("row").first).to_be_visible()
    go(page, "chart")
    candles = page.get_by_test_id("candles")
    for name in ("data-bars", "data-marks"):
        before = candles.get_attribute(name) or ""
        expect(candles).not_to_have_attribute(name, before)
        assert int(candles.get_attribute(name) or 0) > int(before), "candles and trades come while one looks"
    go(page, "strategies")
    page.locator("[data-testid=strategy][data-kind=ema_cross]").get_by_test_id("deploy").click()
    expect(page.get_by_test_id("deploy-dialog").get_by_role("heading").first).to_contain_text("ema cross")
    traded = api(page, "/api/trading/deployment/rehearsal:cross")["instruments"]
    assert page.get_by_test_id("deploy-symbols").input_value() == ", ".join(traded[:2])


def test_a_pause_shows_with_its_reason_and_is_lifted(look: Open, busy: Seats) -> None:
    page = inside(look(busy))
    go(page, "deployments")
    mine = card(page, "dips")
    mine.get_by_test_id("pause").click()
    expect(mine.get_by_test_id("status")).to_have_attribute("data-status", "paused")
    expect(mine.get_by_test_id("reason")).not_to_be_empty()
    expect(card(page, "cross").get_by_test_id("status")).to_have_attribute("data-status", "active")
    mine.get_by_test_id("resume").click()
    page.get_by_test_id("resume-reason").fill("looked at it")
    page.get_by_test_id("resume-confirm").click()
    expect(mine.get_by_test_id("status")).to_have_attribute("data-status", "active")


def test_a_hard_refresh_comes_back_to_the_same_place(look: Open, busy: Seats) -> None:
    page = inside(look(busy))
    go(page, "deployments")
    address = page.url
    page.reload()
    inside(page)
    assert page.url == address
    expect(card(page, "cross")).to_be_visible()
    assert api(page, "/api/session")["stage"] == "open"


def test_STOP_is_on_every_page_and_sends_nothing_before_it_is_confirmed(look: Open, busy: Seats) -> None:
    page = inside(look(busy))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    dialog = page.get_by_test_id("stop-dialog")
    for name in PAGES:
        go(page, name)
        page.get_by_test_id("stop").click()
        expect(page.get_by_test_id("stop-will").get_by_role("listitem")).to_have_count(4)
        expect(dialog.get_by_role("note")).to_contain_text("Use only in critical situations")
        page.get_by_test_id("stop-cancel").click()
        expect(dialog, name).to_have_count(0)
        page.keyboard.press("s")
        page.keyboard.press("s")
        expect(dialog, name).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog, name).to_have_count(0)
    assert not [one for one in asked if "/api/command" in one or "/api/trading" in one]


def test_stopping_one_closes_what_it_holds_and_leaves_the_other_trading(look: Open, busy: Seats) -> None:
    page = inside(look(busy))
    go(page, "deployments")
    mine, other = card(page, "dips"), card(page, "cross")
    mine.get_by_test_id("stop-one").click()
    page.get_by_test_id("stop-one-cancel").click()
    expect(page.get_by_test_id("stop-one-dialog")).to_have_count(0)
    expect(mine.get_by_test_id("status")).to_have_attribute("data-status", "active")
    mine.get_by_test_id("stop-one").click()
    page.get_by_test_id("stop-one-confirm").click()
    expect(mine, "once it is closed it is out of the grid").to_have_count(0)
    page.get_by_test_id("status-filter").locator("[data-value=stopped]").click()
    expect(mine.get_by_test_id("status")).to_have_attribute("data-status", "stopped")
    expect(mine.get_by_test_id("card-open-positions")).to_contain_text("0")
    page.get_by_test_id("status-filter").locator("[data-value=now]").click()
    expect(other.get_by_test_id("status")).to_have_attribute("data-status", "active")
    assert api(page, "/api/trading/positions/rehearsal:dips") == {"positions": []}
    held = other.get_by_test_id("card-trades").inner_text()
    expect(other.get_by_test_id("card-trades")).not_to_have_text(held)


@pytest.mark.parametrize("name", PAGES if THOROUGH else ["positions"])
def test_STOP_closes_everything_until_flat_is_confirmed(name: str, look: Open, busy: Seats, moving: Path) -> None:
    page = inside(look(busy))
    go(page, "positions")
    expect(page.get_by_test_id("row").first).to_be_visible()
    go(page, name)
    until(lambda: resting(page) != set(), "a stop that rests at the exchange")
    kill(page)
    page.keyboard.press("Escape")
    go(page, "positions")
    expect(page.get_by_test_id("row")).to_have_count(0)
    go(page, "deployments")
    expect(page.get_by_test_id("deployment")).to_have_count(0)
    expect(page.get_by_test_id("empty")).to_contain_text("Stopped: 2")
    go(page, "positions")
    expect(page.get_by_test_id("stop-line")).to_be_visible()
    page.reload()
    expect(inside(page).get_by_test_id("stop-line")).to_be_visible()
    assert api(page, "/api/snapshot", state="rehearsal")["positions"] == {}
    assert resting(page) == set(), "what rested was taken back"
    enable(moving)
    expect(page.get_by_test_id("stop-line")).to_have_count(0)
    expect(page.get_by_test_id("row").first).to_be_visible()
