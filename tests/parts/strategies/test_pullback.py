"""Pullback: bids below a rising market, follows it up, leaves when the rise has ended."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from openbell.core.codes import Code
from openbell.core.effects import Intent
from openbell.core.types import OrderType
from openbell.parts.strategies import pullback
from tests.core.build import bar, d


class Held:
    """A view of a deployment that holds `units`."""

    def __init__(self, units: Decimal) -> None:
        self.units = units

    def qty(self, instrument: str) -> Decimal:
        return self.units


CONFIG = pullback.Config(period=3, discount="1%")


def run(*closes: float, units: object = 0, state: pullback.State | None = None) -> list[list[Intent]]:
    kept = state if state is not None else pullback.State()
    return [pullback.decide(CONFIG, kept, bar(n, close), Held(d(units))) for n, close in enumerate(closes, 1)]


def test_it_bids_below_the_close_once_it_is_warm_and_above_the_average() -> None:
    found = run(100.0, 100.0, 104.0)
    assert found[:2] == [[], []]
    (wish,) = found[2]
    assert (wish.target, wish.type, wish.reason, wish.rebalance) == (1.0, OrderType.LIMIT, Code.SIGNAL_LONG, True)
    assert wish.limit == pytest.approx(102.96)


def test_it_moves_the_bid_only_when_the_market_has_run_away() -> None:
    found = run(100.0, 100.0, 104.0, 105.0, 106.0, 107.0)
    assert [len(wishes) for wishes in found] == [0, 0, 1, 0, 0, 1]
    assert found[5][0].limit == pytest.approx(105.93)


def test_it_takes_the_bid_back_when_the_rise_has_ended() -> None:
    found = run(100.0, 100.0, 104.0, 95.0, 94.0)
    (wish,) = found[3]
    assert (wish.target, wish.reason, wish.rebalance) == (0.0, Code.SIGNAL_FLAT, True)
    assert found[4] == []


def test_a_holder_waits_and_then_leaves() -> None:
    state = pullback.State()
    run(100.0, 100.0, state=state)
    assert run(104.0, units=10, state=state) == [[]]
    ((wish,),) = run(90.0, units=10, state=state)
    assert (wish.target, wish.rebalance) == (0.0, False)


def test_instruments_are_apart() -> None:
    state = pullback.State()
    for n, close in enumerate((100.0, 100.0, 104.0), 1):
        pullback.decide(CONFIG, state, bar(n, close), Held(d(0)))
        assert pullback.decide(CONFIG, state, bar(n, 50.0, symbol="MSFT"), Held(d(0))) == []
    assert state.tracked["MSFT"].average == 50.0


def test_options() -> None:
    assert (pullback.Config().period, pullback.Config().discount) == (50, d("0.002"))
    with pytest.raises(ValidationError):
        pullback.Config(discount="much")
