"""The desk in the kernels: how a target becomes orders."""

import math
from typing import Any

from openbell.core.codes import Code
from openbell.parts.kernels.arith import CEIL, FLOOR, ratio, ticks
from openbell.parts.kernels.compiling import hot, kernel
from openbell.parts.kernels.floor import cancel_kind, claim, pending, send
from openbell.parts.kernels.gate import review, used_by
from openbell.parts.kernels.layout import (
    ALERTS,
    CLOCK,
    ENTRY,
    EXIT,
    F_CLOSE,
    F_DECIDED,
    F_WISH,
    N_DECISIONS,
    N_REJECTED,
    NOBODY,
    NOTIONAL,
    O_REASON,
    ODD_TARGET,
    P_CODE,
    P_CODE_TS,
    P_DEPLOYMENT,
    P_QTY,
    P_SHORT,
    P_SIZE_DEN,
    P_SIZE_KIND,
    P_SIZE_NUM,
    P_STOP_DEN,
    P_STOP_NUM,
    P_THING,
    P_WISH,
    P_WISHES,
    QUANTITY,
    STATUS,
    T_COUNT,
    T_K_DEN,
    T_K_NUM,
    T_STEPS,
    WEIGHT,
    ZERO,
    Floats,
    Ints,
    fixed,
)
from openbell.parts.kernels.ledger import deployment_equity
from openbell.parts.kernels.protect import tick_at

ALREADY_AT_TARGET, WAITING_FOR_ORDER = int(Code.ALREADY_AT_TARGET), int(Code.WAITING_FOR_ORDER)
BELOW_MINIMUM, BUDGET, KILLED = int(Code.BELOW_MINIMUM), int(Code.BUDGET), int(Code.KILLED)
SIGNAL_FLAT = fixed(Code.SIGNAL_FLAT)


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
    if g[P_STOP_NUM, pair] == 0:
        return 0
    tick = tick_at(g, thing, px, 1)
    distance = ratio(px * g[P_STOP_NUM, pair], g[P_STOP_DEN, pair] * tick, CEIL) * tick
    return equity * amount // (distance * g[T_K_NUM, thing] * g[P_SIZE_DEN, pair])


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
    slot = claim(g, pair, EXIT, -1 if held > 0 else 1, lots)
    if slot >= 0:
        g[O_REASON, slot] = reason
        send(g, log, slot)
    return reason


@kernel
def _enter(g: Ints, log: Ints, pair: int, px: int, missing: int, reason: int) -> int:
    """Send an entry for what is missing, as much of it as the deployment's capital pays for."""
    thing, deployment, lots = g[P_THING, pair], g[P_DEPLOYMENT, pair], abs(missing)
    free = deployment_equity(g, deployment) - used_by(g, deployment, NOBODY, ZERO)
    unit = px * g[T_K_NUM, thing]
    room = free * g[T_K_DEN, thing] // unit if free > 0 and unit > 0 else 0
    if room < lots:
        if room == 0:
            return BUDGET
        g[ALERTS, 0] += 1
        lots = room
    slot = claim(g, pair, ENTRY, 1 if missing > 0 else -1, lots)
    if slot < 0:
        return reason
    code = review(g, slot)
    if code != 0:
        return code
    g[O_REASON, slot] = reason
    send(g, log, slot)
    return reason


@kernel
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
    if target not in (1.0, -1.0):
        g[STATUS, 0] = ODD_TARGET
        return code
    side = 1 if target > 0.0 else -1
    px = ticks(f[F_CLOSE, thing], g[T_STEPS, thing], CEIL if side > 0 else FLOOR)
    missing = full_lots(g, pair, px) * side - (0 if is_turning else held)
    if missing * side < 0:
        return _leave(g, log, pair, abs(missing), reason)
    if missing == 0:
        return ALREADY_AT_TARGET if held != 0 and not is_turning else BELOW_MINIMUM
    return _enter(g, log, pair, px, missing, reason)


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
