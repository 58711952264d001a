"""Checks of the exchange in the process against the bars it played: what it executes, at what price, and what it must (B10, B27)."""

from decimal import Decimal
from typing import Any

from openbell.core import events as ev
from tests.sim.books import Known
from tests.sim.house import MINUTE, Sort
from tests.sim.verdict import demand

RATE = Decimal("0.0035")


class Played:
    """What was executed since the last bar, and the prices that trailing stops have seen.

    Attributes:
        fills: Executions that the bar to come has to bear out. best: Most favourable close since a trailing stop came,
            or got another distance. away: That distance.
    """

    def __init__(self, judge: Any) -> None:
        """Play for a judge."""
        self.judge = judge
        self.fills: list[tuple[ev.Fill, Known, tuple[Decimal | None, Decimal | None]]] = []
        self.best: dict[str, int] = {}
        self.away: dict[str, Decimal | None] = {}

    def take(self, event: ev.Event) -> None:
        """Take an event of an account in the process, behind the books."""
        books = self.judge.books
        if isinstance(event, ev.Fill) and books.fresh_fill and event.oid in books.orders:
            order = books.orders[event.oid]
            self._fee(event)
            self.fills.append((event, order, (order.limit, order.stop)))
        elif isinstance(event, ev.OrderUpdate) and event.oid in self.best:
            if self.away[event.oid] != books.orders[event.oid].trail:
                # At another distance it follows the prices to come.
                del self.best[event.oid]
        elif isinstance(event, ev.Bar):
            sort = self.judge.house.sorts[event.instrument]
            for fill, order, prices in self.fills:
                if fill.instrument == event.instrument and fill.time > event.ts - event.interval:
                    _bear_out(fill, order, prices, event, self.options.limit_fill)
            self.fills = [one for one in self.fills if one[0].instrument != event.instrument]
            for order in list(books.open.values()):
                if order.symbol == event.instrument:
                    self._must(order, event, sort)

    @property
    def options(self) -> Any:
        """How the exchange was set up."""
        return self.judge.house.prepared.venues["main"]

    def _fee(self, fill: ev.Fill) -> None:
        most = RATE * fill.qty if self.options.fees.kind == "per_share" else Decimal(0)
        demand(abs(fill.fee - most) <= Decimal("1e-8"), "B10", f"{fill.oid} pays {fill.fee}, the fee is {most}")

    def _must(self, order: Known, bar: ev.Bar, sort: Sort) -> None:
        """A stop that a bar has run through is executed with it."""
        opened = bar.ts - bar.interval
        begin, end = self.judge.books.session
        is_still = not (order.was_cancelled or order.changing or order.wanted is not None)
        if order.type not in ("stop", "trailing") or order.stop is None or order.sent >= opened - MINUTE:
            return
        stop = int(order.stop * sort.steps)
        if order.type == "trailing":
            order_best = self.best.get(order.oid)
            trail = int(order.trail * sort.steps)  # type: ignore[operator]
            if order_best is not None:
                stop = order.side * min(order.side * stop, order.side * order_best + trail)
        reached = bar.high if order.side > 0 else bar.low
        is_through = (reached * sort.steps - stop) * order.side > 2 * sort.tick
        if is_still and begin <= opened < end and order.symbol not in self.judge.books.split_at:
            demand(not is_through, "B27", f"{order.oid}, a {order.type} at {stop}, lives on behind {bar}")
        close = round(bar.close * sort.steps)
        self.away[order.oid] = order.trail
        best = self.best.get(order.oid, close)
        self.best[order.oid] = min(best, close) if order.side > 0 else max(best, close)


def _bear_out(fill: ev.Fill, order: Known, prices: tuple[Any, Any], bar: ev.Bar, limit_fill: str) -> None:
    """An execution lies within its bar, is no worse than its limit, and its stop was reached."""
    px, sign = float(fill.px), fill.side.sign
    limit, stop = prices
    text = f"{fill.oid} ({order.type} {fill.side}, limit {limit}, stop {stop}) executed at {fill.px} in {bar}"
    demand(bar.low <= px <= bar.high, "B10", text)
    demand(limit is None or (fill.px - limit) * sign <= 0, "B10", text)
    if order.type == "stop" and stop is not None:
        demand((px - float(stop)) * sign >= 0, "B27", text)
    if limit_fill == "through" and fill.is_maker and limit is not None and fill.px == limit:
        reached = bar.low if sign > 0 else bar.high
        demand((reached - px) * sign < 0, "B10", f"touched, not passed: {text}")
