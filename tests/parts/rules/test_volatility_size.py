"""volatility_size: smaller positions in what moves more."""

from fractions import Fraction

import pytest
from msgspec.structs import replace

from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.spec import SizeSpec
from openbell.parts.rules import volatility_size
from tests.core import build as b
from tests.core.build import d
from tests.parts.rules.scene import again, bound, engine

RULE = bound(volatility_size)


@pytest.mark.parametrize(
    ("volatility", "part"),
    [
        (0, Fraction(1)), (199_999, Fraction(1)), (200_000, Fraction(1)), (200_001, Fraction(200_000, 200_001)),
        (400_000, Fraction(1, 2)), (799_999, Fraction(200_000, 799_999)), (800_000, Fraction(1, 4)),
        (800_001, Fraction(1, 4)), (10**9, Fraction(1, 4)), (-1, Fraction(1, 4)),
    ],
)  # fmt: skip
def test_the_part_is_target_over_volatility_between_the_least_and_all(volatility: int, part: Fraction) -> None:
    assert RULE.scale is not None
    assert Fraction(*RULE.scale(RULE.params, volatility_size.Facts(volatility))) == part
    assert RULE.check(RULE.params, volatility_size.Facts(volatility)) == 0


def calm(made: Engine, share: float) -> None:
    """Let the instrument have moved up and down by a share in every session."""
    made.book.truth.marks["AAPL"].closes = [100.0 if n % 2 else 100.0 * (1.0 + share) for n in range(21)]


def test_twice_the_volatility_halves_the_entry_also_after_a_restart() -> None:
    sizes = []
    # Returns of plus and minus x deviate by about x times the root of 252 a year: 33 and 66 percent.
    for share in (0.0204, 0.0408):
        made = engine(volatility_size, size=SizeSpec(kind="quantity", value=d(1000)), capital=d(1_000_000))
        calm(made, share)
        restarted = again(made, RULE)
        for one in (made, restarted):
            one.step(b.bar(2, 100.0, 1.0))
        (order,), (other,) = b.working(made), b.working(restarted)
        assert order.qty == other.qty
        sizes.append(order.qty)
    assert 580 < sizes[0] < 620
    assert abs(sizes[0] - 2 * sizes[1]) < 10


def test_an_unknown_volatility_leaves_the_least_part_and_exits_are_whole() -> None:
    made = engine(volatility_size, size=SizeSpec(kind="quantity", value=d(100)))
    made.step(b.bar(2, 100.0, 1.0))
    (entry,) = b.working(made)
    assert entry.qty == 25
    made.step(b.fill(entry, 100.0, ts=b.at(2)))
    made.step(b.bar(3, 100.0, 0.0))
    (leaving,) = b.working(made)
    assert (leaving.qty, leaving.reduce_only) == (25, True)


def test_a_rule_that_cannot_say_lets_nothing_in() -> None:
    def fails(*given: object) -> tuple[int, int]:
        raise ZeroDivisionError

    made = b.engine(rules=(replace(RULE, scale=fails),))
    made.step(b.bar(1, 100.0))
    out = made.step(b.bar(2, 100.0, 1.0))
    assert (b.decision(out), b.working(made)) == (Code.BELOW_MINIMUM, [])


def test_it_says_what_it_does() -> None:
    assert RULE.text.startswith("full positions up to 20% of volatility a year (20 sessions), smaller in proportion")
    assert RULE.text.endswith("25% of them at least")
