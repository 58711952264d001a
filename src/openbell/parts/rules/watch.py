"""Looks at every account again and again while its markets are open, and alerts.

It refuses nothing: it says early what limits will say late. Each threshold gives one alert when it is passed, and
another only after the figure was a fifth smaller in between.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from pydantic import Field

from openbell.core.account import Account
from openbell.core.book import Book
from openbell.core.effects import Alert, Latch, SetTimer
from openbell.core.events import Bar, Timer
from openbell.core.risk import as_money, cents
from openbell.core.types import NS, ZERO, money
from openbell.parts.rules._limits import is_more, stage_params
from openbell.schema import PartConfig, Span, Stage, format_fraction, format_span, parse_fraction

ID, WHEN, EFFECT, SOURCE = "D25", "timer", "alerts", "founding documents"
APPLIES = "none"
HEARS = (Bar, Timer)
NAME = "watch"
FIGURES = ("exposure", "weekly_loss", "position", "concentration", "slippage")
"""Shares, in the order of their options; entries are counted behind them."""
BEYOND = FIGURES.index("slippage")
"""The number of the share that is told above its threshold only; all others are told from it on."""
EASED = (4, 5)
"""A figure must have been below so much of its threshold before it is told again."""
PASSED, BETWEEN, BELOW = 1, 0, -1
"""Where a figure is: past its threshold, near it, or so far below that it may be told again."""


class Config(PartConfig):
    """Options: `every`, the time between two looks; a share of equity, or off, for each.

    `exposure`, of all that is held; `weekly_loss`, since the week began; `position`, the largest of one strategy;
    `concentration`, the largest instrument of all strategies together; `slippage`, how much worse than at sending the
    session's orders were executed; `trades`, entries of a session, 0 for off. The last two are told above their
    threshold, all others from it on.
    """

    every: Span = Field(default=30 * NS, gt=0)
    exposure: Stage = parse_fraction("8%")
    weekly_loss: Stage = parse_fraction("5%")
    position: Stage = parse_fraction("5%")
    concentration: Stage = parse_fraction("10%")
    slippage: Stage = parse_fraction("0.5%")
    trades: int = Field(default=20, ge=0)


class Facts(NamedTuple):
    """What it is told of one figure: what it is a share of, and the part, in 1e-8."""

    part: int
    whole: int


def params(config: Config) -> tuple[int, ...]:
    """Return the time in ns, each share as two whole numbers, and the number of entries."""
    shares = (config.exposure, config.weekly_loss, config.position, config.concentration, config.slippage)
    return (config.every, *(n for share in shares for n in stage_params(share)), config.trades)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Never object: it only looks."""
    return 0


def place_of(share: tuple[int, int], facts: Facts, figure: int) -> int:
    """Return where a figure is whose threshold is a share of the whole.

    Exactly at it has passed it, but for the one figure, by its number, that is told above it only.
    """
    num, den = share
    is_above, is_below = is_more(facts.part, den, facts.whole, num), is_more(facts.whole, num, facts.part, den)
    if facts.whole > 0 and (is_above or not (is_below or figure == BEYOND)):
        return PASSED
    return BELOW if is_more(facts.whole, num * EASED[0], facts.part, den * EASED[1]) else BETWEEN


def place_of_entries(most: int, entries: int) -> int:
    """Return where the number of entries is; a threshold of 0 is off."""
    if entries > most > 0:
        return PASSED
    return BELOW if entries * EASED[1] < most * EASED[0] else BETWEEN


def hear(params: tuple[int, ...], book: Book, event: Bar | Timer) -> Iterator[Alert | Latch | SetTimer]:
    """Begin with a bar, look when the time has come, and go on while a market is open."""
    if isinstance(event, Bar):
        if f"/{NAME}" not in book.truth.timers:
            yield SetTimer(deployment="", name=NAME, at=event.ts + params[0])
        return
    if event.deployment or event.name != NAME:
        return
    for name, account in book.truth.accounts.items():
        yield from _look(params, book, name, account)
    if any(session.is_open for session in book.truth.sessions.values()):
        yield SetTimer(deployment="", name=NAME, at=event.ts + params[0])


def _look(params: tuple[int, ...], book: Book, name: str, account: Account) -> Iterator[Alert | Latch]:
    """Tell what has passed its threshold in an account, once."""
    for n, (figure, facts) in enumerate(zip(FIGURES, _figures(book, name, account), strict=True)):
        share = params[1 + 2 * n], params[2 + 2 * n]
        if share[0]:
            words = f"{figure.replace('_', ' ')} is {as_money(facts.part)} of {as_money(facts.whole)}"
            yield from _tell(book, f"{NAME}_{figure}", name, place_of(share, facts, n), words)
    words = f"{account.entries} entries in this session"
    yield from _tell(book, f"{NAME}_trades", name, place_of_entries(params[-1], account.entries), words)


def _tell(book: Book, kind: str, account: str, place: int, words: str) -> Iterator[Alert | Latch]:
    scope = f"account:{account}"
    is_told = f"{kind}:warn/{scope}" in book.truth.stages
    if place == PASSED and not is_told:
        yield Latch(kind=kind, scope=scope, is_on=True, level="warn", reason=words)
        yield Alert(level="warning", key=f"{kind}/{account}", text=f"{account}: {words}")
    elif is_told and place == BELOW:
        yield Latch(kind=kind, scope=scope, is_on=False, level="warn")


def _figures(book: Book, name: str, account: Account) -> Iterator[Facts]:
    """Yield part and whole of each figure."""
    equity, week = account.equity, account.week
    worth: dict[str, Decimal] = {}
    single = ZERO
    for position in book.all_positions():
        if position.account == name and position.qty:
            value = money(position.value * book.rate(account, position.instrument))
            worth[position.instrument] = worth.get(position.instrument, ZERO) + value
            single = max(single, abs(value))
    largest = max(map(abs, worth.values()), default=ZERO)
    yield Facts(cents(sum(map(abs, worth.values()), ZERO)), cents(equity))
    yield Facts(cents(week.equity + week.flows - equity), cents(week.equity))
    yield Facts(cents(single), cents(equity))
    yield Facts(cents(largest), cents(equity))
    yield _slippage(book, name, account)


def _slippage(book: Book, name: str, account: Account) -> Facts:
    """Return how much worse than at sending this session's orders were executed, and what they came to."""
    session = book.truth.sessions.get(book.spec.accounts[name].calendar)
    opened = session.open if session is not None else 0
    worse = paid = ZERO
    for deployment, spec in book.spec.deployments.items():
        if spec.account != name:
            continue
        conduct = book.truth.conduct.get(deployment)
        for trade in conduct.trades if conduct is not None else ():
            if trade.ts >= opened and trade.arrival:
                rate = book.rate(account, trade.instrument)
                worse += money(trade.slippage * rate)
                paid += money(trade.paid * rate)
    return Facts(cents(worse), cents(paid))


def text(config: Config) -> str:
    """Return the rule in words."""
    shares = [(name.replace("_", " "), getattr(config, name)) for name in FIGURES]
    told = [
        f"{name} {'above ' if name == FIGURES[BEYOND] else ''}{format_fraction(share)}"
        for name, share in shares
        if share is not None
    ]
    told += [f"more than {config.trades} entries"] if config.trades else []
    return f"every {format_span(config.every)} a look, an alert from: {', '.join(told) or 'nothing'}"
