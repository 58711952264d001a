import pytest

from openbell.wire.binance.ticket import Ticket, read
from openbell.wire.binance.trigger import follow, is_reached, waits_above
from tests.wire.binance.stand import T0, d, desk, order


@pytest.mark.parametrize(
    ("side", "kind", "is_above"),
    [
        ("BUY", "STOP_LOSS", True),
        ("SELL", "STOP_LOSS_LIMIT", False),
        ("SELL", "TAKE_PROFIT", True),
        ("BUY", "TAKE_PROFIT", False),
    ],
)
def test_each_kind_waits_on_its_side(side: str, kind: str, is_above: bool) -> None:
    made, _ = desk(BTC="1")
    record = made.admit(_ticket(side, kind, "51000" if is_above else "49000"), T0)
    assert waits_above(record) == is_above
    assert is_reached(record, d("49000"), d("51000"))
    assert not is_reached(record, d("49000.01"), d("50999.99"))


def _ticket(side: str, kind: str, stop: str) -> Ticket:
    more = {"price": stop, "timeInForce": "GTC"} if kind.endswith("LIMIT") else {}
    return read(order(side=side, type=kind, stopPrice=stop, **more))


def test_a_trigger_follows_the_price_and_never_goes_back() -> None:
    made, _ = desk(BTC="1")
    made.submit(order(side="SELL", type="STOP_LOSS", trailingDelta="100"), T0)
    record = made.books.orders[1]
    assert not is_reached(record, d("1"), d("99999"))
    for high, stop in (("50000", "49500"), ("52000", "51480"), ("51500", "51480")):
        follow(record, d("40000"), d(high), d("0.01"))
        assert record.stop == d(stop)
