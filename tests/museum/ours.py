"""openbell on the stage: the real loop, engine, ledger and journal, with a transport that ends at the stage."""

import errno
from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.engine import Engine
from openbell.core.record import decode_record
from openbell.core.spec import OutsideSpec, RunSpec, Subscription
from openbell.core.types import MINUTE_NS, NS, Caps, OrderType, Side, Status
from openbell.edges.journal import DiskFailed, Options, open_journal, read_records
from openbell.edges.journal.faulty import FaultyDisk
from openbell.run import assemble
from openbell.run.ledger import Ledger
from openbell.run.loop import Loop, Ports
from openbell.run.outbox import OutsideVenue
from tests.core import build as b
from tests.museum.stage import Message, Stage

BEGIN = b.at(60)
MANNER = Options(is_background=False, is_compressing=False, segment_bytes=1 << 20, reserve_bytes=1 << 16)
WATCHED = Subscription(instrument="AAPL", interval=MINUTE_NS, cadence=MINUTE_NS, max_age=90 * NS)
WORDS = ("accepted", "rejected", "cancelled", "cancel_refused", "replaced", "lost", "absent")


class Ours:
    """One engine, one account; what it sends arrives on the stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.disk = FaultyDisk()
        self.price = 100.0
        self.bars = 0
        self.loop = self._loop()
        self.loop.take(b.genesis())
        self.loop.take(b.session())
        if not stage.options.get("is_dry"):
            self.hears(Message("link"))
        if stage.options.get("locked"):
            self.disk.failures.update(write=errno.EIO, sync=errno.EIO)

    @property
    def book(self) -> Book:
        return self.loop.engine.book

    @property
    def ts(self) -> int:
        return BEGIN + self.stage.now * NS

    def _spec(self) -> RunSpec:
        options = self.stage.options
        exits = b.exits(stop_loss="0.05") if options.get("protects") else b.exits()
        entry = OrderType.LIMIT if options.get("rests") else OrderType.MARKET
        account: dict[str, Any] = {"outside": OutsideSpec(), "caps": Caps(amend=not options.get("cannot_amend"))}
        if options.get("is_dry"):
            account = {"venue": "none"}
        spec = b.run_spec(b.deployment_spec(exits=exits, entry_type=entry), accounts=[b.account_spec(**account)])
        watched = (WATCHED,) if options.get("watches") else ()
        fields = {name: getattr(spec, name) for name in spec.__struct_fields__}
        return RunSpec(**{**fields, "subscriptions": watched})

    def _loop(self) -> Loop:
        """Open the journal and fold it: start-up is recovery."""
        spec = self._spec()
        journal, _ = open_journal(self.disk, MANNER)
        engine = Engine(Book(spec), {"alpha": b.obey()}, (), b.volatility)
        for entry in read_records(self.disk):
            engine.recall(*decode_record(entry.payload))
        made = assemble.venues_of(spec, {})
        venue = made["main"]
        if isinstance(venue, OutsideVenue):
            venue.transport = self
        return Loop(engine, Ports(venues=made, log=Ledger(journal)))

    # --- a transport ----------------------------------------------------------------------------------------------

    def send(self, effect: fx.Effect, ts: int) -> None:
        """Carry an effect to the stage."""
        if isinstance(effect, fx.Submit):
            self.stage.submit(effect.oid, str(effect.side), int(effect.qty), str(effect.type))
        elif isinstance(effect, fx.Resend):
            order = self.book.truth.orders[effect.oid]
            self.stage.submit(order.oid, str(order.side), int(order.qty), str(order.type))
        elif isinstance(effect, fx.Amend):
            self.stage.amend(effect.oid, int(effect.qty))
        elif isinstance(effect, fx.Cancel):
            self.stage.cancel(effect.oid)
        elif isinstance(effect, fx.Query):
            self.stage.query(effect.oid) if effect.oid else self.stage.query_all()

    # --- a bot ----------------------------------------------------------------------------------------------------

    def take(self, event: ev.Event) -> None:
        """Let the loop take an event; where the disk fails the process ends without a word."""
        try:
            self.loop.take(event)
        except DiskFailed:
            return

    def wants(self, target: int, age: int = 0) -> None:
        """Close a bar whose volume is the target."""
        self.bars += 1
        ts = self.ts - age * NS + self.bars
        px = self.price
        self.take(
            ev.Bar(
                ts=ts, instrument="AAPL", open=px, high=px, low=px, close=px, volume=float(target), interval=MINUTE_NS
            )
        )

    def moves(self) -> None:
        """Ask again for the same at another price."""
        self.price -= 1.0
        self.wants(int(1 + b.REBALANCE))

    def hears(self, message: Message) -> None:
        """Translate a word of the venue."""
        ts = max(self.ts, self.book.truth.ts)
        if message.kind == "link":
            self.take(ev.Link(ts=ts, account="main", channel="orders", is_up=message.is_up))
        elif message.kind == "fill":
            self.take(self._fill(message, ts))
        elif message.kind == "state":
            cash = {"USD": b.d(100_000 - 100 * message.qty)}
            positions = {"AAPL": b.d(message.qty)} if message.qty else {}
            orders = tuple(self._listed())
            self.take(ev.BrokerState(ts=ts, account="main", orders=orders, positions=positions, cash=cash, as_of=ts))
        elif message.kind in WORDS:
            filled = None if message.filled is None else b.d(message.filled)
            place = message.venue_order
            self.take(
                ev.OrderUpdate(
                    ts=ts, account="main", oid=message.oid, happening=message.kind, time=ts, venue_order=place,
                    filled=filled,
                )
            )  # fmt: skip

    def _fill(self, message: Message, ts: int) -> ev.Fill:
        return ev.Fill(
            ts=ts, account="main", instrument="AAPL", oid=message.oid, venue_order=message.venue_order,
            exec_id=message.exec_id, side=Side(message.side), qty=b.d(message.qty), px=b.d(100), fee=b.d(0),
            fee_currency="USD", time=ts,
        )  # fmt: skip

    def _listed(self) -> list[ev.VenueOrder]:
        found = []
        for ticket in self.stage.live:
            order = self.book.truth.orders.get(ticket.oid)
            if order is None:
                continue
            found.append(
                ev.VenueOrder(
                    oid=ticket.oid, venue_order=ticket.venue_order, instrument="AAPL", side=Side(ticket.side),
                    type=order.type, qty=b.d(ticket.qty), filled=b.d(ticket.filled), status=Status.WORKING,
                    limit=order.limit, stop=order.stop,
                )
            )  # fmt: skip
        return found

    def waits(self, seconds: int) -> None:
        """Let every timer that is due come."""
        try:
            self.loop.catch_up(self.ts)
        except DiskFailed:
            return

    def restart(self) -> None:
        """Start again from the disk, and bring the line up."""
        self.disk.close()
        self.disk = self.disk.survivor()
        self.loop = self._loop()
        self.hears(Message("link"))

    def holds(self) -> int:
        """Return the position that the book knows, its own and others'."""
        held = (by_symbol.get("AAPL") for by_symbol in self.book.truth.positions.values())
        return sum(int(position.qty) for position in held if position is not None)
