"""Closes of sessions in the kernels, and what rules ask about them."""

from numba import int64

from openbell.core.book import KEPT_CLOSES
from openbell.parts.kernels.apart import APART
from openbell.parts.kernels.arith import HALF_EVEN, ratio
from openbell.parts.kernels.compiling import kernel
from openbell.parts.kernels.exposure import Exposure, swing
from openbell.parts.kernels.floor import pending
from openbell.parts.kernels.grids import FLOAT_GRID, GRID, part
from openbell.parts.kernels.layout import (
    C_STOP_DEN,
    C_STOP_NUM,
    ENTRY,
    EQUITY,
    F_CLOSE,
    F_CLOSES,
    F_MOVES,
    KEEPS,
    O_PAIR,
    O_SIDE,
    ONE,
    P_DEPLOYMENT,
    P_QTY,
    P_THING,
    R_PARAMS,
    T_CALENDAR,
    T_CLOSES,
    T_FIRST,
    T_LAST,
    T_LAST_TS,
    T_MARK,
    THINGS,
    ZERO,
    Floats,
    Ints,
)
from openbell.parts.kernels.ledger import value_of
from openbell.parts.kernels.rules import (
    add_moves,
    correlation,
    deviation,
    is_together,
    millionths,
    six,
    volatility,
)


@kernel
def keep_closes(g: Ints, f: Floats, calendar: int) -> None:
    """Keep the close of the session before, of each instrument of a calendar whose day begins."""
    for thing in range(g[THINGS, 0]):
        if g[T_CALENDAR, thing] != calendar or g[T_LAST_TS, thing] <= 0:
            continue
        count = g[T_CLOSES, thing]
        if count == KEPT_CLOSES:
            count -= 1
            for n in range(count):
                f[F_CLOSES + n, thing] = f[F_CLOSES + n + 1, thing]
        f[F_CLOSES + count, thing] = f[F_CLOSE, thing]
        g[T_CLOSES, thing] = count + 1


@APART(GRID, FLOAT_GRID, int64, int64, int64, when=KEEPS)
def moved(g: Ints, f: Floats, thing: int, count: int, year: int) -> int:
    """Return the volatility of an instrument over `count` returns.

    In millionths a year, -1 where it is not known.
    """
    found = volatility(part(f, (F_CLOSES, thing), g[T_CLOSES, thing]), count, year)
    return millionths(found)  # type: ignore[no-any-return]  # it is an int


@kernel
def all_moved(g: Ints, f: Floats, rule: int, draft: int, exposure: Exposure) -> int:
    """Return that of the account as if the worst case of every instrument were held.

    A draft is included.
    """
    days, equity, own = g[R_PARAMS + 2, rule], g[EQUITY, 0], g[P_THING, g[O_PAIR, draft]]
    for day in range(days):
        f[F_MOVES + day, 0] = 0.0
    moves = part(f, (F_MOVES, ZERO), days)
    for thing in range(g[THINGS, 0]):
        value = exposure.instrument * g[O_SIDE, draft] if thing == own else _worst(g, thing)
        if value != 0:
            if g[T_CLOSES, thing] <= days or equity <= 0:
                return -1
            add_moves(moves, part(f, (F_CLOSES, thing), g[T_CLOSES, thing]), value, equity)
    return millionths(deviation(moves, g[R_PARAMS + 3, rule]))  # type: ignore[no-any-return]  # it is an int


@kernel
def _worst(g: Ints, thing: int) -> int:
    """Return the worst case in an instrument with its sign, 1e-8; of two alike it is the higher one."""
    low, high, _ = swing(g, thing, ONE, ZERO)
    top, bottom = value_of(g, thing, high, g[T_MARK, thing]), value_of(g, thing, low, g[T_MARK, thing])
    return top if abs(top) >= abs(bottom) else bottom


@kernel
def cluster_risk(g: Ints, f: Floats, rule: int, draft: int, exposure: Exposure) -> int:
    """Return what a draft's instrument and all that moves with it lose at their stops, 1e-8."""
    pair, options = g[O_PAIR, draft], six(g, rule)
    own = g[P_THING, pair]
    risk, closes = _at_stop(g, pair, exposure.instrument), part(f, (F_CLOSES, own), g[T_CLOSES, own])
    for thing in range(g[THINGS, 0]):
        if thing == own or _worst(g, thing) == 0:
            continue
        rho = correlation(closes, part(f, (F_CLOSES, thing), g[T_CLOSES, thing]), options[5])
        if is_together(options, rho):
            for other in range(g[T_FIRST, thing], g[T_LAST, thing]):
                lots = abs(g[P_QTY, other]) + pending(g, other, ENTRY)
                risk += _at_stop(g, other, value_of(g, thing, lots, g[T_MARK, thing]))
    return risk


@kernel
def _at_stop(g: Ints, pair: int, value: int) -> int:
    """Return what a pair's deployment loses of a value at its stop, 1e-8; all of it where it has none."""
    num, den = g[C_STOP_NUM, g[P_DEPLOYMENT, pair]], g[C_STOP_DEN, g[P_DEPLOYMENT, pair]]
    return value if num == 0 else ratio(value * num, den, HALF_EVEN)
