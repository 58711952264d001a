"""What a client may order: the parameters of one order, read and checked by themselves."""

from decimal import Decimal

import msgspec

from openbell.wire.binance.fields import Fields
from openbell.wire.binance.listing import LEAST_DELTA, MOST_DELTA, STP, TYPES, USUAL_STP
from openbell.wire.binance.peg import LEAST_LEVELS, MOST_LEVELS, OFFSETS, PRICES, Peg
from openbell.wire.binance.refusal import Refused, filtered, illegal, missing, needless

SIDES, TIFS, ANSWERS = ("BUY", "SELL"), ("GTC", "IOC", "FOK"), ("ACK", "RESULT", "FULL")
LIMITED = ("LIMIT", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT")
"""Types with a price and a time in force."""
_PRICED = (*LIMITED, "LIMIT_MAKER")
TRIGGERED = ("STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")
"""Types that wait for the price."""
_LEAST_STRATEGY = 1_000_000


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """One order as asked for.

    Prices in quote currency, `qty` in units or `quote_qty` in quote currency.

    Attributes:
        trail: Basis points that a trailing order follows the price by. answer: How much the client wants to be told.
        peg: What its price hangs on. is_rest: Its size is what the order before it brings.
        is_sor: It may be carried out in several books.
    """

    symbol: str
    side: str
    type: str
    tif: str = "GTC"
    qty: Decimal | None = None
    quote_qty: Decimal | None = None
    price: Decimal | None = None
    stop: Decimal | None = None
    trail: int | None = None
    iceberg: Decimal | None = None
    client_id: str = ""
    answer: str = "FULL"
    stp: str = USUAL_STP
    strategy_id: int | None = None
    strategy_type: int | None = None
    peg: Peg | None = None
    is_rest: bool = False
    is_sor: bool = False


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """How the parameters of one order are called.

    Those of a list's legs have a word before them.
    """

    type: str = "type"
    tif: str = "timeInForce"
    price: str = "price"
    stop: str = "stopPrice"
    trail: str = "trailingDelta"
    iceberg: str = "icebergQty"
    client_id: str = "newClientOrderId"
    strategy_id: str = "strategyId"
    strategy_type: str = "strategyType"
    peg: str = "peg"


def leg_names(word: str) -> Names:
    """Return the names of a leg's parameters, such as `pendingAbovePrice`."""
    return Names(
        type=f"{word}Type", tif=f"{word}TimeInForce", price=f"{word}Price", stop=f"{word}StopPrice",
        trail=f"{word}TrailingDelta", iceberg=f"{word}IcebergQty", client_id=f"{word}ClientOrderId",
        strategy_id=f"{word}StrategyId", strategy_type=f"{word}StrategyType",
        peg=f"{word}Peg",
    )  # fmt: skip


def read(fields: Fields) -> Ticket:
    """Return the single order that a request asks for.

    Raises:
        Refused: It makes no order.
    """
    symbol, side = fields.text("symbol"), fields.word("side", SIDES, -1117)
    kind = fields.word("type", TYPES, -1116)
    qty, quote_qty = fields.number("quantity"), fields.number("quoteOrderQty")
    if quote_qty is not None and kind != "MARKET":
        raise needless("quoteOrderQty")
    if qty is not None and quote_qty is not None:
        raise Refused(-1128, "Combination of optional parameters invalid.")
    if qty is None and quote_qty is None:
        raise missing("quantity")
    usual = "FULL" if kind in ("MARKET", "LIMIT") else "ACK"
    answer = fields.word("newOrderRespType", ANSWERS, -1134) if fields.has("newOrderRespType") else usual
    return leg(fields, Names(), Ticket(symbol=symbol, side=side, type=kind, qty=qty, quote_qty=quote_qty, answer=answer,
                                       stp=self_trade(fields)))  # fmt: skip


def read_sor(fields: Fields) -> Ticket:
    """Return the order for several books that a request asks for.

    It is one at the market or with a limit, in units.

    Raises:
        Refused: It makes no order.
    """
    kind, qty = fields.word("type", ("LIMIT", "MARKET"), -1116), fields.need("quantity")
    answer = fields.word("newOrderRespType", ANSWERS, -1134) if fields.has("newOrderRespType") else "FULL"
    begun = Ticket(
        symbol=fields.text("symbol"), side=fields.word("side", SIDES, -1117), type=kind, qty=qty, answer=answer,
        stp=self_trade(fields), is_sor=True,
    )  # fmt: skip
    made = leg(fields, Names(), begun)
    if made.peg is not None:
        raise needless("pegPriceType")
    return made


def self_trade(fields: Fields) -> str:
    """Return what happens where an account's own orders meet.

    Raises:
        Refused: There is no such thing.
    """
    name = "selfTradePreventionMode"
    return fields.word(name, (*STP, "NONE"), -1135) if fields.has(name) else USUAL_STP


def leg(fields: Fields, names: Names, begun: Ticket) -> Ticket:
    """Return an order whose symbol, side and size are known, with the rest of it.

    Raises:
        Refused: It makes no order.
    """
    kind = begun.type
    peg = _peg(fields, names, kind)
    made = msgspec.structs.replace(
        begun,
        tif=_tif(fields, names, kind),
        price=_only(fields, names.price, is_due=kind in _PRICED and peg is None),
        peg=peg,
        stop=_stop(fields, names, kind),
        trail=fields.whole(names.trail),
        iceberg=fields.number(names.iceberg),
        client_id=fields.client_id(names.client_id),
        strategy_id=fields.whole(names.strategy_id),
        strategy_type=fields.whole(names.strategy_type),
    )
    if made.trail is not None and kind not in TRIGGERED:
        raise needless(names.trail)
    if made.trail is not None and not LEAST_DELTA <= made.trail <= MOST_DELTA:
        raise filtered("TRAILING_DELTA")
    if made.iceberg is not None and (kind not in _PRICED or made.tif != "GTC"):
        raise Refused(-1114 if kind in LIMITED else -1106, "TimeInForce parameter sent when not required.")
    if made.strategy_type is not None and made.strategy_type < _LEAST_STRATEGY:
        raise Refused(-1100, f"Parameter '{names.strategy_type}' must be at least {_LEAST_STRATEGY}.")
    return made


def _tif(fields: Fields, names: Names, kind: str) -> str:
    if kind in LIMITED:
        return fields.word(names.tif, TIFS, -1115)
    if fields.has(names.tif):
        raise needless(names.tif)
    return "GTC"


def _only(fields: Fields, name: str, *, is_due: bool) -> Decimal | None:
    """Return a price that this type must have, or must not."""
    if is_due:
        return fields.need(name)
    if fields.has(name):
        raise needless(name)
    return None


def _peg(fields: Fields, names: Names, kind: str) -> Peg | None:
    price, offset, value = (f"{names.peg}{word}" for word in ("PriceType", "OffsetType", "OffsetValue"))
    if not fields.has(price):
        if fields.has(offset) or fields.has(value):
            raise missing(price)
        return None
    if kind not in _PRICED:
        raise needless(price)
    made = Peg(kind=fields.word(price, PRICES, -1130), levels=fields.whole(value))
    if fields.has(offset):
        fields.word(offset, OFFSETS, -1130)
    if fields.has(offset) != (made.levels is not None):
        raise missing(value if made.levels is None else offset)
    if made.levels is not None and not LEAST_LEVELS <= made.levels <= MOST_LEVELS:
        raise illegal(value, f"[{LEAST_LEVELS}, {MOST_LEVELS}]")
    return made


def _stop(fields: Fields, names: Names, kind: str) -> Decimal | None:
    if kind not in TRIGGERED:
        return _only(fields, names.stop, is_due=False)
    if not fields.has(names.stop) and not fields.has(names.trail):
        raise missing(names.stop)
    return fields.number(names.stop)
