"""Checks of targets that the venue has refused (B27): nothing is sold for that, and the price is watched in their place."""

from collections.abc import Iterator
from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.ladder import CANCEL, FLATTEN
from tests.sim.books import Known
from tests.sim.closing import STOP_LOSS, TAKE_PROFIT, is_given_up, is_said
from tests.sim.reserving import is_at_target, is_reserving
from tests.sim.verdict import demand


def judge_step(judge: Any, event: ev.Event, effects: list[fx.Effect]) -> None:
    """Judge what follows from a refusal, and what from a price."""
    for effect in effects:
        if type(effect) is fx.Submit and effect.reason == TAKE_PROFIT and effect.type.value == "limit":
            again = [o.oid for o in refused(judge, effect.deployment, effect.instrument) if o.group == effect.oco]
            demand(not again, "B27", f"{effect.oid} asks for a target that was refused as {again}")
    if isinstance(event, ev.OrderUpdate) and event.happening == "rejected":
        _stays(judge, event, effects)
    elif isinstance(event, ev.Bar) and not is_reserving(judge):
        _goes(judge, event)


def refused(judge: Any, deployment: str, symbol: str) -> Iterator[Known]:
    """Yield the targets that the venue refused, of this holding and of those before it."""
    for order in judge.books.orders.values():
        if order.ended == "rejected" and (order.deployment, order.symbol) == (deployment, symbol) and order.group:
            submit = judge.submits[order.oid]
            if submit.reason == TAKE_PROFIT and order.type == "limit":
                yield order


def _stays(judge: Any, event: ev.OrderUpdate, effects: list[fx.Effect]) -> None:
    """What has lost no more than its target is not sold for that."""
    order = judge.books.orders.get(event.oid)
    if order is None or order.is_entry or order not in list(refused(judge, order.deployment, order.symbol)):
        return
    if judge.gates.tier_over(order.deployment, order.symbol) >= FLATTEN:
        # A kill that closes sells on its own account, once what stood in its way has ended.
        return
    mine = [e for e in effects if type(e) is fx.Submit and e.deployment == order.deployment]
    sold = [e.oid for e in mine if e.reason == Code.EMERGENCY_STOP and e.instrument == order.symbol]
    demand(not sold, "B27", f"{sold} sells because the target {order.oid} was refused")


def _goes(judge: Any, bar: ev.Bar) -> None:
    """What has no target at its venue is left at the market once the price is there."""
    books, symbol = judge.books, bar.instrument
    for deployment, _ in [pair for pair in list(books.holdings) if pair[1] == symbol]:
        if judge.unsure or not is_at_target(judge, deployment, symbol):
            continue
        mine = books.exits(deployment, symbol)
        stops = {o.group for o in mine if judge.submits[o.oid].reason == STOP_LOSS}
        aims = [o.oid for o in refused(judge, deployment, symbol) if o.group in stops]
        if not aims or judge.gates.tier_over(deployment, symbol) >= CANCEL or is_said(judge, deployment, symbol):
            continue
        is_leaving = any(o.type == "market" or not o.group for o in mine)
        text = f"{deployment} {symbol} is at the target refused as {aims}, nothing leaves"
        demand(is_leaving or is_given_up(judge, deployment, symbol), "B27", text)
