"""Nothing waits without an end: whatever is in doubt, asked for or exposed has its timer, and nothing else has (L4)."""

from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from tests.sim.verdict import demand, fail

MUTE = 3
"""Comparisons within which an account that tells nothing any more is no longer relied on."""
UNANSWERED = ("sent", "cancelling", "replacing")
OF_ORDERS = ("/ack/", "/query/", "/cancel/")
"""How the timers begin that an order waits by."""


def judge_step(judge: Any, event: ev.Event, effects: list[fx.Effect], truth: Any) -> None:
    """Look at what an account outside the process leaves open after a step."""
    contact = truth.contacts.get(judge.house.account)
    if contact is None:
        return
    timers = truth.timers
    if contact.is_up:
        if judge.comparing not in timers:
            fail("L4", "the line is up and no comparison is due")
        outside, since = judge.house.prepared.spec.accounts[judge.house.account].outside, judge.gates.unanswered
        if contact.is_ready and since and event.ts - since > MUTE * outside.reconcile_every:
            fail("B12", f"nothing is told of the account since {since}, and it is ready")
    for own in judge.books.open.values():
        order = truth.orders.get(own.oid)
        if order is not None and order.is_open:
            _judge_order(judge, order, contact.is_up, timers)
    for name in timers:
        if name.startswith(OF_ORDERS):
            oid = name.split("/", 2)[2]
            if oid not in truth.orders or not truth.orders[oid].is_open:
                fail("L4", f"{oid} has ended and is still waited for")
    for key in truth.exposed:
        demand(f"/exposed/{key}" in timers, "L4", f"{key} is exposed and no further alarm is due")
    if isinstance(event, ev.Timer) and event.name.startswith("exposed/") and event.name[8:] in truth.exposed:
        is_told = any(type(e) is fx.Alert and e.key == event.name for e in effects)
        demand(is_told, "B27", f"{event.name[8:]} is still exposed and nobody is told")


def _judge_order(judge: Any, order: Any, is_up: bool, timers: dict[str, int]) -> None:
    status, oid = order.status.value, order.oid
    if status in UNANSWERED:
        if f"/ack/{oid}" not in timers:
            fail("L4", f"{oid} is {status} and nothing bounds that")
    elif status == "unknown" and is_up:
        if f"/query/{oid}" not in timers:
            fail("L4", f"{oid} is unknown and will not be asked after")
    elif status in ("working", "partial") and judge.books.orders[oid].was_cancelled and is_up:
        is_seen_to = f"/cancel/{oid}" in timers or judge.alarms.get(f"cancel/{oid}")
        is_seen_to = is_seen_to or judge.gates.tier_over(order.deployment, order.instrument)
        demand(is_seen_to, "L4", f"{oid} was to be cancelled, lives on, and nobody sees to it")
