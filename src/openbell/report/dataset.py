"""What a page's charts and trades are drawn from: one JSON object of bounded size."""

from collections.abc import Sequence

import msgspec

from openbell.core.book import Book
from openbell.core.types import NS, Instrument, as_float
from openbell.report.figures import currency_sign, money_digits, price_digits, rounded
from openbell.report.recorder import Execution, Recorder
from openbell.report.series import Block, halve
from openbell.report.trades import Trade

PAGE_BARS = 20_000
"""Bars on one page, all instruments together."""
PAGE_FILLS = 4_000
"""Fills marked on the charts of one page: the newest."""
PAGE_TRADES = 5_000
"""Trades listed on one page: the newest."""
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


class _Words:
    """Texts that repeat, each stored once and named by its place."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._places: dict[str, int] = {}

    def place(self, word: str) -> int:
        """Return where `word` stands, putting it at the end if it is new."""
        if word not in self._places:
            self._places[word] = len(self.all)
            self.all.append(word)
        return self._places[word]


def embed(payload: object) -> str:
    """Return JSON that is harmless inside an HTML script, whatever the texts in it say."""
    text = msgspec.json.encode(payload).decode()
    for sign, escape in _ESCAPES.items():
        text = text.replace(sign, escape)
    return text


def payload(recorder: Recorder, book: Book) -> dict[str, object]:
    """Return curves, charts and trades of a run, numbers rounded to what is shown.

    Times are whole seconds since 1970 UTC. A chart's `bars` are rows of (seconds since the close before, length in
    seconds, open less the close before, high less open, low less open, close less open, volume), prices in units of
    10 ** -digits.
    """
    words = _Words()
    blocks = _fitting({symbol: series.all_blocks() for symbol, series in recorder.bars.items()})
    fills: dict[str, list[Execution]] = {}
    for fill in list(recorder.fills)[-PAGE_FILLS:]:
        fills.setdefault(fill.instrument, []).append(fill)
    charts = [
        _chart(recorder.spec.instruments[symbol], rows, fills.get(symbol, []), words)
        for symbol, rows in blocks.items()
        if rows
    ]
    trades = list(recorder.trades)[-PAGE_TRADES:]
    rows = [_trade_row(trade, recorder.spec.instruments[trade.instrument], words) for trade in trades]
    return {
        "synthetic": book.truth.is_synthetic,
        "curves": [_curve(recorder, book, name) for name in book.truth.accounts],
        "charts": charts,
        "trades": rows,
        "instruments": {symbol: _unit(instrument) for symbol, instrument in recorder.spec.instruments.items()},
        "words": words.all,
    }


def _fitting(blocks: dict[str, list[Block]]) -> dict[str, list[Block]]:
    while sum(map(len, blocks.values())) > PAGE_BARS:
        most = max(map(len, blocks.values()))
        blocks = {symbol: halve(rows) if 2 * len(rows) > most else rows for symbol, rows in blocks.items()}
    return blocks


def _unit(instrument: Instrument) -> dict[str, object]:
    currency = instrument.currency
    return {
        "currency": currency,
        "sign": currency_sign(currency),
        "money": money_digits(currency),
        "price": price_digits(instrument),
    }


def _curve(recorder: Recorder, book: Book, name: str) -> dict[str, object]:
    account = book.truth.accounts[name]
    digits = money_digits(account.currency)
    # A state begins before its market does: what is known from then on is drawn from the first bar on.
    first = book.truth.first_ts
    points = [
        (
            max(point.ts, first) // NS,
            as_float(rounded(point.equity, digits)),
            round(as_float(point.equity) / as_float(point.peak) - 1.0, 6) if point.peak > 0 else 0.0,
        )
        for point in recorder.equity(name)
    ]
    return {
        "account": name,
        "currency": account.currency,
        "sign": currency_sign(account.currency),
        "money": digits,
        "points": points,
    }


def _chart(
    instrument: Instrument, blocks: Sequence[Block], fills: Sequence[Execution], words: _Words
) -> dict[str, object]:
    digits = price_digits(instrument)
    scale = 10.0**digits
    rows, before_ts, before = [], 0, 0
    for block in blocks:
        opened, high, low, close = (round(px * scale) for px in (block.open, block.high, block.low, block.close))
        end = block.ts // NS
        row = (end - before_ts, end - block.open_ts // NS, opened - before, high - opened, low - opened, close - opened)
        rows.append((*row, _short(block.volume)))
        before_ts, before = end, close
    marks = [
        (
            fill.time // NS,
            as_float(fill.px),
            as_float(fill.qty) * (1 if fill.side == "buy" else -1),
            int(fill.is_exit),
            words.place(fill.reason),
        )
        for fill in fills
    ]
    return {"symbol": instrument.symbol, "bars": rows, "marks": marks}


def _short(volume: float) -> float:
    near = float(f"{volume:.4g}")
    return int(near) if near == int(near) else near


def _trade_row(trade: Trade, instrument: Instrument, words: _Words) -> tuple[object, ...]:
    digits = money_digits(instrument.currency)
    return (
        words.place(trade.deployment),
        words.place(trade.instrument),
        words.place(trade.side),
        as_float(trade.qty),
        trade.entry_ts // NS,
        as_float(trade.entry_px),
        trade.exit_ts // NS,
        as_float(trade.exit_px),
        as_float(rounded(trade.profit, digits)),
        as_float(rounded(trade.fees, digits)),
        words.place(trade.entry_reason),
        words.place(trade.exit_reason),
        trade.bars,
    )
