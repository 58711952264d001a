"""What a fault does to an answer.

Pure functions from what would be sent to what is sent, and what happens beside.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec

from openbell.core.types import NS, ZERO, Instrument
from openbell.wire.plain import request as rq
from openbell.wire.plain.books import Record
from openbell.wire.plain.clerk import Push
from openbell.wire.plain.desk import Desk, Reply, refused
from openbell.wire.plain.script import Rule, strike

PAGE = "<!DOCTYPE html><html><head><title>Scheduled maintenance</title></head><body>We will be back soon.</body></html>"
"""What a maintenance window answers, with status 200."""
_LONG_NS = 5 * NS
"""How long muting, stalls and resets last where the script does not say."""
_SOON_NS = 200_000_000
"""How long a frame waits where the script does not say."""
_REMEMBERED = 64
_EVENTS = {"orders": "on_order", "executions": "on_execution", "bars": "on_bar", "quotes": "on_quote"}


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One frame to send: `body` or `raw` text, on a stream (`reply` for the asker alone).

    `delay` ns from now.
    """

    stream: str
    body: dict[str, Any] | None = None
    raw: str = ""
    symbol: str = ""
    delay: int = 0


class Outcome(msgspec.Struct, kw_only=True):
    """What comes of a request or an announcement.

    Attributes:
        frames: To send. cut: own, all or empty: whose connection ends behind them.
        mute, mute_data, stall, down: For so long (ns) announcements, market data, everything, new connections fail.
        skew: The venue's clock moves ahead by this, ns. is_done: The request was carried out and not refused.
    """

    frames: list[Frame] = []
    cut: str = ""
    mute: int = 0
    mute_data: int = 0
    stall: int = 0
    down: int = 0
    skew: int = 0
    is_done: bool = False


class Scene(msgspec.Struct, kw_only=True):
    """What a fault strikes at."""

    desk: Desk
    rule: Rule
    now: int
    request: rq.AnyRequest | None = None
    push: Push | None = None


class Mischief:
    """The faults in force, and what the venue remembers in order to tell old truths."""

    def __init__(self, rules: list[Rule]) -> None:
        """Begin with the faults of a script."""
        self.rules = rules
        self.past: deque[Reply] = deque(maxlen=_REMEMBERED)

    def answer(self, desk: Desk, request: rq.AnyRequest, now: int) -> Outcome:
        """Carry a request out, or not, and return what the client is told."""
        cid = getattr(request, "cid", "")
        known: Record | None = desk.books.orders.get(cid)
        symbol = getattr(request, "symbol", "") or (known.symbol if known is not None else "")
        rule = strike(self.rules, rq.op_of(request), symbol)
        if rule is None:
            return self._plain(desk, request, now)
        scene = Scene(desk=desk, rule=rule, now=now, request=request)
        if rule.do == "stale_snapshot":
            return self._stale(scene)
        if rule.do == "failed_positions":
            return _failed_positions(scene)
        act = _INSTEAD.get(rule.do)
        if act is not None and not (rule.do in _EITHER and rule.accept):
            return act(scene)
        before = _BEFORE.get(rule.do)
        told = [] if before is None else before(scene)
        return _AFTER[rule.do](scene, self._plain(desk, request, now), told)

    def announce(self, desk: Desk, push: Push, now: int) -> Outcome:
        """Return what becomes of an announcement."""
        if push.stream in ("orders", "executions"):
            self.past.append(desk.state(now, is_nested=True))
        frame = framed(push)
        rule = strike(self.rules, _EVENTS.get(push.stream, ""), push.symbol)
        if rule is None:
            return Outcome(frames=[frame])
        return _ANNOUNCED[rule.do](Scene(desk=desk, rule=rule, now=now, push=push), frame)

    def _plain(self, desk: Desk, request: rq.AnyRequest, now: int) -> Outcome:
        said = desk.ask(request, now)
        found = Outcome(frames=[_reply(request, said.reply)], is_done=said.reply["ok"] is True)
        for push in said.pushes:
            merge(found, self.announce(desk, push, now))
        return found

    def _stale(self, scene: Scene) -> Outcome:
        fresh = scene.desk.state(scene.now, is_nested=True)
        place = len(self.past) - 1 - scene.rule.changes
        return Outcome(frames=[_reply(scene.request, self.past[max(place, 0)] if self.past else fresh)])


def merge(into: Outcome, other: Outcome) -> None:
    """Add what another outcome brings."""
    into.frames += other.frames
    into.cut = other.cut or into.cut
    for name in ("mute", "mute_data", "stall", "down", "skew"):
        setattr(into, name, getattr(into, name) or getattr(other, name))


def framed(push: Push, delay: int = 0) -> Frame:
    """Return an announcement as a frame."""
    body = {"ev": _EVENTS.get(push.stream, f"on_{push.stream}").removeprefix("on_"), **push.body}
    return Frame(stream=push.stream, body=body, symbol=push.symbol, delay=delay)


def _reply(request: rq.AnyRequest | None, reply: Reply) -> Frame:
    return Frame(stream="reply", body={"re": request.id if request is not None else 0, **reply})


# --- instead of carrying the request out ------------------------------------------------------------------------


def _nothing(scene: Scene) -> Outcome:
    return Outcome()


def _limited(scene: Scene) -> Outcome:
    reply = refused("rate_limited", "too many requests", status=429)
    span_ms = (scene.rule.after or NS) // 1_000_000
    return Outcome(frames=[_reply(scene.request, reply | {"retry_after_ms": span_ms})])


def _server_error(scene: Scene) -> Outcome:
    return Outcome(frames=[_reply(scene.request, refused("", "internal error", status=scene.rule.status))])


def _web_page(scene: Scene) -> Outcome:
    return Outcome(frames=[Frame(stream="reply", raw=PAGE)])


def _cut_own(scene: Scene) -> Outcome:
    return Outcome(cut="own")


def _too_late(scene: Scene) -> Outcome:
    return Outcome(frames=[_reply(scene.request, refused("too_late") | {"cid": getattr(scene.request, "cid", "")})])


def _odd_code(scene: Scene) -> Outcome:
    reply = refused(scene.rule.code, "consult your representative")
    return Outcome(frames=[_reply(scene.request, reply | {"cid": getattr(scene.request, "cid", "")})])


def _no_stream(scene: Scene) -> Outcome:
    reply = {"ok": True, "stream": getattr(scene.request, "stream", ""), "symbol": getattr(scene.request, "symbol", "")}
    return Outcome(frames=[_reply(scene.request, reply)] if scene.rule.confirm else [])


_EITHER = ("garbage", "disconnect")
"""Faults that strike before or behind the request, as their `accept` says."""
_INSTEAD: dict[str, Callable[[Scene], Outcome]] = {
    "timeout_before_accept": _nothing,
    "rate_limited": _limited,
    "error_before_accept": _server_error,
    "garbage": _web_page,
    "disconnect": _cut_own,
    "cancel_refused": _too_late,
    "unknown_code": _odd_code,
    "lost_subscription": _no_stream,
}


def _failed_positions(scene: Scene) -> Outcome:
    if scene.rule.how == "error":
        return _server_error(scene)
    reply = scene.desk.state(scene.now, is_nested=True)
    if scene.rule.how == "missing":
        del reply["positions"]
    else:
        reply["positions"] = None
    return Outcome(frames=[_reply(scene.request, reply)])


# --- before it is carried out, and with what came of it ---------------------------------------------------------


def _fill_behind(scene: Scene) -> list[Frame]:
    """Book a fill of the order whose cancel is coming; it is told behind the cancel."""
    cid = getattr(scene.request, "cid", "")
    record = scene.desk.books.orders.get(cid)
    if record is None or not record.is_open:
        return []
    qty = scene.rule.qty or record.qty - record.filled
    pushes = scene.desk.clerk.fill_beyond(cid, qty, scene.now)
    return [framed(push, scene.rule.after or _SOON_NS) for push in pushes]


_BEFORE: dict[str, Callable[[Scene], list[Frame]]] = {"late_fill": _fill_behind}


def _silent(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    return Outcome()


def _twice(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    done.frames = [*done.frames, *done.frames]
    return done


def _filled_first(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    cid = getattr(scene.request, "cid", "")
    qty = scene.rule.qty or getattr(scene.request, "qty", ZERO)
    early = [framed(push) for push in scene.desk.clerk.fill(cid, qty, scene.now) if push.stream == "executions"]
    done.frames = [*early, *done.frames]
    return done


def _error_behind(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    return _server_error(scene)


def _page_behind(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    return _web_page(scene)


def _cut_behind(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    return Outcome(cut="own")


def _part_and_cut(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    record = scene.desk.books.orders.get(getattr(scene.request, "cid", ""))
    if record is not None:
        lot = scene.desk.clerk.instruments[record.symbol].lot
        scene.desk.clerk.fill(record.cid, scene.rule.qty or lot, scene.now)
    return Outcome(cut="all")


def _told_later(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    done.frames += told
    return done


def _rejected_later(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    cid = getattr(scene.request, "cid", "")
    done.frames += [framed(push, scene.rule.after or _SOON_NS) for push in scene.desk.clerk.reject(cid, scene.now)]
    return done


def _muted(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    done.mute = scene.rule.lasts or _LONG_NS
    return done


def _data_muted(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    done.mute_data = scene.rule.lasts or _LONG_NS
    return done


def _stalled(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    done.stall = scene.rule.lasts or _LONG_NS
    return done


def _skewed(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    done.skew = scene.rule.by
    return done


def _reset(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    scene.desk.expire_day_orders(scene.now)
    return Outcome(cut="all", down=scene.rule.lasts or _LONG_NS)


_AFTER: dict[str, Callable[[Scene, Outcome, list[Frame]], Outcome]] = {
    "timeout_after_accept": _silent,
    "duplicate_ack": _twice,
    "fill_before_ack": _filled_first,
    "error_after_accept": _error_behind,
    "garbage": _page_behind,
    "disconnect": _cut_behind,
    "partial_then_disconnect": _part_and_cut,
    "late_fill": _told_later,
    "async_reject": _rejected_later,
    "mute": _muted,
    "mute_data": _data_muted,
    "stall": _stalled,
    "skew": _skewed,
    "nightly_reset": _reset,
}


# --- announcements ----------------------------------------------------------------------------------------------


def _again(scene: Scene, frame: Frame) -> Outcome:
    return Outcome(frames=[frame, msgspec.structs.replace(frame, delay=scene.rule.after)])


def _later(scene: Scene, frame: Frame) -> Outcome:
    return Outcome(frames=[msgspec.structs.replace(frame, delay=scene.rule.after or _SOON_NS)])


def _cut_announced(scene: Scene, frame: Frame) -> Outcome:
    return Outcome(frames=[frame] if scene.rule.accept else [], cut="all")


def _corrected(scene: Scene, frame: Frame) -> Outcome:
    body = frame.body or {}
    instrument: Instrument = scene.desk.clerk.instruments[frame.symbol]
    px = body["px"] + scene.rule.ticks * instrument.tick_at(body["px"])
    pushes = scene.desk.clerk.correct(body["exec"], px, scene.now)
    return Outcome(frames=[frame, *(framed(push, scene.rule.after) for push in pushes)])


def _busted(scene: Scene, frame: Frame) -> Outcome:
    pushes = scene.desk.clerk.correct((frame.body or {})["exec"], None, scene.now)
    return Outcome(frames=[frame, *(framed(push, scene.rule.after) for push in pushes)])


def _overfilled(scene: Scene, frame: Frame) -> Outcome:
    body = frame.body or {}
    record = scene.desk.books.orders.get(body["cid"])
    if record is None:
        return Outcome(frames=[frame])
    over = record.qty - record.filled + (scene.rule.qty or scene.desk.clerk.instruments[record.symbol].lot)
    pushes = scene.desk.clerk.fill_beyond(record.cid, over, scene.now)
    return Outcome(frames=[frame, *(framed(push) for push in pushes)])


def _with(act: Callable[[Scene, Outcome, list[Frame]], Outcome]) -> Callable[[Scene, Frame], Outcome]:
    return lambda scene, frame: act(scene, Outcome(frames=[frame]), [])


_ANNOUNCED: dict[str, Callable[[Scene, Frame], Outcome]] = {
    "duplicate_fill": _again,
    "reorder": _later,
    "disconnect": _cut_announced,
    "correction": _corrected,
    "bust": _busted,
    "overfill": _overfilled,
    "mute": _with(_muted),
    "mute_data": _with(_data_muted),
    "stall": _with(_stalled),
    "skew": _with(_skewed),
    "nightly_reset": _with(_reset),
}
