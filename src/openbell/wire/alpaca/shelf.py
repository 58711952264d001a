"""Orders and executions by page: which of them a client asks for."""

from collections.abc import Mapping

from openbell.core.types import NS
from openbell.wire.alpaca.books import Execution, Record
from openbell.wire.alpaca.desk import Desk
from openbell.wire.alpaca.forms import Json, first, parse_instant
from openbell.wire.alpaca.refusal import invalid
from openbell.wire.alpaca.views import activity_view, asset_class

MOST_ORDERS, USUAL_ORDERS = 500, 50
MOST_FILLS = 100
Query = Mapping[str, str]


def orders(desk: Desk, query: Query) -> list[Json]:
    """Return a page of the orders.

    Raises:
        Refused: The query makes no sense.
    """
    is_nested = first(query, "nested").lower() == "true"
    found = [one for one in desk.books.orders.values() if _is_wanted(one, query)]
    if is_nested:
        # A leg whose parent is not in the answer stands for itself: nobody loses sight of an open stop.
        ids = {one.id for one in found}
        found = [one for one in found if one.parent not in ids]
    direction = first(query, "direction", "desc")
    if direction not in ("asc", "desc"):
        raise invalid(f"invalid direction: {direction}")
    found = _between(desk, found, query)
    if direction == "desc":
        found.reverse()
    limit = _whole(query, "limit", USUAL_ORDERS, MOST_ORDERS)
    return [desk.view(one, is_nested=is_nested) for one in found[:limit]]


def _is_wanted(record: Record, query: Query) -> bool:
    status = first(query, "status", "open")
    if status not in ("open", "closed", "all"):
        raise invalid(f"invalid status: {status}")
    if status != "all" and record.is_open != (status == "open"):
        return False
    symbols = [text for text in first(query, "symbols").split(",") if text]
    if symbols and record.symbol not in symbols and record.symbol.replace("/", "") not in symbols:
        return False
    if first(query, "side") not in ("", record.side):
        return False
    classes = first(query, "asset_class", "all").split(",")
    if "all" not in classes and asset_class(record.symbol) not in classes:
        return False
    after, until = instant_in(query, "after"), instant_in(query, "until")
    return (not after or record.created > after) and (not until or record.created < until)


def _between(desk: Desk, found: list[Record], query: Query) -> list[Record]:
    """Return, oldest first, those that were sent behind one named order, or before another."""
    places = {one.id: (one.created, place) for place, one in enumerate(desk.books.orders.values())}
    bounds: dict[str, tuple[int, int]] = {}
    for name in ("after_order_id", "before_order_id"):
        text = first(query, name).lower()
        if text and text not in places:
            # To begin anew would send whoever turns pages round and round.
            raise invalid(f"invalid {name}: {text}")
        if text:
            bounds[name] = places[text]
    if len(bounds) > 1:
        raise invalid("after_order_id and before_order_id are mutually exclusive")
    low, high = bounds.get("after_order_id", (-1, -1)), bounds.get("before_order_id", (1 << 63, 0))
    rising = sorted(found, key=lambda one: places[one.id])
    return [one for one in rising if low < places[one.id] < high]


def instant_in(query: Query, name: str) -> int:
    """Return an instant of a query (UTC ns), 0 where there is none.

    Raises:
        Refused: It is none.
    """
    text = first(query, name).replace(" ", "+")
    if not text:
        return 0
    try:
        return parse_instant(text)
    except ValueError:
        raise invalid(f"invalid {name}: {text}") from None


def _whole(query: Query, name: str, usual: int, most: int) -> int:
    text = first(query, name, str(usual))
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise invalid(f"{name} must be between 1 and {most}")
    return int(text)


def activities(desk: Desk, query: Query, kinds: str) -> list[Json]:
    """Return a page of the account's activities of these kinds; there are none but executions.

    Raises:
        Refused: The query makes no sense.
    """
    wanted = [kind for kind in kinds.split(",") if kind]
    if first(query, "activity_types") and first(query, "category"):
        raise invalid("category cannot be used with activity_types")
    if (wanted and "FILL" not in wanted) or first(query, "category") == "non_trade_activity":
        return []
    found = [one for one in desk.books.executions if not one.supersedes and _is_due(one, query)]
    if first(query, "direction", "desc") != "asc":
        found.reverse()
    token = first(query, "page_token").rpartition("::")[2]
    ids = [one.id for one in found]
    if token and token not in ids:
        # To begin anew would send whoever turns pages round and round.
        raise invalid(f"invalid page_token: {query['page_token']}")
    start = ids.index(token) + 1 if token else 0
    size = _whole(query, "page_size", MOST_FILLS, MOST_FILLS)
    return [activity_view(one) for one in found[start : start + size]]


def _is_due(done: Execution, query: Query) -> bool:
    after, until, date = (instant_in(query, name) for name in ("after", "until", "date"))
    if first(query, "order_id") not in ("", done.order):
        return False
    if date and not date <= done.time < date + 86_400 * NS:
        return False
    return (not after or done.time > after) and (not until or done.time < until)
