"""Numbers as people read them: separators, currency, sign; never `-0.00`, never NaN."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

from openbell.core.codes import Code, label
from openbell.core.types import NS, ZERO, Instrument, div

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "KRW": "₩"}
_DIGITS = {"JPY": 0, "KRW": 0, "BTC": 8, "ETH": 8}
_WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)
HUNDRED = Decimal(100)


def money_digits(currency: str) -> int:
    """Return how many decimals amounts of a currency are shown with."""
    return _DIGITS.get(currency, 2)


def price_digits(instrument: Instrument) -> int:
    """Return how many decimals prices are shown with: those of the finest tick, at least 2."""
    return max(2, *(_decimals(band.tick) for band in instrument.bands))


@lru_cache(maxsize=1024)
def _decimals(step: Decimal) -> int:
    exponent = step.normalize(_WIDE).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def rounded(x: Decimal, digits: int) -> Decimal:
    """Return `x` half-even to `digits` decimals; zero never has a sign."""
    near = x.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN, _WIDE)
    return near or abs(near)


def grouped(x: Decimal, digits: int) -> str:
    """Return `x` with thousands separators and `digits` decimals, without currency."""
    return f"{rounded(x, digits):,f}"


def amount(x: Decimal, currency: str, *, digits: int | None = None, signed: bool = False) -> str:
    """Return money as text: `$1,234.50`, `-$65.00`, `1,234.50 USDT`.

    Args:
        x: In `currency`.
        currency: ISO code or coin; its sign is used where everybody knows it.
        digits: Decimals, None for the usual ones of the currency.
        signed: True for results, so that gain and loss differ in more than colour.
    """
    near = rounded(x, money_digits(currency) if digits is None else digits)
    sign = "-" if near < 0 else "+" if signed and near else ""
    symbol = _SIGNS.get(currency)
    body = f"{abs(near):,f}"
    return f"{sign}{symbol}{body}" if symbol else f"{sign}{body} {currency}"


def currency_sign(currency: str) -> str:
    """Return the sign put before amounts of a currency, empty where its code follows them."""
    return _SIGNS.get(currency, "")


def price(x: Decimal, instrument: Instrument) -> str:
    """Return a price with its currency.

    It has the decimals of the tick at that price or, where it has more, all.
    """
    digits = max(2, _decimals(instrument.tick_at(abs(x))), _decimals(x) if x else 0)
    return amount(x, instrument.currency, digits=digits)


def quantity(x: Decimal) -> str:
    """Return a number of units with thousands separators and no trailing zeros."""
    body = f"{x + ZERO:,f}"
    return (body.rstrip("0").rstrip(".") if "." in body else body) if x else "0"


def percent(frac: Decimal, *, digits: int = 2, signed: bool = False) -> str:
    """Return a fraction (0.0125) as `1.25%`; `signed` puts a plus before a positive one."""
    near = rounded(frac * HUNDRED, digits)
    return f"{'+' if signed and near > 0 else ''}{near:,f}%"


def ratio(part: Decimal, whole: Decimal) -> Decimal:
    """Return `part / whole` to 1e-8, 0 when there is no whole."""
    return div(part, whole, Decimal("0.00000001")) if whole else ZERO


def exact(x: Decimal) -> str:
    """Return money for machines: no trailing zeros, no exponent, no negative zero."""
    return format(x.normalize(_WIDE), "f") if x else "0"


def utc(ts: int) -> str | None:
    """Return an instant (ns) as ISO text in UTC, None for 0."""
    if not ts:
        return None
    seconds, rest = divmod(ts, NS)
    stamp = datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{stamp}{fraction}Z"


def code_name(code: int) -> str:
    """Return the name of a reason code, `code_N` for a number that is not in the table."""
    try:
        return Code(code).name.lower()
    except ValueError:
        return f"code_{code}"


def code_label(code: int) -> str:
    """Return the printed form of a reason code, such as `R204 max_position`."""
    try:
        return label(code)
    except (ValueError, StopIteration):
        return f"code_{code}"
