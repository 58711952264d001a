"""No entries shortly before a real close.

And nothing held over it by a strategy that must not.

A session that the next one follows at once has no real close. A strategy on bars of a day decides at the close itself,
for the session to come: it has none either.
"""

from collections.abc import Iterator
from typing import NamedTuple

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.effects import Cancel, SetTimer
from openbell.core.events import Schedule, Timer
from openbell.core.monitor import Leave
from openbell.core.risk import Scene
from openbell.core.types import DAY_NS, MINUTE_NS
from openbell.schema import PartConfig, Span, format_span

ID, WHEN, SOURCE = "D36", "before each order; timer", "founding documents"
EFFECT = "refuses; sells what a deployment with `overnight: false` holds"
APPLIES = "entry"
HEARS = (Schedule, Timer)
NAME = "near_close"


class Config(PartConfig):
    """Options: `entries`, how long before a real close there are none.

    `flatten`, how long before it all is sold.
    """

    entries: Span = 30 * MINUTE_NS
    flatten: Span = 10 * MINUTE_NS


class Facts(NamedTuple):
    """What it is told, ns: time to the close, and 1 where it is a real one for who orders."""

    to_close: int
    is_real: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return how far the close of the instrument's session is."""
    draft, _ = scene.order
    session = scene.book.session(draft.instrument)
    is_within = scene.book.spec.deployments[draft.deployment].interval < DAY_NS
    return Facts(session.close - scene.ts, int(is_within and not session.goes_on and bool(session.date)))


def params(config: Config) -> tuple[int, ...]:
    """Return both times in ns."""
    return config.entries, config.flatten


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse when the close is nearer than allowed; exactly as near is allowed."""
    return int(Code.NEAR_CLOSE) if facts.is_real and facts.to_close < params[0] else 0


def hear(params: tuple[int, ...], book: Book, event: Schedule | Timer) -> Iterator[SetTimer | Leave | Cancel]:
    """Set a timer when a session with a real close begins, and sell when it rings."""
    if isinstance(event, Schedule):
        yield from _on_open(params, book, event)
        return
    kind, _, rest = event.name.partition("/")
    calendar, _, deployment = rest.partition("/")
    if event.deployment or kind != NAME or deployment not in book.spec.deployments:
        return
    for symbol in book.spec.deployments[deployment].instruments:
        if book.instrument(symbol).calendar != calendar:
            continue
        for order in book.pair_orders(deployment, symbol):
            if not order.reduce_only:
                yield Cancel(oid=order.oid, account=order.account, reason=Code.NEAR_CLOSE)
        if book.position(deployment, symbol).qty:
            yield Leave(deployment=deployment, instrument=symbol, reason=Code.NEAR_CLOSE)


def _on_open(params: tuple[int, ...], book: Book, event: Schedule) -> Iterator[SetTimer]:
    if not event.is_open or event.goes_on:
        return
    for name, spec in book.spec.deployments.items():
        if not spec.overnight and event.calendar in {book.instrument(symbol).calendar for symbol in spec.instruments}:
            # An order needs a bar that is still to begin, so the last one must not have begun yet.
            at = event.close - max(params[1], spec.interval)
            yield SetTimer(deployment="", name=f"{NAME}/{event.calendar}/{name}", at=max(at, event.ts))


def text(config: Config) -> str:
    """Return the rule in words."""
    entries, flatten = format_span(config.entries), format_span(config.flatten)
    return f"no entries {entries} before a real close; what must not stay overnight is sold {flatten} before it"
