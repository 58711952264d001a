"""What executions, order updates, cash flows and adjustments change in the truth."""

from decimal import Decimal

from openbell.core import account as accounts
from openbell.core import events as ev
from openbell.core import order as orders
from openbell.core import position as positions
from openbell.core.book import EXTERNAL, KEPT_ORDERS, Book, count
from openbell.core.market import remark, settle_all
from openbell.core.order import Happening, Order, Outcome
from openbell.core.position import Position
from openbell.core.types import ZERO


def apply_fill(book: Book, fill: ev.Fill) -> None:
    """Book an execution exactly once: order, position, cash, fee, equity."""
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
        outcome = Outcome.OPEN if book.first_time(key) else Outcome.SAME
    if outcome is Outcome.SAME:
        truth.counts.duplicates += 1
        return
    if outcome is Outcome.LATE:
        truth.counts.late += 1
    truth.counts.fills += 1
    position = _position_of(book, fill, order)
    if order is not None and not order.reduce_only:
        position.parent = order.index
    changed = _trade(book, position, fill.qty * fill.side.sign, fill.px, fill.ts)
    _fee(book, position, fill.fee, fill.fee_currency)
    settle_all(changed)
    if order is not None:
        _shelve(book, order)


def _take_back(book: Book, fill: ev.Fill, order: Order | None) -> None:
    old = orders.apply_correction(order, fill) if order is not None else None
    if old is None or order is None:
        book.truth.counts.illegal += 1
        return
    position = _position_of(book, fill, order)
    changed = _trade(book, position, -old.qty, old.px, fill.ts)
    _fee(book, position, -old.fee, old.fee_currency)
    settle_all(changed)


def _position_of(book: Book, fill: ev.Fill, order: Order | None) -> Position:
    deployment = order.deployment if order is not None else EXTERNAL
    by_instrument = book.truth.positions.setdefault(deployment, {})
    found = by_instrument.get(fill.instrument)
    if found is None:
        found = by_instrument[fill.instrument] = Position(
            account=fill.account, deployment=deployment, instrument=fill.instrument
        )
    return found


def _trade(book: Book, position: Position, qty: Decimal, px: Decimal, ts: int) -> list[accounts.Account]:
    """Book a trade at `px` and return the accounts left to be settled, its own first."""
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
        book.reindex(position.instrument)
    mark = book.truth.marks[position.instrument]
    if mark.px != px:
        mark.px = px
        others = remark(book, book.lanes[position.instrument], px)
        return [account, *(other for other in others if other is not account)]
    return [account]


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


def apply_order_update(book: Book, update: ev.OrderUpdate) -> None:
    """Move an order as the venue says."""
    truth = book.truth
    order = truth.orders.get(update.oid)
    if order is None:
        truth.counts.illegal += 1
        return
    if orders.apply_update(order, update) is Outcome.ILLEGAL:
        truth.counts.illegal += 1
        return
    if update.happening == Happening.REJECTED:
        count(truth.counts.rejected, update.code)
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


def apply_cash_flow(book: Book, event: ev.CashFlow) -> None:
    """Book money that is not trading, once."""
    if book.first_time(f"flow/{event.id}"):
        is_external = event.kind in ("deposit", "withdrawal")
        account = book.truth.accounts[event.account]
        accounts.apply_flow(account, event.currency, event.amount, is_external=is_external)


def apply_adjustment(book: Book, event: ev.Adjustment) -> None:
    """Change the book to agree with the world, once and with its cause on record."""
    if not book.first_time(f"adjustment/{event.id}"):
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
        book.reindex(event.instrument)
        account.trading_result += accounts.settle(account)
    if event.cash:
        accounts.apply_flow(account, event.currency, event.cash, is_external=False)
