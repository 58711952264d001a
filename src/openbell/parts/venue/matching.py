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

    A stop-limit that triggers is marked on the order. Looking again at the same piece gives the same answer; `rest`
    ends the piece.
    """
    if order.type is OrderType.MARKET:
        # Latency does not skip the open; it pays the slippage of being late on top.
        late = options.late_slippage if options.latency else Decimal(0)
        return Match(_taken(order, instrument, _side_px(order, leg, 0.0), options.slippage + late), 0.0, is_maker=False)
    if order.type is OrderType.LIMIT or order.is_triggered:
        return _limit(order, leg, instrument, options)
    way = _trigger(order, leg)
    if way is None:
        return None
    if order.type is OrderType.STOP_LIMIT:
        # It becomes a limit here: what it meets at once it takes, however long the stop has waited.
        order.is_triggered, order.trigger_way, order.has_rested = True, way, False
        return _limit(order, leg, instrument, options)
    px = _trigger_px(order, leg, way)
    return Match(_taken(order, instrument, px, options.slippage), way, is_maker=False)


def rest(order: Resting, leg: Leg, instrument: Instrument) -> None:
    """Take note that `leg` has passed without executing all of `order`."""
    order.has_rested, order.trigger_way = True, 0.0
    if order.type is OrderType.TRAILING:
        trail(order, leg.end, instrument)


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


def _limit(order: Resting, leg: Leg, instrument: Instrument, options: VenueOptions) -> Match | None:
    limit, way = order.limit, order.trigger_way
    if limit is None:
        return None
    edge = as_float(limit)
    is_buy = order.side is Side.BUY
    start = _side_px(order, leg, way)
    end = leg.ask_end if is_buy else leg.bid_end
    needs_more = options.limit_fill == "through"
    if _reaches(start, edge, is_buy=is_buy, needs_more=needs_more):
        # Already marketable: the market's price, never worse than the limit.
        px = instrument.price(start, Rounding.CEIL if is_buy else Rounding.FLOOR)
        return Match(min(px, limit) if is_buy else max(px, limit), way, order.has_rested)
    if _reaches(end, edge, is_buy=is_buy, needs_more=needs_more):
        return Match(limit, share(start, end, edge), is_maker=True)
    return None


def _reaches(px: float, edge: float, *, is_buy: bool, needs_more: bool) -> bool:
    """Return True if the side's price `px` fills a limit at `edge`; a touch does not where more is needed."""
    if px == edge:
        return not needs_more
    return px < edge if is_buy else px > edge


def _trigger(order: Resting, leg: Leg) -> float | None:
    """Return how far along the piece a stop triggers."""
    if order.stop is None:
        return None
    edge = as_float(order.stop)
    is_buy = order.side is Side.BUY
    if leg.start >= edge if is_buy else leg.start <= edge:
        return 0.0
    if leg.end >= edge if is_buy else leg.end <= edge:
        return share(leg.start, leg.end, edge)
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
