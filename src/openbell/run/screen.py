"""Screening of market data: what is plainly wrong is refused.

It is refused before it marks, triggers or sizes anything.
"""

import math

from openbell.core.book import AGREEMENT, Book, Mark, agree
from openbell.core.codes import Code
from openbell.core.events import BadData, Bar, Quote

CONFIRMATIONS = 3
"""Bars, or quotes, that must agree before a jumped price level is believed."""


def screen(book: Book, bar: Bar) -> BadData | None:
    """Return why a bar is refused, None if it is good.

    Refused are NaN and infinite values, prices at or below zero where the instrument has none, a high or low that
    the other prices contradict, crossed sides, a stamp at or before the last one of the same interval, and a close
    that jumped by more than the run's `max_jump` until three bars in a row agree on the new level.
    """
    lane = book.lanes.get(bar.instrument)
    if lane is None:
        return _refuse(bar, Code.BAD_UNKNOWN, bar.close)
    mark, close = lane.mark, bar.close
    # Chains of comparisons are False for every NaN, so a good bar takes the short way.
    low, high = bar.low, bar.high
    is_sound = 0.0 < low <= bar.open <= high < math.inf and low <= close <= high and 0.0 <= bar.volume < math.inf
    if not is_sound or bar.ask is not None or bar.bid is not None:
        code = _defect(bar, positive=lane.instrument.positive)
        if code:
            return _refuse(bar, code, _offender(bar))
    last = mark.last_ts.get(bar.nominal or bar.interval)
    if last is not None:
        if bar.ts <= last:
            return _refuse(bar, Code.BAD_DUPLICATE if bar.ts == last else Code.BAD_ORDER, close)
        before, most = mark.close, book.spec.max_jump
        if not (before * most >= close and close * most >= before):
            return _refuse(bar, Code.BAD_JUMP, close) if _is_alone(mark, close) else None
    return None


def screen_quote(book: Book, quote: Quote) -> BadData | None:
    """Return why a quote is refused, None if it is good.

    Refused are NaN and infinite prices, prices at or below zero where the instrument has none (some venues say -1 for
    none), crossed and locked sides, negative sizes, a stamp before the last one, and a mid more than 5 % away from the
    last one until three in a row agree.
    """
    lane = book.lanes.get(quote.instrument)
    code: int = Code.OK
    if lane is None:
        code = Code.BAD_UNKNOWN
    elif not (math.isfinite(quote.bid) and math.isfinite(quote.ask)):
        code = Code.BAD_NAN
    elif lane.instrument.positive and min(quote.bid, quote.ask) <= 0.0:
        code = Code.BAD_ZERO
    elif quote.bid >= quote.ask:
        code = Code.BAD_CROSSED if quote.bid > quote.ask else Code.BAD_LOCKED
    elif not (quote.bid_size >= 0.0 and quote.ask_size >= 0.0):
        code = Code.BAD_VOLUME
    elif quote.ts < lane.mark.quote_ts:
        code = Code.BAD_ORDER
    elif _is_spike(lane.mark, (quote.bid + quote.ask) * 0.5):
        code = Code.BAD_JUMP
    if not code:
        return None
    value = (quote.bid + quote.ask) * 0.5
    return BadData(ts=quote.ts, instrument=quote.instrument, code=code, value=value.hex())


def _is_spike(mark: Mark, mid: float) -> bool:
    """Return True for a mid away from the last that too few quotes before agree with."""
    last = (mark.bid + mark.ask) * 0.5 if mark.quote_ts else mark.close
    if last != last or agree(mid, last):
        return False
    return not (mark.strangers >= CONFIRMATIONS - 1 and agree(mid, mark.strange))


def _defect(bar: Bar, *, positive: bool) -> int:
    prices = (bar.open, bar.high, bar.low, bar.close, *(bar.bid or ()), *(bar.ask or ()))
    if not all(map(math.isfinite, prices)):
        return Code.BAD_NAN
    if positive and min(prices) <= 0.0:
        return Code.BAD_ZERO
    if not (bar.low <= min(bar.open, bar.close) and max(bar.open, bar.close) <= bar.high):
        return Code.BAD_OHLC
    if (
        bar.bid is not None
        and bar.ask is not None
        and any(bid > ask for bid, ask in zip(bar.bid, bar.ask, strict=True))
    ):
        return Code.BAD_CROSSED
    # An unknown volume is NaN in some sources: it is not a defect of the price.
    return Code.BAD_VOLUME if bar.volume < 0.0 or bar.volume == math.inf else Code.OK


def _offender(bar: Bar) -> float:
    prices = (bar.open, bar.high, bar.low, bar.close)
    return next((px for px in prices if not math.isfinite(px) or px <= 0.0), bar.close)


def _is_alone(mark: Mark, close: float) -> bool:
    """Return True for a jump that too few bars before agree with."""
    if not mark.ts or mark.close <= 0.0 or close <= 0.0:
        return False
    agrees = abs(close - mark.suspect) * AGREEMENT <= mark.suspect
    return not (agrees and mark.suspects >= CONFIRMATIONS - 1)


def _refuse(bar: Bar, code: int, value: float) -> BadData:
    return BadData(ts=bar.ts, instrument=bar.instrument, code=code, value=value.hex(), interval=bar.interval)
