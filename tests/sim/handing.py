"""Checks of what changes hands without a trade, and of what a new day counts anew (B11, B13, B26)."""

from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from tests.sim.books import e8, half_even
from tests.sim.verdict import demand


def judge_adjust(judge: Any, adjust: fx.Adjust, event: ev.Event) -> None:
    """What is handed over takes its own share of the cost along; cash is compared once all executions can be known."""
    books = judge.books
    sort = judge.house.sorts.get(adjust.instrument)
    if sort is not None and adjust.deployment:
        found, lots = books.holding(adjust.deployment, sort.symbol), int(adjust.qty * sort.lots_per_unit)
        share = half_even(found.cost * abs(lots), abs(found.lots)) if found.lots else 0
        text = f"{adjust.deployment} gives {lots} of {found.lots} {sort.symbol} away with {adjust.cost} of {found.cost}"
        demand(abs(e8(adjust.cost)) == abs(share) and found.lots * lots < 0, "B13", text)
        outside = abs(books.holding(judge.house.external, sort.symbol).lots)
        is_adopted = isinstance(event, ev.Command) and event.kind == "adopt"
        most = min(abs(found.lots), outside) if is_adopted else abs(found.lots)
        demand(abs(lots) == most, "B13", f"{text}, it should be {most}")
    spec = judge.house.prepared.spec.accounts[judge.house.account].outside
    if adjust.cash and spec is not None and isinstance(event, ev.BrokerState) and judge.is_adopted:
        last = max(judge.moved.values(), default=0)
        text = f"cash is adjusted as of {event.as_of}, something executed at {last}"
        demand(last <= event.as_of - spec.visibility, "B11", text)


def judge_day(judge: Any, event: ev.Event, truth: Any) -> None:
    """What is counted by the session begins anew with it."""
    if not isinstance(event, ev.Schedule) or not event.is_open or judge.day == event.date:
        return
    judge.day = event.date
    for name, conduct in truth.conduct.items():
        counts = (conduct.orders, conduct.cancels, conduct.refused, conduct.spent)
        demand(not any(counts), "B26", f"{name} begins {event.date} with {counts}")
