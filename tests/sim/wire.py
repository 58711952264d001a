"""The line between the engine and the broker: what gets through, when, how often and in which order.

It is the transport of an account outside the process: effects go out as requests, the broker's words come back as
events. All doubt about a request ends as the word `lost`, as the contract of an edge says; a fault can also let a
message vanish without a word while the line looks healthy.
"""

from decimal import Decimal
from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import OrderType, Side, Status
from tests.sim.broker import MS, SECOND, Broker
from tests.sim.codec import ALIAS
from tests.sim.house import E8, House, Sort

_GROUP = {"accepted": "ack", "lost": "ack", "replaced": "ack", "reduced": "ack", "replace_refused": "ack", "cancel_refused": "ack",
          "fill": "fill", "ended": "end", "order": "answer", "absent": "answer", "state": "answer"}  # fmt: skip


class Wire:
    """One connection to the broker; a new one is made whenever the line comes up."""

    def __init__(self, world: Any, broker: Broker, house: House) -> None:
        """Join an account of a world's engine with its broker."""
        self.world, self.broker, self.house, self.account = world, broker, house, house.account
        self.judge: Any = None
        self.is_up = False
        self.epoch = 0
        self.under_way: dict[int, fx.Effect] = {}
        self.told: dict[int, dict[str, int]] = {}
        """What the broker told that it held, by the instant told, ns: a lagging answer tells of what was held before."""
        broker.say = self.say
        broker.after = lambda delay, act: world.later(world.now + delay, 1, lambda: self._at_broker(act))

    def _at_broker(self, act: Any) -> None:
        self.broker.now = self.world.now
        act()

    # --- out ----------------------------------------------------------------------------------------------------

    def send(self, effect: fx.Effect, ts: int) -> None:
        """Take an effect that the engine believes durable, and carry it, or not."""
        world = self.world
        # What dies here has not left: its number may be given again where the disk has lied about its record.
        world.boundary("send")
        self.judge.on_send(effect, ts)
        world.sent(effect)
        if not self.is_up:
            return
        oid = getattr(effect, "oid", "")
        tape = self.broker
        if tape.tape.ask("disconnect"):
            tape.cells.append(("disconnect", world.state_of(oid)))
            self.break_line()
            return
        if tape.fault("lost_request", oid):
            return
        for kind in ("error_before", "too_many"):
            if oid and tape.fault(kind, oid):
                self._lose(oid, kind)
                return
        for kind in ("error_after", "garbage"):
            if oid and not isinstance(effect, fx.Query) and tape.fault(kind, oid):
                self._lose(oid, kind)
                break
        epoch = self.epoch
        self.under_way[id(effect)] = effect
        world.later(world.now + self.broker.persona.latency, 1, lambda: self._arrive(effect, epoch))
        world.boundary("handed")

    def _lose(self, oid: str, kind: str) -> None:
        """Tell the engine at once that nobody knows what became of a request."""
        self._deliver_later(
            5 * MS,
            lambda ts: ev.OrderUpdate(ts=ts, account=self.account, oid=oid, happening="lost", time=ts, text=kind),
        )

    def _arrive(self, effect: fx.Effect, epoch: int) -> None:
        """Hand a request to the broker, whatever has become of the sender."""
        broker = self.broker
        broker.now = self.world.now
        self.under_way.pop(id(effect), None)
        self.world.note("wire", type(effect).__name__, getattr(effect, "oid", ""))
        if isinstance(effect, fx.Submit):
            broker.submit(self._fields(effect))
        elif isinstance(effect, fx.Resend):
            submit = self.judge.submits.get(effect.oid)
            if submit is not None:
                broker.submit(self._fields(submit))
        elif isinstance(effect, fx.Cancel):
            broker.cancel(effect.oid)
        elif isinstance(effect, fx.Amend):
            broker.amend(self._amend_fields(effect))
        elif isinstance(effect, fx.Query):
            if effect.oid:
                broker.query(effect.oid)
            else:
                broker.query_all()

    def _fields(self, submit: fx.Submit) -> dict[str, Any]:
        sort = self.house.sorts[submit.instrument]
        return {
            "oid": submit.oid,
            "symbol": submit.instrument,
            "side": submit.side.sign,
            "qty": _lots(submit.qty, sort),
            "type": submit.type.value,
            "tif": submit.tif.value,
            "limit": quanta(submit.limit, sort),
            "stop": quanta(submit.stop, sort),
            "trail": quanta(submit.trail, sort),
            # The broker's flag looks at the account: an exit of one deployment may grow what two of them hold.
            "reduce_only": submit.reduce_only and not self.house.prepared.spec.accounts[self.account].netting,
            "oco": submit.oco,
        }

    def _amend_fields(self, amend: fx.Amend) -> dict[str, Any]:
        sort = self.house.sorts[self.judge.submits[amend.oid].instrument]
        return {
            "oid": amend.oid,
            "qty": _lots(amend.qty, sort),
            "limit": quanta(amend.limit, sort),
            "stop": quanta(amend.stop, sort),
            "trail": quanta(amend.trail, sort),
        }

    # --- back ---------------------------------------------------------------------------------------------------

    def say(self, word: str, fields: dict[str, Any], delay: int) -> None:
        """Carry the broker's word to the engine, with what may happen to it on the way."""
        if not self.is_up:
            return
        oid = fields["execution"].oid if word == "fill" else fields.get("oid", "")
        group = _GROUP[word]
        broker = self.broker
        if broker.fault(f"drop_{group}", oid):
            return
        late = broker.fault(f"delay_{group}", oid)
        if late:
            delay += int(late.size * 25 * SECOND)
        make = self._maker(word, fields)
        self._deliver_later(delay, make)
        if group != "answer":
            again = broker.fault(f"dup_{group}", oid)
            if again:
                self._deliver_later(delay + int(again.size * 90 * SECOND), make)

    def _deliver_later(self, delay: int, make: Any) -> None:
        epoch = self.epoch
        self.world.later(self.world.now + delay, 1, lambda: self._land(make, epoch))

    def _land(self, make: Any, epoch: int) -> None:
        if self.is_up and epoch == self.epoch:
            self.world.deliver(make)

    def _maker(self, word: str, fields: dict[str, Any]) -> Any:
        now = self.world.now
        if word == "fill":
            return self._fill_maker(fields, now)
        if word == "state":
            return self._state_maker(fields)
        happening = fields["word"] if word in ("ended", "order") else word
        sort = self._sort_of(fields["oid"])
        told: dict[str, Any] = {}
        if sort is not None and word in ("replaced", "reduced", "order"):
            told["qty"] = units(fields["qty"], sort)
        if sort is not None and word in ("replaced", "order"):
            told |= {"limit": price(fields["limit"], sort), "stop": price(fields["stop"], sort)}
        if word == "order":
            told["filled"] = units(fields["filled"], sort) if sort is not None else None
            if happening == "filled":
                # Done at the venue: what a bust took back will not execute any more.
                happening = "accepted" if fields["filled"] >= fields["qty"] else "cancelled"
        base = {"account": self.account, "oid": fields["oid"], "happening": happening, "time": now,
                "venue_order": self._number(fields.get("vid", "")), "code": fields.get("code", 0)}  # fmt: skip
        return lambda ts: ev.OrderUpdate(ts=ts, **base, **told)

    def _number(self, vid: str) -> str:
        """Return what the broker calls an order towards us."""
        vid = self.broker.shared.get(vid, vid)
        if not self.broker.persona.is_nameless or vid not in self.broker.orders:
            return vid
        symbol = self.broker.orders[vid].symbol
        return f"N{[o.vid for o in self.broker.orders.values() if o.symbol == symbol].index(vid)}"

    def _sort_of(self, oid: str) -> Sort | None:
        found = self.broker.by_oid.get(oid)
        return self.house.sorts[found[0].symbol] if found else None

    def _fill_maker(self, fields: dict[str, Any], now: int) -> Any:
        execution = fields["execution"]
        sort = self.house.sorts[execution.symbol]
        is_bust = fields.get("bust", False)
        told = {
            "account": self.account,
            "instrument": execution.symbol,
            "oid": "" if self.broker.persona.is_nameless else execution.oid,
            "venue_order": self._number(execution.vid),
            "exec_id": f"{ALIAS * fields.get('alias', False)}{execution.key}" + ".B" * is_bust,
            "side": Side.BUY if execution.lots > 0 else Side.SELL,
            "qty": units(abs(execution.lots), sort),
            "px": price(execution.px, sort),
            "fee": _money(execution.fee),
            "fee_currency": sort.currency,
            "time": execution.time,
            "supersedes": fields["supersedes"],
            "is_bust": is_bust,
        }
        return lambda ts: ev.Fill(ts=ts, **told)

    def _state_maker(self, fields: dict[str, Any]) -> Any:
        sorts = self.house.sorts
        if "failed" in fields:
            as_of, why = self.world.wall(fields["as_of"]), fields["failed"]
            return lambda ts: ev.BrokerState(
                ts=ts, account=self.account, orders=(), positions={}, cash={}, as_of=as_of, failed=why
            )
        orders = tuple(
            ev.VenueOrder(
                oid=oid, venue_order=self._number(vid), instrument=symbol, side=Side.BUY if side > 0 else Side.SELL,
                type=OrderType(kind), qty=units(qty, sorts[symbol]), filled=units(filled, sorts[symbol]),
                status=Status.PARTIAL if filled else Status.WORKING, limit=price(limit, sorts[symbol]),
                stop=price(stop, sorts[symbol]),
            )
            for oid, vid, symbol, side, kind, qty, filled, limit, stop in fields["orders"]
        )  # fmt: skip
        positions = {symbol: units(lots, sorts[symbol]) for symbol, lots in fields["positions"].items() if lots}
        cash = {currency: _money(amount) for currency, amount in self.cash(fields).items()}
        as_of = self.world.wall(fields["as_of"])
        self.told[as_of] = dict(fields["positions"])
        return lambda ts: ev.BrokerState(
            ts=ts, account=self.account, orders=orders, positions=positions, cash=cash, as_of=as_of
        )

    def cash(self, fields: dict[str, Any]) -> dict[str, int]:
        """Return the broker's cash in 1e-8 by currency, from what was paid and what came in."""
        cash = {"USD": 200_000 * E8}
        for currency, amount in fields["flows"].items():
            cash[currency] = cash.get(currency, 0) + amount
        for symbol, paid in fields["spent"].items():
            if symbol.startswith("fee/"):
                currency = symbol[4:]
                cash[currency] = cash.get(currency, 0) - paid
            else:
                sort = self.house.sorts[symbol]
                cash[sort.currency] = cash.get(sort.currency, 0) - paid * sort.unit
        return cash

    # --- the line -----------------------------------------------------------------------------------------------

    def break_line(self) -> None:
        """Cut the line: what is under way is lost both ways; the engine hears of it soon, and of its return."""
        world = self.world
        self.is_up = False
        self.epoch += 1
        world.note("line", "down", "")
        epoch = self.epoch
        world.later(world.now + 200 * MS, 1, lambda: self._tell_cut(epoch))
        back = world.now + world.chance.between(1, 45) * SECOND
        world.later(back, 1, self.restore)

    def _tell_cut(self, epoch: int) -> None:
        """Tell that the line is cut, unless it is up again by now: a line tells its states in order."""
        if epoch == self.epoch:
            self.world.tell_link(self.account, is_up=False, text="line cut")

    def restore(self) -> None:
        """Bring the line up again, if the engine lives."""
        if not self.is_up and self.world.engine is not None:
            self.open("reconnect")

    def open(self, text: str) -> None:
        """Open the line and tell the engine."""
        self.is_up = True
        self.epoch += 1
        self.world.tell_link(self.account, is_up=True, text=text)
        self.world.compare_clocks(self.account)
        if self.broker.persona.replays and text == "reconnect":
            self.broker.now = self.world.now
            for execution in self.broker.executions[-5:]:
                if execution.oid or self.broker.persona.reports_external:
                    self.broker.report(execution)


def units(lots: int, sort: Sort) -> Decimal:
    """Return lots as units."""
    return Decimal(lots) / sort.lots_per_unit


def price(px: int | None, sort: Sort) -> Decimal | None:
    """Return quanta as a price."""
    return None if px is None else Decimal(px) / sort.steps


def quanta(px: Decimal | None, sort: Sort) -> int | None:
    """Return a price as quanta."""
    return None if px is None else int(px * sort.steps)


def _lots(qty: Decimal, sort: Sort) -> int:
    return int(qty * sort.lots_per_unit)


def _money(amount: int) -> Decimal:
    return Decimal(amount).scaleb(-8)
