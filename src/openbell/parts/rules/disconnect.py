"""What follows when the order channel of an account goes silent.

An alert, a hold, then cancels.

The hold opens again by itself a minute after the line has come back; nothing else does.
"""

from collections.abc import Iterator
from typing import NamedTuple

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.effects import Alert, Cancel, Latch, SetTimer
from openbell.core.events import Link, Timer
from openbell.core.monitor import Hold
from openbell.core.types import NS
from openbell.schema import PartConfig, Span, format_span

ID, WHEN, EFFECT, SOURCE = (
    "D34",
    "timer",
    "alerts at once; holds the account; cancels its entries",
    "founding documents",
)
APPLIES = "none"
NEEDS = ("outside",)
HEARS = (Link, Timer)
NAME = "disconnect"


class Config(PartConfig):
    """Options: how long the channel is silent until the account is held.

    And until its entries are cancelled.

    `clear` is how long it has to be back before the hold opens again.
    """

    hold: Span = 10 * NS
    cancel: Span = 60 * NS
    clear: Span = 60 * NS


class Facts(NamedTuple):
    """What it is told: 1 while the channel is down, and since when in ns."""

    is_down: int
    silent: int


def params(config: Config) -> tuple[int, ...]:
    """Return all times in ns."""
    return config.hold, config.cancel, config.clear


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Object once the channel has been down for as long as the hold waits."""
    return int(Code.DISCONNECTED) if facts.is_down and facts.silent >= params[0] else 0


def hear(
    params: tuple[int, ...], book: Book, event: Link | Timer
) -> Iterator[Alert | SetTimer | Hold | Latch | Cancel]:
    """Start the clock when a channel goes down, and act when it rings."""
    if isinstance(event, Link):
        if event.channel == "orders" and not event.is_meant:
            yield from _on_link(params, event)
        return
    name, _, rest = event.name.partition("/")
    if event.deployment or name != NAME:
        return
    what, _, account = rest.partition("/")
    contact = book.truth.contacts.get(account)
    is_up = contact is not None and contact.is_up
    scope = f"account:{account}"
    if what == "clear" and is_up and f"{NAME}/{scope}" in book.truth.latches:
        yield Latch(kind=NAME, scope=scope, is_on=False, reason="the order channel is back")
    elif what == "hold" and not is_up:
        yield Hold(scope=scope, reason="the order channel is silent", release="evidence")
    elif what == "cancel" and not is_up:
        yield from _cancels(book, account)


def _cancels(book: Book, account: str) -> Iterator[Cancel]:
    orders = [order for by_id in book.open_orders.values() for order in by_id.values()]
    for order in orders:
        if order.account == account and not order.reduce_only:
            yield Cancel(oid=order.oid, account=account, reason=Code.DISCONNECTED)


def _on_link(params: tuple[int, ...], link: Link) -> Iterator[Alert | SetTimer]:
    if link.is_up:
        # A timer that is set again is put off: one that was still to ring for the silence finds the line up.
        yield SetTimer(deployment="", name=f"{NAME}/clear/{link.account}", at=link.ts + params[2])
        return
    text = f"{link.account}: the order channel is down {link.text}".strip()
    yield Alert(level="error", key=f"{NAME}/{link.account}", text=text)
    yield SetTimer(deployment="", name=f"{NAME}/hold/{link.account}", at=link.ts + params[0])
    yield SetTimer(deployment="", name=f"{NAME}/cancel/{link.account}", at=link.ts + params[1])


def text(config: Config) -> str:
    """Return the rule in words."""
    hold, cancel = format_span(config.hold), format_span(config.cancel)
    return f"an account whose order channel is silent is held after {hold}, its entries are cancelled after {cancel}"
