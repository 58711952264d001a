"""Names, numbers and instruments: what everything else is made of.

Money, order prices and quantities are `Decimal` and always whole multiples of a quantum. Market data are
`float`; they become money only in `float_ticks`. The one division of the core is `div`.
"""

import math
from decimal import (
    ROUND_HALF_EVEN,
    Clamped,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    setcontext,
)
from enum import IntEnum, StrEnum

import msgspec

E8 = Decimal("0.00000001")
"""The quantum of every currency: all money is a whole multiple of it."""
ZERO, ONE = Decimal(0), Decimal(1)
NS = 1_000_000_000
"""Nanoseconds in a second."""
MINUTE_NS = 60 * NS
DAY_NS = 1440 * MINUTE_NS
ON_GRID = 1e-6
"""How far from a whole tick, in ticks, a float still counts as that tick."""
_TRAPS = [InvalidOperation, DivisionByZero, Overflow, Clamped]
_ROUNDING = Context(prec=60, rounding=ROUND_HALF_EVEN, traps=_TRAPS)


class InvariantError(Exception):
    """We are wrong: an invariant of the book does not hold. Never caught below `run`."""


def require(condition: object, code: str) -> None:
    """Raise `InvariantError(code)` unless `condition` is true.

    Unlike `assert`, it is kept by `python -O`.
    """
    if not condition:
        raise InvariantError(code)


def use_money_context() -> None:
    """Give the running thread the one decimal context.

    It has 60 digits and makes every inexact result an error.
    """
    setcontext(Context(prec=60, rounding=ROUND_HALF_EVEN, traps=[*_TRAPS, Inexact]))


def changing(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """Let fields of a struct that is changed in place be stored as any other class's are.

    Msgspec looks at each new value for the collector of cycles, which the interpreter cannot pass over: 200 machine
    instructions a field. No cycle goes through a struct of ours.
    """
    type.__setattr__(kind, "__delattr__", object.__delattr__)
    type.__setattr__(kind, "__setattr__", object.__setattr__)
    return kind


class Rounding(IntEnum):
    """Direction in which a value between two multiples of a quantum goes."""

    FLOOR = 0
    CEIL = 1
    HALF_EVEN = 2


def round_ratio(num: int, den: int, rounding: int) -> int:
    """Return the integer nearest to `num / den` in the direction asked.

    `den` is greater than 0. Exact and pure.
    """
    whole, rest = divmod(num, den)
    if rest == 0 or rounding == Rounding.FLOOR:
        return whole
    if rounding == Rounding.CEIL:
        return whole + 1
    twice = 2 * rest
    return whole + 1 if twice > den or (twice == den and whole % 2) else whole


def seconds(span: int) -> int:
    """Return a time in ns as the nearest whole number of seconds, for a sentence."""
    return round_ratio(span, NS, Rounding.HALF_EVEN)


def div(a: Decimal, b: Decimal, quantum: Decimal, rounding: int = Rounding.HALF_EVEN) -> Decimal:
    """Return `a / b` as a whole multiple of `quantum`, computed on integers.

    Args:
        a: Dividend.
        b: Divisor, not zero.
        quantum: Positive step of the result.
        rounding: One of `Rounding`; FLOOR goes to minus infinity.

    Raises:
        InvariantError: `b` is zero or `quantum` is not positive.
    """
    require(b != 0 and quantum > 0, "div by zero")
    (an, ad), (bn, bd), (qn, qd) = a.as_integer_ratio(), b.as_integer_ratio(), quantum.as_integer_ratio()
    num, den = an * bd * qd, ad * bn * qn
    if den < 0:
        num, den = -num, -den
    return Decimal(round_ratio(num, den, rounding)) * quantum


def money(x: Decimal) -> Decimal:
    """Return `x` rounded half-even to 1e-8 of its currency."""
    return x.quantize(E8, ROUND_HALF_EVEN, _ROUNDING)


def is_multiple(x: Decimal, quantum: Decimal) -> bool:
    """Return True if `x` is a whole multiple of `quantum`."""
    return x % quantum == 0


def units(x: Decimal, quantum: Decimal) -> int:
    """Return how many `quantum` make `x`, exactly.

    Raises:
        InvariantError: `x` is not a whole multiple of `quantum`.
    """
    (xn, xd), (qn, qd) = x.as_integer_ratio(), quantum.as_integer_ratio()
    whole, rest = divmod(xn * qd, xd * qn)
    require(rest == 0, "off its quantum")
    return whole


def as_float(x: Decimal) -> float:
    """Return money as market data, for comparisons with market data only."""
    return float(x)


def rescale(x: float, numerator: int, denominator: int) -> float:
    """Return the market price `x` times `numerator / denominator`.

    The denominator is not zero.
    """
    return x * numerator / denominator


class Side(StrEnum):
    """Direction of an order or a fill.

    Attributes:
        sign: +1 for a buy, -1 for a sell.
    """

    BUY = "buy"
    SELL = "sell"

    def __init__(self, word: str) -> None:
        """Work its sign out once: each order asks for it half a dozen times."""
        self.sign = 1 if word == "buy" else -1

    @property
    def other(self) -> "Side":
        """The opposite side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(StrEnum):
    """Kind of order as the venue understands it."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING = "trailing"


class Tif(StrEnum):
    """Time in force. DAY ends with the session, OPG and CLS take part in one auction only."""

    DAY = "day"
    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    OPG = "opg"
    CLS = "cls"


class Status(StrEnum):
    """Life-cycle state of an order; the transitions stand in `core/order.py`."""

    NEW = "new"
    SENT = "sent"
    UNKNOWN = "unknown"
    WORKING = "working"
    PARTIAL = "partial"
    REPLACING = "replacing"
    CANCELLING = "cancelling"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"


TERMINAL = frozenset({Status.FILLED, Status.CANCELLED, Status.REJECTED, Status.EXPIRED})


class TickBand(msgspec.Struct, frozen=True, kw_only=True):
    """From price `above` (inclusive, quote currency) on, order prices are multiples of `tick`."""

    above: Decimal
    tick: Decimal


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """What can be traded, with every number that rounding needs.

    Attributes:
        symbol: Name, unique in a run.
        currency: Quote currency (ISO code or coin).
        quantum: Finest step of a fill price in quote currency; 1 / quantum is a whole number.
        bands: Order tick table, ascending by `above`, first one at 0; each tick a multiple of `quantum`.
        lot: Step of quantities in units.
        min_qty: Smallest order in units, 0 for none.
        min_notional: Smallest order value in quote currency, 0 for none.
        multiplier: Quote currency per point and unit; 1 for cash equities.
        calendar: Name of the calendar whose sessions it trades in.
        positive: True where a price at or below zero is an error.
        can_short: True where selling more than is held is allowed.
        kind: Class of instrument: stock, krx, fx, crypto or future.
        group, sector, issuer: What limits tell it apart by; `large` for a large company, empty for unknown.
        adv: Units usually traded in a day, 0 for unknown.
        base: What a unit is, where fees may be taken in it: the code of a coin. Empty where they are not.
    """

    symbol: str
    currency: str = "USD"
    quantum: Decimal = Decimal("0.0001")
    bands: tuple[TickBand, ...] = (TickBand(above=ZERO, tick=Decimal("0.01")),)
    lot: Decimal = Decimal(1)
    min_qty: Decimal = ZERO
    min_notional: Decimal = ZERO
    multiplier: Decimal = Decimal(1)
    calendar: str = "24x7"
    positive: bool = True
    can_short: bool = True
    kind: str = "stock"
    group: str = ""
    sector: str = ""
    issuer: str = ""
    adv: Decimal = ZERO
    base: str = ""

    @property
    def steps(self) -> int:
        """Whole number of price quanta in one unit of quote currency."""
        num, den = self.quantum.as_integer_ratio()
        require(num == 1, "1 / quantum must be a whole number")
        return den

    def price(self, x: float, rounding: int) -> Decimal:
        """Return the float price `x` as money, in whole price quanta.

        A float within 1e-6 quanta of a whole one is that one; only others are rounded as asked.

        Raises:
            InvariantError: `x` is NaN or infinite.
        """
        return float_ticks(x, self.steps, rounding) * self.quantum

    def tick_at(self, px: Decimal) -> Decimal:
        """Return the order tick in force at price `px` (quote currency)."""
        tick = self.bands[0].tick
        for band in self.bands:
            if band.above > px:
                break
            tick = band.tick
        return tick

    def is_on_tick(self, px: Decimal) -> bool:
        """Return True if `px` (quote currency) lies on the order tick grid."""
        return px % self.tick_at(px) == 0

    def order_price(self, px: Decimal, rounding: int) -> Decimal:
        """Return `px` on the order tick grid, rounded as asked."""
        return div(px, Decimal(1), self.tick_at(px), rounding)

    def fill_price(self, px: Decimal, rounding: int) -> Decimal:
        """Return `px` on the grid of fill prices, rounded as asked."""
        return div(px, Decimal(1), self.quantum, rounding)

    def order_qty(self, qty: Decimal) -> Decimal:
        """Return the magnitude `qty` rounded down to whole lots."""
        # As `div` by one, without the way over integers: three of these are asked for each order.
        return qty // self.lot * self.lot if qty > 0 else div(qty, Decimal(1), self.lot, Rounding.FLOOR)

    def value(self, qty: Decimal, px: Decimal) -> Decimal:
        """Return the signed value of `qty` units at `px`, in quote currency, to 1e-8."""
        return money(qty * px * self.multiplier)


def float_ticks(x: float, steps: int, rounding: int) -> int:
    """Return `x * steps` as an integer.

    It is the nearest if within 1e-6 of it, else rounded as asked. The same arithmetic stands in the compiled kernels.

    Raises:
        InvariantError: `x` is NaN or infinite.
    """
    scaled = x * steps
    if not math.isfinite(scaled):
        raise InvariantError("price is not finite")
    low = math.floor(scaled)
    rest = scaled - low
    if rest <= ON_GRID:
        return low
    if 1.0 - rest <= ON_GRID:
        return low + 1
    if rounding == Rounding.FLOOR:
        return low
    if rounding == Rounding.CEIL:
        return low + 1
    return low + 1 if rest > 0.5 or (rest == 0.5 and low % 2) else low


class Caps(msgspec.Struct, frozen=True, kw_only=True):
    """What a venue can do for us; execution asks these and nothing else.

    Attributes:
        amend: Changes quantity and price of a resting order in place.
        resting_stop: Keeps stop orders at the venue.
        trailing: Keeps trailing stops at the venue.
        oco: Shrinks or cancels the other orders of a group when one fills.
        client_ids: Refuses a second order under one client id.
        in_place: Changes an order itself; False where it makes a second one and cancels the first.
        reserves: Keeps the units of a resting exit from every other one, so that one may rest for a holding and has to
            be gone before another exit passes.
    """

    amend: bool = True
    resting_stop: bool = True
    trailing: bool = True
    oco: bool = True
    client_ids: bool = True
    in_place: bool = True
    reserves: bool = False


_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def client_order_id(tag: str, counter: int) -> str:
    """Return the client order id: instance tag (6 characters), a dash, `counter` in base 32."""
    digits, rest = "", counter
    while rest:
        digits = _BASE32[rest & 31] + digits
        rest >>= 5
    return f"{tag}-{digits or '0'}"


def parse_order_id(oid: str) -> tuple[str, int] | None:
    """Return (tag, counter) of a client order id of our form, else None."""
    tag, dash, digits = oid.partition("-")
    if len(tag) != 6 or not dash or not digits or any(c not in _BASE32 for c in tag + digits):
        return None
    counter = 0
    for c in digits:
        counter = counter * 32 + _BASE32.index(c)
    return tag, counter
