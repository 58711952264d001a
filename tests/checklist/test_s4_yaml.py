"""S4, the YAML file under our own keys: one file for backtest and run, and what its keys do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import Side
from openbell.edges.feeds import csv
from tests.checklist.market import AGAIN, FLAT, FREE, HALF, LONG, Market, Told, clock, config, deployment, row, rows
from tests.cli.process import Said
from tools.tree import ROOT

Caller = Callable[..., Said]
NEW_YORK = {"tz": "America/New_York", "instrument": "kind: stock, calendar: NYSE"}


def test_one_file_decides_the_same_in_a_backtest_a_run_and_a_replay(call: Caller, tmp_path: Path) -> None:
    path = [100 + (n * 7) % 13 - (n * n) % 5 for n in range(300)]
    entry = deployment(strategy="ema_cross, fast: 3, slow: 8", more="exits: {stop_loss: 2%, take_profit: 4%}")
    market = Market(tmp_path, config(deployments=[entry]), rows(path))
    run = call("run", market.file, "--state", market.state, "--json").data
    tested = call("backtest", market.file, "--state", tmp_path / "b", "--json").data
    plain = call("backtest", market.file, "--json").data
    assert run["orders"] > 20
    for name in ("orders_hash", "equity_end", "fills", "decisions_by_reason"):
        assert run[name] == tested[name] == plain[name]
    ours, theirs = market.told.decided(), Told(tmp_path / "b" / "journal").decided()
    assert ours == theirs
    assert len(ours) == 300
    assert call("replay", market.state).code == 0


def test_a_full_example_runs_without_a_python_file(call: Caller, tmp_path: Path) -> None:
    example = ROOT / "examples" / "us-equities"
    assert {file.suffix for file in example.iterdir()} == {".yaml", ".example", ".md", ".json"}
    file = tmp_path / "config.yaml"
    file.write_bytes((example / "config.yaml").read_bytes())
    data = call("run", file, "--speed", "max", "--state", tmp_path / "s", "--until", "2024-01-03", "--json").data
    assert data["trades"] > 0
    assert not list(tmp_path.rglob("*.py"))


def test_another_source_than_the_known_ones_is_an_error_with_their_list(call: Caller, tmp_path: Path) -> None:
    market = Market(tmp_path, config(), rows([100, 100]))
    for kind in ("csv", "parquet", "synthetic"):
        text = config().replace("kind: csv, path: bars.csv, interval: 1m, tz: UTC", f"kind: {kind}")
        market.file.write_text(text, encoding="utf-8")
        assert "is not a feed" not in call("check", market.file).err
    market.file.write_text(config().replace("kind: csv", "kind: tarot"), encoding="utf-8")
    said = call("check", market.file)
    assert (said.code, "'tarot'" in said.err or "tarot" in said.err) == (2, True)
    assert "csv, parquet, synthetic" in said.err


@pytest.mark.parametrize("symbols", ["AAA", "BBB", "AAA, BBB"])
def test_the_instruments_are_what_the_feed_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, symbols: str
) -> None:
    asked: list[Any] = []
    load = csv.load

    def spy(options: csv.Config, request: Any) -> Any:
        asked.append(request)
        return load(options, request)

    monkeypatch.setattr(csv, "load", spy)
    bars = [bar for symbol in ("AAA", "BBB") for bar in rows([100, 100], symbol)]
    market = Market(tmp_path, config(deployments=[deployment(symbols=symbols)]), bars)
    assert market.run() == 0
    assert [list(request.symbols) for request in asked] == [symbols.split(", ")]
    assert [bar.instrument for bar in market.told.events(ev.Bar)] == symbols.split(", ") * 2


def test_the_strategy_gets_closed_bars_of_its_interval_only(tmp_path: Path) -> None:
    path: list[Any] = [(100 + n, 101 + n, 99 + n, 100.5 + n) for n in range(6)]
    path[2] = (path[2], LONG)
    market = Market(tmp_path, config(), rows(path))
    market.run()
    seen = [(entry.event, effect) for entry in market.told.entries for effect in entry.effects
            if type(effect).__name__ == "Decision"]  # fmt: skip
    assert len(seen) == 6
    for n, (bar, decision) in enumerate(seen):
        assert isinstance(bar, ev.Bar)
        # Bar n opened at minute n: it is decided on a minute later, on its close and nothing newer.
        assert (bar.interval, clock(bar.ts, "UTC")) == (60 * 10**9, f"2024-01-02 00:0{n + 1}")
        assert (bar.open_ts, decision.numbers) == (bar.ts - bar.interval, (100.5 + n,))
    (fill,) = market.told.fills
    assert (float(fill.px), fill.time) == (103.0, seen[2][0].ts)


@pytest.mark.parametrize("px", [3.33, 99.99, 100, 101.37, 1999.99])
def test_an_order_is_worth_at_most_its_share_in_whole_lots(tmp_path: Path, px: float) -> None:
    entry = deployment(budget="capital: 100000 USD, per_position: 2%")
    market = Market(tmp_path, config(deployments=[entry]), rows([(px, LONG), px, px]))
    market.run()
    (order,) = market.told.entered
    assert order.qty == int(order.qty)
    assert float(order.qty) * px <= 2000.0 < (float(order.qty) + 1) * px


def test_the_share_is_one_of_the_equity_as_it_is_after_a_loss(tmp_path: Path) -> None:
    entry = deployment(budget="capital: 100000 USD, per_position: 50%")
    market = Market(tmp_path, config(deployments=[entry]), rows([(100, LONG), 100, (80, FLAT), 80, (10, LONG), 10, 10]))
    market.run()
    first, second = market.told.entered
    # 500 units bought at 100 and sold at 80 lose 10,000: half of what is left buys 4,500 units at 10.
    assert (first.qty, second.qty) == (500, 4500)


def test_the_fourth_position_is_refused(tmp_path: Path) -> None:
    symbols = ["AAA", "BBB", "CCC", "DDD"]
    bars = [bar for symbol in symbols for bar in rows([(100, LONG), 100], symbol)]
    rules = ("{max_position: off}", "{kind: max_positions, limit: 3}")
    market = Market(tmp_path, config(deployments=[deployment(symbols=", ".join(symbols))], rules=rules), bars)
    market.run()
    assert [order.instrument for order in market.told.entered] == symbols[:3]
    assert market.told.codes("DDD")[0] == "MAX_POSITIONS"


@pytest.mark.parametrize(
    ("leverage", "share", "symbols", "taken"),
    [("0.06", "2%", "AAA, BBB, CCC, DDD", 3), ("1", "50%", "AAA, BBB, CCC", 2)],
)
def test_gross_exposure_is_capped(tmp_path: Path, leverage: str, share: str, symbols: str, taken: int) -> None:
    # Two deployments with all the account's money each, so that nothing but the account itself is in the way.
    names = symbols.split(", ")
    budget = f"capital: 100000 USD, per_position: {share}"
    both = [deployment("one", symbols=", ".join(names[:-1]), budget=budget),
            deployment("two", symbols=names[-1], budget=budget)]  # fmt: skip
    bars = [bar for symbol in names for bar in rows([(100, LONG), 100, 100], symbol)]
    account = f"cash: 100000 USD, leverage: {leverage}"
    market = Market(tmp_path, config(account=account, deployments=both), bars)
    market.run()
    told = market.told
    assert [order.instrument for order in told.entered] == names[:taken]
    assert told.codes(names[-1])[0] == "BUYING_POWER"
    held = sum(position.value for position in told.book.all_positions())
    assert float(held) == 100_000 * float(leverage)


def test_the_fourth_of_two_percent_each_is_refused_by_a_limit_of_six_on_gross_exposure(tmp_path: Path) -> None:
    names = ["AAA", "BBB", "CCC", "DDD"]
    entry = deployment(symbols=", ".join(names), budget="capital: 100000 USD, per_position: 2%")
    bars = [bar for symbol in names for bar in rows([(100, LONG), 100, 100], symbol)]
    rules = (*FREE, "{kind: gross_exposure, limit: 6%}")
    market = Market(tmp_path, config(deployments=[entry], rules=rules), bars)
    market.run()
    told = market.told
    assert [(order.instrument, int(order.qty)) for order in told.entered] == [(name, 20) for name in names[:3]]
    assert told.codes("DDD")[0] == "GROSS_EXPOSURE"


def test_the_stop_rests_at_its_distance_from_the_average_entry(tmp_path: Path) -> None:
    entry = deployment(more="size: {quantity: 100}\n    exits: {stop_loss: 1.5%}")
    market = Market(tmp_path, config(deployments=[entry]), rows([(100, HALF), 100, (102, LONG), 102, 102, 102]))
    market.run("--until", "2024-01-02T00:02")
    stop = {order.stop for order in market.told.book.truth.orders.values() if order.is_open}
    assert [float(px or 0) for px in stop] == [98.5]
    market.run()
    book = market.told.book
    (resting,) = [order for order in book.truth.orders.values() if order.is_open]
    average = book.position("alpha", "AAA").average(book.instrument("AAA"))
    assert (float(average), resting.qty, resting.reason) == (101.0, 100, Code.STOP_LOSS)
    # 101 less 1.5 percent is 99.485; stops stand on whole cents, away from the entry.
    assert float(resting.stop or 0) == 99.48


def test_no_entry_for_the_rest_of_a_day_that_stands_at_its_loss_limit(tmp_path: Path) -> None:
    entry = deployment(symbols="AAA, BBB", budget="capital: 100000 USD, per_position: 50%")
    rules = ("{max_position: off}", "{kind: daily_loss, limit: 3%}")
    bars = rows([(100, LONG), 100, 94.01, 94.01, 94, 94, (97, FLAT), 97], "AAA")
    bars += rows([10, 10, (10, LONG), 10, (10, FLAT), (10, LONG), 10, (10, AGAIN)], "BBB")
    bars += rows([(10, AGAIN), 10], "BBB", "2024-01-02 23:00") + rows([(10, AGAIN), 10], "BBB", "2024-01-03 00:00")
    market = Market(tmp_path, config(deployments=[entry], rules=rules), bars)
    market.run()
    told = market.told
    found = [(clock(ts, "UTC")[8:], code) for ts, code in told.decided("BBB") if code in ("SIGNAL_LONG", "REBALANCE")]
    assert found == [("02 00:03", "SIGNAL_LONG"), ("03 00:01", "REBALANCE")]
    assert told.codes("BBB").count("LATCHED") == 3
    assert {fill.instrument for fill in told.fills if fill.side is Side.SELL} == {"AAA", "BBB"}


def test_the_budget_is_all_that_a_deployment_may_use(tmp_path: Path) -> None:
    names = ["AAA", "BBB", "CCC", "DDD"]
    entry = deployment(symbols=", ".join(names), budget="capital: 10000 USD, per_position: 40%")
    bars = [bar for symbol in names for bar in rows([(100, LONG), 100, 100], symbol)]
    market = Market(tmp_path, config(account="cash: 1000000 USD", deployments=[entry]), bars)
    market.run()
    told = market.told
    assert [(order.instrument, int(order.qty)) for order in told.entered] == [("AAA", 40), ("BBB", 40), ("CCC", 20)]
    assert told.codes("DDD")[0] == "BUDGET"
    assert sum(position.value for position in told.book.all_positions()) == 10_000


def test_entries_are_refused_inside_the_window_before_the_close(tmp_path: Path) -> None:
    cases = ["2024-01-02 15:29", "2024-01-02 15:30", "2024-01-02 15:59", "2024-07-03 12:29", "2024-07-03 12:30"]
    symbols = [f"S{chr(65 + n)}" for n in range(len(cases))]
    bars = [row(at, 100, LONG, symbol) for at, symbol in zip(cases, symbols, strict=True)]
    bars += rows([(100, LONG), 100, 100], "SZZ", "2024-01-02 15:00") + rows(
        [(100, FLAT), 100], "SZZ", "2024-01-02 15:40"
    )
    entry = deployment(symbols=", ".join([*symbols, "SZZ"]))
    rules = (*FREE, "{kind: session_hours, before_close: 30m}")
    market = Market(tmp_path, config(deployments=[entry], rules=rules, **NEW_YORK), bars)
    market.run()
    told = market.told
    no = "SESSION_HOURS"
    assert [told.codes(symbol)[0] for symbol in symbols] == ["SIGNAL_LONG", no, no, "SIGNAL_LONG", no]
    assert [clock(fill.time) for fill in told.fills if fill.side is Side.SELL] == ["2024-01-02 15:41"]
