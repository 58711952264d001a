"""The workload of a run: bars with wishes, sessions, commands, money, splits, and the faults that come by the clock.

Everything is drawn before the run begins, so that the shrinker can leave parts out. Prices are whole quanta.
"""

import zlib
from typing import NamedTuple

from openbell.core.types import NS
from tests.sim.chance import Draws, Tape
from tests.sim.house import MINUTE, House, Sort

T0 = 19_700 * 1440 * MINUTE - 5 * MINUTE
"""Begin of every run: midnight UTC falls into it, and means nothing."""
MS = 1_000_000
DAYS = (
    "2023-12-28",
    "2023-12-29",
    "2024-01-02",
    "2024-01-05",
    "2024-01-08",
    "2024-01-31",
    "2024-02-01",
    "2024-02-29",
    "2024-03-01",
)
"""Dates of the sessions, one behind the other: with some a week begins, with some a month, with some both."""

NETWORK = (
    "lost_request", "error_before", "error_after", "too_many", "garbage", "drop_ack", "drop_fill", "drop_end",
    "dup_ack", "dup_fill", "dup_end", "delay_ack", "delay_fill", "delay_end", "drop_answer", "delay_answer", "disconnect",
)  # fmt: skip
VENUE = (
    "reject", "async_reject", "cancel_stuck", "cancel_race", "late_fill", "replace_refused", "replace_race",
    "stale_state", "half_state", "unsolicited", "correct", "bust", "overfill",
)  # fmt: skip
HOST = ("kill", "power", "recrash", "sync_error", "full", "lie", "rot", "clock", "sleep")
MARKET = ("nan", "zero", "jump", "repeat", "late_bar", "gap", "by_hand", "deposit", "split", "dividend", "rest_by_hand")
CLOCKS = ("drift",)
OUTSIDE_ONLY = {*NETWORK, *VENUE, "by_hand", "rest_by_hand", "clock", "sleep", *CLOCKS}
RARE = {"rot": 0.5, "lie": 0.3, "sync_error": 0.4, "full": 0.4, "split": 0.4, "recrash": 0.6, "disconnect": 0.5, "bust": 0.5,
        "correct": 0.5, "overfill": 0.5, "sleep": 0.5}  # fmt: skip
"""How often a class is on, against the common ones."""


class Item(NamedTuple):
    """One thing that happens at `at` (ns) by itself."""

    at: int
    rank: int
    kind: str
    args: tuple
    """What the kind needs."""

    @property
    def key(self) -> str:
        """Name it for good: whatever else is left out, it keeps its name."""
        return f"{zlib.crc32(repr((self.at, self.kind, self.args[:2])).encode()):08x}"


LOSSES = ("lost_request", "error_before", "too_many")
"""Classes after which a request has to be made again."""


def rates_of(seed: int, house: House) -> dict[str, float]:
    """Return which classes of fault are on, and how often each comes at an opportunity.

    In some runs a few come often and no others do: orders live long enough there to be met in every state.
    """
    draws, few = Draws(seed, "swarm"), Draws(seed, "few")
    kinds = [k for k in (*NETWORK, *VENUE, *HOST, *MARKET, *CLOCKS) if house.is_outside or k not in OUTSIDE_ONLY]
    share = draws.pick((0.12, 0.3, 0.5, 0.75))
    rates: dict[str, float] = {}
    if house.is_outside and few.chance(0.16 if house.limits.rate else 0.03):
        # What is sent again counts against the rate: without other trouble it comes to that.
        return {kind: few.pick((0.15, 0.3)) for kind in LOSSES}
    if few.chance(0.12):
        return {few.pick(kinds): few.pick((0.15, 0.4, 0.6)) for _ in range(6)}
    for kind in kinds:
        if draws.chance(share * RARE.get(kind, 1.0)):
            rates[kind] = draws.pick((0.05, 0.15, 0.4, 0.6)) * (0.5 if kind in HOST else 1.0)
    mood = Mood(seed, house)
    if mood.is_moving or mood.is_twofold:
        # What was decided together must be kept apart where the disk fails under it.
        rates.setdefault("sync_error", 0.1)
    return rates


def write_script(seed: int, house: House, tape: Tape) -> list[Item]:
    """Draw the whole workload of a seed."""
    draws = Draws(seed, "script")
    items: list[Item] = []
    bars = draws.pick((8, 12, 18))
    is_told_again = house.is_outside and Draws(seed, "told again").chance(0.25)
    mood = Mood(seed, house)
    minutes = _sessions(items, house, LONG if mood.is_patient else bars, is_told_again=is_told_again)
    paths = {
        s.symbol: _Path(s, Draws(seed, f"market/{s.symbol}"), T0 + minutes[0] * MINUTE) for s in house.sorts.values()
    }
    for path in paths.values() if mood.is_patient else ():
        path.swing = WIDE
    if any(sort.currency == "EUR" for sort in house.sorts.values()):
        items.append(Item(T0 - 4, 0, "rate", (10_850,)))
    busy = draws.pick((0.3, 0.6, 0.9))
    has_operator = draws.chance(0.5)
    rare, venue = Draws(seed, "operator"), Draws(seed, "halts")
    halts = venue.chance(0.2)
    is_nervous = rare.chance(0.3)
    quotes = Draws(seed, "quotes")
    has_quotes = house.is_outside and quotes.chance(0.25)
    changes = Draws(seed, "limits")
    is_changing = changes.chance(0.3) and house.other is None
    for minute in minutes:
        close = T0 + (minute + 1) * MINUTE
        for symbol, path in paths.items():
            _bar(items, path, symbol, close, mood.change(_digits(draws, busy)), tape)
            for _ in range(3 if has_quotes else 0):
                items.append(_quote(quotes, path, close - quotes.below(MINUTE)))
        if has_operator and draws.chance(0.18):
            items.append(_command(draws, house, close - MINUTE + draws.below(MINUTE)))
        if is_nervous and rare.chance(0.25):
            items.append(_rare_command(rare, house, close - MINUTE + rare.below(MINUTE)))
        if is_changing and changes.chance(0.25):
            args = (changes.below(len(house.variants)), changes.chance(0.5))
            items.append(Item(close - MINUTE + changes.below(MINUTE), 0, "limits", args))
        if "EURO" in house.sorts and draws.chance(0.2):
            items.append(Item(close - 3 * NS, 0, "rate", (10_850 + draws.between(-300, 300),)))
        if halts and house.is_outside and venue.chance(0.15):
            at, symbol = close - MINUTE + venue.below(MINUTE), venue.pick(list(paths))
            items.append(Item(at, 0, "halt", (symbol, True)))
            items.append(Item(at + venue.between(10, 200) * NS, 0, "halt", (symbol, False)))
        written = len(items)
        _troubles(items, draws, house, close, tape)
        paths[next(iter(paths))].follow(items[written:])
    items.sort(key=lambda item: item[:2])
    return items


MOVING = (4, 4, 4, 12, 12, 5, 1, 2)
"""Wishes of an operator's strategy that keeps an order in the market and moves it."""


HOLDING = (0, 0, 0, 0, 0, 0, 0, 3, 3, 2)
"""Wishes of an operator who lets what is held run for bars on end."""
LONG, WIDE = 24, 25
"""How many bars that takes, and the swing in ticks of a market that reaches a trailing stop now and then."""


class Mood:
    """What the wishes of a run are like beyond single ones.

    Orders are moved again and again, two wishes come with one bar, or one in many bars: there, in the process, a
    trailing stop is followed by as many of them as it needs to be reached.
    """

    def __init__(self, seed: int, house: House) -> None:
        """Draw it."""
        draws = self.draws = Draws(seed, "mood")
        self.is_moving, self.is_twofold = draws.chance(0.12), draws.chance(0.12)
        has_trailing = any(exits.trail_frac or exits.trail_atr for exits in house.exits.values())
        can_short = house.prepared.spec.deployments["alpha"].can_short
        may_wait = has_trailing and can_short and not house.is_outside
        self.is_patient = may_wait and Draws(seed, "patient").chance(0.8)

    def change(self, volume: int) -> int:
        """Return a bar's volume with the wishes of the mood; a second wish stands 256 times as high as the first."""
        draws = self.draws
        if self.is_patient:
            return draws.pick(HOLDING) + 16 * draws.pick(HOLDING)
        for place in (1, 16):
            if self.is_moving and draws.chance(0.7):
                volume += (draws.pick(MOVING) - volume // place % 16) * place
            if self.is_twofold and draws.chance(0.6):
                volume += 256 * place * draws.pick((*MOVING, 2, 3, 10))
        return volume


def _sessions(items: list[Item], house: House, bars: int, *, is_told_again: bool) -> list[int]:
    """Write the sessions down and return the minutes that have bars; some of them stand outside."""
    if not house.session_bars:
        items.append(Item(T0 - 5, 0, "session", ("24x7", DAYS[0], T0 - 5, T0 + 10_000 * MINUTE, True)))
        return list(range(bars))
    minutes, minute, day, before = [], 0, 0, (0, 0)
    while len(minutes) < bars:
        # Every third session is a half day.
        length = house.session_bars // 2 if day % 3 == 2 else house.session_bars
        start, end = T0 + minute * MINUTE, T0 + (minute + length) * MINUTE
        items.append(Item(start, 0, "session", ("DAY", DAYS[day], start, end, True)))
        items.append(Item(end + 1, 0, "session", ("DAY", DAYS[day], start, end, False)))
        if day and is_told_again:
            # Long under way: the end of the session before comes when this one has begun.
            items.append(Item(start + 20 * NS, 0, "old_session", ("DAY", DAYS[day - 1], *before)))
        before = (start, end)
        minutes += range(minute, minute + length + 1)  # the last one opens at the close
        minute, day = minute + length + house.gap_bars, day + 1
    return minutes


class _Path:
    """A random walk in ticks."""

    def __init__(self, sort: Sort, draws: Draws, at: int) -> None:
        self.sort, self.draws, self.px, self.floor = sort, draws, sort.px, sort.px // 4
        self.swing = draws.pick((2, 8, 25))

    def follow(self, latest: list[Item]) -> None:
        """Go on at the price that a split leaves, if one has just been written down."""
        for item in latest:
            if item.kind == "split":
                num, den = ratio(item.args[1])
                tick = self.sort.tick
                self.px, self.floor = (max(px * den // num // tick, 1) * tick for px in (self.px, self.floor))

    def step(self) -> tuple[int, int, int, int]:
        """Return open, high, low and close of the next bar in quanta."""
        tick, swing = (
            self.sort.tick,
            max(self.sort.px // self.sort.tick * self.draws.pick((1, 1, 4)) // 10_000, 1) * self.swing,
        )
        points = [self.px]
        for _ in range(3):
            points.append(max(points[-1] + self.draws.between(-swing, swing) * tick, self.floor))
        self.px = points[-1]
        return points[0], max(points), min(points), points[-1]


def _digits(draws: Draws, busy: float) -> int:
    volume = 0
    for place in (1, 16):
        digit = draws.between(1, 14) if draws.chance(busy) else 0
        if draws.chance(0.004):
            digit = 15
        volume += digit * place
    return volume


def _bar(items: list[Item], path: _Path, symbol: str, close: int, volume: int, tape: Tape) -> None:
    begin, high, low, end = path.step()
    opened = close - MINUTE
    for second, px in ((2, begin), (21, high if volume % 2 else low), (43, low if volume % 2 else high)):
        items.append(Item(opened + second * NS, 1, "print", (symbol, px)))
    items.append(Item(close - 2, 1, "print", (symbol, end)))
    if tape.ask("gap"):
        return
    items.append(Item(close, 2, "bar", (symbol, begin, high, low, end, volume)))
    for kind in ("nan", "zero", "jump", "repeat", "late_bar"):
        if tape.ask(kind):
            # The same bar again carries the same instant; the others come a second later.
            at, rank = (close, 3) if kind == "repeat" else (close + 1 * NS, 2)
            items.append(Item(at, rank, "bad", (kind, symbol, begin, high, low, end, volume)))


def _quote(draws: Draws, path: "_Path", at: int) -> Item:
    """Return bid and ask around the last close in quanta; some are such as nobody may believe."""
    bid, ask = path.px - path.sort.tick, path.px + path.sort.tick
    kind = draws.pick(("good", "good", "good", "good", "crossed", "locked", "nan", "none", "far"))
    bid, ask = {"crossed": (ask, bid), "locked": (ask, ask), "none": (-1, ask), "far": (bid * 9, ask * 9)}.get(
        kind, (bid, ask)
    )
    return Item(at, 1, "quote", (path.sort.symbol, bid, ask, kind == "nan", _digits(draws, 0.3)))


def _command(draws: Draws, house: House, at: int) -> Item:
    scope = draws.pick(_scopes(house))
    kind = draws.pick(("pause", "resume", "enable", "kill", "kill", "stop", "stop", "resume", "enable"))
    return Item(at, 0, "command", (kind, scope, draws.chance(0.5), None))


def _rare_command(draws: Draws, house: House, at: int) -> Item:
    """Return what operators do less often: take over, give away, the lowest and the highest tiers of a kill."""
    scopes = _scopes(house)
    if draws.chance(0.4):
        # The narrow scopes are where the account's other half goes on.
        return Item(at, 0, "command", ("kill", draws.pick(scopes[2:] + scopes), False, draws.pick((0, 0, 1, 1, 1, 4))))
    kind = draws.pick(("adopt", "adopt", "release", "enable", "resume"))
    return Item(at, 0, "command", (kind, draws.pick(scopes + scopes[:1] * 2), False, None))


def _scopes(house: House) -> tuple[str, ...]:
    name, symbol = next(iter(house.prepared.spec.deployments)), next(iter(house.sorts))
    others = (f"account:{house.other.account}",) if house.other is not None else ()
    return "all", "account:main", f"deployment:{name}", f"instrument:{symbol}", *others


def _troubles(items: list[Item], draws: Draws, house: House, close: int, tape: Tape) -> None:
    """Write down the faults of the host and of the account that may come in this minute."""
    symbol = next(iter(house.sorts))
    for kind in ("kill", "power", "sync_error", "full", "lie", "rot", "clock", "sleep", *CLOCKS):
        hit = tape.ask(kind)
        if hit is not None:
            at = close - MINUTE + int(hit.size * 1e6) % 60_000 * MS
            # Every second crash, and every third failure of the disk, waits for the bar, whose decisions have the most boundaries.
            is_early = hit.size < (0.6 if kind in ("kill", "power") else 0.3 if kind in ("sync_error", "full") else 0)
            at = close - 1 if is_early else at
            items.append(Item(at, 0, kind, (hit.size,)))
    for kind in ("by_hand", "deposit", "split", "dividend", "rest_by_hand"):
        hit = tape.ask(kind)
        if hit is not None:
            # A split comes between two bars: the next one opens at its price.
            at = close + 1_500 * MS if kind == "split" else close - MINUTE + int(hit.size * 50) * NS + 7
            # Somebody trades what no other trouble meets, too.
            other = [*house.sorts][-1] if kind == "by_hand" and int(hit.size * 1e5) % 2 else symbol
            items.append(Item(at, 0, kind, (other, hit.size)))
        if hit is not None and kind == "by_hand" and int(hit.size * 1e4) % 2 == 0:
            # Somebody has traded, and says so: of all, or of one instrument.
            scope = f"instrument:{symbol}" if int(hit.size * 1e6) % 3 == 0 else "account:main"
            items.append(Item(close + MINUTE // 3, 0, "command", ("adopt", scope, False, None)))


def ratio(size: float) -> tuple[int, int]:
    """Return new units per old ones of a split."""
    return ((2, 1), (3, 1), (1, 2), (3, 2))[int(size * 1000) % 4]
