"""Every strategy found, run in the plain engine against the exchange: no memory but its state, no look ahead."""

import json
from typing import Any

import msgspec
import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.record import decode_record, digest, encode_record
from openbell.core.spec import RunSpec
from openbell.core.strategy import StockStrategy, Strategy
from openbell.core.view import Memory
from openbell.run.parts import bind_strategy
from tests.conformance.market import MARKETS, drawn, kinds, market, module
from tests.core import build as b
from tests.core.build import Exchange, d
from tests.house.rules_purity import RULES as PURITY
from tests.house.source import ROOT, read

KINDS = kinds("strategies")
SYMBOLS = ("AAPL", "MSFT")


def bound(kind: str) -> Strategy:
    found: Any = module("strategies", kind)
    return bind_strategy(kind, found, found.Config())


def spec() -> RunSpec:
    size = b.SizeSpec(kind="weight", value=d("0.2"))
    protection = b.exits(stop_loss="0.01", take_profit="0.03")
    one = b.deployment_spec(instruments=SYMBOLS, size=size, exits=protection)
    other = b.deployment_spec("beta", instruments=SYMBOLS, size=size, capital=d(20_000))
    return b.run_spec(one, other)


def order_by_hand(n: int, bar: ev.Bar) -> ev.Answer:
    """Return an answer that nobody asked for: an order, for strategies that take them."""
    wish = {
        "symbol": SYMBOLS[n % 2],
        "side": "sell" if n % 3 else "buy",
        "qty": str(n % 17),
        "stop_loss": bar.close * 0.9,
    }
    return ev.Answer(ts=bar.ts, ask=f"order/{n}", deployment="alpha", is_ok=True, value=json.dumps(wish))


def signal_from_outside(n: int, bar: ev.Bar) -> ev.Answer:
    """Return an answer that nobody asked for: a signal; each third one came too late."""
    said = {"instrument": SYMBOLS[n // 40 % 2], "target": (1.0, 0.5, 0.0, -1.0)[n // 40 % 4], "at": bar.ts}
    return ev.Answer(
        ts=bar.ts, ask=f"signal/alpha/{n}", deployment="alpha", is_ok=n // 40 % 3 != 2, value=json.dumps(said)
    )


class Run:
    """An engine and its exchange, with all that they did."""

    def __init__(self, kind: str, truth: Any = None) -> None:
        self.spec = spec()
        self.engine = Engine(Book(self.spec, truth), {"alpha": bound(kind), "beta": bound(kind)}, (), b.volatility)
        self.venue = Exchange("main", self.spec.instruments, b.VenueOptions(spread=d("0.0002")))
        self.records: list[bytes] = []

    def begin(self) -> "Run":
        for event in (b.genesis(), b.session()):
            self.turn(event)
        return self

    def turn(self, event: ev.Event) -> None:
        step, records = self.engine.step, self.records

        class Noting:
            """The engine, with a pen."""

            @staticmethod
            def step(one: ev.Event) -> list[fx.Effect]:
                effects = step(one)
                records.append(encode_record(one, effects))
                return effects

        b.turn(Noting, self.venue, event)  # type: ignore[arg-type]

    def play(self, bars: list[ev.Bar]) -> "Run":
        for n, bar in enumerate(bars):
            self.turn(bar)
            if n % 40 == 5:
                self.turn(order_by_hand(n, bar))
                self.turn(signal_from_outside(n, bar))
        return self

    def decisions(self) -> list[fx.Decision]:
        found = []
        for raw in self.records:
            found += b.only(fx.Decision, decode_record(raw)[1])
        return found


def both(name: str) -> list[ev.Bar]:
    first = market(name)
    second = [msgspec.structs.replace(bar, instrument="MSFT") for bar in drawn(9, len(first))]
    return [bar for pair in zip(first, second, strict=True) for bar in pair]


def test_some_are_found() -> None:
    assert {"ema_cross", "pullback"} <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", MARKETS)
def test_it_decides_the_same_twice_and_decides_something(kind: str, name: str) -> None:
    bars = both(name)
    first, second = Run(kind).begin().play(bars), Run(kind).begin().play(bars)
    assert first.records == second.records
    assert first.engine.book.truth.counts.orders > 0
    assert Code.STRATEGY_ERROR not in first.engine.book.truth.counts.decisions


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 27, 101, 330])
def test_it_sees_no_future(kind: str, count: int) -> None:
    bars = both("drawn 1")
    whole, part = Run(kind).begin().play(bars), Run(kind).begin().play(bars[:count])
    assert part.records == whole.records[: len(part.records)]
    changed = [*bars[:count], *(msgspec.structs.replace(bar, close=bar.open, volume=1.0) for bar in bars[count:])]
    assert Run(kind).begin().play(changed).records[: len(part.records)] == part.records


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 27, 101, 330])
def test_its_state_is_all_it_remembers(kind: str, count: int) -> None:
    bars = both("drawn 2")
    first = Run(kind).begin().play(bars[:count])
    truth = msgspec.msgpack.decode(msgspec.msgpack.encode(first.engine.book.truth), type=type(first.engine.book.truth))
    again = Run(kind, truth)
    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(first.engine.memory()), type=Memory)
    assert again.engine.remember(stored) == []
    again.venue.restore(first.venue.snapshot())
    first.records.clear()
    assert again.play(bars[count:]).records == first.play(bars[count:]).records
    assert digest(again.engine.memory()) == digest(first.engine.memory())


@pytest.mark.parametrize("kind", KINDS)
def test_recalling_its_records_gives_its_memory(kind: str) -> None:
    first = Run(kind).begin().play(both("drawn 3"))
    again = Run(kind).engine
    assert [name for raw in first.records for name in again.recall(*decode_record(raw))] == []
    assert digest(again.memory()) == digest(first.engine.memory())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", MARKETS)
def test_it_is_silent_until_it_is_warm(kind: str, name: str) -> None:
    made = Run(kind).begin().play(both(name))
    for deployment in ("alpha", "beta"):
        for symbol in SYMBOLS:
            said = [one for one in made.decisions() if (one.deployment, one.instrument) == (deployment, symbol)]
            if not said:
                continue
            assert said[0].target is None
            if isinstance(bound(kind), StockStrategy):
                warm = [one.target is not None for one in said]
                assert warm == sorted(warm)
                assert all((one.signal == Code.WARMING_UP) != (one.target is not None) for one in said)


@pytest.mark.parametrize("kind", KINDS)
def test_it_calls_nothing_that_is_banned(kind: str) -> None:
    source = read(ROOT / "src" / "openbell" / "parts" / "strategies" / f"{kind}.py", ROOT)
    assert [found for rule in PURITY for found in rule(source)] == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if isinstance(bound(kind), StockStrategy)])
def test_a_stock_strategy_keeps_its_numbers_in_its_arrays(kind: str) -> None:
    made = bound(kind)
    assert isinstance(made, StockStrategy)
    before = bytes(made.params.tobytes())
    run = Run(kind).begin().play(both("drawn 1")[:300])
    assert made.params.tobytes() == before
    pair = run.engine.traders.pairs["alpha"]["AAPL"]
    assert (pair.state.d.typecode, pair.state.q.typecode) == ("d", "q")
