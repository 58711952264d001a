"""What each kind of instrument looks like before the user corrects it."""

from decimal import Decimal

import pytest

from openbell.core.types import Rounding
from openbell.edges.instruments.presets import KINDS, crypto, fx, krx, stock


def test_a_stock_below_a_dollar_has_ticks_of_a_hundredth_of_a_cent() -> None:
    made = stock("SPY")
    assert made.tick_at(Decimal("0.9999")) == Decimal("0.0001")
    assert made.tick_at(Decimal(1)) == Decimal("0.01")
    assert (made.calendar, made.currency, made.lot) == ("NYSE", "USD", Decimal(1))


@pytest.mark.parametrize(
    ("px", "tick"),
    [(1999, 1), (2000, 5), (4995, 5), (5000, 10), (19990, 10), (20000, 50), (49950, 50), (50000, 100),
     (199900, 100), (200000, 500), (499500, 500), (500000, 1000), (2000000, 1000)],
)  # fmt: skip
def test_korean_ticks_follow_the_table_of_2023(px: int, tick: int) -> None:
    assert krx("005930").tick_at(Decimal(px)) == tick


def test_korean_orders_are_rounded_to_their_band() -> None:
    made = krx("005930")
    assert made.order_price(Decimal(71234), Rounding.FLOOR) == 71200
    assert (made.currency, made.calendar, made.can_short) == ("KRW", "KRX", False)


@pytest.mark.parametrize("symbol", ["EURUSD", "EUR/USD", "EUR_USD"])
def test_a_currency_pair_is_quoted_in_its_second_currency(symbol: str) -> None:
    made = fx(symbol)
    assert (made.currency, made.lot, made.calendar, made.symbol) == ("USD", Decimal(1000), "fx", symbol)
    assert made.tick_at(Decimal(1)) == Decimal("0.00001")


def test_a_yen_pair_has_ticks_of_a_tenth_of_a_pip() -> None:
    assert fx("USDJPY").tick_at(Decimal(150)) == Decimal("0.001")
    assert fx("USDJPY").currency == "JPY"


def test_the_middle_of_two_fx_prices_is_on_the_fill_grid() -> None:
    assert fx("EURUSD").price(1.100005, Rounding.CEIL) == Decimal("1.100005")


def test_what_is_no_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="XAU: not a currency pair"):
        fx("XAU")


@pytest.mark.parametrize(
    ("symbol", "currency", "tick", "lot"),
    [("BTCUSD", "USD", "0.01", "0.00000001"), ("ETH-USDT", "USDT", "0.01", "0.00000001"),
     ("ADAUSDT", "USDT", "0.0001", "0.0001"), ("ADABTC", "BTC", "0.00000001", "0.0001"),
     ("BTC-PERP", "USD", "0.01", "0.00000001"), ("BTC", "USD", "0.01", "0.00000001"),
     ("XRPETH", "ETH", "0.00000001", "0.0001"), ("BTCBUSD", "BUSD", "0.01", "0.00000001")],
)  # fmt: skip
def test_coins_are_quoted_in_what_their_name_ends_with(symbol: str, currency: str, tick: str, lot: str) -> None:
    made = crypto(symbol)
    assert (made.currency, made.bands[0].tick, made.lot) == (currency, Decimal(tick), Decimal(lot))
    assert made.calendar == "24x7"


@pytest.mark.parametrize("kind", KINDS)
def test_every_preset_keeps_the_rules_of_an_instrument(kind: str) -> None:
    made = KINDS[kind]("EURUSD")
    assert made.steps >= 1
    assert all((band.tick / made.quantum) % 1 == 0 for band in made.bands)
