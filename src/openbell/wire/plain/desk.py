"""The venue's desk: it takes requests and says what is to be answered and announced.

It has no sockets and no clock.
"""

from decimal import Decimal
from typing import Any

import msgspec

from openbell.core import effects as fx
from openbell.core.events import OrderUpdate
from openbell.core.types import Instrument, OrderType, Side, Tif
from openbell.parts.venue.options import VenueOptions
from openbell.wire.plain import request as rq
from openbell.wire.plain.books import Record, execution_frame, listed, order_frame, word
from openbell.wire.plain.clerk import Clerk, Push

Reply = dict[str, Any]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """Whose account the venue keeps, and on which terms.

    Attributes:
        account, mode, key: What a hello must name; an empty key asks for none.
        currency, cash: Opening balance. dedupes: A second order under one client id is refused.
        visibility: For so long (ns) a new order is not found by a look-up or in lists.
    """

    account: str = "PLAIN-0001"
    mode: str = "paper"
    key: str = ""
    currency: str = "USD"
    cash: Decimal = Decimal(100_000)
    dedupes: bool = True
    visibility: int = 0


class Said(msgspec.Struct, kw_only=True):
    """A reply and what it set off."""

    reply: Reply
    pushes: list[Push] = []


def refused(code: str, text: str = "", status: int = 422) -> Reply:
    """Return the reply that says no."""
    return {"ok": False, "status": status, "code": code, "text": text or code.replace("_", " ")}


class Desk:
    """One account at the exchange.

    Attributes:
        terms, clerk, books: Whose account, who keeps it, what happened. epoch: Highest lease epoch that spoke.
    """

    def __init__(self, terms: Terms, instruments: dict[str, Instrument], options: VenueOptions) -> None:
        """Open with the terms' cash and nothing else."""
        self.terms = terms
        self.clerk = Clerk(terms.account, instruments, options)
        self.books = self.clerk.books
        self.books.cash[terms.currency] = terms.cash
        self.epoch = 0

    # --- requests -----------------------------------------------------------------------------------------------

    def ask(self, request: rq.AnyRequest, now: int) -> Said:
        """Answer a request at `now` (UTC ns)."""
        match request:
            case rq.Hello():
                return Said(reply=self._hello(request, now))
            case rq.Subscribe():
                return Said(reply=self._subscribe(request, now))
            case rq.Submit() | rq.Amend() | rq.Cancel() if request.epoch < self.epoch:
                text = f"epoch {request.epoch} was superseded by {self.epoch}"
                return Said(reply=refused("fenced", text, status=403))
            case rq.Submit():
                return self._submit(request, now)
            case rq.Amend():
                effect = fx.Amend(
                    oid=request.cid, account=self.terms.account, qty=request.qty, limit=request.limit,
                    stop=request.stop, trail=request.trail,
                )  # fmt: skip
                return self._change(effect, request.cid, now)
            case rq.Cancel():
                return self._change(fx.Cancel(oid=request.cid, account=self.terms.account), request.cid, now)
            case rq.Lookup():
                return Said(reply=self._lookup(request.cid, now))
            case rq.Executions():
                return Said(reply=self._executions(request))
            case rq.State():
                return Said(reply=self.state(now, is_nested=request.nested))
            case _:
                return Said(reply={"ok": True, "time": now})

    def _hello(self, hello: rq.Hello, now: int) -> Reply:
        terms = self.terms
        if hello.version != rq.VERSION:
            return refused("bad_version", f"this venue speaks version {rq.VERSION}", status=400)
        if terms.key and hello.key != terms.key:
            return refused("bad_key", status=401)
        if hello.account != terms.account:
            return refused("wrong_account", f"{hello.account} is not an account of this venue", status=403)
        if hello.mode != terms.mode:
            return refused("wrong_mode", f"account {terms.account} is {terms.mode}, not {hello.mode}", status=403)
        self.epoch = max(self.epoch, hello.epoch)
        return {"ok": True, "account": terms.account, "mode": terms.mode, "epoch": self.epoch, "time": now}

    def _subscribe(self, request: rq.Subscribe, now: int) -> Reply:
        if request.stream in ("bars", "quotes") and request.symbol not in self.clerk.instruments:
            return refused("unknown_symbol")
        return {"ok": True, "stream": request.stream, "symbol": request.symbol, "time": now}

    def _submit(self, request: rq.Submit, now: int) -> Said:
        cid = request.cid
        known = self.books.orders.get(cid)
        if known is not None and self.terms.dedupes:
            reply = refused("duplicate_cid", status=409)
            return Said(reply=reply | {"cid": cid, "order": known.order})
        if request.symbol in self.clerk.halted:
            return Said(reply=refused("halted") | {"cid": cid})
        if known is not None or not cid:
            # Without client ids a second order under one id is a second order.
            cid = f"{cid}#{len(self.books.orders)}"
        index = len(self.books.orders) + 1
        if request.symbol not in self.clerk.instruments or request.qty <= 0:
            code = "off_lot" if request.symbol in self.clerk.instruments else "unknown_symbol"
            return Said(reply=refused(code) | {"cid": cid})
        self.clerk.exchange.take(_submit_of(request, cid, (self.terms.account, index)), now)
        answers = self.clerk.exchange.speak(now)
        first = next((a for a in answers if isinstance(a, OrderUpdate) and a.oid == cid), None)
        if first is not None and first.happening == "rejected":
            return Said(reply=refused(word(first.code)) | {"cid": cid})
        order = first.venue_order if first is not None else ""
        record = _record_of(request, cid, order, now)
        self.books.orders[cid] = record
        reply = {"ok": True, "cid": request.cid, "order": order, "state": "working", "time": now}
        return Said(reply=reply, pushes=[self.clerk.push_order(record, "accepted"), *self.clerk.told(answers[1:], now)])

    def _change(self, effect: fx.Effect, cid: str, now: int) -> Said:
        record = self.books.orders.get(cid)
        if record is None:
            return Said(reply=refused("unknown_order", status=404) | {"cid": cid})
        self.clerk.exchange.take(effect, now)
        answers = self.clerk.exchange.speak(now)
        no = next((a for a in answers if isinstance(a, OrderUpdate) and a.happening.endswith("_refused")), None)
        rest = [answer for answer in answers if answer is not no]
        pushes = self.clerk.told(rest, now)
        if no is not None:
            return Said(reply=refused(word(no.code)) | {"cid": cid, "state": record.state}, pushes=pushes)
        reply = {"ok": True, "cid": cid, "order": record.order, "state": record.state, "time": now}
        return Said(reply=reply, pushes=pushes)

    def _is_visible(self, record: Record, now: int) -> bool:
        return now - record.time >= self.terms.visibility

    def _lookup(self, cid: str, now: int) -> Reply:
        record = self.books.orders.get(cid)
        if record is None or not self._is_visible(record, now):
            return {"ok": True, "found": False, "cid": cid, "time": now}
        own = [execution_frame(done) for done in self.books.executions if done.cid == cid]
        return {"ok": True, "found": True, "cid": cid, "order": order_frame(record), "executions": own, "time": now}

    def _executions(self, request: rq.Executions) -> Reply:
        done, since = self.books.executions, max(request.since, 0)
        while since < len(done) and done[since].time < request.after:
            since += 1
        page = done[since : since + max(request.limit, 1)]
        last = page[-1].n if page else since
        is_more = last < len(done)
        return {"ok": True, "executions": [execution_frame(done) for done in page], "next": last, "more": is_more}

    def state(self, now: int, *, is_nested: bool) -> Reply:
        """Return open orders, positions and cash as of `now`."""
        books = self.books
        records = [record for record in books.open_orders() if self._is_visible(record, now)]
        return {
            "ok": True, "orders": listed(records, is_nested=is_nested), "positions": dict(books.positions),
            "cash": dict(books.cash), "as_of": now, "last_execution": len(books.executions),
        }  # fmt: skip

    def expire_day_orders(self, now: int) -> list[Push]:
        """End every order that is good for the day, as a venue does overnight."""
        pushes = []
        for record in self.books.open_orders():
            if record.tif == "day":
                said = self._change(fx.Cancel(oid=record.cid, account=self.terms.account), record.cid, now)
                pushes += said.pushes
        return pushes

    def truth(self) -> dict[str, Any]:
        """Return everything the venue knows, for those who compare."""
        return {
            "orders": [order_frame(record) | {"epoch": record.epoch} for record in self.books.orders.values()],
            "executions": [execution_frame(done) for done in self.books.executions],
            "positions": dict(self.books.positions),
            "cash": dict(self.books.cash),
            "epoch": self.epoch,
            "halted": sorted(self.clerk.halted),
        }


def _submit_of(request: rq.Submit, cid: str, whose: tuple[str, int]) -> fx.Submit:
    account, index = whose
    return fx.Submit(
        oid=cid,
        index=index,
        account=account,
        deployment="",
        instrument=request.symbol,
        side=Side(request.side),
        qty=request.qty,
        type=OrderType(request.type),
        tif=Tif(request.tif),
        limit=request.limit,
        stop=request.stop,
        trail=request.trail,
        reduce_only=request.reduce_only,
        oco=request.group,
    )


def _record_of(request: rq.Submit, cid: str, order: str, now: int) -> Record:
    return Record(
        cid=cid,
        order=order,
        symbol=request.symbol,
        side=request.side,
        qty=request.qty,
        type=request.type,
        tif=request.tif,
        limit=request.limit,
        stop=request.stop,
        trail=request.trail,
        reduce_only=request.reduce_only,
        group=request.group,
        epoch=request.epoch,
        time=now,
        changed=now,
    )
