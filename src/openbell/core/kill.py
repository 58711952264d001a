"""The kill ladder: close the gate, take orders back, close holdings, chase what is late.

Every trigger ends in `pull`, a stop and a pause that close as well; events and the kill's own timer drive it on through
`advance`. All it knows is in the truth, so a crash, a restart or an upgrade in its middle changes nothing. The last
word is one of two: flat, confirmed by the venue, or a list of what is left and why.
"""

from decimal import Decimal

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.codes import Code, label
from openbell.core.desk import Desk, covers
from openbell.core.execution import collared, is_dust
from openbell.core.exposure import Draft
from openbell.core.ladder import CANCEL, FLATTEN, NO_RISK, PASSING, PAUSE, SEVER, KillState, Left, Slice, Stage, word_of
from openbell.core.order import Order
from openbell.core.position import Position
from openbell.core.protect import is_protected
from openbell.core.types import ZERO, Instrument, OrderType, Rounding, Side, Status, Tif, div

MOVES = (ev.Command, ev.Fill, ev.OrderUpdate, ev.BrokerState, ev.Timer, ev.Schedule, ev.Link)
"""Events that can bring a kill on."""
MOST_DOUBLINGS = 5
"""The time between two looks doubles at most so often."""


class Pull(msgspec.Struct, frozen=True, kw_only=True):
    """A kill as a trigger asks for it: the actor names the trigger, the reason says why.

    `kind` is what its latch is called: `kill`, `stop`, `pause`, or the limit that closed the gate.
    """

    scope: str
    tier: int
    actor: str
    reason: str
    id: str
    kind: str = "kill"


def tier_of(command: ev.Command) -> int:
    """Return the tier that a kill command means."""
    usual = FLATTEN if command.close else CANCEL
    return usual if command.tier is None else min(max(command.tier, PAUSE), SEVER)


def pull(desk: Desk, asked: Pull) -> None:
    """Begin a kill, or raise the one in force in the same scope; it is never lowered."""
    word = word_of(asked.kind)
    who, level = f"{word} by {asked.actor}: {asked.reason}", "critical" if word == "kill" else "warning"
    desk.emit(fx.Alert(level=level, key=f"{word}/{asked.id}", text=who))
    if asked.tier == PAUSE:
        desk.emit(fx.Latch(kind="pause", scope=asked.scope, is_on=True, reason=who))
        desk.cancel_scope(asked.scope, Code.OPERATOR)
        return
    before, kind = desk.book.truth.kills.get(asked.scope), asked.kind
    if before is not None and kind in PASSING and before.kind != "pause":
        # What a kill has closed does not open when a stop that came over it has done its work.
        kind = before.kind
    if asked.kind != "stop" or f"{kind}/{asked.scope}" not in desk.book.truth.latches:
        # What is closed keeps its reason.
        desk.emit(fx.Latch(kind="pause" if asked.kind == "pause" else kind, scope=asked.scope, is_on=True, reason=who))
    tier = max(asked.tier, before.tier if before else NO_RISK)
    state = KillState(
        scope=asked.scope, tier=tier, actor=asked.actor, reason=asked.reason, ts=desk.ts,
        upto=desk.book.truth.counter, kind=kind,
    )  # fmt: skip
    if before is not None:
        state = msgspec.structs.replace(state, held=before.held, slices=before.slices)
    desk.emit(fx.Kill(scope=asked.scope, state=state))
    if tier == CANCEL:
        _warn_exposed(desk, state)
    _Work(desk, state, is_due=False).run()


def end(desk: Desk, state: KillState, why: str) -> None:
    """Let go of a stop or a pause that has closed what it could.

    What only a stop had closed opens.
    """
    if state.kind == "stop":
        desk.emit(fx.Latch(kind="stop", scope=state.scope, is_on=False, reason=why))
    desk.emit(fx.Kill(scope=state.scope, ramp_until=desk.book.truth.ramps.get(state.scope, 0)))


def advance(desk: Desk, event: ev.Event) -> None:
    """Bring every kill in force as far as it can come now."""
    for state in list(desk.book.truth.kills.values()):
        is_due = isinstance(event, ev.Timer) and not event.deployment and event.name == state.timer
        now = _Work(desk, state, is_due=is_due)
        if isinstance(event, ev.BrokerState):
            now.hear(event)
        elif isinstance(event, ev.Schedule) and event.is_open:
            # A new session: what could not be closed before may have a market now.
            now.round, now.slices = 0, {key: Slice(one.oid) for key, one in now.slices.items()}
        now.run()


def _warn_exposed(desk: Desk, state: KillState) -> None:
    for position in desk.book.all_positions():
        spec = desk.book.spec.deployments.get(position.deployment)
        if spec and position.qty and is_protected(spec.exits, position) and _is_covered(state, position):
            why = f"the kill of {state.scope} takes back its protective orders"
            desk.warn_exposed(position.deployment, position.instrument, why)


def _is_covered(state: KillState, thing: Order | Position) -> bool:
    return covers(state.scope, thing.account, thing.deployment, thing.instrument)


def _is_spared(state: KillState, order: Order) -> bool:
    """Return True for an exit that the tier does not take back; tier 2 takes none that was sent after it came."""
    return order.reduce_only and (state.tier < CANCEL or (state.tier == CANCEL and order.index > state.upto))


def reaches(book: Book, scope: str, deployment: str) -> bool:
    """Return True if a scope covers a deployment or a part of it."""
    spec = book.spec.deployments.get(deployment)
    return spec is not None and any(covers(scope, spec.account, deployment, symbol) for symbol in spec.instruments)


def accounts_in(book: Book, scope: str) -> list[str]:
    """Return the accounts that a scope reaches, in the configuration's order."""
    reached = {spec.account for name, spec in book.spec.deployments.items() if reaches(book, scope, name)}
    return [one for one in book.spec.accounts if one in reached or covers(scope, one, "", "")]


def closing_orders(book: Book) -> set[str]:
    """Return the ids of all orders with which kills close holdings."""
    return {one.oid for state in book.truth.kills.values() for one in state.slices.values()}


class _Work:
    """One look at one kill; `run` writes down what came of it."""

    def __init__(self, desk: Desk, state: KillState, *, is_due: bool) -> None:
        self.desk, self.book, self.state, self.is_due = desk, desk.book, state, is_due
        self.terms = desk.book.spec.kill
        self.asked, self.slices = dict(state.asked), dict(state.slices)
        self.held, self.confirmed = dict(state.held), dict(state.confirmed)
        self.asked_ts, self.round = state.asked_ts, state.round + is_due
        self.left: list[Left] = []
        self.said = {(x.account, x.instrument): x for x in state.left if x.deployment == BROKER and x.instrument}

    def run(self) -> None:
        """Do what can be done now and write down how things stand."""
        state = self.state
        if state.tier == SEVER:
            self._write(Stage.DONE)
            return
        self._take_back()
        stage = Stage.CANCELLING if self.left else Stage.DONE
        if state.tier == FLATTEN:
            stage = self._close_all(stage)
        if stage is Stage.DONE and state.tier >= CANCEL and not self._has_confirmed():
            stage = Stage.CONFIRMING
        if self.left and all(one.is_final for one in self.left):
            stage = Stage.DONE
        self._write(stage)

    def _write(self, stage: Stage) -> None:
        desk, left = self.desk, tuple(self.left)
        now = msgspec.structs.replace(
            self.state, stage=stage, round=self.round, asked=self.asked, slices=self.slices, held=self.held,
            confirmed=self.confirmed, asked_ts=self.asked_ts, left=left,
        )  # fmt: skip
        if now != self.state:
            desk.emit(fx.Kill(scope=now.scope, state=now))
        is_told = self.state.stage is Stage.DONE and [(x.instrument, x.why) for x in self.state.left] == [
            (x.instrument, x.why) for x in left
        ]
        if stage is Stage.DONE and not is_told:
            level = "critical" if left else "warning"
            key = f"{word_of(now.kind)}_done/{now.scope}"
            desk.emit(fx.Alert(level=level, key=key, text=summary(self.book, now)))
        if now.kind in PASSING and not now.waits:
            end(desk, now, "all that could be closed is closed")
        elif now.waits and f"/{now.timer}" not in self.book.truth.timers:
            gap = self.terms.wait << min(self.round, MOST_DOUBLINGS)
            desk.emit(fx.SetTimer(deployment="", name=now.timer, at=desk.ts + gap))

    # --- taking orders back -------------------------------------------------------------------------------------

    def _take_back(self) -> None:
        """Ask for every open order back that the tier does not leave; bounded tries, then the venue is asked."""
        ours = closing_orders(self.book)
        for orders in self.book.open_orders.values():
            for order in list(orders.values()):
                if order.oid not in ours and not _is_spared(self.state, order) and _is_covered(self.state, order):
                    self._ask_back(order)

    def _ask_back(self, order: Order) -> None:
        tries = self.asked.get(order.oid, 0)
        is_outside = order.account in self.book.truth.contacts
        if tries == 0 and order.status is Status.CANCELLING and not is_outside:
            self.asked[order.oid] = 1
        elif tries == 0 or self.is_due:
            # In the end the venue is asked what it knows; a cancel goes along where the last one has been answered.
            if tries < self.terms.cancel_tries or order.status is not Status.CANCELLING:
                self.desk.emit(fx.Cancel(oid=order.oid, account=order.account, reason=Code.OPERATOR))
            if tries >= self.terms.cancel_tries and is_outside:
                self.desk.emit(fx.Query(account=order.account, oid=order.oid))
            self.asked[order.oid] = tries + 1
        why = f"the venue has not confirmed the cancel of {order.oid}"
        is_final, qty = self.asked[order.oid] > self.terms.cancel_tries, order.leaves * order.side.sign
        self.left.append(Left(order.account, order.deployment, order.instrument, qty, why, is_final))

    # --- closing ------------------------------------------------------------------------------------------------

    def _close_all(self, stage: Stage) -> Stage:
        for holders in self.book.holders.values():
            for position in list(holders):
                if not _is_covered(self.state, position):
                    continue
                self.held.setdefault(f"{position.deployment}/{position.instrument}", position.qty)
                self.left.append(self._close(position) or _left_of(position, "a closing order is under way"))
                self.confirmed, self.asked_ts = {}, 0
                stage = Stage.FLATTENING if stage is Stage.DONE else stage
        return stage

    def _close(self, position: Position) -> Left | None:
        """Send, move or await the closing order of a holding; return what stands in the way."""
        if position.deployment not in self.book.spec.deployments:
            return _left_of(position, "not ours: from before, by hand or by another system", is_tried=False)
        ours = closing_orders(self.book)
        own = {one.oid for one in self.slices.values()}
        pair = self.book.pair_orders(position.deployment, position.instrument)
        stuck = next((o for o in pair if o.reduce_only and o.oid not in ours | own), None)
        if stuck is not None:
            is_final = self.asked.get(stuck.oid, 0) > self.terms.cancel_tries
            return _left_of(position, f"{stuck.oid} could still execute", is_final=is_final)
        if any(o.oid in ours - own for o in pair):
            return _left_of(position, "another kill is closing it")
        key = f"{position.deployment}/{position.instrument}"
        sent = self.slices.get(key, Slice(""))
        order = self.book.truth.orders.get(sent.oid)
        if order is None or self._is_over(key, order):
            return self._send(position, key)
        tries = self.slices[key].tries
        if tries < self.terms.close_tries:
            return None
        return _left_of(position, f"not filled at {order.limit or 'market'} in {tries} looks", is_final=True)

    def _is_over(self, key: str, order: Order) -> bool:
        """Return True when the next closing order may go; one left behind by the price is taken back first."""
        sent = self.slices[key]
        if not order.is_open:
            if order.filled:
                self.slices[key] = Slice(sent.oid)
            elif self.is_due and order.oid not in self.asked:
                self.slices[key] = Slice(sent.oid, sent.tries + 1)
            return bool(order.filled) or order.oid in self.asked or self.is_due
        if self.is_due:
            self.slices[key] = Slice(sent.oid, sent.tries + 1)
            limit = collared(self.book, order.instrument, order.side, self.terms.collar)
            if limit != order.limit and order.status is not Status.CANCELLING:
                self.asked[order.oid] = 1
                self.desk.emit(fx.Cancel(oid=order.oid, account=order.account, reason=Code.OPERATOR))
        return False

    def _send(self, position: Position, key: str) -> Left | None:
        """Send the next closing order: reduce-only, no larger than a slice, no worse than the collar."""
        instrument = self.book.instrument(position.instrument)
        side = Side.SELL if position.qty > 0 else Side.BUY
        limit = collared(self.book, position.instrument, side, self.terms.collar)
        qty = self._slice(instrument, position)
        if not qty or is_dust(self.book, position):
            why = "it is less than a lot" if not qty else "its venue takes no order so small"
            return _left_of(position, why, is_final=True, is_tried=False)
        draft = Draft(
            account=position.account, deployment=position.deployment, instrument=position.instrument, side=side,
            qty=qty, type=OrderType.MARKET if limit is None else OrderType.LIMIT, tif=Tif.GTC, limit=limit,
            reduce_only=True, reason=Code.STOP_COMMAND if self.state.kind in PASSING else Code.EMERGENCY_STOP,
        )  # fmt: skip
        code = self.desk.send(draft)
        if code != draft.reason:
            return _left_of(position, f"the gate refuses the closing order: {label(code)}", is_final=True)
        # The order just sent is the newest in the book.
        self.slices[key] = Slice(next(reversed(self.book.truth.orders)), self.slices.get(key, Slice("")).tries)
        return None

    def _slice(self, instrument: Instrument, position: Position) -> Decimal:
        qty, most = abs(position.qty), self.terms.slice_qty
        px = self.book.mark_px(instrument.symbol)
        if self.terms.slice_notional and px:
            rate = self.book.rate(self.book.truth.accounts[position.account], instrument.symbol) or Decimal(1)
            unit = abs(px) * instrument.multiplier * rate
            fits = max(div(self.terms.slice_notional, unit, instrument.lot, Rounding.FLOOR), instrument.lot)
            most = min(most, fits) if most else fits
        return instrument.order_qty(min(qty, most) if most else qty)

    # --- confirmation -------------------------------------------------------------------------------------------

    def _has_confirmed(self) -> bool:
        """Return True once every covered venue outside the process agrees; the book speaks for one inside."""
        missing = [name for name in self._accounts() if name not in self.confirmed]
        if missing and (not self.asked_ts or self.is_due):
            self.asked_ts = self.asked_ts or self.desk.ts
            for name in missing:
                self.desk.emit(fx.Query(account=name))
        silent = [name for name in missing if not any(account == name for account, _ in self.said)]
        is_late = self.round > self.terms.close_tries
        self.left += [one for one in self.said.values() if one.account in missing]
        self.left += [Left(name, BROKER, "", ZERO, "the venue has not answered", is_late) for name in silent]
        return not missing

    def hear(self, told: ev.BrokerState) -> None:
        """Take a venue's word on what is open and held there."""
        if told.account not in self._accounts() or not self.asked_ts or told.as_of < self.asked_ts:
            return  # An answer from before the question proves nothing.
        self.said = {key: one for key, one in self.said.items() if one.account != told.account}
        for symbol, qty in sorted(self._beyond(told).items()):
            why = f"the venue reports {qty:f} more than the book"
            is_final = self.round > self.terms.close_tries
            self.said[told.account, symbol] = Left(told.account, BROKER, symbol, qty, why, is_final)
        known = self.book.truth.orders
        for listed in told.orders:
            order = known.get(listed.oid)
            if order is not None and _is_covered(self.state, order) and not order.is_open:
                why = f"the venue still lists {listed.oid}"
                open_qty = listed.qty - listed.filled
                self.said[told.account, listed.oid] = Left(told.account, BROKER, listed.instrument, open_qty, why)
        if not any(account == told.account for account, _ in self.said):
            self.confirmed[told.account] = told.ts

    def _beyond(self, told: ev.BrokerState) -> dict[str, Decimal]:
        """Return by how many units the venue's figures differ from the book's, by instrument in the scope."""
        if self.state.tier < FLATTEN:
            return {}
        booked: dict[str, Decimal] = {}
        meant = set()
        for position in self.book.all_positions():
            if position.account == told.account:
                booked[position.instrument] = booked.get(position.instrument, ZERO) + position.qty
                if _is_covered(self.state, position):
                    meant.add(position.instrument)
        differing = {s: told.positions.get(s, ZERO) - booked[s] for s in meant}
        return {symbol: qty for symbol, qty in differing.items() if qty}

    def _accounts(self) -> list[str]:
        """Return the accounts outside the process that the kill's scope reaches."""
        return [one for one in accounts_in(self.book, self.state.scope) if one in self.book.truth.contacts]


def _left_of(position: Position, why: str, *, is_final: bool = False, is_tried: bool = True) -> Left:
    where = (position.account, position.deployment, position.instrument, position.qty)
    return Left(*where, why, is_final or not is_tried, is_tried)


BROKER = "broker"
"""Stands for a deployment where only the venue's own figure is meant."""
_DONE = ("", "no entry is open", "nothing is open", "flat", "what is open or held stays")
"""What a tier that has left nothing undone has come to."""


def summary(book: Book, state: KillState) -> str:
    """Return how a kill stands, in words: what was closed, what is left and why."""
    parts = [f"{word_of(state.kind)} of {state.scope}, tier {state.tier}, is {state.stage}"]
    if state.tier == FLATTEN:
        parts.append(f"{sum(not _qty(book, key) for key in state.held)} of {len(state.held)} holdings closed")
    if state.confirmed:
        parts.append(f"confirmed by the venue of {', '.join(state.confirmed)}")
    elif not state.left and state.stage is Stage.DONE:
        parts.append(_DONE[state.tier])
    parts += [
        *(f"{one.deployment} {one.instrument} {one.qty:f} left: {one.why}" for one in state.left),
        *(
            f"the line of {name} is down: {contact.why}"
            for name, contact in book.truth.contacts.items()
            if contact.why and any(one.account == name for one in state.left)
        ),
    ]
    return "; ".join(parts)


def _qty(book: Book, key: str) -> Decimal:
    deployment, _, symbol = key.partition("/")
    position = book.truth.positions.get(deployment, {}).get(symbol)
    return position.qty if position is not None else ZERO
