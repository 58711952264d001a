"""Two accounts in one run: each figure that is told of one of them is of this one alone."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from openbell import connect
from openbell.run.web.rows import accounts
from tests.checklist.market import FLAT, LONG, Market, config, deployment, rows
from tests.cli.process import Said
from tests.run.alerts.stage import watched

Caller = Callable[..., Said]
SIZES = {"main": ("alpha", 100_000, 100), "other": ("beta", 50_000, 200)}
"""Deployment, cash at the start, and units of each account: both trade the same instrument at the same time."""
FEE = Decimal("0.01")
DAY = "2024-01-02"


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Market:
    """Bought at 100 and sold at 110, bought again at 110 and worth 112 when the day is over."""
    entries = [
        deployment(name, more=f"size: {{quantity: {qty}}}").replace("account: main", f"account: {account}")
        for account, (name, _, qty) in SIZES.items()
    ]
    terms = f"fees: {{kind: per_share, rate: {FEE}}}"
    listed = "}\n  other: {broker: sim, ".join(f"cash: {cash} USD, {terms}" for _, cash, _ in SIZES.values())
    path = [(100, LONG), 100, (110, FLAT), 110, (110, LONG), 110, 112, 112, 112, 112, 112]
    text = config(deployments=entries, account=listed, rules=("{max_position: off}", "{daily_loss: off}"))
    made = Market(tmp_path_factory.mktemp("two"), text, rows(path, start="2024-01-02 23:51"))
    assert made.run("--until", "2024-01-02T23:58") == 0
    return made


def worth(account: str) -> Decimal:
    """Return its equity: a gain of ten a unit, one of two that is open, and three fees."""
    _, cash, qty = SIZES[account]
    return cash + qty * 12 - 3 * qty * FEE


@pytest.mark.parametrize("account", SIZES)
def test_what_a_program_is_told_is_of_one_account(market: Market, account: str) -> None:
    _, cash, qty = SIZES[account]
    told = connect(market.state).metrics()[account]
    assert (told["trades_today"], told["win_rate_today"], told["avg_trade_pnl"]) == (1, 1.0, qty * 10 - 2 * qty * FEE)
    assert told["transaction_costs"] == 3 * qty * FEE
    assert (told["gross_exposure"], told["unrealized_pnl"]) == (qty * 112, qty * 2)
    assert told["current_pnl"] == worth(account) - cash
    assert told["cash_balance"] == worth(account) - qty * 112
    shown = accounts(market.told.book, dict.fromkeys(SIZES, Decimal(0)), {})[account]
    assert [Decimal(shown[key]) for key in ("equity", "unrealised", "gross", "net")] == [
        worth(account), qty * 2, qty * 112, qty * 112,
    ]  # fmt: skip


def test_reports_tell_each_account_and_each_strategy_under_its_own(market: Market, call: Caller) -> None:
    def rows_of(period: str, section: str) -> list[dict[str, Any]]:
        data = call("report", market.state, "--period", period, "--on", DAY, "--json").data
        return list(data[section])

    told = {row["account"]: row for row in rows_of("day", "daily_pnl_summary")}
    gained = {
        (row["account"], row["strategy"]): Decimal(row["result"]) for row in rows_of("week", "strategy_attribution")
    }
    wanted: dict[tuple[str, str], Decimal] = {}
    for account, (name, cash, qty) in SIZES.items():
        result = worth(account) - cash
        assert (Decimal(told[account]["result"]), Decimal(told[account]["fees"])) == (result, 3 * qty * FEE)
        wanted |= {(account, name): result, (account, "other"): Decimal(0), (account, "all"): result}
    assert gained == wanted


def test_people_are_told_what_each_closed_and_what_each_holds_at_the_end_of_the_day(market: Market) -> None:
    assert market.run() == 0
    found = watched(market)
    closed = {fields["account"]: fields["result"] for event, fields in found if event == "position_closed"}
    assert closed == {"main": "+$998.00", "other": "+$1,996.00"}
    (summary,) = [fields["summary"] for event, fields in found if event == "daily_summary" and fields["date"] == DAY]
    lines = summary.splitlines()
    assert [lines[n] for n in (0, 1, 3, 4, 5, 6, 8, 9)] == [
        "main: +$1,197.00 (+1.20%), equity $101,197.00", "3 fills, 1 trade closed, 1 with a profit", "1 position open",
        "  100 AAA at $112.00, +$200.00 (alpha)",
        "other: +$2,394.00 (+4.79%), equity $52,394.00", "3 fills, 1 trade closed, 1 with a profit", "1 position open",
        "  200 AAA at $112.00, +$400.00 (beta)",
    ]  # fmt: skip
