"""A journaled run from its first to its last moment: state, view, signals, end."""

import os
import sqlite3
import sys
import time
from pathlib import Path

import msgspec

from openbell.cli.shell import begin as begins
from openbell.cli.shell.failure import Wrong
from openbell.cli.shell.fallen import Stopping
from openbell.cli.shell.finish import End, finish, report_place
from openbell.cli.shell.interrupt import Interrupt
from openbell.cli.shell.onlooker import Lines, Onlooker, View
from openbell.cli.shell.output import headline, tell
from openbell.cli.shell.place import hold
from openbell.cli.shell.real import announce_real, demand_person, people_of
from openbell.cli.shell.session import Manner, accompany, asks_person, daily_limit, write_file
from openbell.config.brief import Brief
from openbell.config.plan import rules_in_brief
from openbell.core.events import Command
from openbell.edges.alerts.outbox import NAME as OUTBOX
from openbell.edges.calendars import zone
from openbell.report.figures import utc
from openbell.run import attended, modes, shell, triggers
from openbell.run import state as states
from openbell.run.alerts.start import begin as alerts_from
from openbell.run.alerts.start import last_record
from openbell.run.assemble import DATA, TRIAL, Prepared
from openbell.run.clock import WallClock
from openbell.run.history import FOLDER as HISTORY
from openbell.run.history import Warmth
from openbell.run.live import NAP_NS, Settings, live
from openbell.run.logbook import FOLDER, Kept, keep_logs
from openbell.run.monitor import monitor_of
from openbell.run.operations.routine import Routine, place_of, routine_of
from openbell.run.relisted import Relisting
from openbell.run.results import Result
from openbell.run.sessions import SessionsOf, sessions_of
from openbell.run.source import Source
from openbell.run.supervise import GUARDIAN, NOTIFIER, Supervisor, is_supervised
from openbell.schema import format_span


class Drive(msgspec.Struct, frozen=True, kw_only=True):
    """How a run is driven; nothing here can change a decision.

    Attributes:
        name: Of a new state. pace: (speed,) in place of the file's, empty for the file's.
        state: Its directory, None for a new one. until: No event after it, UTC ns. until_bars: No bar after so many.
        report: Where the report goes, None for the state. as_json: For machines. mode: As shown, empty for the spec's.
        is_headless: No view on the terminal. lasts: Stay after the end of the source until stopped.
        has_guardian: A second process takes the orders back when this one hangs, where the venue is outside.
        level: Least level at which the session is told line by line, empty for a view instead.
        confirm: False answers every question put to a person with yes.
        port: Of the control room beside it, None for none.
        is_attended: Nobody sits before it: a supervisor keeps it, and writes down how it ended.
    """

    name: str
    as_json: bool
    pace: tuple[float | None, ...] = ()
    state: Path | None = None
    until: int | None = None
    until_bars: int | None = None
    report: Path | None = None
    mode: str = ""
    is_headless: bool = False
    lasts: bool = False
    has_guardian: bool = True
    level: str = ""
    confirm: bool = True
    port: int | None = None
    is_attended: bool = False


def start(asked: begins.Asked, drive: Drive) -> int:
    """Begin a run and see it to its end.

    Raises:
        Wrong: Recorded data were named, although the venue brings its own.
    """
    with Interrupt() as interrupt:
        prepared, found = begins.prepare(asked.file, asked.mode, _prices(asked, drive))
        if prepared.wires and (asked.data is not None or drive.until is not None):
            what = "an account at a venue outside the process takes live data: --data and --until have no meaning"
            raise Wrong(what, "leave them out, or give --mode sim to run the file over recorded data")
        if not is_supervised():
            drive = demand_person(prepared, asked, drive)
        # A dry run has nothing at a venue that could be taken back.
        has_guardian = bool(shell.places_of(prepared)) and drive.has_guardian
        has_notifier = prepared.loaded.config.alerts.is_on and drive.mode != "backtest"
        receiver = _receiver(prepared) if drive.mode != "backtest" else None
        has_sides = has_guardian or has_notifier or receiver is not None or drive.port is not None
        if not is_supervised() and (has_sides or drive.is_attended):
            return guard_on(asked, drive, receiver, has_guardian=has_guardian, has_notifier=has_notifier)
        if prepared.wires:
            trade_on(prepared, asked, (drive, interrupt))
            return 0
        prepared, source = begins.source_of(prepared, found, asked)
        folder = place(drive, asked.file)
        drive_on(prepared, source, folder, (drive, interrupt))
    return 0


def _prices(asked: begins.Asked, drive: Drive) -> str:
    """Return where prices come from, as `assemble.prepare` wants it."""
    if drive.mode == "backtest":
        return TRIAL
    return DATA if asked.data is not None else ""


def start_brief(brief: Brief, asked: begins.Asked, drive: Drive) -> int:
    """Write a run without a file down as one, into its state, and see it to its end.

    Raises:
        ModeRefused: There is no broker for its mode. Wrong: Its state was begun with other words.
    """
    modes.venue_kind(brief.mode)
    folder = drive.state or states.create(os.environ, drive.name, WallClock().now())
    states.make(folder)
    file = write_file(brief, folder)
    return start(msgspec.structs.replace(asked, file=file), msgspec.structs.replace(drive, state=folder))


def place(drive: Drive, file: Path | None) -> Path:
    """Return the state directory, made where it is new; it remembers where it came from."""
    now = WallClock().now()
    folder = drive.state or states.create(os.environ, drive.name, now)
    states.make(folder)
    known = states.Origin(started=now)
    if file is not None:
        known = states.Origin(file=str(file.resolve()), folder=str(file.resolve().parent), started=now)
    states.write_origin(folder, known)
    return folder


def drive_on(prepared: Prepared, source: Source, folder: Path, how: tuple[Drive, Interrupt]) -> Result:
    """Run to the end of the source or until asked to stop, then tell how it went.

    Args:
        prepared: The run.
        source: What it is told.
        folder: Its state.
        how: How it is driven, and who may interrupt it.
    """
    drive, interrupt = how
    began = time.perf_counter()
    mode = drive.mode or prepared.spec.mode
    view = _view(drive, mode, prepared)
    _announce(prepared, folder, drive, view)
    bars = _bars(source, drive)
    onlooker = Onlooker(interrupt, bars, view)
    logs = keep_logs(prepared, folder, drive.level)
    prepared = logs.hearing(prepared)
    watch, person = accompany(prepared, onlooker.watch, Manner(drive.level, drive.confirm, drive.as_json, mode))
    interrupt.restore = view.close if view is not None else None
    pace = prepared.loaded.config.pace
    speed = drive.pace[0] if drive.pace else float(pace) if pace is not None else None
    settings = Settings(
        state=folder,
        speed=speed,
        until=drive.until,
        until_bars=drive.until_bars,
        is_interrupted=onlooker.is_interrupted,
        signals=interrupt.kills,
        watch=logs.beside(watch),
        monitor=monitor_of(prepared, folder, logs),
        routine=operations(prepared, folder, logs),
        person=person,
    )
    try:
        with Stopping(folder):
            result = live(prepared, source, settings)
            while drive.lasts and result.is_complete and not interrupt.is_set:
                result = _linger(prepared, source, settings, result)
    finally:
        logs.close()
        if view is not None:
            view.close()
    result.notes += logs.notes
    elapsed = time.perf_counter() - began
    report = report_place(drive.report, folder, drive.name, 0)
    end = End(
        mode=mode, runtime_s=elapsed, as_json=drive.as_json, report=report, state=folder,
        max_daily_trades=daily_limit(prepared),
    )  # fmt: skip
    finish(result, end)
    return result


def calendars_of(prepared: Prepared) -> SessionsOf:
    """Return the look-up of a run's sessions."""
    return sessions_of(prepared.loaded.config.calendars, states.home(os.environ) / "calendars.json")


def operations(prepared: Prepared, folder: Path, logs: Kept) -> Routine | None:
    """Return the operations of a run in the state `folder`, None where its file asks for none."""
    look_up = sessions_of(prepared.loaded.config.calendars, cache := states.home(os.environ) / "calendars.json")
    clocks = (look_up, lambda calendar, ts: zone(calendar, ts, cache))
    return routine_of(prepared, place_of(prepared, folder, folder / FOLDER, clocks), logs.tell)


def guard_on(
    asked: begins.Asked, drive: Drive, keyless: frozenset[str] | None, *, has_guardian: bool, has_notifier: bool
) -> int:
    """Run the engine, and what stands beside it, as processes; return its exit code.

    Args:
        asked: What was asked for.
        drive: How it is driven.
        keyless: Variables that the receiver of signals does not get, None where no signals are taken.
        has_guardian: Whether a guardian stands beside it.
        has_notifier: Whether a notifier does.
    """
    folder = place(drive, asked.file)
    if has_notifier:
        _line_up(folder)
    engine = [*PROGRAM, "run", str(asked.file), "--state", str(folder), *_words(asked, drive)]
    guardian = [*PROGRAM, "guardian", str(folder)]
    guardian += ["--mode", asked.mode] if asked.mode is not None else []
    sides: dict[str, list[str]] = {GUARDIAN: guardian} if has_guardian else {}
    if has_notifier:
        sides[NOTIFIER] = [*PROGRAM, "notify", str(folder)]
    if keyless is not None:
        sides["receiver"] = [*PROGRAM, "receive", str(folder)]
    if drive.port is not None:
        sides["web"] = room_words(folder, drive.port)
    clock = WallClock()
    supervisor = Supervisor(engine, sides, clock, tell, {"receiver": keyless or ()})
    if not drive.is_attended:
        return supervisor.run()
    attended.reopen(folder)
    code = supervisor.run()
    attended.conclude(folder, code, clock.now())
    return code


def _receiver(prepared: Prepared) -> frozenset[str] | None:
    """Return the variables that the receiver of signals does not get, None where the file asks for none."""
    loaded = prepared.loaded
    if loaded.config.signals is None:
        return None
    from openbell.run.signals import withheld

    return withheld(loaded.tree, os.environ)


def _line_up(folder: Path) -> None:
    """Let alerts begin where the journal ends; what keeps a word from people keeps no order from its venue."""
    seq = last_record(folder)
    try:
        alerts_from(folder, seq)
    except (sqlite3.Error, OSError) as error:
        what = f"alerts: {folder / OUTBOX} cannot be used: {error}"
        tell(f"{what}; the run goes on, and NOBODY IS TOLD OF ANYTHING until it is freed or moved away")


PROGRAM = (sys.executable, "-m", "openbell")


def room_words(folder: Path, port: int) -> list[str]:
    """Return the command line of the control room of one state."""
    return [*PROGRAM, "serve", str(folder), "--port", str(port), "--open"]


def _words(asked: begins.Asked, drive: Drive) -> list[str]:
    """Return the options with which the engine is started as a process of its own."""
    given = (
        ("--mode", asked.mode), ("--data", asked.data), ("--source", asked.choose), ("--report", drive.report),
        ("--speed", _speed(drive.pace[0]) if drive.pace else None),
        ("--until", utc(drive.until) if drive.until is not None else None),
        ("--log-level", drive.level or None),
    )  # fmt: skip
    words = [word for option, value in given if value is not None for word in (option, str(value))]
    flags = (("--json", drive.as_json), ("--no-guardian", not drive.has_guardian), ("--no-confirm", not drive.confirm))
    return [*words, *(flag for flag, is_set in flags if is_set)]


def _speed(factor: float | None) -> str:
    return "max" if factor is None else f"{factor:g}x"


def trade_on(prepared: Prepared, asked: begins.Asked, how: tuple[Drive, Interrupt]) -> Result:
    """Trade at venues outside the process until told to stop, then tell how it went."""
    drive, interrupt = how
    began = time.perf_counter()
    folder = place(drive, asked.file)
    prepared, known, told = begins.settle(prepared, asked, folder)
    view = _view(drive, prepared.spec.mode, prepared)
    _announce(prepared, folder, drive, view)
    for line in told:
        tell(line)
    announce_real(prepared, folder)
    logs = keep_logs(prepared, folder, drive.level)
    prepared = logs.hearing(prepared)
    onlooker = Onlooker(interrupt, 0, view)
    interrupt.restore = view.close if view is not None else None
    home, look_up = states.home(os.environ), calendars_of(prepared)
    settings = shell.Settings(
        state=folder,
        look_up=look_up,
        warmth=Warmth(prepared, look_up, home / HISTORY, begins.access(), tell),
        is_interrupted=onlooker.is_interrupted,
        signals=interrupt.kills,
        leases=states.leases(os.environ),
        known=known,
        relisting=Relisting(prepared, known, home, begins.access()),
        watch=logs.beside(onlooker.watch),
        monitor=monitor_of(prepared, folder, logs),
        routine=operations(prepared, folder, logs),
        tell=tell,
        people=people_of(prepared, agrees=not drive.confirm, is_quiet=drive.as_json),
    )
    try:
        with Stopping(folder, is_outside=True):
            result = shell.trade(prepared, settings)
    finally:
        logs.close()
        if view is not None:
            view.close()
    result.notes += logs.notes
    elapsed = time.perf_counter() - began
    report = report_place(drive.report, folder, drive.name, 0)
    end = End(
        mode=prepared.spec.mode, runtime_s=elapsed, as_json=drive.as_json, report=report, state=folder,
        max_daily_trades=daily_limit(prepared),
    )  # fmt: skip
    finish(result, end)
    return result


def _linger(prepared: Prepared, source: Source, settings: Settings, result: Result) -> Result:
    """Wait after the end of the source until asked to end, and take commands left meanwhile."""
    waiting: list[Command] = []
    with hold(settings.state):
        while not waiting and not settings.is_interrupted():
            settings.clock.sleep(NAP_NS)
            waiting = [word.command for word in triggers.waiting(settings.state)]
    if not waiting:
        return result
    after = live(prepared, source, settings)
    is_stopped = any(command.kind == "stop" for command in waiting)
    return msgspec.structs.replace(after, is_complete=not is_stopped)


def _bars(source: Source, drive: Drive) -> int:
    """Return how many bars there will be, for the progress."""
    bars = source.bars
    if drive.until is not None:
        bars = sum(int((table.ts <= drive.until).sum()) for table in source.tables)
    return min(bars, drive.until_bars) if drive.until_bars is not None else bars


def _view(drive: Drive, mode: str, prepared: Prepared) -> View | None:
    """Return the live view for a terminal, lines for a pipe, nothing for machines."""
    if drive.as_json:
        return None
    has_words = bool(drive.level) or asks_person(prepared)
    if (
        drive.is_headless
        or has_words
        or not (sys.stderr.isatty() and sys.stdout.isatty())
        or os.environ.get("TERM") == "dumb"
    ):
        return Lines()
    from openbell.cli.shell.screen import Screen

    return Screen(mode)


def _announce(prepared: Prepared, folder: Path, drive: Drive, view: View | None) -> None:
    """Say on standard error what begins, where nobody sees the live view."""
    if not isinstance(view, Lines):
        return
    spec = prepared.spec
    is_simulated = modes.is_simulated(spec)
    mode = drive.mode or spec.mode
    tell(headline(mode, spec.title, sys.stderr, is_synthetic=spec.is_synthetic, is_simulated=is_simulated))
    tell(f"{', '.join(spec.instruments)}; state {folder}")
    if prepared.wires:
        silence = format_span(prepared.loaded.config.kill.guardian.pull)
        guarded = f"guardian: a second process takes every order back when this one is silent for {silence}"
        is_guarded = is_supervised() and drive.has_guardian
        tell(guarded if is_guarded else "NO GUARDIAN: nobody takes the orders back when this process hangs")
    for line in rules_in_brief(prepared.loaded):
        tell(line)
    for warning in prepared.loaded.warnings:
        tell(warning.text())
