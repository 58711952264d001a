"""What the kernels computed, in the plain engine's terms: book, recorder and figures."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from openbell.core import events as ev
from openbell.core.account import Account, week_and_month
from openbell.core.apply import apply_event, chain_line, plain
from openbell.core.book import Book, LatchState
from openbell.core.effects import Submit
from openbell.core.market import remark, settle_all
from openbell.core.order import Dealt, new_order
from openbell.core.position import apply_trade
from openbell.core.session import apply_schedule
from openbell.core.types import E8, ZERO, OrderType, Side, Status, Tif, client_order_id
from openbell.edges.feeds.merge import bars
from openbell.edges.feeds.table import BarTable, select
from openbell.parts.kernels import layout as k
from openbell.report.days import Day
from openbell.report.metrics import summary
from openbell.report.recorder import Recorder
from openbell.run.backtest import INSTANCE
from openbell.run.collector import rare_collections
from openbell.run.results import LateRecorder, Result
from openbell.run.twin_rules import active

if TYPE_CHECKING:
    from openbell.run.compiled import Twin

STATUS = {
    k.FINE: "",
    k.TOO_MANY_ORDERS: "too many orders were alive at once",
    k.ODD_TARGET: "a strategy asked for more than a full position, or for a share that no float can round",
    k.OUT_OF_STEP: "an order filled in another quantity than the engine knew of",
    k.NET_MISMATCH: "an exit was larger than what the account held",
    k.LOG_FULL: "there were more orders than the log holds",
    k.TOO_LARGE: "money, quantities or prices grew so large that a product could pass 2^62",
    k.ODD_CODE: "a strategy gave a reason code that does not exist",
    k.SOLD_OUT: "a limit on equity sold everything",
    k.ANSWERED: "a limit closed a gate, to which a cut or a pause answers",
    k.EXPOSED: "a rule refused a protective order",
    k.CROWDED: "a deployment sent more messages in a minute than the kernels count",
    k.WATCHED: "rule surveillance holds a strategy that cancels nearly all it sends",
    k.STALE_EXIT: "a holding was opened while an exit of the one before was still unanswered",
}
"""Why the kernels gave up, in words."""
TYPES = (OrderType.MARKET, OrderType.STOP, OrderType.LIMIT, OrderType.TRAILING)
STOPS = (OrderType.STOP, OrderType.TRAILING)
SAMPLES = 4000
"""Bars of each instrument that the report's charts are made of."""
ORDER_FIELDS: tuple[str, ...] = (
    "index", "deployment", "instrument", "side", "qty", "type", "tif", "limit", "stop", "trail", "reduce_only",
    "parent", "reason", "oid", "account",
)  # fmt: skip
FILL_FIELDS: tuple[str, ...] = (
    "ts", "time", "oid", "account", "instrument", "side", "qty", "px", "fee", "fee_currency", "is_maker", "venue_order",
    "exec_id",
)  # fmt: skip


def result_of(twin: "Twin", elapsed: float) -> Result:
    """Return the result of a finished compiled run that took `elapsed` seconds."""
    book = Book(twin.prepared.spec)
    _fill_truth(twin, book)
    extra = {
        "mode": "backtest",
        "engine": "compiled",
        "engine_reason": "",
        "journal_head": None,
        "recovered_seq": None,
        "bars_this_process": book.truth.counts.bars,
        "events_per_s": round(book.truth.counts.events / max(elapsed, 1e-9)),
    }
    recorder = LateRecorder(lambda: _record(twin))
    return Result(book=book, recorder=recorder, figures=summary(book, extra), notes=twin.source.notes)


def _money(amount: Any) -> Decimal:
    return int(amount) * E8


# --- the book ---------------------------------------------------------------------------------------------------


def _fill_truth(twin: "Twin", book: Book) -> None:
    g, truth, counts = twin.state.g, book.truth, book.truth.counts
    truth.instance, truth.ts, truth.first_ts = INSTANCE, int(g[k.CLOCK, 0]), int(g[k.FIRST, 0])
    truth.counter = counts.orders = int(g[k.COUNTER, 0])
    truth.orders_hash = orders_hash(twin)
    # The run's own first record is an event as well.
    counts.events = int(g[k.EVENTS, 0]) + 1
    counts.bars, counts.fills = int(g[k.BARS, 0]), int(g[k.FILLS, 0])
    counts.trades, counts.wins, counts.alerts = int(g[k.TRADES, 0]), int(g[k.WINS, 0]), int(g[k.ALERTS, 0])
    counts.source = twin.source.bars + len(twin.source.schedule)
    counts.decisions, counts.rejected = _counted(g[k.N_DECISIONS]), _counted(g[k.N_REJECTED])
    counts.quarantined = _counted(g[k.N_QUARANTINED])
    for event in twin.source.schedule:
        if event.calendar in truth.sessions:
            apply_schedule(truth.sessions[event.calendar], event)
    account = next(iter(truth.accounts.values()))
    fill_account(g, account)
    calendar = twin.prepared.spec.accounts[account.name].calendar
    account.session = truth.sessions[calendar].date
    _fill_periods(account, [e.date for e in twin.source.schedule if e.is_open and e.calendar == calendar])
    for thing, symbol in enumerate(twin.prepared.spec.instruments):
        _fill_mark(twin, thing, symbol, book)
    for pair in range(len(twin.pairs)):
        _fill_position(twin, pair, book)
    truth.latches.update(latches_of(twin, account.name))
    for symbol in twin.prepared.spec.instruments:
        book.reindex(symbol)


def latches_of(twin: "Twin", account: str) -> dict[str, LatchState]:
    """Return the gates that a run has left closed."""
    g, found = twin.state.g, []
    for number, rule in enumerate(active(twin.prepared)):
        if g[k.R_LATCHED, number]:
            found.append((rule.kind, f"account:{account}", rule.release, rule.text, int(g[k.R_SINCE, number])))
        for place, name in enumerate(twin.prepared.spec.deployments):
            if g[k.C_HELD, place] >> number & 1:
                found.append((rule.kind, f"deployment:{name}", rule.release, rule.text, int(g[k.C_SINCE, place])))
    for place, name in enumerate(twin.prepared.spec.deployments):
        for row, kind, release in ((k.C_LOST, "own_loss", "session"), (k.C_FALLEN, "own_drawdown", "manual")):
            if g[row, place]:
                found.append((kind, f"deployment:{name}", release, "a limit of its own", int(g[row, place])))
    return {
        f"{kind}/{scope}": LatchState(kind=kind, scope=scope, release=release, reason=reason, ts=ts)
        for kind, scope, release, reason, ts in found
    }


def _counted(row: k.Ints) -> dict[int, int]:
    return {int(code): int(row[code]) for code in np.flatnonzero(row)}


def fill_account(g: k.Ints, account: Account) -> None:
    """Say of an account what the kernels computed of its money."""
    currency = account.currency
    account.cash[currency], account.values[currency] = _money(g[k.CASH, 0]), _money(g[k.VALUES, 0])
    if g[k.FEES, 0]:
        account.fees[currency] = _money(g[k.FEES, 0])
    account.equity, account.peak = _money(g[k.EQUITY, 0]), _money(g[k.PEAK, 0])
    account.trough, account.drawdown_peak = _money(g[k.TROUGH, 0]), _money(g[k.DEEP_PEAK, 0])
    account.week.equity, account.month.equity = _money(g[k.WEEK_EQUITY, 0]), _money(g[k.MONTH_EQUITY, 0])
    account.session_equity, account.entries = _money(g[k.SESSION_EQUITY, 0]), int(g[k.ENTRIES, 0])
    account.trading_result = account.equity - account.equity_start


def days_of(twin: "Twin") -> list[Day]:
    """Return the trading days of the account of a finished run, as its recorder would."""
    g, days, schedule = twin.state.g, twin.state.tape.days, twin.source.schedule
    own = (days[:, k.D_CALENDAR] == g[k.CALENDAR, 0]) & (days[:, k.D_IS_NEW] == 1)
    rows = np.flatnonzero(own).tolist()
    worth = [_money(amount) for amount in (*days[rows, k.D_EQUITY].tolist(), g[k.EQUITY, 0])]
    ends = [*(schedule[row].ts for row in rows[1:]), int(g[k.CLOCK, 0])]
    return [
        Day(schedule[row].date, end, worth[n], worth[n + 1], ZERO)
        for n, (row, end) in enumerate(zip(rows, ends, strict=True))
    ]


def _fill_periods(account: Account, dates: list[str]) -> None:
    """Say with which session the week and the month began."""
    for date in dates:
        for period, number in zip((account.week, account.month), week_and_month(date), strict=True):
            if number != period.number:
                period.number, period.since = number, date


def _fill_mark(twin: "Twin", thing: int, symbol: str, book: Book) -> None:
    """Take over an instrument's mark and its open orders."""
    g, f = twin.state.g, twin.state.f
    mark = book.truth.marks[symbol]
    mark.ts = max(int(g[k.T_LAST_TS, thing]), 0)
    if mark.ts:
        mark.close, mark.px = float(f[k.F_CLOSE, thing]), int(g[k.T_MARK, thing]) * book.instrument(symbol).quantum
    lane = k.LANES + k.LANE_ROWS * thing
    for slot in g[lane, : g[k.T_COUNT, thing]].tolist():
        number = int(g[k.O_INDEX, slot]) - 1
        row = twin.state.log[k.ORDERS, number].tolist()
        order = new_order(_submit(twin, number, row), row[k.L_TS])
        order.status, order.qty = Status.WORKING, int(g[k.O_LOTS, slot]) * book.instrument(symbol).lot
        px = int(g[k.O_PX, slot]) * book.instrument(symbol).quantum
        order.limit = px if order.type is OrderType.LIMIT else None
        order.stop = px if order.type in STOPS else None
        book.truth.orders[order.oid] = book.open_orders[symbol][order.oid] = order


def _fill_position(twin: "Twin", pair: int, book: Book) -> None:
    g, name = twin.state.g, twin.pairs[pair]
    position = book.position(name.deployment.name, name.symbol)
    position.qty = int(g[k.P_QTY, pair]) * book.instrument(name.symbol).lot
    position.cost, position.realised = _money(g[k.P_COST, pair]), _money(g[k.P_REALISED, pair])
    position.fees, position.value = _money(g[k.P_FEES, pair]), _money(g[k.P_VALUE, pair])
    position.entries, position.parent = int(g[k.P_ENTRIES, pair]), int(g[k.P_PARENT, pair])
    position.code, position.code_ts = int(g[k.P_CODE, pair]), int(g[k.P_CODE_TS, pair])
    position.opened_ts, position.before = int(g[k.P_OPENED, pair]), _money(g[k.P_BEFORE, pair])
    decided = float(twin.state.f[k.F_DECIDED, pair])
    position.decided = None if np.isnan(decided) else decided


# --- orders and fills -------------------------------------------------------------------------------------------


def orders_hash(twin: "Twin") -> bytes:
    """Return the running hash over all orders, as the plain engine makes it."""
    digest = bytes(32)
    for row in _orders(twin):
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
                px if type_ in STOPS else "",
                Tif.GTC,
                row[k.L_PARENT],
            ),
        )
    return digest


def order_row(submit: Submit, ts: int) -> dict[str, object]:
    """Return what two engines must agree on of an order decided at `ts` (ns)."""
    return {"ts": ts} | {name: getattr(submit, name) for name in ORDER_FIELDS}


def fill_row(fill: ev.Fill) -> dict[str, object]:
    """Return what two engines must agree on of an execution."""
    return {name: getattr(fill, name) for name in FILL_FIELDS}


def order_rows(twin: "Twin") -> list[dict[str, object]]:
    """Return a row for each order of a compiled run."""
    return [order_row(_submit(twin, number, row), row[k.L_TS]) for number, row in enumerate(_orders(twin))]


def fill_rows(twin: "Twin") -> list[dict[str, object]]:
    """Return a row for each fill of a compiled run."""
    return [fill_row(_fill(twin, row)) for row in _fills(twin)]


def _orders(twin: "Twin") -> list[list[int]]:
    rows: list[list[int]] = twin.state.log[k.ORDERS, : twin.state.g[k.COUNTER, 0]].tolist()
    return rows


def _fills(twin: "Twin") -> list[list[int]]:
    rows: list[list[int]] = twin.state.log[k.EXECUTIONS, : twin.state.g[k.FILLS, 0]].tolist()
    return rows


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
        stop=px if type_ in STOPS else None,
        trail=row[k.L_TRAIL] * instrument.quantum if type_ is OrderType.TRAILING else None,
        reduce_only=row[k.L_REDUCE] == 1,
        parent=row[k.L_PARENT],
        reason=row[k.L_REASON],
    )


def _fill(twin: "Twin", row: list[int]) -> ev.Fill:
    name = twin.pairs[row[k.X_PAIR]]
    instrument = twin.prepared.spec.instruments[name.symbol]
    order = row[k.X_ORDER]
    return ev.Fill(
        ts=row[k.X_TS],
        account=name.deployment.account,
        instrument=name.symbol,
        oid=client_order_id(INSTANCE, order),
        venue_order=f"V{order}",
        exec_id=f"V{order}-1",
        side=Side.BUY if row[k.X_SIDE] > 0 else Side.SELL,
        qty=row[k.X_AMOUNT] * instrument.lot,
        px=row[k.X_PRICE] * instrument.quantum,
        fee=_money(row[k.X_FEE]),
        fee_currency=instrument.currency,
        time=row[k.X_TIME],
        is_maker=row[k.X_IS_MAKER] == 1,
    )


# --- the report -------------------------------------------------------------------------------------------------


def _record(twin: "Twin") -> Recorder:
    """Return what a report is made of: every fill, and as many bars as its charts can show."""
    spec = twin.prepared.spec
    book, recorder = Book(spec), Recorder(spec)
    orders = _orders(twin)
    with rare_collections():
        for event, order in _story(twin):
            if isinstance(event, ev.Fill):
                _book(twin, book, event, orders[order])
            else:
                apply_event(book, event)
            recorder.watch(book, event, [])
    return recorder


def _book(twin: "Twin", book: Book, fill: ev.Fill, row: list[int]) -> None:
    """Book an execution as far as a recorder sees it.

    All else that `core.apply` keeps of an order (its life, the hash, what rules count) would take most of the time that
    a report takes, and nobody looks at it here.
    """
    truth, symbol = book.truth, fill.instrument
    name, reason, reduces = twin.pairs[row[k.L_PAIR]].deployment.name, row[k.L_REASON], row[k.L_REDUCE] == 1
    position, account = book.position(name, symbol), truth.accounts[fill.account]
    instrument, held = book.instrument(symbol), position.qty
    cause: Any = Cause(deployment=name, reason=reason, reduce_only=reduces)
    truth.ts, truth.orders = fill.ts, {fill.oid: cause}
    truth.counts.events += 1
    truth.counts.fills += 1
    book.dealt = [Dealt(fill, cause)]
    currency, qty = instrument.currency, fill.qty if fill.side is Side.BUY else -fill.qty
    account.cash[currency] -= apply_trade(position, instrument, qty, fill.px, fill.ts) + fill.fee
    position.fees += fill.fee
    if bool(held) != bool(position.qty):
        book.reindex(symbol)
        if not position.qty:
            account.values[currency] = account.values.get(currency, ZERO) - position.value
            position.value = ZERO
    truth.marks[symbol].px = fill.px
    remark(book, book.lanes[symbol], fill.px)
    settle_all([account])


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """What a recorder asks of the order behind an execution; fields as in `core.order.Order`."""

    deployment: str
    reason: int
    reduce_only: bool


def _story(twin: "Twin") -> Iterator[tuple[ev.Event, int]]:
    """Yield fills with the number of their order, sessions and thinned bars (number -1).

    In order of time.
    """
    opens = [event for event in twin.source.schedule if event.is_open]
    found: list[tuple[int, int, Any]] = [(row[k.X_TS], 1, row) for row in _fills(twin)]
    found += [(event.ts, 0, event) for event in opens]
    found += [(bar.ts, 2, bar) for table in twin.source.tables for bar in _thinned(table, opens)]
    for _, sort, item in sorted(found, key=lambda entry: entry[:2]):
        yield (_fill(twin, item), item[k.X_ORDER] - 1) if sort == 1 else (item, -1)


def _thinned(table: BarTable, opens: list[ev.Schedule]) -> list[ev.Bar]:
    """Return as many bars as charts can show, and the last before each session.

    By which a day is valued.
    """
    step = max(len(table) // SAMPLES, 1)
    sound = np.isfinite(table.close) & (table.low > 0) & (table.low <= table.high)
    places = np.flatnonzero(sound)
    ends = np.searchsorted(table.ts[places], [event.ts for event in opens], side="left") - 1
    return bars(select(table, np.unique(np.concatenate((places[::step], places[ends[ends >= 0]], places[-1:])))))
