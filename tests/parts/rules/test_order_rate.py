"""order_rate: messages in a second and a minute, the reserve for cancels, and what follows from too many refusals."""

import pytest
from msgspec.structs import replace

from openbell.core.apply import apply_effect
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.events import Bar
from openbell.core.types import MINUTE_NS, NS
from openbell.parts.rules import order_rate
from tests.core import build as b
from tests.core.build import at
from tests.core.test_ledger import filled
from tests.parts.rules.scene import again, bound, codes, engine, gates, priced

NO = (Code.ORDER_RATE,)
ALL = {"reserve": "0%"}


def later_bar(ts: int, target: float) -> Bar:
    """Return a bar that closes at any instant."""
    return replace(b.bar(2, 100.0, target), ts=ts)


def busy(count: int, apart: int = 0, deployment: str = "alpha", account: str = "main") -> Book:
    """Return a book in which so many messages were sent up to bar 2."""
    book = priced(b.deployment_spec(), b.deployment_spec("beta", account=account))
    filled(book, "buy", 10, 100)
    book.truth.conduct.clear()
    for n in range(count):
        apply_effect(
            book,
            b.submit("buy", 1, index=n + 2, deployment=deployment, account=account),
            at(2) - (count - 1 - n) * apart,
        )
    return book


@pytest.mark.parametrize(("sent", "found"), [(3, ()), (4, ()), (5, NO)])
def test_D09_in_a_second(sent: int, found: tuple[int, ...]) -> None:
    assert codes(busy(sent), b.draft("buy", 1), bound(order_rate, **ALL)) == found


@pytest.mark.parametrize(("sent", "found"), [(58, ()), (59, ()), (60, NO)])
def test_D09_in_a_minute(sent: int, found: tuple[int, ...]) -> None:
    assert codes(busy(sent, NS), b.draft("buy", 1), bound(order_rate, **ALL), at(2)) == found


@pytest.mark.parametrize(("later", "found"), [(0, NO), (NS - 1, NO), (NS, ())])
def test_D09_the_window_slides(later: int, found: tuple[int, ...]) -> None:
    assert codes(busy(5), b.draft("buy", 1), bound(order_rate, **ALL), at(2) + later) == found


def test_D09_the_account_counts_over_its_strategies() -> None:
    assert codes(busy(5, deployment="beta"), b.draft("buy", 1), bound(order_rate, **ALL)) == NO


def test_D09_what_is_sent_for_another_account_counts_for_that_one() -> None:
    book = busy(5, deployment="beta", account="other")
    assert codes(book, b.draft("buy", 1), bound(order_rate, **ALL)) == ()
    assert codes(book, b.draft("buy", 1, deployment="beta", account="other"), bound(order_rate, **ALL)) == NO


def test_B19_no_window_ever_holds_more_than_the_cap() -> None:
    made = engine(order_rate, {"reserve": "0%", "breaches": 10_000}, size=b.SizeSpec(kind="quantity", value=b.d(1)))
    sent: list[int] = []
    for n in range(400):
        ts = at(2) + n * NS // 10
        for effect in made.step(later_bar(ts, 11.0)):
            if isinstance(effect, b.fx.Submit):
                sent.append(ts)
                made.step(b.update(effect, "rejected", ts=ts))
    assert len(sent) > 20
    for ts in sent:
        assert sum(ts - NS < one <= ts for one in sent) <= 5
        assert sum(ts - MINUTE_NS < one <= ts for one in sent) <= 60


@pytest.mark.parametrize(("sent", "found"), [(2, ()), (3, NO)])
def test_D10_entries_leave_the_reserve_to_cancels(sent: int, found: tuple[int, ...]) -> None:
    # Of five a second thirty percent are kept: three are for entries.
    assert codes(busy(sent), b.draft("buy", 1), bound(order_rate)) == found


def test_D09_exits_have_limits_of_their_own_and_cancels_none() -> None:
    book = busy(49)
    leave = b.draft("sell", 10, reduce_only=True)
    assert codes(book, leave, bound(order_rate), at(2) + NS // 2) == ()
    assert codes(book, leave, bound(order_rate, exits=1), at(2) + NS // 2) == NO
    made = engine(order_rate, {"per_second": 1, "reserve": "0%"})
    order = b.one(b.fx.Submit, made.step(b.bar(2, 100.0, 1.0)))
    made.step(b.update(order, "accepted", ts=at(2)))
    assert [e.oid for e in made.step(b.command("kill", n=2)) if isinstance(e, b.fx.Cancel)] == [order.oid]


def test_D09_three_refusals_hold_the_strategy_over_a_restart() -> None:
    options = {"per_second": 1, "per_minute": 1, "reserve": "0%"}
    made = engine(order_rate, options)
    order = b.one(b.fx.Submit, made.step(b.bar(2, 100.0, 11.0)))
    made.step(b.update(order, "rejected", ts=at(2)))
    for n, found in ((1, []), (2, []), (3, ["order_rate/deployment:alpha"])):
        made.step(later_bar(at(2) + n * NS, 11.0))
        assert gates(made) == found
        made = again(made, bound(order_rate, **options))
