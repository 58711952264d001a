"""Checks of the exchange in the process against the bars it played: what it executes, at what price, and what it must (B10, B27)."""

from decimal import Decimal
from typing import Any

from openbell.core import events as ev
from tests.sim.books import Known
from tests.sim.house import Sort
from tests.sim.verdict import demand

RATE = Decimal("0.0035")


class Played:
    """What was executed since the last bar, and the prices that trailing stops have seen.

    Attributes:
        fills: Executions that the bar to come has to bear out, with limit, stop, and where the stop stood at the least,
            in quanta. best: Most favourable price since a trailing stop came, or got another distance. away: That
            distance.
    """

    def __init__(self, judge: Any) -> None:
        """Play for a judge."""
        self.judge = judge
        self.fills: list[tuple[ev.Fill, Known, tuple[Decimal | None, Decimal | None, int | None]]] = []
        self.best: dict[str, int] = {}
        self.away: dict[str, Decimal | None] = {}

    def take(self, event: ev.Event) -> None:
        """Take an event of an account in the process, behind the books."""
        books = self.judge.books
        if isinstance(event, ev.Fill) and books.fresh_fill and event.oid in books.orders:
            order = books.orders[event.oid]
            self._fee(event)
            stood = self._stood(order, self.judge.house.sorts[order.symbol])
            self.fills.append((event, order, (order.limit, order.stop, stood)))
        elif isinstance(event, ev.OrderUpdate) and event.oid in self.best:
            if self.away[event.oid] != books.orders[event.oid].trail:
                # At another distance it follows the prices to come.
                del self.best[event.oid]
        elif isinstance(event, ev.Bar):
            sort = self.judge.house.sorts[event.instrument]
            for fill, order, prices in self.fills:
                if fill.instrument == event.instrument and fill.time > event.ts - event.interval:
                    _bear_out(fill, order, prices, event, self.options.limit_fill)
                    if event.instrument not in books.split_at:
                        _bear_price(fill, order, prices[2], event, sort)
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
        stop = self._stood(order, sort)
        # A bar from between two sessions is not played, and no stop follows it.
        if stop is None or order.sent > opened or not begin <= opened < end:
            return
        reached, seen = (bar.high, bar.low) if order.side > 0 else (bar.low, bar.high)
        is_through = (reached * sort.steps - stop) * order.side > 2 * sort.tick
        if is_still and order.symbol not in self.judge.books.split_at:
            demand(not is_through, "B27", f"{order.oid}, a {order.type} at {stop}, lives on behind {bar}")
        self.away[order.oid], now = order.trail, round(seen * sort.steps)
        best = self.best.get(order.oid, now)
        self.best[order.oid] = min(best, now) if order.side > 0 else max(best, now)

    def _stood(self, order: Known, sort: Sort) -> int | None:
        """Return where a stop stands at the least by the bars that it has lived through, in quanta; None for no stop."""
        if order.type not in ("stop", "trailing") or order.stop is None:
            return None
        stop, best = int(order.stop * sort.steps), self.best.get(order.oid)
        if order.type == "stop" or best is None:
            return stop
        trail = int(order.trail * sort.steps)  # type: ignore[operator]
        return order.side * min(order.side * stop, order.side * best + trail)


def _bear_out(fill: ev.Fill, order: Known, prices: tuple[Any, ...], bar: ev.Bar, limit_fill: str) -> None:
    """An execution lies within its bar, is no worse than its limit, and its stop was reached."""
    px, sign = float(fill.px), fill.side.sign
    limit, stop, _ = prices
    text = f"{fill.oid} ({order.type} {fill.side}, limit {limit}, stop {stop}) executed at {fill.px} in {bar}"
    demand(bar.low <= px <= bar.high, "B10", text)
    demand(limit is None or (fill.px - limit) * sign <= 0, "B10", text)
    if order.type == "stop" and stop is not None:
        demand((px - float(stop)) * sign >= 0, "B27", text)
    if limit_fill == "through" and fill.is_maker and limit is not None and fill.px == limit:
        reached = bar.low if sign > 0 else bar.high
        demand((reached - px) * sign < 0, "B10", f"touched, not passed: {text}")


def _bear_price(fill: ev.Fill, order: Known, stood: int | None, bar: ev.Bar, sort: Sort) -> None:
    """A stop that was there when its bar opened is executed where it stood, or at the open where that is beyond it."""
    if stood is None or order.sent > bar.ts - bar.interval:
        return
    sign, opened = fill.side.sign, round(bar.open * sort.steps)
    worst = max(sign * stood, sign * opened) + 2 * sort.tick
    text = f"{fill.oid}, a {order.type} at {stood} quanta, executed at {fill.px} in {bar}"
    demand(sign * int(fill.px * sort.steps) <= worst, "B27", text)
