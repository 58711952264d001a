"""What market data, sessions, rates and corporate actions change in the truth."""

from decimal import Decimal

from openbell.core import account as accounts
from openbell.core import events as ev
from openbell.core import position as positions
from openbell.core import session as sessions
from openbell.core.book import AGREEMENT, KEPT_CLOSES, Book, Lane, agree, count, external_of
from openbell.core.codes import Code
from openbell.core.conduct import begin_day
from openbell.core.types import ZERO, OrderType, Rounding, as_float, div, money, rescale


def apply_bar(book: Book, bar: ev.Bar) -> None:
    """Take a bar's close as the mark, widen extremes and revalue what is held."""
    truth = book.truth
    counts = truth.counts
    counts.bars += 1
    counts.source += 1
    lane = book.lanes[bar.instrument]
    mark = lane.mark
    if not truth.first_ts:
        truth.first_ts = bar.open_ts
    mark.close, mark.ts = bar.close, bar.ts
    mark.last_ts[bar.nominal or bar.interval] = bar.ts
    book.stakes.move(bar.instrument)
    if mark.suspects:
        mark.suspects = 0
    if not lane.holders:
        mark.px = None
    else:
        mark.px = lane.close_px(bar.close)
        for position in lane.holders:
            # The bar of the entry counts from the entry on, so only its close is surely ours.
            if position.opened_ts < bar.ts:
                positions.watch(position, bar.high, bar.low)
            else:
                positions.watch(position, bar.close, bar.close)
        settle_all(remark(book, lane, mark.px))


def apply_history(book: Book, event: ev.History) -> None:
    """Note how far the past was seen: what came before a start is no gap behind it."""
    for bar in event.bars:
        seen = book.truth.marks[bar.instrument].last_ts
        seen[bar.nominal or bar.interval] = max(seen.get(bar.nominal or bar.interval, 0), bar.ts)


def remark(book: Book, lane: Lane, px: Decimal) -> list[accounts.Account]:
    """Revalue every position in an instrument at `px` (quote currency).

    Returns:
        Accounts left to be settled.
    """
    changed: list[accounts.Account] = []
    for position in lane.holders:
        if lane.is_plain:
            value = position.qty * px
            change = value - position.value
            position.value = value
        else:
            change = positions.mark(position, lane.instrument, px)
        if change:
            account, currency = book.truth.accounts[position.account], lane.currency
            values = account.values
            values[currency] = values.get(currency, ZERO) + change
            if account not in changed:
                changed.append(account)
    return changed


def settle_all(changed: list[accounts.Account]) -> None:
    """Bring the equity of accounts up to date, once each.

    Thus no half-done sum can become a peak.
    """
    for account in changed:
        account.trading_result += accounts.settle(account)


def apply_quote(book: Book, quote: ev.Quote) -> None:
    """Remember a quote; it marks nothing that is held."""
    book.truth.counts.source += 1
    mark = book.truth.marks.get(quote.instrument)
    if mark is not None:
        mark.bid, mark.ask, mark.quote_ts, mark.strangers = quote.bid, quote.ask, quote.ts, 0
        mark.bid_size, mark.ask_size = quote.bid_size, quote.ask_size


def apply_halt(book: Book, halt: ev.Halt) -> None:
    """Note that an instrument does not trade, or trades again."""
    if halt.is_halted:
        book.truth.halted[halt.instrument] = halt.text
    elif book.truth.halted.pop(halt.instrument, None) is not None:
        book.truth.marks[halt.instrument].resumed_ts = halt.ts


def apply_relisted(book: Book, event: ev.Relisted) -> None:
    """Note what entries an instrument's vendor takes from now on; exits never ask."""
    book.truth.relisted[event.instrument] = event


def apply_bad_data(book: Book, event: ev.BadData) -> None:
    """Count a refused record; a jumped close is remembered until others agree with it or not."""
    counts = book.truth.counts
    counts.source += 1
    count(counts.quarantined, event.code)
    mark = book.truth.marks.get(event.instrument)
    if mark is None or event.code != Code.BAD_JUMP:
        return
    value = float.fromhex(event.value)
    if not event.interval:
        mark.strangers = mark.strangers + 1 if mark.strangers and agree(value, mark.strange) else 1
        mark.strange = value
        return
    agrees = mark.suspects and abs(value - mark.suspect) * AGREEMENT <= mark.suspect
    mark.suspects = mark.suspects + 1 if agrees else 1
    mark.suspect = value


def apply_schedule(book: Book, event: ev.Schedule) -> None:
    """Begin or end a session; the days of the accounts that keep its calendar begin with it."""
    truth = book.truth
    truth.counts.source += 1
    session = truth.sessions.get(event.calendar)
    if session is None or not sessions.apply_schedule(session, event):
        return
    for account in book.accounts_by_calendar.get(event.calendar, ()):
        accounts.begin_session(account, event.date)
        for name, spec in book.spec.deployments.items():
            if spec.account == account.name and name in truth.conduct:
                begin_day(truth.conduct[name], book.stakes.result(name))
    for symbol, instrument in book.spec.instruments.items():
        if instrument.calendar == event.calendar:
            _end_day(book, symbol)


def _end_day(book: Book, symbol: str) -> None:
    """Keep the close of the session before, and count a day of every holding."""
    mark = book.truth.marks[symbol]
    if mark.ts and mark.close > 0.0:
        mark.closes = [*mark.closes[-(KEPT_CLOSES - 1) :], mark.close]
    for position in book.holders[symbol]:
        position.days += 1


def apply_fx_mark(book: Book, event: ev.FxMark) -> None:
    """Take over an exchange rate in every account with that base currency."""
    book.truth.counts.source += 1
    for account in book.truth.accounts.values():
        if account.currency == event.base and event.currency != event.base:
            accounts.apply_rate(account, event.currency, event.rate)


def apply_corporate_action(book: Book, event: ev.CorporateAction) -> None:
    """Book a split, a dividend or a spin-off on what is held, once."""
    book.truth.counts.source += 1
    if event.instrument not in book.spec.instruments or not book.first_time(f"action/{event.id}"):
        return
    for contact in book.truth.contacts.values():
        contact.touched.update(dict.fromkeys((event.instrument, event.into or event.instrument), book.truth.ts))
    if event.kind == "dividend":
        _dividend(book, event)
    elif event.kind == "spinoff":
        _spin_off(book, event)
    elif event.kind == "rename":
        _rename(book, event)
    elif event.kind != "delisting":
        _split(book, event)


def _dividend(book: Book, event: ev.CorporateAction) -> None:
    currency = book.spec.instruments[event.instrument].currency
    # One sum for each account, so that no half-done one can become a peak.
    sums: dict[str, Decimal] = {}
    for position in book.holders[event.instrument]:
        amount = money(event.amount * position.qty)
        position.income += amount
        sums[position.account] = sums.get(position.account, ZERO) + amount
    for name, amount in sums.items():
        accounts.apply_flow(book.truth.accounts[name], currency, amount, is_external=False)


def _spin_off(book: Book, event: ev.CorporateAction) -> None:
    """Move a share of the cost and the worth of what is held to the new units that it brings.

    They are the strategy's where it trades them, else the account's own. Nobody gains or loses by it.
    """
    known, px = book.spec.instruments, book.mark_px(event.instrument)
    if event.into not in known or px is None:
        return
    old, new, left = book.lanes[event.instrument], book.lanes[event.into], (1 - event.amount).as_integer_ratio()
    worth = div(px * event.amount * event.denominator, Decimal(event.numerator), new.quantum)
    for position in list(old.holders):
        whole = div(abs(position.qty) * event.numerator, Decimal(event.denominator), new.instrument.lot, Rounding.FLOOR)
        cost = money(position.cost * event.amount)
        granted = whole if position.qty > 0 else -whole
        positions.apply_grant(_heir(book, position, event.into), granted, cost, event.ts)
        position.cost -= cost
        position.high, position.low = rescale(position.high, *left), rescale(position.low, *left)
        position.bracket = (rescale(position.bracket[0], *left), rescale(position.bracket[1], *left))
    old.mark.close = rescale(old.mark.close, *left)
    old.mark.px = old.instrument.price(rescale(as_float(px), *left), Rounding.HALF_EVEN)
    new.mark.px = book.mark_px(event.into) or worth
    book.reindex(event.into)
    settle_all([*remark(book, old, old.mark.px), *remark(book, new, new.mark.px)])


def _heir(book: Book, position: positions.Position, symbol: str) -> positions.Position:
    """Return where units go that come of a holding: its strategy's if it trades them, else the account's own."""
    is_own = symbol in book.truth.positions[position.deployment]
    return position_in(
        book, position.account, position.deployment if is_own else external_of(book, position.account), symbol
    )


def position_in(book: Book, account: str, deployment: str, symbol: str) -> positions.Position:
    """Return a position of the truth; one that was never held is made, flat."""
    fresh = positions.Position(account=account, deployment=deployment, instrument=symbol)
    return book.truth.positions.setdefault(deployment, {}).setdefault(symbol, fresh)


def hand_over(book: Book, position: positions.Position, heir: positions.Position, ts: int) -> None:
    """Carry a holding over to another one, at its cost: nobody gains or loses by it.

    The heir's worth is left to the next mark.
    """
    values, currency = book.truth.accounts[position.account].values, book.lanes[position.instrument].currency
    positions.apply_grant(heir, position.qty, position.cost, ts)
    values[currency] = values.get(currency, ZERO) - position.value
    position.qty = position.cost = position.value = ZERO
    positions.close(position)


def _rename(book: Book, event: ev.CorporateAction) -> None:
    """Carry what is held over to the symbol that it bears from now on; nobody gains or loses by it."""
    if event.into not in book.spec.instruments:
        return
    old, new, px = book.lanes[event.instrument], book.lanes[event.into], book.mark_px(event.instrument)
    for position in list(old.holders):
        child, was_flat = _heir(book, position, event.into), not _heir(book, position, event.into).qty
        kept = position.opened_ts, position.days, position.bracket, position.high, position.low, position.decided
        hand_over(book, position, child, event.ts)
        if was_flat:
            child.opened_ts, child.days, child.bracket, child.high, child.low, child.decided = kept
    new.mark.px = book.mark_px(event.into) or px
    book.reindex(event.instrument)
    book.reindex(event.into)
    if new.mark.px is not None:
        settle_all(remark(book, new, new.mark.px))


def _split(book: Book, event: ev.CorporateAction) -> None:
    instrument, mark = book.spec.instruments[event.instrument], book.truth.marks[event.instrument]
    currency = instrument.currency
    mark.close, *mark.closes = (rescale(px, event.denominator, event.numerator) for px in (mark.close, *mark.closes))
    # Before the first bar an execution has marked it.
    told = mark.px and div(mark.px * event.denominator, Decimal(event.numerator), instrument.quantum)
    mark.px = instrument.price(mark.close, Rounding.HALF_EVEN) if mark.ts else told
    # What was executed before it was executed at another price.
    mark.ts = mark.ts and max(mark.ts, book.truth.ts)
    for order in (o for o in book.open_orders[event.instrument].values() if o.type is OrderType.TRAILING):
        # Where it has moved to by itself stands here alone: all other prices are worked out anew from the average.
        order.stop = order.stop and div(order.stop * event.denominator, Decimal(event.numerator), instrument.quantum)
    changed: list[accounts.Account] = []
    for position in list(book.holders[event.instrument]):
        account = book.truth.accounts[position.account]
        lost = positions.apply_split(position, instrument, event.numerator, event.denominator)
        if mark.px is None:
            continue
        if lost:
            # Cash in lieu of the fraction that is no whole lot.
            paid = instrument.value(lost, mark.px)
            positions.apply_payout(position, lost, paid)
            account.cash[currency] = account.cash.get(currency, ZERO) + paid
        account.values[currency] = account.values.get(currency, ZERO) + positions.mark(position, instrument, mark.px)
        changed.append(account)
    book.reindex(event.instrument)
    settle_all(changed)
