"""The desk in the kernels: how a target becomes orders."""

import math
from typing import Any

from numba import float64, int64

from openbell.core.codes import Code
from openbell.core.risk import Facts
from openbell.parts.kernels.apart import APART, LOG
from openbell.parts.kernels.arith import CEIL, FLOOR, part_of, ticks
from openbell.parts.kernels.compiling import hot, kernel
from openbell.parts.kernels.exposure import used_by
from openbell.parts.kernels.floor import cancel_kind, claim, pending, send
from openbell.parts.kernels.gate import review
from openbell.parts.kernels.grids import FLOAT_GRID, GRID
from openbell.parts.kernels.history import moved
from openbell.parts.kernels.judge import judge_exit
from openbell.parts.kernels.layout import (
    ALERTS,
    BREACHED,
    C_BREACH,
    C_REFUSED,
    CLOCK,
    COLLAR,
    ENTRIES,
    ENTRY,
    EQUITY,
    EXIT,
    F_CLOSE,
    F_DECIDED,
    F_WISH,
    MAKER_TAKER,
    N_DECISIONS,
    N_REJECTED,
    NOBODY,
    NOTIONAL,
    O_ARRIVAL,
    O_REASON,
    ODD_TARGET,
    P_CODE,
    P_CODE_TS,
    P_DEPLOYMENT,
    P_MAX_VALUE,
    P_QTY,
    P_SHORT,
    P_SIZE_DEN,
    P_SIZE_KIND,
    P_SIZE_NUM,
    P_THING,
    P_WISH,
    P_WISHES,
    PEAK,
    PER_SHARE,
    QUANTITY,
    R_KIND,
    R_PARAMS,
    R_SCALE,
    RATE,
    RISK_PAID,
    SCALERS,
    SESSION_EQUITY,
    STATUS,
    T_COUNT,
    T_FEE_DEN,
    T_FEE_NUM,
    T_K_DEN,
    T_K_NUM,
    T_LAST_TS,
    T_MOST_LOTS,
    T_STEPS,
    TOO_LARGE,
    V_FEE_KIND,
    V_MAKER_DEN,
    V_MAKER_NUM,
    V_MINIMUM,
    VOLATILITY_SIZE,
    WEIGHT,
    ZERO,
    Floats,
    Ints,
    fixed,
)
from openbell.parts.kernels.ledger import deployment_equity
from openbell.parts.kernels.prices import stop_distance
from openbell.parts.kernels.rules import (
    WildFacts,
    shrink,
    shrink_wild,
    six,
)

ALREADY_AT_TARGET, WAITING_FOR_ORDER = int(Code.ALREADY_AT_TARGET), int(Code.WAITING_FOR_ORDER)
BELOW_MINIMUM, BUDGET, KILLED = int(Code.BELOW_MINIMUM), int(Code.BUDGET), int(Code.KILLED)
NO_MARK = int(Code.NO_MARK)
MILLION, NEAR_HALF = 1_000_000, 1e-6
SIGNAL_FLAT, ORDER_RATE = fixed(Code.SIGNAL_FLAT), int(Code.ORDER_RATE)


@kernel
def full_lots(g: Ints, pair: int, px: int) -> Any:
    """Return the lots of a full position at `px` (quanta)."""
    thing, kind, num = g[P_THING, pair], g[P_SIZE_KIND, pair], g[P_SIZE_NUM, pair]
    unit = px * g[T_K_NUM, thing]
    if unit <= 0:
        return 0
    if kind == QUANTITY:
        return num
    amount = num * g[T_K_DEN, thing]
    if kind == NOTIONAL:
        return amount // unit
    equity = deployment_equity(g, g[P_DEPLOYMENT, pair])
    if equity <= 0:
        return 0
    if kind == WEIGHT:
        return equity * amount // (unit * g[P_SIZE_DEN, pair])
    distance = stop_distance(g, pair, px)
    if distance == 0:
        return 0
    if kind == RISK_PAID:
        return _paid_lots(g, pair, px, equity, distance)
    return equity * amount // (distance * g[T_K_NUM, thing] * g[P_SIZE_DEN, pair])


@kernel
def _paid_lots(g: Ints, pair: int, px: int, equity: int, distance: int) -> Any:
    """Return the lots that lose a share of equity at their stop, with what entering and leaving cost at most."""
    thing, fees = g[P_THING, pair], g[V_FEE_KIND, 0]
    num, den, unit, fixed = 2 * g[T_FEE_NUM, thing], g[T_FEE_DEN, thing], 0, 2 * g[V_MINIMUM, 0]
    if fees == PER_SHARE:
        num, unit = 0, num // den
    elif fees == MAKER_TAKER and 2 * g[V_MAKER_NUM, 0] * den > num * g[V_MAKER_DEN, 0]:
        num, den = 2 * g[V_MAKER_NUM, 0], g[V_MAKER_DEN, 0]
    num = max(num, 0)
    away = distance + ((px + distance) * num + den - 1) // den
    money = equity * g[P_SIZE_NUM, pair] - fixed * g[P_SIZE_DEN, pair]
    if money <= 0:
        return 0
    lost = away * g[T_K_NUM, thing] + unit * g[T_K_DEN, thing]
    return money * g[T_K_DEN, thing] // (lost * g[P_SIZE_DEN, pair])


@kernel
def _capped(g: Ints, pair: int, px: int) -> Any:
    """Return the lots of a full position that is worth no more than one may be, with a warning where it is cut."""
    lots, most, thing = full_lots(g, pair, px), g[P_MAX_VALUE, pair], g[P_THING, pair]
    unit = px * g[T_K_NUM, thing]
    if lots > g[T_MOST_LOTS, thing]:
        g[STATUS, 0] = TOO_LARGE
        return 0
    if unit <= 0 or lots * unit <= most * g[T_K_DEN, thing]:
        return lots
    g[ALERTS, 0] += 1
    return most * g[T_K_DEN, thing] // unit


@kernel
def _shrunk(g: Ints, f: Floats, thing: int, lots: int) -> int:
    """Return a new position as small as a fall from the peak, or what its instrument moves, wants it to be."""
    facts = Facts(1, 0, 0, g[EQUITY, 0], g[SESSION_EQUITY, 0], 0, g[PEAK, 0], 0, 0, 0, 0, g[ENTRIES, 0], -1, 0)
    for place in range(g[SCALERS, 0]):
        rule = g[R_SCALE, place]
        if g[R_KIND, rule] == VOLATILITY_SIZE:
            found = WildFacts(moved(g, f, thing, g[R_PARAMS + 4, rule], g[R_PARAMS + 5, rule]))
            num, den = shrink_wild(six(g, rule), found)
        else:
            num, den = shrink(six(g, rule), facts)
        lots = lots if num == den else part_of(lots, num, den)
    return lots


@kernel
def _part(g: Ints, lots: int, target: float) -> Any:
    """Return `target` of a full position, taken to a millionth and rounded towards zero, as `core.sizing.part_of`."""
    scaled = target * MILLION
    whole = math.floor(scaled)
    rest = scaled - whole
    if target > 1.0 or abs(rest - 0.5) < NEAR_HALF:
        # More than a full position has no bounds here, and a float cannot tell on which side of a half it is.
        g[STATUS, 0] = ODD_TARGET
        return 0
    return part_of(lots, whole + (1 if rest > 0.5 else 0), MILLION)


@kernel
def leave(g: Ints, log: Ints, pair: int, reason: int) -> int:
    """Get out of all that a pair holds with a market order and return the code."""
    return _leave(g, log, pair, NOBODY, reason)


@kernel
def _leave(g: Ints, log: Ints, pair: int, wanted: int, reason: int) -> int:
    """Reduce a holding by `wanted` lots (below zero: all of it) with a market order and return the code."""
    held = g[P_QTY, pair]
    if held == 0:
        return WAITING_FOR_ORDER
    room = abs(held) - pending(g, pair, EXIT)
    lots = room if wanted < 0 else min(wanted, room)
    if lots <= 0:
        return WAITING_FOR_ORDER
    side = -1 if held > 0 else 1
    slot = claim(g, pair, EXIT, side, lots)
    if slot >= 0:
        if g[COLLAR, 0] >= 0 or g[RATE, 0] >= 0:
            code = judge_exit(g, pair, side, ZERO)
            if code != 0:
                return code
        g[O_REASON, slot] = reason
        send(g, log, slot)
    return reason


@kernel
def _expected(g: Ints, f: Floats, thing: int, side: int) -> int:
    """Return at what price (quanta) an order of a side is expected to execute."""
    return ticks(f[F_CLOSE, thing], g[T_STEPS, thing], CEIL if side > 0 else FLOOR)


@kernel
def _enter(g: Ints, f: Floats, log: Ints, pair: int, missing: int, reason: int) -> int:
    """Send an entry for what is missing, as much of it as the deployment's capital pays for."""
    thing, deployment, lots = g[P_THING, pair], g[P_DEPLOYMENT, pair], abs(missing)
    px = _expected(g, f, thing, missing)
    free = deployment_equity(g, deployment) - used_by(g, deployment, NOBODY, ZERO)
    unit = px * g[T_K_NUM, thing]
    room = free * g[T_K_DEN, thing] // unit if free > 0 and unit > 0 else 0
    if room < lots:
        if room == 0:
            return BUDGET
        g[ALERTS, 0] += 1
        lots = room
    if g[SCALERS, 0] > 0:
        lots = _shrunk(g, f, thing, lots)
        if lots == 0:
            return BELOW_MINIMUM
    slot = claim(g, pair, ENTRY, 1 if missing > 0 else -1, lots)
    if slot < 0:
        return reason
    # What its stop is measured from; sent, it stands for the mark.
    g[O_ARRIVAL, slot] = px
    code = review(g, f, log, slot)
    if code != 0:
        return code
    g[O_REASON, slot] = reason
    send(g, log, slot)
    return reason


@APART(GRID, FLOAT_GRID, LOG, int64, float64, int64)
def act(g: Ints, f: Floats, log: Ints, pair: int, wanted: float, reason: int) -> int:
    """Bring a pair to a target and return the code of how that went; as `core.desk.Desk.act`."""
    thing, held = g[P_THING, pair], g[P_QTY, pair]
    target = wanted if g[P_SHORT, pair] == 1 else max(wanted, 0.0)
    is_turning = held != 0 and (target == 0.0 or (target > 0.0) != (held > 0))
    has_working = g[T_COUNT, thing] > 0
    code = ALREADY_AT_TARGET
    if is_turning:
        code = _leave(g, log, pair, NOBODY, reason)
    elif has_working:
        cancel_kind(g, pair, EXIT)
    if has_working:
        has_entries = pending(g, pair, ENTRY) != 0
        cancel_kind(g, pair, ENTRY)
        if has_entries and target != 0.0:
            # Both could fill: what is wanted now waits until the venue has let the old ones go.
            return WAITING_FOR_ORDER
    if target == 0.0:
        return code
    if g[T_LAST_TS, thing] < 0:
        return NO_MARK
    side = 1 if target > 0.0 else -1
    px = _expected(g, f, thing, side)
    full = full_lots(g, pair, px) if g[P_MAX_VALUE, pair] == 0 else _capped(g, pair, px)
    if target not in (1.0, -1.0):
        full = _part(g, full, abs(target))
    missing = full * side - (0 if is_turning else held)
    if missing * side < 0:
        return _leave(g, log, pair, abs(missing), reason)
    if missing == 0:
        return ALREADY_AT_TARGET if held != 0 and not is_turning else BELOW_MINIMUM
    return _enter(g, f, log, pair, missing, reason)


@kernel
def refuse_fill(g: Ints, f: Floats, log: Ints, pair: int) -> None:
    """Get out of what an entry filled although its deployment had changed its mind by then."""
    held, decided = g[P_QTY, pair], f[F_DECIDED, pair]
    if math.isnan(decided) or held == 0:
        return
    target = decided if g[P_SHORT, pair] == 1 else max(decided, 0.0)
    if target == 0.0 or (target > 0.0) != (held > 0):
        _leave(g, log, pair, NOBODY, SIGNAL_FLAT)


@kernel
def fulfil(g: Ints, f: Floats, log: Ints, pair: int) -> None:
    """Do what had to wait for an entry order, once no entry is in the way any more."""
    if g[P_WISHES, pair] == 1 and pending(g, pair, ENTRY) == 0:
        f[F_DECIDED, pair] = f[F_WISH, pair]
        conclude(g, pair, act(g, f, log, pair, f[F_WISH, pair], g[P_WISH, pair]))


@hot
def conclude(g: Ints, pair: int, code: int) -> None:
    """Count how an evaluation ended; whatever had to wait before is forgotten."""
    g[N_DECISIONS, code] += 1
    g[P_CODE, pair], g[P_CODE_TS, pair], g[P_WISHES, pair] = code, g[CLOCK, 0], 0
    if code >= KILLED:
        g[N_REJECTED, code] += 1
        if code == ORDER_RATE:
            g[C_REFUSED, g[P_DEPLOYMENT, pair]] += 1
            g[C_BREACH, g[P_DEPLOYMENT, pair]] = g[BREACHED, 0] = 1
