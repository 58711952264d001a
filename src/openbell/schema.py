"""Options of parts and their units: the only pydantic below parts and edges.

A part's options are a `PartConfig`; unknown keys are errors. Units are written as people write them: `2%`,
`10000 USD`, `30s`. A bare number where a unit is needed is refused with the ways to write it. Each unit has a
`parse_*` and a `format_*`, and `parse(format(x)) == x`.
"""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from openbell.core.types import NS


class PartConfig(BaseModel):
    """Base of every part's and edge's options: frozen, and unknown keys are errors."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=False, arbitrary_types_allowed=True, allow_inf_nan=False
    )


class Amount(NamedTuple):
    """Money with its currency: `value` in whole units of `currency`."""

    value: Decimal
    currency: str


class DayHours(NamedTuple):
    """Hours of a day in a zone.

    Attributes:
        start, end: Seconds since midnight there; an end before the start is on the next day.
        zone: IANA name. clocks: Each change of its clocks: instant (ns), and how far they are ahead of UTC since (s).
    """

    start: int
    end: int
    zone: str
    clocks: tuple[tuple[int, int], ...]


DAY_S = 86_400
_NUMBER = r"[+-]?[0-9][0-9_]*(?:\.[0-9]+)?"
_AMOUNT = re.compile(rf"^({_NUMBER})\s+([A-Z][A-Z0-9]{{1,9}})$")
_SPAN = re.compile(rf"^({_NUMBER})\s*(ns|us|ms|s|m|h|d|w)$")
_SPAN_NS = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": NS,
    "m": 60 * NS,
    "h": 3600 * NS,
    "d": 86400 * NS,
    "w": 7 * 86400 * NS,
}
_MAX_SPAN_NS = 1 << 62
_HOURS = re.compile(r"^([0-2]?[0-9]):([0-5][0-9])\s*-\s*([0-2]?[0-9]):([0-5][0-9])(?:\s+(\S+))?$")
_CLOCKS = range(date(1999, 12, 31).toordinal(), date(2061, 1, 1).toordinal())
"""Days whose changes of clocks are known; before and after them clocks stand as at their ends."""
# Wider numbers are slips of the keyboard, and would no longer be exact with the 60 digits of the core's context.
_MAX_DIGITS = 28
_MAX_EXPONENT = 20


def parse_decimal(value: object) -> Decimal:
    """Return `value` (text, int, Decimal, or a float as it is printed) as a finite Decimal.

    Raises:
        ValueError: It is not a finite number, or has over 28 digits, or is not between 1e-20 and 1e20.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError(f"{_shown(value)} is not a number")
    if isinstance(value, int) and abs(value) >= 10**_MAX_DIGITS:
        raise ValueError("a number of so many digits is out of range")
    try:
        number = Decimal(str(value).replace("_", ""))
    except InvalidOperation:
        hint = "; write it without a unit" if str(value)[:1].isdigit() else ""
        raise ValueError(f"{value!r} is not a number{hint}") from None
    if not number.is_finite():
        raise ValueError(f"{value!r} is not a finite number")
    if len(number.as_tuple().digits) > _MAX_DIGITS or (number and abs(number.adjusted()) > _MAX_EXPONENT):
        raise ValueError(f"{value!r} is out of range or has too many digits")
    return number


def format_decimal(value: Decimal) -> str:
    """Return a number without exponent and without zeros at its end: `0.02`, `100000`."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def parse_fraction(value: object) -> Decimal:
    """Return a share of one: `2%` and `0.02` are both 0.02.

    Raises:
        ValueError: Not a number, or a bare number above 1, which is nearly always a percent without its sign.
    """
    text = value.strip() if isinstance(value, str) else ""
    try:
        number = parse_decimal(text[:-1].strip() if text.endswith("%") else value)
    except ValueError:
        raise ValueError(f"{_shown(value)} is not a fraction; write for example 2% or 0.02") from None
    if text.endswith("%"):
        return _shift(number, -2)
    if abs(number) > 1:
        percent, share = format_decimal(number), format_decimal(_shift(number, -2))
        raise ValueError(
            f"{value} as a fraction would be {format_decimal(_shift(number, 2))}%; write {percent}% or {share}"
        )
    return number


def format_fraction(value: Decimal) -> str:
    """Return a share of one as a percentage: `2%` for 0.02."""
    return f"{format_decimal(_shift(value, 2))}%"


def parse_limit_share(value: object) -> Decimal:
    """Return the share of one at which a limit lies.

    Raises:
        ValueError: No share, or one below zero: `-2%` of loss would stop at the first cent.
    """
    share = parse_fraction(value)
    if share < 0:
        raise ValueError(f"{_shown(value)} is below zero; a limit is written without a sign: {format_fraction(-share)}")
    return share


def parse_stage(value: object) -> Decimal | None:
    """Return the share of one at which a stage lies, None for `off`.

    Raises:
        ValueError: Neither.
    """
    return None if value is None or value == "off" else parse_limit_share(value)


def format_stage(value: Decimal | None) -> str:
    """Return a share of one as a percentage, or `off`."""
    return "off" if value is None else format_fraction(value)


def parse_amount(value: object) -> Amount:
    """Return money from text such as `10000 USD`.

    Raises:
        ValueError: No currency, or not a number.
    """
    if isinstance(value, Amount):
        return value
    match = _AMOUNT.match(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{_shown(value)} is not an amount of money; write for example {_amount_example(value)}")
    return Amount(parse_decimal(match[1]), match[2])


def parse_limit(value: object) -> Decimal | Amount:
    """Return where a limit lies: a share of one, or money.

    Raises:
        ValueError: Neither, or below zero.
    """
    is_money = isinstance(value, Amount) or (isinstance(value, str) and any(letter.isalpha() for letter in value))
    if not is_money:
        return parse_limit_share(value)
    amount = parse_amount(value)
    if amount.value < 0:
        without = format_amount(Amount(-amount.value, amount.currency))
        raise ValueError(f"{_shown(value)} is below zero; a limit is written without a sign: {without}")
    return amount


def format_limit(value: Decimal | Amount) -> str:
    """Return a limit as people write it: `2%`, `10000 USD`."""
    return format_amount(value) if isinstance(value, Amount) else format_fraction(value)


def format_amount(value: Amount) -> str:
    """Return money as people write it: `10000 USD`."""
    return f"{format_decimal(value.value)} {value.currency}"


def parse_span(value: object) -> int:
    """Return a length of time in ns from text such as `30s`, `1m`, `250ms`, `1d`.

    Raises:
        ValueError: No unit, not a number, below zero, not a whole number of ns, or over 146 years.
    """
    match = _SPAN.match(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{_shown(value)} is not a length of time; write for example 30s, 5m, 1h or 1d")
    span_ns = parse_decimal(match[1]) * _SPAN_NS[match[2]]
    if span_ns < 0 or span_ns > _MAX_SPAN_NS or span_ns != int(span_ns):
        raise ValueError(f"{value!r} is below zero, too long or finer than 1ns")
    return int(span_ns)


def format_span(span_ns: int) -> str:
    """Return a length of time as people write it: the largest unit that divides it."""
    for unit, size in reversed(_SPAN_NS.items()):
        if span_ns % size == 0 and span_ns >= size:
            return f"{span_ns // size}{unit}"
    return f"{span_ns}ns" if span_ns else "0s"


def parse_hours(value: object) -> DayHours:
    """Return hours of a day from text such as `09:00-16:00 Europe/London`.

    Without a zone they are UTC.

    Raises:
        ValueError: No such hours, or no such zone.
    """
    if isinstance(value, DayHours):
        return value
    match = _HOURS.match(value.strip()) if isinstance(value, str) else None
    hours = "write for example 09:00-16:00 America/New_York"
    if match is None:
        raise ValueError(f"{_shown(value)} is no part of a day; {hours}")
    start, end = (int(match[n]) * 3600 + int(match[n + 1]) * 60 for n in (1, 3))
    if start >= DAY_S or end > DAY_S or start == end:
        raise ValueError(f"{value!r} is no part of a day; {hours}")
    zone = match[5] or "UTC"
    return DayHours(start, end, zone, clocks_of(zone))


def format_hours(value: DayHours) -> str:
    """Return hours as people write them: `09:00-16:00 America/New_York`."""
    start, end = (f"{second // 3600:02}:{second // 60 % 60:02}" for second in (value.start, value.end))
    return f"{start}-{end} {value.zone}"


@cache
def clocks_of(zone: str) -> tuple[tuple[int, int], ...]:
    """Return every change of a zone's clocks.

    Each is its instant (ns), and how far they are ahead of UTC since (s).

    Raises:
        ValueError: No such zone is known here.
    """
    try:
        found = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{zone!r} is not a time zone; write an IANA name such as Europe/London") from None
    starts = [(day - _EPOCH) * DAY_S for day in _CLOCKS]
    made = [(starts[0] * NS, _ahead(found, starts[0]))]
    for day in starts:
        low, high = day, day + DAY_S
        if _ahead(found, high) == made[-1][1]:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _ahead(found, middle) == made[-1][1] else (low, middle)
        made.append((high * NS, _ahead(found, high)))
    return tuple(made)


_EPOCH = date(1970, 1, 1).toordinal()


def _ahead(zone: ZoneInfo, second: int) -> int:
    """Return how far a zone's clocks are ahead of UTC (s) at an instant (s since 1970)."""
    offset = datetime.fromtimestamp(second, tz=zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _shift(value: Decimal, by: int) -> Decimal:
    """Return `value * 10**by` exactly.

    `scaleb` would round to the precision of the thread's context.
    """
    sign, digits, exponent = value.as_tuple()
    return Decimal((sign, digits, int(exponent) + by))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or isinstance(value, dict | list | tuple):
        return {dict: "a mapping", type(None): "nothing"}.get(type(value), "a list")
    return repr(value)


def _amount_example(value: object) -> str:
    """Return what was probably meant.

    The number written, without sign of currency or commas, and a currency.
    """
    match = re.search(r"[0-9][0-9_,]*(?:\.[0-9]+)?", str(value)) if isinstance(value, str | int | float) else None
    letters = re.search(r"[A-Za-z]{3,5}", str(value))
    number = match[0].replace(",", "") if match and not isinstance(value, bool) else "10000"
    return f"{number} {letters[0].upper() if letters and match else 'USD'}"


def _text(value: Any) -> Any:
    if isinstance(value, int | float) or value is None:
        raise PydanticCustomError("needs_text", "{shown} is not text here; put it in quotes", {"shown": _shown(value)})
    return value


_NUMBER_SCHEMA = {"type": ["number", "string"]}
_FRACTION_SCHEMA = {
    "anyOf": [{"type": "number", "minimum": -1, "maximum": 1}, {"type": "string"}],
    "examples": ["2%", 0.02],
}
_LIMIT_SCHEMA = {
    "anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string"}],
    "examples": ["2%", 0.02],
}
_AMOUNT_SCHEMA = {"type": "string", "examples": ["10000 USD"]}
_SPAN_SCHEMA = {"type": "string", "examples": ["30s", "5m", "1h", "1d"]}
_HOURS_SCHEMA = {"type": "string", "examples": ["09:00-16:00 America/New_York"]}

Fraction = Annotated[
    Decimal, BeforeValidator(parse_fraction), PlainSerializer(format_fraction), WithJsonSchema(_FRACTION_SCHEMA)
]
"""Share of one, written `2%` or `0.02`."""
LimitShare = Annotated[
    Decimal, BeforeValidator(parse_limit_share), PlainSerializer(format_fraction), WithJsonSchema(_LIMIT_SCHEMA)
]
"""Share of one at which a limit lies, written `2%` or `0.02`, never below zero."""
Stage = Annotated[
    Decimal | None, BeforeValidator(parse_stage), PlainSerializer(format_stage), WithJsonSchema(_LIMIT_SCHEMA)
]
"""Share of one at which one stage of a limit begins, or `off`."""
Number = Annotated[
    Decimal, BeforeValidator(parse_decimal), PlainSerializer(format_decimal), WithJsonSchema(_NUMBER_SCHEMA)
]
"""Plain exact number."""
Money = Annotated[Amount, BeforeValidator(parse_amount), PlainSerializer(format_amount), WithJsonSchema(_AMOUNT_SCHEMA)]
"""Money with currency, written `10000 USD`."""
Limit = Annotated[
    Decimal | Amount,
    BeforeValidator(parse_limit),
    PlainSerializer(format_limit),
    WithJsonSchema({**_LIMIT_SCHEMA, "examples": ["2%", 0.02, "10000 USD"]}),
]
"""Share of one, or money, at which a limit lies, never below zero."""
Span = Annotated[int, BeforeValidator(parse_span), PlainSerializer(format_span), WithJsonSchema(_SPAN_SCHEMA)]
"""Length of time in ns, written `30s`."""
Hours = Annotated[DayHours, BeforeValidator(parse_hours), PlainSerializer(format_hours), WithJsonSchema(_HOURS_SCHEMA)]
"""Hours of a day in a zone, written `09:00-16:00 America/New_York`."""
Text = Annotated[str, BeforeValidator(_text)]
"""Text that must not be mistaken for a number: symbols and account numbers."""
