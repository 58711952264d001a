"""Checks of what stands for a holding against what is held in truth: no exit is larger than that for long (B20), and no
capital pays twice (B21)."""

from decimal import Decimal
from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.strategy import StockStrategy
from openbell.core.types import OrderType
from tests.sim.books import Known, e8, half_even
from tests.sim.house import E8, scopes_of
from tests.sim.verdict import demand

STANDING = ("working", "partial")
PROTECTIVE = ("stop", "trailing", "limit")
NEAR = 10_000
"""Figures of the engine and of the judge may differ by this part before a quotient of them is judged."""


def judge_step(judge: Any, event: ev.Event, told: list[Any]) -> None:
    """Judge what an execution leaves standing: it is brought to what is held in the same step."""
    if not judge.house.is_outside:
        return
    _lasting(judge, event)
    if judge.unsure:
        return
    caps = judge.house.prepared.spec.accounts[judge.house.account].caps
    for fill in told:
        order = judge.books.orders.get(fill.oid)
        if order is not None and not order.is_entry and judge.books.fresh_fill:
            shrunk(judge, order.deployment, order.symbol)
        elif order is None and not judge.house.prepared.spec.accounts[judge.house.account].netting:
            _outsold(judge, fill.instrument, caps)


def _standing(judge: Any, deployment: str, symbol: str) -> list[Known]:
    """Return the protective orders that stand at the venue as they are, and that nothing is on its way about."""
    mine = [o for o in judge.books.open.values() if (o.deployment, o.symbol) == (deployment, symbol) and o.group]
    found = [o for o in mine if not o.is_entry and o.type in PROTECTIVE and o.status in STANDING]
    return [o for o in found if o.wanted is None and not o.was_cancelled]


def shrunk(judge: Any, deployment: str, symbol: str) -> None:
    """A part of a holding has left: what protects it shrinks with it, by its venue or by our change."""
    held = judge.books.holding(deployment, symbol).lots
    if (
        judge.house.prepared.spec.accounts[judge.house.account].caps.oco
        or judge.gates.tier_over(deployment, symbol) >= 2
    ):
        return
    for order in _standing(judge, deployment, symbol):
        text = f"{order.oid} still stands for {order.leaves} of {held} that {deployment} has left of {symbol}"
        demand(order.side * held <= -order.leaves, "B20", text)


def _outsold(judge: Any, symbol: str, caps: Any) -> None:
    """Somebody has sold by hand: what protects a deployment covers no more than the account has."""
    net = judge.books.net(symbol)
    if symbol in judge.gates.mismatched:
        return
    for deployment in judge.house.prepared.spec.deployments:
        held = judge.books.holding(deployment, symbol).lots
        left = max(net * (1 if held > 0 else -1), 0) if held else 0
        if abs(held) <= left or (caps.oco and left) or judge.gates.tier_over(deployment, symbol) >= 2:
            continue
        for order in _standing(judge, deployment, symbol):
            text = f"{order.oid} stands for {order.leaves} of {held} {symbol}, of which the account has {net}"
            demand(order.leaves <= left, "B20", text)


def _lasting(judge: Any, event: ev.Event) -> None:
    """A deployment whose holding somebody has sold takes no risk from then on, until somebody has set it right."""
    holdings, external = judge.books.holdings, judge.house.external
    others = [symbol for (name, symbol), found in holdings.items() if name == external and found.lots]
    # Where nobody else holds anything nobody has taken anything out.
    lacking = [key for key in tuple(holdings) if lacks(judge, *key)] if others else []
    # While book and venue disagree the venue's figure counts; what is gone is gone once they agree again.
    lacking = [key for key in lacking if key[1] not in judge.gates.mismatched]
    for deployment, symbol in lacking:
        demand(deployment in judge.gates.frozen, "B12", f"{symbol} of {deployment} is gone, and it is not frozen")
    if lacking and isinstance(event, ev.Command) and event.kind == "adopt" and judge.gates.is_first(event):
        for deployment, symbol in lacking if judge.gates.is_heard else ():
            scopes = scopes_of("", symbol, judge.house.account)
            demand(event.scope not in scopes, "B12", f"{symbol} of {deployment} is gone after {event}")


def lacks(judge: Any, deployment: str, symbol: str) -> bool:
    """Return True where others' trades have taken some of what a deployment holds out of the account."""
    books = judge.books
    held = books.holding(deployment, symbol).lots
    return deployment != judge.house.external and held * books.holding(judge.house.external, symbol).lots < 0


def lacks_capital(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    """Return False where a deployment's unused capital would have paid for a lot at market."""
    spec, sort = judge.house.prepared.spec.deployments[decision.deployment], judge.house.sorts[decision.instrument]
    books, close = judge.books, judge.books.closes.get(decision.instrument)
    is_stock = isinstance(judge.house.prepared.strategies[spec.name], StockStrategy)
    kinds = {intent.type for intent in decision.intents} or ({spec.entry_type} if is_stock else set())
    # The gate counts what rests at its own price, sizes are made at the marks.
    is_resting = books.is_listed or any(o.is_entry and (o.limit or o.stop) for o in books.open.values())
    num, den = books.rate_of(decision.instrument)
    mark = books.marks.get(decision.instrument)
    if (
        not isinstance(event, ev.Bar)
        or is_resting
        or kinds != {OrderType.MARKET}
        or close is None
        or mark is None
        or not num
        or mark > close * sort.steps
    ):
        return True
    free = e8(spec.capital) + books.result(spec.name) - _used(judge, spec.name)
    lot = int(close * sort.steps + 1) * sort.unit * num // den
    return bool(free - abs(free) // NEAR < lot)


def _used(judge: Any, deployment: str) -> int:
    """Return the worth of what a deployment holds or is entering, at the marks, in 1e-8 of the base currency."""
    books, used = judge.books, 0
    for symbol, sort in judge.house.sorts.items():
        mine = (o for o in books.open.values() if (o.deployment, o.symbol, o.is_entry) == (deployment, symbol, True))
        lots = abs(books.holding(deployment, symbol).lots) + sum(o.leaves for o in mine)
        num, den = books.rate_of(symbol)
        used += half_even(lots * books.marks.get(symbol, 0) * sort.unit * num, den)
    return used


def weighed(judge: Any, deployment: str, symbol: str, px: int) -> tuple[int, int]:
    """Return the fewest and the most lots that a share of a deployment's capital and result can come to at a price."""
    spec, sort = judge.house.prepared.spec.deployments[deployment], judge.house.sorts[symbol]
    num, den = judge.books.rate_of(symbol)
    equity = e8(spec.capital) + judge.books.result(deployment)
    share, whole = Decimal(spec.size.value).as_integer_ratio()
    worth, one = equity * share * den, whole * num * px * sort.unit
    if equity <= 0 or not one:
        return 0, 0
    slack = abs(worth) // (E8 // 1000)
    return max((worth - slack) // one, 0), max((worth + slack) // one, 0)
