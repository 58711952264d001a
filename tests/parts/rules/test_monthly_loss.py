"""monthly_loss: the result of a month of session dates."""

import pytest
from msgspec.structs import replace

from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.parts.rules import monthly_loss
from tests.core import build as b
from tests.core.build import d
from tests.parts.rules.scene import again, bound, codes, gates, hold, passes_exit, priced

GATE = ["monthly_loss/account:main"]


def begun(date: str, n: int) -> object:
    return replace(b.session(n), date=date)


def full(**options: str) -> Engine:
    """Everything in one instrument: a fall of one percent is a loss of one percent."""
    spec = b.run_spec(b.deployment_spec(size=b.SizeSpec(kind="weight", value=d(1))))
    made = b.engine(spec, rules=(bound(monthly_loss, **options),))
    made.step(begun("2026-11-16", 1))
    b.buy(made, 1441, 100.0)
    return made


@pytest.mark.parametrize(("close", "found"), [(92.01, []), (92.0, GATE), (91.99, GATE), (150.0, [])])
def test_D26_binds_at_the_limit_over_sessions_and_never_for_a_gain(close: float, found: list[str]) -> None:
    made = full()
    made.step(b.bar(1442, 98.0, 1.0))
    made.step(begun("2026-11-30", 2))
    made.step(b.bar(2900, close, 1.0))
    assert gates(made) == found


def test_D26_it_stays_closed_over_a_restart_until_the_next_month() -> None:
    made = full()
    made.step(b.bar(1442, 80.0, 1.0))
    made = again(made, bound(monthly_loss))
    made.step(begun("2026-11-30", 2))
    assert gates(made) == GATE
    made.step(b.bar(2900, 80.0, 1.0))
    assert Code.LATCHED in codes(made.book, b.draft("buy", 1), bound(monthly_loss))
    made.step(begun("2026-12-01", 3))
    assert gates(made) == []
    assert made.book.truth.accounts["main"].month.equity == made.book.truth.accounts["main"].equity


def test_D26_by_hand_where_the_file_says_so_and_deposits_are_no_gain() -> None:
    made = full(release="manual")
    made.step(b.flow(50_000, n=1441))
    made.step(b.bar(1442, 80.0, 1.0))
    made.step(begun("2026-12-01", 3))
    assert gates(made) == GATE
    made.step(b.enable(made, n=5000))
    assert gates(made) == []


def test_D26_exits_pass() -> None:
    book = priced()
    hold(book, 900)
    book.truth.accounts["main"].month.equity = d(10**9)
    assert passes_exit(book, bound(monthly_loss))
    assert Code.MONTHLY_LOSS in codes(book, b.draft("buy", 1), bound(monthly_loss))
