"""Our own conduct: what each deployment sent, had filled and had refused of late.

For the controls that judge it.

It is part of the truth: a restart forgets nothing that a limit counts.
"""

from bisect import bisect_right
from decimal import Decimal

import msgspec

from openbell.core.order import Order
from openbell.core.types import DAY_NS, MINUTE_NS, ZERO, Side, changing, money

MOST_SENT, MOST_TRADES = 2000, 500
"""How many messages and orders with executions are remembered of each deployment at most."""


@changing
class Trade(msgspec.Struct, kw_only=True, array_like=True):
    """All executions of one order.

    Attributes:
        ts: Of the latest, ns. order: Index of the order. instrument, side, reason, is_exit: Of the order.
        qty: Units, positive. paid: Their value, quote currency.
        arrival: Value at the price it was to get, quote currency; 0 where there was none.
        gain: Result realised by them, their fees taken off, quote currency; negative is a loss.
    """

    ts: int
    order: int
    instrument: str
    side: str
    reason: int
    is_exit: bool
    qty: Decimal = ZERO
    paid: Decimal = ZERO
    arrival: Decimal = ZERO
    gain: Decimal = ZERO

    @property
    def slippage(self) -> Decimal:
        """How much worse than at arrival, quote currency.

        Negative is better, 0 where arrival is unknown.
        """
        return (self.paid - self.arrival) * (1 if self.side == "buy" else -1) if self.arrival else ZERO


@changing
class Conduct(msgspec.Struct, kw_only=True):
    """What one deployment did of late.

    Attributes:
        sent: Instants of its messages to the venue within the last minute, ns, oldest first.
        trades: Its orders with executions within the last day, in the order of their latest ones.
        rejects: Orders that the venue rejected since the last one that executed or ended otherwise.
        orders, cancels: Entry orders sent, and cancelled with nothing filled, in this session.
        refused: Orders refused in this session because too many messages were sent.
        opened: Its result when the session began. best: The highest result of a deployment with limits of its own.
        asked, spent: Entries that a source outside asked for in this session, and their value, base currency.
    """

    sent: list[int] = []
    trades: list[Trade] = []
    rejects: int = 0
    orders: int = 0
    cancels: int = 0
    refused: int = 0
    spent: Decimal = ZERO
    opened: Decimal = ZERO
    best: Decimal = ZERO

    def sent_since(self, ts: int) -> int:
        """Return how many messages were sent after `ts` (ns)."""
        return len(self.sent) - bisect_right(self.sent, ts)


def note_sent(conduct: Conduct, ts: int) -> None:
    """Count a message to the venue: a new order, a change, a cancel, or any of them once more."""
    sent = conduct.sent
    if sent and (sent[0] <= ts - MINUTE_NS or len(sent) >= MOST_SENT):
        del sent[: max(bisect_right(sent, ts - MINUTE_NS), len(sent) - MOST_SENT + 1)]
    sent.append(ts)


def note_entry(conduct: Conduct, value: Decimal) -> None:
    """Count an entry order worth `value` (base currency)."""
    conduct.orders += 1
    conduct.spent += value


def note_fill(
    conduct: Conduct, order: Order, qty: Decimal, paid: Decimal, ts: int, *, has_waited: bool = False
) -> Trade:
    """Count an execution of `qty` units for `paid` (quote currency, both positive).

    What an order was to get is the mark at which it was sent; of one that waits it is its own price: a stop loss does
    not slip by the whole way to it, nor does a target make up for what slips elsewhere. One that `has_waited` over a
    close got the price of another day, which is no fault of its execution. Returned is all of the order so far.
    """
    conduct.rejects = 0
    trades, yesterday = conduct.trades, ts - DAY_NS
    if trades and (trades[0].ts <= yesterday or len(trades) >= MOST_TRADES):
        # They stand in the order of time, so what is too old comes first: to look at all of a day's is slow.
        old = next((n for n, trade in enumerate(trades) if trade.ts > yesterday), len(trades))
        del trades[: max(old, len(trades) - MOST_TRADES + 1)]
    backwards = range(len(trades) - 1, -1, -1) if len(order.executions) != 1 else range(0)
    place = next((n for n in backwards if trades[n].order == order.index), None)
    found = trades.pop(place) if place is not None else Trade(
        ts=ts, order=order.index, instrument=order.instrument, side=order.side, reason=order.reason,
        is_exit=order.reduce_only,
    )  # fmt: skip
    trades.append(found)
    found.ts, found.qty, found.paid = ts, found.qty + qty, found.paid + paid
    if order.arrival and not has_waited:
        better = min if order.side is Side.BUY else max
        found.arrival += money(qty * (order.stop or better(order.arrival, order.limit or order.arrival)))
    return found


def note_result(conduct: Conduct, result: Decimal) -> None:
    """Remember the highest result (base currency) that there has been."""
    conduct.best = max(conduct.best, money(result))


def begin_day(conduct: Conduct, result: Decimal) -> None:
    """Begin to count anew what is counted by the session.

    `result` is the deployment's so far, base currency.
    """
    conduct.opened = money(result)
    conduct.orders = conduct.cancels = conduct.refused = 0
    conduct.spent = ZERO
