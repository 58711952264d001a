"""Refuses prices too far on the wrong side of the market.

Without a reference there is no order.

The reference is the middle of bid and ask, else the last price, which is the prior close before the first bar. A
market order is judged by the price it would take now. At a venue outside the process a market order is sent as a
limit order at the collar.
"""

from decimal import Decimal
from typing import NamedTuple

import msgspec

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.exposure import Draft
from openbell.core.risk import Scene, cents
from openbell.core.types import E8, OrderType, Rounding, Side, div
from openbell.schema import LimitShare, PartConfig, format_fraction, parse_fraction

ID, WHEN, EFFECT, SOURCE = "D4, D6", "before each order", "refuses", "RTS 6 art. 15(1)(a), FIA"
APPLIES = "both"
LARGE, FX = "large", "fx"


class Config(PartConfig):
    """Options: how far a price may be from the reference.

    `large` is for instruments of the group large, `other` for the rest, `fx_ticks` order ticks for currency pairs, and
    `exits` for orders that reduce a holding.
    """

    large: LimitShare = parse_fraction("3%")
    other: LimitShare = parse_fraction("5%")
    fx_ticks: int = 10
    exits: LimitShare = parse_fraction("10%")


class Facts(NamedTuple):
    """What it is told, prices in 1e-8 of the quote currency.

    `reference` is 0 where there is none. `worse` is how much worse than it the order's price is. `tick` is the order
    tick of a currency pair, 0 for others. `is_large` and `is_exit` are 1 or 0.
    """

    reference: int
    worse: int
    tick: int
    is_large: int
    is_exit: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return reference and price of an order."""
    draft, _ = scene.order
    book, instrument = scene.book, scene.book.instrument(draft.instrument)
    reference = reference_of(book, draft)
    if reference is None:
        return Facts(0, 0, 0, 0, int(draft.reduce_only))
    worse = (_price(book, draft, reference) - reference) * draft.side.sign
    tick = cents(instrument.tick_at(reference)) if instrument.kind == FX else 0
    return Facts(cents(reference), cents(worse), tick, int(instrument.group == LARGE), int(draft.reduce_only))


def reference_of(book: Book, draft: Draft) -> Decimal | None:
    """Return the middle of bid and ask, else the last price, None where there is neither."""
    mark, instrument = book.truth.marks[draft.instrument], book.instrument(draft.instrument)
    if 0.0 < mark.bid <= mark.ask:
        return instrument.price(middle(mark.bid, mark.ask), Rounding.HALF_EVEN)
    last = book.mark_px(draft.instrument)
    return None if last is None or (instrument.positive and last <= 0) else last


def middle(bid: float, ask: float) -> float:
    """Return the price between two."""
    return (bid + ask) / 2.0


def _price(book: Book, draft: Draft, reference: Decimal) -> Decimal:
    """Return the price that an order takes at worst.

    Its limit, else what stands on the other side of the book.
    """
    mark, instrument = book.truth.marks[draft.instrument], book.instrument(draft.instrument)
    if draft.type is OrderType.STOP_LIMIT and draft.limit is not None and draft.stop is not None:
        # Its limit counts from where it is triggered.
        return reference + (draft.limit - draft.stop)
    if draft.limit is not None:
        return draft.limit
    if draft.type is not OrderType.MARKET or not 0.0 < mark.bid <= mark.ask:
        return reference
    return instrument.price(mark.ask if draft.side is Side.BUY else mark.bid, Rounding.HALF_EVEN)


def params(config: Config) -> tuple[int, ...]:
    """Return the bands as numerators and denominators, and the ticks."""
    bands = (config.large, config.other, config.exits)
    return (*(part for band in bands for part in band.as_integer_ratio()), config.fx_ticks)


def width(params: tuple[int, ...], facts: Facts) -> tuple[int, int]:
    """Return how far an order may be from the reference, in 1e-8.

    As numerator and denominator.
    """
    if facts.is_exit:
        return params[4] * facts.reference, params[5]
    if facts.tick:
        return params[6] * facts.tick, 1
    place = 0 if facts.is_large else 2
    return params[place] * abs(facts.reference), params[place + 1]


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse a price beyond the collar, and an entry without a reference.

    Exactly at the collar is allowed.
    """
    if not facts.reference:
        return 0 if facts.is_exit else int(Code.NO_REFERENCE)
    most, by = width(params, facts)
    return int(Code.PRICE_COLLAR) if facts.worse * by > most else 0


def reprice(params: tuple[int, ...], book: Book, draft: Draft) -> Draft:
    """Return a market order to a venue outside the process as a limit order at the collar.

    Else the order itself.
    """
    reference = reference_of(book, draft)
    is_outside = book.spec.accounts[draft.account].outside is not None
    if not is_outside or draft.type is not OrderType.MARKET or reference is None:
        return draft
    instrument = book.instrument(draft.instrument)
    facts = Facts(cents(reference), 0, cents(instrument.tick_at(reference)) if instrument.kind == FX else 0,
                  int(instrument.group == LARGE), int(draft.reduce_only))  # fmt: skip
    most, by = width(params, facts)
    # Towards the reference, so that rounding never takes it beyond the collar.
    inside = Rounding.FLOOR if draft.side is Side.BUY else Rounding.CEIL
    offset = div(Decimal(most), Decimal(by), Decimal(1), Rounding.FLOOR) * E8
    limit = instrument.order_price(reference + draft.side.sign * offset, inside)
    # In its group it would be taken for an order that protects. A venue that has no groups needs none; alone it counts
    # as on its way out, and what it leaves open while it fills is not sold a second time.
    group = draft.oco if book.spec.accounts[draft.account].caps.oco else ""
    return msgspec.structs.replace(draft, type=OrderType.LIMIT, limit=limit, oco=group)


def text(config: Config) -> str:
    """Return the rule in words."""
    bands = f"{format_fraction(config.other)} ({format_fraction(config.large)} large, {config.fx_ticks} ticks fx"
    return f"no price worse than the market by more than {bands}, {format_fraction(config.exits)} exits)"
