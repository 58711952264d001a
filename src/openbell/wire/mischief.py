"""Faults in force at a front: what would be answered and announced, and what is instead.

Pure; a front lends its books, and what carries frames is apart. What each fault does stands in `deeds`.
"""

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from openbell.wire.script import Rule, strike

EVENTS = {"orders": "on_order", "executions": "on_execution", "bars": "on_bar", "quotes": "on_quote"}
"""Streams, with the place at which faults strike at their announcements."""
LASTING = ("mute", "mute_data", "stall", "down", "ban", "expired", "ghost")
"""What lasts for a while."""
_REMEMBERED = 64


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One frame to send.

    Attributes:
        stream: orders, executions, account, bars, quotes, status; `reply` for the asker alone.
        topic: What clients subscribe to, where that has a name of its own.
        body, raw: What it says; `raw` in its place where it is not None. symbol, cid: Whose. status, head: Of HTTP.
        delay: From now, ns. way: How it goes out: whole; half: cut in its middle, with the connection; broken: without
            its end; drip: trickling over `lasts` ns.
    """

    stream: str
    topic: str = ""
    body: Any = None
    raw: str | None = None
    symbol: str = ""
    cid: str = ""
    status: int = 200
    head: dict[str, str] = {}
    delay: int = 0
    way: str = "whole"
    lasts: int = 0


class Outcome(msgspec.Struct, kw_only=True):
    """What comes of a request or an announcement.

    Attributes:
        frames: To send. cut: own, all or empty: whose connection ends behind them. is_deaf: Sockets hear no more.
        mute, mute_data, stall, down, ban, expired, ghost: For so long (ns) announcements, market data, everything, new
            connections, all requests, the keys, new sockets fail. lag: Announcements come so much later (ns) ...
        lags: ... for so long. skew: The venue's clock moves ahead by this, ns.
        is_done: The request was carried out and not refused.
    """

    frames: list[Frame] = []
    cut: str = ""
    is_deaf: bool = False
    mute: int = 0
    mute_data: int = 0
    stall: int = 0
    down: int = 0
    ban: int = 0
    expired: int = 0
    ghost: int = 0
    lag: int = 0
    lags: int = 0
    skew: int = 0
    is_done: bool = False


class Meant(msgspec.Struct, frozen=True, kw_only=True):
    """What a request is about; empty for nothing.

    Attributes:
        place: In a script. symbol: Of the instrument. cid: The client's id of the order.
    """

    place: str
    symbol: str = ""
    cid: str = ""


class Front(Protocol):
    """What a front lends to its faults: its words, and its books by hand.

    What changes the books returns what is to be announced of it.
    """

    def meant(self, request: Any) -> Meant:
        """Return what a request is about."""

    def carry(self, request: Any, now: int) -> Outcome:
        """Carry a request out at `now` (ns): the reply first, then what is to be announced."""

    def snapshots(self, now: int) -> dict[str, Frame]:
        """Return what would be answered now at each place that lists something."""

    def refuse(self, request: Any, word: str, rule: Rule) -> Frame:
        """Return a reply in the front's own words.

        `word` is rate_limited, banned, expired, error, too_late, unknown_code, unconfirmed, redirect or empty_list.
        """

    def twist(self, frame: Frame, how: str) -> Frame:
        """Return a frame made wrong.

        `how` is null, missing, null_data, unknown_event, zero, negative, text or absurd.
        """

    def act(self, what: str, cid: str, qty: Decimal | None, now: int) -> list[Frame]:
        """Change the books by hand at `now` (ns).

        `what` is fill (a live order), part (the least of it), fill_behind (one that is about to end), overfill (all of
        it and so much more), reject, forget, expire (all day orders), renumber (running numbers begin anew), revoke
        (the account's stream ends) or dismiss (every socket does). `qty` in units, None for all that is left, or for
        the least.
        """

    def correct(self, frame: Frame, ticks: int | None, now: int) -> list[Frame]:
        """Correct an announced execution by so many ticks, or take it back where `ticks` is None."""


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What a fault strikes at: a request, or (`request` None) an announcement."""

    front: Front
    rule: Rule
    now: int
    request: Any = None
    meant: Meant = Meant(place="")

    def refusal(self, word: str) -> Frame:
        """Return a reply in the front's own words."""
        return self.front.refuse(self.request, word, self.rule)


Instead = Callable[[Scene], Outcome]
Before = Callable[[Scene], list[Frame]]
After = Callable[[Scene, Outcome, list[Frame]], Outcome]
Announced = Callable[[Scene, Frame], Outcome]


class Deeds(msgspec.Struct, frozen=True, kw_only=True):
    """What faults do, by their names.

    Attributes:
        instead: In place of the request. either: Of those, the ones that `accept` moves behind it.
        before, after: Around a request that is carried out. announced: To an announcement.
    """

    instead: dict[str, Instead]
    either: tuple[str, ...]
    before: dict[str, Before]
    after: dict[str, After]
    announced: dict[str, Announced]


class Mischief:
    """The faults in force, and what the front remembers in order to tell old truths.

    Attributes:
        rules: Those of the script and of the operator. past: What lists looked like, the oldest first.
    """

    def __init__(self, rules: list[Rule], front: Front, deeds: Deeds) -> None:
        """Begin with the faults of a script."""
        self.rules = rules
        self.front = front
        self.past: deque[dict[str, Frame]] = deque(maxlen=_REMEMBERED)
        self._deeds = deeds

    def answer(self, request: Any, now: int) -> Outcome:
        """Carry a request out, or not, and return what the client is told."""
        front, deeds = self.front, self._deeds
        meant = front.meant(request)
        rule = strike(self.rules, meant.place, meant.symbol)
        if rule is None:
            return self._plain(request, now)
        scene = Scene(front=front, rule=rule, now=now, request=request, meant=meant)
        if rule.do == "stale_snapshot":
            return self._stale(scene)
        act = deeds.instead.get(rule.do)
        if act is not None and not (rule.do in deeds.either and rule.accept):
            return act(scene)
        before = deeds.before.get(rule.do)
        told = [] if before is None else before(scene)
        return deeds.after[rule.do](scene, self._plain(request, now), told)

    def announce(self, frame: Frame, now: int) -> Outcome:
        """Return what becomes of an announcement."""
        if frame.stream in ("orders", "executions") and any(rule.do == "stale_snapshot" for rule in self.rules):
            self.past.append(self.front.snapshots(now))
        rule = strike(self.rules, EVENTS.get(frame.stream, ""), frame.symbol)
        if rule is None:
            return Outcome(frames=[frame])
        return self._deeds.announced[rule.do](Scene(front=self.front, rule=rule, now=now), frame)

    def _plain(self, request: Any, now: int) -> Outcome:
        done = self.front.carry(request, now)
        found = Outcome(frames=[frame for frame in done.frames if frame.stream == "reply"], is_done=done.is_done)
        for frame in done.frames:
            if frame.stream != "reply":
                merge(found, self.announce(frame, now))
        return found

    def _stale(self, scene: Scene) -> Outcome:
        done = self.front.carry(scene.request, scene.now)
        place = len(self.past) - 1 - scene.rule.changes
        old = self.past[max(place, 0)].get(scene.meant.place) if self.past else None
        if old is not None:
            done.frames = [msgspec.structs.replace(done.frames[0], body=_reply_to(done.frames[0].body, old.body))]
        return done


def _reply_to(fresh: Any, old: Any) -> Any:
    """Return an old body with the id of the reply whose place it takes, where a protocol has one."""
    return {**old, "re": fresh["re"]} if isinstance(fresh, dict) and "re" in fresh else old


def merge(into: Outcome, other: Outcome) -> None:
    """Add what another outcome brings."""
    into.frames += other.frames
    into.cut = other.cut or into.cut
    into.is_deaf = into.is_deaf or other.is_deaf
    for name in (*LASTING, "lag", "lags", "skew"):
        setattr(into, name, getattr(into, name) or getattr(other, name))
