import pytest

from openbell.wire.binance.listing import known, listing_of
from openbell.wire.binance.refusal import Refused
from tests.wire.binance.stand import d, instruments

BTC = listing_of(instruments()["BTCUSDT"])


def test_a_symbol_is_its_two_coins() -> None:
    assert (BTC.base, BTC.quote, BTC.tick, BTC.step) == ("BTC", "USDT", d("0.01"), d("0.00001"))


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("PRICE_FILTER", lambda: BTC.check_price(d("50000.001"))),
        ("PRICE_FILTER", lambda: BTC.check_price(d("2000000"))),
        ("PERCENT_PRICE_BY_SIDE", lambda: BTC.check_band(d("9000"), d("50000"))),
        ("LOT_SIZE", lambda: BTC.check_qty(d("0.000015"))),
        ("LOT_SIZE", lambda: BTC.check_qty(d("9001"))),
        ("NOTIONAL", lambda: BTC.check_value(d("4.99"))),
    ],
)
def test_each_filter_refuses_by_its_name(name: str, check: object) -> None:
    with pytest.raises(Refused, match=name):
        check()  # type: ignore[operator]


def test_what_fits_passes() -> None:
    BTC.check_price(d("50000.01"))
    BTC.check_price(None)
    BTC.check_band(d("10000"), d("50000"))
    BTC.check_qty(d("0.00001"))
    BTC.check_value(d("5"))


def test_the_view_has_every_filter_and_unknown_symbols_are_refused() -> None:
    kinds = [one["filterType"] for one in BTC.view(is_halted=False)["filters"]]
    assert kinds[:5] == ["PRICE_FILTER", "LOT_SIZE", "MARKET_LOT_SIZE", "NOTIONAL", "PERCENT_PRICE_BY_SIDE"]
    assert known({"BTCUSDT": BTC}, "BTCUSDT") is BTC
    with pytest.raises(Refused, match="Invalid symbol"):
        known({"BTCUSDT": BTC}, "NOPE")
