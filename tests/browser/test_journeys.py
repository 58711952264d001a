"""What a person does with deployments, as a person does it: see, pause, stop one, stop all, and come back."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from openbell.cli import perform
from openbell.core.enable import account_digits
from openbell.run import state as states
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


def holders(page: Page) -> set[str]:
    """Return the deployments that hold something."""
    return {row["deployment"] for row in api(page, "/api/snapshot", state="rehearsal")["positions"].values()}


def closed_by_a_stop(page: Page, name: str) -> list[str]:
    """Return the trades of a deployment that a stop has closed, of the last few hundred."""
    trades = api(page, f"/api/trading/history/rehearsal:{name}", count="500")["trades"]
    return [row["seq"] for row in trades if "emergency_stop" in row["reason"]]


MOST_BARS_TO_FLAT = 180
"""From the click to the last execution: an hour of a market of three instruments, six seconds at the pace of this run. Bars
are counted and no clock is read: how long a busy machine takes for them is its own affair."""


def kill(page: Page) -> None:
    """Press STOP and confirm it, and see it through until the venue says flat, in time."""
    page.get_by_test_id("stop").click()
    expect(page.get_by_test_id("stop-dialog")).to_be_visible()
    # The market goes ten minutes in a second: what is held is looked at right before the click.
    until(lambda: resting(page) != set(), "a stop that rests at the exchange")
    until(lambda: holders(page) == {"cross", "dips"}, "something that each of them holds")
    clicked = int(api(page, "/api/snapshot", state="rehearsal")["run"]["seq"])
    page.get_by_test_id("stop-confirm").click()
    expect(page.get_by_test_id("stop-progress")).to_have_attribute("data-stage", "done")
    expect(page.get_by_test_id("stop-progress")).to_have_attribute("data-flat", "true")
    last = max(row["seq"] for row in api(page, "/api/fills", state="rehearsal", count="20")["fills"])
    records = api(page, "/api/journal", state="rehearsal", count="1000")["records"]
    word = next(row["seq"] for row in records if row["kind"] == "Command" and "kind=kill" in row["text"])
    bars = sum(row["kind"] == "Bar" and clicked < row["seq"] <= last for row in records)
    (done,) = api(page, "/api/snapshot", state="rehearsal")["kills"].values()
    assert clicked < word and bars <= MOST_BARS_TO_FLAT and (last > word or not done["held"]), (word, last, bars, done)


def test_it_shows_what_is_deployed_moving(look: Open, busy: Seats) -> None:
    page = look(busy, goes=False)
    polled: list[str] = []
    page.on("request", lambda request: polled.append(request.url) if "/api/snapshot" in request.url else None)
    page.goto(busy.address)
    inside(page)
    equity = page.get_by_test_id("equity")
    before = equity.inner_text()
    expect(equity).not_to_have_text(before)
    assert re.match(r"[●] DEMO|[●] ", page.title()), page.title()
    go(page, "deployments")
    for name in ("cross", "dips"):
        expect(card(page, name).get_by_test_id("status")).to_have_attribute("data-status", "active")
        expect(card(page, name).get_by_test_id("card-trades").locator("dd")).to_have_text(re.compile("[1-9]"))
    go(page, "positions")
    held = page.get_by_test_id("row").first
    expect(held).to_be_visible()
    # What is held is worth something else with each bar, and its result with it.
    row = page.locator(f"[data-testid=row][data-key='{held.get_attribute('data-key')}']")
    for column in ("px", "pnl"):
        shown = cell(row, column).inner_text()
        expect(cell(row, column)).not_to_have_text(shown)
    expect(cell(row, "px").locator(".px"), "with its age").to_have_attribute("title", re.compile(r"^\d+ s old$"))
    expect(page.get_by_test_id("line")).to_have_attribute("data-health", "live")
    assert polled == [], "all of it was pushed: nothing is asked for while the socket is there"
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
    address, names = page.url, ("cross", "dips")
    for name in names:
        expect(card(page, name).get_by_test_id("mode-badge")).to_have_attribute("data-deployed", "true")
    page.reload()
    inside(page)
    assert page.url == address
    for name in names:
        expect(card(page, name).get_by_test_id("status")).to_have_attribute("data-status", "active")
        expect(card(page, name).get_by_test_id("mode-badge")).to_have_attribute("data-deployed", "true")
    assert api(page, "/api/session")["stage"] == "open"


def test_STOP_is_on_every_page_and_sends_nothing_before_it_is_confirmed(look: Open, busy: Seats) -> None:
    page = inside(look(busy))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if does(request) else None)
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
    go(page, "deployments")
    expect(page.get_by_test_id("emergency-stop")).to_have_text("Emergency Stop")
    page.get_by_test_id("emergency-stop").click()
    expect(dialog, "the panel has one of its own, at its top right").to_be_visible()
    page.get_by_test_id("stop-cancel").click()
    expect(dialog).to_have_count(0)
    for name in ("stop", "emergency-stop"):
        box = page.get_by_test_id(name).bounding_box()
        assert box is not None and box["x"] + box["width"] / 2 > 1280 * 0.75 and box["y"] < 200, (name, box)
    assert asked == []


def does(request: Request) -> bool:
    """Return whether a request makes something happen: not one for a ticket of the socket, which comes back by itself."""
    return request.method == "POST" and ("/api/command" in request.url or "/api/trading" in request.url)


def test_stopping_one_closes_what_it_holds_and_leaves_the_other_trading(look: Open, busy: Seats, moving: Path) -> None:
    page = inside(look(busy))
    go(page, "deployments")
    mine, other = card(page, "dips"), card(page, "cross")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if does(request) else None)
    expect(mine.get_by_test_id("stop-one")).to_have_text("Stop")
    for way_out in (lambda: page.get_by_test_id("stop-one-cancel").click(), lambda: page.keyboard.press("Escape")):
        mine.get_by_test_id("stop-one").click()
        expect(page.get_by_test_id("stop-one-dialog")).to_be_visible()
        way_out()
        expect(page.get_by_test_id("stop-one-dialog")).to_have_count(0)
        expect(mine.get_by_test_id("status")).to_have_attribute("data-status", "active")
    assert sent == [], "who cancels has asked for nothing"
    before = closed_by_a_stop(page, "cross")
    until(lambda: holders(page) == {"cross", "dips"}, "something that each of them holds")
    mine.get_by_test_id("stop-one").click()
    page.get_by_test_id("stop-one-confirm").click()
    expect(mine, "once it is closed it is out of the grid").to_have_count(0)
    assert len(sent) == 1, sent
    page.get_by_test_id("status-filter").locator("[data-value=stopped]").click()
    expect(mine.get_by_test_id("status")).to_have_attribute("data-status", "stopped")
    expect(mine.get_by_test_id("card-open-positions")).to_contain_text("0")
    page.get_by_test_id("status-filter").locator("[data-value=now]").click()
    expect(other.get_by_test_id("status")).to_have_attribute("data-status", "active")
    assert api(page, "/api/trading/positions/rehearsal:dips") == {"positions": []}
    assert closed_by_a_stop(page, "cross") == before, "what the other held was left alone"
    held = other.get_by_test_id("card-trades").inner_text()
    expect(other.get_by_test_id("card-trades")).not_to_have_text(held)
    enable(moving)
    expect(mine.get_by_test_id("status")).to_have_attribute("data-status", "active")


@pytest.mark.parametrize("name", PAGES if THOROUGH else ["positions"])
def test_STOP_closes_everything_until_flat_is_confirmed(name: str, look: Open, busy: Seats, moving: Path) -> None:
    page = inside(look(busy))
    go(page, "positions")
    expect(page.get_by_test_id("row").first).to_be_visible()
    go(page, name)
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
