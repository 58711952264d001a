"""One run from one seed: engines live and die at a venue, then the world heals, and the two records must agree."""

import asyncio
import contextlib
import gc
import hashlib
import tempfile
from collections.abc import Coroutine
from contextvars import copy_context
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from openbell.core.events import Bar
from openbell.core.types import MINUTE_NS, NS, ZERO, Instrument, Status, use_money_context
from openbell.edges.journal import Options, open_journal, read_records
from openbell.parts.venue.options import VenueOptions
from openbell.run import assemble, state
from openbell.run.ledger import Ledger
from openbell.run.loop import Loop, Ports
from openbell.run.recover import start
from openbell.run.sessions import sessions_of
from openbell.run.shell import Settings, Shell
from openbell.run.source import Source
from openbell.wire.log import Log
from openbell.wire.plain.desk import Desk, Terms
from openbell.wire.plain.market import Market
from openbell.wire.plain.server import Server
from tests.loop.faults import MS, Act, acts, rules_of, venue_faults
from tests.loop.network import HOST, Host, Network, Weather
from tests.loop.virtual import EPOCH, VirtualLoop
from tests.metal.compare import Sides
from tests.sim.chance import Draws
from tests.sim.disk import Crashed, SimDisk

SYMBOLS = ("AAA", "BBB", "CCC")
FILE = """
mode: paper
accounts:
  main: {broker: plain, url: "ws://127.0.0.1:7001/v1", cash: 100000 USD, timeout: 800ms, silence: 2500ms,
         query_gap: 300ms, visibility: 100ms, reconcile: 2s}
deployments:
  - name: cross
    strategy: {kind: ema_cross, fast: 2, slow: 3}
    instruments: [AAA, BBB, CCC]
    bars: 1m
    account: main
    budget: {capital: 60000 USD, per_position: 20%}
    exits: {stop_loss: 2%, take_profit: 3%}
instruments:
  default: {kind: stock, calendar: 24x7}
rules: {preset: none}
"""
OPTIONS = Options(segment_bytes=1 << 20, reserve_bytes=1 << 16, is_background=False, now_s=lambda: 0.0)
INSTANTS = 30
"""Instants of the market while things go wrong."""
CALM = 90 * NS
"""So long after the world has healed everything must agree at the latest."""
_MEMORY = Path("/dev/shm")  # only a faster place for files that nobody reads


class Shelf(Log):
    """The venue's log, in memory."""

    def __init__(self) -> None:
        """Begin empty."""
        self.lines = 0
        self.kept: list[bytes] = []
        self._told = 0

    def write(self, time: int, kind: str, fields: dict[str, Any]) -> None:
        """Keep a line."""
        self.lines += 1
        self.kept.append(msgspec.json.encode({"time": time, "line": self.lines, "kind": kind, **fields}))

    def sync(self) -> None:
        """Memory is what it is."""

    def added(self) -> list[bytes]:
        """Return what was added since the last time."""
        begin, self._told = self._told, len(self.kept)
        return self.kept[begin:]


class Outcome(msgspec.Struct, kw_only=True):
    """What came of one seed.

    Attributes:
        wrong: What did not agree, in words; empty where all did. trace: Hash of both records, hex.
        boots: Engines. kills: Of them killed. faults: Faults that struck, by name.
        sent, executions: At the venue. ready: From healing to agreement, ns of the run.
    """

    seed: int
    wrong: list[str] = []
    trace: str = ""
    boots: int = 0
    kills: int = 0
    faults: dict[str, int] = {}
    sent: int = 0
    executions: int = 0
    ready: int = 0
    lasted: int = 0


class Engine(msgspec.Struct, kw_only=True):
    """One process of the engine: its host, its shell, and the task that it lives in."""

    host: Host
    shell: Shell
    task: asyncio.Task[None]
    clock: "Watch"


class Watch:
    """The engine's wall clock: the run's own, but for what somebody set it ahead by."""

    def __init__(self, loop: VirtualLoop) -> None:
        """Begin right."""
        self._loop = loop
        self.offset = 0

    def now(self) -> int:
        """Return UTC time, ns."""
        return self._loop.now() + self.offset

    def sleep(self, span: int) -> None:
        """Let time go by."""
        self._loop.stall(span)

    def grown(self) -> int:
        """Return the time since the run began, ns: nobody sets it."""
        return self._loop.at


def play(seed: int, notes: list[str] | None = None) -> Outcome:
    """Play one seed; `notes` takes what happened, in words."""
    use_money_context()
    prepared_once()
    # Debris must not be collected, and so act, in the middle of a run; only this run's own is looked through at its end.
    gc.disable()
    gc.freeze()
    place = str(_MEMORY) if _MEMORY.is_dir() else None
    loop = VirtualLoop()
    try:
        with tempfile.TemporaryDirectory(dir=place) as folder:
            trial = Trial(seed, loop, Path(folder), notes)
            try:
                loop.run_until_complete(trial.play())
            except Exception as error:  # noqa: BLE001  # whatever it is, it is what this seed has found
                trial.outcome.wrong.append(f"{type(error).__name__}: {error}")
            trial.finish()
            return trial.outcome
    finally:
        loop.close()
        gc.collect()
        gc.enable()


class Trial:
    """The world of one seed."""

    def __init__(self, seed: int, loop: VirtualLoop, folder: Path, notes: list[str] | None = None) -> None:
        """Draw everything that will be."""
        self.loop, self.folder, self.notes = loop, folder, notes
        self.outcome = Outcome(seed=seed)
        self.disk = SimDisk()
        self.log = Shelf()
        made = {symbol: Instrument(symbol=symbol) for symbol in SYMBOLS}
        visibility = Draws(seed, "visibility").pick((0, 0, 80 * MS))
        desk = Desk(Terms(visibility=visibility), made, VenueOptions())
        self.script = rules_of(venue_faults(Draws(seed, "venue")))
        self.server = Server(desk, self.script, self.log, loop.now)
        self.market = Market(self.server, iter(bars_of(Draws(seed, "market"))))
        self.venue = Host()
        self.crash = Draws(seed, "crash")
        self.network = loop.network = Network(loop, Draws(seed, "network"), self._accept, self.venue)
        self.pace = Draws(seed, "pace")
        self.engine: Engine | None = None
        self.sides = Sides(self.disk)
        self.is_healed = False
        self.is_over = False
        self._door: Any = None

    def _accept(self) -> Any:
        return self._door()

    def note(self, what: str) -> None:
        """Write down what happens, for those who look at one seed."""
        if self.notes is not None:
            self.notes.append(f"{self.loop.at / NS:9.4f} {what}")

    # --- the run ------------------------------------------------------------------------------------------------

    async def play(self) -> None:
        """Let everything happen, heal the world, and wait until all agrees."""
        app = web.Application()
        app.router.add_get("/v1", self.server.connect)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._door = runner.server
        HOST.set(self.venue)
        beats = asyncio.create_task(self.server.beat_on())
        self._found()
        self._boot()
        seed = self.outcome.seed
        span = INSTANTS * 200 * MS
        happening = asyncio.create_task(self._happen(acts(Draws(seed, "acts"), span)))
        weather = Draws(seed, "weather")
        self.network.weather = Weather(most=weather.pick((1, 5, 40)) * MS, splits=weather.pick((0.0, 0.0, 0.3)))
        for _ in range(INSTANTS):
            await self._while_alive(self.loop.pause(self.pace.between(50, 350) * MS))
            self.market.play(1)
        await happening
        await self._heal()
        await self._agree()
        await self._end()
        beats.cancel()
        await asyncio.gather(beats, return_exceptions=True)
        await self.server.close()
        await runner.cleanup()

    async def _happen(self, acts: list[Act]) -> None:
        for act in acts:
            await self.loop.pause(act.at - self.loop.at)
            self.note(f"{act.what} {act.size:.3f}")
            self.outcome.faults[act.what] = self.outcome.faults.get(act.what, 0) + 1
            await self._do(act)

    async def _do(self, act: Act) -> None:
        weather, engine = self.network.weather, self.engine
        soon = self.loop.at + int(act.size * 3 * NS)
        match act.what:
            case "cut" if engine is not None:
                self.network.cut(engine.host)
            case "silence":
                weather.silent_until = soon
            case "refuse":
                weather.closed_until = soon
            case "slow":
                weather.most = int(act.size * 600 * MS)
            case "stall":
                self.loop.stall(int(act.size * 8 * NS))
            case "clock" if engine is not None:
                engine.clock.offset += int((act.size - 0.5) * 4 * NS)
            case "halt":
                symbol = SYMBOLS[int(act.size * 3)]
                self.server.desk.clerk.halted ^= {symbol}
            case "kill" | "power":
                # In the middle of what the disk is asked to do, or between two things.
                if act.size < 0.5:
                    await self.kill(has_power=act.what == "kill")
                else:
                    self._kill_within(act)

    def _kill_within(self, act: Act) -> None:
        """Let the process die at one of its next boundaries with the disk."""
        left = int((act.size - 0.5) * 80)
        engine = self.engine

        def boundary(name: str) -> None:
            nonlocal left
            left -= 1
            if left <= 0 and engine is not None and HOST.get() is engine.host:
                self.note(f"dies at {name}")
                raise Crashed(name)

        self.disk.boundary = boundary
        self._is_power = act.what == "kill"

    _is_power = True

    # --- processes ----------------------------------------------------------------------------------------------

    def _found(self) -> None:
        """Write the state's first record, under a name that is the same every time."""
        prepared = prepared_once()
        folder = self.folder / "state"
        state.make(folder)
        journal, _ = open_journal(self.disk, OPTIONS)
        ledger = Ledger(journal)
        book = assemble.Book(prepared.spec)
        engine = assemble.engine_of(prepared.spec, prepared.strategies, prepared.rules, book)
        loop = Loop(engine, Ports(venues=assemble.venues_of(prepared.spec, prepared.venues), log=ledger))
        loop.take(assemble.genesis(prepared, "SEEDED", "live", EPOCH))
        ledger.commit()
        journal.close()

    def _boot(self) -> None:
        """Start an engine from what the disk holds."""
        self.outcome.boots += 1
        self.disk.boundary = lambda name: None
        host, clock = Host(), Watch(self.loop)
        settings = Settings(
            state=self.folder / "state", look_up=sessions_of({}, None), clock=clock, tell=self.note,
            is_interrupted=lambda: self.is_over,
        )  # fmt: skip
        prepared = prepared_once()
        source = Source(tables=[], schedule=[], digest="live", notes=(), start=clock.now())
        shell = Shell(prepared, settings, start(prepared, self.disk, source, OPTIONS))  # type: ignore[arg-type]  # a disk
        context = copy_context()
        context.run(HOST.set, host)
        task = self.loop.create_task(shell.run(), context=context)
        self.engine = Engine(host=host, shell=shell, task=task, clock=clock)
        self.note(f"boot {self.outcome.boots} from seq {shell.started.recovered_seq}")

    async def kill(self, *, has_power: bool) -> None:
        """End the engine's process at once, and start another one later."""
        engine = self.engine
        if engine is None:
            return
        self.engine = None
        self.outcome.kills += 1
        self.disk.boundary = _gone
        self.network.kill(engine.host)
        engine.task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Crashed):
            await engine.task
        if has_power:
            self.disk.lose_process()
        else:
            self.disk.lose_power(self.crash)
        self._judge(f"kill {self.outcome.kills}")
        await self.loop.pause(self.crash.between(1, 1500) * MS)
        self._boot()

    async def _while_alive(self, waiting: Coroutine[Any, Any, None]) -> None:
        """Wait; an engine that crashes meanwhile at the disk is buried, and another one started."""
        await waiting
        engine = self.engine
        if engine is not None and engine.task.done():
            error = engine.task.exception()
            if not isinstance(error, Crashed):
                self.outcome.wrong.append(f"the engine ended by itself: {type(error).__name__}: {error}")
            self.disk.is_locked = False
            await self.kill(has_power=self._is_power)

    # --- the end ------------------------------------------------------------------------------------------------

    async def _heal(self) -> None:
        """Take back everything that goes wrong."""
        self.disk.boundary = lambda name: None
        await self._while_alive(self.loop.pause(2 * NS))
        for rule in self.script:
            if rule.struck:
                self.outcome.faults[rule.do] = self.outcome.faults.get(rule.do, 0) + rule.struck
        self.server.mischief.rules.clear()
        self.server.windows.close()
        self.server.desk.clerk.halted.clear()
        self.network.weather = Weather()
        if self.engine is not None:
            self.engine.clock.offset = 0
        self.note("healed")
        self.is_healed = True

    async def _agree(self) -> None:
        """Wait until engine and venue agree, at most so long."""
        begin = self.loop.at
        found = ["nothing was asked"]
        calm = 0
        while calm < 4 and self.loop.at - begin < CALM:
            await self._while_alive(self.loop.pause(500 * MS))
            found = self._differences()
            calm = 0 if found else calm + 1
        self.outcome.ready = self.loop.at - begin
        if found:
            self.outcome.wrong += [f"at rest {what}" for what in found]

    def _differences(self) -> list[str]:
        if self.engine is None:
            return ["there is no engine"]
        truth = self.engine.shell.book.truth
        contact = truth.contacts["main"]
        found = [] if contact.is_ready else ["the account is not ready"]
        found += [f"{key} is a mismatch: {why}" for key, why in truth.mismatched.items()]
        found += [f"{order.oid} is {order.status}" for order in truth.orders.values() if order.status in _DOUBTFUL]
        self.engine.shell.started.ledger.commit()
        self.sides.read(self.log.added())
        found += self.sides.compare_at_rest(plain(self.server.desk.truth())).words()
        return found

    def _judge(self, where: str) -> None:
        """Compare behind a kill: nothing may be doubled, invented, or held that was not filled."""
        self.disk.boundary = lambda name: None
        # What the process had only in its memory is gone, and what was read before may be too, with the power.
        self.sides = Sides(self.disk)
        self.sides.read(self.log.kept)
        self.log.added()
        found = self.sides.compare(plain(self.server.desk.truth()), ())
        # Without power the tail may be gone: what is only known there is asked for again.
        self.outcome.wrong += [f"{where} {what}" for what in found.words() if not what.startswith("orders: ")]

    async def _end(self) -> None:
        """End the last engine in good order."""
        engine = self.engine
        self.is_over = True
        if engine is None:
            return
        await asyncio.wait([engine.task])
        error = engine.task.exception()
        if error is not None:
            self.outcome.wrong.append(f"the last engine ended badly: {type(error).__name__}: {error}")
        engine.shell.started.journal.close()

    def finish(self) -> None:
        """Say what came of it."""
        outcome = self.outcome
        outcome.wrong += [f"nobody caught {what}" for what in self.loop.troubles]
        outcome.sent, outcome.executions = len(self.sides.taken), len(self.sides.made)
        outcome.lasted = self.loop.at
        digest = hashlib.sha256()
        for raw in read_records(self.disk):
            digest.update(raw.record_bytes)
        for line in self.log.kept:
            digest.update(line)
        outcome.trace = digest.hexdigest()[:16]


_DOUBTFUL = (Status.UNKNOWN, Status.SENT)


def _gone(name: str) -> None:
    raise Crashed(name)


def plain(truth: dict[str, Any]) -> dict[str, Any]:
    """Return the venue's truth as its operator's port tells it."""
    return {**truth, "positions": {symbol: qty for symbol, qty in truth["positions"].items() if qty != ZERO}}


@cache
def prepared_once() -> assemble.Prepared:
    """Return the checked configuration, the same for every run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.yaml"
        path.write_text(FILE)
        loaded, found = assemble.read(path, {})
        return assemble.prepare(loaded, found)


def bars_of(draws: Draws) -> list[list[Bar]]:
    """Return the market: three symbols that walk, and trend for a while so that averages cross."""
    px = dict.fromkeys(SYMBOLS, 100.0)
    drift = dict.fromkeys(SYMBOLS, 0.0)
    found = []
    for n in range(1, 4 * INSTANTS):
        instant = []
        for symbol in SYMBOLS:
            if draws.chance(0.25):
                drift[symbol] = draws.pick((-0.012, 0.0, 0.012))
            before = px[symbol]
            after = round(max(before * (1 + drift[symbol] + 0.006 * (draws.unit() - 0.5)), 5.0), 2)
            px[symbol] = after
            high, low = max(before, after), min(before, after)
            instant.append(
                Bar(
                    ts=n * MINUTE_NS, instrument=symbol, open=before, high=high, low=low, close=after,
                    volume=1e6, interval=MINUTE_NS,
                )
            )  # fmt: skip
        found.append(instant)
    return found
