"""Behind `openbell enable` entries wait until trading has shown that it works.

`verify_data_feeds`: every feed below the gate has told a bar that closed after the word. `test_order_placement`: one
small order far below the market is placed with every account and taken back; where nothing is sent anywhere there is
none. A trial is an entry, so it passes every limit, and waits for room where there is none. One that is refused by its
venue, or ends otherwise than taken back, leaves the gate closed until the next `enable`; one that executed all the same
is held and protected like any holding, and said. The time of smaller sizes begins when the last step is done.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, field_validator

from openbell.core.book import Book
from openbell.core.codes import Code, label
from openbell.core.desk import covers
from openbell.core.effects import Alert, Cancel, Kill, Latch, SetTimer
from openbell.core.events import Fill, OrderUpdate, Timer
from openbell.core.exposure import Draft
from openbell.core.kill import accounts_in
from openbell.core.monitor import Send
from openbell.core.order import Order
from openbell.core.risk import Denied, review
from openbell.core.spec import DeploymentSpec
from openbell.core.types import MINUTE_NS, NS, ZERO, Instrument, OrderType, Rounding, Side, Status, Tif, div
from openbell.schema import Fraction, PartConfig, Span, format_fraction, format_span, parse_fraction

ID, WHEN, SOURCE = "B17", "after enable; timer", "founding documents"
EFFECT = "keeps the gate closed until each feed has told something new and a trial order was taken back"
APPLIES = "none"
HEARS = (Kill, Timer, OrderUpdate, Fill)
NAME = "recovery"
Step = Literal["verify_data_feeds", "test_order_placement"]
FEEDS: Step = "verify_data_feeds"
TRIAL: Step = "test_order_placement"
NEAREST, FARTHEST = Decimal("0.1"), Decimal("0.9")
"""A trial order nearer than that could execute; farther away a venue would take it for a slip."""
WAITING = "; entries wait for the next enable"
LOOK_NS = 10 * NS
"""How often what is still lacking is looked at."""


class Config(PartConfig):
    """Options: `steps`, what has to be shown before entries pass.

    `away` is how far below the market the trial order stands, as a share of the price. `within` is after how long what
    is still lacking is said.
    """

    steps: Annotated[tuple[Step, ...], Field(min_length=1)] = (FEEDS, TRIAL)
    away: Fraction = parse_fraction("25%")
    within: Annotated[Span, Field(ge=LOOK_NS)] = 15 * MINUTE_NS

    @field_validator("away")
    @classmethod
    def _is_far(cls, away: Decimal) -> Decimal:
        if not NEAREST <= away <= FARTHEST:
            near, far = format_fraction(NEAREST), format_fraction(FARTHEST)
            raise ValueError(f"{format_fraction(away)} is not between {near} and {far} below the market")
        return away


class Facts(NamedTuple):
    """What it is told: how many feeds and accounts have not shown yet that they work."""

    lacking: int


def params(config: Config) -> tuple[int, ...]:
    """Return which steps there are, how far away the trial stands, and the time in ns."""
    return (int(FEEDS in config.steps), int(TRIAL in config.steps), *config.away.as_integer_ratio(), config.within)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Object while something is lacking."""
    return int(Code.LATCHED) if facts.lacking > 0 else 0


def hear(
    params: tuple[int, ...], book: Book, cause: Kill | Timer | OrderUpdate | Fill
) -> Iterator[Latch | Alert | SetTimer | Send | Cancel | Kill]:
    """Close the gate again that `enable` has opened, and open it when every step is done."""
    if isinstance(cause, Kill):
        if cause.state is None:
            yield from _begin(book, cause.scope)
    elif isinstance(cause, Timer):
        name, _, scope = cause.name.partition("/")
        if not cause.deployment and name == NAME:
            yield from _look(params, book, scope)
    else:
        order = book.truth.orders.get(cause.oid)
        if order is not None and order.reason == Code.TRIAL_ORDER:
            yield from _follow(book, order, cause.text if isinstance(cause, OrderUpdate) else "")


def _begin(book: Book, scope: str) -> Iterator[Latch | Alert | SetTimer]:
    reason = "trading has to show that it works; then entries are let through by themselves"
    if f"{NAME}/{scope}" in book.truth.latches:
        yield Latch(kind=NAME, scope=scope, is_on=False, reason="its steps begin anew")
    yield Latch(kind=NAME, scope=scope, is_on=True, release="evidence", reason=reason)
    yield Alert(level="warning", key=f"{NAME}/{scope}", text=f"{scope}: {reason}")
    # Due at once, in a step of its own: by then the gate is closed for all that was opened with it.
    yield SetTimer(deployment="", name=f"{NAME}/{scope}", at=book.truth.ts)


def _look(params: tuple[int, ...], book: Book, scope: str) -> Iterator[Latch | Alert | SetTimer | Send | Cancel | Kill]:
    """Send what is to be sent, and open the gate where nothing is lacking."""
    latch, now = book.truth.latches.get(f"{NAME}/{scope}"), book.truth.ts
    if latch is None:
        return
    lacking = _silent(book, scope, latch.ts) if params[0] else []
    if params[1] and not lacking:
        for account in accounts_in(book, scope):
            trial = _trial(book, account, latch.ts)
            if book.spec.accounts[account].venue == "none" or (trial is not None and _is_good(trial)):
                continue
            if trial is None:
                draft, why = _draft(params, book, account, scope)
                lacking.append(f"{account}: no trial order was let out: {why}")
                yield from [Send(draft=draft)] if draft is not None else []
                continue
            lacking.append(f"{account}: the trial order {trial.oid} is {trial.status}")
            yield from _follow(book, trial, "")
    if not check(params, Facts(len(lacking))):
        yield from _open(book, scope)
        return
    yield SetTimer(deployment="", name=f"{NAME}/{scope}", at=now + LOOK_NS)
    if 0 <= now - latch.ts - params[4] < LOOK_NS:
        text = f"{scope}: entries still wait after {format_span(params[4])}: {'; '.join(lacking)}"
        yield Alert(level="error", key=f"{NAME}/{scope}/late", text=text)


def _open(book: Book, scope: str) -> Iterator[Latch | Alert | Kill]:
    reason = f"{scope}: every feed and account asked has shown that it works; entries are let through"
    yield Latch(kind=NAME, scope=scope, is_on=False, reason=reason)
    yield Alert(level="warning", key=f"{NAME}/{scope}", text=reason)
    if scope not in book.truth.kills:
        yield Kill(scope=scope, ramp_until=book.truth.ts + book.spec.kill.ramp)


def _pairs(book: Book, scope: str, account: str) -> Iterator[tuple[DeploymentSpec, str]]:
    """Yield what a scope covers of an account, of all where that is empty."""
    for name, spec in book.spec.deployments.items():
        for symbol in spec.instruments:
            if account in ("", spec.account) and covers(scope, spec.account, name, symbol):
                yield spec, symbol


def _silent(book: Book, scope: str, since: int) -> list[str]:
    """Return in words which feeds have told no bar that closed after `since` (ns)."""
    marks, found = book.truth.marks, dict.fromkeys((symbol, spec.interval) for spec, symbol in _pairs(book, scope, ""))
    late = [key for key in found if marks[key[0]].last_ts.get(key[1], 0) <= since]
    return [f"no new bar of {format_span(interval)} of {symbol}" for symbol, interval in late]


# --- the trial order --------------------------------------------------------------------------------------------


def _trial(book: Book, account: str, since: int) -> Order | None:
    """Return the newest trial order of an account that is open, or was sent at `since` (ns) or later."""
    for order in reversed(book.truth.orders.values()):
        is_meant = order.account == account and order.reason == Code.TRIAL_ORDER
        if is_meant and (order.is_open or order.sent_ts >= since):
            return order
    return None


def _is_good(order: Order) -> bool:
    return order.status is Status.CANCELLED and not order.filled


def _follow(book: Book, order: Order, said: str) -> Iterator[Cancel | Alert | SetTimer]:
    """Take a trial order back that the venue has taken; say what else becomes of one."""
    latches = (one for one in book.truth.latches.values() if one.kind == NAME)
    scopes = [one.scope for one in latches if order.account in accounts_in(book, one.scope)]
    key = f"{NAME}/{order.oid}"
    if order.filled:
        text = (
            f"{order.account}: the trial order {order.oid} EXECUTED, {order.filled:f} {order.instrument}; "
            f"{order.deployment} holds it like anything else it buys"
        )
        yield Alert(level="critical", key=key, text=text + (WAITING if scopes else ""))
    elif not order.is_open and not _is_good(order):
        text = f"{order.account}: the trial order {order.oid} is {order.status} {said or label(order.code)}".strip()
        yield Alert(level="critical", key=key, text=text + (WAITING if scopes else ""))
    if order.status in (Status.WORKING, Status.PARTIAL):
        yield Cancel(oid=order.oid, account=order.account, reason=Code.TRIAL_ORDER)
    elif _is_good(order):
        for scope in scopes:
            yield SetTimer(deployment="", name=f"{NAME}/{scope}", at=book.truth.ts)


def _draft(params: tuple[int, ...], book: Book, account: str, scope: str) -> tuple[Draft | None, str]:
    """Return the least order that an account's venue takes, far below the market, or None; and what is in its way."""
    found = "nothing that it trades has a price"
    for spec, symbol in _pairs(book, scope, account):
        instrument, px = book.instrument(symbol), book.mark_px(symbol)
        if px is None or px <= 0:
            continue
        far = div(px * (params[3] - params[2]), Decimal(params[3]), instrument.quantum, Rounding.FLOOR)
        limit = instrument.order_price(far, Rounding.FLOOR)
        if limit <= 0:
            continue
        draft = Draft(
            account=account, deployment=spec.name, instrument=symbol, side=Side.BUY, type=OrderType.LIMIT, tif=Tif.GTC,
            qty=_least(book, instrument, limit), limit=limit, reason=Code.TRIAL_ORDER, is_confirmed=True, past=NAME,
        )  # fmt: skip
        verdict = review(book, (), draft, book.truth.ts)
        if not isinstance(verdict, Denied):
            # What else can stop it is a rule; the last word about the instrument tells which.
            return draft, label(book.position(spec.name, symbol).code)
        found = f"{spec.name} {symbol}: {', '.join(map(label, verdict.codes))}"
    return None, found


def _least(book: Book, instrument: Instrument, limit: Decimal) -> Decimal:
    """Return the smallest quantity that the venue takes at a price."""
    told = book.truth.relisted.get(instrument.symbol)
    grid = max(instrument.lot, told.step if told is not None else ZERO)
    worth = div(instrument.min_notional, limit * instrument.multiplier, grid, Rounding.CEIL)
    return max(worth, div(max(instrument.min_qty, grid), Decimal(1), grid, Rounding.CEIL))


def text(config: Config) -> str:
    """Return the rule in words."""
    words = {
        FEEDS: "every feed has told a new bar",
        TRIAL: f"an order {format_fraction(config.away)} below the market was placed and taken back",
    }
    return f"behind enable entries wait until {' and '.join(words[one] for one in words if one in config.steps)}"
