"""S5, what the endpoints tell of runs made by hand, against what can be worked out on paper."""

import itertools
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openbell.cli import perform
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import MINUTE_NS, NS, Side
from tests.checklist.market import AGAIN, FLAT, LONG, SHORT, Market, Row, config, deployment, rows
from tests.run.web.stage import Stage, on_stage, settled

NAMES = ("AAA", "BBB", "CCC", "DDD")
FREE = ("{max_position: off}", "{daily_loss: off}", "{max_positions: off}", "{duplicate: off}")
PRICES: dict[str, list[Any]] = {
    "AAA": [(100, LONG), 100, 101, (103, FLAT), 103, 103, (103, LONG), 103, 104],
    "BBB": [(100, LONG), 100, 101, (100, 100, 97, 97), 97, 97, 97, 97, 97],
    "CCC": [(100, LONG), 100, 101, (102, 106, 102, 106), 106, 106, 106, 106, 106],
    "DDD": [(100, LONG), 100, 101, 99, 99, 99, 99, 99, 99],
}
"""Each is bought at 100 and left in a way of its own."""


def four_ends(folder: Path) -> Market:
    """Run four positions that end by signal, stop, target and emergency, and one that is held still."""
    entries = [deployment(symbols=", ".join(NAMES), more="exits: {stop_loss: 2%, take_profit: 5%}")]
    bars = [bar for name in NAMES for bar in rows(PRICES[name], name)]
    market = Market(folder, config(deployments=entries, rules=FREE), bars)
    assert market.run("--until", "2024-01-02T00:05") == 0
    words = ["--scope", "instrument:DDD", "--close", "--reason", "by hand", "--json"]
    assert perform(["kill", str(market.state), *words]) == 0
    assert market.run() == 0
    return market


def a_bad_day(folder: Path) -> Market:
    """Run a day that loses three percent and wants to go on."""
    entry = deployment("bad", budget="capital: 100000 USD, per_position: 50%")
    rules = ("{max_position: off}", "{max_positions: off}", "{kind: daily_loss, limit: 3%}")
    bars: list[Row] = rows([(100, LONG), 100, 94, (94, LONG), 94])
    market = Market(folder, config(deployments=[entry], rules=rules), bars)
    assert market.run() == 0
    return market


def a_fall(folder: Path) -> Market:
    """Rise by five percent, fall by three from there, and want another instrument then."""
    entry = deployment("fall", symbols="AAA, BBB", budget="capital: 100000 USD, per_position: 50%")
    rules = (*FREE, "{kind: drawdown, limit: 3%, reduce: off, flatten: off}")
    bars = rows([(100, LONG), 100, 110, 103.7, 103.7, 103.7], "AAA") + rows([10, 10, 10, 10, (10, LONG), 10], "BBB")
    market = Market(folder, config(deployments=[entry], rules=rules), bars)
    assert market.run() == 0
    return market


def a_pair(folder: Path) -> Market:
    """Hold one instrument long and another short, and let an entry into a third rest below its market."""
    entry = deployment("pair", symbols="AAA, BBB", more="short: true")
    patient = deployment("patient", symbols="CCC", more="order: {type: limit}")
    bars = [*rows([(100, LONG), 100, 110], "AAA"), *rows([(50, SHORT), 50, 40], "BBB"),
            *rows([(50, LONG), 55, 60], "CCC")]  # fmt: skip
    market = Market(folder, config(deployments=[entry, patient], rules=FREE), bars)
    assert market.run() == 0
    (resting,) = market.told.book.open_orders["CCC"].values()
    assert (resting.qty, resting.limit) == (200, 50)
    return market


def two_days(folder: Path) -> Market:
    """Hold something over a day that gains five hundred and into one that loses two hundred."""
    entry = deployment("over")
    bars = rows([(100, LONG), 100, 105]) + rows([105, 103], start="2024-01-03 00:00")
    market = Market(folder, config(deployments=[entry], rules=FREE), bars)
    assert market.run() == 0
    return market


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Market, dict[str, Any]]:
    """All runs, and everything that the endpoints tell of them."""
    folder = tmp_path_factory.mktemp("book")
    made = {"four": four_ends, "bad": a_bad_day, "fall": a_fall, "pair": a_pair, "two": two_days}
    runs: dict[str, Market] = {}
    for name, make in made.items():
        (folder / name).mkdir()
        runs[name] = make(folder / name)
    market = runs["four"]
    told: dict[str, Any] = {}

    async def act(stage: Stage) -> None:
        await stage.come_in()
        for name in runs:
            told[name] = await settled(stage, name)
        told["metrics"] = await stage.get("/metrics")
        told["files"] = {}
        page = await stage.get("/")
        for name in ("", *re.findall(r'(?:src|href)="/?([^"#]+)"', page)):
            status, text, reply = await stage.ask("GET", f"/{name}", None, {})
            told["files"][name] = (status, reply.headers["content-type"].partition(";")[0])
        for name in ("alpha", "bad", "fall", "pair", "over"):
            told[f"{name}/deployment"] = await stage.get(f"/api/trading/deployment/{name}")
            told[f"{name}/positions"] = (await stage.get(f"/api/trading/positions/{name}"))["positions"]
            told[f"{name}/history"] = (await stage.get(f"/api/trading/history/{name}?count=100"))["trades"]

    home = folder / "home"
    home.mkdir()
    for name, one in runs.items():
        one.state.rename(home / name)
    on_stage(home, act)
    market.state = home / "four"
    return market, told


Played = tuple[Market, dict[str, Any]]


def closed(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the closed trades by their symbol."""
    return {row["symbol"]: row for row in told["alpha/history"]}


def test_each_reason_for_closing_stands_in_the_history(played: Played) -> None:
    reasons = {symbol: row["reason"].split()[-1] for symbol, row in closed(played[1]).items()}
    assert reasons == {"AAA": "signal_flat", "BBB": "stop_loss", "CCC": "take_profit", "DDD": "emergency_stop"}


@pytest.mark.parametrize(
    ("symbol", "entry", "out", "pnl"),
    [("AAA", 100, 103, 300), ("CCC", 100, 105, 500), ("DDD", 100, 99, -100)],
)
def test_a_closed_trade_has_its_times_prices_and_result(
    played: Played, symbol: str, entry: int, out: int, pnl: int
) -> None:
    market, told = played
    row = closed(told)[symbol]
    assert (Decimal(row["entry_px"]), Decimal(row["exit_px"]), Decimal(row["pnl"])) == (entry, out, pnl)
    first, last = [fill for fill in market.told.fills if fill.instrument == symbol][:2]
    assert (int(row["opened_ts"]), int(row["closed_ts"])) == (first.time, last.time)
    assert row["pnl_share"] == pytest.approx(pnl / (entry * int(first.qty)))


def test_a_stop_closes_at_its_price_and_a_target_at_its(played: Played) -> None:
    found = closed(played[1])
    told = {name: (found[name]["reason"].split()[-1], Decimal(found[name]["exit_px"])) for name in ("BBB", "CCC")}
    assert told == {"BBB": ("stop_loss", 98), "CCC": ("take_profit", 105)}
    assert (Decimal(found["BBB"]["pnl"]), Decimal(found["CCC"]["pnl"])) == (-200, 500)


def test_a_position_is_told_exactly(played: Played) -> None:
    market, told = played
    (row,) = told["alpha/positions"]
    bought = [fill for fill in market.told.fills if fill.instrument == "AAA"][-1]
    assert (row["symbol"], row["side"], int(row["qty"]), int(row["opened_ts"])) == ("AAA", "long", 97, bought.ts)
    shown = [Decimal(row[key]) for key in ("entry_px", "px", "pnl", "stop_px", "target_px")]
    assert shown == [103, 104, 97, Decimal("100.94"), Decimal("108.15")]
    assert row["pnl_share"] == pytest.approx(1 / 103)


def test_the_figures_of_a_deployment_are_those_worked_out_by_hand(played: Played) -> None:
    row = played[1]["alpha/deployment"]
    # 300 by signal, 200 lost at a stop, 500 at a target, 100 lost at the emergency, and 97 on what is held.
    assert (row["trades"], row["wins"], row["win_rate"], row["open_positions"]) == (4, 2, 0.5, 1)
    assert (Decimal(row["pnl"]), Decimal(row["day_pnl"])) == (597, 597)
    assert row["pnl_share"] == pytest.approx(0.00597)
    first = played[0].told.events(ev.Bar)[0]
    assert int(row["started_ts"]) == first.ts - first.interval
    # Highest in its fourth minute: 300 and 100 up on what is held, 500 gained, 200 lost.
    assert row["drawdown"] == pytest.approx(103 / 100_700, abs=1e-7)


def test_account_figures_are_those_worked_out_by_hand_over_the_api_and_for_prometheus(played: Played) -> None:
    account = played[1]["four"]["accounts"]["main"]
    # 500 gained and 97 on 97 shares, bought at 103 and worth 104.
    by_hand = {
        "equity": 100_597, "cash": 100_500 - 97 * 103, "day_pnl": 597, "pnl": 597, "gross": 97 * 104, "realised": 500,
    }  # fmt: skip
    assert {name: Decimal(account[name]) for name in by_hand} == by_hand
    assert Decimal(account["net"]) == by_hand["gross"]
    highest = 100_700
    assert account["drawdown"] == pytest.approx((highest - 100_597) / highest, abs=1e-7)
    (records,) = re.findall(r'^openbell_records_total\{state="four"\} (\d+)$', played[1]["metrics"], re.MULTILINE)
    assert int(records) == len(played[0].told.entries)
    line = r'^openbell_(\w+)\{state="four",account="main",currency="USD"\} (\S+)$'
    gauges = {name: float(value) for name, value in re.findall(line, played[1]["metrics"], re.MULTILINE)}
    assert gauges == {
        "equity": by_hand["equity"], "cash": by_hand["cash"], "day_result": by_hand["day_pnl"],
        "gross_exposure": by_hand["gross"], "drawdown_ratio": pytest.approx(account["drawdown"], abs=1e-7),
        "unrealised_result": 97, "concentration_ratio": pytest.approx(97 * 104 / 100_597),
    }  # fmt: skip
    assert (Decimal(account["unrealised"]), account["largest"]) == (97, "AAA")
    assert account["concentration"] == pytest.approx(97 * 104 / 100_597)


def test_S4_090_the_result_of_a_day_is_that_of_this_day_alone(played: Played) -> None:
    account, deployment = played[1]["two"]["accounts"]["main"], played[1]["over/deployment"]
    for row in (account, deployment):
        assert (Decimal(row["day_pnl"]), Decimal(row["pnl"])) == (-200, 300)
    # Its own day began with 100,500.
    assert account["day_pnl_share"] == pytest.approx(-200 / 100_500)
    line = r'^openbell_day_result\{state="two",account="main",currency="USD"\} (\S+)$'
    (gauge,) = re.findall(line, played[1]["metrics"], re.MULTILINE)
    assert float(gauge) == -200


def test_what_is_short_adds_to_the_gross_exposure_and_lessens_the_net_one(played: Played) -> None:
    account = played[1]["pair"]["accounts"]["main"]
    # 100 at 110 are held, and 200 at 40 are owed: both have gained. The 10,000 that could be bought are not held.
    assert (Decimal(account["gross"]), Decimal(account["net"])) == (11_000 + 8_000, 11_000 - 8_000)
    assert (Decimal(account["unrealised"]), Decimal(account["equity"])) == (1_000 + 2_000, 103_000)
    assert account["concentration"] == pytest.approx(11_000 / 103_000)
    held = {row["symbol"]: row for row in played[1]["pair/positions"]}
    assert {name: (row["side"], abs(Decimal(row["qty"])), Decimal(row["pnl"])) for name, row in held.items()} == {
        "AAA": ("long", 100, 1_000), "BBB": ("short", 200, 2_000),
    }  # fmt: skip
    assert held["BBB"]["pnl_share"] == pytest.approx(2_000 / 10_000)
    line = r'^openbell_gross_exposure\{state="pair",account="main",currency="USD"\} (\S+)$'
    (gauge,) = re.findall(line, played[1]["metrics"], re.MULTILINE)
    assert float(gauge) == 19_000


def test_a_limit_that_is_reached_pauses_and_says_why(played: Played) -> None:
    row = played[1]["bad/deployment"]
    assert (row["status"], row["reason"].partition(":")[0]) == ("paused", "daily_loss")
    assert Decimal(played[1]["bad"]["accounts"]["main"]["day_pnl"]) == -3000
    assert len(played[1]["bad"]["latches"]) == 1
    row = played[1]["fall/deployment"]
    assert (row["status"], "drawdown" in row["reason"], row["open_positions"]) == ("paused", True, 1), row
    # 500 of them, from 110 to 103.7: it is still a gain, and 3 percent below the peak.
    assert (Decimal(row["pnl"]), row["drawdown"]) == (1850, pytest.approx(3150 / 105_000))


def test_page_styles_and_scripts_are_served_as_they_were_installed(played: Played) -> None:
    files = played[1]["files"]
    assert {status for status, _ in files.values()} == {200}
    assert files["static/live_trading.js"] == (200, "text/javascript")
    assert {"text/html", "text/css", "text/javascript"} <= {kind for _, kind in files.values()}


def test_closing_comes_before_the_end(tmp_path: Path) -> None:
    market = Market(tmp_path, config(), rows([(100, LONG), *[100] * 8]))
    assert market.run("--until", "2024-01-02T00:03") == 0
    assert perform(["stop", str(market.state), "--close", "--json"]) == 0
    assert market.run() == 0
    told = market.told.entries
    (word,) = [n for n, entry in enumerate(told) if isinstance(entry.event, ev.Command)]
    (sold,) = [n for n, e in enumerate(told) if isinstance(e.event, ev.Fill) and e.event.side is Side.SELL]
    (sent,) = [n for n, e in enumerate(told) for one in e.effects if isinstance(one, fx.Submit) and one.reduce_only]
    assert word <= sent < sold < len(told)
    # It ended with the bar at which it was flat, and did not wait for the last of them.
    assert told[-1].event.ts == told[sold].event.ts < 1_704_153_600 * NS + 9 * MINUTE_NS
    assert market.told.book.position("alpha", "AAA").qty == 0


def test_one_strategy_trades_two_timeframes_with_books_of_their_own(tmp_path: Path) -> None:
    entries = [deployment(f"every_{bars}", bars=bars, strategy="ema_cross, fast: 2, slow: 3") for bars in ("5m", "1h")]
    # Down for four hours, up for four, and down for most of the next: the hours have not seen that yet.
    path = (
        [105 - n * 0.02 for n in range(240)]
        + [100 + n * 0.02 for n in range(240)]
        + [105 - n * 0.05 for n in range(50)]
    )
    market = Market(tmp_path, config(deployments=entries, rules=FREE), rows(path))
    store = str(tmp_path / "store")
    assert perform(["data", "import", str(tmp_path / "bars.csv"), "--store", store, "--json"]) == 0
    for bars in ("5m", "1h"):
        words = ["data", "resample", "AAA", "--from", "1m", "--to", bars, "--calendar", "24x7", "--store", store]
        assert perform(words) == 0
    assert market.run("--data", store) == 0
    told = market.told
    for name, minutes in (("every_5m", 5), ("every_1h", 60)):
        at = [ts for ts, _ in told.decided("AAA", name)]
        assert {(after - before) // MINUTE_NS for before, after in itertools.pairwise(at)} == {minutes}
    assert {order.deployment for order in told.orders} == {"every_5m", "every_1h"}
    held = {name: told.book.position(name, "AAA").qty > 0 for name in ("every_5m", "every_1h")}
    assert held == {"every_5m": False, "every_1h": True}


def test_each_deployment_has_what_it_was_allotted_and_no_more(tmp_path: Path) -> None:
    shares = {"wishes": 60_000, "averages": 40_000}
    kinds = {"wishes": "./wishes.py", "averages": "ema_cross, fast: 1, slow: 2"}
    entries = [
        deployment(name, budget=f"capital: {size} USD, per_position: 100%", strategy=kinds[name])
        for name, size in shares.items()
    ]
    # One asks at the first bar and once more; the averages of the other cross as the price has risen to 100.
    bars = rows([(80, LONG), 80, 100, (100, AGAIN), 100, (100, AGAIN), 100])
    market = Market(tmp_path, config(deployments=entries, rules=FREE), bars)
    assert market.run() == 0
    told = market.told
    assert {order.deployment for order in told.orders} == set(shares)
    spent = {name: Decimal(0) for name in shares}
    for fill in told.fills:
        spent[told.book.truth.orders[fill.oid].deployment] += fill.qty * fill.px
    assert spent == shares
