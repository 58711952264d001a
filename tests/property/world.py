"""A small world: three deployments, one account in two currencies, an exchange, and everything that can go wrong."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from openbell.core import adopt
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.record import Checkpoint, decode_checkpoint, digest, encode_checkpoint, encode_record
from openbell.core.risk import Rule
from openbell.core.spec import RunSpec
from openbell.core.strategy import StockStrategy
from openbell.core.types import OrderType, Side
from openbell.parts.rules import daily_loss, drawdown, duplicate, kill, max_position, max_positions, session_hours
from openbell.parts.venue.exchange import Exchange
from openbell.parts.venue.options import VenueOptions
from openbell.run.parts import bind_rule
from tests.core import build as b
from tests.core.build import array, d, exits
from tests.property.witness import ALL, Witness, need

SYMBOLS = ("AAPL", "BTC", "SAP")
TARGETS = (0.0, 1.0, -1.0, 0.5, 1.0, 0.0, -0.5)


def _wish(state: Any, params: Any, row: Any) -> tuple[float, int]:
    """Want what the last digit of the close says; every eleventh time ask for a rebalance; warm after two bars."""
    state.d[0] = row.close
    state.q[0] += 1
    if state.q[0] < 3:
        return float("nan"), Code.WARMING_UP
    digit = round(row.close * 100)
    target = TARGETS[digit % len(TARGETS)]
    return target, Code.REBALANCE if digit % 11 == 0 else Code.SIGNAL_LONG


def wishing() -> StockStrategy:
    layout = (("close", "f8", 1), ("bars", "i8", 1))
    return StockStrategy(kind="wish", layout=layout, params=array("d"), step=_wish)


def spec() -> RunSpec:
    weight = b.SizeSpec(kind="weight", value=d("0.3"))
    coin = b.instrument("BTC", lot=d("0.001"), quantum=d("0.0001"), min_notional=d(10), base="BTC")
    euro = b.instrument("SAP", currency="EUR", multiplier=d("0.1"))
    return b.run_spec(
        b.deployment_spec(
            instruments=("AAPL", "BTC"),
            size=weight,
            capital=d(60_000),
            can_short=True,
            exits=exits(stop_loss="0.02", take_profit="0.03"),
        ),
        b.deployment_spec("beta", size=weight, capital=d(30_000), exits=exits(trail_frac="0.01"), max_positions=1),
        b.deployment_spec(
            "gamma",
            instruments=("SAP", "BTC"),
            size=b.SizeSpec(kind="notional", value=d(5000)),
            capital=d(20_000),
            exits=exits(stop_atr=2, trail_atr=3, atr_period=2),
            entry_type=OrderType.LIMIT,
            max_positions=2,
        ),
        instruments=[coin, euro],
        accounts=[b.account_spec(cash={"USD": d(100_000), "EUR": d(1000)})],
    )


def rules() -> tuple[Rule, ...]:
    made = [
        (kill, kill.Config()),
        (session_hours, session_hours.Config(after_open="2m")),
        (daily_loss, daily_loss.Config(limit="2%")),
        (drawdown, drawdown.Config(limit="5%")),
        (max_position, max_position.Config(limit="40%")),
        (max_positions, max_positions.Config(limit=4)),
        (duplicate, duplicate.Config(within="30s")),
    ]
    return tuple(bind_rule(module.__name__.rpartition(".")[2], module, config) for module, config in made)


def fresh(run: RunSpec | None = None) -> Engine:
    made = run or spec()
    return Engine(Book(made), {name: wishing() for name in made.deployments}, rules(), b.volatility)


def stepped(made: Engine, event: ev.Event, also: Callable[[Engine], None] | None) -> list[fx.Effect]:
    """Let an engine take an event and do something else while it decides on it."""
    deciders = made._deciders
    plain = deciders.get(type(event))
    if also is None or plain is None:
        return made.step(event)
    deciders[type(event)] = lambda one: (plain(one), also(made))
    effects = made.step(event)
    deciders[type(event)] = plain
    return effects


class World:
    """Engine, exchange and witness on one time line."""

    def __init__(self, names: tuple[str, ...] = ALL, **options: Any) -> None:
        run = spec()
        self.engine = fresh(run)
        self.witness = Witness(self.engine, lambda: fresh(run), names)
        self.venue = Exchange("main", run.instruments, VenueOptions(**options))
        self.n = 0
        self.day = 0
        self.count = 0
        self.px = dict.fromkeys(SYMBOLS, 100_00)
        self.told: list[ev.Fill] = []
        self.twin: Engine | None = None
        self.also: Callable[[Engine], None] | None = None
        self.turn(b.genesis())
        self.turn(b.session())
        self.turn(b.fx_mark("1.1"))

    @property
    def ts(self) -> int:
        return self.engine.book.truth.ts

    def step(self, event: ev.Event) -> list[fx.Effect]:
        """Let the engine take one event, before the witness."""
        also, self.also = self.also, None
        effects = stepped(self.engine, event, also)
        if isinstance(event, ev.Fill):
            self.told.append(event)
        if self.twin is not None:
            again = stepped(self.twin, event, also)
            same = encode_record(event, again) == encode_record(event, effects)
            need(same, "B33", f"a restarted engine decides otherwise on {event}")
        self.witness.take(event, effects)
        return effects

    def turn(self, event: ev.Event) -> None:
        """Take an event from outside."""
        b.turn(self, self.venue, event)  # type: ignore[arg-type]

    def inject(self, event: ev.Event) -> None:
        """Take an event that looks as if the venue had sent it."""
        for effect in self.step(event):
            if isinstance(effect, fx.Submit | fx.Amend | fx.Cancel):
                self.venue.take(effect, event.ts)

    def number(self) -> int:
        self.count += 1
        return self.count

    # --- what can happen ----------------------------------------------------------------------------------------

    def minute(self, moves: list[tuple[int, int, int]], volume: float) -> None:
        """Play one bar of each instrument; a move is a change of close and two wicks, in cents."""
        self.n += 1
        for symbol, (move, up, down) in zip(SYMBOLS, moves, strict=True):
            first = self.px[symbol]
            last = max(first + move, 500)
            self.px[symbol] = last
            high, low = max(first, last) + up, max(min(first, last) - down, 100)
            self.turn(
                b.bar(self.n, last / 100, volume, symbol=symbol, open=first / 100, high=high / 100, low=low / 100)
            )

    def end_day(self) -> None:
        self.turn(b.session(self.day, is_open=False))
        self.day += 1
        self.n = self.day * 1440
        self.turn(b.session(self.day))

    def command(self, kind: str, scope: str, close: bool, again: bool) -> None:
        self.turn(replace(b.command(kind, scope, close=close, key=f"c{self.number()}"), ts=self.ts))
        if again:
            self.turn(replace(b.command(kind, scope, close=close, key=f"c{self.count}"), ts=self.ts))

    def flow(self, kind: str, amount: Decimal, currency: str) -> None:
        event = b.flow(amount, kind, currency=currency, key=f"f{self.number()}")
        self.turn(replace(event, ts=self.ts))
        self.turn(replace(event, ts=self.ts))

    def rate(self, rate: Decimal) -> None:
        self.turn(replace(b.fx_mark(rate), ts=self.ts))

    def split(self, symbol: str, numerator: int, denominator: int) -> None:
        event = b.split(numerator, denominator, symbol=symbol, key=f"s{self.number()}")
        self.px[symbol] = max(self.px[symbol] * denominator // numerator, 500)
        self.turn(replace(event, ts=self.ts))

    def dividend(self, symbol: str) -> None:
        self.turn(replace(b.dividend("0.37", symbol=symbol, key=f"d{self.number()}"), ts=self.ts))

    def adjust(self, name: str, symbol: str, lots: int, cost: Decimal) -> None:
        qty = lots * self.engine.book.instrument(symbol).lot
        fields = {"account": "main", "cause": "statement", "deployment": name, "instrument": symbol}
        effect = fx.Adjust(id=f"a{self.number()}", qty=qty, cost=cost, **fields)
        self.also = lambda made: adopt.adjust(made.traders, effect)
        self.turn(replace(b.command("adopt", key=f"c{self.number()}"), ts=self.ts))

    def disk(self, is_healthy: bool) -> None:
        self.turn(ev.DiskState(ts=self.ts, is_healthy=is_healthy, text="test"))

    def restart(self) -> None:
        """Go on with an engine and exchange made from what is stored; the old engine runs along, to be compared."""
        truth, memory = self.engine.book.truth, self.engine.memory()
        stored = encode_checkpoint(
            Checkpoint(truth=truth, memory=memory, truth_hash=digest(truth), memory_hash=digest(memory))
        )
        again = decode_checkpoint(stored)
        made = fresh(self.engine.book.spec)
        made = Engine(Book(made.book.spec, again.truth), dict(made.traders.strategies), rules(), b.volatility)
        need(made.remember(again.memory) == [], "B33", "memory does not fit its own shape")
        need(digest(made.book.truth) == again.truth_hash, "B33", "truth changes on its way through a checkpoint")
        self.twin, self.engine = self.engine, made
        self.witness.engine = made
        floor = Exchange("main", made.book.spec.instruments, self.venue.floor.options)
        floor.restore(self.venue.snapshot())
        self.venue = floor

    # --- what a broken venue can say ------------------------------------------------------------------------------

    def fill_again(self, place: int) -> None:
        """Tell an execution a second time."""
        if self.told:
            self.inject(replace(self.told[place % len(self.told)], ts=self.ts))

    def fill_more(self, place: int, lots: int) -> None:
        """Execute more of an order: late, or beyond its quantity."""
        if self.told:
            first = self.told[place % len(self.told)]
            qty = lots * self.engine.book.instrument(first.instrument).lot
            exec_id = f"late{self.number()}"
            self.inject(replace(first, ts=self.ts, exec_id=exec_id, qty=qty, supersedes="", is_bust=False))

    def correct(self, place: int, shift: int, is_bust: bool) -> None:
        """Correct or bust an execution told before, or what it has become by corrections."""
        if not self.told:
            return
        first = self.told[place % len(self.told)]
        while (newer := next((one for one in self.told if one.supersedes == first.exec_id), None)) is not None:
            first = newer
        if not first.oid or first.is_bust:
            return
        px = first.px + shift * Decimal("0.01")
        fields = {"exec_id": f"fix{self.number()}", "supersedes": first.exec_id, "is_bust": is_bust}
        self.inject(replace(first, ts=self.ts, px=px, **fields))

    def trade_by_hand(self, symbol: str, lots: int) -> None:
        instrument = self.engine.book.instrument(symbol)
        side = Side.BUY if lots > 0 else Side.SELL
        order = b.submit(str(side), abs(lots) * instrument.lot, instrument=symbol)
        number = self.number()
        fields = {
            "oid": "",
            "venue_order": f"H{number}",
            "exec_id": f"h{number}",
            "fee_currency": "EUR",
            "fee": d("0.25"),
        }
        if side is Side.BUY and instrument.base:
            # Taken in the coin itself, finer than its lot.
            fields |= {"fee_currency": instrument.base, "fee": d("0.00000123")}
        self.inject(b.fill(order, d(self.px[symbol]) / 100, ts=self.ts, **fields))

    def say_again(self, place: int, word: str) -> None:
        """Say something of an order that may make no sense any more."""
        orders = list(self.engine.book.truth.orders.values())
        if orders:
            self.inject(b.update(orders[place % len(orders)], word, ts=self.ts))


def scenario(world: World) -> World:
    """A day with something of everything, always the same; for checkers that must fail under a planted fault."""
    for n in range(1, 40):
        moves = [((n * (7 + k) * 13) % 61 - 30, (n * 5 + k) % 17, (n * 3 + k) % 19) for k in range(3)]
        world.minute(moves, float(n % 5 * 4000))
        if n % 6 == 0:
            world.fill_again(n)
        if n % 10 == 0:
            world.correct(n, 3, is_bust=False)
        if n == 12:
            world.flow("deposit", d(5000), "USD")
        if n == 17:
            world.trade_by_hand("AAPL", 5)
        if n == 20:
            world.adjust("", "AAPL", -5, d(-500))
        if n == 25:
            world.rate(d("1.2"))
        if n == 30:
            world.command("kill", "all", close=False, again=True)
        if n == 34:
            world.command("resume", "all", close=False, again=False)
        if n == 36:
            world.split("BTC", 2, 1)
    world.end_day()
    world.minute([(-50, 3, 3)] * 3, 100_000.0)
    return world
