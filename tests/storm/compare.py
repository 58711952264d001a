"""Compare a front's log with an engine's journal: order by order, execution by execution, cent by cent.

It knows both by their JSON alone and imports nothing of the package: what the engine believes is added up here once more.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

Json = dict[str, Any]
ENDED = {"filled", "canceled", "expired", "rejected", "replaced"}


class Deal(NamedTuple):
    """One execution: whose order, what, how much, at what price."""

    order: str
    symbol: str
    side: str
    qty: Decimal
    px: Decimal


class There(NamedTuple):
    """What the front did: executions by id, orders by the client's id as last told, and how often each was taken."""

    deals: dict[str, Deal]
    orders: dict[str, Json]
    taken: Counter[str]


class Here(NamedTuple):
    """What the engine wrote down: executions by id, each order once decided, and how each ended."""

    deals: dict[str, Deal]
    twice: list[str]
    decided: dict[str, Json]
    endings: dict[str, str]


def lines(text: str) -> list[Json]:
    """Return JSON lines; a last one that was cut by a kill is none."""
    written = text.splitlines()
    found = []
    for number, line in enumerate(written, 1):
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            if number < len(written):
                raise
    return found


def there(log: Path) -> There:
    """Read the front's log."""
    deals: dict[str, Deal] = {}
    orders: dict[str, Json] = {}
    taken: Counter[str] = Counter()
    for entry in lines(log.read_text()):
        if entry["kind"] == "booked" and entry["frame"].get("stream") == "corrections":
            data = entry["frame"]["data"]
            old = deals.pop(data["corrects"])
            if not data["bust"]:
                deals[data["id"].rpartition("::")[2]] = old._replace(px=Decimal(data["price"]))
        elif entry["kind"] == "booked":
            data = entry["frame"]["data"]
            order = data["order"]
            orders[order["client_order_id"]] = order
            if "execution_id" in data:
                assert data["execution_id"] not in deals, "the front booked an execution twice"
                deals[data["execution_id"]] = Deal(
                    order["client_order_id"],
                    order["symbol"],
                    order["side"],
                    Decimal(data["qty"]),
                    Decimal(data["price"]),
                )
        elif entry["kind"] == "request" and entry["method"] in ("POST", "PATCH") and entry["status"] == 200:
            name = json.loads(entry["asked"]).get("client_order_id")
            taken[str(name)] += 1
    return There(deals, orders, taken)


def there_in_coins(log: Path) -> There:
    """Read the log of the front that trades coins: its executions are numbered by symbol."""
    deals: dict[str, Deal] = {}
    orders: dict[str, Json] = {}
    taken: Counter[str] = Counter()
    for entry in lines(log.read_text()):
        if entry["kind"] == "booked":
            event = entry["event"]
            if event.get("e") != "executionReport":
                continue
            # A cancel has an id of its own; whose it is stands beside it. A change has ours with a stamp behind.
            orders[_ours(event.get("C") or event["c"])] = {"status": _COIN_WORDS.get(event["X"], event["X"])}
            if event["x"] == "TRADE":
                name = numbered(event["s"], str(event["t"]))
                assert name not in deals, "the front booked an execution twice"
                deals[name] = Deal(event["c"], event["s"], event["S"].lower(), Decimal(event["l"]), Decimal(event["L"]))
        elif entry["kind"] == "request" and entry["method"] == "POST" and entry["status"] == 200:
            taken[str(entry["asked"].get("newClientOrderId"))] += 1
    return There(deals, orders, taken)


_COIN_WORDS = {"FILLED": "filled", "CANCELED": "canceled", "EXPIRED": "expired", "REJECTED": "rejected"}


def _ours(name: str) -> str:
    """Return our id of an order that a change may have given another name, as either broker's adapter makes it."""
    return name.partition(".")[0].partition("_")[0]


def numbered(symbol: str, number: str) -> str:
    """Return how an execution is told apart where its number counts by symbol."""
    return f"{symbol}/{number}"


def plain_name(_: str, number: str) -> str:
    """Return how an execution is told apart where its number is one of the account."""
    return number


def here(journal: str, name: Callable[[str, str], str] = plain_name) -> Here:
    """Read the engine's journal, as `openbell journal export` writes it.

    `name` makes the name of an execution of its symbol and its id.
    """
    deals: dict[str, Deal] = {}
    twice: list[str] = []
    decided: dict[str, Json] = {}
    endings: dict[str, str] = {}
    gone: set[str] = set()
    for record in lines(journal):
        event = record["event"]
        if event["type"] == "Fill":
            key = name(event["instrument"], event["exec_id"])
            deal = Deal(
                event["oid"], event["instrument"], event["side"], Decimal(str(event["qty"])), Decimal(str(event["px"]))
            )
            # A venue lists an execution again when it is asked; how many the book has counted is seen by its own count.
            if deals.setdefault(key, deal) != deal:
                twice.append(key)
            if event.get("supersedes"):
                # Whichever of the two the engine heard first: what was corrected counts no more.
                gone |= {name(event["instrument"], event["supersedes"]), *([key] if event["is_bust"] else [])}
        elif event["type"] == "OrderUpdate" and event["happening"] in ("cancelled", "expired", "rejected"):
            endings[event["oid"]] = event["happening"]
        for effect in record["effects"]:
            if effect["type"] == "Submit":
                decided[effect["oid"]] = effect
    return Here({key: deal for key, deal in deals.items() if key not in gone}, twice, decided, endings)


def positions(deals: dict[str, Deal]) -> dict[str, Decimal]:
    """Return signed units by symbol, without those that are flat."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for deal in deals.values():
        found[deal.symbol] += deal.qty if deal.side == "buy" else -deal.qty
    return {symbol: qty for symbol, qty in found.items() if qty}


def cash(deals: dict[str, Deal]) -> Decimal:
    """Return what executions have brought, USD."""
    return sum(
        (-deal.qty * deal.px if deal.side == "buy" else deal.qty * deal.px for deal in deals.values()), Decimal(0)
    )


def differences(one: There, other: Here) -> list[str]:
    """Return every difference between a front and a journal in words, none where they agree."""
    wrong = [f"execution {name} was told in two ways" for name in other.twice]
    wrong += [f"order {name} was taken {count} times" for name, count in one.taken.items() if count > 1]
    wrong += [f"order {name} was never decided" for name in one.taken if _ours(name) not in other.decided]
    for name in one.deals.keys() | other.deals.keys():
        left, right = one.deals.get(name), other.deals.get(name)
        if left is None or right is None or left[1:] != right[1:] or not left.order.startswith(right.order):
            wrong.append(f"execution {name}: {left} at the front, {right} in the journal")
    for name, order in one.orders.items():
        ended = other.endings.get(name)
        if ended and order["status"] not in ENDED:
            wrong.append(f"order {name} is {order['status']} at the front, {ended} in the journal")
    if positions(one.deals) != positions(other.deals):
        wrong.append(f"positions: {positions(one.deals)} at the front, {positions(other.deals)} in the journal")
    if cash(one.deals) != cash(other.deals):
        wrong.append(f"cash: {cash(one.deals)} at the front, {cash(other.deals)} in the journal")
    return wrong
