"""Two runs side by side: every difference with its cause. Pure.

Orders of the same deployment, instrument, side and kind are one another's when they were decided at the same instant,
or at the nearest ones within a tolerance. Each difference has exactly one cause: data (the bars before it differ),
rejection (one was refused), timing (another instant), price, fee, or state (what is left: quantities and orders that
follow from another equity, position or configuration).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.codes import label
from openbell.core.effects import Amend, Decision, Effect, Submit
from openbell.core.types import ZERO
from openbell.report.figures import exact

CAUSES = ("data", "timing", "price", "fee", "rejection", "state")
"""Why two runs differ."""
DEEPEST = ("data", "rejection", "state", "timing", "price", "fee")
"""The same from what brings the others about to what brings about none."""
_REFUSED = 200
"""Reason codes from here on are refusals: by limits, then by what an order may be."""
Prices = tuple[float, float, float, float, float]
Place = tuple[int, str, str]
"""An instant (ns), a deployment and an instrument; empty where nobody's."""


class Order(msgspec.Struct, kw_only=True):
    """One order as a run had it, with its fills.

    Attributes:
        ts: Of the event decided on, ns. oid: Its own id. deployment, instrument, side, kind: Whose, what, how.
        qty: Units. px: Limit or stop, None for none. refused: Why the venue did not take it, empty where it did.
        filled: Units. value: Sum of quantity times price of its fills. fee: Of all of them. time: Of the first, ns.
    """

    ts: int
    oid: str
    deployment: str
    instrument: str
    side: str
    kind: str
    qty: Decimal
    px: Decimal | None
    refused: str = ""
    filled: Decimal = ZERO
    value: Decimal = ZERO
    fee: Decimal = ZERO
    time: int = 0

    @property
    def group(self) -> tuple[str, str, str, str]:
        """Orders are compared with those of the same group."""
        return self.deployment, self.instrument, self.side, self.kind


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One difference: its cause, when (ns), whose, what it is about, and both sides in words."""

    cause: str
    ts: int
    deployment: str
    instrument: str
    what: str
    left: str
    right: str


class Story:
    """What a comparison needs to know of a run, gathered event by event.

    Attributes:
        name: As people call it. bars: Prices and volume by instrument and close (ns).
        orders: In the order in which they were decided. refusals: Codes of refused wishes by instant and whose.
        signals: What was said on each bar, code and target, by instant and whose.
        equity: At the end by account, text. held: Units at the end by deployment and instrument.
    """

    def __init__(self, name: str) -> None:
        """Begin with nothing."""
        self.name = name
        self.bars: dict[tuple[str, int], Prices] = {}
        self.orders: list[Order] = []
        self.refusals: dict[Place, int] = {}
        self.signals: dict[Place, tuple[int, float | None]] = {}
        self.equity: dict[str, str] = {}
        self.held: dict[tuple[str, str], Decimal] = {}
        self.last = 0
        self._by_oid: dict[str, Order] = {}

    def watch(self, event: ev.Event, effects: Iterable[Effect]) -> None:
        """Take one finished step."""
        if type(event) is ev.Bar:
            prices = (event.open, event.high, event.low, event.close, event.volume)
            self.bars[event.instrument, event.ts] = prices
            self.last = event.ts
        elif type(event) is ev.Fill:
            self._fill(event)
        elif type(event) is ev.OrderUpdate and event.happening == "rejected" and event.oid in self._by_oid:
            self._by_oid[event.oid].refused = label(event.code) if event.code else event.text or "rejected"
        for effect in effects:
            if type(effect) is Submit:
                self._submit(effect, event.ts)
            elif type(effect) is Amend and effect.oid in self._by_oid:
                self._by_oid[effect.oid].qty = effect.qty
            elif type(effect) is Decision:
                self._decide(effect, event.ts)

    def end(self, book: Book) -> None:
        """Take the book as the run left it."""
        self.equity = {name: exact(account.equity) for name, account in book.truth.accounts.items()}
        self.held = {(one.deployment, one.instrument): one.qty for one in book.all_positions() if one.qty}

    def _decide(self, decision: Decision, ts: int) -> None:
        place = (ts, decision.deployment, decision.instrument)
        self.signals[place] = (int(decision.signal), decision.target)
        if decision.code >= _REFUSED:
            self.refusals[place] = int(decision.code)

    def _submit(self, order: Submit, ts: int) -> None:
        made = Order(
            ts=ts,
            oid=order.oid,
            deployment=order.deployment,
            instrument=order.instrument,
            side=str(order.side),
            kind=f"{'exit' if order.reduce_only else 'entry'} {order.type}",
            qty=order.qty,
            px=order.limit if order.limit is not None else order.stop,
        )
        self.orders.append(made)
        self._by_oid[order.oid] = made

    def _fill(self, fill: ev.Fill) -> None:
        order = self._by_oid.get(fill.oid)
        if order is not None:
            order.time = order.time or fill.time
            order.filled += fill.qty
            order.value += fill.qty * fill.px
            order.fee += fill.fee


def compare(left: Story, right: Story, tolerance: int) -> list[Difference]:
    """Return every difference of two runs over the time that both cover, in order of time.

    Args:
        left: One run.
        right: The other.
        tolerance: Furthest that two instants of one order may lie apart, ns.
    """
    both = {symbol for symbol, _ in left.bars} & {symbol for symbol, _ in right.bars}
    first = max((min((ts for _, ts in one.bars), default=0) for one in (left, right)), default=0)
    last = min(left.last, right.last)
    found = _bars(left, right, (first, last))
    odd: dict[str, int] = {}
    for bar in found:
        odd[bar.instrument] = min(odd.get(bar.instrument, bar.ts), bar.ts)
    found += _signals(left, right, odd)
    sides = [[order for order in one.orders if first <= order.ts <= last] for one in (left, right)]
    for one, other in _pairs(sides[0], sides[1], tolerance):
        found += _alone((one, other), (left, right), odd) if one is None or other is None else _unlike(one, other, odd)
    if left.last == right.last:
        found += _ends(left, right, last, found)
    unknown = {symbol for symbol, _ in left.bars.keys() | right.bars.keys()} - both
    found += [
        _difference("data", (last, "", symbol), "bars", _has(left, symbol), _has(right, symbol)) for symbol in unknown
    ]
    return sorted(found, key=lambda one: (one.ts, one.instrument, one.deployment, one.what))


def _has(story: Story, symbol: str) -> str:
    return "some" if any(one == symbol for one, _ in story.bars) else "none"


def _difference(cause: str, place: Place, what: str, left: object, right: object) -> Difference:
    ts, deployment, instrument = place
    return Difference(
        cause=cause, ts=ts, deployment=deployment, instrument=instrument, what=what, left=str(left), right=str(right)
    )


def _bars(left: Story, right: Story, span: tuple[int, int]) -> list[Difference]:
    """Return the bars that only one run had, or that had other prices."""
    common = {symbol for symbol, _ in left.bars} & {symbol for symbol, _ in right.bars}
    keys = [key for key in left.bars.keys() | right.bars.keys() if key[0] in common and span[0] <= key[1] <= span[1]]
    found = []
    for symbol, ts in keys:
        one, other = left.bars.get((symbol, ts)), right.bars.get((symbol, ts))
        # As text, because a value that is missing (NaN) is the same as another.
        if repr(one) != repr(other):
            found.append(_difference("data", (ts, "", symbol), "bar", _shown(one), _shown(other)))
    return found


def _signals(left: Story, right: Story, odd: dict[str, int]) -> list[Difference]:
    """Return the bars of both runs on which a strategy said something else."""
    found = []
    for place in dict.fromkeys([*left.signals, *right.signals]):
        ts, _, symbol = place
        one, other = left.signals.get(place), right.signals.get(place)
        if one != other and (symbol, ts) in left.bars and (symbol, ts) in right.bars:
            cause = "data" if symbol in odd and odd[symbol] <= ts else "state"
            found.append(_difference(cause, place, "signal", _said(one), _said(other)))
    return found


def _said(signal: tuple[int, float | None] | None) -> str:
    if signal is None:
        return "none"
    code, target = signal
    return label(code) if target is None else f"{label(code)}, target {target:g}"


def _shown(prices: Prices | None) -> str:
    return "none" if prices is None else " ".join(f"{price:.10g}" for price in prices)


Pair = tuple[Order | None, Order | None]


def _pairs(left: Sequence[Order], right: Sequence[Order], tolerance: int) -> list[Pair]:
    """Return orders with their counterparts, None where there is none."""
    groups = dict.fromkeys([*(one.group for one in left), *(one.group for one in right)])
    found: list[Pair] = []
    for group in groups:
        one, other = ([order for order in side if order.group == group] for side in (left, right))
        found += _matched(one, other, tolerance)
    return found


def _matched(left: list[Order], right: list[Order], tolerance: int) -> list[Pair]:
    """Match orders of one group: first those of one instant, then the nearest ones in their order."""
    waiting: dict[int, list[Order]] = {}
    for other in right:
        waiting.setdefault(other.ts, []).append(other)
    found: list[Pair] = []
    alone = []
    for one in left:
        same = waiting.get(one.ts)
        if same:
            found.append((one, same.pop(0)))
        else:
            alone.append(one)
    others = sorted((other for rest in waiting.values() for other in rest), key=lambda order: order.ts)
    while alone and others:
        apart = others[0].ts - alone[0].ts
        if abs(apart) <= tolerance:
            found.append((alone.pop(0), others.pop(0)))
        elif apart > 0:
            found.append((alone.pop(0), None))
        else:
            found.append((None, others.pop(0)))
    return [*found, *((one, None) for one in alone), *((None, other) for other in others)]


def _alone(pair: Pair, stories: tuple[Story, Story], odd: dict[str, int]) -> list[Difference]:
    """Return why an order stands in one run only."""
    order = pair[0] or pair[1]
    if order is None:
        return []
    place = (order.ts, order.deployment, order.instrument)
    missing = stories[1] if pair[0] is not None else stories[0]
    code = missing.refusals.get(place)
    cause = "rejection" if code is not None else "data" if _is_odd(order, odd) else "state"
    none = f"none, {label(code)}" if code is not None else "none"
    said = [_order(one) if one is not None else none for one in pair]
    return [_difference(cause, place, "order", said[0], said[1])]


def _is_odd(order: Order, odd: dict[str, int]) -> bool:
    """Return True if bars of the instrument differ up to the order."""
    return order.instrument in odd and odd[order.instrument] <= max(order.ts, order.time)


def _order(order: Order) -> str:
    px = f" at {exact(order.px)}" if order.px is not None else ""
    return f"{order.kind} {order.side} {exact(order.qty)}{px}"


def _unlike(one: Order, other: Order, odd: dict[str, int]) -> list[Difference]:
    """Return in what two orders that are one another's differ."""
    place = (min(one.ts, other.ts), one.deployment, one.instrument)
    is_odd = _is_odd(one, odd) or _is_odd(other, odd)
    rows: list[tuple[str, str, object, object]] = [
        ("timing", "instant of the decision", one.ts, other.ts),
        ("state", "quantity ordered", exact(one.qty), exact(other.qty)),
        ("price", "price ordered", _px(one.px), _px(other.px)),
    ]
    if bool(one.refused) != bool(other.refused):
        rows.append(("rejection", "answer of the venue", one.refused or "taken", other.refused or "taken"))
        return [_difference(*_caused(row, place, is_odd)) for row in rows if row[2] != row[3]]
    rows.append(("state", "quantity filled", exact(one.filled), exact(other.filled)))
    if one.filled and other.filled:
        rows.append(("timing", "moment of the fill", one.time, other.time))
        if one.value * other.filled != other.value * one.filled:
            rows.append(("price", "price of the fill", _mean(one), _mean(other)))
        if one.fee * other.filled != other.fee * one.filled:
            rows.append(("fee", "fee", exact(one.fee), exact(other.fee)))
    return [_difference(*_caused(row, place, is_odd)) for row in rows if row[2] != row[3]]


def _caused(
    row: tuple[str, str, object, object],
    place: Place,
    is_odd: bool,  # noqa: FBT001  # a fact, not a mode
) -> tuple[str, Place, str, object, object]:
    """Return a difference's fields; bars that differ before it are its cause.

    Not that of a fee, nor of a refusal.
    """
    cause, what, left, right = row
    return ("data" if is_odd and cause in ("timing", "price", "state") else cause), place, what, left, right


def _px(px: Decimal | None) -> str:
    return exact(px) if px is not None else "none"


def _mean(order: Order) -> str:
    return f"{order.value / order.filled:.10g}"


def _ends(left: Story, right: Story, ts: int, before: Sequence[Difference]) -> list[Difference]:
    """Return in what two runs that end together end otherwise.

    What they own at the end is nobody's decision: it differs for the first of the `DEEPEST` causes met before.
    """
    found: list[Difference] = []
    met = {one.cause for one in before}
    cause = next((one for one in DEEPEST if one in met), "state")
    for name in dict.fromkeys([*left.equity, *right.equity]):
        one, other = left.equity.get(name, "none"), right.equity.get(name, "none")
        if one != other:
            found.append(_difference(cause, (ts, "", ""), f"equity of {name} at the end", one, other))
    for deployment, instrument in dict.fromkeys([*left.held, *right.held]):
        sides = [exact(story.held.get((deployment, instrument), ZERO)) for story in (left, right)]
        if sides[0] != sides[1]:
            place = (ts, deployment, instrument)
            found.append(_difference(cause, place, "position at the end", sides[0], sides[1]))
    return found
