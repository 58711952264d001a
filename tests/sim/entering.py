"""Checks of orders that take new risk, at the moment they are recorded (B1, B14, B15, B16, B22, B23, B26)."""

from copy import copy
from decimal import Decimal
from math import ceil, floor
from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.ladder import SEVER
from openbell.core.strategy import StockStrategy
from openbell.core.types import NS
from tests.sim import confirming
from tests.sim.books import Known, half_even
from tests.sim.covering import weighed
from tests.sim.house import E8, MINUTE, TANTRUM, Sort, scopes_of
from tests.sim.verdict import demand

MOST = 1000.0
"""A larger target is taken for an error."""


def on_tick(px: Decimal | None, sort: Sort, what: str) -> None:
    """An order price is a decimal on the instrument's grid."""
    if px is None:
        return
    demand(type(px) is Decimal, "B14", f"{what}: {px!r} is no decimal")
    quanta = px * sort.steps
    demand(quanta == int(quanta) and int(quanta) % sort.tick == 0 and px > 0, "B14", f"{what}: {px} is off the tick")


def lots_of(submit: fx.Submit, sort: Sort) -> int:
    """Return the lots of an order."""
    return int(submit.qty * sort.lots_per_unit)


def judge_shape(judge: Any, submit: fx.Submit) -> None:
    """An order is one that a venue could take."""
    sort = judge.house.sorts[submit.instrument]
    demand(type(submit.qty) is Decimal, "B14", f"{submit.oid}: {submit.qty!r} is no decimal")
    lots = submit.qty * sort.lots_per_unit
    demand(lots == int(lots) and lots > 0, "B14", f"{submit.oid}: {submit.qty} is no number of lots")
    on_tick(submit.limit, sort, submit.oid)
    on_tick(submit.stop, sort, submit.oid)
    kind = submit.type.value
    demand(
        (kind in ("limit", "stop_limit")) == (submit.limit is not None),
        "B14",
        f"{submit.oid}: {kind} with limit {submit.limit}",
    )
    demand(
        (kind in ("stop", "stop_limit", "trailing")) == (submit.stop is not None),
        "B14",
        f"{submit.oid}: {kind} with stop {submit.stop}",
    )


def judge_entry(judge: Any, submit: fx.Submit, event: ev.Event, effects: list[fx.Effect]) -> None:
    """New risk may be taken, here and now, in this size."""
    books, house = judge.books, judge.house
    why = judge.gates.closed_for(submit.deployment, submit.instrument)
    demand(not why, "B16" if why.startswith("kill") else "B23", f"{submit.oid} takes risk although {why}")
    gates, name, symbol = judge.gates, submit.deployment, submit.instrument
    demand(not gates.is_apart, "B22", f"{submit.oid} takes risk while the clocks disagree")
    demand(not gates.is_sick, "B34", f"{submit.oid} takes risk on a sick disk")
    demand(symbol not in gates.mismatched, "B12", f"{submit.oid} takes risk in {symbol}, which disagrees")
    demand(name not in gates.frozen, "B6", f"{submit.oid} takes risk for {name}, which is frozen")
    demand(symbol not in gates.fresh.halted, "B22", f"{submit.oid} takes risk in {symbol}, which is halted")
    demand(not gates.fresh.is_stale(symbol, event.ts), "B22", f"{submit.oid} takes risk in {symbol}, which is stale")
    demand(gates.is_heard, "B12", f"{submit.oid} takes risk before the account has told its state")
    begin, end = books.session
    demand(begin < event.ts <= end, "B26", f"{submit.oid} at {event.ts}, session {begin} to {end}")
    if isinstance(event, ev.Bar):
        demand(begin <= event.ts - event.interval < end, "B26", f"{submit.oid} on a bar outside the session")
    demand(
        end - event.ts >= books.force.limits.before_close, "B26", f"{submit.oid} {end - event.ts} ns before the close"
    )
    others = [
        o.oid
        for o in books.open.values()
        if o.is_entry and (o.deployment, o.symbol) == (submit.deployment, submit.instrument)
    ]
    demand(not others, "B1", f"{submit.oid} while {others} could still fill")
    if not submit.side.sign > 0:
        demand(
            house.prepared.spec.deployments[submit.deployment].can_short or _is_long(judge, submit),
            "B15",
            f"{submit.oid} goes short",
        )
    entries = books.day_entries
    refuses = books.force.limits.has_tantrum and entries and entries % TANTRUM == 0
    demand(not refuses, "B16", f"{submit.oid} although a rule could not answer")
    judge_rate(judge, submit.oid, event)
    _own_limits(judge, submit, event)
    _opposite(judge, submit)
    confirming.judge_entry(judge, submit, event)
    _ramp(judge, submit, event.ts)
    _worst(judge, Known(submit, judge.house.sorts[submit.instrument], 0))
    _repeat(judge, submit, event)
    _size(judge, submit, effects)
    _price(judge, submit, event)


def judge_move(judge: Any, amend: fx.Amend, effects: list[fx.Effect]) -> None:
    """An entry that is moved is for what it has executed and the part of a full position wanted now, and never for more (B15)."""
    books, order = judge.books, judge.books.orders[amend.oid]
    (kind, value), pair = judge.house.sizes[order.deployment], (order.deployment, order.symbol)
    wishes = [e for e in effects if type(e) is fx.Decision and (e.deployment, e.instrument) == pair]
    if not order.is_entry or len(wishes) != 1 or wishes[0].target is None or len(wishes[0].intents) > 1:
        return
    moved, sort = copy(order), judge.house.sorts[order.symbol]
    lots = moved.qty = int(amend.qty * sort.lots_per_unit)
    moved.limit, moved.stop = amend.limit, amend.stop
    # Where a change is a second order, both could execute.
    _worst(judge, moved, "" if amend.is_pair else amend.oid)
    px = amend.limit if amend.limit is not None else amend.stop
    if px is None or judge.gates.is_ramped(*pair, books.ts):
        return
    full = most = (
        value * sort.lots_per_unit // E8 if kind == "quantity" else value // (int(px * sort.steps) * sort.unit)
    )
    if kind == "weight":
        full, most = weighed(judge, *pair, int(px * sort.steps))
    if full != most:
        return
    part = full * round(abs(wishes[0].target) * 1_000_000) // 1_000_000
    wanted = min(order.qty, order.filled + part)
    demand(
        lots == wanted, "B15", f"{amend.oid} is moved to {lots} lots, it should be {wanted}: {order.filled} and {part}"
    )


def _price(judge: Any, submit: fx.Submit, event: ev.Event) -> None:
    """A stock strategy's entry waits at the close, or beyond it where the market has to come first."""
    spec, close = judge.house.prepared.spec.deployments[submit.deployment], judge.books.closes.get(submit.instrument)
    is_stock = isinstance(judge.house.prepared.strategies[spec.name], StockStrategy)
    if not is_stock or not isinstance(event, ev.Bar) or event.instrument != submit.instrument or close is None:
        return
    demand(submit.type is spec.entry_type, "B14", f"{submit.oid} is a {submit.type}, its file says {spec.entry_type}")
    text, sign = f"{submit.oid}: limit {submit.limit}, stop {submit.stop} at {close}", submit.side.sign
    sort, first = judge.house.sorts[submit.instrument], float(submit.stop or close)
    tick = sort.tick / sort.steps
    if submit.stop is not None:
        demand(-tick <= (first - close * (1 + sign * float(spec.entry_offset))) * sign <= tick, "B14", text)
    if submit.limit is not None:
        wanted = first * (1 + sign * float(spec.entry_slack)) if submit.stop is not None else first
        demand(abs(float(submit.limit) - wanted) <= tick * 2.01, "B14", text)


def judge_latched(judge: Any, effects: list[fx.Effect]) -> None:
    """Whatever closes a gate takes back what is still to be entered behind it (B16, B23)."""
    for effect in effects:
        if (
            type(effect) is not fx.Latch
            or not effect.is_on
            or effect.kind == "stale"
            or effect.level not in ("", "hold")
        ):
            continue
        for order in judge.books.open.values():
            scopes = scopes_of(order.deployment, order.symbol, judge.house.account)
            is_cut = judge.gates.tier_over(order.deployment, order.symbol) == SEVER
            is_left = order.is_entry and effect.scope in scopes and not order.was_cancelled and not is_cut
            demand(not is_left, "B16", f"{order.oid} is still to enter behind {effect.kind} of {effect.scope}")


def judge_rate(judge: Any, oid: str, event: ev.Event) -> None:
    """Messages stay under their caps, what is sent again included, and a part is left for cancels (B19)."""
    rate = judge.books.force.limits.rate
    for most, span in zip(rate or (), (NS, MINUTE), strict=False):
        sent = judge.books.sent_since(event.ts - span)
        demand(sent < most, "B19", f"{oid} is message {sent + 1} in {span // NS} s, {most} are allowed")


def _own_limits(judge: Any, submit: fx.Submit, event: ev.Event) -> None:
    """What a deployment allows itself: entries of a session, instruments at once, worth of one of them."""
    books, sort = judge.books, judge.house.sorts[submit.instrument]
    spec, name = judge.house.prepared.spec.deployments[submit.deployment], submit.deployment
    entered = books.entered.get(name, 0)
    demand(not spec.max_entries or entered < spec.max_entries, "B15", f"{submit.oid} is entry {entered + 1} of {name}")
    held = {key[1] for key, found in books.holdings.items() if found.lots and key[0] == name}
    held |= {o.symbol for o in books.open.values() if o.is_entry and o.deployment == name} | {submit.instrument}
    demand(
        not books.force.own[name] or len(held) <= books.force.own[name],
        "B15",
        f"{submit.oid} is in instrument {len(held)} of {name}",
    )
    close = judge.asked.close_at(event, books.closes.get(submit.instrument))
    if spec.max_value and close is not None and submit.type.value == "market":
        num, den = books.rate_of(submit.instrument)
        # A holding on the other side goes by an order of its own.
        own = max(books.holding(name, submit.instrument).lots * submit.side.sign, 0)
        lots = own + int(submit.qty * sort.lots_per_unit)
        worth = lots * floor(close * sort.steps) * sort.unit * num // den
        demand(worth <= int(spec.max_value) * E8, "B15", f"{submit.oid} makes a holding worth {worth}")


def _opposite(judge: Any, submit: fx.Submit) -> None:
    """Where an account keeps one sum, nobody enters against what another deployment holds or enters (B15)."""
    if judge.house.prepared.spec.accounts[submit.account].netting:
        return
    others = [
        (name, found.lots)
        for (name, symbol), found in judge.books.holdings.items()
        if symbol == submit.instrument and name != submit.deployment and found.lots * submit.side.sign < 0
    ]
    others += [
        (o.deployment, o.side * o.leaves)
        for o in judge.books.open.values()
        if o.is_entry and (o.symbol, -o.side) == (submit.instrument, submit.side.sign)
        if o.deployment != submit.deployment
    ]
    demand(not others, "B15", f"{submit.oid} ({submit.side}) stands against {others}")


def _ramp(judge: Any, submit: fx.Submit, ts: int) -> None:
    """Soon after a kill was lifted an entry has at most a part of its size (B17)."""
    kind, value = judge.house.sizes[submit.deployment]
    if kind != "quantity" or not judge.gates.is_ramped(submit.deployment, submit.instrument, ts):
        return
    sort = judge.house.sorts[submit.instrument]
    most = value * sort.lots_per_unit // E8 // judge.house.prepared.spec.kill.ramp_part
    demand(lots_of(submit, sort) <= most, "B17", f"{submit.oid} is for more than {most} lots right behind a kill")


def _is_long(judge: Any, submit: fx.Submit) -> bool:
    return judge.books.holding(submit.deployment, submit.instrument).lots > 0  # type: ignore[no-any-return]


def _worst(judge: Any, added: Known, without: str = "") -> None:
    """Every limit holds if all that could execute did, in the worst order (B15), an order `without` which left out."""
    books, limits = judge.books, judge.books.force.limits
    standing = [o for o in books.open.values() if o.oid != without]
    gross = 0
    pairs = {key for key, found in books.holdings.items() if found.lots}
    pairs |= {(o.deployment, o.symbol) for o in (*standing, added) if o.is_entry}
    for symbol, sort in judge.house.sorts.items():
        orders = [o for o in (*standing, added) if o.symbol == symbol]
        px = books.marks.get(symbol)
        if px is None:
            demand(not orders, "B22", f"{added.oid} without a price")
            continue
        worst, high = _swing(books.net(symbol), orders, px, sort, books.strays.get(symbol, ()))
        num, den = books.rate_of(symbol)
        value = half_even(worst * high * sort.unit * num, den)
        gross += value
        if symbol == added.symbol and limits.max_position:
            top, bottom = limits.max_position
            demand(
                value * bottom <= top * books.equity + bottom,
                "B15",
                f"{added.oid} could hold {value} of {books.equity}",
            )
    demand(
        gross <= books.equity * limits.leverage + 1, "B15", f"{added.oid} makes gross {gross} of equity {books.equity}"
    )
    if limits.max_positions:
        demand(len(pairs) <= limits.max_positions, "B15", f"{added.oid} makes {len(pairs)} positions")


def _swing(net: int, orders: list[Known], px: int, sort: Sort, strays: Any) -> tuple[int, int]:
    """Return the largest magnitude that can come of it in lots, and the highest price it could come at."""
    buys = sells = cover = shed = 0
    for side, lots, limit in strays:
        buys, sells = buys + lots * (side > 0), sells + lots * (side < 0)
        px = max(px, int((limit or 0) * sort.steps))
    for order in orders:
        if order.is_entry:
            buys += order.leaves * (order.side > 0)
            sells += order.leaves * (order.side < 0)
            px = max(px, *(int(p * sort.steps) for p in (order.limit, order.stop) if p is not None), px)
        else:
            cover += order.leaves * (order.side > 0)
            shed += order.leaves * (order.side < 0)
    upper = net + buys + min(cover, max(-net, 0))
    lower = net - sells - min(shed, max(net, 0))
    return max(abs(upper), abs(lower), abs(net)), px


def _repeat(judge: Any, submit: fx.Submit, event: ev.Event) -> None:
    span = judge.books.force.limits.duplicate
    if span is None:
        return
    for ts, old in reversed(judge.books.order_line):
        if event.ts - ts >= span:
            return
        if not old.reduce_only and (old.deployment, old.instrument) == (submit.deployment, submit.instrument):
            same = (old.side, old.qty) == (submit.side, submit.qty)
            demand(not same, "B15", f"{submit.oid} repeats {old.oid} after {event.ts - ts} ns")
            return


def _size(judge: Any, submit: fx.Submit, effects: list[fx.Effect]) -> None:
    """A market entry brings the holding exactly to the part of a full position that was wanted."""
    sort = judge.house.sorts[submit.instrument]
    kind, value = judge.house.sizes[submit.deployment]
    wish = next((e for e in effects if type(e) is fx.Decision and e.target is not None
                 and (e.deployment, e.instrument) == (submit.deployment, submit.instrument)), None)  # fmt: skip
    close = judge.books.closes.get(submit.instrument)
    demand(wish is None or abs(wish.target) <= MOST, "B14", f"{submit.oid} is made of a wish for {wish}")
    if wish is None or submit.type.value != "market" or close is None:
        return
    scaled = close * sort.steps
    px = (
        round(scaled) if abs(scaled - round(scaled)) < 1e-6 else ceil(scaled) if submit.side.sign > 0 else floor(scaled)
    )
    full = most = value * sort.lots_per_unit // E8 if kind == "quantity" else value // (px * sort.unit)
    if kind == "weight":
        full, most = weighed(judge, submit.deployment, submit.instrument, px)
    lots = int(submit.qty * sort.lots_per_unit) * submit.side.sign
    # With two wishes at once the order is of either.
    targets = [i.target for i in wish.intents if i.target * lots > 0] or [wish.target]
    target = max(targets, key=abs) if len(targets) > 1 else targets[0]
    part = full * round(abs(target) * 1_000_000) // 1_000_000 * (1 if target > 0 else -1)
    held = judge.books.holding(submit.deployment, submit.instrument).lots
    is_turning = held and (held > 0) != (target > 0)
    missing = part - (0 if is_turning else held)
    is_capped = (
        submit.deployment in judge.house.bracketed
        or any(type(e) is fx.Alert and e.key.startswith("capped/") for e in effects)
        or judge.gates.ramp_until > judge.books.ts
        or len(targets) > 1
    )
    if full != most:
        return
    if is_capped:
        demand(
            0 < lots * (1 if missing > 0 else -1) <= abs(missing),
            "B15",
            f"{submit.oid} orders {lots}, at most {missing} are missing",
        )
    else:
        demand(
            lots == missing,
            "B15",
            f"{submit.oid} orders {lots}, missing are {missing}: target {target}, held {held}, full {full}",
        )
