"""What the Binance front lends to its faults: the vendor's words, and its books by hand."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from openbell.core.types import NS, Rounding, div
from openbell.wire.binance import manual
from openbell.wire.binance.asked import Asked
from openbell.wire.binance.books import Record
from openbell.wire.binance.call import Call, House
from openbell.wire.binance.fields import Fields
from openbell.wire.binance.forms import Json
from openbell.wire.binance.refusal import NOT_CANCELLED, Refused
from openbell.wire.binance.trading import account, open_orders
from openbell.wire.lent import Announcer
from openbell.wire.mischief import Frame, Meant, Outcome
from openbell.wire.script import EVENTS, KINDS, Ground, Rule

GROUND = Ground(
    places=(
        "hello", "subscribe", "submit", "amend", "cancel", "order", "executions", "orders", "account", "instruments",
        "clock", "history", "ping", *(f"on_{event}" for event in EVENTS),
    ),
    # The vendor corrects no execution, and knows any number of sessions at once.
    faults=tuple(name for name in KINDS if name not in ("correction", "bust", "ghost_session")),
)  # fmt: skip
"""What can go wrong at the Binance front."""
ELSEWHERE = "http://127.0.0.2:1/api/v3/elsewhere"
"""Where a redirect leads."""
_PRICES = {"zero": "0.00000000", "negative": "-1.50000000", "null": None, "text": "n/a", "absurd": f"{10**30}.00000000"}
_LEAST, _TWO = Decimal("0.00001"), Decimal(2)
_UNSURE = "Timeout waiting for response from backend server. Send status unknown; execution status unknown."
_FAILED = "An unknown error occurred while processing the request."
_GATEWAY = 504


class Hands(Announcer):
    """The front as its faults see it.

    Attributes:
        house: Its books.
        revoke, dismiss: End the account's stream, or every socket, and say so.
    """

    def __init__(self, house: House) -> None:
        """Lend a house."""
        super().__init__()
        self.house = house
        self.revoke: Callable[[], None] = lambda: None
        self.dismiss: Callable[[], None] = lambda: None
        house.desk.clerk.herald.tell = self._hear

    def _hear(self, event: Json) -> None:
        """Note an announcement; while a request is carried out it waits for the reply."""
        self.note(event)
        stream = "account"
        if event["e"] == "executionReport":
            stream = "executions" if event["x"] == "TRADE" else "orders"
        frame = Frame(stream=stream, body=event, symbol=event.get("s", ""), cid=event.get("C") or event.get("c", ""))
        self.announce(frame)

    # --- requests -----------------------------------------------------------------------------------------------

    def meant(self, request: Asked) -> Meant:
        """Return what a request is about."""
        record = self.house.desk.books.orders.get(request.number)
        cid = request.cid or (record.client_id if record is not None else "")
        return Meant(place=request.place, symbol=request.symbol, cid=cid)

    def carry(self, request: Asked, now: int) -> Outcome:
        """Carry a request out."""
        frames = self.collect(lambda: self._answered(request, now))
        return Outcome(frames=frames, is_done=frames[0].status < 300)

    def _answered(self, request: Asked, now: int) -> Frame:
        wait = 0
        try:
            body, status = request.act(), 200
        except Refused as refused:
            body, status, wait = refused.body, refused.status, refused.wait
        head = self.house.meter.headers(now, is_order=bool(request.orders))
        head |= {"Retry-After": str(wait)} if wait else {}
        return Frame(stream="reply", status=status, body=body, head=head)

    def snapshots(self, now: int) -> dict[str, Frame]:
        """Return what would be answered now at each place that lists something."""
        call = Call(fields=Fields({}), now=now)
        found = {"account": account(self.house, call), "orders": open_orders(self.house, call)}
        return {place: Frame(stream="reply", body=body) for place, body in found.items()}

    def refuse(self, request: Asked, word: str, rule: Rule) -> Frame:
        """Return a reply in the vendor's words."""
        if word == "unconfirmed":
            return Frame(stream="reply", body=request.claim)
        status, body = _refusal(word, rule)
        if request.is_stream and isinstance(body, dict) and "msg" in body:
            body = {"code": 2, "msg": f"Invalid request: {body['msg']}"}
        head = {}
        if word in ("rate_limited", "banned"):
            head = {"Retry-After": str(-(-(rule.after or rule.lasts or NS) // NS))}
        if word == "redirect":
            head = {"Location": ELSEWHERE}
        return Frame(stream="reply", status=status, body=body, head=head)

    # --- frames that are wrong ----------------------------------------------------------------------------------

    def twist(self, frame: Frame, how: str) -> Frame:
        """Return a frame made wrong."""
        body: Any = frame.body
        if how == "null_data":
            return msgspec.structs.replace(frame, body=None)
        if how == "unknown_event":
            return msgspec.structs.replace(frame, body={**body, "e": "oddReport"})
        if frame.stream == "reply":
            kept = {name: value for name, value in body.items() if name != "balances"} if isinstance(body, dict) else {}
            return msgspec.structs.replace(frame, body=kept | ({"balances": None} if how == "null" else {}))
        px = _PRICES[how]
        if "k" in body:
            return msgspec.structs.replace(frame, body={**body, "k": body["k"] | dict.fromkeys("ohlc", px)})
        return msgspec.structs.replace(frame, body={**body, **dict.fromkeys("ba", px)})

    # --- books by hand ------------------------------------------------------------------------------------------

    def act(self, what: str, cid: str, qty: Decimal | None, now: int) -> list[Frame]:
        """Change the books by hand."""
        return self.collect(lambda: self._do(what, cid, qty, now))

    def _do(self, what: str, cid: str, qty: Decimal | None, now: int) -> None:
        clerk = self.house.desk.clerk
        if what == "renumber":
            clerk.herald.renumber()
        elif what in ("revoke", "dismiss"):
            {"revoke": self.revoke, "dismiss": self.dismiss}[what]()
        else:
            # Names count by symbol, and may be used again: the last one is meant.
            found = [one for (_, name), one in clerk.books.by_name.items() if name == cid]
            for record in found[-1:]:
                self._do_to(record, what, qty, now)

    def _do_to(self, record: Record, what: str, qty: Decimal | None, now: int) -> None:
        clerk = self.house.desk.clerk
        if what == "overfill":
            manual.overfill(clerk, record, qty, now)
        elif not record.is_open:
            return
        elif what == "fill_behind":
            # What is filled whole cannot be taken back any more: by itself half of it fills.
            half = div(record.leaves, _TWO, clerk.listings[record.symbol].step, Rounding.FLOOR)
            manual.fill_beyond(clerk, record, qty or half or record.leaves, now)
        elif what in ("fill", "part"):
            manual.fill(clerk, record, qty or (record.leaves if what == "fill" else _LEAST), now)
        else:
            {"reject": manual.reject, "forget": manual.forget}[what](clerk, record, now)

    def correct(self, frame: Frame, ticks: int | None, now: int) -> list[Frame]:
        """Return nothing: the vendor corrects no execution."""
        return []


def _refusal(word: str, rule: Rule) -> tuple[int, Any]:
    """Return status and body of a refusal."""
    is_unsure = rule.status == _GATEWAY
    return {
        "rate_limited": (429, {"code": -1003, "msg": "Too many requests; please use the websocket for live updates."}),
        "banned": (418, {"code": -1003, "msg": "Way too many requests; IP banned for a while."}),
        "expired": (401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}),
        "too_late": (400, {"code": NOT_CANCELLED, "msg": "Unknown order sent."}),
        "unknown_code": (400, {"code": -9999, "msg": f"{rule.code}: consult your representative."}),
        "redirect": (307, {"code": -1000, "msg": "temporarily elsewhere"}),
        "empty_list": (200, []),
        "page": (200, None),
        "error": (rule.status, {"code": -1007, "msg": _UNSURE} if is_unsure else {"code": -1000, "msg": _FAILED}),
    }[word]  # fmt: skip
