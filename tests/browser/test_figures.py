"""What the page shows is what the server answers, figure for figure, on a run that stands still."""

import re
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from openbell.core.types import NS
from tests.browser.conftest import Open, Seats
from tests.browser.room import number, span
from tests.browser.walk import api, cell, changed, go, inside, resocket, rewire

STATE = "rehearsal"
TODAY = {"day_pnl": "-12.34", "day_pnl_share": -0.0005}
"""What a day has made that is not the first."""


def shown(place: Locator) -> str:
    """Return the first figure that stands somewhere, as a plain number."""
    return number(place.inner_text())


def rounded(value: str | float, digits: int = 2) -> float:
    """Return a figure as the page rounds it."""
    return round(float(value), digits)


def test_a_card_has_the_eight_figures_of_the_status_endpoint(look: Open, quiet: Seats) -> None:
    page = inside(look(quiet))
    go(page, "deployments")
    rows = api(page, "/api/trading/deployments")["deployments"]
    assert {row["id"] for row in rows} == {"cross", "dips"}
    for row in rows:
        card = page.locator(f"[data-testid=deployment][data-id={row['id']}]")
        find = card.get_by_test_id
        expect(find("status")).to_have_attribute("data-status", row["status"])
        assert rounded(shown(find("card-pnl"))) == pytest.approx(rounded(row["pnl"]), abs=0.011)
        assert rounded(shown(find("card-day-pnl"))) == pytest.approx(rounded(row["day_pnl"]), abs=0.011)
        assert int(shown(find("card-trades").locator("dd"))) == row["trades"] > 0
        assert float(shown(find("card-win-rate").locator("dd"))) == pytest.approx(100 * row["win_rate"], abs=0.051)
        assert int(shown(find("card-open-positions").locator("dd"))) == row["open_positions"]
        assert float(shown(find("card-drawdown").locator("dd"))) == pytest.approx(-100 * row["drawdown"], abs=0.0051)
        for name, key in (("card-pnl", "pnl_share"), ("card-day-pnl", "day_pnl_share")):
            assert float(shown(find(name).locator(".part"))) == pytest.approx(100 * row[key], abs=0.0051)
        assert find("card-card-status").locator("dd").inner_text().lower() == row["status"] == "stopped"
        # What has ended counts no longer.
        assert find("card-uptime").locator("dd").inner_text() == "\u2013"
    moving = look(quiet, goes=False)
    resocket(
        moving,
        changed(
            run=lambda run: {**run, "is_running": True, "is_synthetic": True},
            deployments=lambda rows: {name: {**row, "status": "active", **TODAY} for name, row in rows.items()},
        ),
    )
    moving.goto(quiet.address)
    go(inside(moving), "deployments")
    market = int(api(page, "/api/snapshot", state=STATE)["run"]["market_ts"])
    for row in rows:
        up = moving.locator(f"[data-testid=deployment][data-id={row['id']}]").get_by_test_id("card-uptime")
        expect(up.locator("dd")).to_have_text(span(market - int(row["started_ts"])))
        # The run is of one day: what the day has made is all that was made, but where it is told otherwise.
        find = moving.locator(f"[data-testid=deployment][data-id={row['id']}]").get_by_test_id
        assert (shown(find("card-day-pnl")), shown(find("card-day-pnl").locator(".part"))) == ("-12.34", "-0.05")
        assert rounded(shown(find("card-pnl"))) == pytest.approx(rounded(row["pnl"]), abs=0.011)


def test_a_position_has_the_columns_of_the_positions_endpoint(look: Open, quiet: Seats) -> None:
    page = look(quiet, goes=False)

    def turned(row: dict[str, Any]) -> dict[str, Any]:
        # This market holds nothing short: what it holds is told a second time as if it were.
        return {**row, "key": f"{row['key']}~", "side": "short", "pnl": "-7.25", "pnl_share": -0.0125}  # fmt: skip

    def both(rows: dict[str, Any]) -> dict[str, Any]:
        return rows | {f"{key}~": turned(row) for key, row in rows.items()}

    # Of an invented market, whose clock stands still with it.
    resocket(page, changed(run=lambda run: {**run, "is_synthetic": True}, positions=both))
    page.goto(quiet.address)
    go(inside(page), "positions")
    market = int(api(page, "/api/snapshot", state=STATE)["run"]["market_ts"])
    held = [
        row for name in ("cross", "dips") for row in api(page, f"/api/trading/positions/{STATE}:{name}")["positions"]
    ]
    assert {row["side"] for row in held} == {"long"}
    held += [turned(row) for row in held]
    expect(page.get_by_test_id("row")).to_have_count(len(held))
    for one in held:
        row = page.locator(f"[data-testid=row][data-key='{one['key']}']")
        assert cell(row, "symbol").inner_text().startswith(one["symbol"])
        assert cell(row, "side").inner_text() == one["side"].upper()
        assert float(shown(cell(row, "qty"))) == abs(float(one["qty"]))
        assert float(shown(cell(row, "entry_px"))) == pytest.approx(float(one["entry_px"]), abs=1e-4)
        assert float(shown(cell(row, "px"))) == float(one["px"])
        assert float(shown(cell(row, "pnl"))) == pytest.approx(float(one["pnl"]), abs=0.0051)
        assert float(shown(cell(row, "pnl_share"))) == pytest.approx(100 * one["pnl_share"], abs=0.0051)
        assert cell(row, "opened").inner_text() == span(market - int(one["opened_ts"]))


def test_a_trade_has_the_columns_of_the_history_endpoint(look: Open, quiet: Seats) -> None:
    page = look(quiet, goes=False)

    def short(data: Any) -> Any:
        # Nothing was sold short here: the newest trade is told as if it had been.
        found = data.get("trades") if isinstance(data, dict) else None
        return {**data, "trades": [{**found[0], "side": "short"}, *found[1:]]} if found else data

    rewire(page, short)
    page.goto(f"{quiet.address}#/{STATE}/history?deployment=dips")
    inside(page)
    trades = short(api(page, f"/api/trading/history/{STATE}:dips"))["trades"]
    assert {one["side"] for one in trades[:8]} == {"long", "short"}
    rows = page.get_by_test_id("row")
    for at, one in enumerate(trades[:8]):
        row = rows.nth(at)
        assert cell(row, "symbol").inner_text() == one["symbol"]
        assert cell(row, "side").inner_text() == one["side"].upper()
        assert float(shown(cell(row, "entry"))) == pytest.approx(float(one["entry_px"]), abs=1e-4)
        assert float(shown(cell(row, "exit"))) == pytest.approx(float(one["exit_px"]), abs=1e-4)
        assert float(shown(cell(row, "pnl"))) == pytest.approx(float(one["pnl"]), abs=0.0051)
        assert float(shown(cell(row, "share"))) == pytest.approx(100 * one["pnl_share"], abs=0.0051)
        for name in ("opened", "closed"):
            at_s = datetime.fromtimestamp(int(one[f"{name}_ts"]) // NS, tz=UTC)
            assert f"{at_s:%m-%d %H:%M:%S}" in cell(row, name).inner_text()
        # Its word is that of the language; its class is the reason itself.
        assert cell(row, "reason").inner_text().strip()
        expect(cell(row, "reason").locator(".chip")).to_have_class(f"chip reason-{one['reason'].split()[-1]}")


def test_the_account_on_the_overview_is_that_of_the_snapshot(look: Open, quiet: Seats) -> None:
    page = look(quiet, goes=False)
    # The run is of one day and holds nothing short: its day is all that was made and its gross exposure the net one, but
    # where they are told otherwise.
    other = {**TODAY, "net": "-1234.5", "drawdown": 0.0317}
    resocket(page, changed(accounts=lambda rows: {name: {**row, **other} for name, row in rows.items()}))
    page.goto(quiet.address)
    account = api(inside(page), "/api/snapshot", state=STATE)["accounts"]["main"] | other
    go(page, "overview")
    assert float(shown(page.get_by_test_id("equity").locator("dd"))) == rounded(account["equity"])
    assert float(shown(page.get_by_test_id("cash").locator("dd"))) == rounded(account["cash"])
    for name, key in (("total-pnl", "pnl"), ("day-pnl", "day_pnl")):
        assert float(shown(page.get_by_test_id(name).locator("dd"))) == pytest.approx(float(account[key]), abs=0.0051)
    assert float(shown(page.get_by_test_id("realised"))) == pytest.approx(float(account["realised"]), abs=0.0051)
    closed = [row for name in ("cross", "dips") for row in closed_trades(page, name)]
    assert Decimal(account["realised"]) == sum(Decimal(row["pnl"]) for row in closed)
    assert sum(Decimal(row["fees"]) for row in closed) > 0
    for row in closed:
        moved = (Decimal(row["exit_px"]) - Decimal(row["entry_px"])) * Decimal(row["qty"])
        before_costs = float(moved if row["side"] == "long" else -moved)
        assert float(row["pnl"]) == pytest.approx(before_costs - float(row["fees"]), abs=0.01), "costs are part of it"
    fall = float(shown(page.get_by_test_id("drawdown").locator("dd")))
    assert abs(fall) == pytest.approx(100 * account["drawdown"], abs=0.0051)
    gross, net = (100 * float(account[key]) / float(account["equity"]) for key in ("gross", "net"))
    assert float(shown(page.get_by_test_id("unrealised"))) == pytest.approx(float(account["unrealised"]), abs=0.0051)
    parts = [Decimal(account[key]) for key in ("realised", "unrealised", "other")]
    assert sum(parts) == Decimal(account["pnl"]), "what it is made of adds up to it"
    if parts[2]:
        assert float(shown(page.get_by_test_id("other"))) == pytest.approx(float(parts[2]), abs=0.0051)
    largest = page.get_by_test_id("largest")
    expect(largest).to_contain_text(account["largest"])
    assert float(shown(largest)) == pytest.approx(100 * account["concentration"], abs=0.051) != 0
    exposure = page.get_by_test_id("exposure").locator("dd")
    assert float(shown(exposure)) == pytest.approx(gross, abs=0.051) != 0
    assert float(shown(exposure.locator(".part").first)) == pytest.approx(net, abs=0.051)


def closed_trades(page: Page, deployment: str) -> list[dict[str, Any]]:
    """Return every closed trade of a deployment."""
    found: list[dict[str, Any]] = []
    before: dict[str, str] = {}
    while rows := api(page, "/api/trades", state=STATE, deployment=deployment, count="3000", **before)["trades"]:
        found += rows
        before = {"before_seq": str(rows[-1]["seq"])}
    return found


def test_the_history_is_asked_for_when_its_page_is_opened(look: Open, quiet: Seats) -> None:
    page = look(quiet, goes=False)
    asked: list[str] = []
    told: list[Any] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/trades" in request.url else None)
    resocket(page, lambda data: told.append(data) or data)
    page.goto(quiet.address)
    inside(page)
    for name in ("deployments", "positions", "orders", "risk"):
        go(page, name)
    assert (asked, [one["data"]["trades"] for one in told if one["type"] == "snapshot" and "run" in one["data"]]) == (
        [],
        [[]],
    )
    go(page, "history")
    expect(page.get_by_test_id("row").first).to_be_visible()
    assert len(asked) == 1


HOUR_NS = 3_600 * 10**9
MONEY = {
    "local": (False, True, 0, "LIVE TRADING\nSIMULATED", "LIVE \u00b7 SIMULATED", "icon-red-sim.svg", None),
    "real": (True, False, 0, "LIVE TRADING\nREAL MONEY", "LIVE \u00b7 REAL MONEY", "icon-red.svg", "false"),
    "ended": (True, False, -1, "LIVE TRADING\nREAL MONEY", "LIVE \u00b7 REAL MONEY", "icon-red.svg", "false"),
    "armed": (True, False, 2, "LIVE TRADING\nREAL MONEY", "LIVE \u00b7 REAL MONEY \u00b7 ARMED", "icon-red-armed.svg", "true"),
}  # fmt: skip


@pytest.mark.parametrize("case", MONEY)
def test_badge_title_and_favicon_say_whose_money_it_is_and_whether_it_may_be_spent(
    case: str, look: Open, quiet: Seats
) -> None:
    is_real, is_simulated, hours, badge, title, icon, armed = MONEY[case]
    until = str(time.time_ns() + hours * HOUR_NS) if hours else None
    given = {"mode": "live", "badge": "live", "is_synthetic": False, "is_simulated": is_simulated}
    account = {"is_real": is_real, "is_simulated": is_simulated, "armed_until_ts": until}

    def live(data: Any) -> Any:
        if isinstance(data, list):
            return [live(one) for one in data]
        if not isinstance(data, dict):
            return data
        more = given if "badge" in data and "seq" in data else account if "armed_until_ts" in data else {}
        return {**{key: live(value) for key, value in data.items()}, **more}

    page = look(quiet, goes=False)
    rewire(page, live)
    page.goto(quiet.address)
    inside(page)
    expect(page.get_by_test_id("mode-badge").first).to_have_text(badge, use_inner_text=True)
    assert page.title().startswith(f"\u25cb {title} ")
    assert page.title().endswith(" · Rehearsal · openbell"), page.title()
    assert page.evaluate("document.getElementById('favicon').href").endswith(f"/static/{icon}")
    if armed is None:
        expect(page.get_by_test_id("armed")).to_have_count(0)
    else:
        expect(page.get_by_test_id("armed")).to_have_attribute("data-armed", armed)


def test_a_snapshot_full_of_ended_orders_says_that_there_were_more(look: Open, quiet: Seats) -> None:
    page = look(quiet, goes=False)
    counts = {"many": 200}

    def ended(rows: dict[str, Any]) -> dict[str, Any]:
        one = next(row for row in rows.values() if row["status"].lower() == "filled")
        return {f"E-{n:03}": {**one, "oid": f"E-{n:03}"} for n in range(counts["many"])}

    resocket(page, changed(orders=ended))
    page.goto(quiet.address)
    go(inside(page), "orders")
    for many, told in ((200, "200+"), (199, "199")):
        counts["many"] = many
        page.reload()
        words = re.compile(rf"Ended {re.escape(told)}\s*All {re.escape(told)}$")
        expect(inside(page).get_by_test_id("orders-show")).to_contain_text(words)


def test_S4_054_an_entry_that_is_held_for_a_person_is_refused_on_the_page(look: Open, quiet: Seats) -> None:
    page = look(quiet, goes=False)
    given: list[Any] = []

    def held(rows: dict[str, Any]) -> dict[str, Any]:
        one = next(iter(rows.values()))
        key = f"confirm/{one['deployment']}/{one['symbol']}/1"
        return {key: {**one, "oid": key, "status": "held", "is_open": True, "filled": "0"}}

    def taken(route: Route) -> None:
        given.append(route.request.post_data_json)
        route.fulfill(json={"ok": True, "how": "answered", "text": "refuse: taken by the engine"})

    resocket(page, changed(orders=held))
    page.route("**/api/command", taken)
    page.goto(quiet.address)
    go(inside(page), "orders")
    page.get_by_test_id("row").get_by_text("waits for a person").click()
    assert given == []
    page.get_by_test_id("refuse").click()
    expect(page.get_by_test_id("toast")).to_contain_text("refuse: taken by the engine")
    (word,) = given
    assert (word["kind"], word["ask"].startswith("confirm/")) == ("refuse", True)
