"""Checks of orders that reduce risk, and of holdings that must be protected (B20, B21, B27)."""

from decimal import Decimal
from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.ladder import FLATTEN, SEVER
from tests.sim.books import Before, Books, Known, half_even
from tests.sim.covering import lacks
from tests.sim.verdict import demand

STOP_LOSS, TAKE_PROFIT = 40, 41
ENTRY_ONLY = frozenset({200, 201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 211, 213, 214, 215})
"""Refusals that may never meet an exit."""
MOST_EXITS = 3
"""Market exits of a holding without an execution, behind which no other one follows by itself."""


def judge_exit(judge: Any, submit: fx.Submit) -> None:
    """A reducing order never flips or grows what is held, with everything in flight counted (B20)."""
    books, sort = judge.books, judge.house.sorts[submit.instrument]
    held = books.holding(submit.deployment, submit.instrument).lots
    lots = int(submit.qty * sort.lots_per_unit)
    demand(held * submit.side.sign < 0, "B20", f"{submit.oid} would grow a holding of {held}")
    groups: dict[str, int] = {}
    same: list[str] = []
    market = lots if submit.type.value == "market" else 0
    for order in books.open.values():
        if (
            order.is_entry
            or (order.deployment, order.symbol) != (submit.deployment, submit.instrument)
            or order.side != submit.side.sign
        ):
            continue
        if order.group and order.group == submit.oco:
            market += order.leaves if order.type == "market" else 0
            same.append(f"{order.oid} {order.type} {order.leaves} {order.status}")
        else:
            key = order.group or order.oid
            groups[key] = max(groups.get(key, 0), order.leaves)
    # What stands in one group shrinks together; a market order's siblings may stay larger than what a split left.
    in_flight = sum(groups.values()) + (market if submit.type.value == "market" else lots)
    demand(
        in_flight <= abs(held),
        "B20",
        f"{submit.oid} brings exits to {in_flight} of {abs(held)} held: {groups}, market {market} with {same}",
    )
    _price(judge, submit, held)


def _price(judge: Any, submit: fx.Submit, held: int) -> None:
    """A stop loss or a target stands where its distance from the average says."""
    exits, sort = judge.house.exits[submit.deployment], judge.house.sorts[submit.instrument]
    found = judge.books.holding(submit.deployment, submit.instrument)
    is_told_apart = submit.instrument not in judge.books.mixed
    # A stop of some true ranges may stand anywhere once a bar has run through a tenth of its price.
    is_tame = submit.instrument not in judge.books.wild
    if submit.type.value == "stop" and judge.books.marks.get(submit.instrument) and is_told_apart and is_tame:
        near, px = judge.books.marks[submit.instrument], submit.stop * sort.steps
        demand(abs(px - near) * 3 < near, "B27", f"{submit.oid} stands at {px} quanta, far from the market at {near}")
    if submit.type.value == "trailing":
        sign = 1 if held > 0 else -1
        average = half_even(found.cost * sign, abs(found.lots) * sort.unit)
        is_beyond = (submit.stop * sort.steps - average) * sign < 0
        demand(is_beyond, "B27", f"{submit.oid} trails from {submit.stop}, the average is {average} quanta")
    if submit.reason not in (STOP_LOSS, TAKE_PROFIT) or submit.type.value == "market":
        return
    if submit.deployment in judge.house.bracketed or (submit.reason == STOP_LOSS and exits.stop_atr):
        return
    sign = 1 if held > 0 else -1
    unit = found.lots * sort.unit
    average = half_even(found.cost * (1 if unit > 0 else -1), abs(unit))
    is_stop = submit.reason == STOP_LOSS
    px = submit.stop if is_stop else submit.limit
    ticks = ticks_of(average, -exits.stop_loss if is_stop else exits.take_profit, sign, sort.tick)
    demand(
        px is not None and px * sort.steps == ticks * sort.tick,
        "B27",
        f"{submit.oid} stands at {px}, worked out {ticks} ticks of {sort.tick}",
    )


def ticks_of(average: int, distance: Decimal, sign: int, tick: int) -> int:
    """Return the ticks of a stop (a distance below zero) or a target: the one not earlier, the other not worse."""
    num, den = distance.as_integer_ratio()
    exact, grid = average * (den + sign * num), den * tick
    return exact // grid if (distance < 0) == (sign > 0) else -(-exact // grid)


def judge_step(judge: Any, event: ev.Event, effects: list[fx.Effect], before: Before | None) -> None:
    """Exits were possible in this step, and what is held is protected or said to be exposed."""
    books: Books = judge.books
    for effect in effects:
        if type(effect) is fx.Decision and effect.target == 0.0 and isinstance(event, ev.Bar | ev.Timer):
            _left(judge, effect)
    if isinstance(event, ev.Fill) and books.fresh_fill and event.oid in books.orders:
        order = books.orders[event.oid]
        if order.is_entry and not event.supersedes:
            judge_protection(judge, order.deployment, order.symbol, effects)
        _siblings(judge, order)
    is_refusal = isinstance(event, ev.OrderUpdate) and event.happening == "rejected"
    if is_refusal and before is not None and not before.ended and event.oid in books.orders:
        _retreated(judge, books.orders[event.oid], effects)


def _retreated(judge: Any, refused: Known, effects: list[fx.Effect]) -> None:
    """A market exit that its venue refuses is tried once more as a limit where nothing else protects what is held (B27)."""
    if refused.is_entry or refused.type != "market" or refused.ended != "rejected":
        return
    books, gates, pair = judge.books, judge.gates, (refused.deployment, refused.symbol)
    exits = books.exits(*pair)
    is_whole = not judge.unsure and refused.symbol not in gates.mismatched and not lacks(judge, *pair)
    is_whole = is_whole and _has_room(judge, *pair)
    is_killed = any(tier > 1 for tier in (*gates.tiers.values(), *gates.raised.values()))
    if is_whole and not exits and not is_killed and refused.symbol in books.marks and books.holding(*pair).lots:
        tried = [e for e in effects if type(e) is fx.Submit and (e.deployment, e.instrument) == pair and e.reduce_only]
        demand(
            tried or _has_said_enough(effects, *pair), "B27", f"{refused.oid} was refused, and {pair} is left as it is"
        )


def _has_said_enough(effects: list[fx.Effect], deployment: str, symbol: str) -> bool:
    """Return True if the limit on messages, which counts exits too, let no more of them pass, and that was told."""
    notes = (e.text for e in effects if type(e) is fx.Note and e.kind == "denied")
    is_denied = any(note.startswith(f"{deployment} {symbol}: ") and note.endswith(" order_rate") for note in notes)
    told = [e for e in effects if type(e) is fx.Expose and (e.deployment, e.instrument) == (deployment, symbol)]
    return is_denied and all(one.is_on for one in told[-1:])


def _has_room(judge: Any, deployment: str, symbol: str) -> bool:
    """Return True where the account has something of a holding that no exit of another deployment takes out."""
    if judge.house.prepared.spec.accounts[judge.house.account].netting:
        return True
    books, sign = judge.books, 1 if judge.books.holding(deployment, symbol).lots > 0 else -1
    others = (o for o in books.open.values() if (o.symbol, o.side, o.is_entry) == (symbol, -sign, False))
    return bool(books.net(symbol) * sign > sum(o.leaves for o in others if o.deployment != deployment))


def _siblings(judge: Any, done: Known) -> None:
    """What protected a holding is taken back in the step that closes it, where its venue does not see to it (B20)."""
    books = judge.books
    caps = judge.house.prepared.spec.accounts[judge.house.account].caps
    if books.holding(done.deployment, done.symbol).lots or (caps.oco and done.group):
        return
    for order in books.open.values():
        is_sibling = (order.deployment, order.symbol) == (done.deployment, done.symbol) and order.group
        is_left = is_sibling and order.type != "market" and not order.was_cancelled
        demand(not is_left, "B20", f"{order.oid} stands on although {done.oid} has closed what it protected")


def _left(judge: Any, decision: fx.Decision) -> None:
    """A wish to be flat is never refused by a control meant for entries (B21)."""
    books = judge.books
    held = books.holding(decision.deployment, decision.instrument).lots
    if not held:
        return
    demand(
        decision.code not in ENTRY_ONLY,
        "B21",
        f"{decision.deployment} may not leave {decision.instrument}: {decision.code}",
    )
    exits = books.exits(decision.deployment, decision.instrument)
    if decision.code < 100 and decision.code not in (1, 2, 3, 21, 22, 20):
        demand(
            exits or is_said(judge, decision.deployment, decision.instrument),
            "B21",
            f"{decision.deployment} wants to leave {held} of {decision.instrument}, nothing is on its way",
        )


def is_said(judge: Any, deployment: str, symbol: str) -> bool:
    """Return True if it was said aloud that a holding can not be left or has no protection.

    A kill of tier 3 says so of each holding that it has not closed yet; it takes back exits other than its own (L5).
    """
    gates = judge.gates
    if gates.tier_over(deployment, symbol) == SEVER:
        # What is open or held then stays, as its last word says.
        return True
    kills = [scope for scope, tier in gates.tiers.items() if max(tier, gates.raised.get(scope, 0)) == FLATTEN]
    if judge.alarms.get(f"exposed/{deployment}/{symbol}") or any((deployment, symbol) in gates.left[k] for k in kills):
        return True
    refused = [key.partition("/")[2] for key in judge.alarms if key.startswith("exit_rejected/")]
    found = [judge.books.orders[oid] for oid in refused if oid in judge.books.orders]
    return any((o.deployment, o.symbol) == (deployment, symbol) for o in found)


def is_given_up(judge: Any, deployment: str, symbol: str) -> bool:
    """Return True where so many market exits of what is held have ended without an execution that no other one follows."""
    books = judge.books
    groups = {order.group for order in books.exits(deployment, symbol)}
    tried = (o for o in books.orders.values() if (o.deployment, o.symbol, o.type) == (deployment, symbol, "market"))
    failed = [o for o in tried if not o.is_entry and o.group in groups and o.ended and not o.filled]
    return len(failed) >= MOST_EXITS


def may_wait(judge: Any, stop: Known, bare: int) -> bool:
    """Return True where what a stop leaves open may wait: for its own answer, or with a tenth for its entry's end.

    Only where a change is a second order.
    """
    if judge.house.prepared.spec.accounts[judge.house.account].caps.in_place:
        return False
    return stop.status == "sent" or is_small(judge, stop, bare)


def is_small(judge: Any, stop: Known, bare: int) -> bool:
    """Return True while `bare` lots are still entered and a stop leaves no more than a tenth of what they come to open."""
    mine = (o for o in judge.books.open.values() if (o.deployment, o.symbol) == (stop.deployment, stop.symbol))
    coming = sum(o.leaves for o in mine if o.is_entry)
    return bool(coming) and 0 < (bare - stop.leaves) * 10 <= bare + coming


def judge_protection(judge: Any, deployment: str, symbol: str, effects: list[fx.Effect]) -> None:
    """A holding has a stop of its size on its way or standing, or an exit, or an alarm (B27)."""
    books, exits = judge.books, judge.house.exits[deployment]
    held = books.holding(deployment, symbol).lots
    is_meant = exits.stop_loss or exits.trail_frac or deployment in judge.house.bracketed
    if not held or not is_meant or judge.gates.tier_over(deployment, symbol) >= 2:
        return
    orders = books.exits(deployment, symbol)
    leaving = sum(o.leaves for o in orders if o.type in ("market", "limit"))
    # Where what rests keeps its units, a stop covers what no exit has.
    bare = abs(held) - (leaving if judge.house.prepared.spec.accounts[judge.house.account].caps.reserves else 0)
    for order in orders:
        is_meant = order.leaves >= bare or order.was_cancelled or order.status == "unknown"
        if order.type in ("stop", "trailing") and (is_meant or may_wait(judge, order, bare)):
            return
        if order.status in ("unknown", "replacing", "cancelling"):
            return
    if leaving >= abs(held):
        return
    demand(
        judge.alarms.get(f"exposed/{deployment}/{symbol}"),
        "B27",
        f"{deployment} holds {held} of {symbol} without stop or alarm",
    )
