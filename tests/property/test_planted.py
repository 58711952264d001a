"""The witness can see: each invariant's checker raises when a fault is planted in the core, and is silent without one."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from openbell.core import account as accounts
from openbell.core import desk, market, risk
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core import order as orders
from openbell.core import position as positions
from openbell.core.book import Book
from openbell.core.order import Happening, Order, Outcome
from openbell.core.risk import Approved
from openbell.core.types import E8, Status
from tests.core.build import d
from tests.property import witness
from tests.property.witness import ALL, Broken
from tests.property.world import World, scenario

Patch = Callable[[pytest.MonkeyPatch], None]


def test_without_a_fault_nothing_is_broken() -> None:
    world = scenario(World(participation=d("0.05"), spread=d("0.0004")))
    counts = world.engine.book.truth.counts
    assert min(counts.fills, counts.trades, counts.duplicates, counts.alerts, len(counts.rejected)) > 2


def swap(module: Any, name: str, make: Callable[[Any], Any]) -> Patch:
    """Replace a function by what `make` makes of it."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, name, make(getattr(module, name)))

    return patch


def all_of(*patches: Patch) -> Patch:
    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        for one in patches:
            one(monkeypatch)

    return patch


def fills_twice(plain: Any) -> Any:
    """Forget which executions were applied, so that a duplicate counts again."""

    def apply_fill(order: Order, fill: ev.Fill) -> Outcome:
        if len(order.executions) and fill.exec_id in str(order.executions):
            order.filled += fill.qty
            return Outcome.OPEN
        return plain(order, fill)

    return apply_fill


def counts_again(plain: Any) -> Any:
    """Apply a duplicate under another id."""

    def apply_fill(order: Order, fill: ev.Fill) -> Outcome:
        if any(fill.exec_id in str(key) for key in order.executions):
            fill = replace(fill, exec_id=f"{fill.exec_id}+{len(order.executions)}")
        return plain(order, fill)

    return apply_fill


def falls_back(plain: Any) -> Any:
    """Let an order that is filled stand as if it had never been sent."""

    def transition(order: Order, happening: Happening, ts: int) -> Outcome:
        found = plain(order, happening, ts)
        if order.status is Status.FILLED:
            order.status = Status.NEW
        return found

    return transition


def loses_a_lot(plain: Any) -> Any:
    def apply_trade(position: Any, instrument: Any, qty: Decimal, px: Decimal, ts: int) -> Decimal:
        if position.entries == 2 and abs(qty) > instrument.lot:
            return plain(position, instrument, qty - instrument.lot * (1 if qty > 0 else -1), px, ts)
        return plain(position, instrument, qty, px, ts)

    return apply_trade


def keeps_a_mite(plain: Any) -> Any:
    """Keep a hundred-millionth of each flow of cash."""

    def apply_flow(account: Any, currency: str, amount: Decimal, *rest: Any, **named: Any) -> Any:
        return plain(account, currency, amount - E8, *rest, **named)

    return apply_flow


def forgets_deposits(plain: Any) -> Any:
    """Let a deposit leave the peak where it was."""

    def apply_flow(account: Any, *rest: Any, **named: Any) -> Any:
        peak = account.peak
        found = plain(account, *rest, **named)
        account.peak = max(peak, account.equity) + 1
        return found

    return apply_flow


def numbers_again(plain: Any) -> Any:
    def submit(book: Book, approved: Approved) -> fx.Submit:
        made = plain(book, approved)
        return replace(made, index=1, oid="ABCDEF-1") if made.index > 5 else made

    return submit


def off_grid(plain: Any) -> Any:
    def submit(book: Book, approved: Approved) -> fx.Submit:
        made = plain(book, approved)
        return made if made.stop is None else replace(made, stop=made.stop + d("0.001"))

    return submit


def sells_double(plain: Any) -> Any:
    def protected(book: Book, *rest: Any) -> Any:
        steps = plain(book, *rest)
        return [replace(step, qty=step.qty * 2) for step in steps]

    return protected


def says_yes(plain: Any) -> Any:
    return lambda book, rules, draft, ts: Approved(draft)


def says_yes_to_entries(plain: Any) -> Any:
    return lambda book, rules, draft, ts: plain(book, rules, draft, ts) if draft.reduce_only else Approved(draft)


def twenty(plain: Any) -> Any:
    return lambda *rest: plain(*rest) * 20


def endless(plain: Any) -> Any:
    return lambda *rest: d(10**6)


def asks_exits(plain: Any) -> Any:
    """Let rules for entries decide on exits too."""

    def review(book: Book, rules: Any, draft: Any, ts: int) -> Any:
        return plain(book, tuple(replace(rule, applies="both") for rule in rules), draft, ts)

    return review


def is_mute(plain: Any) -> Any:
    """Swallow alerts about adjustments."""

    def emit(self: Any, effect: fx.Effect) -> None:
        if not (isinstance(effect, fx.Alert) and effect.key.startswith("adjustment")):
            plain(self, effect)

    return emit


def changes_unrecorded(plain: Any) -> Any:
    """Change the truth while deciding."""

    def act(self: Any, *rest: Any) -> Any:
        self.book.truth.counts.late += 1
        return plain(self, *rest)

    return act


def remembers_elsewhere(plain: Any) -> Any:
    """Change a strategy's memory where recovery does not come along."""

    def act(self: Any, pair: Any, *rest: Any) -> Any:
        pair.state.q[0] += 1
        return plain(self, pair, *rest)

    return act


def nothing_works(plain: Any) -> Any:
    """Believe that no entry of the pair is on its way."""

    def pair_orders(self: Any, deployment: str, symbol: str) -> list[Order]:
        return [order for order in plain(self, deployment, symbol) if order.reduce_only]

    return pair_orders


def takes_nothing_back(plain: Any) -> Any:
    """Leave the entries of a scope where they are."""
    return lambda self, scope, reason: None


def forgets_values(plain: Any) -> Any:
    """Leave what is held at its old price."""
    return lambda book, lane, px: []


FAULTS: dict[str, list[Patch]] = {
    "B1": [all_of(swap(Book, "pair_orders", nothing_works), swap(desk.Desk, "cancel_scope", takes_nothing_back))],
    "B4": [swap(orders, "transition", falls_back)],
    "B5": [swap(orders, "apply_fill", counts_again)],
    "B6": [swap(orders, "apply_fill", fills_twice)],
    "B7": [all_of(swap(desk, "submit", numbers_again))],
    "B9": [swap(positions, "apply_trade", loses_a_lot), swap(orders, "apply_fill", fills_twice)],
    "B10": [swap(market, "remark", forgets_values)],
    "B11": [swap(accounts, "apply_flow", keeps_a_mite), swap(orders, "apply_fill", fills_twice)],
    "B13": [swap(desk.Desk, "emit", is_mute)],
    "B14": [swap(desk, "submit", off_grid)],
    "B15": [
        all_of(
            swap(desk, "review", says_yes_to_entries), swap(desk, "whole", twenty), swap(desk, "affordable", endless)
        )
    ],
    "B20": [all_of(swap(desk, "protect", sells_double), swap(desk, "review", says_yes))],
    "B23": [swap(desk, "review", says_yes_to_entries)],
    "B24": [swap(accounts, "apply_flow", forgets_deposits)],
    "B29": [swap(desk.Desk, "act", changes_unrecorded)],
    "B33": [swap(desk.Desk, "act", remembers_elsewhere)],
}
CASES = [(name, n) for name, faults in FAULTS.items() for n in range(len(faults))]


@pytest.mark.parametrize(("name", "n"), CASES)
def test_a_planted_fault_is_seen(name: str, n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    FAULTS[name][n](monkeypatch)
    with pytest.raises(Broken, match=f"^{name}: "):
        scenario(World((name,), participation=d("0.05")))


def test_B21_a_rule_that_asks_exits_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness, "review", asks_exits(risk.review))
    with pytest.raises(Broken, match="^B21: "):
        scenario(World(("B21",), participation=d("0.05")))


def test_every_invariant_has_its_fault() -> None:
    assert {*FAULTS, "B21"} == set(ALL)
