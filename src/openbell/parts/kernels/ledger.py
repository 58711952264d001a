"""Money in the kernels: values, trades, fees, equity and its peak, in int64."""

from openbell.parts.kernels.arith import HALF_EVEN, is_greater_product, ratio, share
from openbell.parts.kernels.compiling import hot, kernel
from openbell.parts.kernels.layout import (
    C_HOLDINGS,
    CASH,
    CLOCK,
    DEEP_PEAK,
    EQUITY,
    FEES,
    GROSS,
    HOLDINGS,
    MAKER_TAKER,
    MOST_MONEY,
    NET,
    NO_FEE,
    P_BEFORE,
    P_COST,
    P_DAYS,
    P_DEPLOYMENT,
    P_ENTRIES,
    P_EQUITY,
    P_FEES,
    P_OPENED,
    P_QTY,
    P_REALISED,
    P_THING,
    P_VALUE,
    P_WORTH,
    PEAK,
    PER_SHARE,
    STATUS,
    T_FEE_DEN,
    T_FEE_NUM,
    T_FIRST,
    T_HELD,
    T_K_DEN,
    T_K_NUM,
    T_LAST,
    T_MARK,
    T_MOST_LOTS,
    T_WORTH,
    TOO_LARGE,
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
    ZERO,
    Ints,
)


@hot
def value_of(g: Ints, thing: int, lots: int, px: int) -> int:
    """Return the signed value of `lots` at `px` (quanta) in 1e-8."""
    value = lots * px * g[T_K_NUM, thing]
    # Most instruments are worth whole units of 1e-8 at every price, and a division costs as much as all before it.
    return value if g[T_K_DEN, thing] == 1 else ratio(value, g[T_K_DEN, thing], HALF_EVEN)


@hot
def settle(g: Ints) -> None:
    """Bring equity, its peak and its deepest fall up to date."""
    now = g[CASH, 0] + g[VALUES, 0]
    if now == g[EQUITY, 0]:
        return
    g[EQUITY, 0] = now
    if now > g[PEAK, 0]:
        g[PEAK, 0] = now
    elif is_greater_product(g[PEAK, 0] - now, g[DEEP_PEAK, 0], g[DEEP_PEAK, 0] - g[TROUGH, 0], g[PEAK, 0]):
        g[DEEP_PEAK, 0] = g[PEAK, 0]
        g[TROUGH, 0] = now
    if abs(now) > g[MOST_MONEY, 0]:
        g[STATUS, 0] = TOO_LARGE


@hot
def revalue(g: Ints, thing: int, px: int) -> None:
    """Value every position in an instrument at `px` (quanta); equity is left to `settle`."""
    g[T_MARK, thing] = px
    net = ZERO
    for pair in range(g[T_FIRST, thing], g[T_LAST, thing]):
        lots, deployment, before = g[P_QTY, pair], g[P_DEPLOYMENT, pair], g[P_VALUE, pair]
        if lots != 0:
            value = value_of(g, thing, lots, px)
            g[VALUES, 0] += value - before
            g[P_EQUITY, deployment] += value - before
            g[P_WORTH, deployment] += abs(value) - abs(before)
            g[P_VALUE, pair] = value
            net += lots
    worth, before = value_of(g, thing, net, px), g[T_WORTH, thing]
    g[NET, 0] += worth - before
    g[GROSS, 0] += abs(worth) - abs(before)
    g[T_WORTH, thing] = worth


@kernel
def trade(g: Ints, pair: int, lots: int, px: int) -> None:
    """Book a trade of signed `lots` at `px` (quanta); its fee is booked apart."""
    thing = g[P_THING, pair]
    held, before = g[P_QTY, pair], g[P_BEFORE, pair]
    result = g[P_REALISED, pair] - g[P_COST, pair]
    total = value_of(g, thing, lots, px)
    if held == 0 or (held > 0) == (lots > 0):
        g[P_COST, pair] += total
    else:
        closed = min(abs(held), abs(lots))
        cost = g[P_COST, pair] if closed == abs(held) else share(g[P_COST, pair], closed, abs(held))
        proceeds = total if closed == abs(lots) else value_of(g, thing, closed if lots > 0 else -closed, px)
        g[P_REALISED, pair] -= proceeds + cost
        g[P_COST, pair] += total - proceeds - cost
    now = held + lots
    g[P_QTY, pair] = now
    is_flip = held != 0 and now != 0 and (held > 0) != (now > 0)
    if now == 0:
        g[P_OPENED, pair] = 0
    elif held == 0 or is_flip:
        g[P_OPENED, pair] = g[CLOCK, 0]
        g[P_ENTRIES, pair] += 1
        g[P_DAYS, pair] = 0
        g[P_BEFORE, pair] = g[P_REALISED, pair]
    deployment, more = g[P_DEPLOYMENT, pair], (1 if now != 0 else 0) - (1 if held != 0 else 0)
    g[T_HELD, thing] += more
    g[HOLDINGS, 0] += more
    g[C_HOLDINGS, deployment] += more
    g[CASH, 0] -= total
    if held != 0 and (now == 0 or is_flip):
        g[TRADES, 0] += 1
        if g[P_REALISED, pair] > before:
            g[WINS, 0] += 1
    gain = g[P_REALISED, pair] - g[P_COST, pair] - result
    if now == 0:
        gain -= g[P_VALUE, pair]
        g[VALUES, 0] -= g[P_VALUE, pair]
        g[P_WORTH, deployment] -= abs(g[P_VALUE, pair])
        g[P_VALUE, pair] = 0
    g[P_EQUITY, deployment] += gain
    revalue(g, thing, px)
    if abs(now) > g[T_MOST_LOTS, thing] or abs(g[P_REALISED, pair]) > g[MOST_MONEY, 0]:
        g[STATUS, 0] = TOO_LARGE


@kernel
def charge(g: Ints, pair: int, lots: int, px: int, is_maker: int) -> int:
    """Book the fee of executing `lots` (positive) at `px` (quanta); return it in 1e-8."""
    kind = g[V_FEE_KIND, 0]
    if kind == NO_FEE:
        return 0
    thing = g[P_THING, pair]
    value = value_of(g, thing, lots, px)
    num, den = g[T_FEE_NUM, thing], g[T_FEE_DEN, thing]
    if kind == MAKER_TAKER and is_maker == 1:
        num, den = g[V_MAKER_NUM, 0], g[V_MAKER_DEN, 0]
    cost = ratio((lots if kind == PER_SHARE else value) * num, den, HALF_EVEN)
    if g[V_MAX_NUM, 0] != 0:
        cost = min(cost, ratio(value * g[V_MAX_NUM, 0], g[V_MAX_DEN, 0], HALF_EVEN))
    if g[V_MINIMUM, 0] != 0:
        cost = max(cost, g[V_MINIMUM, 0])
    g[CASH, 0] -= cost
    g[FEES, 0] += cost
    g[P_FEES, pair] += cost
    g[P_EQUITY, g[P_DEPLOYMENT, pair]] -= cost
    if abs(g[FEES, 0]) > g[MOST_MONEY, 0]:
        g[STATUS, 0] = TOO_LARGE
    return cost


@hot
def deployment_equity(g: Ints, deployment: int) -> int:
    """Return capital plus result of a deployment, 1e-8."""
    equity = g[P_EQUITY, deployment]
    if abs(equity) > g[MOST_MONEY, 0]:
        g[STATUS, 0] = TOO_LARGE
        return 0
    return equity  # type: ignore[no-any-return]  # a call of int() would be compiled
