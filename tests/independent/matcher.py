"""Re-derives fills, positions and cash from bars and an order log, in under 200 lines that import nothing of openbell.

Written from the rules in words, not from the code: a market order takes the first open at or after its decision; a
protective order lives from the moment after its parent's fill; inside a bar the price goes from the open to the extreme
that is worse for the holder, to the other one, to the close; a stop that is gapped over fills at the open; what is
rounded is rounded against the trader; one fill of a group shrinks the others.
"""

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, Inexact, localcontext

E8 = Decimal("0.00000001")


@dataclass
class Order:
    """One line of the order log; `parent` is 0 for what was decided on a finished bar."""

    index: int
    ts: int
    instrument: str
    buy: bool
    qty: Decimal
    type: str
    limit: Decimal | None
    stop: Decimal | None
    parent: int
    oco: str
    reduce_only: bool
    rested: bool = False


@dataclass
class Rules:
    """What the venue charges and how finely it fills."""

    quantum: Decimal
    spread: Decimal = Decimal(0)
    slippage: Decimal = Decimal(0)
    fee: object = None


@dataclass
class Book:
    """What comes of it."""

    cash: Decimal
    fills: list = field(default_factory=list)
    positions: dict = field(default_factory=dict)
    fees: Decimal = Decimal(0)


def snap(price, quantum, buy):
    """Put a market price on the grid of fills, against the trader; noise of a millionth of a step is no step."""
    steps = price * float(1 / quantum)
    nearest = round(steps)
    if abs(steps - nearest) <= 1e-6:
        return nearest * quantum
    whole = int(steps // 1)
    return (whole + 1 if buy else whole) * quantum


def worse(price, quantum, slippage, buy):
    """Add slippage and round against the trader."""
    moved = price * (1 + slippage if buy else 1 - slippage)
    return (moved / quantum).to_integral_value(ROUND_CEILING if buy else ROUND_FLOOR) * quantum


def try_fill(order, start, end, rules):
    """Return (how far along, price, was resting) if the order trades while the price goes from start to end."""
    half = float(rules.spread) / 2.0
    sign = 1 if order.buy else -1
    side = lambda price: price + price * half * sign  # noqa: E731
    beyond = (lambda price, edge: price >= edge) if order.buy else (lambda price, edge: price <= edge)
    if order.type == "market":
        return 0.0, worse(snap(side(start), rules.quantum, order.buy), rules.quantum, rules.slippage, order.buy), False
    if order.type == "stop":
        edge = float(order.stop)
        if beyond(start, edge):
            way, price = 0.0, side(start)
        elif beyond(end, edge):
            way, price = (edge - start) / (end - start), side(edge)
        else:
            return None
        return way, worse(snap(price, rules.quantum, order.buy), rules.quantum, rules.slippage, order.buy), False
    edge, first, last = float(order.limit), side(start), side(end)
    reached = (lambda price: price <= edge) if order.buy else (lambda price: price >= edge)
    if reached(first):
        price = snap(first, rules.quantum, order.buy)
        return 0.0, min(price, order.limit) if order.buy else max(price, order.limit), order.rested
    return ((edge - first) / (last - first), order.limit, True) if reached(last) else None


def trade(book, order, price, rested, rules, bar):
    """Book one execution of all that is left of an order."""
    sign = 1 if order.buy else -1
    value = (order.qty * price).quantize(E8, ROUND_HALF_EVEN)
    fee = rules.fee(order.qty, value, rested) if rules.fee else Decimal(0)
    book.cash -= sign * value + fee
    book.fees += fee
    book.positions[order.instrument] = book.positions.get(order.instrument, Decimal(0)) + sign * order.qty
    book.fills.append((bar["ts"], order.index, order.instrument, order.buy, order.qty, price, fee))


def play(book, bar, live, waiting, rules):
    """Take one bar of one instrument: four legs, nearest first, children of a fill join before the next leg."""

    def downwards():
        held = book.positions.get(bar["instrument"], 0)
        return held > 0 if held else not any(order.buy for order in live)

    low_first = None
    here = bar["open"]
    for leg in range(4):
        if leg == 1:
            low_first = downwards()
        low_then_high = (bar["low"], bar["high"]) if low_first else (bar["high"], bar["low"])
        there = (bar["open"], *low_then_high, bar["close"])[leg]
        while True:
            hits = []
            for order in live:
                if order.parent or order.ts <= bar["open_ts"]:
                    hit = try_fill(order, here, there, rules)
                    if hit:
                        hits.append((hit[0], order.index, order, hit[1], hit[2]))
            if not hits:
                break
            _, _, order, price, rested = min(hits, key=lambda hit: hit[:2])
            trade(book, order, price, rested, rules, bar)
            live.remove(order)
            if order.reduce_only:
                for other in [o for o in live if o.oco and o.oco == order.oco]:
                    other.qty -= order.qty
                    if other.qty <= 0:
                        live.remove(other)
            live.extend(waiting.pop(order.index, []))
        for order in live:
            order.rested = True
        here = there


def match(bars, orders, cash, rules):
    """Return the book that bars and orders make.

    Args:
        bars: Dicts with ts, open_ts, instrument, open, high, low, close, in the order in which they came; only those
            of a session.
        orders: By index; cancelled entries must have been left out.
        cash: Opening balance.
        rules: By instrument.
    """
    with localcontext() as context:
        context.prec = 50
        context.traps[Inexact] = False
        book = Book(cash=cash)
        live, waiting, queue = {}, {}, {}
        for order in orders:
            if order.parent:
                waiting.setdefault(order.parent, []).append(order)
            else:
                queue.setdefault(order.instrument, []).append(order)
        for bar in bars:
            name = bar["instrument"]
            mine, coming = live.setdefault(name, []), queue.get(name, [])
            while coming and coming[0].ts <= bar["open_ts"]:
                mine.append(coming.pop(0))
            if mine:
                play(book, bar, mine, waiting, rules[name])
        return book
