"""Checks of what was wanted of a holding against what stands for it: protection at the prices that came with the wish
(B27), changes that neither leave a part open nor give away what a stop has won, exits of what is not wanted (B21), and
closing orders of kills that the market can take (L5)."""

from decimal import Decimal
from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.ladder import CANCEL
from openbell.core.types import OrderType, Tif
from tests.sim.books import E8, Known, half_even
from tests.sim.closing import STOP_LOSS, TAKE_PROFIT, is_said
from tests.sim.covering import lacks
from tests.sim.house import Sort, scopes_of
from tests.sim.verdict import demand

CLOSING = (int(Code.EMERGENCY_STOP), int(Code.STOP_COMMAND))
NEAR = 20
"""A closing order is at most this part worse than the market."""


class Wanted:
    """What each deployment has wanted last, by deployment and symbol."""

    def __init__(self) -> None:
        """Begin with no wishes."""
        self.targets: dict[tuple[str, str], float] = {}
        self.brackets: dict[tuple[str, str], tuple[float, float]] = {}
        """Prices of stop and target that came with the wish behind a holding; 0.0 for none."""

    def take(self, judge: Any, decision: fx.Decision) -> None:
        """Take over what was decided."""
        pair = decision.deployment, decision.instrument
        if decision.target is not None:
            self.targets[pair] = decision.target
        for intent in decision.intents:
            if not judge.books.holding(*pair).lots or intent.stop_loss or intent.take_profit:
                self.brackets[pair] = intent.stop_loss or 0.0, intent.take_profit or 0.0


def judge_exit(judge: Any, submit: fx.Submit) -> None:
    """What protects a holding stands where its wish said; what closes for a kill can be executed, within its slice."""
    pair, sort = (submit.deployment, submit.instrument), judge.house.sorts[submit.instrument]
    books = judge.books
    if submit.deployment in judge.house.bracketed and submit.instrument not in books.split_at:
        told = judge.wanted.brackets.get(pair, (0.0, 0.0))
        px, wanted = (submit.stop, told[0]) if submit.reason == STOP_LOSS else (submit.limit, told[1])
        is_meant = submit.reason in (STOP_LOSS, TAKE_PROFIT) and submit.type is not OrderType.MARKET
        if is_meant and wanted and px is not None:
            # Away from the market for a stop, not worse than asked for a target: up for what sells at a profit.
            is_up = (submit.side.sign < 0) is (submit.reason == TAKE_PROFIT)
            quanta = round(wanted * sort.steps)
            ticks = -(-quanta // sort.tick) if is_up else quanta // sort.tick
            text = f"{submit.oid} stands at {px}, wanted was {wanted}"
            demand(px * sort.steps == ticks * sort.tick, "B27", text)
    mark = books.marks.get(submit.instrument)
    is_closing = submit.reason in CLOSING and submit.type is OrderType.LIMIT and not submit.oco
    if is_closing and mark is not None and submit.instrument not in judge.unsure:
        is_near, text = _away(submit.limit, submit.side.sign, mark, sort)  # type: ignore[arg-type]
        demand(is_near, "L5", f"{submit.oid} {text}")
        _slice(judge, submit, mark)


def _away(limit: Decimal, side: int, mark: int, sort: Sort) -> tuple[bool, str]:
    """Return whether the market can take what closes at a limit, not much worse than it stands, and how that reads."""
    # Behind a split a price may be less than a tick: no order can stand lower than at one.
    near = max(mark, sort.tick)
    away = int(limit * sort.steps - near) * side
    text = f"closes at {limit}, the market is at {mark} quanta"
    return -sort.tick < away <= near // NEAR + sort.tick, text


def _slice(judge: Any, submit: fx.Submit, mark: int) -> None:
    """A kill closes in pieces that are worth no more than its terms say.

    The one try at a limit after a refused market exit has the same reason and no kill over it: it goes whole, as that did.
    """
    sort, terms = judge.house.sorts[submit.instrument], judge.house.prepared.spec.kill
    scopes, gates = scopes_of(submit.deployment, submit.instrument, judge.house.account), judge.gates
    is_killed = any(max(gates.tiers.get(one, 0), gates.raised.get(one, 0)) >= CANCEL for one in scopes)
    if submit.reason != Code.EMERGENCY_STOP or not is_killed or not terms.slice_notional:
        return
    num, den = judge.books.rate_of(submit.instrument)
    lots = int(submit.qty * sort.lots_per_unit)
    worth = half_even(lots * mark * sort.unit * num, den)
    text = f"{submit.oid} closes {lots} lots worth {worth}, at most {terms.slice_notional} are to go at once"
    demand(lots == 1 or worth * 100 <= int(terms.slice_notional) * E8 * 101, "L5", text)


def judge_amend(judge: Any, amend: fx.Amend, order: Known) -> None:
    """A changed exit covers all of what is held, and a stop that has followed the market does not go back (B27)."""
    pair, books = (order.deployment, order.symbol), judge.books
    if _is_leaving(judge, order):
        _follow(judge, amend, order)
        return
    is_odd = judge.unsure or pair[1] in judge.gates.mismatched or lacks(judge, *pair)
    if order.is_entry or is_odd or judge.house.prepared.spec.accounts[judge.house.account].caps.reserves:
        return
    sort = judge.house.sorts[order.symbol]
    held, lots = abs(books.holding(*pair).lots), int(amend.qty * sort.lots_per_unit)
    sign = 1 if books.holding(*pair).lots > 0 else -1
    if books.net(order.symbol) * sign >= held:
        text = f"{amend.oid} is changed to {lots}, executed are {order.filled}, held {held}"
        demand(lots == order.filled + held, "B27", text)
    if order.type == "trailing" and amend.stop is not None and order.stop is not None:
        # It has moved by itself; a change of its size, or of the units behind a split, moves it to a tick and no further.
        lost = int((order.stop - amend.stop) * sort.steps) * -order.side
        demand(abs(lost) < sort.tick, "B27", f"{amend.oid} goes back from {order.stop} to {amend.stop}")


def _follow(judge: Any, amend: fx.Amend, order: Known) -> None:
    """An exit at its collar follows the market with the size it has: other exits may be under way for the rest (B27, L5)."""
    sort, mark = judge.house.sorts[order.symbol], judge.books.marks.get(order.symbol)
    if judge.unsure or mark is None:
        return
    lots = int(amend.qty * sort.lots_per_unit)
    demand(lots == order.qty, "B27", f"{amend.oid} follows the market with {lots} lots, it was for {order.qty}")
    if order.limit is not None and amend.limit is not None:
        behind = (mark - int(order.limit * sort.steps)) * order.side
        text = f"{amend.oid} is moved from {order.limit}, where the market at {mark} quanta can take it"
        demand(behind > 0, "B27", text)
        is_near, text = _away(amend.limit, order.side, mark, sort)
        demand(is_near, "L5", f"{amend.oid} {text}")


def _is_leaving(judge: Any, order: Known) -> bool:
    """Return True for an exit that is to execute at its limit now; a target waits for its price."""
    is_exit = not order.is_entry and order.type == "limit"
    return is_exit and judge.submits[order.oid].reason != TAKE_PROFIT


def judge_behind(judge: Any, event: ev.Event, effects: list[fx.Effect]) -> None:
    """An exit that the market has left behind is moved at once, or it could rest for ever (B27)."""
    if not isinstance(event, ev.Bar | ev.Quote) or judge.unsure or not judge.books.marks.get(event.instrument):
        return
    mark, sort = judge.books.marks[event.instrument], judge.house.sorts[event.instrument]
    moved = {e.oid for e in effects if type(e) is fx.Amend or type(e) is fx.Cancel}
    for order in judge.books.open.values():
        is_here = order.symbol == event.instrument and order.status in ("working", "partial")
        if not is_here or not _is_leaving(judge, order) or order.was_cancelled or order.oid in moved:
            continue
        # A kill sees to what it closes with by itself.
        is_kill = judge.submits[order.oid].tif is not Tif.DAY
        left = (mark - int(order.limit * sort.steps)) * order.side  # type: ignore[operator]
        text = f"{order.oid} rests at {order.limit}, the market has left it for {mark} quanta"
        demand(is_kill or left <= 0, "B27", text)


def judge_unwanted(judge: Any, order: Known) -> None:
    """What an entry brings that its deployment does not want any more leaves in the same step, or a person is told (B21)."""
    pair = order.deployment, order.symbol
    books, gates, held = judge.books, judge.gates, judge.books.holding(*pair).lots
    target, spec = judge.wanted.targets.get(pair), judge.house.prepared.spec.deployments[order.deployment]
    if target is None or not held or judge.unsure or pair[1] in gates.mismatched or lacks(judge, *pair):
        return
    wanted = target if spec.can_short else max(target, 0.0)
    scopes = scopes_of(*pair, judge.house.account)
    if wanted * held > 0 or any(max(gates.tiers.get(one, 0), gates.raised.get(one, 0)) > CANCEL for one in scopes):
        return
    mine = books.exits(*pair)
    is_leaving = any(o.type == "market" or not o.group or o.was_cancelled for o in mine)
    text = f"{order.oid} has brought {order.deployment} {held} {order.symbol}, wanted is {target}, and nothing leaves"
    demand(is_leaving or is_said(judge, *pair), "B21", text)
