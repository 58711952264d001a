"""The rows of answers: runs, accounts, deployments, orders and the rest.

They are made in `run/web` and go out as they are; a test holds each against its shape here.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Money = Annotated[str, Field(description="An exact decimal", pattern=r"^-?[0-9]+(\.[0-9]+)?$", examples=["1250.5"])]
Stamp = Annotated[str, Field(description="Nanoseconds since 1970 UTC", pattern=r"^-?[0-9]+$")]
Share = Annotated[float, Field(description="A fraction: 0.02 is two percent")]
Side = Literal["long", "short"]


ONLY = ConfigDict(extra="forbid", strict=True)
"""What is not named is not there."""


class Shape(BaseModel):
    """An answer, and nothing else in it."""

    model_config = ONLY


class Run(Shape):
    """One state: a run that goes, or has ended."""

    id: str
    title: str
    mode: str
    badge: str
    is_synthetic: bool
    is_simulated: bool
    is_running: bool
    pid: int | None
    seq: int
    since_seq: int
    market_ts: Stamp
    beat_ts: Stamp | None
    is_disk_healthy: bool
    path: str
    rules: list[str]


class Line(Shape):
    """How an account is connected."""

    is_up: bool
    text: str


class Account(Shape):
    """One account; money in its base currency.

    `realised` is what closed round trips made after fees, `unrealised` what is held makes by the prices of the market,
    `other` what is left of `pnl`: fees of what is held, interest, dividends. `gross` and `net` are what is
    held at market value, without and with its sign.
    """

    name: str
    broker: str
    number_end: str
    is_real: bool
    is_simulated: bool
    armed_until_ts: Stamp | None
    currency: str
    equity: Money
    cash: Money
    day_pnl: Money
    day_pnl_share: Share | None
    pnl: Money
    pnl_share: Share | None
    realised: Money
    other: Money
    drawdown: Share
    max_drawdown: Share
    gross: Money
    net: Money
    unrealised: Money
    concentration: Share
    largest: str
    line: Line | None


class DeploymentStatus(BaseModel):
    """One strategy at work; money in its account's base currency."""

    model_config = ONLY
    id: str
    account: str
    strategy: str
    instruments: list[str]
    bars: str
    status: Literal["active", "paused", "stopped", "error"]
    reason: str
    started_ts: Stamp | None
    trades: int
    wins: int
    win_rate: Share | None
    pnl: Money
    pnl_share: Share | None
    day_pnl: Money
    day_pnl_share: Share | None
    open_positions: int
    drawdown: Share
    capital: Money
    currency: str


class Position(BaseModel):
    """One holding; prices and money in its instrument's currency."""

    model_config = ONLY
    key: str
    deployment: str
    account: str
    symbol: str
    side: Side
    qty: Money
    entry_px: Money
    px: Money | None
    value: Money
    pnl: Money
    pnl_share: Share | None
    opened_ts: Stamp
    stop_px: Money | None
    target_px: Money | None
    is_exposed: bool
    currency: str
    digits: int


class Order(Shape):
    """One order."""

    oid: str
    deployment: str
    account: str
    symbol: str
    side: str
    type: str
    tif: str
    qty: Money
    filled: Money
    limit_px: Money | None
    stop_px: Money | None
    avg_px: Money | None
    status: str
    is_open: bool
    reason: str
    is_exit: bool
    ts: Stamp
    changed_ts: Stamp
    text: str
    currency: str
    digits: int


class Session(Shape):
    """When an instrument trades; `zone` is its exchange's (IANA), empty for unknown."""

    is_open: bool
    close_ts: Stamp | None
    next_ts: Stamp | None
    zone: str


class Instrument(Shape):
    """One instrument and its latest prices."""

    symbol: str
    currency: str
    digits: int
    tick: Money
    px: Money | None
    bid: float | None
    ask: float | None
    ts: Stamp | None
    is_stale: bool
    why_halted: str
    session: Session


class Limit(Shape):
    """One limit of one account with its use; one that is off says why."""

    key: str
    id: str
    name: str
    account: str
    scope: str
    text: str
    used: float | None
    limit: float | None
    unit: str
    share: Share | None
    state: Literal["ok", "near", "hit", "off"]
    why: str
    why_off: str


class Latch(Shape):
    """A gate that is closed."""

    key: str
    kind: str
    scope: str
    reason: str
    ts: Stamp
    release: str


class Kill(Shape):
    """A kill in force."""

    scope: str
    tier: int
    stage: str
    actor: str
    reason: str
    ts: Stamp
    is_done: bool
    text: str
    held: int
    left: list[str]


class Fill(Shape):
    """One execution, or what its venue has told to correct or take back an earlier one."""

    seq: int
    ts: Stamp
    account: str
    deployment: str
    symbol: str
    side: str
    qty: Money
    px: Money
    value: Money
    fee: Money
    fee_currency: str
    currency: str
    reason: str
    is_exit: bool
    oid: str
    execution: str
    what: Literal["execution", "correction", "taken back"]
    corrects: str


class Trade(Shape):
    """One round trip."""

    seq: int
    deployment: str
    symbol: str
    side: Side
    qty: Money
    entry_px: Money
    exit_px: Money
    opened_ts: Stamp
    closed_ts: Stamp
    pnl: Money
    pnl_share: Share | None
    fees: Money
    currency: str
    entry_reason: str
    reason: str


class Alert(Shape):
    """One alert."""

    seq: int
    ts: Stamp
    level: str
    key: str
    text: str


class Decision(Shape):
    """One decision with the numbers it was made of.

    `action` is BUY or SELL where that was ordered, else HOLD; where `is_changed` is true `signal` was wanted, and
    `reason` came in between.
    """

    seq: int
    ts: Stamp
    deployment: str
    symbol: str
    action: str
    signal: str
    code: int
    reason: str
    is_changed: bool
    numbers: dict[str, float | None]
    target: float | None
