"""The judge: holds what was recorded, sent and confirmed against its own books, step by step."""

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain, combinations, permutations
from operator import is_
from typing import Any

import msgspec
from msgspec.structs import replace

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.ladder import FLATTEN
from openbell.core.record import digest
from tests.sim import (
    adopting,
    aiming,
    apart,
    closing,
    codec,
    confirming,
    counting,
    covering,
    entering,
    handing,
    keeping,
    limiting,
    refusing,
    reserving,
    waiting,
    wanting,
)
from tests.sim.books import Before, Books, Holding, Known, e8
from tests.sim.confirming import Asked
from tests.sim.gates import Gates
from tests.sim.house import OTHER, scopes_of
from tests.sim.playing import Played
from tests.sim.verdict import Violation, demand, fail

NOTHING = Decimal(0)
NEARLY = 1000
"""The order of corrections moves less than this part of a cost."""
MOST_TRADES = 6
"""So many trades of one moment are tried in every order."""
TERMINAL = ("filled", "cancelled", "rejected", "expired")
_TAGS = {fx.Submit: 0, fx.Amend: 1, fx.Cancel: 2, fx.Query: 3, fx.Resend: 11}
_PLAIN: Any = ([], False, frozenset(), {})
"""A step at which nothing waits."""
_TOUCHING = frozenset({*_TAGS, fx.Lose})
"""Effects that speak of an order."""


class Judge:
    """Checks of one run.

    Attributes:
        books, gates: What must be held and what must be closed, by the record alone.
        submits: Every order that was ever recorded, by id. sent: Ids that were handed to the line.
        waiting: Holdings that leave once an order is gone, and which.
        durable: Records known to be on the disk. may_lose: True once the disk has lied about that.
    """

    def __init__(self, world: Any, wire: Any) -> None:
        """Judge an account of a world, the one whose line is `wire`."""
        self.world, self.wire = world, wire
        self.house, self.broker = wire.house, wire.broker
        wire.judge = self
        self.is_quiet = self.house.account == OTHER
        # What executed before a split and is told behind it is counted at new terms here: then the two may differ.
        self.is_untouched = not any(item.kind == "split" for item in world.script)
        self.books = Books(self.house)
        self.books.marks = world.marks
        self.gates = Gates(self.house, self.books)
        self.comparing = f"/reconcile/{self.house.account}"
        """The timer by which the account is compared with its venue."""
        self.unsure: set[str] = world.unsure
        """Instruments whose marks are the engine's to tell until their next bar."""
        self.submits: dict[str, fx.Submit] = {}
        self.sent: Counter[str] = Counter()
        self.forgotten: set[str] = set()
        """Orders sent whose records a lying disk has lost, and that nothing told since the start has named."""
        self.durable = 0
        self.places: dict[str, int] = {}
        self.refused = ""
        self.given = 0
        """Orders so far, of all accounts."""
        self.was_ready = self.is_opened = False
        """The account was ready; its line has been opened by the process that runs."""
        self.due: set[str] = set()
        """Orders whose cancels were recorded in the latest step and have not left yet."""
        self.held: dict[tuple[str, str], ev.Fill] = {}
        self.holds: dict[int, tuple[list[ev.Fill], bool, frozenset[str], dict[tuple[str, str], bool]]] = {}
        self.costs: dict[int, dict[tuple[str, str], tuple[int, int]]] = {}
        """By record: cost and result of holdings of which several executions were corrected at once, by the engine's order."""
        self.unlisted: dict[int, list[tuple[str, str, str]]] = {}
        """By record: executions that count no more because an answer lists all there is, and lists others."""
        self.figures: dict[int, dict[str, int]] = {}
        """By record: what the venue is said to hold where that hangs on which of several corrections was of which."""
        self.granted: dict[int, tuple[int, ...]] = {}
        """By record: equity, peak and their causes where they were the engine's to tell."""
        self.believed: dict[int, list[tuple[str, str]]] = {}
        """By record: orders whose end was believed there although more was said to have executed, and how they ended."""
        self.alarms: dict[str, int] = {}
        self.newest = 0
        self.is_adopted = False
        """The account's state has been compared once: what it held before is taken over."""
        self.day = ""
        self.played = Played(self)
        self.asked, self.wanted = Asked(), wanting.Wanted()
        self.moved: dict[tuple[str, str], int] = {}
        self.traded: dict[tuple[str, str], int] = {}
        """When something of ours last executed, by deployment and symbol."""
        self.waiting: dict[tuple[str, str], str] = {}
        self.there: dict[str, int] = {}
        """Lots that the venue holds as far as it has told, by symbol; none from a split to its next state."""
        self.agreed: tuple[Any, Any] = ((), ())
        """The engine's figures of the account and our own when they were last found to be the same."""
        self.kept: keeping.Kept | None = None
        """What the step before has left of what is kept for reports and limits."""
        self.names: dict[tuple[str, str], str] = {}
        """Our ids by instrument and the broker's id, as told so far."""

    def _mine(self, event: ev.Event, effects: list[fx.Effect]) -> tuple[ev.Event, list[fx.Effect]]:
        """Return what a step is for this account: another's event is a moment that passes, and its effects are left out."""
        if self.house.both is None:
            return event, effects
        own = self.house.prepared.spec.deployments
        account = self.house.account
        oids = {e.oid for e in effects if type(e) is fx.Submit and e.account == account} | self.books.orders.keys()

        def is_mine(effect: fx.Effect) -> bool:
            if type(effect) is fx.Latch:
                return self.gates.concerns(effect.scope)
            if type(effect) is fx.Withhold:
                return effect.oid in oids
            if type(effect) in (fx.Decision, fx.Freeze, fx.Expose, fx.Ask):
                return effect.deployment in own  # type: ignore[attr-defined]
            return getattr(effect, "account", account) == account

        is_other = getattr(event, "account", account) not in ("", account)
        moment = ev.Timer(ts=event.ts, deployment="elsewhere", name="") if is_other else event
        return moment, [effect for effect in effects if is_mine(effect)]

    def _in_time(self, event: ev.Event) -> ev.Event:
        """Return an event at the logical time at which it counts: a timer that was slept through comes behind the jump."""
        return replace(event, ts=self.books.ts) if event.ts < self.books.ts else event

    # --- the disk -----------------------------------------------------------------------------------------------

    def on_sync(self, name: str, data: bytearray) -> None:
        """Read on in what has just become durable."""
        if not name.endswith(".seg"):
            return
        place = self.places.get(name, 0)
        for raw in codec.walk(data, place):
            place = raw.end
            if raw.seq > self.durable:
                self.durable = raw.seq
                self.last_raw = raw
        self.places[name] = place

    def on_rescue(self, effects: list[fx.Effect]) -> None:
        """A step was decided and its record failed: what adds risk stays here."""
        for effect in effects:
            if type(effect) is fx.Withhold and effect.oid in self.books.orders:
                order = self.books.orders[effect.oid]
                demand(order.is_entry, "B34", f"{effect.oid} was withheld, an exit")
                self.books.emit(effect, self.books.ts)

    # --- what leaves ----------------------------------------------------------------------------------------------

    def on_send(self, effect: fx.Effect, ts: int) -> None:
        """Judge an effect at the moment it leaves: it must stand in a durable record (B2)."""
        history = self.world.history
        demand(history and effect in history[-1][1], "B2", f"{type(effect).__name__} leaves before it is recorded")
        durable = self.world.judge.durable
        demand(durable >= len(history), "B2", f"record {len(history)} leaves while {durable} are durable")
        raw = self.world.judge.last_raw
        tag = _TAGS[type(effect)]
        oid = getattr(effect, "oid", "")
        if raw.seq == len(history):
            bodies = [body for body in raw.effects if body[0] == tag and oid in body[1:3]]
            demand(bodies, "B2", f"the durable bytes do not name {type(effect).__name__} {oid}")
        if self.world.started.ledger.sick and oid in self.books.orders and not isinstance(effect, fx.Cancel | fx.Query):
            demand(not self.books.orders[oid].is_entry, "B34", f"{type(effect).__name__} {oid} leaves with a sick disk")
        if isinstance(effect, fx.Cancel):
            self.due.discard(effect.oid)
        if isinstance(effect, fx.Submit):
            self.judge_number(effect.oid)

    def judge_number(self, oid: str) -> None:
        """No id leaves twice (B7).

        Numbers come from the journal. Where the disk has lied about the record of one, and nothing that was told since
        the start has named it, nobody here can know that it was given: the run is over then, as behind a journal that is
        refused for a lie.
        """
        self.sent[oid] += 1
        if oid in self.forgotten:
            self.world.note("given again", "lie")
            self.world.end = self.world.judge.refused = f"{oid} was given again: the disk had lied about its record"
            return
        demand(self.sent[oid] == 1, "B7", f"{oid} was sent twice")
        demand(oid not in self.broker.by_oid, "B7", f"{oid} was used before")

    def forget_lost(self) -> None:
        """Note which numbers a recovered journal does not know any more."""
        self.forgotten = set(self.sent) - self.submits.keys() if self.world.disk.lied else set()

    def hear_of(self, event: ev.Event) -> None:
        """Note which of the numbers that the journal has lost are named again."""
        if isinstance(event, ev.Fill | ev.OrderUpdate):
            self.forgotten.discard(event.oid)
        elif isinstance(event, ev.BrokerState):
            self.forgotten -= {one.oid for one in event.orders}

    # --- what is recorded -----------------------------------------------------------------------------------------

    def on_record(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        """Judge one step of the engine."""
        books, truth = self.books, self.world.engine.book.truth
        if event.ts < books.ts and not (isinstance(event, ev.Timer) and books.ts in self.world.wakes):
            fail("B32", f"time ran back from {books.ts} to {event}")
        if event.ts < books.ts:
            event = self._in_time(event)
        self._count(effects)
        apart.judge_step(self, event, effects)
        (event, effects), was = self._mine(event, effects), event
        if self.forgotten:
            self.hear_of(event)
        before, outside = None, self.house.is_outside
        if isinstance(event, ev.Fill | ev.OrderUpdate):
            self._learn(event)
            event = self._named(event)
            before = self._before(event)
        books.doubted = frozenset([fill.oid for fill in self.held.values() if fill.oid]) if self.held else frozenset()
        released, is_held = self._waiting(event, truth)
        if released:
            released = [self._named(fill) for fill in released]
        books.left_out = self._left_out(event, released, truth)
        books.note_swaps(released)
        self.holds[len(self.world.history)] = (released, is_held, books.doubted, books.left_out)
        self.believed.pop(len(self.world.history), None)
        if released or is_held:
            self.unsure.update({fill.instrument for fill in released} | ({event.instrument} if is_held else set()))
        if isinstance(event, ev.Bar):
            self.unsure.discard(event.instrument)
        told = [*released, event] if isinstance(event, ev.Fill) else released
        nets = {fill.instrument: books.net(fill.instrument) for fill in told} if told else {}
        starts = {pair: (found.lots, found.cost) for pair, found in books.holdings.items()} if released else {}
        there, books.trades, books.executed = dict(self.there) if released else {}, [], set()
        self._follow(event, is_held=is_held)
        if type(event) is not type(was):
            books.pass_by(event.ts)
        if before is not None:
            self._end_undisputed(event, truth)
        fresh = books.fresh_fill, books.fresh_end
        if not outside:
            self.played.take(event)
        for fill in released:
            self._follow(fill, at=event.ts)
        self.unlisted.pop(len(self.world.history), None)
        if released:
            self._drop_unlisted(released, truth)
        self.costs.pop(len(self.world.history), None)
        self.granted.pop(len(self.world.history), None)
        self.figures.pop(len(self.world.history), None)
        is_several = len(told) > 1 or len(self.world.history) in self.unlisted
        if released and is_several and any(fill.supersedes for fill in told):
            self._divide_costs(told, starts, truth)
            self._divide_figures(told, nets, there, truth)
        books.fresh_fill, books.fresh_end = fresh
        books.note_best()
        self.gates.take(event)
        alerts = {e.key: e for e in effects if type(e) is fx.Alert} if effects else {}
        for key in alerts:
            self.alarms[key] = self.alarms.get(key, 0) + 1
        if self.due:
            fail("B16", f"cancels of {self.due} were recorded and never left")
        if outside and effects:
            self.due = {effect.oid for effect in effects if type(effect) is fx.Cancel}
        for effect in effects:
            if type(effect) is fx.Submit:
                self._submit(effect, event, effects, truth)
            elif type(effect) is fx.Resend:
                demand(not books.orders[effect.oid].was_cancelled, "B20", f"{effect.oid} was taken back and goes again")
            elif type(effect) is fx.Amend:
                self._amend(effect, event)
                entering.judge_move(self, effect, effects)
            elif type(effect) is fx.Adjust:
                demand(
                    effect.cause and any("adjust" in key for key in alerts),
                    "B13",
                    f"adjusted without word or alert: {effect}",
                )
                handing.judge_adjust(self, effect, event)
                is_profit = effect.cash > 0 and not effect.is_flow
                demand(not is_profit, "B13", f"money that nobody can explain is called profit: {effect}")
            elif type(effect) is fx.Freeze:
                adopting.judge_freeze(self, effect, event)
            elif type(effect) is fx.Bury:
                self._prove_absence(books.orders[effect.oid], event.ts)
            elif type(effect) is fx.Decision:
                refusing.judge_decision(self, effect, event)
                self.wanted.take(self, effect)
            elif type(effect) is fx.Latch:
                self.gates.latch(effect, event)
                if isinstance(event, ev.Command) and event.kind == "enable":
                    refusing.judge_enable(self, event, effect, truth)
            elif type(effect) is fx.Kill and effect.state is not None:
                self._confirmed(effect.state)
            elif type(effect) is fx.Mismatch and effect.is_on:
                demand(alerts, "B12", "a mismatch without an alert")
                # Judged by what the venue held when it told its newest state; a trade by hand may have undone it since.
                as_of = getattr(event, "as_of", 0)
                is_new, there = as_of >= self.newest, self.broker.positions
                there = self.wire.told.get(as_of, there) if is_new else there
                held = there.get(effect.instrument, 0)
                differs = books.net(effect.instrument) != held or self.held
                demand(differs, "B12", f"{effect.instrument} is called a mismatch, both hold {held}")
                moved = self.moved.get((effect.account, effect.instrument), 0)
                is_older = isinstance(event, ev.BrokerState) and as_of < moved
                demand(not is_older, "B12", f"{effect.instrument} is called a mismatch by a state from before it moved")
            self.gates.hear(effect, event)
            books.emit(effect, event.ts)
        self._note_newest(event, effects)
        self._note_adjusted(effects)
        if told:
            self._note_moves(told, nets, event.ts)
        self.gates.watch()
        self.gates.fresh.judge_step(self.gates.closed, event, self.world.wakes)
        self._money(truth)
        counting.judge_step(self, event, before, truth)
        self._touched(event, effects, truth)
        closing.judge_step(self, event, effects, before)
        reserving.judge_step(self, event, effects)
        aiming.judge_step(self, event, effects)
        wanting.judge_behind(self, event, effects)
        waiting.judge_step(self, event, effects, truth)
        if isinstance(event, ev.Fill) and books.fresh_fill and not event.supersedes and event.oid in books.orders:
            own = books.orders[event.oid]
            if own.is_entry:
                wanting.judge_unwanted(self, own)
        covering.judge_step(self, event, told)
        adopting.judge_step(self, event, effects)
        apart.judge_stakes(self, self.world.engine.book)
        if effects:
            entering.judge_latched(self, effects)
        self._stay_ready(event, truth)
        self._figures(truth)
        self._remembered(event, truth)
        handing.judge_day(self, event, truth)
        limiting.judge_change(self, event, effects)
        confirming.judge_step(self, event, effects)
        is_plain = books.fresh_fill and not (released or is_held or getattr(event, "supersedes", ""))
        keeping.judge_step(self, event, effects, truth, is_plain=is_plain)
        if effects or isinstance(event, ev.Fill | ev.Command | ev.DiskState):
            self._must_alarm(event, effects, alerts, before)

    def _count(self, effects: list[fx.Effect]) -> None:
        """Every order of every account has the next number (B7)."""
        for effect in effects:
            if type(effect) is fx.Submit:
                self.given += 1
                if effect.index != self.given:
                    fail("B7", f"order number {effect.index} after {self.given - 1}")

    def _stay_ready(self, event: ev.Event, truth: Any) -> None:
        """What happens on another line leaves an account as it is: ready, and at one with its venue (B12)."""
        if not self.is_quiet:
            return
        account = self.house.account
        is_ready = bool(truth.contacts[account].is_ready)
        self.is_opened = self.is_opened or isinstance(event, ev.Link)
        self.was_ready = self.is_opened and (is_ready or (self.was_ready and not isinstance(event, ev.Link)))
        if self.was_ready and not is_ready:
            fail("B12", f"{account} is not ready any more, and its line is well")
        if self.is_untouched and truth.mismatched:
            lost = [key for key in truth.mismatched if key.startswith(f"{account}/")]
            demand(not lost, "B12", f"{lost} disagree, and nobody has touched them")

    def _confirmed(self, state: Any) -> None:
        """What a venue confirms of a kill that closes was asked behind the last execution that it covers (L5)."""
        if state.tier != FLATTEN or self.house.account not in state.confirmed:
            return
        for (deployment, symbol), ts in self.traded.items():
            is_covered = state.scope in scopes_of(deployment, symbol, self.house.account)
            text = f"kill of {state.scope} was asked about at {state.asked_ts}, {deployment} executed {symbol} at {ts}"
            demand(not is_covered or state.asked_ts >= ts, "L5", text)

    def _note_newest(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        """Note the newest state that the account has told, and that one has been compared."""
        if isinstance(event, ev.BrokerState):
            self.newest = max(self.newest, event.as_of)
        if not self.is_adopted and effects:
            self.is_adopted = any(type(e) is fx.Compared and e.as_of for e in effects)

    def _note_adjusted(self, effects: list[fx.Effect]) -> None:
        """Note what was changed without a trade: what the venue told before that proves nothing of it."""
        for effect in effects:
            if type(effect) is fx.Adjust and effect.qty:
                self.moved[effect.account, effect.instrument] = self.books.ts

    def _note_moves(self, told: list[Any], before: dict[str, int], ts: int) -> None:
        """Note of which instruments executions have changed what is held."""
        for fill in told:
            own = self.books.orders.get(fill.oid)
            if self.books.net(fill.instrument) != before[fill.instrument]:
                if own is not None and self.books.fresh_fill:
                    self.traded[own.deployment, own.symbol] = ts
                self.moved[fill.account, fill.instrument] = ts

    def _follow(self, event: Any, *, is_held: bool = False, at: int = 0) -> None:
        """Let the books take an event, and keep what its venue was last known to hold along with it."""
        books = self.books
        if isinstance(event, ev.Fill):
            symbol = event.instrument
            before = books.net(symbol)
            books.take(event, is_held=is_held, at=at)
            if symbol in self.there and (event.time > books.as_of or event.is_bust):
                # Told before this happened, or before it was taken back: unless that leaves just what was told.
                is_told = event.is_bust and event.time <= books.as_of and books.net(symbol) == self.there[symbol]
                self.there[symbol] += 0 if is_told else books.net(symbol) - before
            return
        if isinstance(event, ev.BrokerState) and not event.failed and event.as_of >= books.as_of:
            self.there = dict.fromkeys(self.house.sorts, 0)
            for symbol, qty in event.positions.items():
                self.there[symbol] = int(qty * self.house.sorts[symbol].lots_per_unit)
        if isinstance(event, ev.CorporateAction):
            self.there.pop(event.instrument, None)
        books.take(event, is_held=is_held, at=at)

    def _figures(self, truth: Any) -> None:
        """What its venue is said to hold is what it told, and what it executed or took back since (B12)."""
        contact = truth.contacts.get(self.house.account)
        for symbol, lots in self.there.items() if contact is not None else ():
            told = contact.positions.get(symbol, NOTHING) * self.house.sorts[symbol].lots_per_unit
            if told != lots:
                fail("B12", f"{symbol}: the venue is said to hold {told}, it told of {lots}")

    def _divide_costs(self, told: list[Any], starts: dict[tuple[str, str], tuple[int, int]], truth: Any) -> None:
        """Take the engine's order for several corrections of one moment: which of them came first, nobody can know.

        What is taken back takes a share of the cost along: how much of a sum is cost and how much has been realised
        depends on that order. The sum does not, and it has to be the same here and there; and some order must give it.
        """
        for fill in told:
            own = self.books.orders.get(fill.oid)
            pair = own.deployment if own is not None else self.house.external, fill.instrument
            found, position = self.books.holding(*pair), truth.positions.get(pair[0], {}).get(pair[1])
            if position is None or position.qty * self.house.sorts[pair[1]].lots_per_unit != found.lots:
                continue
            cost, realised = e8(position.cost), e8(position.realised)
            if cost == found.cost or cost - realised != found.cost - found.realised:
                continue
            orders = self._orders_of(pair, starts, found.cost, self._passed(pair, told))
            if any(abs(cost - other) * NEARLY <= abs(other) for other in orders):
                found.cost, found.realised = cost, realised
                self.costs.setdefault(len(self.world.history), {})[pair] = cost, realised

    def _drop_unlisted(self, released: list[ev.Fill], truth: Any) -> None:
        """Count no more what an answer that lists all there is has not listed: where the broker has in truth undone it."""
        undone = {one.key for one in self.broker.executions if one.undone}
        told = {oid: truth.orders[oid] for oid in sorted({fill.oid for fill in released}) if oid in truth.orders}
        for key, done in list(self.books.executions.items()):
            if key[0] in told and done[0] and key[2] in undone:
                theirs = told[key[0]].executions.get(f"{key[1]}/{key[2]}")
                if theirs is not None and not theirs.qty:
                    self.unlisted.setdefault(len(self.world.history), []).append(key)
                    self._drop(key)

    def _drop(self, key: tuple[str, str, str]) -> None:
        order = self.books.orders[key[0]]
        self.books.drop(key, order, self.house.sorts[order.symbol])

    def _divide_figures(self, fills: list[ev.Fill], nets: dict[str, int], there: dict[str, int], truth: Any) -> None:
        """Take the engine's word for which of several corrections of one moment are of what the venue had told.

        Of those alike nobody can know; between none of them and all that this moment has moved the figure has to be.
        Or it is what the venue itself has changed since: the links of a chain that it had told by then move nothing.
        """
        contact = truth.contacts[self.house.account]
        for symbol in nets.keys() & there.keys():
            told = int(contact.positions.get(symbol, NOTHING) * self.house.sorts[symbol].lots_per_unit)
            moved, said = self.books.net(symbol) - nets[symbol], told - there[symbol]
            is_between = min(0, moved) <= said <= max(0, moved)
            if told != self.there[symbol] and (is_between or said == self._changed_there(symbol, fills)):
                self.there[symbol] = told
                self.figures.setdefault(len(self.world.history), {})[symbol] = told

    def _changed_there(self, symbol: str, fills: list[ev.Fill]) -> int:
        """Return the lots by which what was told has changed what the venue holds since it told that."""
        lots = {one.key: one.lots for one in self.broker.executions if one.symbol == symbol}
        news = [fill for fill in fills if fill.instrument == symbol and fill.time > self.books.as_of]
        keys = {fill.exec_id.removeprefix(codec.ALIAS): fill.supersedes for fill in news if not fill.is_bust}
        return sum(lots.get(key, 0) - lots.get(named, 0) for key, named in keys.items())

    def _passed(self, pair: tuple[str, str], told: list[Any]) -> list[tuple[int, int]]:
        """Return lots and prices of a holding's executions of this moment that others of it take the place of.

        They are left out here; whether the engine has booked one and taken it back, nothing tells but the cost.
        """
        named = {(fill.venue_order, fill.supersedes) for fill in told}
        found = []
        for fill in told:
            own, key = self.books.orders.get(fill.oid), (fill.venue_order, fill.exec_id)
            is_its = own is not None and (own.deployment, own.symbol) == pair
            if is_its and key in named and key in self.books.left_out:
                found.append(self.books.shape(fill)[1:3])
        return found

    def _orders_of(
        self,
        pair: tuple[str, str],
        starts: dict[tuple[str, str], tuple[int, int]],
        as_told: int,
        passed: Iterable[tuple[int, int]] = (),
    ) -> Iterator[int]:
        """Yield what a holding would have cost in each order of this step's trades; of many, in the one told alone.

        Some of what was `passed` through may have been traded there and back between them.
        """
        yield as_told
        trades = [(lots, px) for of, lots, px in self.books.trades if of == pair]
        passes = [[(lots, px), (-lots, px)] for lots, px in passed]
        for count in range(len(passes) + 1):
            for some in combinations(passes, count):
                all_of_them = [*trades, *chain.from_iterable(some)]
                for way in permutations(all_of_them) if len(all_of_them) <= MOST_TRADES else ():
                    other = Holding(*starts.get(pair, (0, 0)))
                    for lots, px in way:
                        other.trade(lots, px, self.house.sorts[pair[1]].unit)
                    yield other.cost

    def _end_undisputed(self, event: ev.Event, truth: Any) -> None:
        """Believe an end that has waited long enough for executions, as the engine may, before its effects are judged."""
        own = self.books.orders.get(getattr(event, "oid", ""))
        if own is None or not own.may_end or own.ended or own.oid not in truth.orders:
            return
        if truth.orders[own.oid].status.value == own.may_end:
            self._believe(own, own.may_end)

    def _believe(self, own: Known, word: str) -> None:
        """Take an order for ended, here and when the record is folded anew."""
        self.books.end(own, word)
        self.believed.setdefault(len(self.world.history), []).append((own.oid, word))

    def _waiting(self, event: ev.Event, truth: Any) -> tuple[list[ev.Fill], bool]:
        """Return the fills that wait no longer for an owner, and whether this event is one that does now.

        The engine may keep an execution for a while that it can not yet give to an order; when it comes is its own
        business, that it counts once is not.
        """
        contact = truth.contacts.get(self.house.account)
        held = contact.held if contact is not None else []
        if not held and not self.held:
            return [], False
        keys = {(fill.venue_order, fill.exec_id) for fill in held}
        released = [fill for key, fill in self.held.items() if key not in keys]
        self.held = {(fill.venue_order, fill.exec_id): fill for fill in held}
        key = (getattr(event, "venue_order", ""), getattr(event, "exec_id", ""))
        return released, isinstance(event, ev.Fill) and key in keys

    def _left_out(self, event: ev.Event, released: list[ev.Fill], truth: Any) -> dict[tuple[str, str], bool]:
        """Return the executions of this step that the engine has not booked, and whether it has let go of the order.

        Corrections, what had waited, what looks like another, and what may be where the chain of a correction told
        before it began.
        """
        told = [*released, event] if isinstance(event, ev.Fill) else released
        found = {}
        # What is told now, and taken back by what had waited for it, has been booked in between.
        passing = {(fill.venue_order, fill.supersedes) for fill in released}
        for fill in told:
            is_apart = fill.oid in self.books.loose or self.books.shape(fill) in self.books.alike.values()
            is_listed = fill.supersedes or fill is not event or is_apart
            if fill.oid and is_listed:
                order = truth.orders.get(fill.oid) or truth.ended.get(fill.oid)
                done = order.executions.get(f"{fill.venue_order}/{fill.exec_id}") if order is not None else None
                is_passing = fill is event and (fill.venue_order, fill.exec_id) in passing
                if done is None or not (done.qty or is_passing):
                    found[fill.venue_order, fill.exec_id] = fill.oid not in truth.orders
        if found:
            self.books.corrects = {one.key: one.supersedes for one in self.broker.executions if one.supersedes}
            self.books.undone = {one.key for one in self.broker.executions if one.undone}
        return found

    def _learn(self, event: ev.Event) -> None:
        """Note what the broker calls an order of ours, once it has told that."""
        if isinstance(event, ev.OrderUpdate) and event.venue_order:
            own = self.books.orders.get(event.oid)
            if own is not None:
                self.names[own.symbol, event.venue_order] = own.oid

    def _named(self, event: Any) -> Any:
        """Return an execution under our id, where that can be known by now; let the books know what it may correct."""
        if isinstance(event, ev.Fill) and event.supersedes:
            self.books.corrects = {one.key: one.supersedes for one in self.broker.executions if one.supersedes}
        if not isinstance(event, ev.Fill) or event.oid:
            return event
        oid = self.names.get((event.instrument, event.venue_order), "")
        # The number of another system's order may be that of ours; its side tells them apart.
        is_ours = bool(oid) and self.books.orders[oid].side == event.side.sign
        return msgspec.structs.replace(event, oid=oid if is_ours else "")

    def _before(self, event: ev.Event) -> Before | None:
        """Return what was known of the order that a broker's word speaks of, before it."""
        if not isinstance(event, ev.Fill | ev.OrderUpdate):
            return None
        order = self.books.orders.get(event.oid)
        return None if order is None else Before(order.deployment, order.ended, order.filled, order.total)

    def _submit(self, submit: fx.Submit, event: ev.Event, effects: list[fx.Effect], truth: Any) -> None:
        known = self.submits.get(submit.oid)
        demand(known is None or known == submit, "B7", f"{submit.oid} names two orders")
        demand(
            submit.oid == f"{truth.instance}-{codec.base32(submit.index)}",
            "B7",
            f"{submit.oid} is not number {submit.index}",
        )
        demand(
            submit.reason > 0 and submit.deployment in self.house.prepared.spec.deployments,
            "B8",
            f"{submit.oid} has no lineage",
        )
        entering.judge_shape(self, submit)
        if submit.reduce_only:
            closing.judge_exit(self, submit)
            wanting.judge_exit(self, submit)
        else:
            entering.judge_entry(self, submit, event, effects)
        self.submits[submit.oid] = submit

    def _amend(self, amend: fx.Amend, event: ev.Event) -> None:
        order = self.books.orders[amend.oid]
        sort = self.house.sorts[order.symbol]
        lots = amend.qty * sort.lots_per_unit
        demand(lots == int(lots) and lots > 0, "B14", f"amend of {amend.oid} to {amend.qty}")
        for px in (amend.limit, amend.stop):
            entering.on_tick(px, sort, f"amend of {amend.oid}")
        if order.is_entry:
            demand(
                int(lots) <= max(order.qty, order.wanted or 0),
                "B15",
                f"{amend.oid} grows from {order.qty} to {lots} without the gate",
            )
            why = self.gates.closed_for(order.deployment, order.symbol)
            demand(not why, "B16", f"{amend.oid} is moved although {why}")
            entering.judge_rate(self, amend.oid, event)
            demand(not self.house.limits.confirm, "B16", f"{amend.oid} is moved, and nobody was asked")
        else:
            most = abs(self.books.holding(order.deployment, order.symbol).lots) + order.filled
            demand(int(lots) <= most, "B20", f"{amend.oid} protects {lots} of {most}")
            wanting.judge_amend(self, amend, order)
            is_early = amend.is_pair and closing.is_small(self, order, int(lots) - order.filled)
            demand(not is_early, "B19", f"{amend.oid} grows to {lots} although its entry goes on")

    # --- the engine's figures ---------------------------------------------------------------------------------------

    def _money(self, truth: Any) -> None:
        account, books = truth.accounts[self.house.account], self.books
        causes = (account.net_flows, account.fx_result, account.trading_result)
        theirs = (account.equity, account.peak, account.session_equity, account.session_flows, *causes)
        by_cause = (books.by_flows, books.by_rates, books.by_trading)
        ours = (books.equity, books.peak, books.day_equity, books.day_flows, *by_cause)
        if ours == self.agreed[1] and all(map(is_, theirs, self.agreed[0])) and not self.unsure:
            # Both are what they were when they were found to be the same.
            return
        if self.unsure:
            # A fill that waited is marked when its owner is found; until the next bar equity is the engine's to tell.
            self.granted[len(self.world.history)] = told = tuple(map(e8, (account.equity, account.peak, *causes)))
            books.equity, books.peak, books.by_flows, books.by_rates, books.by_trading = told
            return
        demand(type(account.equity) is Decimal, "B14", "equity is no decimal")
        demand(e8(account.equity) == books.equity, "B10", f"equity {account.equity}, worked out {books.equity}")
        demand(e8(account.peak) == books.peak, "B24", f"peak {account.peak}, worked out {books.peak}")
        demand(
            e8(account.session_equity) == books.day_equity,
            "B23",
            f"day's equity {account.session_equity}, worked out {books.day_equity}",
        )
        demand(
            tuple(map(e8, causes)) == by_cause,
            "B10",
            f"equity moved by flows, rates and trading {causes}, worked out {by_cause}",
        )
        demand(
            e8(account.session_flows) == books.day_flows,
            "B23",
            f"day's flows {account.session_flows}, worked out {books.day_flows}",
        )
        for kind, (_, equity, flows) in books.periods.items():
            period = getattr(account, kind)
            told = e8(period.equity), e8(period.flows)
            demand(told == (equity, flows), "B23", f"the {kind} began with {told}, worked out {equity}, {flows}")
        self.agreed = theirs, ours

    def _remembered(self, event: ev.Event, truth: Any) -> None:
        """A kill leaves no wish behind, and what a holding has seen lies where its market was."""
        if isinstance(event, ev.Command) and event.kind == "kill" and self.gates.is_first(event):
            for deployment, by_symbol in truth.positions.items():
                for symbol, position in by_symbol.items() if deployment in self.house.prepared.spec.deployments else ():
                    is_meant = event.scope in ("all", f"account:{self.house.account}", f"deployment:{deployment}")
                    is_meant = is_meant or event.scope == f"instrument:{symbol}"
                    demand(
                        not (is_meant and position.wish), "B16", f"{deployment} {symbol} still wishes {position.wish}"
                    )
        if isinstance(event, ev.Bar) and event.instrument not in self.books.mixed | self.unsure | self.books.wild:
            for deployment in self.house.prepared.spec.deployments:
                found = truth.positions[deployment].get(event.instrument)
                if found is not None and found.qty and found.low > 0:
                    text = f"{deployment} {event.instrument} has seen {found.low} to {found.high}"
                    demand(found.low <= event.close <= found.high < 2.5 * found.low, "B10", text)

    def _touched(self, event: ev.Event, effects: list[fx.Effect], truth: Any) -> None:
        """Compare every figure that this step may have moved."""
        books = self.books
        oids = {effect.oid for effect in effects if type(effect) in _TOUCHING} if effects else set()  # type: ignore[attr-defined]
        if isinstance(event, ev.Fill | ev.OrderUpdate):
            oids.add(event.oid)
        for oid in oids:
            if oid in books.orders and oid in truth.orders:
                self._order(books.orders[oid], truth.orders[oid])
        is_moving = isinstance(event, ev.Fill | ev.CorporateAction | ev.CashFlow)
        if is_moving or (effects and any(type(e) is fx.Adjust for e in effects)):
            self._sums(truth)

    def compare_all(self, truth: Any) -> None:
        """Compare every figure there is."""
        self._money(truth)
        self._sums(truth)
        for oid, own in self.books.orders.items():
            if oid in truth.orders:
                self._order(own, truth.orders[oid])

    def _sums(self, truth: Any) -> None:
        books = self.books
        account = truth.accounts[self.house.account]
        for currency, amount in books.cash.items():
            if e8(account.cash.get(currency, NOTHING)) != amount:
                fail("B11", f"cash {account.cash} {currency}, worked out {amount}")
        for currency, amount in books.fees.items():
            if e8(account.fees.get(currency, NOTHING)) != amount:
                fail("B10", f"fees {account.fees}, worked out {amount}")
        for (deployment, symbol), found in books.holdings.items():
            position = truth.positions.get(deployment, {}).get(symbol)
            sort = self.house.sorts[symbol]
            lots = position.qty * sort.lots_per_unit if position else 0
            if lots != found.lots:
                fail("B9", f"{deployment} {symbol} holds {lots}, executions say {found.lots}")
            if position is not None:
                self._position(f"{deployment} {symbol}", position, found)
        self.sum_identity(truth)
        self.sum_identity(truth)

    def _position(self, name: str, position: Any, found: Holding) -> None:
        if e8(position.cost) != found.cost:
            fail("B10", f"{name} cost {position.cost}, worked out {found.cost}")
        told, own = (e8(position.fees), e8(position.income)), (found.fees, found.income)
        if told != own:
            fail("B10", f"{name} fees and income {told}, worked out {own}")
        # Of one that is gone it means nothing, and says in which order its last executions were booked.
        if found.lots and position.days != found.days:
            fail("B26", f"{name} is {position.days} days old")
        if e8(position.realised) != found.realised:
            fail("B10", f"{name} realised {position.realised}, worked out {found.realised}")

    def sum_identity(self, truth: Any) -> None:
        """Hold positions outside the judge's books to nothing."""
        mine = {*self.house.prepared.spec.deployments, self.house.external}
        for deployment, by_symbol in truth.positions.items():
            for symbol, position in by_symbol.items():
                if position.qty and deployment in mine and (deployment, symbol) not in self.books.holdings:
                    fail("B9", f"{deployment} {symbol} from nowhere")

    def _order(self, own: Known, order: Any) -> None:
        sort = self.house.sorts[own.symbol]
        status = order.status.value
        if order.filled * sort.lots_per_unit != own.filled:
            fail("B6", f"{own.oid} filled {order.filled}, executions say {own.filled}")
        if own.status in TERMINAL:
            if status != own.status:
                fail("B4", f"{own.oid} went from {own.status} to {status}")
        elif status in TERMINAL:
            theirs = self.broker.by_oid.get(own.oid)
            is_done = status == "filled" and theirs and theirs[-1].word == "filled"
            if (status == own.may_end or is_done) and not own.ended:
                self._believe(own, status)
            if not own.ended:
                fail("B3", f"{own.oid} ended as {status} without the venue's word")
        if own.ended in ("rejected", "cancelled", "expired", "filled") and own.status not in TERMINAL:
            demand(status == own.ended, "B4", f"the venue ended {own.oid} as {own.ended}, it is {status}")
        if status == "replacing" and not own.ended:
            leaves = order.leaves * sort.lots_per_unit
            demand(leaves >= own.leaves, "B15", f"{own.oid} counts {leaves} while {own.leaves} could execute")
        if status not in TERMINAL:
            total, most = order.total * sort.lots_per_unit, self._most(own.oid)
            if total < most:
                fail("B15", f"{own.oid} counts {total} in all while {most} could execute")
        own.status = status

    def _most(self, oid: str) -> int:
        """Return the lots that an order can come to in truth: as it works at the venue, or as a change under way has it."""
        theirs = self.broker.by_oid.get(oid)
        if not theirs or theirs[-1].word:
            return 0
        sort = self.house.sorts[theirs[-1].symbol]
        coming = [e for e in self.wire.under_way.values() if type(e) is fx.Amend and e.oid == oid]
        return max(theirs[-1].qty, *(int(e.qty * sort.lots_per_unit) for e in coming), 0)

    def _prove_absence(self, own: Known, ts: int) -> None:
        """An order may be buried only where the venue has twice not known it, and in truth has it not (B3)."""
        outside = self.house.prepared.spec.accounts[self.house.account].outside
        demand(outside is not None, "B3", f"{own.oid} is buried inside the process")
        demand(own.absents >= 2, "B3", f"{own.oid} is buried after {own.absents} absences")
        demand(ts - own.sent >= outside.visibility, "B3", f"{own.oid} is buried {ts - own.sent} ns after it was sent")
        demand(own.oid not in self.broker.by_oid, "B3", f"{own.oid} is buried alive")
        coming = [e for e in self.wire.under_way.values() if getattr(e, "oid", "") == own.oid]
        demand(not [e for e in coming if isinstance(e, fx.Submit | fx.Resend)], "B3", f"{own.oid} is buried on its way")

    # --- alarms -----------------------------------------------------------------------------------------------------

    def _must_alarm(
        self, event: ev.Event, effects: list[fx.Effect], alerts: dict[str, Any], before: Before | None
    ) -> None:
        """Some things must never pass in silence."""
        levels = {alert.level for alert in alerts.values()}
        loud = levels & {"error", "critical"}
        # A venue lists what it has executed again and again: what was told once may pass.
        books = self.books
        if isinstance(event, ev.Fill) and (books.fresh_fill or (event.is_bust and books.fresh_end)):
            if event.oid not in books.orders:
                demand(alerts, "B13", f"a trade that is not ours passed in silence: {event}")
            elif before is not None and (
                event.supersedes or before.ended in ("cancelled", "rejected", "expired", "absent")
            ):
                demand(loud, "B6", f"a late, corrected or busted execution passed in silence: {event}")
            elif before is not None and before.filled + self._lots(event) > before.total:
                demand(loud, "B6", f"an overfill passed in silence: {event}")
                demand(before.deployment in self.gates.frozen, "B6", f"{before.deployment} goes on after {event}")
        if isinstance(event, ev.Command) and event.kind == "kill" and self.gates.is_first(event):
            demand("critical" in levels, "L3", f"a kill passed in silence: {event}")
        if isinstance(event, ev.DiskState) and not event.is_healthy:
            demand("critical" in levels, "L3", "a sick disk passed in silence")
        for effect in effects:
            if (
                type(effect) is fx.Latch
                and effect.is_on
                and effect.level == "hold"
                and effect.kind in ("daily_loss", "drawdown", "frozen")
            ):
                demand("critical" in levels, "L3", f"{effect.kind} closed a gate in silence")

    def _lots(self, fill: ev.Fill) -> int:
        return int(fill.qty * self.house.sorts[fill.instrument].lots_per_unit)

    # --- crashes ------------------------------------------------------------------------------------------------------

    def on_refusal(self, damage: Exception) -> None:
        """The journal was refused as damaged: right only where it is."""
        world = self.world
        if world.feed.restore_backup():
            world.note("refused", "rot")
            world.later(world.now + 1_000_000_000, 0, world.boot)
            return
        if world.disk.lied:
            world.note("refused", "lie")
            world.end = self.refused = f"refused: {damage}"
            return
        raise Violation("B30", f"an intact journal was refused: {damage}")

    def on_recovered(self, started: Any) -> None:
        """Judge what recovery found, and fold the books from it."""
        world = self.world
        seq = started.journal.seq if started else 0
        demand(world.feed.flipped is None, "B31", "a flipped bit in a durable record was not noticed")
        if not world.disk.lied:
            demand(seq >= self.durable, "B30", f"{self.durable} records were durable, {seq} were recovered")
        if started:
            world.found_unsaved(seq, started.journal.head_hash)
        demand(seq <= len(world.history), "B30", f"{seq} records were recovered of {len(world.history)} written")
        if seq:
            demand(
                world.history[seq - 1][2] in (b"", started.journal.head_hash), "B30", f"record {seq} is another one now"
            )
        del world.history[seq:]
        self.places, self.durable = {}, seq
        world.fold()
        for judge in world.judges:
            judge.forget_lost()
        if started and started.leftover is None:
            raise Violation("B33", "recovery left no leftover")
        if started:
            self._compare_with_the_dead(started)
            demand(
                not started.discarded, "B33", f"the memory of {started.discarded} is not what the same code remembers"
            )
            for judge in world.judges:
                judge.on_fold_done(started.engine.book.truth)
            self._recover_again(started, seq)

    def _compare_with_the_dead(self, started: Any) -> None:
        """What was recovered is what the process held when it died, where all it had done was recovered (B29)."""
        place, truth, memory = self.world.left_behind
        if place != (started.journal.seq, started.journal.head_hash):
            return
        demand(digest(started.engine.book.truth) == truth, "B29", "the truth is another one after the restart")
        demand(digest(started.engine.memory()) == memory, "B29", "the memory is another one after the restart")

    def _recover_again(self, started: Any, seq: int) -> None:
        """Recovery of what was recovered gives the same (B33); sampled."""
        if seq % 3:
            return
        again = self.world.recover_copy()
        demand(
            digest(again.engine.book.truth) == digest(started.engine.book.truth),
            "B33",
            "recovering twice gives another truth",
        )
        demand(
            digest(again.engine.memory()) == digest(started.engine.memory()),
            "B33",
            "recovering twice gives another memory",
        )

    def begin(self) -> None:
        """Begin anew."""
        self.books = Books(self.house)
        self.books.marks = self.world.marks
        self.gates = Gates(self.house, self.books)
        self.submits, self.waiting, self.names, self.moved, self.newest, self.due = {}, {}, {}, {}, 0, set()
        self.is_adopted, self.played, self.asked, self.there, self.kept = False, Played(self), Asked(), {}, None
        self.wanted = wanting.Wanted()
        self.given, self.was_ready, self.is_opened, self.traded = 0, False, False, {}

    def fold_step(self, place: int, event: ev.Event, effects: list[fx.Effect]) -> None:
        """Take over a step that was judged before."""
        event = self._in_time(event)
        self._count(effects)
        (event, effects), was = self._mine(event, effects), event
        self._learn(event)
        event = self._named(event)
        self.submits |= {e.oid: e for e in effects if type(e) is fx.Submit}
        released, is_held, self.books.doubted, self.books.left_out = self.holds.get(place, _PLAIN)
        if self.books.left_out:
            self.books.undone = {one.key for one in self.broker.executions if one.undone}
        self.books.note_swaps(released)
        told = [*released, event] if isinstance(event, ev.Fill) else released
        nets = {fill.instrument: self.books.net(fill.instrument) for fill in told}
        self._follow(event, is_held=is_held)
        if type(event) is not type(was):
            self.books.pass_by(event.ts)
        for oid, word in self.believed.get(place, ()):
            self.books.end(self.books.orders[oid], word)
        for fill in released:
            self._follow(fill, at=event.ts)
        for key in self.unlisted.get(place, ()):
            self._drop(key)
        self.there |= self.figures.get(place, {})
        for pair, divided in self.costs.get(place, {}).items():
            found = self.books.holding(*pair)
            found.cost, found.realised = divided
        self.asked.take(self.books, event, effects)
        self._note_newest(event, effects)
        self._note_adjusted(effects)
        self._note_moves(told, nets, event.ts)
        self.books.note_best()
        self.gates.take(event)
        for effect in effects:
            if type(effect) is fx.Latch:
                self.gates.latch(effect, event, is_judging=False)
            self.gates.hear(effect)
            if type(effect) is fx.Decision:
                self.wanted.take(self, effect)
            self.books.emit(effect, event.ts)
        if (granted := self.granted.get(place)) is not None:
            books = self.books
            books.equity, books.peak, books.by_flows, books.by_rates, books.by_trading = granted
        reserving.remember(self, effects)
        self.gates.watch()

    def on_fold_done(self, truth: Any) -> None:
        """Take over the states of orders from a truth that was just recovered, and hold it against the books."""
        contact = truth.contacts.get(self.house.account)
        self.held = {(f.venue_order, f.exec_id): f for f in contact.held} if contact is not None else {}
        for oid, own in self.books.orders.items():
            order = truth.orders.get(oid)
            if order is not None:
                own.status = order.status.value
                if own.status in TERMINAL and not own.ended:
                    own.ended = "absent"
                    self.books.open.pop(oid, None)
        for name in self.house.prepared.spec.deployments:
            if name in truth.conduct:
                self.books.rejects[name] = truth.conduct[name].rejects
                self.books.cancels[name] = truth.conduct[name].cancels
        for own in self.books.orders.values():
            own.arrival = None
        self.kept = keeping.keep(self, truth)
        self.compare_all(truth)
