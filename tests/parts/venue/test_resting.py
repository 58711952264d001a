"""An order as the exchange holds it: which prices can touch it."""

import pytest

from openbell.core.effects import Amend
from openbell.core.types import Tif
from openbell.parts.venue.resting import Resting
from tests.core import build as b
from tests.core.build import d


def resting(side: str = "buy", **fields: object) -> Resting:
    made = b.submit(side, 10, **fields)
    names = ("oid", "instrument", "side", "qty", "type", "tif", "limit", "stop", "trail", "reduce_only", "oco")
    order = Resting(venue_order="V1", since=0, **{name: getattr(made, name) for name in names})
    order.set_edges()
    return order


@pytest.mark.parametrize(
    ("order", "untouched", "touched"),
    [
        (resting("buy", limit=99), (101.0, 99.5), (101.0, 99.0)),
        (resting("sell", limit=101), (100.5, 99.0), (101.0, 99.0)),
        (resting("buy", stop=101), (100.5, 99.0), (101.0, 99.0)),
        (resting("sell", stop=99), (101.0, 99.5), (101.0, 99.0)),
    ],
)
def test_only_a_bar_that_reaches_its_price_touches_it(order: Resting, untouched: tuple, touched: tuple) -> None:
    assert not order.is_touched(*untouched)
    assert order.is_touched(*touched)


@pytest.mark.parametrize(
    "order",
    [
        resting("buy"),
        resting("buy", stop=101, limit=102),
        resting("sell", stop=90, trail=5),
        resting("buy", limit=50, tif=Tif.IOC),
        resting("buy", limit=50, tif=Tif.FOK),
        resting("buy", limit=50, tif=Tif.OPG),
        resting("buy", limit=50, tif=Tif.CLS),
    ],
)
def test_orders_that_every_bar_touches(order: Resting) -> None:
    assert order.is_touched(100.0, 100.0)


def test_a_cancel_or_change_on_its_way_needs_every_bar() -> None:
    order = resting("buy", limit=50)
    assert not order.is_touched(100.0, 100.0)
    order.cancel_at = 5
    assert order.is_touched(100.0, 100.0)
    order.cancel_at, order.amend = 0, Amend(oid="x", account="main", qty=d(5))
    assert order.is_touched(100.0, 100.0)


def test_what_is_left() -> None:
    order = resting()
    order.filled = d(4)
    assert order.leaves == 6
