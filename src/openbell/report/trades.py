"""Trades: what a position did from flat to flat, told from the position's own sums."""

from collections import deque
from decimal import Decimal

import msgspec

from openbell.core.position import Position
from openbell.core.types import E8, ZERO, Instrument, Rounding, div

MAX_TRADES = 20_000
"""Trades kept one by one; of older ones only the totals stay."""


class Trade(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One round trip of a deployment in an instrument.

    Attributes:
        deployment, instrument: Whose, what.
        side: long or short.
        qty: Units entered, positive.
        entry_ts, exit_ts: First entry and last exit, ns. entry_px, exit_px: Averages, quote currency.
        profit: Realised less fees, quote currency. fees: Paid in the quote currency.
        entry_reason, exit_reason: Printed reason codes of the first entry and of the last exit.
        bars: Bars of the instrument that closed in between.
    """

    deployment: str
    instrument: str
    side: str
    qty: Decimal
    entry_ts: int
    entry_px: Decimal
    exit_ts: int
    exit_px: Decimal
    profit: Decimal
    fees: Decimal
    entry_reason: str
    exit_reason: str
    bars: int


class Step(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One change of a position as the ledger sees it.

    Attributes:
        position: After the change. instrument: Its instrument.
        qty: Signed units of the execution; 0 for a change that is none.
        px: Price of the execution, quote currency. time: Its moment, ns.
        reason: Printed reason code. bars: Bars of the instrument so far.
    """

    position: Position
    instrument: Instrument
    qty: Decimal
    px: Decimal
    time: int
    reason: str
    bars: int


class Totals(msgspec.Struct, kw_only=True):
    """Sums over all trades in one quote currency.

    Attributes:
        count: Trades. wins: Those with a profit after fees.
        profit: Realised less fees. fees: Paid. gains, losses: Profits and losses apart, both positive.
    """

    count: int = 0
    wins: int = 0
    profit: Decimal = ZERO
    fees: Decimal = ZERO
    gains: Decimal = ZERO
    losses: Decimal = ZERO


class _Open(msgspec.Struct, kw_only=True):
    """What is known of one pair: figures up to the last change, and the trade under way."""

    held: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    start_realised: Decimal = ZERO
    start_fees: Decimal = ZERO
    entered: Decimal = ZERO
    entered_value: Decimal = ZERO
    left: Decimal = ZERO
    left_value: Decimal = ZERO
    entry_ts: int = 0
    entry_reason: str = ""
    entry_bars: int = 0


class Ledger:
    """All trades of a run; a trade's profit is a difference of the position's own sums."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.trades: deque[Trade] = deque(maxlen=MAX_TRADES)
        self.totals: dict[str, Totals] = {}
        self._pairs: dict[tuple[str, str], _Open] = {}

    @property
    def count(self) -> int:
        """Trades closed so far, those no longer kept included."""
        return sum(totals.count for totals in self.totals.values())

    def adopt(self, position: Position, instrument: Instrument, bars: int) -> None:
        """Take over a position as it stands: what it earned before belongs to no trade."""
        pair = _Open(held=position.qty, realised=position.realised, fees=position.fees)
        self._begin(pair, position.opened_ts, "", bars)
        if position.qty:
            pair.entered = abs(position.qty)
            pair.entered_value = pair.entered * position.average(instrument)
        self._pairs[position.deployment, position.instrument] = pair

    def take(self, step: Step) -> None:
        """Follow one change of a position; the trade ends when it is flat or has crossed zero."""
        position = step.position
        key = (position.deployment, position.instrument)
        pair = self._pairs.get(key)
        if pair is None:
            pair = self._pairs[key] = _Open()
        before, after = pair.held, position.qty
        if not before:
            # The figures of the pair are those before this change, so its fee is the new trade's.
            self._begin(pair, step.time, step.reason, step.bars)
        is_turn = bool(before) and bool(after) and (before > 0) != (after > 0)
        px = step.px if step.qty else _px_without(pair, step)
        closed, opened = _split(before, step.qty or after - before)
        pair.left += closed
        pair.left_value += closed * px
        opening_fee = ZERO
        if is_turn:
            fee = position.fees - pair.fees
            opening_fee = div(fee * abs(after), abs(before) + abs(after), E8, Rounding.HALF_EVEN)
        if before and (not after or is_turn):
            self._close(pair, step, opening_fee)
        elif not before and not after:
            self._correct(pair, step)
        if is_turn:
            self._begin(pair, step.time, step.reason, step.bars)
            pair.start_realised, pair.start_fees = position.realised, position.fees - opening_fee
        pair.entered += opened
        pair.entered_value += opened * px
        pair.held, pair.realised, pair.fees = after, position.realised, position.fees

    def rescale(self, position: Position, numerator: int, denominator: int) -> None:
        """Follow a split of `numerator` new for `denominator` old units."""
        pair = self._pairs.get((position.deployment, position.instrument))
        if pair is None:
            return
        pair.entered = div(pair.entered * numerator, Decimal(denominator), E8)
        pair.left = div(pair.left * numerator, Decimal(denominator), E8)
        pair.held = position.qty

    def _begin(self, pair: _Open, ts: int, reason: str, bars: int) -> None:
        pair.start_realised, pair.start_fees = pair.realised, pair.fees
        pair.entered = pair.entered_value = pair.left = pair.left_value = ZERO
        pair.entry_ts, pair.entry_reason, pair.entry_bars = ts, reason, bars

    def _close(self, pair: _Open, step: Step, opening_fee: Decimal) -> None:
        fees = step.position.fees - opening_fee - pair.start_fees
        trade = _trade(pair, step, fees, "long" if pair.held > 0 else "short")
        self.trades.append(trade)
        totals = self.totals.setdefault(step.instrument.currency, Totals())
        totals.count += 1
        totals.wins += trade.profit > 0
        _add(totals, trade)

    def _correct(self, pair: _Open, step: Step) -> None:
        """Tell a change of what a closed trade earned as a line of its own, so that the sum stays right."""
        trade = _trade(pair, step, step.position.fees - pair.start_fees, "correction")
        if trade.profit or trade.fees:
            self.trades.append(trade)
            _add(self.totals.setdefault(step.instrument.currency, Totals()), trade)


def _trade(pair: _Open, step: Step, fees: Decimal, side: str) -> Trade:
    return Trade(
        deployment=step.position.deployment,
        instrument=step.position.instrument,
        side=side,
        qty=pair.entered,
        entry_ts=pair.entry_ts,
        entry_px=_average(pair.entered_value, pair.entered, step.instrument),
        exit_ts=step.time,
        exit_px=_average(pair.left_value, pair.left, step.instrument),
        profit=step.position.realised - pair.start_realised - fees,
        fees=fees,
        entry_reason=pair.entry_reason,
        exit_reason=step.reason,
        bars=step.bars - pair.entry_bars,
    )


def _add(totals: Totals, trade: Trade) -> None:
    totals.profit += trade.profit
    totals.fees += trade.fees
    if trade.profit > 0:
        totals.gains += trade.profit
    else:
        totals.losses -= trade.profit


def _px_without(pair: _Open, step: Step) -> Decimal:
    """Return the price of a change that was no execution: the average it leaves, or the one it ends."""
    average = step.position.average(step.instrument)
    return average or _average(pair.entered_value, pair.entered, step.instrument)


def _split(before: Decimal, qty: Decimal) -> tuple[Decimal, Decimal]:
    """Return how many units of an execution closed and how many opened, both positive."""
    units = abs(qty)
    if not before or (before > 0) == (qty > 0):
        return ZERO, units
    closed = min(abs(before), units)
    return closed, units - closed


def _average(value: Decimal, units: Decimal, instrument: Instrument) -> Decimal:
    return div(value, units, instrument.quantum, Rounding.HALF_EVEN) if units else ZERO
