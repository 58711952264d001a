"""The state machine that drives a world at random; each test file picks the invariants to watch."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from openbell.core.types import NS
from openbell.parts.venue.options import FeeModel
from tests.core.build import d
from tests.property.world import SYMBOLS, World

moves = st.lists(st.tuples(st.integers(-150, 150), st.integers(0, 80), st.integers(0, 80)), min_size=3, max_size=3)
symbols = st.sampled_from(SYMBOLS)
scopes = st.sampled_from(["all", "account:main", "deployment:alpha", "instrument:BTC"])
places = st.integers(0, 50)
options = st.fixed_dictionaries(
    {
        "participation": st.sampled_from([d(0), d("0.05")]),
        "latency": st.sampled_from([0, 0, 20 * NS, 90 * NS]),
        "late_slippage": st.sampled_from([d(0), d("0.0005")]),
        "spread": st.sampled_from([d(0), d("0.0004")]),
        "slippage": st.sampled_from([d(0), d("0.0003")]),
        "fees": st.sampled_from(
            [
                FeeModel(),
                FeeModel(kind="per_share", rate=d("0.005"), minimum=d("0.35"), maximum=d("0.01")),
                FeeModel(kind="maker_taker", maker=d("-0.0001"), taker=d("0.00035")),
            ]
        ),
        "path": st.sampled_from(["pessimistic", "low_first", "high_first"]),
    }
)


class Machine(RuleBasedStateMachine):
    """Drives a `World`; subclasses say which invariants its witness watches."""

    names: tuple[str, ...] = ()

    @initialize(made=options, first=st.lists(moves, min_size=4, max_size=4))
    def begin(self, made: dict[str, Any], first: list[list[tuple[int, int, int]]]) -> None:
        self.world = World(self.names, **made)
        for one in first:
            self.world.minute(one, 50_000.0)

    @rule(made=st.lists(moves, min_size=1, max_size=4), volume=st.sampled_from([0.0, 400.0, 9000.0]))
    def minutes(self, made: list[list[tuple[int, int, int]]], volume: float) -> None:
        for one in made:
            self.world.minute(one, volume)

    @rule(made=moves)
    def another_minute(self, made: list[tuple[int, int, int]]) -> None:
        self.world.minute(made, 2000.0)

    @rule()
    def night(self) -> None:
        self.world.end_day()

    @rule(place=places)
    def fill_again(self, place: int) -> None:
        self.world.fill_again(place)

    @rule(place=places, lots=st.integers(1, 9))
    def fill_more(self, place: int, lots: int) -> None:
        self.world.fill_more(place, lots)

    @rule(place=places, shift=st.integers(-20, 20), is_bust=st.booleans())
    def correct(self, place: int, shift: int, is_bust: bool) -> None:
        self.world.correct(place, shift, is_bust)

    @rule(symbol=symbols, lots=st.integers(-30, 30).filter(bool))
    def trade_by_hand(self, symbol: str, lots: int) -> None:
        self.world.trade_by_hand(symbol, lots)

    @rule(
        place=places,
        word=st.sampled_from(
            ["accepted", "cancelled", "rejected", "expired", "cancel_refused", "replace_refused", "odd"]
        ),
    )
    def say_again(self, place: int, word: str) -> None:
        self.world.say_again(place, word)

    @rule(kind=st.sampled_from(["kill", "pause", "stop"]), scope=scopes, close=st.booleans(), again=st.booleans())
    def stop(self, kind: str, scope: str, close: bool, again: bool) -> None:
        self.world.command(kind, scope, close, again)

    @precondition(lambda self: self.world.engine.book.truth.latches)
    @rule(scope=scopes)
    def resume(self, scope: str) -> None:
        self.world.command("resume", scope, close=False, again=False)

    @rule(
        kind=st.sampled_from(["deposit", "withdrawal", "interest", "fee"]),
        amount=st.integers(1, 900_000),
        currency=st.sampled_from(["USD", "EUR"]),
    )
    def flow(self, kind: str, amount: int, currency: str) -> None:
        sign = -1 if kind in ("withdrawal", "fee") else 1
        self.world.flow(kind, sign * amount * d("0.01"), currency)

    @rule(rate=st.integers(8000, 14000))
    def rate(self, rate: int) -> None:
        self.world.rate(rate * d("0.0001"))

    @rule(symbol=symbols, ratio=st.sampled_from([(2, 1), (3, 2), (1, 2), (1, 7)]))
    def split(self, symbol: str, ratio: tuple[int, int]) -> None:
        self.world.split(symbol, *ratio)

    @rule(symbol=symbols)
    def dividend(self, symbol: str) -> None:
        self.world.dividend(symbol)

    @rule(
        pair=st.sampled_from([("alpha", "AAPL"), ("alpha", "BTC"), ("gamma", "SAP"), ("", "BTC")]),
        lots=st.integers(-20, 20),
        cost=st.integers(-100_000, 100_000),
    )
    def adjust(self, pair: tuple[str, str], lots: int, cost: int) -> None:
        self.world.adjust(*pair, lots, cost * d("0.01"))

    @rule()
    def restart(self) -> None:
        self.world.restart()

    @rule(is_healthy=st.booleans())
    def disk(self, is_healthy: bool) -> None:
        self.world.disk(is_healthy)
