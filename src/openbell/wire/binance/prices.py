"""The open half of REST: time, what is traded, and its prices."""

import re
from collections.abc import Callable, Mapping

import msgspec

from openbell.core.events import Bar
from openbell.core.types import DAY_NS, MINUTE_NS
from openbell.wire.binance import rows
from openbell.wire.binance.call import Call, House, Route, fixed
from openbell.wire.binance.fields import Fields
from openbell.wire.binance.forms import MS, Json, millis, number
from openbell.wire.binance.listing import MEAN_MINUTES, known
from openbell.wire.binance.refusal import Refused, illegal
from openbell.wire.tape import FIRST, Tick

MOST_BARS, USUAL_BARS = 1000, 500
MOST_LEVELS, USUAL_LEVELS = 5000, 100
_DEPTH = ((100, 5), (500, 25), (1000, 50), (MOST_LEVELS, 250))
"""Weight by the number of levels asked for."""


def ping(house: House, call: Call) -> Json:
    """Return nothing, which is an answer."""
    call.fields.end()
    return {}


def time(house: House, call: Call) -> Json:
    """Return the time."""
    call.fields.end()
    return {"serverTime": millis(call.now)}


def exchange_info(house: House, call: Call) -> Json:
    """Return what is traded and the limits."""
    fields = call.fields
    for name in ("permissions", "showPermissionSets"):
        fields.has(name)
    status = fields.maybe("symbolStatus")
    wanted = _symbols(house, fields)
    fields.end()
    listings, halted = house.desk.clerk.listings, house.desk.clerk.halted
    views = [listings[symbol].view(is_halted=symbol in halted) for symbol in wanted or listings]
    found = [view for view in views if status in ("", view["status"])]
    bases: dict[str, list[str]] = {}
    for view in found:
        bases.setdefault(view["baseAsset"], []).append(view["symbol"])
    sors = [{"baseAsset": base, "symbols": symbols} for base, symbols in bases.items()]
    limits = house.meter.rows(call.now, ("REQUEST_WEIGHT", "ORDERS", "RAW_REQUESTS"), is_used=False)
    return {"timezone": "UTC", "serverTime": millis(call.now), "rateLimits": limits, "exchangeFilters": [],
            "symbols": found, "sors": sors}  # fmt: skip


def _symbols(house: House, fields: Fields) -> list[str]:
    """Return the symbols that are asked for, none for all of them."""
    single, several = fields.maybe("symbol"), fields.maybe("symbols")
    if single and several:
        raise Refused(-1128, "Combination of optional parameters invalid.")
    found = [single] if single else []
    if several:
        try:
            found = msgspec.json.decode(several, type=list[str])
        except msgspec.MsgspecError:
            raise illegal("symbols", '^\\["[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}\\]$') from None
    for symbol in found:
        if not re.fullmatch("[A-Z0-9-_.]{1,20}", symbol):
            raise illegal("symbol", "^[A-Z0-9-_.]{1,20}$")
        known(house.desk.clerk.listings, symbol)
    return found


def _symbol(house: House, call: Call) -> str:
    return known(house.desk.clerk.listings, call.fields.text("symbol")).symbol


def _limit(fields: Fields, usual: int, most: int) -> int:
    found = fields.whole("limit")
    return min(max(found if found is not None else usual, 1), most)


def depth(house: House, call: Call) -> Json:
    """Return what stands in the book."""
    symbol, most = _symbol(house, call), _limit(call.fields, USUAL_LEVELS, MOST_LEVELS)
    call.fields.has("symbolStatus")
    call.fields.end()
    ladder = house.desk.clerk.ladders[symbol]
    return {"lastUpdateId": ladder.number, "bids": rows.levels(ladder.bids, most),
            "asks": rows.levels(ladder.asks, most)}  # fmt: skip


def klines(house: House, call: Call) -> list[list[int | str]]:
    """Return bars, oldest first; the last one may still be forming."""
    fields = call.fields
    symbol, interval = _symbol(house, call), fields.text("interval")
    if interval not in rows.INTERVALS:
        raise Refused(-1120, "Invalid interval.")
    start, end = fields.whole("startTime"), fields.whole("endTime")
    most = _limit(fields, USUAL_BARS, MOST_BARS)
    offset = rows.offset_of(fields.maybe("timeZone"))
    if offset is None:
        raise illegal("timeZone", "[-12:00, +14:00]")
    fields.end()
    last = call.now if end is None else min(end * MS, call.now)
    # Those that end the page are found without looking at all the years that came before.
    since = start * MS if start is not None else max(last - (most + 1) * rows.length_of(interval), 0)
    is_dated = start is not None or end is not None
    known = rows.bars_of(house.tape, symbol, interval, offset, since, with_archive=is_dated)
    bars = [bar for bar in known if _is_in(bar, start, end)]
    page = bars[:most] if start is not None else bars[-most:]
    return [rows.bar_row(bar, rows.closing(house.tape, bar, interval, offset)) for bar in page]


def _is_in(bar: Bar, start: int | None, end: int | None) -> bool:
    begin = millis(bar.open_ts)
    return (start is None or begin >= start) and (end is None or begin <= end)


def _ticks(house: House, call: Call, start_name: str) -> list[Tick]:
    symbol = _symbol(house, call)
    most, start = _limit(call.fields, USUAL_BARS, MOST_BARS), call.fields.whole(start_name)
    begin, end = call.fields.whole("startTime"), call.fields.whole("endTime")
    call.fields.end()
    live = house.tape.ticks[symbol]
    is_latest = start is None and begin is None and end is None
    # Whoever names nothing wants the latest: those before the doors opened fill the page.
    number = FIRST - max(most - len(live), 0) + 1 if is_latest else start or 0
    earlier = house.tape.earlier(symbol, (begin or 0) * MS, (end or 0) * MS, number)
    if is_latest and house.tape.archive(symbol):
        earlier = []  # Trades recorded at another time are not the latest.
    found = [
        tick for tick in (*earlier, *live)
        if (start is None or tick.number >= start) and (begin is None or millis(tick.time) >= begin)
        and (end is None or millis(tick.time) <= end)
    ]  # fmt: skip
    return found[:most] if start is not None or begin is not None else found[-most:]


def trades(house: House, call: Call) -> list[Json]:
    """Return the latest trades."""
    return [rows.trade_row(tick) for tick in _ticks(house, call, "fromId")]


def gathered(house: House, call: Call) -> list[Json]:
    """Return the latest trades, those put together that belong together."""
    return [rows.gathered_row(tick) for tick in _ticks(house, call, "fromId")]


def mean(house: House, call: Call) -> Json:
    """Return the average price."""
    symbol = _symbol(house, call)
    call.fields.end()
    return rows.mean_of(house.desk.clerk, house.tape, symbol, MEAN_MINUTES)


def _several(row: Callable[[House, str, Fields], Json | None]) -> Callable[[House, Call], Json | list[Json]]:
    """Return an act that answers one symbol with an object and several with a list."""

    def act(house: House, call: Call) -> Json | list[Json]:
        fields = call.fields
        fields.has("symbolStatus")
        wanted, is_one = _symbols(house, fields), fields.has("symbol")
        kind = fields.maybe("type") or "FULL"
        if kind not in ("FULL", "MINI"):
            raise Refused(-1139, "Invalid ticker type.")
        found = [row(house, symbol, fields) for symbol in wanted or house.desk.clerk.listings]
        fields.end()
        told = [one for one in found if one is not None]
        return (told[0] if told else {}) if is_one else told

    return act


def _day(house: House, symbol: str, fields: Fields) -> Json | None:
    day = rows.day_of(house.tape, symbol)
    if day is None:
        return None
    row = rows.day_row(house.desk.clerk, symbol, day, house.tape.last(symbol))
    return {name: row[name] for name in rows.MINI} if fields.maybe("type") == "MINI" else row


def span_row(house: House, symbol: str, span: tuple[int, int], kind: str = "FULL") -> Json | None:
    """Return how a symbol's price has changed between two instants (UTC ns), None for none."""
    found = rows.day_of(house.tape, symbol, span[0])
    if found is None:
        return None
    row = rows.day_row(house.desk.clerk, symbol, found, house.tape.last(symbol))
    row |= {"openTime": millis(span[0]), "closeTime": millis(span[1])}
    return {name: row[name] for name in (rows.MINI if kind == "MINI" else rows.SPAN)}


def window(house: House, call: Call) -> Json | list[Json]:
    """Return how prices have changed over a span that ends now."""
    found = _WINDOW.fullmatch(call.fields.maybe("windowSize") or "1d")
    if found is None or not 0 < int(found[1]) <= _MOST_WINDOW[found[2]]:
        raise Refused(-1100, "Illegal characters found in parameter 'windowSize'.")
    return _over(house, call, (call.now - int(found[1]) * _UNITS[found[2]], call.now))


def trading_day(house: House, call: Call) -> Json | list[Json]:
    """Return how prices have changed since the day began, that of UTC unless said otherwise."""
    offset = rows.offset_of(call.fields.maybe("timeZone"))
    if offset is None:
        raise illegal("timeZone", "[-12:00, +14:00]")
    begin = call.now - (call.now + offset) % DAY_NS
    return _over(house, call, (begin, begin + DAY_NS - 1))


def _over(house: House, call: Call, span: tuple[int, int]) -> Json | list[Json]:
    if not call.fields.has("symbol") and not call.fields.has("symbols"):
        raise Refused(-1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.")
    return _several(lambda there, symbol, fields: span_row(there, symbol, span, fields.maybe("type")))(house, call)


_WINDOW = re.compile("([0-9]{1,3})([mhd])")
_UNITS = {"m": MINUTE_NS, "h": 60 * MINUTE_NS, "d": DAY_NS}
_MOST_WINDOW = {"m": 59, "h": 23, "d": 7}


# --- rules that no symbol has -------------------------------------------------------------------------------------


def rules(house: House, call: Call) -> Json:
    """Return the rules by which orders are carried out: no symbol has one."""
    status, wanted = call.fields.maybe("symbolStatus"), _symbols(house, call.fields)
    call.fields.end()
    found = wanted or list(house.desk.clerk.listings)
    return {"symbolRules": [{"symbol": symbol, "rules": []} for symbol in found if status in ("", "TRADING")]}


def no_reference(house: House, call: Call) -> Json:
    """Refuse to name a price that orders are measured by: no symbol has one."""
    _symbol(house, call)
    call.fields.has("symbolStatus")
    call.fields.end()
    raise Refused(-2043, "This symbol doesn't have a reference price.")


def no_blocks(house: House, call: Call) -> list[Json]:
    """Return trades in blocks: there are none."""
    _symbol(house, call)
    call.fields.text("fromId")
    call.fields.has("limit")
    call.fields.end()
    return []


def _last(house: House, symbol: str, fields: Fields) -> Json:
    return {"symbol": symbol, "price": number(house.desk.clerk.mark(symbol))}


def _quote(house: House, symbol: str, fields: Fields) -> Json:
    return rows.quote_row(house.desk.clerk, symbol)


day, last, quote = _several(_day), _several(_last), _several(_quote)


def _depth_weight(given: Mapping[str, str]) -> int:
    text = given.get("limit", "")
    wanted = int(text) if text.isdecimal() else USUAL_LEVELS
    return next((weight for most, weight in _DEPTH if wanted <= most), _DEPTH[-1][1])


def _by_symbol(one: int, many: int) -> Callable[[Mapping[str, str]], int]:
    return lambda given: one if given.get("symbol") else many


ROUTES = (
    Route(method="GET", path="/api/v3/ping", name="ping", act=ping, weight=fixed(1)),
    Route(method="GET", path="/api/v3/time", name="time", act=time, weight=fixed(1)),
    Route(method="GET", path="/api/v3/exchangeInfo", name="exchangeInfo", act=exchange_info, weight=fixed(20)),
    Route(method="GET", path="/api/v3/depth", name="depth", act=depth, weight=_depth_weight),
    Route(method="GET", path="/api/v3/trades", name="trades.recent", act=trades, weight=fixed(25)),
    Route(method="GET", path="/api/v3/historicalTrades", name="trades.historical", act=trades, weight=fixed(25)),
    Route(method="GET", path="/api/v3/aggTrades", name="trades.aggregate", act=gathered, weight=fixed(4)),
    Route(method="GET", path="/api/v3/klines", name="klines", act=klines, weight=fixed(2)),
    Route(method="GET", path="/api/v3/uiKlines", name="uiKlines", act=klines, weight=fixed(2)),
    Route(method="GET", path="/api/v3/avgPrice", name="avgPrice", act=mean, weight=fixed(2)),
    Route(method="GET", path="/api/v3/executionRules", name="executionRules", act=rules, weight=_by_symbol(2, 40)),
    Route(method="GET", path="/api/v3/referencePrice", name="referencePrice", act=no_reference, weight=fixed(2)),
    Route(
        method="GET",
        path="/api/v3/referencePrice/calculation",
        name="referencePrice.calculation",
        act=no_reference,
        weight=fixed(2),
    ),
    Route(
        method="GET",
        path="/api/v3/historicalBlockTrades",
        name="blockTrades.historical",
        act=no_blocks,
        weight=fixed(25),
    ),
    Route(method="GET", path="/api/v3/ticker/24hr", name="ticker.24hr", act=day, weight=_by_symbol(2, 80)),
    Route(method="GET", path="/api/v3/ticker", name="ticker", act=window, weight=_by_symbol(4, 200)),
    Route(
        method="GET",
        path="/api/v3/ticker/tradingDay",
        name="ticker.tradingDay",
        act=trading_day,
        weight=_by_symbol(4, 200),
    ),
    Route(method="GET", path="/api/v3/ticker/price", name="ticker.price", act=last, weight=_by_symbol(2, 4)),
    Route(method="GET", path="/api/v3/ticker/bookTicker", name="ticker.book", act=quote, weight=_by_symbol(2, 4)),
)
"""What everybody may ask."""
