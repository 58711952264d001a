from decimal import Decimal

import pytest

from openbell.wire.alpaca import forms


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_795_176_000_000_000_001, "2026-11-20T12:00:00.000000001Z"),
        (1_795_176_000_120_000_000, "2026-11-20T12:00:00.12Z"),
    ],
)
def test_an_instant_has_as_many_digits_as_it_needs(ns: int, text: str) -> None:
    assert forms.instant(ns) == text


def test_instants_are_read_with_any_offset_and_dates_begin_at_midnight() -> None:
    assert forms.parse_instant("2026-11-20T07:00:00-05:00") == forms.parse_instant("2026-11-20T12:00:00Z")
    assert forms.parse_instant("2026-11-20") == 1_795_176_000_000_000_000 - 12 * 3600 * 10**9
    with pytest.raises(ValueError, match="noon"):
        forms.parse_instant("noon")


@pytest.mark.parametrize(
    ("x", "text"), [("1E+3", "1000"), ("0.10", "0.1"), ("-2.50", "-2.5"), ("0", "0"), ("0.00", "0")]
)
def test_numbers_are_plain_text(x: str, text: str) -> None:
    assert forms.number(Decimal(x)) == text


def test_what_is_missing_stays_missing() -> None:
    assert (forms.maybe_number(None), forms.maybe_instant(0)) == (None, None)
    assert forms.first({"a": ""}, "a", "x") == "x"


def test_json_numbers_keep_their_digits() -> None:
    assert forms.parse(b'{"limit_price": 0.1}')["limit_price"] == Decimal("0.1")


def test_the_same_words_give_the_same_id() -> None:
    assert forms.identity("a", "b") == forms.identity("a", "b") != forms.identity("a", "c")


def test_a_packed_instant_keeps_its_nanoseconds() -> None:
    packed = forms.packed_instant(1_795_176_000_000_000_001)
    assert (packed.code, packed.data[:4], int.from_bytes(packed.data[4:], "big")) == (-1, b"\0\0\0\1", 1_795_176_000)
