import asyncio
from pathlib import Path
from typing import Any

import pytest

from openbell.core.events import Schedule
from openbell.core.types import MINUTE_NS, NS
from openbell.wire.alpaca import trading
from openbell.wire.alpaca.call import Call
from tests.wire.alpaca import spec
from tests.wire.alpaca.stand import T0, Hands, bar, house, order, running

REST = {"type": "limit", "limit_price": "50", "time_in_force": "gtc"}
LEGS = {"take_profit": {"limit_price": "120"}, "stop_loss": {"stop_price": "90"}}


def play(folder: Path, scene: Any) -> Any:
    async def run() -> Any:
        async with running(folder, past=5) as hands:
            return await scene(hands)

    return asyncio.run(run())


def filled(hands: Hands, n: int = 2) -> None:
    for symbol in ("AAPL", "SPY", "BTC/USD"):
        hands.server.house.desk.clerk.play(bar(100.0, n=n, symbol=symbol, volume=9e6))


def test_the_account_its_switches_and_its_worth(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        status, account = await hands.ask("GET", "/v2/account")
        assert (status, account["cash"], account["status"]) == (200, "100000", "ACTIVE")
        assert (await hands.ask("PATCH", "/v2/account/configurations", {"suspend_trade": True}))[1]["suspend_trade"]
        assert (await hands.ask("GET", "/v2/account"))[1]["trade_suspended_by_user"] is True
        assert (await hands.ask("PATCH", "/v2/account/configurations", {"suspend_trade": "no"}))[0] == 422
        for name, wrong in (
            ("max_margin_multiplier", "3"),
            ("max_options_trading_level", 4),
            ("trade_confirm_email", "some"),
        ):
            assert (await hands.ask("PATCH", "/v2/account/configurations", {name: wrong}))[0] == 422
        hands.server.house.worth += [(T0, 100.0), (T0 + MINUTE_NS, 110.0)]
        worth = (await hands.ask("GET", "/v2/account/portfolio/history", timeframe="1Min"))[1]
        assert (worth["profit_loss"], worth["profit_loss_pct"]) == ([0.0, 10.0], [0.0, 0.1])

    play(tmp_path, scene)


def test_an_order_goes_through_its_whole_life(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        status, made = await hands.ask("POST", "/v2/orders", order(client_order_id="a", **REST))
        assert (status, made["status"]) == (200, "accepted")
        by_name = await hands.ask("GET", "/v2/orders:by_client_order_id", client_order_id="a")
        assert by_name[1]["id"] == made["id"]
        new = (await hands.ask("PATCH", f"/v2/orders/{made['id']}", {"limit_price": "60"}))[1]
        assert (await hands.ask("GET", f"/v2/orders/{made['id']}"))[1]["replaced_by"] == new["id"]
        assert [one["id"] for one in (await hands.ask("GET", "/v2/orders"))[1]] == [new["id"]]
        assert await hands.ask("DELETE", f"/v2/orders/{new['id']}") == (204, None)
        assert (await hands.ask("DELETE", f"/v2/orders/{new['id']}"))[0] == 422
        assert (await hands.ask("GET", "/v2/orders/nope"))[0] == 404
        await hands.ask("POST", "/v2/orders", order(**REST))
        assert [one["status"] for one in (await hands.ask("DELETE", "/v2/orders"))[1]] == [200]

    play(tmp_path, scene)


def test_positions_are_told_and_closed(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        bodies = (order(), order(symbol="SPY"), order(symbol="BTC/USD", qty="0.5", time_in_force="gtc"))
        for body in bodies:
            assert (await hands.ask("POST", "/v2/orders", body))[0] == 200
        filled(hands)
        assert len((await hands.ask("GET", "/v2/positions"))[1]) == 3
        assert (await hands.ask("GET", "/v2/positions/BTCUSD"))[1]["qty"] == "0.5"
        assert len((await hands.ask("GET", "/v2/account/activities/FILL"))[1]) == 3
        assert (await hands.ask("DELETE", "/v2/positions/AAPL", percentage="50"))[1]["qty"] == "5"
        closed = (await hands.ask("DELETE", "/v2/positions", cancel_orders="true"))[1]
        assert [(one["symbol"], one["status"]) for one in closed] == [("AAPL", 200), ("SPY", 200), ("BTC/USD", 200)]
        again = (await hands.ask("DELETE", "/v2/positions"))[1]
        assert {one["status"] for one in again} == {403}
        filled(hands, 5)
        assert (await hands.ask("GET", "/v2/positions"))[1] == []
        assert (await hands.ask("GET", "/v2/positions/AAPL"))[0] == 404

    play(tmp_path, scene)


def test_a_bracket_is_told_with_its_legs(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        made = (await hands.ask("POST", "/v2/orders", order(order_class="bracket", **LEGS)))[1]
        assert [leg["status"] for leg in made["legs"]] == ["held", "held"]
        assert (await hands.ask("GET", f"/v2/orders/{made['id']}"))[1]["legs"] is None
        assert len((await hands.ask("GET", "/v2/orders", nested="true"))[1][0]["legs"]) == 2

    play(tmp_path, scene)


def test_instruments_are_listed_by_class(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        assert [one["symbol"] for one in (await hands.ask("GET", "/v2/assets", asset_class="crypto"))[1]] == ["BTC/USD"]
        assert (await hands.ask("GET", "/v2/assets", status="inactive"))[1] == []
        assert [one["symbol"] for one in (await hands.ask("GET", "/v2/assets", exchange="NASDAQ"))[1]] == ["AAPL"]
        assert (await hands.ask("GET", "/v2/assets", exchange="NYSE"))[1] == []
        assert (await hands.ask("GET", "/v2/assets", attributes="has_options"))[1] == []
        # Where no class is named stocks are meant.
        assert {one["class"] for one in (await hands.ask("GET", "/v2/assets"))[1]} == {"us_equity"}
        assert (await hands.ask("GET", "/v2/assets/AAPL"))[1]["fractionable"] is True
        assert (await hands.ask("GET", "/v2/clock"))[1]["is_open"] is True

    play(tmp_path, scene)


def test_the_calendar_is_the_exchanges_own() -> None:
    made, _ = house()
    day = 86_400 * NS
    hours = [
        Schedule(ts=0, calendar="NYSE", date=f"2026-11-{n}", open=T0 + (n - 20) * day + 9_000 * NS,
                 close=T0 + (n - 20) * day + 32_400 * NS, is_open=True)
        for n in (20, 23, 24)
    ]  # fmt: skip
    made.sessions = lambda start, end: [one for one in hours if start <= one.open < end]
    days = trading.calendar(made, Call(query={"start": "2026-11-20", "end": "2026-11-23"}, now=T0)).body
    assert days[0] == {
        "date": "2026-11-20", "open": "09:30", "close": "16:00", "session_open": "0400", "session_close": "2000",
        "settlement_date": "2026-11-23",
    }  # fmt: skip
    assert [day["date"] for day in days] == ["2026-11-20", "2026-11-23"]
    clock = trading.clock(made, Call(now=T0)).body
    assert (clock["next_open"], clock["next_close"]) == ("2026-11-20T09:30:00-05:00", "2026-11-20T16:00:00-05:00")


@pytest.mark.skipif(
    not spec.IS_HERE, reason="the vendor's specification: set OPENBELL_SPECS to the folder that holds it"
)
def test_an_answer_that_does_not_fit_the_specification_is_noticed() -> None:
    made, _ = house()
    body = trading.account(made, Call(now=T0)).body
    assert spec.answer_faults("GET", "/v2/account", 200, body) == []
    assert spec.answer_faults("GET", "/v2/account", 200, body | {"cash": 1.5}) != []
    assert spec.answer_faults("GET", "/v2/nowhere", 200, body) != []
