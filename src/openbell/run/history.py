"""Bars of before a start, from the vendors: what strategies are warmed up with.

Fetched before the lines are opened, kept on disk, and handed to the engine as `History` events: recovery and replay
read them from the journal, and ask nobody.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from openbell.core.events import Bar, History
from openbell.core.spec import DeploymentSpec
from openbell.core.strategy import FreeStrategy, Strategy
from openbell.core.types import DAY_NS, MINUTE_NS, NS
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.failures import Failure
from openbell.edges.brokers.past import Wanted
from openbell.files import write_whole
from openbell.run.assemble import Prepared
from openbell.run.listings import file_name, place_of
from openbell.run.lore import warmup
from openbell.run.recover import Started
from openbell.run.sessions import SessionsOf

FOLDER = "history"
"""Under the folder of all state: a file for each vendor, feed and symbol."""
PATIENCE_NS, HASTE_NS = 60 * NS, 8 * NS
"""How long vendors may take before a first start, and where an engine comes back that may hold something."""
FREE_BARS = 400
"""Bars for a free strategy, which does not say how many it needs."""
MOST_BARS = 5_000
"""Bars that are asked for at most; a strategy that wants more warms up with what comes."""
MARGIN = 2
"""So many times what is needed is looked at: minutes in which nothing traded are missing."""
REACH_NS = 60 * DAY_NS
"""How far back sessions are looked for, and how long bars are kept."""
AGAIN_NS = 5 * MINUTE_NS
"""The latest of what was kept is asked for again: a vendor corrects a minute soon after it."""
CHUNK = 2_000
"""Bars in one event at most."""
Bounds = tuple[int, int]
"""Opening and close of a session, ns."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Bars of one symbol that a vendor told: all there were from `start` to `end` (UTC ns)."""

    start: int
    end: int
    bars: list[Bar]


class Warmth:
    """Fetches what strategies are warmed up with.

    Attributes:
        look_up: Sessions by calendar. access: What a question needs besides.
    """

    def __init__(
        self,
        prepared: Prepared,
        look_up: SessionsOf,
        folder: Path,
        access: Access,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Warm the strategies of a run.

        Args:
            prepared: The run.
            look_up: Sessions by calendar.
            folder: Where bars are kept.
            access: What a question needs besides.
            tell: Takes a line for people.
        """
        self._prepared = prepared
        self.look_up = look_up
        self._folder = folder
        self.access = access
        self._tell = tell

    async def minutes(self, account: str, wanted: tuple[Wanted, ...]) -> dict[str, list[Bar]]:
        """Return minutes of symbols as the vendor of an account tells them now; nothing is kept.

        Raises:
            Failure: They cannot be had.
        """
        wire = self._prepared.wires[account]
        found: dict[str, list[Bar]] = await wire.broker.history(wire.options, wire.broker.LIMITS, wanted, self.access)
        return found

    async def since(self, started: Started) -> list[History]:
        """Return the bars for all of a new run, else for those whose memory was dropped."""
        if started.recovered_seq == 0:
            return await self.fetch(self._prepared.spec.deployments, PATIENCE_NS)
        return await self.fetch(started.discarded, HASTE_NS)

    async def fetch(self, names: Iterable[str], patience: int) -> list[History]:
        """Return the bars for some deployments, a session an event, in order of time.

        What cannot be had in `patience` (ns) is said, and warms up with the bars to come.
        """
        spec, now = self._prepared.spec, self.access.now()
        cold: dict[str, dict[str, int]] = {}
        for name in names:
            need = needed(spec.deployments[name], self._prepared.strategies[name])
            if need:
                cold.setdefault(spec.deployments[name].account, {})[name] = need
        found: list[History] = []
        for account, needs in cold.items():
            wire = self._prepared.wires.get(account)
            if wire is None or not hasattr(wire.broker, "history"):
                continue
            sessions = {name: self._sessions(spec.deployments[name], need, now) for name, need in needs.items()}
            try:
                async with asyncio.timeout(patience / NS):
                    bars = await self._bars(account, sessions, now)
            except (Failure, TimeoutError) as failure:
                why = str(failure) or f"no answer within {patience // NS} s"
                self._tell(f"{account}: no bars of the past: {why}; its strategies warm up with those to come")
                continue
            for name, need in needs.items():
                found += events(spec.deployments[name], sessions[name], bars)
                for line in told(spec.deployments[name], need, found):
                    self._tell(line)
        return found

    def _sessions(self, spec: DeploymentSpec, need: int, now: int) -> list[Bounds]:
        """Return the latest sessions of a deployment's calendars that hold enough minutes, oldest first."""
        instruments = self._prepared.spec.instruments
        calendars = dict.fromkeys(instruments[symbol].calendar for symbol in spec.instruments)
        bounds = {
            (event.open, event.close)
            for calendar in calendars
            for event in self.look_up(calendar, now - REACH_NS, now)
            if event.is_open and event.open < now
        }
        found: list[Bounds] = []
        minutes = 0
        for opened, closed in sorted(bounds, reverse=True):
            if minutes >= MARGIN * need:
                break
            found.append((opened, closed))
            minutes += (min(closed, now) - opened) // MINUTE_NS
        return found[::-1]

    async def _bars(self, account: str, sessions: Mapping[str, list[Bounds]], now: int) -> dict[str, list[Bar]]:
        """Return the bars of an account's symbols since the first session that any deployment wants.

        Raises:
            Failure: They cannot be had.
        """
        starts: dict[str, int] = {}
        for name, bounds in sessions.items():
            for symbol in self._prepared.spec.deployments[name].instruments if bounds else ():
                starts[symbol] = min(starts.get(symbol, now), bounds[0][0])
        wire = self._prepared.wires[account]
        where = self._folder / file_name(f"{place_of(wire)}-{getattr(wire.options, 'feed', '')}")
        kept = {symbol: read(where, symbol) for symbol in starts}
        wanted = tuple(
            Wanted(symbol=symbol, start=missing_from(kept[symbol], start), end=now) for symbol, start in starts.items()
        )
        if not wanted:
            return {}
        new = await self.minutes(account, wanted)
        for one in wanted:
            keep(where, one, joined(kept[one.symbol], one, new[one.symbol]))
        return {symbol: joined(kept[symbol], one, new[symbol]).bars for symbol, one in zip(starts, wanted, strict=True)}


def needed(spec: DeploymentSpec, strategy: Strategy) -> int:
    """Return how many bars a deployment has to see before it first decides, 0 for none. Pure."""
    if isinstance(strategy, FreeStrategy):
        # One that takes the bars of an instant together remembers by that hook, which is not called for the past.
        return 0 if strategy.on_bars is not None else FREE_BARS
    longer = (spec.fold or spec.interval) // spec.interval
    atr = spec.exits.atr_period * longer if spec.exits.needs_atr else 0
    return min(max(warmup(strategy, spec.interval, MOST_BARS), atr), MOST_BARS)


def events(spec: DeploymentSpec, sessions: Sequence[Bounds], bars: Mapping[str, list[Bar]]) -> list[History]:
    """Return the bars of a deployment, session by session, in order of time. Pure."""
    own = sorted(
        ((bar.ts, place, bar) for place, symbol in enumerate(spec.instruments) for bar in bars.get(symbol, ())),
        key=lambda one: one[:2],
    )
    found = []
    for opened, closed in sessions:
        inside = [bar for _, _, bar in own if opened <= bar.open_ts < closed]
        for first in range(0, len(inside), CHUNK):
            part = tuple(inside[first : first + CHUNK])
            found.append(History(ts=0, deployment=spec.name, open=opened, close=closed, bars=part))
    return found


def told(spec: DeploymentSpec, need: int, found: Iterable[History]) -> list[str]:
    """Return how far a deployment is warmed up, a line for each instrument that is not."""
    counts = dict.fromkeys(spec.instruments, 0)
    for event in found:
        for bar in event.bars if event.deployment == spec.name else ():
            counts[bar.instrument] += 1
    short = [
        f"WARMING UP: {spec.name} needs {need} bars of {symbol}, its vendor has {count}: nothing is decided before "
        f"{need - count} more"
        for symbol, count in counts.items()
        if count < need
    ]
    whole = sum(counts.values())
    return short or [f"{spec.name} is warmed up with {whole} bars of the past; it needs {need} of each instrument"]


# --- on disk ------------------------------------------------------------------------------------------------------


def missing_from(kept: Kept | None, start: int) -> int:
    """Return from when on (UTC ns) to ask, where all bars since `start` are wanted. Pure."""
    return start if kept is None or kept.start > start else max(start, kept.end - AGAIN_NS)


def joined(kept: Kept | None, asked: Wanted, new: Sequence[Bar]) -> Kept:
    """Return what is known after an answer, which counts for all that was asked. Pure."""
    is_apart = kept is None or kept.end < asked.start or kept.start >= asked.start
    before = [] if kept is None or is_apart else [bar for bar in kept.bars if bar.open_ts < asked.start]
    start = asked.start if kept is None or is_apart else kept.start
    since = max(start, asked.end - REACH_NS)
    return Kept(start=since, end=asked.end, bars=[bar for bar in (*before, *new) if bar.open_ts >= since])


def keep(where: Path, asked: Wanted, kept: Kept) -> None:
    """Keep the bars of a symbol. Raises OSError."""
    where.mkdir(parents=True, exist_ok=True)
    write_whole(where / f"{file_name(asked.symbol)}.msgpack", msgspec.msgpack.encode(kept))


def read(where: Path, symbol: str) -> Kept | None:
    """Return the bars of a symbol that were kept, None for none that can be read."""
    try:
        return msgspec.msgpack.decode((where / f"{file_name(symbol)}.msgpack").read_bytes(), type=Kept)
    except (OSError, msgspec.MsgspecError):
        return None
