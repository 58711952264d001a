"""Numbers: the only division, prices from floats, tick tables, client order ids."""

import decimal
import itertools
import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openbell.core import types
from openbell.core.types import (
    InvariantError,
    Rounding,
    Side,
    TickBand,
    client_order_id,
    div,
    float_ticks,
    is_multiple,
    money,
    parse_order_id,
    require,
    round_ratio,
    units,
)
from tests.core.build import d, instrument

FLOOR, CEIL, HALF = Rounding.FLOOR, Rounding.CEIL, Rounding.HALF_EVEN
amounts = st.decimals(-(10**12), 10**12, places=8)
quanta = st.sampled_from(["1", "0.5", "0.01", "0.0001", "0.00000001", "0.03", "25"]).map(Decimal)


def rounded(x: Fraction, rounding: Rounding) -> int:
    return {FLOOR: math.floor, CEIL: math.ceil, HALF: round}[rounding](x)


@pytest.mark.parametrize("rounding", list(Rounding))
def test_small_ratios_round_like_fractions(rounding: Rounding) -> None:
    for num, den in itertools.product(range(-60, 61), range(1, 25)):
        assert round_ratio(num, den, rounding) == rounded(Fraction(num, den), rounding)


@given(amounts, amounts.filter(bool), quanta, st.sampled_from(Rounding))
@example(d("10"), d("3"), d("0.01"), CEIL)
@example(d("-10"), d("3"), d("0.01"), FLOOR)
@example(d("5"), d("-2"), d("1"), HALF)
def test_div_is_exact_but_for_one_rounding(a: Decimal, b: Decimal, quantum: Decimal, rounding: Rounding) -> None:
    exact = Fraction(a) / Fraction(b) / Fraction(quantum)
    assert Fraction(div(a, b, quantum, rounding)) == rounded(exact, rounding) * Fraction(quantum)


@pytest.mark.parametrize(("b", "quantum"), [("0", "1"), ("1", "0"), ("1", "-1")])
def test_div_by_nothing_is_our_error(b: str, quantum: str) -> None:
    with pytest.raises(InvariantError, match="div by zero"):
        div(d(1), d(b), d(quantum))


def test_other_divisions_that_are_not_exact_are_errors() -> None:
    with pytest.raises(decimal.Inexact):
        d(1) / d(3)


@pytest.mark.parametrize(
    ("x", "wanted"),
    [
        ("0.000000005", "0.00000000"),
        ("0.000000015", "0.00000002"),
        ("-0.000000015", "-0.00000002"),
        ("7", "7.00000000"),
    ],
)
def test_money_is_half_even_to_a_hundred_millionth(x: str, wanted: str) -> None:
    assert f"{money(d(x)):f}" == wanted


def test_units_count_quanta_exactly() -> None:
    assert units(d("12.34"), d("0.01")) == 1234
    assert is_multiple(d("0.3"), d("0.1"))
    assert not is_multiple(d("0.35"), d("0.1"))
    with pytest.raises(InvariantError, match="off its quantum"):
        units(d("12.345"), d("0.01"))


def test_require_keeps_its_word() -> None:
    require(1, "fine")
    with pytest.raises(InvariantError, match="broken"):
        require(0, "broken")


@pytest.mark.parametrize(
    ("x", "floor", "ceil", "half"),
    [
        (100.0, 10000, 10000, 10000),
        (0.29, 29, 29, 29),  # 0.29 * 100 is 28.999999999999996
        (100.07, 10007, 10007, 10007),
        (1.000000009, 100, 100, 100),  # 0.9e-6 of a tick above
        (1.00000002, 100, 101, 100),  # 2e-6 of a tick above
        (1.009999991, 101, 101, 101),  # 0.9e-6 below
        (1.00999998, 100, 101, 101),
        (1.006, 100, 101, 101),
        (1.004, 100, 101, 100),
        (-1.006, -101, -100, -101),
        (0.0, 0, 0, 0),
    ],
)
def test_a_float_becomes_ticks_in_the_direction_asked(x: float, floor: int, ceil: int, half: int) -> None:
    assert [float_ticks(x, 100, rounding) for rounding in (FLOOR, CEIL, HALF)] == [floor, ceil, half]


def test_exact_halves_go_to_the_even_tick() -> None:
    assert [float_ticks(n + 0.5, 1, HALF) for n in range(-3, 4)] == [-2, -2, 0, 0, 2, 2, 4]


@given(st.integers(-(10**9), 10**9), st.sampled_from([1, 2, 100, 10_000]), st.sampled_from(Rounding))
def test_a_printed_price_is_its_own_tick(n: int, steps: int, rounding: Rounding) -> None:
    assert float_ticks(n / steps, steps, rounding) == n


@given(st.floats(-1e9, 1e9), st.sampled_from([1, 2, 100, 10_000]))
def test_ticks_bracket_the_float(x: float, steps: int) -> None:
    low, near, high = (float_ticks(x, steps, r) for r in (FLOOR, HALF, CEIL))
    assert low <= near <= high <= low + 1
    assert low - 1e-6 <= x * steps <= high + 1e-6


@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf, 1e305])
def test_what_is_not_finite_never_becomes_money(x: float) -> None:
    with pytest.raises(InvariantError, match="not finite"):
        instrument().price(x, FLOOR)


BANDS = (
    TickBand(above=d(0), tick=d("0.0001")),
    TickBand(above=d(1), tick=d("0.01")),
    TickBand(above=d(1000), tick=d("0.5")),
)


@pytest.mark.parametrize(
    ("px", "tick", "floor", "ceil"),
    [
        ("0.5", "0.0001", "0.5", "0.5"),
        ("0.99995", "0.0001", "0.9999", "1"),
        ("0.00001", "0.0001", "0", "0.0001"),
        ("1", "0.01", "1", "1"),
        ("1.001", "0.01", "1", "1.01"),
        ("999.999", "0.01", "999.99", "1000"),
        ("1000", "0.5", "1000", "1000"),
        ("1000.2", "0.5", "1000", "1000.5"),
        ("-3.00005", "0.0001", "-3.0001", "-3"),
    ],
)
def test_the_tick_depends_on_the_price(px: str, tick: str, floor: str, ceil: str) -> None:
    banded = instrument(bands=BANDS)
    assert banded.tick_at(d(px)) == d(tick)
    assert banded.order_price(d(px), FLOOR) == d(floor)
    assert banded.order_price(d(px), CEIL) == d(ceil)
    assert banded.is_on_tick(d(px)) == (d(floor) == d(ceil))


@given(st.decimals("0.0001", 2000, places=4), st.sampled_from(Rounding))
def test_an_order_price_lies_on_the_tick_of_where_it_lands(px: Decimal, rounding: Rounding) -> None:
    banded = instrument(bands=BANDS)
    assert banded.is_on_tick(banded.order_price(px, rounding))


def test_quantities_round_down_to_lots() -> None:
    coin = instrument("BTC", lot=d("0.001"))
    assert coin.order_qty(d("1.2349")) == d("1.234")
    assert instrument().order_qty(d("0.99")) == 0


def test_fill_prices_are_finer_than_order_prices() -> None:
    assert instrument().fill_price(d("10.00015"), CEIL) == d("10.0002")
    assert instrument().fill_price(d("10.00015"), FLOOR) == d("10.0001")
    assert instrument().price(10.00015, HALF) in {d("10.0001"), d("10.0002")}


def test_value_counts_the_multiplier() -> None:
    assert instrument(multiplier=d(50)).value(d(-2), d("4000.25")) == d("-400025")


def test_a_quantum_that_does_not_divide_one_is_refused() -> None:
    assert instrument(quantum=d("0.0025")).steps == 400
    with pytest.raises(InvariantError, match="whole number"):
        _ = instrument(quantum=d("0.03")).steps


def test_sides_mirror_each_other() -> None:
    assert (Side.BUY.sign, Side.SELL.sign) == (1, -1)
    assert (Side.BUY.other, Side.SELL.other) == (Side.SELL, Side.BUY)


def test_market_data_are_rescaled_and_money_compared_as_floats() -> None:
    assert types.rescale(100.0, 1, 4) == 25.0
    assert types.as_float(d("1.25")) == 1.25


@given(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=6, max_size=6), st.integers(0, 2**60))
@example("000000", 0)
@example("ZZZZZZ", 2**60)
def test_client_order_ids_are_short_plain_and_readable_again(tag: str, counter: int) -> None:
    oid = client_order_id(tag, counter)
    assert len(oid) <= 20
    assert set(oid) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
    assert parse_order_id(oid) == (tag, counter)


def test_client_order_ids_are_in_order_of_their_counters() -> None:
    made = [client_order_id("ABCDEF", n) for n in range(2000)]
    assert len(set(made)) == 2000
    assert made[:3] == ["ABCDEF-0", "ABCDEF-1", "ABCDEF-2"]
    assert made[32] == "ABCDEF-10"


@pytest.mark.parametrize(
    "oid", ["", "ABCDEF", "ABCDEF-", "ABC-1", "ABCDEF-I", "ABCDEF-1l", "ABCDEFG-1", "-1", "ABCDEF-1-2"]
)
def test_ids_of_another_form_are_not_ours(oid: str) -> None:
    assert parse_order_id(oid) is None


def test_an_id_with_small_letters_is_not_of_our_form() -> None:
    # Taken for one of ours with another tag it would be announced as a second engine.
    assert parse_order_id("manual-5") is None
    assert parse_order_id("a b/c!-5") is None
