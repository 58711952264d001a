"""Answers, as the OpenAPI document says them: pages of rows, and what else is asked for."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from openbell.edges.web import shapes
from openbell.edges.web.shapes import ONLY, Shape, Stamp

Point = Annotated[list[Any], Field(min_length=3, max_length=3)]
Candle = Annotated[list[float], Field(min_length=6, max_length=6)]


class Standing(BaseModel):
    """A run as it stood after a record."""

    model_config = ONLY
    run: shapes.Run
    accounts: dict[str, shapes.Account]
    deployments: dict[str, shapes.DeploymentStatus]
    positions: dict[str, shapes.Position]
    orders: dict[str, shapes.Order]
    instruments: dict[str, shapes.Instrument]
    limits: dict[str, shapes.Limit]
    latches: dict[str, shapes.Latch]
    kills: dict[str, shapes.Kill]


class Dark(Shape):
    """A run that cannot be shown, and why; words reach it still."""

    id: str
    path: str
    why: str
    is_running: bool


class Listed(Shape):
    """A run in the list of all; `ended_ts` is its last sign of life, null while it runs."""

    id: str
    title: str
    mode: str
    badge: str
    is_running: bool
    path: str
    ended_ts: Stamp | None


class LogLine(Shape):
    """One line of a log."""

    at: str
    level: str
    component: str
    text: str


class NumberedLine(Shape):
    """A line of the run's main log; `seq` counts them since this server began to read."""

    seq: int
    at: str
    level: str
    component: str
    text: str


class Way(Shape):
    """How far a message has come on one channel.

    `ts` is when that ended, or until when it is held; null for not yet.
    """

    channel: str
    state: Literal["held", "waiting", "sending", "sent", "refused", "dropped"]
    tries: int
    ts: Stamp | None
    why: str


class Message(Shape):
    """A message as the history keeps it.

    `ts` is the instant that it tells of, `told_ts` when it was told; `due_ts` when it is sent once more unless
    acknowledged.
    """

    id: int
    seq: int
    ts: Stamp
    told_ts: Stamp
    level: Literal["info", "warning", "error", "critical"]
    kind: str
    event: str
    title: str
    text: str
    repeats: int
    acked_ts: Stamp | None
    acked_by: str
    due_ts: Stamp | None
    ways: list[Way]


class Channel(Shape):
    """A channel: how much waits, and when something was taken last."""

    name: str
    kind: str
    level: str
    targets: int
    waiting: int
    sent_ts: Stamp | None
    why: str


class Told(Shape):
    """How messages stand.

    `is_kept` is false for a run without an outbox; `has_notifier` says whether somebody carries them; `unseen` counts
    those of error and above that nobody has acknowledged, `unheard` those that are critical and have reached nobody;
    `problem` is why this may be old, empty where it is not.
    """

    is_kept: bool
    has_notifier: bool
    unseen: int
    unheard: int
    problem: str


class Snapshot(Standing):
    """A run as it stands, with the newest of what only grows, the newest last.

    `log` has the newest lines, `messages` by number the newest of what people were told, `told` by the run's name how
    they stand: all three are empty until they have been read, a moment after somebody asked first. `states` and `dark`
    are the list of all runs.
    """

    fills: list[shapes.Fill]
    trades: list[shapes.Trade]
    alerts: list[shapes.Alert]
    decisions: list[shapes.Decision]
    log: list[NumberedLine]
    told: dict[str, Told]
    channels: dict[str, Channel]
    messages: dict[str, Message]
    states: dict[str, Listed]
    dark: dict[str, Dark]


class States(Shape):
    """All runs, the newest first, and those that cannot be shown."""

    states: list[shapes.Run]
    dark: list[Dark]


class Bars(Shape):
    """Bars: seconds since 1970 UTC of the open, open, high, low, close, volume."""

    bars: list[Candle]


class Equity(Shape):
    """An equity curve: seconds since 1970 UTC, a number for drawing, exact text."""

    account: str
    currency: str
    points: list[Point]


class Decisions(Shape):
    """A page of decisions, the newest first."""

    decisions: list[shapes.Decision]


class Fills(Shape):
    """A page of fills, the newest first."""

    fills: list[shapes.Fill]


class Trades(Shape):
    """A page of trades, the newest first."""

    trades: list[shapes.Trade]


class Alerts(Shape):
    """A page of alerts, the newest first."""

    alerts: list[shapes.Alert]


class Record(Shape):
    """A record of the journal in words."""

    seq: int
    ts: Stamp
    kind: str
    text: str


class Records(Shape):
    """A page of records, the newest first."""

    records: list[Record]


class Verdict(Shape):
    """Whether a journal is whole."""

    is_sound: bool
    records: int
    seq: int
    head_hash: str
    problem: str
    segment: str


class Effective(Shape):
    """What a run was told, secrets as `***`, and its rules in words."""

    config: dict[str, Any]
    rules: list[str]
    mode: str


class Strategy(Shape):
    """A strategy that can be named; `options` is the JSON Schema of its options."""

    kind: str
    text: str
    schema_: dict[str, Any] = Field(alias="schema", description="JSON Schema of its options")


class Deployed(shapes.DeploymentStatus):
    """A deployment, with the run it belongs to."""

    state: str


class Deployments(Shape):
    """All deployments of all runs."""

    deployments: list[Deployed]


class Held(shapes.Position):
    """A holding, with the run it belongs to."""

    state: str


class Holdings(Shape):
    """What a deployment holds."""

    positions: list[Held]


class Backtest(Shape):
    """A backtest; `figures` are those of `openbell backtest --json`, null until it is done."""

    id: str
    title: str
    status: Literal["running", "done", "failed"]
    share: shapes.Share
    text: str
    asked_ts: Stamp
    digest: str
    figures: dict[str, Any] | None


class Backtests(Shape):
    """All backtests, the newest first."""

    backtests: list[Backtest]


class Logs(Shape):
    """The newest lines of a log, the newest first, and which logs there are."""

    components: list[str]
    lines: list[LogLine]


class Hours(Shape):
    """One session of an exchange; its date is the exchange's own."""

    date: str
    open_ts: Stamp
    close_ts: Stamp


class Calendar(Shape):
    """An exchange's zone (IANA) and its sessions to come."""

    name: str
    zone: str
    sessions: list[Hours]


class Calendars(Shape):
    """The calendars of a run."""

    calendars: list[Calendar]


class Trouble(Shape):
    """Something that is unwell: of which run, what, and in words."""

    state: str
    what: str
    text: str


class Wellbeing(Shape):
    """Whether all is well; only who may read is told what is not."""

    status: Literal["green", "red"]
    faults: list[Trouble]


class Messages(Shape):
    """A page of messages, the newest first.

    `is_kept` is false for a run without an outbox; `has_notifier` says whether somebody carries them; `unseen` counts
    those of error and above that nobody has acknowledged, `unheard` those that are critical and have reached nobody.
    """

    is_kept: bool
    has_notifier: bool
    unseen: int
    unheard: int
    channels: list[Channel]
    messages: list[Message]
