"""What the kernels computed, told in the plain engine's own terms: a book, a recorder, the same figures."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from openbell.core import events as ev
from openbell.core.account import Account
from openbell.core.apply import apply_effect, apply_event, chain_line, plain
from openbell.core.book import Book
from openbell.core.effects import Submit
from openbell.core.types import E8, OrderType, Side, Tif, client_order_id
from openbell.parts.kernels import layout as k
from openbell.report.metrics import summary
from openbell.report.recorder import Recorder
from openbell.run.backtest import INSTANCE
from openbell.run.results import Result

if TYPE_CHECKING:
    from openbell.run.compiled import Twin

STATUS = {
    k.TOO_MANY_ORDERS: "too many orders were alive at once",
    k.ODD_TARGET: "a strategy asked for a part of a full position",
    k.CLASHING_CHANGE: "a protective order had to be changed while a change was unanswered",
    k.NET_MISMATCH: "an exit was larger than what the account held",
    k.LOG_FULL: "more orders than the log holds",
}
TYPES = (OrderType.MARKET, OrderType.STOP, OrderType.LIMIT)
SAMPLES = 4000
"""Bars of each instrument that the report's charts are made of."""


def result_of(twin: "Twin", elapsed: float) -> Result:
    """Return the result of a finished compiled run."""
    book = Book(twin.prepared.spec)
    _fill_truth(twin, book)
    extra = {
        "mode": "backtest",
        "engine": "compiled",
        "engine_reason": "",
        "journal_head": None,
        "recovered_seq": None,
        "bars_this_process": int(twin.state.account[k.BARS]),
        "events_per_s": round(book.truth.counts.events / max(elapsed, 1e-9)),
    }
    return Result(book=book, recorder=_record(twin), figures=summary(book, extra), notes=twin.source.notes)


def _money(amount: int) -> Decimal:
    return int(amount) * E8


def _fill_truth(twin: "Twin", book: Book) -> None:
    state, truth = twin.state, book.truth
    a = state.account
    counts = truth.counts
    truth.instance, truth.ts, truth.first_ts = INSTANCE, int(a[k.CLOCK]), int(a[k.FIRST])
    truth.counter = counts.orders = int(a[k.COUNTER])
    truth.orders_hash = orders_hash(twin)
    counts.events = int(a[k.EVENTS]) + 1
    counts.bars, counts.fills = int(a[k.BARS]), int(a[k.FILLS])
    counts.trades, counts.wins, counts.alerts = int(a[k.TRADES]), int(a[k.WINS]), int(a[k.ALERTS])
    counts.source = len(state.events)
    counts.decisions = _counted(state.counts[k.N_DECISIONS])
    counts.rejected = _counted(state.counts[k.N_REJECTED])
    counts.quarantined = _counted(state.counts[k.N_QUARANTINED])
    _fill_account(a, next(iter(truth.accounts.values())))
    for number, name in enumerate(twin.pairs):
        _fill_position(state, number, name.deployment.name, name.symbol, book)


def _counted(column: k.Ints) -> dict[int, int]:
    return {int(code): int(column[code]) for code in np.flatnonzero(column)}


def _fill_account(a: k.Ints, account: Account) -> None:
    currency = account.currency
    account.cash[currency], account.values[currency] = _money(a[k.CASH]), _money(a[k.VALUES])
    account.fees[currency] = _money(a[k.FEES])
    account.equity, account.peak = _money(a[k.EQUITY]), _money(a[k.PEAK])
    account.trough, account.drawdown_peak = _money(a[k.TROUGH]), _money(a[k.DEEP_PEAK])
    account.session_equity, account.entries = _money(a[k.SESSION_EQUITY]), int(a[k.ENTRIES])
    account.trading_result = account.equity - account.equity_start


def _fill_position(state: k.State, number: int, deployment: str, symbol: str, book: Book) -> None:
    p = state.pairs
    position, instrument = book.position(deployment, symbol), book.instrument(symbol)
    position.qty = int(p[k.P_QTY, number]) * instrument.lot
    position.cost, position.realised = _money(p[k.P_COST, number]), _money(p[k.P_REALISED, number])
    position.fees, position.value = _money(p[k.P_FEES, number]), _money(p[k.P_VALUE, number])
    position.entries, position.parent = int(p[k.P_ENTRIES, number]), int(p[k.P_PARENT, number])
    position.code, position.code_ts = int(p[k.P_CODE, number]), int(p[k.P_CODE_TS, number])
    position.opened_ts = int(p[k.P_OPENED, number])
    position.decided = None if np.isnan(state.decided[number]) else float(state.decided[number])
    mark = book.truth.marks[symbol]
    thing = int(p[k.P_THING, number])
    mark.close, mark.ts = float(state.closes[k.C_CLOSE, thing]), max(int(state.things[k.T_LAST_TS, thing]), 0)
    mark.px = int(state.things[k.T_MARK, thing]) * instrument.quantum
    book.reindex(symbol)


def orders_hash(twin: "Twin") -> bytes:
    """Return the running hash over all orders, as the plain engine makes it."""
    digest = bytes(32)
    for row in twin.state.order_log[: twin.state.account[k.COUNTER]].tolist():
        name = twin.pairs[row[k.L_PAIR]]
        instrument = twin.prepared.spec.instruments[name.symbol]
        px = plain(row[k.L_PX] * instrument.quantum) if row[k.L_PX] else ""
        type_ = TYPES[row[k.L_TYPE]]
        digest = chain_line(
            digest,
            (
                row[k.L_TS],
                name.deployment.name,
                name.symbol,
                Side.BUY if row[k.L_SIDE] > 0 else Side.SELL,
                plain(row[k.L_LOTS] * instrument.lot),
                type_,
                px if type_ is OrderType.LIMIT else "",
                px if type_ is OrderType.STOP else "",
                Tif.GTC,
                row[k.L_PARENT],
            ),
        )
    return digest


def _record(twin: "Twin") -> Recorder:
    """Return what a report is made of: every fill, and as many bars as its charts can show."""
    spec = twin.prepared.spec
    book, recorder = Book(spec), Recorder(spec)
    orders = twin.state.order_log
    for event, order in _story(twin):
        if order >= 0:
            submit = _submit(twin, order, orders[order].tolist())
            apply_effect(book, submit, event.ts)
        apply_event(book, event)
        recorder.watch(book, event, [])
    return recorder


def _story(twin: "Twin") -> Iterator[tuple[ev.Event, int]]:
    """Yield fills with the number of their order, and thinned bars (number -1), in order of time."""
    fills = [(row[k.F_TS], 0, row) for row in twin.state.fill_log[: twin.state.account[k.FILLS]].tolist()]
    bars = [(bar.ts, 1, bar) for table in twin.source.tables for bar in _thinned(table)]
    for _, _, item in sorted([*fills, *bars], key=lambda entry: entry[:2]):
        yield (item, -1) if isinstance(item, ev.Bar) else (_fill(twin, item), item[k.F_ORDER] - 1)


def _thinned(table: object) -> list[ev.Bar]:
    from openbell.edges.feeds.merge import bars
    from openbell.edges.feeds.table import BarTable, select

    if not isinstance(table, BarTable):
        return []
    step = max(len(table) // SAMPLES, 1)
    sound = np.isfinite(table.close) & (table.low > 0) & (table.low <= table.high)
    picked = np.flatnonzero(sound)[::step]
    return bars(select(table, picked))


def _submit(twin: "Twin", number: int, row: list[int]) -> Submit:
    name = twin.pairs[row[k.L_PAIR]]
    instrument = twin.prepared.spec.instruments[name.symbol]
    px = row[k.L_PX] * instrument.quantum if row[k.L_PX] else None
    type_ = TYPES[row[k.L_TYPE]]
    return Submit(
        oid=client_order_id(INSTANCE, number + 1),
        index=number + 1,
        account=name.deployment.account,
        deployment=name.deployment.name,
        instrument=name.symbol,
        side=Side.BUY if row[k.L_SIDE] > 0 else Side.SELL,
        qty=row[k.L_LOTS] * instrument.lot,
        type=type_,
        tif=Tif.GTC,
        limit=px if type_ is OrderType.LIMIT else None,
        stop=px if type_ is OrderType.STOP else None,
        reduce_only=row[k.L_REDUCE] == 1,
        parent=row[k.L_PARENT],
        reason=row[k.L_REASON],
    )


def _fill(twin: "Twin", row: list[int]) -> ev.Fill:
    name = twin.pairs[row[k.F_PAIR]]
    instrument = twin.prepared.spec.instruments[name.symbol]
    order = row[k.F_ORDER]
    return ev.Fill(
        ts=row[k.F_TS],
        account=name.deployment.account,
        instrument=name.symbol,
        oid=client_order_id(INSTANCE, order),
        venue_order=f"V{order}",
        exec_id=f"V{order}-1",
        side=Side.BUY if row[k.F_SIDE] > 0 else Side.SELL,
        qty=row[k.F_LOTS] * instrument.lot,
        px=row[k.F_PX] * instrument.quantum,
        fee=_money(row[k.F_FEE]),
        fee_currency=instrument.currency,
        time=row[k.F_TIME],
        is_maker=row[k.F_MAKER] == 1,
    )
