"""What the plain venue lends to its faults: its words, and its books by hand."""

from decimal import Decimal
from typing import Any

import msgspec

from openbell.core.types import NS
from openbell.wire.mischief import EVENTS, Frame, Meant, Outcome
from openbell.wire.plain import request as rq
from openbell.wire.plain.clerk import Push
from openbell.wire.plain.desk import Desk, Reply, refused
from openbell.wire.script import EVENTS as HAPPENINGS
from openbell.wire.script import Ground, Rule

GROUND = Ground(
    places=(*rq.OPS, *(f"on_{event}" for event in HAPPENINGS)),
    faults=(
        "timeout_after_accept", "timeout_before_accept", "duplicate_ack", "duplicate_fill", "reorder",
        "fill_before_ack", "mute", "mute_data", "rate_limited", "error_after_accept", "error_before_accept", "garbage",
        "disconnect", "partial_then_disconnect", "cancel_refused", "late_fill", "correction", "bust", "overfill",
        "stale_snapshot", "failed_positions", "nightly_reset", "unknown_code", "async_reject", "skew", "stall",
        "lost_subscription",
    ),
)  # fmt: skip
"""What can go wrong at the plain venue."""


def framed(push: Push) -> Frame:
    """Return an announcement as a frame."""
    body = {"ev": EVENTS.get(push.stream, f"on_{push.stream}").removeprefix("on_"), **push.body}
    return Frame(stream=push.stream, body=body, symbol=push.symbol, cid=push.cid)


class Hands:
    """The venue as its faults see it."""

    def __init__(self, desk: Desk) -> None:
        """Lend a desk."""
        self.desk = desk

    def meant(self, request: rq.AnyRequest) -> Meant:
        """Return what a request is about."""
        cid = getattr(request, "cid", "")
        known = self.desk.books.orders.get(cid)
        symbol = getattr(request, "symbol", "") or (known.symbol if known is not None else "")
        return Meant(place=rq.op_of(request), symbol=symbol, cid=cid)

    def carry(self, request: rq.AnyRequest, now: int) -> Outcome:
        """Carry a request out."""
        said = self.desk.ask(request, now)
        return Outcome(
            frames=[_reply(request, said.reply), *(framed(push) for push in said.pushes)],
            is_done=said.reply["ok"] is True,
        )

    def snapshots(self, now: int) -> dict[str, Frame]:
        """Return what would be answered now."""
        return {"state": Frame(stream="reply", body=self.desk.state(now, is_nested=True))}

    def refuse(self, request: rq.AnyRequest, word: str, rule: Rule) -> Frame:
        """Return a reply in the protocol's words."""
        cid = {"cid": getattr(request, "cid", "")}
        if word == "rate_limited":
            reply = refused("rate_limited", "too many requests", status=429)
            return _reply(request, reply | {"retry_after_ms": (rule.after or NS) // 1_000_000})
        if word == "too_late":
            return _reply(request, refused("too_late") | cid)
        if word == "unknown_code":
            return _reply(request, refused(rule.code, "consult your representative") | cid)
        if word == "unconfirmed":
            stream = {"stream": getattr(request, "stream", ""), "symbol": getattr(request, "symbol", "")}
            return _reply(request, {"ok": True, **stream})
        return _reply(request, refused("", "internal error", status=rule.status))

    def twist(self, frame: Frame, how: str) -> Frame:
        """Return a list without its positions, or with null in their place."""
        body = {name: value for name, value in frame.body.items() if name != "positions"}
        return msgspec.structs.replace(frame, body=body if how == "missing" else {**body, "positions": None})

    def act(self, what: str, cid: str, qty: Decimal | None, now: int) -> list[Frame]:
        """Change the books by hand."""
        desk = self.desk
        record = desk.books.orders.get(cid)
        if what == "expire":
            return [framed(push) for push in desk.expire_day_orders(now)]
        if record is None or (what == "fill_behind" and not record.is_open):
            return []
        left = record.qty - record.filled
        lot = desk.clerk.instruments[record.symbol].lot
        if what in ("fill", "part"):
            pushes = desk.clerk.fill(cid, qty or (left if what == "fill" else lot), now)
        elif what == "reject":
            pushes = desk.clerk.reject(cid, now)
        else:
            pushes = desk.clerk.fill_beyond(cid, left + (qty or lot) if what == "overfill" else qty or left, now)
        return [framed(push) for push in pushes]

    def correct(self, frame: Frame, ticks: int | None, now: int) -> list[Frame]:
        """Correct an announced execution, or take it back."""
        body: dict[str, Any] = frame.body
        px = None
        if ticks is not None:
            px = body["px"] + ticks * self.desk.clerk.instruments[frame.symbol].tick_at(body["px"])
        return [framed(push) for push in self.desk.clerk.correct(body["exec"], px, now)]


def _reply(request: rq.AnyRequest, reply: Reply) -> Frame:
    return Frame(stream="reply", body={"re": request.id, **reply})
