from collections.abc import Callable

import pytest

from openbell.wire.binance.fields import Fields
from openbell.wire.binance.refusal import Refused
from tests.wire.binance.stand import d


def test_what_was_sent_is_read() -> None:
    fields = Fields({"symbol": "BTCUSDT", "quantity": "0.10", "limit": "5", "timestamp": "1", "price": ""})
    assert (fields.text("symbol"), fields.need("quantity"), fields.whole("limit")) == ("BTCUSDT", d("0.1"), 5)
    assert (fields.number("price"), fields.whole("other"), fields.has("price")) == (None, None, False)
    fields.end()


@pytest.mark.parametrize(
    ("code", "value", "read"),
    [
        (-1102, "", lambda fields: fields.text("x")),
        (-1102, "", lambda fields: fields.need("x")),
        (-1117, "buy", lambda fields: fields.word("x", ("BUY", "SELL"), -1117)),
        (-1100, "1e-5", lambda fields: fields.number("x")),
        (-1100, "-1", lambda fields: fields.number("x")),
        (-1100, "0", lambda fields: fields.number("x")),
        (-1111, "0.123456789", lambda fields: fields.number("x")),
        (-1100, "1.5", lambda fields: fields.whole("x")),
        (-1100, "a b", lambda fields: fields.client_id("x")),
        (-1100, "a" * 37, lambda fields: fields.client_id("x")),
        (-1104, "1", lambda fields: fields.end()),
    ],
)
def test_what_makes_no_sense_is_refused(code: int, value: str, read: Callable[[Fields], object]) -> None:
    with pytest.raises(Refused) as refused:
        read(Fields({"x": value}))
    assert refused.value.code == code


def test_zeros_behind_the_eighth_place_are_no_precision() -> None:
    assert Fields({"x": "0.1000000000"}).number("x") == d("0.1")
