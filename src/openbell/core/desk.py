"""The desk: turns targets, fills and commands into orders.

It holds the effects of the event being decided on.
"""

import math
from decimal import Decimal

import msgspec

from openbell.core import effects as fx
from openbell.core.apply import apply_effect
from openbell.core.book import Book
from openbell.core.codes import Code, label
from openbell.core.execution import exit_draft, is_dust, submit, unfilled_exits
from openbell.core.exposure import Draft
from openbell.core.ladder import CANCEL, FLATTEN, scopes_of, tier_over
from openbell.core.order import Order
from openbell.core.protect import is_protected, lacks_stop, protect, stop_distance
from openbell.core.risk import Denied, Rule, Scene, account_facts, review, safely, seen
from openbell.core.room import cancels, exits, is_leaving, is_protective, is_scarce, resting
from openbell.core.sizing import affordable, part_of, whole
from openbell.core.types import ZERO, Instrument, OrderType, Rounding, Side, Status, div
from openbell.core.view import Pair


class Desk:
    """Everything that makes effects. Each effect is applied to the book the moment it is made."""

    def __init__(self, book: Book, rules: tuple[Rule, ...]) -> None:
        """Work on `book` behind the gate of `rules`."""
        self.book, self.rules = book, rules
        self.watching = tuple(rule for rule in rules if rule.watch)
        self.safe: dict[str, tuple[Decimal, tuple[Decimal, ...]]] = {}
        self.out: list[fx.Effect] = []
        self.ts = 0

    def begin(self, ts: int) -> None:
        """Start on the next event, decided on at `ts` (ns)."""
        self.ts, self.out = ts, []

    def emit(self, effect: fx.Effect) -> None:
        """Let an effect out and apply it."""
        self.out.append(effect)
        apply_effect(self.book, effect, self.ts)

    def send(self, draft: Draft) -> int:
        """Pass an order through the gate.

        What passes is submitted and its reason returned; otherwise the code of the refusal is returned. A person is
        asked about what was wanted: a price made for this moment would be beyond its collar once the answer has come.
        """
        wanted, draft = draft, self.priced(draft)
        verdict = review(self.book, self.rules, draft, self.ts)
        if not isinstance(verdict, Denied):
            self.emit(submit(self.book, verdict))
            return draft.reason
        if verdict.codes == (Code.UNCONFIRMED,):
            _ask(self, wanted)
            return Code.WAITING_FOR_PERSON
        if Code.RULE_ERROR in verdict.codes:
            self.emit(fx.Alert(level="critical", key="rule_error", text="a rule failed to answer; entries are refused"))
        if len(verdict.codes) > 1 or draft.reduce_only:
            reasons = ", ".join(label(code) for code in verdict.codes)
            self.emit(fx.Note(kind="denied", text=f"{draft.deployment} {draft.instrument}: {reasons}"))
        return verdict.codes[0]

    def priced(self, draft: Draft) -> Draft:
        """Return an order as the rules let it go."""
        for rule in self.rules:
            if rule.reprice is not None:
                draft = rule.reprice(rule.params, self.book, draft)
        return draft

    # --- targets ------------------------------------------------------------------------------------------------

    def act(self, pair: Pair, intent: fx.Intent) -> int:
        """Bring a pair to a target and return the code of how that went."""
        if not is_sound(intent):
            return Code.BAD_WISH
        target = wanted_target(pair, intent.target)
        position = pair.position
        name, symbol = pair.spec.name, pair.symbol
        is_turning = bool(position.qty) and (target == 0.0 or (target > 0.0) != (position.qty > 0))
        has_working = bool(self.book.open_orders[symbol])
        code: int = Code.ALREADY_AT_TARGET
        if is_turning:
            code = self.leave(name, symbol, None, intent.reason)
            if code == Code.WOULD_FLIP:
                return code
        elif has_working:
            _keep(self, pair)
        is_leaving = is_turning or position.leaving is not None
        is_waiting = bool(target) and is_leaving and is_scarce(self.book, position)
        if has_working:
            told = _clear_way(self, pair, intent, can_move=not is_waiting)
            if told and target:
                return told
        if is_waiting and exits(self.book, position):
            # The other side, or more of this one, waits until the venue has let the holding go.
            return Code.WAITING_FOR_ORDER
        # What is dust leaves with nothing, so there is nothing to be waited for.
        if target == 0.0 or (is_waiting and is_turning and code != Code.BELOW_MINIMUM):
            return code
        return self._enter(pair, intent, target, ZERO if is_turning else position.qty)

    def fulfil(self, pair: Pair) -> None:
        """Do what had to wait for an entry order, once no entry is in the way any more."""
        wish, is_apart = pair.position.wish, is_scarce(self.book, pair.position)
        orders = self.book.pair_orders(pair.name, pair.symbol)
        if wish is None or any(not o.reduce_only or (is_apart and not is_protective(o)) for o in orders):
            return
        code = self.act(pair, wish)
        self.emit(
            fx.Decision(
                deployment=pair.name,
                instrument=pair.symbol,
                signal=wish.reason,
                code=code,
                target=wish.target,
                intents=(wish,) if is_apart else (),
            )
        )

    def leave_unwanted(self, pair: Pair) -> None:
        """Get out of what is held although its deployment has decided otherwise.

        An entry may fill late, an execution be corrected, an exit end before it has filled. A venue that takes back one
        exit after the other is left to a person.
        """
        position, decided = pair.position, pair.position.decided
        if decided is None or not position.qty or self.tier_over(pair) >= FLATTEN:
            return
        target = wanted_target(pair, decided)
        if target != 0.0 and (target > 0.0) == (position.qty > 0):
            return
        if unfilled_exits(self.book, position) < MOST_EXITS:
            self.leave(pair.name, pair.symbol, None, Code.SIGNAL_FLAT)
        else:
            self.warn_exposed(pair.name, pair.symbol, f"{MOST_EXITS} exits ended without an execution")

    def leave(self, deployment: str, symbol: str, qty: Decimal | None, reason: int) -> int:
        """Reduce a holding by `qty` units (None for all of it); already under way counts as done."""
        position = self.book.position(deployment, symbol)
        if is_dust(self.book, position):
            text = f"{deployment} {symbol}: dust is left, its venue takes no order so small; release makes it yours"
            self.emit(fx.Alert(level="info", key=f"dust/{deployment}/{symbol}", text=text))
            return Code.BELOW_MINIMUM
        if is_scarce(self.book, position) and resting(self.book, position):
            for cancel in cancels(self.book, position, qty, reason):
                self.emit(cancel)
            return Code.WAITING_FOR_ORDER
        draft = exit_draft(self.book, deployment, symbol, qty, reason)
        if draft is not None:
            return self.send(draft)
        if exits(self.book, position):
            return Code.WAITING_FOR_ORDER
        if position.qty:
            self.warn_exposed(deployment, symbol, "its account has nothing of it left that an exit could sell")
        return Code.WOULD_FLIP

    def _enter(self, pair: Pair, intent: fx.Intent, target: float, held: Decimal) -> int:
        symbol = pair.symbol
        instrument = self.book.instrument(symbol)
        side = Side.BUY if target > 0.0 else Side.SELL
        px = _expected_px(self.book, instrument, side, intent)
        if px is None:
            return Code.NO_MARK
        full = _capped(self, pair, instrument, px)
        missing = instrument.order_qty(part_of(full, target, instrument) - held)
        if intent.qty is not None:
            missing = side.sign * min(intent.qty, max(missing * side.sign, ZERO))
        if missing * side.sign < 0:
            return self.leave(pair.spec.name, symbol, abs(missing), intent.reason)
        if missing == 0:
            return Code.ALREADY_AT_TARGET if held else Code.BELOW_MINIMUM
        wanted = abs(missing)
        room = affordable(self.book, pair, instrument, px)
        if room < wanted:
            if room == 0:
                return Code.BUDGET
            text = f"{pair.spec.name} {symbol}: {wanted:f} would pass the deployment's capital; capped to {room:f}"
            self.emit(fx.Alert(level="warning", key=f"capped/{pair.spec.name}/{symbol}", text=text))
            wanted = room
        draft = _entry(pair, instrument, side, wanted, intent)
        qty = _scaled(self, draft, instrument)
        if not qty:
            return Code.BELOW_MINIMUM
        risk = stop_distance(pair.spec.exits, instrument, px, pair.atr)
        if intent.stop_loss:
            risk = abs(px - instrument.price(intent.stop_loss, Rounding.HALF_EVEN))
        return self.send(msgspec.structs.replace(draft, qty=qty, risk=risk))

    # --- protection and limits ----------------------------------------------------------------------------------

    def guard(self, pair: Pair, by: Order | None = None) -> None:
        """Bring a holding's protective orders up to date; `by` is the order just executed, if any."""
        if pair.position.qty and not is_protected(pair.spec.exits, pair.position):
            return
        if pair.position.leaving is not None and not _goes_on(self, pair):
            return
        is_killed = self.tier_over(pair) >= CANCEL
        if not is_killed and pair.position.qty and (why := lacks_stop(self.book, pair.position, pair.atr)):
            self.warn_exposed(pair.name, pair.symbol, why)
        if self.book.truth.latches and f"delisted/instrument:{pair.symbol}" in self.book.truth.latches:
            return
        is_held_back = is_killed or is_dust(self.book, pair.position)
        for step in protect(self.book, pair.spec.name, pair.symbol, pair.atr, by):
            if is_held_back and step.reason != Code.OCO:
                continue  # Under a kill, and of dust, what nothing is left to close for is taken back, and no more.
            if not isinstance(step, Draft):
                self.emit(step)
            elif self.send(step) != step.reason:
                self.expose(pair, "its protective order was refused by the gate")

    def expose(self, pair: Pair, why: str) -> None:
        """Say aloud that a holding has no protection, and get out of it, once."""
        self.warn_exposed(pair.name, pair.symbol, why)
        self.leave(pair.spec.name, pair.symbol, None, Code.EMERGENCY_STOP)

    def tier_over(self, pair: Pair, index: int = 0) -> int:
        """Return the highest tier of the kills over a pair, 0 for none.

        `index` is that of `ladder.tier_over`.
        """
        kills = self.book.truth.kills
        return tier_over(kills, pair.spec.account, pair.name, pair.symbol, index) if kills else 0

    def warn_exposed(self, deployment: str, symbol: str, why: str) -> None:
        """Say aloud that a holding has no protection, or can not be left."""
        text = f"{deployment} {symbol} is EXPOSED: {why}"
        self.emit(fx.Alert(level="critical", key=f"exposed/{deployment}/{symbol}", text=text))

    def cancel_scope(self, scope: str, reason: int) -> None:
        """Cancel every open entry order that a scope covers; protection stays."""
        entries = (o for orders in self.book.open_orders.values() for o in orders.values() if not o.reduce_only)
        take_back(self, [o for o in entries if covers(scope, o.account, o.deployment, o.instrument)], reason)


def take_back(desk: Desk, orders: list[Order], reason: int) -> None:
    """Cancel orders, but those that are being cancelled."""
    for order in orders:
        if order.status is not Status.CANCELLING:
            desk.emit(fx.Cancel(oid=order.oid, account=order.account, reason=reason))


def _goes_on(desk: Desk, pair: Pair) -> bool:
    """Send an exit that waits for room; False while something still rests in its way."""
    position = pair.position
    if position.leaving is None or resting(desk.book, position):
        return False
    qty, reason = position.leaving
    if desk.tier_over(pair) < FLATTEN and desk.leave(pair.name, pair.symbol, qty or None, reason) != reason:
        desk.warn_exposed(pair.name, pair.symbol, "its exit was refused by the gate")
    return True


MOST_EXITS = 3
"""Exits of one holding that may end without an execution before no other one follows by itself."""


def is_sound(intent: fx.Intent) -> bool:
    """Return True if every number of a wish is one that an order can be made of."""
    prices = [px for px in (intent.limit, intent.stop, intent.stop_loss, intent.take_profit) if px is not None]
    return abs(intent.target) <= MOST_TARGET and all(map(math.isfinite, prices))


MOST_TARGET = 1000.0
"""Largest target that is taken for one: full positions; beyond it (or NaN) the wish is an error."""


def wanted_target(pair: Pair, target: float) -> float:
    """Return a target as the deployment may have it.

    Never below flat where it must not be short.
    """
    return target if pair.spec.can_short else max(target, 0.0)


def _ask(desk: Desk, draft: Draft) -> None:
    """Ask a person about exactly this order, unless that is still open; two answers must not send it twice."""
    key = f"confirm/{draft.deployment}/{draft.instrument}/{desk.ts}"
    draft = msgspec.structs.replace(draft, held=desk.book.position(draft.deployment, draft.instrument).qty)
    question, deadline = msgspec.json.encode(draft).decode(), desk.ts + max(rule.wait for rule in desk.rules)
    if all(old.question != question or old.deadline < desk.ts for old in desk.book.truth.asked.values()):
        desk.emit(fx.Ask(id=key, deployment=draft.deployment, advisor=fx.PERSON, question=question, deadline=deadline))


def _scaled(desk: Desk, draft: Draft, instrument: Instrument) -> Decimal:
    """Return a new position as small as the rules want it to be for now; one that cannot say lets nothing in."""
    wanted = draft.qty
    told = desk.book.truth.relisted.get(draft.instrument)
    for rule in desk.rules:
        if rule.scale is not None:
            scene = Scene(desk.book, draft.account, desk.ts, draft)
            facts = safely(seen, None, rule, account_facts(desk.book, draft.account), scene)
            num, den = safely(rule.scale, (0, 1), rule.params, facts)
            if num != den:
                wanted = div(wanted * num, Decimal(den), instrument.lot, Rounding.FLOOR)
    return div(wanted, Decimal(1), told.step, Rounding.FLOOR) if told is not None and told.step else wanted


def covers(scope: str, account: str, deployment: str, symbol: str) -> bool:
    """Return True if a scope covers an account, deployment and instrument.

    The scope is a command's or a latch's.
    """
    return scope in scopes_of(account, deployment, symbol)


def _entry(pair: Pair, instrument: Instrument, side: Side, qty: Decimal, intent: fx.Intent) -> Draft:
    passive = Rounding.FLOOR if side is Side.BUY else Rounding.CEIL
    away = Rounding.CEIL if side is Side.BUY else Rounding.FLOOR
    limit = None if intent.limit is None else _on_tick(instrument, intent.limit, passive)
    stop = None if intent.stop is None else _on_tick(instrument, intent.stop, away)
    return Draft(
        account=pair.spec.account, deployment=pair.spec.name, instrument=pair.symbol, side=side, qty=qty,
        type=intent.type, tif=intent.tif, limit=limit, stop=stop, reason=intent.reason,
    )  # fmt: skip


def _on_tick(instrument: Instrument, px: float, rounding: int) -> Decimal:
    return instrument.order_price(instrument.price(px, rounding), rounding)


def _clear_way(desk: Desk, pair: Pair, intent: fx.Intent, *, can_move: bool) -> int:
    """Move the entry that is at work, or take all of them back; 0 where there were none."""
    entries = [o for o in desk.book.pair_orders(pair.name, pair.symbol) if not o.reduce_only]
    if entries and can_move and wanted_target(pair, intent.target) and _move(desk, pair, intent, entries):
        return intent.reason
    desk.cancel_scope(f"deployment:{pair.name}/{pair.symbol}", Code.REPLACED_BY_SIGNAL)
    # Both could fill: what is wanted now waits until the venue has let the old ones go.
    return Code.WAITING_FOR_ORDER if entries else Code.OK


def _move(desk: Desk, pair: Pair, intent: fx.Intent, entries: list[Order]) -> bool:
    """Move the one resting entry to another price, never to a larger size.

    False where that cannot be done or the gate is closed to it.
    """
    order, instrument = entries[0], desk.book.instrument(pair.symbol)
    caps = desk.book.account_spec(pair.name).caps
    side = Side.BUY if intent.target > 0.0 else Side.SELL
    is_resting = order.status in (Status.WORKING, Status.PARTIAL) and order.type is not OrderType.MARKET
    if len(entries) > 1 or not caps.amend or not is_resting or order.side is not side or order.type != intent.type:
        return False
    draft = _entry(pair, instrument, side, order.qty, intent)
    px = draft.limit or draft.stop
    full = _full(desk, pair, instrument, px) if px is not None else ZERO
    qty = min(order.qty, order.filled + abs(part_of(full, intent.target, instrument)))
    if qty <= order.filled or not (instrument.positive and px is not None and px > 0):
        return False
    moved = msgspec.structs.replace(draft, qty=qty - order.filled, moves=order.oid if caps.in_place else "")
    if isinstance(review(desk.book, desk.rules, moved, desk.ts), Denied):
        return False
    desk.emit(
        fx.Amend(
            oid=order.oid, account=order.account, qty=qty, limit=draft.limit, stop=draft.stop, reason=intent.reason,
            is_pair=not caps.in_place,
        )
    )  # fmt: skip
    return True


def _keep(desk: Desk, pair: Pair) -> None:
    """Take back exits, but those for want of a stop: the holding is wanted again."""
    orders = (o for o in desk.book.pair_orders(pair.spec.name, pair.symbol) if o.reason != Code.EMERGENCY_STOP)
    take_back(desk, [o for o in orders if is_leaving(o)], Code.REPLACED_BY_SIGNAL)


def _expected_px(book: Book, instrument: Instrument, side: Side, intent: fx.Intent) -> Decimal | None:
    quoted = intent.limit if intent.limit is not None else intent.stop
    against = Rounding.CEIL if side is Side.BUY else Rounding.FLOOR
    if quoted is not None:
        return instrument.price(quoted, against)
    mark = book.truth.marks[instrument.symbol]
    return instrument.price(mark.close, against) if mark.ts else None


def _full(desk: Desk, pair: Pair, instrument: Instrument, px: Decimal) -> Decimal:
    """Return a full position, or a part of one for a while after a kill was lifted."""
    full = whole(desk.book, pair, instrument, px)
    ramps = desk.book.truth.ramps
    scopes = scopes_of(pair.spec.account, pair.name, pair.symbol) if ramps else ()
    is_ramp = any(desk.ts < ramps.get(scope, 0) for scope in scopes)
    return div(full, Decimal(desk.book.spec.kill.ramp_part), instrument.lot, Rounding.FLOOR) if is_ramp else full


def _capped(desk: Desk, pair: Pair, instrument: Instrument, px: Decimal) -> Decimal:
    """Return a full position that is worth no more than one may be, with a warning where it is cut."""
    full, most = _full(desk, pair, instrument, px), pair.spec.max_value
    unit = px * instrument.multiplier * desk.book.rate(desk.book.truth.accounts[pair.spec.account], pair.symbol)
    if not most or unit <= 0 or full * unit <= most:
        return full
    cut = div(most, unit, instrument.lot, Rounding.FLOOR)
    text = f"{pair.spec.name} {pair.symbol}: {full:f} would be worth more than {most:f}; capped to {cut:f}"
    desk.emit(fx.Alert(level="warning", key=f"capped/{pair.spec.name}/{pair.symbol}", text=text))
    return cut
