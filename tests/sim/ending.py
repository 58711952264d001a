"""The last judgement: after faults have stopped, everything agrees, has ended, and can be told again (B12, L1 to L5)."""

from hashlib import sha256
from itertools import accumulate
from typing import Any

from openbell.core import effects as fx
from openbell.core.types import NS
from tests.sim import offline
from tests.sim.house import scopes_of
from tests.sim.verdict import demand
from tests.sim.wire import quanta


def judge_end(world: Any) -> None:
    """Judge a run that has come to rest."""
    if world.judge.refused:
        return
    demand(world.engine is not None, "L1", "the process does not come up")
    truth = world.engine.book.truth
    demand(truth.orders_hash == _orders_hash(world), "B8", "the running hash of orders is another one")
    _bounds(world, truth)
    for judge in world.judges:
        judge.compare_all(truth)
        if world.house.is_outside:
            _agreement(judge, truth)
        _kills(judge, truth)
        _orphans(judge)
    settle_disk(world)
    if is_recovered_again(world):
        again = world.recover_copy()
        demand(
            world.truth_hash() == world.digest_of(again),
            "B29",
            "the journal folds to another truth than the engine holds",
        )
    if world.seed % 4 == 1:
        world.replay_copy()
    logs = {judge.house.account: judge.wire.broker.log for judge in world.judges} if world.house.is_outside else None
    offline.check(dict(world.disk.cache), logs, offline.terms_of(world))


def settle_disk(world: Any) -> None:
    """Make everything durable."""
    for _ in range(2):
        # The first commit may find that there is room again, which is one more record.
        world.guarded(world.started.ledger.commit)


def is_recovered_again(world: Any) -> bool:
    """Return True for the runs whose journal is recovered once more at their end."""
    return bool(world.seed % 3 == 0)


def _orders_hash(world: Any) -> bytes:
    """Work the running hash out anew from the orders recorded."""
    digest = bytes(32)
    # A timer that was slept through comes behind the jump of logical time, and counts there.
    times = accumulate((event.ts for event, _, _ in world.history), max)
    steps = zip(times, world.history, strict=True)
    line = [(ts, one) for ts, (_, effects, _) in steps for one in effects if type(one) is fx.Submit]
    for ts, s in line:
        fields = (
            ts,
            s.deployment,
            s.instrument,
            s.side,
            _plain(s.qty),
            s.type,
            _plain(s.limit),
            _plain(s.stop),
            s.tif,
            s.parent,
        )
        digest = sha256(digest + "|".join(map(str, fields)).encode()).digest()
    return digest


def _plain(number: Any) -> str:
    return "" if number is None else format(number.normalize(), "f")


def _bounds(world: Any, truth: Any) -> None:
    """Nothing grows without a limit (B36)."""
    demand(len(truth.timers) < 200, "B36", f"{len(truth.timers)} timers")
    demand(
        len(truth.pending) <= len([o for o in truth.orders.values() if o.is_open]) + 5,
        "B36",
        f"{len(truth.pending)} pending",
    )


def _agreement(judge: Any, truth: Any) -> None:
    """Open orders and positions are the venue's, or are said not to be (B12, L2)."""
    world, broker = judge.world, judge.wire.broker
    live = {o.oid: o for orders in broker.live.values() for o in orders if o.oid}
    for oid, order in truth.orders.items():
        if not order.is_open or order.account != judge.house.account:
            continue
        status = order.status.value
        if world.engine.book.truth.ts - judge.books.orders[oid].sent < 60 * NS:
            continue
        demand(status not in ("unknown", "sent"), "L2", f"{oid} is still {status}")
        demand(oid in live, "B12", f"{oid} is {status} here and not at the venue")
        sort = world.house.sorts[order.instrument]
        demand(
            order.leaves * sort.lots_per_unit == live[oid].leaves,
            "B12",
            f"{oid} has {order.leaves} to go here, {live[oid].leaves} lots there",
        )
        ours, theirs = (quanta(order.limit, sort), quanta(order.stop, sort)), (live[oid].limit, live[oid].stop)
        demand(ours == theirs or order.type.value == "trailing", "B12", f"{oid} stands at {ours} here, {theirs} there")
    for oid in live:
        if oid in judge.books.orders and truth.ts - judge.books.orders[oid].sent < 60 * NS:
            continue
        demand(oid in truth.orders and truth.orders[oid].is_open, "B12", f"{oid} works at the venue and not here")
    _positions(judge, truth)


def _positions(judge: Any, truth: Any) -> None:
    broker, account = judge.wire.broker, judge.house.account
    names = {*judge.house.prepared.spec.deployments, judge.house.external}
    for symbol, sort in judge.house.sorts.items():
        ours = (
            sum((p[symbol].qty for name, p in truth.positions.items() if symbol in p and name in names), 0)
            * sort.lots_per_unit
        )
        theirs = broker.positions.get(symbol, 0)
        flagged = f"{judge.house.account}/{symbol}" in truth.mismatched
        demand(
            ours == theirs or flagged, "B12", f"{symbol}: {ours} lots here, {theirs} at the venue, and nobody says so"
        )
        demand(not flagged or ours != theirs, "B12", f"{symbol} agrees and is still called a mismatch")
    if not any(key.startswith(f"{account}/") for key in truth.mismatched):
        contact = truth.contacts[judge.house.account]
        demand(
            contact.is_ready, "B12", f"the line is healthy, everything agrees, and the account is not ready: {contact}"
        )
        cash = judge.wire.cash({"spent": broker.spent, "flows": broker.flows})
        for currency, amount in cash.items():
            ours_now = int(truth.accounts[judge.house.account].cash.get(currency, 0) * 10**8)
            demand(
                abs(ours_now - amount) <= 10**6, "B11", f"cash in {currency}: {ours_now} here, {amount} at the venue"
            )


def _orphans(judge: Any) -> None:
    """No exit works on for more than is held: it could open or grow the other side (B20).

    The exchange in the process executes of a reducing order no more than is held; there none works for nothing.
    """
    for order in judge.books.open.values():
        held = judge.books.holding(order.deployment, order.symbol).lots
        most = order.leaves if judge.house.is_outside else 1
        is_orphan = not order.is_entry and held * order.side + most > 0 and not order.was_cancelled
        text = f"{order.oid} still works {order.leaves} for {order.deployment}, which holds {held} {order.symbol}"
        demand(not is_orphan, "B20", text)


def _kills(judge: Any, truth: Any) -> None:
    """A kill that was not lifted is still in force; one of tier 3 is flat or names what is left (L5)."""
    for (kind, scope), why in judge.gates.closed.items():
        if kind in ("kill", "pause", "drawdown"):
            demand(f"{kind}/{scope}" in truth.latches, "B17", f"{kind} of {scope} is gone: {why}")
    kills = getattr(truth, "kills", {})
    for scope, tier in judge.gates.tiers.items():
        state = kills.get(scope)
        # A limit that was passed may have raised it, before the command or since; nothing lowers it.
        tier = max(tier, judge.gates.raised.get(scope, 0))
        demand(state is not None and state.tier == tier, "B17", f"kill of {scope} at tier {tier} is {state}")
        if tier == 4:
            continue
        closers = {one.oid for other in kills.values() for one in other.slices.values()}
        # Whoever wants out after a kill of tier 2 may.
        upto = judge.gates.upto[scope]
        found = [o for o in judge.books.open.values() if o.is_entry or tier > 2 or (tier == 2 and o.index <= upto)]
        open_orders = [o.oid for o in found if _covers(judge, scope, o.deployment, o.symbol) and o.oid not in closers]
        demand(not open_orders or state.left, "B16", f"kill of {scope} leaves {open_orders} and says nothing")
        for one in state.left:
            theirs = judge.wire.broker.positions.get(one.instrument, 0) if judge.house.is_outside else 0
            is_figure = one.deployment == "broker" and one.instrument in judge.house.sorts and "reports" in one.why
            is_so = not is_figure or one.account != judge.house.account or theirs != judge.books.net(one.instrument)
            demand(is_so, "L5", f"kill of {scope} says that {one.why}, both hold {theirs} {one.instrument}")
        if tier == 3:
            held = [
                key
                for key, found in judge.books.holdings.items()
                if found.lots and key[0] != judge.house.external and _covers(judge, scope, *key)
            ]
            demand(not held or state.left, "L5", f"kill of {scope} leaves {held} and says nothing: {state}")


def _covers(judge: Any, scope: str, deployment: str, symbol: str) -> bool:
    return scope in scopes_of(deployment, symbol, judge.house.account)
