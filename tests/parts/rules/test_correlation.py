"""correlation: what instruments that move together lose together."""

import pytest

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.parts.rules import correlation
from tests.core import build as b
from tests.core.build import exits
from tests.parts.rules.scene import bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.CORRELATION,)
UP = [100.0 + n + (n % 3) for n in range(61)]
DOWN = [100.0 + (n * 7) % 11 for n in range(61)]


def two(one: list[float], other: list[float]) -> Book:
    spec = b.deployment_spec(instruments=("AAPL", "MSFT"), exits=exits(stop_loss="0.05"))
    book = priced(spec)
    book.truth.marks["AAPL"].closes, book.truth.marks["MSFT"].closes = one, other
    hold(book, 200, instrument="MSFT")
    in_doubt(book, "buy", 100, instrument="MSFT")
    return book


@pytest.mark.parametrize(("qty", "found"), [(99, ()), (100, ()), (101, NO)])
def test_D22_a_cluster_risks_no_more_than_its_limit(qty: int, found: tuple[int, ...]) -> None:
    assert codes(two(UP, UP), b.draft("buy", qty), bound(correlation)) == found


@pytest.mark.parametrize(("other", "found"), [(DOWN, ()), (UP[:60], NO), ([], NO)])
def test_D22_what_moves_apart_is_apart_and_too_little_data_counts_as_together(
    other: list[float], found: tuple[int, ...]
) -> None:
    assert codes(two(UP, other), b.draft("buy", 150), bound(correlation)) == found


def test_D22_exits_pass() -> None:
    book = two(UP, UP)
    hold(book, 200)
    assert codes(book, b.draft("buy", 1), bound(correlation)) == NO
    assert passes_exit(book, bound(correlation))
