"""What is traded, and the filters that an order has to pass."""

from decimal import Decimal

import msgspec

from openbell.core.types import ZERO, Instrument
from openbell.wire.binance.forms import Json, number
from openbell.wire.binance.refusal import Refused, filtered

TYPES = ("LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")
STP = ("EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT")
USUAL_STP = "EXPIRE_MAKER"
MIN_NOTIONAL, MAX_NOTIONAL = Decimal(5), Decimal(9_000_000)
MOST_ORDERS, MOST_STOPS = 200, 5
"""Open orders of a symbol, and those among them that wait for a trigger."""
MULTIPLIER_UP, MULTIPLIER_DOWN = Decimal(5), Decimal("0.2")
LEAST_DELTA, MOST_DELTA = 10, 2000
"""Basis points of a trailing order."""
MEAN_MINUTES = 5
"""Minutes of the average price that orders at the market, and far limits, are measured by."""
_MAX_PRICE, _MAX_QTY = Decimal(1_000_000), Decimal(9_000)


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol: its two coins, and its steps in units of them."""

    symbol: str
    base: str
    quote: str
    tick: Decimal
    step: Decimal

    def check_price(self, px: Decimal | None) -> None:
        """Check a price.

        Raises:
            Refused: It is off the grid or out of bounds.
        """
        if px is not None and (px % self.tick or not self.tick <= px <= _MAX_PRICE):
            raise filtered("PRICE_FILTER")

    def check_band(self, px: Decimal | None, last: Decimal) -> None:
        """Check that a price is not absurdly far from the last one.

        Raises:
            Refused: It is.
        """
        if px is not None and last and not last * MULTIPLIER_DOWN <= px <= last * MULTIPLIER_UP:
            raise filtered("PERCENT_PRICE_BY_SIDE")

    def check_qty(self, qty: Decimal) -> None:
        """Check a quantity.

        Raises:
            Refused: It is off the grid or out of bounds.
        """
        if qty % self.step or not self.step <= qty <= _MAX_QTY:
            raise filtered("LOT_SIZE")

    def check_value(self, value: Decimal) -> None:
        """Check what an order is worth, in quote currency.

        Raises:
            Refused: It is too little or too much.
        """
        if not self.is_worth(value):
            raise filtered("NOTIONAL")

    def is_worth(self, value: Decimal) -> bool:
        """Return True for what an order may be worth, in quote currency."""
        return MIN_NOTIONAL <= value <= MAX_NOTIONAL

    def filters(self) -> list[Json]:
        """Return the filters as JSON."""
        band = {"avgPriceMins": MEAN_MINUTES}
        up, down = str(MULTIPLIER_UP), str(MULTIPLIER_DOWN)
        return [
            {"filterType": "PRICE_FILTER", "minPrice": number(self.tick), "maxPrice": number(_MAX_PRICE),
             "tickSize": number(self.tick)},
            {"filterType": "LOT_SIZE", "minQty": number(self.step), "maxQty": number(_MAX_QTY),
             "stepSize": number(self.step)},
            {"filterType": "MARKET_LOT_SIZE", "minQty": number(ZERO), "maxQty": number(_MAX_QTY),
             "stepSize": number(ZERO)},
            {"filterType": "NOTIONAL", "minNotional": number(MIN_NOTIONAL), "applyMinToMarket": True,
             "maxNotional": number(MAX_NOTIONAL), "applyMaxToMarket": True, **band},
            {"filterType": "PERCENT_PRICE_BY_SIDE", "bidMultiplierUp": up, "bidMultiplierDown": down,
             "askMultiplierUp": up, "askMultiplierDown": down, **band},
            {"filterType": "TRAILING_DELTA", "minTrailingAboveDelta": LEAST_DELTA, "maxTrailingAboveDelta": MOST_DELTA,
             "minTrailingBelowDelta": LEAST_DELTA, "maxTrailingBelowDelta": MOST_DELTA},
            {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": MOST_ORDERS},
            {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": MOST_STOPS},
        ]  # fmt: skip

    def view(self, *, is_halted: bool) -> Json:
        """Return the symbol as JSON."""
        places = dict.fromkeys(
            ("baseAssetPrecision", "quotePrecision", "quoteAssetPrecision", "baseCommissionPrecision",
             "quoteCommissionPrecision"), 8,
        )  # fmt: skip
        can = dict.fromkeys(
            ("icebergAllowed", "ocoAllowed", "otoAllowed", "quoteOrderQtyMarketAllowed", "allowTrailingStop",
             "cancelReplaceAllowed", "amendAllowed", "isSpotTradingAllowed", "opoAllowed",
             "pegInstructionsAllowed"), True,
        )  # fmt: skip
        return {
            "symbol": self.symbol, "status": "HALT" if is_halted else "TRADING", "baseAsset": self.base,
            "quoteAsset": self.quote, **places,
            "orderTypes": list(TYPES), **can, "isMarginTradingAllowed": False, "filters": self.filters(),
            "permissions": [],
            "permissionSets": [["SPOT"]], "defaultSelfTradePreventionMode": USUAL_STP,
            "allowedSelfTradePreventionModes": list(STP),
        }  # fmt: skip


def listing_of(instrument: Instrument) -> Listing:
    """Return how an instrument stands in the list.

    Its symbol is the two coins, one behind the other.
    """
    quote = instrument.currency
    return Listing(
        symbol=instrument.symbol, base=instrument.symbol.removesuffix(quote), quote=quote,
        tick=instrument.bands[0].tick, step=instrument.lot,
    )  # fmt: skip


def known(listings: dict[str, Listing], symbol: str) -> Listing:
    """Return a symbol's listing.

    Raises:
        Refused: There is none.
    """
    if symbol not in listings:
        raise Refused(-1121, "Invalid symbol.")
    return listings[symbol]
