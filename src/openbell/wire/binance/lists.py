"""Orders in twos and threes: OCO, OTO and OTOCO, and OPO and OPOCO.

The exits of the last two take what their entry brought.
"""

import msgspec

from openbell.wire.binance import views
from openbell.wire.binance.books import OrderList
from openbell.wire.binance.checks import check_money, check_start
from openbell.wire.binance.desk import Desk
from openbell.wire.binance.fields import Fields
from openbell.wire.binance.forms import Json, name_of
from openbell.wire.binance.listing import TYPES, known
from openbell.wire.binance.refusal import BAD_RELATION, DUPLICATE, NOT_CANCELLED, Refused, neither, rejected
from openbell.wire.binance.ticket import ANSWERS, SIDES, Names, Ticket, leg, leg_names, self_trade

_TARGETS, _STOPS = ("LIMIT_MAKER", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"), ("STOP_LOSS", "STOP_LOSS_LIMIT")
_WORKING = ("LIMIT", "LIMIT_MAKER")
_NO_LIST = "Order list does not exist."
Leg = tuple[str, Ticket]
"""Its part in the list, and the order."""


def oco(desk: Desk, fields: Fields, now: int) -> Json:
    """Take two exits, or two entries, of which one ends the other.

    Raises:
        Refused: They are not taken.
    """
    begun = _begun(fields, "side", "quantity")
    legs = _two(desk, fields, begun, "")
    return _place(desk, fields, "OCO", legs, now)


_OLD = {
    "price": "Price", "limitClientOrderId": "ClientOrderId", "limitStrategyId": "StrategyId",
    "limitStrategyType": "StrategyType", "limitIcebergQty": "IcebergQty",
}  # fmt: skip
_OLD_STOP = {
    "stopPrice": "StopPrice", "trailingDelta": "TrailingDelta", "stopClientOrderId": "ClientOrderId",
    "stopStrategyId": "StrategyId", "stopStrategyType": "StrategyType", "stopIcebergQty": "IcebergQty",
    "stopLimitPrice": "Price", "stopLimitTimeInForce": "TimeInForce",
}  # fmt: skip
"""Names of an OCO's parameters in its old form, with what is behind `above` or `below` in the new one."""


def old_oco(desk: Desk, fields: Fields, now: int) -> Json:
    """Take an OCO in its old form: a target and a stop, with a limit where one is named.

    Raises:
        Refused: They are not taken.
    """
    is_sale = fields.word("side", SIDES, -1117) == "SELL"
    target, stop = ("above", "below") if is_sale else ("below", "above")
    names = {old: target + new for old, new in _OLD.items()} | {old: stop + new for old, new in _OLD_STOP.items()}
    kinds = {f"{target}Type": "LIMIT_MAKER", f"{stop}Type": _STOPS[fields.has("stopLimitPrice")]}
    for name in ("price", "stopPrice"):
        fields.need(name)
    return oco(desk, fields.renamed(names, kinds), now)


def oto(desk: Desk, fields: Fields, now: int) -> Json:
    """Take an order, and one that goes to work when it is whole.

    Raises:
        Refused: They are not taken.
    """
    working = _working(fields)
    names = leg_names("pending")
    kind = fields.word(names.type, TYPES, -1116)
    begun = _begun(fields, "pendingSide", "pendingQuantity")
    pending = leg(fields, names, msgspec.structs.replace(begun, type=kind))
    return _place(desk, fields, "OTO", [("working", working), ("pending", pending)], now)


def otoco(desk: Desk, fields: Fields, now: int) -> Json:
    """Take an order, and two that go to work when it is whole, of which one ends the other.

    Raises:
        Refused: They are not taken.
    """
    working = _working(fields)
    begun = _begun(fields, "pendingSide", "pendingQuantity")
    legs = _two(desk, fields, begun, "pending")
    return _place(desk, fields, "OTOCO", [("working", working), *legs], now)


def opo(desk: Desk, fields: Fields, now: int) -> Json:
    """Take a purchase, and a sale of what it brings.

    Raises:
        Refused: They are not taken.
    """
    working, begun = _bought(fields)
    names = leg_names("pending")
    pending = leg(fields, names, msgspec.structs.replace(begun, type=fields.word(names.type, TYPES, -1116)))
    return _place(desk, fields, "OTO", [("working", working), ("pending", pending)], now)


def opoco(desk: Desk, fields: Fields, now: int) -> Json:
    """Take a purchase, and two sales of what it brings, of which one ends the other.

    Raises:
        Refused: They are not taken.
    """
    working, begun = _bought(fields)
    return _place(desk, fields, "OTO", [("working", working), *_two(desk, fields, begun, "pending")], now)


def _bought(fields: Fields) -> tuple[Ticket, Ticket]:
    """Return a purchase, and the beginning of a sale of what it brings."""
    working = _working(fields)
    side = fields.word("pendingSide", SIDES, -1117)
    if working.side != "BUY" or side != "SELL":
        raise Refused(-1117, "Invalid side.")
    return working, Ticket(
        symbol=working.symbol, side=side, type="", answer=working.answer, stp=working.stp, is_rest=True
    )  # fmt: skip


def _begun(fields: Fields, side: str, qty: str) -> Ticket:
    answer = fields.word("newOrderRespType", ANSWERS, -1134) if fields.has("newOrderRespType") else "FULL"
    return Ticket(
        symbol=fields.text("symbol"), side=fields.word(side, SIDES, -1117), type="", qty=fields.need(qty),
        answer=answer, stp=self_trade(fields),
    )  # fmt: skip


def _working(fields: Fields) -> Ticket:
    kind = fields.word("workingType", _WORKING, -1116)
    begun = _begun(fields, "workingSide", "workingQuantity")
    return leg(fields, leg_names("working"), msgspec.structs.replace(begun, type=kind))


def _two(desk: Desk, fields: Fields, begun: Ticket, word: str) -> list[Leg]:
    """Return the leg above the price and the one below it.

    One of them is a stop, the other a target.
    """
    known(desk.clerk.listings, begun.symbol)
    found = []
    for place in ("above", "below"):
        names: Names = leg_names(f"{word}{place.title()}" if word else place)
        kind = fields.word(names.type, (*_TARGETS, *_STOPS), -1116)
        found.append((place, leg(fields, names, msgspec.structs.replace(begun, type=kind))))
    (_, above), (_, below) = found
    is_sale = begun.side == "SELL"
    if above.type not in (_TARGETS if is_sale else _STOPS) or below.type not in (_STOPS if is_sale else _TARGETS):
        raise rejected(BAD_RELATION)
    high, low = (one.stop or one.price for one in (above, below))
    if high is not None and low is not None and high <= low:
        raise rejected(BAD_RELATION)
    return found


def _place(desk: Desk, fields: Fields, kind: str, legs: list[Leg], now: int) -> Json:
    """Take all orders of a list or none of them."""
    fields.has("sideEffectType")
    name, books = fields.client_id("listClientOrderId"), desk.books
    fields.end()
    if name and any(one.client_id == name and not one.is_done for one in books.lists.values()):
        raise rejected(DUPLICATE)
    names = [one.client_id for _, one in legs if one.client_id]
    if len(set(names)) < len(names):
        raise rejected(DUPLICATE)
    records = [desk.admit(ticket, now, role, place) for place, (role, ticket) in enumerate(legs)]
    at_work = [place for place, (role, _) in enumerate(legs) if kind == "OCO" or role == "working"]
    for place in at_work:
        check_start(desk.clerk, legs[place][1])
    check_money(desk.clerk, max((records[place] for place in at_work), key=desk.clerk.till.need))
    number = len(books.lists)
    made = OrderList(
        id=number, client_id=name or name_of("list", str(number), str(now)), kind=kind, symbol=records[0].symbol,
        orders=[one.id for one in records], time=now,
    )  # fmt: skip
    books.lists[number] = made
    for record in records:
        record.list_id, record.status = number, "PENDING_NEW"
        books.add(record)
    desk.clerk.herald.tell_list(made, now)
    for place in at_work:
        if records[place].is_open:
            desk.clerk.begin(records[place], now)
    # The answer to a new list is the one place where an OTOCO is called so.
    view = views.list_view(made, records, [views.result(one) for one in records])
    return view | {"contingencyType": made.kind}


def find(desk: Desk, fields: Fields, name: str, code: int) -> OrderList:
    """Return the list that a request names by our id or by the client's.

    In the parameter `name`.

    Raises:
        Refused: It names none, or there is none; `code` is the vendor's for that.
    """
    number, client_id = fields.whole("orderListId"), fields.maybe(name)
    if number is None and not client_id:
        raise neither(name, "orderListId")
    lists = desk.books.lists
    named = (one for one in reversed(lists.values()) if one.client_id == client_id)
    found = lists.get(number) if number is not None else next(named, None)
    if found is None:
        raise Refused(code, _NO_LIST if code != NOT_CANCELLED else "Unknown order list sent.")
    return found


def cancel(desk: Desk, fields: Fields, now: int) -> Json:
    """Take all orders of a list back.

    Raises:
        Refused: There is none, or it has ended.
    """
    fields.text("symbol")
    found = find(desk, fields, "listClientOrderId", NOT_CANCELLED)
    name = fields.client_id("newClientOrderId")
    fields.end()
    head = next((desk.books.orders[number] for number in found.orders if desk.books.orders[number].is_open), None)
    if head is None:
        raise Refused(NOT_CANCELLED, "Unknown order list sent.")
    ended = desk.clerk.take_back(head, name or name_of("cancel", str(found.id), str(now)), now)
    return desk.told_list(found, ended)
