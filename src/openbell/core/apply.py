"""How events and effects change the truth: the only code that does.

It is pure, total, and the same live and in recovery.
"""

from collections.abc import Callable
from decimal import Decimal
from hashlib import sha256
from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core import ledger, line, market, owner
from openbell.core import order as orders
from openbell.core.book import Book, LatchState, count
from openbell.core.codes import Code
from openbell.core.conduct import Conduct, note_entry, note_result, note_sent
from openbell.core.order import Happening, Order, Outcome
from openbell.core.position import Position
from openbell.core.spec import limited
from openbell.core.types import NS, ZERO

_FIRST_REFUSAL = int(Code.KILLED)
"""A member of an enumeration costs 0.1 us to look up, which every bar would pay."""


def apply_event(book: Book, event: ev.Event) -> None:
    """Change the truth by one event.

    An event that changes nothing (a duplicate, say) is counted and no more.
    """
    truth, kind = book.truth, type(event)
    truth.counts.events += 1
    if book.dealt:
        book.dealt = []
    # Logical time never runs backwards, whatever stamp a late event bears.
    if event.ts > truth.ts:
        truth.ts = event.ts
    change = _EVENTS.get(kind)
    if change is not None:
        change(book, event)
        if kind not in _APART:
            _touch(book, event)
    if book.bounded:
        for name in book.bounded:
            note_result(truth.conduct.setdefault(name, Conduct()), book.stakes.result(name))


def apply_effect(book: Book, effect: fx.Effect, ts: int) -> None:
    """Change the truth by one effect decided at `ts` (ns)."""
    change = _EFFECTS.get(type(effect))
    if change is not None:
        change(book, effect, ts)
        if type(effect) not in _APART:
            _touch(book, effect)


def _touch(book: Book, cause: ev.Event | fx.Effect) -> None:
    """Let what is at stake be worked out anew.

    In the instrument that is spoken of, else in all of them.
    """
    order = book.truth.orders.get(getattr(cause, "oid", ""))
    book.stakes.touch(order.instrument if order is not None else getattr(cause, "instrument", ""))


def apply_record(book: Book, event: ev.Event, effects: list[fx.Effect]) -> None:
    """Change the truth by a recorded step: the event, then its effects, at logical time."""
    apply_event(book, event)
    for effect in effects:
        apply_effect(book, effect, book.truth.ts)


# --- control ----------------------------------------------------------------------------------------------------


def _genesis(book: Book, event: ev.Genesis) -> None:
    truth = book.truth
    truth.instance, truth.mode, truth.title = event.instance, event.mode, event.title
    truth.is_synthetic = event.is_synthetic


def _timer(book: Book, event: ev.Timer) -> None:
    book.truth.timers.pop(f"{event.deployment}/{event.name}", None)


def _command(book: Book, event: ev.Command) -> None:
    book.first_time(f"command/{event.id}")


def _disk(book: Book, event: ev.DiskState) -> None:
    book.truth.is_disk_healthy = event.is_healthy


# --- effects ----------------------------------------------------------------------------------------------------


def _submit(book: Book, submit: fx.Submit, ts: int) -> None:
    truth = book.truth
    truth.counter = max(truth.counter, submit.index)
    order = orders.new_order(submit, ts)
    truth.orders[submit.oid] = order
    book.open_orders[submit.instrument][submit.oid] = order
    truth.counts.orders += 1
    truth.orders_hash = chain_order(truth.orders_hash, submit, ts)
    order.arrival = book.mark_px(submit.instrument) or ZERO
    conduct = truth.conduct.setdefault(submit.deployment, Conduct())
    note_sent(conduct, ts)
    if submit.reduce_only:
        # What waited for room goes now; where the gate refused it, protection stands in its place.
        book.position(submit.deployment, submit.instrument).leaving = None
    else:
        truth.accounts[submit.account].entries += 1
        note_entry(
            conduct,
            book.stakes.terms(submit.account, submit.instrument).value(
                submit.qty, submit.limit or submit.stop or order.arrival
            ),
        )
        truth.last_entry[f"{submit.deployment}/{submit.instrument}"] = (ts, submit.side, format(submit.qty, "f"))
    if truth.contacts:
        line.note_sent(book, submit.account, submit.oid, ts)


def chain_order(before: bytes, submit: fx.Submit, ts: int) -> bytes:
    """Return the running orders hash after one more order.

    It is the SHA-256 over the hash before and the order's line. The line holds ts, deployment, instrument, side,
    quantity, type, limit, stop, time in force and the parent's index, joined by `|`; numbers are plain and without
    trailing zeros, what is missing is empty.
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
    order = _messaged(book, amend.oid, ts)
    if order is not None and orders.apply_amend(order, amend, ts) is Outcome.ILLEGAL:
        book.truth.counts.illegal += 1
    elif book.truth.contacts:
        line.note_sent(book, amend.account, amend.oid, ts)


def _cancel(book: Book, cancel: fx.Cancel, ts: int) -> None:
    order = _messaged(book, cancel.oid, ts)
    if order is None or (not order.is_open and order.account in book.truth.contacts):
        return  # It has ended here, maybe long ago, and lives there: the cancel changes nothing in the book.
    if cancel.exit is not None:
        book.position(order.deployment, order.instrument).leaving = (cancel.exit, cancel.reason)
    if orders.transition(order, Happening.ASK_CANCEL, ts) is Outcome.ILLEGAL:
        book.truth.counts.illegal += 1
    elif book.truth.contacts:
        line.note_cancel(book, cancel, ts)


def _resend(book: Book, resend: fx.Resend, ts: int) -> None:
    _messaged(book, resend.oid, ts)
    line.apply_resend(book, resend, ts)


def _messaged(book: Book, oid: str, ts: int) -> Order | None:
    """Return an order after counting a message about it."""
    order = book.truth.orders.get(oid)
    if order is not None:
        note_sent(book.truth.conduct.setdefault(order.deployment, Conduct()), ts)
    return order


def _ask(book: Book, ask: fx.Ask, ts: int) -> None:
    if ask.advisor != fx.PERSON:
        return
    asked, about = book.truth.asked, ask.id.rpartition("/")[0]
    # What nobody answered is forgotten here, once its silence had time to be told; so is what another one replaces.
    for name, old in list(asked.items()):
        if old.deadline + 30 * NS < ts or (about and name.rpartition("/")[0] == about):
            del asked[name]
    asked[ask.id] = ask


def _answer(book: Book, event: ev.Answer) -> None:
    book.truth.answered = book.truth.asked.pop(event.ask, None)


def _set_limits(book: Book, effect: fx.SetLimits, ts: int) -> None:
    book.truth.limits = effect.limits
    book.spec = limited(book.spec, effect.limits)


def _withhold(book: Book, effect: fx.Withhold, ts: int) -> None:
    order = book.truth.orders.get(effect.oid)
    if order is not None:
        word = Happening.REPLACE_REFUSED if order.wanted is not None else Happening.REJECTED
        ledger.apply_order_update(
            book, ev.OrderUpdate(ts=ts, account=order.account, oid=order.oid, happening=word, time=ts, code=Code.DISK)
        )
        if word is Happening.REJECTED:
            count(book.truth.counts.rejected, Code.DISK)
        line.settle(book, order)


def _set_timer(book: Book, timer: fx.SetTimer, ts: int) -> None:
    book.truth.timers[f"{timer.deployment}/{timer.name}"] = timer.at


def _alert(book: Book, alert: fx.Alert, ts: int) -> None:
    book.truth.counts.alerts += 1


def _latch(book: Book, latch: fx.Latch, ts: int) -> None:
    key = f"{latch.kind}/{latch.scope}"
    stages = book.truth.stages
    if latch.level != "hold":
        stage = f"{latch.kind}:{latch.level}/{latch.scope}"
        if latch.is_on:
            stages[stage] = ts
        else:
            stages.pop(stage, None)
    elif not latch.is_on:
        book.truth.latches.pop(key, None)
        for stage in [s for s in stages if s.startswith(f"{latch.kind}:") and s.endswith(f"/{latch.scope}")]:
            del stages[stage]
    elif key not in book.truth.latches:
        book.truth.latches[key] = LatchState(
            kind=latch.kind, scope=latch.scope, release=latch.release, reason=latch.reason, ts=ts
        )


def _kill(book: Book, kill: fx.Kill, ts: int) -> None:
    truth = book.truth
    if kill.state is not None:
        truth.kills[kill.scope] = kill.state
        return
    truth.kills.pop(kill.scope, None)
    truth.timers.pop(f"/kill/{kill.scope}", None)
    if kill.ramp_until > ts:
        truth.ramps[kill.scope] = kill.ramp_until
    else:
        truth.ramps.pop(kill.scope, None)


def _decision(book: Book, decision: fx.Decision, ts: int) -> None:
    note_decision(book, book.truth.positions[decision.deployment][decision.instrument], decision, ts)


def note_decision(book: Book, position: Position, decision: fx.Decision, ts: int) -> None:
    """Book how an evaluation ended; `position` is the one it was about."""
    code, decisions = decision.code, book.truth.counts.decisions
    decisions[code] = decisions.get(code, 0) + 1
    position.code, position.code_ts = code, ts
    if decision.target is not None:
        position.decided = decision.target
    if decision.intents or position.wish is not None:
        _note_wish(book, position, decision)
    if code >= _FIRST_REFUSAL:
        count(book.truth.counts.rejected, code)
        if code == Code.ORDER_RATE:
            book.truth.conduct.setdefault(position.deployment, Conduct()).refused += 1


def _note_wish(book: Book, position: Position, decision: fx.Decision) -> None:
    for intent in decision.intents:
        if not position.qty or intent.stop_loss or intent.take_profit:
            position.bracket = (intent.stop_loss or 0.0, intent.take_profit or 0.0)
    if decision.intents or not _waits_on(book, position, decision):
        # What has to wait for an order in its way is kept until it is done or something else is wanted.
        is_waiting = decision.code == Code.WAITING_FOR_ORDER
        position.wish = decision.intents[-1] if is_waiting and decision.intents else None


def _waits_on(book: Book, position: Position, decision: fx.Decision) -> bool:
    """Return True if nothing else is wanted than what an exit of some duration keeps waiting."""
    is_same = position.wish is not None and decision.target in (None, position.wish.target)
    return is_same and decision.code < Code.KILLED and book.spec.accounts[position.account].caps.reserves


_EVENTS: dict[type, Callable[[Book, Any], None]] = {
    ev.Bar: market.apply_bar, ev.History: market.apply_history, ev.Quote: market.apply_quote, ev.Fill: owner.apply_fill,
    ev.OrderUpdate: owner.apply_update, ev.Timer: _timer, ev.Answer: _answer, ev.Command: _command,
    ev.CashFlow: ledger.apply_cash_flow, ev.CorporateAction: market.apply_corporate_action, ev.Genesis: _genesis,
    ev.FxMark: market.apply_fx_mark, ev.Schedule: market.apply_schedule, ev.BadData: market.apply_bad_data,
    ev.DiskState: _disk, ev.Halt: market.apply_halt, ev.Link: line.apply_link, ev.BrokerState: line.apply_state,
    ev.Relisted: market.apply_relisted,
}  # fmt: skip
_EFFECTS: dict[type, Callable[[Book, Any, int], None]] = {
    fx.Submit: _submit, fx.Amend: _amend, fx.Cancel: _cancel, fx.SetTimer: _set_timer, fx.Ask: _ask, fx.Alert: _alert,
    fx.Latch: _latch, fx.Query: line.apply_query, fx.Lose: line.apply_lose, fx.Resend: _resend,
    fx.Bury: owner.apply_bury, fx.Expose: line.apply_expose, fx.Compared: line.apply_compared,
    fx.Mismatch: line.apply_mismatch, fx.Freeze: line.apply_freeze, fx.Adjust: ledger.apply_adjust,
    fx.Decision: _decision, fx.Withhold: _withhold, fx.SetLimits: _set_limits, fx.Kill: _kill,
}  # fmt: skip
_APART = frozenset({ev.Bar, ev.Genesis, ev.History, ev.Timer, ev.Command, ev.Schedule, ev.BadData, ev.DiskState,
                    ev.Relisted, ev.Quote, ev.Halt, ev.Link, ev.Answer, fx.SetTimer, fx.Alert, fx.Latch, fx.Decision,
                    fx.Query, fx.Ask, fx.Compared, fx.Mismatch, fx.Expose, fx.Freeze, fx.Kill})  # fmt: skip
"""Events and effects that change neither orders nor positions nor prices; a bar says by itself what it moves."""
