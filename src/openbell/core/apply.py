"""How events and effects change the truth: the only code that does. Pure, total, and the same live and in recovery."""

from collections.abc import Callable
from decimal import Decimal
from hashlib import sha256
from typing import Any

from openbell.core import account as accounts
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core import order as orders
from openbell.core import position as positions
from openbell.core import session as sessions
from openbell.core.book import EXTERNAL, KEPT_ORDERS, Book, Lane, LatchState
from openbell.core.codes import Code
from openbell.core.order import Happening, Order, Outcome
from openbell.core.position import Position
from openbell.core.types import ZERO, Rounding, Side, money, rescale


def apply_event(book: Book, event: ev.Event) -> None:
    """Change the truth by one event. An event that changes nothing (a duplicate, say) is counted and no more."""
    truth = book.truth
    truth.counts.events += 1
    truth.ts = event.ts
    change = _EVENTS.get(type(event))
    if change is not None:
        change(book, event)


def apply_effect(book: Book, effect: fx.Effect, ts: int) -> None:
    """Change the truth by one effect decided at `ts` (ns)."""
    change = _EFFECTS.get(type(effect))
    if change is not None:
        change(book, effect, ts)


# --- market -----------------------------------------------------------------------------------------------------


def _bar(book: Book, bar: ev.Bar) -> None:
    truth = book.truth
    counts = truth.counts
    counts.bars += 1
    counts.source += 1
    lane = book.lanes[bar.instrument]
    mark = lane.mark
    if not truth.first_ts:
        truth.first_ts = bar.open_ts
    mark.close, mark.ts, mark.px = bar.close, bar.ts, None
    mark.last_ts[bar.interval] = bar.ts
    mark.suspects = 0
    if lane.holders:
        mark.px = lane.close_px(bar.close)
        for position in lane.holders:
            # The bar of the entry counts from the entry on, so only its close is surely ours.
            if position.opened_ts < bar.ts:
                positions.watch(position, bar.high, bar.low)
            else:
                positions.watch(position, bar.close, bar.close)
        _remark(book, lane, mark.px)


def _remark(book: Book, lane: Lane, px: Decimal) -> None:
    instrument = lane.instrument
    currency = instrument.currency
    for position in lane.holders:
        if lane.is_exact:
            value = position.qty * px * instrument.multiplier
            change = value - position.value
            position.value = value
        else:
            change = positions.mark(position, instrument, px)
        if change:
            account = book.truth.accounts[position.account]
            account.values[currency] = account.values.get(currency, ZERO) + change
            account.trading_result += accounts.settle(account)


def _quote(book: Book, quote: ev.Quote) -> None:
    book.truth.counts.source += 1


def _bad_data(book: Book, event: ev.BadData) -> None:
    counts = book.truth.counts
    counts.source += 1
    _count(counts.quarantined, event.code)
    mark = book.truth.marks.get(event.instrument)
    if mark is not None and event.code == Code.BAD_JUMP:
        value = float.fromhex(event.value)
        agrees = mark.suspects and abs(value - mark.suspect) * AGREEMENT <= mark.suspect
        mark.suspects = mark.suspects + 1 if agrees else 1
        mark.suspect = value




def _schedule(book: Book, event: ev.Schedule) -> None:
    truth = book.truth
    truth.counts.source += 1
    session = truth.sessions.get(event.calendar)
    if session is None or not sessions.apply_schedule(session, event):
        return
    for account in book.accounts_by_calendar.get(event.calendar, ()):
        accounts.begin_session(account, event.date)


def _fx_mark(book: Book, event: ev.FxMark) -> None:
    book.truth.counts.source += 1
    for account in book.truth.accounts.values():
        if account.currency == event.base and event.currency != event.base:
            accounts.apply_rate(account, event.currency, event.rate)


def _corporate_action(book: Book, event: ev.CorporateAction) -> None:
    book.truth.counts.source += 1
    if event.instrument not in book.spec.instruments or not _first_time(book, f"action/{event.id}"):
        return
    currency = book.spec.instruments[event.instrument].currency
    if event.kind == "dividend":
        for position in book.holders[event.instrument]:
            account = book.truth.accounts[position.account]
            accounts.apply_flow(account, currency, money(event.amount * position.qty), is_external=False)
        return
    _split(book, event)


def _split(book: Book, event: ev.CorporateAction) -> None:
    instrument = book.spec.instruments[event.instrument]
    mark = book.truth.marks[event.instrument]
    mark.close = rescale(mark.close, event.denominator, event.numerator)
    mark.px = instrument.price(mark.close, Rounding.HALF_EVEN) if mark.ts else None
    for position in list(book.holders[event.instrument]):
        lost = positions.apply_split(position, instrument, event.numerator, event.denominator)
        if lost and mark.px is not None:
            # Cash in lieu of the fraction that is no whole lot.
            account = book.truth.accounts[position.account]
            accounts.apply_flow(account, instrument.currency, instrument.value(lost, mark.px), is_external=False)
    if mark.px is not None:
        _remark(book, book.lanes[event.instrument], mark.px)
    _reindex(book, event.instrument)


# --- orders and money -------------------------------------------------------------------------------------------


def _fill(book: Book, fill: ev.Fill) -> None:
    truth = book.truth
    order = truth.orders.get(fill.oid) if fill.oid else None
    if fill.supersedes:
        _take_back(book, fill, order)
        if fill.is_bust:
            return
    if order is not None:
        outcome = orders.apply_fill(order, fill)
    else:
        key = f"exec/{fill.account}/{fill.instrument}/{fill.venue_order}/{fill.exec_id}"
        outcome = Outcome.OPEN if _first_time(book, key) else Outcome.SAME
    if outcome is Outcome.SAME:
        truth.counts.duplicates += 1
        return
    if outcome is Outcome.LATE:
        truth.counts.late += 1
    truth.counts.fills += 1
    position = _position_of(book, fill, order)
    if order is not None and not order.reduce_only:
        position.parent = order.index
    _trade(book, position, fill.qty * fill.side.sign, fill.px, fill.ts)
    _fee(book, position, fill.fee, fill.fee_currency)
    _settle(book, position.account)
    if order is not None:
        _shelve(book, order)


def _take_back(book: Book, fill: ev.Fill, order: Order | None) -> None:
    old = orders.apply_correction(order, fill) if order is not None else None
    if old is None or order is None:
        book.truth.counts.illegal += 1
        return
    position = _position_of(book, fill, order)
    _trade(book, position, -old.qty, old.px, fill.ts)
    _fee(book, position, -old.fee, old.fee_currency)
    _settle(book, position.account)


def _position_of(book: Book, fill: ev.Fill, order: Order | None) -> Position:
    deployment = order.deployment if order is not None else EXTERNAL
    by_instrument = book.truth.positions.setdefault(deployment, {})
    found = by_instrument.get(fill.instrument)
    if found is None:
        found = by_instrument[fill.instrument] = Position(
            account=fill.account, deployment=deployment, instrument=fill.instrument
        )
    return found


def _trade(book: Book, position: Position, qty: Decimal, px: Decimal, ts: int) -> None:
    instrument = book.spec.instruments[position.instrument]
    account = book.truth.accounts[position.account]
    held, realised, value = position.qty, position.realised, position.value
    total = positions.apply_trade(position, instrument, qty, px, ts)
    currency = instrument.currency
    account.cash[currency] = account.cash.get(currency, ZERO) - total
    account.values[currency] = account.values.get(currency, ZERO) + position.value - value
    counts = book.truth.counts
    if held and (position.qty == 0 or (held > 0) != (position.qty > 0)):
        counts.trades += 1
        counts.wins += position.realised > realised
    if bool(held) != bool(position.qty):
        _reindex(book, position.instrument)
    mark = book.truth.marks[position.instrument]
    if mark.px != px:
        mark.px = px
        _remark(book, book.lanes[position.instrument], px)


def _reindex(book: Book, symbol: str) -> None:
    # In place: lanes hold the same list.
    book.holders[symbol][:] = [
        by_instrument[symbol]
        for by_instrument in book.truth.positions.values()
        if symbol in by_instrument and by_instrument[symbol].qty
    ]


def _fee(book: Book, position: Position, fee: Decimal, currency: str) -> None:
    if not fee:
        return
    account = book.truth.accounts[position.account]
    account.cash[currency] = account.cash.get(currency, ZERO) - fee
    account.fees[currency] = account.fees.get(currency, ZERO) + fee
    if currency == book.spec.instruments[position.instrument].currency:
        position.fees += fee
    else:
        position.other_fees = position.other_fees | {currency: position.other_fees.get(currency, ZERO) + fee}


def _settle(book: Book, name: str) -> None:
    account = book.truth.accounts[name]
    account.trading_result += accounts.settle(account)


def _order_update(book: Book, update: ev.OrderUpdate) -> None:
    truth = book.truth
    order = truth.orders.get(update.oid)
    if order is None:
        truth.counts.illegal += 1
        return
    if orders.apply_update(order, update) is Outcome.ILLEGAL:
        truth.counts.illegal += 1
        return
    if update.happening == Happening.REJECTED:
        _count(truth.counts.rejected, update.code)
    _shelve(book, order)


def _shelve(book: Book, order: Order) -> None:
    if order.is_open:
        return
    book.open_orders[order.instrument].pop(order.oid, None)
    kept = book.truth.orders
    if len(kept) > 2 * KEPT_ORDERS:
        ended = [oid for oid, old in kept.items() if not old.is_open]
        for oid in ended[: len(ended) - KEPT_ORDERS]:
            del kept[oid]


def _cash_flow(book: Book, event: ev.CashFlow) -> None:
    if _first_time(book, f"flow/{event.id}"):
        is_external = event.kind in ("deposit", "withdrawal")
        accounts.apply_flow(book.truth.accounts[event.account], event.currency, event.amount, is_external)


def _adjustment(book: Book, event: ev.Adjustment) -> None:
    if not _first_time(book, f"adjustment/{event.id}"):
        return
    account = book.truth.accounts[event.account]
    if event.instrument:
        by_instrument = book.truth.positions.setdefault(event.deployment or EXTERNAL, {})
        blank = Position(
            account=event.account, deployment=event.deployment or EXTERNAL, instrument=event.instrument
        )
        position = by_instrument.setdefault(event.instrument, blank)
        instrument = book.spec.instruments[event.instrument]
        position.qty += event.qty
        position.cost += event.cost
        position.opened_ts = position.opened_ts or event.ts if position.qty else 0
        px = book.mark_px(event.instrument)
        change = positions.mark(position, instrument, px) if px is not None else ZERO
        account.values[instrument.currency] = account.values.get(instrument.currency, ZERO) + change
        # What appears or vanishes without cash is income, so that the currency's identity goes on holding.
        account.income[instrument.currency] = account.income.get(instrument.currency, ZERO) + event.cost
        _reindex(book, event.instrument)
        account.trading_result += accounts.settle(account)
    if event.cash:
        accounts.apply_flow(account, event.currency, event.cash, is_external=False)


# --- control ----------------------------------------------------------------------------------------------------


def _genesis(book: Book, event: ev.Genesis) -> None:
    truth = book.truth
    truth.instance, truth.mode, truth.title = event.instance, event.mode, event.title
    truth.is_synthetic = event.is_synthetic


def _timer(book: Book, event: ev.Timer) -> None:
    book.truth.timers.pop(f"{event.deployment}/{event.name}", None)


def _command(book: Book, event: ev.Command) -> None:
    _first_time(book, f"command/{event.id}")


def _disk(book: Book, event: ev.DiskState) -> None:
    book.truth.is_disk_healthy = event.is_healthy


def _first_time(book: Book, key: str) -> bool:
    seen = book.truth.seen
    seen[key] = seen.get(key, 0) + 1
    if seen[key] > 1:
        book.truth.counts.duplicates += 1
    return seen[key] == 1


def _count(counter: dict[int, int], code: int) -> None:
    counter[int(code)] = counter.get(int(code), 0) + 1


# --- effects ----------------------------------------------------------------------------------------------------


def _submit(book: Book, submit: fx.Submit, ts: int) -> None:
    truth = book.truth
    truth.counter = max(truth.counter, submit.index)
    order = orders.new_order(submit, ts)
    truth.orders[submit.oid] = order
    book.open_orders[submit.instrument][submit.oid] = order
    truth.counts.orders += 1
    truth.orders_hash = chain_order(truth.orders_hash, submit, ts)
    if not submit.reduce_only:
        truth.accounts[submit.account].entries += 1
        key = f"{submit.deployment}/{submit.instrument}"
        truth.last_entry[key] = (ts, submit.side, format(submit.qty, "f"))


def chain_order(before: bytes, submit: fx.Submit, ts: int) -> bytes:
    """Return the running orders hash after one more order: SHA-256 over the hash before and the order's line.

    The line holds ts, deployment, instrument, side, quantity, type, limit, stop, time in force and the parent's
    index, joined by `|`; numbers are plain and without trailing zeros, what is missing is empty.
    """
    return chain_line(
        before,
        (
            ts,
            submit.deployment,
            submit.instrument,
            submit.side,
            plain(submit.qty),
            submit.type,
            plain(submit.limit),
            plain(submit.stop),
            submit.tif,
            submit.parent,
        ),
    )


def chain_line(before: bytes, fields: tuple[object, ...]) -> bytes:
    """Return SHA-256 over `before` and the fields joined by `|`."""
    return sha256(before + "|".join(map(str, fields)).encode()).digest()


def plain(number: Decimal | None) -> str:
    """Return a number without exponent or trailing zeros, empty for None."""
    return "" if number is None else format(number.normalize(), "f")


def _amend(book: Book, amend: fx.Amend, ts: int) -> None:
    order = book.truth.orders.get(amend.oid)
    if order is not None and orders.apply_amend(order, amend, ts) is Outcome.ILLEGAL:
        book.truth.counts.illegal += 1


def _cancel(book: Book, cancel: fx.Cancel, ts: int) -> None:
    order = book.truth.orders.get(cancel.oid)
    if order is not None and orders.transition(order, Happening.ASK_CANCEL, ts) is Outcome.ILLEGAL:
        book.truth.counts.illegal += 1


def _set_timer(book: Book, timer: fx.SetTimer, ts: int) -> None:
    book.truth.timers[f"{timer.deployment}/{timer.name}"] = timer.at


def _alert(book: Book, alert: fx.Alert, ts: int) -> None:
    book.truth.counts.alerts += 1


def _latch(book: Book, latch: fx.Latch, ts: int) -> None:
    key = f"{latch.kind}/{latch.scope}"
    if not latch.is_on:
        book.truth.latches.pop(key, None)
    elif key not in book.truth.latches:
        book.truth.latches[key] = LatchState(
            kind=latch.kind, scope=latch.scope, release=latch.release, reason=latch.reason, ts=ts
        )


def _decision(book: Book, decision: fx.Decision, ts: int) -> None:
    note_decision(book, book.truth.positions[decision.deployment][decision.instrument], decision, ts)


def note_decision(book: Book, position: Position, decision: fx.Decision, ts: int) -> None:
    """Book how an evaluation ended; `position` is the one it was about."""
    code = decision.code
    counts = book.truth.counts
    decisions = counts.decisions
    decisions[code] = decisions.get(code, 0) + 1
    position.code, position.code_ts = code, ts
    if decision.target is not None:
        position.decided = decision.target
    if code >= Code.KILLED:
        _count(counts.rejected, code)


_EVENTS: dict[type, Callable[[Book, Any], None]] = {
    ev.Genesis: _genesis,
    ev.Bar: _bar,
    ev.Quote: _quote,
    ev.Fill: _fill,
    ev.OrderUpdate: _order_update,
    ev.Timer: _timer,
    ev.Command: _command,
    ev.CashFlow: _cash_flow,
    ev.CorporateAction: _corporate_action,
    ev.FxMark: _fx_mark,
    ev.Schedule: _schedule,
    ev.BadData: _bad_data,
    ev.Adjustment: _adjustment,
    ev.DiskState: _disk,
}
_EFFECTS: dict[type, Callable[[Book, Any, int], None]] = {
    fx.Submit: _submit,
    fx.Amend: _amend,
    fx.Cancel: _cancel,
    fx.SetTimer: _set_timer,
    fx.Alert: _alert,
    fx.Latch: _latch,
    fx.Decision: _decision,
}
