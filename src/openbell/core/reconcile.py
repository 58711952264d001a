"""The book against the venue: orders, positions, cash.

What differs is asked after once more. What stays is never repaired in silence: on the first start it is adopted, cash
is adjusted, and any other difference is a MISMATCH, which a person explains with `adopt`.
"""

from decimal import Decimal

from openbell.core import adopt
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.contact import Contact, stray_key
from openbell.core.exposure import book_qty
from openbell.core.line import is_going, ours
from openbell.core.order import Order
from openbell.core.spec import OutsideSpec
from openbell.core.traders import Traders
from openbell.core.types import ZERO, OrderType, Status, parse_order_id

SILENT = 2
"""Comparisons that may go unanswered before the line counts as dead."""
CENT = Decimal("0.01")
"""Difference of cash that is nobody's news."""
MOST_CANCELS = 3
"""Cancels for an order that has ended here and lives there before a person is told that it will not go."""
MOST_DOUBLINGS = 6
"""The pause before the next of them doubles so often, up to that between two comparisons."""


def ask(traders: Traders, account: str) -> None:
    """Ask for the whole state of an account, and set the timer of the next time."""
    desk, spec = traders.desk, traders.desk.book.spec.accounts[account].outside
    if spec is not None:
        desk.emit(fx.Query(account=account))
        _set(traders, account, spec.reconcile_every)


def _set(traders: Traders, account: str, wait: int) -> None:
    traders.desk.emit(fx.SetTimer(deployment="", name=f"reconcile/{account}", at=traders.desk.ts + wait))


def on_timer(traders: Traders, account: str) -> None:
    """Ask for the account's state anew.

    A venue that has not answered for too long is not relied on, whatever its line looks like.
    """
    desk = traders.desk
    contact, spec = desk.book.truth.contacts.get(account), desk.book.spec.accounts[account].outside
    if contact is None or spec is None or not contact.is_up:
        return
    is_mute = contact.asked and desk.ts - contact.asked >= SILENT * spec.reconcile_every
    if is_mute and contact.is_ready:
        why = f"{account} has not told its state although it was asked {SILENT} times; entries are refused"
        desk.emit(fx.Compared(account=account, is_ready=False, suspects=contact.suspects, why=why))
        desk.emit(fx.Alert(level="critical", key=f"mute/{account}", text=why))
    ask(traders, account)


def _is_alike(order: Order, there: ev.VenueOrder) -> bool:
    """Return True if a listed order tells nothing new: no more executed, and of the size and at the prices we know."""
    if there.filled > order.filled or order.status is Status.SENT:
        return False
    if order.status not in (Status.WORKING, Status.PARTIAL):
        return True
    # A trailing stop moves by itself.
    is_priced = there.limit in (None, order.limit) and there.stop in (None, order.stop)
    return there.qty == order.qty and (is_priced or order.type is OrderType.TRAILING)


def on_state(traders: Traders, state: ev.BrokerState) -> None:
    """Compare an account with what its venue says of it."""
    desk = traders.desk
    contact = desk.book.truth.contacts.get(state.account)
    spec = desk.book.spec.accounts[state.account].outside if contact is not None else None
    if contact is None or spec is None or not contact.is_up:
        return
    if state.failed:
        desk.emit(
            fx.Alert(
                level="warning",
                key=f"state/{state.account}",
                text=f"{state.account} did not tell its whole state: {state.failed}",
            )
        )
    elif state.as_of == contact.as_of:
        _Comparison(traders, state, contact, spec).make()


class _Comparison:
    """One state of one account against the book."""

    def __init__(self, traders: Traders, state: ev.BrokerState, contact: Contact, spec: OutsideSpec) -> None:
        self.traders, self.desk, self.book = traders, traders.desk, traders.desk.book
        self.state, self.contact, self.spec = state, contact, spec
        self.account = state.account
        self.settled = state.as_of - spec.visibility
        self.suspects: dict[str, int] = {}
        self.is_open = False
        self.wait = spec.reconcile_every

    def make(self) -> None:
        """Compare everything and say what was found."""
        self._orders()
        self._strays()
        for symbol in self.book.spec.instruments:
            self._position(symbol)
        for symbol in self.state.positions:
            if symbol not in self.book.spec.instruments and self.state.positions[symbol]:
                self._tell_once(f"other/{symbol}", f"{self.account} holds {symbol}, which this run does not know")
        self._cash()
        is_ready = self.state.as_of >= self.contact.since and (self.contact.is_ready or not self.is_open)
        if is_ready and not self.contact.is_ready:
            text = f"{self.account} agrees with its venue, or says where it does not: ready"
            self.desk.emit(fx.Alert(level="info", key=f"ready/{self.account}", text=text))
        self.desk.emit(
            fx.Compared(account=self.account, is_ready=is_ready, as_of=self.state.as_of, suspects=self.suspects)
        )
        wait = self.spec.query_gap if self.is_open or not is_ready else self.wait
        if wait < self.spec.reconcile_every:
            _set(self.traders, self.account, wait)

    # --- orders --------------------------------------------------------------------------------------------------

    def _orders(self) -> None:
        """Ask after every order of ours that the venue does not list, or lists as another one than we know."""
        listed = {o.oid: one for one in self.state.orders if (o := ours(self.book, self.account, one)) is not None}
        for orders in self.book.open_orders.values():
            for order in list(orders.values()):
                pending = self.book.truth.pending.get(order.oid)
                if order.account != self.account or pending is None or pending.sent > self.settled:
                    continue
                there = listed.get(order.oid)
                is_alike = there is not None and _is_alike(order, there)
                if not is_alike and f"/query/{order.oid}" not in self.book.truth.timers:
                    self._ask(order.oid)
                elif is_alike and self._is_orphan(order):
                    self.desk.emit(fx.Cancel(oid=order.oid, account=self.account, reason=Code.WOULD_INCREASE))

    def _is_orphan(self, order: Order) -> bool:
        """Return True for an exit that could sell more than is held: a bust ends no group at the venue."""
        is_still = max(order.changed_ts, self.contact.touched.get(order.instrument, 0)) <= self.settled
        is_exit = order.reduce_only and order.status in (Status.WORKING, Status.PARTIAL)
        is_left = is_exit and is_still and not is_going(self.book, order)
        return (
            is_left and self.book.position(order.deployment, order.instrument).qty * order.side.sign + order.leaves > 0
        )

    def _ask(self, oid: str) -> None:
        self.desk.emit(fx.Query(account=self.account, oid=oid))
        self.desk.emit(fx.SetTimer(deployment="", name=f"query/{oid}", at=self.desk.ts + self.spec.query_gap))

    def _strays(self) -> None:
        """Say what lives at the venue and not here; what was ours is cancelled."""
        truth = self.book.truth
        for listed in self.state.orders:
            key = stray_key(listed)
            if key not in self.contact.strays:
                continue
            parsed = parse_order_id(listed.oid)
            if parsed is None or parsed[0] != truth.instance:
                text = f"{self.account}: {listed.side} {listed.qty:f} {listed.instrument} {key} is not ours; it counts"
                self._tell_once(f"foreign/{key}", text)
            elif parsed[1] > truth.counter:
                self._lose_journal(listed.oid)
            else:
                self._cancel(listed)

    def _lose_journal(self, oid: str) -> None:
        if "lost_journal/all" in self.book.truth.latches:
            return
        why = f"{oid} carries our tag and a number never given: a part of the journal is lost"
        self.desk.emit(fx.Latch(kind="lost_journal", scope="all", is_on=True, reason=why))
        self.desk.emit(fx.Alert(level="critical", key="lost_journal", text=why))

    def _cancel(self, listed: ev.VenueOrder) -> None:
        order = self.book.truth.orders.get(listed.oid)
        if order is not None and order.changed_ts > self.settled:
            return
        key = f"ended/{listed.oid}"
        tries = self.contact.suspects.get(key, 0)
        self.suspects[key] = tries + 1
        # A venue may refuse for a while: until it is gone there, it can execute.
        self.wait = min(self.wait, self.spec.query_gap << min(tries, MOST_DOUBLINGS))
        text = f"{listed.oid} has ended here and lives at the venue; it is cancelled (try {tries + 1})"
        self.desk.emit(fx.Alert(level="error" if tries < MOST_CANCELS else "critical", key=key, text=text))
        self.desk.emit(fx.Cancel(oid=listed.oid, account=self.account, reason=Code.ABSENT))

    def _tell_once(self, key: str, text: str) -> None:
        self.suspects[key] = self.contact.suspects.get(key, 0) + 1
        if self.suspects[key] == 1:
            self.desk.emit(fx.Alert(level="warning", key=key, text=text))

    # --- positions -----------------------------------------------------------------------------------------------

    def _position(self, symbol: str) -> None:
        here, there = book_qty(self.book, self.account, symbol), self.state.positions.get(symbol, ZERO)
        is_off = f"{self.account}/{symbol}" in self.book.truth.mismatched
        if here == there:
            if is_off:
                self.desk.emit(fx.Mismatch(account=self.account, instrument=symbol, is_on=False))
                self.desk.emit(
                    fx.Alert(
                        level="info",
                        key=f"match/{self.account}/{symbol}",
                        text=f"{self.account} {symbol}: {here:f} here and there again",
                    )
                )
                # What was sold meanwhile was measured against the venue's old figure.
                adopt.freeze_outsold(self.traders, self.account, symbol, "traded by hand")
            return
        # What waits for a price disagrees until then; where a person has adopted it meanwhile, it is nobody's first.
        if not self.contact.is_known or (is_off and f"first/{symbol}" in self.contact.suspects):
            self._adopt(symbol, here, there)
            return
        if is_off:
            return
        if self.contact.touched.get(symbol, 0) > self.settled:
            self.is_open = True
            return
        why = f"{self.account} {symbol}: the venue holds {there:f}, the book {here:f}"
        if self._is_new(f"position/{symbol}"):
            text = f"{why}; asked again"
            self.desk.emit(fx.Alert(level="warning", key=f"differs/{self.account}/{symbol}", text=text))
            for order in list(self.book.open_orders[symbol].values()):
                if order.account == self.account and order.oid in self.book.truth.pending:
                    self._ask(order.oid)
            return
        self.desk.emit(fx.Mismatch(account=self.account, instrument=symbol, is_on=True, why=why))
        text = f"MISMATCH, no new risk there: {why}; `openbell adopt` takes the venue's figure"
        self.desk.emit(fx.Alert(level="critical", key=f"mismatch/{self.account}/{symbol}", text=text))
        adopt.freeze_outsold(self.traders, self.account, symbol, why)

    def _is_new(self, key: str) -> bool:
        """Return True while a difference has not been seen twice, far enough apart; it will be asked after again."""
        first = self.contact.suspects.get(key, 0)
        self.suspects[key] = first or self.state.as_of
        is_new = not first or self.state.as_of - first < self.spec.query_gap
        self.is_open = self.is_open or is_new
        return is_new

    def _adopt(self, symbol: str, here: Decimal, there: Decimal) -> None:
        """Take over what a new account already holds; without a price it waits, and nothing is entered there."""
        if self.book.mark_px(symbol) is None:
            self.suspects[f"first/{symbol}"] = self.state.as_of
            if f"{self.account}/{symbol}" not in self.book.truth.mismatched:
                why = f"{self.account} already holds {there:f} {symbol}, which has no price yet"
                self.desk.emit(fx.Mismatch(account=self.account, instrument=symbol, is_on=True, why=why))
                self.desk.emit(fx.Alert(level="warning", key=f"first/{self.account}/{symbol}", text=why))
            return
        if f"{self.account}/{symbol}" in self.book.truth.mismatched:
            self.desk.emit(fx.Mismatch(account=self.account, instrument=symbol, is_on=False))
        adopt.take_over(
            self.traders, self.account, symbol, there - here, f"held before the first start of {self.account}"
        )

    # --- cash ----------------------------------------------------------------------------------------------------

    def _cash(self) -> None:
        """Adjust cash; more than we can explain is no profit, less is a loss until a `CashFlow` says otherwise.

        What the first comparison finds is neither, however late it can be made.
        """
        is_first = not self.contact.is_known or "opening/cash" in self.contact.suspects
        # While a position moves or is not agreed on, the money it cost is not either.
        if (
            self.is_open
            or any(key.startswith(f"{self.account}/") for key in self.book.truth.mismatched)
            or (self.contact.is_known and max(self.contact.touched.values(), default=0) > self.settled)
        ):
            kept = {key: at for key, at in self.contact.suspects.items() if key.startswith("cash/")}
            self.suspects |= {"opening/cash": self.state.as_of} if is_first else kept
            # What was found once is looked at again soon, though the account moved meanwhile.
            self.is_open = self.is_open or bool(kept)
            return
        account = self.book.truth.accounts[self.account]
        for currency in dict.fromkeys((*account.cash, *self.state.cash)):
            here, there = account.cash.get(currency, ZERO), self.state.cash.get(currency, ZERO)
            is_same = abs(there - here) <= (ZERO if is_first else CENT)
            if is_same or (not is_first and self._is_new(f"cash/{currency}")):
                continue
            self.suspects.pop(f"cash/{currency}", None)
            adopt.adjust(
                self.traders,
                fx.Adjust(
                    account=self.account,
                    cause="opening balance at the venue" if is_first else "cash differs from the venue's",
                    id=f"{self.account}/{currency}/{self.state.as_of}",
                    cash=there - here,
                    currency=currency,
                    before=f"{here:f} {currency}",
                    after=f"{there:f} {currency}",
                    is_flow=there > here or is_first,
                ),
            )
