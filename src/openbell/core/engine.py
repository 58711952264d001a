"""The engine: one event in, all its effects out. The same code in every mode.

`step` applies the event to the truth, lets strategies and operators decide, passes every order through the gate,
and applies each effect as it is made, so that a later decision in the same event sees the earlier one.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from openbell.core import control, evaluate, exposed, freshness, limits, outside, owner, recollect, reconcile
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import apply_effect, apply_event
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.desk import Desk, take_back
from openbell.core.execution import group
from openbell.core.monitor import Monitor
from openbell.core.order import Happening, Order
from openbell.core.risk import Rule
from openbell.core.room import is_protective, is_scarce, is_target
from openbell.core.spec import DeploymentSpec
from openbell.core.strategy import Strategy
from openbell.core.traders import Traders
from openbell.core.types import TERMINAL, Status
from openbell.core.view import Indicator, Memory, Pair


class Engine:
    """Truth, memory and the code that moves them."""

    def __init__(
        self,
        book: Book,
        strategies: dict[str, Strategy],
        rules: tuple[Rule, ...] = (),
        atr: Callable[[DeploymentSpec], Indicator] | None = None,
    ) -> None:
        """Bind strategies (by deployment) and rules to a book.

        Args:
            book: New, or with truth from a snapshot.
            strategies: One per deployment of the book's run.
            rules: In the order in which they are asked.
            atr: Makes a deployment's average-true-range indicator; needed only by exits stated in it.
        """
        self.book = book
        self.desk = Desk(book, rules)
        limits.bind(self.desk)
        self.traders = Traders(self.desk, strategies, atr)
        self._is_watching = bool(book.spec.subscriptions)
        self.monitor = Monitor(self.desk)
        self._contacts, self._kills = book.truth.contacts, book.truth.kills
        on_control = partial(control.on_control, self.traders)
        self._deciders: dict[type, Callable[[Any], None]] = {
            ev.Quote: partial(evaluate.on_event, self.traders), ev.Answer: partial(evaluate.on_event, self.traders),
            ev.Timer: self._on_timer, ev.Link: partial(outside.on_link, self.traders),
            ev.BrokerState: partial(reconcile.on_state, self.traders), ev.Fill: self._on_fill,
            ev.OrderUpdate: self._on_update, ev.Command: on_control, ev.Schedule: on_control,
            ev.CorporateAction: self._on_action, ev.DiskState: on_control, ev.DeploymentChange: on_control,
            ev.ConfigChange: on_control, ev.Halt: self._on_halt, ev.History: partial(evaluate.on_history, self.traders),
            ev.Relisted: self._on_relisted,
        }  # fmt: skip

    def step(self, event: ev.Event) -> list[fx.Effect]:
        """Take one event and return all its effects, already applied."""
        desk, book = self.desk, self.book
        desk.out = []
        missing = freshness.missing(book, event) if self._is_watching and type(event) is ev.Bar else 0
        apply_event(book, event)
        desk.ts = book.truth.ts
        if self._is_watching:
            freshness.on_event(desk, event, missing)
        if type(event) is ev.Bar:
            evaluate.on_bar(self.traders, event)
        else:
            decider = self._deciders.get(type(event))
            if decider is not None:
                decider(event)
        if self.monitor.is_on or self._kills:
            self.monitor.follow(event)
        if self._contacts:
            outside.follow(self.traders, event)
        return desk.out

    def recall(self, event: ev.Event, effects: list[fx.Effect]) -> list[str]:
        """Redo a recorded step.

        Truth comes from the record, memory from running the strategies, whose word is dropped.

        Returns:
            Deployments whose strategy now says something else than the record.
        """
        apply_event(self.book, event)
        self.desk.begin(self.book.truth.ts)
        differing = recollect.recall(self.traders, event, effects)
        for effect in effects:
            apply_effect(self.book, effect, self.book.truth.ts)
        if isinstance(event, ev.ConfigChange):
            limits.bind(self.desk)
        self.monitor.seen = {name: account.equity for name, account in self.book.truth.accounts.items()}
        return differing

    def memory(self) -> Memory:
        """Return all strategy state, for a snapshot."""
        return recollect.memory_of(self.traders)

    def remember(self, memory: Memory) -> list[str]:
        """Take over stored memory.

        Returns:
            Deployments whose memory has another shape and was not taken.
        """
        return recollect.restore(self.traders, memory)

    def _on_timer(self, timer: ev.Timer) -> None:
        if timer.deployment or timer.name == ev.INSTANT:
            evaluate.on_event(self.traders, timer)
        else:
            outside.on_timer(self.traders, timer)

    # --- venue --------------------------------------------------------------------------------------------------

    def _on_fill(self, fill: ev.Fill) -> None:
        if fill.account not in self._contacts:
            self._on_booked(fill, self.book.truth.orders.get(fill.oid))
            evaluate.on_event(self.traders, fill)
            return
        if not owner.is_held(self._contacts[fill.account], fill) and owner.let_go(self.book, fill) is None:
            self._on_booked(fill, owner.owner(self.book, fill))
        self._on_released(fill)
        outside.on_fill(self.traders, fill)

    def _on_released(self, event: ev.Fill | ev.OrderUpdate) -> None:
        """See to executions that had waited to be told apart, and tell strategies of all that the event has booked."""
        for fill, order in self.book.booked:
            if fill is not event:
                self._on_booked(fill, order)
                outside.on_fill(self.traders, fill)
        evaluate.on_event(self.traders, event)
        self.book.booked = []

    def _on_booked(self, fill: ev.Fill, order: Order | None) -> None:
        if order is None or fill.instrument not in self.book.spec.instruments:
            text = f"{fill.account} {fill.instrument}: {fill.side} {fill.qty:f} at {fill.px:f} is not ours"
            if self.book.is_news:
                self.desk.emit(fx.Alert(level="warning", key=f"external/{fill.instrument}", text=text))
            return
        is_late = order.status in TERMINAL and order.status is not Status.FILLED
        if self.book.is_news and (fill.supersedes or order.overfill or is_late):
            word = "correction" if fill.supersedes else "overfill" if order.overfill else "late fill"
            text = f"{word} of {order.oid}: {fill.side} {fill.qty:f} {fill.instrument} at {fill.px:f}"
            self.desk.emit(fx.Alert(level="error", key=f"{word}/{order.oid}", text=text))
        pair = self.traders.pair(order.deployment, order.instrument)
        if pair is not None:
            self.desk.guard(pair, order)
            self.desk.leave_unwanted(pair)
            if order.reduce_only and not order.is_open and is_scarce(self.book, pair.position):
                self.desk.fulfil(pair)
        if order.reduce_only and not order.is_open and order.account in self._contacts:
            outside.leave_rests(self.traders, order)

    def _on_update(self, update: ev.OrderUpdate) -> None:
        order = owner.named(self.book, update)
        self._on_released(update)
        if order is None:
            text = f"{update.account}: the venue speaks of an order we do not know, {update.oid or update.venue_order}"
            self.desk.emit(fx.Alert(level="warning", key=f"unknown_order/{update.oid}", text=text))
            return
        pair = self.traders.pair(order.deployment, order.instrument)
        if pair is not None and not order.reduce_only:
            if not order.is_open:
                if not self.book.account_spec(pair.name).caps.in_place:
                    self.desk.guard(pair)  # What of its protection waited for this end.
                self.desk.fulfil(pair)
        elif pair is not None and (pair.position.qty or update.happening == Happening.REDUCED):
            self._on_exit_update(pair, order, update)
        if order.account in self._contacts:
            outside.on_update(self.traders, order, update)
            # Of an order that is given up, what waited for its name has been another's.
            self._on_released(update)

    def _on_exit_update(self, pair: Pair, order: Order, update: ev.OrderUpdate) -> None:
        if self.book.is_end and order.status is Status.REJECTED:
            exposed.on_refused(self.traders, pair, order, update)
        elif outside.is_stuck(self.traders, order, update) or (
            update.happening == Happening.REDUCED and order.is_open and order.side.sign * pair.position.qty > 0
        ):
            # Asked again it would be refused again, without an end: once it is gone another one takes its place. And of
            # a holding that has turned, a change that crossed an exit leaves more than its group takes back.
            self.desk.emit(
                fx.Cancel(
                    oid=order.oid,
                    account=order.account,
                    reason=Code.OCO if update.code == Code.OCO else Code.TOO_LATE,
                )
            )
        elif update.happening in (Happening.REPLACED, Happening.REPLACE_REFUSED) or not pair.position.qty:
            # A change that crossed an exit leaves more than its group takes back of a holding that is gone.
            self.desk.guard(pair)
        elif order.status in (Status.CANCELLED, Status.EXPIRED):
            # The venue takes back the group of a holding that is gone; one opened meanwhile had no room beside it.
            is_stale = order.oco != group(pair.name, pair.symbol, pair.position.entries)
            if is_protective(order) and (update.code != Code.OCO or is_stale):
                self.desk.guard(pair)
            if update.code != Code.OCO or not is_protective(order):
                outside.leave_waiting(self.traders, pair, order)
        if order.status is Status.REJECTED and (
            order.reason == Code.EMERGENCY_STOP or (is_protective(order) and not is_target(order))
        ):
            # Asked again it would be refused again, whatever is told of it; what is exposed is seen to each minute.
            return
        if not order.is_open and is_scarce(self.book, pair.position):
            # What waited for it goes now, or what it was to close is protected again.
            self.desk.guard(pair)

    def _on_halt(self, halt: ev.Halt) -> None:
        text = f"{halt.instrument} {'is halted' if halt.is_halted else 'trades again'} {halt.text}".strip()
        self.desk.emit(fx.Alert(level="warning", key=f"halt/{halt.instrument}", text=text))

    def _on_relisted(self, told: ev.Relisted) -> None:
        self.desk.emit(fx.Alert(level="warning", key=f"relisted/{told.instrument}", text=told.text))

    # --- what happens to what we hold ------------------------------------------------------------------------------

    def _on_action(self, action: ev.CorporateAction) -> None:
        if action.kind == "dividend" or action.instrument not in self.book.spec.instruments:
            return
        evaluate.on_split(self.traders, action)
        if self.book.truth.seen.get(f"action/{action.id}", 0) > 1:
            return
        if action.kind in ("delisting", "rename"):
            self._on_delisting(action)
            return
        if action.kind == "spinoff" and action.into not in self.book.spec.instruments:
            text = f"{action.instrument} brings units of {action.into or 'something'}, which is no instrument here"
            self.desk.emit(fx.Alert(level="critical", key=f"spinoff/{action.instrument}", text=text))
        for order in list(self.book.open_orders[action.instrument].values()):
            # Nor has an exit anything left to close where less than a lot was left of a holding.
            if not (
                order.reduce_only and order.deployment in {p.deployment for p in self.book.holders[order.instrument]}
            ):
                self.desk.emit(fx.Cancel(oid=order.oid, account=order.account, reason=Code.REPLACED_BY_SIGNAL))
        for position in list(self.book.holders[action.instrument]):
            self.traders.guard(position.deployment, action.instrument)

    def _on_delisting(self, action: ev.CorporateAction) -> None:
        """Take every order of a dead symbol back, let nothing in, and say what is left in it.

        What was carried over to another symbol is protected there.
        """
        symbol, desk = action.instrument, self.desk
        why = f"{symbol} no longer trades under this symbol" + (f" but as {action.into}" if action.into else "")
        desk.emit(fx.Latch(kind="delisted", scope=f"instrument:{symbol}", is_on=True, reason=why))
        take_back(desk, list(self.book.open_orders[symbol].values()), Code.DELISTED)
        for position in list(self.book.holders.get(action.into, ())):
            self.traders.guard(position.deployment, action.into)
        held = ", ".join(f"{p.deployment} {p.qty:f}" for p in self.book.holders[symbol]) or "nothing"
        text = f"{why}; held and not to be closed by an order: {held}"
        desk.emit(fx.Alert(level="critical", key=f"delisted/{symbol}", text=text))
