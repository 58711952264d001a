"""How large a full position is, and parts of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.core.sizing import full_qty, part_of
from openbell.core.spec import Costs, SizeSpec
from openbell.core.types import is_multiple
from tests.core.build import d, instrument

COIN = instrument("BTC", lot=d("0.001"))
FUTURE = instrument("ES", multiplier=d(50))


@pytest.mark.parametrize(
    ("kind", "value", "equity", "px", "stop", "what", "wanted"),
    [
        ("quantity", "10", "1", "100", "0", instrument(), "10"),
        ("quantity", "10.7", "1", "100", "0", instrument(), "10"),
        ("notional", "1050", "1", "100", "0", instrument(), "10"),
        ("notional", "99", "1", "100", "0", instrument(), "0"),
        ("weight", "0.2", "10000", "33", "0", instrument(), "60"),
        ("weight", "0.2", "10000", "30000", "0", COIN, "0.066"),
        ("weight", "1", "1000000", "4000", "0", FUTURE, "5"),
        ("risk", "0.01", "100000", "50", "2", instrument(), "500"),
        ("risk", "0.01", "100000", "4000", "10", FUTURE, "2"),
        ("risk", "0.01", "100000", "50", "0", instrument(), "0"),  # no stop to measure by
        ("weight", "0.2", "0", "33", "0", instrument(), "0"),
        ("weight", "0.2", "-5", "33", "0", instrument(), "0"),
        ("quantity", "10", "1", "0", "0", instrument(), "0"),
        ("notional", "1000", "1", "-5", "0", instrument(), "0"),
    ],
)
def test_a_full_position(kind: str, value: str, equity: str, px: str, stop: str, what: object, wanted: str) -> None:
    size = SizeSpec(kind=kind, value=d(value))
    assert full_qty(size, d(equity), what, d(px), d(stop)) == d(wanted)


@pytest.mark.parametrize(
    ("costs", "what", "wanted"),
    [
        ({"share": "0.002"}, instrument(), "475"),  # 1,000 by 2 and 52 * 0.002, up to the cent
        ({"unit": "0.5"}, instrument(), "400"),
        ({"fixed": "200"}, instrument(), "400"),
        ({"fixed": "1000"}, instrument(), "0"),
        ({"share": "0.002", "unit": "5", "fixed": "20"}, FUTURE, "8"),
    ],
)
def test_what_is_lost_at_the_stop_counts_what_entering_and_leaving_cost(
    costs: dict[str, str], what: object, wanted: str
) -> None:
    size = SizeSpec(kind="risk", value=d("0.01"), costs=Costs(**{name: d(value) for name, value in costs.items()}))
    assert full_qty(size, d(100_000), what, d(50), d(2)) == d(wanted)


@pytest.mark.parametrize(
    ("full", "target", "wanted"),
    [("10", 1.0, "10"), ("10", -1.0, "-10"), ("10", 0.5, "5"), ("10", 0.99, "9"), ("10", -0.99, "-9"),
     ("10", 1.5, "15"), ("10", 1 / 3, "3"), ("3", 1 / 3, "0"), ("10", 0.1, "1"), ("10", 0.0, "0"), ("0", 1.0, "0")],
)  # fmt: skip
def test_a_part_of_it_rounds_towards_nothing(full: str, target: float, wanted: str) -> None:
    assert part_of(d(full), target, instrument()) == d(wanted)


def test_float_noise_in_a_target_costs_no_lot() -> None:
    assert part_of(d(10), 0.1 + 0.2, instrument()) == 3
    assert part_of(d(10), 0.7 - 1e-12, instrument()) == 7


@given(st.floats(-2, 2), st.integers(0, 10**6))
def test_parts_are_whole_lots_of_the_right_sign(target: float, lots: int) -> None:
    full = lots * d("0.001")
    made = part_of(full, target, COIN)
    assert is_multiple(made, d("0.001"))
    assert made == 0 or (made > 0) == (target > 0)
    assert abs(made) <= full * 2
