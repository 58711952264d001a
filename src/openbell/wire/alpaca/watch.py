"""Watch lists: named lists of instruments that a client keeps at the vendor."""

from typing import Any

from openbell.wire.alpaca.call import Act, Answer, Call, House, Route, WatchList
from openbell.wire.alpaca.forms import Json, first, identity, instant
from openbell.wire.alpaca.refusal import Refused, invalid, not_found, unprocessable
from openbell.wire.alpaca.views import asset_view

MOST_NAME = 64


def _view(house: House, found: WatchList, *, is_whole: bool = True) -> Json:
    told: Json = {
        "id": found.id, "account_id": identity("account", house.account), "created_at": instant(found.created),
        "updated_at": instant(found.updated), "name": found.name,
    }  # fmt: skip
    listed = house.desk.clerk.listed
    return told | {"assets": [asset_view(one, listed(one)) for one in found.symbols]} if is_whole else told


def _found(house: House, call: Call) -> WatchList:
    """Return the list that a path or a query names.

    Raises:
        Refused: There is none.
    """
    lists = house.watch_lists
    given = call.path.get("id", "").lower()
    found = lists.get(given) if given else _named(house, first(call.query, "name"))
    if found is None:
        raise not_found("watchlist not found")
    return found


def _named(house: House, name: str) -> WatchList | None:
    return next((one for one in house.watch_lists.values() if one.name == name), None)


def _body(call: Call) -> Json:
    if not isinstance(call.body, dict):
        raise Refused(400, 40010000, "request body format is invalid")
    return call.body


def _name(house: House, given: Any, own: WatchList | None = None) -> str:
    """Return a list's new name, which no other list has.

    Raises:
        Refused: It is none, or taken.
    """
    if not isinstance(given, str) or not 1 <= len(given) <= MOST_NAME:
        raise invalid(f"watchlist name must have 1 to {MOST_NAME} characters")
    if _named(house, given) not in (None, own):
        raise invalid("watchlist name must be unique")
    return given


def _symbols(house: House, given: Any) -> list[str]:
    """Return the symbols of a list, each once.

    Raises:
        Refused: They are no list, or one of them is unknown.
    """
    if not isinstance(given, list):
        raise invalid("symbols must be a list")
    return list(dict.fromkeys(_symbol(house, one) for one in given))


def _symbol(house: House, given: Any) -> str:
    try:
        return house.desk.symbol_of(str(given))
    except Refused:
        raise unprocessable(f'asset "{given}" not found') from None


def every(house: House, call: Call) -> Answer:
    """Return every list, without what is in it."""
    return Answer(body=[_view(house, one, is_whole=False) for one in house.watch_lists.values()])


def create(house: House, call: Call) -> Answer:
    """Begin a list."""
    body = _body(call)
    name, symbols = _name(house, body.get("name")), _symbols(house, body.get("symbols") or [])
    key = identity("watchlist", name, str(call.now))
    house.watch_lists[key] = WatchList(id=key, name=name, symbols=symbols, created=call.now, updated=call.now)
    return Answer(body=_view(house, house.watch_lists[key]))


def one(house: House, call: Call) -> Answer:
    """Return one list."""
    return Answer(body=_view(house, _found(house, call)))


def change(house: House, call: Call) -> Answer:
    """Give a list another name, other symbols, or both."""
    found, body = _found(house, call), _body(call)
    name = found.name if body.get("name") is None else _name(house, body["name"], found)
    symbols = found.symbols if body.get("symbols") is None else _symbols(house, body["symbols"])
    found.name, found.symbols, found.updated = name, symbols, call.now
    return Answer(body=_view(house, found))


def add(house: House, call: Call) -> Answer:
    """Add a symbol to the end of a list."""
    found = _found(house, call)
    symbol = _symbol(house, _body(call).get("symbol"))
    if symbol in found.symbols:
        raise invalid("duplicate symbol in watchlist")
    found.symbols, found.updated = [*found.symbols, symbol], call.now
    return Answer(body=_view(house, found))


def remove(house: House, call: Call) -> Answer:
    """Take a symbol out of a list."""
    found, symbol = _found(house, call), _symbol(house, call.path["symbol"])
    if symbol not in found.symbols:
        raise not_found("symbol not found in watchlist")
    found.symbols, found.updated = [name for name in found.symbols if name != symbol], call.now
    return Answer(body=_view(house, found))


def end(house: House, call: Call) -> Answer:
    """Forget a list."""
    del house.watch_lists[_found(house, call).id]
    return Answer(status=204)


_BY = (("GET", one), ("PUT", change), ("POST", add), ("DELETE", end))
_LISTS = "/v2/watchlists"


def _routes() -> tuple[Route, ...]:
    by: tuple[tuple[str, Act], ...] = _BY
    found: list[Route] = [("GET", _LISTS, every), ("POST", _LISTS, create)]
    for method, act in by:
        found += [(method, f"{_LISTS}:by_name", act), (method, f"{_LISTS}/{{id}}", act)]
    return (*found, ("DELETE", f"{_LISTS}/{{id}}/{{symbol:.+}}", remove))


ROUTES = _routes()
"""What is answered under the trading rate limit."""
