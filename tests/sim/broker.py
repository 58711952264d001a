"""A broker as a small machine of its own: integer lots, integer prices, an own log of what it did.

It was written from the brokers' manuals, not from the engine or from `parts/venue`, and imports neither. Words go out
through `say(word, fields, delay)`; what becomes of them on the way is the network's business. What it did stands in
`log`, which the checks and the offline checker judge everything by.
"""

from collections.abc import Callable
from typing import Any

from tests.sim.chance import Draws, Tape

MS = 1_000_000
SECOND = 1_000_000_000
BUY, SELL = 1, -1
TOO_LATE, UNKNOWN_ORDER, WOULD_INCREASE, OCO, SESSION_END, NO_LIQUIDITY, DUPLICATE_ID = (
    306,
    305,
    313,
    310,
    309,
    307,
    312,
)


class Persona:
    """How this broker behaves; drawn once for a run."""

    def __init__(self, draws: Draws) -> None:
        self.is_fill_first = draws.chance(0.35)
        self.has_acks = draws.chance(0.9)
        self.dedupes = draws.chance(0.6)
        self.oco = draws.chance(0.3)
        self.amend = draws.chance(0.8)
        self.visibility = draws.pick((0, 0, 500 * MS, 2 * SECOND, 4 * SECOND))
        self.latency = draws.pick((1 * MS, 20 * MS, 200 * MS, 900 * MS))
        self.partial = draws.pick((0.0, 0.0, 0.2, 0.6))
        self.fee = draws.pick((0, 0, 35, 100))
        """Fee per lot, in 1e-8 of the currency times ten thousand."""
        self.replays = draws.chance(0.4)
        """Sends the executions of the gap again on reconnect."""
        self.reports_external = draws.chance(0.7)
        self.echoes = draws.chance(0.5)
        """Lists executions again with every answer about an order."""
        self.lists_all = draws.chance(0.6)
        self.reserves = False
        """Keeps what is held for the orders that would sell it; takes no others, and knows no flag that only reduces."""
        self.is_pair = False
        """Changes an order that nothing has executed of by taking it back and making another one under its name."""
        self.is_aliased = False
        """Lists executions under other ids than those it told them by."""
        self.is_nameless = draws.chance(0.12)
        """Tells executions without our id, and counts its own ids anew in each instrument."""
        self.is_twin = False
        """Executes an even number of lots in two halves at the same moment and price."""


class Resting:
    """One order as the broker holds it."""

    __slots__ = (
        "ended",
        "filled",
        "is_triggered",
        "limit",
        "oco",
        "oid",
        "paid",
        "qty",
        "reduce_only",
        "side",
        "since",
        "stop",
        "stuck",
        "symbol",
        "tif",
        "trail",
        "type",
        "vid",
        "word",
    )  # fmt: skip

    def __init__(self, vid: str, fields: dict[str, Any], now: int) -> None:
        self.vid = vid
        self.oid: str = fields["oid"]
        self.symbol: str = fields["symbol"]
        self.side: int = fields["side"]
        self.qty: int = fields["qty"]
        self.type: str = fields["type"]
        self.tif: str = fields["tif"]
        self.limit: int | None = fields["limit"]
        self.stop: int | None = fields["stop"]
        self.trail: int | None = fields["trail"]
        self.reduce_only: bool = fields["reduce_only"]
        self.oco: str = fields["oco"]
        self.since = now
        self.filled = 0
        self.paid = 0
        self.is_triggered = self.type in ("market", "limit")
        self.word = ""
        self.ended = 0
        self.stuck = 0

    @property
    def leaves(self) -> int:
        """Lots still to execute while it lives."""
        return self.qty - self.filled if not self.word else 0


class Execution:
    """One execution: `key` is the broker's id, `lots` are signed."""

    __slots__ = ("fee", "is_busted", "key", "lots", "oid", "px", "supersedes", "symbol", "time", "undone", "vid")

    def __init__(self, key: str, order: Resting | None, symbol: str, figures: tuple[int, int, int, int]) -> None:
        self.key, self.symbol = key, symbol
        self.vid, self.oid = (order.vid, order.oid) if order else ("", "")
        self.lots, self.px, self.fee, self.time = figures
        self.undone = self.is_busted = False
        self.supersedes = ""


class Broker:
    """One account at one broker.

    Attributes:
        positions: Lots by symbol. orders: Every order ever, by the broker's id. by_oid: The same by client id.
        live: The working ones by symbol. executions: Every execution, in order. log: Everything that happened.
        px: Present price by symbol, in quanta.
    """

    def __init__(
        self, persona: Persona, tape: Tape, draws: Draws, say: Callable[[str, dict[str, Any], int], None]
    ) -> None:
        """Open an account without positions."""
        self.persona, self.tape, self.draws, self.say = persona, tape, draws, say
        self.now = 0
        self.positions: dict[str, int] = {}
        self.px: dict[str, int] = {}
        self.orders: dict[str, Resting] = {}
        self.by_oid: dict[str, list[Resting]] = {}
        self.live: dict[str, list[Resting]] = {}
        self.executions: list[Execution] = []
        self.log: list[tuple[Any, ...]] = []
        self.flows: dict[str, int] = {}
        self.past: list[tuple[int, dict[str, Any]]] = [(0, {"positions": {}, "spent": {}, "flows": {}})]
        self.spent: dict[str, int] = {}
        """Lots times quanta paid by symbol, signed; and fees under `fee/` and their currency."""
        self.currencies: dict[str, str] = {}
        self.after: Callable[[int, Callable[[], None]], None] = lambda delay, act: None
        self.state_of: Callable[[str], str] = lambda oid: "none"
        self.cells: list[tuple[str, str]] = []
        self.shared: dict[str, str] = {}
        """Orders of others that bear the number of one of ours, by what they are called here."""
        self.turned: list[tuple[str, int]] = []
        """Exits that executed more than was held, and by how many lots, where no flag keeps them from it."""

    def fault(self, kind: str, oid: str = "") -> Any:
        """Ask the tape for a fault that meets an order, and note the state it meets it in."""
        hit = self.tape.ask(kind)
        if hit is not None:
            self.cells.append((kind, self.state_of(oid) if oid else "account"))
        return hit

    # --- what it is asked ---------------------------------------------------------------------------------------

    def submit(self, fields: dict[str, Any]) -> None:
        """Take a new order."""
        oid = fields["oid"]
        if oid in self.by_oid and self.persona.dedupes:
            self.log.append((self.now, "refused_duplicate", oid))
            first = self.by_oid[oid][0]
            self._tell(first)
            return
        order = Resting(f"V{len(self.orders) + 1}", fields, self.now)
        self.orders[order.vid] = order
        self.by_oid.setdefault(oid, []).append(order)
        self.log.append((self.now, "submitted", oid, order.vid, order.symbol, order.side, order.qty, order.reduce_only))
        if self.fault("reject", oid):
            self._end(order, "rejected", NO_LIQUIDITY)
            return
        if order.reduce_only and self._room(order) <= 0:
            self._end(order, "rejected", WOULD_INCREASE)
            return
        if self.persona.reserves and order.qty > self._free(order.symbol, order.side):
            self.log.append((self.now, "refused_held", oid))
            self._end(order, "rejected", WOULD_INCREASE)
            return
        self.live.setdefault(order.symbol, []).append(order)
        late = 3 * self.persona.latency if self.persona.is_fill_first else 0
        if self.persona.has_acks:
            self.say("accepted", {"oid": oid, "vid": order.vid}, self.persona.latency + late)
        if self.fault("async_reject", oid):
            self.after(self.draws.between(1, 1500) * MS, lambda: self._end(order, "rejected", NO_LIQUIDITY))
            return
        self._match(order, is_new=True)
        if order.tif in ("ioc", "fok") and not order.word:
            self._end(order, "cancelled", NO_LIQUIDITY)

    def cancel(self, oid: str) -> None:
        """Take an order back."""
        order = self._newest(oid)
        self.log.append((self.now, "asked_cancel", oid))
        if order is None:
            self.say("cancel_refused", {"oid": oid, "code": UNKNOWN_ORDER}, self.persona.latency)
            return
        if order.word:
            self.say("cancel_refused", {"oid": oid, "code": TOO_LATE, "vid": order.vid}, self.persona.latency)
            return
        if order.stuck or self.fault("cancel_stuck", oid):
            order.stuck = order.stuck - 1 if order.stuck else self.draws.between(1, 3)
            self.say("cancel_refused", {"oid": oid, "code": TOO_LATE, "vid": order.vid}, self.persona.latency)
            return
        if order.type != "market" and self.fault("cancel_race", oid):
            self._fill(order, order.leaves, self._fair(order))
            self.say("cancel_refused", {"oid": oid, "code": TOO_LATE, "vid": order.vid}, self.persona.latency)
            return
        hit = self.fault("late_fill", oid)
        if hit and not order.reduce_only:
            part = max(1, int(order.leaves * (0.3 + 0.7 * hit.size)))
            self._end(order, "cancelled", 0)
            self.after(self.draws.between(50, 20_000) * MS, lambda: self._fill(order, part, self._fair(order)))
            return
        self._end(order, "cancelled", 0)

    def amend(self, fields: dict[str, Any]) -> None:
        """Change an order; quantities are totals."""
        oid = fields["oid"]
        order = self._newest(oid)
        self.log.append((self.now, "asked_amend", oid, fields["qty"]))
        hit = self.fault("replace_refused", oid) if order is not None and not order.word else None
        if order is not None and hit and self.persona.is_pair and hit.size > 0.4:
            self._replace(order, fields, is_half=True)
            return
        if order is None or order.word or hit:
            code = TOO_LATE if order is not None else UNKNOWN_ORDER
            self.say("replace_refused", {"oid": oid, "code": code}, self.persona.latency)
            return
        if self.persona.reserves and fields["qty"] - order.qty > self._free(order.symbol, order.side):
            self.say("replace_refused", {"oid": oid, "code": WOULD_INCREASE}, self.persona.latency)
            return
        if not order.type.startswith("stop") and self.fault("replace_race", oid):
            self._fill(order, max(1, order.leaves // 2), self._fair(order))
            if order.word:
                self.say("replace_refused", {"oid": oid, "code": TOO_LATE}, self.persona.latency)
                return
        if self.persona.is_pair:
            self._replace(order, fields)
            return
        if fields["qty"] <= order.filled:
            self._end(order, "cancelled", 0)
            return
        order.qty = fields["qty"]
        order.limit, order.stop = fields["limit"], fields["stop"]
        order.trail = fields["trail"] or order.trail
        answer = {"oid": oid, "vid": order.vid, "qty": order.qty, "limit": order.limit, "stop": order.stop}
        self.log.append((self.now, "amended", oid, order.vid, order.qty))
        self.say("replaced", answer, self.persona.latency)
        self._match(order, is_new=False)

    def _replace(self, order: Resting, fields: dict[str, Any], *, is_half: bool = False) -> None:
        """Take an order back and make another one of its change; half done, nothing rests and nobody is told what does."""
        oid = order.oid
        if order.filled:
            self.say("replace_refused", {"oid": oid, "code": TOO_LATE}, self.persona.latency)
            return
        self._stop(order, "cancelled")
        if is_half or (self.persona.reserves and fields["qty"] > self._free(order.symbol, order.side)):
            self.say("lost", {"oid": oid}, self.persona.latency)
            return
        fresh = Resting(f"V{len(self.orders) + 1}", {
            "oid": oid, "symbol": order.symbol, "side": order.side, "qty": fields["qty"], "type": order.type,
            "tif": order.tif, "limit": fields["limit"], "stop": fields["stop"], "trail": fields["trail"] or order.trail,
            "reduce_only": order.reduce_only, "oco": order.oco,
        }, self.now)  # fmt: skip
        self.orders[fresh.vid] = fresh
        self.by_oid[oid].append(fresh)
        self.live.setdefault(fresh.symbol, []).append(fresh)
        answer = {"oid": oid, "vid": fresh.vid, "qty": fresh.qty, "limit": fresh.limit, "stop": fresh.stop}
        self.log.append((self.now, "amended", oid, fresh.vid, fresh.qty))
        self.say("replaced", answer, self.persona.latency)
        self._match(fresh, is_new=False)

    def query(self, oid: str) -> None:
        """Say what is known of one order: executions first, then its state; an invisible one is absent."""
        order = self._newest(oid)
        if order is None or self.now - order.since < self.persona.visibility:
            self.say("absent", {"oid": oid}, self.persona.latency)
            return
        self._tell(order)

    def query_all(self) -> None:
        """Answer 'what do I have': executions, then positions, cash and open orders as of now."""
        hit = self.fault("stale_state")
        if self.fault("half_state"):
            self.say("state", {"failed": "503", "as_of": self.now}, self.persona.latency)
            return
        delay = self.persona.latency
        for execution in self.executions[-40:]:
            if execution.oid or self.persona.reports_external:
                self.report(execution, delay, is_listed=True)
        orders = [
            (o.oid, o.vid, o.symbol, o.side, o.type, o.qty, o.filled, o.limit, o.stop)
            for live in self.live.values()
            for o in live
            if self.now - o.since >= self.persona.visibility
        ]
        state = {"orders": orders, **self._figures(is_lagging=bool(hit) and hit.size > 0.4)}
        self.say("state", {**state, "as_of": self.now}, delay + int((hit.size if hit else 0) * 9 * SECOND))

    def _figures(self, *, is_lagging: bool) -> dict[str, Any]:
        """Return positions and money; a lagging answer shows them as they were a visibility ago."""
        now = {"positions": dict(self.positions), "spent": dict(self.spent), "flows": dict(self.flows)}
        while len(self.past) > 1 and self.past[1][0] <= self.now - self.persona.visibility:
            self.past.pop(0)
        return self.past[0][1] if is_lagging and self.past else now

    def remember(self) -> None:
        """Keep the present figures for answers that lag."""
        now = {"positions": dict(self.positions), "spent": dict(self.spent), "flows": dict(self.flows)}
        self.past.append((self.now, now))

    def _tell(self, order: Resting) -> None:
        """Report an order's executions, then the order."""
        delay = self.persona.latency
        for execution in self.executions:
            if execution.vid == order.vid:
                self.report(execution, delay, is_listed=True)
        self.say("order", {"oid": order.oid, "vid": order.vid, "word": order.word or "accepted", "filled": order.filled,
                           "qty": order.qty, "limit": order.limit, "stop": order.stop}, delay)  # fmt: skip

    def _newest(self, oid: str) -> Resting | None:
        found = self.by_oid.get(oid)
        return found[-1] if found else None

    # --- the market ---------------------------------------------------------------------------------------------

    def trade_at(self, symbol: str, px: int) -> None:
        """Let the market print a price, and execute what it reaches."""
        self.px[symbol] = px
        for order in list(self.live.get(symbol, ())):
            if not order.word:
                self._match(order, is_new=False)
        if self.live.get(symbol) and self.fault("unsolicited", self.live[symbol][0].oid):
            order = self.live[symbol][0]
            self._end(order, "cancelled" if self.draws.chance(0.5) else "expired", NO_LIQUIDITY)
        if hit := self._doubt("correct", [one for one in self.executions[-4:] if not one.undone]):
            self._correct(*hit)
        if hit := self._doubt("bust", [one for one in self.executions[-4:] if not one.undone]):
            self._bust(hit[0])

    def _doubt(self, kind: str, valid: list[Execution]) -> tuple[Execution, float] | None:
        """Return one of the newest executions that still count if it is to be taken back now, and how bad that is."""
        hit = self.tape.ask(kind) if valid else None
        if hit is None:
            return None
        old = valid[int(hit.size * 97) % len(valid)]
        self.cells.append((kind, self.state_of(old.oid) if old.oid else "account"))
        return old, hit.size

    def end_session(self, symbols: set[str]) -> None:
        """Let day orders expire."""
        for symbol in sorted(symbols):
            for order in list(self.live.get(symbol, ())):
                if order.tif == "day":
                    self._end(order, "expired", SESSION_END)

    def _match(self, order: Resting, *, is_new: bool) -> None:
        px = self.px.get(order.symbol)
        if px is None or order.word:
            return
        if not order.is_triggered and not self._trigger(order, px):
            return
        if order.limit is not None and order.type != "trailing" and (px - order.limit) * order.side > 0:
            return
        lots = order.leaves
        if lots > 1 and self.draws.chance(self.persona.partial):
            lots = self.draws.between(1, lots - 1)
            if order.tif == "fok":
                self._end(order, "cancelled", NO_LIQUIDITY)
                return
        at = px if is_new or order.limit is None else order.limit
        if order.limit is not None and (at - order.limit) * order.side > 0:
            at = order.limit
        may_overfill = not (self.persona.is_twin or (self.persona.reserves and order.reduce_only))
        if may_overfill and self.fault("overfill", order.oid):
            lots = order.leaves + 1
        elif self.persona.is_twin and lots % 2 == 0 and self.draws.chance(0.6):
            lots //= 2
            self._fill(order, lots, at)
        if not order.word:
            self._fill(order, lots, at)
        if not order.word and order.type == "market":
            self.after(self.draws.between(20, 8000) * MS, lambda: self._match(order, is_new=True))

    def _trigger(self, order: Resting, px: int) -> bool:
        assert order.stop is not None
        if order.type == "trailing" and order.trail:
            moved = px + order.side * order.trail
            order.stop = min(order.stop, moved) if order.side == BUY else max(order.stop, moved)
        order.is_triggered = (px - order.stop) * order.side >= 0
        return order.is_triggered

    def _fair(self, order: Resting) -> int:
        px = self.px[order.symbol]
        return order.limit if order.limit is not None and (px - order.limit) * order.side > 0 else px

    def _room(self, order: Resting) -> int:
        """Lots by which a reducing order may still reduce the account's position."""
        return max(-order.side * self.positions.get(order.symbol, 0), 0)

    def _free(self, symbol: str, side: int) -> int:
        """Lots that one more order of a side may have where the venue keeps them: any number unless it would reduce."""
        held = -side * self.positions.get(symbol, 0)
        return held - sum(o.leaves for o in self.live.get(symbol, ()) if o.side == side) if held > 0 else 1 << 62

    def _trim(self, symbol: str) -> None:
        """Take back what would reduce more than is held any more, the newest first."""
        for order in reversed(list(self.live.get(symbol, ()))):
            if (
                self.persona.reserves
                and order.reduce_only
                and (not self._room(order) or self._free(symbol, order.side) < 0)
            ):
                self._end(order, "cancelled", WOULD_INCREASE)

    def _fill(self, order: Resting, lots: int, px: int) -> None:
        if order.reduce_only and self.persona.reserves and lots > self._room(order):
            self.turned.append((order.oid, lots - self._room(order)))
        elif order.reduce_only:
            lots = min(lots, self._room(order))
        if lots <= 0:
            if order.reduce_only and not order.word:
                self._end(order, "cancelled", WOULD_INCREASE)
            return
        fee = self.persona.fee * lots * 10_000
        key = f"E{len(self.executions) + 1}"
        execution = Execution(key, order, order.symbol, (order.side * lots, px, fee, self.now))
        self._book(execution)
        order.filled += lots
        if not order.word and order.filled >= order.qty:
            self._stop(order, "filled")
        elif not order.word and order.reduce_only and not self._room(order):
            self._end(order, "cancelled", WOULD_INCREASE)
        if order.oid or self.persona.reports_external:
            self.report(execution, self.persona.latency)
        if self.persona.oco and order.oco:
            self._shrink(order, lots)

    def _shrink(self, order: Resting, lots: int) -> None:
        for other in list(self.live.get(order.symbol, ())):
            if other is order or other.oco != order.oco:
                continue
            if other.leaves <= lots:
                self._end(other, "cancelled", OCO)
            else:
                other.qty -= lots
                self.log.append((self.now, "reduced", other.oid, other.vid, other.qty))
                self.say(
                    "reduced", {"oid": other.oid, "vid": other.vid, "qty": other.qty, "code": OCO}, self.persona.latency
                )

    def _book(self, execution: Execution) -> None:
        self.executions.append(execution)
        symbol = execution.symbol
        self.positions[symbol] = self.positions.get(symbol, 0) + execution.lots
        self.spent[symbol] = self.spent.get(symbol, 0) + execution.lots * execution.px
        self._pay(symbol, execution.fee)
        self.remember()
        self.log.append(
            (self.now, "executed", execution.key, execution.oid, execution.vid, symbol, execution.lots, execution.px)
        )

    def _pay(self, symbol: str, fee: int) -> None:
        key = f"fee/{self.currencies[symbol]}"
        self.spent[key] = self.spent.get(key, 0) + fee

    def _unbook(self, execution: Execution) -> None:
        execution.undone = True
        symbol = execution.symbol
        self.positions[symbol] -= execution.lots
        self.spent[symbol] -= execution.lots * execution.px
        self._pay(symbol, -execution.fee)
        self.remember()

    def _correct(self, old: Execution, size: float) -> None:
        """Correct an execution: another price, sometimes another size."""
        if not old.oid:
            self._unbook(old)
            fresh = Execution(f"{old.key}.2", None, old.symbol, (old.lots, old.px + 1, old.fee, self.now))
            fresh.vid, fresh.supersedes = old.vid, old.key
            self._book(fresh)
            self.log.append((self.now, "corrected", old.key, fresh.key))
            if self.persona.reports_external:
                self.report(fresh, self.persona.latency)
            return
        order = self.orders[old.vid]
        lots = old.lots
        if abs(lots) > 1 and size > 0.6 and order.word == "filled" and not order.reduce_only:
            lots -= 1 if lots > 0 else -1
        self._unbook(old)
        order.filled += abs(lots) - abs(old.lots)
        figures = (lots, old.px + 1, old.fee, self.now)
        fresh = Execution(f"{old.key}.2" if "." not in old.key else f"{old.key}2", order, old.symbol, figures)
        fresh.supersedes = old.key
        self._book(fresh)
        self.log.append((self.now, "corrected", old.key, fresh.key))
        self._trim(old.symbol)
        self.report(fresh, self.persona.latency)

    def _bust(self, old: Execution) -> None:
        """Take an execution back; one that is not ours, too."""
        self._unbook(old)
        old.is_busted = True
        if (order := self.orders.get(old.vid)) is not None:
            order.filled -= abs(old.lots)
        self.log.append((self.now, "busted", old.key))
        self._trim(old.symbol)
        if old.oid or self.persona.reports_external:
            self.report(old, self.persona.latency)

    def report(self, execution: Execution, delay: int = 0, *, is_listed: bool = False) -> None:
        """Tell of an execution, of what it corrects, or that it was taken back; a list may have ids of its own."""
        if is_listed and self.persona.is_aliased and execution.oid:
            self.say("fill", {"execution": execution, "supersedes": "", "alias": True}, delay)
        elif execution.is_busted:
            self.say("fill", {"execution": execution, "supersedes": execution.key, "bust": True}, delay)
        elif not execution.undone:
            self.say("fill", {"execution": execution, "supersedes": execution.supersedes}, delay)

    # --- what others do in the account ---------------------------------------------------------------------------

    def trade_by_hand(self, symbol: str, lots: int) -> None:
        """Somebody trades in the account without us."""
        if self.persona.reserves:
            side = BUY if lots > 0 else SELL
            lots = side * max(min(abs(lots), self._free(symbol, side)), 0)
            if not lots:
                return
        execution = Execution(f"E{len(self.executions) + 1}", None, symbol, (lots, self.px[symbol], 0, self.now))
        execution.vid = f"H{execution.key}"
        others = [o.vid for o in self.orders.values() if o.oid and o.symbol == symbol and o.side * lots < 0]
        if self.persona.is_nameless and others:
            # Another system's orders have numbers of their own, and nobody's id tells them from ours.
            self.shared[execution.vid] = others[-1]
        self._book(execution)
        if self.persona.reports_external:
            self.report(execution, self.persona.latency)

    def rest_by_hand(self, symbol: str, side: int, lots: int, limit: int) -> None:
        """Somebody else lets an order rest in the account; not where it could take what is kept for our exits."""
        if self.persona.reserves:
            return
        fields = {
            "oid": "", "symbol": symbol, "side": side, "qty": lots, "type": "limit", "tif": "gtc", "limit": limit,
            "stop": None, "trail": None, "reduce_only": False, "oco": "",
        }  # fmt: skip
        order = Resting(f"V{len(self.orders) + 1}", fields, self.now)
        self.orders[order.vid] = order
        self.live.setdefault(symbol, []).append(order)
        self.log.append((self.now, "rests", order.vid, symbol, side, lots))

    def flow(self, currency: str, amount: int) -> None:
        """Money comes or goes, in 1e-8."""
        self.flows[currency] = self.flows.get(currency, 0) + amount
        self.log.append((self.now, "flow", currency, amount))
        self.remember()

    def split(self, symbol: str, numerator: int, denominator: int) -> None:
        """Change what is held by new units per old ones; resting orders go; the fraction is paid in cash by others."""
        for order in list(self.live.get(symbol, ())):
            self._end(order, "cancelled", 0)
        held = self.positions.get(symbol, 0)
        lots = abs(held) * numerator // denominator
        self.positions[symbol] = lots if held >= 0 else -lots
        if symbol in self.px:
            self.px[symbol] = self.px[symbol] * denominator // numerator
        self.log.append((self.now, "split", symbol, numerator, denominator, self.positions[symbol]))
        self.remember()

    def _stop(self, order: Resting, word: str) -> None:
        order.word, order.ended = word, self.now
        live = self.live.get(order.symbol, [])
        if order in live:
            live.remove(order)
        self.log.append((self.now, "ended", order.oid, order.vid, word))

    def _end(self, order: Resting, word: str, code: int) -> None:
        if order.word:
            return
        self._stop(order, word)
        if order.oid:
            self.say("ended", {"oid": order.oid, "vid": order.vid, "word": word, "code": code}, self.persona.latency)
