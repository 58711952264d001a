"""Does an order execute on a piece of the path, and at what price?

Pure; prices in, a price or None out.
"""

from decimal import Decimal

import msgspec

from openbell.core.types import Instrument, OrderType, Rounding, Side, as_float
from openbell.parts.venue.options import VenueOptions
from openbell.parts.venue.resting import Leg, Resting


class Match(msgspec.Struct, frozen=True):
    """An execution that a piece of the path allows.

    `px` is in quote currency, `way` is how far along the piece it lies (0 is its start).
    """

    px: Decimal
    way: float
    is_maker: bool


def match(order: Resting, leg: Leg, instrument: Instrument, options: VenueOptions) -> Match | None:
    """Return how `order` executes on `leg`, None if it does not.

    A stop that triggers is marked on the order.
    """
    if order.type is OrderType.MARKET:
        # Latency does not skip the open; it pays the slippage of being late on top.
        late = options.late_slippage if options.latency else Decimal(0)
        return Match(_taken(order, instrument, _side_px(order, leg, 0.0), options.slippage + late), 0.0, is_maker=False)
    if order.type is OrderType.LIMIT or order.is_triggered:
        return _limit(order, leg, instrument, options, 0.0)
    way = _trigger(order, leg, instrument)
    if way is None:
        return None
    if order.type is OrderType.STOP_LIMIT:
        order.is_triggered = True
        return _limit(order, leg, instrument, options, way)
    px = _trigger_px(order, leg, way)
    return Match(_taken(order, instrument, px, options.slippage), way, is_maker=False)


def _at(start: float, end: float, way: float) -> float:
    """Return the price `way` of the distance along, exact at both ends."""
    if way <= 0.0:
        return start
    return end if way >= 1.0 else start + (end - start) * way


def _side_px(order: Resting, leg: Leg, way: float) -> float:
    if order.side is Side.BUY:
        return _at(leg.ask_start, leg.ask_end, way)
    return _at(leg.bid_start, leg.bid_end, way)


def _trigger_px(order: Resting, leg: Leg, way: float) -> float:
    """Return the side's price where a stop triggers: at the stop itself unless the piece began beyond it."""
    if way <= 0.0 or order.stop is None or leg.half_spread < 0.0:
        return _side_px(order, leg, way)
    edge = as_float(order.stop)
    return edge + edge * leg.half_spread * order.side.sign


def _taken(order: Resting, instrument: Instrument, px: float, slippage: Decimal) -> Decimal:
    """Return what a taking order pays or gets: the side's price rounded against us, slippage on top."""
    against = Rounding.CEIL if order.side is Side.BUY else Rounding.FLOOR
    exact = instrument.price(px, against)
    if not slippage:
        return exact
    moved = exact + exact * slippage * order.side.sign
    return instrument.fill_price(moved, against)


def _limit(order: Resting, leg: Leg, instrument: Instrument, options: VenueOptions, way: float) -> Match | None:
    limit = order.limit
    if limit is None:
        return None
    edge = as_float(limit)
    is_buy = order.side is Side.BUY
    start = _side_px(order, leg, way)
    end = leg.ask_end if is_buy else leg.bid_end
    if start <= edge if is_buy else start >= edge:
        # Already marketable: the market's price, never worse than the limit.
        px = instrument.price(start, Rounding.CEIL if is_buy else Rounding.FLOOR)
        return Match(min(px, limit) if is_buy else max(px, limit), way, order.has_rested)
    reached = end <= edge if is_buy else end >= edge
    if options.limit_fill == "through" and end == edge:
        reached = False
    return Match(limit, share(start, end, edge), is_maker=True) if reached else None


def _trigger(order: Resting, leg: Leg, instrument: Instrument) -> float | None:
    """Return how far along the piece a stop triggers; trailing stops are moved by what comes before."""
    if order.stop is None:
        return None
    edge = as_float(order.stop)
    is_buy = order.side is Side.BUY
    if leg.start >= edge if is_buy else leg.start <= edge:
        return 0.0
    if leg.end >= edge if is_buy else leg.end <= edge:
        return share(leg.start, leg.end, edge)
    if order.type is OrderType.TRAILING:
        trail(order, leg.end, instrument)
    return None


def trail(order: Resting, px: float, instrument: Instrument) -> None:
    """Move a trailing stop after the price `px`; it only ever tightens."""
    if order.trail is None or order.stop is None:
        return
    if order.side is Side.SELL:
        seen = instrument.price(px, Rounding.FLOOR)
        moved = instrument.order_price(seen - order.trail, Rounding.FLOOR)
        order.stop = max(order.stop, moved)
    else:
        seen = instrument.price(px, Rounding.CEIL)
        moved = instrument.order_price(seen + order.trail, Rounding.CEIL)
        order.stop = min(order.stop, moved)




def share(start: float, end: float, edge: float) -> float:
    """Return where between `start` (0) and `end` (1) the price `edge` lies."""
    return (edge - start) / (end - start) if end != start else 0.0
