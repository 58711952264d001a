"""What the venue trades: steps and bounds of each symbol, from its own list. Pure."""

from decimal import Decimal
from typing import Any

import msgspec

from openbell.core import effects as fx
from openbell.core.codes import Code
from openbell.core.types import ZERO
from openbell.edges.brokers.binance.tables import TYPES
from openbell.edges.brokers.failures import BadRequest, OutcomeUnknown
from openbell.edges.brokers.fields import mapping, number, text
from openbell.edges.brokers.listed import Listed, Word, least, plain, step
from openbell.edges.brokers.request import Body

TRADING = "TRADING"


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol: its coins, whether it trades, its steps and bounds (0 for none).

    `types` are the kinds of orders that it takes; all where none is named.
    """

    symbol: str
    base: str
    quote: str
    status: str
    is_spot: bool = True
    tick: Decimal = ZERO
    step: Decimal = ZERO
    min_qty: Decimal = ZERO
    max_qty: Decimal = ZERO
    min_notional: Decimal = ZERO
    types: tuple[str, ...] = ()

    def listed(self) -> Listed:
        """Return what the vendor says of it, in the words of a file; a bound of 0 is none."""
        lot = step(self.step)
        found = {"tick": step(self.tick), "lot": lot, "min_qty": least(self.min_qty, lot),
                 "min_notional": self.min_notional}  # fmt: skip
        said = {name: plain(value) for name, value in found.items() if value}
        fields: dict[str, Word] = {
            "kind": "crypto",
            "currency": self.quote,
            "base": self.base,
            "can_short": False,
            **said,
        }
        return Listed(fields=fields, halted=self.why_shut)

    @property
    def why_shut(self) -> str:
        """Why nothing can be ordered in it, empty where it trades on the spot market."""
        if self.status != TRADING:
            return f"{self.symbol} is {self.status}"
        return "" if self.is_spot else f"{self.symbol} is not on the spot market"

    def check(self, effect: fx.Submit) -> None:
        """Check an order before it is sent.

        Raises:
            BadRequest: The venue would refuse it.
        """
        if self.why_shut and not effect.reduce_only:
            # An exit is the venue's to refuse: what is known here may be of yesterday.
            raise BadRequest(self.why_shut, Code.HALTED)
        if self.types and TYPES.get(effect.type) not in self.types:
            raise BadRequest(f"{self.symbol} takes no {TYPES.get(effect.type, effect.type)} orders", Code.BAD_PRICE)
        is_out = effect.qty < self.min_qty or effect.qty > (self.max_qty or effect.qty)
        if is_out or (self.step and effect.qty % self.step):
            words = (
                f"{effect.qty:f} {self.base} is no multiple of {self.step:f}, or out of bounds; set lot: in your file"
            )
            raise BadRequest(words, Code.OFF_LOT)
        for px in (effect.limit, effect.stop):
            if px is not None and self.tick and px % self.tick:
                raise BadRequest(f"{px:f} is no multiple of {self.tick:f}; set tick: in the file", Code.OFF_TICK)
        if effect.limit is not None and effect.limit * effect.qty < self.min_notional:
            worth = f"{effect.limit * effect.qty:f} {self.quote}"
            raise BadRequest(f"{worth} is less than {self.min_notional:f}", Code.BELOW_MINIMUM)


def listings(body: Any) -> dict[str, Listing]:
    """Return what an answer about the exchange lists, by symbol.

    Raises:
        OutcomeUnknown: A field is missing, or is not what it should be.
    """
    rows = mapping(body).get("symbols")
    if not isinstance(rows, list):
        raise OutcomeUnknown("symbols are no list")
    return {one.symbol: one for one in (_listing(mapping(row)) for row in rows)}


def _listing(row: Body) -> Listing:
    filters = {text(mapping(one), "filterType"): one for one in row.get("filters", [])}
    price, lot = filters.get("PRICE_FILTER", {}), filters.get("LOT_SIZE", {})
    value = filters.get("NOTIONAL") or filters.get("MIN_NOTIONAL") or {}
    is_spot = row.get("isSpotTradingAllowed") is not False
    return Listing(
        symbol=text(row, "symbol"), base=text(row, "baseAsset"), quote=text(row, "quoteAsset"),
        status=text(row, "status"), is_spot=is_spot, tick=_bound(price, "tickSize"), step=_bound(lot, "stepSize"),
        min_qty=_bound(lot, "minQty"), max_qty=_bound(lot, "maxQty"), min_notional=_bound(value, "minNotional"),
        types=tuple(map(str, row.get("orderTypes", ()))),
    )  # fmt: skip


def _bound(row: Body, name: str) -> Decimal:
    return number(row, name) if name in row else ZERO
