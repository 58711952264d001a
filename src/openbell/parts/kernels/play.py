"""Plays a bar in the kernels: its path, what executes, and when the engine hears of it."""

from numba import int64

from openbell.parts.kernels.answers import deliver, take_fill
from openbell.parts.kernels.apart import APART, FLOATS_ROW, LOG
from openbell.parts.kernels.arith import CEIL, FLOOR, ratio, ticks
from openbell.parts.kernels.compiling import kernel
from openbell.parts.kernels.floor import shrink_group
from openbell.parts.kernels.grids import FLOAT_GRID, GRID
from openbell.parts.kernels.layout import (
    COLUMNS,
    EXIT,
    F_HALF_SPREAD,
    F_PATH,
    HEAD,
    HITS,
    LANE_ROWS,
    LANES,
    LIMIT,
    LOW_FIRST,
    MARKET,
    MOMENT,
    NET_MISMATCH,
    NOBODY,
    O_AT_LOTS,
    O_AT_PX,
    O_KIND,
    O_LIVE,
    O_RESTED,
    O_SIDE,
    O_SINCE,
    O_TRAIL,
    O_TYPE,
    ONE,
    PESSIMISTIC,
    PLAYING,
    STATUS,
    T_COUNT,
    T_NET,
    T_STEPS,
    TAIL,
    TOO_MANY_ORDERS,
    TRAILING,
    V_PATH,
    V_SLIP_DEN,
    V_SLIP_NUM,
    V_THROUGH,
    X_LOTS,
    X_MAKER,
    X_PX,
    X_SLOT,
    ZERO,
    Floats,
    Ints,
)
from openbell.parts.kernels.prices import on_tick


@APART(GRID, FLOAT_GRID, LOG, int64, FLOATS_ROW)
def play(g: Ints, f: Floats, log: Ints, thing: int, bar: Floats) -> int:
    """Execute what a bar of an instrument executes, phase by phase.

    The instants of its path stand in MOMENT; `bar` is open, high, low, close (quote currency) and volume.
    """
    if not _is_touched(g, thing, bar[2], bar[1]):
        return 0
    g[PLAYING, 0] = thing
    for point in range(4):
        f[F_PATH, point] = bar[point]
    for leg in range(4):
        # Whoever opens a position at the open is asked only behind it: the path is against him too.
        if leg == 1 and _is_low_first(g, thing):
            f[F_PATH, 1], f[F_PATH, 2] = bar[2], bar[1]
        _phase(g, f, log, thing, leg)
        if g[T_COUNT, thing] == 0 and g[HEAD, 0] >= g[TAIL, 0]:
            # Nothing is left that the rest of the bar could execute.
            break
    g[PLAYING, 0] = -1
    return 0


@kernel
def _is_touched(g: Ints, thing: int, low: float, high: float) -> bool:
    for place in range(g[T_COUNT, thing]):
        slot = g[LANES + LANE_ROWS * thing, place]
        # The first bar of an order is played in any case: it is a maker from then on.
        if g[O_TYPE, slot] == MARKET or g[O_RESTED, slot] == 0:
            return True
        edge = g[O_AT_PX, slot] / g[T_STEPS, thing]
        falls = (g[O_TYPE, slot] != LIMIT) == (g[O_SIDE, slot] < 0)
        if g[O_TYPE, slot] == TRAILING and _is_pulled(g, thing, slot, high if falls else low):
            return True
        if (falls and low <= edge) or (not falls and high >= edge):
            return True
    return False


@kernel
def _is_pulled(g: Ints, thing: int, slot: int, px: float) -> bool:
    """Return True if a price may move a trailing stop; within a quantum it is looked at."""
    room = px * g[T_STEPS, thing] - g[O_AT_PX, slot]
    found: bool = room > g[O_TRAIL, slot] - 1 if g[O_SIDE, slot] < 0 else room < 1 - g[O_TRAIL, slot]
    return found


@kernel
def _follow(g: Ints, thing: int, slot: int, px: float) -> None:
    """Move a trailing stop at the venue after the price that a piece of the path has ended at; it only tightens."""
    steps, trail = g[T_STEPS, thing], g[O_TRAIL, slot]
    if g[O_SIDE, slot] < 0:
        moved = on_tick(g, thing, ticks(px, steps, FLOOR) - trail, ONE, FLOOR)
        g[O_AT_PX, slot] = max(g[O_AT_PX, slot], moved)
    else:
        moved = on_tick(g, thing, ticks(px, steps, CEIL) + trail, ONE, CEIL)
        g[O_AT_PX, slot] = min(g[O_AT_PX, slot], moved)


@kernel
def _is_low_first(g: Ints, thing: int) -> bool:
    if g[V_PATH, 0] != PESSIMISTIC:
        is_low: bool = g[V_PATH, 0] == LOW_FIRST
        return is_low
    if g[T_NET, thing] != 0:
        is_long: bool = g[T_NET, thing] > 0
        return is_long
    for place in range(g[T_COUNT, thing]):
        slot = g[LANES + LANE_ROWS * thing, place]
        if g[O_LIVE, slot] == 1 and g[O_SIDE, slot] > 0:
            return False
    return True


@kernel
def _phase(g: Ints, f: Floats, log: Ints, thing: int, leg: int) -> None:
    """Let the venue execute one piece of the path, then the engine hear of it: older answers, fills, the rest."""
    if g[STATUS, 0] != 0:
        return
    older = g[TAIL, 0]
    start, end, begin = f[F_PATH, max(leg - 1, 0)], f[F_PATH, leg], g[MOMENT, 0]
    g[HITS, 0] = 0
    while True:
        best, nearest, px, maker = NOBODY, 0.0, ZERO, ZERO
        for place in range(g[T_COUNT, thing]):
            slot = g[LANES + LANE_ROWS * thing, place]
            if g[O_LIVE, slot] == 0 or g[O_SINCE, slot] > begin:
                continue
            way, at, rested = _match(g, f, slot, start, end)
            if way >= 0.0 and (best < 0 or way < nearest):
                best, nearest, px, maker = slot, way, at, rested
        if best < 0 or not _execute(g, thing, best, px, maker):
            break
    for place in range(g[T_COUNT, thing]):
        slot = g[LANES + LANE_ROWS * thing, place]
        if g[O_SINCE, slot] <= begin:
            g[O_RESTED, slot] = 1
            if g[O_TYPE, slot] == TRAILING and g[O_LIVE, slot] == 1:
                _follow(g, thing, slot, end)
    newer = g[TAIL, 0]
    deliver(g, f, log, older)
    for hit in range(g[HITS, 0]):
        if g[STATUS, 0] == 0:
            take_fill(g, f, log, hit, g[MOMENT, leg])
    deliver(g, f, log, newer)


@kernel
def _match(g: Ints, f: Floats, slot: int, start: float, end: float) -> tuple[float, int, int]:
    """Return how far along an order executes, at what price (quanta), and 1 if it rested; below 0: not at all."""
    thing = g[PLAYING, 0]
    steps, side, half = g[T_STEPS, thing], g[O_SIDE, slot], f[F_HALF_SPREAD, 0]
    kind, against = g[O_TYPE, slot], CEIL if side > 0 else FLOOR
    first = start + start * half * side
    if kind == MARKET:
        return 0.0, _taken(g, ticks(first, steps, against), side), 0
    px = g[O_AT_PX, slot]
    edge = px / steps
    if kind == LIMIT:
        last = end + end * half * side
        if _reaches(g, first, edge, side):
            at = ticks(first, steps, against)
            return 0.0, min(at, px) if side > 0 else max(at, px), g[O_RESTED, slot]
        if not _reaches(g, last, edge, side):
            return -1.0, 0, 0
        return (edge - first) / (last - first), px, 1
    if (start >= edge) if side > 0 else (start <= edge):
        return 0.0, _taken(g, ticks(first, steps, against), side), 0
    if (end >= edge) if side > 0 else (end <= edge):
        at = ticks(edge + edge * half * side, steps, against)
        return (edge - start) / (end - start), _taken(g, at, side), 0
    return -1.0, 0, 0


@kernel
def _reaches(g: Ints, px: float, edge: float, side: int) -> bool:
    """Return True if a side's price fills a limit at `edge`; a touch does not where more is needed."""
    if px == edge:
        is_enough: bool = g[V_THROUGH, 0] == 0
        return is_enough
    return px < edge if side > 0 else px > edge


@kernel
def _taken(g: Ints, px: int, side: int) -> int:
    """Return a price in quanta with slippage, rounded against us."""
    num, den = g[V_SLIP_NUM, 0], g[V_SLIP_DEN, 0]
    return px if num == 0 else ratio(px * (den + side * num), den, CEIL if side > 0 else FLOOR)


@kernel
def _execute(g: Ints, thing: int, slot: int, px: int, is_maker: int) -> bool:
    """Execute an order at the venue; False where the plain engine has to."""
    side, lots, hit = g[O_SIDE, slot], g[O_AT_LOTS, slot], g[HITS, 0]
    if g[O_KIND, slot] == EXIT and -side * g[T_NET, thing] < lots:
        # The account's holding and this deployment's part: the plain engine sorts that out.
        g[STATUS, 0] = NET_MISMATCH
        return False
    if hit >= g[COLUMNS, 0]:
        g[STATUS, 0] = TOO_MANY_ORDERS
        return False
    g[T_NET, thing] += side * lots
    g[X_SLOT, hit], g[X_LOTS, hit], g[X_PX, hit], g[X_MAKER, hit] = slot, lots, px, is_maker
    g[HITS, 0] = hit + 1
    g[O_LIVE, slot] = 0
    if g[O_KIND, slot] == EXIT:
        shrink_group(g, slot, lots)
    return True
