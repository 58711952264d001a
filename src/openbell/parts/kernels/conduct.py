"""Our own conduct in the kernels: messages to the venue, and what orders came to.

What an order came to stands in the log of executions: an order of a compiled run executes at once or not at all.
"""

from openbell.core.types import MINUTE_NS
from openbell.parts.kernels.arith import HALF_EVEN, ratio
from openbell.parts.kernels.compiling import kernel
from openbell.parts.kernels.layout import (
    C_AT,
    C_CANCELS,
    C_COUNT,
    C_INSTANT,
    C_ORDERS,
    CANCELS,
    CLOCK,
    CROWDED,
    DEPLOYMENTS,
    EXECUTIONS,
    FILLS,
    INSTANTS,
    L_REASON,
    L_REDUCE,
    LIMIT,
    MOST_TRADES,
    O_ARRIVAL,
    O_PAIR,
    O_PX,
    O_SENT,
    O_SIDE,
    O_TYPE,
    ORDERS,
    P_DEPLOYMENT,
    P_THING,
    S_BEGIN,
    S_REAL,
    STATUS,
    T_CALENDAR,
    T_J_DEN,
    T_J_NUM,
    WATCHED,
    X_AMOUNT,
    X_ORDER,
    X_PAID,
    X_PAIR,
    X_PRICE,
    X_SIDE,
    X_TS,
    X_WORSE,
    Ints,
    fixed,
)
from openbell.parts.kernels.rules import (
    FlowFacts,
    four,
    surveillance_check,
)

MINUTE, MOST_SENT = fixed(MINUTE_NS), 2000
"""A minute, ns; how many messages of one minute the kernels count."""


@kernel
def note_sent(g: Ints, deployment: int) -> None:
    """Count a message of a deployment to the venue; needed only where a rule bounds them."""
    now, count = g[CLOCK, 0], g[C_INSTANT, deployment]
    last = (count - 1) % INSTANTS
    if count > 0 and g[C_AT + last, deployment] == now:
        g[C_COUNT + last, deployment] += 1
        return
    place = count % INSTANTS
    if count >= INSTANTS and g[C_AT + place, deployment] > now - MINUTE:
        g[STATUS, 0] = CROWDED
    g[C_AT + place, deployment], g[C_COUNT + place, deployment] = now, 1
    g[C_INSTANT, deployment] = count + 1


@kernel
def sent_since(g: Ints, deployment: int, since: int) -> int:
    """Return how many messages a deployment has sent after `since` (ns), at most a minute ago."""
    total, count = 0, g[C_INSTANT, deployment]
    for back in range(1, min(count, INSTANTS) + 1):
        place = (count - back) % INSTANTS
        if g[C_AT + place, deployment] <= since:
            break
        total += g[C_COUNT + place, deployment]
    if total >= MOST_SENT:
        g[STATUS, 0] = CROWDED
    return total


@kernel
def all_sent_since(g: Ints, since: int) -> int:
    """Return how many messages the account has sent after `since` (ns), at most a minute ago."""
    total = 0
    for deployment in range(g[DEPLOYMENTS, 0]):
        total += sent_since(g, deployment, since)
    return total


@kernel
def count_cancel(g: Ints, deployment: int) -> None:
    """Count an entry of a deployment that was cancelled unfilled."""
    g[C_CANCELS, deployment] += 1
    if g[CANCELS, 0] >= 0:
        judge_flow(g, deployment)


@kernel
def judge_flow(g: Ints, deployment: int) -> None:
    """Leave it to the plain engine to hold what would look like manipulation."""
    facts = FlowFacts(g[C_ORDERS, deployment], g[C_CANCELS, deployment])
    if surveillance_check(four(g, g[CANCELS, 0]), facts) != 0:
        g[STATUS, 0] = WATCHED


@kernel
def paid_for(g: Ints, thing: int, lots: int, px: int) -> int:
    """Return what `lots` at `px` (quanta) come to without the multiplier, 1e-8."""
    value = lots * px * g[T_J_NUM, thing]
    return value if g[T_J_DEN, thing] == 1 else ratio(value, g[T_J_DEN, thing], HALF_EVEN)


@kernel
def worse_than_at_arrival(g: Ints, slot: int, lots: int, paid: int) -> tuple[int, int]:
    """Return by how much an execution was worse than the mark at its order's sending.

    That is in 1e-8, with 1 where it is known.
    An order that waits was to get its own price; one that has waited over a close got that of another day.
    """
    thing, side = g[P_THING, g[O_PAIR, slot]], g[O_SIDE, slot]
    calendar, px = g[T_CALENDAR, thing], g[O_ARRIVAL, slot]
    has_waited = g[O_SENT, slot] < g[S_BEGIN, calendar] and g[S_REAL, calendar] == 1
    if px == 0 or has_waited:
        return 0, 0
    if g[O_TYPE, slot] == LIMIT:
        px = min(px, g[O_PX, slot]) if side > 0 else max(px, g[O_PX, slot])
    elif g[O_PX, slot] != 0:
        px = g[O_PX, slot]
    arrival = paid_for(g, thing, lots, px)
    return ((paid - arrival) * side, 1) if arrival != 0 else (0, 0)


@kernel
def drift(g: Ints, log: Ints, deployment: int, since: int) -> tuple[int, int]:
    """Return by how much executions of a deployment were worse, and what they came to.

    Those after `since` (ns) count; both numbers are in 1e-8.
    """
    worse, paid, own = 0, 0, 0
    number = g[FILLS, 0] - 1
    while number >= 0 and own < MOST_TRADES and log[EXECUTIONS, number, X_TS] > since:
        row = log[EXECUTIONS, number]
        if g[P_DEPLOYMENT, row[X_PAIR]] == deployment:
            worse += row[X_WORSE]
            paid += row[X_PAID]
            own += 1
        number -= 1
    return worse, paid


@kernel
def is_exit(log: Ints, row: Ints) -> bool:
    """Return True if an execution was one of an exit."""
    found: bool = log[ORDERS, row[X_ORDER] - 1, L_REDUCE] == 1
    return found


@kernel
def reason_of(log: Ints, row: Ints) -> int:
    """Return the reason of the order that was executed."""
    return log[ORDERS, row[X_ORDER] - 1, L_REASON]  # type: ignore[no-any-return]  # a call of int() would be compiled


@kernel
def is_wash(g: Ints, log: Ints) -> bool:
    """Return True if the account has just traded the other way at the latest price."""
    number = g[FILLS, 0] - 1
    last = log[EXECUTIONS, number]
    thing, px, since = g[P_THING, last[X_PAIR]], last[X_PRICE], last[X_TS] - MINUTE
    while number >= 0 and log[EXECUTIONS, number, X_TS] > since:
        row = log[EXECUTIONS, number]
        is_other = g[P_THING, row[X_PAIR]] == thing and row[X_SIDE] != last[X_SIDE]
        if is_other and row[X_PAID] * g[T_J_DEN, thing] == row[X_AMOUNT] * px * g[T_J_NUM, thing]:
            return True
        number -= 1
    return False
