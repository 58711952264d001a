"""Numbers as people read them."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.core.types import NS, Instrument, TickBand
from openbell.report import figures

amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=8)


@pytest.mark.parametrize(
    ("x", "currency", "signed", "text"),
    [
        ("1234.5", "USD", False, "$1,234.50"),
        ("-65", "USD", True, "-$65.00"),
        ("205", "USD", True, "+$205.00"),
        ("-0.001", "USD", True, "$0.00"),
        ("0", "USD", True, "$0.00"),
        ("1234567.6", "KRW", False, "₩1,234,568"),
        ("1234.5", "USDT", False, "1,234.50 USDT"),
        ("-0.00000001", "BTC", False, "-0.00000001 BTC"),
    ],
)
def test_money_has_currency_separators_and_sign(x: str, currency: str, signed: bool, text: str) -> None:
    assert figures.amount(Decimal(x), currency, signed=signed) == text


@given(amounts, st.sampled_from(["USD", "KRW", "BTC", "XYZ"]), st.booleans())
def test_no_money_is_a_negative_zero(x: Decimal, currency: str, signed: bool) -> None:
    text = figures.amount(x, currency, signed=signed)
    assert not (text.startswith(("-", "+")) and not re.search(r"[1-9]", text))
    assert "NaN" not in text


@given(amounts)
def test_exact_text_is_the_same_number_without_ornament(x: Decimal) -> None:
    text = figures.exact(x)
    assert Decimal(text) == x
    assert text == "0" or not text.startswith("-0.0000000000")
    assert "E" not in text
    assert not (("." in text) and text.endswith("0"))


def test_negative_zero_becomes_zero_for_machines() -> None:
    assert figures.exact(Decimal("-0.00")) == "0"


@pytest.mark.parametrize(("x", "text"), [("100", "100"), ("0.50", "0.5"), ("12345.6700", "12,345.67"), ("0E-8", "0")])
def test_quantities_have_no_trailing_zeros(x: str, text: str) -> None:
    assert figures.quantity(Decimal(x)) == text


def test_a_price_shows_its_tick_and_more_only_where_it_has_more() -> None:
    instrument = Instrument(symbol="A")
    assert figures.price(Decimal("273.2"), instrument) == "$273.20"
    assert figures.price(Decimal("37.0819"), instrument) == "$37.0819"
    fine = Instrument(
        symbol="B", quantum=Decimal("0.00000001"), bands=(TickBand(above=Decimal(0), tick=Decimal("0.00001")),)
    )
    assert figures.price(Decimal("1.1"), fine) == "$1.10000"
    assert figures.price_digits(fine) == 5


def test_percent_and_ratio() -> None:
    assert figures.percent(Decimal("0.01364"), signed=True) == "+1.36%"
    assert figures.percent(Decimal("-0.00001"), signed=True) == "0.00%"
    assert figures.ratio(Decimal(1), Decimal(3)) == Decimal("0.33333333")
    assert figures.ratio(Decimal(1), Decimal(0)) == 0


def test_instants_are_iso_in_utc() -> None:
    assert figures.utc(1_704_205_800 * NS) == "2024-01-02T14:30:00Z"
    assert figures.utc(1_704_205_800 * NS + 500_000_000) == "2024-01-02T14:30:00.5Z"
    assert figures.utc(0) is None


def test_codes_outside_the_table_still_have_a_name() -> None:
    assert figures.code_name(205) == "max_positions"
    assert figures.code_label(205) == "R205 max_positions"
    assert figures.code_name(7777) == figures.code_label(7777) == "code_7777"


def test_known_currencies_have_a_sign() -> None:
    assert figures.currency_sign("USD") == "$"
    assert figures.currency_sign("USDT") == ""
    assert figures.money_digits("JPY") == 0
    assert figures.grouped(Decimal("1234.567"), 1) == "1,234.6"
