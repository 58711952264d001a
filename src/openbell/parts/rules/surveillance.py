"""Watches our own flow for what would look like manipulation.

Cancels without fills, layers, wash trades.
"""

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import Field

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.conduct import Conduct
from openbell.core.effects import Alert, Submit
from openbell.core.events import Fill, OrderUpdate
from openbell.core.monitor import Hold
from openbell.core.types import MINUTE_NS
from openbell.schema import LimitShare, PartConfig, format_fraction, parse_fraction

ID, WHEN, EFFECT, SOURCE = "D44", "every answer of the venue", "alerts; holds the strategy", "RTS 6 art. 13"
APPLIES = "none"
HEARS = (OrderUpdate, Submit, Fill)


class Config(PartConfig):
    """Options.

    `cancels` is the share of at least `orders` entries of a session cancelled unfilled; `layers` is how many entries
    stand on one side of an instrument at different prices.
    """

    cancels: LimitShare = parse_fraction("95%")
    orders: int = Field(default=100, ge=1)
    layers: int = Field(default=4, ge=2)


class Facts(NamedTuple):
    """What it is told of one strategy's session: entries sent and cancelled unfilled."""

    orders: int
    cancels: int


def params(config: Config) -> tuple[int, ...]:
    """Return the share as numerator and denominator, the number of orders and of layers."""
    return (*config.cancels.as_integer_ratio(), config.orders, config.layers)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Object when the share of cancels is reached."""
    is_much = facts.cancels * params[1] >= params[0] * facts.orders
    return int(Code.SURVEILLANCE) if facts.orders >= params[2] and is_much else 0


def hear(params: tuple[int, ...], book: Book, cause: OrderUpdate | Submit | Fill) -> Iterator[Hold | Alert]:
    """Hold a strategy that cancels nearly all it sends.

    Alert on layers and on trades with ourselves.
    """
    order = book.truth.orders.get(cause.oid)
    if order is None:
        return
    scope, conduct = f"deployment:{order.deployment}", book.truth.conduct[order.deployment]
    if isinstance(cause, OrderUpdate):
        if check(params, Facts(conduct.orders, conduct.cancels)):
            reason = f"{conduct.cancels} of {conduct.orders} entries were cancelled with nothing filled"
            yield Hold(scope=scope, reason=reason)
    elif isinstance(cause, Submit):
        same = (o for o in book.open_orders[order.instrument].values()
                if o.account == order.account and o.side is order.side and not o.reduce_only)  # fmt: skip
        count = len({o.limit for o in same if o.limit is not None})
        if count >= params[3]:
            text = f"{order.account} {order.instrument}: {count} layers of {order.side} orders"
            yield Alert(level="warning", key=f"layers/{order.account}/{order.instrument}", text=text)
    elif is_wash(book, order.account, order.instrument, cause):
        text = f"{order.account} {order.instrument}: bought and sold at {cause.px:f} within a minute"
        yield Alert(level="error", key=f"wash/{order.account}/{order.instrument}", text=text)


def is_wash(book: Book, account: str, instrument: str, fill: Fill) -> bool:
    """Return True if the account has just traded the other way at the same price."""
    names = [name for name, spec in book.spec.deployments.items() if spec.account == account]
    flows: list[Conduct] = [book.truth.conduct[name] for name in names if name in book.truth.conduct]
    return any(
        trade.instrument == instrument
        and trade.side != fill.side
        and trade.ts > fill.ts - MINUTE_NS
        and trade.paid == trade.qty * fill.px
        for conduct in flows
        for trade in conduct.trades
    )


def text(config: Config) -> str:
    """Return the rule in words."""
    share = format_fraction(config.cancels)
    return (
        f"a strategy that cancels {share} of {config.orders} entries or more unfilled is held; layers and washes alert"
    )
