"""A run's operations: each step when it is due, kept, and told where it is wrong.

Steps on the book are done at once. Those that read the journal are done at once where data are recorded, and by a
process of their own where they come live, so that no order waits for a report. Times are the market's; a time that
passed while no engine ran is kept as missed, but for the session that lasts: that is caught up with.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from openbell.config.operations import OperationsTerms
from openbell.core.book import Book
from openbell.core.effects import Effect
from openbell.core.events import Bar, Command, Event, Quote
from openbell.core.risk import Rule
from openbell.core.types import NS
from openbell.run.assemble import Prepared
from openbell.run.operations import books, checks
from openbell.run.operations.checks import ACTOR, Scene
from openbell.run.operations.outcome import Finding, Outcome, keep, kept
from openbell.run.operations.timetable import AHEAD_NS, Due, Timetable, ZoneOf
from openbell.run.recover import Started
from openbell.run.sensors import Machine, Sensors
from openbell.run.sessions import SessionsOf
from openbell.run.web.limits import Bound

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

SETTLE_NS = 30 * NS
"""How long after its time a step that reads the journal begins, where the last bars are still on their way, ns."""
LINES_NS = 60 * NS
"""How long the lines of a run may take to come up before its operations begin without them, ns."""
Tell = Callable[[str, str, str, int, Mapping[str, Any]], None]
"""Takes component, level, text, instant (ns) and fields of a line of the log."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a run shows its operations.

    Attributes:
        book: As it stands. rules: In force. wall: UTC ns. market: Time of the market, UTC ns.
        late: How far the engine is behind, ns. settle: Makes everything durable that was decided.
    """

    book: Book
    rules: tuple[Rule, ...]
    wall: int
    market: int
    late: int
    settle: Callable[[], None]


def seen(started: Started, wall: int, market: int, late: int) -> Seen:
    """Return what a run that was `started` shows; instants as in `Seen`."""
    engine = started.engine
    return Seen(
        book=engine.book, rules=engine.desk.rules, wall=wall, market=market, late=late, settle=started.ledger.commit
    )


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where operations are at home.

    Attributes:
        state: Directory of the run. file: Its configuration, empty for none. logs: Folder of its log files.
        look_up: Sessions by calendar. zone_of: Its zone. sensors: Of the machine. is_live: True where data come live.
    """

    state: Path
    file: str
    logs: str
    look_up: SessionsOf
    zone_of: ZoneOf
    sensors: Sensors
    is_live: bool


class Waiting(msgspec.Struct):
    """A step that is not done: when it was due, and the work on it elsewhere, if any."""

    due: Due
    step: str
    work: "Future[Finding] | None" = None


def routine_of(prepared: Prepared, place: Place, tell: Tell) -> "Routine | None":
    """Return a run's operations, None where its file asks for none.

    Args:
        prepared: The run.
        place: Where they are at home.
        tell: Takes lines of the log.
    """
    terms = prepared.loaded.config.operations
    if terms is None:
        return None
    bounds = [
        Bound(kind=part.kind, id="", options=part.options, text=rule.text)
        for part, rule in zip(prepared.loaded.rules, prepared.rules, strict=True)
    ]
    return Routine(terms, place, bounds, tell)


class Routine:
    """The operations of one run."""

    def __init__(self, terms: OperationsTerms, place: Place, bounds: list[Bound], tell: Tell) -> None:
        """Do what `terms` say at `place`.

        `bounds` are the limits in words, `tell` takes lines of the log.
        """
        self._terms, self._place, self._bounds, self._tell = terms, place, bounds, tell
        self._table: Timetable | None = None
        self._coming: list[Due] = []
        self._known_until = self._since = 0
        self._waiting: list[Waiting] = []
        self._heard: dict[str, int] = {}
        self._verdicts: dict[str, str] = {}
        self._said: list[Command] = []
        self._hands: ProcessPoolExecutor | None = None

    # --- looking on ---------------------------------------------------------------------------------------------

    def watch(self, _book: Book, event: Event, _effects: Sequence[Effect]) -> None:
        """Note when data of an instrument came."""
        if isinstance(event, (Bar, Quote)):
            self._heard[event.instrument] = event.ts

    def look(self, seen: Seen) -> list[Command]:
        """Do what is due, and return the words to be given to the run."""
        if self._table is None:
            self._since = self._since or seen.wall
            if _is_early(self._since, seen):
                return []
            self._begin(seen)
        if seen.market > self._known_until:
            self._load(seen.market)
        while self._coming and self._coming[0].ts <= seen.market:
            due = self._coming.pop(0)
            self._mind(seen, due.ts)
            self._do(seen, due)
        if self._waiting:
            self._mind(seen, seen.market)
        said, self._said = self._said, []
        return said

    def end(self, seen: Seen) -> list[Command]:
        """Do what belongs to the session that ended with its source; finish what waits."""
        session = max((one for one in seen.book.truth.sessions.values()), key=lambda one: one.close)
        last = seen.market
        if self._table is not None and session.date and not session.is_open:
            rest = [due for due in self._table.between(seen.market, seen.market + AHEAD_NS) if due.date == session.date]
            last = max([last, *(due.ts for due in rest)])
        said = self.look(msgspec.structs.replace(seen, market=last))
        for waiting in self._waiting:
            self._finish(seen, waiting, Finding(level="warn", told="the run ended before it could be done"))
        self._waiting = []
        return said + self._said

    def close(self) -> None:
        """Let go of the process that reads for it; what it has not done is given up."""
        if self._hands is not None:
            self._hands.shutdown(wait=False, cancel_futures=True)
            self._hands = None

    # --- what is due --------------------------------------------------------------------------------------------

    def _begin(self, seen: Seen) -> None:
        calendar = self._terms.calendar or next(iter(seen.book.spec.instruments.values())).calendar
        zone = self._place.zone_of(calendar, seen.market)
        self._table = table = Timetable(self._terms, calendar, self._place.look_up, zone)
        outcomes = list(kept(self._place.state))
        before = max((one.ts for one in outcomes), default=0)
        session = [due for due in table.of_session(seen.market) if due.ts <= seen.market and due.block in CATCH_UP]
        self._verdicts = {
            one.step: one.level for one in outcomes
            if one.block == "pre_market" and one.step and session and one.date == session[0].date
        }  # fmt: skip
        passed = table.between(before, seen.market) if before else []
        for due in passed if self._place.is_live else []:
            if due not in session:
                self._keep(seen, due, "", Finding(level="warn", told="missed: no engine ran"))
        # Where data are recorded time stood still meanwhile.
        late = sorted(due for due in {*session, *([] if self._place.is_live else passed)} if due.ts > before)
        self._coming = [due._replace(ts=seen.market) for due in late] if self._place.is_live else late
        self._known_until = seen.market

    def _load(self, market: int) -> None:
        """Look further ahead than `market` (UTC ns)."""
        if self._table is not None:
            until = market + AHEAD_NS
            self._coming += self._table.between(self._known_until, until)
            self._known_until = until

    def _do(self, seen: Seen, due: Due) -> None:
        block = getattr(self._terms, due.block)
        if due.block == "pre_market":
            self._verdicts = {}
        for step in getattr(block, "steps", (due.block,)):
            waiting = Waiting(due, step)
            if not self._try(seen, waiting, due.ts):
                self._waiting.append(waiting)

    def _mind(self, seen: Seen, now: int) -> None:
        """Look again at what waits, as of `now` (UTC ns)."""
        self._waiting = [waiting for waiting in self._waiting if not self._try(seen, waiting, now)]

    def _try(self, seen: Seen, waiting: Waiting, now: int) -> bool:
        """Do a step if that can be done, and return True once it is done."""
        if waiting.step in books.STEPS:
            found = self._read(seen, waiting)
        else:
            found = checks.STEPS[waiting.step](self._scene(seen, waiting.due, now))
        if found is None:
            return False
        self._finish(seen, waiting, found)
        return True

    def _read(self, seen: Seen, waiting: Waiting) -> Finding | None:
        """Let a step read the journal: here where time waits for it, elsewhere where it does not."""
        if waiting.step == "validate_first_signals" and not _has_decided(self._heard, seen, waiting.due):
            return None
        job = _job(self._place, self._bounds, waiting.due)
        if not self._place.is_live:
            seen.settle()
            return books.done(waiting.step, job)
        if waiting.work is None:
            if seen.market < waiting.due.ts + SETTLE_NS:
                return None
            if self._hands is None:
                from concurrent.futures import ProcessPoolExecutor
                from multiprocessing import get_context

                self._hands = ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"))
            seen.settle()
            waiting.work = self._hands.submit(books.done, waiting.step, job)
        if not waiting.work.done():
            return None
        error = waiting.work.exception()
        return (
            waiting.work.result() if error is None else Finding(level="fail", told=f"{type(error).__name__}: {error}")
        )

    # --- what comes of it ---------------------------------------------------------------------------------------

    def _scene(self, seen: Seen, due: Due, now: int) -> Scene:
        return Scene(
            book=seen.book, rules=seen.rules, bounds=self._bounds, due=due, now=now, late=seen.late,
            sensors=self._place.sensors, state=self._place.state, heard=self._heard, verdicts=self._verdicts,
            says=lambda kind, account, reason: self._say(due, kind, account, reason),
        )  # fmt: skip

    def _say(self, due: Due, kind: str, account: str, reason: str) -> None:
        scope = f"account:{account}"
        name = f"{ACTOR}-{due.ts}-{due.block}-{kind}-{account}"
        self._said.append(Command(ts=0, id=name, kind=kind, actor=ACTOR, reason=reason, scope=scope))

    def _finish(self, seen: Seen, waiting: Waiting, found: Finding) -> None:
        due, step = waiting.due, waiting.step
        if due.block == "pre_market":
            self._verdicts[step] = found.level
        self._keep(seen, due, step, found)
        if found.level != "ok":
            text = f"{due.block}, {step}: {found.told}"
            name = f"{ACTOR}-{due.ts}-{due.block}-{step}"
            self._said.append(Command(ts=0, id=name, kind="alert", actor=ACTOR, reason=text))

    def _keep(self, seen: Seen, due: Due, step: str, found: Finding) -> None:
        outcome = Outcome(
            ts=due.ts, wall=seen.wall, date=due.date, block=due.block, step=step, level=found.level, told=found.told,
            details=found.details,
        )  # fmt: skip
        keep(self._place.state, outcome)
        level = {"ok": "info", "warn": "warning", "fail": "error"}[found.level]
        text = f"{due.block}, {step or 'all'}: {found.level}: {found.told}"
        self._tell("Operations", level, text, due.ts, {"block": due.block, "step": step, "verdict": found.level})


def _is_early(since: int, seen: Seen) -> bool:
    """Say whether the lines of a run that began at `since` (UTC ns) may still come up."""
    contacts = seen.book.truth.contacts.values()
    return seen.wall < since + LINES_NS and not all(one.is_up and one.is_ready for one in contacts)


def _has_decided(heard: Mapping[str, int], seen: Seen, due: Due) -> bool:
    """Say whether every instrument was decided on since the opening, or the session is over."""
    return seen.market >= due.until or all(heard.get(one, 0) > due.ts for one in seen.book.spec.instruments)


def _job(place: Place, bounds: Sequence[Bound], due: Due) -> books.Job:
    limits = [getattr(one.options, "limit", None) for one in bounds if one.kind == "daily_loss"]
    limit = format(limits[0], "f") if limits and limits[0] is not None else ""
    return books.Job(state=place.state, date=due.date, file=place.file, logs=place.logs, limit=limit)


CATCH_UP = ("pre_market", "market_open")
"""Blocks that are done late rather than not at all."""


def place_of(
    prepared: Prepared, state: Path, logs: Path, clocks: tuple[SessionsOf, ZoneOf], sensors: Sensors | None = None
) -> Place:
    """Return where the operations of a run are at home.

    Args:
        prepared: The run.
        state: Its directory.
        logs: Folder of its log files.
        clocks: Sessions by calendar, and zones by calendar.
        sensors: Of the machine, None for this machine's own.
    """
    look_up, zone_of = clocks
    return Place(
        state=state, file=str(prepared.loaded.path), logs=str(logs), look_up=look_up, zone_of=zone_of,
        sensors=sensors or Machine(state), is_live=bool(prepared.wires),
    )  # fmt: skip
