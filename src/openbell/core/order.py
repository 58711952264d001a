"""The life of an order: one table of transitions and the functions that apply them.

Fills are events of their own and change `filled` whatever the status says; the status follows.
"""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from openbell.core.effects import Amend, Submit
from openbell.core.events import Fill, OrderUpdate
from openbell.core.types import TERMINAL, ZERO, OrderType, Side, Status, Tif, changing, require


class Happening(StrEnum):
    """All that can happen to an order.

    The first five are our own acts, the rest are the words of the venue and of the edge before it.
    """

    SEND = "send"
    RESEND = "resend"
    LOSE = "lose"
    ASK_CANCEL = "ask_cancel"
    ASK_REPLACE = "ask_replace"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FILL_SOME = "fill_some"
    FILL_ALL = "fill_all"
    CANCELLED = "cancelled"
    CANCEL_REFUSED = "cancel_refused"
    REPLACED = "replaced"
    REPLACE_REFUSED = "replace_refused"
    REDUCED = "reduced"
    EXPIRED = "expired"
    CORRECTED = "corrected"
    LOST = "lost"
    ABSENT = "absent"


class Outcome(StrEnum):
    """What the table can say apart from a status."""

    SAME = "same"
    OPEN = "open"
    LATE = "late"
    ILLEGAL = "illegal"


_S, _H, _O = Status, Happening, Outcome
_Row = dict[Happening, Status | Outcome]
_END: _Row = {
    **dict.fromkeys((_H.SEND, _H.RESEND, _H.ASK_CANCEL, _H.ASK_REPLACE), _O.ILLEGAL),
    **dict.fromkeys((_H.FILL_SOME, _H.FILL_ALL, _H.CORRECTED), _O.LATE),
    **dict.fromkeys((_H.LOSE, _H.ACCEPTED, _H.REJECTED, _H.CANCELLED, _H.CANCEL_REFUSED, _H.REPLACED), _O.SAME),
    **dict.fromkeys((_H.REPLACE_REFUSED, _H.REDUCED, _H.EXPIRED, _H.LOST, _H.ABSENT), _O.SAME),
}
_LIVE: _Row = {
    **dict.fromkeys((_H.SEND, _H.RESEND), _O.ILLEGAL),
    **dict.fromkeys((_H.ACCEPTED, _H.REPLACED, _H.REDUCED, _H.CORRECTED), _O.OPEN),
    **dict.fromkeys((_H.CANCEL_REFUSED, _H.REPLACE_REFUSED), _O.SAME),
    **dict.fromkeys((_H.LOSE, _H.LOST, _H.ABSENT), _S.UNKNOWN),
    _H.ASK_CANCEL: _S.CANCELLING,
    _H.ASK_REPLACE: _S.REPLACING,
    _H.REJECTED: _S.REJECTED,
    _H.FILL_SOME: _S.PARTIAL,
    _H.FILL_ALL: _S.FILLED,
    _H.CANCELLED: _S.CANCELLED,
    _H.EXPIRED: _S.EXPIRED,
}

_UNSENT: _Row = dict.fromkeys(Happening, _O.ILLEGAL)

TABLE: dict[Status, _Row] = {
    _S.NEW: _UNSENT | {_H.SEND: _S.SENT},
    _S.SENT: _LIVE | {_H.REDUCED: _O.SAME, _H.CORRECTED: _O.SAME},
    _S.UNKNOWN: _LIVE
    | {_H.RESEND: _S.SENT}
    | dict.fromkeys((_H.LOSE, _H.FILL_SOME, _H.REDUCED, _H.CORRECTED, _H.LOST, _H.ABSENT), _O.SAME),
    **dict.fromkeys((_S.WORKING, _S.PARTIAL), _LIVE | {_H.ACCEPTED: _O.SAME}),
    _S.REPLACING: _LIVE
    | {_H.REPLACE_REFUSED: _O.OPEN}
    | dict.fromkeys((_H.ACCEPTED, _H.FILL_SOME, _H.REDUCED, _H.CORRECTED), _O.SAME),
    _S.CANCELLING: _LIVE
    | {_H.ASK_REPLACE: _O.ILLEGAL, _H.CANCEL_REFUSED: _O.OPEN}
    | dict.fromkeys((_H.ASK_CANCEL, _H.ACCEPTED, _H.FILL_SOME, _H.REPLACED, _H.REDUCED, _H.CORRECTED), _O.SAME),
    **dict.fromkeys((_S.FILLED, _S.CANCELLED, _S.REJECTED, _S.EXPIRED), _END),
}
"""Every pair decided. OPEN means WORKING or, with something filled, PARTIAL; LATE applies the fill and keeps the
status; SAME is a duplicate or changes nothing; ILLEGAL is refused and reported."""


class Execution(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One applied execution, kept for duplicates and corrections.

    It has a signed quantity (units), a price, a fee and its moment at the venue (ns).
    """

    qty: Decimal
    px: Decimal
    fee: Decimal
    fee_currency: str
    time: int = 0


@changing
class Order(msgspec.Struct, kw_only=True):
    """One order and all we know of it. Changed by the `apply_*` functions alone.

    Attributes:
        oid to reason: As in `effects.Submit`; `qty` and prices are those now in force.
        status: Where in `TABLE`.
        venue_order: The venue's id, empty until it told us. before: Those it had before a change.
        filled: Units executed, positive; it falls only by a correction or bust.
        sent_ts, changed_ts: Instants of the submit and of the last change, ns.
        wanted: Values asked for by an amend that is not answered yet.
        executions: By `execution_key`, for ever part of the order.
        code: Last code the venue gave.
        arrival: Mark when it was sent, quote currency; 0 where there was none.
    """

    oid: str
    index: int
    account: str
    deployment: str
    instrument: str
    side: Side
    qty: Decimal
    type: OrderType
    tif: Tif
    limit: Decimal | None
    stop: Decimal | None
    trail: Decimal | None
    reduce_only: bool
    parent: int
    oco: str
    reason: int
    status: Status
    sent_ts: int
    changed_ts: int
    venue_order: str = ""
    filled: Decimal = ZERO
    wanted: Amend | None = None
    executions: dict[str, Execution] = {}
    code: int = 0
    arrival: Decimal = ZERO
    before: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """True while the venue could still execute it, UNKNOWN included."""
        return self.status not in TERMINAL

    def is_called(self, number: str) -> bool:
        """Return True if the venue means this order by its id `number`, or did before a change."""
        return number == self.venue_order or number in self.before

    @property
    def leaves(self) -> Decimal:
        """Units that could still be executed.

        While a change is unanswered, they are the larger of now and asked-for.
        """
        return max(self.total - self.filled, ZERO) if self.is_open else ZERO

    @property
    def overfill(self) -> Decimal:
        """Units executed beyond what was ordered, a larger quantity asked for included."""
        return max(self.filled - self.total, ZERO)

    @property
    def total(self) -> Decimal:
        """Units ordered; the larger of now and asked-for while a change is unanswered.

        Where the change is a second order, both together: which of them executes is not known before its answer.
        """
        if self.wanted is None:
            return self.qty
        if self.wanted.is_pair:
            return self.qty + self.wanted.qty
        return max(self.qty, self.wanted.qty)


def new_order(submit: Submit, ts: int) -> Order:
    """Return the order that `submit` makes, in status SENT since `ts` (ns)."""
    return Order(
        oid=submit.oid, index=submit.index, account=submit.account, deployment=submit.deployment,
        instrument=submit.instrument, side=submit.side, qty=submit.qty, type=submit.type, tif=submit.tif,
        limit=submit.limit, stop=submit.stop, trail=submit.trail, reduce_only=submit.reduce_only,
        parent=submit.parent, oco=submit.oco, reason=submit.reason, status=Status.SENT, sent_ts=ts, changed_ts=ts,
    )  # fmt: skip


def transition(order: Order, happening: Happening, ts: int) -> Outcome:
    """Move `order` as `TABLE` says and return what kind of move it was.

    Returns:
        OPEN for a change of status, SAME for none, LATE or ILLEGAL as the table has it; those two keep the status.
    """
    result = TABLE[order.status][happening]
    if result is Outcome.OPEN:
        result = Status.PARTIAL if order.filled else Status.WORKING
    if isinstance(result, Outcome):
        return result
    if result is order.status:
        return Outcome.SAME
    order.status = result
    order.changed_ts = ts
    if not order.is_open:
        if result is Status.FILLED:
            # What has executed in full was all that was asked for by then, answered or not: that is no overfill.
            order.qty = order.total
        order.wanted = None
    return Outcome.OPEN


def apply_update(order: Order, update: OrderUpdate, *, is_answer: bool = False) -> Outcome:
    """Change `order` by what the venue says of it.

    Unknown words are ILLEGAL and change nothing. A change in doubt is settled by what `is_answer` to our last question.
    """
    happening = VENUE_WORDS.get(update.happening)
    if happening is None:
        return Outcome.ILLEGAL
    is_bare = not is_answer or (update.filled, update.qty, update.limit, update.stop) == (None,) * 4
    if happening is _H.ACCEPTED and is_bare and order.wanted is not None and order.status is Status.UNKNOWN:
        # The order has come; of its change, which is in doubt, nothing is said: another must not be asked for yet.
        happening = Happening.LOST
    outcome = transition(order, happening, update.ts)
    if outcome in (Outcome.ILLEGAL, Outcome.LATE):
        return outcome
    _take_number(order, update.venue_order)
    order.code = update.code or order.code
    if happening is Happening.REPLACE_REFUSED:
        order.wanted = None
        if order.is_open and order.filled >= order.qty:
            # The fill crossed the change: nothing is left, and the venue will say no more.
            order.status = Status.FILLED
    if (is_answer or happening in (Happening.REPLACED, Happening.REDUCED)) and order.is_open:
        _take_values(order, update)
    return outcome


def _take_values(order: Order, update: OrderUpdate) -> None:
    """Take the values that are in force now; a change that was in doubt is settled by them."""
    is_stated = update.happening != Happening.REDUCED and (update.qty, update.limit, update.stop) != (None,) * 3
    if is_stated or update.happening == Happening.REPLACED:
        order.wanted = None
    if update.qty is not None:
        order.qty = update.qty
        if order.filled >= order.qty:
            # A change can meet a fill on its way: nothing is left, so the order has ended.
            order.status = Status.FILLED if order.filled else Status.CANCELLED
    if update.limit is not None:
        order.limit = update.limit
    if update.stop is not None:
        order.stop = update.stop


def _take_number(order: Order, number: str) -> None:
    """Note a venue's number for an order; one that it had before is not its present one again."""
    if number and not order.is_called(number):
        order.before = (*order.before, order.venue_order) if order.venue_order else ()
        order.venue_order = number


VENUE_WORDS: dict[str, Happening] = {
    word: word
    for word in (_H.ACCEPTED, _H.REJECTED, _H.CANCELLED, _H.CANCEL_REFUSED, _H.REPLACED, _H.REPLACE_REFUSED, _H.REDUCED,
                 _H.EXPIRED, _H.LOST, _H.ABSENT)
}  # fmt: skip
"""All that a venue, or the edge before it, may say of an order."""


def execution_key(fill: Fill, exec_id: str) -> str:
    """Return what an execution is told apart by within its account and instrument."""
    return f"{fill.venue_order}/{exec_id}"


def execution_of(fill: Fill) -> Execution:
    """Return what is kept of a fill."""
    return Execution(fill.qty * fill.side.sign, fill.px, fill.fee, fill.fee_currency, fill.time)


def apply_fill(order: Order, fill: Fill) -> Outcome:
    """Book the execution on its order.

    Returns:
        SAME for a duplicate execution id, LATE after the order's end or beyond its quantity, OPEN otherwise.

    Raises:
        InvariantError: The fill belongs to another instrument or side, or its quantity is not positive.
    """
    require(fill.instrument == order.instrument and fill.side is order.side, "fill of another order")
    require(fill.qty > 0, "fill without quantity")
    key = execution_key(fill, fill.exec_id)
    if key in order.executions:
        return Outcome.SAME
    order.executions = order.executions | {key: execution_of(fill)}
    order.filled += fill.qty
    _take_number(order, fill.venue_order)
    # While a larger quantity is asked for, filling the old one does not end the order.
    overfill = order.overfill
    happening = Happening.FILL_ALL if order.filled >= order.total else Happening.FILL_SOME
    outcome = transition(order, happening, fill.ts)
    return Outcome.LATE if outcome is Outcome.LATE or overfill else Outcome.OPEN


class Dealt(NamedTuple):
    """What one execution has changed in the book.

    Attributes:
        fill: The execution, or what corrects or takes back another one. order: Whose it is, None where it is not ours.
        old: What it has taken back, None where that was nothing.
        is_new: True where it was booked itself; False for a bust.
    """

    fill: Fill
    order: Order | None
    old: Execution | None = None
    is_new: bool = True


def apply_correction(order: Order, fill: Fill) -> Execution | None:
    """Take back the execution that `fill` supersedes.

    None when it is not (or no longer) there. Its id stays known with nothing behind it: coming again, or for the
    first time behind its correction, it is a duplicate. A correction of one that has been corrected by then is an older
    link of its chain, told late: it counts no more.
    """
    key, blank = execution_key(fill, fill.supersedes), Execution(ZERO, fill.px, ZERO, fill.fee_currency)
    old = order.executions.get(key)
    if old is not None and not old.qty:
        if not fill.is_bust:
            order.executions = {execution_key(fill, fill.exec_id): blank} | order.executions
        return None
    if not fill.is_bust and (old is None or key in loose_ends(order.executions)):
        blank = replace(blank, time=fill.time)
    order.executions = order.executions | {key: blank}
    if old is None:
        return None
    order.filled -= abs(old.qty)
    transition(order, Happening.CORRECTED, fill.ts)
    return old


def loose_ends(executions: dict[str, Execution], until: int = 0) -> list[str]:
    """Return the keys of executions that correct, by one link or more, one never told.

    Where their chains began may still be told behind them, as an execution from no later than theirs: those from before
    `until` (ns) are left out. What stands for the lost link has the price and the moment of the one that named it.
    """
    lost = {(one.px, one.time) for one in executions.values() if not one.qty and one.time}
    found = executions.items() if lost else ()
    return [key for key, done in found if done.qty and done.time >= until and (done.px, done.time) in lost]


def apply_amend(order: Order, amend: Amend, ts: int) -> Outcome:
    """Note that a change was asked for; the values in force stay until the venue answers."""
    outcome = transition(order, Happening.ASK_REPLACE, ts)
    if outcome is not Outcome.ILLEGAL:
        order.wanted = amend
    return outcome
