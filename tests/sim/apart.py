"""Checks that two accounts of one run stay apart (B9, B15): what concerns the line of one touches no order of the other,
and each is charged with its own orders and holdings alone."""

from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from tests.sim.verdict import demand

OF_A_LINE = (fx.Lose, fx.Resend, fx.Bury, fx.Compared, fx.Mismatch, fx.Freeze, fx.Adjust)
"""Effects that follow from what an account's own venue says or keeps to itself, from its timers, or from a person."""


def judge_step(judge: Any, event: ev.Event, effects: list[fx.Effect]) -> None:
    """Judge a step as it is, before anything that is not this account's is left out of it."""
    if judge.house.both is None:
        return
    account, mine = judge.house.account, judge.books.orders
    is_others = getattr(event, "account", account) not in ("", account)
    for effect in effects:
        of, oid = getattr(effect, "account", ""), getattr(effect, "oid", "")
        is_sent = type(effect) in (fx.Submit, fx.Withhold) or oid not in mine
        demand(is_sent or of == account, "B9", f"{oid} of {account} is spoken of at {of}: {effect}")
        is_own = of == account or getattr(effect, "deployment", "") in judge.house.prepared.spec.deployments
        # A kill of both asks for the whole state of each, whatever moves it on.
        is_asking = type(effect) is fx.Query and oid
        is_quiet = not (is_others and is_own and (is_asking or type(effect) in OF_A_LINE))
        demand(is_quiet, "B9", f"what {getattr(event, 'account', '')} told has touched {account}: {effect} by {event}")


def judge_stakes(judge: Any, book: Any) -> None:
    """What an account has at stake is counted of its own orders, and of deployments of its own."""
    if judge.house.both is None:
        return
    account, own = judge.house.account, judge.house.prepared.spec.deployments
    contact = book.truth.contacts.get(account)
    listed = [o.instrument for o in contact.strays.values()] if contact is not None else []
    for symbol in judge.house.sorts:
        at_stake = book.stakes.of(account, symbol)
        orders = [
            o.oid for o in book.truth.orders.values() if (o.account, o.instrument) == (account, symbol) and o.is_open
        ]
        told = at_stake.orders if at_stake is not None else 0
        text = f"{account} is charged with {told} orders of {symbol}, it has {orders}"
        demand(told == len(orders) + listed.count(symbol), "B15", text)
        charged = at_stake.used.keys() if at_stake is not None else set()
        others = charged - own.keys() - {judge.house.external}
        demand(not others, "B15", f"{account} is charged with {symbol} of {others}")
