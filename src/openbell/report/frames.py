"""A run as data frames, for notebooks: money and prices exact, times in UTC."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from openbell.core.book import Book
from openbell.core.effects import Decision
from openbell.core.types import ZERO
from openbell.report.figures import code_label, ratio
from openbell.report.recorder import Recorder

Frame = pl.DataFrame
"""What every function here returns."""
EXACT = pl.Decimal(38, 10)
"""Money and prices."""
MOMENT = pl.Datetime("ns", "UTC")
_NAMED = ("account", "deployment", "instrument", "side", "currency", "signal", "code", "numbers", "entry_reason",
          "exit_reason")  # fmt: skip
_MOMENTS = ("opened", "entered", "left", "ts")
_WHOLE = ("bars", "seq")
_SHARES = ("target", "drawdown")


def frame(columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> pl.DataFrame:
    """Return rows as a frame, typed by the names of its columns, so that an empty one is, too."""
    schema = {name: _type(name) for name in columns}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def _type(name: str) -> Any:
    if name in _NAMED:
        return pl.String
    if name in _MOMENTS:
        return MOMENT
    return pl.Int64 if name in _WHOLE else pl.Float64 if name in _SHARES else EXACT


def positions(book: Book) -> pl.DataFrame:
    """Return what is held, a row for each deployment and instrument.

    Columns: account, deployment, instrument, side, qty (units, positive), entry and current price, value, unrealised,
    realised (before fees) and fees in `currency`, opened. `current` is null before the first price.
    """
    columns = ("account", "deployment", "instrument", "side", "qty", "entry", "current", "value", "unrealised",
               "realised", "fees", "currency", "opened")  # fmt: skip
    rows = []
    for p in book.all_positions():
        if p.qty:
            instrument = book.instrument(p.instrument)
            side = "long" if p.qty > 0 else "short"
            rows.append(
                (p.account, p.deployment, p.instrument, side, abs(p.qty), p.average(instrument),
                 book.mark_px(p.instrument), p.value, p.unrealised, p.realised, p.fees, instrument.currency,
                 p.opened_ts)
            )  # fmt: skip
    return frame(columns, rows)


def trades(recorder: Recorder) -> pl.DataFrame:
    """Return closed round trips that are kept, oldest first.

    Columns: deployment, instrument, side, qty, entered, entry_px, left, exit_px, profit (after fees) and fees in the
    quote currency, entry_reason, exit_reason, bars.
    """
    columns = ("deployment", "instrument", "side", "qty", "entered", "entry_px", "left", "exit_px", "profit", "fees",
               "entry_reason", "exit_reason", "bars")  # fmt: skip
    rows = (
        (t.deployment, t.instrument, t.side, t.qty, t.entry_ts, t.entry_px, t.exit_ts, t.exit_px, t.profit, t.fees,
         t.entry_reason, t.exit_reason, t.bars)
        for t in recorder.trades
    )  # fmt: skip
    return frame(columns, rows)


def equity(recorder: Recorder, accounts: Iterable[str]) -> pl.DataFrame:
    """Return equity curves.

    Columns: account, ts, equity and peak in the account's base currency, drawdown (a fraction of the peak).
    """
    rows = (
        (name, point.ts, point.equity, point.peak, _fall(point.equity, point.peak))
        for name in accounts
        for point in recorder.equity(name)
    )
    return frame(("account", "ts", "equity", "peak", "drawdown"), rows)


def _fall(value: Any, peak: Any) -> float:
    return float(ratio(max(peak - value, ZERO), peak)) if peak > 0 else 0.0


def decisions(found: Iterable[tuple[int, int, Decision]], names: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Return decisions with their reasons.

    Args:
        found: (seq, ts in ns, decision) in order.
        names: Of the explained numbers, by deployment.

    Returns:
        Columns: seq, ts, deployment, instrument, signal, code (printed reasons), target (share of a full position, null
        where nothing was wanted), numbers (names and values as text).
    """
    columns = ("seq", "ts", "deployment", "instrument", "signal", "code", "target", "numbers")
    rows = (
        (seq, ts, d.deployment, d.instrument, code_label(d.signal), code_label(d.code), d.target,
         _numbers(d, names.get(d.deployment, ())))
        for seq, ts, d in found
    )  # fmt: skip
    return frame(columns, rows)


def _numbers(decision: Decision, names: Sequence[str]) -> str:
    pairs = zip(names, decision.numbers, strict=False)
    return ", ".join(f"{name} {value:.6g}" for name, value in pairs if value is not None and value == value)
