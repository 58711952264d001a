"""Orders are counted by what became of them."""

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.engine import Engine
from openbell.core.spec import OutsideSpec
from openbell.report.orders import ALL, ENTRIES, EXITS, KEYS, Orders, table
from tests.core import build as b
from tests.core.build import at, d


class Watched:
    """An engine with what counts its orders."""

    def __init__(self, made: Engine) -> None:
        self.made, self.orders = made, Orders()

    def take(self, event: ev.Event) -> list[fx.Effect]:
        effects = self.made.step(event)
        self.orders.watch(self.made.book, event, effects)
        return effects


def test_every_end_is_counted_once_and_what_is_open_apart() -> None:
    watched = Watched(b.engine())
    order = b.one(fx.Submit, watched.take(b.bar(1, 100.0, 1.0)))
    found = watched.orders.figures(watched.made.book)
    assert [(found[group]["orders"], found[group]["open"]) for group in (ALL, ENTRIES, "market")] == [(1, 1)] * 3
    assert EXITS not in found
    half = order.qty / 2
    watched.take(b.fill(order, 101, qty=half, exec_id="X1", ts=at(2), time=at(2)))
    watched.take(b.fill(order, 103, qty=half, exec_id="X2", ts=at(4), time=at(4)))
    watched.take(b.fill(order, 103, qty=half, exec_id="X2", ts=at(4), time=at(4)))
    found = watched.orders.figures(watched.made.book)
    assert (found[ALL]["filled"], found[ALL]["open"], found[ALL]["fill_rate"]) == (1, 0, 1.0)
    assert found[ALL]["time_to_fill_s"] == pytest.approx(180.0)
    # Bought at 102 on average, sent at 100.
    assert found[ALL]["slippage_bps"] == pytest.approx(200.0)
    sale = b.one(fx.Submit, watched.take(b.bar(5, 103.0, 0.0)))
    watched.take(b.fill(sale, d("102.485"), qty=d(1), exec_id="X3"))
    watched.take(b.update(sale, "cancelled", ts=at(7)))
    found = watched.orders.figures(watched.made.book)
    assert (found[EXITS]["cancelled"], found[EXITS]["partly_filled"], found[EXITS]["fill_rate"]) == (1, 1, 0.0)
    assert found[EXITS]["slippage_bps"] == pytest.approx(50.0)
    # What the cancel left is ordered again.
    assert (found[ALL]["orders"], found[ALL]["open"]) == (3, 1)
    assert found[ALL]["slippage_bps"] == pytest.approx(125.0)


def test_an_order_in_doubt_is_neither_open_nor_ended() -> None:
    watched = Watched(b.engine(b.run_spec(accounts=(b.account_spec(outside=OutsideSpec()),))))
    watched.take(ev.Link(ts=at(1), account="main", channel="orders", is_up=True))
    watched.made.book.truth.contacts["main"].is_ready = True
    order = b.one(fx.Submit, watched.take(b.bar(2, 100.0, 1.0)))
    watched.take(b.update(order, "lost", ts=at(2)))
    found = watched.orders.figures(watched.made.book)[ALL]
    assert (found["in_doubt"], found["open"], found["fill_rate"]) == (1, 0, None)


def test_the_table_has_a_column_for_each_group_and_a_dash_for_what_cannot_be_known() -> None:
    told = table(Orders().figures(b.book()))
    assert [column.name for column in told.columns] == ["Figure", ALL]
    assert len(told.rows) == len(KEYS)
    assert dict(told.rows)["Fill rate"] == "–"
