"""What became of the orders of a run.

How many there were, how many filled, how fast, how much worse than at arrival. Pure. It looks on while records are
read and keeps sums, and of orders only those that are open.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.effects import Effect, Submit
from openbell.core.order import Order
from openbell.core.types import E8, NS, TERMINAL, ZERO, Status, as_float, div
from openbell.report.performance import Figure, label_of
from openbell.report.sections import Column, Table

ALL, ENTRIES, EXITS = "all", "entries", "exits"
KEYS = (
    "orders", "filled", "partly_filled", "cancelled", "rejected", "expired", "open", "in_doubt", "fill_rate",
    "time_to_fill_s", "longest_to_fill_s", "slippage_bps", "worst_slippage_bps",
)  # fmt: skip
"""Figures of a group of orders, in reading order."""
_BPS = 10_000.0
_DIGITS = 6


class Sums(msgspec.Struct, kw_only=True):
    """What is known of a group of orders.

    Attributes:
        sent: Orders. ended: Those that ended, by status. partly: Those that ended with a part of them executed.
        fill_ns, longest_ns: From being sent to the last execution: sum over the filled ones, and the longest.
        priced: Orders with executions whose price at arrival is known. worse: Sum of how much worse they were executed
            than at arrival, as fractions. worst: The largest.
    """

    sent: int = 0
    ended: dict[str, int] = {}
    partly: int = 0
    fill_ns: int = 0
    longest_ns: int = 0
    priced: int = 0
    worse: Decimal = ZERO
    worst: Decimal | None = None


class Orders:
    """Counts the orders of one run as its records are read."""

    def __init__(self) -> None:
        """Begin before the first record."""
        self._sums: dict[str, Sums] = {ALL: Sums()}
        self._open: dict[str, tuple[str, ...]] = {}

    def watch(self, book: Book, event: ev.Event, effects: Sequence[Effect]) -> None:
        """Take one record: the event, its effects, and the book with both applied."""
        for effect in effects:
            if type(effect) is Submit:
                groups = (ALL, EXITS if effect.reduce_only else ENTRIES, str(effect.type))
                self._open[effect.oid] = groups
                for sums in self._of(groups):
                    sums.sent += 1
        if type(event) in _ANSWERS or effects:
            self._settle(book)

    def _settle(self, book: Book) -> None:
        """Take account of orders that have ended."""
        for oid in list(self._open):
            order = book.truth.orders.get(oid)
            if order is not None and order.status in TERMINAL:
                for sums in self._of(self._open.pop(oid)):
                    _end(sums, order)

    def _of(self, groups: tuple[str, ...]) -> Iterator[Sums]:
        for group in groups:
            yield self._sums.setdefault(group, Sums())

    def figures(self, book: Book) -> dict[str, dict[str, Figure]]:
        """Return the figures of all orders, of entries and exits, and of each type.

        `KEYS` names them. Shares are fractions, times seconds, slippage hundredths of a percent of the price at
        arrival. A figure that cannot be computed is None.
        """
        doubt: dict[str, int] = {}
        for oid, groups in self._open.items():
            order = book.truth.orders.get(oid)
            if order is not None and order.status is Status.UNKNOWN:
                for group in groups:
                    doubt[group] = doubt.get(group, 0) + 1
        return {group: _figures(sums, doubt.get(group, 0)) for group, sums in self._sums.items()}


_ANSWERS = (ev.Fill, ev.OrderUpdate, ev.BrokerState, ev.Command, ev.Timer)
"""Events by which an order may end."""


def _end(sums: Sums, order: Order) -> None:
    name = str(order.status)
    sums.ended[name] = sums.ended.get(name, 0) + 1
    sums.partly += bool(order.filled) and order.status is not Status.FILLED
    if order.status is Status.FILLED:
        last = max(one.time for one in order.executions.values())
        lasted = max(last - order.sent_ts, 0)
        sums.fill_ns += lasted
        sums.longest_ns = max(sums.longest_ns, lasted)
    qty = sum((abs(one.qty) for one in order.executions.values()), ZERO)
    if qty and order.arrival:
        paid = sum((abs(one.qty) * one.px for one in order.executions.values()), ZERO)
        arrived = qty * order.arrival
        worse = div((paid - arrived) * order.side.sign, abs(arrived), E8)
        sums.priced += 1
        sums.worse += worse
        sums.worst = worse if sums.worst is None else max(sums.worst, worse)


def _figures(sums: Sums, doubt: int) -> dict[str, Figure]:
    ended = sum(sums.ended.values())
    filled = sums.ended.get(str(Status.FILLED), 0)
    found: dict[str, Figure] = {
        "orders": sums.sent,
        "filled": filled,
        "partly_filled": sums.partly,
        "cancelled": sums.ended.get(str(Status.CANCELLED), 0),
        "rejected": sums.ended.get(str(Status.REJECTED), 0),
        "expired": sums.ended.get(str(Status.EXPIRED), 0),
        "open": sums.sent - ended - doubt,
        "in_doubt": doubt,
        "fill_rate": filled / ended if ended else None,
        "time_to_fill_s": sums.fill_ns / NS / filled if filled else None,
        "longest_to_fill_s": sums.longest_ns / NS if filled else None,
        "slippage_bps": as_float(sums.worse) * _BPS / sums.priced if sums.priced else None,
        "worst_slippage_bps": as_float(sums.worst) * _BPS if sums.worst is not None else None,
    }
    return {key: round(value, _DIGITS) if isinstance(value, float) else value for key, value in found.items()}


def table(figures: Mapping[str, Mapping[str, Figure]]) -> Table:
    """Return the figures of each group as a table, a column each."""
    head = (Column("Figure", is_number=False), *(Column(group, is_number=True) for group in figures))
    rows = [(label_of(key), *(_text(key, block[key]) for block in figures.values())) for key in KEYS]
    return Table("Orders", head, rows)


def _text(key: str, value: Figure) -> str:
    if value is None:
        return "–"
    if key == "fill_rate":
        return f"{100.0 * float(value):,.2f}%"
    return f"{value:,.3f}" if isinstance(value, float) else f"{value:,}"
