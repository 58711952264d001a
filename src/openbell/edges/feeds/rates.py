"""Exchange rates out of the bars of currency pairs.

A pair such as USDJPY tells the rate between its two currencies. Each of its bars becomes an `FxMark` for every account
whose base is one of them, at the instant of the bar and before it.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from openbell.core.events import FxMark
from openbell.core.types import Instrument, Rounding, div

if TYPE_CHECKING:
    from openbell.edges.feeds.table import BarTable

STEP = Decimal("0.000000000001")
"""Finest step of a rate."""


class Cross(msgspec.Struct, frozen=True, kw_only=True):
    """A pair whose bars tell what one unit of `currency` is worth in `base`.

    It is `is_inverse` where it says how much of `currency` one unit of `base` is.
    """

    currency: str
    base: str
    table: "BarTable"
    instrument: Instrument
    is_inverse: bool


def halves(instrument: Instrument) -> tuple[str, str] | None:
    """Return the two currencies of a pair, the one that is bought first.

    None is returned for what is no pair.
    """
    letters = "".join(c for c in instrument.symbol.upper() if c.isalpha())
    if instrument.kind != "fx" or len(letters) != 6 or letters[3:] != instrument.currency:
        return None
    return letters[:3], letters[3:]


def links(instruments: Mapping[str, Instrument], bases: Sequence[str]) -> dict[tuple[str, str], str]:
    """Return by which symbol each (currency, base) that is needed is told.

    Those that none tells are not there.
    """
    pairs = {found: symbol for symbol, one in instruments.items() if (found := halves(one)) is not None}
    wanted = [(one.currency, base) for base in dict.fromkeys(bases) for one in instruments.values()]
    either = {(a, b): pairs.get((a, b)) or pairs.get((b, a)) for a, b in wanted if a != b}
    return {way: symbol for way, symbol in either.items() if symbol is not None}


def crosses(instruments: Mapping[str, Instrument], bases: Sequence[str], tables: "Sequence[BarTable]") -> list[Cross]:
    """Return the crosses that tables tell, each by the shortest bars of its pair."""
    found = []
    for (currency, base), symbol in links(instruments, bases).items():
        own = sorted((table for table in tables if table.symbol == symbol), key=lambda table: table.interval_ns)
        one = instruments[symbol]
        found += [
            Cross(currency=currency, base=base, table=table, instrument=one, is_inverse=one.currency == currency)
            for table in own[:1]
        ]
    return found


def marks(cross: Cross) -> Iterator[FxMark]:
    """Yield the rate at each bar of a cross whose close is a price."""
    for ts, close in zip(cross.table.ts.tolist(), cross.table.close.tolist(), strict=True):
        px = cross.instrument.price(close, Rounding.HALF_EVEN)
        if px > 0:
            rate = div(Decimal(1), px, STEP) if cross.is_inverse else px
            yield FxMark(ts=ts, currency=cross.currency, base=cross.base, rate=rate)
