"""Money in the kernels: values, trades, fees, equity and its peak, in int64."""

from numba import njit

from openbell.parts.kernels.arith import HALF_EVEN, is_greater_product, ratio, share
from openbell.parts.kernels.layout import (
    CASH,
    DEEP_PEAK,
    EQUITY,
    FEES,
    P_CAPITAL,
    P_COST,
    P_DEPLOYMENT,
    P_ENTRIES,
    P_FEES,
    P_OPENED,
    P_QTY,
    P_REALISED,
    P_THING,
    P_VALUE,
    PEAK,
    T_FIRST,
    T_K_DEN,
    T_K_NUM,
    T_LAST,
    T_MARK,
    TRADES,
    TROUGH,
    V_FEE_KIND,
    V_MAKER_DEN,
    V_MAKER_NUM,
    V_MAX_DEN,
    V_MAX_NUM,
    V_MINIMUM,
    VALUES,
    WINS,
    State,
)


@njit(cache=True)
def value_of(s: State, thing: int, lots: int, px: int) -> int:
    """Return the signed value of `lots` at `px` (quanta) in 1e-8."""
    return ratio(lots * px * s.things[T_K_NUM, thing], s.things[T_K_DEN, thing], HALF_EVEN)


@njit(cache=True)
def settle(s: State) -> None:
    """Bring equity, its peak and its deepest fall up to date."""
    a = s.account
    now = a[CASH] + a[VALUES]
    if now == a[EQUITY]:
        return
    a[EQUITY] = now
    if now > a[PEAK]:
        a[PEAK] = now
    elif is_greater_product(a[PEAK] - now, a[DEEP_PEAK], a[DEEP_PEAK] - a[TROUGH], a[PEAK]):
        a[DEEP_PEAK] = a[PEAK]
        a[TROUGH] = now


@njit(cache=True)
def revalue(s: State, thing: int, px: int) -> None:
    """Value every position in an instrument at `px` (quanta); equity is left to `settle`."""
    s.things[T_MARK, thing] = px
    for pair in range(s.things[T_FIRST, thing], s.things[T_LAST, thing]):
        if s.pairs[P_QTY, pair] != 0:
            value = value_of(s, thing, s.pairs[P_QTY, pair], px)
            s.account[VALUES] += value - s.pairs[P_VALUE, pair]
            s.pairs[P_VALUE, pair] = value


@njit(cache=True)
def trade(s: State, pair: int, lots: int, px: int, ts: int) -> None:
    """Book a trade of signed `lots` at `px` (quanta): position, cash, value; the fee is booked apart."""
    p = s.pairs
    thing = p[P_THING, pair]
    held, realised = p[P_QTY, pair], p[P_REALISED, pair]
    total = value_of(s, thing, lots, px)
    if held == 0 or (held > 0) == (lots > 0):
        p[P_COST, pair] += total
    else:
        closed = min(abs(held), abs(lots))
        cost = p[P_COST, pair] if closed == abs(held) else share(p[P_COST, pair], closed, abs(held))
        proceeds = total if closed == abs(lots) else value_of(s, thing, closed if lots > 0 else -closed, px)
        p[P_REALISED, pair] -= proceeds + cost
        p[P_COST, pair] += total - proceeds - cost
    now = held + lots
    p[P_QTY, pair] = now
    is_flip = held != 0 and now != 0 and (held > 0) != (now > 0)
    if now == 0:
        p[P_OPENED, pair] = 0
    elif held == 0 or is_flip:
        p[P_OPENED, pair] = ts
        p[P_ENTRIES, pair] += 1
    s.account[CASH] -= total
    value = value_of(s, thing, now, px)
    s.account[VALUES] += value - p[P_VALUE, pair]
    p[P_VALUE, pair] = value
    if held != 0 and (now == 0 or is_flip):
        s.account[TRADES] += 1
        if p[P_REALISED, pair] > realised:
            s.account[WINS] += 1
    revalue(s, thing, px)


@njit(cache=True)
def charge(s: State, pair: int, lots: int, px: int, is_maker: bool) -> int:
    """Book the fee of one execution of `lots` (positive) at `px` (quanta) and return it in 1e-8."""
    v = s.venue
    if v[V_FEE_KIND] == 0:
        return 0
    thing = s.pairs[P_THING, pair]
    value = value_of(s, thing, lots, px)
    if v[V_FEE_KIND] == 1:
        cost = ratio(lots * s.rates[0, thing], s.rates[1, thing], HALF_EVEN)
    elif v[V_FEE_KIND] == 3 and is_maker:
        cost = ratio(value * v[V_MAKER_NUM], v[V_MAKER_DEN], HALF_EVEN)
    else:
        cost = ratio(value * s.rates[0, thing], s.rates[1, thing], HALF_EVEN)
    if v[V_MAX_NUM] != 0:
        cost = min(cost, ratio(value * v[V_MAX_NUM], v[V_MAX_DEN], HALF_EVEN))
    if v[V_MINIMUM] != 0:
        cost = max(cost, v[V_MINIMUM])
    s.account[CASH] -= cost
    s.account[FEES] += cost
    s.pairs[P_FEES, pair] += cost
    return cost


@njit(cache=True)
def deployment_equity(s: State, deployment: int) -> int:
    """Return capital plus result of a deployment, 1e-8."""
    p = s.pairs
    total = 0
    has_capital = False
    for pair in range(p.shape[1]):
        if p[P_DEPLOYMENT, pair] == deployment:
            if not has_capital:
                total += p[P_CAPITAL, pair]
                has_capital = True
            total += p[P_REALISED, pair] - p[P_FEES, pair] + p[P_VALUE, pair] - p[P_COST, pair]
    return total
