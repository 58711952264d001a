"""What strategies wish in the kernels, and how it is granted."""

import math

from openbell.core.codes import Code
from openbell.parts.kernels.answers import deliver_all
from openbell.parts.kernels.apart import APART, LOG
from openbell.parts.kernels.calls import MORE, next_wish
from openbell.parts.kernels.compiling import kernel
from openbell.parts.kernels.desk import WAITING_FOR_ORDER, act, conclude
from openbell.parts.kernels.grids import FLOAT_GRID, GRID
from openbell.parts.kernels.holds import settled
from openbell.parts.kernels.layout import (
    CLOCK,
    COLUMNS,
    EVENTS,
    F_DECIDED,
    F_WANTED,
    F_WISH,
    LOOK_AT,
    ODD_CODE,
    P_WISH,
    P_WISHES,
    STATUS,
    T_LAST_TS,
    TAIL,
    THINGS,
    W_ADDRESS,
    W_SAID,
    Floats,
    Ints,
)
from openbell.parts.kernels.watching import look_until

REBALANCE = int(Code.REBALANCE)


@kernel
def hear_more(g: Ints, f: Floats, log: Ints, code: int) -> None:
    """Grant what a free strategy has to say beyond one target; no other code stands for that."""
    if code == MORE:
        grant(g, f, log)
    else:
        g[STATUS, 0] = ODD_CODE


@kernel
def obey(g: Ints, f: Floats, log: Ints, pair: int, target: float, signal: int) -> None:
    """Bring a pair to the target that its strategy has named, if it is another one."""
    code, is_acting = signal, target != f[F_DECIDED, pair] or signal == REBALANCE
    if is_acting:
        code = act(g, f, log, pair, target, signal)
    f[F_DECIDED, pair] = target
    conclude(g, pair, code)
    if is_acting and code == WAITING_FOR_ORDER:
        g[P_WISHES, pair], g[P_WISH, pair], f[F_WISH, pair] = 1, signal, target


@APART(GRID, FLOAT_GRID, LOG, when=W_ADDRESS)
def grant(g: Ints, f: Floats, log: Ints) -> int:
    """Grant the wishes of free strategies one after the other, as they are told."""
    while g[STATUS, 0] == 0:
        pair, code = next_wish(g), g[W_SAID, 0]
        if pair < 0:
            break
        if code < 0 or code >= g[COLUMNS, 0]:
            g[STATUS, 0] = ODD_CODE
        elif math.isnan(f[F_WANTED, 0]):
            conclude(g, pair, code)
        else:
            obey(g, f, log, pair, f[F_WANTED, 0], code)
    return 0


@kernel
def end_instant(g: Ints, f: Floats, log: Ints) -> None:
    """All bars of an instant have been told: those strategies speak that take them together."""
    if g[LOOK_AT, 0] <= g[CLOCK, 0]:
        look_until(g, log, g[CLOCK, 0])
    for thing in range(g[THINGS, 0]):
        if g[T_LAST_TS, thing] == g[CLOCK, 0]:
            grant(g, f, log)
            settled(g)
            if g[TAIL, 0] > 0:
                deliver_all(g, f, log)
            return
    # No bar of it was any good.
    g[EVENTS, 0] -= 1
