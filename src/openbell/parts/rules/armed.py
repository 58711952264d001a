"""Real money: no entry unless a person has armed the account, for a time.

Arming is a command with the account's last digits, typed, and an end. The end is one of the engine's own timers, so it
stands in the journal and outlives every restart. When it comes, or when somebody disarms, entries at the venue are
taken back; exits and protection go on.
"""

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import Field

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.effects import Alert, Cancel, SetTimer
from openbell.core.enable import account_digits
from openbell.core.events import Command, Timer
from openbell.core.kill import accounts_in
from openbell.core.risk import Scene
from openbell.core.types import DAY_NS, MINUTE_NS, Status
from openbell.schema import PartConfig, Span, format_span

ID, WHEN, EFFECT, SOURCE = "D43", "before each order; timer", "refuses; takes entries back", "RTS 6 art. 8, B28"
APPLIES = "entry"
NEEDS = ("person",)
HEARS = (Command, Timer)
TIGHTER = "less"
NAME = "armed"


class Config(PartConfig):
    """Options: `longest`, for how long an account can be armed at most."""

    longest: Span = Field(default=DAY_NS, ge=MINUTE_NS, le=31 * DAY_NS)


class Facts(NamedTuple):
    """What it is told: 1 for real money, and how long the account is still armed, ns."""

    is_real: int
    left: int


def params(config: Config) -> tuple[int, ...]:
    """Return the longest time in ns."""
    return (config.longest,)


def armed_until(book: Book, account: str) -> int:
    """Return until when (ns) an account is armed, 0 where it is not."""
    until = book.truth.timers.get(f"/{NAME}/{account}", 0)
    return until if until > book.truth.ts else 0


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return how long the order's account is still armed."""
    until = scene.book.truth.timers.get(f"/{NAME}/{scene.account}", 0)
    return Facts(int(scene.book.spec.accounts[scene.account].is_real), until - scene.ts)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse an entry with real money that is not armed; at the very end it is no longer."""
    return int(Code.NOT_ARMED) if facts.is_real and facts.left <= 0 else 0


def hear(params: tuple[int, ...], book: Book, event: Command | Timer) -> Iterator[Alert | SetTimer | Cancel]:
    """Arm, disarm, or take note that the time is over."""
    if isinstance(event, Timer):
        name, _, account = event.name.partition("/")
        if not event.deployment and name == NAME:
            text = f"{account} is no longer armed: no new risk with real money; exits and protection go on"
            yield Alert(level="critical", key=f"{NAME}/{account}", text=text)
            yield from _cancels(book, account)
        return
    if event.kind not in ("arm", "disarm") or book.truth.seen.get(f"command/{event.id}", 0) > 1:
        return
    meant = real_accounts(book, event.scope)
    if event.kind == "disarm":
        for account in meant:
            # The timer is due at once, and does what the end does.
            yield SetTimer(deployment="", name=f"{NAME}/{account}", at=book.truth.ts)
            text = f"{account} is disarmed by {event.actor} {event.reason}".strip()
            yield Alert(level="warning", key=f"{NAME}/{account}", text=text)
        return
    against = obstacles(book, event, params[0])
    if against:
        text = f"arm of {event.scope} by {event.actor} is refused: {'; '.join(against)}"
        yield Alert(level="error", key=f"arm/{event.id}", text=text)
        return
    for account in meant:
        left = format_span(-((book.truth.ts - event.until) // MINUTE_NS) * MINUTE_NS)
        yield SetTimer(deployment="", name=f"{NAME}/{account}", at=event.until)
        text = f"{account} is ARMED by {event.actor} for {left} {event.reason}".strip()
        yield Alert(level="warning", key=f"{NAME}/{account}", text=text)


def real_accounts(book: Book, scope: str) -> list[str]:
    """Return the accounts of a scope that hold real money."""
    return [name for name in accounts_in(book, scope) if book.spec.accounts[name].is_real]


def obstacles(book: Book, command: Command, longest: int) -> list[str]:
    """Return in words what speaks against arming, with `longest` in ns; empty for nothing."""
    meant = real_accounts(book, command.scope)
    if not meant:
        return [f"no account of {command.scope} holds real money: there is nothing to arm"]
    found = []
    if command.digits.replace(" ", "") != ",".join(account_digits(book, name) for name in meant):
        found.append(f"the digits typed are not the last four of account {', '.join(meant)}")
    if command.until <= book.truth.ts:
        found.append("its end is over already")
    elif command.until > book.truth.ts + longest:
        found.append(f"its end is more than {format_span(longest)} away, the longest that the file allows")
    return found


def _cancels(book: Book, account: str) -> Iterator[Cancel]:
    for by_id in book.open_orders.values():
        for order in by_id.values():
            if order.account == account and not order.reduce_only and order.status is not Status.CANCELLING:
                yield Cancel(oid=order.oid, account=account, reason=Code.NOT_ARMED)


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"no entry with real money unless a person has armed the account, for {format_span(config.longest)} at most"
