"""One run: a house, a broker, a disk, one heap of virtual time, and the real engine in the middle.

Nothing here decides what is right: the judge does, from what was recorded, sent and done at the broker.
"""

import heapq
from collections.abc import Callable
from typing import Any

import msgspec

from openbell.core import events as ev
from openbell.core import ledger as core_ledger
from openbell.core.book import KEPT_ORDERS, Book
from openbell.core.effects import PERSON, Ask, Effect, SetLimits
from openbell.core.ladder import SEVER
from openbell.core.record import digest
from openbell.core.spec import Limits, limited
from openbell.core.types import NS, use_money_context
from openbell.edges.journal import DiskFailed, JournalDamaged, Options, open_journal
from openbell.run import assemble, recover
from openbell.run.ledger import Ledger
from openbell.run.loop import FAR, Loop, Ports
from openbell.run.records import Unlike, entries
from openbell.run.script import Reel, Verify, retrace
from openbell.run.wake import come_back, has_slept, wake
from tests.sim import codec, ending
from tests.sim.broker import Broker, Persona
from tests.sim.chance import Draws, Tape
from tests.sim.disk import Crashed, SimDisk
from tests.sim.feed import Feed
from tests.sim.house import ACCOUNT, POOL, House, doubled, house, may_double
from tests.sim.judge import Judge
from tests.sim.script import T0, rates_of, write_script
from tests.sim.verdict import Violation
from tests.sim.wire import Wire

TAG = "S1MTAG"
QUIET = 120 * NS
"""How long nothing goes wrong any more before the last judgement, ns, beside two comparisons with the venue."""
SEGMENT, RESERVE = 24 << 10, 8 << 10


class Nothing(msgspec.Struct):
    """What recovery asks of a source: only its fingerprint, for the world delivers the events itself."""

    digest: str = "sim"


class Tap:
    """Stands between loop and ledger: every record passes the judge before it is written."""

    def __init__(self, world: "World", ledger: Ledger) -> None:
        self._world, self._ledger = world, ledger

    def record(self, event: ev.Event, effects: list[Effect]) -> None:
        """Judge a step, then write it."""
        if self._world.is_telling:
            told = "".join(f"\n        -> {effect}" for effect in effects)
            self._world.lines.append(f"{self._world.now} {event}{told}")
        for judge in self._world.judges_of(event):
            judge.on_record(event, effects)
        self._world.boundary("record")
        # A file is there before its limits are in force: the record may stay though the process dies of writing it.
        for effect in effects:
            if type(effect) is SetLimits:
                self._world.files.append(effect.limits)
        if self._ledger.sick:
            # Each record in the reserve is durable at once: it counts even if the process dies on its way back.
            self._world.history.append((event, effects, b""))
            self._ledger.record(event, effects)
            self._world.history.pop()
        else:
            self._ledger.record(event, effects)
        self._world.recorded(event, effects)

    def commit(self) -> None:
        """Pass on."""
        self._ledger.commit()

    def rescue(self, event: ev.Event, effects: list[Effect]) -> None:
        """Let the step that failed be saved, with what must not leave."""
        for judge in self._world.judges:
            judge.on_rescue(effects)
        self._world.rescuing(event, effects)
        self._ledger.rescue(event, effects)
        self._world.rescued()


PIECES = 0.85
"""How often an order executes in pieces where a change is a second order."""


def with_limits(prepared: assemble.Prepared, limits: Limits | None) -> assemble.Prepared:
    """Return a house with a file that has other limits."""
    if limits is None:
        return prepared
    terms = zip(prepared.rules, limits.rules, strict=True)
    rules = tuple(msgspec.structs.replace(rule, params=one.params, text=one.text) for rule, one in terms)
    return msgspec.structs.replace(prepared, spec=limited(prepared.spec, limits), rules=rules)


class World:
    """A seed's run.

    Attributes:
        judging: Who judges its accounts.
    """

    judging = Judge

    def __init__(
        self,
        seed: int,
        muted: tuple[str, ...] = (),
        dropped: frozenset[str] = frozenset(),
        without: tuple[str, ...] = (),
    ) -> None:
        """Lay everything out; `muted` faults never come, `dropped` items of the script and classes `without` neither."""
        use_money_context()
        self.seed = seed
        number = Draws(seed, "house").below(POOL)
        is_double = Draws(seed, "accounts").chance(0.3) and may_double(house(number))
        self.house: House = doubled(number) if is_double else house(number)
        rates = rates_of(seed, self.house)
        # What a line tells again by itself proves nothing of what is listed: such brokers tell each thing once.
        self.is_aliased = not rates.keys() & {"correct", "bust", "dup_fill"} and Draws(seed, "alias").chance(0.3)
        if self.house.is_outside and self.is_aliased:
            rates["drop_fill"] = 0.4
        self.tape = Tape(seed, {kind: rate for kind, rate in rates.items() if kind not in without}, muted)
        script = write_script(seed, self.house, self.tape)
        self.script = [item for item in script if not dropped or item.key not in dropped]
        self.chance, self.person = Draws(seed, "world"), Draws(seed, "person")
        self.disk = SimDisk()
        self.now = T0 - 10
        self.skew = 0
        self.asleep = 0
        """Until when the host sleeps, in true time, ns."""
        self.wakes: set[int] = set()
        """To which logical times it woke, ns; a process that died waking comes back to one of them."""
        self.is_apart = False
        """The brokers' clocks and the host's disagree."""
        self.heap: list[tuple[int, int, int, Callable[[], None]]] = []
        self._count = 0
        self.engine: Any = None
        self.loop: Any = None
        self.started: Any = None
        self.history: list[tuple[ev.Event, list[Effect], bytes]] = []
        self.marks: dict[str, int] = {}
        """Present prices in quanta, the same for every account's judge."""
        self.unsure: set[str] = set()
        self.files: list[Limits | None] = [None]
        """The limits of every file there has been; None for those of the first."""
        self.unsaved: tuple[int, Any] | None = None
        """The last step that was written, not made durable, and decided otherwise in the reserve; and its seq."""
        self.left_behind: tuple[Any, bytes, bytes] = (None, b"", b"")
        """Place in the journal and the hashes of truth and memory of the process that died last."""
        self.trace: list[tuple[Any, ...]] = []
        self.broker = Broker(self._persona(), self.tape, Draws(seed, "broker"), lambda *_: None)
        self.broker.currencies = {s.symbol: s.currency for s in self.house.sorts.values()}
        self.broker.state_of = self.state_of
        self.wire = Wire(self, self.broker, self.house)
        self.judge = self.judging(self, self.wire)
        self.wires, self.judges = [self.wire], [self.judge]
        if self.house.other is not None:
            self._join(self.house.other)
        self.feed = Feed(self)
        self.crash_in: int | None = None
        self.crash_kind = "kill"
        self.boundaries = 0
        self.stops: dict[int, str] = {}
        """Boundaries, counted from the beginning, at which the process is stopped, and how."""
        self.boots = 0
        self.is_telling = False
        self.lines: list[str] = []
        self.is_over = False
        self.end = ""
        self.quiet = QUIET + 2 * max(
            (a.outside.reconcile_every for a in self.house.whole.spec.accounts.values() if a.outside is not None),
            default=0,
        )
        """How long nothing goes wrong before the last judgement, ns."""
        self.checkpoint_every = Draws(seed, "checkpoints").pick((15, 40, 1000))
        self.patience = Draws(seed, "repair").pick((1, 1, 6))
        """How much longer than usual a sick disk is not replaced."""
        self.options = Options(
            segment_bytes=SEGMENT, reserve_bytes=RESERVE, is_background=False,
            is_compressing=Draws(seed, "compress").chance(0.2), now_s=lambda: self.now / 1e9,
        )  # fmt: skip
        self.disk.boundary = self.boundary
        self.disk.on_sync = self.judge.on_sync

    def _join(self, other: House) -> None:
        """Join a second account at a broker of its own, whose line never fails: nothing may reach it from the first."""
        account = other.prepared.spec.accounts[other.account]
        persona = Persona(Draws(self.seed, "persona/other"))
        persona.oco, persona.amend, persona.is_nameless = account.caps.oco, account.caps.amend, False
        if account.outside is not None:
            persona.dedupes = account.outside.dedupes
        broker = Broker(persona, Tape(self.seed, {}), Draws(self.seed, "broker/other"), lambda *_: None)
        broker.currencies, broker.state_of = self.broker.currencies, self.state_of
        wire = Wire(self, broker, other)
        self.wires.append(wire)
        self.judges.append(self.judging(self, wire))

    def judges_of(self, event: ev.Event) -> list[Judge]:
        """Return the judges of all accounts, the one whose event it is first: it says what that leaves."""
        if len(self.judges) == 1:
            return self.judges
        account = getattr(event, "account", ACCOUNT)
        return sorted(self.judges, key=lambda judge: judge.house.account != account) if account else self.judges

    def _persona(self) -> Persona:
        """Return manners that keep what the house was told of its venue."""
        persona = Persona(Draws(self.seed, "persona"))
        account = self.house.prepared.spec.accounts[ACCOUNT]
        persona.oco, persona.amend, persona.reserves = account.caps.oco, account.caps.amend, account.caps.reserves
        persona.is_pair = not account.caps.in_place
        if persona.is_pair:
            # What is executed at once needs no change of its stop.
            persona.partial = PIECES
        if account.outside is not None:
            persona.dedupes = account.outside.dedupes
        persona.is_twin = Draws(self.seed, "twin").chance(0.3 if self.is_aliased else 0.15)
        if self.is_aliased and not persona.is_nameless:
            persona.is_aliased, persona.replays, persona.partial = True, False, max(persona.partial, 0.4)
        return persona

    # --- time -----------------------------------------------------------------------------------------------------

    def later(self, at: int, rank: int, act: Callable[[], None]) -> None:
        """Do something at an instant of true time."""
        self._count += 1
        heapq.heappush(self.heap, (at, rank, self._count, act))

    def wall(self, at: int) -> int:
        """Return what the host's clock shows at an instant."""
        return at + self.skew

    def stamp(self) -> int:
        """Return the instant the inbox gives to an event that comes now."""
        return max(self.engine.book.truth.ts + 1, self.wall(self.now))

    def note(self, *what: Any) -> None:
        """Write a line into the trace."""
        if self.is_telling:
            self.lines.append(f"{self.now} {' '.join(map(str, what))}")
        self.trace.append((self.now, *what))

    def boundary(self, name: str) -> None:
        """Pass a boundary between two effects: the process may be stopped here."""
        self.boundaries += 1
        if self.boundaries in self.stops and not self.is_over:
            self.crash_kind = self.stops[self.boundaries]
            raise Crashed(name)
        if self.crash_in is not None:
            self.crash_in -= 1
            if self.crash_in < 0:
                self.crash_in = None
                raise Crashed(name)

    def state_of(self, oid: str) -> str:
        """Return the state the engine has an order in, for the matrix of faults and states."""
        if self.engine is None:
            return "down"
        order = self.engine.book.truth.orders.get(oid)
        return order.status.value if order is not None else "none"

    # --- the run --------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Play the script to its end, then the quiet, then the last judgement.

        Raises:
            Violation: Something that must hold does not.
        """
        # In some runs the book lets go of all but the latest orders, as it does of thousands elsewhere.
        core_ledger.KEPT_ORDERS = Draws(self.seed, "kept").pick((KEPT_ORDERS, KEPT_ORDERS, KEPT_ORDERS, 3))
        try:
            self._play()
        finally:
            core_ledger.KEPT_ORDERS = KEPT_ORDERS

    def _play(self) -> None:
        for item in self.script:
            self.later(item.at, item.rank, lambda item=item: self.feed.play(item))  # type: ignore[misc]
        last = max((item.at for item in self.script), default=T0)
        self.later(last + 5 * NS, 9, self._calm)
        self.boot()
        self._spin(last + 6 * NS)
        if not self.end:
            self._spin(self.now + self.quiet)
            self.feed.finish()
            if self.engine is None:
                # It was severed by a word that had waited for the end.
                self._spin(self.now + self.quiet)
                self.feed.finish()
        self.close()

    def close(self) -> None:
        """Come to the last judgement."""
        ending.judge_end(self)

    def _spin(self, until: int) -> None:
        while not self.end:
            due = self.heap[0][0] if self.heap else FAR
            timer = self._next_timer()
            if min(due, timer) > until:
                self.now = max(self.now, until)
                return
            if timer < due:
                self.now = max(self.now, timer)
                self.guarded(lambda: self.loop.catch_up(self.wall(self.now)))
                continue
            at, _, _, act = heapq.heappop(self.heap)
            self.now = max(self.now, at)
            act()

    def _next_timer(self) -> int:
        """Return the true time of the engine's next timer; an account in the process waits for its source."""
        if self.engine is None or not self.house.is_outside:
            return FAR
        timers = self.engine.book.truth.timers
        return max(min(timers.values()) - self.skew, self.asleep) if timers else FAR

    def _calm(self) -> None:
        """Stop all faults: lines come back, disks heal, the process is started again."""
        self.tape.is_over = True
        self.is_over = True
        self.crash_in = None
        self._replace_disk()
        if self.engine is None:
            self.boot()
        for wire in self.wires if self.house.is_outside else ():
            wire.restore()
        if self.is_apart:
            self.tell_clocks(is_together=True)

    # --- the process ----------------------------------------------------------------------------------------------

    def deliver(self, make: Callable[[int], ev.Event]) -> None:
        """Let an event in that the inbox stamps."""
        if self.engine is None:
            return
        if self.now < self.asleep:
            self.later(self.asleep, 1, lambda: self.deliver(make))
            return
        self.guarded(lambda: self.loop.take(make(self.stamp())))

    def mind_sleep(self, last: int) -> None:
        """Wake up as the shell does: the clock told `last` (ns) before, and nothing was looked at in between."""
        if self.engine is None or self.now < self.asleep:
            return
        now = max(self.wall(self.now), self.engine.book.truth.ts)
        if not has_slept(last, now):
            return
        self.wakes.add(now)
        up = [wire.account for wire in self.wires if wire.is_up]
        self.guarded(lambda: wake(self.loop, up, last, now))
        for account in up:
            self.tell_link(account, is_up=True, text="woke up")

    def tell_link(self, account: str, *, is_up: bool, text: str, channel: str = "orders") -> None:
        """Tell the engine of the line to an account."""
        self.deliver(lambda ts: ev.Link(ts=ts, account=account, channel=channel, is_up=is_up, text=text))

    def tell_clocks(self, *, is_together: bool) -> None:
        """Let the clocks agree or not, and tell the engine on the lines that are up."""
        self.is_apart = not is_together
        for wire in self.wires:
            if wire.is_up:
                self.compare_clocks(wire.account)

    def compare_clocks(self, account: str) -> None:
        """Tell the engine what has changed of the clocks since it was last told."""
        if self.engine is None or bool(self.engine.book.truth.contacts[account].apart) == self.is_apart:
            return
        text = "the venue's clock is 704 ms off ours" if self.is_apart else "the venue's clock is 2 ms off ours"
        self.tell_link(account, is_up=not self.is_apart, text=text, channel="clock")

    def guarded(self, act: Callable[[], None]) -> None:
        """Do something in the process, which may die of it."""
        if self.engine is None:
            return
        try:
            act()
            self._housekeep()
        except Crashed as crash:
            self.down(f"{self.crash_kind} at {crash}")
        except DiskFailed as failure:
            self.down(f"disk {failure}")

    def _housekeep(self) -> None:
        """Do what the shell does between two events: mind the disk, keep checkpoints."""
        journal, truth = self.started.journal, self.engine.book.truth
        if self.started.ledger.is_short:
            raise DiskFailed("the reserve is short")
        if self.started.ledger.sick:
            used = max((raw.end for raw in codec.walk(self.disk.cache["reserve.seg"], 0)), default=0)
            if used > RESERVE - RESERVE // 4:
                raise Violation("B34", f"{used} of {RESERVE} bytes of the reserve are used, and everything goes on")
        if self.started.ledger.sick or self.is_catching_up:
            return
        if journal.failed is not None:
            raise DiskFailed(journal.failed)
        if truth.is_disk_healthy == journal.is_full:
            text = "no room" if journal.is_full else "room again"
            self.loop.take(
                ev.DiskState(
                    ts=self.stamp() if self.house.is_outside else truth.ts, is_healthy=not journal.is_full, text=text
                )
            )
        if self.started.ledger.is_checkpoint_due and not self.loop.is_midway:
            self.started.ledger.checkpoint(self.engine, self.loop.ports.venues, self.house.whole.hashes)
            self.note("checkpoint", journal.seq)

    @property
    def is_catching_up(self) -> bool:
        leftover = self.started.leftover
        return leftover is not None and not leftover.is_done

    def down(self, why: str) -> None:
        """The process is gone; it is started again after a while."""
        self.note("down", why)
        self._leave_behind()
        power = self.crash_kind == "power" and not why.startswith("disk")
        if power:
            self.note("power", self.disk.lose_power(self.chance))
        else:
            self.disk.lose_process()
        self.engine = self.loop = self.started = None
        for wire in self.wires:
            wire.is_up = False
            wire.epoch += 1
        if why.startswith("disk"):
            self.feed.heal()
        self.later(self.now + self.chance.between(1, 20) * NS, 0, self.boot)

    def _leave_behind(self) -> None:
        """Keep what the process that dies holds, unless it is in the middle of a step."""
        if self.engine is None or self.started.ledger.sick:
            return
        journal, truth = self.started.journal, self.engine.book.truth
        if truth.counts.events == journal.seq and not self.is_catching_up:
            self.left_behind = (journal.seq, journal.head_hash), digest(truth), digest(self.engine.memory())

    def boot(self) -> None:
        """Start the process from what the disk holds."""
        if self.engine is not None or self.end:
            return
        self.boots += 1
        hit = self.tape.ask("recrash") if self.boots > 1 else None
        if hit is not None:
            self.crash_in = int(hit.size * 16)
        try:
            self._start()
        except Crashed as crash:
            self.down(f"{self.crash_kind} in recovery at {crash}")
        except DiskFailed as failure:
            self.down(f"disk {failure}")
        except OSError as error:
            self.feed.heal()
            self.down(f"disk {error}")
        except JournalDamaged as damage:
            self.judge.on_refusal(damage)

    def _start(self) -> None:
        prepared = self.house.whole
        if codec.has_records(self.disk.cache):
            started = self._recover(self.disk)
            self.judge.on_recovered(started)
        else:
            started = self._found()
            self.judge.on_recovered(None)
        started.ledger._every = self.checkpoint_every
        self.started, self.loop, self.engine = started, started.loop, started.engine
        self.loop._log = Tap(self, started.ledger)
        if started.recovered_seq == 0:
            rules = tuple(rule.text for rule in prepared.rules)
            genesis = ev.Genesis(
                ts=T0 - 9, instance=TAG, config="{}", code="code", source="sim", strategies=prepared.hashes,
                mode=prepared.spec.mode, spec=msgspec.json.encode(prepared.spec).decode(), rules=rules,
                venues={name: msgspec.json.encode(options).decode() for name, options in prepared.venues.items()},
            )  # fmt: skip
            self.loop.take(genesis)
            started.ledger.commit()
        else:
            self.note("recovered", started.recovered_seq, started.journal.epoch)
        for wire in self.wires if self.house.is_outside else ():
            self.loop.ports.venues[wire.account].transport = wire
        if self.house.is_outside:
            come_back(self.loop)
        self.feed.resume()
        for wire in self.wires if self.house.is_outside else ():
            if self.engine is not None:
                wire.open("start")

    def _found(self) -> recover.Started:
        """Return a new state, as recovery founds it, with a tag that the seed gives."""
        prepared = self.house.whole
        journal, _ = open_journal(self.disk, self.options)
        engine = assemble.engine_of(prepared.spec, prepared.strategies, prepared.rules, Book(prepared.spec))
        ledger = Ledger(journal)
        loop = Loop(engine, Ports(venues=assemble.venues_of(prepared.spec, prepared.venues), log=ledger))
        return recover.Started(engine=engine, loop=loop, journal=journal, ledger=ledger, recovered_seq=0, notes=())

    def recover_copy(self) -> recover.Started:
        """Recover from a copy of the disk, as another process would."""
        return self._recover(self.disk.clone())

    def _recover(self, disk: SimDisk) -> recover.Started:
        """Recover with the file whose limits are in force, of those there have been; others are refused."""
        for limits in reversed(self.files):
            prepared = with_limits(self.house.whole, limits)
            try:
                return recover.start(prepared, disk, Nothing(), self.options)  # type: ignore[arg-type]
            except Unlike:
                self.note("another file", limits is not None)
        raise Violation("B25", "no file that there has been has the limits that are in force")

    def replay_copy(self) -> None:
        """Decide the whole record anew; the first difference raises `Different`."""
        prepared = self.house.whole
        reel = Reel(entries(self.disk.clone()), prepared.spec.outside_accounts)  # type: ignore[arg-type]
        engine = assemble.engine_of(prepared.spec, prepared.strategies, prepared.rules, Book(prepared.spec))
        venues = assemble.venues_of(prepared.spec, prepared.venues)
        loop = Loop(engine, Ports(venues=venues, script=Verify(reel)))
        retrace(loop, reel)

    # --- what happened ----------------------------------------------------------------------------------------------

    def recorded(self, event: ev.Event, effects: list[Effect]) -> None:
        """Keep what was written, and its place in the chain."""
        journal = self.started.journal
        if self.started.ledger.sick:
            head = journal.durable_head()
            seq, place = head.seq, head.digest
        else:
            seq, place = journal.seq, journal.head_hash
        self.history.append((event, effects, place))
        for effect in effects:
            if type(effect) is Ask and effect.advisor == PERSON:
                self._answer(effect)
        if isinstance(event, ev.Command) and event.tier == SEVER:
            # The shell cuts its lines behind this step; somebody starts the process anew.
            self.later(self.now, 0, self._sever)
        if seq != len(self.history):
            raise Violation("B30", f"seq {seq} after {len(self.history)} records")

    def _answer(self, ask: Ask) -> None:
        """Let a person say yes, type the quantity, say something else, be late, or say nothing; once or twice."""
        draws, wait = self.person, max(ask.deadline - self.engine.book.truth.ts, 0)
        qty = msgspec.json.decode(ask.question)["qty"]
        said = draws.pick(("yes", "yes", qty, qty, "no", "7", ""))
        at = self.now + (wait + 4 * NS if draws.chance(0.1) else int(wait * draws.unit()))
        for again in range(1 + draws.chance(0.2)) if said else ():
            self.later(at + again * 3 * NS, 1, lambda: self._say_answer(ask, said))
        self.later(self.now + wait + draws.below(3 * NS), 1, lambda: self._say_answer(ask, ""))

    def _say_answer(self, ask: Ask, said: str) -> None:
        """Hand an answer over; silence is told of what is still open alone."""
        if self.engine is not None and (said or ask.id in self.engine.book.truth.asked):
            name = ask.deployment
            self.deliver(
                lambda ts: ev.Answer(ts=ts, ask=ask.id, deployment=name, is_ok=bool(said), value=said, actor="op")
            )

    def _sever(self) -> None:
        if self.engine is not None:
            self.guarded(self.started.ledger.commit)
        if self.engine is not None:
            self.crash_kind = "kill"
            self.down("severed")

    def rescuing(self, event: ev.Event, effects: list[Effect]) -> None:
        """Expect a step in the reserve: the hashes of what has to be saved again are other ones then."""
        if self.history and self.history[-1][0] is event:
            self.unsaved = (len(self.history), self.history.pop())
        durable = self.started.journal.durable_seq
        self.history[durable:] = [(told, said, b"") for told, said, _ in self.history[durable:]]
        self.history.append((event, effects, b""))

    def found_unsaved(self, seq: int, head: bytes) -> None:
        """Go back to a step as it was written first where the process died before the reserve had it."""
        if self.unsaved is not None and (seq, head) == (self.unsaved[0], self.unsaved[1][2]):
            self.history[seq - 1 :] = [self.unsaved[1]]

    def rescued(self) -> None:
        """A step was saved in the reserve; the disk is replaced some time later."""
        self.note("rescued", self.started.ledger.sick)
        seq = self.started.journal.durable_head().seq
        if seq != len(self.history):
            raise Violation("B30", f"seq {seq} in the reserve after {len(self.history)} records")
        self.later(
            self.now + (0 if self.is_over else self.chance.between(20, 90) * self.patience * NS), 0, self._replace_disk
        )

    def _replace_disk(self) -> None:
        """Somebody repairs the disk and starts the process anew."""
        self.feed.heal()
        if self.started is not None and self.started.ledger.sick:
            self.down("disk replaced")

    def sent(self, effect: Effect) -> None:
        """Note what was handed to the line."""
        self.note("sent", type(effect).__name__, getattr(effect, "oid", ""))

    def fold(self) -> None:
        """Let every judge begin anew and take over the history, step by step."""
        self.marks = {}
        for judge in self.judges:
            judge.begin()
        for place, (event, effects, _) in enumerate(self.history):
            for judge in self.judges_of(event):
                judge.fold_step(place, event, effects)

    def trace_hash(self) -> str:
        """Return one hash over everything that came in, went out and was done."""
        heads = [head for _, _, head in self.history[-1:]]
        return codec.hash_of((self.trace, heads, [wire.broker.log for wire in self.wires], self.end))

    def truth_hash(self) -> bytes:
        """Return the hash of the engine's present truth."""
        return digest(self.engine.book.truth)

    def digest_of(self, started: recover.Started) -> bytes:
        """Return the hash of another engine's truth."""
        return digest(started.engine.book.truth)

    def faults(self) -> list[str]:
        """Return the keys of all faults that came."""
        return list(self.tape.fired)
