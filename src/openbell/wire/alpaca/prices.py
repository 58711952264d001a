"""The data half of REST: which question stands under which address."""

from openbell.core.types import DAY_NS
from openbell.wire.alpaca.call import Act, Answer, Call, House, Route
from openbell.wire.alpaca.data import check_choices, day_of, symbols_in
from openbell.wire.alpaca.forms import Json, first, instant
from openbell.wire.alpaca.refusal import not_found

COINS = "/v1beta3/crypto/{loc}"
STOCKS = "/v2/stocks"
_ONE = {"bars": "bar", "quotes": "quote", "trades": "trade"}


def _since(call: Call) -> dict[str, str]:
    """Return a query that begins with the day (that of its market), where it names no beginning.

    Raises:
        Refused: A word of it, or of the address, is none that there is.
    """
    check_choices({**call.query, **call.path})
    ahead = day_of("/" if "loc" in call.path else "")(call.now)
    begin = {"start": instant(call.now - (call.now + ahead) % DAY_NS)}
    return call.query if first(call.query, "start") else call.query | begin


def _rows(kind: str) -> Act:
    def act(house: House, call: Call) -> Answer:
        reader = house.reader
        ask = {"bars": reader.bars, "quotes": reader.quotes, "trades": reader.trades}[kind]
        return Answer(body=ask(symbols_in(call.query), _since(call)))

    return act


def _rows_of_one(kind: str) -> Act:
    def act(house: House, call: Call) -> Answer:
        symbol, reader = call.path["symbol"].upper(), house.reader
        ask = {"bars": reader.bars, "quotes": reader.quotes, "trades": reader.trades}[kind]
        found = ask([symbol], _since(call))
        return Answer(body={"symbol": symbol, kind: found[kind].get(symbol, []), **_rest(found)})

    return act


def _rest(found: Json) -> Json:
    return {"next_page_token": found["next_page_token"]}


def _latest(kind: str) -> Act:
    def act(house: House, call: Call) -> Answer:
        check_choices({**call.query, **call.path}, is_latest=True)
        return Answer(body=house.reader.latest(kind, symbols_in(call.query)))

    return act


def _latest_of_one(kind: str) -> Act:
    def act(house: House, call: Call) -> Answer:
        symbol = call.path["symbol"].upper()
        row = house.reader.latest(kind, [symbol])[kind].get(symbol)
        if row is None:
            raise not_found(f"no {_ONE[kind]} found for {symbol}")
        return Answer(body={"symbol": symbol, _ONE[kind]: row})

    return act


def _snapshots(house: House, call: Call) -> Answer:
    return Answer(body=house.reader.snapshots(symbols_in(call.query)))


def _coin_snapshots(house: House, call: Call) -> Answer:
    return Answer(body={"snapshots": house.reader.snapshots(symbols_in(call.query))})


def _snapshot(house: House, call: Call) -> Answer:
    symbol = call.path["symbol"].upper()
    found = house.reader.snapshots([symbol]).get(symbol)
    if found is None:
        raise not_found(f"no snapshot found for {symbol}")
    return Answer(body={"symbol": symbol, **found})


def _book(house: House, call: Call) -> Answer:
    found = house.reader.latest("quotes", symbols_in(call.query))["quotes"]
    books = {
        symbol: {"t": row["t"], "b": [{"p": row["bp"], "s": row["bs"]}], "a": [{"p": row["ap"], "s": row["as"]}]}
        for symbol, row in found.items()
    }
    return Answer(body={"orderbooks": books})


def _routes() -> tuple[Route, ...]:
    found: list[Route] = []
    for kind in ("bars", "quotes", "trades"):
        found += [
            ("GET", f"{STOCKS}/{kind}/latest", _latest(kind)),
            ("GET", f"{STOCKS}/{kind}", _rows(kind)),
            ("GET", f"{STOCKS}/{{symbol}}/{kind}/latest", _latest_of_one(kind)),
            ("GET", f"{STOCKS}/{{symbol}}/{kind}", _rows_of_one(kind)),
            ("GET", f"{COINS}/latest/{kind}", _latest(kind)),
            ("GET", f"{COINS}/{kind}", _rows(kind)),
        ]
    found += [
        ("GET", f"{STOCKS}/snapshots", _snapshots),
        ("GET", f"{STOCKS}/{{symbol}}/snapshot", _snapshot),
        ("GET", f"{COINS}/snapshots", _coin_snapshots),
        ("GET", f"{COINS}/latest/orderbooks", _book),
    ]
    return tuple(found)


ROUTES = _routes()
"""What is answered under the data rate limit."""
