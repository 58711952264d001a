"""What lies within a period, and when it is over."""

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.engine import Engine
from openbell.report.period import Period, bounds
from tests.core import build as b
from tests.core.build import at, d


@pytest.mark.parametrize(
    ("kind", "day", "found"),
    [
        ("day", "2024-02-29", ("2024-02-29", "2024-02-29")),
        ("week", "2024-03-03", ("2024-02-26", "2024-03-03")),
        ("week", "2024-03-04", ("2024-03-04", "2024-03-10")),
        ("month", "2024-02-10", ("2024-02-01", "2024-02-29")),
        ("month", "2023-12-31", ("2023-12-01", "2023-12-31")),
    ],
)
def test_a_period_has_a_first_and_a_last_date(kind: str, day: str, found: tuple[str, str]) -> None:
    assert bounds(kind, day) == found


@pytest.mark.parametrize(("kind", "day"), [("year", "2024-01-01"), ("day", "soon"), ("week", "2024-13-01")])
def test_what_is_none_is_refused(kind: str, day: str) -> None:
    with pytest.raises(ValueError, match=r"year|soon|month"):
        bounds(kind, day)


def take(made: Engine, period: Period, *events: ev.Event) -> list[fx.Effect]:
    found: list[fx.Effect] = []
    for event in events:
        found = made.step(event)
        period.watch(made.book, event, found)
    return found


def test_only_what_lies_within_it_counts() -> None:
    made = b.engine()
    day = made.book.truth.accounts["main"].session
    period = Period(day, day)
    order = b.one(fx.Submit, take(made, period, b.bar(1, 100.0, 1.0)))
    take(made, period, b.fill(order, 101, ts=at(3), fee=d(1)))
    (cost,) = period.costs.values()
    assert (cost.shortfall, cost.fees, cost.paid) == (order.qty, 1, order.qty * 101)
    assert (period.health.answers, period.health.waited_ns) == (1, at(3) - at(1))
    following = b.session(1)
    assert period.ends_before(made.book, following)
    assert not period.ends_before(made.book, b.bar(4, 100.0))
    take(made, period, b.session(0, is_open=False), following)
    result = period.result(made.book, "main", "alpha")
    sale = b.one(fx.Submit, take(made, period, b.bar(1441, 200.0, 0.0)))
    take(made, period, b.fill(sale, 200, ts=at(1442)))
    assert list(period.costs) == [order.oid]
    assert period.result(made.book, "main", "alpha") == result


def test_a_corrected_execution_costs_what_stands_and_one_told_twice_once() -> None:
    made = b.engine()
    day = made.book.truth.accounts["main"].session
    period = Period(day, day)
    order = b.one(fx.Submit, take(made, period, b.bar(1, 100.0, 1.0)))
    first = b.fill(order, 103, ts=at(3), fee=d(3), exec_id="a")
    fixed = b.fill(order, 101, ts=at(4), fee=d(1), exec_id="b", supersedes="a")
    take(made, period, first, first, fixed, fixed)
    (cost,) = period.costs.values()
    assert (cost.qty, cost.paid, cost.fees, cost.shortfall) == (order.qty, order.qty * 101, 1, order.qty)
    take(made, period, b.fill(order, 101, ts=at(5), exec_id="c", supersedes="b", is_bust=True))
    assert period.costs == {}


def test_a_line_that_comes_back_is_a_reconnect() -> None:
    made = b.engine()
    day = made.book.truth.accounts["main"].session
    period = Period(day, day)
    for n, is_up in enumerate((True, False, True, False, True), 1):
        take(made, period, ev.Link(ts=at(n), account="main", channel="orders", is_up=is_up, text=""))
    take(made, period, ev.DiskState(ts=at(7), is_healthy=False, text="EIO"))
    health = period.health
    assert (health.reconnects, health.line_cuts, health.disk_faults) == (2, 2, 1)
    assert health.alerts.total() >= 1
