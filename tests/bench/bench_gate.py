"""The gate: how long the whole chain before an order takes, at 10 and at 500 positions.

Each round moves one mark, then asks the gate about one entry; `all moved` moves every mark before it asks.
"""

import time
from decimal import Decimal
from types import ModuleType
from typing import Any

import msgspec

from openbell.core.apply import apply_effect, apply_event
from openbell.core.book import Book
from openbell.core.risk import Approved, Rule, review
from openbell.core.types import use_money_context
from openbell.parts.rules import (
    allow_list,
    concentration,
    correlation,
    daily_loss,
    daily_trades,
    drawdown,
    duplicate,
    gross_exposure,
    kill,
    leverage,
    max_position,
    max_positions,
    min_cash,
    mismatch,
    monthly_loss,
    near_close,
    net_exposure,
    open_orders,
    order_notional,
    order_quantity,
    order_rate,
    portfolio_risk,
    portfolio_volatility,
    price_collar,
    self_match,
    session_hours,
    source_budget,
    stale_data,
    symbol_volatility,
    trade_risk,
    weekly_loss,
)
from openbell.run.parts import bind_rule
from tests.core import build as b

CHAIN: tuple[tuple[ModuleType, dict[str, Any]], ...] = (
    (kill, {}), (session_hours, {}), (daily_loss, {}), (weekly_loss, {}), (monthly_loss, {}), (drawdown, {}),
    (max_position, {}), (max_positions, {"limit": 1000}), (duplicate, {}), (order_quantity, {}), (order_notional, {}),
    (price_collar, {}), (order_rate, {"per_minute": 5000, "per_second": 5000}), (daily_trades, {"limit": 5000}),
    (open_orders, {"account": 5000}), (gross_exposure, {}), (net_exposure, {}), (leverage, {}), (min_cash, {}),
    (concentration, {}), (trade_risk, {}), (portfolio_risk, {"limit": "20%"}), (self_match, {}), (allow_list, {}),
    (stale_data, {}), (near_close, {}), (mismatch, {}), (source_budget, {}),
)  # fmt: skip
"""Every control that needs no history of closes."""
HISTORY: tuple[tuple[ModuleType, dict[str, Any]], ...] = (
    (symbol_volatility, {"limit": "100%"}), (portfolio_volatility, {"limit": "100%"}), (correlation, {"limit": "100%"}),
)  # fmt: skip
ROUNDS = 400


def rules(chosen: tuple[tuple[ModuleType, dict[str, Any]], ...]) -> tuple[Rule, ...]:
    """Return the rules bound to their options."""
    return tuple(bind_rule(m.__name__.rpartition(".")[2], m, m.Config(**options)) for m, options in chosen)


def holding(count: int) -> Book:
    """Return a book that holds `count` instruments, each with a stop and a target resting."""
    names = tuple(f"S{n}" for n in range(count))
    spec = b.deployment_spec(instruments=names, capital=b.d(10**7), exits=b.exits(stop_loss="0.02", take_profit="0.05"))
    book = b.book(b.run_spec(spec, accounts=[b.account_spec(cash={"USD": b.d(10**7)})]))
    for n, name in enumerate(names):
        apply_event(book, b.bar(1, 100.0, symbol=name))
        entry = b.submit("buy", 10, index=3 * n + 1, instrument=name)
        apply_effect(book, entry, b.at(1))
        apply_event(book, b.fill(entry, 100, instrument=name))
        for more, px in ((2, {"stop": 98}), (3, {"limit": 105})):
            resting = b.submit("sell", 10, index=3 * n + more, instrument=name, reduce_only=True, oco=name, **px)
            apply_effect(book, resting, b.at(1))
        book.truth.marks[name].closes = [100.0 + (n * 7 + day * 3) % 11 * 0.1 for day in range(61)]
    return book


def measure(book: Book, chain: tuple[Rule, ...], *, moves_all: bool) -> tuple[float, float, int]:
    """Return p50 and p99 of one review in microseconds of processor time, and how many orders passed."""
    names, spent, passed = list(book.spec.instruments), [], 0
    for n in range(ROUNDS):
        for name in names if moves_all else (names[n % len(names)],):
            apply_event(book, b.bar(2 + n, 100.0 + n % 7 * 0.01, symbol=name))
        draft = b.draft("buy", 5, instrument=names[n % len(names)], limit=Decimal("100.05"))
        draft = msgspec.structs.replace(draft, risk=Decimal(2))
        begin = time.thread_time_ns()
        verdict = review(book, chain, draft, b.at(2 + n))
        spent.append(time.thread_time_ns() - begin)
        passed += isinstance(verdict, Approved)
    spent.sort()
    return spent[len(spent) // 2] / 1000, spent[len(spent) * 99 // 100] / 1000, passed


def main() -> None:
    """Print the figures."""
    use_money_context()
    plain, full = rules(CHAIN), rules(CHAIN + HISTORY)
    print("gate, floor p99 200 us at 10 positions and 2,000 us at 500, target 100 us and 1,000 us")
    for count in (10, 500):
        for label, chain, moves_all in (
            (f"{len(plain)} rules", plain, False),
            (f"{len(plain)} rules, all moved", plain, True),
            (f"{len(full)} rules, with history", full, False),
        ):
            p50, p99, passed = measure(holding(count), chain, moves_all=moves_all)
            print(f"  {count:4} positions  {label:26} p50 {p50:8,.0f} us  p99 {p99:8,.0f} us  passed {passed}/{ROUNDS}")


if __name__ == "__main__":
    main()
