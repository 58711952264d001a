"""Checks of what was not done: a refusal names a reason that is there, and a gate opens to nobody too early (B17, B21).

An engine that refuses everything is safe and useless. So each reason that follows from figures the judge has is held
against them; where a size matters, only an order that is far within every limit counts.
"""

from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import NS
from tests.sim.covering import lacks_capital
from tests.sim.house import E8, MINUTE, TANTRUM, scopes_of
from tests.sim.verdict import demand

FAR_WITHIN = 2
"""An order of at most this part of a limit is refused by no rounding of it."""


def judge_decision(judge: Any, decision: fx.Decision, event: ev.Event) -> None:
    """A reason for which nothing was done is true."""
    check = _CHECKS.get(decision.code)
    if check is not None:
        what = f"{decision.deployment} {decision.instrument}: {Code(decision.code).name} at {event.ts}"
        demand(check(judge, decision, event), "B21", f"{what}, and it is not so")


def judge_enable(judge: Any, command: ev.Command, latch: fx.Latch, truth: Any) -> None:
    """A gate opens only where no order's fate is unknown, nothing disagrees and the disk is well.

    A warning that is taken back opens none: limits are looked at with every command, obeyed or refused.
    """
    if latch.is_on or latch.level == "warn":
        return
    scope = command.scope
    unknown = [
        order.oid
        for order in truth.orders.values()
        if order.status.value == "unknown"
        and order.account == judge.house.account
        and _covers(judge, scope, order.deployment, order.instrument)
    ]
    demand(not unknown, "B17", f"{scope} opens while {unknown} are unknown")
    demand(not judge.gates.mismatched, "B17", f"{scope} opens while {judge.gates.mismatched} disagree")
    demand(not judge.gates.is_sick, "B17", f"{scope} opens on a sick disk")


def _covers(judge: Any, scope: str, deployment: str, symbol: str) -> bool:
    return scope in scopes_of(deployment, symbol, judge.house.account)


def _closed(judge: Any, decision: fx.Decision) -> set[str]:
    return {
        kind
        for kind, scope in judge.gates.closed
        if _covers(judge, scope, decision.deployment, decision.instrument)
    }  # fmt: skip


def _is_killed(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    return "kill" in _closed(judge, decision)


def _is_latched(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    return bool(_closed(judge, decision) - {"kill", "stale"})


def _is_frozen(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    return decision.deployment in judge.gates.frozen or "frozen" in _closed(judge, decision)


def _is_sick(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    return bool(judge.gates.is_sick)


def _is_mismatched(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    return decision.instrument in judge.gates.mismatched


def _is_outside(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    begin, end = judge.books.session
    if isinstance(event, ev.Bar) and not begin <= event.ts - event.interval < end:
        return True
    return not begin < event.ts <= end or bool(end - event.ts < judge.books.force.limits.before_close)


def _is_lost(kind: str) -> Any:
    def check(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
        return bool(judge.gates.is_lost(kind)) or (kind, f"account:{judge.house.account}") in judge.gates.closed

    return check


def _is_repeat(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    span = judge.books.force.limits.duplicate
    pair = (decision.deployment, decision.instrument)
    return span is not None and any(
        event.ts - ts < span and not old.reduce_only and (old.deployment, old.instrument) == pair
        for ts, old in judge.books.order_line
    )


def _has_thrown(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    entries = judge.books.day_entries
    return bool(judge.books.force.limits.has_tantrum and entries and entries % TANTRUM == 0)


def _is_crowded(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    pairs = {key for key, found in judge.books.holdings.items() if found.lots}
    pairs |= {(o.deployment, o.symbol) for o in judge.books.open.values() if o.is_entry}
    most = judge.books.force.limits.max_positions
    own = judge.books.force.own[decision.deployment]
    mine = {symbol for name, symbol in pairs if name == decision.deployment} | {decision.instrument}
    is_own = bool(own) and len(mine) > own
    return is_own or (bool(most) and len(pairs | {(decision.deployment, decision.instrument)}) > most)


def _has_traded(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    most = judge.house.prepared.spec.deployments[decision.deployment].max_entries
    return bool(most) and judge.books.entered.get(decision.deployment, 0) >= most


def _is_silent(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    fresh, symbol = judge.gates.fresh, decision.instrument
    return fresh.is_stale(symbol, event.ts) or ("stale", f"instrument:{symbol}") in judge.gates.closed


def _is_halted(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    return decision.instrument in judge.gates.fresh.halted


def _is_unheard(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    # Ready is said of a state that agrees, or says where it does not: what is still asked after may wait.
    return bool(judge.house.is_outside) and (judge.gates.is_apart or not (judge.is_quiet and judge.was_ready))


def _is_waiting(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    pair = (decision.deployment, decision.instrument)
    return any((o.deployment, o.symbol) == pair for o in judge.books.open.values())


def _is_there(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    spec = judge.house.prepared.spec.deployments[decision.deployment]
    target = decision.target or 0.0
    held = judge.books.holding(decision.deployment, decision.instrument).lots
    if target == 0.0 or (target < 0.0 and not spec.can_short):
        return not held or _is_waiting(judge, decision, event)
    return held * target > 0


def _is_unpriced(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    books = judge.books
    # What others' orders and holdings come to counts with the whole, and cannot be told without a price either.
    held = {symbol for (_, symbol), found in books.holdings.items() if found.lots}
    at_stake = {decision.instrument, *books.strays, *held, *judge.gates.mismatched}
    currencies = {judge.house.sorts[symbol].currency for symbol in at_stake} - {"USD"}
    # What somebody executed by hand is a mark; what an order would cost is told by a bar's close.
    is_unknown = at_stake - books.marks.keys() or decision.instrument not in books.closes
    return bool(is_unknown or currencies - books.rates.keys())


def _is_sold_already(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    """The account has nothing left of what the deployment thinks it holds."""
    books, symbol = judge.books, decision.instrument
    held = books.holding(decision.deployment, symbol).lots
    if not held or symbol in judge.gates.mismatched:
        return bool(held)
    side = -1 if held > 0 else 1
    exits = sum(o.leaves for o in books.open.values()
                if not o.is_entry and o.symbol == symbol and o.side == side and o.deployment != decision.deployment)  # fmt: skip
    return bool(books.net(symbol) * -side - exits <= 0)


def _is_fast(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    rate = judge.books.force.limits.rate or ()
    sent = (judge.books.sent_since(event.ts - span) for span in (NS, MINUTE))
    return any(count >= most for count, most in zip(sent, rate, strict=False))


def _is_asked(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    return bool(judge.house.limits.confirm)


def _never(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    return False


def _worth(judge: Any, decision: fx.Decision) -> int | None:
    """Return what a full position is worth, in 1e-8 USD; None where that depends on the engine's own figures."""
    sort = judge.house.sorts[decision.instrument]
    kind, value = judge.house.sizes[decision.deployment]
    mark = judge.books.marks.get(decision.instrument)
    if kind == "weight" or mark is None or decision.target is None:
        return None
    num, den = judge.books.rate_of(decision.instrument)
    worth = value if kind == "notional" else value * sort.lots_per_unit // E8 * mark * sort.unit
    return int(worth * max(abs(decision.target), 1) * num // den)


def _is_beyond(judge: Any, decision: fx.Decision, limit: int) -> bool:
    """Return False where nothing is held or ordered and the order would be far within a limit, in 1e-8 USD."""
    books = judge.books
    worth = _worth(judge, decision)
    is_clear = not books.open and not books.strays and not any(found.lots for found in books.holdings.values())
    return not is_clear or worth is None or worth * FAR_WITHIN > limit


def _lacks_power(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    return _is_beyond(judge, decision, judge.books.equity * judge.books.force.limits.leverage)


def _is_too_large(judge: Any, decision: fx.Decision, event: ev.Event) -> bool:
    share = judge.books.force.limits.max_position
    return share is not None and _is_beyond(judge, decision, judge.books.equity * share[0] // share[1])


_CHECKS: dict[int, Any] = {
    Code.UNCONFIRMED: _is_asked,
    Code.KILLED: _is_killed,
    Code.LATCHED: _is_latched,
    Code.FROZEN: _is_frozen,
    Code.DISK: _is_sick,
    Code.MISMATCH: _is_mismatched,
    Code.SESSION_HOURS: _is_outside,
    Code.OUT_OF_SESSION: _is_outside,
    Code.DAILY_LOSS: _is_lost("daily_loss"),
    Code.DRAWDOWN: _is_lost("drawdown"),
    Code.DUPLICATE: _is_repeat,
    Code.RULE_ERROR: _has_thrown,
    Code.MAX_POSITIONS: _is_crowded,
    Code.WAITING_FOR_ORDER: _is_waiting,
    Code.ALREADY_AT_TARGET: _is_there,
    Code.NO_MARK: _is_unpriced,
    Code.BUYING_POWER: _lacks_power,
    Code.BUDGET: lacks_capital,
    Code.MAX_POSITION: _is_too_large,
    Code.ORDER_RATE: _is_fast,
    Code.SHORT_NOT_ALLOWED: _never,
    Code.OFF_LOT: _never,
    Code.OFF_TICK: _never,
    Code.WOULD_FLIP: _is_sold_already,
    Code.DAILY_TRADES: _has_traded,
    Code.STALE_DATA: _is_silent,
    Code.HALTED: _is_halted,
    Code.NOT_READY: _is_unheard,
}
"""What must be so where an evaluation ended with a reason; what is not listed follows from no figure of the judge."""
