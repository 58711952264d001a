"""Units: every one is read as people write it, refused where it could mean something else, and written back."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from openbell.schema import (
    Amount,
    Fraction,
    Limit,
    LimitShare,
    Money,
    Number,
    PartConfig,
    Span,
    Stage,
    Text,
    format_amount,
    format_decimal,
    format_fraction,
    format_span,
    parse_amount,
    parse_decimal,
    parse_fraction,
    parse_span,
)

numbers = st.decimals(-(10**12), 10**12, allow_nan=False, allow_infinity=False, places=8)


class Options(PartConfig):
    share: Fraction = Decimal("0.02")
    count: Number = Decimal(1)
    money: Money = Amount(Decimal(5), "USD")
    length: Span = 60_000_000_000
    symbol: Text = "SPY"
    drift: float = 0.0


@given(numbers)
def test_decimal_round_trip(value: Decimal) -> None:
    assert parse_decimal(format_decimal(value)) == value


@given(numbers)
def test_fraction_round_trip(value: Decimal) -> None:
    assert parse_fraction(format_fraction(value)) == value


@given(numbers, st.from_regex(r"[A-Z][A-Z0-9]{1,9}", fullmatch=True))
def test_amount_round_trip(value: Decimal, currency: str) -> None:
    assert parse_amount(format_amount(Amount(value, currency))) == Amount(value, currency)


@given(st.integers(0, 1 << 62))
def test_span_round_trip(span_ns: int) -> None:
    assert parse_span(format_span(span_ns)) == span_ns


@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15).filter(lambda x: abs(x) > 1e-9)
)
def test_a_float_is_what_it_prints_as(value: float) -> None:
    assert float(parse_decimal(value)) == value


@given(st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.none(), st.lists(st.integers())))
def test_whatever_comes_is_read_or_refused_with_a_sentence(value: object) -> None:
    for parse in (parse_decimal, parse_fraction, parse_amount, parse_span):
        try:
            parse(value)
        except ValueError as error:
            assert str(error)  # noqa: PT017 - both outcomes are right


@pytest.mark.parametrize(
    ("value", "number"),
    [("1e5", "100000"), ("1_000", "1000"), (" 7 ", "7"), (7, "7"), (0.1, "0.1"), (1e-07, "1E-7"), ("-0.5", "-0.5"),
     (Decimal("2.50"), "2.50"), ("+3", "3")],
)  # fmt: skip
def test_decimals(value: object, number: str) -> None:
    assert parse_decimal(value) == Decimal(number)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (True, "true is not a number"),
        (None, "nothing is not a number"),
        ([1], "a list is not a number"),
        ({}, "a mapping is not a number"),
        ("ten", "'ten' is not a number"),
        ("2 %", "'2 %' is not a number; write it without a unit"),
        ("", "'' is not a number"),
        (math.nan, "nan is not a finite number"),
        (math.inf, "inf is not a finite number"),
        ("-Infinity", "'-Infinity' is not a finite number"),
        ("1e999999999", "'1e999999999' is out of range or has too many digits"),
        ("1e-30", "'1e-30' is out of range or has too many digits"),
        (10**50, "a number of so many digits is out of range"),
    ],
)
def test_no_decimals(value: object, sentence: str) -> None:
    with pytest.raises(ValueError, match="^" + sentence.replace("[", r"\[") + "$"):
        parse_decimal(value)


@pytest.mark.parametrize(
    ("value", "share"),
    [("2%", "0.02"), ("2 %", "0.02"), (" 2% ", "0.02"), ("100%", "1"), ("150%", "1.5"), (1, "1"), ("1", "1"),
     (0.02, "0.02"), (-1, "-1"), ("-2%", "-0.02"), ("0.5%", "0.005"), (0, "0"), ("1e-3", "0.001")],
)  # fmt: skip
def test_fractions(value: object, share: str) -> None:
    assert parse_fraction(value) == Decimal(share)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (2, "2 as a fraction would be 200%; write 2% or 0.02"),
        (1.0001, "1.0001 as a fraction would be 100.01%; write 1.0001% or 0.010001"),
        ("-3", "-3 as a fraction would be -300%; write -3% or -0.03"),
        ("1e5", "1e5 as a fraction would be 10000000%; write 100000% or 1000"),
        (math.nan, "nan is not a fraction; write for example 2% or 0.02"),
        (math.inf, "inf is not a fraction; write for example 2% or 0.02"),
        ("inf%", "'inf%' is not a fraction; write for example 2% or 0.02"),
        ("%", "'%' is not a fraction; write for example 2% or 0.02"),
        (True, "true is not a fraction; write for example 2% or 0.02"),
        ("5 USD", "'5 USD' is not a fraction; write for example 2% or 0.02"),
    ],
)
def test_no_fractions(value: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        parse_fraction(value)


@pytest.mark.parametrize(
    ("value", "example"),
    [
        (50000, "50000 USD"), ("50000", "50000 USD"), ("$50,000", "50000 USD"), ("50000 usd", "50000 USD"),
        ("50000EUR", "50000 EUR"), ("USD", "10000 USD"), (True, "10000 USD"), ("2%", "2 USD"), ("1e5 USD", "1 USD"),
        (None, "10000 USD"), ([1], "10000 USD"), ("nan USD", "10000 USD"),
    ],
)  # fmt: skip
def test_no_amounts(value: object, example: str) -> None:
    with pytest.raises(ValueError, match=f" is not an amount of money; write for example {example}$"):
        parse_amount(value)


@pytest.mark.parametrize(
    ("value", "span_ns"),
    [("1ns", 1), ("1.5us", 1500), ("250ms", 250_000_000), ("30s", 30 * 10**9), ("5m", 300 * 10**9),
     ("1 h", 3600 * 10**9), ("1d", 86400 * 10**9), ("2w", 14 * 86400 * 10**9), ("0s", 0)],
)  # fmt: skip
def test_spans(value: str, span_ns: int) -> None:
    assert parse_span(value) == span_ns


@pytest.mark.parametrize(
    "value", [60, "60", "1min", "1M", "s", "", True, None, "nan s", "-5s", "1.5ns", "900w0", "99999w"]
)
def test_no_spans(value: object) -> None:
    with pytest.raises(ValueError, match=r"is not a length of time; write|is below zero, too long or finer"):
        parse_span(value)


def test_formats() -> None:
    assert format_decimal(Decimal("1E+5")) == "100000"
    assert format_decimal(Decimal("-0.00")) == "0"
    assert format_fraction(Decimal("0.0250")) == "2.5%"
    assert format_amount(Amount(Decimal("1.50"), "BTC")) == "1.5 BTC"
    assert format_span(90_000_000_000) == "90s"
    assert format_span(0) == "0s"


def test_options_are_written_back_in_their_units() -> None:
    options = Options(share="2.5%", count="1e2", money="10 EUR", length="90m", symbol="QQQ")  # type: ignore[arg-type]
    dumped = options.model_dump(mode="json")
    assert dumped == {
        "share": "2.5%", "count": "100", "money": "10 EUR", "length": "90m", "symbol": "QQQ", "drift": 0.0,
    }  # fmt: skip
    assert Options(**dumped) == options


@pytest.mark.parametrize(
    "options",
    [{"symbol": 5}, {"symbol": True}, {"symbol": None}, {"drift": math.nan}, {"drift": "inf"}, {"other": 1}],
)
def test_options_refuse(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate(options)


def test_options_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Options().symbol = "QQQ"  # type: ignore[misc]


def test_units_stand_in_the_json_schema() -> None:
    properties = Options.model_json_schema()["properties"]
    assert properties["length"]["examples"] == ["30s", "5m", "1h", "1d"]
    assert properties["money"] == {"default": "5 USD", "type": "string", "examples": ["10000 USD"]} or properties[
        "money"
    ]["examples"] == ["10000 USD"]


class Bounds(PartConfig):
    share: LimitShare = Decimal("0.02")
    stage: Stage = None
    either: Limit = Decimal("0.02")


@pytest.mark.parametrize("key", ["share", "stage", "either"])
@pytest.mark.parametrize(("value", "number"), [("0%", "0"), ("0.01%", "0.0001"), (0.02, "0.02")])
def test_limits_from_zero_on(key: str, value: object, number: str) -> None:
    assert getattr(Bounds.model_validate({key: value}), key) == Decimal(number)


@pytest.mark.parametrize("key", ["share", "stage", "either"])
@pytest.mark.parametrize(("value", "without"), [("-0.01%", "0.01%"), (-0.02, "2%"), ("-5%", "5%")])
def test_a_limit_below_zero_is_told_how_to_be_written(key: str, value: object, without: str) -> None:
    with pytest.raises(ValidationError, match=f"is below zero; a limit is written without a sign: {without}"):
        Bounds.model_validate({key: value})


def test_a_limit_of_money_is_not_below_zero() -> None:
    assert Bounds.model_validate({"either": "0 USD"}).either == Amount(Decimal(0), "USD")
    with pytest.raises(ValidationError, match="'-5 USD' is below zero; a limit is written without a sign: 5 USD"):
        Bounds.model_validate({"either": "-5 USD"})
    with pytest.raises(ValidationError, match="'ten' is not an amount of money"):
        Bounds.model_validate({"either": "ten"})
    assert Bounds.model_validate({"either": "5 USD"}).model_dump(mode="json")["either"] == "5 USD"
