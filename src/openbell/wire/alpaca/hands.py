"""What the Alpaca front lends to its faults: the vendor's words, and its books by hand."""

from decimal import Decimal
from typing import Any, Protocol

import msgspec

from openbell.core.types import NS
from openbell.wire.alpaca import manual
from openbell.wire.alpaca.books import Execution, Record
from openbell.wire.alpaca.call import Answer, Call, House, Question
from openbell.wire.alpaca.forms import Json
from openbell.wire.alpaca.refusal import Refused
from openbell.wire.alpaca.shelf import orders as listed
from openbell.wire.alpaca.stream import failed
from openbell.wire.alpaca.trading import account, positions
from openbell.wire.alpaca.views import correction_view
from openbell.wire.lent import Announcer
from openbell.wire.mischief import Frame, Meant, Outcome
from openbell.wire.script import EVENTS, KINDS, Ground, Rule

GROUND = Ground(
    places=(
        "hello", "subscribe", "submit", "amend", "cancel", "order", "executions", "orders", "positions", "account",
        "instruments", "clock", "history", *(f"on_{event}" for event in EVENTS),
    ),
    # The vendor's sockets end without a word.
    faults=tuple(name for name in KINDS if name not in ("revoked_stream", "shutdown")),
)  # fmt: skip
"""What can go wrong at the Alpaca front."""
ELSEWHERE = "http://127.0.0.2:1/v2/elsewhere"
"""Where a redirect leads."""
_PRICES = {"zero": 0, "negative": -1.5, "null": None, "text": "n/a", "absurd": 1e30}
_LEAST, _TWO = Decimal(1), Decimal(2)


class Word(Protocol):
    """What was said on a socket, as the sockets answer it."""

    place: str
    symbol: str
    feed: str

    def answer(self) -> list[Any]:
        """Carry it out and return the frames of the answer."""

    def claim(self) -> list[Any]:
        """Return an answer that says it was done, which it was not."""


class Hands(Announcer):
    """The front as its faults see it.

    Attributes:
        house: Its books.
    """

    def __init__(self, house: House) -> None:
        """Lend a house."""
        super().__init__()
        self.house = house
        house.desk.clerk.tell = self._hear

    def _hear(self, body: Json) -> None:
        """Note an announcement; while a request is carried out it waits for the reply."""
        self.note(body)
        order = body["data"]["order"]
        stream = "executions" if "execution_id" in body["data"] else "orders"
        frame = Frame(stream=stream, body=body, symbol=order["symbol"], cid=order["client_order_id"])
        self.announce(frame)

    # --- requests -----------------------------------------------------------------------------------------------

    def meant(self, request: "Question | Word") -> Meant:
        """Return what a request is about."""
        if not isinstance(request, Question):
            return Meant(place=request.place, symbol=request.symbol)
        call = request.call
        body = call.body if isinstance(call.body, dict) else {}
        record = self.house.desk.books.orders.get(call.path.get("id", "").lower())
        cid = body.get("client_order_id") or call.query.get("client_order_id", "")
        if record is not None:
            cid = cid or record.client_order_id
        symbol = body.get("symbol") or call.path.get("symbol", "") or (record.symbol if record is not None else "")
        return Meant(place=request.place, symbol=str(symbol), cid=str(cid))

    def carry(self, request: "Question | Word", now: int) -> Outcome:
        """Carry a request out."""
        if not isinstance(request, Question):
            return Outcome(frames=[Frame(stream="reply", body=body) for body in request.answer()], is_done=True)
        frames = self.collect(lambda: replied(self._answered(request)))
        return Outcome(frames=frames, is_done=frames[0].status < 300)

    def _answered(self, request: Question) -> Answer:
        try:
            return request.act(self.house, request.call)
        except Refused as refused:
            return Answer(status=refused.status, body=refused.body)

    def snapshots(self, now: int) -> dict[str, Frame]:
        """Return what would be answered now at each place that lists something."""
        call, house = Call(now=now), self.house
        found = {"positions": positions(house, call), "account": account(house, call)}
        found["orders"] = Answer(body=listed(house.desk, {"status": "open", "limit": "500", "direction": "asc"}))
        return {place: replied(answer) for place, answer in found.items()}

    def refuse(self, request: "Question | Word", word: str, rule: Rule) -> Frame:
        """Return a reply in the vendor's words."""
        if not isinstance(request, Question):
            bodies = request.claim() if word == "unconfirmed" else [_frame_of(request.feed, word)]
            return Frame(stream="reply", body=bodies[0])
        status, body = _refusal(word, rule)
        head = {}
        if word in ("rate_limited", "banned"):
            until = request.call.now + (rule.after or rule.lasts or NS)
            head = {"X-RateLimit-Limit": "200", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(-(-until // NS))}
        if word == "redirect":
            head = {"Location": ELSEWHERE}
        return Frame(stream="reply", status=status, body=body, head=head)

    # --- frames that are wrong ----------------------------------------------------------------------------------

    def twist(self, frame: Frame, how: str) -> Frame:
        """Return a frame made wrong."""
        if how == "null_data":
            return msgspec.structs.replace(frame, body={"stream": "trade_updates", "data": None})
        if how == "unknown_event":
            return msgspec.structs.replace(frame, body={**frame.body, "data": {**frame.body["data"], "event": "odd"}})
        if frame.stream == "reply":
            return msgspec.structs.replace(frame, raw="null" if how == "null" else "{}")
        # A quote's `c` is no close, but its signs.
        names = ("ap", "bp") if "ap" in frame.body else ("o", "h", "l", "c")
        wrong = {name: _PRICES[how] for name in names if name in frame.body}
        return msgspec.structs.replace(frame, body=frame.body | wrong)

    # --- books by hand ------------------------------------------------------------------------------------------

    def act(self, what: str, cid: str, qty: Decimal | None, now: int) -> list[Frame]:
        """Change the books by hand."""
        return self.collect(lambda: self._do(what, cid, qty, now))

    def _do(self, what: str, cid: str, qty: Decimal | None, now: int) -> None:
        clerk = self.house.desk.clerk
        record = clerk.books.by_client.get(cid)
        if what == "renumber":
            self.house.number = 0
        elif what == "expire":
            for one in clerk.books.open_orders():
                if one.tif == "day" and one.is_open:
                    manual.expire(clerk, one, now)
        elif record is not None:
            self._do_to(record, what, qty, now)

    def _do_to(self, record: Record, what: str, qty: Decimal | None, now: int) -> None:
        clerk = self.house.desk.clerk
        left = record.size - record.worked
        if what == "overfill":
            manual.fill_beyond(clerk, record, max(left, Decimal(0)) + (qty or _LEAST), now)
        elif not record.is_open:
            return
        elif what == "fill_behind":
            # What is filled whole cannot be taken back any more: by itself half of it fills.
            manual.fill_beyond(clerk, record, qty or left // _TWO or left, now)
        elif what in ("fill", "part"):
            wanted = qty or (left if what == "fill" else _LEAST)
            clerk.fill(record, min(wanted, left), manual.price_of(clerk, record), now)
        else:
            {"reject": manual.reject, "forget": manual.forget}[what](clerk, record, now)

    def correct(self, frame: Frame, ticks: int | None, now: int) -> list[Frame]:
        """Correct an announced execution by so many ticks, or take it back."""
        clerk, name = self.house.desk.clerk, frame.body["data"]["execution_id"]
        done = next((one for one in reversed(clerk.books.executions) if one.id == name), None)
        if done is None or any(one.supersedes == name for one in clerk.books.executions):
            return []
        px = None if ticks is None else done.px + ticks * clerk.instruments[done.symbol].tick_at(done.px)
        return self.collect(lambda: self._correct(done, px, now))

    def _correct(self, done: Execution, px: Decimal | None, now: int) -> None:
        """Correct an execution, and write down which: what the account's stream says does not name it."""
        made = manual.correct(self.house.desk.clerk, done, px, now)
        self.note({"stream": "corrections", "data": correction_view(made)})


def replied(answer: Answer) -> Frame:
    """Return an answer as a frame."""
    return Frame(stream="reply", status=answer.status, body=answer.body)


def _refusal(word: str, rule: Rule) -> tuple[int, Any]:
    """Return status and body of a refusal."""
    return {
        "rate_limited": (429, {"code": 42910000, "message": "rate limit exceeded"}),
        "banned": (429, {"code": 42910000, "message": "too many requests: banned for a while"}),
        "expired": (401, {"code": 40110000, "message": "request is not authorized"}),
        "too_late": (422, {"code": 42210000, "message": 'order is already in "filled" state'}),
        "unknown_code": (422, {"code": 49990000, "message": f"{rule.code}: consult your representative"}),
        "redirect": (307, {"message": "temporarily elsewhere"}),
        "empty_list": (200, []),
        "page": (200, None),
        "unconfirmed": (200, {}),
        "error": (rule.status, {"code": 50010000, "message": "internal server error occurred"}),
    }[word]


def _frame_of(feed: str, word: str) -> Any:
    """Return what a socket says of a mistake."""
    if feed == "account" and word == "expired":
        return {"stream": "authorization", "data": {"status": "unauthorized", "action": "authenticate"}}
    if feed == "account":
        return {"stream": "listening", "data": {"error": "internal server error"}}
    code, text = {"expired": (402, "auth failed"), "banned": (406, "connection limit exceeded")}.get(
        word, (500, "internal error")
    )
    return failed(code, text)
