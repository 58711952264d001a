"""Positions in a broker's language: buy, sell, cross, split; total cost, realised profit, extremes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.core.position import Position, apply_split, apply_trade, mark, watch
from openbell.core.types import InvariantError
from tests.core.build import at, d, instrument

COIN = instrument("AAPL", lot=d("0.00001"), quantum=d("0.0001"))


def position(**fields: object) -> Position:
    return Position(account="main", deployment="alpha", instrument="AAPL", **fields)


def trades(text: str, made: Position | None = None, what: object = None) -> Position:
    """Play `+100@10 -40@12`."""
    made = made or position()
    for n, word in enumerate(text.split(), 1):
        qty, px = word.split("@")
        apply_trade(made, what or instrument(), d(qty), d(px), at(n))
    return made


@pytest.mark.parametrize(
    ("text", "qty", "average", "cost", "realised"),
    [
        ("+100@10", 100, "10", "1000", "0"),
        ("+100@10 -40@12", 60, "10", "600", "80"),
        ("+100@10 -100@12", 0, "0", "0", "200"),
        ("+100@10 +100@20", 200, "15", "3000", "0"),
        ("+100@10 +100@20 -50@15", 150, "15", "2250", "0"),
        ("+100@10 -150@12", -50, "12", "-600", "200"),
        ("-100@10", -100, "10", "-1000", "0"),
        ("-100@10 +40@8", -60, "10", "-600", "80"),
        ("-100@10 +40@12", -60, "10", "-600", "-80"),
        ("-100@10 +150@8", 50, "8", "400", "200"),
        ("+10@10 -10@9 -10@9 +10@8", 0, "0", "0", "0"),
        ("+3@10 +3@11 +1@12", 7, "10.7143", "75", "0"),
        ("+100@10 -33@11 -33@11 -34@11", 0, "0", "0", "100"),
    ],
)
def test_trades(text: str, qty: int, average: str, cost: str, realised: str) -> None:
    made = trades(text)
    assert (made.qty, made.average(instrument())) == (qty, d(average))
    assert (made.cost, made.realised) == (d(cost), d(realised))


def test_the_mirror_of_every_trade_earns_the_mirror() -> None:
    text = "+100@10 -40@12 +7@13 -90@9 -5@8 +60@7"
    long, short = trades(text), trades(text.translate(str.maketrans("+-", "-+")))
    assert (long.qty, long.cost, long.realised) == (-short.qty, -short.cost, -short.realised)


def test_a_contract_is_worth_its_multiplier() -> None:
    future = instrument(multiplier=d(50))
    made = trades("+2@4000 -1@4010", what=future)
    assert (made.cost, made.realised, made.average(future)) == (200_000, 500, 4000)


@given(
    st.lists(st.tuples(st.integers(-50_000, 50_000).filter(bool), st.integers(1, 900_000_000)), min_size=1, max_size=30)
)
def test_what_left_the_cash_is_cost_less_profit_exactly(made: list[tuple[int, int]]) -> None:
    holding, paid, net = position(), d(0), d(0)
    for n, (lots, ticks) in enumerate(made):
        qty = lots * COIN.lot
        paid += apply_trade(holding, COIN, qty, ticks * COIN.quantum, at(n))
        net += qty
        assert holding.qty == net
        assert paid == holding.cost - holding.realised
        assert holding.cost == holding.cost.quantize(d("1e-8"))
        assert net or holding.cost == 0
        assert holding.unrealised == holding.value - holding.cost


def test_the_extremes_belong_to_the_holding() -> None:
    made = trades("+10@100")
    assert (made.opened_ts, made.high, made.low, made.entries) == (at(1), 100.0, 100.0, 1)
    watch(made, 105.0, 99.0)
    watch(made, 104.0, 101.0)
    assert (made.high, made.low) == (105.0, 99.0)
    trades("-4@103", made)
    assert (made.high, made.low, made.opened_ts, made.entries) == (105.0, 99.0, at(1), 1)
    trades("-6@102", made)
    assert (made.high, made.low, made.opened_ts, made.entries) == (0.0, 0.0, 0, 1)


def test_crossing_zero_opens_a_new_holding() -> None:
    made = trades("+10@100")
    watch(made, 150.0, 50.0)
    apply_trade(made, instrument(), d(-15), d(90), at(7))
    assert (made.opened_ts, made.high, made.low, made.entries) == (at(7), 90.0, 90.0, 2)


def test_adding_keeps_the_holding() -> None:
    made = trades("+10@100 +10@90")
    assert (made.opened_ts, made.entries) == (at(1), 1)


def test_a_mark_says_how_much_it_changed() -> None:
    made = trades("+10@100")
    mark(made, instrument(), d(100))
    assert mark(made, instrument(), d(101)) == 10
    assert mark(made, instrument(), d(99)) == -20
    assert made.unrealised == -10
    assert mark(position(), instrument(), d(99)) == 0


def test_a_trade_of_nothing_is_our_error() -> None:
    with pytest.raises(InvariantError, match="trade of nothing"):
        trades("+0@100")
    with pytest.raises(InvariantError, match="another instrument"):
        trades("+1@100", what=instrument("MSFT"))


@pytest.mark.parametrize(
    ("held", "ratio", "qty", "lost"),
    [
        ("+100@10", (2, 1), "200", "0"),
        ("+100@10", (3, 2), "150", "0"),
        ("+7@10", (1, 2), "3", "0.5"),
        ("-7@10", (1, 2), "-3", "-0.5"),
        ("+700@10", (1, 3), "233", "0.33333333"),
        ("+1@10", (1, 10), "0", "0.1"),
    ],
)
def test_a_split_keeps_cost_and_says_what_is_no_whole_lot(
    held: str, ratio: tuple[int, int], qty: str, lost: str
) -> None:
    made = trades(held)
    cost = made.cost
    watch(made, 12.0, 9.0)
    assert apply_split(made, instrument(), *ratio) == d(lost)
    assert (made.qty, made.cost) == (d(qty), cost)
    assert (made.high, made.low) == (12.0 * ratio[1] / ratio[0], 9.0 * ratio[1] / ratio[0])


def test_a_split_into_finer_lots_loses_nothing() -> None:
    made = position(qty=d("0.5"), cost=d(50))
    assert apply_split(made, COIN, 1, 4) == 0
    assert made.qty == d("0.125")


@pytest.mark.parametrize("steps", [("-10@100",), ("-12@100",)])
def test_what_waits_to_leave_is_forgotten_with_its_holding(steps: tuple[str, ...]) -> None:
    made = trades("+10@100")
    made.leaving = (d(0), 14)
    for step in steps:
        qty, _, px = step.partition("@")
        apply_trade(made, instrument(), d(qty), d(px), 5)
    assert made.leaving is None
