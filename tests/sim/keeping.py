"""Checks of what is kept for reports and for limits that look back: each step changes it by what has happened (B9, B10, B23).

The largest fall, the extremes of a holding, what was spent, the figures of each order with executions, closes of
sessions, warnings. What a step begins with is what the step before has left; what it makes of that is worked out here.
"""

from decimal import Decimal
from typing import Any, NamedTuple

from openbell.core import effects as fx
from openbell.core import events as ev
from tests.sim.books import Known, e8, half_even
from tests.sim.verdict import demand, fail

WARNINGS = {"daily_loss": (1, 100), "drawdown": (5, 100)}
"""Shares of a loss at which these limits warn where nothing is said of it."""
EASED = (4, 5)
"""A warning ends once the loss is less than this part of what it was given at."""
CLOSES = 60
"""So many closes of sessions are kept beside the newest."""
CLOSE = 1e-9


class Kept(NamedTuple):
    """What a step has left: in the engine's figures, but for `made`, the results of holdings by the judge's books."""

    fall: tuple[Decimal, Decimal]
    equity: Decimal
    seen: dict[tuple[str, str], tuple[Decimal, float, float, int]]
    spent: dict[str, Decimal]
    trades: dict[tuple[str, int], tuple[Decimal, Decimal, Decimal, Decimal]]
    made: dict[tuple[str, str], int]
    closes: dict[str, list[float]]
    dates: dict[str, str]


def keep(judge: Any, truth: Any) -> Kept:
    """Return what stands now."""
    account, names = truth.accounts[judge.house.account], judge.house.prepared.spec.deployments
    return Kept(
        fall=(account.drawdown_peak, account.trough), equity=account.equity,
        seen={(p.deployment, p.instrument): (p.qty, p.high, p.low, p.opened_ts)
              for name in names for p in truth.positions.get(name, {}).values()},
        spent={name: truth.conduct[name].spent for name in names if name in truth.conduct},
        trades={(name, t.order): (t.qty, t.paid, t.arrival, t.gain)
                for name in names if name in truth.conduct for t in truth.conduct[name].trades},
        made={key: found.realised - found.fees for key, found in judge.books.holdings.items()},
        closes={symbol: mark.closes for symbol, mark in truth.marks.items()},
        dates={calendar: session.date for calendar, session in truth.sessions.items()},
    )  # fmt: skip


def judge_step(judge: Any, event: ev.Event, effects: list[fx.Effect], truth: Any, *, is_plain: bool) -> None:
    """Judge what a step has made of it; `is_plain` where it booked no more than one execution, told for the first time."""
    before = judge.kept
    judge.kept = now = keep(judge, truth)
    for effect in effects:
        if type(effect) is fx.Submit and effect.instrument in judge.unsure:
            judge.books.orders[effect.oid].arrival = None
        elif type(effect) is fx.Latch:
            _warning(judge, effect, truth, effects)
        elif type(effect) is fx.SetTimer and effect.name.startswith("cancel/"):
            _pace(judge, effect)
    if isinstance(event, ev.OrderUpdate):
        _in_force(judge, event, truth)
    if before is None:
        return
    is_fill = isinstance(event, ev.Fill) and is_plain and event.instrument not in judge.unsure
    if isinstance(event, ev.Bar | ev.FxMark) or is_fill:
        _fall(before, now, truth.accounts[judge.house.account].peak)
    if not any(type(effect) is fx.Adjust for effect in effects):
        _extremes(before, now, event, is_fill=is_fill)
    _spent(judge, before, now, effects)
    # Of an order that was let go of nobody knows any more what it was to get.
    if is_fill and event.oid in judge.books.orders and event.oid in truth.orders:
        _trade(judge, before, now, judge.books.orders[event.oid], event)  # type: ignore[arg-type]
    _closes(judge, before, now, event)


def _in_force(judge: Any, update: ev.OrderUpdate, truth: Any) -> None:
    """An order works with the values that its venue has told last."""
    own, order = judge.books.orders.get(update.oid), truth.orders.get(update.oid)
    if own is None or order is None or own.ended or own.wanted is not None or order.wanted is not None:
        return
    if order.status.value not in ("working", "partial") or own.changing:
        return
    lots = int(order.qty * judge.house.sorts[own.symbol].lots_per_unit)
    told, known = (lots, order.limit), (own.qty, own.limit)
    if own.type != "trailing":
        told, known = (*told, order.stop), (*known, own.stop)  # type: ignore[assignment]
    if told != known:
        fail("B4", f"{own.oid} is known as {told}, its venue told {known}")


def _fall(before: Kept, now: Kept, peak: Decimal) -> None:
    """The largest fall so far is the one that is the largest part of its peak."""
    top, low = before.fall
    is_deeper = now.equity < peak and now.equity * top < low * peak and now.equity != before.equity
    wanted = (peak, now.equity) if is_deeper else before.fall
    if peak > 0 and now.fall != wanted:
        fail("B24", f"the largest fall is told to be {now.fall}, it is {wanted}")


def _extremes(before: Kept, now: Kept, event: ev.Event, *, is_fill: bool) -> None:
    """A holding has seen what its bars have: all of one that it was there for, the close of the one it began with."""
    for key, (qty, high, low, since) in before.seen.items():
        new = now.seen.get(key, (Decimal(0), 0.0, 0.0, 0))
        if key[1] != getattr(event, "instrument", "") or not qty or qty * new[0] <= 0:
            continue
        if isinstance(event, ev.Bar):
            top, bottom = (event.high, event.low) if since < event.ts else (event.close, event.close)
            wanted: tuple[float, float, int] = max(high, top), min(low, bottom), since
        elif is_fill:
            wanted = high, low, since
        elif isinstance(event, ev.Fill) and event.supersedes and not event.is_bust:
            # It was opened once, whatever was said of that.
            wanted = new[1], new[2], since
        else:
            continue
        if new[1:] != wanted:
            fail("B10", f"{key} has seen {new[1:]}, by its bars {wanted}")


def _spent(judge: Any, before: Kept, now: Kept, effects: list[fx.Effect]) -> None:
    """What entries of this session are worth: at their limit, else at their stop, else at the market."""
    books, sums = judge.books, dict.fromkeys(now.spent, 0)
    for effect in effects:
        if type(effect) is not fx.Submit or effect.reduce_only or effect.deployment not in sums:
            continue
        own, sort = books.orders[effect.oid], judge.house.sorts[effect.instrument]
        px = effect.limit or effect.stop
        quanta = int(px * sort.steps) if px is not None else own.arrival
        if quanta is None:
            return
        num, den = books.rate_of(effect.instrument)
        sums[effect.deployment] += half_even(own.qty * quanta * sort.unit * num, den)
    is_new = before.dates != now.dates
    for name, added in sums.items():
        begun = 0 if is_new else e8(before.spent.get(name, Decimal(0)))
        if e8(now.spent[name]) != begun + added:
            fail("B23", f"{name} has spent {now.spent[name]}, worked out {begun + added}")


def _trade(judge: Any, before: Kept, now: Kept, own: Known, fill: ev.Fill) -> None:
    """An execution adds its units, its worth, what it was to be worth and what it has won to its order."""
    key, books, sort = (own.deployment, own.index), judge.books, judge.house.sorts[own.symbol]
    nothing = (Decimal(0),) * 4
    qty, paid, arrival, gain = (e8(a - b) for a, b in zip(now.trades.get(key, nothing), before.trades.get(key, nothing), strict=True))  # fmt: skip
    lots, pair = int(fill.qty * sort.lots_per_unit), (own.deployment, own.symbol)
    # What executed is counted as it is paid, whatever one unit stands for.
    each = 10**8 // (sort.steps * sort.lots_per_unit)
    px = int(fill.px * sort.steps)
    won = now.made[pair] - before.made.get(pair, 0)
    told, wanted = (qty, paid, gain), (e8(fill.qty), lots * px * each, won)
    if told != wanted:
        fail("B10", f"{own.oid} executed, paid and won {told} more, worked out {wanted}")
    is_moving = own.type == "trailing" or own.wanted is not None or own.changing
    if own.arrival is None or is_moving or own.symbol in books.split_at:
        return
    limit = int(own.limit * sort.steps) if own.limit is not None else own.arrival
    best = (min if own.side > 0 else max)(own.arrival, limit)
    meant = int(own.stop * sort.steps) if own.stop else best
    has_waited = own.born < books.session[0]
    expected = 0 if has_waited or not own.arrival else lots * meant * each
    if arrival != expected:
        fail("B10", f"{own.oid} was to be worth {arrival} more, worked out {expected}")


def _closes(judge: Any, before: Kept, now: Kept, event: ev.Event) -> None:
    """With a session that begins the close of the one before is kept; a split divides all of them."""
    for symbol, found in now.closes.items():
        wanted, close = before.closes[symbol], judge.books.closes.get(symbol)
        if isinstance(event, ev.CorporateAction) and event.kind == "split" and event.instrument == symbol:
            scaled = [px * event.denominator / event.numerator for px in wanted]
            is_near = all(abs(one - two) <= CLOSE * one for one, two in zip(scaled, found, strict=True))
            # The same action told again counts once.
            if not is_near and found != wanted:
                fail("B10", f"closes of {symbol} are {found} behind a split, worked out {scaled}")
            continue
        if before.dates != now.dates and close is not None and symbol in judge.house.sorts:
            wanted = [*wanted[-CLOSES:], close]
        if found is not wanted and found != wanted:
            fail("B10", f"closes of {symbol} are {found}, worked out {wanted}")


def _warning(judge: Any, latch: fx.Latch, truth: Any, effects: list[fx.Effect]) -> None:
    """A limit warns where it said it would, and takes that back once the loss is a fifth smaller, or with its gate (B23)."""
    if latch.kind not in WARNINGS or latch.scope != f"account:{judge.house.account}":
        return
    books, (num, den) = judge.books, WARNINGS[latch.kind]
    if latch.kind == "daily_loss":
        lost, whole = books.day_equity + books.day_flows - books.equity, books.day_equity
    else:
        lost, whole = books.peak - books.equity, books.peak
    text = f"{latch.kind} at a loss of {lost} of {whole}"
    if latch.level == "warn" and latch.is_on:
        is_due = (lost > 0 and lost * den >= num * whole) or judge.gates.is_reached(latch.kind)
        demand(is_due, "B23", f"a warning too early: {text}")
    elif latch.level == "warn":
        is_over = lost * den * EASED[1] < num * EASED[0] * whole and not judge.gates.is_reached(latch.kind)
        # Of a peak below zero nothing is a share.
        demand(is_over or (whole <= 0 and lost <= 0), "B23", f"a warning is taken back too early: {text}")
    elif latch.level in ("", "hold") and not latch.is_on:
        again = any(type(e) is fx.Latch and e.is_on and e.kind == latch.kind for e in effects)
        left = [one for one in truth.stages if one.startswith(f"{latch.kind}:") and one.endswith(latch.scope)]
        demand(again or not left, "B23", f"{left} outlive the gate of {latch.kind}")


def _pace(judge: Any, timer: fx.SetTimer) -> None:
    """A cancel is repeated behind a pause that doubles with each of them, six times at most (B19)."""
    outside = judge.house.prepared.spec.accounts[judge.house.account].outside
    own = judge.books.orders.get(timer.name.partition("/")[2])
    if outside is None or own is None:
        return
    pause, least = timer.at - judge.books.ts, outside.query_gap << min(max(own.cancels - 1, 0), 6)
    demand(pause == least, "B19", f"cancel {own.cancels + 1} of {own.oid} comes after {pause} ns, not {least}")
