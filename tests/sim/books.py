"""The judge's own books: what must be held, owed and ordered, worked out in integers from what was recorded.

Nothing is asked of the engine. Positions are in lots, prices in quanta, money in 1e-8. An order has ended when the
venue's words say so, and only then.
"""

from bisect import bisect_right
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import NS
from tests.sim.codec import ALIAS
from tests.sim.house import ACCOUNT, E8, House, Sort
from tests.sim.limiting import InForce
from tests.sim.verdict import fail

CLOCKS = 60 * NS
"""How far the host's clock and the broker's may be apart."""
MOST_QUESTIONS = 5
"""Of so many questions about an order the answers may still come."""
WILD = 1.1
"""High over low of a bar from which on its instrument is no quiet one."""


def half_even(num: int, den: int) -> int:
    """Return the whole number nearest to a ratio, ties to even."""
    whole, rest = divmod(num, den)
    return whole + (2 * rest > den or (2 * rest == den and whole % 2))


def e8(amount: Decimal) -> int:
    """Return money as a number of 1e-8."""
    return int(amount.scaleb(8))


class Holding:
    """What one deployment holds of one instrument."""

    __slots__ = ("cost", "days", "entries", "fees", "income", "lots", "realised")

    def __init__(self, lots: int = 0, cost: int = 0) -> None:
        self.lots, self.cost = lots, cost
        self.realised = self.entries = self.fees = self.income = self.days = 0

    def trade(self, lots: int, px: int, unit: int) -> None:
        """Take one execution; a partial close takes its share of the cost, rounded half-even."""
        total = lots * px * unit
        held = self.lots
        if not held or (held > 0) == (lots > 0):
            self.cost += total
        else:
            closed = min(abs(held), abs(lots))
            cost = self.cost if closed == abs(held) else half_even(self.cost * closed, abs(held))
            proceeds = (closed if lots > 0 else -closed) * px * unit
            self.realised -= proceeds + cost
            self.cost += total - proceeds - cost
        self.lots = held + lots
        if self.lots and (not held or (held > 0) != (self.lots > 0)):
            self.entries += 1
            self.days = 0


class Known:
    """One order as the record shows it."""

    __slots__ = (
        "absent_at", "absents", "arrival", "asked", "asked_at", "born", "cancels", "changing", "claimed", "deployment", "ended", "filled", "group", "index", "is_entry", "is_pair", "limit", "lost", "may_end", "oid", "open", "qty", "refused", "sent",
        "side", "status", "stop", "symbol", "told", "trail", "trails", "type", "unanswered", "wanted", "was_cancelled",
    )  # fmt: skip

    def __init__(self, submit: fx.Submit, sort: Sort, ts: int) -> None:
        self.oid, self.index, self.deployment, self.symbol = (
            submit.oid,
            submit.index,
            submit.deployment,
            submit.instrument,
        )
        self.side = submit.side.sign
        self.qty = int(submit.qty * sort.lots_per_unit)
        self.limit, self.stop, self.type = submit.limit, submit.stop, submit.type.value
        self.is_entry, self.group = not submit.reduce_only, submit.oco
        self.trail = self.trails = submit.trail
        """How far a trailing stop stands off, and how far it shall once its change is answered."""
        self.filled = 0
        self.ended = ""
        self.absents = 0
        self.may_end = ""
        self.claimed = 0
        self.told = self.refused = self.absent_at = 0
        self.sent = self.born = ts
        self.arrival: int | None = None
        """Mark when it was made, in quanta; None where that is not known."""
        self.cancels = 0
        self.wanted: int | None = None
        self.is_pair = False
        self.status = "sent"
        self.was_cancelled = False
        self.unanswered = True
        self.lost = False
        self.asked = self.changing = False
        self.asked_at = 0
        self.open: list[int] = []
        """When questions were put that no answer has come to."""

    @property
    def leaves(self) -> int:
        """Lots that could still execute."""
        if self.ended:
            return 0
        return max(self.total - self.filled, 0)

    @property
    def total(self) -> int:
        """Lots that could be executed in all: of both where a change is a second order, else of the larger."""
        if self.is_pair and self.wanted is not None:
            return self.qty + self.wanted
        return max(self.qty, self.wanted or 0)


class Before(NamedTuple):
    """What was known of an order before a step."""

    deployment: str
    ended: str
    filled: int
    total: int


class Books:
    """All of it for one run, foldable from the beginning."""

    def __init__(self, house: House) -> None:
        """Open with the account's first balance."""
        self.house = house
        self.force = InForce(house)
        self.ts = 0
        self.last: ev.Event | None = None
        self.holdings: dict[tuple[str, str], Holding] = {}
        self.orders: dict[str, Known] = {}
        self.open: dict[str, Known] = {}
        self.executions: dict[tuple[str, str, str], tuple[int, int, int, str]] = {}
        self.cash = {"USD": 200_000 * E8}
        self.flows: dict[str, int] = {}
        self.income: dict[str, int] = {}
        self.fees: dict[str, int] = {}
        self.alike: dict[tuple[str, str, str], tuple[str, int, int, int]] = {}
        """Executions by order, lots, price and moment."""
        self.marks: dict[str, int] = {}
        self.closes: dict[str, float] = {}
        self.rates: dict[str, int] = {}
        self.seen: set[str] = set()
        self.equity = self.peak = self.day_equity = 200_000 * E8
        self.day_flows = self.day_entries = self.by_flows = self.by_rates = self.by_trading = 0
        self.periods = {kind: [(0, 0), self.equity, 0] for kind in ("week", "month")}
        """Of week and month: which it is, equity when it began, deposits since."""
        self.bars: dict[str, int] = {}
        self.priced: dict[str, int] = {}
        self.session: tuple[int, int] = (0, 0)
        self.session_date = ""
        self.is_flow = self.is_rate = False
        self.fresh_fill = self.fresh_end = False
        self.order_line: list[tuple[Any, ...]] = []
        self.split_at: dict[str, int] = {}
        self.wild: set[str] = set()
        self.mixed: set[str] = set()
        """Instruments of which something executed before a split was told behind it: their averages mean little."""
        self.opened: dict[str, int] = {}
        self.best: dict[str, int] = {}
        self.entered: dict[str, int] = {}
        """Of each deployment: its result when the session began, its highest result, entries of the session."""
        self.doubted: frozenset[str] = frozenset()
        """Orders of which an execution waits that may be another one told again."""
        self.corrects: dict[str, str] = {}
        """What the broker's corrections stand for, told or lost on the way."""
        self.loose: set[str] = set()
        """Orders of which a correction was told of what had never been told: where its chain began may come behind it."""
        self.left_out: dict[tuple[str, str], bool] = {}
        """Corrections of this step that the engine has not booked, by the broker's id of the order and theirs: True where
        it has let go of the order, and knows its executions alone."""
        self.swapped: Counter[tuple[str, int, int, int]] = Counter()
        """What has waited, is the other name of an execution that counted before, and was booked for another one like it."""
        self.undone: set[str] = set()
        """Executions that the broker has in truth taken back or corrected, told or not."""
        self.quoted: dict[str, int] = {}
        self.strays: dict[str, list[tuple[int, int, Decimal | None]]] = {}
        """Orders of others by symbol, as the account's newest state lists them: side, lots still to go, limit."""
        self.is_listed = False
        """The newest state lists an order that is none of our open ones: of others, or ended since it was told."""
        self.as_of = 0
        self.trades: list[tuple[tuple[str, str], int, int]] = []
        """What this step has booked and taken back: of which holding, lots, price."""
        self.executed: set[str] = set()
        """Deployments of which this step has booked an execution."""
        self.rejects: Counter[str] = Counter()
        """Orders that each deployment had rejected since the last that was not, and entries cancelled unfilled today."""
        self.cancels: Counter[str] = Counter()
        self.messages: list[int] = []
        """Instants of the orders, changes and cancels sent, and of those sent again."""

    def exits(self, deployment: str, symbol: str) -> list[Known]:
        """Return the open orders that reduce what a deployment holds."""
        return [o for o in self.open.values() if not o.is_entry and (o.deployment, o.symbol) == (deployment, symbol)]

    def holding(self, deployment: str, symbol: str) -> Holding:
        """Return what a deployment holds, made if it is missing."""
        key = (deployment, symbol)
        found = self.holdings.get(key)
        if found is None:
            found = self.holdings[key] = Holding()
        return found

    # --- events -----------------------------------------------------------------------------------------------------

    def take(self, event: ev.Event, *, is_held: bool = False, at: int = 0) -> None:
        """Take over what an event says; a fill that is held waits for its owner, and is taken at a later instant."""
        self.ts = at or event.ts
        self.last = event
        self.fresh_fill = self.fresh_end = False
        if is_held:
            return
        self.is_flow, self.is_rate = False, isinstance(event, ev.FxMark)
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)
            self.settle()

    def _quote(self, quote: ev.Quote) -> None:
        """A quote marks nothing; one that cannot be is never taken for one."""
        last = self.quoted.get(quote.instrument, 0)
        is_sound = 0 < quote.bid < quote.ask < 1e9 and quote.bid_size >= 0 <= quote.ask_size
        if not is_sound or quote.ts < last:
            fail("B22", f"a bad quote was taken: {quote}")
        self.quoted[quote.instrument] = quote.ts

    def _bar(self, bar: ev.Bar) -> None:
        steps = self.house.sorts[bar.instrument].steps
        if bar.ts <= self.bars.get(bar.instrument, 0):
            fail("B22", f"a bar counts twice or late: {bar}")
        if not (bar.low > 0 and bar.high < 1e9 and bar.low <= bar.close <= bar.high):
            fail("B14", f"a bad bar was taken: {bar}")
        self.bars[bar.instrument] = self.priced[bar.instrument] = bar.ts
        if bar.high > bar.low * WILD:
            self.wild.add(bar.instrument)
        self.marks[bar.instrument] = round(bar.close * steps)
        self.closes[bar.instrument] = bar.close

    def _fill(self, fill: ev.Fill) -> None:
        sort = self.house.sorts[fill.instrument]
        if fill.supersedes or fill.time < self.split_at.get(fill.instrument, -CLOCKS) + CLOCKS:
            self.mixed.add(fill.instrument)
        order = self.orders.get(fill.oid)
        deployment = order.deployment if order else self.house.external
        found = self.holding(deployment, sort.symbol)
        was = (found.lots, found.days, found.entries)
        is_gone = self.left_out.get((fill.venue_order, fill.exec_id))
        if is_gone is not None and fill.exec_id in self.corrects.values():
            # An older link of a chain that came too late to count; what it names counts no more either.
            if (fill.oid if order else "", fill.venue_order, fill.supersedes) in self.executions:
                self._take_back(fill, order, sort)
            return
        if is_gone is not None and not fill.supersedes and self.swapped[self.shape(fill)]:
            # The other name of its twin was booked in its place: between the two nobody can choose, and each counts once.
            self.swapped[self.shape(fill)] -= 1
            is_gone = None
        if is_gone is not None and order is not None and self._is_unclear(fill, order, sort, is_gone=is_gone):
            return
        if fill.supersedes:
            self._take_back(fill, order, sort)
        if fill.is_bust:
            return
        key = (fill.oid if order else "", fill.venue_order, fill.exec_id.removeprefix(ALIAS))
        if key in self.executions:
            return
        _, lots, px, _ = alike = self.shape(fill)
        is_full = order is not None and (order.ended or order.filled + abs(lots) > order.total)
        # Nor is there room for it where the broker, asked about it, states a sum that does not count it.
        is_uncounted = order is not None and is_gone is False and order.filled + abs(lots) > order.claimed
        is_full = is_full or is_uncounted
        is_unsure = is_gone is not None and not fill.supersedes
        if is_uncounted and is_unsure and fill.exec_id in self.undone:
            # It was taken back before anybody could tell whose it was, and the venue's sum does not count it any more.
            return
        if is_full and is_unsure and (fill.oid in self.loose or alike in self.alike.values()):
            # Under another id, and nobody is left to ask which of the two it is: the venue's figure tells.
            return
        self.alike[key] = alike
        self._apply(deployment, sort, lots, px, e8(fill.fee))
        if fill.supersedes and found.lots * was[0] > 0:
            # It was opened once, whatever was said of that.
            _, found.days, found.entries = was
        self.executions[key] = (lots, px, e8(fill.fee), deployment)
        is_new = not self.house.is_outside or fill.time >= self.priced.get(fill.instrument, 0)
        # A correction is of a price from before, however new it is itself.
        if (is_new and not fill.supersedes) or fill.instrument not in self.marks:
            self.marks[fill.instrument] = px
        self.fresh_fill = True
        if order is not None:
            self.executed.add(deployment)
            order.filled += abs(lots)
            order.unanswered = False
            # What has executed is there: what says otherwise has to be said twice anew.
            order.absents = 0
            if not order.ended and order.filled >= order.total:
                self.end(order, "filled")

    def note_swaps(self, released: list[ev.Fill]) -> None:
        """Note which executions that wait no longer were booked under a name by which another one has counted before."""
        self.swapped.clear()
        for fill in released:
            name = fill.exec_id.removeprefix(ALIAS)
            is_booked = (fill.venue_order, fill.exec_id) not in self.left_out and not fill.supersedes
            if is_booked and name != fill.exec_id and self.executions.get((fill.oid, fill.venue_order, name), (0,))[0]:
                self.swapped[self.shape(fill)] += 1

    def shape(self, fill: ev.Fill) -> tuple[str, int, int, int]:
        """Return what executions of one order look alike by: lots, price in quanta, moment."""
        sort = self.house.sorts[fill.instrument]
        lots = int(fill.qty * sort.lots_per_unit) * fill.side.sign
        return fill.oid, lots, int(fill.px * sort.steps), fill.time

    def _is_unclear(self, fill: ev.Fill, order: Known, sort: Sort, *, is_gone: bool) -> bool:
        """Return True for a correction of what was never told that could be of several, or be one of its own.

        There is no room for it beside them, or nobody is left to ask: it stays out, and the venue's figures tell.
        """
        names = {(order.oid, fill.venue_order, name) for name in (fill.exec_id, fill.supersedes)}
        is_full = order.filled + int(fill.qty * sort.lots_per_unit) > order.total and not is_gone
        standing = len([key for key, done in self.executions.items() if key[0] == order.oid and done[0]])
        is_open = standing > 1 if is_full else bool(order.ended) and standing > 0
        return not fill.is_bust and is_open and names.isdisjoint(self.executions)

    def _take_back(self, fill: ev.Fill, order: Known | None, sort: Sort) -> None:
        key = (fill.oid if order else "", fill.venue_order, fill.supersedes)
        # Of one that has ended itself by then nobody asks any more what it stood for: it took the place of none.
        is_known = (*key[:2], fill.exec_id) in self.executions
        if order is not None and not fill.is_bust and key not in self.executions:
            self.loose.add(order.oid)
        while (
            order is not None
            and not (fill.is_bust or is_known)
            and key not in self.executions
            and key[2] in self.corrects
        ):
            # Of ours, what was corrected in between and lost is known as well from now on.
            self.executions[key] = (0, 0, 0, "")
            key = (*key[:2], self.corrects[key[2]])
        old = self.executions.get(key)
        self.fresh_end = old is None or bool(old[0])
        if order is not None and self.fresh_end:
            order.absents = 0
        self.drop(key, order, sort)

    def drop(self, key: tuple[str, str, str], order: Known | None, sort: Sort) -> None:
        """Count an execution no more; its name stays known."""
        lots, px, fee, deployment = self.executions.get(key, (0, 0, 0, ""))
        self.alike.pop(key, None)
        self.executions[key] = (0, 0, 0, "")
        if not lots:
            return
        self._apply(deployment, sort, -lots, px, -fee)
        if order is not None:
            order.filled -= abs(lots)

    def _apply(self, deployment: str, sort: Sort, lots: int, px: int, fee: int) -> None:
        found = self.holding(deployment, sort.symbol)
        found.trade(lots, px, sort.unit)
        self.trades.append(((deployment, sort.symbol), lots, px))
        found.fees += fee
        currency = sort.currency
        self.cash[currency] = self.cash.get(currency, 0) - lots * px * sort.unit - fee
        self.fees[currency] = self.fees.get(currency, 0) + fee

    def end(self, order: Known, word: str) -> None:
        """Take an order for ended."""
        order.ended = word
        self.open.pop(order.oid, None)

    def _update(self, update: ev.OrderUpdate) -> None:
        order = self.orders.get(update.oid)
        if order is None:
            return
        word = update.happening
        if self._is_overtaken(order, update):
            return
        # A late acknowledgement answers no question, and an answer may be from before a change that is on its way.
        was_asked, is_answer = order.asked, order.asked and not order.changing
        order.asked = order.asked and word == "accepted" and update.filled is None
        order.changing = order.changing and word not in ("lost", "replaced", "replace_refused")
        # Nor is it of a change that was sent behind the question.
        is_early = bool(order.open) and order.wanted is not None and order.open[0] <= order.sent
        is_answer = is_answer and not is_early
        asked_at, outside = order.asked_at, self.house.prepared.spec.accounts[self.house.account].outside
        if word != "accepted" or update.filled is not None:
            order.asked_at = 0
        if word == "absent" and (not asked_at or outside is None or asked_at - order.sent < outside.visibility):
            # Asked before the venue had to show it, it proves nothing.
            order.changing = False
            return
        if word == "absent":
            # It puts a change on its way in doubt; what is asked after that is asked behind the change.
            order.absents, order.changing = order.absents + 1, False
            order.absent_at = max(order.absent_at, update.time)
            return
        if word == "lost":
            order.lost = True
            return
        order.unanswered = False
        if word != "cancel_refused":
            # That it is not taken back says neither that it is there nor that it is not.
            order.absents = 0
        lots = self.house.sorts[order.symbol].lots_per_unit
        if update.filled is not None:
            stated = int(update.filled * lots)
            order.claimed = stated if was_asked else max(order.claimed, stated)
            order.open = order.open[1:]
        if order.ended:
            return
        if word in ("rejected", "cancelled", "expired"):
            if order.claimed > order.filled or (update.filled is None and order.oid in self.doubted):
                # More is executed than was told, or may be: the end may wait for the executions.
                order.may_end = word
                return
            self.end(order, word)
            return
        if word in ("replaced", "reduced") and update.qty is not None:
            order.told = max(order.told, update.time)
            order.qty = int(update.qty * self.house.sorts[order.symbol].lots_per_unit)
            if word == "replaced":
                order.wanted = None
                order.limit, order.stop = update.limit or order.limit, update.stop or order.stop
                order.trail = order.trails
        if word == "replace_refused":
            order.wanted = None
        if is_answer and word == "accepted" and update.qty is not None and update.time >= order.told:
            # An answer states what is in force, unless it is from before what was told since.
            order.told = update.time
            order.qty, order.wanted = int(update.qty * lots), None
            order.limit, order.stop = update.limit or order.limit, update.stop or order.stop
        if order.filled >= order.total:
            self.end(order, "filled" if order.filled else "cancelled")

    def _is_overtaken(self, order: Known, update: ev.OrderUpdate) -> bool:
        """Return True for a word about a change that was overtaken: the venue has said since what is in force.

        A refusal that comes twice is of one change.
        """
        if order.ended:
            return False
        if update.happening == "replace_refused":
            is_again, order.refused = update.time <= order.refused, max(order.refused, update.time)
            return is_again or update.time < order.told
        return update.happening in ("replaced", "reduced") and update.time < order.told

    def _flow(self, flow: ev.CashFlow) -> None:
        if f"flow/{flow.id}" in self.seen:
            return
        self.seen.add(f"flow/{flow.id}")
        self._money(flow.currency, e8(flow.amount), is_flow=flow.kind in ("deposit", "withdrawal"))

    def _money(self, currency: str, amount: int, *, is_flow: bool) -> None:
        self.is_flow = self.is_flow or is_flow
        self.cash[currency] = self.cash.get(currency, 0) + amount
        sums = self.flows if is_flow else self.income
        sums[currency] = sums.get(currency, 0) + amount

    def _action(self, action: ev.CorporateAction) -> None:
        if f"action/{action.id}" in self.seen:
            return
        self.seen.add(f"action/{action.id}")
        sort = self.house.sorts[action.instrument]
        held = [(key, found) for key, found in self.holdings.items() if key[1] == sort.symbol and found.lots]
        if action.kind == "dividend":
            cents = int(action.amount.scaleb(2))
            for _, found in held:
                paid = half_even(found.lots * cents * E8, 100 * sort.lots_per_unit)
                found.income += paid
                self._money(sort.currency, paid, is_flow=False)
            return
        num, den = action.numerator, action.denominator
        self.split_at[sort.symbol] = action.ts
        close = self.closes.get(sort.symbol)
        if close is not None:
            self.closes[sort.symbol] = close * den / num
            scaled = self.closes[sort.symbol] * sort.steps
            self.marks[sort.symbol] = round(scaled)
            # What was executed before it was executed at another price.
            self.priced[sort.symbol] = self.ts
        elif sort.symbol in self.marks and self.house.account == ACCOUNT:
            self.marks[sort.symbol] = half_even(self.marks[sort.symbol] * den, num)
        for order in self.open.values():
            if order.symbol == sort.symbol and order.type == "trailing" and order.stop is not None:
                # Where it has moved to by itself stands nowhere else.
                order.stop = Decimal(half_even(int(order.stop * sort.steps) * den, num)) / sort.steps
        px = self.marks.get(sort.symbol)
        for _, found in held:
            self._split(found, sort, (num, den), px)

    def _split(self, found: Holding, sort: Sort, terms: tuple[int, int], px: int | None) -> None:
        num, den = terms
        sign = 1 if found.lots > 0 else -1
        whole = abs(found.lots) * num // den
        lost = abs(found.lots) * num * E8 // (den * sort.lots_per_unit) - whole * E8 // sort.lots_per_unit
        found.lots = sign * whole
        if not lost or px is None:
            return
        paid = sign * half_even(lost * px * sort.multiplier, sort.steps)
        self._in_lieu(found, sort, lost, paid)

    def _in_lieu(self, found: Holding, sort: Sort, lost: int, paid: int) -> None:
        """Book the fraction that no lot holds as sold; `lost` in 1e-8 of a unit."""
        units = abs(found.lots) * E8 // sort.lots_per_unit
        cost = found.cost if not found.lots else half_even(found.cost * lost, units + lost)
        found.realised += paid - cost
        found.cost -= cost
        self.cash[sort.currency] = self.cash.get(sort.currency, 0) + paid

    def _state(self, state: ev.BrokerState) -> None:
        """Keep what others let rest in the account, as its venue told last."""
        if state.failed or state.as_of < self.as_of:
            return
        self.as_of, self.strays = state.as_of, {}
        self.is_listed = any(one.oid not in self.open for one in state.orders)
        for one in state.orders:
            if not one.oid and one.instrument in self.house.sorts:
                lots = int((one.qty - one.filled) * self.house.sorts[one.instrument].lots_per_unit)
                self.strays.setdefault(one.instrument, []).append((one.side.sign, lots, one.limit))

    def _limits(self, change: ev.ConfigChange) -> None:
        is_flat = not self.open and not any(found.lots for found in self.holdings.values())
        self.force.take(change, may_loosen=change.is_confirmed or is_flat)

    def _rate(self, mark: ev.FxMark) -> None:
        self.rates[mark.currency] = int(mark.rate.scaleb(4))

    def _schedule(self, schedule: ev.Schedule) -> None:
        if not schedule.is_open and schedule.date != self.session_date:
            return
        self.session = (schedule.open, schedule.close)
        if schedule.is_open and schedule.date != self.session_date:
            self.day_equity, self.day_flows, self.day_entries = self.equity, 0, 0
            self.opened = {name: self.result(name) for name in self.house.prepared.spec.deployments}
            self.entered = {}
            self.cancels.clear()
            self._begin_periods(date.fromisoformat(schedule.date))
            for found in self.holdings.values():
                found.days += bool(found.lots)
        self.session_date = schedule.date

    def _begin_periods(self, day: date) -> None:
        """Begin to count anew what is counted by the week and by the month."""
        numbers = {"week": day.isocalendar()[:2], "month": (day.year, day.month)}
        for kind, number in numbers.items():
            if self.periods[kind][0] != number:
                self.periods[kind] = [number, self.equity, 0]

    # --- effects ----------------------------------------------------------------------------------------------------

    def emit(self, effect: fx.Effect, ts: int) -> None:
        """Take over what an effect changes."""
        if isinstance(effect, fx.Submit | fx.Amend | fx.Cancel | fx.Resend):
            self.messages.append(ts)
        if type(effect) is fx.Submit:
            order = Known(effect, self.house.sorts[effect.instrument], ts)
            self.orders[effect.oid] = self.open[effect.oid] = order
            order.arrival = self.marks.get(effect.instrument, 0)
            self.order_line.append((ts, effect))
            self.day_entries += order.is_entry
            self.entered[order.deployment] = self.entered.get(order.deployment, 0) + order.is_entry
        elif type(effect) is fx.Amend:
            order = self.orders[effect.oid]
            if not order.ended:
                order.wanted = int(effect.qty * self.house.sorts[order.symbol].lots_per_unit)
                order.is_pair, order.trails = effect.is_pair, effect.trail
                order.asked, order.changing, order.asked_at = False, True, 0
                order.sent = ts
                order.absents = 0
        elif type(effect) is fx.Cancel:
            order = self.orders[effect.oid]
            # It makes no order appear: whatever proves that there is none goes on.
            order.was_cancelled, order.changing = True, False
            order.cancels += not order.ended
        elif type(effect) is fx.Query and effect.oid in self.orders:
            self.orders[effect.oid].asked = True
            self.orders[effect.oid].open = [*self.orders[effect.oid].open, ts][-MOST_QUESTIONS:]
            self.orders[effect.oid].asked_at = self.orders[effect.oid].asked_at or ts
        elif type(effect) is fx.Lose:
            self.orders[effect.oid].changing = False
        elif type(effect) is fx.Resend:
            order = self.orders[effect.oid]
            order.sent, order.absents, order.asked, order.wanted, order.asked_at = ts, 0, False, None, 0
            # What it said of changes before it had none is of none of those that follow.
            order.told = max(order.told, order.absent_at)
        elif type(effect) is fx.Bury:
            self.end(self.orders[effect.oid], "rejected")
        elif type(effect) is fx.Withhold:
            order = self.orders[effect.oid]
            if order.wanted is not None:
                order.wanted = None
            else:
                self.end(order, "rejected")
        elif type(effect) is fx.Adjust:
            self._adjust(effect)

    def _adjust(self, adjust: fx.Adjust) -> None:
        if f"adjust/{adjust.id}" in self.seen:
            return
        self.seen.add(f"adjust/{adjust.id}")
        self.is_flow, self.is_rate = adjust.is_flow, False
        if adjust.instrument in self.house.sorts:
            sort = self.house.sorts[adjust.instrument]
            found = self.holding(adjust.deployment or self.house.external, sort.symbol)
            found.lots += int(adjust.qty * sort.lots_per_unit)
            found.cost += e8(adjust.cost)
            if not found.lots:
                # Nothing is left that the rest of the cost could belong to.
                found.realised, found.cost = found.realised - found.cost, 0
            sums = self.flows if adjust.is_flow else self.income
            sums[sort.currency] = sums.get(sort.currency, 0) + e8(adjust.cost)
        if adjust.cash:
            self._money(adjust.currency, e8(adjust.cash), is_flow=adjust.is_flow)
        self.settle()

    # --- sums -------------------------------------------------------------------------------------------------------

    def values(self) -> dict[str, int]:
        """Return the value of what is held at the marks, by currency."""
        found: dict[str, int] = {}
        for (_, symbol), holding in self.holdings.items():
            px = self.marks.get(symbol)
            if holding.lots and px is not None:
                sort = self.house.sorts[symbol]
                found[sort.currency] = found.get(sort.currency, 0) + holding.lots * px * sort.unit
        return found

    def result(self, deployment: str) -> int:
        """Return what a deployment has made so far, in 1e-8 of the base currency."""
        total = 0
        for (name, symbol), found in self.holdings.items():
            if name == deployment:
                value = found.lots * self.marks.get(symbol, 0) * self.house.sorts[symbol].unit if found.lots else 0
                made = found.realised + found.income - found.fees + value - found.cost
                if made:
                    num, den = self.rate_of(symbol)
                    total += half_even(made * num, den)
        return total

    def pass_by(self, ts: int) -> None:
        """Let a step pass that is another account's: the prices it leaves are everybody's."""
        self.ts = ts
        self.is_flow = self.is_rate = self.fresh_fill = self.fresh_end = False
        self.settle()

    def note_best(self) -> None:
        """Keep the highest results there have been, of those who may not fall far from them."""
        for name, spec in self.house.prepared.spec.deployments.items():
            if spec.max_drawdown:
                self.best[name] = max(self.best.get(name, 0), self.result(name))

    def settle(self) -> None:
        """Work out equity anew, and move the peak: with deposits along, else only up."""
        values = self.values()
        now = self.cash["USD"] + values.get("USD", 0)
        for currency, rate in self.rates.items():
            now += half_even((self.cash.get(currency, 0) + values.get(currency, 0)) * rate, 10_000)
        change, self.equity = now - self.equity, now
        if self.is_flow:
            self.peak += change
            self.day_flows += change
            for period in self.periods.values():
                period[2] += change
            self.by_flows += change
        elif self.is_rate:
            self.by_rates += change
        else:
            self.by_trading += change
        if not self.is_flow and now > self.peak:
            self.peak = now

    def sent_since(self, ts: int) -> int:
        """Return how many messages were sent after an instant."""
        return len(self.messages) - bisect_right(self.messages, ts)

    def rate_of(self, symbol: str) -> tuple[int, int]:
        """Return base currency per unit of an instrument's currency as a ratio; (0, 1) where it is not known."""
        currency = self.house.sorts[symbol].currency
        return (1, 1) if currency == "USD" else (self.rates.get(currency, 0), 10_000)

    def net(self, symbol: str) -> int:
        """Return the lots held of an instrument by all together."""
        return sum([found.lots for (_, name), found in self.holdings.items() if name == symbol])


_HANDLERS: dict[type, Any] = {
    ev.BrokerState: Books._state,
    ev.Bar: Books._bar,
    ev.Fill: Books._fill,
    ev.OrderUpdate: Books._update,
    ev.CashFlow: Books._flow,
    ev.CorporateAction: Books._action,
    ev.ConfigChange: Books._limits,
    ev.Quote: Books._quote,
    ev.FxMark: Books._rate,
    ev.Schedule: Books._schedule,
}
