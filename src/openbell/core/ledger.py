"""What executions, order updates, cash flows and adjustments change in the truth."""

from copy import copy
from decimal import Decimal

from openbell.core import account as accounts
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core import order as orders
from openbell.core import position as positions
from openbell.core.book import KEPT_ENDED, KEPT_EXECUTIONS, KEPT_ORDERS, Book, count, external_of, keep_latest
from openbell.core.conduct import Conduct, note_fill
from openbell.core.contact import CASH, Ended
from openbell.core.execution import group
from openbell.core.market import hand_over, position_in, remark, settle_all
from openbell.core.order import Order, Outcome
from openbell.core.position import Position
from openbell.core.room import is_target
from openbell.core.types import ZERO, Status, as_float, money, parse_order_id


def apply_fill(book: Book, fill: ev.Fill) -> None:
    """Book an execution exactly once: order, position, cash, fee, equity."""
    truth = book.truth
    order = truth.orders.get(fill.oid) if fill.oid else None
    if order is None and fill.oid and is_forgotten(book, fill.oid):
        truth.counts.duplicates += 1
        return
    book_fill(book, fill, order)


def book_fill(book: Book, fill: ev.Fill, order: Order | None) -> None:
    """Book an execution of `order`, None for one that is not ours."""
    truth = book.truth
    if fill.instrument not in book.spec.instruments:
        _trade_unknown(book, fill)
        return
    # A correction takes a holding away and brings it back.
    was = copy(_position_of(book, fill, order)) if fill.supersedes else None
    old, changed = _take_back(book, fill, order) if fill.supersedes else (None, [])
    outcome = Outcome.SAME
    if not fill.is_bust:
        outcome = orders.apply_fill(order, fill) if order is not None else _external(book, fill)
        truth.counts.duplicates += outcome is Outcome.SAME
    if is_new := outcome is not Outcome.SAME:
        truth.counts.late += outcome is Outcome.LATE
        truth.counts.fills += 1
        position = _position_of(book, fill, order)
        before = position.realised - position.fees
        if order is not None and not order.reduce_only:
            position.parent = order.index
        changed = merged(changed, _trade(book, position, fill.qty * fill.side.sign, fill.px, fill.ts, fill))
        if was is not None:
            positions.resume(position, was)
        _mark_at(book, position.instrument, _told_px(book, fill), changed)
        if order is not None:
            # One that had waited counts now, whenever it was told: of those that have ended its order is the newest.
            order.changed_ts = truth.ts
            conduct = truth.conduct.setdefault(order.deployment, Conduct())
            has_waited = order.sent_ts < (hours := book.session(fill.instrument)).open and not hours.goes_on
            trade = note_fill(conduct, order, fill.qty, money(fill.qty * fill.px), fill.ts, has_waited=has_waited)
            trade.gain += position.realised - position.fees - before
    if is_new or old is not None:
        book.dealt.append(orders.Dealt(fill, order, old, is_new))
    settle_all(changed)
    if order is not None:
        shelve(book, order)


def _told_px(book: Book, fill: ev.Fill) -> Decimal:
    """Return the price that an execution leaves.

    One told after later bars have closed marks nothing. Nor does a correction: its moment is when it was made, not when
    somebody traded at that price, and there may have been a split in between.
    """
    is_old = bool(fill.supersedes) or (
        fill.account in book.truth.contacts and fill.time < book.truth.marks[fill.instrument].ts
    )
    # A mark may be zero.
    return px if is_old and (px := book.mark_px(fill.instrument)) is not None else fill.px


def _trade_unknown(book: Book, fill: ev.Fill) -> None:
    """Book the cash of a trade in something that is not configured.

    What it bought counts for nothing here.
    """
    if _external(book, fill) is Outcome.SAME:
        book.truth.counts.duplicates += 1
        return
    book.truth.counts.fills += 1
    accounts.apply_flow(
        book.truth.accounts[fill.account],
        fill.fee_currency,
        -money(fill.qty * fill.px * fill.side.sign) - fill.fee,
        is_external=False,
    )


def is_forgotten(book: Book, oid: str) -> bool:
    """Return True for one of our own ids that the book has let go of.

    Its order has ended long ago.
    """
    parsed = parse_order_id(oid)
    return parsed is not None and parsed[0] == book.truth.instance and parsed[1] <= book.truth.counter


def _external(book: Book, fill: ev.Fill) -> Outcome:
    known = book.truth.executions
    key = _external_key(fill, fill.exec_id)
    if key in known:
        return Outcome.SAME
    known[key] = orders.execution_of(fill)
    keep_latest(known, KEPT_EXECUTIONS)
    return Outcome.OPEN


def _external_key(fill: ev.Fill, exec_id: str) -> str:
    return f"{fill.account}/{fill.instrument}/{orders.execution_key(fill, exec_id)}"


def _take_back(
    book: Book, fill: ev.Fill, order: Order | None
) -> tuple[orders.Execution | None, list[accounts.Account]]:
    """Undo the execution that a fill supersedes; return it, and the accounts left to be settled."""
    if order is not None:
        old = orders.apply_correction(order, fill)
    else:
        key = _external_key(fill, fill.supersedes)
        old = book.truth.executions.get(key)
        book.truth.executions[key] = orders.Execution(ZERO, fill.px, ZERO, fill.fee_currency)
    if old is None or old.qty == 0:
        return None, []
    book.truth.counts.fills -= 1
    position = _position_of(book, fill, order)
    # What was taken in units comes back before they go.
    _fee(book, position, -old.fee, old.fee_currency, fill.ts)
    changed = _trade(book, position, -old.qty, old.px, fill.ts)
    # The old price marks nothing: what is held is worth what it was.
    _mark_at(book, position.instrument, old.px if (px := book.mark_px(position.instrument)) is None else px, changed)
    return old, changed


def _position_of(book: Book, fill: ev.Fill, order: Order | None) -> Position:
    return position_in(
        book, fill.account, external_of(book, fill.account) if order is None else order.deployment, fill.instrument
    )


def _trade(
    book: Book, position: Position, qty: Decimal, px: Decimal, ts: int, told: ev.Fill | None = None
) -> list[accounts.Account]:
    """Book a trade at `px`, with the fee that was `told` with it.

    Its value is left to `_mark_at`. Return the account left to be settled.
    """
    instrument = book.spec.instruments[position.instrument]
    account = book.truth.accounts[position.account]
    held, before = position.qty, position.before
    total = positions.apply_trade(position, instrument, qty, px, ts)
    account.cash[instrument.currency] = account.cash.get(instrument.currency, ZERO) - total
    if told is not None:
        _fee(book, position, told.fee, told.fee_currency, ts)
    if held and (held > 0) != (qty > 0):
        _sweep(book, position, ts)
    _note_left(book, position, held, before)
    return [account]


def _sweep(book: Book, position: Position, ts: int) -> None:
    """Make what no order could sell the account's own, once no exit is under way that counts on it."""
    if not position.qty or book.spec.instruments[position.instrument].order_qty(abs(position.qty)):
        return
    orders = book.pair_orders(position.deployment, position.instrument)
    is_under_way = any(order.reduce_only and order.is_open for order in orders)
    if not is_under_way and position.deployment in book.spec.deployments:
        own = position_in(book, position.account, external_of(book, position.account), position.instrument)
        hand_over(book, position, own, ts)


def _note_left(book: Book, position: Position, held: Decimal, before: Decimal) -> None:
    """Count a holding of `held` units that has ended, and see to who holds now."""
    counts = book.truth.counts
    is_closed = bool(held) and (position.qty == 0 or (held > 0) != (position.qty > 0))
    if is_closed:
        counts.trades += 1
        counts.wins += position.realised > before
    _follow(book, position, held)


def _follow(book: Book, position: Position, held: Decimal) -> None:
    """Let index and account follow where a holding, `held` before, has begun or ended."""
    if bool(held) == bool(position.qty):
        return
    book.reindex(position.instrument)
    if not position.qty:
        values, currency = book.truth.accounts[position.account].values, book.lanes[position.instrument].currency
        values[currency] = values.get(currency, ZERO) - position.value
        position.value = ZERO


def _mark_at(book: Book, symbol: str, px: Decimal, changed: list[accounts.Account]) -> None:
    """Take `px` as the mark, revalue what is held.

    And add the accounts that this concerns to `changed`.
    """
    book.truth.marks[symbol].px = px
    changed[:] = merged(changed, remark(book, book.lanes[symbol], px))


def merged(some: list[accounts.Account], more: list[accounts.Account]) -> list[accounts.Account]:
    """Return the accounts of both lists, each once."""
    return [*some, *(account for account in more if account not in some)] if some else more


def _fee(book: Book, position: Position, fee: Decimal, currency: str, ts: int) -> None:
    if not fee:
        return
    account, instrument = book.truth.accounts[position.account], book.spec.instruments[position.instrument]
    if currency and currency == instrument.base:
        # Taken in units: fewer are held, and they bear the whole cost.
        held = position.qty
        positions.apply_grant(position, -fee, ZERO, ts)
        if held and not position.qty:
            positions.apply_payout(position, fee, ZERO)
        _follow(book, position, held)
        return
    account.cash[currency] = account.cash.get(currency, ZERO) - fee
    account.fees[currency] = account.fees.get(currency, ZERO) + fee
    if currency == instrument.currency:
        position.fees += fee
    else:
        position.other_fees = position.other_fees | {currency: position.other_fees.get(currency, ZERO) + fee}


def apply_order_update(book: Book, update: ev.OrderUpdate) -> None:
    """Move an order as the venue says."""
    order = book.truth.orders.get(update.oid)
    if order is None or orders.apply_update(order, update) is Outcome.ILLEGAL:
        book.truth.counts.illegal += 1
    else:
        shelve(book, order)


def note_end(book: Book, order: Order, code: int) -> None:
    """Count an order that a venue's word, with its `code`, has just ended.

    That it was accepted says nothing yet of a row of rejections: there are venues that accept first and then reject.
    """
    conduct = book.truth.conduct.setdefault(order.deployment, Conduct())
    if order.status is Status.REJECTED:
        count(book.truth.counts.rejected, code)
        conduct.rejects += 1
    else:
        conduct.rejects = 0
        conduct.cancels += order.status is Status.CANCELLED and not order.filled and not order.reduce_only
    if order.reduce_only:
        position = book.position(order.deployment, order.instrument)
        held, before = position.qty, position.before
        _sweep(book, position, book.truth.ts)
        _note_left(book, position, held, before)


def shelve(book: Book, order: Order) -> None:
    """Take an order that has ended out of the open ones, and let go of those that ended first.

    One that rested for long and ends now is the newest of them, whatever else ends at this moment: what its end asks
    for is yet to be decided. Of those at a venue outside the process it stays known whose they were and what they
    executed.
    """
    if order.is_open:
        return
    book.open_orders[order.instrument].pop(order.oid, None)
    if order.status is Status.REJECTED and is_target(order):
        position = book.position(order.deployment, order.instrument)
        position.is_watched |= order.oco == group(position.deployment, position.instrument, position.entries)
    kept = book.truth.orders
    if len(kept) > 2 * KEPT_ORDERS:
        ended = sorted(
            (oid for oid, old in kept.items() if not old.is_open),
            key=lambda oid: (kept[oid].changed_ts, kept[oid] is order),
        )
        for oid in ended[: len(ended) - KEPT_ORDERS]:
            old = kept.pop(oid)
            if old.account in book.truth.contacts:
                _let_go(book, old)


def _let_go(book: Book, order: Order) -> None:
    ended = book.truth.ended
    ended[order.oid] = Ended(
        order.deployment, order.instrument, order.side, order.index, order.reduce_only, order.changed_ts,
        order.executions, order.oid, (*order.before, order.venue_order),
    )  # fmt: skip
    if len(ended) > KEPT_ENDED:
        book.truth.ended_until = max(book.truth.ended_until, ended.pop(next(iter(ended))).ts)


def touch(book: Book, account: str, what: str, ts: int) -> None:
    """Note that something an outside venue will tell of has changed here.

    What it told before proves nothing.
    """
    contact = book.truth.contacts.get(account)
    if contact is not None:
        contact.touched[what] = ts


def apply_cash_flow(book: Book, event: ev.CashFlow) -> None:
    """Book money that is not trading, once."""
    if book.first_time(f"flow/{event.id}"):
        is_external = event.kind in ("deposit", "withdrawal")
        account = book.truth.accounts[event.account]
        touch(book, event.account, CASH, book.truth.ts)
        accounts.apply_flow(account, event.currency, event.amount, is_external=is_external)


def apply_adjust(book: Book, effect: fx.Adjust, ts: int) -> None:
    """Change the book to agree with the world, once and with its cause on record."""
    if not book.first_time(f"adjustment/{effect.id}"):
        return
    account = book.truth.accounts[effect.account]
    touch(book, effect.account, effect.instrument or CASH, ts)
    # What appears or vanishes without a trade is money in kind, so that the currency's identity goes on holding.
    sums = account.flows if effect.is_flow else account.income
    if effect.instrument in book.spec.instruments:
        currency = book.spec.instruments[effect.instrument].currency
        sums[currency] = sums.get(currency, ZERO) + effect.cost
        _adjust_position(book, account, effect, ts)
    if effect.cash:
        sums[effect.currency] = sums.get(effect.currency, ZERO) + effect.cash
        account.cash[effect.currency] = account.cash.get(effect.currency, ZERO) + effect.cash
    if effect.is_flow:
        accounts.settle_flow(account)
    else:
        settle_all([account])


def _adjust_position(book: Book, account: accounts.Account, event: fx.Adjust, ts: int) -> None:
    deployment = event.deployment or external_of(book, event.account)
    position = position_in(book, event.account, deployment, event.instrument)
    instrument = book.spec.instruments[event.instrument]
    currency, px = instrument.currency, book.mark_px(event.instrument)
    held = position.qty
    position.qty += event.qty
    position.cost += event.cost
    if not position.qty:
        # Nothing is left that the rest of the cost could belong to: it has become profit or loss.
        position.realised, position.cost = position.realised - position.cost, ZERO
        positions.close(position)
    elif not held:
        position.opened_ts, position.before = ts, position.realised
        position.high = position.low = as_float(px) if px is not None else 0.0
    account.values[currency] = account.values.get(currency, ZERO) + (
        positions.mark(position, instrument, px) if px is not None else ZERO
    )
    book.reindex(event.instrument)
