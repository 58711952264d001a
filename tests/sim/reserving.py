"""Checks of accounts whose venue keeps what rests from every other exit (B20, B21): no exit is lost, none sells short."""

from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from tests.sim.books import half_even
from tests.sim.closing import TAKE_PROFIT, is_given_up, is_said, ticks_of
from tests.sim.verdict import demand


def is_reserving(judge: Any) -> bool:
    """Return True if the venue of this run keeps what rests."""
    return bool(judge.house.prepared.spec.accounts[judge.house.account].caps.reserves)


def judge_step(judge: Any, event: ev.Event, effects: list[fx.Effect]) -> None:
    """Judge what waits for room, what takes it, and what the venue let happen."""
    if not is_reserving(judge):
        return
    broker, books, waiting = judge.wire.broker, judge.books, judge.waiting
    demand(not broker.turned, "B20", f"exits executed more than was held: {broker.turned}")
    remember(judge, effects)
    for effect in effects:
        if type(effect) is fx.Submit and effect.reduce_only:
            _beside(judge, effect)
        elif type(effect) is fx.Cancel and effect.reason == TAKE_PROFIT:
            order = books.orders[effect.oid]
            is_there = is_at_target(judge, order.deployment, order.symbol)
            # An exit at its target that never came to the venue is sent again, whatever was bought meanwhile.
            lost = [books.orders[e.oid] for e in effects if type(e) is fx.Bury]
            is_again = any(
                not o.is_entry and (o.deployment, o.symbol) == (order.deployment, order.symbol) for o in lost
            )
            demand(is_there or is_again, "B27", f"{effect.oid} gives way to a target that is not reached")
    for (deployment, symbol), oid in list(waiting.items()):
        if judge.unsure or judge.gates.tier_over(deployment, symbol) > 2:
            continue
        stands = books.exits(deployment, symbol)
        is_told = judge.alarms.get(f"exposed/{deployment}/{symbol}")
        demand(stands or is_told, "B21", f"{deployment} {symbol} was to leave once {oid} was gone, and nothing follows")
    if isinstance(event, ev.Bar):
        _targets(judge, event)


def remember(judge: Any, effects: list[fx.Effect]) -> None:
    """Keep which holdings leave once something is gone; a closed one leaves no more."""
    for key in [key for key in judge.waiting if not judge.books.holding(*key).lots]:
        del judge.waiting[key]
    for effect in effects:
        if type(effect) is fx.Cancel and effect.exit is not None:
            order = judge.books.orders[effect.oid]
            judge.waiting[order.deployment, order.symbol] = effect.oid
        elif type(effect) is fx.Submit and effect.reduce_only:
            key = effect.deployment, effect.instrument
            is_exit = effect.type.value == "market" or not effect.oco
            is_told = judge.alarms.get(f"exposed/{'/'.join(key)}")
            demand(is_exit or is_told or key not in judge.waiting, "B21", f"{effect.oid} protects what was to leave")
            judge.waiting.pop(key, None)


def _beside(judge: Any, submit: fx.Submit) -> None:
    """What an exit would sell is not kept back by another one, as far as anybody here can know."""
    books, sort = judge.books, judge.house.sorts[submit.instrument]
    held = abs(books.holding(submit.deployment, submit.instrument).lots)
    exits = [o for o in books.open.values() if not o.is_entry and o.side == submit.side.sign]
    mine = [o for o in exits if (o.deployment, o.symbol) == (submit.deployment, submit.instrument)]
    kept = {o.oid: o.leaves for o in mine if o.oid != submit.oid}
    lots = int(submit.qty * sort.lots_per_unit)
    demand(lots + sum(kept.values()) <= held, "B20", f"{submit.oid} wants {lots} of {held}, kept back are {kept}")


def _targets(judge: Any, bar: ev.Bar) -> None:
    """A target that cannot rest beside its stop is left at once when the price is there."""
    books = judge.books
    for deployment, symbol in list(books.holdings):
        if symbol != bar.instrument or not is_at_target(judge, deployment, symbol):
            continue
        mine = books.exits(deployment, symbol)
        is_leaving = (deployment, symbol) in judge.waiting or [o for o in mine if o.type in ("market", "limit")]
        is_told = judge.alarms.get(f"exposed/{deployment}/{symbol}") or judge.gates.tier_over(deployment, symbol) >= 2
        # Its stop stands, and a person has been told of each exit that the venue did not take.
        is_done = is_given_up(judge, deployment, symbol) and is_said(judge, deployment, symbol)
        demand(is_leaving or is_told or is_done, "B27", f"{deployment} {symbol} is at its target and nothing leaves")


def is_at_target(judge: Any, deployment: str, symbol: str) -> bool:
    """Return True where a stop and a target are wanted of a holding and the mark has reached the target."""
    exits, sort = judge.house.exits.get(deployment), judge.house.sorts[symbol]
    found = judge.books.holding(deployment, symbol)
    if exits is None or not (found.lots and exits.take_profit and (exits.stop_loss or exits.trail_frac)):
        return False
    sign = 1 if found.lots > 0 else -1
    average = half_even(found.cost * sign, abs(found.lots) * sort.unit)
    target = ticks_of(average, exits.take_profit, sign, sort.tick) * sort.tick
    return (judge.books.marks[symbol] - target) * sign >= 0
