"""Bars that were missed: asked for by question, and handed on before newer ones.

A line was down, a stream was mute, the engine itself was away: where the bars of an instrument do not follow each
other, those that come wait until the vendor has told the ones between, or cannot. What belongs to the session that
runs comes as bars, on which is decided as late as they are; what belongs to an earlier one is for memory alone.
"""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.events import Bar
from openbell.core.line import ORDERS
from openbell.core.types import DAY_NS, MINUTE_NS, NS
from openbell.edges.brokers.failures import AuthFailed, BadRequest, Failure
from openbell.edges.brokers.past import Wanted
from openbell.edges.brokers.words import data
from openbell.run.assemble import Prepared
from openbell.run.history import Bounds, Warmth, events
from openbell.run.inbox import Inbox

PATIENCE_NS, AGAIN_NS = 8 * NS, NS // 2
"""How long newer bars wait for those before them, and between two questions where the first one failed."""
MOST_NS = 5_000 * MINUTE_NS
"""How far back is asked; what is older stays missing."""
_BEHIND_NS = 4 * DAY_NS
"""Sessions that began so long ago may still go on."""


class Last(msgspec.Struct, frozen=True):
    """The latest bar of an instrument that was handed on: its end and its length, ns."""

    ts: int
    span: int


class Missed:
    """Sees to it that no bar is skipped, as far as vendors have it."""

    def __init__(self, prepared: Prepared, book: Book, inbox: Inbox, warmth: Warmth | None) -> None:
        """Look at the bars for `book` that come out of `inbox`; without `warmth` nobody is asked."""
        self._spec, self._book, self._inbox, self._warmth = prepared.spec, book, inbox, warmth
        wires = prepared.wires if warmth is not None else {}
        self._news = {name: asyncio.Event() for name, wire in wires.items() if hasattr(wire.broker, "history")}
        self._wanted: dict[str, dict[str, Wanted]] = {name: {} for name in self._news}
        deployments = [one for one in prepared.spec.deployments.values() if one.account in self._news]
        self._accounts = {symbol: one.account for one in deployments for symbol in one.instruments}
        self._held: dict[str, list[Bar]] = {}
        self._last: dict[str, Last] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._is_over = False

    def begin(self) -> list[asyncio.Task[None]]:
        """Begin to ask, and return what does so."""
        self._tasks = [asyncio.create_task(self._ask_on(name)) for name in self._news]
        return self._tasks

    def close(self) -> None:
        """Ask no more: what waits, or does not follow, is asked for at the next start."""
        self._is_over = True
        for task in self._tasks:
            task.cancel()

    def holds(self, event: ev.Event) -> bool:
        """Return True for a bar that has to wait for those before it.

        Behind a line that has come up what it missed is asked for at once.
        """
        if isinstance(event, ev.Link) and event.is_up and event.channel == ORDERS:
            self._look_back(event.account)
        if not isinstance(event, Bar) or event.instrument not in self._accounts:
            return False
        symbol, last = event.instrument, self._seen(event.instrument)
        if last is not None and event.ts <= last.ts:
            # It was let go before, or is late: whether it counts is for the screen to say.
            return False
        if symbol in self._held:
            self._held[symbol].append(event)
            return True
        if last is not None and self._has_hole(symbol, (last.ts, event.open_ts), event.interval // 2):
            self._hold(symbol, last, event.open_ts, [event])
            return True
        self._last[symbol] = Last(event.ts, event.interval)
        return False

    # --- what is missing ----------------------------------------------------------------------------------------

    def _seen(self, symbol: str) -> Last | None:
        """Return the latest bar of an instrument, None for none so far."""
        told = self._book.truth.marks[symbol].last_ts.get(MINUTE_NS, 0)
        last = self._last.get(symbol)
        if last is None or told > last.ts:
            return Last(told, MINUTE_NS if last is None else last.span) if told else None
        return last

    def _look_back(self, account: str) -> None:
        """Ask for all that a line has missed, so that bars of one instant stay together."""
        now = self._warmth.access.now() if self._warmth is not None else 0
        for symbol, name in self._accounts.items():
            last = self._seen(symbol)
            if name != account or last is None or symbol in self._held:
                continue
            if self._has_hole(symbol, (last.ts, now), last.span):
                self._hold(symbol, last, now, [])

    def _has_hole(self, symbol: str, span: tuple[int, int], least: int) -> bool:
        """Return True where at least so much (ns) of a span belongs to sessions; bars that follow ask nobody."""
        since, until = span
        if until - since < least:
            return False
        sessions = self._sessions(symbol, since, until)
        return any(min(until, closed) - max(since, opened) >= least for opened, closed in sessions)

    def _sessions(self, symbol: str, since: int, until: int) -> list[Bounds]:
        calendar = self._spec.instruments[symbol].calendar
        told = self._warmth.look_up(calendar, since - _BEHIND_NS, until) if self._warmth is not None else ()
        return sorted({(one.open, one.close) for one in told if one.is_open})

    def _hold(self, symbol: str, last: Last, until: int, bars: list[Bar]) -> None:
        """Let bars wait, and ask for those between the last one and `until` (UTC ns)."""
        self._held[symbol] = bars
        account = self._accounts[symbol]
        # The last one is asked for, too: a front whose minutes are shorter tells by it how short they are.
        start = max(last.ts - 3 * last.span // 2, until - MOST_NS)
        self._wanted[account][symbol] = Wanted(symbol=symbol, start=start, end=until)
        if not self._is_over:
            self._news[account].set()

    # --- asking and letting go ----------------------------------------------------------------------------------

    async def _ask_on(self, account: str) -> None:
        while True:
            await self._news[account].wait()
            self._news[account].clear()
            wanted = self._wanted[account]
            self._wanted[account] = {}
            if wanted:
                self._let_go(account, wanted, *await self._ask(account, tuple(wanted.values())))

    async def _ask(self, account: str, wanted: tuple[Wanted, ...]) -> tuple[dict[str, list[Bar]], str]:
        """Return what a vendor has, or why it cannot be had."""
        why = f"no answer within {PATIENCE_NS // NS} s"
        end = asyncio.get_running_loop().time() + PATIENCE_NS / NS
        while (left := end - asyncio.get_running_loop().time()) > 0:
            found = await self._once(account, wanted, left)
            if isinstance(found, dict):
                return found, ""
            why = str(found) or why
            if isinstance(found, AuthFailed | BadRequest):
                break
            await asyncio.sleep(min(AGAIN_NS / NS, left))
        return {}, why

    async def _once(self, account: str, wanted: tuple[Wanted, ...], left: float) -> dict[str, list[Bar]] | Exception:
        """Return an answer that comes in `left` seconds, or how it failed."""
        try:
            async with asyncio.timeout(left):
                return await self._warmth.minutes(account, wanted) if self._warmth is not None else {}
        except (Failure, TimeoutError) as failure:
            return failure

    def _let_go(self, account: str, wanted: Mapping[str, Wanted], found: Mapping[str, Sequence[Bar]], why: str) -> None:
        """Hand on what was found and what has waited for it, in order of time."""
        past: dict[str, list[Bar]] = {}
        now: list[Bar] = []
        for symbol, one in wanted.items():
            last, held = self._seen(symbol), self._held.pop(symbol)
            begin = last.ts if last is not None else one.start
            new = [bar for bar in found.get(symbol, ()) if bar.open_ts + bar.interval // 2 >= begin]
            opened = self._book.session(symbol).open
            past[symbol] = [bar for bar in new if bar.open_ts < opened]
            now += [bar for bar in new if bar.open_ts >= opened]
            self._note(symbol, new)
            text = (
                f"{len(new)} bars that were missed are here"
                if not why
                else f"bars that were missed are not here: {why}"
            )
            self._inbox.put([data(account, symbol, text, is_up=not why)])
            now += self._following(symbol, held)
        sessions = {
            bounds for s, bars in past.items() if bars for bounds in self._sessions(s, bars[0].open_ts, bars[-1].ts)
        }
        for spec in self._spec.deployments.values():
            if spec.account == account:
                self._inbox.put(events(spec, sorted(sessions), past))
        self._inbox.put_missed(sorted(now, key=lambda bar: bar.ts))

    def _following(self, symbol: str, held: list[Bar]) -> list[Bar]:
        """Return what has waited, up to the next hole in it; what is behind that waits on."""
        going: list[Bar] = []
        for place, bar in enumerate(held):
            last = self._seen(symbol)
            if last is not None and bar.open_ts + bar.interval // 2 < last.ts:
                continue  # The question has told it.
            if place and last is not None and self._has_hole(symbol, (last.ts, bar.open_ts), bar.interval // 2):
                self._hold(symbol, last, bar.open_ts, held[place:])
                break
            going.append(bar)
            self._note(symbol, [bar])
        return going

    def _note(self, symbol: str, bars: Sequence[Bar]) -> None:
        if bars:
            self._last[symbol] = Last(bars[-1].ts, bars[-1].interval)
