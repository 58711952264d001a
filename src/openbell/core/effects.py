"""All that can go out.

Every effect stands in the journal, in one record with its event, before it leaves.
"""

from decimal import Decimal

import msgspec

from openbell.core.ladder import KillState
from openbell.core.spec import Limits
from openbell.core.types import ZERO, OrderType, Side, Tif


class Effect(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag_field="tag", gc=False):
    """Base of the sum; it has no fields of its own."""


class Submit(Effect, frozen=True, kw_only=True, tag=0):
    """Send an order. Made by `core/execution` from an `Approved` one, nowhere else.

    Attributes:
        oid: Client order id. index: Its place among all orders of this instance, from 1.
        account, deployment, instrument: Whose, what.
        side, qty: `qty` in units, positive, whole lots.
        type, tif: How.
        limit, stop: Quote currency, on the order tick; None where the type has none.
        trail: Distance of a trailing stop, quote currency.
        reduce_only: True for every exit: it may never grow or flip its deployment's position. A venue's own flag looks
            at the account's, so it stays off where the account nets deployments.
        parent: Index of the entry it protects, 0 for none.
        oco: Group in which one fill shrinks the others, empty for none.
        reason: Code of why it exists.
        passed: Which limits were asked and let it pass, each by its place among those in force, from 0; noted as each
            one answers. Empty where none is for such an order. seen: What they looked at, the numbers of `risk.Facts`;
            empty where none needed them. Both are empty in records that are older than these fields.
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
    limit: Decimal | None = None
    stop: Decimal | None = None
    trail: Decimal | None = None
    reduce_only: bool = False
    parent: int = 0
    oco: str = ""
    reason: int = 0
    passed: tuple[int, ...] = ()
    seen: tuple[int, ...] = ()


class Amend(Effect, frozen=True, kw_only=True, tag=1):
    """Change quantity and prices of a resting order in place.

    The quantity is in units and total: it includes what is filled. With `is_pair` the venue makes a second order and
    cancels the first: both live, and both count, until it has said which one does.
    """

    oid: str
    account: str
    qty: Decimal
    limit: Decimal | None = None
    stop: Decimal | None = None
    trail: Decimal | None = None
    reason: int = 0
    is_pair: bool = False


class Cancel(Effect, frozen=True, kw_only=True, tag=2):
    """Take an order back.

    With `exit`, units (0 for all) leave its holding for the same reason once the venue has confirmed it.
    """

    oid: str
    account: str
    reason: int = 0
    exit: Decimal | None = None


class Query(Effect, frozen=True, kw_only=True, tag=3):
    """Ask the venue what it knows of an order.

    The answer is its executions first, as `Fill` events, then an `OrderUpdate` with the state it is in at the venue
    and what it says is filled, or `absent`. With an empty `oid` it is asked for everything of the account: the latest
    executions, then a `BrokerState`.
    """

    account: str
    oid: str = ""


class SetTimer(Effect, frozen=True, kw_only=True, tag=4):
    """Deliver `Timer(deployment, name)` at `at` (ns).

    A later one with the same name replaces it.
    """

    deployment: str
    name: str
    at: int


class Ask(Effect, frozen=True, kw_only=True, tag=5):
    """Put a question to something unpredictable.

    An `Answer` with the same id comes back by `deadline` (ns).
    """

    id: str
    deployment: str
    advisor: str
    question: str
    deadline: int


PERSON = "person"
"""The advisor who is asked to confirm an order; what he was asked is kept until he answers."""


class Alert(Effect, frozen=True, kw_only=True, tag=6):
    """Tell a person.

    `level` is info, warning, error or critical; `key` is what repeats are recognised by.
    """

    level: str
    key: str
    text: str


class Note(Effect, frozen=True, kw_only=True, tag=7):
    """Write down something worth finding later that nobody must be told now."""

    kind: str
    text: str


class Latch(Effect, frozen=True, kw_only=True, tag=8):
    """Close (or, with `is_on` False, open again) a gate for new risk.

    It outlives every restart.

    Attributes:
        kind: kill, daily_loss, drawdown, pause, frozen, disk or stale.
        scope: `all`, `account:NAME`, `deployment:NAME` or `instrument:SYMBOL`.
        is_on: True closes.
        release: `session`, `week` and `month` open again with the next one, `manual` only by a resume command,
            `evidence` when what was missing has come back and stayed, `time` after a pause, once its limit holds again.
        reason: In words, with the numbers.
        level: `hold` closes the gate; `warn` only notes that a limit has warned.
    """

    kind: str
    scope: str
    is_on: bool
    release: str = "manual"
    reason: str = ""
    level: str = "hold"


class Kill(Effect, frozen=True, kw_only=True, tag=16):
    """A kill in a scope has come this far.

    None ends it; entries in the scope then have a part of their size until `ramp_until` (ns).
    """

    scope: str
    state: KillState | None = None
    ramp_until: int = 0


class Lose(Effect, frozen=True, kw_only=True, tag=10):
    """Own up to not knowing what became of an order.

    It is UNKNOWN and counts in full until the venue has spoken. `why` is in words.
    """

    oid: str
    account: str
    why: str = ""


class Resend(Effect, frozen=True, kw_only=True, tag=11):
    """Send an order once more under the same client id.

    The venue has twice not known it. Only exits, and only where the venue refuses a second order under one id.
    """

    oid: str
    account: str


class Expose(Effect, frozen=True, kw_only=True, tag=18):
    """A holding has no confirmed protection although it should.

    With `is_on` False it has again, or is gone.
    """

    deployment: str
    instrument: str
    is_on: bool
    why: str = ""


class Bury(Effect, frozen=True, kw_only=True, tag=17):
    """End an order that its venue has said, twice and long after the send, not to know."""

    oid: str
    account: str


class Adjust(Effect, frozen=True, kw_only=True, tag=12):
    """Change the book to agree with the world, openly: it comes with an alert.

    Attributes:
        account, deployment, instrument: What is changed; empty deployment means `external`.
        cause: Why, in words. id: Makes it count once.
        qty: Signed change of units. cost: Signed change of total cost, quote currency.
        cash: Signed change of cash in `currency`.
        before, after: The figures as text, for a reader.
        is_flow: True for what was put in or taken out, which is no profit and moves the drawdown peak.
    """

    account: str
    cause: str
    id: str
    deployment: str = ""
    instrument: str = ""
    qty: Decimal = ZERO
    cost: Decimal = ZERO
    cash: Decimal = ZERO
    currency: str = ""
    before: str = ""
    after: str = ""
    is_flow: bool = False


class Compared(Effect, frozen=True, kw_only=True, tag=13):
    """How comparing an account with its venue went, or why its line is not to be relied on.

    Attributes:
        account: Which. as_of: Instant of the state compared, ns; 0 where none was.
        is_ready: True opens the gate for entries, False closes it.
        suspects: Differences to be asked after once more, with the instant (ns) each was first seen.
        why: In words.
    """

    account: str
    is_ready: bool
    as_of: int = 0
    suspects: dict[str, int] = {}
    why: str = ""


class Mismatch(Effect, frozen=True, kw_only=True, tag=14):
    """The venue holds something else than the book says, and nobody knows why.

    With `is_on` False it no longer does.
    """

    account: str
    instrument: str
    is_on: bool
    why: str = ""


class Freeze(Effect, frozen=True, kw_only=True, tag=15):
    """A deployment may not trade because what it thinks it holds is not there.

    With `is_on` False it may again.
    """

    deployment: str
    is_on: bool
    why: str = ""


class Intent(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """What a strategy wants of one instrument.

    Attributes:
        instrument: Symbol.
        target: Share of a full position, signed: 1 long, 0 flat, -1 short, 0.5 half.
        reason: Code.
        type: How to get there: market, limit, stop or stop_limit.
        limit, stop: Prices as floats, rounded by the core: limits to the passive side, stops away.
        tif: Time in force of the entry.
        rebalance: True to act although the target is the one of before.
        qty: Units to trade towards the target, negative to give some back; never beyond it. None for all of it.
        stop_loss, take_profit: Where the holding is to be left, quote currency, instead of the deployment's own exits.
    """

    instrument: str
    target: float
    reason: int = 12
    type: OrderType = OrderType.MARKET
    limit: float | None = None
    stop: float | None = None
    tif: Tif = Tif.GTC
    rebalance: bool = False
    qty: Decimal | None = None
    stop_loss: float | None = None
    take_profit: float | None = None


class Decision(Effect, frozen=True, kw_only=True, tag=9):
    """How one evaluation ended.

    It holds what the strategy said, what became of it, and the numbers behind it.

    Attributes:
        deployment, instrument: Which evaluation.
        signal: The strategy's own code. code: Where it ended (equal to `signal` unless something intervened).
        target: Signed share of a full position; None while warming up.
        numbers: The strategy's explained values, in the order of its `EXPLAIN`.
        intents: What a free strategy asked for.
    """

    deployment: str
    instrument: str
    signal: int
    code: int
    target: float | None = None
    numbers: tuple[float | None, ...] = ()
    intents: tuple[Intent, ...] = ()


class SetLimits(Effect, frozen=True, kw_only=True, tag=31):
    """Put limits in force; they outlive every restart."""

    limits: Limits


class Withhold(Effect, frozen=True, kw_only=True, tag=30):
    """Keep back an order or change of this step: it was decided, and the journal failed.

    The order ends REJECTED with code DISK, a change is taken back. Made where records are written, never by `decide`.
    """

    oid: str


AnyEffect = (
    Submit
    | Amend
    | Cancel
    | Query
    | SetTimer
    | Ask
    | Alert
    | Note
    | Latch
    | Decision
    | Lose
    | Resend
    | Adjust
    | Compared
    | Mismatch
    | Freeze
    | Bury
    | Expose
    | Withhold
    | SetLimits
    | Kill
)
"""The sum of all that can go out; the journal decodes into it."""

OUTGOING = (Submit, Amend, Cancel, Query, Ask, Resend)
"""Effects that leave the process and so must be durable first."""
