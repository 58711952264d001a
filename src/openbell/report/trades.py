"""Trades: what a position did from flat to flat, told from the position's own sums."""

from collections import deque
from decimal import Decimal

import msgspec

from openbell.core.events import Bar
from openbell.core.position import Position
from openbell.core.types import E8, NS, ZERO, Instrument, Rounding, as_float, changing, div

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
        mae, mfe: How far the price went against and for it, fractions of the average entry price, 0 or more.
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
    mae: float = 0.0
    mfe: float = 0.0


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


@changing
class Totals(msgspec.Struct, kw_only=True):
    """Sums over all trades in one quote currency.

    Attributes:
        count: Trades. wins: Those with a profit after fees.
        profit: Realised less fees. fees: Paid. gains, losses: Profits and losses apart, both positive.
        best, worst: Largest gain and largest loss of a trade, both positive.
        held_ns: Sum of durations. mae, mfe: Sums of those of the trades.
        streak, longest: Trades without a profit in a row, now and at most.
    """

    count: int = 0
    wins: int = 0
    profit: Decimal = ZERO
    fees: Decimal = ZERO
    gains: Decimal = ZERO
    losses: Decimal = ZERO
    best: Decimal = ZERO
    worst: Decimal = ZERO
    held_ns: int = 0
    mae: float = 0.0
    mfe: float = 0.0
    streak: int = 0
    longest: int = 0


@changing
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
    high: float = 0.0
    low: float = 0.0


_NONE: dict[str, _Open] = {}
AXES = ("strategy", "instrument", "side", "hour", "weekday")
"""What trades are summed up by; hour and weekday are those of the entry, UTC."""
_HOUR_NS, _WEEK_HOURS, _EPOCH_DAY = 3600 * NS, 168, 3
"""The last is the weekday, from Monday on, of the day from which instants are counted."""
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Ledger:
    """All trades of a run; a trade's profit is a difference of the position's own sums.

    Attributes:
        trades: The newest, oldest first. totals: Sums over all, by quote currency.
        groups: Sums over all by axis, by its value and by quote currency.
        held: The trades under way, by instrument and deployment.
    """

    def __init__(self, most: int | None = MAX_TRADES) -> None:
        """Begin with nothing; keep at most `most` trades one by one, None for all."""
        self.trades: deque[Trade] = deque(maxlen=most)
        self.totals: dict[str, Totals] = {}
        self.groups: dict[str, dict[tuple[str, str], Totals]] = {axis: {} for axis in AXES}
        self._pairs: dict[tuple[str, str], _Open] = {}
        self.held: dict[str, dict[str, _Open]] = {}
        self._found: dict[tuple[str, str, str, int, str], list[Totals]] = {}

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
            pair.high, pair.low = position.high, position.low
        self._pairs[position.deployment, position.instrument] = pair
        self._hold(pair, position)

    def watch(self, bar: Bar) -> None:
        """Follow how far the price went for and against what is held in a bar's instrument."""
        open_ts = bar.ts - bar.interval
        for pair in self.held.get(bar.instrument, _NONE).values():
            # Of the bar of the entry only the close is surely ours.
            high, low = (bar.high, bar.low) if pair.entry_ts <= open_ts else (bar.close, bar.close)
            if high > pair.high:
                pair.high = high
            if low < pair.low or not pair.low:
                pair.low = low

    def _hold(self, pair: _Open, position: Position) -> None:
        held = self.held.setdefault(position.instrument, {})
        if pair.held:
            held[position.deployment] = pair
        else:
            held.pop(position.deployment, None)
        if not held:
            del self.held[position.instrument]

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
        _widen(pair, as_float(px), as_float(px))
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
            _widen(pair, as_float(px), as_float(px))
        pair.entered += opened
        pair.entered_value += opened * px
        pair.held, pair.realised, pair.fees = after, position.realised, position.fees
        self._hold(pair, position)

    def restate(self, position: Position, old: tuple[Decimal, Decimal], new: tuple[Decimal, Decimal]) -> None:
        """Let one execution of the trade under way stand for another: signed units, and a price.

        Quote currency; no units for a bust. What it did to profit and fees comes with the next `take`. A change that
        closes or turns what is held, or that took place in an earlier trade, is left to that alone.
        """
        pair = self._pairs.get((position.deployment, position.instrument))
        if pair is None or pair.held * position.qty <= 0 or pair.held - old[0] + new[0] != position.qty:
            return
        is_long = pair.held > 0
        if abs(old[0]) > (pair.entered if (old[0] > 0) == is_long else pair.left):
            return
        for (qty, px), sign in ((old, -1), (new, 1)):
            units, value = sign * abs(qty), sign * abs(qty) * px
            if (qty > 0) == is_long:
                pair.entered, pair.entered_value = pair.entered + units, pair.entered_value + value
            else:
                pair.left, pair.left_value = pair.left + units, pair.left_value + value
        pair.held = position.qty

    def rescale(self, position: Position, numerator: int, denominator: int) -> None:
        """Follow a split of `numerator` new for `denominator` old units."""
        pair = self._pairs.get((position.deployment, position.instrument))
        if pair is None:
            return
        pair.entered = div(pair.entered * numerator, Decimal(denominator), E8)
        pair.left = div(pair.left * numerator, Decimal(denominator), E8)
        scale = as_float(Decimal(denominator)) / as_float(Decimal(numerator))
        pair.high, pair.low = pair.high * scale, pair.low * scale
        pair.held = position.qty
        self._hold(pair, position)

    def _begin(self, pair: _Open, ts: int, reason: str, bars: int) -> None:
        pair.start_realised, pair.start_fees = pair.realised, pair.fees
        pair.entered = pair.entered_value = pair.left = pair.left_value = ZERO
        pair.entry_ts, pair.entry_reason, pair.entry_bars = ts, reason, bars
        pair.high = pair.low = 0.0

    def _close(self, pair: _Open, step: Step, opening_fee: Decimal) -> None:
        fees = step.position.fees - opening_fee - pair.start_fees
        trade = _trade(pair, step, fees, "long" if pair.held > 0 else "short")
        self.trades.append(trade)
        sums = self._sums(trade, step.instrument.currency)
        _count(sums, trade)
        _add(sums, trade)

    def _sums(self, trade: Trade, currency: str) -> list[Totals]:
        """Return every sum that a trade is part of."""
        # What a trade counts for depends on its hour of the week alone, so it is looked up once for all of that hour.
        hours = trade.entry_ts // _HOUR_NS
        key = (trade.deployment, trade.instrument, trade.side, hours % _WEEK_HOURS, currency)
        found = self._found.get(key)
        if found is None:
            day = _WEEKDAYS[(hours // 24 + _EPOCH_DAY) % 7]
            values = (trade.deployment, trade.instrument, trade.side, f"{hours % 24:02d}", day)
            found = [self.totals.setdefault(currency, Totals())]
            for axis, value in zip(AXES, values, strict=True):
                found.append(self.groups[axis].setdefault((value, currency), Totals()))
            self._found[key] = found
        return found

    def _correct(self, pair: _Open, step: Step) -> None:
        """Tell a change of what a closed trade earned as a line of its own, so that the sum stays right."""
        trade = _trade(pair, step, step.position.fees - pair.start_fees, "correction")
        if trade.profit or trade.fees:
            self.trades.append(trade)
            _add(self._sums(trade, step.instrument.currency), trade)


def _widen(pair: _Open, high: float, low: float) -> None:
    if high > pair.high:
        pair.high = high
    if low < pair.low or not pair.low:
        pair.low = low


def _trade(pair: _Open, step: Step, fees: Decimal, side: str) -> Trade:
    entry_px = _average(pair.entered_value, pair.entered, step.instrument)
    entry = as_float(entry_px)
    # Prices below zero have no fraction that a reader could use.
    up, down = (max(pair.high / entry - 1.0, 0.0), max(1.0 - pair.low / entry, 0.0)) if entry > 0.0 else (0.0, 0.0)
    mfe, mae = (up, down) if side == "long" else (down, up)
    return Trade(
        deployment=step.position.deployment,
        instrument=step.position.instrument,
        side=side,
        qty=pair.entered,
        entry_ts=pair.entry_ts,
        entry_px=entry_px,
        exit_ts=step.time,
        exit_px=_average(pair.left_value, pair.left, step.instrument),
        profit=step.position.realised - pair.start_realised - fees,
        fees=fees,
        entry_reason=pair.entry_reason,
        exit_reason=step.reason,
        bars=step.bars - pair.entry_bars,
        mae=mae,
        mfe=mfe,
    )


def _count(sums: list[Totals], trade: Trade) -> None:
    profit, held_ns = trade.profit, trade.exit_ts - trade.entry_ts
    mae, mfe, is_win, loss = trade.mae, trade.mfe, profit > 0, -profit
    for totals in sums:
        totals.count += 1
        totals.held_ns += held_ns
        totals.mae += mae
        totals.mfe += mfe
        if is_win:
            totals.wins += 1
            totals.streak = 0
            if profit > totals.best:
                totals.best = profit
        else:
            totals.streak += 1
            if loss > totals.worst:
                totals.worst = loss
            if totals.streak > totals.longest:
                totals.longest = totals.streak


def _add(sums: list[Totals], trade: Trade) -> None:
    profit, fees, is_gain = trade.profit, trade.fees, trade.profit > 0
    for totals in sums:
        totals.profit += profit
        totals.fees += fees
        if is_gain:
            totals.gains += profit
        else:
            totals.losses -= profit


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
