"""Minutes that nobody told: a front is mute or gone for several of them, and the engine gets each once, in order."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, NamedTuple, cast

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import apply_event
from openbell.core.book import Book
from openbell.core.types import DAY_NS, MINUTE_NS, Side, Status
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.failures import BadRequest, Failure, Transient
from openbell.edges.brokers.past import Wanted, finished
from openbell.edges.calendars import sessions
from openbell.run import assemble, state
from openbell.run.clock import WallClock
from openbell.run.history import Warmth
from openbell.run.inbox import Inbox
from openbell.run.missed import MOST_NS, Missed
from openbell.run.records import entries
from openbell.run.recover import start
from openbell.run.replay import replay
from openbell.run.shell import Settings, Shell
from openbell.run.source import Source
from openbell.wire.alpaca import hands as alpaca_hands
from openbell.wire.alpaca import market as alpaca_market
from openbell.wire.binance import hands as binance_hands
from openbell.wire.binance import market as binance_market
from openbell.wire.script import rule_of
from tests.run.vendors import coins_file
from tests.wire.alpaca import stand as alpaca_stand
from tests.wire.binance import stand as binance_stand

FILE = """
mode: paper
accounts:
  main: {{broker: {broker}, key: PKTEST, secret: secret, url: "{url}", cash: 100000 {money}, timeout: 1h, silence: 2h,
         visibility: 0s, reconcile: 1h}}
instruments:
  {symbol}: {{kind: {kind}, calendar: 24x7, can_short: false, lot: "{lot}"}}
deployments:
  - name: cross
    strategy: {{kind: ema_cross, fast: 2, slow: 3}}
    instruments: [{symbol}]
    bars: 1m
    account: main
    budget: {{capital: 50000 {money}, per_position: 10%}}
rules: {{preset: none}}
"""
PRICES = (100, 99, 98, 99, 101, 102, 99, 97, 96, 95, 94, 93, 92, 95, 97, 98, 99)
"""Bought at minute 4, sold at minute 6, and nothing is bought at minute 13, which is heard much too late."""
MUTE, BACK, GONE, THERE = 6, 11, 13, 16
"""From which minute on nothing is heard, when it is heard again, when the front is gone, when it is back."""


PATIENCE_S = 180.0
"""A machine that is busy with other things takes its time."""
PARTS = 4
"""Pieces of a minute: what was ordered in one is executed in the next."""


class Hand(WallClock):
    """The wall clock, set forward by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0

    def now(self) -> int:
        return super().now() + self.ahead


class Vendor(NamedTuple):
    """A front and what is traded there."""

    broker: str
    money: str
    symbol: str
    kind: str
    lot: str
    factor: float
    running: Callable[[Path], AbstractAsyncContextManager[Any]]
    booth: Callable[[Any], Any]
    poke: Callable[[Any], Awaitable[Any]]
    ground: Any


VENDORS = {
    "alpaca": Vendor("alpaca", "USD", "AAPL", "stock", "1", 1.0, alpaca_stand.running,
                     lambda server: alpaca_market.Booth(server.house, server.price), lambda hands: hands.ask("GET", "/v2/clock"), alpaca_hands.GROUND),
    "binance": Vendor("binance", "USDT", "BTCUSDT", "crypto", "0.00001", 500.0, binance_stand.running,
                      lambda server: binance_market.Booth(server.house, server.sockets), lambda hands: hands.look("time"), binance_hands.GROUND),
}  # fmt: skip


TODAY = WallClock().now() // DAY_NS * DAY_NS
"""Asked once: a midnight that passes in between would begin another session."""


def always(calendar: str, begin: int, end: int) -> list[ev.Schedule]:
    """Return one session that goes on from yesterday to tomorrow."""
    opened, closed = TODAY - DAY_NS, TODAY + 2 * DAY_NS
    told = {"calendar": calendar, "date": "today", "open": opened, "close": closed}
    found = [ev.Schedule(ts=opened, is_open=True, **told), ev.Schedule(ts=closed, is_open=False, **told)]
    return [event for event in found if begin <= event.ts < end]


class Scene:
    """A front whose minutes are played by hand, and an engine at it."""

    def __init__(self, folder: Path, vendor: Vendor, hands: Any) -> None:
        self.folder, self.vendor, self.server = folder, vendor, hands.server
        self.clock = Hand()
        self.server.door.windows._now = self.clock.now
        self.booth = vendor.booth(self.server)
        self.poke = lambda: vendor.poke(hands)
        # So that a minute ends a moment ago, whatever the clock shows.
        self.base = self.clock.now()
        self.lines: list[str] = []
        self.is_ended = False
        url, path = hands.base, folder / "run.yaml"
        path.write_text(FILE.format(url=url, **{k: v for k, v in vendor._asdict().items() if isinstance(v, str)}))
        self.prepared = assemble.prepare(*assemble.read(path, {}))

    def shell(self) -> Shell:
        folder = self.folder / "state"
        access = Access(now=self.clock.now)
        settings = Settings(
            state=folder, claims=self.folder / "claims", look_up=always, clock=self.clock, tell=self.lines.append,
            warmth=Warmth(self.prepared, always, self.folder / "kept", access, self.lines.append),
            is_interrupted=lambda: self.is_ended, lag_limit=DAY_NS,
        )  # fmt: skip
        state.make(folder)
        source = Source(tables=[], schedule=[], digest="live", notes=(), start=self.clock.now())
        return Shell(self.prepared, settings, start(self.prepared, state.journal(folder), source))

    def rule(self, **fault: str) -> None:
        """Put a fault into force, or none."""
        self.server.door.mischief.rules[:] = [rule_of(fault, self.vendor.ground)] if fault else []

    def calm(self) -> None:
        """End every fault, as the operator does."""
        self.rule()
        self.server.door.windows.close()

    def play(self, shell: Shell, minute: int) -> None:
        """Play a whole minute, at its end by the clock of both sides."""
        px, begin = PRICES[minute] * self.vendor.factor, self.base + (minute - 1) * MINUTE_NS
        self.clock.ahead = minute * MINUTE_NS
        # Nobody has slept: the clock was set.
        shell.awake = shell.clock.now()
        for part in range(1, PARTS + 1):
            bar = ev.Bar(
                ts=begin + part * MINUTE_NS // PARTS, instrument=self.vendor.symbol, open=px, high=px, low=px, close=px,
                volume=1000.0, interval=MINUTE_NS // PARTS,
            )  # fmt: skip
            self.booth.show(bar, is_end=part == PARTS)
        shell.inbox.nudge()

    async def until(self, shell: Shell, holds: Callable[[], bool]) -> None:
        """Wait until something holds; the shell's own steps wake the waiter."""
        news = asyncio.Event()
        shell.loop.onlook((*shell.loop._watchers, lambda event, effects: news.set()))
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                news.clear()
                await news.wait()

    async def running(self, shell: Shell, play: Callable[[], Any]) -> None:
        """Play while the shell runs, then end it in good order."""
        task = asyncio.create_task(shell.run())
        try:
            await asyncio.create_task(play())
        finally:
            self.is_ended = True
            shell.inbox.nudge()
            await asyncio.wait_for(task, timeout=PATIENCE_S)
            shell.started.journal.close()
            self.is_ended = False


@asynccontextmanager
async def at_front(folder: Path, vendor: Vendor) -> AsyncIterator[Scene]:
    async with vendor.running(folder) as hands:
        yield Scene(folder, vendor, hands)


def records(scene: Scene) -> list[tuple[ev.Event, list[fx.Effect]]]:
    return [(entry.event, entry.effects) for entry in entries(state.journal(scene.folder / "state"))]


def is_answered(shell: Shell) -> bool:
    """Return True once the venue has spoken of every order."""
    return all(order.status is not Status.SENT for order in shell.book.truth.orders.values())


async def trade(scene: Scene) -> None:
    """Trade through minutes in which the front is mute, and through some in which it is gone."""
    shell = scene.shell()

    async def play() -> None:
        await scene.until(shell, lambda: shell.book.truth.contacts["main"].is_ready)
        for minute in range(MUTE):
            scene.play(shell, minute)
            await scene.until(shell, lambda minute=minute: shell.loop.bars == minute + 1 and is_answered(shell))  # type: ignore[misc]
        await scene.until(shell, lambda: shell.book.truth.positions["cross"][scene.vendor.symbol].qty > 0)
        scene.rule(do="mute_data", at="clock", lasts="1h")
        await scene.poke()
        for minute in range(MUTE, BACK):
            scene.play(shell, minute)
            await scene.poke()
        scene.calm()
        assert shell.loop.bars == MUTE
        scene.play(shell, BACK)
        await scene.until(shell, lambda: shell.loop.bars == BACK + 1 and is_answered(shell))
        scene.play(shell, BACK + 1)
        await scene.until(shell, lambda: shell.loop.bars == BACK + 2 and not shell.book.holders[scene.vendor.symbol])
        scene.rule(do="nightly_reset", at="on_bar", lasts="1h")
        for minute in range(GONE, THERE):
            scene.play(shell, minute)
        await scene.until(shell, lambda: not shell.book.truth.contacts["main"].is_up)
        scene.calm()
        await scene.until(shell, lambda: shell.loop.bars == THERE)
        scene.play(shell, THERE)
        await scene.until(shell, lambda: shell.loop.bars == THERE + 1)

    await scene.running(shell, play)


@pytest.mark.parametrize("name", sorted(VENDORS))
def test_F48_minutes_that_a_front_kept_to_itself_come_once_in_order_before_newer_ones(
    tmp_path: Path, name: str
) -> None:
    async def scene() -> Scene:
        async with at_front(tmp_path, VENDORS[name]) as made:
            await trade(made)
            return made

    made = asyncio.run(scene())
    found = records(made)
    bars = [event for event, _ in found if isinstance(event, ev.Bar)]
    assert [bar.close / made.vendor.factor for bar in bars] == list(PRICES)
    assert {after.ts - before.ts for before, after in pairwise(bars)} == {MINUTE_NS}
    decided = {
        round((event.ts - made.base) / MINUTE_NS): [
            e for e in effects if isinstance(e, fx.Submit | fx.Note | fx.Decision)
        ]
        for event, effects in found
        if isinstance(event, ev.Bar)
    }
    sent = {minute: effects[0].side for minute, effects in decided.items() if isinstance(effects[0], fx.Submit)}
    # The exit is decided on a minute that came late, and leaves; the entry that is decided on another one is refused.
    assert sent == {4: Side.BUY, MUTE: Side.SELL}
    assert "stale_data" in next(one.text for one in decided[GONE] if isinstance(one, fx.Note))
    said = [event.text for event, _ in found if isinstance(event, ev.Link) and "missed" in event.text]
    assert said == [f"{made.vendor.symbol}: {count} bars that were missed are here" for count in (5, 3)]
    again = replay(tmp_path / "state", {})
    assert (again.records, again.difference) == (len(found), "")


class Told:
    """A vendor whose minutes are as they are told, or who fails; it notes what it was asked."""

    LIMITS: ClassVar[dict[str, int]] = {}

    def __init__(self) -> None:
        self.bars: list[ev.Bar] = []
        self.failures: list[Failure] = []
        self.asked: list[Wanted] = []
        self.news = asyncio.Event()

    async def history(self, options: Any, limits: Any, wanted: tuple[Wanted, ...], access: Access) -> dict[str, Any]:
        self.asked += wanted
        self.news.set()
        if self.failures:
            raise self.failures.pop(0)
        return {one.symbol: finished([bar for bar in self.bars if bar.instrument == one.symbol], one) for one in wanted}


DAY = 20_000 * DAY_NS


def bar(minute: int, symbol: str = "BTCUSDT", px: float = 100.0) -> ev.Bar:
    """Return the bar that opens so many minutes after a midnight."""
    ts = DAY + (minute + 1) * MINUTE_NS
    return ev.Bar(ts=ts, instrument=symbol, open=px, high=px, low=px, close=px, volume=1.0, interval=MINUTE_NS)


class Sieve:
    """What looks for holes, alone: a run of two coins on a given day, and what would reach the engine."""

    def __init__(self, folder: Path, opened: int = DAY) -> None:
        path = folder / "run.yaml"
        path.write_text(coins_file(slow=5, more="instruments: {BTCUSDT: {kind: crypto}, ETHUSDT: {kind: crypto}}\n"))
        made = assemble.prepare(*assemble.read(path, {}))
        self.vendor, self.now = Told(), DAY
        wires = {"main": SimpleNamespace(broker=self.vendor, options=None)}
        run = cast(assemble.Prepared, SimpleNamespace(spec=made.spec, strategies=made.strategies, wires=wires))
        self.book = Book(made.spec)
        told = ev.Schedule(ts=opened, calendar="24x7", date="d", open=opened, close=opened + DAY_NS, is_open=True)
        apply_event(self.book, told)
        self.inbox = Inbox(lambda: self.now)
        warmth = Warmth(run, sessions, folder / "kept", Access(now=lambda: self.now))
        self.missed = Missed(run, self.book, self.inbox, warmth)

    def hear(self, *minutes: int, symbol: str = "BTCUSDT") -> list[bool]:
        """Hear bars and return of each whether it has to wait."""
        return [self.missed.holds(bar(minute, symbol)) for minute in minutes]

    async def handed(self) -> list[Any]:
        """Wait for an answer and return what it brings: minutes and symbols of bars, words of the rest."""
        await self.inbox.wait(300)
        found: list[Any] = []
        while (event := self.inbox.take()) is not None:
            if isinstance(event, ev.Bar):
                assert not self.missed.holds(event)
                found.append(((event.open_ts - DAY) // MINUTE_NS, event.instrument[:3]))
            elif isinstance(event, ev.History):
                found.append(("past", [(one.open_ts - DAY) // MINUTE_NS for one in event.bars]))
            else:
                found.append(getattr(event, "text", ""))
        return found


def played(sieve: Sieve, play: Callable[[], Awaitable[None]]) -> None:
    async def scene() -> None:
        tasks = sieve.missed.begin()
        await play()
        sieve.missed.close()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(scene())


def test_bars_that_follow_each_other_ask_nobody_and_a_hole_is_asked_for_with_its_bounds(tmp_path: Path) -> None:
    sieve = Sieve(tmp_path)
    sieve.vendor.bars = [bar(n) for n in range(9)]

    async def play() -> None:
        assert sieve.hear(0, 1, 2) == [False] * 3
        # The newer one waits, and so does what comes behind it; what is late does not.
        assert sieve.hear(5, 6, 1) == [True, True, False]
        assert await sieve.handed() == [
            "BTCUSDT: 2 bars that were missed are here",
            *((n, "BTC") for n in (3, 4, 5, 6)),
        ]
        (asked,) = sieve.vendor.asked
        assert asked.start <= bar(3).open_ts and asked.end == bar(5).open_ts
        assert sieve.hear(7) == [False]

    played(sieve, play)


def test_a_vendor_that_fails_is_asked_again_and_one_that_refuses_is_believed(tmp_path: Path) -> None:
    sieve = Sieve(tmp_path)
    sieve.vendor.bars = [bar(n) for n in range(9)]

    async def play() -> None:
        sieve.vendor.failures = [Transient("away")]
        sieve.hear(0, 2)
        assert (await sieve.handed())[1:] == [(1, "BTC"), (2, "BTC")]
        sieve.vendor.failures = [BadRequest("not yours", 1)]
        sieve.hear(5)
        # What cannot be had is said, and the newer one goes its way.
        assert await sieve.handed() == ["BTCUSDT: bars that were missed are not here: not yours", (5, "BTC")]
        assert len(sieve.vendor.asked) == 3

    played(sieve, play)


def test_behind_a_line_that_comes_up_all_of_its_instruments_are_asked_for_together(tmp_path: Path) -> None:
    sieve = Sieve(tmp_path)
    sieve.vendor.bars = [bar(n, symbol) for n in range(9) for symbol in ("BTCUSDT", "ETHUSDT")]

    async def play() -> None:
        sieve.hear(0)
        sieve.hear(0, symbol="ETHUSDT")
        up = ev.Link(ts=0, account="main", channel="orders", is_up=True)
        sieve.now = bar(0).ts + MINUTE_NS // 2
        assert not sieve.missed.holds(up) and sieve.vendor.asked == []
        sieve.now = bar(2).ts + 1
        assert not sieve.missed.holds(up)
        found = await sieve.handed()
        assert found[2:] == [(1, "BTC"), (1, "ETH"), (2, "BTC"), (2, "ETH")]
        assert sieve.hear(3) == [False]

    played(sieve, play)


def test_what_belongs_to_a_session_before_is_for_memory_and_a_night_is_no_hole(tmp_path: Path) -> None:
    sieve = Sieve(tmp_path)
    sieve.vendor.bars = [bar(n) for n in range(-5, 9)]

    async def play() -> None:
        sieve.hear(-4)
        sieve.hear(1)
        assert await sieve.handed() == [
            "BTCUSDT: 4 bars that were missed are here",
            ("past", [-3, -2, -1]),
            (0, "BTC"),
            (1, "BTC"),
        ]

    played(sieve, play)


def test_a_second_hole_among_what_waits_is_asked_for_too(tmp_path: Path) -> None:
    sieve = Sieve(tmp_path)
    sieve.vendor.bars = [bar(n) for n in range(9)]

    async def play() -> None:
        sieve.hear(0, 2, 3, 6)
        found: list[Any] = []
        while len(found) < 8:
            found += await sieve.handed()
        assert [one for one in found if isinstance(one, tuple)] == [(n, "BTC") for n in range(1, 7)]

    played(sieve, play)


def test_what_does_not_follow_at_the_end_is_left_to_the_next_start(tmp_path: Path) -> None:
    sieve = Sieve(tmp_path)

    async def play() -> None:
        sieve.hear(0)

    played(sieve, play)
    assert (sieve.hear(3), sieve.vendor.asked) == ([True], [])
    assert MOST_NS >= DAY_NS


def test_no_more_is_asked_for_than_the_latest_minutes(tmp_path: Path) -> None:
    sieve = Sieve(tmp_path)

    async def play() -> None:
        sieve.hear(-9_000, 0)
        await sieve.handed()
        assert [asked.start for asked in sieve.vendor.asked] == [DAY - MOST_NS]

    played(sieve, play)
