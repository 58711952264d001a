"""Plays the script: the market and its feed, operators, money, and what happens to the host.

At an account in the process the source is a file: it waits while the process is down and is read on from the place
that the journal counts. At an account outside it is live: bars that come while nobody listens are gone, sessions and
rates are told again at every start, and what must count once keeps its id and is told until it is recorded.
"""

import errno
from decimal import Decimal
from typing import Any

from openbell.core import events as ev
from openbell.core.types import NS
from tests.sim import codec
from tests.sim.chance import Draws
from tests.sim.house import ACCOUNT, E8, MINUTE, core_limits
from tests.sim.script import Item, ratio

SOURCE = ("session", "rate", "bar", "bad", "split", "dividend")
LATEST = ("session", "rate")


class Feed:
    """Everything that comes by the clock.

    Attributes:
        source: What the source has given so far. given: How much of it the process has taken.
        words: Commands and flows, by id, that are told until they are recorded.
    """

    def __init__(self, world: Any) -> None:
        """Feed a world."""
        self.world = world
        self.source: list[Any] = []
        self.given = 0
        self.words: dict[str, Any] = {}
        self.latest: dict[str, Any] = {}
        self.flipped: tuple[str, bytes, bytes] | None = None
        self._names = 0

    # --- items ----------------------------------------------------------------------------------------------------

    def play(self, item: Item) -> None:
        """Let one item of the script happen."""
        world = self.world
        for wire in world.wires:
            wire.broker.now = world.now
        if item.kind == "print":
            for wire in world.wires if world.house.is_outside else ():
                wire.broker.trade_at(*item.args)
        elif item.kind in SOURCE:
            self._name()
            self._act(item)
            self._give(item.kind, self._maker(item))
        else:
            getattr(self, f"_{item.kind}")(*item.args)

    def _name(self) -> str:
        self._names += 1
        return f"{self._names}"

    def _act(self, item: Item) -> None:
        """Let the broker feel what the source is about to tell."""
        for wire in self.world.wires if self.world.house.is_outside else ():
            self._act_at(wire.broker, item)

    def _act_at(self, broker: Any, item: Item) -> None:
        world = self.world
        if item.kind == "session" and not item.args[4]:
            broker.end_session(set(world.house.sorts))
        elif item.kind == "split":
            broker.split(item.args[0], *ratio(item.args[1]))
        elif item.kind == "dividend":
            symbol, size = item.args
            sort = world.house.sorts[symbol]
            lots = broker.positions.get(symbol, 0)
            broker.flow(sort.currency, lots * _dividend(size) * E8 // (100 * sort.lots_per_unit))

    def _maker(self, item: Item) -> Any:
        """Return what makes the source's event from its instant."""
        kind, args, at = item.kind, item.args, item.at
        if kind == "session":
            calendar, date, begin, end, is_open = args
            return lambda ts: ev.Schedule(
                ts=ts, calendar=calendar, date=date, open=begin, close=end, is_open=is_open
            ), at
        if kind == "rate":
            rate = Decimal(args[0]).scaleb(-4)
            return lambda ts: ev.FxMark(ts=ts, currency="EUR", base="USD", rate=rate), at
        if kind == "bar":
            return self._bar(args), at
        if kind == "bad":
            return self._bad(args), at
        name = f"{kind}{self._names}"
        if kind == "split":
            symbol, size = args
            numerator, denominator = ratio(size)
            return lambda ts: ev.CorporateAction(
                ts=ts, instrument=symbol, kind="split", id=name, numerator=numerator, denominator=denominator
            ), at
        symbol, size = args
        amount = Decimal(_dividend(size)).scaleb(-2)
        return lambda ts: ev.CorporateAction(ts=ts, instrument=symbol, kind="dividend", id=name, amount=amount), at

    def _bar(self, args: tuple[Any, ...]) -> Any:
        symbol, begin, high, low, end, volume = args
        steps = self.world.house.sorts[symbol].steps
        return lambda ts: ev.Bar(ts=ts, instrument=symbol, open=begin / steps, high=high / steps, low=low / steps,
                                 close=end / steps, volume=float(volume), interval=MINUTE)  # fmt: skip

    def _bad(self, args: tuple[Any, ...]) -> Any:
        kind, *bar = args
        symbol, begin, high, low, end, volume = bar
        steps = self.world.house.sorts[symbol].steps
        nan = float("nan")
        if kind in ("repeat", "late_bar"):
            return self._bar(tuple(bar))
        close = {"nan": nan, "zero": 0.0, "jump": end / steps * 40}[kind]
        return lambda ts: ev.Bar(ts=ts, instrument=symbol, open=begin / steps, high=max(high / steps, close if close == close else 0),
                                 low=min(low / steps, close if close == close else nan), close=close, volume=float(volume), interval=MINUTE)  # fmt: skip

    # --- giving ---------------------------------------------------------------------------------------------------

    def _give(self, kind: str, made: tuple[Any, int]) -> None:
        world = self.world
        if not world.house.is_outside:
            self.source.append(made)
            self.pump()
            return
        make, at = made
        if kind in LATEST:
            self.latest[kind] = make
        if kind in ("split", "dividend"):
            self.words[make(0).id] = make
        if kind in ("bar", "bad"):
            # A bar keeps the instant of its close unless the inbox is past it.
            world.deliver(lambda ts: make(max(at, ts)))
        else:
            world.deliver(make)

    def pump(self) -> None:
        """Let the process take what the source has for it, each at its own instant."""
        world = self.world
        while world.engine is not None and self.given < len(self.source):
            make, at = self.source[self.given]
            self.given += 1
            world.guarded(lambda make=make, at=at: world.loop.take(make(at)))

    def resume(self) -> None:
        """Go on behind what is recorded: called at every start."""
        world = self.world
        if not world.house.is_outside:
            self.given = world.engine.book.truth.counts.source
            self.pump()
        else:
            for make in list(self.latest.values()):
                world.deliver(make)
        recorded = {getattr(event, "id", "") for event, _, _ in world.history}
        if Draws(world.seed, f"again {world.boots}").chance(0.25):
            # It was taken, and nobody lived to say so.
            recorded -= {name for name in self.words if name.startswith("c")}
        for name, make in list(self.words.items()):
            if name not in recorded:
                self._say(make)

    def finish(self) -> None:
        """Let an account in the process come to its end."""
        world = self.world
        if not world.house.is_outside and world.engine is not None:
            world.guarded(world.loop.finish)

    def _say(self, make: Any) -> None:
        """Hand over a word; in the process's virtual time it comes at the instant that was reached."""
        world = self.world
        if world.engine is None:
            return
        if world.house.is_outside:
            world.deliver(make)
        elif not world.is_catching_up:
            world.guarded(lambda: world.loop.take(make(world.engine.book.truth.ts)))

    # --- operators, money, others -----------------------------------------------------------------------------------

    def _command(self, kind: str, scope: str, close: bool, tier: int | None) -> None:
        name = f"c{self._name()}"
        self.words[name] = lambda ts: ev.Command(
            ts=ts,
            id=name,
            kind=kind,
            actor="op",
            reason="sim",
            scope=scope,
            close=close,
            tier=tier,
            digits="1234" if kind == "enable" else "",
        )
        self._say(self.words[name])

    def _limits(self, number: int, is_confirmed: bool) -> None:
        """A person puts other limits in force; nobody says so again who was not heard."""
        limits = core_limits(self.world.house, number)
        self._say(
            lambda ts: ev.ConfigChange(
                ts=ts, config="{}", digest=str(number), actor="op", limits=limits, is_confirmed=is_confirmed
            )
        )

    def _deposit(self, symbol: str, size: float) -> None:
        amount = (int(size * 1000) % 40 - 12) * 1000 * E8
        name = f"f{self._name()}"
        world = self.world
        if not amount:
            return
        kind = "deposit" if amount > 0 else "withdrawal"
        money = Decimal(amount).scaleb(-8)
        if world.house.is_outside:
            world.broker.flow("USD", amount)
        self.words[name] = lambda ts: ev.CashFlow(
            ts=ts, account=ACCOUNT, currency="USD", amount=money, kind=kind, id=name
        )
        self._say(self.words[name])

    def _quote(self, symbol: str, bid: int, ask: int, is_nan: bool, size: int) -> None:
        """A venue quotes; what comes while nobody listens is gone."""
        steps = self.world.house.sorts[symbol].steps
        low = float("nan") if is_nan else bid / steps
        self.world.deliver(
            lambda ts: ev.Quote(ts=ts, instrument=symbol, bid=low, ask=ask / steps, bid_size=float(size), ask_size=1.0)
        )

    def _halt(self, symbol: str, is_halted: bool) -> None:
        """An instrument stops trading, or goes on; a venue says so again to whoever comes back."""
        self.latest[f"halt/{symbol}"] = lambda ts: ev.Halt(ts=ts, instrument=symbol, is_halted=is_halted, text="LULD")
        self.world.deliver(self.latest[f"halt/{symbol}"])

    def _old_session(self, calendar: str, date: str, begin: int, end: int) -> None:
        """The end of a session comes when the next one has begun."""
        self.world.deliver(
            lambda ts: ev.Schedule(ts=ts, calendar=calendar, date=date, open=begin, close=end, is_open=False)
        )

    def _rest_by_hand(self, symbol: str, size: float) -> None:
        """Somebody else lets an order rest: near the market, or so far that it stays."""
        broker, sort = self.world.broker, self.world.house.sorts[symbol]
        if symbol in broker.px:
            side, away = (1 if int(size * 100) % 2 else -1), (2, 10, 2000)[int(size * 1000) % 3]
            ticks = broker.px[symbol] // sort.tick - side * min(away, sort.px // sort.tick // 4)
            value = (200, 20_000, 90_000)[int(size * 10_000) % 3] * E8
            lots = max(value // (sort.px * sort.unit), 1)
            broker.rest_by_hand(symbol, side, lots, ticks * sort.tick)

    def _by_hand(self, symbol: str, size: float) -> None:
        """Somebody else trades a little, or a part, all or twice of what the account holds away from it."""
        broker = self.world.broker
        held = broker.positions.get(symbol, 0)
        away = (-(held // 2), -held, -(held // 3), -2 * held)[int(size * 1e3) % 4] if int(size * 100) % 2 else 0
        if symbol in broker.px:
            broker.trade_by_hand(symbol, away or int(size * 8) - 4 or 5)

    # --- the host -----------------------------------------------------------------------------------------------------

    def _kill(self, size: float) -> None:
        self._crash("kill", size)

    def _power(self, size: float) -> None:
        self._crash("power", size)

    def _crash(self, kind: str, size: float) -> None:
        world = self.world
        if world.engine is not None:
            self._meet(kind)
            world.crash_kind, world.crash_in = kind, int(size * 1e4) % 14

    def _meet(self, kind: str) -> None:
        """Note the states of all open orders that a fault of the host meets."""
        world = self.world
        if world.engine is None:
            return
        states = {o.status.value for o in world.engine.book.truth.orders.values() if o.is_open}
        world.broker.cells += [(kind, state) for state in sorted(states)]

    def _sync_error(self, size: float) -> None:
        self._meet("sync_error")
        self.world.disk.sick.errors["sync"] = errno.EIO
        self.world.disk.sick.is_once = size < 0.5

    def _full(self, size: float) -> None:
        self._meet("full")
        self.world.disk.sick.no_room = True
        self.world.later(self.world.now + 90 * NS, 0, self.heal)

    def _lie(self, size: float) -> None:
        self._meet("lie")
        self.world.disk.sick.lies = True
        self.world.later(self.world.now + 30 * NS, 0, self.heal)

    def _rot(self, size: float) -> None:
        """One bit of what is durable turns, and the process has to be started again."""
        world = self.world
        if world.engine is None:
            return
        self._meet("rot")
        world.crash_kind = "kill"
        world.down("kill for rot")
        proven = codec.head_seq(world.disk.cache)
        names = codec.segments(world.disk.cache)
        # What a failed sync has lost stands in the cache alone: there is nothing of it that could rot.
        spots = [
            (name, raw) for name in names for raw in codec.walk_places(world.disk.durable[name]) if raw[2] <= proven
        ]
        if not spots:
            return
        name, (start, stop, _) = spots[int(size * len(spots))]
        offset = start + 12 + int(size * 1e6) % (stop - start - 12)
        self.flipped = (name, bytes(world.disk.cache[name]), bytes(world.disk.durable[name]))
        world.disk.flip(name, offset, int(size * 1e4) % 8)
        if int(size * 1e5) % 2:
            # Half of the time the crc is made to fit: only the chain can tell.
            for files in (world.disk.cache, world.disk.durable):
                codec.forge(files[name], start, stop)

    def _clock(self, size: float) -> None:
        """The host's clock steps."""
        self._meet("clock")
        last = self.world.wall(self.world.now)
        self.world.skew += int((size - 0.4) * 50) * NS
        self.world.mind_sleep(last)

    def _sleep(self, size: float) -> None:
        """The host sleeps: nothing is taken until it wakes."""
        self._meet("sleep")
        world, last = self.world, self.world.wall(self.world.now)
        world.asleep = max(world.asleep, world.now + int(size * 90) * NS)
        world.later(world.asleep, 0, lambda: world.mind_sleep(last))

    def _drift(self, size: float) -> None:
        """The clocks of the host and of the brokers come apart, and agree again after up to four minutes."""
        self._meet("drift")
        world = self.world
        world.tell_clocks(is_together=False)
        world.later(world.now + int(size * 1e4) % 240 * NS + 1, 0, lambda: world.tell_clocks(is_together=True))

    def heal(self) -> None:
        """Repair the disk."""
        sick = self.world.disk.sick
        sick.errors.clear()
        sick.no_room = sick.lies = False

    def restore_backup(self) -> bool:
        """Put the turned bit back, as from a backup; False where none was turned."""
        if self.flipped is None:
            return False
        name, cached, durable = self.flipped
        self.world.disk.cache[name], self.world.disk.durable[name] = bytearray(cached), bytearray(durable)
        self.flipped = None
        return True


def _dividend(size: float) -> int:
    """Return a dividend in hundredths of the currency per unit."""
    return 1 + int(size * 30)
