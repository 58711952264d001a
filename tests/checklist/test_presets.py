"""The careful preset: small orders, few of them, and an early stop."""

from pathlib import Path

import pytest

from openbell.run import assemble
from openbell.schema import format_amount
from tests.checklist.market import AGAIN, FLAT, HALF, LONG, Market, Row, config, deployment, rows


def careful(folder: Path, bars: list[Row], symbols: str = "AAA", budget: str = "") -> Market:
    """Return a market whose file says no more of rules than the name of the preset."""
    entry = deployment(symbols=symbols, budget=budget or "capital: 20000 USD, per_position: 5%")
    head, _, _ = config(account="cash: 20000 USD", deployments=[entry]).partition("rules:")
    return Market(folder, f"{head}rules: {{preset: conservative}}\n", bars)


def test_it_gives_orders_of_a_thousand_and_five_a_day(tmp_path: Path) -> None:
    market = careful(tmp_path, rows([100, 100]))
    loaded, _ = assemble.read(market.file, {})
    options = {rule.kind: rule.options for rule in loaded.rules}
    assert format_amount(options["order_notional"].limit) == "1000 USD"  # type: ignore[attr-defined]
    assert format_amount(options["max_position"].worth) == "1000 USD"  # type: ignore[attr-defined]
    assert options["daily_trades"].limit == 5  # type: ignore[attr-defined]


@pytest.mark.parametrize(("px", "code"), [(99.99, "SIGNAL_LONG"), (100.0, "SIGNAL_LONG"), (100.01, "ORDER_NOTIONAL")])
def test_an_order_of_a_thousand_passes_and_one_above_does_not(tmp_path: Path, px: float, code: str) -> None:
    entry = "{quantity: 10}"
    market = careful(tmp_path, rows([(px, LONG), px]))
    text = market.file.read_text(encoding="utf-8").replace(
        "    account: main\n", f"    account: main\n    size: {entry}\n"
    )
    # Five percent of 20,000 are a thousand too, and so is the worth of a position: only that of an order is to bind.
    text = text.replace("20000 USD", "50000 USD").replace("conservative}", "conservative, max_position: {limit: 5%}}")
    market.file.write_text(text, encoding="utf-8")
    market.run()
    assert market.told.codes()[0] == code


@pytest.mark.parametrize(("px", "code"), [(100.0, "REBALANCE"), (100.01, "MAX_POSITION")])
def test_a_position_of_a_thousand_passes_and_one_above_does_not(tmp_path: Path, px: float, code: str) -> None:
    # Two orders of half a thousand each, in an account whose five percent are far more.
    market = careful(tmp_path, rows([(100, HALF), 100, (px, AGAIN), px]))
    text = market.file.read_text(encoding="utf-8")
    text = text.replace("    account: main\n", "    account: main\n    size: {quantity: 10}\n")
    market.file.write_text(text.replace("20000 USD", "100000 USD"), encoding="utf-8")
    market.run()
    assert [order.qty for order in market.told.entered] == [5] * (2 if code == "REBALANCE" else 1)
    assert market.told.codes()[2] == code


def test_the_sixth_entry_of_a_day_is_refused(tmp_path: Path) -> None:
    path: list[object] = []
    for _ in range(6):
        path += [(100, LONG), 100, (100, FLAT), 100]
    market = careful(tmp_path, rows(path))
    market.run()
    assert len(market.told.entered) == 5
    assert "DAILY_TRADES" in market.told.codes()


@pytest.mark.parametrize(("px", "fires"), [(80.01, False), (80.0, True), (79.9, True), (125.0, False)])
def test_the_kill_switch_fires_at_one_percent_of_the_day_and_not_for_a_gain(
    tmp_path: Path, px: float, fires: bool
) -> None:
    # 10 units of 100 in an account of 20,000: at 80.00 they have lost 200, one percent.
    bars = rows([(100, LONG), 100, px, px, px], "AAA") + rows([300, 300, 300, (300, LONG), 300], "BBB")
    market = careful(tmp_path, bars, "AAA, BBB")
    loaded, _ = assemble.read(market.file, {})
    assert {str(rule.options.model_dump()["limit"]) for rule in loaded.rules if rule.kind == "daily_loss"} == {"1%"}
    market.run()
    assert ("account:main" in market.told.book.truth.kills) == fires
    assert market.told.codes("BBB")[3] == ("LATCHED" if fires else "SIGNAL_LONG")
    market.run()
    assert ("account:main" in market.told.book.truth.kills) == fires
