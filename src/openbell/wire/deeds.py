"""What each fault does, whatever the protocol.

Pure functions from what would be sent to what is sent.
"""

from collections.abc import Callable

import msgspec

from openbell.core.types import NS
from openbell.wire.mischief import After, Announced, Before, Deeds, Frame, Instead, Outcome, Scene

PAGE = "<!DOCTYPE html><html><head><title>Scheduled maintenance</title></head><body>We will be back soon.</body></html>"
"""What a maintenance window answers, with status 200."""
_LONG_NS = 5 * NS
"""How long muting, stalls and resets last where the script does not say."""
_SOON_NS = 200_000_000
"""How long a frame waits where the script does not say."""


def _later_all(frames: list[Frame], delay: int) -> list[Frame]:
    return [msgspec.structs.replace(frame, delay=delay) for frame in frames]


def _replies(done: Outcome, change: Callable[[Frame], Frame]) -> Outcome:
    """Change the reply of an outcome."""
    done.frames = [change(frame) if frame.stream == "reply" else frame for frame in done.frames]
    return done


def _in_way(way: str) -> Callable[[Frame], Frame]:
    return lambda frame: msgspec.structs.replace(frame, way=way)


# --- instead of carrying the request out ------------------------------------------------------------------------


def _nothing(scene: Scene) -> Outcome:
    return Outcome()


def _said(word: str) -> Instead:
    return lambda scene: Outcome(frames=[scene.refusal(word)])


def _web_page(scene: Scene) -> Outcome:
    return Outcome(frames=[msgspec.structs.replace(scene.refusal("page"), raw=PAGE)])


def _empty(scene: Scene) -> Outcome:
    return Outcome(frames=[msgspec.structs.replace(scene.refusal("page"), raw="")])


def _cut_own(scene: Scene) -> Outcome:
    return Outcome(cut="own")


def _no_stream(scene: Scene) -> Outcome:
    return Outcome(frames=[scene.refusal("unconfirmed")] if scene.rule.confirm else [])


def _banned(scene: Scene) -> Outcome:
    return Outcome(frames=[scene.refusal("banned")], ban=scene.rule.lasts or _LONG_NS)


def _expired(scene: Scene) -> Outcome:
    return Outcome(frames=[scene.refusal("expired")], expired=scene.rule.lasts)


def _half_refused(scene: Scene) -> Outcome:
    return Outcome(frames=[msgspec.structs.replace(scene.refusal("error"), way="half")])


def _broken_refused(scene: Scene) -> Outcome:
    return Outcome(frames=[msgspec.structs.replace(scene.refusal("error"), status=200, way="broken")])


_EITHER = ("garbage", "disconnect", "half_reply", "malformed", "empty_reply")
"""Faults that strike before or behind the request, as their `accept` says."""
_INSTEAD: dict[str, Instead] = {
    "timeout_before_accept": _nothing,
    "rate_limited": _said("rate_limited"),
    "error_before_accept": _said("error"),
    "garbage": _web_page,
    "disconnect": _cut_own,
    "cancel_refused": _said("too_late"),
    "unknown_code": _said("unknown_code"),
    "lost_subscription": _no_stream,
    "auth_expired": _expired,
    "ban": _banned,
    "half_reply": _half_refused,
    "malformed": _broken_refused,
    "empty_reply": _empty,
    "redirect": _said("redirect"),
    "empty_list": _said("empty_list"),
}


# --- before it is carried out, and with what came of it ---------------------------------------------------------


def _fill_behind(scene: Scene) -> list[Frame]:
    """Book a fill of the order whose cancel is coming; it is told behind the cancel."""
    filled = scene.front.act("fill_behind", scene.meant.cid, scene.rule.qty, scene.now)
    return _later_all(filled, scene.rule.after or _SOON_NS)


_BEFORE: dict[str, Before] = {"late_fill": _fill_behind}


def _silent(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    return Outcome()


def _twice(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    done.frames = [*done.frames, *done.frames]
    return done


def _filled_first(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    filled = scene.front.act("fill", scene.meant.cid, scene.rule.qty, scene.now)
    done.frames = [*(frame for frame in filled if frame.stream == "executions"), *done.frames]
    return done


def _error_behind(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    return Outcome(frames=[scene.refusal("error")])


def _page_behind(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    return _web_page(scene)


def _empty_behind(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    return _replies(done, lambda frame: msgspec.structs.replace(frame, raw=""))


def _cut_behind(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    return Outcome(cut="own")


def _part_and_cut(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    scene.front.act("part", scene.meant.cid, scene.rule.qty, scene.now)
    return Outcome(cut="all")


def _told_later(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    done.frames += told
    return done


def _rejected_later(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    rejected = scene.front.act("reject", scene.meant.cid, None, scene.now)
    done.frames += _later_all(rejected, scene.rule.after or _SOON_NS)
    return done


def _forgotten(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    scene.front.act("forget", scene.meant.cid, None, scene.now)
    return done


def _lasting(name: str) -> After:
    def act(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
        setattr(done, name, scene.rule.lasts or _LONG_NS)
        return done

    return act


def _skewed(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    done.skew = scene.rule.by
    return done


def _reset(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    scene.front.act("expire", "", None, scene.now)
    return Outcome(cut="all", down=scene.rule.lasts or _LONG_NS)


def _ghosts(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    done.cut, done.ghost = "sockets", scene.rule.lasts or _LONG_NS
    return done


def _deaf(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    done.is_deaf = True
    return done


def _lagging(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    done.lag, done.lags = scene.rule.after or _SOON_NS, scene.rule.lasts or _LONG_NS
    return done


def _acted(what: str) -> After:
    def act(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
        scene.front.act(what, "", None, scene.now)
        return done

    return act


def _dripping(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    span = scene.rule.lasts or _LONG_NS
    return _replies(done, lambda frame: msgspec.structs.replace(frame, way="drip", lasts=span))


def _late(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    return _replies(done, lambda frame: msgspec.structs.replace(frame, delay=scene.rule.after or _SOON_NS))


def _in_half(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    return _replies(done, _in_way("half"))


def _broken(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    return _replies(done, _in_way("broken"))


def _grown_reply(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    return _replies(done, lambda frame: _grown(scene, frame))


def _spoiled(scene: Scene, done: Outcome, told: list[Frame]) -> Outcome:
    if scene.rule.how == "error":
        return Outcome(frames=[scene.refusal("error")])
    done.frames = [scene.front.twist(frame, scene.rule.how) for frame in done.frames]
    return done


_ANY_TIME: dict[str, After] = {
    "mute": _lasting("mute"),
    "mute_data": _lasting("mute_data"),
    "stall": _lasting("stall"),
    "skew": _skewed,
    "nightly_reset": _reset,
    "ghost_session": _ghosts,
    "mute_socket": _deaf,
    "lag": _lagging,
    "id_rollback": _acted("renumber"),
    "revoked_stream": _acted("revoke"),
    "shutdown": _acted("dismiss"),
}
_AFTER: dict[str, After] = {
    "timeout_after_accept": _silent,
    "duplicate_ack": _twice,
    "fill_before_ack": _filled_first,
    "error_after_accept": _error_behind,
    "garbage": _page_behind,
    "disconnect": _cut_behind,
    "partial_then_disconnect": _part_and_cut,
    "late_fill": _told_later,
    "async_reject": _rejected_later,
    "failed_positions": _spoiled,
    "forgotten_order": _forgotten,
    "slow_loris": _dripping,
    "late_reply": _late,
    "half_reply": _in_half,
    "malformed": _broken,
    "grown": _grown_reply,
    "empty_reply": _empty_behind,
    **_ANY_TIME,
}


# --- announcements ----------------------------------------------------------------------------------------------


def _again(scene: Scene, frame: Frame) -> Outcome:
    return Outcome(frames=[frame, msgspec.structs.replace(frame, delay=scene.rule.after)])


def _later(scene: Scene, frame: Frame) -> Outcome:
    return Outcome(frames=[msgspec.structs.replace(frame, delay=scene.rule.after or _SOON_NS)])


def _lost(scene: Scene, frame: Frame) -> Outcome:
    return Outcome()


def _cut_announced(scene: Scene, frame: Frame) -> Outcome:
    return Outcome(frames=[frame] if scene.rule.accept else [], cut="all")


def _corrected(scene: Scene, frame: Frame) -> Outcome:
    made = scene.front.correct(frame, scene.rule.ticks, scene.now)
    return Outcome(frames=[frame, *_later_all(made, scene.rule.after)])


def _busted(scene: Scene, frame: Frame) -> Outcome:
    made = scene.front.correct(frame, None, scene.now)
    return Outcome(frames=[frame, *_later_all(made, scene.rule.after)])


def _overfilled(scene: Scene, frame: Frame) -> Outcome:
    return Outcome(frames=[frame, *scene.front.act("overfill", frame.cid, scene.rule.qty, scene.now)])


def _strange_first(how: str) -> Announced:
    return lambda scene, frame: Outcome(frames=[scene.front.twist(frame, how), frame])


def _mispriced(scene: Scene, frame: Frame) -> Outcome:
    return Outcome(frames=[scene.front.twist(frame, scene.rule.how)])


def _grown(scene: Scene, frame: Frame) -> Frame:
    """Add fields that no client knows."""
    more = {"x_unknown": {"deep": [1, None, {"er": "yes"}]}, "x_padding": "x" * scene.rule.size}
    body = frame.body
    if isinstance(body, list):
        body = [{**row, **more} if isinstance(row, dict) else row for row in body]
    elif isinstance(body, dict):
        body = {**body, **more}
    return msgspec.structs.replace(frame, body=body)


def _grown_frame(scene: Scene, frame: Frame) -> Outcome:
    return Outcome(frames=[_grown(scene, frame)])


def _broken_frame(scene: Scene, frame: Frame) -> Outcome:
    return Outcome(frames=[msgspec.structs.replace(frame, way="broken")])


def _with(act: After) -> Announced:
    return lambda scene, frame: act(scene, Outcome(frames=[frame]), [])


_ANNOUNCED: dict[str, Callable[[Scene, Frame], Outcome]] = {
    "duplicate_fill": _again,
    "repeated_bar": _again,
    "reorder": _later,
    "late_bar": _later,
    "lost_frame": _lost,
    "disconnect": _cut_announced,
    "correction": _corrected,
    "bust": _busted,
    "overfill": _overfilled,
    "null_data": _strange_first("null_data"),
    "unknown_event": _strange_first("unknown_event"),
    "bad_price": _mispriced,
    "grown": _grown_frame,
    "malformed": _broken_frame,
    **{name: _with(act) for name, act in _ANY_TIME.items()},
}

DEEDS = Deeds(instead=_INSTEAD, either=_EITHER, before=_BEFORE, after=_AFTER, announced=_ANNOUNCED)
"""Every fault of `script.KINDS`, but for what the front's memory alone can do."""
