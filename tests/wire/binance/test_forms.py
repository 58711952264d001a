from decimal import Decimal

from openbell.wire.binance.forms import measure, millis, name_of, number, parse
from tests.wire.binance.stand import T0, d


def test_numbers_have_eight_places_and_no_exponent() -> None:
    assert [number(x) for x in (d("1E-8"), d("60000"), None)] == ["0.00000001", "60000.00000000", "0.00000000"]
    assert measure(0.1 + 0.2) == "0.30000000"


def test_a_number_in_json_keeps_its_digits() -> None:
    assert parse(b'{"a": 0.10}') == {"a": Decimal("0.10")}


def test_an_invented_name_is_always_the_same_and_short_enough() -> None:
    assert (name_of("a", "1"), len(name_of("b"))) == (name_of("a", "1"), 22)
    assert millis(T0) == 1_795_176_000_000
