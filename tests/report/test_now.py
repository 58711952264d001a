"""Figures of now where there is nothing yet."""

from pathlib import Path

from openbell import connect
from tests.checklist.market import Market, config, rows


def test_an_account_that_did_nothing_has_figures_that_say_so(tmp_path: Path) -> None:
    market = Market(tmp_path, config(), rows([100, 100, 100]))
    assert market.run() == 0
    (told,) = connect(market.state).metrics().values()
    assert {key for key, value in told.items() if value is None} == {"win_rate_today", "avg_trade_pnl"}
    assert (told["trades_today"], told["transaction_costs"], told["leverage_ratio"]) == (0, 0, 0.0)
    assert told["cash_balance"] == 100_000
