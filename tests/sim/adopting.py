"""Checks of what a person's `adopt` and `release` change (B12, B13): what lies in their scope, all of it, and no more.

What is taken over is what the venue told last; what a deployment gives away is what was sold of it by hand, or all it
has. A deployment may trade again once its account has all that it holds, and is frozen for a reason alone.
"""

from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from tests.sim.covering import lacks, shrunk
from tests.sim.house import scopes_of
from tests.sim.verdict import demand


def judge_freeze(judge: Any, freeze: fx.Freeze, event: ev.Event) -> None:
    """A deployment is frozen where it lacks something or has executed too much, and thawed by a word about it alone."""
    name, gates, symbols = freeze.deployment, judge.gates, judge.house.sorts
    if freeze.is_on:
        mine = (o for o in judge.books.orders.values() if o.deployment == name)
        is_due = any(lacks(judge, name, one) or one in gates.mismatched for one in symbols)
        is_due = is_due or any(order.filled > order.total for order in mine) or isinstance(event, ev.BrokerState)
        demand(is_due, "B12", f"{name} is frozen and has all that it holds: {freeze.why}")
        return
    is_word = isinstance(event, ev.Command) and event.kind in ("adopt", "release") and gates.is_first(event)
    demand(is_word, "B12", f"{name} may trade again by {event}")
    lacking = [one for one in symbols if lacks(judge, name, one) and one not in gates.mismatched]
    demand(not lacking, "B12", f"{name} may trade again, and lacks {lacking}")


def judge_step(judge: Any, event: ev.Event, effects: list[fx.Effect]) -> None:
    """Judge what a word has changed."""
    if not isinstance(event, ev.Command) or event.kind not in ("adopt", "release") or not judge.gates.is_first(event):
        return
    account, own = judge.house.account, judge.house.prepared.spec.deployments
    if event.kind == "adopt":
        is_told = judge.house.is_outside and judge.gates.is_heard
        symbols = {one for one in judge.house.sorts if is_told and event.scope in scopes_of("", one, account)}
        names = {name for name, spec in own.items() if symbols.intersection(spec.instruments)}
        for symbol in symbols:
            _adopted(judge, symbol, event, effects)
    else:
        names, symbols = {one for one in own if event.scope in scopes_of(one, "", account)}, set(judge.house.sorts)
        for name in names:
            _released(judge, name, event)
    for effect in effects:
        if type(effect) is fx.Adjust:
            is_meant = effect.instrument in symbols and (
                event.kind == "adopt" or (names and {effect.deployment, ""} & {*names, ""})
            )
            demand(is_meant, "B13", f"{event} changes {effect.account} {effect.instrument} of {effect.deployment}")
            if effect.deployment and not judge.unsure:
                shrunk(judge, effect.deployment, effect.instrument)
        elif type(effect) is fx.Freeze and not effect.is_on:
            demand(effect.deployment in names, "B12", f"{event} lets {effect.deployment} trade again")
        elif type(effect) is fx.Mismatch and not effect.is_on:
            demand(event.kind == "adopt" and effect.instrument in symbols, "B12", f"{event} settles {effect}")
    for name in names & judge.gates.frozen:
        is_lacking = any(lacks(judge, name, one) or one in judge.gates.mismatched for one in judge.house.sorts)
        demand(is_lacking, "B12", f"{name} is frozen behind {event}, and has all that it holds")


def _adopted(judge: Any, symbol: str, event: ev.Command, effects: list[fx.Effect]) -> None:
    """What disagreed is what the venue told last, as soon as it has a price."""
    is_settled = any(type(e) is fx.Mismatch and not e.is_on and e.instrument == symbol for e in effects)
    is_off, held = symbol in judge.gates.mismatched, judge.books.net(symbol)
    is_priced = judge.books.marks.get(symbol) is not None
    demand(not is_settled or is_priced, "B13", f"{symbol} is taken over for nothing, it has no price: {event}")
    demand(not is_off or not is_priced, "B12", f"{symbol} disagrees behind {event}")
    there = judge.there.get(symbol)
    demand(
        not is_settled or there is None or held == there, "B12", f"{symbol} is {held} behind {event}, told was {there}"
    )


def _released(judge: Any, name: str, event: ev.Command) -> None:
    """What is handed over is all that there is, and nothing works on for it."""
    for symbol in judge.house.sorts:
        held = judge.books.holding(name, symbol).lots
        demand(not held, "B13", f"{name} still holds {held} {symbol} behind {event}")
    left = [o.oid for o in judge.books.open.values() if o.deployment == name and not o.was_cancelled]
    demand(not left, "B20", f"{left} of {name} work on behind {event}")
    others = (one for one in judge.house.prepared.spec.deployments if one not in judge.gates.frozen)
    lacking = [
        one
        for one in others
        if any(lacks(judge, one, s) and s not in judge.gates.mismatched for s in judge.house.sorts)
    ]
    demand(not lacking, "B12", f"{lacking} trade on behind {event}, and lack what was given away")
