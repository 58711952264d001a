"""What the vendor has and this market never sees, and what it says of its own signs.

No news, no corporate actions, no auctions and no options happen here: whoever asks is told of none.
"""

from openbell.core.types import DAY_NS
from openbell.wire.alpaca.call import Act, Answer, Call, House, Route
from openbell.wire.alpaca.forms import Json, first, instant
from openbell.wire.alpaca.refusal import Refused, not_found
from openbell.wire.alpaca.views import is_crypto

EXCHANGES = {
    "A": "NYSE American (AMEX)", "B": "NASDAQ OMX BX", "C": "National Stock Exchange", "D": "FINRA ADF",
    "E": "Market Independent", "H": "MIAX", "I": "International Securities Exchange", "J": "Cboe EDGA",
    "K": "Cboe EDGX", "L": "Long Term Stock Exchange", "M": "Chicago Stock Exchange",
    "N": "New York Stock Exchange", "P": "NYSE Arca", "Q": "NASDAQ OMX", "S": "NASDAQ Small Cap",
    "T": "NASDAQ Int", "U": "Members Exchange", "V": "IEX", "W": "CBOE", "X": "NASDAQ OMX PSX", "Y": "Cboe BYX",
    "Z": "Cboe BZX",
}  # fmt: skip
CONDITIONS = {"trade": {"@": "Regular Sale"}, "quote": {"R": "Regular Two Sided Open"}}
"""Those that this front says of a trade or a quote; the vendor knows many more."""
TAPES = ("A", "B", "C")
_USUAL_TOP, _MOST_TOP, _MOST_MOVERS = 10, 100, 50
_PAGE: Json = {"next_page_token": None}


def _always(body: Json | list[Json]) -> Act:
    def act(house: House, call: Call) -> Answer:
        return Answer(body=body)

    return act


def _none_by_page(name: str, nothing: Json | list[Json]) -> Act:
    return _always({name: nothing} | _PAGE)


def _not_here(what: str) -> Act:
    def act(house: House, call: Call) -> Answer:
        raise not_found(f"{what} not found")

    return act


def exchanges(house: House, call: Call) -> Answer:
    """Return which exchange a letter stands for."""
    return Answer(body=EXCHANGES)


def conditions(house: House, call: Call) -> Answer:
    """Return what the signs of trades or quotes mean."""
    found = CONDITIONS.get(call.path["kind"])
    if found is None or first(call.query, "tape") not in TAPES:
        raise Refused(400, 40010000, "tick type must be trade or quote, tape one of A, B, C")
    return Answer(body=found)


def no_auctions(house: House, call: Call) -> Answer:
    """Return the auctions of one stock: none."""
    return Answer(body={"symbol": call.path["symbol"].upper(), "auctions": []} | _PAGE)


# --- the day's first ----------------------------------------------------------------------------------------------


def _top(call: Call, most: int) -> int:
    text = first(call.query, "top", str(_USUAL_TOP))
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise Refused(400, 40010000, f"top must be between 1 and {most}")
    return int(text)


def _days(house: House, *, is_coin: bool) -> dict[str, tuple[float, float, float, int]]:
    """Return first price, last price, units and trades of today, by symbol."""
    found = {}
    for symbol in house.tape.symbols:
        minutes = house.tape.minutes(symbol)
        today = [bar for bar in minutes if bar.open_ts // DAY_NS == minutes[-1].open_ts // DAY_NS]
        if today and is_crypto(symbol) == is_coin:
            volume = sum(bar.volume for bar in today)
            found[symbol] = (today[0].open, today[-1].close, volume, max(int(volume) // 100, 1))
    return found


def movers(house: House, call: Call) -> Answer:
    """Return what rose and fell most today."""
    kind, most = call.path["kind"], _top(call, _MOST_MOVERS)
    if kind not in ("stocks", "crypto"):
        raise Refused(400, 40010000, "market type must be stocks or crypto")
    rows: list[Json] = [
        {"symbol": symbol, "percent_change": round(100 * (last / begin - 1), 2), "change": round(last - begin, 4),
         "price": last}
        for symbol, (begin, last, _, _) in _days(house, is_coin=kind == "crypto").items()
    ]  # fmt: skip
    rising = sorted((row for row in rows if row["change"] > 0), key=lambda row: -row["percent_change"])
    falling = sorted((row for row in rows if row["change"] < 0), key=lambda row: row["percent_change"])
    return Answer(body={"gainers": rising[:most], "losers": falling[:most], "market_type": kind,
                        "last_updated": instant(call.now)})  # fmt: skip


def actives(house: House, call: Call) -> Answer:
    """Return the stocks of which most was traded today, by units or by trades."""
    most, by = _top(call, _MOST_TOP), first(call.query, "by", "volume")
    if by not in ("volume", "trades"):
        raise Refused(400, 40010000, "by must be volume or trades")
    rows: list[Json] = [{"symbol": symbol, "volume": int(units), "trade_count": trades}
            for symbol, (_, _, units, trades) in _days(house, is_coin=False).items()]  # fmt: skip
    rows.sort(key=lambda row: row["volume" if by == "volume" else "trade_count"], reverse=True)
    return Answer(body={"most_actives": rows[:most], "last_updated": instant(call.now)})


TRADING: tuple[Route, ...] = (
    ("GET", "/v2/corporate_actions/announcements", _always([])),
    ("GET", "/v2/corporate_actions/announcements/{id}", _not_here("announcement")),
    ("GET", "/v2/options/contracts", _none_by_page("option_contracts", [])),
    ("GET", "/v2/options/contracts/{symbol}", _not_here("option contract")),
    ("POST", "/v2/positions/{symbol}/exercise", _not_here("option position")),
    ("POST", "/v2/positions/{symbol}/do-not-exercise", _not_here("option position")),
    ("GET", "/v2/wallets", _always([])),
    ("GET", "/v2/wallets/transfers", _always([])),
    ("GET", "/v2/wallets/whitelists", _always([])),
)
"""What is answered under the trading rate limit."""
DATA: tuple[Route, ...] = (
    ("GET", "/v2/stocks/meta/exchanges", exchanges),
    ("GET", "/v2/stocks/meta/conditions/{kind}", conditions),
    ("GET", "/v2/stocks/auctions", _none_by_page("auctions", {})),
    ("GET", "/v2/stocks/{symbol}/auctions", no_auctions),
    ("GET", "/v1beta1/options/meta/exchanges", _always({})),
    ("GET", "/v1beta1/options/meta/conditions/{kind}", _always({})),
    ("GET", "/v1beta1/logos/{symbol}", _not_here("logo")),
    ("GET", "/v1beta1/screener/stocks/most-actives", actives),
    ("GET", "/v1beta1/screener/{kind}/movers", movers),
    ("GET", "/v1beta1/news", _none_by_page("news", [])),
    ("GET", "/v1/corporate-actions", _none_by_page("corporate_actions", {})),
    ("GET", "/v1beta1/options/bars", _none_by_page("bars", {})),
    ("GET", "/v1beta1/options/trades", _none_by_page("trades", {})),
    ("GET", "/v1beta1/options/trades/latest", _always({"trades": {}})),
    ("GET", "/v1beta1/options/quotes/latest", _always({"quotes": {}})),
    ("GET", "/v1beta1/options/snapshots", _none_by_page("snapshots", {})),
    ("GET", "/v1beta1/options/snapshots/{symbol}", _none_by_page("snapshots", {})),
)
"""What is answered under the data rate limit."""
