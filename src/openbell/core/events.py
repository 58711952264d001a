"""All that can come in.

Every event passes the inbox, gets the next `seq` there and is journaled.

Times are UTC nanoseconds. `ts` is the instant the engine acts at; `time` is the moment the thing happened where
that differs. Structs only ever gain fields at their end, with defaults: old journals must stay readable.
"""

from decimal import Decimal

import msgspec

from openbell.core.spec import Limits
from openbell.core.types import ZERO, OrderType, Side, Status


class Event(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag_field="tag", gc=False):
    """What every event has: `ts`, the instant it is acted on."""

    ts: int


class Genesis(Event, frozen=True, kw_only=True, tag=0):
    """First record of a state: who made it and from what.

    Attributes:
        instance: Tag of six characters that starts each client order id.
        config: Effective configuration as JSON, secrets masked. spec: What the core made of it, as JSON.
        venues: Options of each in-process venue, by account, as JSON. rules: The rules in force, in words.
        code: Hash of the code that can change a decision.
        source: Fingerprint of the recorded or synthetic source, empty for a live one.
        strategies: Hash of code and options per deployment.
        mode: sim, dry_run, paper or live.
        title: Name of the run, as shown.
        is_synthetic: True when the market data were invented.
        listed: What vendors list of the instruments, by account, as JSON.
    """

    instance: str
    config: str
    code: str
    source: str = ""
    strategies: dict[str, str] = {}
    mode: str = "sim"
    title: str = ""
    is_synthetic: bool = False
    spec: str = ""
    venues: dict[str, str] = {}
    rules: tuple[str, ...] = ()
    listed: str = ""


class Bar(Event, frozen=True, kw_only=True, tag=1):
    """One finished bar. `ts` is its close: open time plus `interval`.

    Attributes:
        instrument: Symbol.
        open, high, low, close: Prices in quote currency, mid where the data have two sides.
        volume: Traded units; 0 may mean unknown.
        interval: Length in ns. nominal: The length it is subscribed by where that differs, as for daily bars, which
            last as long as their session; 0 where it does not.
        bid, ask: (open, high, low, close) of each side where the data have them.
    """

    instrument: str
    open: float
    high: float
    low: float
    close: float
    volume: float
    interval: int
    bid: tuple[float, float, float, float] | None = None
    ask: tuple[float, float, float, float] | None = None
    nominal: int = 0

    @property
    def open_ts(self) -> int:
        """Instant at which the bar began, ns."""
        return self.ts - self.interval


class Quote(Event, frozen=True, kw_only=True, tag=2):
    """Best bid and offer, in quote currency; sizes in units, 0 for unknown."""

    instrument: str
    bid: float
    ask: float
    bid_size: float = 0.0
    ask_size: float = 0.0


class Fill(Event, frozen=True, kw_only=True, tag=3):
    """An execution. It changes a position exactly once, whatever any status says.

    Attributes:
        account, instrument: Where.
        oid: Our client order id, empty for an order that is not ours.
        venue_order, exec_id: The venue's ids; with account and instrument they are the fill key.
        side, qty, px: What was done; `qty` in units is positive, `px` in quote currency.
        fee: In `fee_currency`; negative is a rebate.
        time: Moment of the execution, ns.
        is_maker: True when our order was resting.
        supersedes: `exec_id` that this one corrects, empty for none.
        is_bust: True when `supersedes` is taken back without replacement.
    """

    account: str
    instrument: str
    oid: str
    venue_order: str
    exec_id: str
    side: Side
    qty: Decimal
    px: Decimal
    fee: Decimal
    fee_currency: str
    time: int
    is_maker: bool = False
    supersedes: str = ""
    is_bust: bool = False


class OrderUpdate(Event, frozen=True, kw_only=True, tag=4):
    """What the venue says of an order, never of a fill.

    Attributes:
        account, oid, venue_order: Whose, which.
        happening: Word of `core/order.Happening`. The edge's own words are `lost` (a time-out, a 5xx, a line gone, an
            answer nobody can read: nothing is known of the order) and `absent` (asked, the venue knows no such order).
        code: Reason code, 0 for none.
        qty, limit, stop: Values now in force at the venue where the happening states them.
        time: Moment at the venue, ns.
        text: The venue's own words.
        filled: Units executed in all according to this status, None where it does not say. Never booked: an
            execution that is missing is asked for.
    """

    account: str
    oid: str
    happening: str
    time: int
    venue_order: str = ""
    code: int = 0
    qty: Decimal | None = None
    limit: Decimal | None = None
    stop: Decimal | None = None
    text: str = ""
    filled: Decimal | None = None


class VenueOrder(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One open order as a venue lists it; quantities in units, prices in quote currency."""

    oid: str
    venue_order: str
    instrument: str
    side: Side
    type: OrderType
    qty: Decimal
    filled: Decimal
    status: Status
    limit: Decimal | None = None
    stop: Decimal | None = None


class BrokerState(Event, frozen=True, kw_only=True, tag=5):
    """A broker's answer to 'what do I have'.

    It lists open orders, positions (signed units) and cash per currency, all of them. The executions that the venue
    has made since the last one come before it, as fills.

    Attributes:
        as_of: Instant at which it was asked for, ns: what happened since may be missing.
        failed: Why the answer is not whole, empty when it is. Nothing is read out of half an answer.
    """

    account: str
    orders: tuple[VenueOrder, ...]
    positions: dict[str, Decimal]
    cash: dict[str, Decimal]
    as_of: int
    failed: str = ""


class Link(Event, frozen=True, kw_only=True, tag=6):
    """A connection went up or down.

    `channel` is orders or data; `is_meant` where it went down because this process ends.
    """

    account: str
    channel: str
    is_up: bool
    text: str = ""
    is_meant: bool = False


class Timer(Event, frozen=True, kw_only=True, tag=7):
    """A timer set earlier is due.

    `name` is unique within its `deployment` (empty for the engine's own).
    """

    deployment: str
    name: str


class Command(Event, frozen=True, kw_only=True, tag=8):
    """An operator's word.

    Attributes:
        id: Unique; a second one with the same id is ignored.
        kind: stop, kill, enable, resume, adopt, release, pause, arm, disarm, or alert, which only tells its reason.
        actor: Who, or which trigger.
        reason: Why.
        scope: `all`, `account:NAME`, `deployment:NAME` or `instrument:SYMBOL`.
        close: True to flatten as well.
        tier: Of a kill, 0 to 4; None for 3 with `close`, else 2.
        digits: Last digits of the accounts that an `enable` opens again or an `arm` arms, as typed.
        change: Of a `config`: the `ConfigChange` it becomes, as JSON. Of a `confirm`: the answer, as typed.
        until: Of an `arm`: when it ends, ns.
    """

    id: str
    kind: str
    actor: str
    reason: str = ""
    scope: str = "all"
    close: bool = False
    tier: int | None = None
    digits: str = ""
    change: str = ""
    until: int = 0


class Answer(Event, frozen=True, kw_only=True, tag=9):
    """What came back for an `Ask`: its text, and who gave it where that was a person.

    `is_ok` is False when it failed or timed out.
    """

    ask: str
    deployment: str
    is_ok: bool
    value: str
    actor: str = ""


class CashFlow(Event, frozen=True, kw_only=True, tag=10):
    """Money in (positive) or out that is not trading.

    `kind` is deposit, withdrawal, dividend, interest, funding or fee. Only deposits and withdrawals move the
    drawdown peak; the others are profit or loss. `id` makes it count once.
    """

    account: str
    currency: str
    amount: Decimal
    kind: str
    id: str
    deployment: str = ""


class CorporateAction(Event, frozen=True, kw_only=True, tag=11):
    """A split, dividend, spin-off, another name or the end of a symbol, on what is held.

    Attributes:
        instrument: Symbol.
        kind: split, dividend, spinoff, rename or delisting.
        numerator, denominator: New units per old units of a split; units of `into` per unit held of a spin-off.
        amount: Quote currency per unit of a dividend; of a spin-off the share of cost and worth that goes along.
        id: Makes it count once. into: Symbol whose units a spin-off brings, or that one is called from now on.
    """

    instrument: str
    kind: str
    id: str
    numerator: int = 1
    denominator: int = 1
    amount: Decimal = ZERO
    into: str = ""


class FxMark(Event, frozen=True, kw_only=True, tag=12):
    """From now on one unit of `currency` is worth `rate` units of `base`."""

    currency: str
    base: str
    rate: Decimal


class Schedule(Event, frozen=True, kw_only=True, tag=13):
    """A session begins or has ended.

    The closing one comes a nanosecond after `close`, behind the last bar. The opening one comes at `open`, or two
    nanoseconds later where the session before ends at that instant, so that its last bar and its end come first.

    Attributes:
        calendar: Which.
        date: Session date, ISO, in the calendar's own zone.
        open, close: Bounds of the session, ns; a bar belongs to it if it opens in [open, close).
        is_open: True for the opening event.
        goes_on: True where the next session begins the moment this one ends: its end is no real close.
    """

    calendar: str
    date: str
    open: int
    close: int
    is_open: bool
    goes_on: bool = False


class ConfigChange(Event, frozen=True, kw_only=True, tag=14):
    """A changed configuration as JSON, its hash, its limits, and whether they may loosen."""

    config: str
    digest: str
    actor: str
    limits: Limits | None = None
    is_confirmed: bool = False


class DeploymentChange(Event, frozen=True, kw_only=True, tag=15):
    """What became of a deployment; `kind` is discard, of its memory."""

    deployment: str
    kind: str
    reason: str


class BadData(Event, frozen=True, kw_only=True, tag=16):
    """A market record was refused.

    It marks nothing and triggers nothing, but keeps its place in the source. `value` is the offending number as text,
    `code` a `D` code.
    """

    instrument: str
    code: int
    value: str
    interval: int = 0


class DiskState(Event, frozen=True, kw_only=True, tag=18):
    """The journal's disk went bad (or was replaced): no new risk while it is not healthy."""

    is_healthy: bool
    text: str


class Halt(Event, frozen=True, kw_only=True, tag=30):
    """An instrument is halted, or trades again; `text` is the venue's own word."""

    instrument: str
    is_halted: bool
    text: str = ""


class History(Event, frozen=True, kw_only=True, tag=31):
    """Bars of one session of the past, for what one strategy remembers and nothing else.

    They mark nothing and trigger nothing: what the strategy says of them is dropped.

    Attributes:
        deployment: Whose strategy. open, close: Bounds of their session, ns. bars: In order of time.
    """

    deployment: str
    open: int
    close: int
    bars: tuple[Bar, ...]


class Relisted(Event, frozen=True, kw_only=True, tag=32):
    """The vendor of an instrument lets less be done with it than at first, or as much again.

    Attributes:
        instrument: Symbol. can_short: It may be sold short there, as far as the run allows that at all.
        step: Entries must be whole multiples of so many units, 0 where the instrument's own lot does.
        text: In words.
    """

    instrument: str
    can_short: bool = True
    step: Decimal = ZERO
    text: str = ""


AnyEvent = (
    Genesis | Bar | Quote | Fill | OrderUpdate | BrokerState | Link | Timer | Command | Answer | CashFlow
    | CorporateAction | FxMark | Schedule | ConfigChange | DeploymentChange | BadData | DiskState | Halt | History
    | Relisted
)  # fmt: skip
"""The sum of all that can come in; the journal decodes into it. Tag 17 is never given again."""

INSTANT = "instant"
"""Name of the engine's own timer that closes the bars of one instant."""
